/* A job that works on files of its folder, for files.t: sums up the numbers of input/numbers, which stays
 * open, into out/sums, which stays open, too; each hundredth sum is appended to "marks", opened each time;
 * progress goes to standard output. Half-way it waits until the file GATE is there.
 *   filework GATE JOURNAL */
#include <stdio.h>
#include <unistd.h>

static int is_open(const char *gate)
{
    FILE *file = fopen(gate, "r");

    if (file)
        fclose(file);
    return file != NULL;
}

static void note(const char *path, const char *how, long a, long b)
{
    FILE *file = fopen(path, "a");

    if (!file)
        return;
    fprintf(file, how, a, b);
    fclose(file);
}

int main(int argc, char **argv)
{
    FILE *in = fopen("input/numbers", "r"), *out = fopen("out/sums", "w");
    long sum = 0, number, i = 0;

    if (!in || !out || argc < 3)
        return 1;
    for (;;) {
        if (i == 150 && !is_open(argv[1])) {
            note(argv[2], "%ld waits %ld\n", (long)getpid(), i);
            usleep(20000);
            continue;
        }
        if (fscanf(in, "%ld", &number) != 1)
            break;
        sum = sum * 3 % 1000003 + number;
        fprintf(out, "%ld %ld\n", i, sum);
        if (i % 100 == 0)
            note("marks", "%ld %ld\n", i, sum);
        if (i % 10 == 0) {
            printf("at %ld\n", i);
            fflush(stdout);
        }
        i++;
    }
    fclose(in);
    fclose(out);
    printf("sum %ld\n", sum);
    return 7;
}
