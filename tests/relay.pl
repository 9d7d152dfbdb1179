#!/usr/bin/perl
# A slow and lossy network for workstations on the loopback, where an ordinary user has no netem: TCP connections
# are carried on to another port late, and now and then not for a while, as when a segment is lost and sent again.
#   relay.pl DELAY_MS LOSS STALL_MS FROM:TO...     listens on 127.0.0.1:FROM for each, and says "ready"
# DELAY_MS: each way. LOSS: share of the pieces that are lost at first; what follows them waits, too.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

$| = 1;
$SIG{PIPE} = 'IGNORE';
my ($delay, $loss, $stall, @pairs) = @ARGV;
my ($select, %listens, %other, %queue, %ends) = (IO::Select->new);
for (@pairs) {
    my ($from, $to) = split /:/;
    my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$from", Listen => 64, ReuseAddr => 1) or die "$from: $!\n";
    $listens{$socket} = $to;
    $select->add($socket);
}
print "ready\n";

sub drop {
    my @both = ($_[0], $other{ $_[0] });
    for (grep { defined } @both) {
        $select->remove($_);
        delete $other{$_};
        delete $queue{$_};
        close $_;
    }
}

sub open_pair {
    my ($in, $to) = @_;
    my $out = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$to", Timeout => 2);
    unless ($out) { close $in; return }
    for ($in, $out) { $_->blocking(0); $select->add($_); $queue{$_} = [] }
    ($other{$in}, $other{$out}) = ($out, $in);
}

# What has come is due after the delay, and never before what came earlier; its end likewise.
sub take {
    my ($socket) = @_;
    my $n = sysread $socket, my $bytes, 16384;
    return if !defined $n && $!{EAGAIN};
    my $to = $other{$socket} or return drop($socket);
    my $at = time + $delay / 1000 + (rand() < $loss ? $stall / 1000 : 0);
    my $last = $queue{$to}[-1];
    $at = $last->{at} if $last && $last->{at} > $at;
    push @{ $queue{$to} }, { at => $at, bytes => $n ? $bytes : undef, to => $to };
    $select->remove($socket) unless $n;
}

sub pass_on {
    my ($now) = @_;
    my @queues = values %queue; # dropping changes the table
    for my $queue (@queues) {
        while (@$queue && $queue->[0]{at} <= $now) {
            my $piece = $queue->[0];
            if (!defined $piece->{bytes}) { drop($piece->{to}); last }
            my $n = syswrite $piece->{to}, $piece->{bytes};
            if (!defined $n) {
                drop($piece->{to}) unless $!{EAGAIN};
                last;
            }
            substr($piece->{bytes}, 0, $n) = '';
            last if length $piece->{bytes};
            shift @$queue;
        }
    }
}

while (1) {
    for my $socket ($select->can_read(0.002)) {
        if (my $to = $listens{$socket}) {
            my $in = $socket->accept;
            open_pair($in, $to) if $in;
        } else {
            take($socket);
        }
    }
    pass_on(time);
}
