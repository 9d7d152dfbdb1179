/* A va_list that is still needed after calls that reach polls: nothing is checkpointed within those calls
 * (a warning says so), but before and after them, and again once an error has jumped out of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <preaches.h>

static jmp_buf on_error;
static char buffer[128];

static void append(const char *s, int n)
{
    preaches_poll_here();
    if (strlen(buffer) + (size_t)n >= sizeof buffer)
        longjmp(on_error, 1);
    strncat(buffer, s, (size_t)n);
}

static int format(const char *f, va_list ap)
{
    const char *e;
    int parts = 0;
    buffer[0] = 0;
    while ((e = strchr(f, '%')) != NULL) {
        char number[24];
        append(f, (int)(e - f));
        switch (e[1]) {
        case 's': {
            const char *s = va_arg(ap, const char *);
            append(s, (int)strlen(s));
            break;
        }
        case 'd':
            snprintf(number, sizeof number, "%d", va_arg(ap, int));
            append(number, (int)strlen(number));
            break;
        default:
            longjmp(on_error, 2);
        }
        parts++;
        f = e + 2;
    }
    append(f, (int)strlen(f));
    return parts;
}

static int say(const char *f, ...)
{
    va_list ap;
    va_start(ap, f);
    append("", 0);
    int n = format(f, ap);
    va_end(ap);
    preaches_poll_here();
    printf("%s (%d)\n", buffer, n);
    append("", 0);
    return n;
}

int main(void)
{
    volatile int done = 0;
    int code = setjmp(on_error);
    if (code)
        printf("error %d\n", code);
    preaches_poll_here();
    switch (done++) {
    case 0: say("%d and %s", 12, "more");
    case 1: say("%d %s%s%s%s%s", 1, "0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789",
                "0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789", "");
    case 2: say("%x", 1);
    case 3: say("%d, %d, %d", 1, 2, 3);
    }
    preaches_poll_here();
    return 0;
}
