/* The agents' network: to each peer one connection for what is sent to it; connections that come in
 * are read. Files are fetched over connections of their own, so that they hold up no heartbeat. */
#define _GNU_SOURCE
#include "agent_priv.h"

#include "../layout/arch.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_CONNECTIONS = 96, /* incoming, at a time: more are closed at once */
    MAX_OF_PEER = 24,     /* of these, one peer's */
    MAX_RATE = 2000,      /* frames a second of a connection: it waits then */
    MAX_POSTED = 1024,    /* messages waiting for the main thread */
    MAX_QUEUED = 256,     /* messages waiting for a peer: the oldest go, as on a network */
    DIAL_MS = 2000,
    HANDSHAKE_MS = 5000,
    SEND_MS = 3000,
    IDLE_MS = 30000, /* a peer says hello every second */
    HELLO_US = 1000000,
    AGAIN_US = 200000
};

/* ---- hello ---- */

typedef struct Hello {
    guint32 node;
    guint64 incarnation;
    const char *arch;
} Hello;

static GBytes *hello_bytes(const Agent *agent)
{
    GByteArray *out = g_byte_array_new();
    guint32 node = GUINT32_TO_LE(agent->config->node);
    guint64 incarnation = GUINT64_TO_LE(agent->incarnation);

    g_byte_array_append(out, (const guint8 *)&node, sizeof node);
    g_byte_array_append(out, (const guint8 *)&incarnation, sizeof incarnation);
    g_byte_array_append(out, (const guint8 *)agent->config->arch,
                        (guint)strlen(agent->config->arch));
    return g_byte_array_free_to_bytes(out);
}

static gboolean hello_parse(const GByteArray *body, Hello *hello)
{
    g_autofree char *arch = NULL;
    const PrArch *row;
    guint32 node;
    guint64 incarnation;

    if (body->len < sizeof node + sizeof incarnation + 1 || body->len > 64)
        return FALSE;
    memcpy(&node, body->data, sizeof node);
    memcpy(&incarnation, body->data + sizeof node, sizeof incarnation);
    arch = g_strndup((const char *)body->data + sizeof node + sizeof incarnation,
                     body->len - sizeof node - sizeof incarnation);
    row = pr_arch_find(arch);
    if (!row)
        return FALSE;
    *hello = (Hello){GUINT32_FROM_LE(node), GUINT64_FROM_LE(incarnation), row->name};
    return TRUE;
}

static void take_hello(Agent *agent, gpointer data)
{
    const Hello *hello = data;
    AgentPeer *peer = agent_find_peer(agent, hello->node);

    if (!peer)
        return;
    if (!peer->known)
        agent_say(agent, "%s is there: %s", peer->config->name, hello->arch);
    peer->known = TRUE;
    peer->incarnation = hello->incarnation;
    peer->arch = hello->arch;
    peer->heard_ns = preaches_clock_ns();
}

/* ---- out ---- */

static gboolean send_all(PreachesLink *link, const AgentPeer *peer, GError **error)
{
    GBytes *bytes = g_async_queue_timeout_pop(peer->queue, HELLO_US);
    g_autoptr(GBytes) hello = bytes ? NULL : hello_bytes(peer->agent);
    gsize n;
    const void *p = g_bytes_get_data(bytes ? bytes : hello, &n);
    gboolean ok = n == 0 || preaches_link_send(link, bytes ? PREACHES_FRAME_MESSAGE
                                                           : PREACHES_FRAME_HELLO,
                                               p, n, SEND_MS, error);

    if (bytes)
        g_bytes_unref(bytes);
    return ok;
}

static void drop_queue(AgentPeer *peer, int keep)
{
    while (g_async_queue_length(peer->queue) > keep) {
        GBytes *bytes = g_async_queue_try_pop(peer->queue);
        if (bytes)
            g_bytes_unref(bytes);
    }
}

static gpointer peer_thread(gpointer data)
{
    AgentPeer *peer = data;
    Agent *agent = peer->agent;

    while (!g_atomic_int_get(&agent->stopping)) {
        g_autoptr(GBytes) hello = hello_bytes(agent);
        gsize n;
        const void *p = g_bytes_get_data(hello, &n);
        PreachesLink *link = preaches_link_dial(agent->tls, peer->config->address,
                                                peer->config->name, DIAL_MS, NULL);
        gboolean ok =
            link && preaches_link_send(link, PREACHES_FRAME_HELLO, p, n, SEND_MS, NULL);
        while (ok && !g_atomic_int_get(&agent->stopping))
            ok = send_all(link, peer, NULL);
        preaches_link_free(link);
        drop_queue(peer, 0);
        if (!g_atomic_int_get(&agent->stopping))
            g_usleep(AGAIN_US);
    }
    return NULL;
}

void agent_net_send(Agent *agent, guint32 node, GBytes *bytes)
{
    AgentPeer *peer = agent_find_peer(agent, node);

    if (!peer)
        return;
    drop_queue(peer, MAX_QUEUED);
    g_async_queue_push(peer->queue, g_bytes_ref(bytes));
}

/* ---- files ---- */

static char *wanted_path(Agent *agent, char **word, guint n, AgentJob **of)
{
    PpId id;
    AgentJob *job = *of = n >= 2 && agent_id_parse(word[1], &id) ? agent_find_job(agent, id) : NULL;
    PpImage image = {0};
    guint64 class_id;

    if (!job)
        return NULL;
    if (n == 2 && strcmp(word[0], "spec") == 0)
        return g_build_filename(job->dir, "spec", NULL);
    if (n == 3 && strcmp(word[0], "exe") == 0) {
        for (guint i = 0; i < job->spec->exes->len; i++) {
            const AgentExe *exe = job->spec->exes->pdata[i];
            if (strcmp(exe->sha256, word[2]) == 0)
                return preaches_exe_path(job->program, exe->arch);
        }
        if (job->spec->files && strcmp(job->spec->files->sha256, word[2]) == 0)
            return agent_job_files(job);
        return NULL;
    }
    if (n == 3 && strcmp(word[0], "result") == 0 && job->spec->files &&
        g_ascii_string_to_unsigned(word[2], 10, 1, G_MAXUINT64, &image.term, NULL))
        return agent_job_result(job, image.term);
    if (n != 5 || strcmp(word[0], "image") != 0 ||
        !g_ascii_string_to_unsigned(word[2], 10, 1, G_MAXUINT64, &image.term, NULL) ||
        !g_ascii_string_to_unsigned(word[3], 10, 1, G_MAXUINT64, &image.epoch, NULL) ||
        !g_ascii_string_to_unsigned(word[4], 10, 0, PP_FILES_CLASS, &class_id, NULL))
        return NULL;
    image.class_id = (guint16)class_id;
    return agent_job_image(job, &image);
}

static gboolean send_file(PreachesLink *link, int fd)
{
    g_autofree guint8 *chunk = g_malloc(PREACHES_FRAME_LIMIT);
    guint8 whole;
    ssize_t n;

    while ((n = read(fd, chunk, PREACHES_FRAME_LIMIT)) > 0)
        if (!preaches_link_send(link, PREACHES_FRAME_DATA, chunk, (gsize)n, 10 * SEND_MS, NULL))
            return FALSE;
    whole = n == 0 ? 1 : 0;
    return preaches_link_send(link, PREACHES_FRAME_END, &whole, 1, SEND_MS, NULL);
}

static gboolean send_piece(const guint8 *bytes, gsize n, gpointer link, GError **error)
{
    gboolean ok = TRUE;

    for (gsize part; n > 0 && ok; bytes += part, n -= part) {
        part = MIN(n, PREACHES_FRAME_LIMIT);
        ok = preaches_link_send(link, PREACHES_FRAME_DATA, bytes, part, 10 * SEND_MS, error);
    }
    return ok;
}

/* What rests encrypted is opened piece by piece. */
static gboolean send_sealed(PreachesLink *link, const AgentJob *job, const char *path)
{
    g_autofree char *name = NULL, *sealed = agent_job_sealed(job, path, &name);
    guint8 whole = preaches_unseal(job->seal, sealed, name, send_piece, link, NULL) ? 1 : 0;

    return preaches_link_send(link, PREACHES_FRAME_END, &whole, 1, SEND_MS, NULL);
}

/* A class image, compressed. */
static gboolean send_packed(PreachesLink *link, const AgentJob *job, const char *path)
{
    guint8 whole = preaches_pack(path, job->pack, send_piece, link, NULL) ? 1 : 0;

    return preaches_link_send(link, PREACHES_FRAME_END, &whole, 1, SEND_MS, NULL);
}

static gboolean serve(Agent *agent, PreachesLink *link, const GByteArray *body)
{
    g_autofree char *text = g_strndup((const char *)body->data, MIN(body->len, 512));
    g_auto(GStrv) word = g_strsplit(text, " ", -1);
    AgentJob *job = NULL;
    g_autofree char *path = wanted_path(agent, word, g_strv_length(word), &job);
    gboolean sealed = path && job->seal && strcmp(word[0], "image") == 0;
    int fd = path && !sealed ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    guint8 nothing = 0;
    gboolean ok;

    if (sealed)
        return send_sealed(link, job, path);
    if (fd < 0)
        return preaches_link_send(link, PREACHES_FRAME_END, &nothing, 1, SEND_MS, NULL);
    ok = job->pack && g_str_has_suffix(path, ".img") ? send_packed(link, job, path) : send_file(link, fd);
    close(fd);
    return ok;
}

static gboolean receive_file(PreachesLink *link, int fd, guint64 limit, guint64 *received, GError **error)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    PreachesFrameKind kind;
    guint64 total = 0;

    for (;;) {
        if (!preaches_link_receive(link, &kind, body, 10000, error))
            return FALSE;
        if (kind == PREACHES_FRAME_END && body->len == 1 && body->data[0] == 1) {
            *received = total;
            return TRUE;
        }
        total += body->len;
        if (kind != PREACHES_FRAME_DATA || total > limit ||
            write(fd, body->data, body->len) != (ssize_t)body->len) {
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s",
                        preaches_link_peer(link),
                        kind == PREACHES_FRAME_DATA ? "cannot be taken" : "does not have it");
            return FALSE;
        }
    }
}

gboolean agent_net_get(Agent *agent, guint32 node, const char *what, const char *path, mode_t mode,
                       guint64 limit, guint64 *received, GError **error)
{
    const AgentPeer *peer = agent_find_peer(agent, node);
    g_autofree char *dir = g_path_get_dirname(path);
    PreachesLink *link;
    gboolean ok = FALSE;
    guint64 total = 0;
    int fd;

    if (!peer) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "node %u: unknown", node);
        return FALSE;
    }
    if (g_mkdir_with_parents(dir, 0700) != 0)
        return preaches_fail_errno(error, dir);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return preaches_fail_errno(error, path);
    link = preaches_link_dial(agent->tls, peer->config->address, peer->config->name, DIAL_MS, error);
    if (link)
        ok = preaches_link_send(link, PREACHES_FRAME_GET, what, strlen(what), SEND_MS, error) &&
             receive_file(link, fd, limit, &total, error);
    preaches_link_free(link);
    close(fd);
    if (received)
        *received = total;
    if (!ok)
        unlink(path);
    return ok;
}

/* ---- in ---- */

typedef struct Mail {
    guint32 from;
    GBytes *bytes;
} Mail;

static void mail_free(gpointer data)
{
    Mail *mail = data;

    g_bytes_unref(mail->bytes);
    g_free(mail);
}

static void take_mail(Agent *agent, gpointer data)
{
    const Mail *mail = data;
    gsize n;
    const guint8 *p = g_bytes_get_data(mail->bytes, &n);

    g_atomic_int_add(&agent->n_posted, -1);
    if (!agent->node)
        return;
    if (agent_find_peer(agent, mail->from))
        agent_find_peer(agent, mail->from)->heard_ns = preaches_clock_ns();
    if (!pp_node_message(agent->node, preaches_clock_ns(), mail->from, p, n))
        agent_say(agent, "node %u: malformed message", mail->from);
    agent_act(agent);
}

/* FALSE: the connection is closed. */
static gboolean take_frame(Agent *agent, PreachesLink *link, const AgentPeer *peer,
                           PreachesFrameKind kind, const GByteArray *body)
{
    Hello hello;
    Mail *mail;

    switch (kind) {
    case PREACHES_FRAME_HELLO:
        if (!hello_parse(body, &hello) || hello.node != peer->config->node)
            return FALSE;
        agent_post(agent, take_hello, g_memdup2(&hello, sizeof hello), g_free);
        return TRUE;
    case PREACHES_FRAME_MESSAGE:
        if (body->len > PP_MAX_MESSAGE)
            return FALSE;
        while (g_atomic_int_get(&agent->n_posted) > MAX_POSTED) { /* the peer waits, then */
            if (g_atomic_int_get(&agent->stopping))
                return FALSE;
            g_usleep(1000);
        }
        g_atomic_int_inc(&agent->n_posted);
        mail = g_new(Mail, 1);
        *mail = (Mail){peer->config->node, g_bytes_new(body->data, body->len)};
        agent_post(agent, take_mail, mail, mail_free);
        return TRUE;
    case PREACHES_FRAME_GET:
        return serve(agent, link, body);
    case PREACHES_FRAME_DATA:
    case PREACHES_FRAME_END:
        break;
    }
    return FALSE;
}

/* Keeps a connection to MAX_RATE frames a second, with a second's worth at once. */
typedef struct Rate {
    gint64 next_us; /* when the next frame would come at that rate */
} Rate;

static void rate_wait(Rate *rate)
{
    gint64 now_us = g_get_monotonic_time();

    rate->next_us = MAX(rate->next_us, now_us - G_USEC_PER_SEC) + G_USEC_PER_SEC / MAX_RATE;
    if (rate->next_us > now_us)
        g_usleep((gulong)(rate->next_us - now_us));
}

typedef struct Incoming {
    Agent *agent;
    int fd;
} Incoming;

static void read_frames(Agent *agent, PreachesLink *link, AgentPeer *peer)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    Rate rate = {0};
    PreachesFrameKind kind;

    while (!g_atomic_int_get(&agent->stopping) &&
           preaches_link_receive(link, &kind, body, IDLE_MS, NULL) &&
           take_frame(agent, link, peer, kind, body))
        rate_wait(&rate);
}

static gpointer connection_thread(gpointer data)
{
    g_autofree Incoming *in = data;
    Agent *agent = in->agent;
    g_autoptr(GError) error = NULL;
    PreachesLink *link = preaches_link_accept(agent->tls, in->fd, HANDSHAKE_MS, &error);
    AgentPeer *peer = link ? agent_peer_named(agent, preaches_link_peer(link)) : NULL;

    if (!link)
        agent_say(agent, "connection refused: %s", error->message);
    else if (!peer)
        agent_say(agent, "connection refused: %s is not one of the peers",
                  preaches_link_peer(link));
    else if (g_atomic_int_add(&peer->n_incoming, 1) < MAX_OF_PEER)
        read_frames(agent, link, peer);
    if (peer)
        g_atomic_int_add(&peer->n_incoming, -1);
    preaches_link_free(link);
    g_atomic_int_add(&agent->n_connections, -1);
    return NULL;
}

static gpointer accept_thread(gpointer data)
{
    Agent *agent = data;

    while (!g_atomic_int_get(&agent->stopping)) {
        Incoming *in;
        GThread *thread;
        int fd = accept4(agent->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            g_usleep(10000);
            continue;
        }
        if (g_atomic_int_get(&agent->n_connections) >= MAX_CONNECTIONS) {
            close(fd);
            continue;
        }
        g_atomic_int_inc(&agent->n_connections);
        in = g_new(Incoming, 1);
        *in = (Incoming){agent, fd};
        thread = g_thread_try_new("incoming", connection_thread, in, NULL);
        if (thread) {
            g_thread_unref(thread);
        } else {
            close(fd);
            g_free(in);
            g_atomic_int_add(&agent->n_connections, -1);
        }
    }
    return NULL;
}

gboolean agent_net_start(Agent *agent, GError **error)
{
    agent->listener = preaches_listen(agent->config->address, error);
    if (agent->listener < 0)
        return FALSE;
    agent->accept_thread = g_thread_new("accept", accept_thread, agent);
    for (guint i = 0; i < agent->peers->len; i++) {
        AgentPeer *peer = agent->peers->pdata[i];
        peer->thread = g_thread_new("peer", peer_thread, peer);
    }
    return TRUE;
}
