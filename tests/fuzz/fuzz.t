#!/bin/bash
# The differential fuzzer: random programs through chains of architectures, none of which may differ; and
# a fault planted into what is saved, which it must find and reduce.
#   FUZZ_PROGRAMS=100 FUZZ_SEED=1 tests/fuzz/fuzz.t      more of them, or others; `make fuzz` for many
. tests/tap.sh
need_built bin/preaches bin/preaches-cc tests/fuzz/fuzz
fuzz=$root/build/tests/fuzz/fuzz
programs=${FUZZ_PROGRAMS:-6}
seed=${FUZZ_SEED:-1}
plan 7
cd "$tmp" || exit 1

"$fuzz" --print --seed=7 >one.c && "$fuzz" --print --seed=7 | cmp - one.c && ! "$fuzz" --print --seed=8 | cmp -s - one.c
ok $? "a seed is a program"

run "$fuzz" --tools="$root/build/bin" --out=plain -n "$programs" -s "$seed"
ok $status "no program differs"
note "$(tail -n 1 "$tmp/out")"
is "$(wc -l <plain/log.txt)" "$programs" "each program has its line in the log"
sed -i '$d' plain/log.txt && cp plain/log.txt kept
run "$fuzz" --tools="$root/build/bin" --out=plain -n "$programs" -s "$seed"
is "$(head -n $((programs - 1)) plain/log.txt | cmp - kept) $(cut -d' ' -f1 plain/log.txt | sort -un | wc -l)" " $programs" \
    "a campaign goes on where it was interrupted"

run "$fuzz" --tools="$root/build/bin" --out=planted --plant=value --stop --shrink=1 --trials=25 -j 2 -n 20 -s "$seed"
[ "$status" = 1 ] && grep -q ' wrong ' planted/log.txt && ! grep -q 'not used\|damaged\|section' planted/log.txt
ok $? "a planted fault that passes all checks is found: status 1"
small=$(echo planted/*-small.c)
[ -s "$small" ]
ok $? "a program that differs is kept and reduced"
gcc -w -fsyntax-only "$small" && [ "$(wc -c <"$small")" -lt "$(wc -c <"${small%-small.c}.c")" ]
ok $? "what is left is smaller, and a program"
