/* Functions of streams whose address a program has taken: it gives them its handles (gen.h). */
#include "gen.h"
#include <stdarg.h>
#include <stdio.h>

static FILE *stream_of(void *handle) { return preaches_stream(handle); }

size_t preaches_fread_value(void *to, size_t bytes, size_t n, void *handle)
{
    return fread(to, bytes, n, stream_of(handle));
}

size_t preaches_fwrite_value(const void *from, size_t bytes, size_t n, void *handle)
{
    return fwrite(from, bytes, n, stream_of(handle));
}

int preaches_fprintf_value(void *handle, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vfprintf(stream_of(handle), format, ap);
    va_end(ap);
    return n;
}

int preaches_fputs_value(const char *text, void *handle) { return fputs(text, stream_of(handle)); }
int preaches_fputc_value(int c, void *handle) { return fputc(c, stream_of(handle)); }
int preaches_putc_value(int c, void *handle) { return putc(c, stream_of(handle)); }
char *preaches_fgets_value(char *to, int bytes, void *handle) { return fgets(to, bytes, stream_of(handle)); }
int preaches_fgetc_value(void *handle) { return fgetc(stream_of(handle)); }
int preaches_getc_value(void *handle) { return getc(stream_of(handle)); }
int preaches_ungetc_value(int c, void *handle) { return ungetc(c, stream_of(handle)); }
int preaches_feof_value(void *handle) { return feof(stream_of(handle)); }
int preaches_ferror_value(void *handle) { return ferror(stream_of(handle)); }
void preaches_clearerr_value(void *handle) { clearerr(stream_of(handle)); }
int preaches_fflush_value(void *handle) { return fflush(stream_of(handle)); }
int preaches_fseek_value(void *handle, long offset, int from) { return fseek(stream_of(handle), offset, from); }
long preaches_ftell_value(void *handle) { return ftell(stream_of(handle)); }
void preaches_rewind_value(void *handle) { rewind(stream_of(handle)); }
