#!/bin/bash
# preaches-lab flows: every flow of the golden scenarios ends when SimGrid 3.32 says, in every model.
. tests/tap.sh
need_built bin/preaches-lab
golden=$root/tests/golden/simgrid
plan 48

column=2
for model in pure cm02 lv08-nocross lv08; do
    column=$((column + 1))
    for folder in "$golden"/s*/; do
        scenario=$(basename "$folder")
        run preaches-lab flows "$folder" --model="$model"
        # Both ways: no flow is missing and none is made up.
        awk -F, -v s="$scenario" -v c="$column" '
            NR == FNR { if (FNR == 1) { if ($0 != "flow,finish_s") bad++ } else { got[$1] = $2; n++ } next }
            $1 == s { want++; d = got[$2] - $c; if (d < 0) d = -d; a = $c < 0 ? -$c : $c
                      if (!($2 in got) || d > 1e-6 * a) { print $2 ": " got[$2] " is not " $c; bad++ } }
            END { exit bad || !n || n != want }' "$tmp/out" "$golden/expected.csv" >"$tmp/err"
        ok $? "$model: $scenario"
    done
done

run preaches-lab flows "$golden/s1_single" --model=cubic
is "$status:$(grep -c lv08-nocross "$tmp/err")" 2:1 "an unknown model is refused, and the known ones named"
run preaches-lab flows "$tmp/nothing"
is $status 2 "a folder that is not there"
run preaches-lab flows
is $status 2 "no folder"
cp -r "$golden/s1_single" "$tmp/bad"
printf 'x,h0,nobody,1,0\n' >>"$tmp/bad/flows.csv"
run preaches-lab flows "$tmp/bad"
is "$status:$(grep -c "flows.csv:[0-9]*: unknown name" "$tmp/err")" 2:1 "an unknown host is refused with its line"
run preaches-lab flows "$golden/s1_single" --model=pure
cp "$tmp/out" "$tmp/a"
run preaches-lab flows "$golden/s1_single" --model=pure --out="$tmp/b"
tr -d '\r' <"$tmp/b" | cmp -s - "$tmp/a"
ok $? "--out writes the same to a file"
for model in pure lv08; do
    run preaches-lab flows "$golden/s9_hostfail" --model=$model
    grep -q ',-' "$tmp/out"
    ok $? "$model: a failed flow's time is negative"
done
run preaches-lab flows "$golden/s9_hostfail"
cmp -s "$tmp/out" <(preaches-lab flows "$golden/s9_hostfail" --model=lv08)
ok $? "lv08 is the default"
