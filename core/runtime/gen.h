/* Declarations that stand at the head of every instrumented unit. preaches-cc pastes this text, so
 * it includes nothing and names nothing that a program might: everything begins with preaches_. */
#ifndef PREACHES_RUNTIME_GEN_H
#define PREACHES_RUNTIME_GEN_H

/* One per user symbol of a unit, in model order, in section preaches_syms. `addr` is 0 for functions
 * whose address the program never takes; `clone` is the restore clone of a reaching function, else 0. */
struct preaches_symrec {
    const void *addr;
    void (*clone)(void);
};

extern int preaches_request;   /* a checkpoint may be wanted: tested at polls */
extern int preaches_unwinding; /* the forked child is unwinding: tested after reaching calls */
extern char *preaches_sp;      /* top of the data stack */
extern char *const preaches_sp_limit;
void preaches_stack_overflow(void) __attribute__((noreturn, cold));

/* Poll's slow path. Returns 1 in the child, which then saves and unwinds. */
int preaches_poll(unsigned site) __attribute__((cold));
/* Saves the live values of a site: `fp` is the frame's base (0 when it has none), then the values
 * in the order of the site's variables with the usual promotions. */
void preaches_save(unsigned site, char *fp, ...) __attribute__((cold));

/* Restore clones: entry. Takes the next frame (outermost first), checks that its data stack base
 * is `fp`, returns its site. Then one load per variable, in order. */
unsigned preaches_resume(char *fp) __attribute__((cold));
long long preaches_load_int(void) __attribute__((cold)); /* every integer kind; cast to the type */
void *preaches_load_ptr(void) __attribute__((cold));
double preaches_load_double(void) __attribute__((cold)); /* float and double */
long double preaches_load_ldouble(void) __attribute__((cold));
/* At the innermost poll: the state is whole again. */
void preaches_resumed(void) __attribute__((cold));
/* Clone of the function of the next frame, for calls through pointers. */
void (*preaches_next_clone(void))(void) __attribute__((cold));

static inline char *preaches_push(unsigned long bytes)
{
    char *fp = preaches_sp;
    if (__builtin_expect(bytes > (unsigned long)(preaches_sp_limit - fp), 0))
        preaches_stack_overflow();
    preaches_sp = fp + bytes;
    return fp;
}
static inline void preaches_pop(char **fp) { preaches_sp = *fp; }

/* Typed allocation: `type` is the element type, `site` the allocation site. The type's top bit says
 * that the block is one element with a tail behind it (sizeof(struct s) + n), not an array. Type 0
 * (void) is a block of whose type nothing is known: there is no checkpoint while it lives. */
void *preaches_malloc(__SIZE_TYPE__ bytes, unsigned type, unsigned site);
void *preaches_calloc(__SIZE_TYPE__ n, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
void *preaches_realloc(void *block, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
void preaches_free(void *block);

/* Functions of the program's own that return new blocks: the allocation site whose block the current
 * call is to make, + 1, with the tail's bit; 0: nobody said. They take it when they are entered;
 * whoever calls them sets it, and sets it back. */
extern unsigned preaches_type;
static inline unsigned preaches_typed(unsigned wanted)
{
    unsigned before = preaches_type;
    preaches_type = wanted;
    return before;
}
static inline unsigned preaches_take_type(void) { return preaches_typed(0); }
void *preaches_malloc_as(__SIZE_TYPE__ bytes, unsigned wanted);
void *preaches_calloc_as(__SIZE_TYPE__ n, __SIZE_TYPE__ bytes, unsigned wanted);
void *preaches_realloc_as(void *block, __SIZE_TYPE__ bytes, unsigned wanted);
/* malloc, calloc and realloc taken as values: they make what preaches_type says. */
void *preaches_malloc_value(__SIZE_TYPE__ bytes);
void *preaches_calloc_value(__SIZE_TYPE__ n, __SIZE_TYPE__ bytes);
void *preaches_realloc_value(void *block, __SIZE_TYPE__ bytes);

/* Streams: programs hold handles; FILE* arguments of library calls go through preaches_stream(). */
void *preaches_fopen(const char *path, const char *mode);
int preaches_fclose(void *handle);
void *preaches_stream(void *handle); /* handle -> FILE*; NULL stays NULL */
#define PREACHES_STDIN ((void *)0x50000000UL)
#define PREACHES_STDOUT ((void *)0x50000040UL)
#define PREACHES_STDERR ((void *)0x50000080UL)

/* Stateful or allocating library functions, restored by name. */
int preaches_rand(void);
void preaches_srand(unsigned seed);
char *preaches_strdup(const char *text);
char *preaches_getenv(const char *name);

#endif
