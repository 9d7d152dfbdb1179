#!/bin/bash
# Writes bytes.csv: what the compilers of all thirteen architectures make of torture.c. Needs them all
# (tests/deps.sh), and is run again only when torture.c changes.
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo arch,block,bytes >"$dir/bytes.csv"
while read -r arch triple; do
    "$triple-gcc" -std=gnu11 -O0 -fsigned-char -c -o "$dir/$arch.o" torture.c
    for block in torture flex; do
        "$triple-objcopy" -O binary -j ".$block" "$dir/$arch.o" "$dir/$arch.$block"
        echo "$arch,$block,$(xxd -p "$dir/$arch.$block" | tr -d '\n')" >>"$dir/bytes.csv"
    done
done <<'X'
x86_64 x86_64-linux-gnu
i686 i686-linux-gnu
aarch64 aarch64-linux-gnu
s390x s390x-linux-gnu
mips mips-linux-gnu
m68k m68k-linux-gnu
hppa hppa-linux-gnu
riscv64 riscv64-linux-gnu
arm arm-linux-gnueabihf
ppc64 powerpc64-linux-gnu
ppc powerpc-linux-gnu
sparc64 sparc64-linux-gnu
alpha alpha-linux-gnu
X
cp "$dir/bytes.csv" bytes.csv
