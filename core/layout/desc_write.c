/* Tables to blob. Runs only at link time, in preaches-cc, but stands beside its inverse. */
#include "desc_blob.h"

#include <stdlib.h>
#include <string.h>

typedef struct Writer { /* failed: memory ran out; nothing is written from then on */
    uint8_t *bytes, *strings;
    size_t length, room, string_length, string_room;
    uint32_t *table; /* open addressing over offsets into strings, 0 = empty */
    size_t table_size, n_strings;
    bool failed;
} Writer;

static bool grow(uint8_t **bytes, size_t length, size_t more, size_t *room)
{
    if (length + more <= *room)
        return true;
    size_t want = (length + more) * 2 + 1024;
    uint8_t *grown = realloc(*bytes, want);
    if (!grown)
        return false;
    *bytes = grown;
    *room = want;
    return true;
}

static void put32(Writer *writer, uint32_t value)
{
    if (writer->failed || !grow(&writer->bytes, writer->length, 4, &writer->room)) {
        writer->failed = true;
        return;
    }
    for (int i = 0; i < 4; i++)
        writer->bytes[writer->length++] = (uint8_t)(value >> (8 * i));
}

static void put64(Writer *writer, uint64_t value)
{
    put32(writer, (uint32_t)value);
    put32(writer, (uint32_t)(value >> 32));
}

static size_t hash_string(const char *text)
{
    size_t hash = 5381;
    for (; *text; text++)
        hash = hash * 33 + (uint8_t)*text;
    return hash;
}

static bool grow_table(Writer *writer)
{
    size_t size = writer->table_size ? writer->table_size * 2 : 256;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < writer->table_size; i++)
        if (writer->table[i]) {
            size_t k = hash_string((char *)writer->strings + writer->table[i]);
            while (table[k & (size - 1)])
                k++;
            table[k & (size - 1)] = writer->table[i];
        }
    free(writer->table);
    writer->table = table;
    writer->table_size = size;
    return true;
}

/* Offset 0 is the empty string; equal strings are stored once. */
static uint32_t intern(Writer *writer, const char *text)
{
    if (!text || !*text || writer->failed)
        return 0;
    if (writer->n_strings * 2 >= writer->table_size && !grow_table(writer))
        goto fail;
    size_t k = hash_string(text), mask = writer->table_size - 1, bytes = strlen(text) + 1;
    for (; writer->table[k & mask]; k++)
        if (strcmp((char *)writer->strings + writer->table[k & mask], text) == 0)
            return writer->table[k & mask];
    if (writer->string_length + bytes > PR_DESC_MAX_STRINGS ||
        !grow(&writer->strings, writer->string_length, bytes, &writer->string_room))
        goto fail;
    memcpy(writer->strings + writer->string_length, text, bytes);
    writer->table[k & mask] = (uint32_t)writer->string_length;
    writer->string_length += bytes;
    writer->n_strings++;
    return writer->table[k & mask];
fail:
    writer->failed = true;
    return 0;
}

static void put_string(Writer *writer, const char *text)
{
    put32(writer, intern(writer, text));
}

static void put_types(Writer *writer, const PrDesc *desc)
{
    for (uint32_t l = 0; l < desc->n_layouts; l++) {
        const PrLayout *layout = &desc->layouts[l];
        put_string(writer, layout->arch->name);
        for (uint32_t i = 0; i < desc->n_types; i++)
            put64(writer, layout->size[i]);
        for (uint32_t i = 0; i < desc->n_fields; i++)
            put64(writer, layout->offset[i]);
        for (uint32_t i = 0; i < desc->n_types; i++)
            put32(writer, layout->align[i]);
    }
    for (uint32_t i = 0; i < desc->n_types; i++) {
        const PrType *type = &desc->types[i];
        put32(writer, (uint32_t)type->kind);
        put_string(writer, type->name);
        put32(writer, type->elem);
        put32(writer, type->first_field);
        put32(writer, type->n_fields);
        put32(writer, type->rest);
        put32(writer, type->counter);
        put64(writer, type->count);
    }
    for (uint32_t i = 0; i < desc->n_fields; i++) {
        put_string(writer, desc->fields[i].name);
        put32(writer, desc->fields[i].type);
        put32(writer, desc->fields[i].bits);
    }
}

static void put_symbols(Writer *writer, const PrDesc *desc)
{
    for (uint32_t i = 0; i < desc->n_symbols; i++) {
        const PrSymbol *symbol = &desc->symbols[i];
        put32(writer, (uint32_t)symbol->kind);
        put_string(writer, symbol->name);
        put_string(writer, symbol->file);
        put32(writer, symbol->line);
        put32(writer, symbol->type);
        put64(writer, symbol->vaddr);
    }
}

static void put_funcs(Writer *writer, const PrDesc *desc)
{
    for (uint32_t i = 0; i < desc->n_funcs; i++) {
        const PrFunc *func = &desc->funcs[i];
        put_string(writer, func->name);
        put_string(writer, func->file);
        put32(writer, func->symbol);
        put32(writer, func->frame_bytes);
        put32(writer, func->first_local);
        put32(writer, func->n_locals);
    }
    for (uint32_t i = 0; i < desc->n_locals; i++) {
        put_string(writer, desc->locals[i].name);
        put32(writer, desc->locals[i].type);
        put32(writer, desc->locals[i].offset);
    }
    for (uint32_t i = 0; i < desc->n_sites; i++) {
        const PrSite *site = &desc->sites[i];
        put32(writer, site->func);
        put32(writer, site->line);
        put32(writer, site->is_poll);
        put32(writer, site->first_var);
        put32(writer, site->n_vars);
    }
    for (uint32_t i = 0; i < desc->n_vars; i++) {
        put_string(writer, desc->vars[i].name);
        put32(writer, desc->vars[i].type);
    }
    for (uint32_t i = 0; i < desc->n_allocs; i++) {
        put_string(writer, desc->allocs[i].file);
        put32(writer, desc->allocs[i].line);
        put32(writer, desc->allocs[i].type);
    }
}

static void put_choices(Writer *writer, const PrDesc *desc)
{
    for (uint32_t i = 0; i < desc->n_choices; i++) {
        const PrChoice *choice = &desc->choices[i];
        put32(writer, choice->owner);
        put32(writer, choice->first_step);
        put32(writer, choice->n_union);
        put32(writer, choice->n_tag);
        put32(writer, choice->here);
        put64(writer, choice->mask);
        put32(writer, choice->first_case);
        put32(writer, choice->n_cases);
    }
    for (uint32_t i = 0; i < desc->n_steps; i++)
        put32(writer, desc->steps[i]);
    for (uint32_t i = 0; i < desc->n_cases; i++) {
        put64(writer, desc->cases[i].low);
        put64(writer, desc->cases[i].high);
        put32(writer, desc->cases[i].field);
    }
}

static void put_header(Writer *writer, const PrDesc *desc)
{
    const uint32_t counts[] = {desc->n_layouts, desc->n_types, desc->n_fields, desc->n_symbols,
                               desc->n_funcs, desc->n_locals, desc->n_sites, desc->n_vars,
                               desc->n_allocs, desc->n_choices, desc->n_steps, desc->n_cases,
                               desc->native, 0, 0};
    for (int i = 0; i < 8; i += 4)
        put32(writer, (uint32_t)(uint8_t)PR_DESC_MAGIC[i] |
                          (uint32_t)(uint8_t)PR_DESC_MAGIC[i + 1] << 8 |
                          (uint32_t)(uint8_t)PR_DESC_MAGIC[i + 2] << 16 |
                          (uint32_t)(uint8_t)PR_DESC_MAGIC[i + 3] << 24);
    put64(writer, 0); /* the id: filled in last */
    put64(writer, 0);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        put32(writer, counts[i]);
}

static void patch(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static PrStatus write_all(Writer *writer, PrDesc *desc)
{
    if (!grow(&writer->strings, 0, 1, &writer->string_room))
        return PR_E_NOMEM;
    writer->strings[0] = 0;
    writer->string_length = 1;
    put_header(writer, desc);
    put_types(writer, desc);
    put_symbols(writer, desc);
    put_funcs(writer, desc);
    put_choices(writer, desc);
    if (writer->failed ||
        !grow(&writer->bytes, writer->length, writer->string_length, &writer->room))
        return PR_E_NOMEM;
    memcpy(writer->bytes + writer->length, writer->strings, writer->string_length);
    writer->length += writer->string_length;
    patch(writer->bytes + PR_DESC_HEADER_BYTES - 4, writer->string_length, 4);
    pr_desc_hash(writer->bytes, writer->length, desc->program_id);
    patch(writer->bytes + PR_DESC_AT_ID, desc->program_id[0], 8);
    patch(writer->bytes + PR_DESC_AT_ID + 8, desc->program_id[1], 8);
    return PR_OK;
}

PrStatus pr_desc_write(PrDesc *desc, uint8_t **blob, size_t *bytes, PrError *error)
{
    const uint32_t counts[] = {desc->n_types, desc->n_fields, desc->n_symbols, desc->n_funcs,
                               desc->n_locals, desc->n_sites, desc->n_vars, desc->n_allocs,
                               desc->n_choices, desc->n_steps, desc->n_cases};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] > PR_DESC_MAX_RECORDS)
            return pr_fail(error, PR_E_LIMIT, "records of the description", i, NULL);
    PrStatus status = pr_desc_check(desc, error);
    if (status)
        return status;
    Writer writer = {0};
    status = write_all(&writer, desc);
    free(writer.strings);
    free(writer.table);
    if (status) {
        free(writer.bytes);
        return pr_fail(error, status, "description", 0, NULL);
    }
    *blob = writer.bytes;
    *bytes = writer.length;
    return PR_OK;
}
