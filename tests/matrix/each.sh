# Every program of tests/matrix, JOBS at a time (default 2), into one table. Sourced by all.sh and chains.sh,
# which have a function one_program NAME DIR that prints the program's rows; their last column says ok or
# what was wrong. PREACHES_ARCHES narrows the architectures.
# shellcheck shell=bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${here%/tests/matrix}
# shellcheck disable=SC2034
arches=${PREACHES_ARCHES:-x86_64 i686 aarch64 s390x mips m68k hppa}
export PATH="$root/build/bin:$PATH" LC_ALL=C
# shellcheck source=tests/matrix/pair.sh
. "$here/pair.sh"

# The arguments of a script: OUT.csv [DIR]; DIR holds the programs as built (default build/matrix). WHAT
# names the whole in messages. 0 only if every row is ok.
each_main() { # WHAT HEADER ARGUMENT...
    local what=$1 header=$2
    shift 2
    if [ "${1-}" = --one ]; then
        one_program "$2" "$3"
    elif [ $# -ge 1 ] && [ $# -le 2 ]; then
        each_program "$what" "$header" "$1" "${2-build/matrix}"
    else
        echo "usage: $0 OUT.csv [DIR]" >&2
        return 2
    fi
}

# Runs this script with `--one NAME DIR` for each program; the rows go to OUT under HEADER.
each_program() { # WHAT HEADER OUT DIR
    local what=$1 header=$2 out=$3 built=$4 names parts n rows good name
    mkdir -p "$(dirname "$out")" || return 1
    names=$(cd "$here" && ls -d ./*.c ./units 2>/dev/null | sed 's|^\./||; s|\.c$||')
    [ -n "$names" ] || { echo "$what: no programs in $here" >&2; return 1; }
    parts=$(mktemp -d) || return 1
    n=$(wc -w <<<"$names")
    echo "$what: $n programs, $(wc -w <<<"$arches") architectures"
    # shellcheck disable=SC2016,SC2086
    printf '%s\n' $names | nl -w1 -s' ' | xargs -P "${JOBS:-2}" -L1 bash -c '
        "$0" --one "$6" "$3" >"$2/$6" && echo "$1: $5/$4 $6, $(grep -vc ",ok\$" "$2/$6") not ok"' \
        "$0" "$what" "$parts" "$built" "$n" || { rm -rf "$parts"; return 1; }
    {
        echo "$header"
        for name in $names; do cat "$parts/$name"; done
    } >"$out.new" && mv "$out.new" "$out"
    rm -rf "$parts"
    rows=$(($(wc -l <"$out") - 1))
    good=$(grep -c ',ok$' "$out")
    echo "$what: $good of $rows ok: $out"
    [ "$good" -eq "$rows" ]
}
