/*
** Sorting: what the files of it share. An element's *key* is an unsigned integer that orders as the element does; only
** keys are ever compared. README.md tells the ways and why they were chosen.
*/
#ifndef TI_SORT_SORT_H
#define TI_SORT_SORT_H

#include "../data/array.h"
#include "../drive/blocks.h"
#include "../drive/cancel.h"
#include "../pool/pool.h"
#include "sort_network.h"

/*
** From the bits of an element to its key and back, as wide as the element:
**
**     key = (x ^ (sign of x repeated & mask)) ^ flip
**
** Unsigned: nothing. Signed: the sign bit flipped. Floats: a negative one is complemented, another gets its sign bit
** flipped, which is the total order of IEEE 754; NaNs are taken out before. Descending: all bits flipped besides.
*/
typedef struct ti_sort_map {
  uint64_t flip, mask;
  uint64_t nan_mask, nan_above; /* x is a NaN if x & nan_mask exceeds nan_above */
} ti_sort_map;

ti_sort_map ti_sort_map_of(tine_dtype dtype, tine_order order);

/* What one look at all elements tells. */
typedef struct ti_sort_stats {
  bool nans;       /* if there are any, the other members mean nothing */
  uint64_t differ; /* bits in which some keys differ */
  bool falls;      /* some key is less than the one before it */
  bool rises;      /* some key is not less than the one before it */
} ti_sort_stats;

/*
** The radix sorts, one for each width of elements: sort n of them in place by their keys; 'scratch' has room for as
** many and may be used up. Stable. Bits of the key below 'low' are not looked at (elements that differ only there may
** be put in any order if it is that of their whole keys). None of the elements is a NaN.
*/
typedef struct ti_sort_job {
  void *items, *scratch;
  size_t n;
  ti_sort_map map;
  unsigned low;
  bool keeps; /* if the terminal is over before it is sorted, 'items' are to be all its elements in some order; else
                 they are nobody's any more */
  const ti_sort_network *network; /* for so few; NULL: there is none */
} ti_sort_job;

/* The words elements are moved as, whatever type the host knows them by; X(type) for that of a size. */
typedef uint8_t __attribute__((may_alias)) ti_sort_u8;
typedef uint16_t __attribute__((may_alias)) ti_sort_u16;
typedef uint32_t __attribute__((may_alias)) ti_sort_u32;
typedef uint64_t __attribute__((may_alias)) ti_sort_u64;
#define TI_SORT_WORDS(size, X)     \
  switch (size) {                  \
    case 1: X(ti_sort_u8) break;   \
    case 2: X(ti_sort_u16) break;  \
    case 4: X(ti_sort_u32) break;  \
    default: X(ti_sort_u64) break; \
  }

typedef struct ti_sort_width {
  ti_sort_stats (*look)(tine_ctx *ctx, const ti_sort_job *job); /* at all */
  /* Moves NaNs, which are allowed here, to the end, all keeping their order; returns how many others there are. */
  size_t (*part)(tine_ctx *ctx, const ti_sort_job *job);
  void (*radix)(tine_ctx *ctx, const ti_sort_job *job, uint64_t differ); /* sorts, given which bits of keys differ */
} ti_sort_width;
extern const ti_sort_width ti_sort_width_u16, ti_sort_width_u32, ti_sort_width_u64;

/* Is it one of the two? */
tine_status ti_sort_check(tine_order order, tine_error *err);
/* Sorts an array that may be written. TINE_ENOMEM: it is as it was. 'keeps' is as above. */
tine_status ti_sort_array(tine_ctx *ctx, const tine_array *a, tine_order order, bool keeps);
/* As above for elements of one byte; needs no memory. */
void ti_sort_bytes(tine_ctx *ctx, const tine_array *a, tine_order order);
void ti_sort_reverse(tine_ctx *ctx, const tine_array *a);

/* The positions, from 0, of the items of 'count' columns of n elements each in their order, stable; 'out' and
   'scratch' have room for n. Needs no other memory.
   False if the terminal was over before: they mean nothing then. */
bool ti_sort_order(tine_ctx *ctx, tine_array *const *columns, unsigned count, tine_order order, uint64_t *out,
                   uint64_t *scratch);

#endif
