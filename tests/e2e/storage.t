#!/bin/bash
# Images that cannot be written: on a full disk, in a read-only folder, over a quota, beyond a limit of file
# size. Each time the epoch before stands, the program goes on to its end, and the failure is told.
. tests/tap.sh
need_built bin/preaches bin/preaches-cc
plan 17
cd "$tmp" || exit 1
chmod 755 "$tmp" # an ordinary user works here too
cat >grow.c <<'X'
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    enum { SMALL = 1000, LARGE = 600000 };
    double *v = malloc(SMALL * sizeof *v), *w, sum = 0;
    FILE *go;
    if (!v || argc < 2)
        return 1;
    for (int i = 0; i < SMALL; i++)
        v[i] = i;
    printf("small\n");
    preaches_poll_here();
    while (!(go = fopen(argv[1], "r")))
        usleep(20000);
    fclose(go);
    w = malloc(LARGE * sizeof *w); /* 4.8 MB */
    if (!w)
        return 1;
    for (int i = 0; i < LARGE; i++)
        w[i] = v[i % SMALL] + i;
    printf("large\n");
    preaches_poll_here();
    for (int i = 0; i < LARGE; i++)
        sum += w[i];
    printf("%.0f\n", sum);
    return 0;
}
X
run preaches-cc --arch=x86_64,i686 --polls=explicit -I"$root/core/include" -O2 -o grow grow.c
ok $status "built"
touch there
./grow there >wanted

# FOLDER WHAT REASON COMMAND...: a job with its spool in FOLDER; COMMAND is run when its first epoch stands.
as=()
fails_later() {
    local folder=$1 what=$2 reason=$3 i
    shift 3
    rm -f go
    "${as[@]}" bash -c "cd '$tmp'; ${limit:-:}; exec preaches run --at-poll=1,2 --spool='$folder/spool' ./grow go" >out 2>err &
    local job=$!
    for ((i = 0; i < 400; i++)); do
        [ -e "$folder/spool/epoch-000001/commit" ] && break
        sleep 0.05
    done
    "$@"
    touch go
    wait $job
    status=$?
    cmp -s out wanted
    ok $((status || $?)) "$what: the program goes on to its end"
    grep -q "checkpoint 2 failed: .*$reason" err
    ok $? "$what: told: $(grep 'checkpoint 2' err | head -n 1)"
    is "$(cd "$folder/spool" && echo epoch-*)" epoch-000001 "$what: nothing is left of the epoch"
    # Elsewhere, since there is no room here.
    rm -rf again
    cp -r "$folder/spool" again
    preaches restart again >rest 2>/dev/null
    tail -n "$(wc -l <rest)" wanted | cmp -s - rest && [ -s rest ]
    ok $? "$what: the epoch before is as good as it was"
}

limit='ulimit -f 2000'
mkdir limited
fails_later limited "a limit of file size" "File too large" true
limit=

mounted() { mkdir -p "$1" && mount -t tmpfs -o "$2" tmpfs "$1" 2>/dev/null; }
unmount() { umount "$tmp/full" "$tmp/readonly" "$tmp/quota" 2>/dev/null; }
on_end=unmount
if mounted full size=2m; then
    fails_later full "a full disk" "No space left" true
else
    skip 4 "no file system can be mounted here"
fi
if mounted readonly size=64m; then
    fails_later readonly "a read-only file system" "Read-only" mount -o remount,ro readonly
else # as an ordinary user
    mkdir readonly
    fails_later readonly "a read-only folder" "Permission denied" chmod 555 readonly/spool
    chmod 755 readonly/spool
fi
if mounted quota size=64m,mode=777,usrquota_block_hardlimit=2m; then
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp)
    fails_later quota "over quota" "quota" true
elif command -v strace >/dev/null; then # as a network file system tells it
    mkdir -p quota
    as=(strace -f -qq -o /dev/null -e trace=fsync -e inject=fsync:error=EDQUOT)
    for class in x86_64 i686; do
        as+=(-P "$tmp/quota/spool/epoch-000002/.$class.class.img.tmp")
    done
    fails_later quota "over quota" "quota" true
else
    skip 4 "no file system with a quota can be mounted here"
fi
