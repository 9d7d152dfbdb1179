/* CSV tables. Reading is libcsv's; writing is RFC 4180: quote a cell only when it needs it. */
#include "table.h"
#include "../core/agent/proc.h"

#include <csv.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_ROWS = 10 * 1000 * 1000, MAX_COLUMNS = 1000 };

LabTable *lab_table_new(const char *const *columns)
{
    LabTable *table = g_new0(LabTable, 1);
    table->columns = g_strdupv((char **)columns);
    table->n_columns = g_strv_length(table->columns);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    return table;
}

void lab_table_free(LabTable *table)
{
    if (!table)
        return;
    g_strfreev(table->columns);
    if (table->rows)
        g_ptr_array_unref(table->rows);
    g_free(table);
}

void lab_table_take(LabTable *table, char **row)
{
    g_assert(g_strv_length(row) == table->n_columns);
    g_ptr_array_add(table->rows, row);
}

int lab_table_column(const LabTable *table, const char *name)
{
    for (guint i = 0; i < table->n_columns; i++)
        if (g_str_equal(table->columns[i], name))
            return (int)i;
    return -1;
}

const char *lab_table_cell(const LabTable *table, guint row, int column)
{
    if (column < 0)
        return "";
    return ((char **)g_ptr_array_index(table->rows, row))[column];
}

gboolean lab_table_int(const LabTable *table, guint row, int column, gint64 *value)
{
    return g_ascii_string_to_signed(lab_table_cell(table, row, column), 10, G_MININT64, G_MAXINT64,
                                    value, NULL);
}

/* ---- writing ---- */

static void append_cell(GString *out, const char *cell)
{
    if (!strpbrk(cell, ",\"\r\n") && cell[0] != ' ' && !g_str_has_suffix(cell, " ")) {
        g_string_append(out, cell);
        return;
    }
    g_string_append_c(out, '"');
    for (; *cell; cell++) {
        if (*cell == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *cell);
    }
    g_string_append_c(out, '"');
}

static void append_row(GString *out, char **cells)
{
    for (guint i = 0; cells[i]; i++) {
        if (i)
            g_string_append_c(out, ',');
        append_cell(out, cells[i]);
    }
    g_string_append(out, "\r\n");
}

GString *lab_table_csv(const LabTable *table)
{
    GString *out = g_string_new(NULL);
    append_row(out, table->columns);
    for (guint i = 0; i < table->rows->len; i++)
        append_row(out, g_ptr_array_index(table->rows, i));
    return out;
}

gboolean lab_table_write(const LabTable *table, const char *path, GError **error)
{
    GString *text = lab_table_csv(table);
    gboolean ok = lab_file_replace(path, text->str, (gssize)text->len, error);
    g_string_free(text, TRUE);
    return ok;
}

/* ---- reading ---- */

typedef struct Reader {
    LabTable *table; /* NULL until the header line is whole */
    GPtrArray *cells;
    guint64 line;       /* records seen, the header is 1 */
    const char *wrong; /* first reason, constant text */
} Reader;

static void on_cell(void *text, size_t bytes, void *data)
{
    Reader *reader = data;
    if (reader->cells->len >= MAX_COLUMNS)
        reader->wrong = reader->wrong ? reader->wrong : "too many cells in a row";
    else
        g_ptr_array_add(reader->cells, g_strndup(text, bytes));
}

static void on_row(int end, void *data)
{
    Reader *reader = data;
    (void)end;
    if (reader->wrong) {
        g_ptr_array_set_size(reader->cells, 0);
        return;
    }
    reader->line++;
    g_ptr_array_add(reader->cells, NULL);
    char **row = (char **)g_ptr_array_steal(reader->cells, NULL);
    if (!reader->table) {
        reader->table = lab_table_new((const char *const *)row);
        g_strfreev(row);
    } else if (g_strv_length(row) != reader->table->n_columns) {
        reader->wrong = "the row has another number of cells than the header";
        g_strfreev(row);
    } else if (reader->table->rows->len >= MAX_ROWS) {
        reader->wrong = "too many rows";
        g_strfreev(row);
    } else {
        lab_table_take(reader->table, row);
    }
}

static gboolean parse(Reader *reader, const char *text, gsize bytes)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI))
        return FALSE;
    gboolean whole = csv_parse(&parser, text, bytes, on_cell, on_row, reader) == bytes &&
                     csv_fini(&parser, on_cell, on_row, reader) == 0;
    if (!whole && !reader->wrong)
        reader->wrong = csv_strerror(csv_error(&parser));
    csv_free(&parser);
    return !reader->wrong;
}

LabTable *lab_table_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize bytes = 0;
    if (!g_file_get_contents(path, &text, &bytes, error))
        return NULL;
    Reader reader = {.cells = g_ptr_array_new_with_free_func(g_free)};
    if (memchr(text, 0, bytes))
        reader.wrong = "it contains a zero byte";
    else if (parse(&reader, text, bytes) && !reader.table)
        reader.wrong = "it is empty";
    g_ptr_array_unref(reader.cells);
    if (reader.wrong) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED,
                    "%s: not a CSV table: record %" G_GUINT64_FORMAT ": %s", path, reader.line,
                    reader.wrong);
        g_clear_pointer(&reader.table, lab_table_free);
    }
    return reader.table;
}

/* ---- files ---- */

gboolean lab_file_replace(const char *path, const char *text, gssize bytes, GError **error)
{
    return g_file_set_contents_full(path, text, bytes,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0644, error);
}
