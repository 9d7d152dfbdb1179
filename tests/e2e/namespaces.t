#!/bin/bash
# Three workstations in network namespaces behind a bridge, with links of 100 Mbit/s (tc tbf). The primary
# is cut off from the network while its disk and the shared folder stay: its program must be dead before
# its successor writes. Root only; the loopback's tests are agents.t.
. tests/tap.sh
[ "$(id -u)" -eq 0 ] || skip_all "network namespaces need root"
command -v ip >/dev/null && command -v tc >/dev/null || skip_all "iproute2 is not installed"
tag=p$((RANDOM % 10000))
ip netns add "$tag-0" 2>/dev/null || skip_all "network namespaces are not permitted here"
ip netns del "$tag-0"
plan 8
need_built bin/preaches bin/preaches-cc
names=(- alpha beta gamma)
archs=(- x86_64 s390x i686)
pid=(0 0 0 0)
on_end=tear_down
tear_down() {
    local i
    for i in 1 2 3; do
        [ "${pid[i]}" = 0 ] || kill -9 "${pid[i]}" 2>/dev/null
        ip netns del "$tag-$i" 2>/dev/null
    done
    ip link del "$tag-br" 2>/dev/null
    wait 2>/dev/null
}
show() { preaches status --agent="$tmp/sp$1" 2>/dev/null; }
within() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}
all_there() { [ "$(show "$1" | grep -c ' there$')" -eq 2 ]; }
field() { show "$1" | awk -v j="${job:0:8}" -v f="$2" '$1 == j { print $f }'; }
has_epoch() { [ "$(field "$1" 6)" -ge "$2" ] 2>/dev/null; }
primary_of() { # I: the job's, as I knows it
    local name i
    name=$(field "$1" 4)
    for i in 1 2 3; do [ "${names[i]}" = "$name" ] && echo "$i"; done
}
programs() { pgrep -f "$tmp/sp$1/jobs/.*/exe/"; }
has_program() { [ -n "$(programs "$1")" ]; }
no_program() { ! has_program "$1"; }

cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,s390x -O2 "$root/tests/e2e/pace.c" -o pace
./pace 400 >want
run preaches keys init keys
run preaches keys issue keys alpha beta gamma
ip link add "$tag-br" type bridge && ip link set "$tag-br" up
for i in 1 2 3; do
    ip netns add "$tag-$i"
    ip link add "$tag-v$i" type veth peer name eth0 netns "$tag-$i"
    ip link set "$tag-v$i" master "$tag-br" up
    ip -n "$tag-$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "$tag-$i" link set eth0 up
    ip -n "$tag-$i" link set lo up
    ip netns exec "$tag-$i" tc qdisc add dev eth0 root tbf rate 100mbit burst 64kb latency 50ms
    {
        printf '[agent]\nname=%s\nnode=%d\naddress=10.77.0.%d:7000\n' "${names[i]}" $i $i
        printf 'spool=%s\nkeys=%s\narch=%s\n' "$tmp/sp$i" "$tmp/keys" "${archs[i]}"
        printf '[timing]\nheartbeat=150\ndetect=900\nlease=900\nkill=100\n'
        for j in 1 2 3; do
            [ $j = $i ] || printf '[peer %s]\nnode=%d\naddress=10.77.0.%d:7000\n' "${names[j]}" $j $j
        done
    } >a$i.ini
    ip netns exec "$tag-$i" preaches agent -c a$i.ini >log$i 2>&1 </dev/null &
    pid[i]=$!
    disown
done
within 20 all_there 1 && within 10 all_there 2
ok $? "three agents see each other over the bridge"

run preaches run --agent=sp1 --detach --interval=400ms -o out1 ./pace 400
job=$(sed -n 's/.*job \([0-9a-f]*\) on.*/\1/p' err)
within 20 has_epoch 1 2
p=$(primary_of 1)
o=$((p % 3 + 1))
ip link set "$tag-v$p" down
within 10 no_program "$p"
ok $? "cut off: the old primary's program is dead"
other_runs() { has_program "$o" || has_program $((o % 3 + 1)); } # either may be the successor
within 15 other_runs
ok $? "and another one runs"
no_program "$p"
ok $? "never both"
sleep 1
ip link set "$tag-v$p" up
run timeout 60 preaches status --agent="sp$o" --wait="$job"
is "$status" 7 "the job's status" || tail -n 5 log? | sed 's/^/# /'
cmp -s out1 want
ok $? "the output of an undisturbed run"
run timeout 20 preaches status --agent="sp$p" --wait="$job"
is "$status" 7 "the one that was cut off learns of the end"
[ "$(field "$o" 5)" -ge 2 ]
ok $? "in a later term"
