/* One walk over facts feeds one of two forms: lines for people, indented, or JSON. */
#include "cmd.h"

#include <stdio.h>

void cmd_print_begin(CmdPrinter *p, gboolean json)
{
    *p = (CmdPrinter){.json = json, .depth = json ? 1 : 0, .first = TRUE};
    if (json)
        putchar('{');
}

void cmd_print_end(CmdPrinter *p)
{
    if (p->json)
        printf("\n}\n");
}

void cmd_print_item(CmdPrinter *p, const char *key)
{
    if (p->json) {
        printf("%s\n%*s", p->first ? "" : ",", (int)p->depth * 2, "");
        if (key)
            printf("\"%s\": ", key);
    } else {
        printf("%*s", (int)p->depth * 2, "");
        if (key)
            printf("%s: ", key);
    }
    p->first = FALSE;
}

void cmd_print_open(CmdPrinter *p, const char *key, const char *title, char bracket)
{
    cmd_print_item(p, p->json ? key : NULL);
    if (p->json)
        putchar(bracket);
    else
        printf("%s\n", title ? title : "");
    p->depth++;
    p->first = TRUE;
}

void cmd_print_close(CmdPrinter *p, char bracket)
{
    p->depth--;
    if (p->json)
        printf("\n%*s%c", (int)p->depth * 2, "", bracket);
    p->first = FALSE;
}

void cmd_print_text(CmdPrinter *p, const char *key, const char *text)
{
    g_autofree char *quoted = p->json ? cmd_json_string(text) : NULL;

    cmd_print_item(p, key);
    printf("%s%s", quoted ? quoted : text, p->json ? "" : "\n");
}

void cmd_print_number(CmdPrinter *p, const char *key, guint64 number)
{
    cmd_print_item(p, key);
    printf("%" G_GUINT64_FORMAT "%s", number, p->json ? "" : "\n");
}

void cmd_print_hex(CmdPrinter *p, const char *key, guint64 number)
{
    g_autofree char *text = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", number);

    cmd_print_text(p, key, text);
}
