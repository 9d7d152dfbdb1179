#!/bin/bash
# What the fuzzer begins with, through its checks, without clang; `make fuzz-image` changes it for two minutes.
. tests/tap.sh
need_built tests/hostile/image_main
main=$root/build/tests/hostile/image_main
plan 3
mkdir "$tmp/seeds"
run "$main" seeds "$tmp/seeds"
ok "$status" "inputs are made"
run "$main" try "$tmp"/seeds/*
is "$(cat "$tmp/out")" "54 inputs, 54 opened" "each converts there and back"
# The last byte, of an external reference, is gone.
truncate -s -1 "$tmp/seeds/s390x-0"
run "$main" try "$tmp/seeds/s390x-0"
is "$(cat "$tmp/out")" "1 inputs, 0 opened" "and one that is cut is refused"
