/* Code made at run time is code of one machine. */
#include <string.h>
#include <sys/mman.h>
int main(void)
{
    int i, s = 0;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);  /* ! -Wpreaches-library: mappings are not part of a checkpoint */
    memcpy(code, "\xb8\x01\0\0\0\xc3", 6);
    for (i = 0; i < 3; i++)
        s += ((int (*)(void))code)();
    return s != 3;
}
