/* Descriptors below streams, streams over descriptors, a standard output sent elsewhere and back. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    FILE *f = fopen("below.tmp", "w"), *g;
    int fd, saved, to;
    char line[32];

    if (!f)
        return 1;
    fd = fileno(f);
    for (int i = 0; i < 3; i++) {
        fprintf(f, "stream %d\n", i);
        fflush(f);
        if (write(fd, "number\n", 7) != 7 || fileno(f) != fd)
            return 1;
    }
    fclose(f);
    to = open("below.tmp", O_RDONLY);
    g = fdopen(to, "r");
    while (g && fgets(line, sizeof line, g))
        printf("%s", line);
    fclose(g);
    fflush(stdout);
    saved = dup(1);
    to = open("out.tmp", O_CREAT | O_WRONLY | O_TRUNC, 0600);
    dup2(to, 1);
    close(to);
    for (int i = 0; i < 3; i++)
        printf("elsewhere %d\n", i);
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    for (int i = 0; i < 2; i++)
        printf("back %d\n", i);
    f = fopen("out.tmp", "r");
    while (f && fgets(line, sizeof line, f))
        printf("found %s", line);
    fclose(f);
    unlink("below.tmp");
    unlink("out.tmp");
    return 0;
}
