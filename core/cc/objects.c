#include "objects.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { HEADER_BYTES = 24, LEVEL = 3 };
#define MAGIC "PRTEXT1"
#define MAX_RAW_BYTES (G_GUINT64_CONSTANT(1) << 31)
#define MAX_STRINGS 4096

static GQuark object_quark(void)
{
    return g_quark_from_static_string("preaches-cc-object");
}

#define FAIL(...) (g_set_error(error, object_quark(), 1, __VA_ARGS__), FALSE)

/* ---- units ---- */

static void clear_text(gpointer text)
{
    g_free(((CcText *)text)->text);
}

CcTextUnit *cc_text_unit_new(const char *name)
{
    CcTextUnit *unit = g_new0(CcTextUnit, 1);
    unit->name = g_strdup(name);
    unit->options = g_ptr_array_new_with_free_func(g_free);
    unit->machine = g_ptr_array_new_with_free_func(g_free);
    unit->texts = g_array_new(FALSE, FALSE, sizeof(CcText));
    g_array_set_clear_func(unit->texts, clear_text);
    return unit;
}

void cc_text_unit_free(CcTextUnit *unit)
{
    if (!unit)
        return;
    g_free(unit->name);
    g_ptr_array_unref(unit->options);
    g_ptr_array_unref(unit->machine);
    g_array_unref(unit->texts);
    g_free(unit);
}

const CcText *cc_text_unit_text(const CcTextUnit *unit, const PrArch *arch)
{
    for (guint i = 0; i < unit->texts->len; i++)
        if (g_array_index(unit->texts, CcText, i).arch == arch)
            return &g_array_index(unit->texts, CcText, i);
    return NULL;
}

/* ---- packing ---- */

static void put64(GByteArray *to, guint64 value)
{
    guint64 little = GUINT64_TO_LE(value);
    g_byte_array_append(to, (const guint8 *)&little, sizeof little);
}

static void put_bytes(GByteArray *to, const char *text, gsize bytes)
{
    put64(to, bytes);
    g_byte_array_append(to, (const guint8 *)text, (guint)bytes);
}

static void put_list(GByteArray *to, const GPtrArray *list)
{
    put64(to, list->len);
    for (guint i = 0; i < list->len; i++)
        put_bytes(to, list->pdata[i], strlen(list->pdata[i]));
}

/* The texts are nearly the same: matches reach back over a whole text. */
static gsize compress(guint8 *to, gsize room, const GByteArray *raw)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    if (raw->len > 1 << 20) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 26);
    }
    gsize n = ZSTD_compress2(context, to, room, raw->data, raw->len);
    ZSTD_freeCCtx(context);
    return n;
}

GBytes *cc_text_unit_pack(const CcTextUnit *unit)
{
    g_autoptr(GByteArray) raw = g_byte_array_new();
    put_bytes(raw, unit->name, strlen(unit->name));
    put_list(raw, unit->options);
    put_list(raw, unit->machine);
    put64(raw, unit->texts->len);
    for (guint i = 0; i < unit->texts->len; i++) {
        const CcText *text = &g_array_index(unit->texts, CcText, i);
        put_bytes(raw, text->arch->name, strlen(text->arch->name));
        put_bytes(raw, text->text, text->bytes);
    }
    gsize room = ZSTD_compressBound(raw->len);
    guint8 *packed = g_malloc(HEADER_BYTES + room);
    gsize n = compress(packed + HEADER_BYTES, room, raw);
    g_assert(!ZSTD_isError(n));
    guint64 head[2] = {GUINT64_TO_LE((guint64)n), GUINT64_TO_LE((guint64)raw->len)};
    memcpy(packed, MAGIC, 8);
    memcpy(packed + 8, head, sizeof head);
    return g_bytes_new_take(packed, HEADER_BYTES + n);
}

/* ---- unpacking ---- */

typedef struct Reader {
    const guint8 *at, *end;
} Reader;

static gboolean get64(Reader *reader, guint64 *value)
{
    if ((gsize)(reader->end - reader->at) < 8)
        return FALSE;
    memcpy(value, reader->at, 8);
    *value = GUINT64_FROM_LE(*value);
    reader->at += 8;
    return TRUE;
}

static char *get_bytes(Reader *reader, gsize *bytes)
{
    guint64 n;
    if (!get64(reader, &n) || n > (guint64)(reader->end - reader->at))
        return NULL;
    char *text = g_malloc(n + 1);
    memcpy(text, reader->at, n);
    text[n] = '\0';
    reader->at += n;
    if (bytes)
        *bytes = n;
    return text;
}

static gboolean get_list(Reader *reader, GPtrArray *list)
{
    guint64 n;
    if (!get64(reader, &n) || n > MAX_STRINGS)
        return FALSE;
    for (guint64 i = 0; i < n; i++) {
        char *text = get_bytes(reader, NULL);
        if (!text)
            return FALSE;
        g_ptr_array_add(list, text);
    }
    return TRUE;
}

static gboolean get_texts(Reader *reader, GArray *texts)
{
    guint64 n;
    if (!get64(reader, &n) || n > PR_N_ARCHES)
        return FALSE;
    for (guint64 i = 0; i < n; i++) {
        g_autofree char *arch = get_bytes(reader, NULL);
        CcText text = {.arch = arch ? pr_arch_find(arch) : NULL};
        if (!text.arch || !(text.text = get_bytes(reader, &text.bytes)))
            return FALSE;
        g_array_append_val(texts, text);
    }
    return reader->at == reader->end;
}

static CcTextUnit *unpack_raw(const guint8 *raw, gsize bytes)
{
    Reader reader = {raw, raw + bytes};
    g_autofree char *name = get_bytes(&reader, NULL);
    if (!name)
        return NULL;
    CcTextUnit *unit = cc_text_unit_new(name);
    if (get_list(&reader, unit->options) && get_list(&reader, unit->machine) &&
        get_texts(&reader, unit->texts))
        return unit;
    cc_text_unit_free(unit);
    return NULL;
}

gboolean cc_text_units_unpack(const guint8 *bytes, gsize n, GPtrArray *units, const char *file,
                         GError **error)
{
    for (gsize at = 0; at < n;) {
        guint64 packed, raw_bytes;
        Reader head = {bytes + at + 8, bytes + n};
        if (n - at < HEADER_BYTES || memcmp(bytes + at, MAGIC, 8) != 0 || !get64(&head, &packed) ||
            !get64(&head, &raw_bytes) || packed > n - at - HEADER_BYTES || raw_bytes > MAX_RAW_BYTES)
            return FAIL("%s: section %s is damaged at byte %" G_GSIZE_FORMAT, file, CC_TEXT_SECTION, at);
        if (ZSTD_getFrameContentSize(bytes + at + HEADER_BYTES, packed) != raw_bytes)
            return FAIL("%s: section %s: wrong length at byte %" G_GSIZE_FORMAT, file,
                        CC_TEXT_SECTION, at);
        g_autofree guint8 *raw = g_malloc(raw_bytes + 1);
        gsize got = ZSTD_decompress(raw, raw_bytes, bytes + at + HEADER_BYTES, packed);
        CcTextUnit *unit = got == raw_bytes ? unpack_raw(raw, raw_bytes) : NULL;
        if (!unit)
            return FAIL("%s: section %s: damaged unit at byte %" G_GSIZE_FORMAT, file,
                        CC_TEXT_SECTION, at);
        g_ptr_array_add(units, unit);
        at += HEADER_BYTES + packed;
    }
    return TRUE;
}

/* ---- ELF ---- */

gboolean cc_object_put(const char *path, GBytes *packed, const char *scratch, CcTokens *tokens,
                       GError **error)
{
    g_autofree char *blob = g_build_filename(scratch, "text.blob", NULL);
    g_autofree char *fresh = g_strconcat(path, ".preaches-tmp", NULL);
    gsize n;
    const char *bytes = g_bytes_get_data(packed, &n);
    if (!g_file_set_contents_full(blob, bytes, (gssize)n, G_FILE_SET_CONTENTS_NONE, 0600, error))
        return FALSE;
    GPtrArray *argv = cc_argv_new("objcopy", "--remove-section", CC_TEXT_SECTION, "--add-section", NULL);
    cc_argv_addf(argv, "%s=%s", CC_TEXT_SECTION, blob);
    cc_argv_add(argv, path);
    cc_argv_add(argv, fresh);
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, tokens, scratch);
    if (!ok)
        (void)FAIL("%s: %s", path, job.messages);
    else if (rename(fresh, path) != 0)
        ok = FAIL("%s: %s", path, g_strerror(errno));
    if (!ok)
        unlink(fresh);
    unlink(blob);
    cc_job_clear(&job);
    return ok;
}

static Elf_Scn *find_section(Elf *elf, const char *name)
{
    size_t strings;
    if (elf_getshdrstrndx(elf, &strings) != 0)
        return NULL;
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header))
            continue;
        const char *found = elf_strptr(elf, strings, header.sh_name);
        if (found && strcmp(found, name) == 0 && header.sh_type != SHT_NOBITS)
            return section;
    }
    return NULL;
}

static Elf *open_elf(const char *path, int *fd, GError **error)
{
    elf_version(EV_CURRENT);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    Elf *elf = *fd < 0 ? NULL : elf_begin(*fd, ELF_C_READ_MMAP, NULL);
    if (*fd < 0)
        (void)FAIL("%s: %s", path, g_strerror(errno));
    else if (!elf) {
        (void)FAIL("%s: %s", path, elf_errmsg(-1));
        close(*fd);
    }
    return elf;
}

GBytes *cc_section_get(const char *path, const char *section, gboolean *big_endian, GError **error)
{
    int fd;
    GBytes *bytes = NULL;
    Elf *elf = open_elf(path, &fd, error);
    if (!elf)
        return NULL;
    Elf_Scn *found = elf_kind(elf) == ELF_K_ELF ? find_section(elf, section) : NULL;
    Elf_Data *data = found ? elf_rawdata(found, NULL) : NULL;
    const char *ident = elf_getident(elf, NULL);
    if (elf_kind(elf) != ELF_K_ELF)
        (void)FAIL("%s: not an object file", path);
    else if (data)
        bytes = g_bytes_new(data->d_buf, data->d_size);
    if (big_endian && ident)
        *big_endian = ident[EI_DATA] == ELFDATA2MSB;
    elf_end(elf);
    close(fd);
    return bytes;
}

/* Members of an archive that are objects: how many carry texts; the others' names. */
static gboolean walk_archive(const char *path, GHashTable *lacking, guint *having, GError **error)
{
    int fd;
    Elf *archive = open_elf(path, &fd, error), *member;
    if (!archive)
        return FALSE;
    gboolean ok = elf_kind(archive) == ELF_K_AR || FAIL("%s: not an archive", path);
    Elf_Cmd command = ELF_C_READ_MMAP;
    while (ok && (member = elf_begin(fd, command, archive)) != NULL) {
        const Elf_Arhdr *header = elf_getarhdr(member);
        gboolean is_object = elf_kind(member) == ELF_K_ELF;
        if (is_object && find_section(member, CC_TEXT_SECTION))
            ++*having;
        else if (is_object && lacking)
            g_hash_table_add(lacking, g_strdup_printf("(%s)%s", path, header ? header->ar_name : "?"));
        command = elf_next(member);
        elf_end(member);
    }
    elf_end(archive);
    close(fd);
    return ok;
}

/* An archive that holds names of files only, relative to its own folder; libelf does not read it. */
static gboolean is_thin(const char *path)
{
    char magic[8] = "";
    FILE *file = fopen(path, "re");
    gboolean thin = file && fread(magic, 1, 8, file) == 8 && memcmp(magic, "!<thin>\n", 8) == 0;
    if (file)
        fclose(file);
    return thin;
}

static gboolean walk_thin(const char *path, GHashTable *lacking, guint *having, GError **error)
{
    char *argv[] = {"ar", "t", (char *)path, NULL};
    g_autofree char *out = NULL;
    int status;
    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out,
                      NULL, &status, error))
        return FALSE;
    if (status != 0)
        return FAIL("%s: not an archive", path);
    g_auto(GStrv) files = g_strsplit(out, "\n", -1);
    for (char **file = files; *file; file++) {
        g_autoptr(GBytes) text = **file ? cc_section_get(*file, CC_TEXT_SECTION, NULL, NULL) : NULL;
        *having += text != NULL;
        if (**file && !text && lacking)
            g_hash_table_add(lacking, g_strdup(*file));
    }
    return TRUE;
}

static gboolean walk(const char *path, GHashTable *lacking, guint *having, GError **error)
{
    return is_thin(path) ? walk_thin(path, lacking, having, error)
                         : walk_archive(path, lacking, having, error);
}

gboolean cc_archive_lacking(const char *path, GHashTable *lacking, GError **error)
{
    guint having = 0;
    return walk(path, lacking, &having, error);
}

gboolean cc_library_has_texts(const char *path)
{
    guint having = 0;
    if (!g_str_has_suffix(path, ".a")) {
        g_autoptr(GBytes) text = cc_section_get(path, CC_TEXT_SECTION, NULL, NULL);
        return text != NULL;
    }
    return walk(path, NULL, &having, NULL) && having > 0;
}
