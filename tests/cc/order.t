#!/bin/bash
# The order in which arguments and operands are evaluated is that of gcc on x86, on all architectures: gcc's
# own differs between them. So is that of constructors and destructors.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
list=(x86_64 s390x hppa)
plan 9
cd "$tmp" || exit 1
for name in argument_order evaluation_order constructors; do
    gcc -O2 -w -I"$root/core/include" -o plain "$root/tests/matrix/$name.c" && ./plain >want
    preaches-cc --arch=x86_64,s390x,hppa -O2 -w -I"$root/core/include" -o "$name" "$root/tests/matrix/$name.c" 2>err || cat err
    for arch in "${list[@]}"; do
        run preaches run --arch="$arch" --spool=spool "./$name"
        cmp -s want "$tmp/out"
        ok $? "$name on $arch: as gcc on x86_64"
    done
done
