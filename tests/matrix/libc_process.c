/* Working directory, file mode mask, locale. */
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned mode_of(const char *path)
{
    struct stat at;

    return stat(path, &at) == 0 ? (unsigned)(at.st_mode & 0777) : 0;
}

int main(void)
{
    char *here = getcwd(NULL, 0), *locale;
    FILE *f;

    umask(027);
    mkdir("below", 0777);
    if (!here || chdir("below") != 0)
        return 1;
    locale = setlocale(LC_ALL, "POSIX");
    for (int i = 0; i < 4; i++) {
        char now[PATH_MAX];
        printf("%d %s\n", i, getcwd(now, sizeof now) && !strncmp(now, here, strlen(here)) ? now + strlen(here) : "?");
    }
    f = fopen("made.txt", "w");
    if (!f)
        return 1;
    fclose(f);
    printf("%o %s\n", mode_of("made.txt"), locale);
    printf("%s\n", setlocale(LC_ALL, NULL));
    printf("%s\n", setlocale(LC_ALL, "xx_YY") ? "?" : "no such locale");
    unlink("made.txt");
    if (chdir("..") != 0 || rmdir("below") != 0)
        return 1;
    free(here);
    return 0;
}
