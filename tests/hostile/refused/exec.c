/* The program would be another one. */
#include <unistd.h>
int main(int argc, char **argv)
{
    int i, s = 0;
    for (i = 0; i < argc; i++)
        s += i;
    return s + execv("/bin/true", argv);  /* ! -Wpreaches-library: the program would be replaced */
}
