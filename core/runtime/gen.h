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

/* A constructor or destructor of the program's, in section preaches_hooks. */
struct preaches_hook {
    void (*run)(void);
    unsigned priority, at_end;
};

extern int preaches_request;   /* a checkpoint may be wanted: tested at polls */
/* --sites=patch, preaches_patch: a poll is an instruction that does nothing, and that the runtime overwrites with a
 * jump (sites.c, which has the same bytes). Rows are distances, since they need no place in the executable. */
#if !defined preaches_patch
#elif defined __x86_64__ || defined __i386__
#define preaches_quiet ".byte 0x0f, 0x1f, 0x44, 0, 0"
#elif defined __s390x__
#define preaches_quiet ".byte 0xc0, 0x04, 0, 0, 0, 0"
#elif defined __m68k__
#define preaches_quiet ".byte 0x51, 0xfb, 0, 0, 0, 0"
#elif defined __aarch64__
#define preaches_quiet "nop"
#elif defined __mips__
#define preaches_quiet ".set\tpush\n\t.set\tnoreorder\n\tnop\n\tnop\n\t.set\tpop"
#endif
/* What a poll does when a checkpoint is wanted. A signal's handler sets the flag, so it is read each time, also in
 * a loop that changes no memory. On x86 gcc would load it into a register, compare that and jump. */
#ifdef preaches_quiet
#define preaches_at_poll(...) { __label__ preaches_wanted_here; \
    __asm__ __inline__ goto ("1:\t" preaches_quiet "\n\t.pushsection\tpreaches_sites,\"a\"\n\t.balign\t4\n" \
                             "\t.long\t1b - .\n\t.long\t%l0 - .\n\t.popsection" : : : : preaches_wanted_here); \
    if (0) { preaches_wanted_here: __attribute__((cold, unused)); __VA_ARGS__ } }
#elif defined __x86_64__ || defined __i386__
#define preaches_at_poll(...) { __label__ preaches_wanted_here; \
    __asm__ __inline__ goto ("cmpl\t$0, %0\n\tjne\t%l1" : : "m" (preaches_request) : "cc" : preaches_wanted_here); \
    if (0) { preaches_wanted_here: __attribute__((cold, unused)); __VA_ARGS__ } }
#else
#define preaches_at_poll(...) \
    if (__builtin_expect(*(const volatile int *)&preaches_request, 0)) { __VA_ARGS__ }
#endif
extern int preaches_unwinding; /* the forked child is unwinding: tested after reaching calls by --sites=flag */
extern char *preaches_sp;      /* top of the data stack */
extern char *const preaches_sp_limit;
void preaches_stack_overflow(void) __attribute__((noreturn, cold));
/* A signed long that 32 bits do not hold (overflow.c). */
void preaches_overflow(const char *file, unsigned line, unsigned column) __attribute__((noreturn, cold));
/* The same of a value that would be stored in one, or in an unsigned long. */
void preaches_unfit(int is_signed, unsigned long long value, int type_signed, const char *file, unsigned line,
                    unsigned column) __attribute__((noreturn, cold));
void preaches_unfit_float(double value, int type_signed, const char *file, unsigned line, unsigned column)
    __attribute__((noreturn, cold));

/* strtol and its like, of a number that only a longer long holds. */
long preaches_strtol(const char *text, char **end, int base, const char *file, unsigned line, unsigned column);
unsigned long preaches_strtoul(const char *text, char **end, int base, const char *file, unsigned line,
                               unsigned column);
long preaches_atol(const char *text, const char *file, unsigned line, unsigned column);

/* Values of 64 bits that become longs of 32, in programs that have machines with both. A negative one is a valid
 * unsigned long: it counts down, as -1 does everywhere. */
static inline __attribute__((unused)) long preaches_fit_long(long long value, const char *file, unsigned line,
                                                             unsigned column)
{
    if (__builtin_expect(value != (long)value, 0))
        preaches_unfit(1, (unsigned long long)value, 1, file, line, column);
    return (long)value;
}

static inline __attribute__((unused)) unsigned long preaches_fit_ulong(unsigned long long value, const char *file,
                                                                       unsigned line, unsigned column)
{
    if (__builtin_expect(value != (unsigned long)value && value < -65536ULL, 0))
        preaches_unfit(0, value, 0, file, line, column);
    return (unsigned long)value;
}

/* What a long of limits stands for where it has 64 bits (core/convert/scalar.h: PR_BELOW_ZERO). */
static inline __attribute__((unused)) long long preaches_wide_long(long value)
{
    if (sizeof(long) == sizeof(long long))
        return value;
    return value == 0x7fffffffL ? 0x7fffffffffffffffLL : value == -0x7fffffffL - 1 ? -0x7fffffffffffffffLL - 1 : value;
}

static inline __attribute__((unused)) unsigned long long preaches_wide_ulong(unsigned long value)
{
    return value < -65536UL ? value : (unsigned long long)(long)value;
}

/* Before ++ and --: of an unsigned long that is never below zero, of one that may be (which ends before it would
 * seem to be), of an int that is a long elsewhere. */
static inline __attribute__((unused)) void preaches_count_ulong(unsigned long value, const char *file, unsigned line,
                                                                unsigned column)
{
    if (__builtin_expect(value == -1UL, 0))
        preaches_unfit(0, 1ULL + value, 0, file, line, column);
}

static inline __attribute__((unused)) void preaches_count_ulong_signed(unsigned long value, const char *file,
                                                                       unsigned line, unsigned column)
{
    if (__builtin_expect(value == -65537UL, 0))
        preaches_unfit(0, 1ULL + value, 0, file, line, column);
}

static inline __attribute__((unused)) void preaches_count_up(long value, const char *file, unsigned line,
                                                             unsigned column)
{
    if (__builtin_expect(value == 0x7fffffffL, 0))
        preaches_unfit(1, 1ULL + (unsigned long)value, 1, file, line, column);
}

static inline __attribute__((unused)) void preaches_count_down(long value, const char *file, unsigned line,
                                                               unsigned column)
{
    if (__builtin_expect(value == -0x7fffffffL - 1, 0))
        preaches_unfit(1, (unsigned long long)(value - 1LL), 1, file, line, column);
}

/* Not below zero. */
static inline __attribute__((unused)) unsigned long preaches_fit_exact(unsigned long long value, const char *file,
                                                                       unsigned line, unsigned column)
{
    if (__builtin_expect(value != (unsigned long)value, 0))
        preaches_unfit(0, value, 0, file, line, column);
    return (unsigned long)value;
}

/* A small negative number that was kept in an unsigned long is one again. */
static inline __attribute__((unused)) long preaches_fit_signed(unsigned long value, const char *file, unsigned line,
                                                               unsigned column)
{
    if (__builtin_expect((long)value < -65536, 0))
        preaches_unfit(0, value, 1, file, line, column);
    return (long)value;
}

static inline __attribute__((unused)) long preaches_fit_float(long double value, const char *file, unsigned line,
                                                              unsigned column)
{
    if (__builtin_expect(!(value > -2147483649.0L && value < 2147483648.0L), 0))
        preaches_unfit_float((double)value, 1, file, line, column);
    return (long)value;
}

static inline __attribute__((unused)) unsigned long preaches_fit_ufloat(long double value, const char *file, unsigned line,
                                                                        unsigned column)
{
    if (__builtin_expect(!(value > -2147483649.0L && value < 4294967296.0L), 0))
        preaches_unfit_float((double)value, 0, file, line, column);
    return value < 0 ? (unsigned long)(long)value : (unsigned long)value;
}

/* Poll's slow path; arguments as of preaches_save(). In the child it saves the frame and does not return but
 * unwinds the stack, and the other frames are saved by their guards (core/cc/guard.c); with --sites=flag it
 * returns 1, and the others save themselves. */
int preaches_poll(unsigned site, ...) __attribute__((cold));
/* --polls=record (record.c): how often a candidate for a poll is met, and in which slots of CPU time. */
struct preaches_recorded {
    unsigned long long count;
    unsigned slot; /* the last one + 1 */
};
extern struct preaches_recorded preaches_recorded[];
extern unsigned long long preaches_record_calls[]; /* by function */
extern volatile unsigned *preaches_slot;           /* the present one + 1 */
void preaches_record_slot(unsigned candidate) __attribute__((cold));
static inline void preaches_record(unsigned candidate)
{
    preaches_recorded[candidate].count++;
    if (preaches_recorded[candidate].slot != *preaches_slot)
        preaches_record_slot(candidate);
}

/* Saves the live values of a site, in the order of its variables with the usual promotions; more than
 * PR_PASSED_VALUES: a pointer to a struct. */
void preaches_save(unsigned site, ...) __attribute__((cold));
/* The same by a guard, in a frame that is being unwound; goes on with that. arm's unwinder goes on in the frame itself. */
#ifdef __arm__
#define preaches_leave preaches_save
#else
void preaches_leave(unsigned site, ...) __attribute__((noreturn, cold));
#endif
#ifdef __x86_64__ /* the same by a map (maps.c) */
void preaches_leave_map(const void *row) __attribute__((noreturn, cold));
#endif

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

/* setjmp: the program's buffer names a record: its serial number, where the machine's context is (on the
 * C stack of the function that called setjmp), the data stack's top and preaches_closed then. */
void preaches_arm(unsigned long long record[4], void *context, void *buffer);
/* In a restore clone: `context` has been made anew. */
void preaches_rearm(unsigned long long record[4], void *context);
void preaches_longjmp(void *buffer, int value) __attribute__((noreturn));

/* Not 0: no checkpoint may begin, since there are frames that cannot be saved. Requests wait. */
extern unsigned preaches_closed;
static inline void preaches_unshut(unsigned *shut) /* at the end of a function of PREACHES_NEVER */
{
    (void)shut;
    preaches_closed--;
}

/* Variable length arrays are blocks: made where they are declared (the one before goes), freed at the end
 * of the function. Ends the program when there is no memory. */
void preaches_make_array(void **array, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
void preaches_free_arrays(void **arrays, unsigned n);

/* Typed allocation: `type` is the element type, `site` the allocation site. The type's top bit says
 * that the block is one element with a tail behind it (sizeof(struct s) + n), not an array; the next
 * one that bytes behind the last whole element are room for nothing (a hint said so). Type 0
 * (void) is a block of whose type nothing is known: there is no checkpoint while it lives. */
void *preaches_malloc(__SIZE_TYPE__ bytes, unsigned type, unsigned site);
void *preaches_calloc(__SIZE_TYPE__ n, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
void *preaches_realloc(void *block, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
void preaches_free(void *block);

/* Functions of the program's own that return new blocks: the allocation site whose block the current
 * call is to make, + 1, with these bits; 0: nobody said. They take it when they are entered;
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
void *preaches_fdopen(int fd, const char *mode);
void *preaches_freopen(const char *path, const char *mode, void *handle);
void *preaches_tmpfile(void);
void *preaches_popen(const char *command, const char *mode);
int preaches_pclose(void *handle);
int preaches_fileno(void *handle);
int preaches_fcloseall(void);
int preaches_setvbuf(void *handle, char *buffer, int mode, __SIZE_TYPE__ bytes);
void preaches_setbuf(void *handle, char *buffer);
void preaches_setbuffer(void *handle, char *buffer, __SIZE_TYPE__ bytes);
void preaches_setlinebuf(void *handle);
long preaches_getdelim(char **line, __SIZE_TYPE__ *bytes, int end, void *handle);
long preaches_getline(char **line, __SIZE_TYPE__ *bytes, void *handle);
/* The library's functions of streams, for those who call them by their address. */
__SIZE_TYPE__ preaches_fread_value(void *to, __SIZE_TYPE__ bytes, __SIZE_TYPE__ n, void *handle);
__SIZE_TYPE__ preaches_fwrite_value(const void *from, __SIZE_TYPE__ bytes, __SIZE_TYPE__ n, void *handle);
int preaches_fprintf_value(void *handle, const char *format, ...);
int preaches_fputs_value(const char *text, void *handle);
int preaches_fputc_value(int c, void *handle);
int preaches_putc_value(int c, void *handle);
char *preaches_fgets_value(char *to, int bytes, void *handle);
int preaches_fgetc_value(void *handle);
int preaches_getc_value(void *handle);
int preaches_ungetc_value(int c, void *handle);
int preaches_feof_value(void *handle);
int preaches_ferror_value(void *handle);
void preaches_clearerr_value(void *handle);
int preaches_fflush_value(void *handle);
int preaches_fseek_value(void *handle, long offset, int from);
long preaches_ftell_value(void *handle);
void preaches_rewind_value(void *handle);
#define PREACHES_STDIN ((void *)0x50000000UL)
#define PREACHES_STDOUT ((void *)0x50000040UL)
#define PREACHES_STDERR ((void *)0x50000080UL)

/* Stateful or allocating library functions, restored by name. */
int preaches_rand(void);
void preaches_srand(unsigned seed);
long preaches_random(void);
void preaches_srandom(unsigned seed);
char *preaches_initstate(unsigned seed, char *array, __SIZE_TYPE__ bytes);
char *preaches_setstate(char *array);
double preaches_drand48(void);
double preaches_erand48(unsigned short *words);
long preaches_lrand48(void);
long preaches_nrand48(unsigned short *words);
long preaches_mrand48(void);
long preaches_jrand48(unsigned short *words);
void preaches_srand48(long seed);
unsigned short *preaches_seed48(unsigned short *words, unsigned type, unsigned site);
void preaches_lcong48(unsigned short *parameters);

/* Comparisons by whose number, not only its sign, a program goes: the same number on all machines. */
int preaches_memcmp(const void *a, const void *b, __SIZE_TYPE__ n);
int preaches_bcmp(const void *a, const void *b, __SIZE_TYPE__ n);
int preaches_strcmp(const char *a, const char *b);
int preaches_strncmp(const char *a, const char *b, __SIZE_TYPE__ n);
int preaches_strcoll(const char *a, const char *b);
int preaches_strcasecmp(const char *a, const char *b);
int preaches_strncasecmp(const char *a, const char *b, __SIZE_TYPE__ n);
int preaches_wcscmp(const __WCHAR_TYPE__ *a, const __WCHAR_TYPE__ *b);
int preaches_wcscoll(const __WCHAR_TYPE__ *a, const __WCHAR_TYPE__ *b);
/* classes.c: core/cc/signs.c */
int preaches_isalnum(int), preaches_isalpha(int), preaches_isblank(int);
int preaches_iscntrl(int), preaches_isdigit(int), preaches_isgraph(int);
int preaches_islower(int), preaches_isprint(int), preaches_ispunct(int);
int preaches_isspace(int), preaches_isupper(int), preaches_isxdigit(int);
int preaches_iswalnum(__WINT_TYPE__), preaches_iswalpha(__WINT_TYPE__), preaches_iswblank(__WINT_TYPE__);
int preaches_iswcntrl(__WINT_TYPE__), preaches_iswdigit(__WINT_TYPE__), preaches_iswgraph(__WINT_TYPE__);
int preaches_iswlower(__WINT_TYPE__), preaches_iswprint(__WINT_TYPE__), preaches_iswpunct(__WINT_TYPE__);
int preaches_iswspace(__WINT_TYPE__), preaches_iswupper(__WINT_TYPE__), preaches_iswxdigit(__WINT_TYPE__);

char *preaches_strdup(const char *text);
char *preaches_strndup(const char *text, __SIZE_TYPE__ bytes);
char *preaches_strtok(char *text, const char *ends);
char *preaches_library_text(const char *text); /* the arena's copy of a text of the library's */
#define preaches_strerror(number) preaches_library_text(strerror(number))
#define preaches_strsignal(number) preaches_library_text(strsignal(number))
#define preaches_ttyname(number) preaches_library_text(ttyname(number))
#define preaches_getlogin() preaches_library_text(getlogin())
#define preaches_nl_langinfo(item) preaches_library_text(nl_langinfo(item))
#define preaches_tmpnam(to) ({ char *preaches_to = tmpnam(to); (to) ? preaches_to \
    : preaches_library_text(preaches_to); })
char *preaches_dirname(char *path);
char *preaches_xpg_basename(char *path);
char *preaches_realpath(const char *path, char *to);
#define preaches_canonicalize_file_name(path) preaches_realpath(path, 0)
char *preaches_getcwd(char *to, __SIZE_TYPE__ bytes);
char *preaches_get_current_dir_name(void);
int preaches_asprintf(char **to, const char *format, ...);
int preaches_vasprintf(char **to, const char *format, __builtin_va_list arguments);

char *preaches_getenv(const char *name);
#define preaches_secure_getenv(name) ({ const char *preaches_name = (name); \
    secure_getenv(preaches_name) ? preaches_getenv(preaches_name) : (char *)0; })
int preaches_setenv(const char *name, const char *value, int overwrite);
int preaches_unsetenv(const char *name);
int preaches_putenv(char *text);
int preaches_clearenv(void);
char **preaches_environment(void); /* `environ`, to be read */
int preaches_chdir(const char *path);
char *preaches_setlocale(int category, const char *name);

extern int preaches_optind, preaches_opterr, preaches_optopt;
extern char **preaches_optarg;
int preaches_getopt(int argc, void *argv, const char *options);
int preaches_getopt_long(int argc, void *argv, const char *options, const void *longs, int *index);
int preaches_getopt_long_only(int argc, void *argv, const char *options, const void *longs, int *index);

/* Times: the caller's types may be wider than the runtime's, so their size is said. */
long preaches_clock(void);
long preaches_times(void *to);
int preaches_clock_gettime_(int id, void *to, __SIZE_TYPE__ bytes);
void *preaches_localtime_r_(const void *when, __SIZE_TYPE__ bytes, void *to);
void *preaches_gmtime_r_(const void *when, __SIZE_TYPE__ bytes, void *to);
void *preaches_localtime_(const void *when, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
void *preaches_gmtime_(const void *when, __SIZE_TYPE__ bytes, unsigned type, unsigned site);
char *preaches_ctime_(const void *when, __SIZE_TYPE__ bytes);
#define preaches_clock_gettime(id, to) preaches_clock_gettime_(id, (to), sizeof *(to))
#define preaches_localtime_r(when, to) ((struct tm *)preaches_localtime_r_((when), sizeof *(when), to))
#define preaches_gmtime_r(when, to) ((struct tm *)preaches_gmtime_r_((when), sizeof *(when), to))
#define preaches_localtime(when, type, site) ((struct tm *)preaches_localtime_((when), sizeof *(when), type, site))
#define preaches_gmtime(when, type, site) ((struct tm *)preaches_gmtime_((when), sizeof *(when), type, site))
#define preaches_ctime(when) preaches_ctime_((when), sizeof *(when))
long long preaches_mktime(void *time);
long long preaches_timegm(void *time);
char *preaches_asctime(const void *time);

/* Descriptors: the program's numbers, by path. */
int preaches_open(const char *path, int flags, ...);
int preaches_openat(int at, const char *path, int flags, ...);
int preaches_creat(const char *path, unsigned mode);
int preaches_mkstemp(char *path);
int preaches_rename(const char *from, const char *to);
int preaches_close(int fd);
int preaches_dup(int fd);
int preaches_dup2(int fd, int to);
int preaches_dup3(int fd, int to, int flags);
int preaches_fcntl(int fd, int command, ...);
long preaches_read(int fd, void *to, __SIZE_TYPE__ bytes);

/* What stat() tells, as the program's own struct stat has it: one shape on all machines, which begins
 * with three pairs of seconds and nanoseconds (core/cc/sysstruct.c). */
struct preaches_status {
    unsigned long long dev, ino, nlink, mode, uid, gid, rdev;
    long long size, blksize, blocks;
    long times[6];
};
int preaches_status(int at, const char *path, int flags, struct preaches_status *status);
#define preaches_stat_as(at, path, flags, to) ({ \
    struct preaches_status preaches_s; \
    __typeof__(to) preaches_to = (to); \
    _Static_assert(__builtin_offsetof(__typeof__(*preaches_to), st_dev) == sizeof preaches_s.times, \
                   "struct stat of another shape"); \
    int preaches_failed = preaches_status((at), (path), (flags), &preaches_s); \
    if (!preaches_failed) { \
        __builtin_memcpy(preaches_to, preaches_s.times, sizeof preaches_s.times); \
        preaches_to->st_dev = preaches_s.dev; \
        preaches_to->st_ino = preaches_s.ino; \
        preaches_to->st_nlink = preaches_s.nlink; \
        preaches_to->st_mode = preaches_s.mode; \
        preaches_to->st_uid = preaches_s.uid; \
        preaches_to->st_gid = preaches_s.gid; \
        preaches_to->st_rdev = preaches_s.rdev; \
        preaches_to->st_size = preaches_s.size; \
        preaches_to->st_blksize = preaches_s.blksize; \
        preaches_to->st_blocks = preaches_s.blocks; \
    } \
    preaches_failed; })
#define PREACHES_AT_CWD (-100) /* AT_FDCWD, everywhere */
#define PREACHES_NO_FOLLOW 0x100 /* AT_SYMLINK_NOFOLLOW */
#define preaches_stat(path, to) preaches_stat_as(PREACHES_AT_CWD, path, 0, to)
#define preaches_lstat(path, to) preaches_stat_as(PREACHES_AT_CWD, path, PREACHES_NO_FOLLOW, to)
#define preaches_fstat(fd, to) preaches_stat_as(fd, (const char *)0, 0, to)
#define preaches_fstatat(at, path, to, flags) preaches_stat_as(at, path, flags, to)

/* Libraries that are loaded at run time: there are none in an executable that goes elsewhere. These
 * fail as they do for a library that is not there. */
void *preaches_dlopen(const char *path, int mode);
void *preaches_dlsym(void *library, const char *name);
int preaches_dlclose(void *library);
char *preaches_dlerror(void);

/* Signals and the end: handlers are the program's functions, by name. */
int preaches_sigaction(int number, const void *to, void *before);
void (*preaches_signal(int number, void (*handler)(int)))(int);
/* Sets of signals in the program's own shape (signalsets.h). */
int preaches_sigemptyset(void *set);
int preaches_sigfillset(void *set);
int preaches_sigaddset(void *set, int number);
int preaches_sigdelset(void *set, int number);
int preaches_sigismember(const void *set, int number);
int preaches_sigisemptyset(const void *set);
int preaches_sigandset(void *to, const void *a, const void *b);
int preaches_sigorset(void *to, const void *a, const void *b);
int preaches_sigprocmask(int how, const void *set, void *before);
int preaches_sigpending(void *set);
int preaches_sigsuspend(const void *set);
int preaches_sigwait(const void *set, int *number);
int preaches_sigwaitinfo(const void *set, void *info);
int preaches_sigtimedwait(const void *set, void *info, const void *most);
int preaches_atexit(void (*function)(void));
int preaches_on_exit(void (*function)(int, void *), void *argument);

#endif
