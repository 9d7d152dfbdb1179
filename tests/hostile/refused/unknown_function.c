/* Neither the program's own nor one whose behaviour is known. */
void mysterious_library_call(int);
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        mysterious_library_call(i);  /* ! -Wpreaches-unknown: function 'mysterious_library_call' is not known to preaches-cc */
    return 0;
}
