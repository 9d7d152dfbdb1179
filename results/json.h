/* A writer of small JSON documents. The caller keeps the order; commas and escapes come from here. */
#ifndef PREACHES_RESULTS_JSON_H
#define PREACHES_RESULTS_JSON_H

#include <glib.h>

typedef struct LabJson LabJson;

LabJson *lab_json_new(void);
/* Ends the document and frees the writer; the text ends in LF. g_free. */
char *lab_json_free(LabJson *json);
/* `key` is NULL inside arrays and for the outermost value. */
void lab_json_open(LabJson *json, const char *key, char bracket); /* '{' or '[' */
void lab_json_close(LabJson *json);
void lab_json_text(LabJson *json, const char *key, const char *value); /* NULL: null */
void lab_json_int(LabJson *json, const char *key, gint64 value);
void lab_json_number(LabJson *json, const char *key, double value); /* null unless finite */
void lab_json_bool(LabJson *json, const char *key, gboolean value);

#endif
