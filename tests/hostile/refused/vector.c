/* Vectors are one machine's. */
typedef float four __attribute__((vector_size(16)));
static four sum;  /* ! -Wpreaches-type: type without a portable form */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        sum += (four){1, 2, 3, 4};
    return sum[0] != 3;
}
