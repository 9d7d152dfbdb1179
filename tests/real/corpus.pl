#!/usr/bin/perl
# A corpus to compress: text of invented words, records of binary numbers, and repeats of what went before, in
# pieces of random length. The same BYTES and SEED give the same bytes on every machine.
#   tests/real/corpus.pl BYTES SEED >FILE
use strict;
use warnings;

my ($bytes, $seed) = @ARGV;
die "usage: corpus.pl BYTES SEED\n" unless @ARGV == 2 && $bytes =~ /^\d+$/ && $seed =~ /^\d+$/;
my $state = $seed % 2147483646 + 1;
sub draw { return ($state = $state * 48271 % 2147483647) % $_[0] }

my @syllables = map { my $c = $_; map { $c . $_ } qw(a e i o u an er in on st) }
    qw(b c d f g h l m n p r s t v);
my @words = map { join '', map { $syllables[draw(scalar @syllables)] } 0 .. draw(3) } 1 .. 4000;

# Frequent words are frequent: the square of an even draw.
sub text {
    my ($length) = @_;
    my ($out, $column) = ('', 0);
    while (length $out < $length) {
        my $word = $words[int(draw(4000) * draw(4000) / 4000)];
        $out .= $word;
        $column += length $word;
        my $end = draw(60);
        if    ($end == 0)     { $out .= ".\n\n"; $column = 0 }
        elsif ($column > 72)  { $out .= "\n";    $column = 0 }
        elsif ($end < 6)      { $out .= ', ' }
        else                  { $out .= ' ' }
    }
    return $out;
}
sub records { # a counter, a slowly changing value, a flag, two bytes of noise
    my ($length) = @_;
    my ($out, $value) = ('', draw(1 << 20));
    for (my $n = 0; length $out < $length; $n++) {
        $value += draw(64) - 32;
        $out .= pack 'VVCv', $n, $value & 0xffffffff, draw(3), draw(65536);
    }
    return $out;
}
sub noise { my ($n) = @_; return join '', map { chr draw(256) } 1 .. $n / 8 }

my $written = 0;
my $past    = text(1000);
while ($written < $bytes) {
    my $length = 500 + draw(12000);
    my $kind   = draw(10);
    my $piece =
          $kind < 5 ? text($length)
        : $kind < 7 ? records($length)
        : $kind < 8 ? noise($length)
        :             substr($past, draw(length $past), $length);
    $piece = substr $piece, 0, $bytes - $written;
    print $piece;
    $written += length $piece;
    $past = substr $past . $piece, -200000;
}
