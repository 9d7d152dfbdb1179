/* Lowering: reaching calls out of expressions, sites, references to the data stack.
 *
 * One walk makes everything: with LOWER_COUNT it fills the model's sites, variables and locals and
 * its text is thrown away; with LOWER_FAST and LOWER_CLONE it writes the two copies, meeting the
 * same sites in the same order. LOWER_PLAIN is for functions from which no poll can be reached and
 * for file scope. */
#ifndef PREACHES_CC_LOWER_H
#define PREACHES_CC_LOWER_H

#include "ast.h"

typedef enum LowerMode { LOWER_COUNT, LOWER_PLAIN, LOWER_FAST, LOWER_CLONE } LowerMode;

/* Types of guards that a unit's text has so far. */
typedef struct Guards {
    GHashTable *known; /* signatures */
    GString *text;     /* definitions that are still to be written in front of the function */
} Guards;

typedef struct Lower {
    Program *p;
    Unit *u;
    Func *f; /* NULL at file scope */
    LowerMode mode;
    GString *out;
    const CcCommon *common; /* NULL when counting */
    guint n_sites, n_temps, n_slots, n_labels, depth;
    GPtrArray *pending; /* Node*: values in scalar temporaries that are needed later */
    GPtrArray *scope;   /* Decl*: tracked variables in scope */
    Node *full;         /* the full expression whose calls are being moved */
    guint cont;         /* label that `continue` goes to + 1, or 0 */
    gboolean has_goto, again; /* again: writing what clones call */
    gboolean moved_out; /* writing a static local at file scope, where enumerators of its function are unknown */
    guint record;   /* --polls=record: candidate of the next poll + 1 */
    Guards *guards; /* NULL: frames are saved by flag (--sites=flag) */
} Lower;

void cc_lower_count(Program *p); /* count.c */

/* render.c: text of a node, with what has been hoisted replaced. */
void cc_render(Lower *l, Node *n);
void cc_copy(Lower *l, guint begin, guint end);
void cc_copy_specifiers(Lower *l, guint begin, guint end);
void cc_render_slot(Lower *l, guint local, const char *spelling);
void cc_render_computed_goto(Lower *l, Node *n);
void cc_render_temp(Lower *l, const Node *n);
/* "slot = " VALUE "; ", for every type; `t` and `spelling` are the slot's. Temporaries: nothing in
 * front when the value is not wanted. */
void cc_store_open(Lower *l, guint local, CXType t, const char *spelling);
void cc_store_close(Lower *l, CXType t, const char *spelling);
void cc_store_temp_open(Lower *l, const Node *n);
void cc_store_temp_close(Lower *l, const Node *n);
char *cc_render_text(Lower *l, Node *n); /* into a string of its own */

/* order.c: arguments whose order matters, evaluated in front of their call. TRUE: the call, then close. */
gboolean cc_order_open(Lower *l, Node *call);
void cc_order_close(Lower *l, Node *call);
gboolean cc_has_effects(const Node *n);   /* what is left to evaluate of it */
/* Reads what an effect elsewhere may change: anything but the function's own scalars. */
gboolean cc_reads_memory(const Lower *l, const Node *n);
gboolean cc_can_be_kept(const Node *arg); /* in a variable, until it is wanted */

/* site.c: sites and calls. */
void cc_site_poll(Lower *l, guint line, const guint64 *live);
void cc_site_call(Lower *l, Node *call, gboolean want);
void cc_declare_temp(Lower *l, Node *n);
void cc_resume_switch(Lower *l);

/* tail.c: calls of itself at a function's end; cc_find_tails() marks the statements before any is lowered. */
void cc_find_tails(Func *f);
void cc_lower_tail(Lower *l, Node *n);

/* vla.c: variable length arrays. */
gboolean cc_is_variable(CXType t); /* a variable length array, or a pointer to some */
void cc_vla_locals(Program *p, Func *f);        /* counting */
void cc_vla_declare(Lower *l, Node *v);
void cc_vla_render(Lower *l, const Decl *d);
void cc_vla_bounds(Lower *l, const Decl *d);         /* of a pointer to arrays, where it is declared */
void cc_vla_enter(Lower *l, const Decl *d);          /* the same of a parameter */
void cc_vla_render_pointer(Lower *l, const Decl *d);
void cc_vla_free(Lower *l);                     /* where the function returns */

/* jumps.c: setjmp. */
void cc_jump_local(Program *p, const Func *f);  /* counting: the records */
void cc_jump_entry(Lower *l);                   /* declarations at the head of a function */
void cc_jump_render(Lower *l, Node *n);         /* the call itself */
void cc_jump_hoist(Lower *l, Node *n);          /* the call in front of its full expression */
void cc_jump_rearm(Lower *l);                   /* clone, at a site: contexts made anew */

/* guard.c */
Guards *cc_guards_new(void);
void cc_guards_free(Guards *guards);
char cc_guard_kind(PrKind kind); /* a letter of a signature */
/* "BEFORE FUNCTION(SITE, values...)", by way of a struct where there are many; no ';' behind it. */
void cc_render_save(GString *out, const char *before, const char *function, const char *site, const char *signature,
                    char *const *values);
/* The guard for such values, struct preaches_gSIGNATURE, is defined from here on. */
void cc_guard_require(Lower *l, const char *signature);

/* hoist.c: expressions. */
void cc_hoist_into(Lower *l, Node *full, Node *to); /* the temporary of `to` becomes its value */
void cc_hoist(Lower *l, Node *full, gboolean want);

/* declare.c: declarations. */
void cc_lower_declaration(Lower *l, Node *n);
gboolean cc_declaration_moves(const Node *n);      /* it must be written anew */
gboolean cc_is_static_declaration(const Node *n);  /* written at file scope instead */
void cc_enter_scope(Lower *l, Decl *d);

/* lower.c: statements; a whole function's body. */
void cc_lower_stmt(Lower *l, Node *n);
/* A statement whose last part's value goes into the temporary of `to`; NULL: nowhere. */
void cc_lower_value(Lower *l, Node *n, Node *to);
void cc_lower_body(Lower *l);

#endif
