#!/bin/bash
# The poison build: after each site, every variable that the site does not save has a wrong value. Whatever
# a program then prints otherwise is a variable that should have been saved.
. tests/tap.sh
. tests/matrix/pair.sh
need_built bin/preaches-cc
shopt -s nullglob
sources=(tests/matrix/*.c tests/matrix/units)
plan $((${#sources[@]} + 1))

cat >"$tmp/seen.c" <<'E2'
#include <preaches.h>
#include <stdio.h>
static int f(int x) { preaches_poll_here(); return x; }
int main(void) { int i, dead = 1, kept = 2; for (i = 0; i < 2; i++) { dead = i; kept += f(dead); } return printf("%d\n", kept) < 0; }
E2
run preaches-cc --arch=x86_64 --poison --keep-temps -o "$tmp/seen" "$tmp/seen.c"
kept=$(sed -n 's/.*kept in //p' "$tmp/err")
grep -q 'dead = (__typeof__(int))0xa5' "$kept"/x86_64/0/seen.c && ! grep -q 'kept = (__typeof__(int))0xa5' "$kept"/x86_64/0/seen.c
ok $? "dead variables are overwritten, live ones are not"
rm -rf "$kept"

for source in "${sources[@]}"; do
    name=$(basename "$source" .c)
    program=$root/build/matrix/$name
    [ -d "$source" ] && source="$source/*.c"
    mkdir "$tmp/$name" && cd "$tmp/$name" || exit 1
    (cd "$root" && preaches-cc --arch=x86_64 --poison -w -O0 -o "$tmp/$name/poisoned" $source -lm) >log 2>&1
    matrix_prepare "$program" 2>/dev/null
    (cd run && ../poisoned) >got 2>/dev/null </dev/null
    echo $? >got.status
    cmp -s got wanted && cmp -s got.status wanted.status
    ok $? "$name" || head -n 3 log | sed 's/^/# /'
    cd "$root" && rm -rf "${tmp:?}/$name"
done
