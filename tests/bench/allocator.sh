#!/bin/bash
# Builds programs that allocate, with gcc and with preaches-cc, for measuring the two allocators:
#   tests/bench/allocator.sh FOLDER    -> FOLDER/NAME.plain, FOLDER/NAME.ours, FOLDER/NAME.args
# A line on standard output for each that is there. The only poll stands at the beginning of main, so nothing
# else is instrumented: what differs is the allocator. trees is ours; bzip2 and Lua come as Debian source packages, and are left out,
# with the reason on standard error, where they cannot be had (PREACHES_SOURCES=FOLDER of unpacked ones).
# Each has a heap of some size: the runtime's own text and tables, 1.3 MiB whatever the program, are not the allocator's.
set -u
[ $# -eq 1 ] || { echo "usage: tests/bench/allocator.sh FOLDER" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1" && folder=$(cd "$1" && pwd) || exit 1
sources=${PREACHES_SOURCES:-$root/build/real/src}
ours="$root/build/bin/preaches-cc --arch=x86_64 --polls=explicit -Wno-preaches-cast"
poll="-include $root/core/include/preaches.h"

# FILE: a poll at the beginning of its main.
add_poll() { perl -0pi -e 's/(\bmain\s*\([^)]*\)\s*\{)/$1 preaches_poll_here();/' "$1"; }

built() { # NAME EXECUTABLE-IN-EACH ARGUMENTS
    local how
    for how in plain ours; do
        cp "$folder/$1-$how/$2" "$folder/$1.$how" || return 1
    done
    echo "$3" >"$folder/$1.args"
    echo "$1"
}

# NAME PACKAGE FILE-OF-MAIN: a copy of the sources for each compiler, built by make_NAME, in which CC is it.
build_real() {
    local how
    [ -d "$sources/$2" ] || "$root/tests/real/fetch.sh" "$sources" "$2" >/dev/null || return 1
    for how in plain ours; do
        rm -rf "$folder/$1-$how"
        cp -r "$sources/$2" "$folder/$1-$how" && add_poll "$folder/$1-$how/$3" || return 1
        [ $how = ours ] && CC="$ours $poll" || CC="gcc $poll"
        [ $how = ours ] && [ -r "$root/workloads/real/$1.hints" ] && CC="$CC --hints=$root/workloads/real/$1.hints"
        (cd "$folder/$1-$how" && "make_$1") >"$folder/$1-$how.log" 2>&1 ||
            { echo "$1: cannot be built: $(grep -m1 'error:' "$folder/$1-$how.log")" >&2; return 1; }
    done
}
make_bzip2() { make -o libbz2.so CC="$CC" LDFLAGS=-static libbz2.a bzip2; }
make_lua() {
    patch -R -p1 -i debian/patches/0001-build-system.patch
    echo '#define DEB_HOST_MULTIARCH ""' >src/lua5.4-deb-multiarch.h
    make -C src CC="$CC -std=gnu99" MYLDFLAGS=-static generic
}

mkdir -p "$folder/trees-plain" "$folder/trees-ours"
gcc -O2 -static -o "$folder/trees-plain/trees" "$root/tests/bench/trees.c" &&
    $ours -O2 -o "$folder/trees-ours/trees" "$root/tests/bench/trees.c" && built trees trees 12
seq 1 1600000 >"$folder/corpus"
build_real bzip2 bzip2 bzip2.c && built bzip2 bzip2 "-kc $folder/corpus"
build_real lua lua5.4 src/lua.c && built lua src/lua "$root/tests/bench/mix.lua 60000"
exit 0
