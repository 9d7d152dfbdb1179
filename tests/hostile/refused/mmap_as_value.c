/* A table of the system's calls: mmap is refused wherever it is named. */
#include <stdio.h>
#include <sys/mman.h>
static void *(*map)(void *, size_t, int, int, int, off_t) = mmap; /* ! -Wpreaches-library: 'mmap' is taken as a value: mappings are not part of a checkpoint */
int main(void)
{
    char *p = map(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 10; i++)
        printf("%d\n", p[i]++);
    return 0;
}
