/* The command line: gcc's, understood as far as a whole-program precompiler must.
 *
 * One table (driver.c) says for each option where it goes: to the native compiler, to the
 * preprocessors of all architectures, to the compilers of the generated texts, to the linkers. */
#ifndef PREACHES_CC_DRIVER_H
#define PREACHES_CC_DRIVER_H

#include "diag.h"
#include "jobs.h"

typedef enum CcMode {
    CC_MODE_PASS,    /* the native compiler does it alone: -E, -S, -M, --version, no inputs */
    CC_MODE_TRIAL,   /* a configure script tries something: natively, if all architectures could */
    CC_MODE_COMPILE, /* -c */
    CC_MODE_SHARED,  /* -shared: natively, texts included */
    CC_MODE_LINK
} CcMode;

typedef enum CcInputKind {
    CC_INPUT_C,       /* C source */
    CC_INPUT_FOREIGN, /* another language: compiled natively, carries no text */
    CC_INPUT_OBJECT, CC_INPUT_ARCHIVE, CC_INPUT_SHARED,
    CC_INPUT_LIB,     /* -lNAME; path is NAME */
    CC_INPUT_FLAG     /* linker option, in its place among the inputs */
} CcInputKind;

typedef struct CcInput {
    CcInputKind kind;
    char *path;     /* "-": standard input */
    char *language; /* of -x, or NULL */
} CcInput;

typedef struct CcSetting { /* of a macro: value NULL means not defined */
    char *name, *value;
} CcSetting;

CcSetting *cc_setting_new(const char *name, const char *value);
void cc_setting_free(gpointer setting);

typedef struct CcCommand {
    CcMode mode;
    char *output;             /* -o, or NULL */
    GArray *inputs;           /* CcInput, in order */
    GPtrArray *pass;          /* the whole command without our own options */
    GPtrArray *native;        /* for the native compiler as the user called it, without inputs */
    GPtrArray *cpp;           /* for the preprocessor of every architecture */
    GPtrArray *target;        /* for the compiler of the generated text, every architecture */
    GPtrArray *machine;       /* -m…: for the native machine's generated text only */
    GPtrArray *dynamic;       /* -static, -pie: for links that are not ours */
    GPtrArray *lib_dirs;      /* of -L */
    GPtrArray *notes;         /* warnings about options */
    CcPolicy policy;          /* of diagnostics */
    const PrArch *arches[PR_N_ARCHES]; /* native first, then the table's order */
    guint n_arches;
    gboolean widths_differ; /* some have a long of 32 bits, others of 64 */
    GPtrArray *settings[PR_N_ARCHES]; /* CcSetting *, of --config-for, parallel to arches; or NULL */
    CcPolls polls;
    CcSites sites;
    char *profile_path;  /* --polls-profile, or NULL */
    struct CcProfile *profile; /* --polls=profile, read */
    GPtrArray *explain;  /* functions of --explain */
    gboolean report;     /* --polls-report */
    gboolean poison; /* --poison: model.h */
    GArray *hints; /* CcSource: hints files, read */
    gboolean keep_temps, verbose;
    gboolean links;           /* CC_MODE_TRIAL: not only -c */
} CcCommand;

/* NULL and error when the command is refused; the text is for the user. */
CcCommand *cc_command_parse(int argc, char **argv, GError **error);
void cc_command_free(CcCommand *command);
/* Reads what PREACHES_CONFIG and --config-for (`said`: "ARCH:FILE") say, into command->settings. */
gboolean cc_command_settings(CcCommand *command, const GPtrArray *said, GError **error);

/* What a command is refused with. */
GQuark cc_usage_quark(void);
#define CC_REFUSE(...) (g_set_error(error, cc_usage_quark(), 1, __VA_ARGS__), FALSE)

/* ---- machines.c ---- */

/* LIST of --arch, "default" or "all" (every architecture that is ready), into command->arches; the native one
 * comes first. FALSE: one is unknown, or its compiler is not there. */
gboolean cc_choose_arches(CcCommand *command, const char *list, GError **error);
const PrArch *cc_native_arch(void);
void cc_help(void); /* help.c: --help, on standard output */
/* Name of an architecture's compiler; natively PREACHES_CC, or "gcc". g_free. */
char *cc_compiler(const PrArch *arch);
char *cc_tool(const PrArch *arch, const char *tool); /* "objcopy"; g_free */
/* Folder of the running preaches-cc. g_free. */
char *cc_bin_dir(void);
/* Folder of the architectures' runtime libraries. g_free. */
char *cc_lib_dir(void);

#endif
