#!/bin/bash
# Each workload goes from machine to machine, checkpointed again on every one of them; what the five
# print, one after the other, is what an undisturbed run prints.
. tests/tap.sh
chain=(x86_64 s390x i686 m68k x86_64)
workloads=${PREACHES_WORKLOADS:-$all_workloads}
need_built bin/preaches $(printf 'workloads/%s ' $workloads)
plan $(($(wc -w <<<"$workloads") * (${#chain[@]} + 1)))

for workload in $workloads; do
    program=$root/build/workloads/$workload
    args=$(small_args "$workload")
    mkdir "$tmp/$workload" && cd "$tmp/$workload" || exit 1
    "$program" $args >wanted
    polls=$(count_polls "$program" $args)
    link=$((polls / ${#chain[@]}))
    run preaches run --at-poll="$link" --stop --spool=spool "$program" $args
    cp "$tmp/out" got
    ok $status "$workload: begun on ${chain[0]}, checkpoint at poll $link of $polls"
    for ((i = 1; i < ${#chain[@]}; i++)); do
        stop="--at-poll=$link --stop"
        [ $i -lt $((${#chain[@]} - 1)) ] || stop=
        run preaches restart --arch="${chain[i]}" $stop spool
        cat "$tmp/out" >>got
        ok $status "$workload: ${chain[i - 1]} to ${chain[i]}"
    done
    cmp got wanted >/dev/null
    ok $? "$workload: the outputs together are those of an undisturbed run"
    diff got wanted | head -n 5 | sed 's/^/# /'
done
