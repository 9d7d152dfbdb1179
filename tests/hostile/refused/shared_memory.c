/* Memory that others have too, or that is a file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
int main(void)
{
    int i;
    for (i = 0; i < 3; i++) {
        char *file = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0);  /* ! -Wpreaches-library: call of 'mmap' cannot be carried over: mappings */
        int id = shmget(IPC_PRIVATE, 4096, 0600);  /* ! -Wpreaches-library: call of 'shmget' cannot be carried over: mappings */
        char *text = shmat(id, NULL, 0);  /* ! -Wpreaches-library: call of 'shmat' */
        printf("%d %c %c\n", shm_open("/x", O_RDWR, 0600), *text, *file);  /* ! -Wpreaches-library: call of 'shm_open' */
        printf("%d\n", semget(IPC_PRIVATE, 1, 0600));  /* ! -Wpreaches-library: call of 'semget' */
        msync(file, 4096, MS_SYNC);  /* ! -Wpreaches-library: call of 'msync' */
    }
    return 0;
}
