/* A DIR belongs to the C library: the pointer to it cannot be converted. */
#include <dirent.h>
int main(void)
{
    DIR *d = opendir(".");
    int n = 0;
    while (d && readdir(d)) /* ? pointer to memory that is not tracked: d in main */
        n++;
    return n == 0;
}
