/* A program that reads what it has written, for contents.t: each step changes a record of a file that it reads and
 * writes ("w+"), a number in one that was there before (O_RDWR), the head of one that it writes by one stream and reads
 * by another, a temporary file, a state that is read and saved under another name first, and a mark that may not be
 * there when it is made. What it prints depends on all of them.
 *   ledger STEPS [INPUT] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORDS = 16, RECORD_BYTES = 12 };

/* Adds `more` to record `i`; the sum. */
static long book(FILE *file, int i, long more)
{
    long value = 0;

    fseek(file, (long)i * RECORD_BYTES, SEEK_SET);
    if (fscanf(file, "%ld", &value) != 1)
        value = 0;
    value = (value + more) % 1000003;
    fseek(file, (long)i * RECORD_BYTES, SEEK_SET);
    fprintf(file, "%*ld\n", RECORD_BYTES - 1, value);
    return value;
}

static long count(int fd)
{
    char text[16] = "";
    long value;

    pread(fd, text, sizeof text - 1, 0);
    value = strtol(text, NULL, 10) + 1;
    snprintf(text, sizeof text, "%015ld", value);
    pwrite(fd, text, sizeof text - 1, 0);
    return value;
}

static long turn(FILE *to, FILE *from, long more)
{
    long value = 0;

    rewind(from);
    if (fscanf(from, "%ld", &value) != 1)
        value = 1;
    value = (value * 3 + more) % 10007;
    rewind(to);
    fprintf(to, "%8ld\n", value);
    fflush(to);
    return value;
}

static long save(long more)
{
    FILE *file = fopen("state", "r");
    long value = 0;

    if (file) {
        if (fscanf(file, "%ld", &value) != 1)
            value = 1;
        fclose(file);
    }
    value = (value * 5 + more) % 10007;
    file = fopen("state.new", "w");
    if (!file)
        return -1;
    fprintf(file, "%ld\n", value);
    fclose(file);
    return rename("state.new", "state") == 0 ? value : -1;
}

/* Makes the mark at steps 10, 30 and 50, and takes it away again at the first of them. */
static int mark(int step)
{
    int fd;

    if (step % 20 != 10)
        return 0;
    fd = open("mark", O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return 7;
    close(fd);
    return step == 10 ? unlink("mark") : 3;
}

int main(int argc, char **argv)
{
    int steps = argc > 1 ? atoi(argv[1]) : 60, counter = open("counter", O_RDWR | O_CREAT, 0640);
    FILE *tape = fopen("tape", "w+"), *scratch = tmpfile(), *head = fopen("head", "w"), *view = fopen("head", "r");
    FILE *input = argc > 2 ? fopen(argv[2], "r") : NULL;
    long number, sum = 0;

    if (counter < 0 || !tape || !scratch || !head || !view)
        return 1;
    setvbuf(view, NULL, _IONBF, 0);
    for (int i = 0; i < steps; i++) {
        number = i;
        if (input && fscanf(input, "%ld", &number) != 1)
            return 1;
        sum += book(tape, (int)(sum % RECORDS), number);
        sum += book(scratch, i % 5, sum) + count(counter) + turn(head, view, sum);
        sum += save(sum) + mark(i);
        sum %= 1000003;
        printf("%d %ld\n", i, sum);
    }
    return 0;
}
