/* The differential fuzzer's parts: a program from a seed (fuzz_gen.c, fuzz_value.c, fuzz_stmt.c,
 * fuzz_heap.c, fuzz_forms.c), one program's trial (fuzz_trial.c), its reduction (fuzz_shrink.c), the campaign
 * (fuzz_main.c).
 *
 * A program is a function of its seed and of the statements that are left out. Whatever is left out,
 * the rest is a valid program: variables and pointers have a valid value from their declaration on, and
 * loops count in their heads. That is what makes reduction simple. */
#ifndef PREACHES_TESTS_FUZZ_H
#define PREACHES_TESTS_FUZZ_H

#include <glib.h>

/* The program's text (owned by the caller). `dropped` (may be NULL) says by number which statements are
 * left out; *n_statements is how many there are. */
char *fuzz_program(guint64 seed, const gboolean *dropped, guint *n_statements);

typedef enum FuzzResult {
    FUZZ_OK,
    FUZZ_WRONG,    /* output or status differ, something crashed, or what preaches-cc made does not compile */
    FUZZ_REFUSED,  /* at compile time or at a checkpoint, with a reason */
    FUZZ_USELESS   /* the plain program is too slow or crashes on an architecture, or the machine failed */
} FuzzResult;

typedef struct FuzzTrial {
    const char *tools;   /* folder of preaches and preaches-cc */
    const char *plant;   /* "": none; else a fault that the trial itself makes */
    guint chains;        /* how many chains each program goes through */
    guint max_trials;    /* of one reduction */
    const char *level, *arches[3]; /* how it is built, and for what: fuzz_choose() */
    guint n_arches;
    const char *crashed; /* the architecture on which the last chain's program ended by a signal, or NULL */
    guint64 seed;        /* of the program at hand, and of its chains */
    char *what;          /* of the last trial: one line; owned */
} FuzzTrial;

/* Sets level and architectures, from a seed. */
void fuzz_choose(FuzzTrial *trial, guint64 seed);

/* Builds `n` programs as one executable in folder `dir`, plainly and by preaches-cc. Most of a build's cost is
 * paid once for each executable, not for each program. */
FuzzResult fuzz_build(FuzzTrial *trial, const char *const *texts, guint n, const char *dir);

/* Tries one of the programs built in `dir`: its number there, NULL when it is the only one. */
FuzzResult fuzz_run(FuzzTrial *trial, const char *number, const char *dir);

/* Builds and runs `text` alone in folder `dir`, which is left as it is afterwards. */
FuzzResult fuzz_trial(FuzzTrial *trial, const char *text, const char *dir);

/* The smallest program found that still gives FUZZ_WRONG; owned by the caller. */
char *fuzz_shrink(FuzzTrial *trial, const char *dir, guint *left);

/* ---- between the generator's files ---- */

typedef enum Kind { K_SCALAR, K_STRUCT, K_ARRAY, K_POINTER } Kind;
typedef struct Type Type;
struct Type {
    Kind kind;
    guint scalar;      /* K_SCALAR: row of fuzz_scalars */
    guint record;      /* K_STRUCT: number */
    const Type *elem;  /* K_ARRAY, K_POINTER */
    guint count;
};

typedef struct Field { char *name; const Type *type; } Field;
typedef struct Record { GArray *fields; } Record;

typedef struct Var {
    char *name;
    const Type *type;
    gboolean global, counter; /* counters are only read, and never pointed to */
} Var;

typedef struct Function {
    const Type *result; /* NULL: void */
    GArray *params;     /* Type *: behind `int depth` */
    guint shape;        /* functions of one shape go through one table */
} Function;

typedef struct Gen {
    guint64 state;
    GPtrArray *types, *strings; /* owned */
    GArray *records;            /* Record */
    GArray *functions;          /* Function */
    GArray *vars;               /* Var: globals first, then what is in scope */
    guint n_globals, n_shapes, unique, n_statements, budget, loops;
    const gboolean *dropped;
    guint current;              /* function being written */
} Gen;

enum { POOL = 4 }; /* global instances of each struct type: pool<N>[POOL] */

extern const char fuzz_heap_types[], fuzz_heap_code[];
void fuzz_write_forms(Gen *g, GString *out);
char *fuzz_use_form(Gen *g);
char *fuzz_statement_value(Gen *g);
/* Rows of fuzz_scalars that are treated on their own. */
enum { INT = 0, ULONG = 7, LLONG = 8, ULLONG = 9, FLOAT = 11, DOUBLE = 12, BOOL = 13 };
extern const char *const fuzz_scalars[];
extern const guint fuzz_n_scalars;
guint fuzz_below(Gen *g, guint n);
char *fuzz_keep(Gen *g, char *text); /* owned by the generator from now on */
#define TEXT(g, ...) fuzz_keep(g, g_strdup_printf(__VA_ARGS__))
char *fuzz_name(Gen *g, const char *stem);
const Type *fuzz_type(Gen *g, Type type);
gboolean fuzz_same(const Type *a, const Type *b);
char *fuzz_declare(Gen *g, const Type *type, const char *name); /* "int *name[3]" */
/* Places: a path from a variable to something of `type` (NULL: any scalar; then *found is its type).
 * `limit`: only variables before this one; `fixed`: no counters. NULL when there is none. */
char *fuzz_place(Gen *g, const Type *type, const Type **found, guint limit, gboolean fixed);
char *fuzz_int(Gen *g, guint depth);          /* an int value without effects */
char *fuzz_quiet(Gen *g);                     /* of constants and counters alone */
char *fuzz_as(Gen *g, const Type *type, const char *place, const char *value); /* int -> scalar */
char *fuzz_read(Gen *g, const Type *type, const char *place);                  /* scalar -> int */
char *fuzz_value(Gen *g, const Type *type);   /* initial value of a local */
char *fuzz_pointer(Gen *g, const Type *type, guint limit, gboolean lasting);
char *fuzz_call(Gen *g, guint *callee);       /* a call without the others' effects in it */
char *fuzz_block(Gen *g, guint statements);   /* statements of one block, without braces */

#endif
