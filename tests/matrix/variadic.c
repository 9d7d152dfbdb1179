/* Functions with variable arguments that reach a poll once the arguments have been read. */
#include <stdarg.h>
#include <stdio.h>
#include <preaches.h>

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static double sum(const char *kinds, ...)
{
    double s = 0;
    va_list ap;
    va_start(ap, kinds);
    for (const char *k = kinds; *k; k++)
        s += *k == 'i' ? va_arg(ap, int) : *k == 'l' ? (double)va_arg(ap, long) : va_arg(ap, double);
    va_end(ap);
    return slow((int)s) + s;
}

/* The list is handed on; it is not needed again after the call. */
static int vreport(int level, const char *format, va_list ap)
{
    char line[64];
    int n = vsnprintf(line, sizeof line, format, ap);
    printf("%d: %s\n", slow(level), line);
    return n;
}

static int report(int level, const char *format, ...)
{
    va_list ap, copy;
    va_start(ap, format);
    va_copy(copy, ap);
    int n = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    n += vreport(level, format, ap);
    va_end(ap);
    return n + slow(level);
}

int main(void)
{
    int (*say)(int, const char *, ...) = report;
    for (int i = 0; i < 3; i++) {
        printf("%.2f\n", sum("idl", i, 0.25 * i, 40L));
        printf("%d\n", say(slow(i), "%d and %s and %.1f", slow(i * 7), i ? "more" : "none", i / 2.0));
    }
    return 0;
}
