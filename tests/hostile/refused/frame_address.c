/* An address on a stack that is rebuilt elsewhere. */
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += __builtin_frame_address(0) != 0;  /* ! -Wpreaches-library: this builtin's result cannot be carried over */
    return s != 3;
}
