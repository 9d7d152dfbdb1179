#!/bin/bash
# Proves the layering: a folder includes only itself and what stands below it, and what is linked
# into users' programs knows only C, POSIX and xxHash.
#   tests/layers.sh [--includes] [ROOT]   prints each violation as FILE:LINE: text; exit 1 if any
# --includes leaves out what needs a compiler.
set -u
compile=yes
if [ "${1-}" = --includes ]; then
    compile=no
    shift
fi
root=${1:-$(dirname "$0")/..}
cd "$root" || exit 2

# folder | folders of the project it may include, besides itself | what it may include of the system
# "c": the C library's headers alone; "pure": those without I/O, and GLib; "glib": no C front end; "any".
# core/runtime/{control,gen}.h are names only, which is why the tools may read them.
rules='
core/include  |                                                                   | c
core/layout   |                                                                   | c
core/convert  | core/layout core/image                                            | c
core/image    | core/layout core/convert                                          | c
core/runtime  | core/layout core/image core/convert core/include                  | c
core/cc       | core/layout core/image core/convert core/runtime core/agent       | any
core/protocol | core/layout                                                       | pure
core/agent    | core/layout core/image core/convert core/runtime core/protocol    | glib
core/cmd      | core/layout core/image core/convert core/runtime core/protocol core/agent | glib
simnet        | core/layout core/image core/convert core/runtime core/protocol core/agent | glib
faultinject   | core/* simnet                                                     | glib
results       | core/* simnet faultinject                                         | glib
workloads     | core/include                                                      | c
'
c_headers=' assert.h complex.h ctype.h dirent.h endian.h errno.h fcntl.h fenv.h float.h inttypes.h
 limits.h link.h locale.h math.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h
 getopt.h libgen.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h sys/ioctl.h sys/mman.h sys/personality.h sys/resource.h sys/stat.h
 stdio_ext.h sys/prctl.h sys/socket.h sys/syscall.h sys/sysinfo.h sys/time.h sys/times.h sys/types.h sys/uio.h sys/un.h
 sys/wait.h time.h unwind.h
 unistd.h xxhash.h tmmintrin.h immintrin.h wchar.h wctype.h '
io_headers=' fcntl.h sys/mman.h sys/socket.h sys/stat.h sys/wait.h unistd.h stdio.h gio/gio.h
 glib/gstdio.h '
violations=0

report() {
    echo "$1"
    violations=$((violations + 1))
}
in_list() { # WORD LIST
    [[ " ${2//$'\n'/ } " == *" $1 "* ]]
}

# Where "name", included from a file of folder $2, stands: sets $target to the path from the root, or to
# nothing.
resolve() { # NAME FOLDER
    local path part
    for path in "$2/$1" "$1"; do
        [ -f "$path" ] || continue
        target=
        while IFS= read -r -d / part; do
            case $part in
            '' | .) ;;
            ..) if [[ $target == */* ]]; then target=${target%/*}; else target=; fi ;;
            *) target=${target:+$target/}$part ;;
            esac
        done <<<"$path/"
        return
    done
    target=
}

check_project() { # WHERE FOLDER ALLOWED TARGET
    local pattern
    local into=${4%/*}
    [ "$into" = "$2" ] && return
    set -f
    for pattern in $3; do
        # shellcheck disable=SC2254
        case $into in $pattern) set +f; return ;; esac
    done
    set +f
    report "$1: $2 may not include $4"
}
check_system() { # WHERE FOLDER KIND NAME
    case $3 in
    c)    in_list "$4" "$c_headers" || report "$1: $2 is C and the C library alone, it may not include <$4>" ;;
    pure) in_list "$4" "$io_headers" && report "$1: $2 does no I/O, it may not include <$4>" ;;
    glib) case $4 in clang-c/*) report "$1: only core/cc may include <$4>" ;; esac ;;
    esac
}

check_folder() { # FOLDER ALLOWED KIND
    local folder=$1 allowed=$2 kind=$3 file line text name target
    while IFS=: read -r file line text; do
        [[ $text =~ [\"\<]([^\"\>]*)[\"\>] ]] || continue
        name=${BASH_REMATCH[1]}
        resolve "$name" "${file%/*}"
        if [ -n "$target" ]; then
            check_project "$file:$line" "$folder" "$allowed" "$target"
        elif [[ $text == *\"* && $name != xxhash.h ]]; then
            report "$file:$line: no such file in the project: $name"
        else
            check_system "$file:$line" "$folder" "$kind" "$name"
        fi
    done < <(grep -HnE '^[[:space:]]*#[[:space:]]*include' "$folder"/*.[ch] 2>/dev/null)
}

# A folder with sources that no rule names would be checked by nobody.
check_rules_complete() {
    local folder
    for folder in core core/* simnet faultinject results workloads; do
        compgen -G "$folder/*.[ch]" >/dev/null || continue
        grep -qE "^$folder +\|" <<<"$rules" || report "$folder: no rule in tests/layers.sh"
    done
}

# File names are unique over the tree, so that a name in a report or a comment is enough.
check_names_unique() {
    local name written=(core simnet faultinject results -path results/out -prune -o)
    for name in $(find "${written[@]}" -name '*.[ch]' -printf '%f\n' | sort | uniq -d); do
        report "$(find "${written[@]}" -name "$name" -print | sort | paste -sd' '): same file name"
    done
}

# What the linker sees must agree with what the sources say.
check_archives() {
    local archive bad
    for archive in build/lib/*/libpreaches.a; do
        [ -f "$archive" ] || continue
        bad=$(nm -u "$archive" 2>/dev/null | awk '$2 ~ /^(g_|clang_|elf_|gelf_|ZSTD_|LZ4_|csv_)/ {print $2}' |
            sort -u | paste -sd' ')
        [ -z "$bad" ] || report "$archive: refers to $bad"
    done
}

# Whoever includes a header need not know what it needs.
check_headers_alone() {
    local header flags
    flags=$(pkg-config --cflags glib-2.0 gio-2.0 2>/dev/null) || return 0
    for header in core/*/*.h simnet/*.h faultinject/*.h results/*.h workloads/*.h; do
        [ -f "$header" ] || continue
        # shellcheck disable=SC2086
        ${CC:-gcc} -std=gnu11 -fsyntax-only -x c -I. -I/usr/lib/llvm-19/include $flags "$header" \
            2>/dev/null || report "$header: does not compile alone"
    done
}

while IFS='|' read -r folder allowed kind; do
    [ -n "$folder" ] && check_folder ${folder} "$allowed" ${kind}
done <<<"$rules"
check_rules_complete
check_names_unique
check_archives
[ "$compile" = no ] || check_headers_alone
if [ "$violations" -gt 0 ]; then
    echo "layers: $violations violations"
    exit 1
fi
echo "layers: every folder uses only what stands below it"
