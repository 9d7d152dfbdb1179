#!/bin/bash
# What of the C library's state cannot be carried over: refused by name, at compile time or at the
# checkpoint, and the program goes on.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
cd "$tmp" || exit 1

# Functions that are refused when the program is compiled: call, and a word of the reason.
calls='
fork()|child processes
execlp("true", "true", (char *)0)|replaced
waitpid(0, 0, 0)|child processes
socket(1, 1, 0)|sockets
mmap(0, 4096, 1, 2, -1, 0) == 0|mappings
shm_open("/x", 0, 0)|mappings
pthread_create(0, 0, 0, 0)|threads
sem_wait(0)|threads
hcreate(10)|library
tsearch(0, 0, 0) == 0|library
getcontext(0)|contexts
sigaltstack(0, 0)|contexts
fputwc(65, stdout) == 0|wide
fmemopen(0, 8, "w") == 0|memory
open_memstream(0, 0) == 0|memory
aligned_alloc(64, 64) == 0|untyped
posix_memalign(0, 64, 64)|untyped
flock(1, 2)|locks
pipe((int[2]){0})|pipes
epoll_create1(0)|descriptor
timer_create(0, 0, 0)|setitimer
feraiseexcept(0)|arithmetic
scandir(".", 0, 0, 0)|library
quick_exit(0), 0|exit
'
n_calls=$(grep -c '|' <<<"$calls")
plan $((n_calls + 9))

while IFS='|' read -r call why; do
    [ -n "$call" ] || continue
    {
        echo '#define _GNU_SOURCE'
        for header in stdio stdlib string unistd signal pthread semaphore search ucontext wchar dirent fcntl \
            fenv sys/mman sys/socket sys/wait sys/file sys/epoll time; do
            echo "#include <$header.h>"
        done
        echo "int main(void) { return $call; }"
    } >call.c
    preaches-cc --arch=x86_64 -w -c -o call.o call.c 2>err && preaches-cc --arch=x86_64 -w -o call call.o 2>err
    [ $? -ne 0 ] && grep -q "call.c:[0-9]*:[0-9]*: error: .*$why.*\[-Wpreaches-library\]" err
    ok $? "refused: ${call%%(*}" || sed 's/^/# /' err
done <<<"$calls"

# What only the checkpoint sees. CASE: statements before the loop; the program must go on and end with 0.
cat >state.c <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int work(int i) { return i * i; }
static void begin(const char *what)
{
    char byte[4];
    struct flock lock = {.l_type = F_WRLCK};

    if (!strcmp(what, "directory"))
        open(".", O_RDONLY);
    else if (!strcmp(what, "unlinked")) {
        open("gone.tmp", O_CREAT | O_RDWR, 0600);
        unlink("gone.tmp");
    } else if (!strcmp(what, "command"))
        popen("cat >/dev/null", "w");
    else if (!strcmp(what, "read") && read(0, byte, 4) != 4)
        exit(9);
    else if (!strcmp(what, "end"))
        while (read(0, byte, 4) > 0)
            ;
    else if (!strcmp(what, "locked"))
        fcntl(open("lock.tmp", O_CREAT | O_RDWR, 0600), F_SETLK, &lock);
    else if (!strcmp(what, "device"))
        open("/dev/full", O_WRONLY);
    else if (!strcmp(what, "fifo"))
        open("fifo.tmp", O_RDWR);
}
static DIR *list;
int main(int argc, char **argv)
{
    int sum = 0;
    begin(argv[argc - 1]);
    if (!strcmp(argv[argc - 1], "list"))
        list = opendir(".");
    for (int i = 0; i < 10; i++)
        sum += work(i);
    return sum != 285;
}
C
preaches-cc --arch=x86_64,i686 -O1 -o state state.c 2>cc.err || cat cc.err
mkfifo fifo.tmp
refused() { # CASE REASON
    rm -rf spool && mkdir spool
    printf 'some input' | env PREACHES_AT_POLL=5 PREACHES_SPOOL=spool ./state "$1" >part 2>err
    is "$? $(grep -c "checkpoint 1 failed: .*$2" err) $(ls spool)" "0 1 " "refused at the checkpoint: $1" ||
        sed 's/^/# /' err
}
refused directory 'a directory: .*descriptor 3'
refused unlinked 'removed, renamed or replaced while open.*descriptor 3.*gone.tmp'
refused command 'started with popen.*cat >/dev/null'
refused read 'input from a pipe'
refused locked 'lock'
refused fifo 'a pipe.*descriptor 3.*fifo.tmp'
refused list 'list'
for case in end device; do
    rm -rf spool && mkdir spool
    printf 'some input' | env PREACHES_AT_POLL=5 PREACHES_SPOOL=spool ./state $case >part 2>err
    is "$? $(ls spool)" "0 epoch-000001" "carried over: $case" || sed 's/^/# /' err
done
