#include "libc_table.h"
#include <string.h>

/* Functions without state of their own (streams are carried as handles). One string per header. */
static const char *const plain[] = {
    /* string.h, strings.h */
    "memcpy memmove memset memcmp memchr memrchr mempcpy memccpy rawmemchr memmem memfrob strfry "
    "strcpy strncpy stpcpy stpncpy strlcpy strlcat strcat strncat strcmp strncmp strcoll strxfrm strchr "
    "strrchr strchrnul strstr strspn strcspn strpbrk strlen strnlen strtok_r strsep strcasecmp "
    "strncasecmp strcasestr strverscmp index rindex bcmp bcopy bzero explicit_bzero ffs ffsl ffsll "
    "strerror_r __xpg_strerror_r swab",
    /* ctype.h */
    "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper "
    "isxdigit tolower toupper isascii toascii _tolower _toupper __ctype_b_loc __ctype_tolower_loc "
    "__ctype_toupper_loc __ctype_get_mb_cur_max",
    /* wchar.h, wctype.h, uchar.h: in the locale "C" without state */
    "wcslen wcsnlen wcscpy wcsncpy wcscat wcsncat wcscmp wcsncmp wcscoll wcsxfrm wcschr wcsrchr wcsstr "
    "wcsspn wcscspn wcspbrk wcstok wmemcpy wmemmove wmemset wmemcmp wmemchr wmempcpy wcpcpy wcpncpy "
    "wcscasecmp wcsncasecmp wcstol wcstoul wcstoll wcstoull wcstod wcstof wcstold wcsftime wcwidth "
    "wcswidth btowc wctob mbsinit mbrlen mbrtowc wcrtomb mbsrtowcs wcsrtombs mbsnrtowcs wcsnrtombs "
    "mblen mbtowc wctomb mbstowcs wcstombs iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph "
    "iswlower iswprint iswpunct iswspace iswupper iswxdigit towlower towupper wctype iswctype wctrans "
    "towctrans swprintf vswprintf swscanf __isoc99_swscanf mbrtoc16 c16rtomb mbrtoc32 c32rtomb",
    /* fenv.h */
    "fegetround",
    /* stdlib.h, inttypes.h */
    "atoi atol atoll atof strtol strtoul strtoll strtoull strtod strtof strtold strtoimax strtoumax "
    "strtoq strtouq abs labs llabs imaxabs div ldiv lldiv imaxdiv qsort qsort_r bsearch exit _exit "
    "_Exit abort system rand_r mkdtemp getsubopt a64l ecvt_r fcvt_r gcvt "
    "__assert_fail __assert __assert_perror_fail __errno_location __isoc23_strtol",
    /* search.h: over the program's own blocks */
    "lfind lsearch insque remque",
    /* stdio.h */
    "printf fprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf dprintf vdprintf scanf fscanf "
    "sscanf vscanf vfscanf vsscanf __isoc99_scanf __isoc99_fscanf __isoc99_sscanf __isoc99_vscanf "
    "__isoc99_vfscanf __isoc99_vsscanf puts fputs fputc putc putchar putw getw fgets fgetc getc getchar "
    "ungetc fread fwrite fseek fseeko fseeko64 ftell ftello ftello64 rewind fgetpos fsetpos fgetpos64 "
    "fsetpos64 fflush feof ferror clearerr perror remove renameat putc_unlocked getc_unlocked "
    "putchar_unlocked getchar_unlocked fputc_unlocked fgetc_unlocked fwrite_unlocked fread_unlocked "
    "fputs_unlocked fgets_unlocked fflush_unlocked feof_unlocked ferror_unlocked clearerr_unlocked "
    "flockfile funlockfile ftrylockfile psignal tmpnam_r __overflow __uflow",
    /* time.h, sys/time.h */
    "time difftime strftime strptime clock_getres gettimeofday settimeofday asctime_r tzset "
    "timespec_get nanosleep sleep usleep getrusage getitimer setitimer alarm ualarm adjtime",
    /* unistd.h, fcntl.h, sys/stat.h, utime.h, dirent.h: by path, or by a number that stays */
    "write pread pwrite pread64 pwrite64 readv writev preadv pwritev lseek lseek64 fsync fdatasync "
    "sync syncfs ftruncate ftruncate64 truncate truncate64 isatty unlink unlinkat rmdir mkdir mkdirat "
    "link linkat symlink symlinkat readlink readlinkat access faccessat euidaccess chmod fchmod fchmodat lchmod "
    "chown fchown lchown fchownat mknod mkfifo utime utimes futimes lutimes utimensat futimens "
    "posix_fadvise posix_fallocate fallocate statvfs fstatvfs statfs fstatfs pathconf fpathconf confstr "
    "opendir readdir closedir rewinddir telldir seekdir dirfd alphasort versionsort umask "
    "getpid getppid getpgrp getpgid getsid getuid geteuid getgid getegid getgroups gethostname "
    "getdomainname getpagesize sysconf getloadavg getdtablesize ttyname_r getlogin_r uname sysinfo "
    "getrlimit setrlimit getrlimit64 setrlimit64 getpriority setpriority nice sched_yield "
    "copy_file_range sendfile tcgetattr tcsetattr cfgetispeed cfgetospeed cfsetispeed cfsetospeed ioctl "
    "getrandom getentropy poll select fnmatch wordexp_free",
    /* signal.h: masks, waiting signals and timers are noted at the checkpoint */
    "raise kill killpg pause sigblock sigsetmask sigrelse sighold",
    /* locale.h, sys/utsname.h, arpa/inet.h, pwd.h and others whose results are used at once */
    "localeconv gettext dgettext dcgettext ngettext dngettext dcngettext textdomain bindtextdomain bind_textdomain_codeset "
    "getpwnam_r getpwuid_r getgrnam_r getgrgid_r get_nprocs get_nprocs_conf sched_getcpu arc4random arc4random_uniform "
    "ntohl ntohs htonl htons inet_ntop inet_pton inet_addr inet_aton getpwnam getpwuid "
    "getgrnam getgrgid getservbyname regcomp regexec regerror regfree basename syslog openlog closelog "
    "err errx warn warnx verr verrx vwarn vwarnx error error_at_line makedev major minor "
    "gnu_dev_makedev gnu_dev_major gnu_dev_minor",
};

/* math.h and complex.h: each name with and without these ends. */
static const char math[] =
    " acos asin atan atan2 cos sin tan sincos cosh sinh tanh acosh asinh atanh exp exp2 exp10 expm1 frexp "
    "ldexp log log10 log2 log1p logb ilogb modf scalbn scalbln scalb pow pow10 sqrt cbrt hypot erf erfc "
    "tgamma lgamma gamma ceil floor nearbyint rint lrint llrint round roundeven lround llround trunc fmod "
    "remainder drem remquo copysign nan nextafter nexttoward nextup nextdown fdim fmax fmin fmaxmag "
    "fminmag fma fabs isnan isinf finite significand j0 j1 jn y0 y1 yn __fpclassify __isnan __isinf "
    "__finite __signbit __issignaling __iseqsig cabs carg cimag creal conj cproj cacos casin catan ccos "
    "csin ctan cacosh casinh catanh ccosh csinh ctanh cexp clog clog10 cpow csqrt ";

static const char child[] = "child processes are not part of a checkpoint";
static const char replaced_program[] = "the program would be replaced";
static const char untyped[] = "it allocates untyped memory; use malloc";
static const char threads[] = "threads are not part of a checkpoint";
static const char sockets[] = "sockets are not part of a checkpoint";
static const char loaded[] = "libraries loaded at run time are not part of a checkpoint";
static const char mapping[] = "mappings are not part of a checkpoint";
static const char memory_stream[] = "a stream over memory cannot be opened again";
static const char wide_stream[] = "wide streams are not carried over; use bytes";
static const char hidden[] = "the table is the library's own and is not carried over";
static const char context[] = "machine contexts are not carried over";
static const char event[] = "this kind of descriptor is not part of a checkpoint";
static const char table[] = "the list is allocated by the library and is not carried over";
static const char converter[] = "the conversion is loaded at run time, and its state is the library's own";
static const char settings[] = "the kernel's settings of the process are not carried over";
static const char raw_call[] = "what a raw system call changes is not followed; call the library's function";
static const char atomics[] = "atomic operations are for threads, which are not part of a checkpoint; use plain ones";
static const char mode[] = "the mode of the machine's arithmetic is not carried over";

static const struct { const char *name; LibcRule rule; const char *with; } special[] = {
    { "malloc", LIBC_MALLOC, "preaches_malloc" },
    { "calloc", LIBC_CALLOC, "preaches_calloc" },
    { "realloc", LIBC_REALLOC, "preaches_realloc" },
    { "free", LIBC_REPLACED, "preaches_free" },
    { "stat", LIBC_REPLACED, "preaches_stat" },
    { "lstat", LIBC_REPLACED, "preaches_lstat" },
    { "fstat", LIBC_REPLACED, "preaches_fstat" },
    { "fstatat", LIBC_REPLACED, "preaches_fstatat" },
    { "stat64", LIBC_REPLACED, "preaches_stat" },
    { "lstat64", LIBC_REPLACED, "preaches_lstat" },
    { "fstat64", LIBC_REPLACED, "preaches_fstat" },
    { "fstatat64", LIBC_REPLACED, "preaches_fstatat" },
    { "fopen64", LIBC_REPLACED, "preaches_fopen" },
    { "freopen64", LIBC_REPLACED, "preaches_freopen" },
    { "tmpfile64", LIBC_REPLACED, "preaches_tmpfile" },
    { "open64", LIBC_REPLACED, "preaches_open" },
    { "openat64", LIBC_REPLACED, "preaches_openat" },
    { "creat64", LIBC_REPLACED, "preaches_creat" },
    { "mkstemp64", LIBC_REPLACED, "preaches_mkstemp" },
    { "fcntl64", LIBC_REPLACED, "preaches_fcntl" },
    { "__xpg_basename", LIBC_REPLACED, "preaches_xpg_basename" },
    { "__getdelim", LIBC_REPLACED, "preaches_getdelim" },
    { "bsd_signal", LIBC_REPLACED, "preaches_signal" },
    { "seed48", LIBC_TYPED, "preaches_seed48" },
    { "localtime", LIBC_TYPED, "preaches_localtime" },
    { "gmtime", LIBC_TYPED, "preaches_gmtime" },
    { "alloca", LIBC_PLAIN, NULL }, /* refused where it may live at a poll: check.c */
    { "__builtin_alloca", LIBC_PLAIN, NULL },
    { "setjmp", LIBC_SETJMP, NULL },
    { "_setjmp", LIBC_SETJMP, NULL },
    { "__sigsetjmp", LIBC_SETJMP, NULL },
    { "sigsetjmp", LIBC_SETJMP, NULL },
    { "longjmp", LIBC_REPLACED, "preaches_longjmp" },
    { "_longjmp", LIBC_REPLACED, "preaches_longjmp" },
    { "siglongjmp", LIBC_REPLACED, "preaches_longjmp" },
    { "pipe", LIBC_REFUSED, "pipes are not part of a checkpoint" },
    { "pipe2", LIBC_REFUSED, "pipes are not part of a checkpoint" },
    { "fchdir", LIBC_REFUSED, "directories are not kept open; use chdir" },
    { "chroot", LIBC_REFUSED, "the root is not carried over" },
    { "flock", LIBC_REFUSED, "locks are not carried over" },
    { "lockf", LIBC_REFUSED, "locks are not carried over" },
    { "reallocarray", LIBC_REFUSED, "use realloc" },
    { "siginterrupt", LIBC_REFUSED, "use sigaction" },
    { "sigqueue", LIBC_REFUSED, "real-time signals are not carried over" },
    { "timer_create", LIBC_REFUSED, "use setitimer" },
    { "newlocale", LIBC_REFUSED, "programs run in the locale \"C\"" },
    { "uselocale", LIBC_REFUSED, "programs run in the locale \"C\"" },
    { "quick_exit", LIBC_REFUSED, "use exit" },
    { "at_quick_exit", LIBC_REFUSED, "use atexit" },
};

/* Done by the runtime under the same name behind "preaches_" (gen.h). */
static const char *const replaced[] = {
    "fopen fclose fdopen freopen tmpfile tmpnam popen pclose dlopen dlsym dlclose dlerror fileno fcloseall setvbuf setbuf setbuffer setlinebuf getdelim "
    "getline rand srand random srandom initstate setstate drand48 erand48 lrand48 nrand48 mrand48 "
    "jrand48 srand48 lcong48 strdup strndup strtok strerror strsignal ttyname getlogin nl_langinfo "
    "dirname realpath canonicalize_file_name getcwd get_current_dir_name asprintf vasprintf "
    "getenv secure_getenv setenv unsetenv putenv clearenv chdir setlocale "
    "getopt getopt_long getopt_long_only clock times clock_gettime localtime_r gmtime_r ctime mktime timegm "
    "sigemptyset sigfillset sigaddset sigdelset sigismember sigisemptyset sigandset sigorset sigprocmask "
    "sigpending sigsuspend sigwait sigwaitinfo sigtimedwait "
    "asctime open openat creat mkstemp rename close dup dup2 dup3 fcntl read sigaction signal atexit on_exit",
};

/* Refused for one reason. */
static const struct { const char *why, *names; } refused_names[] = {
    { child, "fork vfork clone daemon forkpty wait wait3 wait4 waitid waitpid ptrace" },
    { replaced_program, "fexecve" },
    { event, "eventfd timerfd_create signalfd memfd_create openpty posix_openpt semget semop semctl semtimedop "
      "inotify_init inotify_init1 inotify_add_watch fanotify_init" },
    { memory_stream, "fmemopen open_memstream open_wmemstream fopencookie" },
    { wide_stream, "fwide wprintf fwprintf vwprintf vfwprintf wscanf fwscanf fgetwc getwc getwchar fgetws fputwc putwc "
      "putwchar fputws ungetwc" },
    { untyped, "posix_memalign aligned_alloc memalign valloc pvalloc sbrk brk wcsdup tempnam _obstack_begin "
      "_obstack_begin_1 _obstack_newchunk obstack_free _obstack_free" },
    { mapping, "mprotect munmap madvise mlock mremap msync mlockall munlock munlockall mincore remap_file_pages "
      "shmget shmat shmdt shmctl shm_open shm_unlink" },
    { sockets, "socket socketpair getaddrinfo gethostbyname bind listen connect accept accept4 send sendto sendmsg "
      "recv recvfrom recvmsg shutdown getsockopt setsockopt getsockname getpeername sockatmark" },
    { threads, "call_once" },
    { context, "getcontext setcontext makecontext swapcontext sigaltstack backtrace" },
    { hidden, "hcreate hsearch hdestroy tsearch tfind tdelete twalk hcreate_r hsearch_r hdestroy_r tdestroy" },
    { converter, "iconv_open iconv iconv_close" },
    { table, "scandir glob globfree wordexp fts_open ftw nftw" },
    { mode, "feclearexcept feraiseexcept fetestexcept fesetround fesetenv feholdexcept feupdateenv fegetenv "
      "feenableexcept" },
    { settings, "prctl unshare setns personality sched_setaffinity sched_setscheduler" },
    { raw_call, "syscall" },
};

static const struct { const char *prefix, *why; } refused_prefixes[] = {
    { "pthread_", threads }, { "thrd_", threads },     { "mtx_", threads }, { "cnd_", threads },
    { "tss_", threads },     { "sem_", threads },      { "exec", replaced_program },
    { "posix_spawn", child }, { "dl", loaded },        { "mmap", mapping }, { "epoll_", event },
    { "aio_", event },       { "mq_", event },         { "msg", event },
    { "__sync_", atomics },  { "__atomic_", atomics }, { "io_uring_", event },
};

static const struct { const char *name, *text; gboolean stream; } variables[] = {
    { "stdin", "PREACHES_STDIN", TRUE },   { "stdout", "PREACHES_STDOUT", TRUE },
    { "stderr", "PREACHES_STDERR", TRUE }, { "optind", "preaches_optind", FALSE },
    { "opterr", "preaches_opterr", FALSE }, { "optopt", "preaches_optopt", FALSE },
    { "optarg", "(*preaches_optarg)", FALSE }, { "environ", "(preaches_environment())", FALSE },
    { "__environ", "(preaches_environment())", FALSE },
};

/* Replaced functions that have the type of the library's; others are macros, or have variable arguments. */
static const char same_type[] =
    " free fopen fclose fdopen freopen tmpfile popen pclose fileno fcloseall setvbuf setbuf setbuffer setlinebuf "
    "rand srand random srandom drand48 erand48 lrand48 nrand48 mrand48 jrand48 srand48 lcong48 strdup strndup strtok "
    "dirname realpath getcwd getenv setenv unsetenv putenv clearenv chdir setlocale clock times close dup dup2 dup3 read "
    "creat mkstemp rename signal atexit on_exit ";

/* Functions of streams that the runtime has for those who call them by their address (streamvalues.c). */
static const char stream_values[] =
    " fread fwrite fprintf fputs fputc putc fgets fgetc getc ungetc feof ferror clearerr fflush fseek ftell rewind ";

/* Of which C says only the sign of what they return, or whether it is zero; the runtime has versions that return one number everywhere. */
static const char comparisons[] =
    " memcmp bcmp strcmp strncmp strcoll strcasecmp strncasecmp wcscmp wcscoll "
    "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit "
    "iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit ";

static const char *const keep_functions[] = { "signal", "bsd_signal", "atexit", "on_exit" };

static gboolean in_list(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0))
            return TRUE;
    return FALSE;
}

/* sin, sinf, sinl, sin_r: the name, of another width, with its state handed in. */
static gboolean in_math(const char *name)
{
    g_autofree char *base = g_strdup(name);
    size_t len = strlen(base);
    if (in_list(math, base))
        return TRUE;
    if (len > 3 && strcmp(base + len - 2, "_r") == 0)
        base[len -= 2] = 0;
    else if (len > 2 && (base[len - 1] == 'f' || base[len - 1] == 'l'))
        base[len - 1] = 0;
    return in_list(math, base);
}

static gboolean is_refused_builtin(const char *name)
{
    static const char *const prefixes[] = {
        "__builtin_malloc", "__builtin_setjmp", "__builtin_longjmp", "__builtin_apply",
        "__builtin_frame_address", "__builtin_return_address",
    };
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return TRUE;
    return strcmp(name, "__builtin_calloc") == 0 || strcmp(name, "__builtin_realloc") == 0 ||
        strcmp(name, "__builtin_free") == 0 || strcmp(name, "__builtin_strdup") == 0;
}

static LibcRule rule_of(const char *name, const char **with)
{
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
        if (in_list(plain[i], name))
            return LIBC_PLAIN;
    if (in_math(name))
        return LIBC_PLAIN;
    for (guint i = 0; i < G_N_ELEMENTS(refused_prefixes); i++)
        if (g_str_has_prefix(name, refused_prefixes[i].prefix)) {
            *with = refused_prefixes[i].why;
            return LIBC_REFUSED;
        }
    return LIBC_UNKNOWN;
}

LibcRule cc_libc_rule(const char *name, const char **with)
{
    *with = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(special); i++)
        if (strcmp(special[i].name, name) == 0) {
            *with = special[i].with;
            return special[i].rule;
        }
    for (guint i = 0; i < G_N_ELEMENTS(replaced); i++)
        if (in_list(replaced[i], name)) {
            g_autofree char *text = g_strconcat("preaches_", name, NULL);
            *with = g_intern_string(text);
            return LIBC_REPLACED;
        }
    for (guint i = 0; i < G_N_ELEMENTS(refused_names); i++)
        if (in_list(refused_names[i].names, name)) {
            *with = refused_names[i].why;
            return LIBC_REFUSED;
        }
    if (is_refused_builtin(name)) {
        *with = "this builtin's result cannot be carried over";
        return LIBC_REFUSED;
    }
    return g_str_has_prefix(name, "__builtin_") ? LIBC_PLAIN : rule_of(name, with);
}

const char *cc_libc_variable(const char *name, gboolean *stream)
{
    for (guint i = 0; i < G_N_ELEMENTS(variables); i++)
        if (strcmp(variables[i].name, name) == 0) {
            *stream = variables[i].stream;
            return variables[i].text;
        }
    return NULL;
}

gboolean cc_libc_keeps_function(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(keep_functions); i++)
        if (strcmp(keep_functions[i], name) == 0)
            return TRUE;
    return FALSE;
}

gboolean cc_libc_waits(const char *name)
{
    static const char *const waits[] = {"sleep", "usleep", "nanosleep", NULL};
    return g_strv_contains(waits, name);
}

const char *cc_libc_comparison(const char *name)
{
    const char *bare = name + (g_str_has_prefix(name, "__builtin_") ? strlen("__builtin_") : 0);
    g_autofree char *ours = in_list(comparisons, bare) ? g_strconcat("preaches_", bare, NULL) : NULL;
    return ours ? g_intern_string(ours) : NULL;
}

gboolean cc_libc_takes_comparison(const char *name)
{
    static const char *const takers[] = {"qsort", "qsort_r", "bsearch", "lfind", "lsearch", NULL};
    return g_strv_contains(takers, name);
}

const char *cc_libc_value(const char *name, gboolean streams)
{
    const char *with;
    LibcRule rule = cc_libc_rule(name, &with);
    gboolean heap = rule == LIBC_MALLOC || rule == LIBC_CALLOC || rule == LIBC_REALLOC;
    g_autofree char *value = heap ? g_strconcat(with, "_value", NULL)
                             : rule == LIBC_REPLACED && in_list(same_type, name) ? g_strdup(with)
                             : cc_libc_comparison(name) ? g_strdup(cc_libc_comparison(name))
                             : streams && in_list(stream_values, name) ? g_strconcat("preaches_", name, "_value", NULL)
                             : rule == LIBC_PLAIN && !streams ? g_strdup(name) : NULL;
    return value ? g_intern_string(value) : NULL;
}
