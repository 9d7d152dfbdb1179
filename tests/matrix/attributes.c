/* Attributes that change layouts, places and names: packed, aligned, pragma pack, section, weak, transparent unions. */
#include <preaches.h>
#include <stdint.h>
#include <stdio.h>

struct __attribute__((packed)) tight { char c; double d; int32_t v; };
struct loose { char c; int v __attribute__((aligned(32))); };
#pragma pack(push, 2)
struct pair { char c; int64_t v; };
#pragma pack(pop)
typedef union { const int *one; const unsigned *other; } __attribute__((transparent_union)) either;

static struct tight tight[3];
static struct loose loose[2] __attribute__((used));
static struct pair pairs[2];
static int counted __attribute__((section("counters"))) = 5;

__attribute__((weak)) int step(int i);
int step(int i)
{
    preaches_poll_here();
    return i * 3;
}

static int __attribute__((noinline, const)) see(either e) { return *e.one; }

static void __attribute__((constructor)) begin(void) { counted = 7; }

int main(void)
{
    for (int i = 0; i < 6; i++) {
        struct tight *t = &tight[i % 3];
        t->d += step(i) / 2.0;
        t->v = (int32_t)(t->d * 4) + step(1);
        loose[i % 2].v += step(t->v);
        pairs[i % 2].v -= (int64_t)loose[i % 2].v << 33;
        counted += see(&i);
        printf("%g %d %d %lld %d\n", t->d, t->v, loose[i % 2].v, (long long)pairs[i % 2].v, counted);
    }
    return 0;
}
