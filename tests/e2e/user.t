#!/bin/bash
# What a user meets first: an ordinary account, paths with a space, a second run, a signal, a full disk.
# As root, everything is done as nobody in a copy of the built tools.
. tests/tap.sh
need_built bin/preaches bin/preaches-cc
plan 19
source=$root/workloads
home="$tmp/a user's home"
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$tmp"
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$home")
fi
user() { run "${as_user[@]}" "$@"; }

mkdir -p "$home/tools" "$home/work"
cp -r "$root/build/bin" "$root/build/lib" "$home/tools/"
cp "$source/tree.c" "$source/text.c" "$source/digest.h" "$home/work/"
[ ${#as_user[@]} -eq 0 ] || chown -R nobody:nogroup "$home"
export PATH="$home/tools/bin:$PATH"
cd "$home/work" || exit 1

# ---- build, run, go on ----
user preaches-cc -O2 -o "my tree" tree.c
ok $status "compiles in a folder with a space in its name"
user "./my tree" 1500 12
cp "$tmp/out" wanted
ok $status "what was built runs as any program does"
user preaches run --at-poll=5000 --stop --spool="my spool" "./my tree" 1500 12
cp "$tmp/out" begun
ok $status "checkpoint and stop"
user preaches run --at-poll=50 --stop --spool="my spool" "./my tree" 1500 12
is $status 2 "a second run into the same spool is refused"
grep -q 'restart' "$tmp/err"
ok $? "and told what to do instead"
for time in first second; do
    user preaches restart --arch=s390x "my spool"
    cat begun "$tmp/out" | cmp -s - wanted
    ok $? "$time restart from it ends as an undisturbed run"
done
user preaches restart --arch=vax "my spool"
[ "$status" -ne 0 ] && grep -q vax "$tmp/err"
ok $? "an architecture that is not there is named"
user preaches run --at-poll=x --spool=other "./my tree"
is $status 2 "a wrong option is a usage error"
user preaches restart "no such spool"
[ "$status" -ne 0 ] && grep -q 'no such spool' "$tmp/err"
ok $? "a spool that is not there is named"

# ---- files whose names have spaces; the tools moved to another place ----
user preaches-cc -O2 -o text text.c
user ./text 400 "plain text.txt" "plain report.txt"
tail -n 1 "$tmp/out" >wanted.text
user preaches run --at-poll=900 --stop --spool=spool.text ./text 400 "the text.txt" "the report.txt"
ok $status "checkpoint with an open file"
user preaches restart --arch=mips spool.text
is "$(tail -n 1 "$tmp/out")" "$(cat wanted.text)" "and its end on mips"
cmp -s "plain report.txt" "the report.txt"
ok $? "the files it wrote are the same"

# ---- SIGTERM ----
"${as_user[@]}" preaches run --interval=50ms --spool=spool.term "./my tree" 20000 100000 \
    >"$tmp/term.out" 2>"$tmp/term.err" </dev/null &
pid=$!
within 60 test -e spool.term/epoch-000001/commit
kill -TERM $pid
wait $pid
is $? 143 "SIGTERM ends a run with 143"
user preaches restart --at-poll=1 --stop spool.term
ok $status "and what it had committed can be used"

# ---- a full disk ----
full_disk() {
    mkdir "$tmp/disk"
    mount -t tmpfs -o size=24m,mode=777 none "$tmp/disk" 2>/dev/null || return 1
    on_end="umount -l $tmp/disk"
}
if [ "$(id -u)" -ne 0 ] || ! full_disk; then
    skip 4 "a small file system cannot be mounted here"
    exit 0
fi
user preaches run --sync --at-poll=5000 --stop --spool="$tmp/disk/spool" "./my tree" 1500 12
ok $status "an epoch on a small disk"
head -c 30m /dev/zero >"$tmp/disk/filler" 2>/dev/null
user preaches restart --sync --at-poll=1000,2000 "$tmp/disk/spool"
cat begun "$tmp/out" | cmp -s - wanted
ok $? "the disk is full: the program goes on to its end"
[ "$status" -eq 0 ] && [ -s "$tmp/err" ]
ok $? "and the failed checkpoints are reported: $(head -n 1 "$tmp/err" | cut -c1-100)"
user preaches restart --arch=i686 "$tmp/disk/spool"
cat begun "$tmp/out" | cmp -s - wanted
ok $? "the old epoch stands"
