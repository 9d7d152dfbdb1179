/* The agent's local socket: only its own user and root, told by the kernel (SO_PEERCRED). One command
 * line, one answer. */
#define _GNU_SOURCE
#include "agent_priv.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_BYTES = 256, BODY_BYTES = 65536, MAX_CLIENTS = 64, WAIT_US = 20000 };

static gboolean address_of(const char *spool, struct sockaddr_un *address, GError **error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (g_snprintf(address->sun_path, sizeof address->sun_path, "%s/control", spool) <
        (int)sizeof address->sun_path)
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: too long for a socket's path",
                spool);
    return FALSE;
}

/* ---- answers, on the main thread ---- */

const char *agent_node_name(Agent *agent, guint32 node)
{
    const AgentPeer *peer = agent_find_peer(agent, node);

    return node == agent->config->node ? agent->config->name : peer ? peer->config->name : "-";
}

static void tell_members(Agent *agent, GKeyFile *file, const char *group, const PpJobStatus *s)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < s->record->n_members; i++)
        g_string_append_printf(text, "%s%s:%s%s", i ? ";" : "",
                               agent_node_name(agent, s->record->members[i].node),
                               s->record->members[i].arch,
                               s->leader == agent->config->node && !(s->alive >> i & 1) ? ":silent"
                                                                                      : "");
    g_key_file_set_string(file, group, "members", text->str);
}

static void tell_job(Agent *agent, GKeyFile *file, guint index)
{
    g_autofree char *hex = NULL, *group = NULL;
    const AgentJob *job;
    const PpRecord *record;
    PpJobStatus s;

    pp_node_status(agent->node, preaches_clock_ns(), index, &s);
    hex = agent_id_text(s.job);
    group = g_strdup_printf("job %s", hex);
    job = agent_find_job(agent, s.job);
    record = s.record;
    g_key_file_set_string(file, group, "program", job ? job->spec->program : "-");
    g_key_file_set_string(file, group, "state",
                          record->finished && s.committed ? "finished"
                          : s.leader == PP_NOBODY         ? "no leader"
                          : *s.phase                      ? s.phase
                                                          : "run");
    g_key_file_set_uint64(file, group, "term", s.term);
    g_key_file_set_string(file, group, "primary", agent_node_name(agent, s.leader));
    g_key_file_set_uint64(file, group, "epoch", record->n_epochs ? record->epochs[0].epoch : 0);
    g_key_file_set_integer(file, group, "classes",
                           record->n_epochs ? (int)record->epochs[0].n_classes : 0);
    g_key_file_set_int64(file, group, "lease_ms", MAX(s.lease_ns / 1000000, 0));
    if (record->finished)
        g_key_file_set_integer(file, group, "status", record->status);
    tell_members(agent, file, group, &s);
}

static void answer_status(Agent *agent, AgentQuestion *q)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *text = NULL;

    g_key_file_set_string(file, "agent", "name", agent->config->name);
    g_key_file_set_string(file, "agent", "arch", agent->config->arch);
    g_key_file_set_integer(file, "agent", "node", (int)agent->config->node);
    for (guint i = 0; i < agent->peers->len; i++) {
        const AgentPeer *peer = agent->peers->pdata[i];
        g_autofree char *group = g_strdup_printf("peer %s", peer->config->name);
        gint64 ago_ms = peer->known ? (preaches_clock_ns() - peer->heard_ns) / 1000000 : -1;
        g_key_file_set_string(file, group, "arch", peer->known ? peer->arch : "-");
        g_key_file_set_string(file, group, "state",
                              ago_ms < 0 ? "never heard" : ago_ms < 3000 ? "there" : "silent");
    }
    for (guint i = 0; i < pp_node_n_jobs(agent->node); i++)
        tell_job(agent, file, i);
    text = g_key_file_to_data(file, NULL, NULL);
    g_string_append(q->answer, text);
}

/* ---- the socket ---- */

static const struct {
    const char *name;
    guint words;
    void (*answer)(Agent *agent, AgentQuestion *q);
    gboolean own_thread; /* has slow work of its own; the others run on the main thread */
} commands[] = {{"status", 1, answer_status, FALSE},
                {"wait", 2, agent_answer_wait, FALSE},
                {"checkpoint", 2, agent_answer_checkpoint, FALSE},
                {"move", 4, agent_answer_move, FALSE},
                {"join", 3, agent_answer_join, TRUE},
                {"submit", 2, agent_answer_submit, TRUE}};

typedef struct Asked {
    void (*answer)(Agent *agent, AgentQuestion *q);
    AgentQuestion *question;
} Asked;

static void on_main(Agent *agent, gpointer data)
{
    const Asked *asked = data;

    asked->question->waiting = FALSE;
    asked->answer(agent, asked->question);
}

static gboolean client_left(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0;
}

void agent_ask_main(Agent *agent, void (*answer)(Agent *agent, AgentQuestion *q), AgentQuestion *q)
{
    Asked asked = {answer, q};

    for (gboolean left = FALSE;;) {
        agent_call(agent, on_main, &asked);
        if (!q->waiting || left)
            return;
        g_usleep(WAIT_US);
        left = client_left(q->fd);
        if (left)
            q->until_us = 1; /* once more: its time is over */
    }
}

static void answer(Agent *agent, AgentQuestion *q)
{
    guint n = g_strv_length(q->word);

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (n != commands[i].words || strcmp(q->word[0], commands[i].name) != 0)
            continue;
        if (commands[i].own_thread)
            commands[i].answer(agent, q);
        else
            agent_ask_main(agent, commands[i].answer, q);
        return;
    }
    g_string_append(q->answer, "error unknown command\n");
}

static gboolean may_ask(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == 0 || who.uid == geteuid());
}

static gboolean read_line(int fd, char *line)
{
    for (gsize n = 0; n < LINE_BYTES; n++) {
        if (read(fd, line + n, 1) != 1)
            return FALSE;
        if (line[n] == '\n') {
            line[n] = '\0';
            return TRUE;
        }
    }
    return FALSE;
}

static char *read_body(int fd, guint64 bytes)
{
    g_autofree char *body = g_malloc0(bytes + 1);
    gsize n = 0;

    while (n < bytes) {
        ssize_t got = read(fd, body + n, bytes - n);
        if (got <= 0)
            return NULL;
        n += (gsize)got;
    }
    return g_steal_pointer(&body);
}

typedef struct Client {
    Agent *agent;
    int fd;
} Client;

static gpointer client_thread(gpointer data)
{
    g_autofree Client *client = data;
    struct timeval patience = {.tv_sec = 10};
    g_autoptr(GString) text = g_string_new(NULL);
    char line[LINE_BYTES];
    guint64 bytes = 0;

    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (may_ask(client->fd) && read_line(client->fd, line)) {
        g_auto(GStrv) word = g_strsplit(line, " ", 4);
        g_autofree char *body = NULL;
        AgentQuestion q = {.word = word, .answer = text, .fd = client->fd};
        if (word[0] && strcmp(word[0], "submit") == 0 && word[1] &&
            g_ascii_string_to_unsigned(word[1], 10, 1, BODY_BYTES, &bytes, NULL))
            q.body = body = read_body(client->fd, bytes);
        if (word[0] && (strcmp(word[0], "submit") != 0 || q.body))
            answer(client->agent, &q);
    }
    if (send(client->fd, text->str, text->len, MSG_NOSIGNAL) < 0)
        agent_say(client->agent, "control: %s", g_strerror(errno));
    close(client->fd);
    return NULL;
}

static gpointer control_thread(gpointer data)
{
    Agent *agent = data;

    while (!g_atomic_int_get(&agent->stopping)) {
        int fd = accept4(agent->control, NULL, NULL, SOCK_CLOEXEC);
        GThread *thread;
        Client *client;
        if (fd < 0) {
            g_usleep(10000);
            continue;
        }
        client = g_new(Client, 1);
        *client = (Client){agent, fd};
        thread = g_thread_try_new("client", client_thread, client, NULL);
        if (thread) {
            g_thread_unref(thread);
        } else {
            close(fd);
            g_free(client);
        }
    }
    return NULL;
}

gboolean agent_control_start(Agent *agent, GError **error)
{
    struct sockaddr_un address;

    if (!address_of(agent->config->spool, &address, error))
        return FALSE;
    g_unlink(address.sun_path);
    agent->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (agent->control < 0 ||
        bind(agent->control, (struct sockaddr *)&address, sizeof address) != 0 ||
        g_chmod(address.sun_path, 0600) != 0 || listen(agent->control, MAX_CLIENTS) != 0)
        return preaches_fail_errno(error, address.sun_path);
    agent->control_thread = g_thread_new("control", control_thread, agent);
    return TRUE;
}

/* ---- the other end ---- */

char *preaches_agent_ask(const char *spool, const char *command, const char *body, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *line = g_strdup_printf("%s\n%s", command, body ? body : "");
    struct sockaddr_un address;
    char chunk[4096];
    ssize_t n;
    int fd;

    if (!address_of(spool, &address, error))
        return NULL;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line)) {
        preaches_fail_errno(error, address.sun_path);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        g_string_append_len(text, chunk, n);
    close(fd);
    if (text->len > 0 && !g_str_has_prefix(text->str, "error "))
        return g_string_free(g_steal_pointer(&text), FALSE);
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s",
                text->len ? g_strchomp(text->str) + 6 : "the agent does not answer");
    return NULL;
}
