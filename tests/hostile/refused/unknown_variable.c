/* A variable of a library, whose state nobody saves. */
extern int mysterious_state;
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        mysterious_state += i;  /* ! -Wpreaches-unknown: variable 'mysterious_state' is not defined in the program */
    return 0;
}
