/* The library's functions by their addresses: a table of streams' functions, one of numbers', one of descriptors';
 * as programs have them that can be given others. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Way {
    FILE *(*open)(const char *, const char *);
    size_t (*put)(const void *, size_t, size_t, FILE *);
    int (*put_text)(const char *, FILE *);
    int (*put_one)(int, FILE *);
    int (*get_one)(FILE *);
    int (*unget)(int, FILE *);
    char *(*get_line)(char *, int, FILE *);
    int (*seek)(FILE *, long, int);
    long (*tell)(FILE *);
    int (*end)(FILE *);
    int (*close)(FILE *);
} Way;

static const Way files = { fopen, fwrite, fputs, fputc, fgetc, ungetc, fgets, fseek, ftell, feof, fclose };

static struct call { const char *name; int (*get)(void); void (*seed)(unsigned); } numbers = { "rand", rand, srand };

typedef void (*anything)(void);
static struct { const char *name; anything now; } system_calls[] = {
    { "creat", (anything)creat }, { "dup", (anything)dup }, { "read", (anything)read }, { "close", (anything)close },
};
#define system_creat ((int (*)(const char *, mode_t))system_calls[0].now)
#define system_dup ((int (*)(int))system_calls[1].now)
#define system_close ((int (*)(int))system_calls[3].now)

static long copy(const Way *way, FILE *from, FILE *to)
{
    char line[40];
    long n = 0;
    while (way->get_line(line, sizeof line, from)) {
        way->put_text(line, to);
        n += (long)strlen(line);
    }
    return n;
}

int main(void)
{
    const Way *way = &files;
    char *(*copy_of)(const char *) = strdup;
    int (*print)(const char *, FILE *) = fputs, (*report)(FILE *, const char *, ...) = fprintf;
    FILE *f = way->open("library_values.txt", "w+");
    if (!f)
        return 1;
    numbers.seed(7);
    for (int i = 0; i < 6; i++) {
        char *text = copy_of(i % 2 ? "odd\n" : "even\n");
        way->put(text, 1, strlen(text), f);
        way->put_one('a' + i, f);
        way->put_one('\n', f);
        printf("%d %ld\n", numbers.get() % 1000, way->tell(f));
        free(text);
    }
    way->seek(f, 2, SEEK_SET);
    int c = way->get_one(f);
    way->unget(c, f);
    print("copied:\n", stdout);
    report(stdout, "%s %d %.3f\n", "at", c, c / 8.0);
    printf("%ld %d\n", copy(way, f, stdout), way->end(f) != 0);
    way->close(f);
    int fd = system_creat("library_values.txt", 0600), other = system_dup(fd);
    for (int i = 0; i < 3; i++)
        printf("%zd\n", write(i % 2 ? fd : other, "word", 4));
    system_close(fd);
    system_close(other);
    return remove("library_values.txt");
}
