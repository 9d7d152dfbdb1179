#!/bin/bash
# Where polls stand and what is said about it: --explain, --polls-report, PREACHES_NEVER, profiles; sites by
# unwinding, flag and patch.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 21
export PREACHES_ARCH=s390x
cd "$tmp" || exit 1

cat >a.c <<'E'
#include <stdio.h>
#include <stdlib.h>
static long table[64];
static long sum(int n) { long s = 0; int i;
    for (i = 0; i < n; i++) s += table[i % 64];
    return s; }
static long tree(int n, int depth)
{
    if (depth == 0)
        return n;
    return tree(2 * n, depth - 1) + tree(2 * n + 1, depth - 1) + sum(n % 50);
}
int main(int argc, char **argv)
{
    int depth = argc > 1 ? atoi(argv[1]) : 12, i;
    for (i = 0; i < 64; i++) table[i] = i * i;
    for (i = 1; i < 8; i++) {
        printf("%d %ld\n", i, tree(i, depth));
    }
    return 0;
}
E
run preaches-cc -O2 --explain tree --explain=sum --polls-report a.c -o a
grep -qx "a.c:7: function 'tree' is instrumented: a poll can be reached from it" out &&
    grep -q "poll a.c:11 in 'tree': a cycle of calls" out && grep -q "called by 'tree', 'main'" out
ok $? "--explain of an instrumented function"
grep -qx "  site a.c:11, call, saves n, depth" out && grep -qx "  site a.c:11, call, saves n, <result of tree>" out
ok $? "its sites and what they save"
grep -qx "a.c:4: function 'sum' is not instrumented: no poll can be reached from it" out &&
    grep -q "loop a.c:5 has no poll" out
ok $? "--explain of one that is not"
grep -qE '^polls: [0-9]+; instrumented functions: 2 of 3$' out && grep -q '^between polls: about ' out
ok $? "--polls-report"
run preaches-cc -O2 --explain nothing a.c -o none
[ $status -eq 1 ] && grep -q "no function 'nothing'" err
ok $? "--explain of no function"

# Away from the middle of a recursion: all kinds of sites, which have the same polls.
./a >wanted
for sites in unwind flag patch; do
    run preaches-cc -O2 --sites=$sites a.c -o a && polls=$(count_polls ./a) && rm -rf spool &&
        run preaches run --at-poll=$((polls / 2)) --stop --spool=spool ./a && cp out begun &&
        run preaches restart --arch=s390x spool
    cat begun out | cmp -s - wanted
    ok $? "--sites=$sites: checkpoint at poll $((polls / 2)) of $polls, finished on s390x"
done
run preaches-cc --sites=holes a.c -o a
[ $status -eq 1 ] && grep -q -- "--sites is unwind, patch or flag, not 'holes'" err
ok $? "--sites of another kind is refused"
cat >deep.c <<'E'
#include <stdio.h>
static int down(int n) { int here = n; if (n == 0) return 0; here += down(n - 1) % 7; return here; }
int main(void) { printf("%d\n", down(60000)); return 0; }
E
run preaches-cc -O1 deep.c -o deep && ./deep >wanted && rm -rf spool &&
    run preaches run --at-poll=59000 --stop --spool=spool ./deep && run preaches restart --arch=x86_64 spool
cmp -s out wanted
ok $? "59000 frames"

cp "$root/tests/matrix/never.c" . && run preaches-cc -O2 never.c -o never
is "$(count_polls ./never)" 360 "PREACHES_NEVER: polls in what it calls do not count"
sed 's/^PREACHES_NEVER(post)/int pst(int); PREACHES_NEVER(pst)/' never.c >wrong.c && run preaches-cc -O2 wrong.c -o wrong
[ $status -eq 1 ] && grep -q 'PREACHES_NEVER(pst): no function of the program \[-Wpreaches-poll\]' err
ok $? "PREACHES_NEVER of no function"

# Profiles.
run preaches-cc -O2 --polls=record a.c -o a && run ./a 18 && [ -s a.polls ]
ok $? "a program built with --polls=record writes its profile at its end"
[ "$(head -n 1 a.polls)" = 'preaches-polls 1' ] && grep -qP '^site\t\d+\ta.c\ttree\t0\t[0-9a-f]{16}\t' a.polls &&
    grep -qP '^call\t\d+\ta.c\ttree$' a.polls
ok $? "in the form that core/cc/pollprofile.h says"
recorded=$(cut -f2 a.polls | sed -n 's/^\([0-9]*\)$/\1/p' | sort -n | tail -n 1)
run preaches-cc -O2 --polls=profile --polls-report a.c -o a && grep -q '^profile: ' "$tmp/out"
reported=$?
a=$(count_polls ./a 18)
[ "$reported" -eq 0 ] && [ "$a" -gt 0 ] && [ "$a" -lt "$recorded" ]
ok $? "--polls=profile: $a polls instead of $recorded"
rm -rf spool; ./a 14 >wanted && run preaches run --at-poll=2 --stop --spool=spool ./a 14 && cp out begun &&
    run preaches restart --arch=s390x spool && cat begun out | cmp -s - wanted
ok $? "and moves to another machine"
sed 's/    return s; }/    if (s < 0) return 1;\n    return s; }/' a.c >b.c && mv b.c a.c
run preaches-cc -O2 --polls=profile a.c -o a
[ $status -eq 1 ] && grep -q "a.polls:1:1: error: the profile is of another program: a.c:sum:0 .*Wpreaches-profile" err
ok $? "a profile of another state of the program is refused, with the place that differs"
echo 'preaches-polls 2' >a.polls
run preaches-cc -O2 --polls=profile a.c -o a
[ $status -eq 1 ] && grep -q 'a.polls:1: not a profile of polls' err
ok $? "a file that is no profile"
run preaches-cc -O2 --polls=profile --polls-profile=missing a.c -o a
[ $status -eq 1 ] && grep -q 'missing' err
ok $? "a profile that is not there"

# Versions of our own of library functions are in a program that needs them, one by one.
cat >sorts.c <<'C'
#include <stdlib.h>
#include <preaches.h>
static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
#ifdef POLL
static int slowly(const void *a, const void *b) { preaches_poll_here(); return by_value(a, b); }
#else
#define slowly by_value
#endif
int main(void)
{
    int list[] = { 3, 1, 2 };
    preaches_poll_here();
    qsort(list, 3, sizeof *list, slowly);
    return !bsearch(&list[1], list, 3, sizeof *list, by_value) || list[0] != 1;
}
C
for define in PLAIN,0 POLL,1; do
    preaches-cc --arch=native -D"${define%,*}" -O2 -o sorts sorts.c && ./sorts
    is "$? $(nm sorts | grep -cE ' preaches_(qsort|bsearch|lfind)$')" "0 ${define#*,}" \
        "${define%,*}: as many of our own versions as are called"
done
