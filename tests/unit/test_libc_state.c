/* The runtime's copies of library state: random and drand48 as in glibc, texts and variables in
 * blocks, records there and back, damaged records. */
#define _GNU_SOURCE
#include "core/runtime/exits.c"
#include "core/runtime/folder.c"
#include "core/runtime/getopt_state.c"
#include "core/runtime/libc_state.c"
#include "core/runtime/process.c"
#include "core/runtime/random_state.c"
#include "core/runtime/signals.c"
#include "core/runtime/signalsets.c"
#include "core/runtime/texts.c"
#include "core/runtime/times.c"
#include "core/runtime/variables.c"

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

static guint8 *heap; /* stands in for the arena */
static guint32 misfit = UINT32_MAX;
RtConfig rt_config;
PrDesc rt_desc = {.heap_base = PR_HEAP_BASE, .heap_end = PR_HEAP_END};
unsigned preaches_closed;

void *preaches_malloc(size_t bytes, unsigned type, unsigned site)
{
    void *block = heap;

    (void)type;
    (void)site;
    heap += (bytes + 15) / 16 * 16;
    return block;
}
void *preaches_calloc(size_t n, size_t bytes, unsigned type, unsigned site)
{
    return preaches_malloc(n * bytes, type, site);
}
void *preaches_realloc(void *block, size_t bytes, unsigned type, unsigned site)
{
    void *moved = preaches_malloc(bytes, type, site);

    return block ? memcpy(moved, block, bytes) : moved;
}
void *preaches_stream(void *handle) { return handle; }
uint32_t rt_arena_misfit(uint32_t unit) { return unit <= 77 ? 77 : UINT32_MAX; }
void rt_arena_set_misfit(uint32_t unit) { misfit = unit; }
void rt_streams_save(RtOut *out) { (void)out; }
void rt_streams_load(RtIn *in) { in->bad = true; }
/* Only a static library has it. What it says is tested on the matrix; here that its state is kept. */
int _getopt_internal_r(int argc, char **argv, const char *shortopts, const struct option *longopts,
                       int *longind, int long_only, struct _getopt_data *d, int posixly_correct)
{
    (void)argc, (void)longopts, (void)longind, (void)long_only, (void)posixly_correct;
    d->first_nonopt++;
    d->nextchar = argv[1];
    return shortopts[d->first_nonopt - 1];
}
void rt_warn(const char *format, ...) { (void)format; }
void rt_die(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    exit(status);
}

/* The records keep addresses in the arena's range only. */
static void make_heap(void)
{
    void *at = (void *)(guintptr)PR_HEAP_BASE;

    heap = mmap(at, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                -1, 0);
    g_assert_true(heap == at);
}

static void test_random(void)
{
    static const guint seeds[] = {0, 1, 2, 42, 1998, 2147483647, 2147483648u, 4294967295u};
    static const guint sizes[] = {8, 31, 32, 63, 64, 127, 128, 255, 256, 300};
    static char own[G_N_ELEMENTS(sizes)][300], theirs[G_N_ELEMENTS(sizes)][300];

    for (int i = 0; i < 1000; i++)
        g_assert_cmpint(preaches_rand(), ==, rand()); /* never seeded */
    for (guint s = 0; s < G_N_ELEMENTS(seeds); s++) {
        preaches_srand(seeds[s]);
        srand(seeds[s]);
        for (int i = 0; i < 2000; i++)
            g_assert_cmpint(preaches_random(), ==, random());
    }
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_assert_nonnull(preaches_initstate(seeds[i % 8], own[i], sizes[i]));
        initstate(seeds[i % 8], theirs[i], sizes[i]);
        for (int k = 0; k < 300; k++)
            g_assert_cmpint(preaches_random(), ==, random());
    }
    for (guint i = 0; i < 40; i++) {
        char *before = preaches_setstate(own[i * 7 % 10]);
        g_assert_true(before == own[(i + 9) * 7 % 10] || i == 0);
        setstate(theirs[i * 7 % 10]);
        for (int k = 0; k < 30; k++)
            g_assert_cmpint(preaches_random(), ==, random());
    }
    g_assert_null(preaches_initstate(1, own[0], 7));
}

static void test_drand48(void)
{
    guint16 own[3] = {1, 2, 3}, theirs[3] = {1, 2, 3}, all[7] = {9, 8, 7, 6, 5, 4, 3};

    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 100; i++) {
            g_assert_cmpfloat(preaches_drand48(), ==, drand48());
            g_assert_cmpint(preaches_lrand48(), ==, lrand48());
            g_assert_cmpint(preaches_mrand48(), ==, mrand48());
            g_assert_cmpfloat(preaches_erand48(own), ==, erand48(theirs));
            g_assert_cmpint(preaches_nrand48(own), ==, nrand48(theirs));
            g_assert_cmpint(preaches_jrand48(own), ==, jrand48(theirs));
        }
        if (round == 0) {
            preaches_srand48(-5);
            srand48(-5);
        } else if (round == 1) {
            g_assert_true(memcmp(preaches_seed48(own, 0, 0), seed48(theirs), 6) == 0);
        } else {
            preaches_lcong48(all);
            lcong48(all);
        }
    }
}

static void forget(void)
{
    variables = NULL;
    kept = NULL;
    n_kept = 0;
    roots = NULL;
    n_given = 0;
    preaches_optarg = &early;
    memset(&actions, 0, sizeof actions);
    handlers.n = 0;
    rt_libc_note_errno(0);
    preaches_srandom(8);
    preaches_srand48(8);
    g_setenv("PR_TEST_VARIABLE", "blue", TRUE);
}

static void handler(int number) { (void)number; }
static void ending(void) {}

static void test_records(void)
{
    static char put[] = "PR_TEST_GIVEN=mine";
    char words[] = "a b c", *args[] = {"x", "-ab", NULL}, *first, *message;
    guint8 *bytes, *again;
    guint64 n, n_again;
    long next;

    g_setenv("PR_TEST_VARIABLE", "red", TRUE);
    first = preaches_getenv("PR_TEST_VARIABLE");
    g_assert_cmpstr(first, ==, "red");
    g_assert_true(preaches_getenv("PR_TEST_VARIABLE") == first);
    g_assert_null(preaches_getenv("PR_TEST_NO_VARIABLE"));
    preaches_putenv(put);
    g_assert_true(preaches_getenv("PR_TEST_GIVEN") == put + 14);
    message = preaches_library_text("message");
    preaches_strtok(words, " ");
    g_assert_cmpint(preaches_getopt(2, args, "ab"), ==, 'a');
    g_assert_true(preaches_signal(SIGUSR1, handler) == SIG_DFL);
    preaches_atexit(ending);
    rt_libc_note_errno(ERANGE);
    rt_signals_note();
    preaches_srandom(7);
    g_assert_cmpint(rt_libc_save(&bytes, &n), ==, PR_OK);
    next = preaches_random();

    forget();
    g_assert_cmpint(rt_libc_load(bytes, n, NULL), ==, PR_OK);
    g_assert_cmpint(rt_libc_save(&again, &n_again), ==, PR_OK);
    g_assert_true(n == n_again && memcmp(bytes, again, n) == 0);
    g_assert_cmpint(preaches_random(), ==, next);
    g_assert_true(preaches_getenv("PR_TEST_VARIABLE") == first);
    g_assert_true(preaches_getenv("PR_TEST_GIVEN") == put + 14);
    g_assert_true(preaches_library_text("message") == message);
    g_assert_cmpstr(preaches_strtok(NULL, " "), ==, "b");
    g_assert_cmpint(preaches_getopt(2, args, "ab"), ==, 'b');
    g_assert_true(preaches_signal(SIGUSR1, SIG_IGN) == handler);
    g_assert_cmpuint(handlers.n, ==, 1);
    g_assert_cmpuint(misfit, ==, 77);
    rt_libc_put_errno();
    g_assert_cmpint(errno, ==, ERANGE);
    free(bytes);
    free(again);
}

/* Cut anywhere but between records it is refused, but for the environment, whose texts are many; a
 * flipped byte never reads beyond the end. */
static void test_damaged(void)
{
    guint8 *bytes;
    guint64 n;
    guint accepted = 0;

    g_assert_cmpint(rt_libc_save(&bytes, &n), ==, PR_OK);
    for (guint64 cut = 0; cut < n; cut++) {
        guint8 *part = g_memdup2(bytes, cut);
        PrError error = {0};
        accepted += rt_libc_load(part, cut, &error) == PR_OK;
        g_free(part);
    }
    g_assert_cmpuint(accepted, <, N_PARTS);
    g_assert_cmpuint(accepted, >, 4);
    for (guint64 at = 0; at < n; at++) {
        guint8 *part = g_memdup2(bytes, n);
        part[at] ^= 0x40;
        rt_libc_load(part, n, NULL);
        g_free(part);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_heap();
    g_test_add_func("/libc-state/random", test_random);
    g_test_add_func("/libc-state/drand48", test_drand48);
    g_test_add_func("/libc-state/records", test_records);
    g_test_add_func("/libc-state/damaged", test_damaged);
    return g_test_run();
}
