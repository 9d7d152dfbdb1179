/* The other end would still be connected to the old machine. */
#include <sys/socket.h>
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += socket(AF_INET, SOCK_STREAM, 0);  /* ! -Wpreaches-library: sockets are not part of a checkpoint */
    return s == 0;
}
