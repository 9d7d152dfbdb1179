#!/bin/bash
# A real workload's images, damaged in every way: the library refuses each truncation and each changed
# byte; the commands refuse with status 3 and say what is wrong; a restart falls back to an older epoch.
. tests/tap.sh
need_built bin/preaches workloads/lists workloads/text tests/hostile/flip_main
plan 19
program=$root/build/workloads/lists
cd "$tmp" || exit 1
"$program" 30 40 >wanted

run preaches run --sync --spool=spool --at-poll=15,30 "$program" 30 40
ok $status "two epochs"
native=spool/epoch-000002/x86_64.img
class=spool/epoch-000002/x86_64.class.img
foreign=spool/epoch-000002/s390x.img

scratch=$tmp/scratch.img
[ -w /dev/shm ] && scratch=$(mktemp /dev/shm/preaches-flip.XXXXXX)
on_end="rm -f $scratch"
# Every place of a small image, as it is and compressed, and samples of the kinds of image.
for how in none zstd lz4; do
    run preaches run --sync --stop --compress=$how --spool=small.$how --at-poll=2 "$root/build/workloads/text"
done
small=epoch-000001/x86_64.img
for step in "small.none/$small 1" "small.zstd/$small 1" "small.lz4/$small 1" "$native 61" "$class 61" "$foreign 61"; do
    run "$root/build/tests/hostile/flip_main" ${step% *} "$scratch" ${step#* }
    ok $status "$(basename ${step% *}): $(tail -n 1 "$tmp/out" | cut -c1-160)"
done

run preaches verify "$native"
ok $status "verify passes the image as it is"

# Samples through the commands: half truncations, half changed bytes, at places drawn from a seed.
size=$(stat -c %s "$native")
bad=0
draw_seed 7
for ((i = 0; i < 40; i++)); do
    draw 0 $((size - 1))
    cp "$native" damaged.img
    if ((i % 2)); then
        truncate -s "$drawn" damaged.img
    else
        byte=$(od -An -tu1 -j "$drawn" -N 1 "$native" | tr -d ' ')
        printf "\\x$(printf %x $((byte ^ 0x55)))" |
            dd of=damaged.img bs=1 seek="$drawn" conv=notrunc status=none
    fi
    run preaches verify damaged.img
    if [ "$status" -ne 3 ] || ! grep -q 'damaged.img' "$tmp/err"; then
        bad=$((bad + 1))
        note "sample $i at $drawn: status $status: $(head -n 1 "$tmp/err")"
    fi
done
is $bad 0 "40 damaged images: verify leaves with 3 and names the file"

: >empty.img
run preaches verify empty.img
is $status 3 "an empty file is damaged input"
head -c 100000 /dev/urandom >noise.img
run preaches verify noise.img
is $status 3 "so is noise"
run preaches verify /nonexistent.img
[ "$status" -ne 0 ] && [ "$status" -ne 139 ]
ok $? "a file that is not there is an error"

# Compressed: the commands say which section it is, and what recovery would have to begin from is not begun from.
run preaches verify small.zstd/epoch-000001
[ "$status" -eq 0 ] && grep -q 'x86_64.img: native .* by zstd' "$tmp/out"
ok $? "verify passes a compressed epoch"
cp -r small.lz4 torn && truncate -s -400 torn/$small
run preaches verify torn/$small
[ "$status" -eq 3 ] && grep -Eq 'torn/.*x86_64.img: section (HEAP|EXTREFS): ' "$tmp/err"
ok $? "one that is cut is refused with the section's name: $(head -n 1 "$tmp/err")"
run preaches restart torn/$small
[ "$status" -eq 3 ] && [ ! -s "$tmp/out" ]
ok $? "and not begun from"
run preaches restart torn
[ "$status" -eq 3 ] && [ ! -s "$tmp/out" ]
ok $? "nor from its spool"

# The newest epoch's image damaged: the next older one is used, and it is said.
printf 'damage' | dd of="$native" bs=1 seek=$((size / 2)) conv=notrunc status=none
run preaches restart --arch=x86_64 spool
grep -q 'epoch' "$tmp/err"
ok $? "a restart says that the newest epoch is damaged"
is "$(tail -n 1 "$tmp/out")" "$(tail -n 1 wanted)" "and goes on from the one before it"

# All damaged: nothing is run.
older=spool/epoch-000001/x86_64.img
truncate -s $(($(stat -c %s "$older") / 2)) "$older"
run preaches restart --arch=x86_64 spool
[ "$status" -eq 3 ] && [ ! -s "$tmp/out" ]
ok $? "with no image left, status 3 and nothing is run"
