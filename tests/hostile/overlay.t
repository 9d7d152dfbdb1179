#!/bin/bash
# Hints 'overlay' say what a block of bytes holds. What cannot be meant is refused at the checkpoint, with the type; and
# what the same bytes meant in the epoch before does not count, also where nothing was written in between.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 9
cd "$tmp" || exit 1
cat >overlay.c <<'C'
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
enum { N = 40000 };
PREACHES_HINT("raw block");
PREACHES_HINT("overlay words w");
PREACHES_HINT("overlay counted h[n] w");
PREACHES_HINT("overlay both w h");
PREACHES_HINT("overlay into h[n] w v");
static unsigned *block(void)
{
    unsigned *w = malloc(N * sizeof *w);
    for (int i = 0; w && i < N; i++)
        w[i] = i * 2654435761u;
    return w;
}
static unsigned words(unsigned *w) { preaches_poll_here(); return w[1] + w[N - 1]; }
static unsigned counted(unsigned short *h, int n, unsigned *w) { preaches_poll_here(); return w[N / 2] + n + *h; }
static unsigned both(unsigned *w, unsigned short *h) { preaches_poll_here(); return *w + *h; }
static unsigned into(unsigned short *h, long n, unsigned *w, unsigned *v) { preaches_poll_here(); return n + *h + *w + *v; }
int main(int argc, char **argv)
{
    unsigned *w = block();
    unsigned short *h = (unsigned short *)w;
    switch (argc > 1 ? *argv[1] : 0) {
    case 'n': printf("%u\n", counted(h, 2 * N + 1, w)); break;
    case 'm': printf("%u\n", counted(h, -1, w)); break;
    case 'b': printf("%u\n", both(w, h)); break;
    case 'i': printf("%u\n", into(h, 9, w, w + 4)); break;
    default:
        preaches_poll_here(); /* nobody says what it holds: bytes, from which no run goes on here */
        printf("%u\n", words(w));
        printf("%u\n", words(w));
    }
    return 0;
}
C
preaches-cc --arch=x86_64,s390x,i686 --polls=explicit -O2 -o overlay overlay.c 2>cc.err
is $? 0 "it is built" || note "$(cat cc.err)"
refuses() { # LETTER MESSAGE
    rm -rf spool
    preaches run --at-poll=1 --stop --spool=spool ./overlay "$1" >out 2>err
    grep -q "$2" err && [ ! -e spool/epoch-000001/s390x.class.img ]
    ok $? "refused: $2" || note "$(cat err)"
}
refuses n 'overlay has more elements than its block has room for'
refuses m 'overlay has more elements than its block has room for'
refuses b 'two overlays of a block begin at the same place'
refuses i 'overlay runs into another one'
./overlay >want
preaches run --sync --every=1 --keep=9 --spool=whole ./overlay >out 2>err
preaches run --sync --every=1 --keep=9 --track=hash --spool=changes ./overlay >out 2>>err
for folder in whole changes; do
    for epoch in 2 3; do
        preaches restart --arch=s390x $folder/epoch-00000$epoch/s390x.img >ended 2>>err
        tail -n $((4 - epoch)) want | cmp -s - ended
        ok $? "$folder: epoch $epoch goes on, on s390x" || note "$(cat err)"
    done
done
