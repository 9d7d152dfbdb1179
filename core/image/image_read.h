/* The reader's parts behind the header. Private to core/image. C11 + libc only. */
#ifndef PREACHES_IMAGE_READ_H
#define PREACHES_IMAGE_READ_H

#include "image_format.h"

/* Fills image->view from the hashed sections and checks each field against the schema. Touches no
 * byte of GLOBALS, STACK and HEAP. */
PrStatus pr_image_read_sections(PrImage *image, PrError *error);

/* Every external reference: in order, in its section, and (class image) the bytes at its place are
 * the virtual address that it says. */
PrStatus pr_image_check_extrefs(const PrImage *image, PrError *error);

/* Index of the first range that ends behind `offset`; ranges->n when there is none. */
uint64_t pr_packed_find(const PrPacked *ranges, uint64_t offset);

/* Where `width` bytes of a reference stand in the mapped file; NULL when they are not in it. */
const uint8_t *pr_image_place(const PrImage *image, const PrExtref *ref, uint64_t width);

/* Reads or writes a pointer in the byte order and width of an architecture. */
uint64_t pr_image_get_pointer(const PrArch *arch, const uint8_t *p);
void pr_image_put_pointer(const PrArch *arch, uint8_t *p, uint64_t value);

#endif
