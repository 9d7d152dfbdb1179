#!/bin/bash
# Chains of ten hops, a checkpoint at every poll, for programs whose state is the library's: what one life
# gets wrong of it shows in the life after the next. `make chains` takes all programs.
. tests/tap.sh
programs="fd_streams stdio_pushback stdio_buffers libc_signal"
need_built bin/preaches $(printf 'matrix/%s ' $programs)
plan $(wc -w <<<"$programs")
for name in $programs; do
    CHAINS=100 tests/matrix/chains.sh --one "$name" build/matrix >"$tmp/rows"
    [ -s "$tmp/rows" ] && ! grep -qv ',ok$' "$tmp/rows"
    ok $? "$name: $(wc -l <"$tmp/rows") chains" || grep -v ',ok$' "$tmp/rows" | sed 's/^/# /'
done
