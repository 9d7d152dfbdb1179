#!/bin/bash
# Size of the code that preaches-cc makes, against plain gcc -O2 of the same sources, on x86_64.
#   tests/bench/cc_size.sh NAME SOURCE... [-DFLAG...]    prints  metric,ratio,bytes,plain bytes
#   tests/bench/cc_size.sh                               every workload
# cc.text_hot: .text and .text.startup, what runs while nothing is saved; cc.text: with the cold code that
# saves, without the restore clones and what only they call; cc.text_all: with those. Objects are compared, the
# runtime is not in.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
export PATH="$root/build/bin:$PATH" LC_ALL=C
unset PREACHES_FLAGS
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# hot, cold without clones, clones: bytes
sections() {
    perl -e 'my %s; my ($clones, $again) = (0, 0);
        for my $o (@ARGV) {
            for (qx{objdump -h "$o"}) { my @f = split; $s{$f[1]} += hex $f[2] if @f > 2 && $f[1] =~ /^\.text/; }
            for (qx{nm -S "$o"}) {
                $clones += hex $1 if /^\w+ (\w+) [tTwW] \w+__preaches(\.\w+)*$/;
                $again += hex $1 if /^\w+ (\w+) [tTwW] \w+__again(\.\w+)*$/;
            }
        }
        my ($hot, $all) = (0, 0);
        for (keys %s) { $all += $s{$_}; $hot += $s{$_} if $_ !~ /unlikely/; }
        print $hot - $again, " ", $all - $clones - $again, " $all\n";' "$@"
}

measure() { # NAME SOURCE... FLAG...
    local name=$1 source n=0 flags=() sources=() plain=()
    shift
    for source; do case $source in -*) flags+=("$source") ;; *) sources+=("$source") ;; esac; done
    rm -rf "$work"/* && mkdir "$work/tmp"
    for source in "${sources[@]}"; do
        gcc -O2 -w -fno-pie "${flags[@]}" -c "$source" -o "$work/$((++n)).o" || return 1
        plain+=("$work/$n.o")
    done
    TMPDIR=$work/tmp PREACHES_CACHE=off preaches-cc --arch=x86_64 --keep-temps -w -O2 "${flags[@]}" "${sources[@]}" \
        -o "$work/program" -lm 2>"$work/err" || { cat "$work/err" >&2; return 1; }
    find "$work/tmp" -path '*/x86_64/*/*.c.o' ! -name 'preaches-table*' -print0 >"$work/list"
    mapfile -d '' made <"$work/list"
    read -r hot0 _ < <(sections "${plain[@]}")
    read -r hot text all < <(sections "${made[@]}")
    for row in "cc.text_hot.$name $hot" "cc.text.$name $text" "cc.text_all.$name $all"; do
        awk -v p="$hot0" '{ printf "%s,%.3f,%d,%d\n", $1, $2 / p, $2, p }' <<<"$row"
    done
}

if [ $# -gt 0 ]; then
    measure "$@"
else
    for source in "$root"/workloads/*.c; do measure "$(basename "$source" .c)" "$source" || exit 1; done
fi
