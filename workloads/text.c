/* text [LINES [TEXT-FILE [REPORT-FILE]]]: writes a generated text, reads it again line by line,
 * counts its words in a hash table with chains, and writes a report of them, most frequent first.
 * The files stand in the current folder by default: text.txt and report.txt. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

enum { N_BUCKETS = 512, LINE_BYTES = 256, MAX_WORDS = 4096 };

struct word {
    char *text;
    int count, first_line;
    struct word *next;
};

static struct word *buckets[N_BUCKETS];
static struct word *sorted[MAX_WORDS];
static int n_words;
static const char *const syllables[] = {"chec", "k",  "po",  "int", "re",   "co", "ver",
                                        "y",    "ma", "chi", "ne",  "port", "a",  "ble"};

static FILE *open_or_leave(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static void close_or_leave(FILE *file, const char *path)
{
    if (fclose(file)) {
        perror(path);
        exit(1);
    }
}

/* Words are skewed towards few syllables, so that some are frequent. */
static void write_word(FILE *out, unsigned long long *state)
{
    int n = 1 + random_next(state) % 3;

    for (int i = 0; i < n; i++) {
        int a = random_next(state) % 14, b = random_next(state) % 14;

        fputs(syllables[a < b ? a : b], out);
    }
}

static void write_text(const char *path, int lines)
{
    FILE *out = open_or_leave(path, "w");
    unsigned long long state = 0x7e47;

    for (int line = 0; line < lines; line++) {
        int n = 4 + random_next(&state) % 8;

        for (int i = 0; i < n; i++) {
            if (i > 0)
                fputc(' ', out);
            write_word(out, &state);
        }
        fputc('\n', out);
    }
    close_or_leave(out, path);
}

static char *copy_text(const char *text, size_t length)
{
    char *copy = malloc((length + 1) * sizeof(char));

    if (!copy) {
        fprintf(stderr, "text: out of memory\n");
        exit(1);
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static void count_word(const char *text, size_t length, int line)
{
    unsigned long long hash = DIGEST_START;
    struct word **link;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
    link = &buckets[hash % N_BUCKETS];
    while (*link && (strncmp((*link)->text, text, length) || (*link)->text[length]))
        link = &(*link)->next;
    if (!*link) {
        struct word *word;

        if (n_words == MAX_WORDS)
            return;
        word = malloc(sizeof(struct word));
        if (!word) {
            fprintf(stderr, "text: out of memory\n");
            exit(1);
        }
        word->text = copy_text(text, length);
        word->count = 0;
        word->first_line = line;
        word->next = NULL;
        *link = word;
        sorted[n_words++] = word;
    }
    (*link)->count++;
}

static int read_text(const char *path, int pass)
{
    FILE *in = open_or_leave(path, "r");
    char line[LINE_BYTES];
    int n = 0;

    while (fgets(line, sizeof line, in)) {
        char *at = line;

        n++;
        while (*at && *at != '\n') {
            size_t length = strcspn(at, " \n");

            count_word(at, length, n + pass);
            at += length + strspn(at + length, " ");
        }
    }
    close_or_leave(in, path);
    return n;
}

static int by_count(const void *a, const void *b)
{
    const struct word *p = *(struct word *const *)a, *q = *(struct word *const *)b;

    if (p->count != q->count)
        return p->count < q->count ? 1 : -1;
    return strcmp(p->text, q->text);
}

static unsigned long long write_report(const char *path)
{
    FILE *out = open_or_leave(path, "w");
    unsigned long long digest = DIGEST_START;

    qsort(sorted, (size_t)n_words, sizeof sorted[0], by_count);
    for (int i = 0; i < n_words; i++) {
        fprintf(out, "%6d %6d %s\n", sorted[i]->count, sorted[i]->first_line, sorted[i]->text);
        digest = digest_text(digest, sorted[i]->text);
        digest = digest_add(digest, (unsigned long long)sorted[i]->count);
        digest = digest_add(digest, (unsigned long long)sorted[i]->first_line);
    }
    close_or_leave(out, path);
    return digest;
}

/* The report read back: what stands in the file, not what was meant to. */
static unsigned long long digest_file(const char *path, unsigned long long digest)
{
    FILE *in = open_or_leave(path, "r");
    char line[LINE_BYTES];

    while (fgets(line, sizeof line, in))
        digest = digest_text(digest, line);
    close_or_leave(in, path);
    return digest;
}

int main(int argc, char **argv)
{
    int lines = argc > 1 ? atoi(argv[1]) : 60000;
    const char *text = argc > 2 ? argv[2] : "text.txt";
    const char *report = argc > 3 ? argv[3] : "report.txt";
    unsigned long long digest;

    if (lines < 1) {
        fprintf(stderr, "usage: text [LINES [TEXT-FILE [REPORT-FILE]]]\n");
        return 2;
    }
    write_text(text, lines);
    printf("%d lines written\n", lines);
    for (int pass = 0; pass < 3; pass++) {
        int n = read_text(text, pass);

        printf("pass %d: %d lines, %d words\n", pass, n, n_words);
    }
    digest = write_report(report);
    printf("most frequent: %s, %d times\n", sorted[0]->text, sorted[0]->count);
    digest = digest_file(text, digest);
    digest = digest_file(report, digest);
    printf("text: digest %016llx\n", digest);
    return 0;
}
