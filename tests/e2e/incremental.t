#!/bin/bash
# Incremental epochs: only what changed is written by the program; the holder makes whole class images
# of it that are, byte for byte, those of whole epochs. By the kernel's tracking and by hashes.
. tests/tap.sh
plan 24
cd "$tmp" || exit 1
preaches-cc --polls=explicit --arch=x86_64,i686,s390x -O2 -o changes "$root/tests/matrix/changes.c" || exit 1
./changes >wanted

whole_sums() { (cd "$1" && sha256sum epoch-*/*.class.img); }
bytes() { stat -c %s "$1"; }
preaches run --sync --every=1 --keep=99 --spool=whole ./changes >out
cmp -s out wanted
ok $? "whole epochs"
whole_sums whole >whole.sums
is "$(wc -l <whole.sums)" 24 "eight epochs, three classes"

for way in hash 1; do
    mkdir "direct.$way"
    PREACHES_SPOOL=direct.$way PREACHES_EVERY=1 PREACHES_SYNC=1 PREACHES_INCREMENTAL=$way ./changes >out
    is "$(cd "direct.$way/epoch-000002" && echo *.img)" "i686.delta.img s390x.delta.img x86_64.delta.img" \
        "$way: the second epoch holds changes alone"
    delta=$(bytes "direct.$way/epoch-000002/s390x.delta.img")
    ok $((delta * 2 > $(bytes whole/epoch-000002/s390x.class.img))) "$way: and is less than half as long"
    run preaches verify "direct.$way/epoch-000002/s390x.delta.img"
    is "$status" 3 "$way: alone it is no image to go on from"
    preaches run --sync --every=1 --keep=99 --track=$way --spool="spool.$way" ./changes >out
    whole_sums "spool.$way" | cmp -s - whole.sums
    ok $? "$way: what the holder makes is what a whole epoch would have been"
done

need_built tests/hostile/flip_main
run "$root/build/tests/hostile/flip_main" direct.1/epoch-000002/s390x.delta.img scratch 1499
ok "$status" "a delta with a byte changed, or cut, is refused"
rm -rf lost && mkdir lost && cp -r direct.1/epoch-000002 lost/
run preaches verify lost/epoch-000002
is "$(cat "$tmp/out")" "not committed: epoch 2" "a delta without its base is not committed"

run preaches restart --arch=s390x --every=1 --sync --track=hash spool.1
cat "$tmp/out" >ended
is "$(cat ended)" "" "after the last poll nothing is left to print"
preaches run --at-poll=4 --stop --track=1 --spool=chain ./changes >begun
preaches restart --arch=s390x --track=hash --sync --at-poll=1,2,3 chain >middle 2>err
cat begun middle | cmp -s - wanted
ok $? "s390x goes on, with incremental epochs of its own"
preaches restart --arch=i686 chain >end 2>>err
is "$(cat end)" "$(tail -n 1 wanted)" "and i686 from the last of them"

# Large static arrays: mapped at a restart, and only what has changed is written.
preaches-cc --polls=explicit --arch=x86_64,i686,s390x -O2 -o statics "$root/tests/matrix/statics.c" || exit 1
./statics >wanted
preaches run --sync --every=1 --keep=99 --spool=fixed ./statics >out
whole_sums fixed >whole.sums
is "$(wc -l <whole.sums)" 18 "six epochs of static arrays, three classes"
for way in hash 1; do
    preaches run --sync --every=1 --keep=99 --track=$way --spool="fixed.$way" ./statics >out
    whole_sums "fixed.$way" | cmp -s - whole.sums
    ok $? "$way: what the holder makes of them is what a whole epoch would have been"
done
mkdir direct.fixed
PREACHES_SPOOL=direct.fixed PREACHES_EVERY=1 PREACHES_SYNC=1 PREACHES_INCREMENTAL=1 ./statics >out
delta=$(bytes direct.fixed/epoch-000002/i686.delta.img)
ok $((delta * 2 > $(bytes fixed/epoch-000002/i686.class.img))) "a delta of $delta bytes is less than half as long"
run "$root/build/tests/hostile/flip_main" direct.fixed/epoch-000002/i686.delta.img scratch 4999
ok "$status" "with a byte changed, or cut, it is refused"
preaches run --sync --every=1 --keep=99 --track=1 --compress=zstd --spool=packed ./statics >out
for e in 1 6; do
    preaches convert packed/epoch-00000$e/s390x.class.img s390x -o s390x.img
    cmp s390x.img fixed/epoch-00000$e/s390x.class.img
    ok $? "compressed, epoch $e is the same image, made of changes to a compressed one"
done
preaches run --at-poll=3 --stop --track=1 --spool=crossed ./statics >begun
preaches restart --arch=s390x --track=hash --sync --at-poll=1,2 crossed >middle 2>err
cat begun middle | cmp -s - wanted
ok $? "s390x maps them, and goes on with incremental epochs"
preaches restart --arch=i686 --track=1 --sync --every=1 crossed >end 2>>err
tail -n "$(wc -l <end)" wanted | cmp -s - end && [ -s end ]
ok $? "and i686 from the last of them: $(wc -l <end) lines"
