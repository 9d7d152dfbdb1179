#!/bin/bash
# Every fault point: the program stops at its Kth passing and is killed there with all its children;
# then it goes on, on another architecture each time, from what was committed, or from the beginning
# when nothing was. The output file must be that of an undisturbed run, and what was committed must
# verify. K grows until the point is not reached any more.
. tests/tap.sh
need_built bin/preaches workloads/tree
program=$root/build/workloads/tree
args='60 3'
checkpoint_points='poll forked unwind convert write sync rename renamed'
restart_points='restore resume'
passings=${PREACHES_PASSINGS:-1 2 3 5 9 16 40 100 200}
turn=0

cd "$tmp" || exit 1
"$program" $args >wanted
polls=$(preaches run --count-polls "$program" $args 2>&1 >/dev/null | grep -oE '[0-9]+' | tail -n 1)
[ "${polls:-0}" -ge 4 ] || skip_all "the workload has no polls"
at=$((polls / 4)),$((polls / 2)),$((polls * 3 / 4))
plan $(($(wc -w <<<"$checkpoint_points $restart_points") * 2))

next_arch() {
    local list=($arches)
    arch=${list[turn % ${#list[@]}]}
    turn=$((turn + 1))
}
# Kills once; leaves `spool` and `out`. Status 0: killed there; 1: never reached; 2: something else.
kill_in_run() { # POINT:K
    rm -rf spool out
    preaches run --at-poll="$at" --sync --spool=spool -o out --fault="$1" "$program" $args 2>err
    case $? in 137) return 0 ;; 0) return 1 ;; *) return 2 ;; esac
}
kill_in_restart() { # POINT:K
    rm -rf spool out
    preaches run --at-poll=$((polls / 2)) --stop --spool=spool -o out "$program" $args 2>err || return 2
    preaches restart --arch="$arch" -o out --fault="$1" spool 2>err
    case $? in 137) return 0 ;; 0) return 1 ;; *) return 2 ;; esac
}
# Goes on after the kill; sets $how.
recover() {
    preaches restart --arch="$arch" -o out spool 2>err
    case $? in
    0) how=restart ;;
    3) how=beginning
       rm -rf spool
       preaches run --spool=spool -o out "$program" $args 2>err || return 1 ;;
    *) return 1 ;;
    esac
    cmp -s out wanted
}
try_point() { # POINT KILLER
    local point=$1 killer=$2 k killed=0 bad=0 restarts=0
    for k in $passings; do
        next_arch
        "$killer" "$point:$k"
        case $? in
        1) break ;;
        2) note "$point:$k: not killed: $(tail -n 1 err)"
           bad=$((bad + 1))
           continue ;;
        esac
        killed=$((killed + 1))
        if ! preaches verify spool >verified 2>&1 && ! grep -q 'no epochs' verified; then
            note "$point:$k: damage: $(tail -n 1 verified)"
            bad=$((bad + 1))
        fi
        if ! recover; then
            note "$point:$k on $arch: not recovered: $(tail -n 1 err)"
            bad=$((bad + 1))
        fi
        [ "$how" = beginning ] || restarts=$((restarts + 1))
    done
    ok $((killed == 0)) "$point: the process was killed at it, $killed times"
    ok $bad "$point: the output is whole, $restarts times from a committed epoch"
}
for point in $checkpoint_points; do try_point "$point" kill_in_run; done
for point in $restart_points; do try_point "$point" kill_in_restart; done
