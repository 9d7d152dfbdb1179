#!/bin/bash
# One program of workloads/real: fetched, built twice by its own makefile, moved from machine to machine.
#   tests/real/program.sh NAME chain    leaves build/real/NAME/row: version,arches,epochs,hints,result
#   tests/real/program.sh NAME cost     leaves build/real/NAME/cost: median of user times, ours to plain gcc
# Environment: ARCHES (default: the seven), STOPS=20 checkpoints a work, PAIRS=5 of runs, SIZE=full|quick,
# SEED=1998, DEFINITIONS=workloads/real, KEEP=1 uses what was built before. build/real/NAME/log tells every step.
#
# A chain begins natively, is stopped at a random poll, goes on on a foreign machine for a few polls more, is
# stopped there, goes on natively to the next random poll, and so forth; the end runs natively. What the parts
# print must be, one after the other, what the plain build prints, and the files must be the same.
set -u
cd "$(dirname "$0")/../.." || exit 2
root=$PWD
export PATH="$root/build/bin:$PATH" LC_ALL=C
unset PREACHES_SPOOL PREACHES_AT_POLL PREACHES_EVERY PREACHES_STOP PREACHES_RESTORE PREACHES_CTL

name=${1-} mode=${2-}
scripts=${DEFINITIONS:-$root/workloads/real}
definition=$scripts/$name.sh
case $mode in chain | cost) ;; *) name= ;; esac
if [ -z "$name" ] || [ ! -r "$definition" ]; then
    echo "usage: tests/real/program.sh NAME chain|cost; NAME one of:" \
        "$(cd "$scripts" && echo *.sh | sed 's/\.sh//g')" >&2
    exit 2
fi
arches=${ARCHES:-x86_64 i686 aarch64 s390x mips m68k hppa}
stops=${STOPS:-20} pairs=${PAIRS:-5} size=${SIZE:-full} seed=${SEED:-1998}
home=$root/build/real/$name
limit='timeout -k 10 3600'
epochs=0 hints=0 version= visited=
mkdir -p "$home"
log=$home/log
[ "$mode" = cost ] || : >"$log"

# ---- what a definition may use ----
by_size() { if [ "$size" = full ]; then echo "$1"; else echo "$2"; fi; } # FULL QUICK
corpus() { "$root/tests/real/corpus.pl" "$1" "$seed"; }
sat() { "$root/tests/real/sat.pl" "$@"; }
plain() { "$home/plain/$program" "$@"; }

package=$name tree= program=$name why= works=()
build() { make; }
prepare() { :; }
# shellcheck source=/dev/null
. "$definition"

# ---- the row ----
finish() { # RESULT
    local list=${visited# }
    printf '%s,%s,%s,%s,%s,"%s"\n' "$name" "$version" "$list" "$epochs" "$hints" \
        "$(tr -d '\r\n' <<<"$1" | sed 's/"/""/g' | cut -c1-300)" >"$home/row"
    echo "result: $1" >>"$log"
    echo "real: $name $version: $1 (${list:-nowhere}; $epochs epochs)"
    exit 0
}
say() { echo "$*" >>"$log"; }

# ---- builds ----
build_in() { # plain|ours CC: a copy of the tree, built by the package's own build
    rm -rf "${home:?}/$1"
    cp -a "$tree" "$home/$1" || return 1
    (cd "$home/$1" && CC=$2 && export CC && $limit bash -ec "$(declare -f build); build") >"$home/$1.log" 2>&1
    local code=$?
    say "built $1 with $2: status $code"
    [ $code -eq 0 ] && [ -x "$home/$1/$program" ]
}
# The first thing that preaches-cc refused; if it refused nothing, what the build failed with.
build_failure() {
    local line
    line=$(grep -E -m1 'error: (.*\[-Wpreaches|option .* is refused)' "$home/ours.log" |
        sed "s#$home/ours/##")
    [ -z "$line" ] || { echo "refused: $line"; return; }
    line=$(grep -E -m1 '(preaches-cc|error):' "$home/ours.log")
    echo "failed: the build: ${line:-$(tail -n 1 "$home/ours.log")}"
}
build_both() {
    if [ -n "${KEEP-}" ] && [ -x "$home/plain/$program" ] && [ -x "$home/ours/$program" ]; then
        return
    fi
    build_in plain gcc || finish "failed: the plain build: $(tail -n 1 "$home/plain.log")"
    [ "$hints" -eq 0 ] || export PREACHES_HINTS=$scripts/$name.hints
    PREACHES_ARCH=${arches// /,} build_in ours "preaches-cc${PREACHES_REAL_OPTIONS:+ $PREACHES_REAL_OPTIONS}" ||
        finish "$(build_failure)"
}

# ---- works ----
fresh() { # FOLDER: the prepared files, anew
    rm -rf "${home:?}/$1"
    cp -a "$home/input" "$home/$1"
}
make_input() {
    rm -rf "$home/input"
    mkdir "$home/input"
    (cd "$home/input" && set -e && prepare) >>"$log" 2>&1 || finish "failed: its input could not be made"
}
# The plain build's output, files and status are what is wanted.
make_wanted() { # ARGS...
    fresh wanted.run
    (cd "$home/wanted.run" && $limit "$home/plain/$program" "$@") >"$home/wanted" 2>"$home/wanted.err" </dev/null
    wanted_status=$?
    [ $wanted_status -lt 124 ] || finish "failed: the plain build ends with $wanted_status: $(tail -n 1 "$home/wanted.err")"
}

# ---- chains ----
draw_state=$((seed * 2654435761 % 2147483647 + 1))
draw() { # LOW HIGH: sets $drawn
    draw_state=$((draw_state * 48271 % 2147483647))
    drawn=$(($1 + draw_state % ($2 - $1 + 1)))
}
newest_epoch() { find "$home/spool" -name commit | sort | tail -n 1 | xargs -r dirname; }
visit() { case " $visited " in *" $1 "*) ;; *) visited="$visited $1" ;; esac; }

# The next of a ring of architectures for which the newest epoch has an image; sets $chosen.
choose() { # native|foreign
    local -n ring=$1
    local i epoch
    epoch=$(newest_epoch)
    for ((i = 0; i < ${#ring[@]}; i++)); do
        chosen=${ring[0]}
        ring=("${ring[@]:1}" "$chosen")
        [ -e "$epoch/$chosen.img" ] && return 0
        say "no image for $chosen in $(basename "$epoch")"
    done
    return 1
}
# One leg: output appended to $home/got. STOP is a number of polls, or empty for the rest of the run.
leg() { # ARCH STOP COMMAND...
    local arch=$1 stop=$2 code start=$SECONDS
    shift 2
    (cd "$home/run" && $limit preaches "$@" ${stop:+--at-poll="$stop" --stop} --keep=2 "${leg_tail[@]}") \
        >>"$home/got" 2>"$home/leg.err" </dev/null
    code=$?
    say "$arch: $1${stop:+ to poll $stop}: status $code, $((SECONDS - start)) s"
    sed 's/^/    /' "$home/leg.err" | head -n 8 >>"$log"
    visit "$arch"
    return $code
}
leg_failed() { # STATUS ARCH: tells a refused checkpoint from a program gone wrong
    local line
    line=$(grep -E -m1 'cannot|does not fit|refused|not tracked|failed' "$home/leg.err" ||
        tail -n 1 "$home/leg.err")
    if grep -qE 'checkpoint [0-9]+ failed|no class|refuses' "$home/leg.err"; then
        finish "refused: $line"
    fi
    finish "WRONG: $2 ended with status $1: $line"
}
# Where the native legs stop: sorted random polls of the run, and how far foreign legs go.
plan_stops() { # POLLS
    local i reach=$(($1 - $1 / 20))
    for ((i = 0; i < (stops + 1) / 2; i++)); do
        draw 1 "$reach"
        echo "$drawn"
    done | sort -n
}
run_chain() { # POLLS ARGS...
    local polls=$1 at=0 short next arch done_stops=0 positions
    shift
    short=$((polls / 400 + 1))
    mapfile -t positions < <(plan_stops "$polls")
    fresh run
    rm -rf "$home/spool"
    : >"$home/got"
    for next in "${positions[@]}"; do
        next=$((next > at ? next - at : 1))
        if [ $done_stops -eq 0 ]; then
            leg_tail=("$home/ours/$program" "$@")
            leg x86_64 "$next" run --spool="$home/spool" || leg_failed $? x86_64
        else
            choose native || finish "refused: no native image at the epoch: $(tail -n 1 "$home/leg.err")"
            arch=$chosen leg_tail=("$home/spool")
            leg "$arch" "$next" restart --arch="$arch" || leg_failed $? "$arch"
        fi
        at=$((at + next)) done_stops=$((done_stops + 1)) epochs=$((epochs + 1))
        [ $done_stops -lt "$stops" ] || break
        [ ${#foreign[@]} -gt 0 ] && choose foreign || continue
        draw 1 "$short"
        arch=$chosen leg_tail=("$home/spool")
        leg "$arch" "$drawn" restart --arch="$arch" || leg_failed $? "$arch"
        at=$((at + drawn)) done_stops=$((done_stops + 1)) epochs=$((epochs + 1))
        [ $done_stops -lt "$stops" ] || break
    done
    choose native || finish "refused: no native image at the last epoch"
    leg_tail=("$home/spool")
    leg "$chosen" '' restart --arch="$chosen"
    local code=$?
    [ $code -eq "$wanted_status" ] || leg_failed $code "$chosen"
    cmp -s "$home/got" "$home/wanted" || finish "WRONG: other output for: $program $*"
    diff -r "$home/run" "$home/wanted.run" >>"$log" 2>&1 || finish "WRONG: other files for: $program $*"
}
chain_all() {
    local polls arch
    native=() foreign=()
    for arch in $arches; do
        case $arch in x86_64 | i686) native+=("$arch") ;; *) foreign+=("$arch") ;; esac
    done
    for work in "${works[@]}"; do
        eval "set -- $work"
        make_wanted "$@"
        fresh run
        polls=$(cd "$home/run" && $limit preaches run --count-polls "$home/ours/$program" "$@" 2>&1 >"$home/got" \
            </dev/null | sed -n 's/.*: \([0-9]*\) polls$/\1/p')
        say "work: $program $*: ${polls:-no} polls"
        [ "${polls:-0}" -gt 0 ] || finish "failed: $program $* passes no poll: $(tail -n 1 "$home/wanted.err")"
        cmp -s "$home/got" "$home/wanted" || finish "WRONG: other output without a checkpoint: $program $*"
        run_chain "$polls" "$@"
    done
}

# ---- cost ----
user_seconds() { # plain|ours
    local TIMEFORMAT=%U
    fresh "cost.$1"
    {
        time for work in "${works[@]}"; do
            eval "set -- $work"
            (cd "$home/cost.$build" && exec "$home/$build/$program" "$@") >/dev/null 2>&1 </dev/null
        done
    } 2>&1
}
measure_cost() {
    local pair build plain_s ours_s
    for ((pair = 0; pair < pairs; pair++)); do
        if [ $((pair % 2)) -eq 0 ]; then
            build=plain plain_s=$(build=plain user_seconds plain)
            build=ours ours_s=$(build=ours user_seconds ours)
        else
            build=ours ours_s=$(build=ours user_seconds ours)
            build=plain plain_s=$(build=plain user_seconds plain)
        fi
        say "pair $pair: plain $plain_s s, ours $ours_s s"
        echo "$plain_s $ours_s"
    done | awk '$1 > 0 { printf "%.4f\n", $2 / $1 }' | sort -n |
        awk '{ r[NR] = $1 } END { if (NR) printf "%.3f\n", (r[int((NR + 1) / 2)] + r[int(NR / 2) + 1]) / 2 }' \
            >"$home/cost"
    echo "real: $name: $(cat "$home/cost") of plain gcc's user time"
}

if [ "$mode" = cost ]; then
    measure_cost
    exit 0
fi
rm -f "$home/row" "$home/cost"
if [ -z "$tree" ]; then
    reason=$(tests/real/fetch.sh build/real/src "$package" 2>&1) || finish "skipped: $reason"
    tree=$root/build/real/src/$package
    version=$(cat "$tree.version")
fi
[ ! -r "$scripts/$name.hints" ] || hints=$(grep -cvE '^[[:space:]]*(#|$)' "$scripts/$name.hints")
build_both
make_input
chain_all
[ "$(wc -w <<<"$visited")" -ge "$(($(wc -w <<<"$arches") < 4 ? $(wc -w <<<"$arches") : 4))" ] ||
    finish "refused: images for$visited only: $(grep -m1 -E 'no image' "$log")"
finish ok
