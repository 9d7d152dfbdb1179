/* Values kept as bytes. Memory of characters is carried over byte by byte: an int that was copied into a
 * char array, or written there through a cast, would come out in the wrong order, of the wrong size, or as
 * an address of another machine. The other way round, what is made of a value's bytes one by one (a hash of
 * them, the answer to which comes first) is this machine's own, and so is what depends on it. */
#include "hints.h"
#include "leads.h"
#include "types.h"
#include <string.h>

typedef struct Bytes {
    Program *p;
    CcLeads *leads;
    const Func *f;
} Bytes;

static CXType canonical(CXType t) { return clang_getCanonicalType(t); }

static guint leads_of(Bytes *b, const Node *n)
{
    return cc_leads_as(b->leads, n, 1) & (CC_TO_BYTES | CC_TO_VALUES);
}

/* Are characters given to wider values, or wider values to characters? */
static gboolean mixes(guint to, guint from)
{
    return to && from && to != from;
}

static void check_copy(Bytes *b, const Node *n)
{
    if (cc_is_copy(n) && !cc_is_scratch(n->kid[1]) && mixes(leads_of(b, n->kid[1]), leads_of(b, n->kid[2])))
        cc_warn_at(b->p, n, "-Wpreaches-bytes", "'%s' between characters and wider values: characters are carried "
                   "over byte by byte, and are no such values on another machine", cc_callee_decl(n)->name);
}

/* What a file is given, or gives, in this machine's form. */
static void check_file(Bytes *b, const Node *n)
{
    static const struct { const char *name; guint buffer; } calls[] = {
        { "fread", 1 }, { "fwrite", 1 }, { "fread_unlocked", 1 }, { "fwrite_unlocked", 1 }, { "read", 2 },
        { "write", 2 }, { "pread", 2 }, { "pwrite", 2 },
    };
    const Decl *d = cc_callee_decl(n);
    for (guint i = 0; d && !cc_callee(n) && i < G_N_ELEMENTS(calls); i++)
        if (strcmp(d->name, calls[i].name) == 0 && n->n_kids > calls[i].buffer &&
            (leads_of(b, n->kid[calls[i].buffer]) & CC_TO_VALUES))
            cc_warn_at(b->p, n, "-Wpreaches-bytes", "'%s' of values wider than a character: a file holds them in "
                       "one machine's form, and another machine reads other values", d->name);
}

/* htonl() and its like: a number whose bytes are in one order on all machines is another number on each. Those of
 * endian.h are inline functions: where they change nothing, this one is called. */
static void check_order(Bytes *b, const Node *n)
{
    static const char *const names[] = {
        "htonl", "htons", "ntohl", "ntohs", "__uint16_identity", "__uint32_identity", "__uint64_identity",
    };
    const Decl *d = cc_callee_decl(n);
    for (guint i = 0; d && !cc_callee(n) && i < G_N_ELEMENTS(names); i++)
        if (strcmp(d->name, names[i]) == 0)
            cc_warn_at(b->p, n, "-Wpreaches-bytes", "a number with its bytes in an order that is not this machine's: "
                       "it is carried over as a number, and has them in another order then");
}

static void check_cast(Bytes *b, const Node *n)
{
    CXType from = canonical(n->kid[0]->conv), to = canonical(n->type);
    if (from.kind != CXType_Pointer || to.kind != CXType_Pointer)
        return;
    CXType seen = canonical(clang_getPointeeType(to)), was = canonical(clang_getPointeeType(from));
    if (seen.kind == CXType_Void || cc_is_bytes(seen) || !cc_is_character(was))
        return;
    guint leads = leads_of(b, n->kid[0]);
    if (leads == CC_TO_BYTES)
        cc_warn_at(b->p, n, "-Wpreaches-bytes", "characters seen as a wider type: they are carried over byte by "
                   "byte, and are no such values on another machine");
    else if (leads != CC_TO_VALUES)
        cc_warn_at(b->p, n, "-Wpreaches-cast", "bytes seen as a wider type are carried over as bytes");
}

/* *(unsigned *)p, without the cast: NULL when it is something else. */
static Node *seen_whole(Node *n)
{
    n = cc_strip(n);
    Node *cast = n->kind == N_OPERATOR && n->n_kids == 1 && !n->stores ? cc_strip(n->kid[0]) : NULL;
    return cast && cast->kind == N_CAST ? cast->kid[0] : NULL;
}

static gboolean is_equality(const Node *n)
{
    return n->kind == N_OPERATOR && n->n_kids == 2 &&
           (n->op == CXBinaryOperator_EQ || n->op == CXBinaryOperator_NE);
}

/* Characters compared by the word are equal, or not, in any order. */
static gboolean is_comparison(const Node *n)
{
    return is_equality(n) && seen_whole(n->kid[0]) && seen_whole(n->kid[1]);
}

/* ---- bytes of values, one by one ---- */

static gboolean is_variable(const Node *n, const Decl *d) { return n->kind == N_REF && n->decl == d; }

/* Is what the variable holds only ever put into other bytes, as in an exchange? */
static gboolean only_hands_on(Node *n, const Decl *d)
{
    if (n->kind == N_ASSIGN && is_variable(cc_strip(n->kid[0]), d))
        return only_hands_on(n->kid[1], d);
    if (n->kind == N_ASSIGN && cc_character_of(n->kid[0]) && is_variable(cc_strip_casts(n->kid[1]), d))
        return only_hands_on(n->kid[0], d);
    if (is_variable(n, d))
        return FALSE;
    for (guint i = 0; i < n->n_kids; i++)
        if (!only_hands_on(n->kid[i], d))
            return FALSE;
    return TRUE;
}

static gboolean is_buffer(Bytes *b, const Decl *d)
{
    return d && d->kind == D_LOCAL && b->f->body && only_hands_on(b->f->body, d);
}

static gboolean is_anything(const Node *n) /* a parameter of type void * */
{
    return n->kind == N_REF && n->decl && n->decl->kind == D_PARAM &&
           canonical(clang_getPointeeType(canonical(n->decl->type))).kind == CXType_Void;
}

/* `pointer` may lead to characters as well. Does it see what it is given as bytes, whatever that is, or know
 * which of them are texts, in a list of anything? */
static gboolean sees_bytes(Node *pointer)
{
    enum CXTypeKind seen = canonical(clang_getPointeeType(canonical(pointer->conv))).kind;
    Node *n = cc_strip_casts(pointer);
    return seen == CXType_UChar || seen == CXType_Char_U || is_anything(n) ||
           (n->kind == N_REF && n->decl && n->decl->init && is_anything(cc_strip_casts(n->decl->init)));
}

/* Whether it is refused is known when the architectures' texts have been compared: bodies.c. */
static void note_look(Bytes *b, const Node *at, char *text)
{
    CcLook look = { .function = b->f, .text = text, .file = at->file, .line = at->line, .col = at->col };
    g_array_append_val(b->p->model->looks, look);
}

/* `byte` is one that `pointer` leads to. */
static void report_byte(Bytes *b, const Node *byte, Node *pointer, const char *what)
{
    guint leads = leads_of(b, pointer);
    if (!(leads & CC_TO_VALUES))
        return;
    if ((leads & CC_TO_BYTES) && !sees_bytes(pointer))
        cc_warn_at(b->p, byte, "-Wpreaches-cast", "this may lead to something else than characters, whose bytes are "
                   "others on another machine");
    else
        note_look(b, byte, g_strdup_printf("%s: which one it is, and how many there are, is this machine's own, and so "
                                           "is what is made of it", what));
}

static void check_byte(Bytes *b, Node *n)
{
    Node *pointer = cc_character_of(n);
    if (pointer)
        report_byte(b, n, pointer, "a byte of a wider value is looked at");
}

static void check(Bytes *b, Node *n);

/* A byte that is looked at; below it, other expressions. */
static void check_below_byte(Bytes *b, Node *n)
{
    n = cc_strip_casts(n);
    for (guint i = 0; i < n->n_kids; i++)
        check(b, n->kid[i]);
}

/* An assignment of bytes by the loop: memcpy in the program's own words. */
static gboolean check_assigned_byte(Bytes *b, Node *n)
{
    Node *to = n->kind == N_ASSIGN ? cc_character_of(n->kid[0]) : NULL;
    Node *from = n->kind == N_ASSIGN ? cc_character_of(cc_strip_casts(n->kid[1])) : NULL;
    Node *value = n->kind == N_VAR && n->init ? cc_strip_casts(n->init) : from ? cc_strip_casts(n->kid[1]) : NULL;
    const Decl *variable = n->kind == N_VAR ? n->decl : NULL;
    if (n->kind == N_ASSIGN && cc_strip(n->kid[0])->kind == N_REF)
        variable = cc_strip(n->kid[0])->decl;
    if (!value || !cc_character_of(value) || (!to && !is_buffer(b, variable)))
        return FALSE;
    if (to && !cc_is_scratch(to) && mixes(leads_of(b, to), leads_of(b, from)))
        cc_warn_at(b->p, n, "-Wpreaches-bytes", "bytes are copied between characters and wider values: characters "
                   "are carried over byte by byte, and are no such values on another machine");
    if (n->kind == N_ASSIGN)
        check_below_byte(b, n->kid[0]);
    check_below_byte(b, value);
    return TRUE;
}

static enum CXVisitorResult find_wider(CXCursor field, CXClientData found)
{
    *(gboolean *)found |= !cc_is_bytes(clang_getCursorType(field));
    return CXVisit_Continue;
}

/* union { int number; char bytes[4]; } x: x.bytes, where no hint says which of them holds. In what is carried over,
 * such a union is refused anyway. */
static void check_union_member(Bytes *b, Node *n)
{
    CXCursor record = clang_getCursorSemanticParent(clang_getCursorReferenced(n->cursor));
    Node *whole = n->n_kids ? cc_strip(n->kid[0]) : NULL;
    if (!whole || (whole->kind != N_REF && whole->kind != N_COMPOUND_LITERAL) || !cc_is_bytes(n->type) ||
        clang_getCursorKind(record) != CXCursor_UnionDecl || canonical(whole->type).kind != CXType_Record)
        return;
    gboolean wider = FALSE;
    g_autofree char *name = cc_spell(whole->type);
    clang_Type_visitFields(canonical(whole->type), find_wider, &wider);
    if (wider && !cc_hint(b->p, HINT_TAG, name) && !cc_hint_below(b->p, HINT_TAG, name) && !cc_hint(b->p, HINT_ALWAYS, name))
        note_look(b, n, g_strdup("the bytes of a union's wider member: which one is which, and how many there are, is "
                                 "this machine's own, and so is what is made of them"));
}

/* p[i] = value >> 8 * i, where p leads to a wider value: composed in this machine's order. */
static void check_composed(Bytes *b, Node *n)
{
    const Node *value = cc_strip_casts(n->kid[1]);
    if (value->kind == N_OPERATOR && value->n_kids == 2)
        report_byte(b, n, cc_character_of(n->kid[0]), "a byte of a wider value is written");
}

static gboolean check_compared_bytes(Bytes *b, Node *n)
{
    if (!is_equality(n) || !cc_character_of(cc_strip_casts(n->kid[0])) || !cc_character_of(cc_strip_casts(n->kid[1])))
        return FALSE;
    check_below_byte(b, n->kid[0]);
    check_below_byte(b, n->kid[1]);
    return TRUE;
}

static void check(Bytes *b, Node *n)
{
    if (n->kind == N_CALL) {
        check_copy(b, n);
        check_file(b, n);
        check_order(b, n);
    }
    if (n->kind == N_CAST)
        check_cast(b, n);
    if (n->kind == N_MEMBER)
        check_union_member(b, n);
    if (is_comparison(n)) {
        check(b, seen_whole(n->kid[0]));
        check(b, seen_whole(n->kid[1]));
        return;
    }
    if (check_assigned_byte(b, n) || check_compared_bytes(b, n))
        return;
    gboolean stores = n->kind == N_ASSIGN && cc_character_of(n->kid[0]);
    if (stores) {
        check_composed(b, n);
        check_below_byte(b, n->kid[0]);
    } else {
        check_byte(b, n);
    }
    for (guint i = stores ? 1 : 0; i < n->n_kids; i++)
        if (n->kind != N_SIZEOF && !(n->kind == N_ADDRESS && cc_character_of(n->kid[i])))
            check(b, n->kid[i]);
        else if (n->kind == N_ADDRESS)
            check_below_byte(b, n->kid[i]);
}

void cc_check_bytes(Program *p, CcLeads *leads)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; !p->units[i]->is_ours && k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            Bytes b = { p, leads, f };
            if (f->body && !cc_leads_vouched(leads, f))
                check(&b, f->body);
        }
}
