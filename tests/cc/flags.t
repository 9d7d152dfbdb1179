#!/bin/bash
# preaches-cc where gcc is expected: what the makefiles of real packages pass.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 43
export PREACHES_ARCH=s390x PREACHES_FLAGS=
mkdir "$tmp/a b" "$tmp/tmp dir" && cd "$tmp/a b" || exit 1
export TMPDIR="$tmp/tmp dir"
foreign() { qemu-s390x-static "$1.preaches/s390x"; }
says() { [ "$(./"$1")" = "$2" ] && [ "$(foreign "./$1")" = "$2" ]; }
good() { run "$@"; [ $status -eq 0 ]; }
bad() { run "$@"; [ $status -eq 1 ]; }
said() { grep -q -- "$1" "$tmp/err"; }
is_native() { [ -x "$1" ] && [ ! -e "$1.preaches" ]; }

cat >main.c <<'E'
#include <stdio.h>
#include "part.h"
int main(void) { int i, s = 0; for (i = 0; i < 4; i++) s += part(i); printf("%d\n", s + EXTRA); return 0; }
E
cat >part.c <<'E'
#include "part.h"
int part(int x) { int i; for (i = 0; i < 3; i++) x += i; return x; }
E
printf '#ifndef EXTRA\n#define EXTRA 0\n#endif\nint part(int);\n' >part.h
printf '#define EXTRA 5\n' >five.h
echo 'int part(int x) { return x + 3; }' >other.c
printf '\t.globl part\npart:\tlea 3(%%rdi), %%eax\n\tret\n\t.section .note.GNU-stack,"",@progbits\n' >asm.s

good preaches-cc main.c part.c -o prog && says prog 18
ok $? "several sources in one command"
good preaches-cc -DEXTRA=1 -UEXTRA -D EXTRA=2 main.c part.c -o prog && says prog 20
ok $? "-D and -U, joined and separate"
good preaches-cc -include five.h main.c part.c -o prog && says prog 23 &&
    good preaches-cc -imacros five.h -c main.c && good preaches-cc main.o part.c -o prog && says prog 23
ok $? "-include and -imacros"
mkdir inc && mv part.h inc && good preaches-cc -isystem inc main.c part.c -o prog && says prog 18 &&
    good preaches-cc -iquote inc main.c part.c -o prog && mv inc/part.h .
ok $? "-isystem and -iquote"
printf '%s\n' '-DEXTRA=3 "-I."' '@more' >args && echo "-o prog 'main.c'" >more && good preaches-cc @args part.c && says prog 21
ok $? "@file within @file, quotes"
echo '@loop' >loop && bad preaches-cc @loop && said 'too deeply'
ok $? "@file that names itself"
PREACHES_FLAGS='-DEXTRA=7 -Wno-preaches' good preaches-cc main.c part.c -o prog && says prog 25
ok $? "PREACHES_FLAGS"
good preaches-cc --include=five.h --define-macro EXTRA=5 --std=c99 --optimize=2 --warn-unused --static main.c part.c --output prog && says prog 23 &&
    good preaches-cc --shared -fPIC part.c -o libspelled.so && [ "$(file -b libspelled.so | cut -c1-24)" = 'ELF 64-bit LSB shared ob' ] &&
    good preaches-cc --compile part.c --output=spelled.o && [ -f spelled.o ]
ok $? "gcc's long spellings: --shared, --include=, --output and their like"
echo '#include <preaches.h>' >ours.c && good preaches-cc -E ours.c && good preaches-cc -S ours.c && preaches-cc -M ours.c | grep -q preaches.h
ok $? "-E, -S and -M find <preaches.h>"
good preaches-cc -x c - -o prog other.c <main.c 2>/dev/null; preaches-cc -x c -c - -o stdin.o <main.c 2>"$tmp/err" &&
    good preaches-cc stdin.o part.c -o prog && says prog 18 && echo 'int x = y;' | preaches-cc -x c -c - -o no.o 2>"$tmp/err"
[ $? -eq 1 ] && said '<stdin>:1:9: error'
ok $? "a source on standard input"
[ "$(echo 'EXTRA' | preaches-cc -include five.h -E -P - | tail -n 1)" = 5 ] && good preaches-cc -S part.c && grep -q part: part.s &&
    good preaches-cc -E main.c -o main.i && grep -q 'int part' main.i && preaches-cc -dM -E part.c | grep -q 'define EXTRA 0'
ok $? "-E, -S and -dM answer natively"
good preaches-cc -fsyntax-only main.c && good preaches-cc -c main.c -o /dev/null && [ -c /dev/null ] &&
    good preaches-cc main.c part.c -o /dev/null && [ -c /dev/null ]
ok $? "-fsyntax-only; -o /dev/null stays a device"
as_gcc() { [ "$(preaches-cc "$1" 2>&1 | sed 's/preaches-cc/gcc/')" = "$(gcc "$1" 2>&1)" ]; }
for_each as_gcc --version -v -dumpmachine -dumpversion -print-search-dirs -print-libgcc-file-name -print-prog-name=ld -print-multi-os-directory
ok $? "--version, -v, -dump… and -print-…"
preaches-cc --help >help
tells() { grep -q -e "^  $1" help; }
for_each tells --arch= --polls= --hints= --explain PREACHES_ARCH && preaches-cc --help=common | grep -q -e '-fsyntax-only' && preaches-cc -v --help 2>/dev/null | grep -q -e '-fsyntax-only'
ok $? "--help tells the options of its own, --help=common gcc's"

# Dependencies: of every architecture.
printf '#ifdef __s390x__\n#include "only there.h"\n#endif\n#include "part.h"\n' >deps.c
echo 'int part(int);' >'only there.h'
good preaches-cc -MD -MP -c deps.c -o deps.o && grep -q 'only\\ there.h' deps.d && grep -q '^part.h:' deps.d && grep -q '^only\\ there.h:$' deps.d
ok $? "-MD -MP: a header that only another architecture reads"
good preaches-cc -MMD -MF x.dep -MT 'some target' -c deps.c -o deps.o && head -n 1 x.dep | grep -q '^some target: deps.c' && grep -q 'only\\ there.h' x.dep
ok $? "-MMD -MF -MT"
good preaches-cc -Wp,-MMD,wp.d -c deps.c -o deps.o && grep -q 'only\\ there.h' wp.d && [ "$(preaches-cc -MM deps.c)" = 'deps.o: deps.c part.h' ]
ok $? "-Wp,-MMD and -MM"
printf 'all: deps.o\ndeps.o: deps.c\n\t$(CC) -MMD -c $< -o $@\n-include deps.d\n' >Makefile
rm -f deps.o deps.d; make -s CC=preaches-cc && touch -d 'next hour' 'only there.h' && [ "$(make -n CC=preaches-cc | wc -l)" -eq 1 ]
ok $? "make sees the change of such a header"

# Archives.
good preaches-cc -c main.c part.c other.c && [ -f other.o ] && ar rcs libpart.a part.o && ar rcT libthin.a part.o &&
    good preaches-cc main.o libthin.a -o prog && says prog 18
ok $? "several sources with -c; thin archives"
good preaches-cc main.o -L. -Wl,--start-group -lpart -Wl,--end-group -lm -o prog && says prog 18 &&
    good preaches-cc -Wl,--whole-archive,libpart.a,--no-whole-archive main.o -o prog && says prog 18 &&
    good preaches-cc main.o -Xlinker --whole-archive -Xlinker libpart.a -Xlinker --no-whole-archive -o prog && says prog 18
ok $? "groups and --whole-archive, by -Wl and -Xlinker"
good preaches-cc main.o part.o -o prog -Wl,-rpath,/nowhere -Wl,-Map,prog.map -Wl,-z,relro -Wl,-O1,--as-needed -Wl,--gc-sections -z now -rdynamic -pie -Wl,--build-id=sha1 && says prog 18
ok $? "options of dynamic linking mean nothing here"

# What carries no text.
good preaches-cc main.c asm.s -o mixed && is_native mixed && said 'asm.s: only C.*without checkpoints.*Wpreaches-opaque' && [ "$(./mixed)" = 18 ]
ok $? "an assembler source: native only, and said so"
gcc -c asm.s -o asm.o && good preaches-cc main.c asm.o -o mixed && is_native mixed && said 'asm.o carries no text' && [ "$(./mixed)" = 18 ]
ok $? "an assembler object"
gcc -c other.c -o plain.o && ar rcs libmixed.a plain.o && good preaches-cc main.o libmixed.a -o mixed && is_native mixed && said '(libmixed.a)plain.o carries no text'
ok $? "a member of an archive without text that is needed"
gcc -DX -x c -c - -o unneeded.o <<<'int never(void) { return 1; }' && ar rcs libboth.a unneeded.o part.o &&
    good preaches-cc main.o libboth.a -o prog && says prog 18
ok $? "a member without text that is not needed does no harm"
echo 'int __real_part(int); int __wrap_part(int x) { return __real_part(x) + 1; }' >wrap.c
good preaches-cc main.o part.o wrap.c -Wl,--wrap=part -o mixed && [ "$(./mixed)" = 22 ] && is_native mixed && said "'--wrap=part' changes what the analysis has seen"
ok $? "--wrap: native only"
bad preaches-cc -Werror=preaches-opaque main.c asm.s -o refused && [ ! -e refused ]
ok $? "-Werror=preaches-opaque refuses instead"
good env PREACHES_NATIVE='gen*,tool' preaches-cc main.c part.c -o gentables && is_native gentables && [ "$(./gentables)" = 18 ]
ok $? "PREACHES_NATIVE names the build's own tools"

# Shared libraries.
good preaches-cc -shared -fPIC part.c -Wl,-soname,libpart.so.1 -o libdyn.so && said 'libdyn.so: warning: .*Wpreaches-shared' && [ "$(file -b libdyn.so | cut -c1-24)" = 'ELF 64-bit LSB shared ob' ]
ok $? "-shared builds a native library, with a word about it"
good preaches-cc main.c -L. -ldyn -Wl,-rpath,. -o prog && says prog 18 && good preaches-cc main.o ./libdyn.so -o prog && says prog 18
ok $? "a program takes in the code of its own shared library"
gcc -x c - -L. -ldyn -Wl,-rpath,. -o user <<<'int part(int); int main(void) { return part(4) - 7; }' 2>/dev/null; ln -sf libdyn.so libpart.so.1; LD_LIBRARY_PATH=. ./user
ok $? "others use it as it is"
good preaches-cc -fPIC -c part.c -o pic.o && good preaches-cc -shared pic.o -o libpic.so && good gcc -r -nostdlib main.o pic.o -o whole.o &&
    good preaches-cc -r -nostdlib main.o pic.o -o whole.o && good preaches-cc whole.o -o prog && says prog 18
ok $? "-r, as libtool uses it"

cat >chars.c <<'E'
#include <stdio.h>
#include <stdlib.h>
struct pair { char c; long n; };
int main(void)
{
    struct pair *p = malloc(sizeof(struct pair));
    char local = (char)200, text[3] = { (char)250, 1, (char)128 };
    int i;
    if (!p)
        return 1;
    p->c = (char)199;
    for (i = 0; i < 9; i++)
        printf("%d %d %d %d\n", i, local++, p->c--, text[i % 3]);
    return 0;
}
E
moves() {
    good preaches-cc "$1" chars.c -o chars && ./chars >want && preaches run --at-poll=4 --stop --spool="sp$1" ./chars >one 2>>"$tmp/err" &&
        preaches restart --arch=s390x "sp$1" >two 2>>"$tmp/err" && cat one two | cmp - want
}
for_each moves -funsigned-char -fsigned-char && head -n 1 want | grep -q -- '-56 -57 -6'
ok $? "-funsigned-char and -fsigned-char, across a checkpoint"

# Code options.
good preaches-cc -O3 -g3 -pipe -flto -ffat-lto-objects -fno-strict-aliasing -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wall -Wextra -pedantic -fno-plt -fcf-protection main.c part.c -o prog && says prog 18
ok $? "options of Debian's builds"
builds() { good preaches-cc "$1" main.c part.c -o prog && says prog 18; }
for_each builds -ansi -std=c89 -std=gnu90 -std=c99 -std=gnu11 -std=c17 -std=iso9899:1999
ok $? "dialects"
printf '#include <stdio.h>\nint restrict_(int inline_) { return inline_; }\nint main(void) { int inline = 1, i; for (i = 0; i < 3; i++) inline += restrict_(i); printf("%%d\\n", inline); return 0; }\n' >old.c
good preaches-cc -std=c89 -Dinline=inl old.c -o prog && says prog 4 && printf 'f(x) { return implicit(x); }\nimplicit(y) int y; { return y; }\nmain() { int i, s = 0; for (i = 0; i < 3; i++) s += f(i); printf("%%d\\n", s); return 0; }\n' >implicit.c &&
    good preaches-cc -w implicit.c -o prog && says prog 3
ok $? "implicit int and implicit declarations, as gcc takes them"
good preaches-cc -march=native -mtune=native main.c part.c -o prog && said "march=native.*processors like this one" && says prog 18
ok $? "-march=native concerns the native program, and says so"
is_refused() { bad preaches-cc "$1" x main.c part.c -o no && said "'$1' is refused: [a-z]"; }
for_each is_refused -fshort-enums -fpack-struct -fshort-wchar -fsso-struct=big-endian -mlong-double-64 -fopenmp -m32 -nostdlib
ok $? "options that change representation or need threads are refused with a reason"
left_out() { good preaches-cc "$1" main.c part.c -o prog && said "'$1' is left out" && says prog 18; }
for_each left_out -fsanitize=address -pg -finstrument-functions -ftrapv
ok $? "those that checkpoints do not go with are left out, and a warning says so"
good preaches-cc -save-temps -c part.c -o part.o && ls part.i part.s >/dev/null
ok $? "-save-temps"
bad env PREACHES_CC=no-such-compiler preaches-cc main.c part.c -o p && said 'no-such-compiler' && good env PREACHES_CC=/usr/bin/gcc preaches-cc main.c part.c -o prog && says prog 18
ok $? "PREACHES_CC chooses the native compiler"
if [ "$(id -u)" = 0 ]; then
    mkdir -m 777 "$tmp/other user" && chmod 755 "$tmp" && cp main.c part.c part.h "$tmp/other user" && cd "$tmp/other user" &&
        run setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$tmp/other user/home" TMPDIR="$tmp/other user" PREACHES_CACHE= XDG_CACHE_HOME= \
            "$(command -v preaches-cc)" main.c part.c -o prog
    [ $status -eq 0 ] && says prog 18 && [ -n "$(find home -name '*.o')" ]
    ok $? "as another user, with a home of his own"
    cd "$tmp/a b" || exit 1
else
    skip 1 "only root can become another user"
fi
[ -z "$(ls -A "$TMPDIR")" ] && ! find "$tmp" -name '*preaches-tmp*' | grep -q .
ok $? "nothing is left behind"
