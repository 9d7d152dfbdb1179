#!/bin/bash
# Chains of ten hops: every program of tests/matrix begins on x86_64 and is checkpointed at poll after poll, each
# time on another architecture, drawn at random; what the lives print, one after the other, is what an undisturbed run prints.
#   tests/matrix/chains.sh OUT.csv [DIR]  program,first_poll,hops,path,result; exit 1 unless all are ok
# A chain begins at each tenth poll, so every poll of a program is the place of a checkpoint; of a program
# with more than 10 * CHAINS polls (default 20), chains that begin evenly spread over its run.
# SEED=N draws other paths (default 1). DIR, JOBS and PREACHES_ARCHES: see each.sh.
set -u
# shellcheck source=tests/matrix/each.sh
. "$(dirname "$0")/each.sh"
hops=10

newest_epoch() { # of ./spool
    local epochs=(spool/epoch-*)
    echo "${epochs[-1]}"
}

# One chain that begins at POLL. Sets $path (the architectures) and $result.
one_chain() { # PROGRAM POLL
    local program=$1 code=0 before hop=0 stop=(--at-poll="$2" --stop) life
    local names=($arches)
    path=
    rm -rf spool run told && mkdir spool run
    before=$(newest_epoch)
    while :; do
        arch=${names[RANDOM % ${#names[@]}]}
        [ $hop -gt 0 ] || arch=x86_64 # whose polls were counted: elsewhere there may be fewer
        path="$path${path:+>}$arch"
        life=(restart --arch="$arch" ${stop[@]+"${stop[@]}"} ../spool)
        [ $hop -gt 0 ] || life=(run --arch="$arch" "${stop[@]}" --spool=../spool "$program")
        (cd run && TMPDIR=$PWD preaches "${life[@]}") >>told 2>told.err </dev/null
        code=$?
        # The program has ended where no epoch was added.
        [ "$(newest_epoch)" != "$before" ] && [ ${#stop[@]} -gt 0 ] || break
        [ $code -eq 0 ] || break
        before=$(newest_epoch)
        hop=$((hop + 1))
        stop=(--at-poll=1 --stop)
        [ $hop -lt $hops ] || stop=()
    done
    reached=$hop
    if [ "$code" -ne "$(cat wanted.status)" ]; then
        result="status $code after hop $hop: $(tail -n 1 told.err | tr -d '",')"
    elif ! cmp -s told wanted; then
        result="WRONG output"
    elif [ $hop -eq 0 ]; then
        result="no checkpoint"
    else
        result=ok
    fi
}

# One program: rows on standard output.
one_program() { # NAME DIR
    local name=$1 program=$root/$2/$1 tmp poll step path result reached arch
    tmp=$(mktemp -d) || exit 1
    cd "$tmp" || exit 1
    matrix_prepare "$program"
    RANDOM=$((${SEED:-1} * 1000 + $(cksum <<<"$name" | cut -d' ' -f1) % 30000))
    step=$(((polls + ${CHAINS:-20} - 1) / ${CHAINS:-20}))
    [ $step -ge $hops ] || step=$hops
    [ "$polls" -gt 0 ] || echo "$name,0,0,,no polls"
    for ((poll = 1; poll <= polls; poll += step)); do
        one_chain "$program" $poll
        echo "$name,$poll,$reached,$path,$result"
    done
    rm -rf "$tmp"
}

each_main chains program,first_poll,hops,path,result "$@"
