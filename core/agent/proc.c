/* A program under checkpoint as a child process: environment in, control lines out.
 *
 * The program leads a process group of its own, so that one SIGKILL is the death of the whole node:
 * program, checkpoint child and emulator. The leader is reaped last, which keeps the group's number
 * ours until nobody is in it. The control socket tells when the others are gone too: it reads
 * end-of-file only once every process that inherited it has ended. Every descriptor is created
 * close-on-exec and only the forked child clears the flag on the one it passes, so threads that
 * start programs at the same time leak nothing to each other's. */
#define _GNU_SOURCE
#include "proc.h"

#include "leaseguard.h"
#include "pack.h"
#include "spool.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((gsize)65536)
#define GRACE_MS       10000 /* how long children may outlive the program before they are killed */

struct PreachesProc {
    pid_t pid;
    int pidfd;         /* readable once the program has ended */
    int ctl;           /* our end, or -1 */
    int image;         /* what it goes on from, unpacked into memory; or -1 */
    GByteArray *input; /* read from ctl, not yet handed out */
    gboolean at_eof, ended;
    gint64 ended_us; /* when the program's end was first seen, 0 before */
    int status;
};

/* ---- environment ---- */

static void set_text(char ***env, const char *name, const char *value)
{
    if (value)
        *env = g_environ_setenv(*env, name, value, TRUE);
}

static void set_number(char ***env, const char *name, guint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

    if (value)
        set_text(env, name, text);
}

static void set_path(char ***env, const char *name, const char *path)
{
    g_autofree char *whole = path ? g_canonicalize_filename(path, NULL) : NULL;

    set_text(env, name, whole); /* absolute: the program may run in another folder */
}

static char **make_environment(const PreachesSpec *spec, const char *restore, int ctl)
{
    static const char *const ours[] = {"PREACHES_SPOOL", "PREACHES_CLASSES", "PREACHES_AT_POLL",
                                       "PREACHES_EVERY", "PREACHES_STOP",    "PREACHES_SYNC",
                                       "PREACHES_EPOCH", "PREACHES_COUNT",   "PREACHES_RESTORE",
                                       "PREACHES_CUT",   "PREACHES_CTL",     "PREACHES_BREAK",
                                       "PREACHES_FAULT", "PREACHES_INCREMENTAL",
                                       "PREACHES_SNAPSHOT", "PREACHES_RESTORE_BY", "PREACHES_FOLDER"};
    char **env = g_get_environ();

    for (gsize i = 0; i < G_N_ELEMENTS(ours); i++)
        env = g_environ_unsetenv(env, ours[i]);
    set_path(&env, "PREACHES_SPOOL", spec->spool);
    set_path(&env, "PREACHES_RESTORE", restore);
    set_path(&env, "PREACHES_FOLDER", spec->folder);
    set_text(&env, "PREACHES_CLASSES", spec->classes);
    set_text(&env, "PREACHES_AT_POLL", spec->at_polls);
    set_text(&env, "PREACHES_FAULT", spec->fault);
    set_text(&env, "PREACHES_INCREMENTAL", spec->incremental);
    set_text(&env, "PREACHES_SNAPSHOT", spec->snapshot);
    set_text(&env, "PREACHES_RESTORE_BY", spec->restore_by);
    set_number(&env, "PREACHES_EVERY", spec->every);
    set_number(&env, "PREACHES_EPOCH", spec->epoch);
    set_number(&env, "PREACHES_BREAK", spec->break_poll);
    set_number(&env, "PREACHES_STOP", spec->stop ? 1 : 0);
    set_number(&env, "PREACHES_SYNC", spec->sync ? 1 : 0);
    set_number(&env, "PREACHES_COUNT", spec->count_polls ? 1 : 0);
    set_number(&env, "PREACHES_CUT", spec->cut_output ? 1 : 0);
    if (ctl >= 0)
        set_number(&env, "PREACHES_CTL", (guint64)ctl);
    return env;
}

/* ---- start ---- */

typedef struct Launch { /* everything the forked child needs, made before the fork */
    char *path;         /* what is executed */
    char **argv, **env;
    int ctl[2];         /* ours, the program's */
    int out, report[2]; /* standard output or -1; pipe for the child's errno */
    int image;          /* of PreachesProc */
    const char *dir;
    gboolean takes_requests;
    int guard;
    gint64 guard_until_ns; /* 0: no guard */
    pid_t parent;
} Launch;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void launch_fini(Launch *launch)
{
    g_free(launch->path);
    g_strfreev(launch->argv);
    g_strfreev(launch->env);
    close_fd(&launch->ctl[0]);
    close_fd(&launch->ctl[1]);
    close_fd(&launch->out);
    close_fd(&launch->image);
    close_fd(&launch->report[0]);
    close_fd(&launch->report[1]);
}

static gboolean launch_program(Launch *launch, const PreachesSpec *spec, GError **error)
{
    g_autofree char *program = g_canonicalize_filename(spec->program, NULL);
    g_autofree char *exe = preaches_exe_path(program, spec->arch);

    launch->argv = preaches_exe_argv(program, spec->arch, spec->args);
    if (!launch->argv) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "unknown architecture '%s'",
                    spec->arch);
        return FALSE;
    }
    if (access(exe, X_OK) != 0)
        return preaches_fail_errno(error, exe);
    launch->path = g_find_program_in_path(launch->argv[0]);
    if (!launch->path) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: not installed",
                    launch->argv[0]);
        return FALSE;
    }
    /* argv[0] as it was typed: natively, or after qemu -0 */
    char **name = &launch->argv[strcmp(launch->argv[0], exe) == 0 ? 0 : 2];
    g_free(*name);
    *name = g_strdup(spec->name ? spec->name : spec->program);
    return TRUE;
}

/* The program maps its image: it needs all of it, as it is. */
static gboolean launch_image(Launch *launch, const PreachesSpec *spec, GError **error)
{
    g_autofree char *content = g_strdup(spec->restore);

    if (spec->restore && preaches_packed(spec->restore)) {
        launch->image = preaches_unpack_memory(spec->restore, PR_VERIFY_ALL, error);
        if (launch->image < 0)
            return FALSE;
        g_free(content);
        content = g_strdup_printf("/proc/%d/fd/%d", (int)launch->parent, launch->image);
    }
    launch->env = make_environment(spec, content, launch->ctl[1]);
    return TRUE;
}

static gboolean launch_init(Launch *launch, const PreachesSpec *spec, GError **error)
{
    *launch = (Launch){.ctl = {-1, -1}, .out = -1, .report = {-1, -1}, .image = -1, .dir = spec->dir};
    launch->parent = getpid();
    launch->takes_requests = spec->spool != NULL;
    launch->guard = spec->guard;
    launch->guard_until_ns = spec->guard_until_ns;
    if (!launch_program(launch, spec, error))
        return FALSE;
    if (spec->listen && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, launch->ctl) != 0)
        return preaches_fail_errno(error, "control socket");
    if (spec->out_path) {
        int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (spec->restore ? 0 : O_TRUNC);
        launch->out = open(spec->out_path, how, 0666);
        if (launch->out < 0)
            return preaches_fail_errno(error, spec->out_path);
    }
    if (pipe2(launch->report, O_CLOEXEC) != 0)
        return preaches_fail_errno(error, "pipe");
    return launch_image(launch, spec, error);
}

/* In the forked child: async-signal-safe calls only. Never returns. */
static void child_exec(const Launch *launch)
{
    sigset_t none;
    int code;
    ssize_t written;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launch->parent)
        _exit(127); /* the tool died before the signal was armed */
    for (int sig = 1; sig < NSIG; sig++)
        if (sig != SIGKILL && sig != SIGSTOP)
            signal(sig, SIG_DFL);
    if (launch->guard_until_ns) { /* under guard before it can write anything */
        PreachesGuardOrder order = {.until_ns = launch->guard_until_ns, .group = getpid()};
        if (write(launch->guard, &order, sizeof order) != (ssize_t)sizeof order)
            _exit(127);
    }
    if (launch->takes_requests) /* a request before the program is ready for it must not end it */
        signal(SIGUSR2, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (launch->out < 0 || dup2(launch->out, STDOUT_FILENO) >= 0)
        if (launch->ctl[1] < 0 || fcntl(launch->ctl[1], F_SETFD, 0) == 0)
            if (!launch->dir || chdir(launch->dir) == 0)
                execve(launch->path, launch->argv, launch->env);
    code = errno;
    written = write(launch->report[1], &code, sizeof code);
    _exit(written == (ssize_t)sizeof code ? 127 : 126);
}

/* Waits until the child has become the program; TRUE, or FALSE with its errno. */
static gboolean launch_confirm(Launch *launch, pid_t pid, GError **error)
{
    int code = 0;
    ssize_t got;

    close_fd(&launch->report[1]);
    do
        got = read(launch->report[0], &code, sizeof code);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return TRUE;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    errno = got == (ssize_t)sizeof code ? code : EIO;
    return preaches_fail_errno(error, launch->path);
}

PreachesProc *preaches_proc_start(const PreachesSpec *spec, GError **error)
{
    Launch launch;
    PreachesProc *proc = NULL;
    pid_t pid;
    int pidfd;

    if (!launch_init(&launch, spec, error))
        goto out;
    pid = fork();
    if (pid == 0)
        child_exec(&launch);
    if (pid < 0) {
        preaches_fail_errno(error, "fork");
        goto out;
    }
    setpgid(pid, pid); /* also here: a kill may come before the child has done it */
    if (!launch_confirm(&launch, pid, error))
        goto out;
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
    if (pidfd < 0) {
        preaches_fail_errno(error, "pidfd_open");
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        goto out;
    }
    proc = g_new0(PreachesProc, 1);
    proc->pid = pid;
    proc->pidfd = pidfd;
    proc->ctl = launch.ctl[0];
    launch.ctl[0] = -1;
    proc->image = launch.image;
    launch.image = -1;
    proc->at_eof = proc->ctl < 0;
    proc->input = g_byte_array_new();
out:
    launch_fini(&launch);
    return proc;
}

/* ---- events ---- */

static gboolean take_line(PreachesProc *proc, PreachesEvent *event)
{
    guint8 *lf = proc->input->len ? memchr(proc->input->data, '\n', proc->input->len) : NULL;
    gsize bytes;

    if (!lf)
        return FALSE;
    bytes = (gsize)(lf - proc->input->data);
    *event = (PreachesEvent){.line = g_strndup((const char *)proc->input->data, bytes)};
    event->field = g_strsplit(event->line, " ", -1);
    g_byte_array_remove_range(proc->input, 0, (guint)bytes + 1);
    return TRUE;
}

/* Reads what is there. A line without its end is dropped: its writer was killed in the middle. */
static gboolean take_input(PreachesProc *proc, GError **error)
{
    guint8 chunk[4096];
    ssize_t got = recv(proc->ctl, chunk, sizeof chunk, MSG_DONTWAIT);

    if (got > 0)
        g_byte_array_append(proc->input, chunk, (guint)got);
    else if (got == 0 || errno == ECONNRESET)
        proc->at_eof = TRUE;
    else if (errno != EAGAIN && errno != EINTR)
        return preaches_fail_errno(error, "control socket");
    if (proc->input->len > LINE_MAX_BYTES && !memchr(proc->input->data, '\n', proc->input->len)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                    "control line of more than %" G_GSIZE_FORMAT " bytes", LINE_MAX_BYTES);
        return FALSE;
    }
    return TRUE;
}

/* The program is gone: kills whom it left behind, then reaps. */
static void reap(PreachesProc *proc)
{
    int status = 0;

    if (proc->ended)
        return;
    kill(-proc->pid, SIGKILL);
    while (waitpid(proc->pid, &status, 0) < 0)
        if (errno != EINTR)
            break;
    proc->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    proc->ended = TRUE;
}

/* Waits for input or the end, at most until `deadline_us` (0: for ever); FALSE when it passed. */
static gboolean wait_ready(PreachesProc *proc, gint64 deadline_us, gboolean *readable)
{
    struct pollfd fds[2] = {{.fd = proc->at_eof ? -1 : proc->ctl, .events = POLLIN},
                            {.fd = proc->ended_us ? -1 : proc->pidfd, .events = POLLIN}};
    gint64 now = g_get_monotonic_time(), wait_us = deadline_us ? MAX(deadline_us - now, 0) : -1;
    gint64 grace_us = proc->ended_us ? proc->ended_us + GRACE_MS * 1000 - now : -1;
    struct timespec wait = {0};
    int n;

    if (grace_us >= 0 && (wait_us < 0 || grace_us < wait_us))
        wait_us = grace_us;
    wait = (struct timespec){.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    n = ppoll(fds, 2, wait_us < 0 ? NULL : &wait, NULL);
    *readable = n > 0 && fds[0].revents != 0;
    if (n > 0 && fds[1].revents != 0)
        proc->ended_us = g_get_monotonic_time();
    return n != 0 || !deadline_us || g_get_monotonic_time() < deadline_us;
}

static gboolean is_over(const PreachesProc *proc)
{
    return proc->ended_us &&
           (proc->at_eof || g_get_monotonic_time() >= proc->ended_us + GRACE_MS * 1000);
}

gboolean preaches_proc_next(PreachesProc *proc, gint64 timeout_ms, PreachesEvent *event,
                            GError **error)
{
    gint64 deadline_us = timeout_ms < 0 ? 0 : g_get_monotonic_time() + timeout_ms * 1000;
    gboolean readable = FALSE;

    *event = (PreachesEvent){0};
    while (!take_line(proc, event)) {
        if (proc->ended || is_over(proc)) {
            reap(proc);
            event->status = proc->status;
            return TRUE;
        }
        if (!wait_ready(proc, deadline_us, &readable)) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "nothing heard in %ld ms",
                        (long)timeout_ms);
            return FALSE;
        }
        if (readable && !take_input(proc, error))
            return FALSE;
    }
    return TRUE;
}

void preaches_event_clear(PreachesEvent *event)
{
    g_free(event->line);
    g_strfreev(event->field);
    *event = (PreachesEvent){0};
}

void preaches_proc_go_on(PreachesProc *proc)
{
    if (proc->ctl >= 0) /* if it is dead, the next event says so */
        (void)!send(proc->ctl, "g", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns only when no process of the group can write any more: their deaths close the socket. */
void preaches_proc_kill(PreachesProc *proc)
{
    gint64 until_us = g_get_monotonic_time() + GRACE_MS * 1000;
    gboolean readable;

    if (proc->ended)
        return;
    kill(-proc->pid, SIGKILL);
    while (!(proc->ended_us && proc->at_eof) && g_get_monotonic_time() < until_us) {
        if (!wait_ready(proc, until_us, &readable))
            break;
        if (readable && !take_input(proc, NULL))
            break;
    }
    reap(proc);
}

pid_t preaches_proc_pid(const PreachesProc *proc) { return proc->pid; }

void preaches_proc_fds(const PreachesProc *proc, int *control, int *end)
{
    *control = proc->at_eof ? -1 : proc->ctl;
    *end = proc->pidfd;
}

void preaches_proc_free(PreachesProc *proc)
{
    if (!proc)
        return;
    preaches_proc_kill(proc);
    close_fd(&proc->ctl);
    close_fd(&proc->pidfd);
    close_fd(&proc->image);
    g_byte_array_unref(proc->input);
    g_free(proc);
}
