# A small TAP library for the shell tests: `. tests/tap.sh` from the root of the tree, where prove
# starts them. Each test gets a folder of its own in $tmp, removed at the end with all that runs in it.
#
#   plan N | skip_all REASON     first
#   ok STATUS NAME               passes when STATUS is 0:  cmp -s a b; ok $? "same bytes"
#   is GOT WANTED NAME           passes when both are the same text
#   run COMMAND...               runs it; status in $status, output in $tmp/out and $tmp/err
#   within SECONDS COMMAND...     waits for it to succeed
#   for_each COMMAND WORD...     0 if COMMAND WORD is, for every WORD (a loop left by `break` would be 0, too)
#   skip N REASON                N tests that cannot be made here
#   note TEXT                    a line for people
# A test that fails shows the last run's output.
# shellcheck shell=bash

root=$PWD
export PATH="$root/build/bin:$PATH" LC_ALL=C PREACHES_CACHE="${PREACHES_CACHE-$root/build/cache}"
unset PREACHES_SPOOL PREACHES_AT_POLL PREACHES_EVERY PREACHES_STOP PREACHES_RESTORE PREACHES_CTL
tmp=$(mktemp -d "${TMPDIR:-/tmp}/preaches-test.XXXXXX") || exit 1
arches=${PREACHES_ARCHES:-x86_64 i686 aarch64 s390x mips m68k hppa}
test_number=0
test_planned=0
test_failed=0
status=0

test_end() {
    local code=$?
    trap - EXIT
    [ -n "${on_end-}" ] && $on_end
    cd / && rm -rf "$tmp"
    if [ "$test_number" -ne "$test_planned" ]; then
        echo "# planned $test_planned tests but made $test_number"
        exit 1
    fi
    [ "$test_failed" -eq 0 ] || exit 1
    exit "$code"
}
trap test_end EXIT
trap 'exit 143' TERM INT HUP

plan() {
    test_planned=$1
    echo "1..$1"
}
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
for_each() { # COMMAND WORD...
    local command=$1 word
    shift
    for word; do
        "$command" "$word" || { note "not so: $word"; return 1; }
    done
}
note() { sed 's/^/# /' <<<"$*"; }
ok() {
    test_number=$((test_number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $test_number - $2"
        return 0
    fi
    test_failed=$((test_failed + 1))
    echo "not ok $test_number - $2"
    if [ -n "${last_run-}" ]; then
        note "last run: $last_run -> $status"
        tail -n 12 "$tmp/out" "$tmp/err" 2>/dev/null | cut -c1-300 | sed 's/^/#   /'
    fi
    return 1
}
is() {
    if [ "$1" = "$2" ]; then
        ok 0 "$3"
    else
        ok 1 "$3"
        note "got:    $(head -c 400 <<<"$1")"
        note "wanted: $(head -c 400 <<<"$2")"
        return 1
    fi
}
skip() {
    local i
    for ((i = 0; i < $1; i++)); do
        test_number=$((test_number + 1))
        echo "ok $test_number # SKIP $2"
    done
}
run() {
    last_run="$*"
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    return 0
}
# Waits for COMMAND to succeed; fails after SECONDS.
within() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.05
    done
}

# A stream of numbers that depends on its seed alone: sets $drawn to one in [LOW, HIGH].
draw_seed() { draw_state=$(($1 * 2654435761 % 2147483647 + 1)); }
draw() { # LOW HIGH
    draw_state=$((draw_state * 48271 % 2147483647))
    drawn=$(($1 + draw_state % ($2 - $1 + 1)))
}

# Arguments with which a workload does enough to be killed in and little enough for emulation.
small_args() {
    case $1 in
    tree) echo 1500 12 ;;
    nbody) echo 10 300 ;;
    queens) echo 7 8 ;;
    quicksort) echo 800 6 ;;
    sparse) echo 24 60 ;;
    text) echo 400 ;;
    lists) echo 200 40 ;;
    *) return 1 ;;
    esac
}
all_workloads='tree nbody queens quicksort sparse text lists'

# Number of polls of an undisturbed run.
count_polls() { # PROGRAM ARGS...
    preaches run --count-polls "$@" 2>&1 >/dev/null </dev/null | sed -n 's/.*: \([0-9]*\) polls$/\1/p'
}

need_built() { # PROGRAM...
    local program
    for program; do
        [ -x "$root/build/$program" ] || skip_all "build/$program is not built"
    done
}
