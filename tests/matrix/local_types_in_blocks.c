/* Types declared in inner blocks, of variables that hold pointers and meet polls: with and without a first value. */
#include <stdio.h>

static int slow(int x)
{
    int i;
    for (i = 0; i < 2; i++)
        printf("%d: %d\n", i, x += i);
    return x;
}

int main(void)
{
    long total = 0;
    for (int i = 0; i < 3; i++) {
        struct step { int n; double half; long *sum; char name[8]; };
        for (struct step at = {i, 0.5, &total, "first"}; at.n < i + 2; at.n++, at.half /= 2) {
            struct remark { char note[12]; const char *text; struct step *of; int last; } r, *p = &r;
            *at.sum += slow(at.n);
            p->text = at.half < 0.5 ? "less" : "half";
            p->of = &at;
            p->last = slow(at.n + 1);
            sprintf(p->note, "note %d", p->last);
            *p->of->sum += slow(r.last);
            printf("%s %s %s %g\n", r.note, r.text, r.of->name, at.half);
        }
    }
    printf("%ld\n", total);
    return 0;
}
