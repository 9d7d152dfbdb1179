/* From events to figures: epochs, a recovery with its phases, one that tells too little; and the
 * calibration's own arithmetic on made-up rows. */
#include "results/measures.h"

#include <string.h>

static void step_clear(gpointer data) { g_strfreev(((LabStep *)data)->word); }

/* Lines "NS WORD ..." as GArray of LabStep. */
static GArray *steps_of(const char *const *lines)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(LabStep));
    g_array_set_clear_func(steps, step_clear);
    for (; *lines; lines++) {
        g_auto(GStrv) half = g_strsplit(*lines, " ", 2);
        LabStep step = {.ns = g_ascii_strtoll(half[0], NULL, 10),
                        .word = g_strsplit(half[1], " ", -1)};
        g_array_append_val(steps, step);
    }
    return steps;
}

static const char *const life[] = {
    "100 start 1 0 0", "110 launch 1", "130 says 1 hello x86_64 77", "140 primary 1 0",
    "1000 says 1 checkpoint 1 5000 7 4096 0", "1040 says 1 image 1 x86_64 3000 30",
    "1050 says 1 image 1 s390x 2000 20", "1060 says 1 done 1 2", "1200 fetched 1 1 0 3000 700",
    "1260 fetched 1 1 1 2000 2009", "1300 held 1 1 1 2000", "1400 committed 1 1",
    "2000 says 1 checkpoint 2 6000 9 4096 0", /* its primary fails before it is made */
    "2600 suspect 1 0", "2605 suspect 1 0", "2700 start 2 1 0", "2710 start 3 1 0",
    "2750 launch 3", "2800 says 3 hello s390x 78", "2850 says 3 restored 1 25 5",
    "9000 finished 3 0", NULL};

static void test_epochs(void)
{
    g_autoptr(GArray) steps = steps_of(life);
    SimRunResult row;
    memset(&row, -1, sizeof row);
    lab_measure_epochs(steps, 0, &row);
    g_assert_cmpint(row.epochs, ==, 1);
    g_assert_cmpint(row.classes, ==, 2);
    g_assert_cmpint(row.state_bytes, ==, 4096);
    g_assert_cmpint(row.image_bytes, ==, 5000);
    g_assert_cmpint(row.sent_bytes, ==, 2709);
    g_assert_cmpint(row.pause_ns, ==, 7);
    g_assert_cmpint(row.convert_ns, ==, 60);
    g_assert_cmpint(row.propagate_ns, ==, 200);
    g_assert_cmpint(row.commit_ns, ==, 140);
    g_assert_cmpint(lab_measure_begin_ns(steps), ==, 130);
    g_assert_cmpint(lab_measure_end_ns(steps), ==, 9000);
}

/* The life that came to useful work counts: term 2 never did. */
static void test_recovery(void)
{
    g_autoptr(GArray) steps = steps_of(life);
    SimRunResult row;
    memset(&row, -1, sizeof row);
    g_assert_true(lab_measure_recovery(steps, 2100, &row));
    g_assert_cmpint(row.detect_ns, ==, 500);
    g_assert_cmpint(row.select_ns, ==, 110);
    g_assert_cmpint(row.load_ns, ==, 40 + 25);
    g_assert_cmpint(row.rebuild_ns, ==, 75);
    g_assert_cmpint(row.first_work_ns, ==, 750);
    g_assert_cmpint(row.epoch_recovered, ==, 1);
    g_assert_cmpint(row.lost_work_ns, ==, 1100);
}

/* Without a committed epoch the job begins again: its first work is its hello. */
static void test_from_the_beginning(void)
{
    static const char *const lines[] = {"10 start 1 0 0", "11 launch 1", "15 says 1 hello x86_64 7",
                                        "60 suspect 1 0", "70 start 2 0 0", "72 launch 2",
                                        "80 says 2 hello x86_64 8", NULL};
    g_autoptr(GArray) steps = steps_of(lines);
    SimRunResult row;
    memset(&row, -1, sizeof row);
    g_assert_true(lab_measure_recovery(steps, 40, &row));
    g_assert_cmpint(row.first_work_ns, ==, 40);
    g_assert_cmpint(row.load_ns, ==, 2);
    g_assert_cmpint(row.rebuild_ns, ==, 8);
    g_assert_cmpint(row.epoch_recovered, ==, 0);
    g_assert_cmpint(row.lost_work_ns, ==, 25);
}

static void test_no_recovery(void)
{
    g_autoptr(GArray) steps = steps_of(life);
    SimRunResult row;
    g_assert_false(lab_measure_recovery(steps, 2900, &row));
    g_assert_false(lab_measure_recovery(steps, 99999, &row));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/measures/epochs", test_epochs);
    g_test_add_func("/measures/recovery", test_recovery);
    g_test_add_func("/measures/beginning", test_from_the_beginning);
    g_test_add_func("/measures/none", test_no_recovery);
    return g_test_run();
}
