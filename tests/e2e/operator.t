#!/bin/bash
# What an operator of a network of workstations does: keys, status, a job moved to another architecture,
# workstations that come late (also of an architecture that the job was not built for) or with a new disk;
# and who has no right to take part.
. tests/tap.sh
. tests/agents.sh
plan 26
need_built bin/preaches bin/preaches-cc
cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,s390x,mips -O2 "$root/tests/e2e/pace.c" -o pace
./pace 60 >want
timing=$unhurried
workstations alpha:x86_64 beta:i686 gamma:s390x delta:mips eps:hppa
is "$status" 0 "keys"
is "$(stat -c %a keys/alpha.key keys/ca.key | paste -sd' ')" "600 600" "private keys are private"
run preaches keys issue keys alpha
is "$status" 1 "a key is not overwritten"
begin 1 2 3
eventually all_there 1 2 3
ok $? "three of five agents"

runs_on() { [ "$(primary_of "$1" "$job")" = "$2" ] && [ "$(job_field "$2" "$job" 3)" = run ]; } # ASKED I

# the operator moves a job, to another architecture
submit 1 out1 -- "$tmp/pace" 60 "$tmp/gate" "$tmp/j1"
eventually has_epoch 1 "$job" 1
# Epochs come and go while one looks, so what is gone by the end of a look does not count.
held() { # PATTERN: images in spools of that name, at this moment
    compgen -G "$1/jobs/$job/term-*/epoch-*/*.class.img"
}
see_holders() { # sets $without_exe: images whose holder could not run them nor hand out what can
    local image class exe seen=1
    without_exe=
    for image in $(held 'sp*'); do
        class=${image##*/}
        class=${class%.class.img}
        exe=${image%%/term-*}/exe/pace
        [ "$class" = x86_64 ] || exe=$exe.preaches/$class
        [ -x "$exe" ] || [ ! -e "$image" ] || without_exe+=" $image"
        seen=0
    done
    return "$seen"
}
eventually see_holders
is "$?$without_exe" 0 "who holds an image has its executables"
writer=$(last_writer j1)
run preaches move --agent=sp1 "$job" nobody
is "$status" 1 "a job is not moved to who does not exist"
run preaches move --agent=sp2 "$job" gamma
[ "$status" -eq 1 ] && grep -q 'ask alpha' err
ok $? "who does not run it says who does"
run preaches move --wait="$patience" --agent=sp1 "$job" gamma
ok "$status" "a job is moved"
eventually runs_on 1 3 && eventually writer_is_not j1 "$writer"
ok $? "it runs where it was sent" || logs
see_modes() { modes=$(stat -c %a $(held sp3) 2>/dev/null | sort -u) && [ -n "$modes" ]; }
eventually see_modes
is "$(stat -c %a sp1 sp1/jobs | sort -u) $modes" "700 600" "spools and images are private"
in_json() { # WANTED
    preaches status --agent=sp1 --json >status.json
    run perl -MJSON::PP -e 'local ($/, @ARGV) = (undef, "status.json"); my $s = decode_json(<>);
        print join " ", $s->{agent}{name}, $s->{jobs}[0]{primary}, $s->{jobs}[0]{program},
            scalar @{$s->{jobs}[0]{members}}, $s->{peers}[0]{state}, $s->{jobs}[0]{epoch} > 0 ? "epochs" : "none",
            $s->{jobs}[0]{finished} ? "over" : "runs"'
    [ "$(cat out)" = "$1" ]
}
eventually in_json "alpha gamma pace 3 there epochs runs"
ok $? "status --json"

# workstations that were not there when it was submitted
begin 4 5
eventually all_there 4 5
run preaches join --wait="$patience" --agent=sp4 "$job"
ok "$status" "one comes late"
run preaches join --wait="$patience" --agent=sp5 "$job"
ok "$status" "and one of an architecture that the job was not built for"
is_member() { job_field 3 "$job" 7 | grep -q "$1:[a-z0-9]*\(;\|\$\)"; }
eventually is_member delta && eventually is_member eps
ok $? "they are members"
run preaches move --agent=sp3 "$job" eps
[ "$status" -eq 1 ] && grep -q 'cannot run' err
ok $? "it is not moved to who cannot run it"
run preaches move --wait="$patience" --agent=sp3 "$job" delta
ok "$status" "but to the other one"
eventually runs_on 3 4
ok $? "it runs on the late one" || logs

# a disk is lost: the workstation is another member, and can go on with the job again
lose 2
rm -rf sp2
begin 2
eventually all_there 2
run preaches join --wait="$patience" --agent=sp2 "$job"
ok "$status" "a workstation with a new disk joins"
run preaches move --wait="$patience" --agent=sp4 "$job" beta
eventually runs_on 4 2
ok $? "and runs it" || logs
touch gate
ends_well 5 "$job" out1 want "moved three times"
journal_is_sane j1 "moved three times"

# who has no certificate, or another authority's, or another's name
run preaches keys init keys2
run preaches keys issue keys2 alpha
talk() { # CERTIFICATE...
    run timeout "$patience" openssl s_client -connect "$(address_of 2)" -CAfile keys/ca.crt -ign_eof "$@"
}
talk -tls1_3
grep -qi 'alert\|required' "$tmp/out" "$tmp/err"
ok $? "without a certificate: refused"
talk -cert keys2/alpha.crt -key keys2/alpha.key -tls1_3
grep -qi 'alert\|unknown ca' "$tmp/out" "$tmp/err"
ok $? "with another authority's: refused"
talk -cert keys/alpha.crt -key keys/alpha.key -tls1_2
grep -qi 'alert\|version' "$tmp/out" "$tmp/err"
ok $? "with an older TLS: refused"
run preaches status --agent=sp2
is "$status" 0 "it still answers"
