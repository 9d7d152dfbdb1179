/* Forms of C beside plain statements, in every random program: bit-fields, a tagged union, blocks with a
 * tail, arrays of variable length, setjmp, argument lists, an interpreter with computed goto, a file that is
 * written and read again. Statements call these functions; those with `depth` call the random ones. */
#include "fuzz.h"

enum { N_BITS = 6, N_CASES = 6, N_CODE = 24 };

static const char *const bit_types[] = { "unsigned", "int", "unsigned char", "unsigned short", "unsigned long long" };
static const guint bit_rooms[] = { 32, 32, 8, 16, 40 };

static void write_bits(Gen *g, GString *out)
{
    GString *use = g_string_new("static void bits_use(int x)\n{\nstruct bits *b = &bits[(unsigned)x % 3];\n");

    g_string_append(out, "struct bits {\n");
    for (guint i = 0; i < N_BITS; i++) {
        guint type = fuzz_below(g, G_N_ELEMENTS(bit_types)), width = 1 + fuzz_below(g, bit_rooms[type]);
        g_string_append_printf(out, "%s b%u : %u;\n", bit_types[type], i, width);
        if (!fuzz_below(g, 4))
            g_string_append_printf(out, "%s : %u;\n", bit_types[type], fuzz_below(g, 2) * 3);
        if (!fuzz_below(g, 4))
            g_string_append_printf(out, "%s m%u;\n", fuzz_below(g, 2) ? "char" : "double", i);
        g_string_append_printf(use, "mix(FOLD((unsigned long long)b->b%u));\nb->b%u %s (unsigned)%s;\n", i, i,
                               fuzz_below(g, 3) ? "=" : "+=", fuzz_below(g, 2) ? "x" : "hash");
    }
    g_string_append_printf(out, "_Bool last : 1;\n};\nstatic struct bits bits[3], *bits_at = bits + 1;\n%s"
                                "b->last = x & 1;\n*bits_at = *b;\nbits_at = bits + hash %% 3;\n"
                                "mix(bits_at->last);\n}\n",
                           use->str);
    g_string_free(use, TRUE);
}

/* Members in random order, so that a case has another number in each program. */
static void write_variants(Gen *g, GString *out)
{
    static const struct {
        const char *member, *set, *use;
    } all[N_CASES] = {
        { "long n", "v->u.n = x", "mix((int)v->u.n)" },
        { "double d", "v->u.d = (x % 1000) * 0.25", "mix_double(v->u.d)" },
        { "char text[8]", "sprintf(v->u.text, \"%d\", x % 1000)", "mix_text(v->u.text)" },
        { "struct s1 *link", "v->u.link = &pool1[(unsigned)x % 4]", "mix(v->u.link ? (int)(v->u.link - pool1) : -1)" },
        { "struct { short a[3]; long long b; } both", "v->u.both.a[2] = (short)x;\nv->u.both.b = (long long)x << 9",
          "mix(FOLD(v->u.both.b) + v->u.both.a[2])" },
        { "struct variant *other", "v->u.other = &variants[hash % 5]",
          "mix(v->u.other ? (int)(v->u.other - variants) : -1)" },
    };
    static const char *const names[N_CASES] = { "n", "d", "text", "link", "both", "other" };
    GString *set = g_string_new(NULL), *use = g_string_new(NULL), *tags = g_string_new(NULL);
    guint first = fuzz_below(g, N_CASES), step = fuzz_below(g, 2) ? 1 : 5, base = fuzz_below(g, 3);

    g_string_append_printf(out, "struct variant {\n%s kind;\nunion {\n", fuzz_below(g, 2) ? "int" : "unsigned char");
    for (guint i = 0; i < N_CASES; i++) {
        guint k = (first + step * i) % N_CASES;
        g_string_append_printf(out, "%s;\n", all[k].member);
        g_string_append_printf(tags, " %u=%s", base + i, names[k]);
        g_string_append_printf(set, "case %u:\n%s;\nbreak;\n", base + i, all[k].set);
        g_string_append_printf(use, "case %u:\n%s;\nbreak;\n", base + i, all[k].use);
    }
    g_string_append_printf(out, "} u;\n};\n_Static_assert(1, \"preaches: union variant.u tag kind :%s\");\n"
                                "static struct variant variants[5];\n",
                           tags->str);
    g_string_append_printf(out, "static void variant_set(int x)\n{\nstruct variant *v = &variants[hash %% 5];\n"
                                "memset(v, 0, sizeof *v);\nv->kind = %u + (unsigned)x %% %u;\n"
                                "switch (v->kind) {\n%s}\n}\n",
                           base, N_CASES, set->str);
    g_string_append_printf(out, "static void variant_walk(int x)\n{\nfor (int i = 0; i < 5; i++) {\n"
                                "struct variant copy = variants[i], *v = x & 1 ? &copy : &variants[i];\n"
                                "switch (v->kind) {\n%s}\n}\n}\n", use->str);
    g_string_free(set, TRUE);
    g_string_free(use, TRUE);
    g_string_free(tags, TRUE);
}

static const char fixed[] =
    "struct tailed { short n; struct tailed *before; double tail[]; };\nstatic struct tailed *tails;\n"
    "static void tail_push(int x)\n{\nint n = (int)((unsigned)x % 7), many = 0;\nstruct tailed *t;\n"
    "for (t = tails; t; t = t->before)\nmany++;\nif (many > 6)\nreturn;\n"
    "t = malloc(sizeof *t + (size_t)n * sizeof t->tail[0]);\nif (!t)\nexit(99);\nt->n = (short)n;\n"
    "t->before = tails;\n"
    "for (int i = 0; i < n; i++)\nt->tail[i] = i * 0.5 + x % 64;\ntails = t;\n}\n"
    "static void tail_walk(int x)\n{\nfor (struct tailed *t = tails; t; t = t->before)\n"
    "for (double *d = t->tail; d < t->tail + t->n; d++) {\n"
    "mix_double(*d);\n*d += x & 3;\n}\n}\n"
    "static void tail_pop(int x)\n{\nstruct tailed *t = tails;\nif (!t || (x & 1))\nreturn;\n"
    "tails = t->before;\nfree(t);\n}\n"
    "static int sum_of(int n, ...)\n{\nva_list list;\nint sum = 0;\nva_start(list, n);\n"
    "while (n-- > 0)\nsum = n & 1 ? ADD(sum, va_arg(list, int)) : ADD(sum, (int)va_arg(list, double));\n"
    "va_end(list);\nreturn sum;\n}\n"
    "static FILE *tape;\nstatic int n_tape;\n"
    "static void tape_write(int x)\n{\nif (!tape)\ntape = fopen(\"tape\", \"w+\");\nif (!tape || n_tape > 40)\n"
    "return;\n"
    "fseek(tape, 0, SEEK_END);\nfor (int i = 0; i < 3; i++)\nn_tape += fprintf(tape, \"%d\\n"
    "\", (int)((unsigned)x >> i) % 1000) > 0;\n}\n"
    "static void tape_read(int x)\n{\nint number;\nif (!tape)\nreturn;\nrewind(tape);\n"
    "for (int i = 0; i < 2 + (x & 7) && fscanf(tape, \"%d\", &number) == 1; i++)\nmix(number);\n"
    "mix((int)ftell(tape));\n}\n"
    "static void chance_use(int x)\n{\nstatic unsigned short state[3] = { 1, 2, 3 };\nif ((x & 7) == 1)\n"
    "srand((unsigned)x);\n"
    "for (int i = 0; i < (x & 3); i++)\nmix(rand() ^ (int)nrand48(state));\n}\n"
    "static jmp_buf back;\nstatic int armed;\n"
    "static void jump_deep(int d, int x)\n{\nif (d > 0)\njump_deep(d - 1, x);\nelse if (armed && (x & 1))\n"
    "longjmp(back, 1 + (x & 6));\nmix(d);\n}\n";

/* Functions with calls of the random ones between what they keep. */
static void write_calling(Gen *g, GString *out)
{
    guint callee;
    const char *call = fuzz_call(g, &callee), *second = fuzz_call(g, &callee), *third = fuzz_call(g, &callee);
    const char *type = fuzz_below(g, 2) ? "double" : "long";

    g_string_append_printf(out, "static void array_use(int depth, int x)\n{\n"
                                "int n = 1 + (int)((unsigned)x %% 6);\n%s row[n];\n"
                                "short grid[n][2], (*last)[2] = &grid[n - 1];\nfor (int i = 0; i < n; i++) {\n"
                                "row[i] = i + x %% 50;\n"
                                "grid[i][0] = (short)i;\ngrid[i][1] = (short)(x >> i);\n}\n%s;\nif (n > 2) {\n"
                                "char name[n * 2];\n"
                                "sprintf(name, \"%%d\", n);\n%s;\nmix_text(name);\n}\nfor (int i = 0; i < n; i++)\n"
                                "mix((int)row[i] + grid[i][1]);\n"
                                "mix((*last)[0] + (int)(sizeof row / sizeof row[0]));\n}\n",
                           type, call, second);
    g_string_append_printf(out, "static void jump_use(int depth, int x)\n{\nvolatile int times = 0;\n"
                                "if (armed)\nreturn;\narmed = 1;\n"
                                "switch (setjmp(back)) {\ncase 0:\n%s;\n/* on */\ndefault:\nmix(times);\n"
                                "if (times++ < 3)\n"
                                "jump_deep(times & 3, ADD(x, times));\n}\narmed = 0;\n}\n", third);
}

static void write_machine(Gen *g, GString *out)
{
    static const char *const ops[] = { "mix(top);", "top = ADD(top, x);", "x = XOR(x, top);",
                                       "if (--rounds < 0)\nreturn;\npc = 0;" };
    guint callee, n = G_N_ELEMENTS(ops) + 1;

    g_string_append_printf(out, "static void machine_run(int depth, int x)\n{\n"
                                "static const unsigned char code[%u] = { ", N_CODE);
    for (guint i = 0; i + 1 < N_CODE; i++)
        g_string_append_printf(out, "%u, ", fuzz_below(g, 8) ? fuzz_below(g, n - 2) : n - 1);
    g_string_append_printf(out, "%u };\nstatic const void *const ops[] = { ", n - 2);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "&&op%u, ", i);
    g_string_append(out, "};\nint pc = 0, top = 1, rounds = 2;\ngoto *ops[code[pc++]];\n");
    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "op%u:\n%s\ngoto *ops[code[pc++]];\n", i,
                               i < n - 1 ? ops[i] : TEXT(g, "%s;", fuzz_call(g, &callee)));
    g_string_append(out, "}\n");
}

void fuzz_write_forms(Gen *g, GString *out)
{
    write_bits(g, out);
    write_variants(g, out);
    g_string_append(out, fixed);
    write_calling(g, out);
    write_machine(g, out);
}

char *fuzz_use_form(Gen *g)
{
    static const char *const uses[] = {
        "bits_use(%s);", "variant_set(%s);", "variant_walk(%s);", "tail_push(%s);", "tail_push(%s);", "tail_walk(%s);",
        "tail_pop(%s);", "tape_write(%s);", "tape_read(%s);", "chance_use(%s);", "array_use(depth - 1, %s);",
        "jump_use(depth - 1, %s);", "machine_run(depth - 1, %s);", "mix(sum_of(3, 1.5, %s, 2.5));",
    };
    return TEXT(g, uses[fuzz_below(g, G_N_ELEMENTS(uses))], fuzz_int(g, 1));
}

/* A call in the middle of a value: ({ ... }). */
char *fuzz_statement_value(Gen *g)
{
    guint to;
    char *call = fuzz_call(g, &to), *name = fuzz_name(g, "e");
    const Type *type = g_array_index(g->functions, Function, to).result;

    if (!type || type->kind != K_SCALAR)
        return NULL;
    return TEXT(g, "mix(({ int %s = (int)%s; ADD(%s, %s); }));", name, call, name, fuzz_quiet(g));
}
