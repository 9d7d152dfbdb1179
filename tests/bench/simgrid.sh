#!/bin/bash
# The flows of simnet/simbench.c in SimGrid, where libsimgrid-dev is there to build against: a peer to
# compare with, never needed.   simgrid.sh METRIC HOSTS FLOWS BUS(0,1) ...
# Prints METRIC,flows per second of CPU time,when the last one ended, for each; with two empty fields
# where there was no result within SIMGRID_SECONDS (40). Prints "absent" and nothing else without SimGrid.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
[ "${SIMGRID_SECONDS:-40}" != 0 ] || { echo absent; exit 0; } # 0: as if it were not there
if ! g++ -std=c++17 -O2 -o "$work/flows" "$here/simgrid_flows.cpp" -lsimgrid 2>"$work/log"; then
    echo absent
    exit 0
fi
while [ $# -ge 4 ]; do
    result=$(timeout "${SIMGRID_SECONDS:-40}" "$work/flows" "$2" "$3" "$4" 2>>"$work/log") || result=' '
    echo "$1,${result/ /,}"
    shift 4
done
