/* Frames keep their virtio-net headers (checksum and segmentation still to be done), so that large ones
 * cross whole and neither side has to be told to leave its offloads. */
#define _GNU_SOURCE
#include "relay.h"
#include "../core/agent/leaseguard.h"
#include "../core/agent/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_BYTES = 66 * 1024, MAX_WAITING = 4096, READS_AT_ONCE = 64 };
enum { DEVICE, TAP, STOP, N_FDS };

typedef struct Frame {
    gint64 due_ns;
    gsize bytes;
    guint8 data[];
} Frame;

struct LabRelay {
    int fd[N_FDS];
    gint64 delay_ns;
    double loss;
    GRand *rand;
    GQueue *waiting[2]; /* Frame, for DEVICE and for TAP; in the order of their times */
    GThread *thread;
};

/* ---- frames ---- */

static void take_frames(LabRelay *relay, int from)
{
    static GPrivate buffers = G_PRIVATE_INIT(g_free);
    GQueue *queue = relay->waiting[from == DEVICE ? TAP : DEVICE];
    guint8 *buffer = g_private_get(&buffers);
    if (!buffer) {
        buffer = g_malloc(FRAME_BYTES);
        g_private_set(&buffers, buffer);
    }
    for (guint i = 0; i < READS_AT_ONCE; i++) {
        ssize_t n = read(relay->fd[from], buffer, FRAME_BYTES);
        if (n <= 0)
            return;
        if (queue->length >= MAX_WAITING || g_rand_double(relay->rand) < relay->loss)
            continue;
        Frame *frame = g_malloc(sizeof *frame + (gsize)n);
        frame->due_ns = preaches_clock_ns() + relay->delay_ns;
        frame->bytes = (gsize)n;
        memcpy(frame->data, buffer, (gsize)n);
        g_queue_push_tail(queue, frame);
    }
}

/* Sends what is due; when the next is. A frame that the device does not take is lost, as on a wire. */
static gint64 send_due(LabRelay *relay, int to)
{
    GQueue *queue = relay->waiting[to];
    for (;;) {
        Frame *frame = g_queue_peek_head(queue);
        if (!frame)
            return G_MAXINT64;
        if (frame->due_ns > preaches_clock_ns())
            return frame->due_ns;
        if (write(relay->fd[to], frame->data, frame->bytes) < 0 && errno == EINTR)
            continue;
        g_free(g_queue_pop_head(queue));
    }
}

static gpointer carry(gpointer data)
{
    LabRelay *relay = data;
    struct pollfd p[N_FDS];
    for (int i = 0; i < N_FDS; i++)
        p[i] = (struct pollfd){.fd = relay->fd[i], .events = POLLIN};
    for (;;) {
        gint64 next_ns = send_due(relay, DEVICE), other_ns = send_due(relay, TAP);
        next_ns = MIN(next_ns, other_ns);
        gint64 left_ns = next_ns - preaches_clock_ns();
        left_ns = MAX(left_ns, 0);
        struct timespec wait = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
        if (ppoll(p, N_FDS, next_ns == G_MAXINT64 ? NULL : &wait, NULL) < 0 && errno != EINTR)
            return NULL;
        if (p[STOP].revents)
            return NULL;
        take_frames(relay, DEVICE);
        take_frames(relay, TAP);
    }
}

/* ---- devices ---- */

static int open_device(const char *device)
{
    int one = 1, fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = g_htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(device)};
    struct packet_mreq every = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    if (fd >= 0 && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) == 0 &&
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) == 0 &&
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &every, sizeof every) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_tap(const char *tap)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    g_strlcpy(request.ifr_name, tap, sizeof request.ifr_name);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0 &&
        ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

LabRelay *lab_relay_new(const char *device, const char *tap, gint64 delay_ns, double loss,
                        guint64 seed, GError **error)
{
    LabRelay *relay = g_new0(LabRelay, 1);
    relay->delay_ns = delay_ns;
    relay->loss = loss;
    relay->rand = g_rand_new_with_seed((guint32)seed);
    relay->waiting[DEVICE] = g_queue_new();
    relay->waiting[TAP] = g_queue_new();
    relay->fd[DEVICE] = open_device(device);
    relay->fd[TAP] = relay->fd[DEVICE] < 0 ? -1 : open_tap(tap);
    relay->fd[STOP] = relay->fd[TAP] < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
    if (relay->fd[STOP] >= 0) {
        relay->thread = g_thread_new("relay", carry, relay);
        return relay;
    }
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                "delay and loss need a tap device and packet sockets: %s", g_strerror(errno));
    lab_relay_free(relay);
    return NULL;
}

void lab_relay_free(LabRelay *relay)
{
    guint64 one = 1;
    if (!relay)
        return;
    if (relay->thread && write(relay->fd[STOP], &one, sizeof one) == (ssize_t)sizeof one)
        g_thread_join(relay->thread);
    for (int i = 0; i < N_FDS; i++)
        if (relay->fd[i] >= 0)
            close(relay->fd[i]);
    g_queue_free_full(relay->waiting[DEVICE], g_free);
    g_queue_free_full(relay->waiting[TAP], g_free);
    g_rand_free(relay->rand);
    g_free(relay);
}
