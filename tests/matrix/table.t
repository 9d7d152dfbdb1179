#!/bin/bash
# README.md of this folder against the files: each program stands in a row, each file in a row is there.
. tests/tap.sh
plan 2
rows=$(sed -n '/^| subject/,$p' tests/matrix/README.md | grep '^|')
words=$(sed 's/\*unit\*[^|]*//; s/reported://' <<<"$rows" | cut -d'|' -f3- | tr -c 'a-z0-9_' '\n' | sort -u)
lacking=$(for file in tests/matrix/*.c tests/hostile/refused/*.c tests/hostile/reported/*.c; do
    basename "$file" .c
done | grep -vxF "$words")
[ -z "$lacking" ]
ok $? "every program stands in a row" || note $lacking
gone=$(for word in $words; do
    [ -e "tests/matrix/$word.c" ] || [ -d "tests/matrix/$word" ] || [ -e "tests/hostile/refused/$word.c" ] ||
        [ -e "tests/hostile/reported/$word.c" ] || echo "$word"
done | grep -vxE 'works|refused')
[ -z "$gone" ]
ok $? "every file of a row is there" || note $gone
