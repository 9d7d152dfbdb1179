#!/bin/bash
# Runs all tests under prove; `make check` calls it when everything is built.
#   tests/run.sh [FILE...]     the files given, else all: unit programs and *.t
# JOBS=N sets how many at a time (default 2).
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
export PATH="$root/build/bin:$PATH" LC_ALL=C PREACHES_CACHE="${PREACHES_CACHE-$root/build/cache}"

files=("$@")
if [ ${#files[@]} -eq 0 ]; then
    for source in tests/unit/test_*.c; do
        files+=("build/tests/unit/$(basename "$source" .c)")
    done
    # Long ones first, so that none is left running alone at the end.
    files+=(tests/fuzz/*.t tests/matrix/*.t tests/e2e/*.t tests/hostile/*.t tests/*/[!.]*.t)
fi

# A test that is listed but was not built is a failure, not a test less.
missing=0
tests=()
seen=' '
for file in "${files[@]}"; do
    case $file in *'*'*) continue ;; esac
    case $seen in *" $file "*) continue ;; esac
    seen="$seen$file "
    if [ ! -x "$file" ]; then
        echo "run: $file is missing or cannot be executed" >&2
        missing=1
    fi
    tests+=("$file")
done
[ "$missing" -eq 0 ] || exit 1
[ ${#tests[@]} -gt 0 ] || { echo "run: no tests" >&2; exit 1; }

# prove hands `:: --tap` to all; the shell tests take no notice of it. Comments are shown, since they
# say why a test failed; those of GLib that say nothing are not. Skips are counted above the
# summary, since a test that was not made is not a test that passed.
prove --exec tests/exec.sh -j"${JOBS:-2}" --timer --directives --failures --comments --merge "${tests[@]}" :: --tap 2>&1 |
    awk '/^# (Start of|End of|random seed)/ { next }
         tolower($0) ~ /^ok .*# *skip|skipped: / { skips++ }
         /^Result:/ { printf "Skips=%d\n", skips }
         { print; fflush() }'
exit "${PIPESTATUS[0]}"
