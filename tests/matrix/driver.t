#!/bin/bash
# preaches-cc as a compiler driver: what make, ar and people expect of gcc, and what it refuses.
# Few architectures: the full set is tried by the other scripts.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp PREACHES_ARCH=i686,s390x LC_ALL=C
mkdir "$work/tmp" "$work/with space" && cd "$work" || exit 1

n=0
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$work/err" 2>/dev/null | head -8; fi; }
# runs "$@", output to out, messages to err; succeeds when the exit status is $1
run() { local want=$1; shift; "$@" >"$work/out" 2>"$work/err"; [ $? = "$want" ]; }
on() { case $1 in x86_64) "${@:2}";; i686) "$2.preaches/i686" "${@:3}";; *) "qemu-$1-static" "$2.preaches/$1" "${@:3}";; esac; }
# the program $1 prints $2 on every architecture
prints() { local a; for a in x86_64 i686 s390x; do [ "$(on $a "$1" 2>&1)" = "$2" ] || return 1; done; }

cat >main.c <<'X'
#include <stdio.h>
int twice(int), other(void);
static int state = 3;
int main(void) { int i, s = 0; for (i = 0; i < 4; i++) s += twice(i) + state; printf("%d %d\n", s, other()); return 0; }
X
cat >twice.c <<'X'
static int state = 100;
int twice(int x) { int i; for (i = 0; i < 3; i++) state++; return 2 * x; }
int other(void) { return state; }
X
echo 'int never_used(void) { return undefined_function(); }' >unused.c

run 0 preaches-cc -O2 -Wall -c main.c -o main.o && run 0 preaches-cc -O1 -std=c99 -c twice.c && [ -f twice.o ]
ok $? "-c with and without -o"
run 0 preaches-cc -o prog main.o twice.o && prints ./prog "24 112"
ok $? "objects linked; statics of the same name keep apart"
[ -x prog ] && [ -x prog.preaches/s390x ] && [ "$(ls prog.preaches | tr '\n' ' ')" = "i686 s390x " ]
ok $? "siblings stand in prog.preaches"

run 0 preaches-cc -w -c unused.c && rm -f libt.a && ar rcs libt.a unused.o twice.o &&
  run 0 preaches-cc -o prog2 main.o -L. -lt -lm && prints ./prog2 "24 112" &&
  run 0 preaches-cc -o prog3 main.c libt.a && prints ./prog3 "24 112"
ok $? "archives: by -l and by path, only members that are needed"
run 0 gcc -r -nostdlib -o both.o main.o twice.o && run 0 preaches-cc -o prog4 both.o && prints ./prog4 "24 112"
ok $? "ld -r keeps the texts"
run 0 preaches-cc main.c twice.o -o "with space/my prog" && prints "./with space/my prog" "24 112"
ok $? "source and object in one command; a path with a space"
cp main.c "with space/a b.c" && run 0 preaches-cc -I"with space" "with space/a b.c" twice.c && prints ./a.out "24 112"
ok $? "a source with a space, output a.out"

cat >Makefile <<'X'
CFLAGS = -O2 -MMD
mprog: main.o twice.o
	$(CC) $(LDFLAGS) $^ -o $@
-include main.d
X
rm -f *.o && run 0 make CC=preaches-cc mprog && prints ./mprog "24 112" && grep -q '^main.o:.*main.c' main.d
ok $? "make CC=preaches-cc, with dependencies"

[ "$(preaches-cc --version)" = "$(gcc --version)" ] && [ "$(preaches-cc -dumpmachine)" = "$(gcc -dumpmachine)" ] &&
  [ "$(preaches-cc -print-search-dirs)" = "$(gcc -print-search-dirs)" ]
ok $? "--version, -dump and -print are gcc's"
echo '#define N 41
int x = N;' | preaches-cc -E - | grep -q 'int x = 41;' && run 0 preaches-cc -S twice.c && grep -q twice twice.s &&
  preaches-cc -M main.c | grep -q 'main.o: main.c'
ok $? "-E, -S and -M are passed on"
echo 'int main(void) { return 0; }' >tiny.c && run 0 preaches-cc @<(echo "-o 'with space/tiny' tiny.c") && [ -x "with space/tiny" ]
ok $? "arguments from a file"
run 0 preaches-cc tiny.c -o tiny && grep -q 'Wpreaches-no-poll' err && ./tiny && [ ! -e tiny.preaches ]
ok $? "a program without polls is native only, with a warning"
run 0 preaches-cc -Wno-preaches-no-poll tiny.c -o tiny && [ ! -s err ]
ok $? "a warning can be silenced"

echo 'int main(void) { int x = 1; return y; }' >bad.c
run 1 preaches-cc -c bad.c && grep -q '^bad.c:1:.*error:.*undeclared' err && [ ! -e bad.o ]
ok $? "gcc's own errors, exit status 1, no object"
echo 'int main(int c, char **v) { int unused; for (;c < 9; c++) ; return 0; }' >warn.c
run 0 preaches-cc -Wall -c warn.c && [ "$(grep -c 'unused variable' err)" = 1 ]
ok $? "gcc's own warnings, once"
cp prog before && run 1 preaches-cc -o prog main.c unused.c && grep -q 'undefined_function\|twice' err && cmp -s prog before
ok $? "undefined references fail and leave the old program alone"
gcc -c twice.c -o plain.o && run 0 preaches-cc -o p main.c plain.o && grep -q '^p: warning: plain.o.*Wpreaches-opaque' err &&
  [ "$(./p)" = "24 112" ] && [ ! -e p.preaches ] && run 1 preaches-cc -Werror=preaches-opaque -o p main.c plain.o
ok $? "an object of another compiler makes a native program, and says so"
run 1 preaches-cc --arch=vax main.c && grep -q "unknown architecture 'vax'" err
ok $? "an unknown architecture"
run 1 preaches-cc -o p nothing.c && grep -q 'nothing.c' err
ok $? "a source that is not there"
run 1 preaches-cc -o "with space" main.c twice.c && run 1 preaches-cc -o nowhere/p main.c twice.c && [ ! -e nowhere ]
ok $? "an output that cannot be written"
cp twice.c twice.txt && run 0 preaches-cc -x c -c twice.txt -o lang.o && run 0 preaches-cc -o prog5 main.o lang.o && prints ./prog5 "24 112"
ok $? "-x c"
run 0 preaches-cc --arch=i686 -c main.c -o few.o && run 1 preaches-cc -o p few.o twice.c && grep -q 'without a text for s390x' err
ok $? "an object that was made for fewer architectures"

cat >differs.c <<'X'
#include <stdio.h>
#ifdef __i386__
struct s { int a; };
#else
struct s { int a; int b; };
#endif
struct s g;
int main(void) { int i; for (i = 0; i < 9; i++) g.a += i; printf("%d\n", g.a); return 0; }
X
run 1 preaches-cc -o p differs.c && grep -q 'not the same on x86_64 and i686' err
ok $? "a program that differs between architectures"
cat >lists.c <<'X'
#include <stdarg.h>
int main(void) { int i; union { int i; void *p; } u; u.p = 0; for (i = 0; i < 9; i++) u.i += i; return u.i; }
X
run 1 preaches-cc -o p lists.c && grep -q '^lists.c:2:[0-9]*: error: .*\[-Wpreaches-' err
ok $? "a refused construct: file, line, column and option"

run 0 preaches-cc -c twice.c -o cut.o && objcopy -O binary --only-section=.preaches.text --set-section-flags .preaches.text=alloc cut.o text.bin 2>>err &&
  head -c $(($(stat -c %s text.bin) - 7)) text.bin >short.bin && objcopy --update-section .preaches.text=short.bin cut.o &&
  run 1 preaches-cc -o p main.c cut.o && grep -q 'cut.o: section .preaches.text is damaged' err
ok $? "a damaged text is refused"
cat >polls.c <<'X'
#include <preaches.h>
#include <stdio.h>
int main(void) { int i, s = 0; for (i = 0; i < 5; i++) { preaches_poll_here(); s += i; } printf("%d\n", s); return 0; }
X
run 0 preaches-cc --polls=explicit -O2 -o polls polls.c && prints ./polls 10 &&
  [ "$(PREACHES_COUNT=1 ./polls 2>&1 >/dev/null)" = "preaches: 5 polls" ]
ok $? "preaches.h is found; explicit polls"
(for i in $(seq 3000); do echo "int f$i(int x) { int i; for (i = 0; i < x; i++) x -= i & $i; return x; }"; done
 echo 'int main(void) { int i, s = 0; for (i = 0; i < 9; i++) s += f1(i); return s & 1; }') >big.c
preaches-cc -o big big.c >out 2>err & pid=$!
sleep 0.7; kill -TERM $pid; wait $pid; [ $? = 143 ] && [ -z "$(ls -A "$TMPDIR")" ] && [ ! -e big ]
ok $? "SIGTERM: status 143, nothing is left"
[ -z "$(ls -A "$TMPDIR")" ] && ! ls "$work" "$work/with space" | grep -q 'preaches-tmp'
ok $? "no temporary files are left"
echo "1..$n"
