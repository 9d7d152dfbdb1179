/* The runtime calls main, and its restore clone. */
int main(int argc, char **argv)
{
    int i, s = 0;
    for (i = 0; i < argc; i++)
        s += i;
    return argc > 5 ? s : main(argc + 1, argv);  /* ! -Wpreaches-main: main must not be called */
}
