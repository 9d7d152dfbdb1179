#!/bin/bash
# The layering check passes on this tree and sees each kind of forbidden include.
. tests/tap.sh
plan 9

mkdir "$tmp/tree"
for folder in core simnet faultinject results workloads; do
    [ -d "$folder" ] || continue
    cp -r "$folder" "$tmp/tree/"
done

run tests/layers.sh --includes "$tmp/tree"
ok $status "the tree as it is"

# Adds a line to a new file of a folder; the check must fail and name file and line.
refuses() { # FOLDER LINE WHAT
    local file="$tmp/tree/$1/forbidden.c"
    printf '/* test */\n%s\n' "$2" >"$file"
    run tests/layers.sh --includes "$tmp/tree"
    [ "$status" -eq 1 ] && grep -q "^$1/forbidden.c:2: " "$tmp/out"
    ok $? "$3"
    rm "$file"
}
refuses core/layout '#include "../image/image.h"' "core/layout may not look up to core/image"
refuses core/image '#  include  "../runtime/gen.h"' "core/image may not look up to core/runtime"
refuses core/agent '#include "simnet/units.h"' "core may not look up to simnet"
refuses simnet '#include "../results/forbidden.c"' "simnet may not look up to results"
refuses core/runtime '#include <glib.h>' "the runtime knows no GLib"
refuses core/protocol '#include <sys/socket.h>' "the protocol does no I/O"
refuses core/cmd '#include <clang-c/Index.h>' "only the compiler knows libclang"

cp "$tmp/tree/core/layout/desc.h" "$tmp/tree/core/image/desc.h"
run tests/layers.sh --includes "$tmp/tree"
[ "$status" -eq 1 ] && grep -q 'desc.h: same file name' "$tmp/out"
ok $? "file names are unique"
