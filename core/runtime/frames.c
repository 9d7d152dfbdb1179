/* Frames: saved by the child while it unwinds (innermost first), re-entered by the restore clones
 * (outermost first). Values are kept in the form of view.h, whatever the architecture. */
#include "runtime.h"
#include "../convert/scalar.h"
#include <stdlib.h>
#include <string.h>

/* ---- saving ---- */

static PrFrame *saved;
static PrValue *values; /* of all saved frames, one after the other */
static size_t n_saved, max_saved, n_values, max_values;

/* Room for `more` elements behind the first `n`; the child gives up when there is none. */
static void *room(void *array, size_t *max, size_t n, size_t more, size_t size)
{
    size_t wanted = *max ? *max : 1024;

    if (n + more <= *max)
        return array;
    while (wanted < n + more)
        wanted *= 2;
    array = wanted <= SIZE_MAX / size ? realloc(array, wanted * size) : NULL;
    if (!array)
        rt_checkpoint_fail("out of memory for the frames");
    *max = wanted;
    return array;
}

static uint64_t double_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static PrValue take_ldouble(long double x)
{
    return pr_ldouble_get(rt_desc.layouts[rt_layout].arch, (const uint8_t *)&x, sizeof x);
}

static PrValue take_argument(PrKind kind, va_list *ap)
{
    PrValue v = {0, 0};

    switch (kind) {
    case PR_BOOL: case PR_CHAR: case PR_SCHAR: case PR_UCHAR: case PR_SHORT: case PR_USHORT:
    case PR_INT:
        v.lo = (uint64_t)(int64_t)va_arg(*ap, int);
        break;
    case PR_UINT:
        v.lo = va_arg(*ap, unsigned);
        break;
    case PR_LONG:
        v.lo = (uint64_t)(int64_t)va_arg(*ap, long);
        break;
    case PR_ULONG:
        v.lo = va_arg(*ap, unsigned long);
        break;
    case PR_LLONG: case PR_ULLONG:
        v.lo = va_arg(*ap, unsigned long long);
        break;
    case PR_FLOAT: case PR_DOUBLE:
        v.lo = double_bits(va_arg(*ap, double));
        break;
    case PR_LDOUBLE:
        v = take_ldouble(va_arg(*ap, long double));
        break;
    case PR_PTR: case PR_FPTR:
        v.lo = (uintptr_t)va_arg(*ap, void *);
        break;
    default:
        rt_checkpoint_fail("a saved variable has a type that cannot be saved");
    }
    return v;
}

/* How the compiler lays members of a struct out. */
#define MEMBER(KIND, TYPE) [KIND] = {sizeof(TYPE), _Alignof(TYPE)}
static const struct { uint8_t bytes, alignment; } members[] = {
    MEMBER(PR_BOOL, bool), MEMBER(PR_CHAR, char), MEMBER(PR_SCHAR, signed char), MEMBER(PR_UCHAR, unsigned char),
    MEMBER(PR_SHORT, short), MEMBER(PR_USHORT, unsigned short), MEMBER(PR_INT, int), MEMBER(PR_UINT, unsigned),
    MEMBER(PR_LONG, long), MEMBER(PR_ULONG, unsigned long), MEMBER(PR_LLONG, long long),
    MEMBER(PR_ULLONG, unsigned long long), MEMBER(PR_FLOAT, float), MEMBER(PR_DOUBLE, double),
    MEMBER(PR_LDOUBLE, long double), MEMBER(PR_PTR, void *), MEMBER(PR_FPTR, void *)};
#undef MEMBER

static uint64_t take_integer(const uint8_t *at, unsigned bytes, bool is_signed)
{
    union { int8_t s8; uint8_t u8; int16_t s16; uint16_t u16; int32_t s32; uint32_t u32; uint64_t u64; } x;

    memcpy(&x, at, bytes);
    switch (bytes) {
    case 1: return is_signed ? (uint64_t)(int64_t)x.s8 : x.u8;
    case 2: return is_signed ? (uint64_t)(int64_t)x.s16 : x.u16;
    case 4: return is_signed ? (uint64_t)(int64_t)x.s32 : x.u32;
    default: return x.u64;
    }
}

PrValue rt_value_at(PrKind kind, const uint8_t *at)
{
    PrValue v = {0, 0};
    long double widest;
    double wide;
    float narrow;

    switch (kind) {
    case PR_CHAR: case PR_SCHAR: case PR_SHORT: case PR_INT: case PR_LONG: case PR_LLONG:
        v.lo = take_integer(at, members[kind].bytes, true);
        break;
    case PR_FLOAT:
        memcpy(&narrow, at, sizeof narrow);
        v.lo = double_bits(narrow);
        break;
    case PR_DOUBLE:
        memcpy(&wide, at, sizeof wide);
        v.lo = double_bits(wide);
        break;
    case PR_LDOUBLE:
        memcpy(&widest, at, sizeof widest);
        v = take_ldouble(widest);
        break;
    default:
        v.lo = take_integer(at, members[kind].bytes, false);
    }
    return v;
}

static void take_members(PrValue *to, const PrSite *s, const uint8_t *from)
{
    size_t at = 0;

    for (uint32_t i = 0; i < s->n_vars; i++) {
        PrKind kind = rt_desc.types[rt_desc.vars[s->first_var + i].type].kind;

        if (kind >= sizeof members / sizeof members[0] || !members[kind].bytes)
            rt_checkpoint_fail("a saved variable has a type that cannot be saved");
        at = (at + members[kind].alignment - 1u) / members[kind].alignment * members[kind].alignment;
        to[i] = rt_value_at(kind, from + at);
        at += members[kind].bytes;
    }
}

PrValue *rt_frames_open(unsigned site)
{
    PrValue *of_site;

    if (!rt_progress.child || site >= rt_desc.n_sites)
        rt_die(RT_EXIT_FAILED, "frame saved at site %u out of turn", site);
    rt_fault("unwind");
    saved = room(saved, &max_saved, n_saved, 1, sizeof *saved);
    values = room(values, &max_values, n_values, rt_desc.sites[site].n_vars, sizeof *values);
    saved[n_saved++] = (PrFrame){.site = site};
    of_site = values + n_values;
    n_values += rt_desc.sites[site].n_vars;
    return of_site;
}

void rt_frames_save(unsigned site, va_list *ap)
{
    PrValue *to = rt_frames_open(site);
    const PrSite *s = &rt_desc.sites[site];

    if (s->n_vars > PR_PASSED_VALUES)
        take_members(to, s, va_arg(*ap, const uint8_t *));
    else
        for (uint32_t i = 0; i < s->n_vars; i++)
            to[i] = take_argument(rt_desc.types[rt_desc.vars[s->first_var + i].type].kind, ap);
}

void preaches_save(unsigned site, ...)
{
    va_list ap;

    va_start(ap, site);
    rt_frames_save(site, &ap);
    va_end(ap);
}

size_t rt_frames_saved(void) { return n_saved; }

void rt_frames_discard(void) { n_saved = n_values = 0; }

/* Their bases follow one another on the data stack; all of it belongs to them. */
static void place(PrFrame *from, size_t n)
{
    uint64_t sp = PR_STACK_BASE;

    for (size_t i = 0; i < n; i++) {
        uint32_t bytes = rt_desc.funcs[rt_desc.sites[from[i].site].func].frame_bytes;

        from[i].fp = bytes ? sp : 0;
        sp += bytes;
        if (rt_desc.sites[from[i].site].is_poll != (i == n - 1))
            rt_checkpoint_fail("the frame of the poll is not the innermost one");
    }
    if (sp != (uintptr_t)preaches_sp)
        rt_checkpoint_fail("a frame between main and the poll was not saved");
}

const PrFrame *rt_frames_take(uint32_t *n)
{
    const PrValue *at = values;

    for (size_t i = 0; i < n_saved; i++) {
        saved[i].values = at;
        at += rt_desc.sites[saved[i].site].n_vars;
    }
    for (size_t i = 0; i < n_saved / 2; i++) {
        PrFrame frame = saved[i];

        saved[i] = saved[n_saved - 1 - i];
        saved[n_saved - 1 - i] = frame;
    }
    *n = (uint32_t)n_saved;
    place(saved, n_saved);
    return saved;
}

/* ---- re-entry ---- */

static const PrFrame *frames; /* NULL: not restoring */
static uint32_t n_frames;
static uint32_t entered;      /* frames entered so far */
static uint32_t n_loaded;     /* variables of the last entered one that have been loaded */

/* The innermost is at a poll, the others wait in a call; their bases follow one another. The number of
 * the first that does not fit, or n. */
static uint32_t misplaced(const PrFrame *from, uint32_t n)
{
    uint64_t sp = PR_STACK_BASE;

    for (uint32_t i = 0; i < n; i++) {
        const PrSite *s = from[i].site < rt_desc.n_sites ? &rt_desc.sites[from[i].site] : NULL;
        uint32_t bytes = s ? rt_desc.funcs[s->func].frame_bytes : 0;

        if (!s || s->is_poll != (i == n - 1) || from[i].fp != (bytes ? sp : 0))
            return i;
        sp += bytes;
    }
    return n;
}

static const char *function_of(const PrFrame *f)
{
    return f->site < rt_desc.n_sites ? rt_desc.funcs[rt_desc.sites[f->site].func].name : NULL;
}

PrStatus rt_frames_begin(const PrFrame *from, uint32_t n, PrError *error)
{
    uint32_t wrong = misplaced(from, n);

    if (wrong < n)
        return pr_fail(error, PR_E_FORMAT, "FRAMES", wrong, function_of(&from[wrong]));
    if (!n)
        return pr_fail(error, PR_E_FORMAT, "FRAMES", 0, "no frames");
    frames = from;
    n_frames = n;
    entered = 0;
    return PR_OK;
}

bool rt_frames_loading(void) { return frames != NULL; }

static void wrong_frame(const char *what)
{
    const PrFrame *f = frames && entered ? &frames[entered - 1] : NULL;
    const PrSite *s = f ? &rt_desc.sites[f->site] : NULL;

    rt_die(RT_EXIT_DAMAGED, "restore: frame %u (%s, line %u): %s", entered ? entered - 1 : 0,
           s ? rt_desc.funcs[s->func].name : "?", s ? s->line : 0, what);
}

static void check_loaded(void)
{
    if (entered && n_loaded != rt_desc.sites[frames[entered - 1].site].n_vars)
        wrong_frame("its variables were not all restored");
}

unsigned preaches_resume(char *fp)
{
    if (!frames || entered == n_frames)
        wrong_frame("entered out of turn");
    check_loaded();
    rt_fault("resume");
    entered++;
    n_loaded = 0;
    if (frames[entered - 1].fp != (uintptr_t)fp)
        wrong_frame("its place on the data stack is not that of the checkpoint");
    return frames[entered - 1].site;
}

/* The next variable's value, after checking that it is of a kind in `kinds` (bits). */
static const PrValue *next_value(uint32_t kinds)
{
    const PrSite *s;
    uint32_t type;

    if (!frames || !entered)
        wrong_frame("variable restored out of turn");
    s = &rt_desc.sites[frames[entered - 1].site];
    if (n_loaded == s->n_vars)
        wrong_frame("more variables than were saved");
    type = rt_desc.vars[s->first_var + n_loaded].type;
    if (!(kinds >> rt_desc.types[type].kind & 1))
        wrong_frame("a variable has another type than was saved");
    return &frames[entered - 1].values[n_loaded++];
}

enum {
    INTEGERS = (1 << PR_BOOL | 1 << PR_CHAR | 1 << PR_SCHAR | 1 << PR_UCHAR | 1 << PR_SHORT |
                1 << PR_USHORT | 1 << PR_INT | 1 << PR_UINT | 1 << PR_LONG | 1 << PR_ULONG |
                1 << PR_LLONG | 1 << PR_ULLONG),
    FLOATS = 1 << PR_FLOAT | 1 << PR_DOUBLE,
    LDOUBLES = 1 << PR_LDOUBLE,
    POINTERS = 1 << PR_PTR | 1 << PR_FPTR
};

long long preaches_load_int(void) { return (long long)next_value(INTEGERS)->lo; }

void *preaches_load_ptr(void)
{
    return (void *)(uintptr_t)rt_native_pointer(next_value(POINTERS)->lo);
}

double preaches_load_double(void)
{
    double x;

    memcpy(&x, &next_value(FLOATS)->lo, sizeof x);
    return x;
}

long double preaches_load_ldouble(void)
{
    long double x = 0;

    if (!pr_ldouble_put(rt_desc.layouts[rt_layout].arch, (uint8_t *)&x, sizeof x,
                        *next_value(LDOUBLES)))
        wrong_frame("a long double does not fit this machine's");
    return x;
}

void preaches_resumed(void)
{
    if (!frames || entered != n_frames)
        wrong_frame("a poll was reached before the innermost frame");
    check_loaded();
    frames = NULL;
    rt_restore_done();
}

void (*preaches_next_clone(void))(void)
{
    void (*clone)(void) = NULL;

    if (frames && entered < n_frames)
        clone = rt_symbols()[rt_desc.funcs[rt_desc.sites[frames[entered].site].func].symbol].clone;
    if (!clone)
        wrong_frame("the function called from here cannot be re-entered");
    return clone;
}
