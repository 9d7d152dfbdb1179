/* Threads are not part of a checkpoint. */
static __thread int counter;  /* ! -Wpreaches-threads: 'counter' is thread-local */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        counter += i;
    return counter != 3;
}
