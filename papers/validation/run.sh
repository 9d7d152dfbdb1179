#!/bin/bash
# E19: is the simulator right? Calibrates, runs the scored scenarios on a real network of namespaces and
# compares.   papers/validation/run.sh FOLDER   (root; about ten minutes; what is done already is kept)
# Exit status 1 when the median error is over 10%.
set -eu
cd "$(dirname "$0")/../.."
out=${1:?"usage: papers/validation/run.sh FOLDER"}
mkdir -p "$out"
here=papers/validation
programs=()
while read -r args; do programs+=("paced $args"); done < <(
    sed -n 's/^args=//p' $here/{calibration,even,uneven,slow,native,foreign,late}.ini | tr ';' '\n' | sort -u)
[ -s "$out/calibration.ini" ] ||
    build/bin/preaches-lab calibrate "${programs[@]}" --real=$here/calibration.ini --out "$out/calibration.ini" --quiet
build/bin/preaches-lab validate $here/{even,uneven,slow,native,foreign,late}.ini --calibration="$out/calibration.ini" --out "$out" --quiet
