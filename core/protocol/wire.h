/* Messages between nodes and the saved state, as bytes: explicit little-endian, versioned, every
 * field checked. One description serves both directions, so they cannot disagree. */
#ifndef PREACHES_PROTOCOL_WIRE_H
#define PREACHES_PROTOCOL_WIRE_H

#include "protocol.h"

typedef enum PpMessageType {
    PP_APPEND = 1,   /* leader to member: heartbeat, and the record for who lacks it */
    PP_ACK,          /* the answer: what it has stored, and when that append was sent */
    PP_VOTE_REQUEST, /* PP_FLAG_PRE: only asks whether it would get the vote */
    PP_VOTE,
    PP_PREPARE,      /* leader to holder: get this image from `source` */
    PP_PREPARED,     /* it is durable there (PP_FLAG_OK), or it cannot be had */
    PP_TRANSFER,     /* leader to target: stand for election at once, I have given up my lease */
    PP_JOIN,         /* to a member: take me in */
    PP_N_MESSAGES
} PpMessageType;

enum {
    PP_FLAG_PRE = 1,
    PP_FLAG_OK = 2, /* vote granted, image prepared, append taken */
    PP_FLAG_WANT_IMAGES = 4,
    PP_FLAG_CREATE = 8,  /* append by who submits the job, before there is a leader */
    PP_FLAG_REPORT = 16, /* `images` is what the sender holds */
    PP_FLAGS = 31
};

typedef struct PpMessage {
    PpMessageType type;
    PpId job;
    guint32 from, to;
    guint64 from_incarnation, term;
    guint8 flags;
    guint32 load;
    gint64 sent_ns; /* by the clock of who asked; answers carry it back */
    PpVersion version, committed;
    guint64 released_term; /* the lease of this term was given up for the sender */
    guint32 source;
    PpImage image;
    PpMember member;
    guint n_images;
    PpImage images[PP_MAX_IMAGES];
    gboolean has_record;
    PpRecord record;
    const guint8 *spec; /* with a record; borrowed (decoding: points into the bytes) */
    guint32 spec_bytes;
} PpMessage;

/* g_bytes_unref. */
GBytes *pp_message_encode(const PpMessage *message);
/* FALSE: malformed; *message is then undefined. */
gboolean pp_message_decode(PpMessage *message, const guint8 *bytes, gsize n);

typedef struct PpSaved { /* what a member must not forget */
    PpId job;
    guint32 node;
    guint64 incarnation, term;
    guint32 voted_for;
    PpRecord record;
    const guint8 *spec;
    guint32 spec_bytes;
} PpSaved;
GBytes *pp_saved_encode(const PpSaved *saved);
gboolean pp_saved_decode(PpSaved *saved, const guint8 *bytes, gsize n);

gboolean pp_record_valid(const PpRecord *record);

#endif
