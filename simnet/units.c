#include "units.h"

#include <string.h>

/* A value is digits, at most one point with digits on both sides, and directly behind it a unit of
 * the table. It is kept as an exact decimal: mantissa / 10^scale. */
typedef struct Decimal {
    guint64 mantissa;
    guint scale;
} Decimal;

typedef struct Unit {
    const char *name;
    gint64 factor;
    gint64 divisor;
} Unit;

static const Unit time_units[] = {
    {"ns", 1, 1},
    {"us", 1000, 1},
    {"ms", 1000000, 1},
    {"s", G_GINT64_CONSTANT(1000000000), 1},
    {"min", G_GINT64_CONSTANT(60000000000), 1},
    {"h", G_GINT64_CONSTANT(3600000000000), 1},
    {"d", G_GINT64_CONSTANT(86400000000000), 1},
    {NULL, 0, 0},
};

static const Unit byte_units[] = {
    {"B", 1, 1},         {"kB", 1000, 1},     {"MB", 1000000, 1},  {"GB", 1000000000, 1},
    {"KiB", 1 << 10, 1}, {"MiB", 1 << 20, 1}, {"GiB", 1 << 30, 1}, {NULL, 0, 0},
};

static const Unit rate_units[] = {
    {"B/s", 1, 1},           {"kB/s", 1000, 1},         {"MB/s", 1000000, 1},
    {"GB/s", 1000000000, 1}, {"KiB/s", 1 << 10, 1},     {"MiB/s", 1 << 20, 1},
    {"GiB/s", 1 << 30, 1},   {"bit/s", 1, 8},           {"kbit/s", 1000, 8},
    {"Mbit/s", 1000000, 8},  {"Gbit/s", 1000000000, 8}, {NULL, 0, 0},
};

static const char *parse_decimal(const char *text, Decimal *out)
{
    guint64 mantissa = 0;
    guint digits = 0, scale = 0;
    gboolean point = FALSE;
    const char *p = text;
    for (; g_ascii_isdigit(*p) || (*p == '.' && !point && digits > 0); p++) {
        if (*p == '.') {
            point = TRUE;
            continue;
        }
        guint64 digit = (guint64)(*p - '0');
        if (mantissa > (G_MAXUINT64 - digit) / 10)
            return NULL;
        mantissa = mantissa * 10 + digit;
        digits++;
        scale += point ? 1 : 0;
    }
    if (digits == 0 || (point && scale == 0) || scale > 18)
        return NULL;
    *out = (Decimal){mantissa, scale};
    return p;
}

static const Unit *parse_value(const char *text, const Unit *units, Decimal *value)
{
    const char *rest = text ? parse_decimal(text, value) : NULL;
    if (!rest)
        return NULL;
    for (const Unit *u = units; u->name; u++)
        if (strcmp(rest, u->name) == 0)
            return u;
    return NULL;
}

/* Whole units only: "0.5ns" has no exact value, so it is refused rather than rounded. */
static gboolean parse_whole(const char *text, const Unit *units, guint64 max, guint64 *out)
{
    Decimal value;
    const Unit *unit = parse_value(text, units, &value);
    if (!unit)
        return FALSE;
    unsigned __int128 n = (unsigned __int128)value.mantissa * (guint64)unit->factor;
    for (guint i = 0; i < value.scale; i++) {
        if (n % 10)
            return FALSE;
        n /= 10;
    }
    if (n > max)
        return FALSE;
    *out = (guint64)n;
    return TRUE;
}

gboolean sim_parse_time(const char *text, gint64 *ns)
{
    guint64 value;
    if (!parse_whole(text, time_units, G_MAXINT64, &value))
        return FALSE;
    *ns = (gint64)value;
    return TRUE;
}

gboolean sim_parse_bytes(const char *text, guint64 *bytes)
{
    return parse_whole(text, byte_units, G_MAXUINT64, bytes);
}

gboolean sim_parse_rate(const char *text, double *bytes_per_second)
{
    Decimal value;
    const Unit *unit = parse_value(text, rate_units, &value);
    if (!unit)
        return FALSE;
    double scale = 1;
    for (guint i = 0; i < value.scale; i++)
        scale *= 10;
    *bytes_per_second =
        (double)value.mantissa * (double)unit->factor / (scale * (double)unit->divisor);
    return TRUE;
}

/* Edit distance in which a swap of neighbours counts as one edit; both at most 63 bytes long. */
enum { WORD_MAX = 63 };

static guint edit_distance(const char *a, const char *b)
{
    guint d[WORD_MAX + 1][WORD_MAX + 1];
    guint n = (guint)strlen(a), m = (guint)strlen(b);
    for (guint i = 0; i <= n; i++)
        d[i][0] = i;
    for (guint j = 0; j <= m; j++)
        d[0][j] = j;
    for (guint i = 1; i <= n; i++)
        for (guint j = 1; j <= m; j++) {
            guint best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = MIN(best, MIN(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, d[i - 2][j - 2] + 1);
            d[i][j] = best;
        }
    return d[n][m];
}

const char *sim_nearest(const char *word, const char *const *known)
{
    gsize length = strlen(word);
    if (length > WORD_MAX)
        return NULL;
    const char *nearest = NULL;
    guint best = (guint)(length + 2) / 3 + 1; /* a third of the word may be wrong */
    for (; *known; known++) {
        if (strlen(*known) > WORD_MAX)
            continue;
        guint distance = edit_distance(word, *known);
        if (distance < best) {
            best = distance;
            nearest = *known;
        }
    }
    return nearest;
}
