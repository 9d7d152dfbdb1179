/* The agent's local socket: only its own user and root, told by the kernel (SO_PEERCRED). One command
 * line, one answer. */
#define _GNU_SOURCE
#include "agent_priv.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
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

typedef struct Question {
    char **word;
    const char *body;
    GString *answer;
    gboolean waiting; /* "wait": not yet */
} Question;

static const char *node_name(Agent *agent, guint32 node)
{
    const AgentPeer *peer = agent_find_peer(agent, node);

    return node == agent->config->node ? agent->config->name : peer ? peer->config->name : "-";
}

static void tell_members(Agent *agent, GKeyFile *file, const char *group, const PpJobStatus *s)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < s->record->n_members; i++)
        g_string_append_printf(text, "%s%s:%s%s", i ? ";" : "",
                               node_name(agent, s->record->members[i].node),
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
    g_key_file_set_string(file, group, "primary", node_name(agent, s.leader));
    g_key_file_set_uint64(file, group, "epoch", record->n_epochs ? record->epochs[0].epoch : 0);
    g_key_file_set_integer(file, group, "classes",
                           record->n_epochs ? (int)record->epochs[0].n_classes : 0);
    g_key_file_set_int64(file, group, "lease_ms", MAX(s.lease_ns / 1000000, 0));
    if (record->finished)
        g_key_file_set_integer(file, group, "status", record->status);
    tell_members(agent, file, group, &s);
}

static void answer_status(Agent *agent, Question *q)
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

static gboolean job_status(Agent *agent, const char *text, PpJobStatus *status)
{
    guint n = pp_node_n_jobs(agent->node), n_found = 0;

    for (guint i = 0; i < n; i++) {
        PpJobStatus one;
        g_autofree char *hex = NULL;
        pp_node_status(agent->node, preaches_clock_ns(), i, &one);
        hex = agent_id_text(one.job);
        if (!g_str_has_prefix(hex, text) || strlen(text) < 4)
            continue;
        *status = one;
        n_found++;
    }
    return n_found == 1;
}

static const PpMember *find_member(const PpRecord *record, guint32 node)
{
    for (guint i = 0; i < record->n_members; i++)
        if (record->members[i].node == node)
            return &record->members[i];
    return NULL;
}

/* Why a request was not taken. */
static void refuse(Agent *agent, Question *q, const PpJobStatus *status, guint32 target)
{
    const PpMember *member = find_member(status->record, target);

    if (status->leader != agent->config->node)
        g_string_append_printf(q->answer, "error job %s does not run here: ask %s\n", q->word[1],
                               node_name(agent, status->leader));
    else if (target != PP_NOBODY && !member)
        g_string_append_printf(q->answer, "error %s has not joined job %s\n", q->word[2],
                               q->word[1]);
    else if (member && member->class_id == PP_NO_CLASS)
        g_string_append_printf(q->answer, "error %s cannot run job %s: not built for %s\n",
                               q->word[2], q->word[1], member->arch);
    else
        g_string_append_printf(q->answer, "error job %s is busy, or the target silent: try again\n", q->word[1]);
}

static void answer_job(Agent *agent, Question *q)
{
    PpJobStatus status = {0};
    gboolean move = strcmp(q->word[0], "move") == 0;
    const AgentPeer *target = move ? agent_peer_named(agent, q->word[2]) : NULL;

    if (!job_status(agent, q->word[1], &status)) {
        g_string_append_printf(q->answer, "error no job %s here\n", q->word[1]);
    } else if (strcmp(q->word[0], "wait") == 0) {
        q->waiting = !(status.record->finished && status.committed);
        if (!q->waiting)
            g_string_append_printf(q->answer, "finished %d\n", status.record->status);
    } else if (move && !target) {
        g_string_append_printf(q->answer, "error %s is not a peer\n", q->word[2]);
    } else if (pp_node_request(agent->node, preaches_clock_ns(), status.job,
                               move ? PP_REQUEST_MOVE : PP_REQUEST_CHECKPOINT,
                               move ? target->config->node : PP_NOBODY)) {
        g_string_append(q->answer, "done\n");
    } else {
        refuse(agent, q, &status, target ? target->config->node : PP_NOBODY);
    }
    agent_act(agent);
}

/* ---- submit ---- */

typedef struct Submission {
    AgentSpec *spec;
    char **targets; /* architectures that may carry it on; NULL: all */
    PpId id;
    PpRecord record;
    gboolean ok;
} Submission;

static void add_member(Submission *s, guint32 node, guint64 incarnation, const char *arch)
{
    gboolean may_run = s->record.n_members == 0 /* who was asked starts it */ || !s->targets ||
                       g_strv_contains((const char *const *)s->targets, arch);
    const AgentExe *exe = may_run ? agent_spec_exe(s->spec, arch) : NULL;
    PpMember *member = &s->record.members[s->record.n_members++];

    *member = (PpMember){.node = node,
                         .incarnation = incarnation,
                         .class_id = exe ? exe->class_id : PP_NO_CLASS};
    g_strlcpy(member->arch, arch, sizeof member->arch);
}

static void submit(Agent *agent, gpointer data)
{
    Submission *s = data;
    g_autofree char *text = agent_spec_text(s->spec);

    add_member(s, agent->config->node, agent->incarnation, agent->config->arch);
    for (guint i = 0; i < agent->peers->len && s->record.n_members < PP_MAX_MEMBERS; i++) {
        const AgentPeer *peer = agent->peers->pdata[i];
        if (peer->known)
            add_member(s, peer->config->node, peer->incarnation, peer->arch);
    }
    s->ok = pp_node_create(agent->node, preaches_clock_ns(), s->id, &s->record,
                           (const guint8 *)text, strlen(text));
    agent_act(agent);
}

static gboolean read_submission(Agent *agent, Submission *s, const char *body, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *program = NULL, *dir = NULL, *output = NULL, *hex = NULL, *exe_dir = NULL;
    g_auto(GStrv) args = NULL;
    g_auto(GStrv) images = NULL;
    int replicas, keep;

    if (!g_key_file_load_from_data(file, body, strlen(body), G_KEY_FILE_NONE, error))
        return FALSE;
    program = g_key_file_get_string(file, "job", "program", NULL);
    dir = g_key_file_get_string(file, "job", "dir", NULL);
    output = g_key_file_get_string(file, "job", "output", NULL);
    args = g_key_file_get_string_list(file, "job", "args", NULL, NULL);
    images = g_key_file_get_string_list(file, "job", "images", NULL, NULL);
    s->targets = g_key_file_get_string_list(file, "job", "targets", NULL, NULL);
    replicas = g_key_file_get_integer(file, "job", "replicas", NULL);
    keep = g_key_file_get_integer(file, "job", "keep", NULL);
    s->record.checkpoint_ns = g_key_file_get_int64(file, "job", "interval_ns", NULL);
    if (!program || !dir || !output || replicas < 0 || replicas > PP_MAX_REPLICAS || keep < 1 ||
        keep > PP_MAX_KEEP || s->record.checkpoint_ns < 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "malformed submission");
        return FALSE;
    }
    s->record.replicas = (guint)replicas;
    s->record.keep = (guint)keep;
    if (getrandom(&s->id, sizeof s->id, 0) != (ssize_t)sizeof s->id)
        return preaches_fail_errno(error, "getrandom");
    hex = agent_id_text(s->id);
    exe_dir = g_build_filename(agent->config->spool, "jobs", hex, "exe", NULL);
    if (!args)
        args = g_new0(char *, 1);
    s->spec = agent_spec_make(program, args, dir, output, exe_dir, error);
    if (!s->spec || !images)
        return s->spec != NULL;
    s->spec->images = g_strjoinv(",", images);
    if (agent_spec_images_valid(s->spec->images))
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "images: '%s' is unknown",
                s->spec->images);
    return FALSE;
}

static void answer_submit(Agent *agent, Question *q)
{
    Submission s = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *hex = NULL;

    if (read_submission(agent, &s, q->body, &error))
        agent_call(agent, submit, &s);
    hex = agent_id_text(s.id);
    if (s.ok)
        g_string_append_printf(q->answer, "job %s %u\n", hex, s.record.n_members);
    else
        g_string_append_printf(q->answer, "error %s\n", error ? error->message : "not taken");
    agent_spec_free(s.spec);
    g_strfreev(s.targets);
}

/* ---- join ---- */

typedef struct Joining {
    PpId id;
    guint32 peer;
    guint16 class_id;
} Joining;

static void join(Agent *agent, gpointer data)
{
    const Joining *j = data;

    pp_node_join(agent->node, preaches_clock_ns(), j->id, j->peer, j->class_id);
    agent_act(agent);
}

/* The class that this workstation can run is in the job's description, which a peer has. */
static gboolean find_class(Agent *agent, const char *hex, Joining *j)
{
    g_autofree char *path = g_strdup_printf("%s/joining-%s", agent->config->spool, hex);
    g_autofree char *what = g_strdup_printf("spec %s", hex);
    gboolean found = FALSE;

    for (guint i = 0; i < agent->peers->len && !found; i++) {
        g_autofree char *text = NULL;
        gsize n = 0;
        AgentSpec *spec = NULL;
        j->peer = ((const AgentPeer *)agent->peers->pdata[i])->config->node;
        if (agent_net_get(agent, j->peer, what, path, 0600, PP_MAX_SPEC, NULL) &&
            g_file_get_contents(path, &text, &n, NULL))
            spec = agent_spec_parse((const guint8 *)text, n, NULL);
        if (spec) {
            const AgentExe *exe = agent_spec_exe(spec, agent->config->arch);
            j->class_id = exe ? exe->class_id : PP_NO_CLASS;
            found = TRUE;
        }
        agent_spec_free(spec);
    }
    g_unlink(path);
    return found;
}

static void answer_join(Agent *agent, Question *q)
{
    Joining j = {.class_id = PP_NO_CLASS};

    if (!agent_id_parse(q->word[1], &j.id)) {
        g_string_append(q->answer, "error a job's whole number is needed, 32 digits\n");
    } else if (agent_find_job(agent, j.id)) {
        g_string_append(q->answer, "error this workstation has that job already\n");
    } else if (!find_class(agent, q->word[1], &j)) {
        g_string_append(q->answer, "error no peer that answers has that job\n");
    } else {
        agent_call(agent, join, &j);
        g_string_append(q->answer, "done\n");
    }
}

/* ---- the socket ---- */

static const struct {
    const char *name;
    guint words;
    void (*answer)(Agent *agent, Question *q);
    gboolean own_thread; /* has slow work of its own; the others run on the main thread */
} commands[] = {{"status", 1, answer_status, FALSE},
                {"wait", 2, answer_job, FALSE},
                {"checkpoint", 2, answer_job, FALSE},
                {"move", 3, answer_job, FALSE},
                {"join", 2, answer_join, TRUE},
                {"submit", 2, answer_submit, TRUE}};

typedef struct Asked {
    void (*answer)(Agent *agent, Question *q);
    Question *question;
} Asked;

static void on_main(Agent *agent, gpointer data)
{
    const Asked *asked = data;

    asked->answer(agent, asked->question);
}

static gboolean client_left(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0;
}

static void answer(Agent *agent, int fd, Question *q)
{
    guint n = g_strv_length(q->word);

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        Asked asked = {commands[i].answer, q};
        if (n != commands[i].words || strcmp(q->word[0], commands[i].name) != 0)
            continue;
        if (commands[i].own_thread) {
            commands[i].answer(agent, q);
            return;
        }
        do {
            q->waiting = FALSE;
            agent_call(agent, on_main, &asked);
            if (q->waiting)
                g_usleep(WAIT_US);
        } while (q->waiting && !client_left(fd));
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
        Question q = {.word = word, .answer = text};
        if (word[0] && strcmp(word[0], "submit") == 0 && word[1] &&
            g_ascii_string_to_unsigned(word[1], 10, 1, BODY_BYTES, &bytes, NULL))
            q.body = body = read_body(client->fd, bytes);
        if (word[0] && (strcmp(word[0], "submit") != 0 || q.body))
            answer(client->agent, client->fd, &q);
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
