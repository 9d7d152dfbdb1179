#!/bin/bash
# E19: is the simulator right? Calibrates, runs a set of scenarios on a real network of namespaces and
# compares.   papers/validation/run.sh FOLDER [scored|development]   (root; what is done already is kept)
# Exit status 1 when the median error is over 10%.
set -eu
cd "$(dirname "$0")/../.."
out=${1:?"usage: papers/validation/run.sh FOLDER [scored|development]"}
set=${2:-scored}
here=papers/validation
[ "$set" = scored ] || out=$out/$set
mkdir -p "$out"
programs=()
while read -r args; do programs+=("paced $args"); done < <(
    sed -n 's/^args=//p' $here/calibration.ini $here/$set/*.ini | tr ';' '\n' | sort -u)
[ -s "$out/calibration.ini" ] ||
    build/bin/preaches-lab calibrate "${programs[@]}" --real=$here/calibration.ini --out "$out/calibration.ini" --quiet
build/bin/preaches-lab validate "$here/$set"/*.ini --calibration="$out/calibration.ini" --out "$out" --quiet
