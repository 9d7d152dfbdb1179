#!/bin/bash
# The flows of simnet/simbench.c in SimGrid, where libsimgrid-dev is there to build against: a peer to
# compare with, never needed. Prints metric,value,unit for each size, or "absent". SIMGRID_SECONDS
# bounds each size.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if ! g++ -std=c++17 -O2 -o "$work/flows" "$here/simgrid_flows.cpp" -lsimgrid 2>"$work/log"; then
    echo absent
    exit 0
fi
while read -r metric hosts flows bus; do
    if out=$(timeout "${SIMGRID_SECONDS:-60}" "$work/flows" "$hosts" "$flows" "$bus" 2>>"$work/log"); then
        read -r rate last <<<"$out"
        echo "simgrid.$metric,$rate,flows/s"
        echo "simgrid.${metric}_last,$last,s"
    else
        echo "simgrid.$metric,,no result in ${SIMGRID_SECONDS:-60} s"
    fi
done <<'ROWS'
net.backbone_100 100 1000 0
net.backbone_1000 1000 4000 0
net.backbone_10000 10000 10000 0
net.shared_1000 1000 4000 1
ROWS
