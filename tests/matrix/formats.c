/* Formats that say 'l' of what has 64 bits everywhere, and "ll" of a long: the same where a long has 64 bits, which
 * is where such programs are written. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
}

/* One after the other in one call: what is read in the wrong length spoils the ones behind it. */
static void print(uint64_t hash, int64_t sum, long small, size_t size, int turn)
{
    printf("%lu %-24ld|%d %*lu|%-18lx|%zu %s\n", hash, sum, turn, 24, hash, hash >> 3, hash, "100%");
    printf("%lld " "%llu %" PRIu64 " %"
           "lu %c\n", small, size, hash, hash, 'a' + turn);
    say("%ld %lu %lld %d\n", sum / 1000000007, hash >> 40, small, turn);
}

static int scan(const char *line, uint64_t hash, int64_t sum)
{
    uint64_t h = 0x7777777788888888;
    int64_t s = 77;
    long small = 0;
    size_t size = 0;
    int n = sscanf(line, "%ld %lu %lld %llu", &s, &h, &small, &size);
    return n == 4 && s == sum && h == hash && small == -12 && size == 13;
}

int main(void)
{
    uint64_t hash = 5;
    int64_t sum = -3;
    char line[100];
    for (int i = 0; i < 12; i++) {
        hash = hash * 6364136223846793005ULL + 1;
        sum -= 1000000007;
        print(hash, sum, -7 * i, (size_t)9 * i, i);
        snprintf(line, sizeof line, "%ld %lu -12 %lld", sum, hash, 13L);
        printf("%s: %d\n", line, scan(line, hash, sum));
    }
    return 0;
}
