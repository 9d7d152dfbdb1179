/* preaches-cc --help: the options of its own. Kept in the order in which they are wanted. */
#include "driver.h"
#include <stdio.h>

static const struct { const char *option, *does; } rows[] = {
    {"--arch=LIST|default|all", "architectures of the program, by commas; the native one is always among them"},
    {"--polls=auto|profile|record|explicit", "where a checkpoint may be taken (default: auto)"},
    {"--polls-profile=FILE", "the record that --polls=profile reads (default: OUTPUT.polls)"},
    {"--polls-report", "list the polls, and the longest loop without one"},
    {"--explain FUNCTION", "why it is instrumented, and what its calls save"},
    {"--hints=FILE", "what a program's source does not say of its data (also OUTPUT.hints)"},
    {"--config-for=ARCH:FILE", "configuration macros of one architecture"},
    {"--sites=unwind|patch|flag", "how a poll is made (default: unwind)"},
    {"--diagnostics=json", "messages as JSON, one object a line"},
    {"-W[no-]preaches[-NAME]", "our warnings; also -Werror=preaches-NAME, -Wno-error=preaches-NAME"},
    {"--keep-temps", "leave the generated texts"},
    {"--poison", "give wrong values to variables that are not saved: a test of preaches-cc"},
};

static const struct { const char *name, *means; } environment[] = {
    {"PREACHES_ARCH=LIST", "as --arch"},
    {"PREACHES_FLAGS=OPTIONS", "options before all others"},
    {"PREACHES_HINTS=FILE:FILE", "as --hints"},
    {"PREACHES_NATIVE=LIST", "programs that are to be plain native ones, such as a build's own tools"},
    {"PREACHES_CC=COMPILER", "the native compiler (default: gcc)"},
    {"PREACHES_CACHE=DIR|off", "where compiled objects are kept; at most PREACHES_CACHE_SIZE MiB"},
    {"PREACHES_CONFIG=DIR", "DIR/ARCH.h as --config-for"},
    {"PREACHES_CONFIGURE=native", "answer configure scripts for this machine alone"},
};

void cc_help(void)
{
    printf("Usage: preaches-cc [options] file...\n"
           "A C compiler whose programs can be checkpointed, and go on from their checkpoints on machines of\n"
           "other architectures. Takes gcc's options; OUTPUT is the native program, OUTPUT.preaches/ARCH the others.\n"
           "\nOptions of its own:\n");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        printf("  %-37s %s\n", rows[i].option, rows[i].does);
    printf("\nEnvironment:\n");
    for (gsize i = 0; i < G_N_ELEMENTS(environment); i++)
        printf("  %-37s %s\n", environment[i].name, environment[i].means);
    printf("\nAll other options are the native compiler's, which lists them by `gcc --help`, or `preaches-cc --help=common`,\n"
           "`--help=warnings` and the like. Every message, its cause and cure: core/cc/DIAGNOSTICS.md.\n");
}
