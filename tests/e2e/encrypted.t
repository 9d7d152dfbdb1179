#!/bin/bash
# Images at rest are encrypted where the agent is told so: nothing of the program's memory lies open on a disk; it
# is carried on all the same; what was tampered with, or put in another's place, is refused; and the commands
# that read images do so with the key alone.
. tests/tap.sh
. tests/agents.sh
plan 21
need_built bin/preaches bin/preaches-cc
memory=$(mktemp -d /dev/shm/preaches-test.XXXXXX) || skip_all "no /dev/shm"
on_end=clear_up
clear_up() {
    stop_agents
    rm -rf "$memory"
}
cd "$tmp" || exit 1
cat >secret.c <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char *words = malloc(1 << 20);
    long i;
    if (!words || argc < 3) return 1;
    for (i = 0; i + 16 <= 1 << 20; i += 16) strcpy(words + i, "oPeN sEsAmE 77");
    for (i = 0; i < 60; i++) {
        FILE *gate = i == 30 ? fopen(argv[1], "r") : stdin, *journal = fopen(argv[2], "a");
        if (journal) fprintf(journal, "%d %s %ld\n", (int)getpid(), gate ? "round" : "waits", i), fclose(journal);
        if (!gate) { usleep(20000); i--; continue; }
        printf("%ld %s\n", i, words + i * 16);
        fflush(stdout);
        usleep(5000);
    }
    return 7;
}
X
preaches-cc --arch=x86_64,i686,s390x -O2 secret.c -o secret
touch gate
./secret gate /dev/null >want
rm gate
timing=$unhurried
workstations alpha:x86_64 beta:i686 gamma:s390x
is "$(stat -c %a keys/alpha.seal)" 600 "each workstation has a key of its own, private"
for i in 1 2 3; do sed -i "s,^spool=,memory=$memory\nspool=," "a$i.ini"; done
for i in 1 2; do sed -i 's/^spool=/encrypt=true\nspool=/' "a$i.ini"; done # gamma by option
for i in 1 3; do sed -i 's/^spool=/compress=zstd\nspool=/' "a$i.ini"; done # before it is encrypted; beta takes it as it comes
exec_on() { if [ "$1" = 3 ]; then exec "${@:2}" --encrypt; else exec "${@:2}"; fi; }
begin 1 2 3
eventually all_there 1 2 3
ok $? "three agents"
submit 1 out1 -- "$tmp/secret" "$tmp/gate" "$tmp/j1"
eventually has_epoch 1 "$job" 2
ok $? "epochs are committed" || logs
sealed() { ls sp"$1"/jobs/"$job"/term-*/epoch-*/"$2".sealed 2>/dev/null | tail -n 1; }
have_seals() { [ -n "$(sealed 1 x86_64.class.img)" ] && [ -n "$(sealed 2 i686.img)" ]; }
eventually have_seals
is "$(grep -rl 'oPeN sEsAmE 77' sp1/jobs sp2/jobs sp3/jobs | grep -v /exe/)" "" "nothing of its memory lies in a spool"
is "$(find sp? -name '*.img')" "" "no image lies open"

# the commands
copy_newest() { cp -p "$(sealed 2 i686.img)" n.sealed 2>/dev/null; } # which may go while one looks
eventually copy_newest
is "$(stat -c %a n.sealed "$memory"/* | sort -u | paste -sd' ')" "600 700" "sealed or open in memory, it is private"
run preaches verify n.sealed
[ "$status" -eq 2 ] && grep -q -- '--key' err
ok $? "without the key: refused"
run preaches verify --key=keys/beta.seal n.sealed
is "$status" 0 "verify with the key"
run preaches verify --key=keys/alpha.seal n.sealed
is "$status" 3 "with another's: damaged"
preaches inspect --key=keys/beta.seal n.sealed >shown && grep -q i686 shown
ok $? "inspect with the key"
cp -p keys/beta.seal open.seal && chmod 644 open.seal
run preaches verify --key=open.seal n.sealed
is "$status" 1 "a key that others may read is refused"
perl -e 'open my $f, "+<", "n.sealed"; seek $f, 300000, 0; read $f, my $b, 1; seek $f, -1, 1; print $f chr(ord($b) ^ 1)'
run preaches verify --key=keys/beta.seal n.sealed
[ "$status" -eq 3 ] && grep -qi 'seal: .*heap.*tampered' err
ok $? "tampered with: refused, with the section's name"

short() { # compressed before it was encrypted: pages of zeros are not in it
    local image
    image=$(sealed 1 x86_64.class.img)
    [ -n "$image" ] && [ "$(stat -c %s "$image" 2>/dev/null || echo 9999999)" -lt 200000 ]
}
eventually short
ok $? "alpha's are compressed"

# it is carried on
run preaches move --wait="$patience" --agent=sp1 "$job" gamma
ok "$status" "it is moved" || logs
eventually runs_at j1 "$job"
is "$at" 3 "and runs there"
# an older epoch's image in the newest one's place, and the program dies
caught() { # with a committed epoch that is not the oldest one there
    victim=$(programs 3 "$job" | head -n 1 | xargs -r ps -o pgid= -p | tr -d ' ')
    [ -n "$victim" ] && kill -STOP -- "-$victim" || return 1
    images=(sp3/jobs/"$job"/term-*/epoch-*/s390x.class.img.sealed)
    first=${images[0]%/*}
    [ "$((10#${first##*-}))" -lt "$(job_field 3 "$job" 6)" ] && return
    kill -CONT -- "-$victim"
    return 1
}
eventually caught
for image in "${images[@]:1}"; do cp "${images[0]}" "$image"; done
rm -f sp3/jobs/"$job"/term-*/epoch-*/s390x.img.sealed
kill -9 -- "-$victim"
eventually grep -q "job ${job:0:8}:.*seal: it is $job" log3
ok $? "replayed image: refused" || logs
touch gate
ends_well 1 "$job" out1 want "encrypted"
lose 3
begin 3
eventually all_there 3
is "$(ls "$memory" | wc -l)" 3 "an agent that was killed leaves no second folder"
stop_cleanly() { # as a service is stopped
    kill -TERM "${pid[@]:1}"
    for p in "${pid[@]:1}"; do while kill -0 "$p" 2>/dev/null; do sleep 0.05; done; done
    pid=(0 0 0 0)
}
stop_cleanly
sed "s,^memory=.*,memory=/proc," a3.ini >disk.ini
run timeout "$patience" preaches agent --encrypt -c disk.ini
is "$status" 2 "a folder that is not in memory is not taken for it"
is "$(ls "$memory" | wc -l)" 0 "agents that end leave nothing in memory"
