/* Functions that call themselves at their end: the frame that does so is gone, with all it held. */
#include <stdio.h>

struct node {
    struct node *left, *right;
    int value;
};

static struct node nodes[15];

static int sum_to(int n, int sum)
{
    if (n == 0)
        return sum;
    return sum_to(n - 1, sum + n);
}

/* What is passed on changes places. */
static int common(int a, int b)
{
    if (b)
        return common(b, a % b);
    return a;
}

/* One call in the middle, one at the end; the first one's frame stays. */
static void visit(const struct node *n, int depth, int *count)
{
    if (!n)
        return;
    count[depth] += n->value;
    visit(n->left, depth + 1, count);
    visit(n->right, depth + 1, count);
}

static void mark(int from, int to, char *text)
{
    if (from < to) {
        int middle = (from + to) / 2;

        text[middle] = (char)('a' + middle % 26);
        mark(from, middle, text);
        if (middle + 1 < to) {
            mark(middle + 1, to, text);
            return;
        }
    }
}

/* A local that a callee sees is there for each call anew. */
static void set(int *to, int value) { *to = value; }
static int chain(int n, int *before)
{
    int here;

    set(&here, n + (before ? *before : 0));
    if (n > 9)
        return here;
    return chain(n + 1, &here);
}

/* Arguments with effects, and a loop around. */
static long steps(int n, const char *names)
{
    while (n > 0) {
        if (n-- % 3 == 0)
            return steps(n - 1, names + 1);
        if (*names == 'x')
            return n;
    }
    return *names;
}

static double mean(int n, double sum, float weight, unsigned char c)
{
    return n ? mean(n - 1, sum + weight, weight / 2, (unsigned char)(c * 3)) : sum + c;
}

int main(void)
{
    char text[40] = "";
    int count[8] = {0}, i;

    for (i = 0; i < 15; i++) {
        nodes[i].value = i * i;
        nodes[i].left = 2 * i + 1 < 15 ? &nodes[2 * i + 1] : NULL;
        nodes[i].right = 2 * i + 2 < 15 ? &nodes[2 * i + 2] : NULL;
    }
    for (i = 0; i < 3; i++) {
        printf("%d %d\n", sum_to(20 + i, 0), common(1071 * (i + 1), 462));
        visit(nodes, 0, count);
        printf("%d %d %d %d\n", count[0], count[1], count[2], count[3]);
        mark(i, 30 + i, text);
        printf("%s\n", text + i);
        printf("%d %ld %.6f\n", chain(i, NULL), steps(25 + i, "abcdefghijxlm"), mean(5 + i, 0, 3, 7));
    }
    return 0;
}
