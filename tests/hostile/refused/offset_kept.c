/* with: --arch=x86_64,i686 */
/* A table of options that may be changed: where the members are is another number on another machine. */
#include <stddef.h>
#include <stdio.h>
struct settings { char name[3]; long depth; double rate; };
struct option { const char *name; size_t offset; };
static struct settings settings;
static struct option options[] = { { "depth", offsetof(struct settings, depth) },
                                   { "rate", offsetof(struct settings, rate) } };  /* ! -Wpreaches-sizeof: a size that is kept in 'option.offset' */
static long *depth_of(struct settings *s) { return (long *)((char *)s + options[0].offset); }
int main(void)
{
    int i;
    for (i = 0; i < 10; i++) {
        *depth_of(&settings) += i;
        *(double *)((char *)&settings + options[1].offset) += 0.5;
        printf("%s %ld %.1f\n", options[0].name, settings.depth, settings.rate);
    }
    return 0;
}
