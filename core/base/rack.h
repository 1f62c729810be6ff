/* Freed small blocks of the C library's allocator, kept for the next of their size; see rack.c. */
#ifndef TI_BASE_RACK_H
#define TI_BASE_RACK_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that a block of 'size' bytes has in truth, if a rack is to take it; else 'size'. */
size_t ti_rack_size(size_t size);
/* A block for so many bytes, its contents undefined; NULL: none is kept. */
void *ti_rack_take(size_t size);
/* Keeps a block that was made with ti_rack_size of that size; false: it is to be freed. */
bool ti_rack_put(void *block, size_t size);

#endif
