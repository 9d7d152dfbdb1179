# From architecture to architecture: shared by features.t (some pairs) and all.sh (all of them).
# Sourced; works in the current folder, and expects build/bin in PATH.
# shellcheck shell=bash

# Undisturbed run: leaves its output in ./wanted, its status in ./wanted.status and sets $polls.
matrix_prepare() { # PROGRAM ARGS...
    "$@" >wanted 2>wanted.err </dev/null
    echo $? >wanted.status
    polls=$(preaches run --count-polls "$@" 2>&1 >/dev/null </dev/null | grep -oE '[0-9]+' | tail -n 1)
    polls=${polls:-0}
}

# Checkpoint at a poll on SOURCE, and the end of the run on TARGET. Sets $result: ok, or what was wrong.
# The image is made once a source and poll, and used for each target.
matrix_checkpoint() { # PROGRAM SOURCE POLL
    rm -rf spool begun && mkdir spool
    preaches run --arch="$2" --at-poll="$3" --stop --spool=spool "$1" >begun 2>begun.err </dev/null
    begun=$?
}
matrix_finish() { # TARGET
    local code
    if [ "$begun" -ne 0 ]; then
        result="checkpoint failed with status $begun: $(tail -n 1 begun.err | tr -d '",')"
        return
    fi
    preaches restart --arch="$1" spool >ended 2>ended.err </dev/null
    code=$?
    if [ "$code" -ne "$(cat wanted.status)" ]; then
        result="restart ended with status $code: $(tail -n 1 ended.err | tr -d '",')"
    elif ! cat begun ended | cmp -s - wanted; then
        result="WRONG output"
    else
        result=ok
    fi
}
