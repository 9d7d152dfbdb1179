#!/usr/bin/perl
# program.pl SEED: writes a random C program without undefined or unspecified behaviour, full of what a
# checkpoint must carry: recursion, loops, escaping locals, structures by value, heap blocks, pointers
# to their middle, to locals, globals, strings and functions. It prints digests as it goes, and the
# same ones on every machine. All loops are short, calls are limited by depth and by fuel.
use strict;
use warnings;
my $seed = shift // die "usage: program.pl SEED\n";
my $state = ($seed * 2654435761 + 12345) % 2147483647 || 1;

sub below { my $n = shift; $state = $state * 48271 % 2147483647; return int($state / 7) % $n; }
sub pick { return $_[below(scalar @_)]; }

my @int_types = ('int', 'short', 'signed char', 'unsigned char', 'unsigned short', 'unsigned',
    'long long', 'char', 'long');
my $n_functions = 4 + below(4);
my ($unique, $indent, @ints, @doubles, @nodes) = (0, 1);
my $function; # index of the one being written

sub name { return $_[0] . $unique++; }
sub line { return '    ' x $indent . $_[0] . "\n"; }

# ---- expressions: int valued, small, without side effects ----
sub int_atom {
    my @choice = (sub { below(200) - 100 }, sub { 'depth' }, sub { 'fuel % 17' });
    push @choice, sub { '(int)' . pick(@ints) . ' % 1009' } for 1 .. (@ints ? 4 : 0);
    push @choice, sub { '(int)(' . pick(@doubles) . ')' } if @doubles;
    push @choice, sub { pick(@nodes) . '->count % 997' }, sub { pick(@nodes) . '->cells[' . below(3) . ']' };
    push @choice, sub { pick(@nodes) . '->word[' . below(3) . ']' };
    return pick(@choice)->();
}
sub int_expr {
    my $deep = shift // 2;
    return int_atom() if $deep == 0 || below(4) == 0;
    my ($a, $b) = (int_expr($deep - 1), int_expr($deep - 1));
    return pick(
        "(($a) + ($b))", "(($a) - ($b))", "(($a) % 31 * (($b) % 29))", "(($a) < ($b))",
        "(($a) & ($b))", "(($a) ^ ($b))", "(($a) > 3 ? ($b) : ($a))", "(($a) && ($b))", "!($a)");
}
sub small { return '(' . int_expr() . ') % ' . (50 + below(50)); }

# ---- calls to the other functions: their own statement each, so that order is never in question ----
sub call {
    my $args = 'depth - 1, ' . pick(@nodes) . ', &' . (shift);
    my $to = below($n_functions);
    return pick("f$to($args)", "f$to($args)", 'table[' . below(3) . "]($args)",
        pick(@nodes) . "->run($args)");
}

sub assign {
    my @choice = (
        sub { pick(@ints) . ' = ' . pick('', '(signed char)') . '(' . small() . ');' },
        sub { 'mix(' . int_expr() . ');' },
        sub { pick(@nodes) . '->cells[(unsigned)(' . int_expr(1) . ') % 3] = ' . small() . ';' },
        sub { pick(@nodes) . '->count += ' . small() . ';' },
        sub { pick(@nodes) . '->word[' . below(3) . "] = (char)('a' + " . '(unsigned)(' . int_expr(1) . ') % 26);' },
        sub { pick(@nodes) . '->share = ' . pick(@doubles) . ' * 0.5 + ' . below(9) . ';' },
        sub { pick(@doubles) . ' = ' . pick(@doubles) . ' / ' . (2 + below(5)) . ' + ' . small() . ';' },
        sub { 'mix_double(' . pick(@doubles) . ');' },
        sub { pick(@nodes) . '->run = table[' . below(3) . '];' },
        sub { pick(@nodes) . '->text = texts[' . below(3) . '] + ' . below(3) . ';' },
        sub { 'mix_text(' . pick(@nodes) . '->text);' });
    return line(pick(@choice)->());
}

sub call_statement {
    my $out = name('r');
    my $inner = name('t');
    my $text = line("int $out = " . below(9) . ";");
    push @ints, $out;
    my $kind = below(7);
    if ($kind == 0) { $text .= line(call($out) . ';'); }
    elsif ($kind == 1) { $text .= line("$out += " . call($out = "$out") . ';') =~ s/&$out\)/&scrap)/r; }
    elsif ($kind == 2) { $text .= line('if (' . int_expr(1) . ' && ' . call($out) . ' > 10)'); $text .= line("    $out++;"); }
    elsif ($kind == 3) { $text .= line("int $inner = " . int_expr(1) . ' > 5 ? ' . call($out) . ' : ' . int_expr(1) . ";"); push @ints, $inner; }
    elsif ($kind == 4) { $text .= line("mix(twice(" . call($out) . '));'); }
    elsif ($kind == 5) { $text .= line("struct pair $inner = pair_of(" . call($out) . ", depth);"); $text .= line("mix($inner.a + $inner.b);"); }
    else { $text .= line("int $inner = 0;") . line("while (" . call($out) . " % 3 && $inner++ < 2)"); push @ints, $inner; $text .= line("    mix($out);"); }
    return $text;
}

sub block {
    my ($n, $deep) = @_;
    my ($ints, $doubles, $nodes) = (scalar @ints, scalar @doubles, scalar @nodes);
    my $text = '';
    $indent++;
    $text .= statement($deep) for 1 .. $n;
    $indent--;
    $#ints = $ints - 1;
    $#doubles = $doubles - 1;
    $#nodes = $nodes - 1;
    return line('{') . $text . line('}');
}

sub statement {
    my $deep = shift;
    my $kind = below($deep > 0 ? 14 : 7);
    return assign() if $kind < 3;
    return call_statement() if $kind < 5;
    return declaration() if $kind < 7;
    if ($kind < 9) {
        my $i = name('i');
        my $text = line("for (" . pick('int', 'short', 'unsigned char') . " $i = 0; $i < " . (2 + below(3)) . "; $i++)");
        return $text . block(1 + below(3), $deep - 1);
    }
    if ($kind == 9) { return line('if (' . int_expr() . ')') . block(1 + below(2), $deep - 1) . line('else') . block(1, $deep - 1); }
    if ($kind == 10) {
        my $text = line('switch ((unsigned)(' . int_expr() . ') % 3) {');
        for my $case (0, 1) { $text .= line("case $case:") . block(1, $deep - 1); $text .= line('break;') if below(2); }
        return $text . line('default:') . block(1, $deep - 1) . line('}');
    }
    if ($kind == 11) {
        my $n = name('n');
        return line("int $n = 0;") . line('do') . block(1 + below(2), $deep - 1) . line("while (++$n < 2);");
    }
    if ($kind == 12) { # a list on the heap, built, walked with calls, freed
        my ($list, $at) = (name('list'), name('at'));
        my $text = line("struct node *$list = NULL;") . line("for (int k = 0; k < " . (1 + below(3)) . "; k++)") . line("    $list = new_node($list, k);");
        $text .= line("for (struct node *$at = $list; $at; $at = $at->next) {");
        push @nodes, $at;
        $indent++;
        $text .= assign() . call_statement() . assign();
        pop @ints; # declared inside
        @ints = grep { !/^[rt]\d/ || $text !~ /int $_ = / } @ints;
        $indent--;
        pop @nodes;
        return $text . line('}') . line("free_list($list);");
    }
    my $label = name('again');
    my $tries = name('tries');
    return line("int $tries = 0;") . line("$label:;") . block(1 + below(2), $deep - 1) . line("if (++$tries < 2)") . line("    goto $label;");
}

sub declaration {
    my ($v, $w) = (name('v'), name('w'));
    my $kind = below(9);
    if ($kind < 3) { my $text = line(pick(@int_types) . " $v = (" . pick('signed char', 'unsigned char') . ")(" . int_expr() . ');'); push @ints, $v; return $text; }
    if ($kind == 3) { my $text = line(pick('double', 'float') . " $v = " . small() . ' / 4.0f;'); push @doubles, $v; return $text; }
    if ($kind == 4) { my $text = line("struct node $v = {.cells = {" . small() . ", 2, 3}, .share = 1.5, .run = table[" . below(3) . "], .text = \"" . pick('left', 'right', 'middle') . "\"};"); push @nodes, "(&$v)"; return $text; }
    if ($kind == 5) { my $text = line("struct node *$v = " . pick(@nodes) . ';'); push @nodes, $v; return $text; }
    if ($kind == 6) { my $text = line("int $v\[4] = {" . join(', ', map { small() } 1 .. 4) . '};') . line("int *$w = &$v\[" . below(4) . '];'); push @ints, "(*$w)", "$v\[" . below(4) . ']'; return $text; }
    if ($kind == 7) { my $text = line("int *$v = &" . pick(@nodes) . '->cells[' . below(3) . '];'); push @ints, "(*$v)"; return $text; }
    my $text = line("double *$v = &" . pick(@nodes) . '->share;');
    push @doubles, "(*$v)";
    return $text;
}

# ---- the program ----
my @fields = ('struct node *next;', 'double share;', pick(@int_types[0, 6, 8]) . ' count;', 'int cells[3];',
    'char word[' . (3 + below(6)) . '];', 'int (*run)(int, struct node *, int *);', 'const char *text;',
    pick('short', 'float', 'char') . ' pad;');
@fields = map { $_->[1] } sort { $a->[0] <=> $b->[0] || $a->[1] cmp $b->[1] } map { [below(1000), $_] } @fields;
print "/* seed $seed */\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\nstruct node {\n";
print "    $_\n" for @fields;
print <<'C';
};
struct pair { char tag; int a; double half; int b; };

static int fuel = 400;
static unsigned long long digest = 0xcbf29ce484222325ULL;
static int scrap;
static char first_text[] = "first text";
static const char *const texts[] = {first_text, "second text", "third text"};

static void mix(int v) { digest = (digest ^ (unsigned)v) * 0x100000001b3ULL; }
static void mix_double(double v) { unsigned long long bits; memcpy(&bits, &v, sizeof bits); digest = (digest ^ bits) * 0x100000001b3ULL; }
static void mix_text(const char *text) { while (*text) mix(*text++); }
static int twice(int v) { return 2 * v % 1000; }
static struct pair pair_of(int a, int b) { struct pair p = {'p', a, a / 2.0, b}; return p; }

C
print "static int f$_(int depth, struct node *given, int *out);\n" for 0 .. $n_functions - 1;
print 'static int (*const table[])(int, struct node *, int *) = {', join(', ', map { 'f' . below($n_functions) } 1 .. 3), "};\n";
print <<'C';

static struct node *new_node(struct node *next, int n)
{
    struct node *node = malloc(sizeof(struct node));

    if (!node)
        exit(1);
    memset(node, 0, sizeof(struct node));
    node->next = next;
    node->share = n + 0.25;
    node->cells[n % 3] = n;
    node->run = table[n % 3];
    node->text = texts[n % 3];
    return node;
}
static void free_list(struct node *node)
{
    while (node) {
        struct node *next = node->next;

        free(node);
        node = next;
    }
}
static struct node common = {.share = 2.5};

C
for $function (0 .. $n_functions - 1) {
    @ints = ('(*out)', 'own');
    @doubles = ('ratio');
    @nodes = ('given', '(&common)', '(&here)');
    print "static int f$function(int depth, struct node *given, int *out)\n{\n";
    print "    static int calls;\n    int own = depth * 3;\n    double ratio = own + 0.5;\n";
    print "    struct node here = {.count = depth, .run = table[", below(3), "], .text = texts[", below(3), "] + 1};\n\n";
    print "    if (depth <= 0 || fuel <= 0)\n        return (int)(given->share) % 100 + depth;\n";
    print "    if (--fuel % 40 == 0)\n        printf(\"%d %016llx\\n\", fuel, digest);\n    mix(++calls);\n";
    print "    if (given->share > 1e6 || given->share < -1e6)\n        given->share = 1;\n";
    print "    if (given->count > 10000 || given->count < -10000)\n        given->count = 1;\n";
    print "    if (*out > 10000 || *out < -10000)\n        *out = 1;\n";
    $indent = 1;
    print statement(3) for 1 .. 4 + below(4);
    print "    mix(own + *out % 1000);\n    return (int)(", int_expr(), ") % 100;\n}\n\n";
}
print <<'C';
int main(void)
{
    int out = 0;

    common.run = table[0];
    common.text = "common";
    for (int round = 0; round < 40 && fuel > 0; round++) {
        struct node *node = new_node(NULL, round % 5);

        mix(table[round % 3](4, node, &out));
        free_list(node);
    }
    printf("fuel %d, digest %016llx\n", fuel, digest);
    return 0;
}
C
