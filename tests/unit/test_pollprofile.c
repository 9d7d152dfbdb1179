/* Which candidates a profile keeps. */
#include "core/cc/pollprofile.h"

/* 20 slots of 1 ms. `outer` is met in every slot, `inner` very often; `gap` alone covers slots 8 to 15. */
#define HEAD "preaches-polls 1\nrun\t20\t1000x20\n"
#define OUTER "site\t20\tf.c\touter\t0\t1\t0-19\n"
#define INNER "site\t9000000\tf.c\touter\t1\t1\t0-19\n"
#define COLD "site\t0\tf.c\tcold\t0\t2\t-\n"

enum { MOST = 4 };

static const struct { const char *name, *text; gboolean keep[MOST]; } choices[] = {
    { "cheap-one-covers", HEAD OUTER INNER, { TRUE, FALSE } },
    { "never-met-is-kept", HEAD OUTER INNER COLD, { TRUE, FALSE, TRUE } },
    { "only-the-dear-one-covers",
      HEAD "site\t9000000\tf.c\ta\t0\t1\t0-19\nsite\t5\tf.c\tb\t0\t1\t0-4\n", { TRUE, TRUE } },
    { "needed-for-a-gap", /* 8 ms without it */
      HEAD "site\t100\tf.c\ta\t0\t1\t0-7,16-19\nsite\t8000000\tf.c\tb\t0\t1\t8-15\n", { TRUE, TRUE } },
    { "short-gaps-are-no-reason", /* 3 ms each */
      HEAD "site\t100\tf.c\ta\t0\t1\t0-4,8-19\nsite\t8000000\tf.c\tb\t0\t1\t5-7\n", { TRUE, FALSE } },
    { "calls-count", /* few polls in a function that is called often */
      HEAD OUTER "site\t10\tf.c\tb\t0\t1\t3\ncall\t9000000\tf.c\tb\n", { TRUE, FALSE } },
    { "shorter-than-a-slot", /* nothing can be missed in it, and no poll costs much */
      "preaches-polls 1\nrun\t1\t900\nsite\t17\tf.c\ta\t0\t1\t0\nsite\t2000\tf.c\tb\t0\t1\t0\n", { TRUE, FALSE } },
    { "never-none", "preaches-polls 1\nrun\t1\t900\nsite\t9000000\tf.c\ta\t0\t1\t0\n", { TRUE } },
    { "every-run-is-served", /* the second run needs what the first does not */
      HEAD OUTER INNER "run\t20\t1000x20\nsite\t1\tf.c\touter\t0\t1\t0\n"
      "site\t9000000\tf.c\touter\t1\t1\t0-19\n", { TRUE, TRUE } },
};

/* Keys of the first run, in order. */
static GPtrArray *keys_of(const char *text)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 2; lines[i] && !g_str_has_prefix(lines[i], "run"); i++) {
        g_auto(GStrv) field = g_strsplit(lines[i], "\t", -1);
        if (g_strcmp0(field[0], "site") == 0)
            g_ptr_array_add(keys, g_strjoin("\t", field[2], field[3], field[4], field[5], NULL));
    }
    return keys;
}

static void test_choice(gconstpointer data)
{
    guint at = GPOINTER_TO_UINT(data);
    g_autoptr(CcProfile) profile = cc_profile_parse(choices[at].text, "t.polls", NULL);
    g_autoptr(GPtrArray) keys = keys_of(choices[at].text);
    gboolean keep[MOST], needed[MOST] = { FALSE };
    const char *unmatched = NULL;
    g_assert_nonnull(profile);
    for (guint i = 0; i < keys->len; i++)
        keep[i] = TRUE;
    g_assert_true(cc_profile_choose(profile, (char **)keys->pdata, keys->len, keep, &unmatched));
    for (guint i = 0; i < keys->len; i++)
        g_assert_cmpint(keep[i], ==, choices[at].keep[i]);
    /* What the estimate would not have comes only where the record needs it. */
    g_assert_true(cc_profile_choose(profile, (char **)keys->pdata, keys->len, needed, &unmatched));
    guint n = 0, n_needed = 0;
    for (guint i = 0; i < keys->len; i++) {
        g_assert_true(keep[i] || !needed[i]);
        n += keep[i] ? 1 : 0;
        n_needed += needed[i] ? 1 : 0;
    }
    g_assert_cmpuint(n_needed, <=, n);
}

static void test_unmatched(void)
{
    g_autoptr(CcProfile) profile = cc_profile_parse(HEAD OUTER INNER, "t.polls", NULL);
    char *keys[] = { "f.c\touter\t0\t1", "f.c\touter\t1\t1", "f.c\tnew\t0\t3" };
    gboolean keep[3] = { TRUE, TRUE, TRUE };
    const char *unmatched = NULL;
    g_assert_false(cc_profile_choose(profile, keys, 3, keep, &unmatched)); /* the program has more */
    g_assert_cmpstr(unmatched, ==, keys[2]);
    g_assert_false(cc_profile_choose(profile, keys, 1, keep, &unmatched)); /* the profile has more */
    g_assert_cmpstr(unmatched, ==, keys[1]);
    g_assert_true(cc_profile_choose(profile, keys, 2, keep, &unmatched));
}

static void test_cost(void)
{
    g_autoptr(CcProfile) profile =
        cc_profile_parse(HEAD "site\t7\tf.c\ta\t0\t1\t0-9\n" INNER, "t.polls", NULL);
    char *keys[] = { "f.c\ta\t0\t1", "f.c\touter\t1\t1" };
    const gboolean one[] = { TRUE, FALSE };
    CcProfileCost cost = cc_profile_cost(profile, keys, 2, one);
    g_assert_cmpuint(cost.polls, ==, 7);
    g_assert_cmpuint(cost.kept, ==, 1);
    g_assert_cmpfloat_with_epsilon(cost.long_gaps, 0.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(cost.longest_ms, 11, 1e-9);
}

static const char *const wrong[] = {
    "", "preaches-polls 2\n", "preaches-polls 1\n", "preaches-polls 1\nsite\t1\tf\tg\t0\t1\t-\n",
    "preaches-polls 1\nrun\t2\t1000\n", "preaches-polls 1\nrun\t2\t1000x3\n", "preaches-polls 1\nrun\tx\t1000x2\n",
    HEAD "site\t1\tf.c\tg\t0\t1\t20\n", HEAD "site\t1\tf.c\tg\t0\t1\t5-4\n", HEAD "site\t1\tf.c\tg\t0\t1\t4,3\n",
    HEAD "site\t-1\tf.c\tg\t0\t1\t-\n", HEAD "site\t1\tf.c\tg\t0\t1\n", HEAD OUTER OUTER, HEAD "else\t1\n",
    "preaches-polls 1\nrun\t99999999999\t1000\n",
};

static void test_wrong(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GError *error = NULL;
        g_assert_null(cc_profile_parse(wrong[i], "t.polls", &error));
        g_assert_nonnull(error);
        g_assert_true(g_str_has_prefix(error->message, "t.polls:"));
        g_error_free(error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(choices); i++) {
        g_autofree char *path = g_strconcat("/pollprofile/", choices[i].name, NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_choice);
    }
    g_test_add_func("/pollprofile/unmatched", test_unmatched);
    g_test_add_func("/pollprofile/cost", test_cost);
    g_test_add_func("/pollprofile/wrong", test_wrong);
    return g_test_run();
}
