/* An object of static storage without a name. */
static int *numbers = (int[]){1, 2, 3};  /* ! -Wpreaches-literal: pointer to a compound literal of static storage */
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += numbers[i];
    return s != 6;
}
