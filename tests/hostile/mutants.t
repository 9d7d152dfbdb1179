#!/bin/bash
# Spoiled sources: preaches-cc says what is wrong, or builds it; it does not crash, hang or fall silent.
# PREACHES_MUTANTS=1000 makes the whole corpus (a few minutes); PREACHES_SEED another one.
. tests/tap.sh
need_built bin/preaches-cc
plan 4
count=${PREACHES_MUTANTS:-60}
export PREACHES_ARCH=x86_64 PREACHES_CACHE=off
mkdir "$tmp/m" "$tmp/keep"
"$root/tests/hostile/mutate.pl" "${PREACHES_SEED:-1998}" "$count" "$tmp/m" tests/matrix/*.c tests/hostile/refused/*.c
cd "$tmp/m" || exit 1
# Status and messages of each; a program that was built is not run.
printf '%s\n' m*.c | xargs -P "${JOBS:-2}" -I{} bash -c \
    'timeout -s KILL 60 preaches-cc -I"$0/core/include" -O0 -w -o {}.out {} -lm >{}.err 2>&1; echo $? >{}.status; rm -rf {}.out {}.out.preaches' "$root"
tell() { while read -r file; do note "$file: $(tail -n 2 "${file%.status}.err" 2>/dev/null | cut -c1-200)"; cp "${file%.status}" "${TMPDIR:-/tmp}/" 2>/dev/null; done; }

made=$(ls m*.status | wc -l)
built=$(grep -lx 0 m*.status | wc -l)
gcc_says=$(grep -lE ': (fatal )?error: ' m*.err | wc -l)
note "$made sources: $built built, $((made - built)) refused"
[ "$made" -eq "$count" ] && [ "$built" -gt 0 ] && [ "$gcc_says" -gt 0 ]
ok $? "all $count were tried; some can be built, some cannot"
wrong=$(grep -Lx -e 0 -e 1 m*.status)
[ -z "$wrong" ]
ok $? "status 0 or 1 within a minute" || tell <<<"$wrong"
silent=$(grep -lx 1 m*.status | while read -r s; do grep -q 'error' "${s%.status}.err" || grep -q 'undefined reference' "${s%.status}.err" || echo "$s"; done)
[ -z "$silent" ]
ok $? "no refusal without an error message" || tell <<<"$silent"
broken=$(grep -lE 'internal error|CRITICAL|WARNING \*\*|assertion|does not compile for' m*.err | sed 's/err$/status/')
[ -z "$broken" ]
ok $? "no internal error, no generated text that does not compile" || tell <<<"$broken"
