#!/bin/bash
# mode=real of preaches-lab: an experiment on agents, measured. On the loopback for anybody, in network
# namespaces for root; the columns of runs.csv are those of mode=live, and agree with one another.
. tests/tap.sh
need_built bin/preaches bin/preaches-lab workloads/paced
root_user=$([ "$(id -u)" -eq 0 ] && command -v ip >/dev/null && ip netns add prltest 2>/dev/null && ip netns del prltest && echo yes)
[ -n "$root_user" ] && plan 29 || plan 18
cd "$tmp" || exit 1
hosts() { # RATE
    printf '[network]\nname=three\nmodel=lv08-nocross\n'
    for h in a:x86_64 b:x86_64 c:s390x; do
        printf '[link %s-port]\nbandwidth=%s\nlatency=30us\n[host %s]\narch=%s\n' "${h%:*}" "$1" "${h%:*}" "${h#*:}"
    done
    for r in a:b a:c b:c; do printf '[route %s %s]\nlinks=%s-port;%s-port\n' "${r%:*}" "${r#*:}" "${r%:*}" "${r#*:}"; done
}
hosts 200Mbit/s >three.platform
cat >r.ini <<'X'
[experiment]
name=r
mode=real
seed=3
[platform]
file=three.platform
[real]
network=loopback
[workload]
program=paced
args=2 160 10
run=1600ms
target=x86_64;s390x
[checkpoint]
interval=300ms
[faults]
mttf=3s
minimum=1
maximum=1
[detector]
timeout=400ms
X
column() { awk -F, -v n="$1" '{ sub("\r", "") } NR == 1 { for (i = 1; i <= NF; i++) if ($i == n) c = i; next } { print $c }' "${2:-loop/runs.csv}"; }
# Every recovery: its phases are there, none negative, and are first_work_ns in all.
adds_up() {
    awk -F, '{ sub("\r", "") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { sum = 0
          for (n = split("detect_ns select_ns load_ns rebuild_ns", part, " "); n; n--) {
              if ($at[part[n]] == "" || $at[part[n]] < 0) bad = 1
              sum += $at[part[n]] }
          if (sum != $at["first_work_ns"] || sum <= 0) bad = 1; rows++ }
        END { exit !(rows && !bad) }' "$1"
}
run preaches-lab run r.ini --out loop --quiet
is "$status" 0 "runs on the loopback" || sed 's/^/# /' err
is "$(column output_match | paste -sd' ')" "1 1" "outputs of an undisturbed run"
is "$(column failures | paste -sd' ')" "1 1" "one failure each"
is "$(column time_source | sort -u)" measured "times are measured"
is "$(column mode | sort -u)" real "and the mode says it"
is "$(column network | sort -u)" loopback "and on what network"
is "$(column target_arch | paste -sd' ')" "x86_64 s390x" "carried on where the experiment wants it"
adds_up loop/runs.csv
ok $? "the recovery's phases add up to first_work_ns"
is "$(column classes | sort -u)" 2 "an image for each layout class"
for c in state_bytes image_bytes sent_bytes pause_ns convert_ns propagate_ns commit_ns total_ns epochs; do
    [ "$(column $c | sort -n | head -n 1)" -gt 0 ] 2>/dev/null || echo "# $c: $(column $c | paste -sd' ')"
done >missing
is "$(cat missing)" "" "the columns of an epoch are filled"
run preaches-lab run r.ini --out loop --quiet
is "$status:$(column run_id | wc -l)" 0:2 "what is there is not run again"

# ---- refused ----
refuse() { # SED TEXT NAME
    sed "$1" r.ini >x.ini
    run preaches-lab run x.ini --out x --quiet
    grep -q "$2" err && [ "$status" -ne 0 ]
    ok $? "$3" || sed 's/^/# /' err
}
refuse 's/^interval=.*/interval=1s\nstrategy=N/' 'needs mode=live model' "strategy N has no agents"
refuse 's/^mttf=.*/mttf=3s\npoints=write:1/' 'means nothing in mode=real' "a live key"
refuse 's/^mttf=.*/mttf=3s\nkind=cut/' 'needs namespaces' "nobody is cut off on the loopback"
refuse 's/^network=loopback/&\nloss=0.1/' 'without real.network=namespaces' "nothing is lost on the loopback"
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$tmp/nobody" "$@"; }
refused_to_nobody() {
    sed 's/^network=.*/network=namespaces/' r.ini >x.ini
    chmod 755 "$tmp"; mkdir -m 777 -p nobody
    if [ "$(id -u)" -eq 0 ]; then as_nobody preaches-lab run x.ini --out nobody/x --quiet 2>err
    else preaches-lab run x.ini --out nobody/x --quiet 2>err; fi
    [ $? -ne 0 ] && grep -q 'need root; real.network=loopback' err
}
refused_to_nobody
ok $? "no namespaces without root, and what works instead" || sed 's/^/# /' err

# ---- interrupted ----
# A run that is ended by a signal takes down what it put up.
scratch_there() { [ -n "$(ls -A scratch)" ]; }
interrupt() { # INI OUT
    mkdir -p scratch
    TMPDIR=$tmp/scratch preaches-lab run "$1" --out "$2" --quiet >out 2>err &
    local lab=$!
    within 60 scratch_there
    sleep 1
    kill -TERM $lab
    wait $lab
    status=$?
}
interrupt r.ini cut-loop
is "$status" 143 "SIGTERM ends a run"
is "$(ls -A scratch)" "" "and leaves no scratch folder"

# ---- namespaces ----
if [ -z "$root_user" ]; then
    echo "# in network namespaces: left out, they need root and iproute2"
    exit 0
fi
# Of processes that are gone.
left() {
    local name pid
    for name in $(ip netns list | sed -n 's/^\(prl[0-9]*-[0-9]*\).*/\1/p'); do
        pid=${name#prl}
        kill -0 "${pid%-*}" 2>/dev/null || echo "$name"
    done
}
sed 's/^network=.*/network=namespaces/; s/^target=.*/target=s390x/; s/^mttf=.*/mttf=3s\nkind=cut/' r.ini >n.ini
run preaches-lab run n.ini --out net --quiet
is "$status" 0 "runs in namespaces; the primary is cut off" || sed 's/^/# /' err
is "$(column output_match net/runs.csv)" 1 "the output of an undisturbed run"
adds_up net/runs.csv
ok $? "the recovery's phases add up to first_work_ns"
# 2 images of 2 MiB and more through 200 Mbit/s
[ "$(column propagate_ns net/runs.csv)" -gt $(($(column image_bytes net/runs.csv) * 8 * 5 * 9 / 10)) ]
ok $? "propagation is no faster than the link"
is "$(left)" "" "no namespace is left"
interrupt n.ini cut-net
is "$status:$(left)" 143: "SIGTERM ends a run in namespaces, and none is left"
is "$(ls -A scratch)" "" "nor a scratch folder"
hosts 100Mbit/s | sed 's/^latency=.*/latency=10ms/' >three.platform
sed 's/^network=.*/network=namespaces\nloss=0.01/; s/^target=.*/target=s390x/; s/^args=.*/args=0 600 10/; s/^mttf=.*/mttf=never/
    s/^minimum=.*/minimum=0/; s/^timeout=.*/timeout=1s/' r.ini >d.ini
run preaches-lab run d.ini --out late --quiet
is "$status:$(column output_match late/runs.csv)" 0:1 "with 10 ms of delay at each port, and losses" || sed 's/^/# /' err
# To be reached, a host is called (2 ways) and agrees on keys (2), is asked for the image and sends it (2); then come a
# holder's word to the primary, the record to a majority and back: 9 ways of 20 ms. Undisturbed, and without the delay,
# so small an epoch takes some 85 ms on an idle machine.
whole=$(($(column propagate_ns late/runs.csv) + $(column commit_ns late/runs.csv) + 0))
[ "$whole" -ge 180000000 ]
ok $? "an epoch has nine ways of 20 ms in it" || note "$whole ns"
hosts 200Mbit/s | sed 's/^\[route a c\]/[link core]\nbandwidth=1Gbit\/s\nlatency=30us\n&/; s/links=a-port;c-port/links=a-port;core;c-port/' >three.platform
run preaches-lab run n.ini --out y --quiet
grep -q 'more than a link of each' err
ok $? "a platform that is no switch is refused"
is "$(left)" "" "and nothing is left of it"
