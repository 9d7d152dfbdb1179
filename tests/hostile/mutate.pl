#!/usr/bin/perl
# Spoiled C: mutate.pl SEED COUNT FOLDER SOURCE... writes COUNT files, m0001.c and on, each one of the
# sources with something wrong. The same arguments give the same files.
use strict;
use warnings;
my ($seed, $count, $folder, @sources) = @ARGV;
die "usage: mutate.pl SEED COUNT FOLDER SOURCE...\n" unless @sources;
my $state = ($seed * 2654435761) % 2147483647 || 1;
sub draw { $state = ($state * 48271) % 2147483647; return $state % $_[0]; } # 0 .. n - 1

my %text = map { open my $f, '<:raw', $_ or die "$_: $!\n"; local $/; ($_ => scalar <$f>) } @sources;
my @stray = ('{', '}', '(', ')', '[', ']', ';', '*', '&', '&&', ',', '?', ':', '#', '"', "'", '\\', '/*', '*/', 'static',
    'return', 'struct', 'union', 'int', 'double', 'void', 'goto', 'case 0:', 'sizeof', '->', '...', '0x', '1e', '%',
    '__attribute__((packed))', '_Generic(1, int: 2)', '({ int q = 1; q; })', 'for (;;)', 'while (1)', 'switch (0)', '#if 1', '#define x x',
    'typeof(1)', '_Static_assert(1, "");', 'asm("");', '__auto_type', 'longjmp', 'extern', 'inline', 'L"w"', '__func__');
sub tokens { return $_[0] =~ /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\*.*?\*\/|\w+|\s+|[^\w\s])/gs; }

# Each takes the text and gives it back spoiled.
my @ways = (
    sub { my @t = tokens($_[0]); splice @t, draw(scalar @t), 1; join '', @t },                       # delete
    sub { my @t = tokens($_[0]); my $i = draw(scalar @t); splice @t, $i, 0, $t[$i]; join '', @t },   # duplicate
    sub { my @t = tokens($_[0]); my ($i, $k) = (draw(scalar @t), draw(scalar @t)); @t[$i, $k] = @t[$k, $i]; join '', @t }, # swap
    sub { my @t = tokens($_[0]); splice @t, draw(scalar @t), 0, ' ', $stray[draw(scalar @stray)], ' '; join '', @t }, # insert
    sub { my @t = tokens($_[0]); $t[draw(scalar @t)] = $stray[draw(scalar @stray)]; join '', @t },   # replace
    sub { substr $_[0], 0, draw(length $_[0]) },                                                     # cut
    sub { my $i = draw(length $_[0]); substr($_[0], 0, $i) . chr(draw(256)) . substr($_[0], $i + draw(2)) }, # a byte
    sub { my $s = $_[0]; my $i = draw(length $s); substr($s, $i, draw(64)) = join '', map { chr draw 256 } 1 .. 16; $s }, # binary
    sub { my @l = split /^/, $_[0]; my $i = draw(scalar @l); splice @l, $i, 1 + draw(4); join '', @l },      # lines away
    sub { my @l = split /^/, $_[0]; my $i = draw(scalar @l); splice @l, draw(scalar @l), 0, @l[$i .. ($i + 3 > $#l ? $#l : $i + 3)]; join '', @l }, # lines twice
    sub { my $n = 50 + draw(400); $_[0] . "\nint deep(int x) { return " . '(' x $n . 'x' . ')' x $n . "; }\n" },
    sub { my $n = 20 + draw(200); $_[0] . "\nint deep(int x) { int i; " . 'for (i = 0; i < 1; i++) {' x $n . 'x++;' . '}' x $n . " return x; }\n" },
    sub { my $n = 20 + draw(200); $_[0] . "\nint deep(int x) { return " . 'x ? ' x $n . '0' . ' : 1' x $n . "; }\n" },
    sub { my $n = 20 + draw(100); $_[0] . "\nint " . '*' x $n . "pointer;\nstruct deep { " . 'struct { ' x $n . 'int x;' . ' } y;' x $n . " } d;\n" },
    sub { my $s = $_[0]; my @w = ('int', 'long', 'char', 'double', 'unsigned', 'short', 'void', 'float'); my ($a, $b) = ($w[draw 8], $w[draw 8]); $s =~ s/\b$a\b/$b/g; $s }, # other types
    sub { my $s = $_[0]; my @n = $s =~ /\b([a-z]\w{1,12})\b/g; my ($a, $b) = ($n[draw scalar @n], $n[draw scalar @n]); $s =~ s/\b$a\b/$b/g; $s }, # other names
);
# These mostly leave C that a compiler takes, and so get further.
my @mild = (
    sub { my $s = $_[0]; my @o = qw(+ - * / % < > <= >= == != && || & | ^); my ($a, $b) = ($o[draw scalar @o], $o[draw scalar @o]); $s =~ s/ \Q$a\E / $b /; $s },
    sub { my @l = split /^/, $_[0]; my @i = grep { $l[$_] =~ /^\s+[^{}]*;\s*$/ } 0 .. $#l; return $_[0] unless @i; splice @l, $i[draw scalar @i], 1; join '', @l },
    sub { my @l = split /^/, $_[0]; my @i = grep { $l[$_] =~ /^\s+[^{}]*;\s*$/ } 0 .. $#l; return $_[0] unless @i; my $i = $i[draw scalar @i]; splice @l, $i, 0, $l[$i]; join '', @l },
    sub { my $s = $_[0]; my @n = (0, 1, -1, 7, 255, 65536, '2147483647', '1u', '3L', '1.5', "'x'", '"s"'); my ($n, $k) = ($n[draw scalar @n], draw(20)); $s =~ s/\b\d+\b/$k-- == 0 ? $n : $&/ge; $s },
    sub { my $s = $_[0]; my @q = ('static', 'const', 'volatile', 'register', 'unsigned', 'long'); my ($q, $k) = ($q[draw scalar @q], draw(20)); $s =~ s/\b(?:int|char)\b/$k-- == 0 ? "$q $&" : $&/ge; $s },
    sub { my $s = $_[0]; my $k = draw(10); $s =~ s/\b(?:while|if)\b/$k-- == 0 ? ($& eq 'if' ? 'while' : 'if') : $&/ge; $s },
    sub { my $s = $_[0]; my $k = draw(30); $s =~ s/\b(\w+)\(/$k-- == 0 ? "(*$1)(" : $&/ge; $s },
    sub { my $s = $_[0]; my $k = draw(30); $s =~ s/= ([^;{}"]*);/$k-- == 0 ? "= (0, ($1));" : $&/ge; $s },
    sub { my $s = $_[0]; my $k = draw(30); $s =~ s/= ([^;{}"]*);/$k-- == 0 ? "= ({ __typeof__($1) t_ = $1; t_; });" : $&/ge; $s },
    sub { my $s = $_[0]; my $k = draw(30); $s =~ s/return ([^;{}"]+);/$k-- == 0 ? "return 1 ? ($1) : ($1);" : $&/ge; $s },
);
for my $number (1 .. $count) {
    my $out = $text{$sources[draw(scalar @sources)]};
    my $kind = draw(3) ? \@mild : \@ways;
    $out = $kind->[draw(scalar @$kind)]->($out) for 0 .. draw(3);
    open my $f, '>:raw', sprintf('%s/m%04d.c', $folder, $number) or die "$folder: $!\n";
    print $f $out;
    close $f or die "$folder: $!\n";
}
