/* Descriptors below streams, streams over descriptors; standard input and output sent elsewhere and back. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A stream that writes over a descriptor that is read as well. */
static void both_ways(void)
{
    int fd = open("both.tmp", O_CREAT | O_RDWR | O_TRUNC, 0600);
    FILE *f = fdopen(dup(fd), "w");
    char text[64];
    ssize_t n;

    for (int i = 0; i < 3; i++) {
        fprintf(f, "%d squared is %d\n", i, i * i);
        fflush(f);
    }
    lseek(fd, 0, SEEK_SET);
    n = read(fd, text, sizeof text - 1);
    printf("%d bytes: %.*s", (int)n, (int)n, text);
    fclose(f);
    close(fd);
    unlink("both.tmp");
}

/* Standard input from a file, and back; what was read ahead of it stays with it. */
static void input_from_elsewhere(void)
{
    FILE *f = fopen("in.tmp", "w");
    int fd, saved = dup(0);
    char line[32];

    for (int i = 0; i < 5; i++)
        fprintf(f, "line %d\n", i);
    fclose(f);
    fd = open("in.tmp", O_RDONLY);
    dup2(fd, 0);
    close(fd);
    for (int i = 0; i < 5 && fgets(line, sizeof line, stdin); i++)
        printf("read %s", line);
    dup2(saved, 0);
    close(saved);
    unlink("in.tmp");
}

/* Standard output at the end of a file, by freopen, and back the way that programs do it. */
static void output_appended(void)
{
    FILE *f = fopen("log.tmp", "w");
    int saved;
    char line[32];

    fputs("first\n", f);
    fclose(f);
    fflush(stdout);
    saved = dup(1);
    if (!freopen("log.tmp", "a", stdout))
        return;
    for (int i = 0; i < 3; i++)
        printf("added %d\n", i);
    fflush(stdout);
    dup2(saved, fileno(stdout));
    close(saved);
    for (int i = 0; i < 3; i++)
        printf("here again %d\n", i);
    f = fopen("log.tmp", "r");
    while (f && fgets(line, sizeof line, f))
        printf("log: %s", line);
    fclose(f);
    unlink("log.tmp");
}

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
    both_ways();
    input_from_elsewhere();
    output_appended();
    return 0;
}
