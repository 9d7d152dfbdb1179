#!/bin/bash
# The simulator gives the same bytes whatever compiler, optimisation or machine: preaches-lab is built as a
# whole, with GLib, by gcc -O0, clang -O1 and for big-endian s390x (its libraries from Debian's packages,
# samebytes/s390x.sh), and each does experiments in mode=model, flows, fits and an explanation.
# The builds are kept in build/same.
. tests/tap.sh
need_built bin/preaches-lab
plan 7
lab=$root/build/bin/preaches-lab
cd "$tmp" || exit 1
cp "$root"/simnet/platforms/*.platform "$root"/results/calibration/default.ini "$root"/tests/e2e/samebytes/{*.ini,*.csv,*.platform} "$root"/tests/golden/simgrid/xml/nested.xml .
experiments=$(ls "$root/tests/e2e/samebytes" | sed -n 's/\.ini$//p')

all() { # OUTPUT-FOLDER LAB...: everything that is simulated, into files
    local out=$1 name model
    shift
    mkdir -p "$out" || return
    for name in $experiments; do
        "$@" run "$name.ini" --out "$out/$name" --jobs=1 --quiet --trace=state || return
        rm -rf "$out/$name"/{baseline,manifest.json,report.html,*.svg,*.png,*.gp,*.dat}
    done
    for model in pure cm02 lv08-nocross lv08; do
        for name in s3_parkinglot s6_twoswitch s8_window s9_hostfail s10_linkprofile; do
            "$@" flows "$root/tests/golden/simgrid/$name" --model=$model
        done
    done >"$out/flows" || return
    "$@" fit trace.csv >"$out/fit" && "$@" explain fleet.ini >"$out/explain"
}
run all wanted "$lab"
is "$status:$(cat "$tmp/err")" 0: "experiments: $experiments"
awk -F, 'FNR == 1 { next } { rows++; if ($26 > 0) failed++ } END { exit !(rows > 20 && failed > 10) }' wanted/*/runs.csv
ok $? "with failures in them"
run all again "$lab"
diff -r wanted again >/dev/null
ok $? "the same bytes on a second run"

make_lab() { # NAME VARIABLES...: build/same/NAME/bin/preaches-lab
    local b=build/same/$1
    shift
    (cd "$root" && env -u MAKEFLAGS -u MAKELEVEL make -s B="$b" DEPS=skip WARN=-w "$@" "$b/bin/preaches-lab")
}
same() { # NAME FOLDER PROGRAM...
    local name=$1 folder=$2
    shift 2
    run all "$folder" "$@"
    diff -r wanted "$folder" >"$tmp/diff" && [ $status -eq 0 ]
    ok $? "$name" || sed 's/^/# /' "$tmp/diff" "$tmp/err" | head -20
}
run make_lab o0 CC=gcc OPT=-O0
[ $status -eq 0 ] || cat "$tmp/err"
same "gcc -O0" o0 "$root/build/same/o0/bin/preaches-lab"
if command -v clang >/dev/null; then
    run make_lab clang CC=clang OPT=-O1
    same "clang -O1" clang "$root/build/same/clang/bin/preaches-lab"
else
    skip 1 'clang is not installed'
fi
sys=$root/build/s390x-root/root lib=$root/build/s390x-root/root/usr/lib/s390x-linux-gnu
if ! "$root/tests/e2e/samebytes/s390x.sh" "$root/build/s390x-root" >"$tmp/log" 2>&1; then
    skip 2 'the libraries for s390x cannot be fetched'
    exit
fi
run env PKG_CONFIG_SYSROOT_DIR="$sys" PKG_CONFIG_LIBDIR="$lib/pkgconfig:$sys/usr/share/pkgconfig" \
    bash -c "$(declare -f make_lab); root='$root'"' make_lab "$@"' _ s390x CC=s390x-linux-gnu-gcc AR=s390x-linux-gnu-ar OPT=-O1 \
    SAN="-idirafter '$sys/usr/include' -idirafter '$sys/usr/include/s390x-linux-gnu' -L'$lib' -Wl,-rpath-link,'$lib:$sys/lib/s390x-linux-gnu'"
ok $status "builds for s390x" || cat "$tmp/err"
same "big-endian: s390x" s390x qemu-s390x-static -L "$sys" "$root/build/same/s390x/bin/preaches-lab"
