/* Programs: built plainly and by preaches-cc for two or three architectures, run undisturbed, then through
 * chains: checkpointed at random polls, going on each time on another architecture. All outputs, put
 * together, and the status at the end must be those of the plain program. */
#include "fuzz.h"
#include "fuzz_plant.h"
#include "core/layout/arch.h"
#include <string.h>
#include <sys/wait.h>

typedef struct Run { /* of one command */
    char *out, *err;
    int status; /* exit status, 128 + signal, or 124: took too long */
} Run;

static void run_clear(Run *run)
{
    g_free(run->out);
    g_free(run->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static const char *const others[] = { "i686", "aarch64", "s390x", "mips", "m68k", "hppa" };

static Run command(const char *dir, const char *seconds, const char *const *words)
{
    Run run = { .status = 127 };
    g_autoptr(GPtrArray) args = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    int status;

    g_ptr_array_add(args, "timeout");
    g_ptr_array_add(args, (gpointer)seconds);
    for (; *words; words++)
        g_ptr_array_add(args, (gpointer)*words);
    g_ptr_array_add(args, NULL);
    if (!g_spawn_sync(dir, (char **)args->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &run.out, &run.err, &status,
                      &error)) {
        run.err = g_strdup(error->message);
        return run;
    }
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return run;
}
#define COMMAND(dir, seconds, ...) command(dir, seconds, (const char *const[]){ __VA_ARGS__, NULL })

static FuzzResult say(FuzzTrial *trial, FuzzResult result, const char *what, const char *text)
{
    g_autofree char *line = g_strndup(text ? text : "", strcspn(text ? text : "", "\n"));

    g_free(trial->what);
    trial->what = g_strdup_printf("%s%s%.200s", what, *line ? ": " : "", line);
    return result;
}

/* The first line that holds `word`. */
static char *line_with(const char *text, const char *word)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i]; i++)
        if (strstr(lines[i], word))
            return g_strdup(lines[i]);
    return NULL;
}

static guint draw(guint64 *state, guint n)
{
    *state = *state * G_GUINT64_CONSTANT(6364136223846793005) + G_GUINT64_CONSTANT(1442695040888963407);
    return (guint)(*state >> 33) % n;
}

typedef struct Program {
    FuzzTrial *trial;
    const char *dir;
    const char *number; /* its argument: which of the executable's programs; NULL: there is one */
    char *preaches;     /* command */
    Run wanted;
    guint polls;
    guint64 state;
} Program;

/* ---- build ---- */

/* Most of what a program costs is its compilation, once for each architecture. So three of four know one foreign
 * architecture, the others two, of all six in turn; and few are built with -O2, which costs twice what -O0 does. */
void fuzz_choose(FuzzTrial *trial, guint64 seed)
{
    static const char *const levels[] = { "-O1", "-O0", "-O1", "-O0", "-O1", "-O0", "-O1", "-O2" };
    guint64 state = seed + 1;
    guint first;

    trial->n_arches = draw(&state, 4) ? 2 : 3;
    first = draw(&state, G_N_ELEMENTS(others));
    trial->arches[0] = "x86_64";
    trial->arches[1] = others[first];
    trial->arches[2] = others[(first + 1 + draw(&state, G_N_ELEMENTS(others) - 1)) % G_N_ELEMENTS(others)];
    trial->level = levels[draw(&state, G_N_ELEMENTS(levels))];
}

/* Where several are one executable: each program's main has a number, and the first argument names it. */
static char *main_text(guint n)
{
    GString *text = g_string_new("#include <stdlib.h>\n");

    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, "int program%u(void);\n", i);
    g_string_append(text, "int main(int argc, char **argv)\n{\n    switch (argc > 1 ? atoi(argv[1]) : -1) {\n");
    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, "    case %u: return program%u();\n", i, i);
    g_string_append(text, "    }\n    return 100;\n}\n");
    return g_string_free(text, FALSE);
}

static gboolean write_source(const char *dir, GPtrArray *files, char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_ptr_array_add(files, name);
    return g_file_set_contents(path, text, -1, NULL);
}

/* The analysis knows members, and hints name them, by the names of their structures: each program has its own. */
static char *renamed(const char *text, guint number)
{
    g_autoptr(GRegex) tag = g_regex_new("\\b(s\\d|node|tree|bits|variant|tailed)\\b", 0, 0, NULL);
    g_autofree char *to = g_strdup_printf("\\1_%u", number);

    return g_regex_replace(tag, text, -1, 0, to, 0, NULL);
}

static gboolean write_sources(const char *const *texts, guint n, const char *dir, GPtrArray *files)
{
    gboolean ok = TRUE;

    if (n == 1)
        return write_source(dir, files, g_strdup("p.c"), texts[0]);
    for (guint i = 0; ok && i < n; i++) {
        g_autofree char *own = renamed(texts[i], i), *text = g_strdup_printf("#define main program%u\n#line 1\n%s", i, own);
        ok = write_source(dir, files, g_strdup_printf("p%u.c", i), text);
    }
    g_autofree char *text = main_text(n);
    return ok && write_source(dir, files, g_strdup("main.c"), text);
}

/* Both builds of `files`, with the options of each before them. */
static Run compile(const char *dir, const char *seconds, const char *const *options, const GPtrArray *files)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();

    for (; *options; options++)
        g_ptr_array_add(words, (gpointer)*options);
    for (guint i = 0; i < files->len; i++)
        g_ptr_array_add(words, files->pdata[i]);
    g_ptr_array_add(words, NULL);
    return command(dir, seconds, (const char *const *)words->pdata);
}
#define COMPILE(dir, seconds, files, ...) compile(dir, seconds, (const char *const[]){ __VA_ARGS__, NULL }, files)

FuzzResult fuzz_build(FuzzTrial *trial, const char *const *texts, guint n, const char *dir)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *cc = g_build_filename(trial->tools, "preaches-cc", NULL), *refusal = NULL;
    g_autofree char *list = g_strdup_printf("--arch=%s%s%s", trial->arches[1], trial->n_arches > 2 ? "," : "",
                                            trial->n_arches > 2 ? trial->arches[2] : "");

    say(trial, FUZZ_OK, "", NULL);
    if (!write_sources(texts, n, dir, files))
        return say(trial, FUZZ_USELESS, "the program cannot be written", dir);
    g_auto(Run) plain = COMPILE(dir, "60", files, "gcc", "-w", "-fsigned-char", "-ffp-contract=off", "-o", "plain");
    if (plain.status)
        return say(trial, FUZZ_WRONG, "gcc refuses the program", plain.err);
    g_auto(Run) ours = COMPILE(dir, "600", files, cc, list, "-w", trial->level, "-o", "p");
    if (!ours.status)
        return FUZZ_OK;
    refusal = line_with(ours.err, "[-Wpreaches");
    return refusal ? say(trial, FUZZ_REFUSED, "preaches-cc", strstr(refusal, "error:") ? strstr(refusal, "error:") : refusal)
                   : say(trial, FUZZ_WRONG, "preaches-cc fails", ours.err);
}

/* ---- run ---- */

static FuzzResult undisturbed(Program *p)
{
    p->wanted = COMMAND(p->dir, "5", "./plain", p->number);
    if (p->wanted.status == 124)
        return say(p->trial, FUZZ_USELESS, "the plain program takes too long", NULL);
    if (p->wanted.status > 128)
        return say(p->trial, FUZZ_WRONG, "the plain program crashes", p->wanted.err);
    g_auto(Run) run = COMMAND(p->dir, "60", p->preaches, "run", "--count-polls", "./p", p->number);
    const char *count = strstr(run.err ? run.err : "", "preaches: ");

    if (run.status != p->wanted.status || g_strcmp0(run.out, p->wanted.out) != 0)
        return say(p->trial, FUZZ_WRONG, "undisturbed, it does not do what the plain program does", run.err);
    p->polls = count ? (guint)g_ascii_strtoull(count + strlen("preaches: "), NULL, 10) : 0;
    return p->polls ? FUZZ_OK : say(p->trial, FUZZ_USELESS, "no polls", NULL);
}

/* One link: from the beginning or from the spool, to the poll `at` further on or (0) to the end. */
static Run hop(Program *p, guint number, const char *arch, guint at)
{
    g_autofree char *arches = g_strconcat("--arch=", arch, NULL);
    g_autofree char *poll = g_strdup_printf("--at-poll=%u", at);

    if (!number)
        return COMMAND(p->dir, "60", p->preaches, "run", arches, poll, "--stop", "--spool=spool", "./p",
                       p->number);
    if (at)
        return COMMAND(p->dir, "60", p->preaches, "restart", arches, poll, "--stop", "spool");
    return COMMAND(p->dir, "60", p->preaches, "restart", arches, "spool");
}

static int ascending(gconstpointer a, gconstpointer b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;

    return (x > y) - (x < y);
}

enum { MAX_HOPS = 5 };

static FuzzResult chain(Program *p)
{
    guint stops[MAX_HOPS], n = MIN(3 + draw(&p->state, MAX_HOPS - 2), p->polls), at = draw(&p->state, p->trial->n_arches),
          last = 0;
    g_autoptr(GString) out = g_string_new(NULL), way = g_string_new(NULL);
    g_autofree char *spool = g_build_filename(p->dir, "spool", NULL);
    int status = 0;

    COMMAND(p->dir, "60", "rm", "-rf", "spool");
    for (guint i = 0; i < n; i++)
        stops[i] = 1 + draw(&p->state, p->polls);
    qsort(stops, n, sizeof *stops, ascending);
    for (guint i = 0; i <= n; i++) {
        if (i < n && stops[i] == last)
            continue;
        g_auto(Run) run = hop(p, last != 0, p->trial->arches[at], i < n ? stops[i] - last : 0);
        g_autofree char *failed = line_with(run.err ? run.err : "", " failed: ");
        g_autofree char *partial = line_with(run.err ? run.err : "", " is not complete: ");
        g_string_append_printf(way, "%s%s", way->len ? " " : "", p->trial->arches[at]);
        if (i < n)
            g_string_append_printf(way, "@%u", stops[i]);
        g_string_append(out, run.out ? run.out : "");
        status = run.status;
        p->trial->crashed = status > 128 ? p->trial->arches[at] : NULL;
        if (i < n && (failed || partial))
            return say(p->trial, failed && strstr(failed, "killed by signal") ? FUZZ_WRONG : FUZZ_REFUSED, way->str,
                       failed ? failed : partial);
        if (i < n && status) {
            g_autofree char *what = g_strdup_printf("%s: status %d", way->str, status);
            return say(p->trial, FUZZ_WRONG, what, run.err);
        }
        last = i < n ? stops[i] : last;
        at = (at + 1 + draw(&p->state, 2)) % p->trial->n_arches;
        if (i < n && *p->trial->plant)
            fuzz_plant(spool, p->trial->arches[at], p->state);
    }
    if (status == p->wanted.status && strcmp(out->str, p->wanted.out) == 0)
        return FUZZ_OK;
    return say(p->trial, FUZZ_WRONG, status == p->wanted.status ? "wrong output" : "wrong status", way->str);
}

FuzzResult fuzz_run(FuzzTrial *trial, const char *number, const char *dir)
{
    Program p = { .trial = trial, .dir = dir, .number = number, .state = trial->seed + 1 };
    FuzzResult result;

    say(trial, FUZZ_OK, "", NULL);
    p.preaches = g_build_filename(trial->tools, "preaches", NULL);
    result = undisturbed(&p);
    for (guint i = 0; i < trial->chains && result == FUZZ_OK; i++)
        result = chain(&p);
    run_clear(&p.wanted);
    g_free(p.preaches);
    return result;
}

/* Whether p.c crashes as well as the architecture's own compiler makes it: gcc 12 stores some bit-fields at odd
 * addresses on mips. */
static gboolean crashes_plainly(const FuzzTrial *trial, const char *dir)
{
    const PrArch *arch = pr_arch_find(trial->crashed);
    g_autofree char *gcc = g_strconcat(arch->triple, "-gcc", NULL);
    g_auto(Run) built = COMMAND(dir, "60", gcc, "-static", "-w", "-fsigned-char", "-ffp-contract=off", trial->level, "-o",
                                "foreign", "p.c", "-lm");

    if (built.status || !arch->qemu)
        return FALSE;
    g_auto(Run) run = COMMAND(dir, "60", arch->qemu, "./foreign");
    return run.status > 128;
}

FuzzResult fuzz_trial(FuzzTrial *trial, const char *text, const char *dir)
{
    FuzzResult result = fuzz_build(trial, &text, 1, dir);

    trial->crashed = NULL;
    if (result == FUZZ_OK)
        result = fuzz_run(trial, NULL, dir);
    if (result == FUZZ_WRONG && trial->crashed && crashes_plainly(trial, dir))
        return say(trial, FUZZ_USELESS, "the plain program crashes, too, on", trial->crashed);
    return result;
}
