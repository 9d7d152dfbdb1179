#!/bin/bash
# Five workstations on the loopback (x86_64, i686, aarch64, s390x, mips) with two jobs at a time. Primaries,
# holders and the coordinator of a takeover are killed, stopped and lost; each time both jobs end on a
# survivor with the output and the exit status of an undisturbed run, exactly once. Jobs wait at a gate
# until the fault is over, so that nothing depends on how fast the machine is.
#   PREACHES_E2E_TIMES=N   how often each fault is made, with other primaries (default 1)
. tests/tap.sh
. tests/agents.sh
times=${PREACHES_E2E_TIMES:-1}
plan $((2 + times * 47))
need_built bin/preaches bin/preaches-cc
cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,aarch64,s390x,mips -O2 "$root/tests/e2e/pace.c" -o pace
./pace 60 >want
./pace 60 - /dev/null 4 >want4
workstations alpha:x86_64 beta:i686 gamma:aarch64 delta:s390x eps:mips
for i in 1 2 3 4 5; do # some compress what they send
    how=(- zstd zstd lz4 lz4 none)
    sed -i "s,^spool=,compress=${how[i]}\nevents=$tmp/events$i\nspool=," "a$i.ini"
done
begin 1 2 3 4 5
eventually all_there 1 2 3 4 5
ok $? "five agents know each other"
# NS JOB fetched TERM EPOCH CLASS BYTES SENT
sent() { awk '$3 == "fetched" { if ($8 < $7 / 4) short = 1; else if ($8 == $7) whole = 1 } END { exit !(short && whole) }' events?; }

# Two jobs, begun at two workstations: $job_a runs at $p, $job_b at $q; both have an epoch.
two_jobs() { # NAME [MIB]
    host=$((turn++ % 5 + 1))
    rm -f gate
    submit "$host" "$1.a" -- "$tmp/pace" 60 "$tmp/gate" "$tmp/$1.ja" ${2-}
    job_a=$job
    submit $((host % 5 + 1)) "$1.b" -- "$tmp/pace" 60 "$tmp/gate" "$tmp/$1.jb"
    job_b=$job
    eventually has_epoch "$host" "$job_a" 1 && eventually has_epoch $((host % 5 + 1)) "$job_b" 1
    ok $? "$1: two jobs have an epoch"
    find_both "$1"
}
find_both() { # NAME: a machine that is very busy may have moved them
    eventually runs_at "$1.jb" "$job_b"
    q=$at
    eventually runs_at "$1.ja" "$job_a"
    p=$at
}
# The gate opens, both end; who was lost comes back and learns of it.
both_end() { # NAME SURVIVOR LOST...
    local name=$1 at=$2 i
    shift 2
    touch gate
    ends_well "$at" "$job_a" "$name.a" "$wanted" "$name, its job"
    ends_well "$at" "$job_b" "$name.b" want "$name, the other job"
    journal_is_sane "$name.ja" "$name, its job"
    journal_is_sane "$name.jb" "$name, the other job"
    begin "$@"
    eventually all_there 1 2 3 4 5
    for i in "${@:-$p}"; do
        run timeout "$patience" preaches status --agent="sp$i" --wait="$job_a"
        [ "$status" -eq 7 ] || break
    done
    is "$status" 7 "$name: everybody learns of the end"
}

kill_primary() { # NAME
    wanted=want
    two_jobs "$1"
    lose "$p"
    eventually goes_on_without "$1.ja" "$job_a" "$p"
    ok $? "$1: another one goes on"
    both_end "$1" "$(other "$p")" "$p"
}

# Its program is killed by the guard beside the agent, since the agent itself does nothing.
stop_agent() { # NAME
    wanted=want
    two_jobs "$1"
    freeze "$p"
    eventually goes_on_without "$1.ja" "$job_a" "$p"
    ok $? "$1: another one goes on"
    thaw "$p"
    eventually all_there "$p"
    both_end "$1" "$(other "$p")"
}

lose_two() { # NAME
    wanted=want
    two_jobs "$1"
    [ "$q" != "$p" ] || q=$(other "$p")
    lose "$p" "$q"
    eventually goes_on_without "$1.ja" "$job_a" "$p" "$q" && eventually goes_on_without "$1.jb" "$job_b" "$p" "$q"
    ok $? "$1: others go on with both"
    both_end "$1" "$(other "$p" "$q")" "$p" "$q"
}

# A holder that is in the middle of getting an image: sets $h. It is stopped first, and killed only if the
# image is still under way then.
catch_holder() {
    local part i
    for part in sp?/jobs/"$job_a"/term-*/epoch-*/*.part; do
        i=${part:2:1}
        [ -e "$part" ] && [ "$i" != "$p" ] && [ "${pid[i]}" != 0 ] || continue
        freeze "$i"
        if [ -e "$part" ]; then
            h=$i
            return 0
        fi
        thaw "$i"
    done
    return 1
}
kill_holder() { # NAME
    local until=$((SECONDS + patience)) epoch
    wanted=want4
    two_jobs "$1" 4
    h=0
    until catch_holder || [ "$SECONDS" -ge "$until" ]; do :; done
    [ "$h" != 0 ]
    ok $? "$1: a holder is caught with an image under way"
    lose "$h"
    epoch=$(job_field "$p" "$job_a" 6)
    eventually has_epoch "$p" "$job_a" $((epoch + 1))
    ok $? "$1: epochs are committed without it"
    both_end "$1" "$p" "$h"
}

elected() { # I JOB: the last term that it was elected in
    sed -n "s/.*job ${2:0:8}: is elected in term \([0-9]*\).*/\1/p" "log$1" | tail -n 1
}
# Who was elected after the primary's death, and has not started the program yet: sets $c.
catch_coordinator() { # NOT BEFORE...
    local i term before=("${@:2}")
    for i in 1 2 3 4 5; do
        [ "$i" != "$1" ] && [ "${pid[i]}" != 0 ] || continue
        term=$(elected "$i" "$job_a")
        [ "${term:-0}" -gt "${before[i - 1]:-0}" ] || continue
        freeze "$i"
        c=$i
        ! grep -q "job ${job_a:0:8}: this workstation is the primary of term $term\$" "log$i"
        late=$?
        return 0
    done
    return 1
}
kill_coordinator() { # NAME
    local until=$((SECONDS + patience)) before i
    wanted=want4
    two_jobs "$1" 4
    c=0
    late=1
    while [ "$SECONDS" -lt "$until" ]; do
        before=()
        for i in 1 2 3 4 5; do before+=("$(elected "$i" "$job_a")"); done
        lose "$p"
        until catch_coordinator "$p" "${before[@]}" || [ "$SECONDS" -ge "$until" ]; do :; done
        [ "$late" -ne 0 ] || break
        [ "$c" = 0 ] || thaw "$c" # it was quicker: the next takeover
        begin "$p"
        eventually all_there 1 2 3 4 5
        p=$c
    done
    ok "$late" "$1: the coordinator is caught before the program runs"
    lose "$c"
    eventually goes_on_without "$1.ja" "$job_a" "$p" "$c"
    ok $? "$1: a third one goes on"
    both_end "$1" "$(other "$p" "$c")" "$p" "$c"
}

turn=0
for ((time = 1; time <= times; time++)); do
    kill_primary "primary-killed-$time"
    stop_agent "agent-stopped-$time"
    lose_two "two-lost-$time"
    kill_holder "holder-killed-$time"
    kill_coordinator "coordinator-killed-$time"
done
sent
ok $? "images came compressed from those who compress, and as they are from the other"
