# Workstations for tests, after tests/tap.sh. Each is an agent with a spool of its own; by default they stand
# on the loopback, where an ordinary user can have them.
#
#   workstations NAME:ARCH...     keys and configurations: $tmp/aI.ini, spool $tmp/spI, from 1 on
#   begin I... | lose I...        agents start | are killed with all they run
#   freeze I | thaw I             SIGSTOP | SIGCONT
#   submit I OUTPUT [OPTION...] -- PROGRAM ARG...     sets $job
#   ends_well I JOB OUTPUT WANTED NAME                2 tests: status 7, the output of an undisturbed run
#   journal_is_sane FILE NAME                         1 test: who wrote when (pace.c)
#   relay DELAY_MS LOSS STALL_MS      before workstations: what they say to each other goes through tests/relay.pl
#   eventually COMMAND...         waits for a state, never for a time
# A machine may be so busy that a workstation seems silent, and a job moves by itself: tests that are not about
# that set timing=$unhurried; the others ask where a job really runs (runs_at) and take it from there.
# Other tests may redefine exec_on and address_of, and set `timing` and `port` before `workstations`.
# shellcheck shell=bash

names=(-)
archs=(-)
pid=(0)
job=
timing=$'heartbeat=150\ndetect=900\nlease=900\nkill=100'
# shellcheck disable=SC2034
unhurried=$'heartbeat=150\ndetect=20000\nlease=20000\nkill=2000'
patience=${E2E_PATIENCE:-120} # seconds until a state that has not come is a failure
port=$((10000 + $$ % 2500 * 8)) # below what the kernel gives to clients
on_end=stop_agents

exec_on() { exec "${@:2}"; }                    # I COMMAND...: in the place of this shell
address_of() { echo "127.0.0.1:$((port + $1))"; } # I

address_for_peers() { address_of "$1"; } # I: how the others reach it; a relay's, perhaps

relay_pid=0
relay() {
    local i pairs=()
    relay_port=$((10000 + ($$ + 1250) % 2500 * 8))
    address_for_peers() { echo "127.0.0.1:$((relay_port + $1))"; }
    for ((i = 1; i <= 5; i++)); do pairs+=("$((relay_port + i)):$((port + i))"); done
    "$root/tests/relay.pl" "$@" "${pairs[@]}" >"$tmp/relay.out" 2>&1 </dev/null &
    relay_pid=$!
    disown
    eventually grep -q ready "$tmp/relay.out"
}

stop_agents() {
    local p
    for p in "${pid[@]}" "$relay_pid"; do
        [ "$p" = 0 ] || kill -9 "$p" 2>/dev/null
    done
    wait 2>/dev/null
}

write_config() { # I
    local j
    printf '[agent]\nname=%s\nnode=%d\naddress=%s\n' "${names[$1]}" "$1" "$(address_of "$1")"
    printf 'spool=%s\nkeys=%s\narch=%s\n' "$tmp/sp$1" "$tmp/keys" "${archs[$1]}"
    printf '[timing]\n%s\n' "$timing"
    for ((j = 1; j < ${#names[@]}; j++)); do
        [ "$j" = "$1" ] || printf '[peer %s]\nnode=%d\naddress=%s\n' "${names[j]}" "$j" "$(address_for_peers "$j")"
    done
}

workstations() { # NAME:ARCH...
    local host i
    for host; do
        names+=("${host%:*}")
        archs+=("${host#*:}")
        pid+=(0)
    done
    run preaches keys init "$tmp/keys"
    run preaches keys issue "$tmp/keys" "${names[@]:1}"
    for ((i = 1; i < ${#names[@]}; i++)); do write_config "$i" >"$tmp/a$i.ini"; done
}

begin() { # I...
    local i
    for i; do
        exec_on "$i" preaches agent -c "$tmp/a$i.ini" >>"$tmp/log$i" 2>&1 </dev/null &
        pid[i]=$!
        disown
    done
}
lose() { # I...
    local i
    for i; do
        [ "${pid[i]:-0}" = 0 ] || kill -9 "${pid[i]}"
    done
    for i; do
        while [ "${pid[i]:-0}" != 0 ] && kill -0 "${pid[i]}" 2>/dev/null; do sleep 0.01; done
        pid[i]=0
    done
}
freeze() { kill -STOP "${pid[$1]}"; }
thaw() { kill -CONT "${pid[$1]}"; }

show() { timeout "$patience" preaches status --agent="$tmp/sp$1" 2>/dev/null; }
eventually() { within "$patience" "$@"; }
all_there() { # I...: each of them sees all others that run
    local i n=-1 p
    for p in "${pid[@]}"; do [ "$p" = 0 ] || n=$((n + 1)); done
    for i; do [ "$(show "$i" | grep -c ' there$')" -ge "$n" ] || return 1; done
}
job_field() { show "$1" | awk -v j="${2:0:8}" -v f="$3" '$1 == j { print $f }'; } # I JOB COLUMN
primary_of() { # I JOB: its number
    local name i
    name=$(job_field "$1" "$2" 4)
    for ((i = 1; i < ${#names[@]}; i++)); do [ "${names[i]}" != "$name" ] || echo "$i"; done
}
# Where the process runs that wrote last: sets $at. Status 1: nowhere, it is just being moved.
runs_at() { # JOURNAL JOB
    local writer
    writer=$(last_writer "$1")
    [ -n "$writer" ] || return 1
    for ((at = 1; at < ${#names[@]}; at++)); do
        ! programs "$at" "$2" | grep -qx "$writer" || return 0
    done
    return 1
}
# It runs, and not on these.
goes_on_without() { # JOURNAL JOB I...
    local i
    runs_at "$1" "$2" || return 1
    for i in "${@:3}"; do [ "$at" != "$i" ] || return 1; done
}
has_epoch() { [ "$(job_field "$1" "$2" 6)" -ge "$3" ] 2>/dev/null; } # I JOB N
other() { # NOT...: a number that is not among them
    local i
    for ((i = 1; i < ${#names[@]}; i++)); do
        case " $* " in *" $i "*) ;; *) echo "$i" && return ;; esac
    done
}
programs() { pgrep -f "$tmp/sp$1/jobs/${2:-.*}/exe/"; } # I [JOB]: processes of its programs

logs() { tail -qn 8 "$tmp"/log? | sed 's/^/# /'; } # when a test has failed

submit() { # I OUTPUT [OPTION...] -- PROGRAM ARG...
    local at=$1 out=$2
    shift 2
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    run preaches run --agent="$tmp/sp$at" --detach --interval=300ms "${options[@]}" -o "$out" "$@"
    job=$(sed -n 's/.*job \([0-9a-f]*\) on.*/\1/p' "$tmp/err")
}
ends_well() { # I JOB OUTPUT WANTED NAME
    run timeout "$patience" preaches status --agent="$tmp/sp$1" --wait="$2"
    is "$status" 7 "$5: the job's status" || logs
    cmp -s "$3" "$4"
    ok $? "$5: the output of an undisturbed run" || diff "$3" "$4" | head -n 5 | sed 's/^/# /'
}

# ---- pace.c's journal: "PROCESS waits|round|end ROUND", in the order in which it was written ----

last_writer() { tail -n 1 "$1" 2>/dev/null | cut -d' ' -f1; }
writer_is_not() { [ -s "$1" ] && [ "$(last_writer "$1")" != "$2" ]; } # FILE PROCESS
# A process that was succeeded never writes again; its successor goes on from no later than where it
# stood; the end is written once, and last.
journal_is_sane() { # FILE NAME
    local verdict
    verdict=$(awk '
        ended { print "line " NR ": after the end"; exit }
        $1 != writer {
            if ($1 in was) { print "line " NR ": " $1 " writes after its successor"; exit }
            if (NR > 1 && $3 > round + 1) { print "line " NR ": rounds are missing"; exit }
            was[writer = $1] = 1
        }
        $1 == writer && NR > 1 && $3 > round + 1 { print "line " NR ": a round is missing"; exit }
        { round = $3; ended = $2 == "end" }
        END { if (!ended) print "no end" }' "$1")
    is "$verdict" "" "$2: no writer after its successor, one end"
}
