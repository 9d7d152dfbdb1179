#include "json.h"

#include <math.h>

struct LabJson {
    GString *out, *open; /* open: the closing brackets that are still to come */
    gboolean first;
};

LabJson *lab_json_new(void)
{
    LabJson *json = g_new0(LabJson, 1);
    json->out = g_string_new(NULL);
    json->open = g_string_new(NULL);
    json->first = TRUE;
    return json;
}

/* Bytes that are not UTF-8 become U+FFFD: the document must stay readable whatever is in it. */
static void quote(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append_c(out, '"');
    for (const char *p = valid; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(out, "\\%c", *p);
        else if ((guchar)*p < 0x20 || *p == 0x7f)
            g_string_append_printf(out, "\\u%04x", (guint)(guchar)*p);
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

static void new_line(LabJson *json)
{
    g_string_append_c(json->out, '\n');
    for (gsize i = 0; i < json->open->len; i++)
        g_string_append(json->out, "  ");
}

static void begin(LabJson *json, const char *key)
{
    if (!json->first)
        g_string_append_c(json->out, ',');
    if (json->open->len)
        new_line(json);
    json->first = FALSE;
    if (key) {
        quote(json->out, key);
        g_string_append(json->out, ": ");
    }
}

void lab_json_open(LabJson *json, const char *key, char bracket)
{
    begin(json, key);
    g_string_append_c(json->out, bracket);
    g_string_append_c(json->open, bracket == '{' ? '}' : ']');
    json->first = TRUE;
}

void lab_json_close(LabJson *json)
{
    char bracket = json->open->str[json->open->len - 1];
    gboolean empty = json->first;
    g_string_truncate(json->open, json->open->len - 1);
    if (!empty)
        new_line(json);
    g_string_append_c(json->out, bracket);
    json->first = FALSE;
}

void lab_json_text(LabJson *json, const char *key, const char *value)
{
    begin(json, key);
    if (value)
        quote(json->out, value);
    else
        g_string_append(json->out, "null");
}

void lab_json_int(LabJson *json, const char *key, gint64 value)
{
    begin(json, key);
    g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void lab_json_number(LabJson *json, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    begin(json, key);
    g_string_append(json->out,
                    isfinite(value) ? g_ascii_formatd(text, sizeof text, "%.10g", value) : "null");
}

void lab_json_bool(LabJson *json, const char *key, gboolean value)
{
    begin(json, key);
    g_string_append(json->out, value ? "true" : "false");
}

char *lab_json_free(LabJson *json)
{
    while (json->open->len)
        lab_json_close(json);
    g_string_append_c(json->out, '\n');
    char *text = g_string_free(json->out, FALSE);
    g_string_free(json->open, TRUE);
    g_free(json);
    return text;
}
