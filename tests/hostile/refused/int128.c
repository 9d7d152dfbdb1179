/* Not every architecture has it. */
static __int128 big;  /* ! -Wpreaches-type: type without a portable form */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        big += i;
    return big != 3;
}
