/* Bit-fields: every machine has its own places for them. */
#include <stdio.h>
#include <stdlib.h>

enum color { RED, GREEN, BLUE };

struct flags {
    unsigned ready : 1;
    signed level : 5;
    unsigned : 3;
    enum color color : 2;
    unsigned wide : 30;
    _Bool on : 1;
    unsigned char small : 3;
    unsigned short middle : 9;
    unsigned long long large : 40;
    signed char c;
    unsigned : 0;
    int tail : 17;
};

struct holder {
    short before;
    struct flags f[3];
    struct { unsigned a : 4, b : 12; long n; } inner;
    struct holder *next;
};

static struct flags all_set = { 1, -1, BLUE, 0x3fffffff, 1, 7, 511, 0xffffffffffULL, -1, -1 };

static void show(const struct flags *f)
{
    printf("%u %d %d %x %d %u %u %llx %d %d\n", f->ready, f->level, (int)f->color, (unsigned)f->wide,
           f->on, f->small, f->middle, (unsigned long long)f->large, f->c, f->tail);
}

static void step(struct flags *f, int i)
{
    f->ready ^= 1;
    f->level = (i * 7) % 16 - 8;
    f->color = (enum color)(i % 3);
    f->wide = (unsigned)i * 0x1234567u;
    f->on = i % 2;
    f->small = (unsigned char)i & 7;
    f->middle = (unsigned short)(i * 37) & 511;
    f->large = (unsigned long long)i * 0x123456789abULL;
    f->c = (signed char)(i * 11);
    f->tail = i % 2 ? -i * 4001 : i * 3999;
}

int main(void)
{
    struct holder *list = NULL;
    struct flags local = { 0 };
    for (int i = 0; i < 14; i++) {
        struct holder *h = malloc(sizeof *h);
        if (!h)
            return 1;
        *h = (struct holder){ .before = (short)i, .inner = { (unsigned)i & 15, (unsigned)i * 255 & 4095, -i },
                              .next = list };
        for (int k = 0; k < 3; k++)
            step(&h->f[k], i * 3 + k);
        step(&local, i);
        step(&all_set, 20 - i);
        list = h;
        for (int k = 0; k < 3; k++)
            show(&list->f[(i + k) % 3]);
        if (list->next)
            show(&list->next->f[1]);
        show(&local);
        show(&all_set);
        printf("%d %u %u %ld\n", h->before, h->inner.a, h->inner.b, h->inner.n);
    }
    return 0;
}
