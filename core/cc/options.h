/* gcc's options: for each, where it goes. driver.c acts on it. */
#ifndef PREACHES_CC_OPTIONS_H
#define PREACHES_CC_OPTIONS_H

#include <glib.h>

enum {
    TO_NATIVE = 1,   /* the native compile, as the user wrote it */
    TO_CPP = 2,      /* every architecture's preprocessor */
    TO_TARGET = 4,   /* every architecture's compile of the generated text */
    TO_MACHINE = 8,  /* the native machine's generated text */
    TO_LINK = 16,    /* the linkers, in its place among the inputs */
    REFUSED = 32,    /* an error when something is built; the note says why */
    IGNORED = 64,    /* means nothing here */
    PASS = 128,      /* makes the whole command the native compiler's */
    NO_EFFECT = 256, /* not in the instrumented program: said so */
    DIGITS = 512,    /* results may differ between architectures: said so */
    HERE = 1024,     /* binds the native program to processors like this one: said so */
    DYNAMIC = 2048,  /* links that are not ours: -static, -pie. Ours are static */
    SHARED = 4096    /* -shared */
};

typedef enum CcForm { EXACT, PREFIX, JOINED /* argument follows or is joined */, SEPARATE } CcForm;

typedef struct CcOption {
    const char *name;
    CcForm form;
    guint to;
    const char *note;
} CcOption;

/* Appends an argument to `list`, in its short spelling where it is one of gcc's long ones: --shared, --include=FILE. */
void cc_option_respell(const char *arg, GPtrArray *list);

/* The row of an argument that begins with '-'; there is one for each. */
const CcOption *cc_option_find(const char *arg);

#endif
