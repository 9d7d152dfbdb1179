/* The source half's own tree of a program.
 *
 * One Unit per preprocessed text. Nodes hold byte offsets into the text, so that whatever is not
 * changed is copied byte for byte. libclang's cursors and types stay valid for the life of the
 * Program, which owns the translation units. */
#ifndef PREACHES_CC_AST_H
#define PREACHES_CC_AST_H

#include "model.h"
#include <clang-c/Index.h>

typedef struct Node Node;
typedef struct Decl Decl;
typedef struct Func Func;
typedef struct Unit Unit;
typedef struct Program Program;
typedef struct Work { guint64 steps, rounds; } Work; /* estimate.c */

typedef enum NodeKind {
    /* statements */
    N_COMPOUND, N_IF, N_WHILE, N_DO, N_FOR, N_SWITCH, N_CASE, N_DEFAULT, N_LABEL, N_GOTO,
    N_COMPUTED_GOTO, N_CONTINUE, N_BREAK, N_RETURN, N_DECL, N_NULL, N_ASM, N_EXPRSTMT,
    N_LAST_STMT = N_EXPRSTMT,
    N_VAR, /* a declarator within N_DECL */
    /* expressions */
    N_REF, N_CALL, N_ASSIGN, N_LOGICAL_AND, N_LOGICAL_OR, N_COMMA, N_ADDRESS, N_COND, N_CAST,
    N_MEMBER, N_PAREN, N_STRING, N_FUNCNAME, N_INITLIST, N_DESIGNATED, N_COMPOUND_LITERAL,
    N_SIZEOF, N_STMTEXPR, N_ELVIS, /* a ?: b */
    N_LABEL_ADDRESS, /* &&label */
    N_OPERATOR, /* any other operator: operands are all evaluated */
    N_OTHER
} NodeKind;

typedef enum TempKind { T_NONE, T_SCALAR, T_SLOT, T_GONE } TempKind;

/* How a value is computed where a long has 32 bits (longs.h). */
typedef enum CcWordMark {
    CC_PLAIN,
    CC_FIT_LONG, CC_FIT_ULONG, /* with 64 bits, and must fit */
    CC_FIT_EXACT,              /* the same, and not below zero */
    CC_SIGNED,                 /* an unsigned long that becomes a long */
    CC_LOW,                    /* with 64 bits, of which the low ones count */
    CC_COMPUTE_WIDE,           /* with 64 bits */
    CC_AS_SIGNED, CC_AS_UNSIGNED, /* the same, as a number of that kind */
    CC_COUNT,                  /* ++ and -- that are looked at */
    CC_READ, CC_SCAN,          /* calls that read longs from text: strtol, scanf */
    CC_BUILTIN                 /* a builtin on longs: that with 64 bits (builtins.c) */
} CcWordMark;

struct Node {
    NodeKind kind;
    guint begin, end; /* bytes of the unit's text; a statement's end includes its ';' */
    Node **kid;       /* in source order, not overlapping */
    guint n_kids;
    Node *init, *cond, *inc, *body, *other; /* roles, each also a kid */
    Decl *decl;           /* N_REF, N_VAR, N_GOTO and N_LABEL: none */
    char *label;          /* N_LABEL, N_GOTO, N_LABEL_ADDRESS */
    guint label_at;       /* the same: where the label stands, which tells labels of one name apart */
    CXType type;          /* expressions: own type */
    CXCursor cursor;
    CXType conv;          /* after implicit conversions; same as type when there are none */
    const char *file;
    guint line, col;
    guint op;             /* N_OPERATOR, N_ASSIGN: libclang's operator kind */
    gboolean stores;      /* N_OPERATOR: ++, --, op= */
    gboolean evaluated;   /* N_SIZEOF: an array's size is computed in it */
    gboolean reach;       /* a reaching call or a poll somewhere inside */
    gboolean self_reach;  /* N_CALL: this call itself */
    gboolean is_poll;     /* N_CALL: preaches_poll_here(); loops: poll at the start of the body */
    gboolean sheltered;   /* the innermost block around it contains no site */
    gboolean poll_before; /* statements: a poll in front of it */
    gboolean goes_back;   /* N_EXPRSTMT, N_RETURN: a call of the function itself at its end (tail.c) */
    gboolean by_bytes;    /* loops, N_GOTO: goes through a value by bytes, or is in what does (byteloops.c) */
    gboolean once;        /* N_DO: while (0), as macros have it: no loop at all */
    guint alloc;          /* N_CALL: allocation site + 1 */
    gboolean tail;        /* N_CALL: the block may be one structure with something behind it */
    gboolean room;        /* N_CALL: what is behind the last whole element holds nothing */
    const char *wanted;   /* N_CALL of an allocator: C text of what is wanted, where it depends on values */
    gboolean passes;      /* N_CALL of an allocator: the block's type is the caller's to say */
    guint jump;           /* N_CALL of setjmp: its number in the function, from 1 */
    guint string;         /* N_STRING, N_FUNCNAME used as a pointer: its number in the unit + 1 */
    guint tag_begin, tag_end; /* N_DECL: the struct, union or enum it declares; else 0, 0 */
    guint64 *live;        /* full expressions: live before them */
    guint64 *after;       /* full expressions: live after them, but what they assign as a whole */
    guint64 *head;        /* loops: live at the start of the body; labels: live in */
    guint64 work;         /* loops: statements of one pass, as estimated (estimate.c) */
    guint64 *before;      /* statements with poll_before: live in */
    guint slot;           /* N_COMPOUND_LITERAL on the data stack: its local's index + 1 */
    TempKind temp;        /* lowering: where the value stands already */
    gboolean done;        /* lowering: has been evaluated in front of its full expression */
    guint temp_no;
    guint ordered;        /* rendering: an argument that stands in preaches_oN already; or 0 */
    gboolean measured;    /* N_CALL of strcmp and the like: more than the result's sign is used (signs.c) */
    gboolean modulo;      /* wraps.c: a sum or product of which only the low bits count, to be made unsigned */
    gboolean as_long;     /* wraps.c: a sum or product in an int by whose name a long is meant (ssize_t) */
    gboolean limit;       /* limits.c: LONG_MAX, SIZE_MAX */
    gboolean beyond;      /* limits.c: a long that may be LONG_MAX or LONG_MIN, an unsigned one that may be below zero */
    gboolean to_unsigned; /* limits.c: kept in an unsigned long, which knows the last 65536 values as those below zero */
    gconstpointer block_of; /* limits.c: calls: the place that is given the result */
    gboolean low;         /* wraps.c: only its low bits count */
    gboolean waived;      /* wraps.c: it wraps, and has been accepted as it is */
    gboolean bits;        /* wordbits.c: how many a word has, 64 on all machines */
    CcWordMark word;      /* longs.c */
    const char *prefix, *suffix; /* text around it; of a N_STRING: `prefix` in its place */
    gboolean moved;       /* lowering: an argument that is evaluated in front, though nothing in it reaches */
};

/* A variable length array of a reaching function: vla.c. */
typedef struct VlaBounds {
    gboolean varies[8]; /* else it is `constant` */
    Node *bound[8];     /* where it is computed; NULL: it comes with a parameter */
    long long constant[8];
    guint n;
    CXType elem; /* no array */
    guint site, index, first; /* allocation site; among the function's arrays; first bound's number */
} VlaBounds;

typedef enum DeclKind { D_GLOBAL, D_STATIC_LOCAL, D_LOCAL, D_PARAM, D_FUNC, D_OTHER } DeclKind;

struct Decl {
    DeclKind kind;
    char *name;
    char *cname; /* in the instrumented text */
    CXCursor cursor;
    CXType type;
    const char *file;
    guint line, col, name_at;
    Unit *unit;
    Func *func;   /* D_FUNC: its definition in this unit; locals: the function around */
    Node *init;   /* variables: initialiser */
    gboolean is_system, is_static, is_extern, is_const, defined;
    gboolean address_taken, sheltered, escapes, saved, is_param_array;
    gboolean in_place; /* a static table of labels: stays in both copies of its function */
    VlaBounds *vla;       /* a variable length array, else NULL */
    VlaBounds *points_to; /* a pointer to such arrays, else NULL */
    gboolean is_va;    /* a va_list: may not be saved */
    gboolean overlay;  /* overlaid.c: says what a block of raw bytes holds from there on */
    Decl *counter;     /* of an overlay: how many elements, in a variable; NULL: to the next one's or the block's end */
    const Decl *counts; /* the overlay whose counter it is */
    guint overlay_no;  /* of one with a counter, from 1 */
    gboolean measured; /* local variables: more than the value's sign is used (signs.c) */
    int track;    /* tracked scalar: bit in the function's live sets, else -1 */
    int local;    /* on the data stack: index within the function, else -1 */
};

struct Func {
    Decl *decl;
    Unit *unit;
    Node *body;
    GPtrArray *params;  /* Decl* */
    GPtrArray *locals;  /* Decl*: every automatic variable in source order */
    GPtrArray *statics; /* Node* N_DECL holding static locals */
    GPtrArray *calls;   /* Node* N_CALL, evaluated ones */
    GPtrArray *literals; /* Node*: compound literals that need a place on the data stack */
    GPtrArray *callees; /* Func*: all that its calls may enter */
    GPtrArray *tracked; /* Decl*, by bit */
    GPtrArray *labels;  /* Node* N_LABEL_ADDRESS: the first of each label */
    guint n_vlas, n_bounds; /* variable length arrays, their bounds */
    int vla_local;      /* their addresses' local; the bounds' is the next one */
    guint n_jumps;      /* calls of setjmp */
    int jump_local;     /* reaching: their records' local */
    guint64 *jump_live; /* live where one of them returns again */
    guint label_string; /* the object whose bytes stand for them, or 0: they stand for themselves */
    guint begin, end;
    gboolean is_variadic, is_main, entry_poll, reaching, has_poll, address_taken, mark;
    gboolean hinted_allocator; /* because a hint says so: all its blocks are its caller's to type */
    guint n_allocations; /* calls of allocators in it, seen so far */
    gboolean used;      /* not one of our own units' that nothing calls: those are left out */
    gboolean allocator; /* returns new blocks as `void *`, typed at its callers */
    gboolean measured;  /* signs.c: more than the sign of what it returns is used */
    gboolean any_shape; /* seen as another type of function: any call through a pointer may mean it */
    gboolean never;   /* no checkpoint may begin while it runs (preaches.h) */
    guint constructor, destructor; /* constructors.c: priority, from 1; 0: it is none */
    gboolean called;   /* polls.c: by some function of the program */
    gboolean recurses; /* polls.c: a walk of the calls comes back to it */
    gboolean cyclic;   /* polls.c: some chain of calls leads from it to itself */
    guint scc, order; /* polls.c: strongly connected component of the call graph; depth first number */
    gboolean shut;    /* polls.c: runs only below functions that are `never`, or is `quiet` */
    gboolean quiet;   /* polls.c: no poll stands in it, since a hint 'never ... but' says so of it or a caller */
    Work work;        /* estimate.c: of what runs between its entry and its return, or a poll */
    gboolean goes_back; /* tail.c: some call of itself does */
    guint n_callers;  /* emit.c: calls in its unit */
    gboolean calls_itself; /* emit.c */
    gboolean again;   /* emit.c: clones have a copy of their own */
    guint64 *entry_live;
    guint n_words;
    guint symbol, first_site, n_sites, first_local, n_locals, n_escaping, index; /* in the model */
    char *shape; /* loose canonical type, for calls through pointers */
};

typedef struct StringLit {
    Node *node;
    char *text; /* definition's initialiser */
    guint bytes;
} StringLit;

struct Unit {
    Program *program;
    guint index;
    char *name;
    char *text;   /* with the prefix in front */
    guint prefix, bytes;
    char *declarations; /* of functions in units of our own that the program has (ownunits.h); or "" */
    gboolean is_ours;   /* such a unit */
    CXTranslationUnit tu;
    CXFile file;
    GHashTable *decls;     /* canonical cursor -> Decl* */
    GPtrArray *all_decls;  /* owned, in order of first sight */
    GPtrArray *vars;       /* Decl*: user variables at file scope defined here, in order */
    GPtrArray *static_locals; /* Decl* */
    GPtrArray *funcs;      /* Func*: user functions defined here */
    GPtrArray *top_inits;  /* Node*: initialisers at file scope */
    GArray *strings;       /* StringLit */
    GPtrArray *externals;  /* Decl*: external functions taken as values */
};

/* A place where a poll may stand. */
typedef struct CcCandidate {
    Func *f;
    Node *node;    /* a loop: at the start of its body; another statement: in front; NULL: f's entry */
    gboolean cycle; /* cuts cycles of calls: in front of the statement even if it is a loop */
    gboolean keep; /* --polls=profile: it has a poll; before the choice: by estimate */
    guint ordinal; /* within f */
} CcCandidate;

struct Program {
    CXIndex index;
    const PrArch *arch;
    CcPolls polls;
    const struct CcProfile *profile; /* --polls=profile */
    GArray *candidates;              /* CcCandidate; not with --polls=explicit */
    CcDiag *diag;
    Unit **units;
    guint n_units;
    GHashTable *functions; /* external name -> Func* */
    GHashTable *variables; /* external name -> Decl* */
    GHashTable *values;    /* names of external functions already given a symbol */
    Func *main;
    CcModel *model;
    GHashTable *type_ids;  /* key -> id + 1 */
    GHashTable *declared;  /* symbols.c: const Decl * -> id of its type + 1 */
    GHashTable *spelled;   /* symbols.c: const Decl * -> what cc_decl_spell() says */
    GArray *type_infos;    /* TypeInfo, parallel to model->types */
    GPtrArray *hints;      /* Hint* (hints.h) */
    GPtrArray *record_names; /* of structs and unions seen, for messages */
    GPtrArray *garbage;    /* nodes and strings freed at the end */
    GHashTable *files;     /* interned file names */
    GHashTable *beyond, *bits; /* limits.c: places (places.h) */
    Func *about;           /* what is reported concerns its reaching a poll: the next one says how */
};

/* Text helpers and diagnostics used by every pass. */
void cc_error(Program *p, const char *file, guint line, guint col, const char *option,
              const char *format, ...) G_GNUC_PRINTF(6, 7);
void cc_error_at(Program *p, const Node *n, const char *option, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void cc_warn_at(Program *p, const Node *n, const char *option, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
Node *cc_strip(Node *n); /* without parentheses */
gboolean cc_names(const Node *n, const Decl *d); /* does `d` stand somewhere in it? */
Node *cc_strip_casts(Node *n); /* nor casts */
gboolean cc_constant(const Node *n, guint64 *value); /* FALSE: it is no integer constant */
Func *cc_callee(const Node *call); /* user function a call names directly, or NULL */
gboolean cc_passes_callee(const Node *n); /* (f), &f, *f: cc_callee_decl looks through it */
Decl *cc_callee_decl(const Node *call); /* declaration a call names directly, or NULL */
Func *cc_definition(const Decl *function); /* its definition in the program, or NULL */
/* Text that stands for a variable that is the library's, also where a header of the program's own declares it;
 * NULL: it is none. `stream`: its type is FILE *. */
const char *cc_library_variable(const Decl *variable, gboolean *stream);
char *cc_keep(Program *p, char *string); /* freed with the program */

/* parse.c: units and trees; FALSE when something was reported. */
gboolean cc_parse(Program *p, const CcSource *sources, guint n);
void cc_unit_free(Unit *u);

/* signs.c: comparisons of the library's whose result is used for more than its sign. After all units are linked. */
void cc_find_measured(Program *p);

/* check.c: what cannot be carried over. */
void cc_check(Program *p);
void cc_check_reaching(Program *p);

/* initial.c: which member an initialiser gives which value; elements of arrays are given to the array, and
 * what is no member's to the null cursor. */
typedef void (*CcInitial)(gpointer data, CXCursor member, CXType t, Node *value);
void cc_each_initial(const Unit *u, CXType t, Node *init, CcInitial visit, gpointer data);

/* bytes.c: values kept as characters; addresses.c: addresses as numbers; words.c, wraps.c: what depends on a
 * long's width. After cc_allocations. */
struct CcLeads; /* leads.h */
void cc_check_bytes(Program *p, struct CcLeads *leads);
void cc_check_addresses(Program *p, struct CcLeads *leads);
void cc_check_words(Program *p);
void cc_check_wraps(Program *p, Unit *u, Node *body);
void cc_check_formats(Unit *u, const Func *f); /* formats.c: printf and the like */
void cc_check_longs(Unit *u, const Func *f);   /* longs.c: what has other values; after cc_check_wraps */
void cc_check_constant_longs(Unit *u);         /* the same in initialisers of what is not automatic */

/* reach.c: call graph, reaching set. */
void cc_reach(Program *p);
void cc_call_targets(Program *p, const Node *call, GPtrArray *list); /* appends Func*: all it may enter */
/* The same for a pointer to a function; nothing for another type. */
void cc_pointer_targets(Program *p, CXType pointer, GPtrArray *list);
char *cc_function_shape(CXType function); /* newly allocated; equal for types that may be called alike */

/* parts.c: copies between values and several numbers that they are taken apart into. */
void cc_redirect_parts(Program *p);

/* chain.c: notes to the last report, the shortest chain of calls from a function to a poll. */
void cc_note_chain(Program *p, Func *from);

/* polls.c: where polls stand. Func.callees must be known. */
void cc_place_polls(Program *p);
gboolean cc_is_loop(const Node *n);
gboolean cc_polls_itself(const Node *loop); /* does each pass meet a poll that the program asks for? */

/* estimate.c: polls in loops and gotos whose passes are long; sets f->work. Callees come first. */
void cc_estimate(Program *p, Func *f);
guint64 cc_work_statements(Work work);
gboolean cc_goes_back(const Func *f, const Node *n); /* a goto that does, or may */
void cc_poll_backward_gotos(Func *f);
const Node *cc_label_behind(const Func *f, const Node *n); /* the label of a goto that goes back, or NULL */

/* byteloops.c: marks loops in which no poll may stand. Calls' targets must be known. */
void cc_mark_byte_loops(Program *p);
gboolean cc_counts_characters(const Unit *u, const Node *n); /* a sizeof of nothing else */
gboolean cc_is_comparison(const Node *n);
void cc_loop_tests(const Node *loop, GPtrArray *tests); /* appends Node*: what it goes on by, or is left by */

/* limits.c: longs that hold their type's own limits. Calls' targets must be known; before types are made. */
void cc_find_limits(Program *p);
/* The type for what is kept in `place` (places.h; NULL: in one of them): another one for longs and arrays of them that may hold such. */
guint cc_limits_type(Program *p, Unit *u, gconstpointer place, guint type);

/* constructors.c: what runs before main or after it is noted, and loses its attribute; the unit's table of it. */
void cc_constructors(Program *p);
void cc_emit_constructors(const Unit *u, GString *out);

/* attributes.c: of a declaration, the attribute that makes its name mean what is defined elsewhere (alias, ifunc,
 * weakref, weak), or NULL; members in another byte order than the machine's; noreturn off what returns in the child. */
const char *cc_linkage_attribute(const Decl *d);
void cc_check_storage_order(Unit *u);
void cc_attributes(Program *p);
gboolean cc_enters_system(const char *line); /* a line marker: is what follows a system header's? */

/* jumps.c: numbers the calls of setjmp. */
void cc_jumps(Program *p, Func *f);

/* vla.c: a function's variable length arrays, and pointers to them. */
void cc_vla_find(Program *p, Func *f);

/* labels.c: addresses of labels; whether a label stands in `n`. */
gboolean cc_has_label(const Node *n);
void cc_labels(Program *p, Func *f);

/* candidates.c: their names in profiles. */
char *cc_candidate_key(const Program *p, guint i); /* g_free */
gboolean cc_choose_by_profile(Program *p);          /* FALSE: reported */
guint cc_candidate_at(const Program *p, const Func *f, const Node *n, gboolean loop); /* number + 1, or 0 */

/* keptsize.c: sizes that live at polls, and where they are used. */
void cc_sizes(Program *p);
gboolean cc_is_size(const Unit *u, const Node *n); /* a sizeof, an offsetof, or an enumerator made of one */

/* live.c */
void cc_live(Func *f);
/* Adds what `n` reads to `set`, but for the part `without` and what has been evaluated already. */
void cc_reads(const Node *n, const Node *without, guint64 *set);

/* symbols.c: symbols, strings, what escapes; alloc.c: allocation sites. */
void cc_escape(Program *p);
void cc_overlays(Program *p); /* overlaid.c: variables that hints 'overlay' name */
void cc_shelter_early(const Func *f); /* early.c: what is used up before the first site of its block */
void cc_symbols(Program *p);
void cc_allocations(Program *p);
/* Identifier that a library function taken as a value has in instrumented text; NULL: it cannot be. */
const char *cc_library_value(const Decl *function);
guint cc_decl_type(Program *p, const Decl *d); /* type id; arrays as parameters are pointers */
char *cc_decl_spell(const Decl *d); /* "__typeof__(T)" that stands before a declarator */

#endif
