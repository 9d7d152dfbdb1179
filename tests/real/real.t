#!/bin/bash
# The harness of `make real`: that it tells right from wrong and refused from skipped, and one real program.
. tests/tap.sh
need_built bin/preaches bin/preaches-cc
plan 14
export ARCHES='x86_64 s390x i686' STOPS=4 SIZE=quick PAIRS=0 DEFINITIONS=$tmp
on_end='remove_homes'
remove_homes() { for name in right wrong forks gone; do rm -rf "$root/build/real/$name-$$"; done; }

# A package of our own: a makefile and one source file; its definition.
package() { # NAME <SOURCE
    mkdir "$tmp/$1"
    cat >"$tmp/$1/main.c"
    printf 'main: main.c\n\t$(CC) -O2 -o main main.c\n' >"$tmp/$1/makefile"
    printf 'tree=%s program=main works=(7)\nbuild() { make CC="$CC"; }\n' "$tmp/$1" >"$tmp/$1-$$.sh"
}
row() { cut -d, -f3- "$root/build/real/$1-$$/row"; }

package right <<'END'
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    unsigned i, sum = (unsigned)argc;
    for (i = 0; i < 3000; i++) {
        sum = sum * 31 + (unsigned)atoi(argv[1]);
        if (i % 500 == 0) printf("%u %u\n", i, sum);
    }
    return 0;
}
END
run tests/real/program.sh right-$$ chain
is "$(row right)" 'x86_64 s390x i686,4,0,"ok"' 'a program that is carried over'

sed 's/(unsigned)atoi(argv\[1\])/(unsigned)sizeof(long)/' "$tmp/right/main.c" | package wrong
run tests/real/program.sh wrong-$$ chain
grep -q '"WRONG: other output for: main 7"' "$root/build/real/wrong-$$/row"
ok $? 'a program whose output depends on the machine is told'

sed 's/return 0/return fork() < 0/; 1i #include <unistd.h>' "$tmp/right/main.c" | package forks
run tests/real/program.sh forks-$$ chain
grep -q '"refused: main.c:[0-9:]* error: .*fork.*\[-Wpreaches-' "$root/build/real/forks-$$/row"
ok $? 'what preaches-cc refuses stands in the row'

# What `make real` makes of such rows.
all() { # NAME...
    PROGRAM=$(printf "%s-$$ " "$@") KEEP=1 PREACHES_APT_ETC=$tmp/none \
        tests/real/all.sh "$tmp/real.csv"
}
counts() { sed 's/: [^:]*$//' "$tmp/out" | tail -n 1; }
echo 'program=main' >"$tmp/gone-$$.sh"
run all right gone
is "$status $(counts)" '0 real: 1 ok, 0 refused, 1 skipped, 0 failed, 0 WRONG' \
    'sources that cannot be had are counted, and no failure'
run all right forks
is "$status $(counts)" '1 real: 1 ok, 1 refused, 0 skipped, 0 failed, 0 WRONG' 'a refusal is a failure'
is "$(cat "$tmp/err")" "real: refused, and must not be: forks-$$" 'that names the program'
echo 'expect=refused' >>"$tmp/forks-$$.sh"
run all forks
is "$status $(counts)" '0 real: 0 ok, 1 refused, 0 skipped, 0 failed, 0 WRONG' \
    'unless its definition expects it'
run all wrong
is "$status $(counts)" '1 real: 0 ok, 0 refused, 0 skipped, 0 failed, 1 WRONG' 'a wrong output is a failure'

run env PREACHES_APT_ETC="$tmp/none" tests/real/fetch.sh "$tmp/src" bzip2
is "$status $(cat "$tmp/err")" "1 fetch: no package sources are configured in $tmp/none" \
    'no sources: a reason'

mkdir -p "$tmp/etc/sources.list.d"
echo 'deb [arch=amd64] file:/nowhere one main' >"$tmp/etc/sources.list"
printf 'Types: deb\nURIs: file:/nowhere\nSuites: two\nComponents: main\n' >"$tmp/etc/sources.list.d/two.sources"
run env PREACHES_APT_ETC="$tmp/etc" tests/real/fetch.sh "$tmp/src" bzip2
is "$status" 1 'sources without the package: a failure'
grep -q '^fetch: bzip2: E: ' "$tmp/err" && ! grep -q 'nowhere' "$tmp/err"
ok $? 'with a reason that names no address'
is "$(cat "$tmp"/src/apt/sources/* | sort | tr '\n' ';')" \
    'Components: main;Suites: two;Types: deb-src;URIs: file:/nowhere;deb-src file:/nowhere one main;' \
    'both formats of sources become sources of sources'

unset DEFINITIONS
if ! reason=$(tests/real/fetch.sh build/real/src bzip2 2>&1); then
    skip 2 "$reason"
else
    run tests/real/program.sh bzip2 chain
    ok $status 'bzip2: the harness ends'
    note "$(cat "$tmp/out")"
    ! grep -qE '"(WRONG|failed|refused)' build/real/bzip2/row
    ok $? 'bzip2: nothing went wrong'
fi
