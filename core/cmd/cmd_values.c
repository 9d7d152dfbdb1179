/* Saved values and strings as text. */
#include "cmd.h"

#include "../convert/scalar.h"
#include <math.h>
#include <string.h>

/* The symbol whose virtual range holds the address, or NULL. */
static const PrSymbol *find_symbol(const PrDesc *desc, guint64 address)
{
    guint32 low = 0, high = desc->n_symbols;

    while (low < high) {
        guint32 middle = low + (high - low) / 2;
        if (desc->symbols[middle].vaddr <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &desc->symbols[low - 1] : NULL;
}

static char *pointer_text(const PrImage *image, guint64 address)
{
    const PrSymbol *symbol;

    if (address == 0)
        return g_strdup("NULL");
    if (address == PR_POISON)
        return g_strdup("dangling");
    if (address >= PR_HANDLE_BASE && address < PR_HANDLE_BASE + PR_N_HANDLES * PR_HANDLE_BYTES)
        return g_strdup_printf("stream %" G_GUINT64_FORMAT,
                               (address - PR_HANDLE_BASE) / PR_HANDLE_BYTES);
    if (address >= PR_STACK_BASE && address < PR_STACK_END)
        return g_strdup_printf("stack 0x%" G_GINT64_MODIFIER "x", address);
    if (pr_desc_in_heap(&image->desc, address))
        return g_strdup_printf("block 0x%" G_GINT64_MODIFIER "x", address);
    symbol =
        image->is_native || address < PR_VADDR_BASE ? NULL : find_symbol(&image->desc, address);
    if (!symbol)
        return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);
    if (address == symbol->vaddr)
        return g_strdup_printf("&%s", symbol->name);
    return g_strdup_printf("&%s+%" G_GUINT64_FORMAT, symbol->name, address - symbol->vaddr);
}

static char *double_text(guint64 bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return g_strdup_printf("%.17g", value);
}

/* binary128 to double, for the eye. */
static char *ldouble_text(const PrValue *value)
{
    int exponent = (int)(value->hi >> 48 & 0x7fff);
    double fraction =
        ldexp((double)(value->hi & 0xffffffffffff), -48) + ldexp((double)value->lo, -112);
    double result;

    if (exponent == 0x7fff)
        result = fraction > 0 ? NAN : INFINITY;
    else
        result = ldexp(fraction + (exponent ? 1 : 0), (exponent ? exponent : 1) - 16383);
    return g_strdup_printf("%s%.17gL", value->hi >> 63 ? "-" : "", result);
}

char *cmd_value_text(const PrImage *image, guint32 type, const PrValue *value)
{
    PrKind kind = image->desc.types[type].kind;

    switch (kind) {
    case PR_FLOAT:
    case PR_DOUBLE:
        return double_text(value->lo);
    case PR_LDOUBLE:
        return ldouble_text(value);
    case PR_PTR:
    case PR_FPTR:
        return pointer_text(image, value->lo);
    default:
        if (pr_kind_is_signed(kind))
            return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)value->lo);
        return g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)value->lo);
    }
}

char *cmd_json_string(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *json = g_string_new("\"");

    for (const char *p = valid; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(json, "\\%c", *p);
        else if ((guchar)*p < 0x20)
            g_string_append_printf(json, "\\u%04x", *p);
        else
            g_string_append_c(json, *p);
    }
    return g_string_free(g_string_append_c(json, '"'), FALSE);
}
