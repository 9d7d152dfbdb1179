/* Layout of a message: README.md, "On the wire". */
#include "wire.h"

#include <string.h>

enum { WIRE_VERSION = 1, ROOM = 512 /* bytes that most messages fit in */ };
#define MESSAGE_MAGIC 0x4d435250u /* "PRCM" */
#define SAVED_MAGIC   0x53435250u /* "PRCS" */

/* Which parts a message of each type has, after the head. */
enum {
    HAS_TIME = 1,     /* sent_ns */
    HAS_VERSIONS = 2, /* version, committed */
    HAS_LOAD = 4,
    HAS_RELEASE = 8,
    HAS_IMAGE = 16, /* source, image */
    HAS_MEMBER = 32,
    HAS_REPORT = 64,
    HAS_RECORD = 128 /* one byte says whether it follows */
};
static const guint8 parts_of[PP_N_MESSAGES] = {
    [PP_APPEND] = HAS_TIME | HAS_VERSIONS | HAS_RECORD,
    [PP_ACK] = HAS_TIME | HAS_VERSIONS | HAS_LOAD | HAS_REPORT,
    [PP_VOTE_REQUEST] = HAS_TIME | HAS_VERSIONS | HAS_RELEASE,
    [PP_VOTE] = HAS_TIME | HAS_VERSIONS | HAS_LOAD | HAS_REPORT | HAS_RECORD,
    [PP_PREPARE] = HAS_IMAGE,
    [PP_PREPARED] = HAS_IMAGE,
    [PP_TRANSFER] = HAS_VERSIONS,
    [PP_JOIN] = HAS_MEMBER,
};

/* Reads or writes, by `out`. After a failure everything reads as zero. */
typedef struct Coder {
    GByteArray *out;
    const guint8 *in;
    gsize left;
    gboolean bad;
} Coder;

static void code_bytes(Coder *c, void *bytes, gsize n)
{
    if (c->out) {
        g_byte_array_append(c->out, bytes, (guint)n);
    } else if (c->bad || n > c->left) {
        c->bad = TRUE;
        memset(bytes, 0, n);
    } else {
        memcpy(bytes, c->in, n);
        c->in += n;
        c->left -= n;
    }
}

static void code_number(Coder *c, guint64 *value, gsize width)
{
    guint8 bytes[8];

    for (gsize i = 0; i < width; i++)
        bytes[i] = (guint8)(*value >> 8 * i);
    code_bytes(c, bytes, width);
    if (c->out)
        return;
    *value = 0;
    for (gsize i = 0; i < width; i++)
        *value |= (guint64)bytes[i] << 8 * i;
}

static void code_u64(Coder *c, guint64 *value) { code_number(c, value, 8); }

static void code_i64(Coder *c, gint64 *value)
{
    guint64 number = (guint64)*value;

    code_number(c, &number, 8);
    *value = (gint64)number;
    c->bad |= *value < 0; /* all our signed numbers are times */
}

static void code_u32(Coder *c, guint32 *value)
{
    guint64 number = *value;

    code_number(c, &number, 4);
    *value = (guint32)number;
}

static void code_u16(Coder *c, guint16 *value)
{
    guint64 number = *value;

    code_number(c, &number, 2);
    *value = (guint16)number;
}

/* A small number of at most `limit`. */
static void code_count(Coder *c, guint *value, guint limit)
{
    guint64 number = *value;

    code_number(c, &number, 1);
    *value = (guint)number;
    if (*value > limit) {
        c->bad = TRUE;
        *value = 0;
    }
}

static void code_version(Coder *c, PpVersion *version)
{
    code_u64(c, &version->term);
    code_u64(c, &version->seq);
}

static void code_image(Coder *c, PpImage *image)
{
    code_u64(c, &image->epoch);
    code_u64(c, &image->term);
    code_u16(c, &image->class_id);
    code_u64(c, &image->bytes);
    code_bytes(c, image->hash, sizeof image->hash);
    c->bad |= image->epoch == 0 || image->term == 0 || image->class_id == PP_NO_CLASS;
}

static void code_member(Coder *c, PpMember *member)
{
    code_u32(c, &member->node);
    code_u64(c, &member->incarnation);
    code_u16(c, &member->class_id);
    code_bytes(c, member->arch, sizeof member->arch);
    if (member->arch[sizeof member->arch - 1] != '\0') {
        c->bad = TRUE;
        member->arch[sizeof member->arch - 1] = '\0';
    }
    for (const char *p = member->arch; *p; p++)
        c->bad |= !g_ascii_isalnum(*p) && *p != '_';
    c->bad |= member->node == PP_NOBODY || member->class_id == PP_FILES_CLASS;
}

static void code_epoch(Coder *c, PpEpoch *epoch)
{
    code_u64(c, &epoch->epoch);
    code_u64(c, &epoch->term);
    code_count(c, &epoch->n_classes, PP_MAX_CLASSES);
    for (guint i = 0; i < epoch->n_classes; i++) {
        PpHeld *held = &epoch->classes[i];
        code_image(c, &held->image);
        code_count(c, &held->n_holders, PP_MAX_REPLICAS);
        for (guint h = 0; h < held->n_holders; h++)
            code_u32(c, &held->holders[h]);
    }
}

static void code_record(Coder *c, PpRecord *record)
{
    guint finished = record->finished ? 1 : 0;
    guint32 status = (guint32)record->status;

    code_version(c, &record->version);
    code_count(c, &record->n_members, PP_MAX_MEMBERS);
    for (guint i = 0; i < record->n_members; i++)
        code_member(c, &record->members[i]);
    code_count(c, &record->n_epochs, PP_MAX_KEEP);
    for (guint i = 0; i < record->n_epochs; i++)
        code_epoch(c, &record->epochs[i]);
    code_count(c, &record->replicas, PP_MAX_REPLICAS);
    code_count(c, &record->keep, PP_MAX_KEEP);
    code_i64(c, &record->checkpoint_ns);
    code_u32(c, &record->prefer);
    code_count(c, &finished, 1);
    code_u32(c, &status);
    code_u64(c, &record->finish_term);
    record->finished = finished != 0;
    record->status = (gint32)status;
    c->bad |= !c->out && !pp_record_valid(record);
}

/* The spec is not copied when reading. */
static void code_spec(Coder *c, const guint8 **spec, guint32 *bytes)
{
    code_u32(c, bytes);
    if (c->out) {
        g_byte_array_append(c->out, *spec, *bytes);
        return;
    }
    if (c->bad || *bytes > PP_MAX_SPEC || *bytes > c->left) {
        c->bad = TRUE;
        *bytes = 0;
        return;
    }
    *spec = c->in;
    c->in += *bytes;
    c->left -= *bytes;
}

static gboolean held_valid(const PpHeld *held, const PpEpoch *epoch, guint index)
{
    if (held->image.epoch != epoch->epoch || held->image.term != epoch->term)
        return FALSE;
    for (guint i = 0; i < index; i++)
        if (epoch->classes[i].image.class_id == held->image.class_id)
            return FALSE;
    for (guint h = 0; h < held->n_holders; h++) {
        if (held->holders[h] == PP_NOBODY)
            return FALSE;
        for (guint i = 0; i < h; i++)
            if (held->holders[i] == held->holders[h])
                return FALSE;
    }
    return TRUE;
}

gboolean pp_record_valid(const PpRecord *record)
{
    if (record->n_members < 1 || record->n_members > PP_MAX_MEMBERS || record->keep < 1 ||
        record->keep > PP_MAX_KEEP || record->n_epochs > PP_MAX_KEEP ||
        record->replicas > PP_MAX_REPLICAS || record->checkpoint_ns < 0)
        return FALSE;
    for (guint i = 0; i < record->n_members; i++)
        for (guint k = 0; k <= i; k++)
            if (record->members[i].node == (k < i ? record->members[k].node : PP_NOBODY))
                return FALSE;
    for (guint i = 0; i < record->n_epochs; i++) {
        const PpEpoch *epoch = &record->epochs[i];
        if (epoch->n_classes < 1 || (i > 0 && epoch->epoch >= record->epochs[i - 1].epoch))
            return FALSE;
        for (guint k = 0; k < epoch->n_classes; k++)
            if (!held_valid(&epoch->classes[k], epoch, k))
                return FALSE;
    }
    return TRUE;
}

/* ---- messages ---- */

static void code_head(Coder *c, PpMessage *m)
{
    guint32 magic = MESSAGE_MAGIC;
    guint16 version = WIRE_VERSION, type = (guint16)m->type;
    guint64 flags = m->flags;

    code_u32(c, &magic);
    code_u16(c, &version);
    code_u16(c, &type);
    code_u64(c, &m->job.high);
    code_u64(c, &m->job.low);
    code_u32(c, &m->from);
    code_u32(c, &m->to);
    code_u64(c, &m->from_incarnation);
    code_u64(c, &m->term);
    code_number(c, &flags, 1);
    m->flags = (guint8)flags;
    c->bad |= magic != MESSAGE_MAGIC || version != WIRE_VERSION || type < PP_APPEND ||
              type >= PP_N_MESSAGES || (flags & ~(guint64)PP_FLAGS) != 0 || m->from == PP_NOBODY ||
              m->to == PP_NOBODY;
    m->type = c->bad ? PP_APPEND : (PpMessageType)type;
}

static void code_message(Coder *c, PpMessage *m)
{
    guint parts, present;

    code_head(c, m);
    if (c->bad)
        return;
    parts = parts_of[m->type];
    if (parts & HAS_TIME)
        code_i64(c, &m->sent_ns);
    if (parts & HAS_VERSIONS) {
        code_version(c, &m->version);
        code_version(c, &m->committed);
    }
    if (parts & HAS_LOAD)
        code_u32(c, &m->load);
    if (parts & HAS_RELEASE)
        code_u64(c, &m->released_term);
    if (parts & HAS_IMAGE) {
        code_u32(c, &m->source);
        code_image(c, &m->image);
        c->bad |= m->source == PP_NOBODY;
    }
    if (parts & HAS_MEMBER)
        code_member(c, &m->member);
    if (parts & HAS_REPORT) {
        code_count(c, &m->n_images, PP_MAX_IMAGES);
        for (guint i = 0; i < m->n_images; i++)
            code_image(c, &m->images[i]);
    }
    if (parts & HAS_RECORD) {
        present = m->has_record ? 1 : 0;
        code_count(c, &present, 1);
        m->has_record = present != 0;
        if (m->has_record) {
            code_record(c, &m->record);
            code_spec(c, &m->spec, &m->spec_bytes);
        }
    }
}

GBytes *pp_message_encode(const PpMessage *message)
{
    Coder c = {.out = g_byte_array_sized_new(ROOM)};

    code_message(&c, (PpMessage *)message); /* writing changes nothing in it */
    g_assert(c.out->len <= PP_MAX_MESSAGE);
    return g_byte_array_free_to_bytes(c.out);
}

gboolean pp_message_decode(PpMessage *message, const guint8 *bytes, gsize n)
{
    Coder c = {.in = bytes, .left = n};

    if (n > PP_MAX_MESSAGE)
        return FALSE;
    memset(message, 0, sizeof *message);
    code_message(&c, message);
    return !c.bad && c.left == 0;
}

/* ---- the saved state ---- */

static guint64 checksum(const guint8 *bytes, gsize n)
{
    guint64 h = G_GUINT64_CONSTANT(0xcbf29ce484222325); /* FNV-1a: against accidents only */

    for (gsize i = 0; i < n; i++)
        h = (h ^ bytes[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    return h;
}

static void code_saved(Coder *c, PpSaved *s)
{
    guint32 magic = SAVED_MAGIC;
    guint16 version = WIRE_VERSION;

    code_u32(c, &magic);
    code_u16(c, &version);
    code_u64(c, &s->job.high);
    code_u64(c, &s->job.low);
    code_u32(c, &s->node);
    code_u64(c, &s->incarnation);
    code_u64(c, &s->term);
    code_u32(c, &s->voted_for);
    c->bad |= magic != SAVED_MAGIC || version != WIRE_VERSION || s->node == PP_NOBODY;
    if (c->bad)
        return;
    code_record(c, &s->record);
    code_spec(c, &s->spec, &s->spec_bytes);
}

GBytes *pp_saved_encode(const PpSaved *saved)
{
    Coder c = {.out = g_byte_array_sized_new(ROOM)};
    guint64 sum;

    code_saved(&c, (PpSaved *)saved);
    sum = checksum(c.out->data, c.out->len);
    code_u64(&c, &sum);
    return g_byte_array_free_to_bytes(c.out);
}

gboolean pp_saved_decode(PpSaved *saved, const guint8 *bytes, gsize n)
{
    Coder c = {.in = bytes, .left = n};
    guint64 sum = 0;

    memset(saved, 0, sizeof *saved);
    if (n > PP_MAX_MESSAGE || n < 8)
        return FALSE;
    code_saved(&c, saved);
    code_u64(&c, &sum);
    return !c.bad && c.left == 0 && sum == checksum(bytes, n - 8);
}
