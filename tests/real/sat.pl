#!/usr/bin/perl
# A hard propositional problem in DIMACS form:
#   tests/real/sat.pl random VARIABLES SEED    random 3-SAT near its threshold (4.26 clauses a variable)
#   tests/real/sat.pl pigeons HOLES            HOLES + 1 pigeons do not fit
use strict;
use warnings;

sub random3 {
    my ($n, $seed) = @_;
    my $state = $seed % 2147483646 + 1;
    my $draw  = sub { return ($state = $state * 48271 % 2147483647) % $_[0] };
    my $m     = int($n * 4.26);
    print "p cnf $n $m\n";
    for (1 .. $m) {
        my %seen;
        $seen{ 1 + $draw->($n) } = 1 while keys %seen < 3;
        print join(' ', map { $draw->(2) ? -$_ : $_ } sort { $a <=> $b } keys %seen), " 0\n";
    }
}
sub pigeons {
    my ($holes) = @_;
    my $at = sub { return $_[0] * $holes + $_[1] + 1 };
    my @clauses = map { my $p = $_; join ' ', map { $at->($p, $_) } 0 .. $holes - 1 } 0 .. $holes;
    for my $hole (0 .. $holes - 1) {
        for my $p (0 .. $holes) {
            push @clauses, -$at->($p, $hole) . ' ' . -$at->($_, $hole) for $p + 1 .. $holes;
        }
    }
    print 'p cnf ', ($holes + 1) * $holes, ' ', scalar @clauses, "\n", map { "$_ 0\n" } @clauses;
}

my ($what, @rest) = @ARGV;
if    (($what // '') eq 'random'  && @rest == 2) { random3(@rest) }
elsif (($what // '') eq 'pigeons' && @rest == 1) { pigeons(@rest) }
else { die "usage: sat.pl random VARIABLES SEED | pigeons HOLES\n" }
