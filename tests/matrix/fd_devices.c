/* Devices by name, and numbers that programs choose. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    int null = open("/dev/null", O_WRONLY), zero = open("/dev/zero", O_RDONLY), file;
    char bytes[8];

    if (null < 0 || zero < 0)
        return 1;
    file = open("device.tmp", O_CREAT | O_RDWR, 0600);
    dup2(file, 77);
    close(file);
    for (int i = 0; i < 4; i++) {
        memset(bytes, 'x', sizeof bytes);
        if (write(null, bytes, 5) != 5 || read(zero, bytes, 3) != 3)
            return 1;
        printf("%d\n", bytes[2] + bytes[3]);
        if (write(77, "abc", (size_t)i) != i)
            return 1;
    }
    printf("%d\n", (int)lseek(77, 0, SEEK_END));
    close(77);
    printf("%d\n", (int)write(77, "a", 1));
    unlink("device.tmp");
    return 0;
}
