/* Are sizes and offsets the same on every kind of machine? Worked out from the members alone, for the four ways in
 * which the architectures lay numbers out, since each process of the analysis sees but one of them. Bit-fields count
 * as whole members: whether two machines agree is the same question. */
#include "types.h"

enum { N_KINDS = 4 }; /* LP64; ILP32; ILP32 with doubles aligned to 4 (i686); ILP32 with nothing aligned beyond 2 (m68k) */

typedef struct Extent { guint64 bytes[N_KINDS], align[N_KINDS]; } Extent;

static const guint most_aligned[N_KINDS] = { 16, 16, 4, 2 };
static const guint of_word[N_KINDS] = { 8, 4, 4, 4 };
static const guint of_long_double[N_KINDS] = { 16, 8, 12, 12 };

static Extent extent_of(CXType t);

static Extent scalar(const guint *sizes, guint size)
{
    Extent e;
    for (guint i = 0; i < N_KINDS; i++) {
        e.bytes[i] = sizes ? sizes[i] : size;
        e.align[i] = MIN(MAX(e.bytes[i], 1), most_aligned[i]);
    }
    return e;
}

static guint64 aligned(guint64 at, guint64 to) { return (at + to - 1) / to * to; }

typedef struct Walk { Extent all; gboolean is_union; CXCursor until; gboolean found; } Walk;

static enum CXVisitorResult add_member(CXCursor field, CXClientData data)
{
    Walk *w = data;
    Extent e = extent_of(clang_getCursorType(field));
    gboolean last = clang_equalCursors(field, w->until) != 0;
    for (guint i = 0; i < N_KINDS; i++) {
        guint64 at = w->is_union ? 0 : aligned(w->all.bytes[i], e.align[i]);
        w->all.align[i] = MAX(w->all.align[i], e.align[i]);
        w->all.bytes[i] = last ? at : MAX(w->all.bytes[i], at + e.bytes[i]);
    }
    w->found = last;
    return last ? CXVisit_Break : CXVisit_Continue;
}

static Walk members(CXType record, CXCursor until)
{
    Walk w = { .all = scalar(NULL, 0), .until = until };
    w.is_union = clang_getCursorKind(clang_getTypeDeclaration(record)) == CXCursor_UnionDecl;
    clang_Type_visitFields(record, add_member, &w);
    return w;
}

static Extent array_of(CXType t)
{
    Extent e = extent_of(clang_getArrayElementType(t));
    long long n = clang_getArraySize(t);
    for (guint i = 0; i < N_KINDS; i++)
        e.bytes[i] *= n > 0 ? (guint64)n : 0;
    return e;
}

static Extent extent_of(CXType t)
{
    t = clang_getCanonicalType(t);
    long long size = clang_Type_getSizeOf(t);
    switch (t.kind) {
    case CXType_Pointer:
    case CXType_Long:
    case CXType_ULong: return scalar(of_word, 0);
    case CXType_LongDouble: return scalar(of_long_double, 0);
    case CXType_ConstantArray:
    case CXType_IncompleteArray: return array_of(t);
    case CXType_Record: {
        Extent e = members(t, clang_getNullCursor()).all;
        for (guint i = 0; i < N_KINDS; i++)
            e.bytes[i] = aligned(e.bytes[i], e.align[i]);
        return e;
    }
    default: return scalar(NULL, size > 0 ? (guint)size : 1);
    }
}

static gboolean differs(const guint64 *of)
{
    for (guint i = 1; i < N_KINDS; i++)
        if (of[i] != of[0])
            return TRUE;
    return FALSE;
}

gboolean cc_size_differs(CXType t)
{
    Extent e = extent_of(t);
    return differs(e.bytes);
}

gboolean cc_offset_differs(CXCursor member)
{
    CXType record = clang_getCursorType(clang_getCursorSemanticParent(member));
    Walk w = members(clang_getCanonicalType(record), member);
    return w.found && differs(w.all.bytes);
}
