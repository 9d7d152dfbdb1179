#!/bin/bash
# A checkpoint at every poll of a small run, and a restart from each of them, on the architectures in
# turn. The rest of the output must follow, to the byte, from where that checkpoint was taken.
. tests/tap.sh
need_built bin/preaches workloads/quicksort workloads/lists
plan 6

restart_from_all() { # NAME ARGS...
    local program=$root/build/workloads/$1 name=$1 list=($arches) wrong=0 epoch n arch
    shift
    mkdir "$tmp/$name" && cd "$tmp/$name" || exit 1
    "$program" "$@" >wanted
    run preaches run --every=1 --keep=100000 --sync --spool=spool "$program" "$@"
    cmp -s "$tmp/out" wanted
    ok $? "$name: a checkpoint at every poll changes nothing"
    n=$(find spool -name commit | wc -l)
    is "$n" "$(count_polls "$program" "$@")" \
        "$name: as many committed epochs as polls"
    for ((epoch = 1; epoch <= n; epoch++)); do
        arch=${list[epoch % ${#list[@]}]}
        run preaches restart "$(printf spool/epoch-%06d/%s.img "$epoch" "$arch")"
        # what is printed from here on is the end of what an undisturbed run prints
        if [ "$status" -ne 0 ] || [ ! -s "$tmp/out" ] ||
            ! tail -c "$(stat -c %s "$tmp/out")" wanted | cmp -s - "$tmp/out"; then
            wrong=$((wrong + 1))
            note "$name: wrong from epoch $epoch on $arch, status $status"
        fi
    done
    is $wrong 0 "$name: $n restarts, one from each epoch"
}
restart_from_all quicksort 16 2
restart_from_all lists 8 6
