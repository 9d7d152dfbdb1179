/* One source file: the native compile as the user asked for it, and the texts of all architectures.
 * And one generated text: how its compiler is called. */
#ifndef PREACHES_CC_COMPILE_H
#define PREACHES_CC_COMPILE_H

#include "cache.h"
#include "objects.h"

typedef struct CcBuild { /* what all steps of one command share */
    const CcCommand *command;
    CcTokens *tokens;
    CcCache *cache;      /* or NULL */
    CcReporter *reporter;
    const char *scratch; /* folder of temporary files, removed at the end */
} CcBuild;

/* Compiles `source` natively into `object` and collects its texts. The compilers' messages go to
 * standard error. NULL after an error, which has been told; *status is then the exit status. */
CcTextUnit *cc_compile_source(const CcBuild *build, const CcInput *source, const char *object,
                              int *status);
/* A source in another language: natively only. */
gboolean cc_compile_foreign(const CcBuild *build, const CcInput *source, const char *object,
                            int *status);
/* Preprocessor of `arch` for `source` into file `text`: its -dU says which macros were used. `deps`: file
 * for its dependencies, or NULL. */
GPtrArray *cc_preprocess_argv(const CcBuild *build, const PrArch *arch, const char *source,
                              const char *text, const char *deps);
/* The whole -c command. Returns the exit status. */
int cc_compile_command(const CcBuild *build);

/* Compiler of `arch` with everything but input and output, for texts of `unit`; `optimize`: with
 * the user's -O and -g, else without (probes). */
GPtrArray *cc_target_argv(const PrArch *arch, const CcTextUnit *unit, gboolean optimize);

/* The job that compiles `text`, written to `source` as language `language`, into `object`. It is done
 * already when the cache has it; else *key is what to keep it under afterwards (g_free; may be NULL).
 * Takes argv, a cc_target_argv(). NULL argv in the job when the text could not be written. */
CcJob cc_text_job(const CcBuild *build, const PrArch *arch, GPtrArray *argv, const char *language,
                  const char *text, const char *source, const char *object, char **key);

/* Is plain char unsigned with these options? It is what the user says, else signed, on every architecture. */
gboolean cc_unsigned_char(const GPtrArray *options);

/* Text of gen.h, which stands at the head of every instrumented text. g_free. */
char *cc_prologue(GError **error);

/* <preaches.h>, behind all other folders, and __PREACHES__. */
void cc_add_own_header(GPtrArray *argv);

#endif
