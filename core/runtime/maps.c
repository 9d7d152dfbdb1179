/* Maps: what guards save without code of their own, on x86_64 (core/cc/guard.c).
 *
 * A guard hands over the address of its row. A row is a sequence of loads that are never run: the first has the site's
 * number, the others its values, in the order of its variables. load() reads them as the processor would, against the
 * registers as they were when the guard called, none of which may have changed since the row's operands were chosen:
 * the call stands right behind the move of the row's address. */
#include "runtime.h"
#ifdef __x86_64__
#include "../convert/scalar.h"
#include <string.h>

typedef struct Machine {
    uint64_t gpr[16];    /* as instructions number them; rdi has the row's address */
    uint64_t xmm[16];    /* the low halves */
    const uint8_t *back; /* where the call would have returned to */
} Machine;

void rt_map_leave(const uint8_t *row, const Machine *m) __attribute__((noreturn, used));

/* Keeps the registers in a Machine, at the top of its frame. */
__asm__("\t.text\n\t.globl\tpreaches_leave_map\n\t.type\tpreaches_leave_map, @function\n"
        "preaches_leave_map:\n\t.cfi_startproc\n\tsub\t$264, %rsp\n\t.cfi_def_cfa_offset\t272\n"
        "\tmov\t%rax, (%rsp)\n\tmov\t%rcx, 8(%rsp)\n\tmov\t%rdx, 16(%rsp)\n\tmov\t%rbx, 24(%rsp)\n"
        "\tlea\t272(%rsp), %rax\n\tmov\t%rax, 32(%rsp)\n\tmov\t%rbp, 40(%rsp)\n\tmov\t%rsi, 48(%rsp)\n"
        "\tmov\t%r8, 64(%rsp)\n\tmov\t%r9, 72(%rsp)\n\tmov\t%r10, 80(%rsp)\n\tmov\t%r11, 88(%rsp)\n"
        "\tmov\t%r12, 96(%rsp)\n\tmov\t%r13, 104(%rsp)\n\tmov\t%r14, 112(%rsp)\n\tmov\t%r15, 120(%rsp)\n"
        "\tmovq\t%xmm0, 128(%rsp)\n\tmovq\t%xmm1, 136(%rsp)\n\tmovq\t%xmm2, 144(%rsp)\n"
        "\tmovq\t%xmm3, 152(%rsp)\n\tmovq\t%xmm4, 160(%rsp)\n\tmovq\t%xmm5, 168(%rsp)\n"
        "\tmovq\t%xmm6, 176(%rsp)\n\tmovq\t%xmm7, 184(%rsp)\n\tmovq\t%xmm8, 192(%rsp)\n"
        "\tmovq\t%xmm9, 200(%rsp)\n\tmovq\t%xmm10, 208(%rsp)\n\tmovq\t%xmm11, 216(%rsp)\n"
        "\tmovq\t%xmm12, 224(%rsp)\n\tmovq\t%xmm13, 232(%rsp)\n\tmovq\t%xmm14, 240(%rsp)\n"
        "\tmovq\t%xmm15, 248(%rsp)\n\tmov\t264(%rsp), %rax\n\tmov\t%rax, 256(%rsp)\n"
        "\tmov\t%rsp, %rsi\n\tcall\trt_map_leave\n\tud2\n"
        "\t.cfi_endproc\n\t.size\tpreaches_leave_map, . - preaches_leave_map\n");

/* ---- rows ---- */

/* An instruction as far as it has been read. */
typedef struct Load {
    const Machine *m;
    const uint8_t *at;
    unsigned rex, bytes; /* of the value */
    bool xmm, word;      /* the instruction's register; an operand of 2 bytes */
} Load;

static void __attribute__((noreturn)) unknown(void)
{
    rt_checkpoint_fail("the map of a site has an instruction that is not known");
}

static int64_t take_signed(Load *l, unsigned bytes)
{
    int32_t number = 0;
    int16_t half;

    if (bytes == 1)
        number = (int8_t)*l->at;
    else if (bytes == 2) {
        memcpy(&half, l->at, sizeof half);
        number = half;
    } else
        memcpy(&number, l->at, sizeof number);
    l->at += bytes;
    return number;
}

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8, RSP = 4, RBP = 5, RDI = 7 };

static uint64_t register_of(const Load *l, unsigned number)
{
    if (number == RDI) /* which has the row's address */
        unknown();
    return l->m->gpr[number];
}

/* The place in memory that a ModRM byte names, with what follows it. */
static uint64_t address(Load *l, unsigned mod, unsigned rm)
{
    uint64_t at = 0;
    unsigned base = rm, sib;

    if (mod == 0 && rm == RBP) { /* the instruction ends behind the distance */
        at = (uint64_t)take_signed(l, 4);
        return at + (uintptr_t)l->at;
    }
    if (rm == RSP) {
        sib = *l->at++;
        base = sib & 7;
        if (((sib >> 3 & 7) | (l->rex & REX_X ? 8u : 0)) != RSP)
            at = register_of(l, (sib >> 3 & 7) | (l->rex & REX_X ? 8u : 0)) << (sib >> 6);
        if (mod == 0 && base == RBP)
            return at + (uint64_t)take_signed(l, 4);
    }
    at += register_of(l, base | (l->rex & REX_B ? 8u : 0));
    if (mod)
        at += (uint64_t)take_signed(l, mod == 1 ? 1 : 4);
    return at;
}

/* Of a register or of memory. `stored`: the instruction's form that has its source in the other field. */
static uint64_t operand(Load *l, bool stored)
{
    unsigned modrm = *l->at++, mod = modrm >> 6, reg = (modrm >> 3 & 7) | (l->rex & REX_R ? 8u : 0);
    uint64_t value = 0, at;

    if (mod == 3) {
        if (!stored)
            reg = (modrm & 7) | (l->rex & REX_B ? 8u : 0);
        if (l->bytes == 1 && !l->rex && reg >= 4) /* %ah and its like */
            unknown();
        return l->xmm ? l->m->xmm[reg] : register_of(l, reg);
    }
    if (stored)
        unknown();
    at = address(l, mod, modrm & 7);
    memcpy(&value, (const void *)(uintptr_t)at, l->bytes);
    return value;
}

static unsigned width(const Load *l) { return l->rex & REX_W ? 8 : l->word ? 2 : 4; }

static uint64_t load_number(Load *l, uint8_t opcode)
{
    l->bytes = opcode == 0x8a || opcode == 0x88 || opcode == 0xb1 ? 1 : width(l);
    switch (opcode) {
    case 0x8a: case 0x8b: return operand(l, false);
    case 0x88: case 0x89: return operand(l, true);
    case 0xb1: return (uint64_t)take_signed(l, 1);
    case 0xb9:
        if (l->rex & REX_W)
            unknown();
        return (uint64_t)take_signed(l, l->bytes);
    case 0xc7:
        l->at++; /* the register's number */
        return (uint64_t)take_signed(l, l->word ? 2 : 4);
    default:
        unknown();
    }
}

/* The value that the next instruction would load, in its low bytes. */
static uint64_t load(const Machine *m, const uint8_t **row)
{
    Load l = {.m = m, .at = *row};
    uint64_t value;
    uint8_t opcode = *l.at++;

    if (opcode == 0x66) {
        l.word = true;
        opcode = *l.at++;
    } else if (opcode == 0xf2 || opcode == 0xf3) {
        l.xmm = true;
        l.bytes = opcode == 0xf2 ? 8 : 4;
        opcode = *l.at++;
    }
    if ((opcode & 0xf0) == 0x40) {
        l.rex = opcode;
        opcode = *l.at++;
    }
    if (l.xmm) {
        if (opcode != 0x0f || *l.at++ != 0x10)
            unknown();
        value = operand(&l, false);
    } else
        value = load_number(&l, opcode);
    *row = l.at;
    return value;
}

static const uint8_t *jumped(const uint8_t *code)
{
    int32_t far;

    if (code[0] == 0xeb)
        return code + 2 + (int8_t)code[1];
    memcpy(&far, code + 1, sizeof far);
    return code + 5 + far;
}

/* From the end of the guard's statement to its call there is nothing but jumps, where gcc has found calls that are
 * alike, vzeroupper, and a prefix of the linker's. */
static bool is_called_at_once(const Machine *m, const uint8_t *row)
{
    enum { CALL_BYTES = 5, MOST_STEPS = 8 };
    const uint8_t *code;
    uint32_t end;

    memcpy(&end, row - sizeof end, sizeof end);
    code = (const uint8_t *)(uintptr_t)end;
    for (int i = 0; i < MOST_STEPS; i++)
        if (code[0] == 0xe8)
            return code + CALL_BYTES == m->back;
        else if (code[0] == 0xeb || code[0] == 0xe9)
            code = jumped(code);
        else if (!memcmp(code, "\xc5\xf8\x77", 3))
            code += 3;
        else if (code[0] == 0x67)
            code++;
        else
            return false;
    return false;
}

void rt_map_leave(const uint8_t *row, const Machine *m)
{
    const uint8_t *at = row;
    unsigned site = (unsigned)load(m, &at);
    PrValue *values = rt_frames_open(site);
    const PrSite *s = &rt_desc.sites[site];

    if (!is_called_at_once(m, row))
        rt_checkpoint_fail("the compiler has put something between the map of site %u and its call", site);
    for (uint32_t i = 0; i < s->n_vars; i++) {
        uint64_t value = load(m, &at);

        values[i] = rt_value_at(rt_desc.types[rt_desc.vars[s->first_var + i].type].kind, (const uint8_t *)&value);
    }
    rt_leave(2);
}
#endif
