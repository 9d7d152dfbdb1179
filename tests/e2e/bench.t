#!/bin/bash
# The benchmark's gate: passes on the tree as it is, and fails, with a table that names them, when one
# workload's images grow by 5%. The grown workload is built and run in a copy of what was built.
. tests/tap.sh
need_built bin/preaches-lab bin/preaches-cc workloads/sparse workloads/tree
plan 6
baseline=$root/results/baseline/bench.csv
export SIMGRID_SECONDS=0 # the peer takes its time
cd "$tmp" || exit 1

run preaches-lab bench --gated --out same.csv --check "$baseline"
ok $status "the tree as it is"
head -n 1 same.csv | grep -q '^metric,value,unit,reference,ratio,target,ok'
ok $? "bench.csv has its columns"

# A copy whose preaches-lab finds the copy's workloads.
mkdir -p copy/build copy/results copy/simnet
cp -r "$root/build/bin" "$root/build/lib" "$root/build/workloads" copy/build/
cp -r "$root/workloads" copy/
cp -r "$root/results/baseline" copy/results/
cp -r "$root/simnet/platforms" copy/simnet/
bytes=$(sed -n 's/^image\.sparse\.x86_64_bytes,\([0-9]*\),.*/\1/p' "$baseline")
grown=$(((bytes / 20 / 65536 + 1) * 65536)) # at least 5%, in whole units of the heap
sed -e "s|^int main(|static char grown[$grown];\n\nint main(|" \
    -e 's|^    build(side);|    grown[rows % 10] = 1;\n    build(side);|' \
    "$root/workloads/sparse.c" >copy/workloads/sparse.c
run copy/build/bin/preaches-cc -O2 -o copy/build/workloads/sparse copy/workloads/sparse.c -lm
ok $status "sparse with $grown bytes more"
run copy/build/bin/preaches-lab bench --gated --out grown.csv --check "$baseline"
is $status 1 "the gate fails"
images=$(grep '^image\.sparse\.' "$baseline" | grep -c '_bytes,')
images=$((images - 1)) # but for image.sparse.state_bytes: heap, stack and large variables
is "$(grep -c '^image\.sparse\..*_bytes ' "$tmp/out")" $images \
    "and the table names the images of sparse, all of them"
others=$(grep -E '^(image|cc|lab)\.' "$tmp/out" | grep -vcE '^(image|cc\.instructions)\.sparse\.')
is "$others" 0 "and of no other program anything"
