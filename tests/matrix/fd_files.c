/* Descriptors: numbers, positions, flags and copies stay. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* struct stat has other members elsewhere: it is no part of a function with polls. */
static void show(int fd)
{
    struct stat at;

    if (fstat(fd, &at) == 0)
        printf("%d %o\n", (int)at.st_size, (unsigned)(at.st_mode & 0777));
}

int main(void)
{
    int w = open("fd.tmp", O_CREAT | O_RDWR | O_TRUNC, 0644), a, copy, n;
    char bytes[16];

    a = open("fd.tmp", O_WRONLY | O_APPEND);
    copy = dup(w);
    if (w < 0 || a < 0 || copy < 0)
        return 1;
    printf("%d %d\n", a - w, copy - w);
    for (int i = 0; i < 5; i++) {
        n = snprintf(bytes, sizeof bytes, "<%d>", i);
        if (write(i % 2 ? w : copy, bytes, (size_t)n) != n || write(a, "+", 1) != 1)
            return 1;
        printf("%d %d\n", (int)lseek(w, 0, SEEK_CUR), (int)lseek(copy, 0, SEEK_CUR));
    }
    close(w);
    lseek(copy, 0, SEEK_SET);
    while ((n = (int)read(copy, bytes, 5)) > 0)
        printf("%.*s\n", n, bytes);
    for (int i = 0; i < 2; i++)
        if (pwrite(copy, "PP", 2, 4 * i) != 2 || pread(copy, bytes, 6, 2) != 6)
            return 1;
    printf("%.6s\n", bytes);
    if (ftruncate(copy, 9) != 0 || fsync(copy) != 0)
        return 1;
    show(copy);
    close(copy);
    close(a);
    unlink("fd.tmp");
    return 0;
}
