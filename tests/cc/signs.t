#!/bin/bash
# C says only the sign of what strcmp and its like return. Where only the sign is used, the compiler's builtin stays;
# where the number is, all machines get the same one, which is that of x86_64.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 5
export PREACHES_ARCH=i686
cd "$tmp" && mkdir kept || exit 1
cat >a.c <<'E2'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
static const char *const words[] = {"a", "c", "b"};
static int sorted(const void *a, const void *b) { return -strcmp(*(const char *const *)a, *(const char *const *)b); }
static int asked(const char *a, const char *b) { int order; return (order = strncmp(a, b, 2)) ? order : strcasecmp(a, b); }
static int told(const char *a, const char *b) { return memcmp(a, b, 1); }
int (*const way)(const char *, const char *) = strncasecmp == 0 ? told : strcmp;
int main(int argc, char **argv)
{
    const char *list[3];
    int first = strcmp(words[0], argv[0]), copied = strcoll(words[1], words[2]), kept = copied;
    memcpy(list, words, sizeof list);
    qsort(list, 3, sizeof *list, sorted);
    for (int i = 0; i < 3; i++)
        if (!strcmp(list[0], list[i]) || (first < 0 && asked(list[1], list[2]) > 0))
            printf("%d %d %d\n", told(list[0], list[2]), (__builtin_strcmp)(list[2], list[1]), way(list[0], "\xe4"));
    printf("%d\n", strcmp("x", "a"));
    return kept;
}
E2
TMPDIR=$tmp/kept run preaches-cc -w --keep-temps -O2 a.c -o a
grep -v '^extern\|^int preaches' kept/*/i686/0/a.c >text
is "$(grep -oE '(return -|= |!|: )[a-z_]*cmp\(' text | sort -u | tr '\n' ' ')" \
    '!strcmp( : strcasecmp( = strcmp( = strncmp( return -strcmp( ' "where only the sign counts: the builtin"
is "$(grep -oE 'preaches_[a-z]*(cmp|coll)\(' text | sort -u | tr '\n' ' ')" \
    'preaches_memcmp( preaches_strcmp( preaches_strcoll( ' "where the number does: one for all machines"
grep -q ': preaches_strcmp;' text
ok $? "by address: the same"
gcc -O2 -w a.c -o plain
./plain >want
wanted=$?
run ./a
cmp -s out want && [ $status -eq $wanted ]
ok $? "on x86_64 as with gcc"
run preaches run --arch=i686 --spool=spool ./a
cmp -s out want && [ $status -eq $wanted ]
ok $? "and on i686"
