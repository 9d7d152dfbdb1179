/* Naming places: from a source address to "heap block of struct node (tree.c:41), element 3,
 * .next = 0x1234". Only reports come here, so it takes its time. */
#include "engine.h"
#include "scalar.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

typedef struct Text { /* appends, cutting what does not fit */
    char *buffer;
    size_t room, used;
} Text;

__attribute__((format(printf, 2, 3))) static void put(Text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->buffer + text->used, text->room - text->used, format, args);
    va_end(args);
    if (n > 0)
        text->used += (size_t)n;
    if (text->used >= text->room)
        text->used = text->room - 1;
}

/* ".next[2].x" for the scalar at `offset` of an element. */
static void put_fields(const PrConv *c, Text *text, uint32_t type, uint64_t offset)
{
    for (unsigned depth = 0; depth < 64; depth++) {
        const PrType *t = &c->desc->types[type];
        if (t->kind == PR_ARRAY && c->from->size[t->elem] > 0) {
            uint64_t size = c->from->size[t->elem];
            put(text, "[%" PRIu64 "]", offset / size);
            offset %= size;
            type = t->elem;
            continue;
        }
        if (t->kind != PR_STRUCT && t->kind != PR_FLEX) /* of a union nobody knows the member here */
            return;
        uint32_t i = 0;
        for (; i < t->n_fields; i++) {
            uint32_t f = t->first_field + i;
            if (c->desc->fields[f].bits)
                continue;
            uint64_t start = c->from->offset[f];
            uint64_t size = c->from->size[c->desc->fields[f].type];
            if (offset < start || offset - start >= size)
                continue;
            put(text, ".%s", c->desc->fields[f].name);
            offset -= start;
            type = c->desc->fields[f].type;
            break;
        }
        if (i == t->n_fields)
            return;
    }
}

/* Heap blocks are named by element, variables like the program's own expression. */
static void put_elements(const PrConv *c, Text *text, uint64_t offset, bool block)
{
    const PrType *t = &c->desc->types[c->place.type];
    uint64_t size = c->from->size[c->place.type];
    if (t->kind == PR_FLEX) {
        uint64_t each = c->from->size[t->elem];
        put(text, ", ");
        if (offset < size || each == 0) {
            put_fields(c, text, c->place.type, offset);
            return;
        }
        put(text, ".%s[%" PRIu64 "]", c->desc->fields[t->first_field + t->n_fields - 1].name,
            (offset - size) / each);
        put_fields(c, text, t->elem, (offset - size) % each);
        return;
    }
    if (size == 0)
        return;
    if (block)
        put(text, ", element %" PRIu64, offset / size);
    if (block && (t->kind == PR_STRUCT || t->kind == PR_ARRAY))
        put(text, ", ");
    put_fields(c, text, c->place.type, offset % size);
}

static void put_place(const PrConv *c, Text *text, const uint8_t *at)
{
    const PrPlace *p = &c->place;
    uint64_t offset = p->base && at ? (uint64_t)(at - p->base) : 0;
    switch (p->kind) {
    case PR_PLACE_BARE:
        put(text, "%s", c->desc->types[p->type].name);
        put_elements(c, text, offset, true);
        break;
    case PR_PLACE_HEAP:
        put(text, "heap block of %s", c->desc->types[p->type].name);
        if (p->pool->alloc < c->desc->n_allocs)
            put(text, " (%s:%u)", c->desc->allocs[p->pool->alloc].file,
                c->desc->allocs[p->pool->alloc].line);
        put_elements(c, text, offset % p->pool->slot_bytes, true);
        break;
    case PR_PLACE_GLOBAL:
        put(text, "%s", c->desc->symbols[p->index].name);
        put_elements(c, text, offset, false);
        break;
    case PR_PLACE_LOCAL:
        put(text, "%s", c->desc->locals[p->index].name);
        put_elements(c, text, offset, false);
        put(text, " in %s (%s)", c->desc->funcs[p->func].name, c->desc->funcs[p->func].file);
        break;
    case PR_PLACE_VALUE:
        put(text, "%s in %s (%s)", c->desc->vars[p->index].name, c->desc->funcs[p->func].name,
            c->desc->funcs[p->func].file);
        break;
    }
}

PrStatus pr_conv_fail(PrConv *c, PrError *error, PrStatus status, const char *what,
                      const uint8_t *at, uint64_t value, bool is_signed)
{
    char path[sizeof((PrError *)0)->path];
    Text text = {path, sizeof path - 24, 0}; /* the value always fits behind the place */
    path[0] = 0;
    put_place(c, &text, at);
    text.room = sizeof path;
    if (status == PR_E_NARROW && is_signed)
        put(&text, " = %" PRId64, (int64_t)value);
    else if (status == PR_E_NARROW)
        put(&text, " = %" PRIu64, value);
    else
        put(&text, " = 0x%" PRIx64, value);
    return pr_fail(error, status, what, c->place.base && at ? (uint64_t)(at - c->place.base) : 0,
                   path);
}
