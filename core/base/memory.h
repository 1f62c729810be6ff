/*
** Memory: everything the engine allocates comes through here, from the host's allocator. Sizes are checked for
** overflow before they are formed. The engine keeps an account of live bytes and blocks, so that tests can prove that
** nothing leaks and that a warm run allocates nothing.
*/
#ifndef TI_BASE_MEMORY_H
#define TI_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"

/* 'size' bytes at a multiple of 'align' (a power of two), contents undefined; NULL when there is no memory. Size 0
   gives a unique non-NULL block. */
void *ti_alloc(size_t size, size_t align);
void *ti_alloc_zeroed(size_t size, size_t align);
/* Takes the size and alignment the block was allocated with; NULL is fine. */
void ti_free(void *block, size_t size, size_t align);

/* Advice: the block will be written from end to end, so large pages pay, if the system has some and the block is large.
   Measured: a fifth of the time of page faults. Never changes contents. */
void ti_memory_large(void *block, size_t size);

/* A zeroed object of a type, and its end. */
#define ti_new(type) ((type *)ti_alloc_zeroed(sizeof(type), _Alignof(type)))
#define ti_delete(type, p) ti_free((p), sizeof(type), _Alignof(type))

/* A copy of a string in a block of its own; NULL gives NULL. ti_string_free takes what this returned, or NULL. */
char *ti_string_copy(const char *s);
void ti_string_free(char *s);

/* *out = a * b, and false when that overflows or exceeds PTRDIFF_MAX (no object is larger). */
static inline bool ti_size_mul(uint64_t a, uint64_t b, size_t *out) {
  uint64_t r;
  if (__builtin_mul_overflow(a, b, &r) || r > (uint64_t)PTRDIFF_MAX)
    return false;
  *out = (size_t)r;
  return true;
}

/* Round up to a multiple of 'align', a power of two. */
static inline size_t ti_size_align(size_t size, size_t align) {
  ti_assert(align > 0 && (align & (align - 1)) == 0);
  return (size + align - 1) & ~(align - 1);
}

/* The account: blocks alive, and blocks ever allocated. */
size_t ti_memory_live(void);
size_t ti_memory_allocations(void);

/* Test builds: the n-th allocation from now (0 the next) and all after it fail, until n is negative. */
void ti_memory_fail_after(int64_t n);

#endif
