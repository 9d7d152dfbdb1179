/* The fuzz target of image reader and converter, for libFuzzer: `make fuzz-image SECONDS=120`. */
#define _GNU_SOURCE
#include "image_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t most); /* libFuzzer's */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    image_case(data, n);
    return 0;
}

/* Changes one section, so that the others stay where they are; at times the choices. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed)
{
    Input in;
    unsigned s = seed % (PR_N_SECTIONS + 1);
    if (!input_read(&in, data, n))
        return LLVMFuzzerMutate(data, n, most);
    if (s == PR_N_SECTIONS) {
        LLVMFuzzerMutate(data, INPUT_LENGTHS, INPUT_LENGTHS);
        return n;
    }
    size_t before = (size_t)(in.part[s] - data), behind = n - before - in.length[s];
    uint8_t *rest = malloc(behind + 1);
    if (!rest)
        return n;
    memcpy(rest, in.part[s] + in.length[s], behind);
    size_t length = LLVMFuzzerMutate(data + before, in.length[s], most - before - behind);
    memcpy(data + before + length, rest, behind);
    pr_put32(data + INPUT_LENGTHS + 4 * s, (uint32_t)length);
    free(rest);
    return before + length + behind;
}
