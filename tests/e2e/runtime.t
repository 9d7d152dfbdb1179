#!/bin/bash
# What the runtime carries over besides memory (streams, rand, errno, environment), what it refuses,
# and that nothing that goes wrong with a checkpoint touches the program.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
cd "$tmp" || exit 1

cat >state.c <<'C'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static FILE *in, *out, *log_, *both;
static char *mode;
static int step(int i)
{
    char line[32], word[32];
    int code = errno;
    if (!fgets(line, sizeof line, in))
        strcpy(line, feof(in) ? "(end)\n" : "(error)\n");
    line[strcspn(line, "\n")] = 0;
    fprintf(out, "%d %s %d\n", i, line, rand() % 1000);
    fprintf(log_, "log %d\n", i);
    fseek(both, 4L * (i % 5), SEEK_SET);
    fprintf(both, "%03d", i);
    if (scanf("%31s", word) != 1)
        strcpy(word, "-");
    printf("%d %s %s %d\n", i, mode, word, code == ERANGE);
    errno = i % 2 ? ERANGE : 0;
    return i;
}
int main(int argc, char **argv)
{
    int sum = 0;
    mode = getenv("MODE");
    mode = mode ? mode : "none";
    srand(argc > 1 ? (unsigned)atoi(argv[1]) : 1);
    in = fopen("in.txt", "r");
    out = fopen("out.txt", "w");
    log_ = fopen("log.txt", "a");
    both = fopen("both.txt", "r+");
    if (!in || !out || !log_ || !both)
        return 9;
    errno = ERANGE;
    for (int i = 0; i < 12; i++)
        sum += step(i);
    fclose(out);
    fprintf(log_, "sum %d %s\n", sum, argv[argc - 1]);
    if (argc > 2)
        exit(sum);
    return 7;
}
C
preaches-cc --arch=default -O1 -o state state.c 2>cc.err || { cat cc.err; exit 1; }
fresh() {
    rm -rf spool "$tmp"/*.txt
    seq 100 107 >in.txt
    printf '0000000000000000000000' >both.txt
    echo before >log.txt
    seq 1 9 | tr '\n' ' ' >words
}
fresh
MODE=red ./state 5 x <words >wanted
polls=$(fresh && MODE=red preaches run --count-polls ./state 5 x <words 2>&1 >/dev/null | grep -oE '[0-9]+ polls' | grep -oE '[0-9]+')
mkdir ref && cp ./*.txt ref
same_files() { for f in ref/*; do cmp -s "$f" "$(basename "$f")" || return 1; done; }

every=$(seq "$polls")
plan $(($(wc -w <<<"$every") + 14))

turn=0
for at in $every; do
    arch=$(cut -d' ' -f$((turn % $(wc -w <<<"$arches") + 1)) <<<"$arches")
    turn=$((turn + 1))
    fresh
    MODE=red preaches run --at-poll="$at" --stop --spool=spool ./state 5 x <words >part 2>err
    for f in out.txt log.txt; do echo "from a later time" >>$f; done
    MODE=blue preaches restart --arch="$arch" spool <words >>part 2>err
    [ $? = 66 ] && cmp -s part wanted && same_files
    ok $? "poll $at, then $arch: streams, rand, errno, environment, status"
done

fresh
env PREACHES_AT_POLL=2 PREACHES_SPOOL=/nonexistent MODE=red ./state 5 x <words >part 2>err
[ $? = 66 ] && cmp -s part wanted && same_files && grep -q 'checkpoint 1 failed: /nonexistent' err
ok $? "no spool: the program goes on, with one line"

fresh
mkdir spool && echo >spool/epoch-000001
env PREACHES_AT_POLL=2,4 PREACHES_SPOOL=spool MODE=red ./state 5 x <words >part 2>err
[ $? = 66 ] && cmp -s part wanted && [ "$(grep -c failed err)" = 1 ] && [ -f spool/epoch-000002/x86_64.class.img ]
ok $? "a folder in the way: the next checkpoint stands"

fresh
mkdir -p spool/epoch-000001
for f in commit mips.img mips.class.img .x.img.tmp; do echo old >spool/epoch-000001/$f; done
env PREACHES_AT_POLL=2 PREACHES_STOP=1 PREACHES_SPOOL=spool PREACHES_CLASSES=x86_64 ./state <words >part 2>err
is "$? $(cd spool/epoch-000001 && ls -A | tr '\n' ' ')" "0 x86_64.class.img " "images of an older run do not stay in the epoch"

fresh
mkdir spool
seq 1 9 | tr '\n' ' ' | env PREACHES_AT_POLL=9 PREACHES_STOP=1 PREACHES_SPOOL=spool ./state >part 2>err
is "$? $(grep -c 'input from a pipe' err) $(ls spool)" "1 1 " "input read from a pipe is refused; status 1"

fresh
mkdir spool
cat >gone.c <<'C'
#include <stdio.h>
#include <unistd.h>
static int work(FILE *f, int i) { return fprintf(f, "%d\n", i); }
int main(void)
{
    FILE *f = fopen("gone.txt", "w");
    int n = 0;
    unlink("gone.txt");
    for (int i = 0; i < 10; i++)
        n += work(f, i);
    printf("%d\n", n);
    return 0;
}
C
preaches-cc --arch=x86_64 -o gone gone.c
env PREACHES_AT_POLL=3 PREACHES_SPOOL=spool ./gone >part 2>err
is "$(cat part) $(grep -c 'removed, renamed or replaced' err)" "20 1" "an unlinked file is refused"

fresh
mkdir spool
cat >pushed.c <<'C'
#include <stdio.h>
static int work(FILE *f, int i) { int c = getc(f); return ungetc(i < 3 ? c : c + 1, f); }
int main(void)
{
    FILE *f = fopen("in.txt", "r");
    int n = 0;
    for (int i = 0; i < 6; i++)
        n += work(f, i);
    printf("%d\n", n);
    return 0;
}
C
preaches-cc --arch=x86_64 -o pushed pushed.c
env PREACHES_EVERY=1 PREACHES_SPOOL=spool ./pushed >part 2>err
is "$(cat part) $(grep -c 'pushed back' err) $(ls spool | wc -l)" "300 0 6" "characters pushed back go along"

fresh
preaches run --at-poll=9 --stop --spool=spool ./state 5 x <words >part 2>err
image=spool/epoch-000001/x86_64.img
truncate -s 3 out.txt
env PREACHES_RESTORE=$image ./state <words >part 2>err
is "$? $(grep -c 'shorter than at the checkpoint' err)" "1 1" "a file that lost bytes is not gone on with"
rm -f in.txt
env PREACHES_RESTORE=$image ./state <words >part 2>err
is "$? $(grep -c 'in.txt' err)" "1 1" "a missing file is named"

run env PREACHES_RESTORE=state.c ./state
is "$status" 3 "not an image: status 3"
head -c 3000 $image >cut.img
run env PREACHES_RESTORE=cut.img ./state
is "$status" 3 "a cut image: status 3"
run env PREACHES_RESTORE=spool/epoch-000001/i686.img ./state
is "$status" 3 "an image for another architecture: status 3"
run env PREACHES_EVERY=often ./state
is "$status" 2 "an environment that makes no sense: status 2"

fresh
mkdir spool
cat >long.c <<'C'
#include <stdio.h>
static volatile unsigned spin;
int main(void)
{
    for (unsigned i = 0; i < 400000000u; i++)
        spin += i & 1;
    printf("%u\n", spin);
    return 0;
}
C
preaches-cc --arch=x86_64 -O1 -o long long.c 2>cc.err
PREACHES_SPOOL=spool ./long >part 2>err &
for _ in $(seq 100); do # until its handler is in place
    [ "$(readlink /proc/$!/exe)" = "$PWD/long" ] && grep -q 'SigCgt:.*[1-9a-f]' /proc/$!/status && break
    sleep 0.05
done
kill -USR2 $!
wait $!
is "$? $(cat part) $(ls spool/epoch-000001)" "0 200000000 x86_64.class.img" "a signal asks for a checkpoint"
preaches-cc --arch=x86_64 -O1 -o plain state.c
fresh
mkdir spool
env PREACHES_SPOOL=spool PREACHES_EVERY=1 MODE=red ./plain 5 x <words >part 2>err
[ $? = 66 ] && cmp -s part wanted && same_files && [ "$(ls spool | wc -l)" = "$polls" ]
ok $? "a checkpoint at every poll changes nothing"
