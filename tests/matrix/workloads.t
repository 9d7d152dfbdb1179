#!/bin/bash
# Every workload is killed three times at a poll drawn from a seed, some way behind a checkpoint, and
# finished on each architecture: all must end with the digest of an undisturbed run.
. tests/tap.sh
points=3
workloads=${PREACHES_WORKLOADS:-$all_workloads}
need_built bin/preaches $(printf 'workloads/%s ' $workloads)
plan $(($(wc -w <<<"$workloads") * points * ($(wc -w <<<"$arches") + 1)))

# Runs up to a checkpoint, then on to the kill; leaves spool and files in the current folder.
kill_behind_checkpoint() { # PROGRAM CHECKPOINT-POLL KILL-POLL ARGS...
    local program=$1 at=$2 kill=$3
    shift 3
    run preaches run --sync --spool=spool --at-poll="$at" --break="$kill" "$program" "$@"
    [ "$status" -eq 137 ] && [ -e spool/epoch-000001/commit ]
}

draw_seed 1998
for workload in $workloads; do
    program=$root/build/workloads/$workload
    args=$(small_args "$workload")
    mkdir "$tmp/$workload" && cd "$tmp/$workload" || exit 1
    wanted=$("$program" $args | tail -n 1)
    polls=$(count_polls "$program" $args)
    for ((point = 1; point <= points; point++)); do
        rm -rf spool
        draw 1 $((polls - 2))
        at=$drawn
        draw $((at + 1)) "$polls"
        kill_behind_checkpoint "$program" "$at" "$drawn" $args
        ok $? "$workload: checkpoint at poll $at of $polls, killed at $drawn"
        for arch in $arches; do
            run preaches restart --arch="$arch" spool
            is "$(tail -n 1 "$tmp/out")" "$wanted" "$workload: from poll $at to its end on $arch"
        done
    done
done
