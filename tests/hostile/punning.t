#!/bin/bash
# Structs kept in memory that the tables know as something else: refused, never carried over wrongly.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 17
cd "$tmp" || exit 1
cat >get.c <<'END'
#include <stdio.h>
#include <stdlib.h>
struct n { struct n *next; int v; short s[6]; };
#ifdef HEADER
static void *get(size_t n) { size_t *p = malloc(n + sizeof *p); *p = n; return p + 1; }
#elif defined BYTES
static void *get(size_t n) { char *p = malloc(n + 16); p[0] = (char)n; return p + 16; }
#elif defined TAIL
static struct { struct pool *next; char data[4000]; } pool;
static size_t used;
static void *get(size_t n) { void *p = pool.data + used; used += (n + 15) / 16 * 16; return p; }
#elif defined CHUNK
struct chunk { struct chunk *next; size_t used; char data[]; };
static struct chunk *chunk;
static void *get(size_t n)
{
    if (!chunk)
        chunk = calloc(1, sizeof *chunk + 4000);
    chunk->used += (n + 15) / 16 * 16;
    return chunk->data + chunk->used - (n + 15) / 16 * 16;
}
#elif defined LOCAL
static char *room;
static void *get(size_t n) { room += (n + 15) / 16 * 16; return room - (n + 15) / 16 * 16; }
#else
static char pool[4000];
static size_t used;
static void *get(size_t n) { void *p = pool + used; used += (n + 15) / 16 * 16; return p; }
#endif
int main(void)
{
#ifdef LOCAL
    char pool[4000];
    room = pool;
#endif
    struct n *l = 0;
    for (int i = 0; i < 6; i++) {
        struct n *k = get(sizeof *k);
        *k = (struct n){ l, i, { (short)(i * 300) } };
        l = k;
    }
    for (; l; l = l->next)
        printf("%d %d\n", l->v, l->s[0]);
    return 0;
}
END
for memory in HEADER BYTES POOL TAIL CHUNK LOCAL; do
    run preaches-cc --arch=x86_64,s390x -w -D$memory -o get get.c
    run preaches run --at-poll=8 --spool="spool-$memory" ./get
    grep -q 'other values' err
    ok $? "$memory: no image is made, and it is said why"
    is "$(tail -n 1 out)" "0 0" "$memory: the program goes on"
done

run preaches-cc --arch=x86_64,s390x -w -o queue "$root/tests/hostile/refused/bytes_copied.c"
[ "$status" = 1 ] && grep -q 'preaches-bytes' err
ok $? "values kept as characters are refused where machines differ in them"
run preaches-cc --arch=x86_64,s390x -Wno-error=preaches-bytes -o queue "$root/tests/hostile/refused/bytes_copied.c"
[ "$status" = 0 ] && grep -q 'warning: .*preaches-bytes' err
ok $? "the author may vouch for it"

hint() { printf '%s\n' "$1" >hints; run preaches-cc --arch=x86_64,s390x --hints=hints -o queue "$root/tests/hostile/refused/bytes_copied.c"; }
hint 'bytes put'
[ "$status" = 0 ] && [ ! -s err ]
ok $? "a hint vouches for one function"
hint 'bytes puts'
[ "$status" = 1 ] && grep -q 'error: .*preaches-bytes' err
ok $? "and for no other one"
grep -q "hints:1:1: warning: .*'puts' .*did you mean 'put'" err
ok $? "a name that means nothing is told, with the nearest one"
