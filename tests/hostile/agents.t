#!/bin/bash
# What an agent must survive: half-open connections, garbage from a peer with a good certificate, a
# swapped executable, a tampered image. The job goes on each time.
#   PREACHES_FUZZ_SECONDS=N   how long frames are fuzzed (default 4)
. tests/tap.sh
plan 11
need_built bin/preaches bin/preaches-cc
names=(- alpha beta gamma)
archs=(- x86_64 i686 s390x)
pid=(0 0 0 0)
port=$((40000 + $$ % 20000))
on_end=stop_all
stop_all() { kill -9 ${flood-} 2>/dev/null; for i in 1 2 3; do [ "${pid[i]}" = 0 ] || kill -9 "${pid[i]}" 2>/dev/null; done; wait 2>/dev/null; }
show() { preaches status --agent="$tmp/sp$1" "${@:2}" 2>/dev/null; }
within() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}
all_there() { [ "$(show "$1" | grep -c ' there$')" -eq 2 ]; }
submit() { # OUTPUT ROUNDS: sets $job
    run preaches run --agent="$tmp/sp1" --detach --interval=300ms -o "$1" "$tmp/pace" "$2"
    job=$(sed -n 's/.*job \([0-9a-f]*\) on.*/\1/p' "$tmp/err")
}
primary_of() {
    local name i
    name=$(show 1 | awk -v j="${job:0:8}" '$1 == j { print $4 }')
    for i in 1 2 3; do [ "${names[i]}" = "$name" ] && echo "$i"; done
}
has_epoch() { [ "$(show 1 | awk -v j="${job:0:8}" '$1 == j && $3 == "run" { print $6 + 0 }')" -ge "$1" ] 2>/dev/null; }
ends_well() { # OUTPUT NAME
    run timeout 60 preaches status --agent="$tmp/sp1" --wait="$job"
    cmp -s "$1" "$tmp/want" && [ "$status" -eq 7 ]
    ok $? "$2: status and output of an undisturbed run" || tail -n 5 "$tmp"/log? | sed 's/^/# /'
}
memory() { awk '/^VmRSS/ { print $2 }' "/proc/${pid[1]}/status"; }
program_pid() { # I: of the job's program there
    pgrep -f "$tmp/sp$1/jobs/.*/exe/" | head -n 1
}

cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,s390x -O2 "$root/tests/e2e/pace.c" -o pace
./pace 250 >want
run preaches keys init keys
run preaches keys issue keys alpha beta gamma mallory
for i in 1 2 3; do
    {
        printf '[agent]\nname=%s\nnode=%d\naddress=127.0.0.1:%d\n' "${names[i]}" $i $((port + i))
        printf 'spool=%s\nkeys=%s\narch=%s\n' "$tmp/sp$i" "$tmp/keys" "${archs[i]}"
        printf '[timing]\nheartbeat=150\ndetect=900\nlease=900\nkill=100\n'
        for j in 1 2 3; do
            [ $j = $i ] || printf '[peer %s]\nnode=%d\naddress=127.0.0.1:%d\n' "${names[j]}" $j $((port + j))
        done
    } >a$i.ini
    preaches agent -c a$i.ini >log$i 2>&1 </dev/null &
    pid[i]=$!
    disown
done
within 20 all_there 1
ok $? "three agents"
sed 's/^name=.*/nam=alpha/' a1.ini >bad.ini
run preaches agent -c bad.ini
is "$status" 2 "an unknown key is refused"
run preaches agent -c a1.ini
is "$status" 1 "a second agent on one spool is refused"

# 1. a thousand half-open connections
before=$(memory)
perl -MIO::Socket::INET -e '
    my @s; for (1 .. 1000) { push @s, IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) }
    print "open\n"; $| = 1; sleep 20' $((port + 1)) >flood.out &
flood=$!
sleep 1.5
submit out1 250
ends_well out1 "a thousand idle connections"
kill $flood 2>/dev/null
after=$(memory)
[ $((after - before)) -lt 32768 ]
ok $? "bounded memory: $before KiB before, $after KiB after"

# 2. garbage from a peer: random bytes, and frames around random messages
before=$(memory)
until_s=$((SECONDS + ${PREACHES_FUZZ_SECONDS:-4}))
rounds=0
while [ $SECONDS -lt $until_s ]; do
    perl -e 'srand $ARGV[0]; binmode STDOUT;
        for (1 .. 200) {
            my $n = int rand 300; my $b = join "", map { chr rand 256 } 1 .. $n;
            my $how = rand;
            if ($how < .1) { print $b } elsif ($how < .2) { print pack("VC", 0xffffffff, 2) }
            elsif ($how < .6) { print pack("VC", $n, 2), $b }
            else { my $m = pack("VvvQQQ", 0x4d435250, 1, 1 + int rand 8, 1, 2, 3) . $b; print pack("VC", length $m, 2), $m }
        }' $rounds |
        timeout 3 openssl s_client -quiet -connect 127.0.0.1:$((port + 1)) -CAfile keys/ca.crt \
            -cert keys/beta.crt -key keys/beta.key -tls1_3 >/dev/null 2>&1
    rounds=$((rounds + 1))
done
after=$(memory)
kill -0 "${pid[1]}" && [ $((after - before)) -lt 32768 ]
ok $? "$rounds connections of garbage: $before KiB before, $after KiB after"
timeout 3 openssl s_client -quiet -connect 127.0.0.1:$((port + 1)) -CAfile keys/ca.crt \
    -cert keys/mallory.crt -key keys/mallory.key -tls1_3 >/dev/null 2>&1 </dev/null
within 5 grep -q 'mallory is not one of the peers' log1
ok $? "who is no peer gets nothing"

# 3. the registered executable is swapped on the disk, then the program dies
submit out3 250
within 20 has_epoch 1
p=$(primary_of)
exe=$(ls sp$p/jobs/"$job"/exe/pace.preaches/"${archs[p]}" 2>/dev/null || echo "sp$p/jobs/$job/exe/pace")
victim=$(program_pid "$p")
cp "$exe" keep && rm "$exe" && cp /bin/true "$exe" && kill -9 "$victim"
ends_well out3 "swapped executable"
within 5 grep -q 'not the registered executable: refused' log$p
ok $? "swapped executable: refused"

# 4. the images that it would go on from are tampered with
submit out4 250
within 20 has_epoch 1
p=$(primary_of)
victim=$(program_pid "$p")
kill -STOP "$victim"
sleep 0.5
for image in sp"$p"/jobs/"$job"/term-*/epoch-*/*.img; do
    perl -e 'open my $f, "+<", $ARGV[0]; seek $f, -9000, 2; read $f, my $b, 1; seek $f, -1, 1; print $f chr(ord($b) ^ 4)' "$image"
done
kill -9 "$victim"
ends_well out4 "tampered images"
grep -Eq 'not the image that was sent|checksum|hash' log"$p"
ok $? "tampered images: refused"
