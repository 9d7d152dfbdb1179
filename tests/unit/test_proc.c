/* core/agent: starting, listening to and killing programs. The program here is a shell script that
 * speaks control lines. */
#define _GNU_SOURCE
#include "core/agent/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;

static char *script(const char *name, const char *body)
{
    char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = g_strdup_printf("#!/bin/bash\n%s\n", body);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
    return path;
}

static PreachesProc *start(const char *program, PreachesSpec spec)
{
    g_autoptr(GError) error = NULL;
    PreachesProc *proc;

    spec.program = program;
    spec.listen = TRUE;
    proc = preaches_proc_start(&spec, &error);
    g_assert_no_error(error);
    return proc;
}

static void expect_line(PreachesProc *proc, const char *line)
{
    g_autoptr(GError) error = NULL;
    PreachesEvent event;

    g_assert_true(preaches_proc_next(proc, 10000, &event, &error));
    g_assert_cmpstr(event.line, ==, line);
    preaches_event_clear(&event);
}

static void expect_end(PreachesProc *proc, int status)
{
    PreachesEvent event;

    for (int i = 0; i < 2; i++) { /* the answer stays */
        g_assert_true(preaches_proc_next(proc, 10000, &event, NULL));
        g_assert_null(event.line);
        g_assert_cmpint(event.status, ==, status);
        preaches_event_clear(&event);
    }
}

static void test_lines(void)
{
    g_autofree char *path = script("lines", "echo hello x86_64 $$ >&$PREACHES_CTL\n"
                                            "printf 'failed 1 no  space' >&$PREACHES_CTL\n"
                                            "printf ' left\\nexit 7 3\\ncut' >&$PREACHES_CTL\n"
                                            "exit 7");
    PreachesProc *proc = start(path, (PreachesSpec){0});
    g_autofree char *hello = g_strdup_printf("hello x86_64 %d", preaches_proc_pid(proc));
    PreachesEvent event;

    expect_line(proc, hello);
    g_assert_true(preaches_proc_next(proc, -1, &event, NULL));
    g_assert_cmpstr(event.line, ==, "failed 1 no  space left");
    g_assert_cmpstr(event.field[2], ==, "no");
    g_assert_cmpuint(g_strv_length(event.field), ==, 6);
    preaches_event_clear(&event);
    expect_line(proc, "exit 7 3");
    expect_end(proc, 7); /* the cut line is never shown */
    preaches_proc_free(proc);
}

static void test_environment(void)
{
    const char *const args[] = {"a b", "", NULL};
    g_autofree char *out = g_build_filename(folder, "env.out", NULL);
    g_autofree char *path = script("env", "env | grep ^PREACHES_ | grep -Ev '_(CTL|DATA|ARCH|CACHE)=' | sort; pwd\n"
                                          "printf '<%s>' \"$@\"");
    g_autofree char *text = NULL;
    PreachesProc *proc;

    g_setenv("PREACHES_FAULT", "stale:1", TRUE);
    proc = start(path, (PreachesSpec){.args = args,
                                      .spool = "/tmp/../tmp/s",
                                      .at_polls = "1,2",
                                      .every = 9,
                                      .epoch = 4,
                                      .stop = TRUE,
                                      .out_path = out,
                                      .dir = "/usr",
                                      .cut_output = TRUE,
                                      .break_poll = 3});
    expect_end(proc, 0);
    preaches_proc_free(proc);
    g_unsetenv("PREACHES_FAULT");
    g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
    g_assert_cmpstr(text, ==,
                    "PREACHES_AT_POLL=1,2\nPREACHES_BREAK=3\nPREACHES_CUT=1\nPREACHES_EPOCH=4\n"
                    "PREACHES_EVERY=9\nPREACHES_SPOOL=/tmp/s\nPREACHES_STOP=1\n/usr\n<a b><>");
}

static void test_break(void)
{
    g_autofree char *path = script("break", "echo break 3 >&$PREACHES_CTL\n"
                                            "read -N1 -u $PREACHES_CTL\n"
                                            "echo resumed >&$PREACHES_CTL");
    g_autoptr(GError) error = NULL;
    PreachesProc *proc = start(path, (PreachesSpec){0});
    PreachesEvent event;

    expect_line(proc, "break 3");
    g_assert_false(preaches_proc_next(proc, 50, &event, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    preaches_proc_go_on(proc);
    expect_line(proc, "resumed");
    expect_end(proc, 0);
    preaches_proc_free(proc);
}

/* Gone, or waiting for init to reap it; within two seconds. */
static gboolean is_gone(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);

    for (int i = 0; i < 100; i++) {
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL) || strstr(text, ") Z"))
            return TRUE;
        g_usleep(20000);
    }
    return FALSE;
}

static gint64 file_bytes(const char *path)
{
    GStatBuf info;

    return g_stat(path, &info) == 0 ? info.st_size : -1;
}

/* The kill takes the program's own children with it, and waits until they write no more. */
static void test_kill(void)
{
    g_autofree char *path = script("kill", "(while :; do echo line; done) >$0.out &\n"
                                           "echo child $! >&$PREACHES_CTL; wait");
    g_autofree char *out = g_strconcat(path, ".out", NULL);
    PreachesProc *proc = start(path, (PreachesSpec){0});
    PreachesEvent event;
    gint64 bytes;
    pid_t child;

    g_assert_true(preaches_proc_next(proc, 10000, &event, NULL));
    child = (pid_t)g_ascii_strtoll(event.field[1], NULL, 10);
    preaches_event_clear(&event);
    while (file_bytes(out) <= 0)
        g_usleep(1000);
    g_assert_cmpint(kill(child, 0), ==, 0);
    preaches_proc_kill(proc);
    bytes = file_bytes(out);
    expect_end(proc, 128 + SIGKILL);
    g_assert_true(is_gone(child));
    g_assert_cmpint(file_bytes(out), ==, bytes);
    preaches_proc_free(proc);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1); /* no zombie of ours */
    g_assert_cmpint(errno, ==, ECHILD);
}

static void test_failures(void)
{
    const PreachesSpec specs[] = {{.program = "/nonexistent/x"},
                                  {.program = "/bin/true", .arch = "vax"},
                                  {.program = "/bin/true", .arch = "s390x"},
                                  {.program = "/bin/true", .dir = "/nonexistent"},
                                  {.program = "/bin/true", .out_path = "/nonexistent/y"},
                                  {.program = "/etc/passwd"}};

    for (gsize i = 0; i < G_N_ELEMENTS(specs); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(preaches_proc_start(&specs[i], &error));
        g_assert_nonnull(error);
        g_assert_true(error->domain == PREACHES_ERROR);
    }
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
}

static void test_argv(void)
{
    const char *const args[] = {"1", NULL};
    g_auto(GStrv) native = preaches_exe_argv("/p/prog", NULL, args);
    g_auto(GStrv) i686 = preaches_exe_argv("/p/prog", "i686", args);
    g_auto(GStrv) mips = preaches_exe_argv("/p/prog", "mips", args);
    g_autofree char *mips_text = g_strjoinv(" ", mips);

    g_assert_cmpstr(native[0], ==, "/p/prog");
    g_assert_cmpstr(i686[0], ==, "/p/prog.preaches/i686");
    g_assert_cmpstr(mips_text, ==, "qemu-mips-static -0 /p/prog /p/prog.preaches/mips 1");
    g_assert_null(preaches_exe_argv("/p/prog", "vax", args));
}

/* Several threads start programs at once: each child has exactly one control descriptor, and all
 * descriptors are back afterwards. */
static gpointer starter(gpointer path)
{
    for (int i = 0; i < 20; i++) {
        PreachesProc *proc = start(path, (PreachesSpec){0});
        expect_line(proc, "sockets 1");
        expect_end(proc, 0);
        preaches_proc_free(proc);
    }
    return NULL;
}

static guint count_fds(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir))
        n++;
    return n;
}

static void test_threads(void)
{
    g_autofree char *path =
        script("threads", "n=0; for f in /proc/$$/fd/*; do case $(readlink $f) in socket:*) "
                          "[ ${f##*/} -gt 2 ] && n=$((n+1));; esac; done; "
                          "echo sockets $n >&$PREACHES_CTL");
    GThread *thread[4];
    guint before = count_fds();

    for (gsize i = 0; i < G_N_ELEMENTS(thread); i++)
        thread[i] = g_thread_new("starter", starter, path);
    for (gsize i = 0; i < G_N_ELEMENTS(thread); i++)
        g_thread_join(thread[i]);
    g_assert_cmpuint(count_fds(), ==, before);
}

/* Killing the tool kills the program: here the tool is a forked copy of this test. */
static void test_parent_death(void)
{
    g_autofree char *path = script("orphan", "echo up $$ >&$PREACHES_CTL; exec sleep 1000");
    PreachesEvent event;
    int fds[2];
    pid_t tool, program = 0;

    g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
    tool = fork();
    if (tool == 0) {
        PreachesProc *proc = start(path, (PreachesSpec){0});
        g_assert_true(preaches_proc_next(proc, 10000, &event, NULL));
        program = preaches_proc_pid(proc);
        g_assert_cmpint(write(fds[1], &program, sizeof program), ==, sizeof program);
        pause();
    }
    g_assert_cmpint(read(fds[0], &program, sizeof program), ==, sizeof program);
    kill(tool, SIGKILL);
    waitpid(tool, NULL, 0);
    g_assert_true(is_gone(program));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("preaches-proc-XXXXXX", NULL);
    g_test_add_func("/proc/lines", test_lines);
    g_test_add_func("/proc/environment", test_environment);
    g_test_add_func("/proc/break", test_break);
    g_test_add_func("/proc/kill", test_kill);
    g_test_add_func("/proc/failures", test_failures);
    g_test_add_func("/proc/argv", test_argv);
    g_test_add_func("/proc/threads", test_threads);
    g_test_add_func("/proc/parent-death", test_parent_death);
    int status = g_test_run();
    g_autofree char *clean = g_strdup_printf("rm -r '%s'", folder);
    if (system(clean) != 0)
        g_test_message("%s is left", folder);
    return status;
}
