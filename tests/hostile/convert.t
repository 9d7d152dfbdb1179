#!/bin/bash
# Random types and bytes through all ways of conversion: a moment of what CI does for half a minute.
. tests/tap.sh
need_built tests/hostile/convert_main
plan 1
run "$root/build/tests/hostile/convert_main" 3
ok "$status" "windows, leaves and schema agree: $(cat "$tmp/out")"
