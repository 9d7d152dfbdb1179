/* The architectures: one row each. C11 + libc only; the same table serves tools and programs. */
#ifndef PREACHES_LAYOUT_ARCH_H
#define PREACHES_LAYOUT_ARCH_H

#include <stdbool.h>
#include <stdint.h>

typedef enum PrLdbl { /* formats of long double */
    PR_LDBL_X87,      /* 64-bit mantissa; LE: 10 bytes then padding (12 or 16) */
    PR_LDBL_M68K,     /* 64-bit mantissa; 68881 extended, 12 bytes: 2 exponent, 2 pad, 8 mantissa */
    PR_LDBL_QUAD,     /* IEEE binary128, 113-bit mantissa */
    PR_LDBL_DOUBLE,   /* same as double, 53 */
    PR_LDBL_IBM       /* two doubles, 106 */
} PrLdbl;

typedef struct PrArch {
    const char *name;   /* "x86_64": the name used in options, files and CSV */
    const char *triple; /* Debian GNU triple: "x86_64-linux-gnu" */
    const char *qemu;   /* "qemu-s390x-static", or NULL where it runs natively on x86-64 */
    const char *flags;  /* extra compiler flags (D21), space separated, may be "" */
    const char *link;   /* how executables are linked: final addresses, and what the machine can run */
    const char *root;   /* folder in which qemu looks for shared libraries; NULL: static, needs none */
    bool big_endian;
    uint8_t pointer_bytes; /* 4 or 8; `long` has the same size on all of them */
    PrLdbl ldbl;
    bool in_default_set;
} PrArch;

enum { PR_N_ARCHES = 13 };
extern const PrArch pr_arches[PR_N_ARCHES];

/* Row of that name, or NULL. */
const PrArch *pr_arch_find(const char *name);

#endif
