/*
** Blocks of the host's allocator that nobody is charged for: what accounts are made of, and what memory.c hands out
** with an account behind it.
*/
#ifndef TI_BASE_ALLOCATOR_H
#define TI_BASE_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/* 'size' bytes, at least 1, at a multiple of 'align' (a power of two); zeroed, or contents undefined. NULL without
   memory. */
void *ti_block_new(size_t size, size_t align, bool zeroed);
/* Takes the size and alignment the block was allocated with. */
void ti_block_free(void *block, size_t size, size_t align);

#endif
