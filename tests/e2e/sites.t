#!/bin/bash
# Programs whose polls are patched (--sites=patch): requests by signal, on every architecture and after restarts,
# and what happens where the system does not let a program change its text.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 11
cd "$tmp" || exit 1
# Asks for a checkpoint itself in every round; at its end, it looks whether its text was left writable.
cat >asks.c <<'X'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static long fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
static int is_text_writable(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int n = 0;
    while (maps && fgets(line, sizeof line, maps))
        n += strstr(line, "rwxp") && strstr(line, "asks");
    if (maps)
        fclose(maps);
    return n > 0;
}
int main(int argc, char **argv)
{
    int ask = argc > 1;
    for (int i = 1; i <= 6; i++) {
        if (ask)
            raise(SIGUSR2);
        printf("%d %ld\n", i, fibonacci(i + 8));
    }
    return is_text_writable();
}
X
run preaches-cc --arch="${arches// /,}" --sites=patch -O2 -o asks asks.c
ok $status "built"
./asks >wanted
run preaches run --sync --keep=9 --spool=all ./asks ask
cmp -s "$tmp/out" wanted && [ $status -eq 0 ]
ok $? "the program goes on through its checkpoints, its text as it was"
is "$(ls -d all/epoch-* | wc -l)" 6 "each request was answered"

# A request in each life, each on another architecture.
run preaches run --interval=1h --stop --spool=chain ./asks ask
cp "$tmp/out" got
ended=$status path=x86_64
for arch in ${arches#x86_64}; do
    run preaches restart --arch="$arch" --interval=1h --stop chain
    ended=$((ended || status)) path="$path $arch"
    cat "$tmp/out" >>got
done
[ $ended -eq 0 ] && cmp -s got wanted
ok $? "requests in a chain: $path"

# From outside, at any moment.
cat >long.c <<'X'
#include <stdio.h>
#include <stdlib.h>
static unsigned mix(unsigned x) { for (int i = 0; i < 50; i++) x = x * 1103515245u + 12345u; return x; }
int main(int argc, char **argv)
{
    unsigned x = 1, rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned k = 0; k < 200000; k++)
            x = mix(x);
        if (i % 10 == 9)
            printf("%u %u\n", i, x);
    }
    return 0;
}
X
run preaches-cc --arch=x86_64,s390x --sites=patch -O2 -o long long.c
./long 30 >wanted.long
run preaches run --interval=20ms --keep=1000 --spool=asked ./long 30
cmp -s "$tmp/out" wanted.long && [ $status -eq 0 ]
ok $? "requests at any time"
images=(asked/epoch-*/x86_64.img)
bad=0
for image in "${images[0]}" "${images[${#images[@]} / 2]}" "${images[-1]}"; do
    preaches restart "$image" >rest 2>/dev/null && tail -n "$(wc -l <rest)" wanted.long | cmp -s - rest || bad=$((bad + 1))
done
is $bad 0 "from the first, middle and last of ${#images[@]} epochs the program ends as it should"

# No text can be changed: PR_SET_MDWE, which is inherited.
cat >fixed.pl <<'X'
syscall(157, 65, 1, 0, 0, 0) == 0 or exit 77;
exec @ARGV;
X
if [ "$(uname -m)" != x86_64 ] || ! perl fixed.pl true; then
    skip 5 "this kernel has no PR_SET_MDWE"
else
    run perl fixed.pl ./asks
    cmp -s "$tmp/out" wanted
    ok $? "fixed text: the program by itself"
    run perl fixed.pl preaches run --spool=fixed ./asks ask
    [ $status -eq 1 ] && grep -q 'polls cannot be patched here: Permission denied; build the program without --sites=patch' err
    ok $? "fixed text: it does not begin under a supervisor"
    run perl fixed.pl preaches run --count-polls ./asks
    [ $status -eq 1 ] && grep -q 'polls cannot be patched here' err
    ok $? "fixed text: nor are its polls counted"
    run perl fixed.pl preaches restart all/epoch-000003/x86_64.img
    tail -n 4 wanted | cmp -s - "$tmp/out" && [ $status -eq 0 ]
    ok $? "fixed text: from an image it goes on"
    rm -rf all/epoch-00000[3-6]
    run perl fixed.pl preaches restart --interval=1h all
    tail -n 5 wanted | cmp -s - "$tmp/out" && grep -q 'checkpoint 3 failed: polls cannot be patched: Permission denied' err
    ok $? "fixed text: and says that its requests failed"
fi
