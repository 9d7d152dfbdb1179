#!/bin/bash
# Every -Wpreaches option in the source stands in DIAGNOSTICS.md and is provoked by some test, and the page
# names no other.
. tests/tap.sh
need_built bin/preaches-cc
plan 8
in_source=$(grep -ohE '"-Wpreaches-[a-z-]{2,}"' core/cc/*.c | tr -d '"' | sort -u)
# as rows of its tables, among them those of the form -Wpreaches-NAME
in_page=$(grep -oE '^\| `-Wpreaches-[a-z-]+`' core/cc/DIAGNOSTICS.md | tr -d '|` ' | sort -u)
lacking=$(comm -23 <(echo "$in_source") <(echo "$in_page"))
[ "$(wc -l <<<"$in_source")" -gt 20 ] && [ -z "$lacking" ]
ok $? "every option of the source is in the page" || note "$lacking"
surplus=$(comm -13 <(echo "$in_source") <(grep -v -x -e -Wpreaches-error <<<"$in_page"))
[ -z "$surplus" ]
ok $? "the page names no option that there is not" || note "$surplus"
untested=$(for option in $in_source; do
    grep -rqE -- "(-W(error=)?|\\b)${option#-W}\\b" tests/cc tests/hostile tests/unit tests/matrix/driver.t tests/e2e || echo "$option"
done)
[ -z "$untested" ]
ok $? "a test provokes each" || note "$untested"

# Those that no other test provokes.
cd "$tmp" || exit 1
export PREACHES_ARCH=x86_64
echo 'int main(void) { int s = 0; for (int i = 0; i < 3; i++) s += i; return s; }' >loop.c
echo 'struct n { int v; }; extern char *find(int);
int main(void) { int s = 0; for (int i = 0; i < 3; i++) s += ((struct n *)find(i))->v; return s; }' >cast.c
echo 'static char *volatile any; char *find(int i) { return i < 9 ? any + i : 0; }' >find.c
warns() { # OPTION COMMAND...
    local option=$1
    shift
    run "$@"
    grep -qF "[$option]" "$tmp/err"
    ok $? "$option"
}
warns -Wpreaches-option preaches-cc -ffast-math -o loop loop.c
warns -Wpreaches-shared preaches-cc -shared -fPIC -o loop.so loop.c
PREACHES_CACHE_SIZE=much warns -Wpreaches-cache preaches-cc -o loop loop.c
warns -Wpreaches-cast preaches-cc -o cast cast.c find.c
preaches-cc --polls=record -o other "$root/tests/matrix/loops.c" && ./other >/dev/null
warns -Wpreaches-profile preaches-cc --polls=profile --polls-profile=other.polls -o loop loop.c
