#!/bin/bash
# What a program reads of its files is after a restart what it was at the checkpoint: files that it writes over in
# place are put back, inputs that were changed are refused.
. tests/tap.sh
need_built bin/preaches bin/preaches-cc
machines=(x86_64 s390x i686)
plan $((3 * ${#machines[@]} + 22))
cd "$tmp" || exit 1
export TMPDIR=$tmp
preaches-cc --arch=x86_64,i686,s390x -O2 "$root/tests/e2e/ledger.c" -o ledger
seq 3 7 700 >numbers
mkdir want

# The program makes a checkpoint at its twentieth step and goes on to its end, as if it crashed there: what it has
# written since stands in its files. Then each restart is to print what the first life printed behind the checkpoint.
begin() { # DIR [OPTION...]
    rm -rf "$1" && mkdir "$1" && echo 0000000000000100 >"$1/counter" && chmod 640 "$1/counter"
    (cd "$1" && preaches run --at-poll=20 --spool=sp "${@:2}" ../ledger 60 ../numbers >told) || return 1
}
again() { # DIR ARCH: restarts, and compares
    (cd "$1" && run preaches restart --arch="$2" sp
     [ "$status" -eq 0 ] && [ -s "$tmp/out" ] && [ "$(wc -l <"$tmp/out")" -lt 60 ] &&
         tail -n "$(wc -l <"$tmp/out")" told | cmp -s - "$tmp/out")
}
refused() { # DIR PATTERN NAME
    (cd "$1" && run preaches restart sp; exit "$status")
    is $? 1 "$3: refused"
    grep -q "$2" "$tmp/err"
    ok $? "and says why"
}

for from in "${machines[@]}"; do
    begin "on $from" --arch="$from"
    cp "on $from/tape" end && cp "on $from/counter" end.counter
    for to in "${machines[@]}"; do
        again "on $from" "$to" # one after the other, over what the one before has left
        ok $? "from $from to $to"
    done
done
cmp -s "on $from/tape" end && cmp -s "on $from/counter" end.counter
ok $? "the files are those of an undisturbed run"

preaches inspect "on $from"/sp/epoch-*/"$from.class.img" >shown
grep -q '"w" .*/mark .* absent' shown && grep -q '"rw" .*/state .* kept' shown
ok $? "files that are closed, or are not there, are in the image"

# files that have vanished, or stand elsewhere in another form
begin gone
rm gone/tape gone/counter gone/head gone/state
again gone s390x
ok $? "files that vanished are made again"
is "$(stat -c %a gone/counter)" 640 "with their permissions"
again gone i686
ok $? "and put back once more"
rm gone/tape && mkdir gone/tape
refused gone 'no regular file.*tape' "a folder in a file's place"
rmdir gone/tape && mkfifo gone/tape
refused gone 'no regular file.*tape' "a fifo in a file's place"

# inputs
begin edited
sed -i 's/^10$/11/' numbers
refused edited 'not what it was.*numbers' "an input that was changed where it had been read"
sed -i 's/^11$/10/' numbers && seq 1 9 >>numbers
again edited x86_64
ok $? "an input that only grew is the same"
rm numbers
refused edited 'numbers: No such file' "an input that is gone"

# more than an image keeps: 64 MiB, nearly all of it holes
cat >large.c <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    FILE *f = fopen("data", "w+");
    int i, pause = argc > 1 ? atoi(argv[1]) : 0;
    if (!f || fseek(f, (64L << 20) - 1, SEEK_SET) != 0)
        return 1;
    putc('z', f);
    for (i = 0; i < 200; i++) {
        fseek(f, 4000L * i, SEEK_SET);
        printf("%d %d\n", i, getc(f));
        fseek(f, 6000L * i, SEEK_SET);
        putc('a' + i % 26, f);
        fflush(f);
        usleep((useconds_t)pause);
    }
    return 0;
}
X
preaches-cc --arch=x86_64,s390x -O2 large.c -o large
./large >want/large
run preaches run --at-poll=100 --stop --spool=large.sp ./large
cp "$tmp/out" begun
ok "$status" "a file too large to be kept: a checkpoint"
run preaches restart --arch=s390x large.sp
cat "$tmp/out" >>begun
cmp -s begun want/large
ok $? "and its restart, while the file is as it was"
run preaches restart large.sp
is "$status" 1 "once it was written, no restart"
grep -q 'not what it was at the checkpoint.*data' "$tmp/err"
ok $? "and it says why"
run preaches run --at-poll=20 --spool=large.sp2 ./large 5000
grep -q 'checkpoint 1 failed: .*too large to be kept.*data' "$tmp/err"
ok $? "no checkpoint when it is written while that is made"
cmp -s "$tmp/out" want/large
ok $? "and the program goes on"
run preaches run --at-poll=20 --snapshot=inline --spool=large.sp3 ./large 50
preaches verify large.sp3 >/dev/null
ok $? "but one while the program waits"

# A stream that still has what was there before another one wrote over it.
cat >stale.c <<'X'
#include <stdio.h>
int main(void)
{
    FILE *to = fopen("pair", "w"), *from = fopen("pair", "r");
    int i, c = 0;
    for (i = 0; i < 30; i++) {
        rewind(to);
        fprintf(to, "%d\n", 10 + i);
        fflush(to);
        rewind(from);
        if (fscanf(from, "%d", &c) != 1)
            return 1;
        printf("%d\n", c);
    }
    return 0;
}
X
preaches-cc --arch=x86_64 -O2 stale.c -o stale
run preaches run --at-poll=20 --stop --spool=stale.sp ./stale
grep -q 'checkpoint 1 failed: file was changed where the stream had read ahead' "$tmp/err"
ok $? "a stream that has read what is there no more: no checkpoint"
