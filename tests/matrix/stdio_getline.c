/* getline and getdelim make their own blocks; so do asprintf, strndup, realpath
 * and its like. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

int main(void)
{
    FILE *f = fopen("getline.tmp", "w+");
    char *line = NULL, *part, *text = NULL;
    size_t bytes = 0;
    ssize_t n;

    if (!f)
        return 1;
    for (int i = 0; i < 5; i++)
        fprintf(f, "%0*d\n", i * 60 + 1, i);
    rewind(f);
    while ((n = getline(&line, &bytes, f)) >= 0)
        printf("%d of %d: %c\n", (int)n, (int)bytes, line[n - 2]);
    rewind(f);
    for (int i = 0; i < 3; i++) {
        n = getdelim(&line, &bytes, '0', f);
        if (asprintf(&text, "%d <%.3s> %d", i, line, (int)n) < 0)
            return 1;
        part = strndup(text, 6);
        printf("%s %s\n", text, part);
        free(text);
        free(part);
    }
    fclose(f);
    remove("getline.tmp");
    free(line);
    text = realpath("/usr/../tmp/.", NULL);
    for (int i = 0; i < 2; i++)
        printf("%s\n", text);
    free(text);
    if (chdir("/usr/bin/.."))
        return 1;
    text = canonicalize_file_name("/usr/../tmp/.");
    part = get_current_dir_name();
    setenv("SECURE", "a value", 1);
    for (int i = 0; i < 2; i++)
        printf("%s %s %s\n", text, part, secure_getenv("SECURE"));
    free(text);
    free(part);
    return 0;
}
