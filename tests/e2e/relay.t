#!/bin/bash
# A slow and lossy network between workstations of an ordinary user on the loopback: 15 ms each way, and one piece
# of a hundred is lost at first. A job is committed, its primary is killed, and it ends as it should.
. tests/tap.sh
. tests/agents.sh
plan 7
need_built bin/preaches bin/preaches-cc
cd "$tmp" || exit 1
preaches-cc --arch=x86_64,i686,s390x -O2 "$root/tests/e2e/pace.c" -o pace
./pace 60 >want
timing=$'heartbeat=200\ndetect=1500\nlease=1500\nkill=100'
relay 15 0.01 200
ok $? "a relay"
workstations alpha:x86_64 beta:i686 gamma:s390x
begin 1 2 3
eventually all_there 1 2 3
ok $? "three agents see each other through it" || logs
submit 1 out1 -- "$tmp/pace" 60 "$tmp/gate" "$tmp/j1"
eventually has_epoch 1 "$job" 2 && eventually runs_at j1 "$job"
ok $? "epochs are committed" || logs
first=$at
lose "$first"
eventually goes_on_without j1 "$job" "$first"
ok $? "another one goes on" || logs
touch gate
ends_well "$(other "$first")" "$job" out1 want "slow and lossy"
journal_is_sane j1 "slow and lossy"
