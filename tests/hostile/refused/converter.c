/* iconv loads its tables at run time. */
#include <iconv.h>
#include <stdio.h>
int main(void)
{
    iconv_t to = iconv_open("UTF-8", "ISO-8859-1");  /* ! -Wpreaches-library: call of 'iconv_open' cannot be carried over: the conversion is loaded at run time */
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", i);
    return iconv_close(to);
}
