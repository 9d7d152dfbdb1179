/* The third parameter is no part of C. */
int main(int argc, char **argv, char **environment)  /* ! -Wpreaches-main: main has 3 parameters */
{
    int i, s = 0;
    for (i = 0; i < argc; i++)
        s += argv[i] == environment[0];
    return s;
}
