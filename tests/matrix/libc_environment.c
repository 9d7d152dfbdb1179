/* setenv, putenv, unsetenv: the environment goes along, and putenv's text stays the program's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[32] = "COLOUR=red";

static void show(const char *name)
{
    const char *value = getenv(name);

    printf("%s=%s ", name, value ? value : "(none)");
}

int main(void)
{
    char *kept;

    setenv("SHAPE", "round", 1);
    setenv("SHAPE", "square", 0);
    putenv(text);
    kept = getenv("SHAPE");
    for (int i = 0; i < 5; i++) {
        show("SHAPE");
        show("COLOUR");
        show("SIZE");
        printf("%s %d\n", kept, getenv("COLOUR") == text + 7);
        if (i == 1)
            strcpy(text, "COLOUR=green");
        if (i == 2)
            setenv("SIZE", "large", 1);
        if (i == 3)
            unsetenv("COLOUR");
    }
    setenv("COLOUR", "blue", 1);
    show("COLOUR");
    putchar('\n');
    return 0;
}
