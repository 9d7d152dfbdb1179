#!/bin/bash
# A union of which nothing says which member holds is refused with the hint that would. The line, copied as it stands into
# a hints file or the source, is all that is missing: the program builds, and is carried over.
# Without optimisation: cases.c met a frame twice then, whose checkpoint failed (core/runtime/unwind.c).
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 11
export PREACHES_ARCH=x86_64,s390x
cd "$tmp" || exit 1

cat >cases.c <<'E'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct value value;
struct value {
    enum { NUMBER = 1, TEXT, PAIR } kind;
    union { long number; char *text; struct { value *left, *right; } pair; } is;
};
static value *make(int kind) { value *v = calloc(1, sizeof *v); v->kind = kind; return v; }
static value *number(long n) { value *v = make(NUMBER); v->is.number = n; return v; }
static void show(const value *v)
{
    switch (v->kind) {
    case NUMBER: printf("%ld", v->is.number); break;
    case TEXT: fputs(v->is.text, stdout); break;
    default: show(v->is.pair.left); putchar('.'); show(v->is.pair.right);
    }
}
int main(void)
{
    value *list = number(0);
    for (int i = 1; i < 12; i++) {
        value *text = make(TEXT), *pair = (value *)calloc(1, sizeof(value));
        text->is.text = strdup("x");
        pair->kind = PAIR;
        pair->is.pair.left = i % 2 ? text : number(i);
        pair->is.pair.right = list;
        show(list = pair);
        putchar('\n');
    }
    return 0;
}
E
cat >branches.c <<'E'
#include <stdio.h>
struct { int unrelated; } other;
typedef struct { struct { short len; char type; } head; union { int n; const char *text; double d; } body; } message;
static message box[3];
static int length(const message *m) { if (m->head.type != 't') return 0; return m->body.text[0]; }
static void fill(message *m, int i)
{
    if (i % 3)
        *m = (message){ .head = { 1, 'n' }, .body.n = i };
    else {
        m->head.type = 't';
        m->body.text = "some";
    }
}
int main(void)
{
    for (int i = 0; i < 12; i++) {
        fill(&box[i % 2], i);
        printf("%d %d\n", length(&box[i % 2]), box[0].head.type == 'n' || box[0].head.type == 'm' ? box[0].body.n : -1);
    }
    return 0;
}
E
cat >flag.c <<'E'
#include <stdio.h>
struct item { int is_text; union { double d; const char *text; }; };
static struct item items[5];
int main(void)
{
    for (int i = 0; i < 12; i++) {
        struct item *t = &items[i % 5];
        t->is_text = i % 2;
        if (t->is_text) t->text = "odd"; else t->d = i / 2.0;
        if (!items[0].is_text) printf("%g\n", items[0].d); else puts(items[0].text);
    }
    return 0;
}
E
line_of() { sed -nE 's/^.* a hint can: (.*) \[-Wpreaches-union\]$/\1/p' err | head -n 1; }
moves() { # builds NAME from FILE, and carries it there and back
    rm -rf sp; preaches-cc -I"$root/core/include" "$1" -o "$2" 2>err && "./$2" >want &&
        preaches run --at-poll=4 --stop --spool=sp "./$2" >got 2>err &&
        preaches restart --arch=s390x --at-poll=3 --stop sp >>got 2>err && preaches restart sp >>got 2>err && cmp -s got want
}
for name in cases branches flag; do
    run preaches-cc $name.c -o $name
    line_of >$name.hints
    [ $status -eq 1 ] && [ -s $name.hints ] && ! grep -q VALUE $name.hints
    ok $? "$name: refused, and told: $(cat $name.hints)" || cat err
    moves $name.c $name; ok $? "$name: with the line it is carried over" || sed 's/^/# /' err
done
rm cases.hints; run preaches-cc cases.c -o cases
grep -q '^cases.c:8:2: note: behind this type, PREACHES_HINT("union value.is tag kind : ' err
ok $? "the place of the line in the source"
hint=$(sed -nE 's/.*(PREACHES_HINT\(.*\);).*/\1/p' err | head -n 1)
{ echo '#include <preaches.h>'; sed "8a $hint" cases.c; } >inside.c
moves inside.c inside; ok $? "and there it does as well"

sed "s/return m->body.text\[0\];/return m->body.text[0] + m->body.n;/" branches.c >doubt.c
run preaches-cc doubt.c -o doubt
line=$(line_of); [ $status -eq 1 ] && [ "$line" = "union message.body tag head.type : VALUE=n VALUE=text VALUE=d" ]
ok $? "where the program uses two members with one value, none is proposed" || echo "# $line"
printf 'union u { int i; char *p; };\nstatic union u all[3];\nint main(int n, char **v) { for (int i = 0; i < 9; i++) if (n > i) all[i %% 3].i = i; else all[1].p = *v; return 0; }\n' >alone.c
run preaches-cc alone.c -o alone; [ $status -eq 1 ] && grep -q "^alone.c:2:16: error: .*(int i, char \* p).*; a structure around each, with a name and an integer that says it" err
ok $? "without a structure around it"
sed 's/int is_text; //; s/t->is_text = i % 2;//; s/t->is_text/(i % 2)/; s/items\[0\].is_text/(i % 2)/' flag.c >none.c
run preaches-cc none.c -o none; is "$(line_of)" "union item.d tag INTEGER : VALUE=d VALUE=text" "without an integer" || cat err
