#!/bin/bash
# Configuration that differs by architecture: settled where its meaning is known, refused where it is not.
. tests/tap.sh
need_built bin/preaches-cc
plan 16
export PREACHES_ARCH=i686,s390x,m68k
mkdir "$tmp/src dir" && cd "$tmp/src dir" || exit 1
on() { if [ "$1" = x86_64 ]; then "$2"; elif [ "$1" = i686 ]; then "$2.preaches/i686"; else "qemu-$1-static" "$2.preaches/$1"; fi; }
# All architectures print $2.
all_say() { local a; for a in x86_64 i686 s390x m68k; do [ "$(on "$a" "$1")" = "$2" ] || { echo "# $a: $(on "$a" "$1")"; return 1; }; done; }
said() { grep -q -- "$1" "$tmp/err"; }

# Nothing of these is kept.
printf '%s\n' 'bytes truly_big' 'bytes main' >hints
export PREACHES_HINTS=$PWD/hints

# As autoconf leaves it on x86_64.
cat >config.h <<'E'
#ifndef CONFIG_H
#define CONFIG_H
#define SIZEOF_LONG 8
#define SIZEOF_VOID_P (8)
#  define MY_SIZEOF_SIZE_T \
     8UL
#define ALIGNOF_DOUBLE 8 /* of a member */
/* Define to 1 on big-endian machines. */
/* #undef WORDS_BIGENDIAN */
#define IEEE_8087 1
#define SIZEOF_SHORT 2
#endif
E
cat >main.c <<'E'
#include "config.h"
#include <stddef.h>
#include <stdio.h>
struct member { char c; double d; };
static int truly_big(void) { union { int i; char c[sizeof(int)]; } u; u.i = 1; return u.c[0] == 0; }
int main(void)
{
    int i, s = 0, big = 0, ieee = 0;
#ifdef WORDS_BIGENDIAN
    big = 1;
#endif
#if defined(IEEE_8087)
    ieee = 1;
#endif
    for (i = 0; i < 3; i++)
        s += i;
    printf("%d%d%d%d%d%d%d%d line %d\n", s, SIZEOF_LONG == sizeof(long), SIZEOF_VOID_P == sizeof(void *),
           MY_SIZEOF_SIZE_T == sizeof(size_t), ALIGNOF_DOUBLE == offsetof(struct member, d), big == truly_big(),
           ieee == !truly_big(), SIZEOF_SHORT == sizeof(short), __LINE__ - 2);
    return 0;
}
E
gcc main.c -o plain && right=$(./plain)
cp config.h before
run preaches-cc -O2 main.c -o prog
[ $status -eq 0 ] && all_say ./prog "$right"
ok $? "SIZEOF_T, ALIGNOF_T, WORDS_BIGENDIAN and IEEE_8087 are each architecture's own"
cmp config.h before && [ ! -s "$tmp/err" ]
ok $? "without a word, and config.h is untouched"
run preaches-cc -v main.c -o prog; said 'SIZEOF_LONG is 8 on x86_64, and 4 on i686' && said 'WORDS_BIGENDIAN is not defined on x86_64, and 1 on s390x'
ok $? "-v tells what was settled"
mkdir -p inc && mv config.h inc && run preaches-cc -Iinc -c main.c && run preaches-cc main.o -o prog && all_say ./prog "$right"
ok $? "a header from -I, separate compilation"
run preaches-cc -DCONFIG_H -DSIZEOF_LONG=8 -DSIZEOF_VOID_P=8 -DMY_SIZEOF_SIZE_T=8 -DALIGNOF_DOUBLE=8 -DIEEE_8087 -DSIZEOF_SHORT=2 -Iinc main.c -o prog
[ $status -eq 0 ] && all_say ./prog "$right"
ok $? "values from the command line"
mv inc/config.h .
sed 's/#include "config.h"/#include "..\/config.h"/' main.c >inc/main.c && run preaches-cc inc/main.c -o prog && all_say ./prog "$right"
ok $? "a header by a relative path with a space"

# A name that only looks like it.
cat >guess.c <<'E'
#include <stdio.h>
#define STREAM_LITTLE_ENDIAN 1
int main(void) { int i, s = 0; for (i = 0; i < 3; i++) s += i;
#if STREAM_LITTLE_ENDIAN
    s++;
#endif
    printf("%d\n", s); return 0; }
E
run preaches-cc guess.c -o guess
[ $status -eq 1 ] && said '^guess.c:4: error: STREAM_LITTLE_ENDIAN is 1, as on x86_64; on s390x .*\[-Wpreaches-config\]' && [ ! -e guess ]
ok $? "a macro whose meaning is guessed from its name is refused: macro, place, values"
echo '#define STREAM_LITTLE_ENDIAN 1' >same.h
run preaches-cc --config-for=s390x:same.h --config-for=m68k:same.h guess.c -o guess && [ $status -eq 0 ] && all_say ./guess 4
ok $? "--config-for says that it is right as it is"
mkdir conf && printf '/* big-endian */\n#define STREAM_LITTLE_ENDIAN 0\n\n' >conf/s390x.h && echo '#undef STREAM_LITTLE_ENDIAN' >conf/m68k.h
run env PREACHES_CONFIG=conf preaches-cc guess.c -o guess
[ $status -eq 0 ] && [ "$(on x86_64 ./guess)$(on i686 ./guess)$(on s390x ./guess)$(on m68k ./guess)" = 4433 ]
ok $? "PREACHES_CONFIG: a file for each architecture, #define and #undef"
echo '#define SIZEOF_LONG 5' >five.h && run preaches-cc --config-for=s390x:five.h main.c -o prog && [ "$(on s390x ./prog)" = "30${right:2}" ]
ok $? "what the user says counts before what we know"

cat >own.c <<'E'
#include <endian.h>
#include <stdio.h>
#if BYTE_ORDER == BIG_ENDIAN || defined(__BIG_ENDIAN__)
#define MY_BIG_ENDIAN 1
#else
#define MY_BIG_ENDIAN 0
#endif
#define SIZEOF_LONG __SIZEOF_LONG__
int main(void) { int i, s = 0; for (i = 0; i < 3; i++) s += i; printf("%d%d\n", s, MY_BIG_ENDIAN + (SIZEOF_LONG == sizeof(long))); return 0; }
E
echo 'bytes main' >hints; run preaches-cc own.c -o own
[ $status -eq 0 ] && [ ! -s "$tmp/err" ] && [ "$(on x86_64 ./own)$(on i686 ./own)$(on s390x ./own)$(on m68k ./own)" = 31313232 ]
ok $? "what the headers themselves get right is left alone"
printf '#define SIZEOF_LONG 3\n#if SIZEOF_LONG == 3\n#endif\n' >wrong.c && cat own.c | grep -v SIZEOF_LONG >>wrong.c; echo 'int main(void) { int i, s = 0; for (i = 0; i < 3; i++) s += i; return s - 3; }' >>wrong.c
run preaches-cc wrong.c -o wrong && [ $status -eq 0 ]
ok $? "a value that is wrong natively too means something else"
is_told() { echo "$1" >bad.h; run preaches-cc --config-for=s390x:bad.h main.c -o prog; [ $status -eq 1 ] && said 'bad.h:1:'; }
for_each is_told 'define X' '#define' '#define 1X 2' '#undef X Y' '#define X(a) a'
ok $? "a wrong line in such a file is refused with its place"
run preaches-cc --config-for=vax:same.h main.c -o p; s1=$status; run preaches-cc --config-for=s390x main.c -o p; s2=$status
run preaches-cc --config-for=x86_64:same.h main.c -o p; is "$s1$s2$status" 111 "wrong architectures are refused"

# Where headers cannot be replaced, it is refused rather than built wrong.
mkdir -p alone/bin alone/lib && cp "$root/build/bin/preaches-cc" alone/bin && ln -s "$root"/build/lib/* alone/lib && rm alone/lib/overlay.so
run alone/bin/preaches-cc main.c -o refused
[ $status -eq 1 ] && [ ! -e refused ] && said 'main.c.*Wpreaches-config\|config.h.*Wpreaches-config'
ok $? "without the means to do it, an error"
printf 'int main(void) { return 0; }\n\0' >nul.c; run preaches-cc nul.c -o nul; [ $status -eq 1 ] || [ "$(./nul; echo $?)" = 0 ]
ok $? "a NUL byte in the text is no trap"
