#include "libc_table.h"
#include <string.h>

/* Functions without state of their own (streams are carried as handles). One string per header. */
static const char *const plain[] = {
    /* string.h */
    "memcpy memmove memset memcmp memchr memrchr mempcpy rawmemchr memmem strcpy strncpy stpcpy "
    "stpncpy strcat strncat strcmp strncmp strcoll strxfrm strchr strrchr strchrnul strstr strspn "
    "strcspn strpbrk strlen strnlen strtok_r strsep strerror strcasecmp strncasecmp strcasestr "
    "index rindex bcmp bcopy bzero ffs",
    /* ctype.h */
    "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper "
    "isxdigit tolower toupper isascii toascii __ctype_b_loc __ctype_tolower_loc "
    "__ctype_toupper_loc __ctype_get_mb_cur_max",
    /* math.h */
    "acos acosf acosl asin asinf asinl atan atanf atanl atan2 atan2f atan2l cos cosf cosl sin sinf "
    "sinl tan tanf tanl cosh coshf coshl sinh sinhf sinhl tanh tanhf tanhl acosh acoshf asinh "
    "asinhf atanh atanhf exp expf expl exp2 exp2f exp2l exp10 expm1 expm1f frexp frexpf frexpl "
    "ldexp ldexpf ldexpl log logf logl log10 log10f log10l log2 log2f log2l log1p log1pf logb "
    "ilogb modf modff modfl scalbn scalbln pow powf powl sqrt sqrtf sqrtl cbrt cbrtf hypot hypotf "
    "hypotl erf erff erfc tgamma ceil ceilf ceill floor floorf floorl nearbyint rint rintf lrint "
    "llrint round roundf roundl lround llround trunc truncf truncl fmod fmodf fmodl remainder "
    "remquo copysign copysignf nan nextafter nextafterf fdim fdimf fmax fmaxf fmaxl fmin fminf "
    "fminl fma fmaf fabs fabsf fabsl __fpclassify __fpclassifyf __fpclassifyl __isnan __isnanf "
    "__isinf __isinff __finite __finitef __signbit __signbitf __signbitl isnan isinf finite j0 j1 "
    "jn y0 y1 yn",
    /* stdlib.h */
    "atoi atol atoll atof strtol strtoul strtoll strtoull strtod strtof strtold strtoimax "
    "strtoumax abs labs llabs imaxabs div ldiv lldiv qsort qsort_r bsearch exit _exit _Exit abort "
    "rand_r __assert_fail __assert __assert_perror_fail __errno_location",
    /* stdio.h */
    "printf fprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf scanf fscanf sscanf "
    "__isoc99_scanf __isoc99_fscanf __isoc99_sscanf puts fputs fputc putc putchar fgets fgetc getc "
    "getchar ungetc fread fwrite fseek fseeko ftell ftello rewind fgetpos fsetpos fflush feof "
    "ferror clearerr perror remove rename setvbuf setbuf setlinebuf putc_unlocked "
    "getc_unlocked putchar_unlocked getchar_unlocked fputc_unlocked fgetc_unlocked "
    "fwrite_unlocked fread_unlocked fputs_unlocked",
    /* time.h, unistd.h, sys */
    "time clock difftime mktime gmtime_r localtime_r strftime clock_gettime gettimeofday "
    "clock_getres getrusage getpid getppid sleep usleep nanosleep access unlink sysconf "
    "ntohl ntohs htonl htons",
};

static const struct { const char *name; LibcRule rule; const char *with; } special[] = {
    { "malloc", LIBC_MALLOC, "preaches_malloc" },
    { "calloc", LIBC_CALLOC, "preaches_calloc" },
    { "realloc", LIBC_REALLOC, "preaches_realloc" },
    { "free", LIBC_REPLACED, "preaches_free" },
    { "fopen", LIBC_REPLACED, "preaches_fopen" },
    { "fclose", LIBC_REPLACED, "preaches_fclose" },
    { "rand", LIBC_REPLACED, "preaches_rand" },
    { "srand", LIBC_REPLACED, "preaches_srand" },
    { "strdup", LIBC_REPLACED, "preaches_strdup" },
    { "getenv", LIBC_REPLACED, "preaches_getenv" },
    { "alloca", LIBC_REFUSED, "memory of a frame cannot be carried over" },
    { "__builtin_alloca", LIBC_REFUSED, "memory of a frame cannot be carried over" },
    { "setjmp", LIBC_REFUSED, "jump buffers hold machine addresses" },
    { "_setjmp", LIBC_REFUSED, "jump buffers hold machine addresses" },
    { "__sigsetjmp", LIBC_REFUSED, "jump buffers hold machine addresses" },
    { "sigsetjmp", LIBC_REFUSED, "jump buffers hold machine addresses" },
    { "longjmp", LIBC_REFUSED, "jump buffers hold machine addresses" },
    { "siglongjmp", LIBC_REFUSED, "jump buffers hold machine addresses" },
    { "fork", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "vfork", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "system", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "popen", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "pclose", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "execv", LIBC_REFUSED, "the program would be replaced" },
    { "execve", LIBC_REFUSED, "the program would be replaced" },
    { "execvp", LIBC_REFUSED, "the program would be replaced" },
    { "execl", LIBC_REFUSED, "the program would be replaced" },
    { "execlp", LIBC_REFUSED, "the program would be replaced" },
    { "wait", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "waitpid", LIBC_REFUSED, "child processes are not part of a checkpoint" },
    { "pipe", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "open", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "creat", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "read", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "write", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "close", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "lseek", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "fileno", LIBC_REFUSED, "descriptors are not part of a checkpoint; use stdio" },
    { "fdopen", LIBC_REFUSED, "descriptors are not part of a checkpoint; use fopen" },
    { "freopen", LIBC_REFUSED, "the stream would change under its handle" },
    { "tmpfile", LIBC_REFUSED, "a file without a name cannot be opened again" },
    { "fmemopen", LIBC_REFUSED, "a stream over memory cannot be opened again" },
    { "open_memstream", LIBC_REFUSED, "a stream over memory cannot be opened again" },
    { "getline", LIBC_REFUSED, "it allocates untyped memory; use fgets" },
    { "getdelim", LIBC_REFUSED, "it allocates untyped memory; use fgets" },
    { "asprintf", LIBC_REFUSED, "it allocates untyped memory; use snprintf" },
    { "vasprintf", LIBC_REFUSED, "it allocates untyped memory; use vsnprintf" },
    { "strndup", LIBC_REFUSED, "it allocates outside the arena; use malloc and memcpy" },
    { "realpath", LIBC_REFUSED, "it allocates outside the arena" },
    { "posix_memalign", LIBC_REFUSED, "it allocates untyped memory" },
    { "aligned_alloc", LIBC_REFUSED, "it allocates untyped memory" },
    { "memalign", LIBC_REFUSED, "it allocates untyped memory" },
    { "valloc", LIBC_REFUSED, "it allocates untyped memory" },
    { "reallocarray", LIBC_REFUSED, "use realloc" },
    { "mmap", LIBC_REFUSED, "mappings are not part of a checkpoint" },
    { "sbrk", LIBC_REFUSED, "it allocates untyped memory" },
    { "dlopen", LIBC_REFUSED, "libraries loaded at run time are not part of a checkpoint" },
    { "socket", LIBC_REFUSED, "sockets are not part of a checkpoint" },
    { "pthread_create", LIBC_REFUSED, "threads are not part of a checkpoint" },
    { "pthread_mutex_lock", LIBC_REFUSED, "threads are not part of a checkpoint" },
    { "thrd_create", LIBC_REFUSED, "threads are not part of a checkpoint" },
    { "signal", LIBC_REFUSED, "signal handlers are not part of a checkpoint" },
    { "sigaction", LIBC_REFUSED, "signal handlers are not part of a checkpoint" },
    { "sigprocmask", LIBC_REFUSED, "signal masks are not part of a checkpoint" },
    { "raise", LIBC_REFUSED, "signals are not part of a checkpoint" },
    { "kill", LIBC_REFUSED, "signals are not part of a checkpoint" },
    { "alarm", LIBC_REFUSED, "timers are not part of a checkpoint" },
    { "setitimer", LIBC_REFUSED, "timers are not part of a checkpoint" },
    { "atexit", LIBC_REFUSED, "exit handlers are not part of a checkpoint" },
    { "on_exit", LIBC_REFUSED, "exit handlers are not part of a checkpoint" },
    { "strtok", LIBC_REFUSED, "it keeps a hidden pointer; use strtok_r" },
    { "random", LIBC_REFUSED, "its hidden state is not carried over; use rand" },
    { "srandom", LIBC_REFUSED, "its hidden state is not carried over; use srand" },
    { "drand48", LIBC_REFUSED, "its hidden state is not carried over; use rand" },
    { "srand48", LIBC_REFUSED, "its hidden state is not carried over; use srand" },
    { "lrand48", LIBC_REFUSED, "its hidden state is not carried over; use rand" },
    { "mrand48", LIBC_REFUSED, "its hidden state is not carried over; use rand" },
    { "getopt", LIBC_REFUSED, "its hidden state is not carried over" },
    { "getopt_long", LIBC_REFUSED, "its hidden state is not carried over" },
    { "setlocale", LIBC_REFUSED, "the locale is not carried over" },
    { "localtime", LIBC_REFUSED, "it returns hidden storage; use localtime_r" },
    { "gmtime", LIBC_REFUSED, "it returns hidden storage; use gmtime_r" },
    { "asctime", LIBC_REFUSED, "it returns hidden storage; use strftime" },
    { "ctime", LIBC_REFUSED, "it returns hidden storage; use strftime" },
    { "setenv", LIBC_REFUSED, "the environment is not carried over" },
    { "putenv", LIBC_REFUSED, "the environment is not carried over" },
    { "unsetenv", LIBC_REFUSED, "the environment is not carried over" },
    { "chdir", LIBC_REFUSED, "the working directory is not carried over" },
    { "umask", LIBC_REFUSED, "the file mode mask is not carried over" },
};

static gboolean in_list(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0))
            return TRUE;
    return FALSE;
}

LibcRule cc_libc_rule(const char *name, const char **with)
{
    *with = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(special); i++)
        if (strcmp(special[i].name, name) == 0) {
            *with = special[i].with;
            return special[i].rule;
        }
    if (g_str_has_prefix(name, "__builtin_malloc") || g_str_has_prefix(name, "__builtin_setjmp") ||
        g_str_has_prefix(name, "__builtin_longjmp") || g_str_has_prefix(name, "__builtin_apply") ||
        strcmp(name, "__builtin_calloc") == 0 || strcmp(name, "__builtin_realloc") == 0 ||
        strcmp(name, "__builtin_free") == 0 || strcmp(name, "__builtin_strdup") == 0 ||
        g_str_has_prefix(name, "__builtin_frame_address") ||
        g_str_has_prefix(name, "__builtin_return_address") ||
        g_str_has_prefix(name, "__builtin_alloca")) {
        *with = "this builtin's result cannot be carried over";
        return LIBC_REFUSED;
    }
    if (g_str_has_prefix(name, "__builtin_"))
        return LIBC_PLAIN;
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
        if (in_list(plain[i], name))
            return LIBC_PLAIN;
    return LIBC_UNKNOWN;
}
