#!/bin/bash
# Messages: form, notes, policy, JSON; and every option there is has its line in DIAGNOSTICS.md.
. tests/tap.sh
need_built bin/preaches-cc
plan 15
export PREACHES_ARCH=i686

# "all" and "error" are options about options.
grep -hoE '"-Wpreaches-[a-z-]+"' core/cc/*.c | tr -d '"' | sed 's/^-W//' | grep -vx -e preaches-error -e preaches-x | sort -u >"$tmp/sources"
sed -nE 's/^\| `-W(preaches-[a-z-]+)` \|.*/\1/p' core/cc/DIAGNOSTICS.md | sort >"$tmp/page"
cd "$tmp" || exit 1
[ "$(wc -l <sources)" -ge 25 ] && [ -z "$(comm -23 sources page)" ]
ok $? "every option in the sources is on the page" || comm -23 sources page | sed 's/^/# missing: /'
[ -z "$(comm -13 sources page)" ] && [ "$(uniq -d page | wc -l)" -eq 0 ]
ok $? "every option on the page is in the sources, once" || comm -13 sources page | sed 's/^/# not there: /'

cat >a.c <<'E'
#include <stdio.h>
static int leaf(int x) { int i, s = 0; for (i = 0; i < x; i++) s += printf("%d\n", i); return s; }
static int middle(int x) { int i, s = 0;
	for (i = 0; i < 3; i++) s += leaf(x + i);
    return s; }
static int top(int n)
{
    int *p = &n;
    __asm__ volatile("" : : "m"(*p));
    return middle(n);
}
int main(void) { return top(1); }
E
run preaches-cc a.c -o a
[ $status -eq 1 ] && grep -qx "a.c:9:5: error: .* \[-Wpreaches-asm\]" err
ok $? "file:line:col: error: text [-Wpreaches-name]"
grep -qxF '    9 |     __asm__ volatile("" : : "m"(*p));' err && grep -qxF '      |     ^' err
ok $? "the source line, with a caret"
is "$(grep -m 2 'note:' err)" "a.c:10:12: note: 'top' calls 'middle' here
a.c:4:2: note: a poll stands here" "the chain of calls to the poll"
sed -n "/4:2: note/,\$p" err | sed -n 3p >caret; [ "$(cat caret)" = "      | 	^" ]
ok $? "tabs are kept before a caret"

cat >b.c <<'E'
#include <stdio.h>
int main(void) { int i, x = 0; for (i = 0; i < 3; i++) x += (int)(long)&x & 1; printf("%d\n", x); return 0; }
E
run preaches-cc b.c -o b
[ $status -eq 0 ] && [ "$(grep -c 'warning: .*Wpreaches-pointer-integer' err)" -eq 1 ]
ok $? "a warning is shown once, whatever the number of architectures"
run preaches-cc -Wno-preaches-pointer-integer b.c -o b
s1=$(wc -c <err); run preaches-cc -w b.c -o b; s2=$(wc -c <err); run preaches-cc -Wno-preaches b.c -o b
[ "$s1$s2$(wc -c <err)" = 000 ]
ok $? "-Wno-preaches-x, -Wno-preaches and -w silence it"
rm -f b; run preaches-cc -Werror=preaches-pointer-integer b.c -o b
[ $status -eq 1 ] && [ ! -e b ] && grep -q ' error: .*Wpreaches-pointer-integer' err
ok $? "-Werror=preaches-x"
run preaches-cc -Wpreaches-error b.c -o b; s1=$status
run preaches-cc -Wpreaches-error -Wno-preaches-pointer-integer b.c -o b; s2=$status
run preaches-cc -Werror b.c -o b; is "$s1$s2$status" 100 "-Wpreaches-error; gcc's -Werror is gcc's"

json() { perl -MJSON::PP -ne 'my $o = decode_json($_); print "$o->{severity} $o->{file}:$o->{line}:$o->{column} $o->{option} ", scalar @{$o->{notes}}, "\n"'; }
run preaches-cc --diagnostics=json a.c -o a
is "$(json <err)" "error a.c:9:5 -Wpreaches-asm 2" "--diagnostics=json: one object a line" || cat err
printf 'int main(void) { int unused; return "a\\"b\\t" + x; }\n' >c.c
run preaches-cc --diagnostics=json -Wall c.c -o c
json <err >got; [ $status -eq 1 ] && grep -q '^error c.c:1:[0-9]*  0' got && grep -q '^warning c.c:1:22 -Wunused-variable 0' got
ok $? "gcc's own messages too"
run preaches-cc --diagnostics=json --arch=vax c.c; json <err >got && [ $status -eq 1 ] && grep -q '^error :0:0  0' got
ok $? "and a command that is refused"
run preaches-cc -fdiagnostics-color=always a.c -o a; s1=$(grep -c $'\033' err)
run preaches-cc a.c -o a; [ "$s1" -gt 4 ] && ! grep -q $'\033' err
ok $? "colours when asked for, not in a file"

cat >d.c <<'E'
#include <float.h>
#include <math.h>
#include <stdio.h>
int main(void) { long double most = LDBL_MAX, sum = LDBL_EPSILON; for (int i = 0; i < 9; i++) if (isfinite(sum *= 2) && sum < most) puts("x"); return 0; }
E
run preaches-cc --arch=x86_64,s390x d.c -o d -lm
[ $status -eq 0 ] && [ ! -s err ]
ok $? "the limits of long doubles are no matter of the byte order"
