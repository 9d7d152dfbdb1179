/* What each architecture's compiler makes of these values is in bytes.csv (make.sh). tests/unit/test_golden.c
 * knows the same types, and that not-a-numbers stand here as the bits that they are. */
struct inner {
    char a;
    double e;
};
union number {
    double real;
    long long whole;
    struct {
        short low;
        long high;
    } pair;
};
struct bits {
    unsigned a : 3;
    int b : 7;
    unsigned c : 20;
    signed char d;
    unsigned e : 31;
    unsigned f : 1;
    unsigned short g : 9;
    long long h : 40;
};
enum colour { RED = -1, GREEN = 70000 };

struct torture {
    signed char c;
    unsigned char uc;
    short s;
    unsigned short us;
    int i[2];
    unsigned u;
    long l[2];
    unsigned long ul;
    long long q;
    unsigned long long uq;
    float f[5];
    unsigned float_nan[2];
    double d[7];
    unsigned long long double_nan[2];
    _Bool b[2];
    long double x[6];
    double _Complex z;
    float _Complex w;
    struct inner in[2];
    int tag;
    union number n;
    enum colour e[2];
    struct bits bits;
    char text[5];
    int other_tag;
    union number m;
};

struct torture torture __attribute__((section(".torture"))) = {
    .c = -2,
    .uc = 254,
    .s = -300,
    .us = 65000,
    .i = {-2147483647 - 1, 2147483647},
    .u = 0xfedcba98,
    .l = {-2147483647 - 1, 2147483647},
    .ul = 0xfedcba98,
    .q = -0x0123456789abcdefLL,
    .uq = 0xfedcba9876543210ULL,
    .f = {1.5f, -0.0f, __builtin_inff(), 0x1p-149f, -0x1.fffffep127f},
    .float_nan = {0x7fc12345, 0xff812345},
    .d = {-0.1, -0.0, -__builtin_inf(), 0x1p-1074, 0x1.fffffffffffffp1023, 0x1p-1022, 0x1.8p100},
    .double_nan = {0x7ff8123456789abcULL, 0xfff0000000000001ULL},
    .b = {1, 0},
    .x = {-0x1.23456789abcdep-5L, -0.0L, __builtin_infl(), 0x1p-1074L, -0x1.fffffffffffffp1023L, 1},
    .z = 0x1.921fb54442d18p1 - 0x1p-1030i,
    .w = -2.5f + 0x1p-126fi,
    .in = {{'x', 0x1.8p100}, {'y', 2}},
    .tag = 1,
    .n = {.whole = 0x0102030405060708LL},
    .e = {RED, GREEN},
    .bits = {5, -33, 0xabcde, -100, 0x7bcdef01, 1, 0x155, -0x123456789aLL},
    .text = "four",
    .other_tag = 2,
    .m = {.pair = {-7, -100000}},
};

struct flex {
    short n;
    struct inner each[];
};
struct flex flex __attribute__((section(".flex"))) = {3, {{'a', 1}, {'b', -0.5}, {'c', 0x1p60}}};
