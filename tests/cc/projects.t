#!/bin/bash
# Packages as their users build them: configure, automake and libtool; cmake; what meson asks. Written for this test. The
# programs built go from one machine to another.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 12
export PREACHES_ARCH=s390x,i686

sources() { # FOLDER
    mkdir -p "$1"
    cat >"$1/sum.h" <<'E'
unsigned long sum(const unsigned *words, int n);
E
    # Words are read byte by byte, in the order that config.h says the machine has.
    cat >"$1/sum.c" <<'E'
#include "config.h"
#include "sum.h"
#ifdef WORDS_BIGENDIAN
#define WORD(b) ((unsigned)(b)[0] << 24 | (unsigned)(b)[1] << 16 | (unsigned)(b)[2] << 8 | (b)[3])
#else
#define WORD(b) ((unsigned)(b)[3] << 24 | (unsigned)(b)[2] << 16 | (unsigned)(b)[1] << 8 | (b)[0])
#endif
unsigned long sum(const unsigned *words, int n)
{
    unsigned long s = 0;
    int i;
    for (i = 0; i < n; i++)
        s = (s * 31 + WORD((const unsigned char *)&words[i])) & 0xffffff;
    return s;
}
E
    # Built and run by the build itself.
    cat >"$1/gentable.c" <<'E'
#include <stdio.h>
int main(void)
{
    int i;
    printf("static const unsigned table[8] = {");
    for (i = 0; i < 8; i++)
        printf("%d, ", i * i + 1);
    puts("};");
    return 0;
}
E
    cat >"$1/demo.c" <<'E'
#include "config.h"
#include "sum.h"
#include "table.h"
#include <stdio.h>
#ifdef HAVE_FORK
#error "fork cannot be carried over"
#endif
int main(void)
{
    unsigned long s = 0;
    int i;
    for (i = 0; i < 60; i++) {
        s += sum(table, 8) + (unsigned)i;
        if (i % 10 == 0)
            printf("%lu %d\n", s, SIZEOF_LONG == (int)sizeof(long));
    }
    return 0;
}
E
}
# From x86_64 to s390x to i686; what they print together is what an undisturbed run prints.
moves() { # PROGRAM
    "$1" >whole && preaches run --at-poll=20 --stop --spool=spool "$1" >one 2>>"$tmp/err" &&
        preaches restart --arch=s390x --at-poll=20 --stop spool >two 2>>"$tmp/err" &&
        preaches restart --arch=i686 spool >three 2>>"$tmp/err" && cat one two three | cmp - whole && [ -s two ] && grep -q ' 1$' whole
}

# ---- autoconf, automake, libtool ----
sources "$tmp/auto src" && cd "$tmp/auto src" || exit 1
mkdir "$tmp/auto" && cp ./* "$tmp/auto" && cd "$tmp/auto" || exit 1 # autotools themselves refuse spaces
cat >configure.ac <<'E'
AC_INIT([demo], [1.0])
AM_INIT_AUTOMAKE([foreign])
AC_CONFIG_HEADERS([config.h])
AC_PROG_CC
LT_INIT
AC_C_BIGENDIAN
AC_CHECK_SIZEOF([long])
AC_CHECK_FUNCS([strdup fork])
AC_CHECK_LIB([zstd], [ZSTD_versionNumber])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
E
cat >Makefile.am <<'E'
lib_LTLIBRARIES = libsum.la
libsum_la_SOURCES = sum.c sum.h
bin_PROGRAMS = demo
demo_SOURCES = demo.c
nodist_demo_SOURCES = table.h
demo_LDADD = libsum.la
noinst_PROGRAMS = gentable
gentable_SOURCES = gentable.c
BUILT_SOURCES = table.h
table.h: gentable$(EXEEXT)
	./gentable > $@
E
run autoreconf -i && mkdir build && cd build || exit 1
run ../configure CC=preaches-cc CFLAGS='-O2 -g'
ok $status "configure answers"
grep -q 'define SIZEOF_LONG 8' config.h && grep -q 'undef HAVE_FORK' config.h && grep -q 'define HAVE_STRDUP 1' config.h
ok $? "config.h: the native sizes; functions that cannot be carried over are off"
grep -q 'undef HAVE_LIBZSTD' config.h
ok $? "a library that other architectures lack is off"
run make
ok $status "make: a generator run by the build, a libtool library, dependencies"
moves .libs/demo
ok $? "the program, which takes in its shared library, moves"
run make install DESTDIR="$tmp/dest" # libtool takes no spaces
installed="$tmp/dest/usr/local/bin/demo"
run preaches run --spool="$tmp/alone" --at-poll=3 "$installed"
grep -q "demo.preaches lacks the executable of.* s390x.*: no images" "$tmp/err" && cp -a .libs/demo.preaches "$installed.preaches" &&
    run preaches run --spool="$tmp/along" --at-poll=3 "$installed" && ! grep -q lacks "$tmp/err"
ok $? "make install: the folder of siblings is asked for"
cd "$tmp/auto" && mkdir static && cd static && run ../configure CC=preaches-cc --disable-shared && run make && moves ./demo
ok $? "--disable-shared"

# ---- cmake ----
sources "$tmp/cmake src" && cd "$tmp/cmake src" || exit 1
cat >config.h.in <<'E'
#cmakedefine SIZEOF_LONG ${SIZEOF_LONG}
#cmakedefine WORDS_BIGENDIAN 1
#cmakedefine HAVE_FORK 1
#cmakedefine HAVE_STRDUP 1
E
cat >CMakeLists.txt <<'E'
cmake_minimum_required(VERSION 3.13)
project(demo C)
include(CheckTypeSize)
include(CheckFunctionExists)
include(TestBigEndian)
check_type_size(long SIZEOF_LONG)
test_big_endian(WORDS_BIGENDIAN)
check_function_exists(fork HAVE_FORK)
check_function_exists(strdup HAVE_STRDUP)
configure_file(config.h.in config.h)
include_directories(${CMAKE_BINARY_DIR})
add_executable(gentable gentable.c)
add_custom_command(OUTPUT table.h COMMAND gentable > table.h DEPENDS gentable)
add_library(sum STATIC sum.c)
add_library(sumso SHARED sum.c)
add_executable(demo demo.c table.h)
target_link_libraries(demo sum m)
add_executable(demoso demo.c table.h)
target_link_libraries(demoso sumso)
E
run cmake -B "../cmake build" -DCMAKE_C_COMPILER="$(command -v preaches-cc)" -DCMAKE_BUILD_TYPE=Release
ok $status "cmake configures, in folders with spaces"
cd "$tmp/cmake build" && grep -q 'SIZEOF_LONG 8' config.h && grep -q 'undef HAVE_FORK' config.h && grep -q 'define HAVE_STRDUP 1' config.h
ok $? "config.h likewise"
run make
[ $status -eq 0 ] && moves ./demo
ok $? "make; a static library of the project's own"
rm -rf spool && moves ./demoso
ok $? "a shared one"

# ---- meson: has_function() tries to link, and then asks whether gcc knows a function of that name itself ----
mkdir -p "$tmp/meson/meson-private/tmp1" && cd "$tmp/meson/meson-private/tmp1" || exit 1
knows() { # FUNCTION: meson's answer
    printf '#if !__has_builtin(__builtin_%s)\n#error "not found"\n#endif\nint main(void) { return 0; }\n' "$1" >testfile.c
    preaches-cc testfile.c -o output.exe >"$tmp/out" 2>"$tmp/err"
}
knows strdup && ! knows fork && ! knows execvp
ok $? "meson: what cannot be carried over is off, as under configure"
