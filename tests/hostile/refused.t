#!/bin/bash
# What must be refused: each program of tests/hostile/refused at compile time, at each line that says
# `/* ! -Wpreaches-NAME: words of the message */`, with the options of a line `/* with: OPTIONS */`; each
# of tests/hostile/reported at its checkpoint, while the program itself goes on to its end.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
refused=("$root"/tests/hostile/refused/*.c)
reported=("$root"/tests/hostile/reported/*.c)
plan $((${#refused[@]} + ${#reported[@]} + 1))
export PREACHES_ARCH=x86_64
cd "$tmp" || exit 1
printf '%s\n' "${refused[@]}" "${reported[@]}" | xargs -P 2 -I{} bash -c \
    'name=$(basename {} .c); timeout 60 preaches-cc -I"$0/core/include" -w -Werror=preaches-bytes \
        $(sed -n "s:^/\* with\: \(.*\) \*/:\1:p" {}) {} -o "$name" 2>"$name.err"; echo $? >"$name.status"' "$root"

[ ${#refused[@]} -ge 25 ]
ok $? "there are ${#refused[@]} programs to refuse"
for file in "${refused[@]}"; do
    name=$(basename "$file" .c) option=
    [ "$(cat "$name.status")" = 1 ] && [ ! -e "$name" ]; said=$?
    while IFS=: read -r line want; do
        want=${want##*/\* ! } want=${want% \*/}
        option=${want%%:*} words=${want#*: }
        grep -F -- "$words" "$name.err" | grep -qE "^$file:$line:[0-9]+: error: .*\[$option\]$" || { said=1; break; }
    done < <(grep -n '/\* ! ' "$file")
    [ -n "$option" ] && [ "$said" = 0 ]
    ok $? "$name: $option" || sed 's/^/#   /' "$name.err" | head -n 5
done
for file in "${reported[@]}"; do
    name=$(basename "$file" .c)
    words=$(sed -nE 's:.*/\* \? (.*) \*/$:\1:p' "$file")
    "./$name" >want 2>/dev/null
    run preaches run --at-poll=2 --spool="$name.spool" "./$name"
    [ "$(cat "$name.status")" = 0 ] && [ -n "$words" ] && grep -qF -- "$words" err && cmp -s want out && ! ls "$name".spool/epoch-*/commit >/dev/null 2>&1
    ok $? "$name: reported at the checkpoint, and the program goes on"
done
