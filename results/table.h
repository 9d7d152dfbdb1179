/* Tables of text in RFC 4180 CSV: what preaches-lab writes, reads back and compares.
 *
 * A table owns its column names and cells. Cells are never NULL; "" means "does not apply".
 * Files are replaced as a whole (temporary name, then rename). */
#ifndef PREACHES_RESULTS_TABLE_H
#define PREACHES_RESULTS_TABLE_H

#include <glib.h>

typedef struct LabTable {
    char **columns;  /* NULL-terminated */
    guint n_columns;
    GPtrArray *rows; /* of char **, NULL-terminated, n_columns cells each */
} LabTable;

LabTable *lab_table_new(const char *const *columns);
void lab_table_free(LabTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabTable, lab_table_free)

/* Takes `row` (NULL-terminated; must have n_columns cells). */
void lab_table_take(LabTable *table, char **row);
/* Index of a column, or -1. */
int lab_table_column(const LabTable *table, const char *name);
/* Borrowed; "" for column -1. */
const char *lab_table_cell(const LabTable *table, guint row, int column);
/* Integer value of a cell; FALSE when it is empty or not a whole number. */
gboolean lab_table_int(const LabTable *table, guint row, int column, gint64 *value);

/* CSV text of the whole table, lines ended by CR LF. g_string_free. */
GString *lab_table_csv(const LabTable *table);
gboolean lab_table_write(const LabTable *table, const char *path, GError **error);
/* Every row must have as many cells as the header; PREACHES_ERROR_DAMAGED otherwise. */
LabTable *lab_table_read(const char *path, GError **error);

/* Writes a whole file durably: temporary name in the same folder, then rename. */
gboolean lab_file_replace(const char *path, const char *text, gssize bytes, GError **error);

#endif
