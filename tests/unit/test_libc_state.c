/* The runtime's copies of library state: rand as in glibc, records there and back, damaged records. */
#define _GNU_SOURCE
#include "core/runtime/libc_state.c"

#include <glib.h>
#include <sys/mman.h>

static guint8 *heap; /* stands in for the arena */
static guint32 misfit = UINT32_MAX;

void *preaches_malloc(size_t bytes, unsigned type, unsigned site)
{
    void *block = heap;

    g_assert_cmpuint(type, ==, PR_TYPE_CHAR);
    (void)site;
    heap += bytes;
    return block;
}
uint32_t rt_arena_misfit(uint32_t unit) { return unit <= 77 ? 77 : UINT32_MAX; }
void rt_arena_set_misfit(uint32_t unit) { misfit = unit; }

/* The records keep addresses in the arena's range only. */
static void make_heap(void)
{
    void *at = (void *)(guintptr)PR_HEAP_BASE;

    heap = mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                -1, 0);
    g_assert_true(heap == at);
}

static void test_rand(void)
{
    static const guint seeds[] = {0, 1, 2, 42, 1998, 2147483647, 2147483648u, 4294967295u};

    for (int i = 0; i < 1000; i++)
        g_assert_cmpint(preaches_rand(), ==, rand()); /* never seeded */
    for (guint s = 0; s < G_N_ELEMENTS(seeds); s++) {
        preaches_srand(seeds[s]);
        srand(seeds[s]);
        for (int i = 0; i < 2000; i++)
            g_assert_cmpint(preaches_rand(), ==, rand());
    }
}

static void test_records(void)
{
    guint8 *bytes, *again;
    guint64 n, n_again;
    char *first;
    int next;

    g_setenv("PR_TEST_VARIABLE", "red", TRUE);
    first = preaches_getenv("PR_TEST_VARIABLE");
    g_assert_cmpstr(first, ==, "red");
    g_assert_true(preaches_getenv("PR_TEST_VARIABLE") == first);
    g_assert_null(preaches_getenv("PR_TEST_NO_VARIABLE"));
    rt_libc_note_errno(ERANGE);
    preaches_srand(7);
    g_assert_cmpint(rt_libc_save(&bytes, &n), ==, PR_OK);
    next = preaches_rand();

    variables = NULL;
    rt_libc_note_errno(0);
    preaches_srand(8);
    g_setenv("PR_TEST_VARIABLE", "blue", TRUE);
    g_assert_cmpint(rt_libc_load(bytes, n, NULL), ==, PR_OK);
    g_assert_cmpint(rt_libc_save(&again, &n_again), ==, PR_OK);
    g_assert_true(n == n_again && memcmp(bytes, again, n) == 0);
    g_assert_cmpint(preaches_rand(), ==, next);
    g_assert_true(preaches_getenv("PR_TEST_VARIABLE") == first);
    g_assert_cmpuint(misfit, ==, 77);
    rt_libc_put_errno();
    g_assert_cmpint(errno, ==, ERANGE);
    free(bytes);
    free(again);
}

/* Cut anywhere but between records it is refused; a flipped byte never reads beyond the end. */
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
    g_assert_cmpuint(accepted, ==, 4); /* empty, and behind each record but the last */
    for (guint64 at = 0; at < n; at++) {
        guint8 *part = g_memdup2(bytes, n);
        part[at] ^= 0xff;
        rt_libc_load(part, n, NULL);
        g_free(part);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_heap();
    g_test_add_func("/libc-state/rand", test_rand);
    g_test_add_func("/libc-state/records", test_records);
    g_test_add_func("/libc-state/damaged", test_damaged);
    return g_test_run();
}
