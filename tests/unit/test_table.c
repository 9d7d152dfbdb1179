/* CSV tables, JSON and comparison. */
#include "core/agent/proc.h"
#include "results/compare.h"
#include "results/json.h"
#include "results/runs.h"
#include "results/table.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static LabTable *read_text(const char *text, gssize bytes, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("preaches-XXXXXX.csv", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, text, bytes, NULL));
    LabTable *table = lab_table_read(path, error);
    g_unlink(path);
    return table;
}

static void test_round_trip(void)
{
    static const char *const columns[] = {"plain", "with,comma", "empty", NULL};
    static const char *const cells[] = {"a \"quoted\"\nline", " blank in front", "", NULL};
    g_autoptr(LabTable) table = lab_table_new(columns);
    g_autoptr(GError) error = NULL;
    lab_table_take(table, g_strdupv((char **)cells));
    GString *text = lab_table_csv(table);
    g_assert_cmpstr(text->str, ==,
                    "plain,\"with,comma\",empty\r\n"
                    "\"a \"\"quoted\"\"\nline\",\" blank in front\",\r\n");
    g_autoptr(LabTable) again = read_text(text->str, (gssize)text->len, &error);
    g_assert_no_error(error);
    g_assert_true(g_strv_equal((const char *const *)again->columns, columns));
    g_assert_cmpuint(again->rows->len, ==, 1);
    g_assert_true(g_strv_equal(again->rows->pdata[0], cells));
    g_string_free(text, TRUE);
}

static void test_damaged(void)
{
    static const struct {
        const char *text;
        gssize bytes;
    } bad[] = {{"", 0},          {"a,b\r\n1\r\n", -1},     {"a,b\r\n1,2,3\r\n", -1},
               {"a\r\n\"x", -1}, {"a\r\n\"x\"y\r\n", -1}, {"a\0b\r\n", 5}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(read_text(bad[i].text, bad[i].bytes, &error));
        g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    }
}

static void test_compare(void)
{
    static const char *const columns[] = {"run_id", "total_ns", "real_load_ns", NULL};
    const char *rows[][4] = {{"a", "1", "5", NULL}, {"b", "1", "6", NULL}, {"b", "2", "6", NULL}};
    LabTable *t[3] = {NULL, NULL, NULL};
    for (guint i = 0; i < 3; i++) {
        t[i] = lab_table_new(columns);
        lab_table_take(t[i], g_strdupv((char **)rows[i]));
    }
    g_autoptr(GString) report = g_string_new(NULL);
    g_assert_cmpuint(lab_compare(t[0], t[1], report), ==, 0);
    g_assert_cmpuint(lab_compare(t[1], t[2], report), ==, 1);
    lab_table_take(t[1], g_strdupv((char **)rows[1]));
    g_assert_cmpuint(lab_compare(t[0], t[1], report), ==, 1);
    for (guint i = 0; i < 3; i++)
        lab_table_free(g_steal_pointer(&t[i]));
}

static void test_json(void)
{
    LabJson *json = lab_json_new();
    lab_json_open(json, NULL, '{');
    lab_json_text(json, "a\"b", "x\\y\n\xff");
    lab_json_open(json, "list", '[');
    lab_json_int(json, NULL, -1);
    lab_json_bool(json, NULL, TRUE);
    lab_json_text(json, NULL, NULL);
    lab_json_close(json);
    lab_json_open(json, "none", '[');
    g_autofree char *text = lab_json_free(json);
    g_assert_cmpstr(text, ==,
                    "{\n  \"a\\\"b\": \"x\\\\y\\u000a\xef\xbf\xbd\",\n  \"list\": [\n    -1,\n"
                    "    true,\n    null\n  ],\n  \"none\": []\n}\n");
}

/* The columns that other people's scripts read, in their order. */
static void test_columns(void)
{
    static const char wanted[] =
        "experiment,run_id,seed,replication,mode,workload,source_arch,target_arch,strategy,"
        "interval_ns,classes,state_bytes,image_bytes,sent_bytes,pause_ns,convert_ns,propagate_ns,"
        "commit_ns,detect_ns,select_ns,load_ns,rebuild_ns,first_work_ns,lost_work_ns,total_ns,"
        "failures,output_match,time_source,epochs,epoch_recovered,real_pause_ns,real_convert_ns,"
        "real_load_ns,";
    g_autofree char *names = g_strjoinv(",", (char **)lab_run_columns);
    g_assert_true(g_str_has_prefix(names, wanted));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table/round-trip", test_round_trip);
    g_test_add_func("/table/damaged", test_damaged);
    g_test_add_func("/table/compare", test_compare);
    g_test_add_func("/table/columns", test_columns);
    g_test_add_func("/json", test_json);
    return g_test_run();
}
