/* The runtime has these names. */
static int preaches_counter;  /* ! -Wpreaches-name: names that begin with 'preaches_' are reserved */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        preaches_counter += i;
    return preaches_counter != 3;
}
