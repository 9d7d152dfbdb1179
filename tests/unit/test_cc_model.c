/* The source half of preaches-cc: what it refuses, where polls stand, which functions reach them,
 * what a site saves, and that two architectures agree. Texts are given as if preprocessed. */
#include "core/cc/model.h"
#include <string.h>

#define LIBC                                                                                       \
    "typedef __SIZE_TYPE__ size_t; typedef struct _IO_FILE FILE; void *malloc(size_t);"            \
    "void *realloc(void *, size_t); void free(void *); int printf(const char *, ...);"             \
    "FILE *fopen(const char *, const char *); FILE *tmpfile(void); int puts(const char *);"        \
    "void qsort(void *, size_t, size_t, int (*)(const void *, const void *)); int fork(void);"     \
    "void exit(int) __attribute__((noreturn)); void preaches_poll_here(void);\n"

typedef struct Sink {
    CcDiag diag;
    GString *text; /* options reported, one a line */
} Sink;

static void note(CcDiag *self, gboolean is_error, const char *file, guint line, guint col,
                 const char *option, const char *message)
{
    Sink *sink = (Sink *)self;
    (void)col;
    g_assert_nonnull(file);
    g_assert_nonnull(message);
    g_string_append_printf(sink->text, "%s %s:%u %s\n", option, file, line,
                           is_error ? "error" : "warning");
    g_test_message("%s:%u: %s [%s]", file, line, message, option);
}

static CcModel *model_of(Sink *sink, const char *arch, CcPolls polls, const char *const *sources,
                         guint n)
{
    g_autofree CcSource *units = g_new0(CcSource, n);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const PrArch *row = pr_arch_find(arch);
    const char *size_type = row->pointer_bytes == 8 ? "unsigned long" : "unsigned int";
    g_auto(GStrv) libc = g_strsplit(LIBC, "__SIZE_TYPE__", 2);
    for (guint i = 0; i < n; i++) {
        char *text = g_strdup_printf("# 1 \"libc.h\" 1 3\n%s%s%s# 1 \"u%u.c\" 2\n%s", libc[0],
                                     size_type, libc[1], i, sources[i]);
        g_ptr_array_add(texts, text);
        units[i] = (CcSource){ "u.c", text, strlen(text), NULL, FALSE };
    }
    sink->diag = (CcDiag){ .report = note };
    sink->text = g_string_new(NULL);
    return cc_model_new(units, n, row, polls, &sink->diag);
}

static CcModel *model_of_one(const char *source, CcPolls polls)
{
    Sink sink;
    CcModel *m = model_of(&sink, "x86_64", polls, &source, 1);
    g_string_free(sink.text, TRUE);
    g_assert_nonnull(m);
    return m;
}

/* ---- refusals ---- */

/* A function that reaches a poll, for the sources below. */
#define SLOW "static int slow(int x) { preaches_poll_here(); return x; }\n"

#define JUMPS                                                                                      \
    "struct __jmp_buf_tag { long r[8]; int m; struct { unsigned long v[16]; } __saved_mask; };"     \
    "typedef struct __jmp_buf_tag jmp_buf[1]; int _setjmp(struct __jmp_buf_tag *);"                  \
    "int __sigsetjmp(struct __jmp_buf_tag *, int); void longjmp(struct __jmp_buf_tag *, int);\n"
#define HINT(line) "_Static_assert(1, \"preaches: " line "\");"
#define TAGGED "struct t { int k; double d; union { long n; char *s; } u; };"

#define OVERLAID(rest) HINT("overlay " rest) SLOW                                                  \
    "static int f(int *p, int n, long *l, void **v) { int *away = p, *again = p, *later, **a = &away; slow(n); " \
    "later = *a; { int *twice = p; slow(*twice); } { int *twice = p; slow(*twice); } " \
    "return *p + n + (int)*l + !*v + slow(*later) + *again; }" \
    "int main(void) { int i = 1; long l = 1; void *v = &i; return f(&i, 1, &l, &v); }"

static const struct { const char *name, *option, *source; } refusals[] = {
    { "callback", "-Wpreaches-callback",
      SLOW "int cmp(const void *a, const void *b) { return slow(a < b); }"
           "int main(void) { int v[2] = { 2, 1 }; qsort(v, 2, sizeof *v, cmp); return v[0]; }" },
    { "callback-pointer", "-Wpreaches-callback",
      SLOW "int cmp(const void *a, const void *b) { return slow(a < b); }"
           "int (*by)(const void *, const void *) = cmp;"
           "int main(void) { int v[2] = { 2, 1 }; qsort(v, 2, sizeof *v, by); return v[0]; }" },
    { "callback-value", "-Wpreaches-library",
      "int cmp(const void *a, const void *b) { return a < b; }"
      "void (*by)(void *, size_t, size_t, int (*)(const void *, const void *)) = qsort;"
      "int main(void) { int v[2] = { 2, 1 }; by(v, 2, sizeof *v, cmp); return v[0]; }" },
    { "flexible", "-Wpreaches-flexible",
      "struct s { int n; int v[]; }; int main(void) { struct s *p = malloc(4 * sizeof *p); return !p; }" },
    { "flexible-global", "-Wpreaches-flexible",
      "struct s { int n; int v[]; } g = { 1, { 2 } }; int main(void) { return g.n; }" },
    { "vla-pointer", "-Wpreaches-vla",
      SLOW "int main(void) { int n = slow(3), a[n][n], (*p)[n] = a, (**q)[n] = &p; slow(1); return (*q)[0][0]; }" },
    { "vla-parameter", "-Wpreaches-vla",
      SLOW "int f(int n, int (*const a)[n]) { return slow(n) + a[0][0]; } int main(void) { int a[2][2]; return f(2, a); }" },
    { "vla-typedef", "-Wpreaches-vla",
      SLOW "int main(void) { int n = slow(3); typedef int row[n]; row r; r[0] = slow(1); return r[0]; }" },
    { "atomic", "-Wpreaches-threads", "_Atomic int n; int main(void) { return n; }" },
    { "thread-local", "-Wpreaches-threads", "static __thread int n; int main(void) { return n; }" },
    { "fork", "-Wpreaches-library", "int main(void) { return fork(); }" },
    { "alloca", "-Wpreaches-vla",
      SLOW "int main(void) { char *p = __builtin_alloca(8); return slow(!p); }" },
    { "setjmp-buffer", "-Wpreaches-setjmp",
      "int setjmp(long *); long b[9]; int main(void) { return setjmp(b); }" },
    { "setjmp-mask", "-Wpreaches-setjmp",
      JUMPS SLOW "int main(void) { jmp_buf b; if (__sigsetjmp(b, 1)) return 1; return slow(0); }" },
    { "setjmp-expression", "-Wpreaches-setjmp",
      JUMPS SLOW "jmp_buf b; int main(void) { return slow(1) + _setjmp(b); }" },
    { "setjmp-value", "-Wpreaches-library",
      JUMPS "int (*p)(struct __jmp_buf_tag *) = _setjmp; int main(void) { return !p; }" },
    { "unknown-function", "-Wpreaches-unknown", "int other(void); int main(void) { return other(); }" },
    { "unknown-variable", "-Wpreaches-unknown", "extern int other; int main(void) { return other; }" },
    { "void-block", "-Wpreaches-allocation", "int main(void) { void *p = malloc(8); return !p; }" },
    { "wrong-sizeof", "-Wpreaches-allocation",
      "int main(void) { int *p = malloc(4 * sizeof(short)); return !p; }" },
    { "wrong-sizeof-expression", "-Wpreaches-allocation",
      "int main(void) { short s; int *p = malloc(4 * sizeof s); return !p; }" },
    { "sizeof-of-bytes", "-Wpreaches-allocation",
      "struct h { int n; }; int main(void) { char *p = malloc(sizeof(struct h) + 9); return !p; }" },
    { "numbers-among-bytes", "-Wpreaches-allocation",
      "int main(int n, char **v) { char *p = malloc(8 + n * sizeof(int)); return !p; }" },
    { "numbers-as-bytes", "-Wpreaches-allocation",
      "int main(void) { char *p = malloc(8 * sizeof(int)); return !p; }" },
    { "recycled-block", "-Wpreaches-allocation",
      "struct n { struct n *next; } *spare; void *get(size_t n) { if (spare) { void *p = spare;"
      "spare = spare->next; return p; } return malloc(n); } int main(void) { int *p = get(4); return !p; }" },
    { "block-behind-header", "-Wpreaches-allocation",
      "void *get(size_t n) { void *p = malloc(n + 8); *(long *)p = 1; return (char *)p + 8; }"
      "int main(void) { int *p = get(4); return !p; }" },
    { "block-of-two-types", "-Wpreaches-allocation",
      "void *get(size_t n) { void *p = malloc(n); long *q = p; *q = 1; return p; }"
      "int main(void) { int *p = get(4); return !p; }" },
    { "untyped-wrapper", "-Wpreaches-allocation",
      "void *get(size_t n) { return malloc(n); } int main(void) { void *p = get(4); return !p; }" },
    { "wrapper-wrong-sizeof", "-Wpreaches-allocation",
      "void *get(size_t n) { return malloc(n); }"
      "int main(void) { int *p = get(sizeof(short)); return !p; }" },
    { "wrapper-value-wrong-sizeof", "-Wpreaches-allocation",
      "void *get(size_t n) { return malloc(n); } void *(*g)(size_t) = get;"
      "int main(void) { int *p = g(sizeof(short)); return !p; }" },
    { "late-conversion-returned", "-Wpreaches-allocation",
      "void *get(size_t n) { void *p = malloc(n); long *q = p; *q = 1; return p; }"
      "int main(void) { void *p = get(4); return !p; }" },
    { "late-conversion-of-two-types", "-Wpreaches-allocation",
      "int main(void) { void *p = malloc(8); int *i = p; short *s = p; return !i + !s; }" },
    { "late-conversion-of-another", "-Wpreaches-allocation",
      "long v[2]; int main(int argc, char **argv) { void *p = malloc(8); if (argc) p = v;"
      "long *q = p; return !q + !argv; }" },
    { "late-wrong-sizeof", "-Wpreaches-allocation",
      "int main(void) { void *p = malloc(sizeof(short)); int *i = p; return !i; }" },
    { "old-style-count", "-Wpreaches-prototype",
      SLOW "int f(x) int x; { return slow(x); } int main(void) { return f(1, 2); }" },
    { "va-list-address", "-Wpreaches-varargs",
      SLOW "int take(__builtin_va_list *ap); int take(__builtin_va_list *ap) { return ap != 0; }"
           "int sum(int n, ...) { __builtin_va_list ap; __builtin_va_start(ap, n);"
           "return take(&ap) + slow(1); } int main(void) { return sum(1, 2); }" },
    { "asm-memory", "-Wpreaches-asm",
      SLOW "int main(void) { int x; __asm__ volatile(\"\" : \"=m\"(x)); return slow(x); }" },
    { "asm-goto", "-Wpreaches-asm",
      SLOW "int main(void) { __asm__ goto(\"\" : : : : out); slow(1); out: return 0; }" },
    { "nested-function", "-Wpreaches-parse",
      SLOW "int main(void) { int f(int x) { return slow(x); } return f(1); }" },
    { "array-size", "-Wpreaches-expression",
      SLOW "int main(void) { return sizeof(int[slow(3)]); }" },
    { "generic-arm", "-Wpreaches-expression",
      SLOW "int main(void) { return _Generic(1, int: slow(1), default: 0); }" },
    { "cleanup", "-Wpreaches-cleanup", SLOW "static void end(int *p) { *p = 0; }"
      "int main(void) { int n __attribute__((cleanup(end))) = 1; return slow(n); }" },
    { "wide-string", "-Wpreaches-wide", "const int *w = L\"x\"; int main(void) { return !w; }" },
    { "local-type", "-Wpreaches-local-type",
      SLOW "int main(void) { struct __attribute__((packed)) s { int a; } x = { 1 }; return slow(x.a); }" },
    { "untagged-union", "-Wpreaches-union",
      "union u { long n; char *s; } x; int main(void) { return !x.s; }" },
    { "untagged-union-in-struct", "-Wpreaches-union",
      "struct t { int k; union { double d; short s[4]; } u; } x; int main(void) { return x.k; }" },
    { "signed-and-unsigned-long", "-Wpreaches-union",
      "union u { long n; unsigned long m; } x; int main(void) { return !x.n; }" },
    { "padding-union", "-Wpreaches-union",
      "union u { char pad[64]; int n; } x; int main(void) { return x.n; }" },
    { "local-union", "-Wpreaches-union",
      SLOW "int main(void) { union { int n; char *s; } x = { 1 }; return slow(x.n); }" },
    { "unlisted-array-of-unions", "-Wpreaches-union",
      "struct t { int k; union { int n; char *s; } u[2]; } x; int main(void) { return x.k; }" },
    { "bit-field-in-union", "-Wpreaches-bit-field",
      "union u { unsigned a : 3; char *s; } x; int main(void) { return !x.s; }" },
    { "hint-word", "-Wpreaches-hint", HINT("onion u tag k : 0=n") "int main(void) { return 0; }" },
    { "hint-member", "-Wpreaches-hint",
      TAGGED HINT("union t.u tag k : 0=n 1=m") "struct t x; int main(void) { return x.k; }" },
    { "hint-tag-kind", "-Wpreaches-hint",
      TAGGED HINT("union t.u tag d : 0=n 1=s") "struct t x; int main(void) { return x.k; }" },
    { "hint-value", "-Wpreaches-hint",
      TAGGED HINT("union t.u tag k : WHAT=n") "struct t x; int main(void) { return x.k; }" },
    { "hint-cases", "-Wpreaches-hint",
      TAGGED HINT("union t.u tag k") "struct t x; int main(void) { return x.k; }" },
    { "overlay-without-variables", "-Wpreaches-hint", OVERLAID("f") },
    { "overlay-of-no-variable", "-Wpreaches-hint", OVERLAID("f q") },
    { "overlay-of-two-variables", "-Wpreaches-hint", OVERLAID("f twice") },
    { "overlay-of-longs", "-Wpreaches-hint", OVERLAID("f l") },
    { "overlay-of-pointers", "-Wpreaches-hint", OVERLAID("f v") },
    { "overlay-on-the-stack", "-Wpreaches-hint", OVERLAID("f away") },
    { "overlay-set-later", "-Wpreaches-hint", OVERLAID("f later") },
    { "overlay-counted-by-pointer", "-Wpreaches-hint", OVERLAID("f p[later]") },
    { "overlay-counter-shared", "-Wpreaches-hint", OVERLAID("f p[n] again[n]") },
    { "never-but-nothing", "-Wpreaches-hint", HINT("never main but") "int main(void) { return 0; }" },
    { "static-literal", "-Wpreaches-literal", "int *p = (int[]){ 1, 2 }; int main(void) { return *p; }" },
    { "recursive-main", "-Wpreaches-main", "int main(void) { return main(); }" },
    { "environment", "-Wpreaches-main",
      "int main(int c, char **v, char **e) { return c && v && !e; }" },
    { "poll-value", "-Wpreaches-poll",
      "int main(void) { return preaches_poll_here(), 0; }" },
    { "reserved-name", "-Wpreaches-name", "int preaches_x; int main(void) { return preaches_x; }" },
    { "syntax", "-Wpreaches-parse", "int main(void) { return 0 }" },
    { "defined-twice", "-Wpreaches-link", NULL },
};

static void test_refusal(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    const char *twice[] = { "int f(void) { return 1; } int main(void) { return f(); }",
                            "int f(void) { return 2; }" };
    const char *one = refusals[i].source;
    Sink sink;
    CcModel *m = model_of(&sink, "x86_64", CC_POLLS_AUTO, one ? &one : twice, one ? 1 : 2);
    g_assert_null(m);
    g_assert_cmpuint(sink.diag.n_errors, >, 0);
    g_autofree char *wanted = g_strdup_printf("%s u", refusals[i].option);
    if (!strstr(sink.text->str, wanted))
        g_test_message("wanted %s, got %s", refusals[i].option, sink.text->str);
    g_assert_nonnull(strstr(sink.text->str, wanted));
    g_string_free(sink.text, TRUE);
}

/* What looks dangerous but is not part of the state, or is supported. */
static const struct { const char *name, *source; } accepted[] = {
    { "room-for-text", "int main(void) { char *p = malloc(7 + 3 * sizeof(int)); return !p; }" },
    { "union-elsewhere", "union u { int a; float b; }; static float f(int x) { union u y; y.a = x; "
                         "return y.b; } int main(void) { return f(1) > 0; }" },
    { "pointer-to-union", "struct s { union u *p; } g; int main(void) { return !g.p; }" },
    { "const-union", "union u { int a; float b; }; static const union u g = { 1 };"
                     "int main(void) { return g.a; }" },
    { "vla", SLOW "int main(void) { int n = slow(3), a[n]; a[0] = slow(1); return sizeof a > 4 + a[0]; }" },
    { "alloca-elsewhere", "int main(void) { char *p = __builtin_alloca(8); return !p; }" },
    { "vla-elsewhere", "static int f(int n) { char a[n]; return sizeof a > 4; }"
                       "int main(void) { return f(3); }" },
    { "char-block", "int main(void) { char *p = malloc(100); free(p); return 0; }" },
    { "wrapper", "void *get(size_t n) { char *p = malloc(n); if (!p) exit(1); return p; }"
      "void *more(void *p, size_t n) { p = realloc(p, n); return p ? p : (exit(1), (void *)0); }"
      "void *twice(size_t n) { return get(2 * n); }"
      "int main(void) { int *p = get(4); p = more(p, 8); long *q = twice(sizeof *q); return !p || !q; }" },
    { "array-block", "int main(void) { int (*p)[4] = malloc(3 * sizeof *p); free(p); return 0; }" },
    { "block-by-condition", "int main(void) { int n = 2, *p = n ? (malloc(n * sizeof(int))) : 0;"
                            "free(p); return 0; }" },
    { "static-table", "int main(void) { static const struct { int a; const char *n; } t[] = { { 1, "
                      "\"x\" } }; for (int i = 0; i < 1; i++) puts(t[i].n); return t[0].a; }" },
    { "plain-callback", "static int cmp(const void *a, const void *b) { return a < b; }"
                        "int main(void) { int v[2] = { 2, 1 }; qsort(v, 2, 4, cmp); return v[0]; }" },
    { "free-value", "void (*drop)(void *) = free; int main(void) { drop(0); return 0; }" },
    { "setjmp", JUMPS SLOW "jmp_buf b; int main(void) { if (_setjmp(b) == 0) longjmp(b, slow(1)); "
      "return __sigsetjmp(b, 0); }" },
    { "noreturn", SLOW "__attribute__((noreturn)) void die(void) { exit(slow(1)); } int main(void) { die(); }" },
    { "old-style", SLOW "int f(x) int x; { return slow(x); } int main(void) { return f(1); }" },
    { "asm", SLOW "int main(void) { int x = 1; __asm__ volatile(\"\" : \"+r\"(x) : : \"memory\"); return slow(x); }" },
    { "variadic", SLOW "int sum(int n, ...) { return slow(n); } int main(void) { return sum(1, 2); }" },
    { "va-list",
      SLOW "int sum(__builtin_va_list ap) { slow(1); return __builtin_va_arg(ap, int); }"
           "int main(void) { return slow(0); }" },
    { "va-list-local",
      SLOW "int sum(int n, ...) { __builtin_va_list ap; __builtin_va_start(ap, n); slow(1);"
           "return __builtin_va_arg(ap, int); } int main(void) { return sum(1, 2); }" },
    { "va-list-loop",
      "int sum(int n, ...) { int s = 0; __builtin_va_list ap; __builtin_va_start(ap, n);"
      "while (n--) { preaches_poll_here(); s += __builtin_va_arg(ap, int); } return s; }"
      "int main(void) { return sum(1, 2); }" },
    { "va-list-done", SLOW "int sum(int n, ...) { __builtin_va_list ap; __builtin_va_start(ap, n);"
      "n = __builtin_va_arg(ap, int); __builtin_va_end(ap); return slow(n); }"
      "int main(void) { return sum(1, 2); }" },
    { "variadic-elsewhere", "static int f(int n, ...) { return n; } int main(void) {"
                            "return f(1, 2); }" },
};

static void test_accepted(gconstpointer data)
{
    CcModel *m = model_of_one(accepted[GPOINTER_TO_UINT(data)].source, CC_POLLS_AUTO);
    cc_model_free(m);
}

/* ---- polls and the reaching set ---- */

static gboolean reaches(const CcModel *m, const char *name)
{
    for (guint i = 0; i < m->funcs->len; i++)
        if (strcmp(g_array_index(m->funcs, CcFunc, i).name, name) == 0)
            return TRUE;
    return FALSE;
}

static void test_reaching(void)
{
    CcModel *m = model_of_one(
        "static int leaf(int n) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; }\n"
        "static int nest(int n) { for (int i = 0; i < n; i++) leaf(i); return n; }\n"
        "static int straight(int n) { return leaf(n) + 1; }\n"
        "static int recursive(int n) { return n ? recursive(n - 1) : 0; }\n"
        "static int target(int n) { return nest(n); }\n"
        "static int other(int n, int m) { return n + m; }\n"
        "int (*p)(int) = target; int (*q)(int, int) = other;\n"
        "static int through(int n) { return p(n); }\n"
        "static int quiet(int n) { return q(n, n); }\n"
        "static int far(int n) { return nest(n); }\n"
        "static int either(int n) { return (n ? far : leaf)(n); }\n"
        "static long wide(long n) { return nest((int)n); }\n"
        "static int cast(int n) { return ((int (*)(int))wide)(n); }\n"
        "int main(void) { return either(5) + cast(6) + through(1) + quiet(2) + straight(3) + recursive(4); }\n",
        CC_POLLS_AUTO);
    g_assert_true(m->has_main && m->main_reaches);
    g_assert_false(reaches(m, "leaf"));
    g_assert_true(reaches(m, "nest"));
    g_assert_false(reaches(m, "straight"));
    g_assert_true(reaches(m, "recursive"));
    g_assert_true(reaches(m, "target"));
    g_assert_true(reaches(m, "through"));
    g_assert_true(reaches(m, "either"));
    g_assert_true(reaches(m, "cast"));
    g_assert_false(reaches(m, "quiet"));
    g_assert_false(reaches(m, "other"));
    cc_model_free(m);
}

static void test_explicit(void)
{
    CcModel *m = model_of_one(
        "static void f(void) { for (int i = 0; i < 3; i++) preaches_poll_here(); }\n"
        "int main(void) { for (int i = 0; i < 3; i++) f(); return 0; }\n", CC_POLLS_EXPLICIT);
    guint polls = 0;
    for (guint i = 0; i < m->sites->len; i++)
        polls += g_array_index(m->sites, CcSite, i).is_poll != 0;
    g_assert_cmpuint(polls, ==, 1);
    g_assert_cmpuint(m->sites->len, ==, 2);
    cc_model_free(m);
    m = model_of_one("int main(void) { for (int i = 0; i < 3; i++) puts(\"x\"); return 0; }\n",
                     CC_POLLS_EXPLICIT);
    g_assert_false(m->main_reaches);
    g_assert_cmpuint(m->sites->len, ==, 0);
    cc_model_free(m);
}

/* ---- liveness ---- */

/* Names saved at the n-th site of a line, with a space after each. */
static char *saved_at(const CcModel *m, guint line, guint nth)
{
    for (guint i = 0; i < m->sites->len; i++) {
        const CcSite *s = &g_array_index(m->sites, CcSite, i);
        if (s->line != line || nth-- > 0)
            continue;
        GString *names = g_string_new(NULL);
        for (guint k = 0; k < s->n_vars; k++)
            g_string_append_printf(names, "%s ",
                                   g_array_index(m->vars, CcVar, s->first_var + k).name);
        return g_string_free(names, FALSE);
    }
    return g_strdup("no such site");
}

static void assert_saved(const CcModel *m, guint line, guint nth, const char *wanted)
{
    g_autofree char *got = saved_at(m, line, nth);
    g_assert_cmpstr(got, ==, wanted);
}

static void test_live(void)
{
    CcModel *m = model_of_one(
        SLOW /* line 1 */
        "int f(int a, int b, int c) {\n"            /* 2 */
        "  int x = slow(a);\n"                      /* 3: x is being made, a and c are dead */
        "  int y = slow(x) + slow(b);\n"            /* 4 */
        "  x = slow(y);\n"                          /* 5: x is overwritten */
        "  while (slow(x)) {\n"                     /* 6 */
        "    int t = y;\n"                          /* 7 */
        "    x = slow(t);\n"                        /* 8: y is needed by the next round */
        "  }\n"
        "  y = 1; slow(0);\n"                       /* 10 */
        "  c = 5; return x + y + c;\n"
        "}\n"
        "int g(int a) { int x = a; { int x = slow(a); a += slow(x); } return x + a; }\n" /* 13 */
        "int main(void) { return f(1, 2, 3) + g(4); }\n", CC_POLLS_EXPLICIT);
    assert_saved(m, 3, 0, "b ");
    assert_saved(m, 4, 0, "b ");
    assert_saved(m, 4, 1, "<result of slow> ");
    assert_saved(m, 5, 0, "y ");
    assert_saved(m, 6, 0, "x y ");
    assert_saved(m, 8, 0, "y ");
    assert_saved(m, 10, 0, "x y ");
    assert_saved(m, 13, 0, "a x ");
    assert_saved(m, 13, 1, "a x ");
    assert_saved(m, 14, 0, "");
    assert_saved(m, 14, 1, "<result of f> ");
    cc_model_free(m);
}

static void test_data_stack(void)
{
    CcModel *m = model_of_one(
        SLOW "struct s { long a; char *p; };\n"
        "static struct s make(int x) { struct s r = { 0 }; r.a = slow(x); return r; }\n"
        "int main(void) { char text[8]; struct s *v, t; int n = 3, *p = &n, k = 1;\n"
        "  v = &t; *v = make(slow(*p)); text[0] = 0; return slow(k) + text[0]; }\n",
        CC_POLLS_EXPLICIT);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < m->locals->len; i++) {
        const CcLocal *l = &g_array_index(m->locals, CcLocal, i);
        g_string_append_printf(names, "%s%s ", l->name, l->zero ? "*" : "");
    }
    /* r is initialised before any site; t and the result are not. */
    g_assert_cmpstr(names->str, ==, "r text t* n <result of make>* ");
    g_string_free(names, TRUE);
    cc_model_free(m);
}

/* ---- across architectures and units ---- */

static void test_signatures(void)
{
    static const char *const sources[] = {
        "struct n { long v; struct n *next; size_t size; }; extern struct n *head; int g(size_t);\n"
        "static int counter; int main(void) { for (int i = 0; i < 2; i++) counter += g(i);\n"
        "  return head ? counter : 0; }\n",
        "struct n { long v; struct n *next; size_t size; }; struct n *head; static int counter;\n"
        "int g(size_t n) { head = malloc(n * sizeof *head); while (n-- > 0) do counter++; while (0);"
        "  return counter; }\n" };
    static const char *const arches[] = { "x86_64", "i686", "aarch64", "s390x", "mips", "m68k",
                                          "hppa" };
    g_autofree char *first = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(arches); i++) {
        Sink sink;
        CcModel *m = model_of(&sink, arches[i], CC_POLLS_AUTO, sources, 2);
        g_assert_nonnull(m);
        g_autofree char *text = cc_model_signature(m);
        if (i == 0)
            first = g_steal_pointer(&text);
        else
            g_assert_cmpstr(text, ==, first);
        guint structs = 0;
        for (guint k = 0; k < m->types->len; k++)
            structs += g_array_index(m->types, CcType, k).kind == PR_STRUCT;
        g_assert_cmpuint(structs, ==, 1); /* both units' struct n is one type */
        cc_model_free(m);
        g_string_free(sink.text, TRUE);
    }
}

static void test_fixed_types(void)
{
    CcModel *m = model_of_one("int main(void) { return 0; }", CC_POLLS_AUTO);
    g_assert_cmpint(g_array_index(m->types, CcType, PR_TYPE_VOID).kind, ==, PR_VOID);
    g_assert_cmpint(g_array_index(m->types, CcType, PR_TYPE_CHAR).kind, ==, PR_CHAR);
    g_assert_cmpuint(g_array_index(m->types, CcType, PR_TYPE_CHARPTR).elem, ==, PR_TYPE_CHAR);
    cc_model_free(m);
}

static void test_sums(void)
{
    static const struct { const char *text; gboolean sums; } rows[] = {
        {"static double f(const double *a, int n) { double s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }", TRUE},
        {"static float f(float x, int n) { float p = 1; while (n--) p = p * x + 1; return p; }", TRUE},
        {"static double f(double *a, int n) { for (int i = 0; i < n; i++) a[i] += 1; return a[0]; }", FALSE}, /* memory */
        {"static double f(double a, double b) { double s = a; s += b; return s; }", FALSE},                /* no loop */
        {"static double f(const double *a, int n) { double s = 0; do s += a[n]; while (0); return s; }", FALSE},
        {"double f(const double *a, int n) { double s = 0; while (n--) { preaches_poll_here(); s += a[n]; } return s; }", FALSE},
        {"static double f(const long *a, int n) { long s = 0; for (int i = 0; i < n; i++) s += a[i]; return (double)s; }", FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strconcat(rows[i].text, " int main(void) { return 0; }", NULL);
        CcModel *m = model_of_one(text, CC_POLLS_AUTO);
        g_assert_cmpint(cc_model_sums_floats(m, 0), ==, rows[i].sums);
        cc_model_free(m);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strconcat("/cc/refuse/", refusals[i].name, NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_refusal);
    }
    for (guint i = 0; i < G_N_ELEMENTS(accepted); i++) {
        g_autofree char *path = g_strconcat("/cc/accept/", accepted[i].name, NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_accepted);
    }
    g_test_add_func("/cc/reaching", test_reaching);
    g_test_add_func("/cc/explicit", test_explicit);
    g_test_add_func("/cc/live", test_live);
    g_test_add_func("/cc/data-stack", test_data_stack);
    g_test_add_func("/cc/signatures", test_signatures);
    g_test_add_func("/cc/fixed-types", test_fixed_types);
    g_test_add_func("/cc/sums", test_sums);
    return g_test_run();
}
