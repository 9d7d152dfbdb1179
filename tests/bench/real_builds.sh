#!/bin/bash
# One program of workloads/real for `make bench` (results/bench_real.c), built in all the ways that are compared.
#   tests/bench/real_builds.sh NAME FOLDER
# Leaves in FOLDER: full/ and quick/, the works' inputs, and in BUILD/ the executable of each build:
#   plain (gcc), auto, patch (auto with --sites=patch), profile (polls by a record of the full works),
#   unrecorded (by one of the quick works).
# Prints what the benchmark needs to know, a line each, tabs between:
#   program PATH-IN-BUILD | full STATUS ARG... | quick STATUS ARG... | seconds BUILD S | text PART BYTES (plain, hot, cold, clones)
# Status 3 and a line on standard error: the sources cannot be had.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
export PATH="$root/build/bin:$PATH" LC_ALL=C PREACHES_CACHE=off
unset PREACHES_FLAGS PREACHES_ARCH PREACHES_SPOOL PREACHES_RECORD
name=${1:?usage: tests/bench/real_builds.sh NAME FOLDER} folder=${2:?FOLDER}
scripts=$root/workloads/real home=$folder
mkdir -p "$folder"

# ---- what a definition may use (workloads/real/README.md) ----
size=full
by_size() { if [ "$size" = full ]; then echo "${4:-$1}"; else echo "${3:-$2}"; fi; } # FULL QUICK [COUNTED [TIMED]]
corpus() { "$root/tests/real/corpus.pl" "$1" 1998; }
sat() { "$root/tests/real/sat.pl" "$@"; }
plain() { "$folder/plain/$program" "$@"; }
package=$name tree= program=$name works=()
build() { make; }
prepare() { :; }
# shellcheck source=/dev/null
. "$scripts/$name.sh"

fail() { echo "real_builds: $name: $*" >&2; exit "${status:-1}"; }
if [ -z "$tree" ]; then
    reason=$(cd "$root" && tests/real/fetch.sh build/real/src "$package" 2>&1) || status=3 fail "skipped: $reason"
    tree=$root/build/real/src/$package
fi
[ ! -r "$scripts/$name.hints" ] || export PREACHES_HINTS=$scripts/$name.hints
printf 'program\t%s\n' "$program"

# ---- builds ----
build_in() { # BUILD CC: and says how long it took
    local begin=$EPOCHREALTIME
    rm -rf "${folder:?}/$1"
    cp -a "$tree" "$folder/$1" || fail "no copy"
    (cd "$folder/$1" && CC=$2 && export CC && bash -ec "$(declare -f build); build") >"$folder/$1.log" 2>&1 &&
        [ -x "$folder/$1/$program" ] || fail "$1: $(grep -m1 -E 'error|preaches-cc' "$folder/$1.log")"
    awk -v b="$1" -v from="$begin" -v to="$EPOCHREALTIME" 'BEGIN { printf "seconds\t%s\t%.2f\n", b, to - from }'
}
make_input() { # full|quick: sets works
    local tab=$'\t'
    size=$1
    # shellcheck source=/dev/null
    . "$scripts/$name.sh"
    mkdir -p "$folder/$1"
    (cd "$folder/$1" && set -e && prepare) >"$folder/$1.log" 2>&1 || fail "its input could not be made"
    for work in "${works[@]}"; do
        rm -rf "$folder/run" && cp -a "$folder/$1" "$folder/run"
        eval "set -- $1 $work"
        (cd "$folder/run" && exec "$folder/plain/$program" "${@:2}") >/dev/null 2>&1 </dev/null
        printf '%s\t%s\t%s\n' "$1" $? "${work// /$tab}"
    done
}
record() { # full|quick FILE: of all works
    local run=$folder/recorded work n=0
    : >"$2"
    for work in "${works[@]}"; do
        rm -rf "$run" && cp -a "$folder/$1" "$run"
        eval "set -- $1 $2 $work"
        (cd "$run" && PREACHES_RECORD=$run.polls "$folder/record/$program" "${@:3}") >/dev/null 2>&1 </dev/null
        tail -n "+$((n++ ? 2 : 1))" "$run.polls" >>"$2" || fail "no record"
    done
}
build_in plain gcc
build_in auto "preaches-cc --arch=native"
build_in patch "preaches-cc --arch=native --sites=patch"
build_in seven "preaches-cc --arch=default"
build_in record "preaches-cc --arch=native --polls=record"
for size in full quick; do
    make_input $size
    record $size "$folder/$size.polls"
done
build_in profile "preaches-cc --arch=native --polls=profile --polls-profile=$folder/full.polls"
build_in unrecorded "preaches-cc --arch=native --polls=profile --polls-profile=$folder/quick.polls"

# ---- text: sizes of functions; the plain executable is dynamic, so it has the program's own only ----
mkdir "$folder/temps"
TMPDIR=$folder/temps build_in kept "preaches-cc --arch=native --keep-temps" >/dev/null
nm -S "$folder/plain/$program" | perl -ane '$n += hex $F[1] if @F == 4 && $F[2] =~ /[tTwW]/; END { print "text\tplain\t$n\n" }'
find "$folder/temps" -path '*/x86_64/*/*.c.o' ! -name 'preaches-table*' -print0 | xargs -0 nm -S | perl -ane '
    next unless @F == 4 && $F[2] =~ /[tTwW]/;
    $n{$F[3] =~ /__(preaches|again)\b/ ? "clones" : $F[3] =~ /\.cold/ ? "cold" : "hot"} += hex $F[1];
    END { print "text\t$_\t$n{$_}\n" for sort keys %n }'
