#!/bin/bash
# The object cache: a second build compiles nothing; what is damaged, foreign or too much is not used.
. tests/tap.sh
need_built bin/preaches-cc
plan 11
export PREACHES_ARCH=s390x
cache=$tmp/cache
export PREACHES_CACHE=$cache
cd "$tmp" || exit 1
cat >main.c <<'E'
#include <stdio.h>
#include "part.h"
int main(void) { struct part p = {1, 2.5}; int i; for (i = 0; i < 5; i++) step(&p); printf("%ld %.2f\n", p.n, p.d); return 0; }
E
cat >part.c <<'E'
#include "part.h"
void step(struct part *p) { int i; for (i = 0; i < 3; i++) p->n += i; p->d *= 1.5; }
E
cat >part.h <<'E'
struct part { long n; double d; };
void step(struct part *p);
E
build() { run preaches-cc -O2 main.c part.c -o "$1"; }
entries() { find "$cache" -name '*.o' | sort; }
# All of the entries are of the age 2001 until something uses them.
age() { find "$cache" -name '*.o' -exec touch -d 2001-01-01 {} +; }
used() { find "$cache" -name '*.o' -newermt 2002-01-01 | wc -l; }

build one
before=$(entries)
[ $status -eq 0 ] && [ "$(./one)" = '16 18.98' ] && [ "$(wc -l <<<"$before")" -ge 8 ]
ok $? "a first build keeps its objects"
age
build two
[ $status -eq 0 ] && [ "$(entries)" = "$before" ] && [ "$(used)" -eq "$(wc -l <<<"$before")" ] &&
    cmp one two && cmp one.preaches/s390x two.preaches/s390x
ok $? "a second one takes all of them and adds none: same programs"
sed -i 's/p->n += i/p->n += 2 * i/' part.c
build three
[ $status -eq 0 ] && [ "$(./three)" = '31 18.98' ] && [ "$(entries | wc -l)" -le $(($(wc -l <<<"$before") + 4)) ]
ok $? "a changed unit is compiled again, the others are not"
sed -i 's/long n;/long long pad; long n;/' part.h
build four
[ $status -eq 0 ] && [ "$(./four)" = '32 0.00' ]
ok $? "a changed header reaches all"
sed -i 's/long long pad; //' part.h

# Every way in which an entry can be wrong: cut, emptied, a byte flipped, another one's bytes.
i=0 other=$(entries | tail -n 1)
cp "$other" kept
while read -r entry; do
    case $((i++ % 4)) in
    0) truncate -s $(($(stat -c %s "$entry") - 1)) "$entry" ;;
    1) : >"$entry" ;;
    2) printf '\377' | dd of="$entry" bs=1 seek=$((200 + i)) conv=notrunc status=none ;;
    3) cp kept "$entry" ;;
    esac
done < <(entries)
build five
[ $status -eq 0 ] && [ "$(./five)" = '31 18.98' ] && cmp three five && cmp three.preaches/s390x five.preaches/s390x
ok $? "damaged entries are not used"
build six && cmp three six
ok $? "they have been replaced"

rm -rf "$cache"
for i in 1 2 3 4; do preaches-cc -O2 main.c part.c -o "par$i" 2>"par$i.err" & done
wait
cmp three par1 && cmp par1 par2 && cmp par2 par3 && cmp par3 par4 && ! find "$cache" -type f ! -name '*.o' | grep -q .
ok $? "four builds at once share the cache"
rm -rf "$cache"
run env PREACHES_CACHE=off preaches-cc main.c part.c -o off && [ $status -eq 0 ] && [ ! -e "$cache" ] && [ ! -e off-cache ]
ok $? "PREACHES_CACHE=off keeps nothing"
for i in $(seq 8); do
    { cat part.c; echo "const char big$i[300000] = {$i};"; } >big.c
    run env PREACHES_CACHE_SIZE=4 preaches-cc --arch=x86_64 main.c big.c -o big || break
done
[ $status -eq 0 ] && [ "$(du -sk "$cache" | cut -f1)" -le 4300 ]
ok $? "the cache stays within its bound"
mkdir -m 777 open && chmod 777 open
run env PREACHES_CACHE="$tmp/open" preaches-cc main.c part.c -o open1
[ $status -eq 0 ] && grep -q 'Wpreaches-cache' err && [ -z "$(ls open)" ]
ok $? "a folder that others can write to is not used, with a warning"
run env HOME="$tmp/home dir" XDG_CACHE_HOME= PREACHES_CACHE= preaches-cc main.c part.c -o home
[ $status -eq 0 ] && [ -n "$(find "$tmp/home dir/.cache/preaches" -name '*.o')" ]
ok $? "by default it is in ~/.cache"
