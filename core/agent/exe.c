/* Executables of a job: where they are, how they are run here, and what they carry. A foreign
 * executable is only ever read through libelf, in its own width and byte order. */
#include "proc.h"

#include "../layout/desc.h"
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

#define SYMS_SECTION "preaches_syms"
#define DESC_SECTION ".preaches.desc"
#define MAX_PADDING  64

const char *preaches_native_arch(void)
{
#if defined __aarch64__
    return "aarch64";
#elif defined __s390x__
    return "s390x";
#elif defined __i386__
    return "i686";
#else
    return "x86_64";
#endif
}

static gboolean is_native(const char *arch)
{
    return arch == NULL || strcmp(arch, preaches_native_arch()) == 0;
}

char *preaches_exe_path(const char *program, const char *arch)
{
    if (is_native(arch))
        return g_strdup(program);
    return g_strdup_printf("%s.preaches/%s", program, arch);
}

char **preaches_exe_argv(const char *program, const char *arch, const char *const *args)
{
    const PrArch *row = is_native(arch) ? NULL : pr_arch_find(arch);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

    if (!is_native(arch) && row == NULL)
        return NULL;
    if (row && row->qemu) {
        g_ptr_array_add(argv, g_strdup(row->qemu));
        g_ptr_array_add(argv, g_strdup("-0")); /* the program sees the same argv[0] everywhere */
        g_ptr_array_add(argv, g_strdup(program));
        if (row->root) {
            g_ptr_array_add(argv, g_strdup("-L"));
            g_ptr_array_add(argv, g_strdup(row->root));
        }
    }
    g_ptr_array_add(argv, preaches_exe_path(program, arch));
    for (gsize i = 0; args && args[i]; i++)
        g_ptr_array_add(argv, g_strdup(args[i]));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}

/* ---- sections ---- */

typedef struct ExeFile {
    int fd;
    Elf *elf;
    guint width; /* of a pointer: 4 or 8 */
    gboolean big_endian;
} ExeFile;

static void exe_close(ExeFile *file)
{
    if (file->elf)
        elf_end(file->elf);
    if (file->fd >= 0)
        close(file->fd);
}

static gboolean exe_fail(GError **error, const char *exe, const char *why)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "%s: %s", exe, why);
    return FALSE;
}

static gboolean exe_open(ExeFile *file, const char *exe, GError **error)
{
    const char *ident;
    size_t bytes = 0;

    *file = (ExeFile){.fd = open(exe, O_RDONLY | O_CLOEXEC)};
    if (file->fd < 0) {
        int code = errno;
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", exe, g_strerror(code));
        return FALSE;
    }
    elf_version(EV_CURRENT);
    file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF)
        return exe_fail(error, exe, "not an ELF executable");
    ident = elf_getident(file->elf, &bytes);
    if (!ident || bytes < EI_NIDENT)
        return exe_fail(error, exe, "ELF header: too short");
    file->width = ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
    file->big_endian = ident[EI_DATA] == ELFDATA2MSB;
    return TRUE;
}

/* Borrowed bytes of section `name`, valid until exe_close(). */
static gboolean exe_section(const ExeFile *file, const char *exe, const char *name,
                            const guint8 **bytes, gsize *n_bytes, GError **error)
{
    size_t names;
    Elf_Scn *scn = NULL;

    if (elf_getshdrstrndx(file->elf, &names) != 0)
        return exe_fail(error, exe, "ELF header: no section names");
    while ((scn = elf_nextscn(file->elf, scn)) != NULL) {
        GElf_Shdr head;
        const char *is;
        Elf_Data *data;

        if (!gelf_getshdr(scn, &head) || head.sh_type != SHT_PROGBITS)
            continue;
        is = elf_strptr(file->elf, names, head.sh_name);
        if (!is || strcmp(is, name) != 0)
            continue;
        data = elf_rawdata(scn, NULL);
        if (!data || !data->d_buf || data->d_size != head.sh_size)
            return exe_fail(error, exe, "ELF: section ends behind the file");
        *bytes = data->d_buf;
        *n_bytes = data->d_size;
        return TRUE;
    }
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED,
                "%s: no section %s: not built by preaches-cc", exe, name);
    return FALSE;
}

static guint64 read_word(const guint8 *at, guint width, gboolean big_endian)
{
    guint64 word = 0;

    for (guint i = 0; i < width; i++)
        word |= (guint64)at[i] << 8 * (big_endian ? width - 1 - i : i);
    return word;
}

guint64 *preaches_exe_symbols(const char *exe, guint *n, GError **error)
{
    ExeFile file;
    const guint8 *bytes = NULL;
    gsize n_bytes = 0, record;
    guint64 *addr = NULL;

    *n = 0;
    if (exe_open(&file, exe, error) &&
        exe_section(&file, exe, SYMS_SECTION, &bytes, &n_bytes, error)) {
        record = 2 * file.width; /* struct preaches_symrec: address and clone */
        if (n_bytes % record != 0 || n_bytes / record > G_MAXUINT) {
            exe_fail(error, exe, SYMS_SECTION ": not a whole number of records");
        } else {
            *n = (guint)(n_bytes / record);
            addr = g_new(guint64, *n + 1);
            for (guint i = 0; i < *n; i++)
                addr[i] = read_word(bytes + i * record, file.width, file.big_endian);
        }
    }
    exe_close(&file);
    return addr;
}

/* Length of the description in a section that some assemblers pad with zeros to its alignment: the
 * length with which it parses, for its own hash covers every byte. */
static gsize unpadded(const guint8 *bytes, gsize n_bytes)
{
    for (gsize n = n_bytes; n > 0 && n_bytes - n < MAX_PADDING; n--) {
        PrDesc desc;
        if (pr_desc_parse(&desc, bytes, n, NULL) == PR_OK) {
            pr_desc_fini(&desc);
            return n;
        }
        if (bytes[n - 1] != 0)
            break;
    }
    return n_bytes; /* the caller's parse will say what is wrong */
}

gboolean preaches_exe_desc(const char *exe, guint8 **blob, gsize *n_bytes, GError **error)
{
    ExeFile file;
    const guint8 *bytes = NULL;
    gboolean ok = exe_open(&file, exe, error) &&
                  exe_section(&file, exe, DESC_SECTION, &bytes, n_bytes, error);

    if (ok) {
        *n_bytes = unpadded(bytes, *n_bytes);
        *blob = g_memdup2(bytes, *n_bytes);
    }
    exe_close(&file);
    return ok;
}
