#!/bin/bash
# The simulator's core gives the same bytes whatever compiler, optimisation or machine: engine, streams,
# laws, intervals and sharing, built without GLib (samebytes/glib.h), natively and for big-endian s390x.
# What reads files or keeps tables by GLib (platforms, network, model) is built natively only.
. tests/tap.sh
plan 5
sources=$(cd "$root" && ls simnet/{detmath,law,interval,random,eventqueue,simengine,indexheap}.c simnet/sharing*.c)
build() { # OUTPUT COMPILER...
    local out=$1
    shift
    (cd "$root" && "$@" -std=gnu11 -ffp-contract=off -w -Itests/e2e/samebytes -I. -o "$out" \
        tests/e2e/samebytes/core.c $sources -lm)
}
run build "$tmp/o2" gcc -O2
ok $status "builds without GLib"
"$tmp/o2" >"$tmp/wanted"
grep -q '^transfers 3000, events 12000' "$tmp/wanted"
ok $? "draws, events and transfers"
same() { # NAME PROGRAM COMPILER...
    local name=$1 program=$2
    shift 2
    run build "$tmp/other" "$@"
    $program "$tmp/other" >"$tmp/got" 2>&1
    cmp -s "$tmp/got" "$tmp/wanted"
    ok $? "$name"
}
same "gcc -O0" "" gcc -O0
if command -v clang >/dev/null; then
    same "clang -O2" "" clang -O2
else
    skip 1 'clang is not installed'
fi
same "big-endian: s390x" qemu-s390x-static s390x-linux-gnu-gcc -O2 -static
