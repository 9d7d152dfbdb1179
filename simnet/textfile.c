#include "textfile.h"
#include "../core/agent/proc.h"

#include <lzma.h>

static char *decompress(const char *path, const char *packed, gsize packed_bytes, gsize *bytes,
                        GError **error)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    GByteArray *out = g_byte_array_new();
    guint8 *chunk = g_malloc(1 << 16);
    lzma_ret ret = lzma_stream_decoder(&stream, G_GUINT64_CONSTANT(256) << 20, 0);
    stream.next_in = (const uint8_t *)packed;
    stream.avail_in = packed_bytes;
    while (ret == LZMA_OK && out->len <= SIM_TEXT_MAX_BYTES) {
        stream.next_out = chunk;
        stream.avail_out = 1 << 16;
        ret = lzma_code(&stream, LZMA_FINISH);
        g_byte_array_append(out, chunk, (guint)((1 << 16) - stream.avail_out));
    }
    lzma_end(&stream);
    g_free(chunk);
    if (ret != LZMA_STREAM_END) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "%s: %s", path,
                    ret == LZMA_OK ? "too large" : "not a whole xz file");
        g_byte_array_unref(out);
        return NULL;
    }
    *bytes = out->len;
    g_byte_array_append(out, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(out, FALSE);
}

char *sim_text_load(const char *path, gsize *bytes, GError **error)
{
    char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, bytes, &cause)) {
        g_set_error_literal(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, cause->message);
        return NULL;
    }
    if (!g_str_has_suffix(path, ".xz"))
        return text;
    char *plain = decompress(path, text, *bytes, bytes, error);
    g_free(text);
    return plain;
}
