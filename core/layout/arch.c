#include "arch.h"

#include <string.h>

/* One meaning on all machines: the native machine's char signedness, no fused multiply-adds. */
#define COMMON "-fsigned-char -ffp-contract=off"

/* Symbols have final addresses: the holder resolves pointers to them before any failure. */
#define FINAL "-static -no-pie"

#define LE false
#define BE true
#define FOREIGN(NAME, TRIPLE, FLAGS, ORDER, BYTES, LDBL, SET)                                      \
    {                                                                                              \
        .name = #NAME, .triple = TRIPLE, .qemu = "qemu-" #NAME "-static", .flags = COMMON FLAGS,   \
        .link = FINAL, .big_endian = ORDER, .pointer_bytes = BYTES, .ldbl = PR_LDBL_##LDBL,        \
        .in_default_set = SET                                                                      \
    }

const PrArch pr_arches[PR_N_ARCHES] = {
    {.name = "x86_64",
     .triple = "x86_64-linux-gnu",
     .flags = COMMON,
     .link = FINAL,
     .big_endian = LE,
     .pointer_bytes = 8,
     .ldbl = PR_LDBL_X87,
     .in_default_set = true},
    {.name = "i686",
     .triple = "i686-linux-gnu",
     .flags = COMMON " -msse2 -mfpmath=sse",
     .link = FINAL,
     .big_endian = LE,
     .pointer_bytes = 4,
     .ldbl = PR_LDBL_X87,
     .in_default_set = true},
    FOREIGN(aarch64, "aarch64-linux-gnu", "", LE, 8, QUAD, true),
    FOREIGN(riscv64, "riscv64-linux-gnu", "", LE, 8, QUAD, false),
    FOREIGN(arm, "arm-linux-gnueabihf", "", LE, 4, DOUBLE, false),
    FOREIGN(s390x, "s390x-linux-gnu", "", BE, 8, QUAD, true),
    FOREIGN(ppc64, "powerpc64-linux-gnu", "", BE, 8, IBM, false),
    FOREIGN(ppc, "powerpc-linux-gnu", "", BE, 4, IBM, false),
    FOREIGN(sparc64, "sparc64-linux-gnu", "", BE, 8, QUAD, false),
    FOREIGN(mips, "mips-linux-gnu", "", BE, 4, DOUBLE, true),
    FOREIGN(m68k, "m68k-linux-gnu", "", BE, 4, M68K, true),
    /* gcc 12 counts a unit's code, and after so much of it calls far functions by a sequence that jumps to what
     * happens to be in r1 in a static executable; a section for each function begins the count anew, and the linker
     * bridges the distance. */
    FOREIGN(hppa, "hppa-linux-gnu", " -ffunction-sections", BE, 4, DOUBLE, true),
    /* Debian's static start-up code for alpha crashes, so this one is dynamic, still not PIE. */
    {.name = "alpha",
     .triple = "alpha-linux-gnu",
     .qemu = "qemu-alpha-static",
     .flags = COMMON,
     .link = "-no-pie",
     .root = "/usr/alpha-linux-gnu",
     .big_endian = LE,
     .pointer_bytes = 8,
     .ldbl = PR_LDBL_QUAD,
     .in_default_set = false},
};

const PrArch *pr_arch_find(const char *name)
{
    for (int i = 0; i < PR_N_ARCHES; i++)
        if (strcmp(pr_arches[i].name, name) == 0)
            return &pr_arches[i];
    return NULL;
}
