/* Numbers kept as the network has them: other numbers on another machine. */
#include <arpa/inet.h>
#include <stdio.h>
static struct { uint32_t length; } header;
int main(void)
{
    for (uint32_t i = 0; i < 20; i++) {
        printf("%u\n", (unsigned)header.length);
        header.length = htonl(i * 1000); /* ! -Wpreaches-bytes: a number with its bytes in an order */
    }
    return 0;
}
