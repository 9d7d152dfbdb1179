#!/bin/bash
# Runs the fuzz target of image reader and converter; `make fuzz-image SECONDS=120` calls it.
#   tests/hostile/fuzz_image.sh PROGRAMS FOLDER SECONDS SEED PROGRAM...
# PROGRAMS holds image_fuzz and image_main. It begins with images of a state made by hand, and of each PROGRAM (built by
# preaches-cc) at its third poll. Seeds and the log go to FOLDER, as does the input of a failure:
# `image_main try INPUT` (or image_fuzz INPUT) does it again.
set -eu
programs=$1 folder=$2 seconds=$3 seed=$4
shift 4
rm -rf "$folder/seeds" "$folder/corpus" "$folder/spool"
mkdir -p "$folder/seeds" "$folder/corpus"
images=()
for program; do
    spool=$folder/spool/$(basename "$program")
    preaches run --at-poll=3 --stop --spool="$spool" "$program" >"$folder/output"
    images+=("$spool"/epoch-000001/{x86_64,s390x}.class.img)
done
"$programs/image_main" seeds "$folder/seeds" "${images[@]}"
if ! "$programs/image_fuzz" -seed="$seed" -max_total_time="$seconds" -max_len=65536 -timeout=300 -report_slow_units=300 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$folder/" "$folder/corpus" "$folder/seeds" 2>"$folder/log"; then
    grep -v '^#[0-9]' "$folder/log" | tail -n 80 >&2
    echo "fuzz-image: FAILED; log and input are in $folder" >&2
    exit 1
fi
grep -E '^(Done|stat::(number|new|peak))' "$folder/log"
grep -E '^#[0-9]+.*cov:' "$folder/log" | tail -n 1 | sed 's/exec.*//'
