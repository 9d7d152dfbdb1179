#!/bin/bash
# Five workstations in network namespaces behind a bridge, with links of 100 Mbit/s (tc tbf). The primary's
# host is cut off from the network while its disk and the shared folder stay: its program must be dead
# before its successor writes. Root only; the loopback's tests are agents.t.
#   PREACHES_E2E_TIMES=N   how often a primary is cut off (default 1)
. tests/tap.sh
. tests/agents.sh
[ "$(id -u)" -eq 0 ] || skip_all "network namespaces need root"
command -v ip >/dev/null && command -v tc >/dev/null || skip_all "iproute2 is not installed"
tag=p$((RANDOM % 10000))
ip netns add "$tag-0" 2>/dev/null || skip_all "network namespaces are not permitted here"
ip netns del "$tag-0"
times=${PREACHES_E2E_TIMES:-1}
plan $((1 + times * 10))
need_built bin/preaches bin/preaches-cc
on_end=tear_down
tear_down() {
    local i
    stop_agents
    for i in 1 2 3 4 5; do ip netns del "$tag-$i" 2>/dev/null; done
    ip link del "$tag-br" 2>/dev/null
}
exec_on() { exec ip netns exec "$tag-$1" "${@:2}"; }
address_of() { echo "10.77.0.$1:7000"; }
no_program() { ! programs "$1" "$job" >/dev/null; }

cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,aarch64,s390x,mips -O2 "$root/tests/e2e/pace.c" -o pace
./pace 60 >want
workstations alpha:x86_64 beta:i686 gamma:aarch64 delta:s390x eps:mips
ip link add "$tag-br" type bridge && ip link set "$tag-br" up
for i in 1 2 3 4 5; do
    ip netns add "$tag-$i"
    ip link add "$tag-v$i" type veth peer name eth0 netns "$tag-$i"
    ip link set "$tag-v$i" master "$tag-br" up
    ip -n "$tag-$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "$tag-$i" link set eth0 up
    ip -n "$tag-$i" link set lo up
    ip netns exec "$tag-$i" tc qdisc add dev eth0 root tbf rate 100mbit burst 64kb latency 50ms
done
begin 1 2 3 4 5
eventually all_there 1 2 3 4 5
ok $? "five agents see each other over the bridge"

cut_off() { # NAME I: submitted at I
    local term
    rm -f gate
    submit "$2" "$1.a" -- "$tmp/pace" 60 "$tmp/gate" "$tmp/$1.ja"
    job_a=$job
    submit $(($2 % 5 + 1)) "$1.b" -- "$tmp/pace" 60 "$tmp/gate" "$tmp/$1.jb"
    job_b=$job
    job=$job_a
    eventually has_epoch "$2" "$job_a" 1 && eventually has_epoch $(($2 % 5 + 1)) "$job_b" 1
    ok $? "$1: two jobs have an epoch"
    eventually runs_at "$1.ja" "$job_a"
    p=$at
    o=$(other "$p")
    term=$(job_field "$o" "$job_a" 5)
    ip link set "$tag-v$p" down
    eventually no_program "$p"
    ok $? "$1: the old primary's program is dead"
    eventually goes_on_without "$1.ja" "$job_a" "$p"
    ok $? "$1: another one goes on"
    [ "$(job_field "$o" "$job_a" 5)" -gt "$term" ]
    ok $? "$1: in a later term"
    touch gate
    ends_well "$o" "$job_a" "$1.a" want "$1, its job"
    ends_well "$o" "$job_b" "$1.b" want "$1, the other job"
    journal_is_sane "$1.ja" "$1, its job"
    ip link set "$tag-v$p" up
    run timeout "$patience" preaches status --agent="sp$p" --wait="$job_a"
    is "$status" 7 "$1: the one that was cut off learns of the end"
}
for ((time = 1; time <= times; time++)); do cut_off "cut-off-$time" $((time % 5 + 1)); done
