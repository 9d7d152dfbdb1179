#!/bin/bash
# What an agent must survive: half-open connections, garbage from a peer with a good certificate, a
# swapped executable, tampered and replayed images. The job goes on each time, and memory is bounded.
#   PREACHES_FUZZ_SECONDS=N   how long frames are fuzzed (default 4)
. tests/tap.sh
. tests/agents.sh
plan 19
need_built bin/preaches bin/preaches-cc
flood=
on_end=stop_all
stop_all() {
    [ -z "$flood" ] || kill "$flood" 2>/dev/null
    stop_agents
}
memory() { awk '/^VmRSS/ { print $2 }' "/proc/${pid[1]}/status"; }
is_bounded() { # BEFORE NAME: 32 MiB more at most
    local after
    after=$(memory)
    [ $((after - $1)) -lt 32768 ]
    ok $? "$2: $1 KiB before, $after KiB after"
}
gated() { # OUTPUT: a job that waits at the gate and has an epoch
    rm -f gate
    submit 1 "$1" -- "$tmp/pace" 60 "$tmp/gate" "$tmp/$1.journal"
    eventually has_epoch 1 "$job" 1
    eventually find_victim
}
find_victim() { # the group of its processes; it may just be starting
    p=$(primary_of 1 "$job")
    victim=$(programs "${p:-0}" "$job" | head -n 1 | xargs -r ps -o pgid= -p | tr -d ' ')
    [ -n "$victim" ]
}

cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,s390x -O2 "$root/tests/e2e/pace.c" -o pace
./pace 60 >want
timing=$unhurried
workstations alpha:x86_64 beta:i686 gamma:s390x
run preaches keys issue keys mallory
begin 1 2 3
eventually all_there 1 2 3
ok $? "three agents"
sed 's/^name=.*/nam=alpha/' a1.ini >bad.ini
run preaches agent -c bad.ini
is "$status" 2 "an unknown key is refused"
run preaches agent -c a1.ini
is "$status" 1 "a second agent on one spool is refused"

# 1. a thousand half-open connections, while a job runs from its beginning to its end
before=$(memory)
: >flood.out
perl -MIO::Socket::INET -e '$| = 1;
    my @s; for (1 .. 1000) { push @s, IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 5) }
    print "open\n"; sleep 600' "$(address_of 1)" >flood.out &
flood=$!
eventually grep -q open flood.out
ok $? "a thousand connections are opened and left alone"
touch gate
submit 1 out1 -- "$tmp/pace" 60
ends_well 1 "$job" out1 want "a thousand idle connections"
is_bounded "$before" "a thousand idle connections"
kill "$flood" 2>/dev/null
flood=

# 2. garbage from a peer: random bytes, and frames around random messages
before=$(memory)
until_s=$((SECONDS + ${PREACHES_FUZZ_SECONDS:-4}))
rounds=0
while [ $SECONDS -lt $until_s ]; do
    perl -e 'srand $ARGV[0]; binmode STDOUT;
        for (1 .. 200) {
            my $n = int rand 300; my $b = join "", map { chr rand 256 } 1 .. $n;
            my $how = rand;
            if ($how < .01) { print $b } elsif ($how < .02) { print pack("VC", 0xffffffff, 2) }
            elsif ($how < .3) { print pack("VC", $n, 1 + int rand 5), $b }
            else { my $m = pack("VvvQQVVQQC", 0x4d435250, 1, 1 + int rand 8, 1, 2, 2, 1, int rand 9, int rand 9, int rand 32) . $b;
                print pack("VC", length $m, 2), $m }
        }' $rounds |
        timeout 3 openssl s_client -quiet -connect "$(address_of 1)" -CAfile keys/ca.crt \
            -cert keys/beta.crt -key keys/beta.key -tls1_3 >/dev/null 2>&1
    rounds=$((rounds + 1))
done
kill -0 "${pid[1]}"
ok $? "$rounds connections of garbage: the agent lives"
is_bounded "$before" "garbage"
timeout "$patience" openssl s_client -quiet -connect "$(address_of 1)" -CAfile keys/ca.crt \
    -cert keys/mallory.crt -key keys/mallory.key -tls1_3 >mallory.out 2>/dev/null </dev/null
eventually grep -q 'mallory is not one of the peers' log1 && [ ! -s mallory.out ]
ok $? "who is no peer gets nothing"

# 3. the registered executable is swapped on the disk, then the program dies
gated out3
exe=sp$p/jobs/$job/exe/pace.preaches/${archs[p]}
[ -e "$exe" ] || exe=sp$p/jobs/$job/exe/pace
cp "$exe" keep && rm "$exe" && cp /bin/true "$exe" && kill -9 -- "-$victim"
eventually grep -q "job ${job:0:8}:.*not the registered executable: refused" "log$p"
ok $? "swapped executable: refused"
touch gate
ends_well 1 "$job" out3 want "swapped executable"

# 4. the images that it would go on from are tampered with
gated out4
eventually has_epoch 1 "$job" 2 && eventually find_victim
kill -STOP -- "-$victim"
for image in sp"$p"/jobs/"$job"/term-*/epoch-*/*.img; do
    perl -e 'open my $f, "+<", $ARGV[0]; seek $f, -9000, 2; read $f, my $b, 1; seek $f, -1, 1; print $f chr(ord($b) ^ 4)' "$image"
done
kill -9 -- "-$victim"
eventually grep -Eq "job ${job:0:8}:.*(not the image that was sent|checksum|hash)" "log$p"
ok $? "tampered images: refused"
touch gate
ends_well 1 "$job" out4 want "tampered images"

# 5. an older epoch's images are put in the place of the newest one's
gated out5
caught() { # with a committed epoch that is not the oldest one there
    eventually find_victim
    kill -STOP -- "-$victim"
    epochs=(sp"$p"/jobs/"$job"/term-*/epoch-*)
    [ "$((10#${epochs[0]##*-}))" -lt "$(job_field "$p" "$job" 6)" ] && return
    kill -CONT -- "-$victim"
    return 1
}
eventually caught
for epoch in "${epochs[@]:1}"; do
    for image in "$epoch"/*.img; do cp "${epochs[0]}/${image##*/}" "$image"; done
done
kill -9 -- "-$victim"
eventually grep -Eq "job ${job:0:8}:.*(image of another epoch|not the image that was sent)" "log$p"
ok $? "replayed images: refused"
touch gate
ends_well 1 "$job" out5 want "replayed images"
