#!/bin/bash
# The whole matrix: every program of tests/matrix on every ordered pair of architectures.
#   tests/matrix/all.sh OUT.csv [PROGRAM...]
# Writes OUT.csv (program,source,target,epochs,result) and ends 1 when a row is not "ok".
set -u
cd "$(dirname "$0")/../.."
out=$1; shift
[ $# -gt 0 ] || set -- build/matrix/*
mkdir -p "$(dirname "$out")"
tmp=$out.tmp
trap 'rm -f "$tmp"' EXIT
echo program,source,target,epochs,result >"$tmp"
for program in "$@"; do
    [ -f "$program" ] && [ -x "$program" ] || continue
    tests/matrix/run.sh "$program" >>"$tmp" || true
    [ -t 2 ] && printf '\r%s: %d rows' "${program##*/}" "$(($(wc -l <"$tmp") - 1))" >&2
done
mv "$tmp" "$out"
awk -F, 'NR > 1 { n++; if ($5 != "ok") { bad++; print } }
         END { printf "matrix: %d rows, %d not ok\n", n, bad; exit bad > 0 || n == 0 }' "$out"
