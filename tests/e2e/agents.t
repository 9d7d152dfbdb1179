#!/bin/bash
# Five workstations on the loopback (x86_64, i686, aarch64, s390x, mips), each an agent with a spool of
# its own. Primaries are killed, stopped and cut off; each time the job ends on a survivor with the
# output and the exit status of an undisturbed run.
. tests/tap.sh
plan 27
need_built bin/preaches bin/preaches-cc
names=(- alpha beta gamma delta eps)
archs=(- x86_64 i686 aarch64 s390x mips)
pid=(0 0 0 0 0 0)
port=$((20000 + $$ % 20000))
on_end=stop_all
stop_all() { for i in 1 2 3 4 5; do [ "${pid[i]}" = 0 ] || kill -9 "${pid[i]}" 2>/dev/null; done; wait 2>/dev/null; }

write_config() { # I
    local j
    cat <<X
[agent]
name=${names[$1]}
node=$1
address=127.0.0.1:$((port + $1))
spool=$tmp/sp$1
keys=$tmp/keys
arch=${archs[$1]}
[timing]
heartbeat=150
detect=900
lease=900
kill=100
X
    for j in 1 2 3 4 5; do
        [ "$j" = "$1" ] || printf '[peer %s]\nnode=%d\naddress=127.0.0.1:%d\n' "${names[j]}" "$j" $((port + j))
    done
}
begin() { # I...
    local i
    for i; do
        preaches agent -c "$tmp/a$i.ini" >>"$tmp/log$i" 2>&1 </dev/null &
        pid[i]=$!
        disown
    done
}
show() { preaches status --agent="$tmp/sp$1" "${@:2}" 2>/dev/null; }
within() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}
all_there() { [ "$(show "$1" | grep -c ' there$')" -eq "$2" ]; }
submit() { # I OUTPUT ROUNDS: sets $job
    run preaches run --agent="$tmp/sp$1" --detach --interval=400ms -o "$2" "$tmp/pace" "$3"
    job=$(sed -n 's/.*job \([0-9a-f]*\) on.*/\1/p' "$tmp/err")
}
primary_of() { # I JOB: its number
    local name i
    name=$(show "$1" | awk -v j="${2:0:8}" '$1 == j { print $4 }')
    for i in 1 2 3 4 5; do [ "${names[i]}" = "$name" ] && echo "$i"; done
}
has_epoch() { # I JOB N
    [ "$(show "$1" | awk -v j="${2:0:8}" '$1 == j && $3 == "run" { print $6 + 0 }')" -ge "$3" ] 2>/dev/null
}
ends_well() { # I JOB OUTPUT NAME
    run timeout 60 preaches status --agent="$tmp/sp$1" --wait="$2"
    is "$status" 7 "$4: the job's status" || tail -n 4 "$tmp"/log? | sed 's/^/# /'
    cmp -s "$3" "$tmp/want"
    ok $? "$4: the output of an undisturbed run" ||
        diff "$3" "$tmp/want" | head -n 5 | sed 's/^/# /'
}
other() { # NOT...: a number that is not among them
    local i
    for i in 1 2 3 4 5; do case " $* " in *" $i "*) ;; *) echo "$i"; return ;; esac; done
}

cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,aarch64,s390x,mips -O2 "$root/tests/e2e/pace.c" -o pace
./pace 250 >want
run preaches keys init keys
run preaches keys issue keys alpha beta gamma delta eps
ok "$status" "keys"
is "$(stat -c %a keys/alpha.key keys/ca.key | paste -sd' ')" "600 600" "private keys are private"
run preaches keys issue keys alpha
is "$status" 1 "a key is not overwritten"
for i in 1 2 3 4 5; do write_config $i >a$i.ini; done
begin 1 2 3 4 5
within 20 all_there 1 4 && within 5 all_there 5 4
ok $? "five agents know each other"

# 1. agent and program of the primary are killed
submit 1 out1 250
within 20 has_epoch 1 "$job" 2
ok $? "epochs are committed while it runs"
p=$(primary_of 1 "$job")
kill -9 "${pid[p]}"
pid[p]=0
o=$(other "$p")
ends_well "$o" "$job" out1 "primary killed"
[ "$(primary_of "$o" "$job")" != "$p" ]
ok $? "primary killed: another one took over"
begin "$p"
within 20 all_there "$p" 4
run preaches status --agent="sp$p" --wait="$job"
is "$status" 7 "it comes back and learns of the end"

# 2. two jobs at once; one primary's agent is stopped and goes on later
submit 2 out2 250
job_a=$job
submit 3 out3 250
job_b=$job
within 20 has_epoch 2 "$job_a" 2
p=$(primary_of 2 "$job_a")
kill -STOP "${pid[p]}"
o=$(other "$p")
sleep 3
kill -CONT "${pid[p]}"
ends_well "$o" "$job_a" out2 "agent stopped"
ends_well "$o" "$job_b" out3 "the other job"
within 10 all_there "$o" 4
ok $? "the stopped agent is there again"

# 3. two of five are lost at once
submit 4 out4 250
within 20 has_epoch 4 "$job" 2
p=$(primary_of 4 "$job")
q=$(other "$p" 4)
kill -9 "${pid[p]}" "${pid[q]}"
pid[p]=0
pid[q]=0
o=$(other "$p" "$q")
ends_well "$o" "$job" out4 "two of five lost"
begin "$p" "$q"
within 20 all_there "$p" 4 && within 20 all_there "$q" 4

# 4. the operator moves a job, to another architecture
submit 1 out5 250
within 20 has_epoch 1 "$job" 1
p=$(primary_of 1 "$job")
t=$(other "$p" 1)
run preaches move --agent="sp$p" "$job" "${names[t]}"
ok "$status" "a job is moved"
ends_well 1 "$job" out5 "moved"
is "$(primary_of 1 "$job")" "$t" "moved: it ended where it was sent"

# 5. a workstation whose disk was lost joins a running job again, and can go on with it
submit 1 out6 700
within 20 has_epoch 1 "$job" 1
p=$(primary_of 1 "$job")
l=$(other "$p" 1)
kill -9 "${pid[l]}"
rm -rf "sp$l"
begin "$l"
within 20 all_there "$l" 4
run preaches join --agent="sp$l" "$job"
ok "$status" "a workstation with a new disk joins"
holds() { [ -n "$(ls -d sp"$l"/jobs/"$job"/state 2>/dev/null)" ] && preaches move --agent="sp$p" "$job" "${names[l]}" 2>/dev/null; }
within 10 holds
ok $? "and the job is moved to it"
./pace 700 >want
ends_well 1 "$job" out6 "joined"
is "$(primary_of 1 "$job")" "$l" "joined: it ended there"

# 6. who has no certificate, or another authority's
run preaches keys init keys2
run preaches keys issue keys2 alpha
run timeout 5 openssl s_client -connect 127.0.0.1:$((port + 2)) -CAfile keys/ca.crt -tls1_3 -ign_eof
grep -qi 'alert\|required' "$tmp/out" "$tmp/err"
ok $? "without a certificate: refused"
run timeout 5 openssl s_client -connect 127.0.0.1:$((port + 2)) -cert keys2/alpha.crt -key keys2/alpha.key -CAfile keys/ca.crt -tls1_3 -ign_eof
grep -qi 'alert\|unknown ca' "$tmp/out" "$tmp/err"
ok $? "with another authority's: refused"
