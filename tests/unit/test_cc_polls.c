/* Where --polls=auto puts polls: for each source the lines of its polls, on every architecture. */
#include "core/cc/model.h"
#include <string.h>

static const struct {
    const char *name, *source, *polls; /* lines, ascending; a loop's poll has the loop's line */
} places[] = {
    { "loop-of-main", "int main(void) { int i, s = 0;\nfor (i = 0; i < 9; i++) s += i;\nreturn s; }", "2" },
    { "inner-loop-has-none", /* the outer one cuts it */
      "int a[9][9]; int main(void) { int i, k, s = 0;\nfor (i = 0; i < 9; i++)\n"
      "for (k = 0; k < 9; k++)\ns += a[i][k];\nreturn s; }", "2" },
    { "four-deep", /* no more than two loops run without a poll */
      "int a[9]; int main(void) { int i, j, k, l, s = 0;\nfor (i = 0; i < 9; i++)\n"
      "for (j = 0; j < 9; j++)\nfor (k = 0; k < 9; k++)\nfor (l = 0; l < 9; l++)\ns += a[l];\n"
      "return s; }", "2 4" },
    { "four-deep-over-calls",
      "int a[9]; static int sum(int n) { int k, s = 0;\nfor (k = 0; k < n; k++)\ns += a[k];\nreturn s; }\n"
      "static int twice(int n) { int k, s = 0;\nfor (k = 0; k < n; k++)\ns += sum(k); return s; }\n"
      "int main(void) { int i, k, s = 0;\nfor (i = 0; i < 9; i++)\nfor (k = 0; k < 9; k++)\n"
      "s += twice(i);\nreturn s; }", "6 9" },
    { "no-poll-surrounds", /* called once: the only loop there is, however short */
      "int a[9]; static int sum(int n) { int k, s = 0;\nfor (k = 0; k < n; k++)\ns += a[k];\nreturn s; }\n"
      "int main(void) {\nreturn sum(9); }", "2" },
    { "recursion", /* in front of the first statement that goes round */
      "static int f(int n) {\nif (n < 2)\nreturn 1;\nn--;\nn = f(n) + f(n - 1);\nreturn n; }\n"
      "int main(void) {\nreturn f(9); }", "5" },
    { "recursion-of-two",
      "static int g(int n);\nstatic int f(int n) {\nif (n)\nreturn g(n - 1);\nreturn 1; }\n"
      "static int g(int n) {\nreturn n ? f(n - 1) : 0; }\nint main(void) {\nreturn f(9); }", "4" },
    { "recursion-in-branches", /* leaves pay nothing; the way behind the branch has its own */
      "static int f(int n) {\nif (n > 7)\nn -= f(n - 2);\nif (n > 5) n--; else {\nn--;\nif (n) f(n - 1);\n}\n"
      "return n; }\nint main(void) {\nreturn f(9); }", "3 6" },
    { "recursion-in-both-branches", /* nothing is left for what comes behind them */
      "static int f(int n) {\nif (n < 2) return n;\nif (n & 1)\nn = f(n - 1);\nelse\nn = f(n - 2);\n"
      "return f(n - 3); }\nint main(void) {\nreturn f(9); }", "4 6" },
    { "recursion-in-many-branches",
      "static int f(int n) {\nif (n < 1) return n;\nif (n == 1) f(0);\nelse if (n == 2) f(1);\nelse if (n == 3) f(2);\n"
      "else if (n == 4) f(3);\nelse if (n == 5) f(4);\nreturn n; }\nint main(void) {\nreturn f(5); }", "3" },
    { "recursion-in-a-condition",
      "static int f(int n) {\nif (n && f(n - 1))\nreturn f(n - 2);\nreturn n; }\n"
      "int main(void) {\nreturn f(9); }", "2" },
    { "while-0-is-no-loop", /* as macros have it */
      "static int f(int n) { do {\nn++; } while (0);\nreturn n; }\n"
      "int main(void) { int i, s = 0;\nfor (i = 0; i < 9; i++)\ndo {\ndo s += f(i); while (0);\n} while (0);\n"
      "return s; }", "5" },
    { "recursion-behind-a-goto",
      "static int f(int n) {\nif (n) goto on;\nreturn 1;\non:\nreturn f(n - 1); }\n"
      "int main(void) {\nreturn f(9); }", "1" },
    { "recursion-by-pointer",
      "static int (*to)(int);\nstatic int f(int n) {\nif (n < 2) return 1;\nreturn to(n - 1); }\n"
      "int main(void) { to = f;\nreturn f(9); }", "4" },
    { "backward-goto",
      "int main(void) { int i = 0;\nagain:\ni++;\nif (i < 9)\ngoto again;\nreturn i; }", "5" },
    { "forward-goto",
      "int main(void) { int i = 0;\nif (i)\ngoto out;\nfor (; i < 3;)\ni++;\nout: return i; }", "4" },
    { "bytes-of-a-value", /* called once; how many are left means something else on another machine */
      "struct s { long a; double b; } x; static void fill(void *to, unsigned long n) { char *t = to;\n"
      "while (n--)\n*t++ = 0; }\nstatic void each(void *to, unsigned long n) {\nfill(to, n); }\n"
      "int main(void) {\neach(&x, sizeof x);\nreturn 0; }", "" },
    { "bytes-of-a-value-by-goto",
      "struct s { long a; double b; } x; int main(void) { unsigned i = 0;\nagain:\n((char *)&x)[i] = 0;\n"
      "if (++i < sizeof x)\ngoto again;\nreturn 0; }", "" },
    { "bytes-of-characters",
      "char x[99]; static void fill(void *to, unsigned long n) { char *t = to;\nwhile (n--)\n*t++ = 0; }\n"
      "int main(void) {\nfill(x, sizeof x);\nreturn 0; }", "2" },
    { "elements-of-a-size",
      "struct s { long a; double b; } x[9]; int main(void) { unsigned i, k; char *t = (char *)x;\n"
      "for (i = 0; i < sizeof x / sizeof *x; i++)\nfor (k = 0; k < sizeof *x; k++)\nt[i * sizeof *x + k] = 0;\n"
      "return 0; }", "2" },
    { "own-poll", /* the program's own is enough */
      "void preaches_poll_here(void); int main(void) { int i;\nfor (i = 0; i < 9; i++) {\n"
      "preaches_poll_here(); }\nreturn 0; }", "3" },
    { "goto-of-a-short-way", /* whatever else the function does */
      "int a[9]; static void g(void) { int i, j, k;\nfor (i = 0; i < 9; i++)\nfor (j = 0; j < 9; j++)\n"
      "for (k = 0; k < 9; k++)\na[k]++;\nagain: if (a[0]++ < 9)\ngoto again; }\n"
      "int main(void) { int i;\nfor (i = 0; i < 9; i++) g();\nreturn 0; }", "3 9" },
    { "goto-of-a-long-way",
      "int a[9]; static void g(void) { int i;\nagain:\nfor (i = 0; i < 9; i++)\n"
      "a[i]++;\nif (a[0]++ < 9)\ngoto again; }\nint main(void) { int i;\nfor (i = 0; i < 9; i++) g();\n"
      "return 0; }", "6 8" },
    { "rarely-deep", /* behind three branches: what runs often is short */
      "int a[9]; static void g(int n) { int i, j;\nfor (i = 0; i < n; i++)\nif (a[i]) if (a[0]) if (a[1])\n"
      "for (j = 0; j < n; j++)\na[j]++; }\nint main(void) { int i;\n"
      "for (i = 0; i < 9; i++) g(i);\nreturn 0; }", "7" },
    { "scan", /* what it looks for is near */
      "int a[9]; static void g(int n) { int i, j;\nfor (i = 0; i < n; i++) {\nfor (j = 0; a[j] && j < i; j++);\n"
      "a[j]++; } }\nint main(void) { int i;\nfor (i = 0; i < 9; i++) g(i);\nreturn 0; }", "6" },
    { "two-scans",
      "int a[9]; static void g(int n) { int i, j;\nfor (i = 0; i < n; i++) {\nfor (j = 0; a[j] && j < i; j++);\n"
      "while (j-- && a[j]) {}\n} }\nint main(void) { int i;\nfor (i = 0; i < 9; i++) g(i);\nreturn 0; }", "2 7" },
    { "no-scan-but-calls",
      "int a[9]; static int f(int j) { return a[j]; }\nstatic void g(int n) { int i, j;\nfor (i = 0; i < n; i++) {\n"
      "for (j = 0; f(j); j++);\na[j]++; } }\nint main(void) { int i;\nfor (i = 0; i < 9; i++) g(i);\nreturn 0; }",
      "3 7" },
    { "below-never", /* a checkpoint cannot begin there */
      "extern int preaches_never_f; int a[9]; static void g(int n) { int i, j, k;\nfor (i = 0; i < n; i++)\n"
      "for (j = 0; j < n; j++)\nfor (k = 0; k < n; k++)\na[k]++; }\nstatic void f(void) { g(9); }\n"
      "int main(void) { int i;\nfor (i = 0; i < 9; i++) f();\nreturn 0; }", "8" },
    { "not-only-below-never",
      "extern int preaches_never_f; int a[9]; static void g(int n) { int i, j, k;\nfor (i = 0; i < n; i++)\n"
      "for (j = 0; j < n; j++)\nfor (k = 0; k < n; k++)\na[k]++; }\nstatic void f(void) { g(9); }\n"
      "int main(void) { int i;\nfor (i = 0; i < 9; i++) { f();\ng(1); }\nreturn 0; }", "3 8" },
    { "waiting", /* for who knows how long */
      "unsigned sleep(unsigned); int access(const char *, int); int main(void) { int i;\nfor (i = 0; i < 9; i++)\n"
      "while (access(\"a\", 0))\nsleep(1);\nreturn 0; }", "2 3" },
    { "switch-is-one-of-its-cases", /* ten short cases are no long loop */
      "static int f(int n, int k) { for (; n; n--)\nswitch (k) { case 0: k = 1; break; case 1: k = 2; break;"
      "case 2: k = 3; break; case 3: k = 0; break; default: k++; }\nreturn k; }\n"
      "int main(void) { int i, s = 0;\nfor (i = 0; i < 9; i++)\ns += f(i, s);\nreturn s; }", "5" },
};

static void ignore(CcDiag *self, gboolean is_error, const char *file, guint line, guint col,
                   const char *option, const char *message)
{
    (void)self;
    (void)is_error;
    (void)col;
    g_test_message("%s:%u: %s [%s]", file, line, message, option);
}

static char *poll_lines(const char *source, const char *arch)
{
    g_autofree char *text = g_strdup_printf("# 1 \"u.c\"\n%s\n", source);
    CcSource unit = { "u.c", text, strlen(text), NULL, FALSE };
    CcDiag diag = { .report = ignore };
    CcModel *m = cc_model_new(&unit, 1, pr_arch_find(arch), CC_POLLS_AUTO, &diag);
    GString *lines = g_string_new(NULL);
    g_assert_nonnull(m);
    for (guint line = 1; line < 32; line++)
        for (guint i = 0; i < m->sites->len; i++) {
            const CcSite *s = &g_array_index(m->sites, CcSite, i);
            if (s->is_poll && s->line == line)
                g_string_append_printf(lines, "%s%u", lines->len ? " " : "", line);
        }
    cc_model_free(m);
    return g_string_free(lines, FALSE);
}

static void test_place(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    static const char *const arches[] = { "x86_64", "i686", "s390x", "m68k" };
    for (guint k = 0; k < G_N_ELEMENTS(arches); k++) {
        g_autofree char *lines = poll_lines(places[i].source, arches[k]);
        g_assert_cmpstr(lines, ==, places[i].polls);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_strconcat("/polls/auto/", places[i].name, NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_place);
    }
    return g_test_run();
}
