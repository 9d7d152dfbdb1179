#!/bin/bash
# Programs of csmith: `tests/fuzz/csmith.sh FROM TO [OPTIONS-OF-CSMITH...]`, one a seed. Each is built with
# gcc and with preaches-cc; what both print must agree, undisturbed and when the program is checkpointed
# at its first, a middle and its last poll and ends on another architecture. Not part of `make check`:
# csmith needs no fixed version, and a few hundred seeds take a long time.
#
# Unions, bit-fields and packed structs are not generated: they are refused (-Wpreaches-union, ...).
# Constants like 5UL make some programs compute other things where long has 4 bytes: those move between
# the architectures on which it has 8.
# Prints a line for each program that fails, the refusals by diagnostic, and the counts. Status 1 when
# any output was wrong or a program did not compile for another reason than a refusal of ours.
. tests/tap.sh
command -v csmith >/dev/null || skip_all "csmith is not installed (Debian: csmith libcsmith-dev)"
include=$(dirname "$(find /usr/include /usr/local/include -name csmith.h 2>/dev/null | head -n 1)")
[ -f "$include/csmith.h" ] || skip_all "csmith.h is not installed (Debian: libcsmith-dev)"
[ $# -ge 2 ] || { echo "usage: $0 FROM TO [OPTIONS...]" >&2; exit 2; }
from=$1 to=$2
shift 2
options="--no-unions --no-bitfields --no-packed-struct --no-builtins --no-argc --max-block-depth 3"
all_targets=(i686 s390x aarch64 m68k mips hppa x86_64)
passed=0 refused=0 failed=0 slow=0 still=0

fail() { # SEED WHAT
    echo "seed $1: $2"
    failed=$((failed + 1))
}

# Checkpoint at poll $2, end on $3. Status 1 when anything but the right output came.
moved() { # SEED POLL TARGET
    rm -rf spool
    timeout 60 preaches run --at-poll="$2" --stop --spool=spool ./p >begun 2>begun.err </dev/null
    timeout 120 preaches restart --arch="$3" spool >ended 2>ended.err </dev/null
    cat begun ended | cmp -s - wanted && return 0
    fail "$1" "poll $2 of $polls to $3: $(cat begun.err ended.err | tail -n 2 | tr '\n' ' ')"
    return 1
}

one() { # SEED OPTIONS...
    local seed=$1 i
    shift
    # shellcheck disable=SC2086
    timeout 30 csmith -s "$seed" $options "$@" >c.c 2>/dev/null || return
    gcc -O1 -w -fsigned-char -ffp-contract=off -I"$include" -o reference c.c 2>/dev/null || return
    if ! timeout 2 ./reference >wanted 2>/dev/null; then
        slow=$((slow + 1))
        return
    fi
    if ! timeout 600 preaches-cc --arch=default -O1 -w -I"$include" -o p c.c >cc.log 2>&1; then
        if grep -q 'error:.*\[-Wpreaches' cc.log; then
            refused=$((refused + 1))
            grep -o 'error:.*\[-Wpreaches.*' cc.log | head -n 1 >>refusals
        else
            fail "$seed" "$(grep -m 1 -E 'error|internal' cc.log || tail -n 1 cc.log)"
        fi
        return
    fi
    timeout 20 preaches run --count-polls ./p >undisturbed 2>count </dev/null
    timeout 20 preaches run --arch=i686 ./p >narrow 2>/dev/null </dev/null
    targets=("${all_targets[@]}")
    cmp -s narrow wanted || targets=(s390x aarch64 x86_64)
    polls=$(sed -n 's/.*: \([0-9]*\) polls$/\1/p' count)
    if ! cmp -s undisturbed wanted; then
        fail "$seed" "other output without a checkpoint: $(head -n 1 count)"
        return
    fi
    if [ "${polls:-0}" -eq 0 ]; then
        still=$((still + 1))
        return
    fi
    for i in 1 $((polls / 2 + 1)) "$polls"; do
        moved "$seed" "$i" "${targets[(i + seed) % ${#targets[@]}]}" || return
    done
    passed=$((passed + 1))
}

cd "$tmp" || exit 1
touch refusals
for ((seed = from; seed <= to; seed++)); do
    one "$seed" "$@"
done
sed 's/^error: //; s/^[^[]*\(\[.*\)/\1/' refusals | sort | uniq -c | sort -rn
echo "passed=$passed failed=$failed refused=$refused slow=$slow without-polls=$still"
[ "$failed" -eq 0 ]
