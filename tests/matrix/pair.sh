# From architecture to architecture: shared by features.t (some pairs) and all.sh (all of them).
# Temporary files go to ./run too. Sourced; expects build/bin in PATH. Programs run in ./run, which each restart finds as the checkpoint
# left it: a program may delete its files before it ends.
# shellcheck shell=bash

# Undisturbed run: leaves its output in ./wanted, its status in ./wanted.status and sets $polls.
matrix_prepare() { # PROGRAM
    rm -rf run && mkdir run
    (cd run && TMPDIR=$PWD "$1") >wanted 2>wanted.err </dev/null
    echo $? >wanted.status
    matrix_polls "$1" x86_64
}

# Sets $polls: how many the program meets on ARCH. Where it goes by sizes, they differ.
matrix_polls() { # PROGRAM ARCH
    rm -rf run && mkdir run
    polls=$(cd run && preaches run --arch="$2" --count-polls "$1" 2>&1 >/dev/null </dev/null |
        sed -n 's/.*: \([0-9]*\) polls$/\1/p')
    polls=${polls:-0}
}

# Checkpoint at a poll on SOURCE, and the end of the run on TARGET. Sets $result: ok, or what was wrong.
# The image is made once a source and poll, and used for each target.
matrix_checkpoint() { # PROGRAM SOURCE POLL
    rm -rf spool begun run run.kept && mkdir spool run
    (cd run && TMPDIR=$PWD preaches run --arch="$2" --at-poll="$3" --stop --spool=../spool "$1") \
        >begun 2>begun.err </dev/null
    begun=$?
    mv run run.kept
}
matrix_finish() { # TARGET
    local code
    if [ "$begun" -ne 0 ]; then
        result="checkpoint failed with status $begun: $(tail -n 1 begun.err | tr -d '",')"
        return
    fi
    rm -rf run && cp -a run.kept run
    (cd run && preaches restart --arch="$1" ../spool) >ended 2>ended.err </dev/null
    code=$?
    if [ "$code" -ne "$(cat wanted.status)" ]; then
        result="restart ended with status $code: $(tail -n 1 ended.err | tr -d '",')"
    elif ! cat begun ended | cmp -s - wanted; then
        result="WRONG output"
    else
        result=ok
    fi
}
