/*
** Columns put together from several blocks of a stage's bases: chain, interleave, step_by, windows. They lie where the
** caller wants them, else at the near end of the scratch; the bases work in what is left of it.
*/
#ifndef TI_STAGE_PARTS_H
#define TI_STAGE_PARTS_H

#include "stage.h"

typedef struct ti_parts {
  const tine_pipeline *shape; /* whose columns these are */
  ti_request base;            /* the scratch that is left; 'offset' is the stage's to set */
  char *to[TINE_MAX_COLUMNS];
  void *want[TINE_MAX_COLUMNS];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
} ti_parts;

/* n values of 'size' bytes from one stride to another. */
void ti_parts_copy(char *to, ptrdiff_t to_stride, const char *from, ptrdiff_t from_stride, size_t size, size_t n);
/* Brings columns that differ to a common type, before a stage is put on the two: a float with any other number is f64,
   two types of integers are i64 (u64 where one is u64 and neither has a sign). A bool beside a number stays as it is,
   for ti_parts_alike to refuse. Integers are converted exactly, or their item fails; f64 rounds. */
void ti_parts_promote(tine_pipeline **a, tine_pipeline **b);
/* Do both bases of '*p' have columns of the same types? If not, '*p' becomes an error. */
bool ti_parts_alike(tine_pipeline **p);
/* Bytes of scratch for columns like those of 'shape', of 'items' items each. */
size_t ti_parts_bytes(const tine_pipeline *shape, size_t items);
/* Answers the request with columns like those of 'shape', of 'items' items each; 'want' as in a request. */
void ti_parts_begin(ti_parts *parts, const tine_pipeline *shape, size_t items, void *const *want, const ti_request *rq);
/* Fills items [lo, lo + n) of a base and puts those that are valid at the places at, at + step, ...; returns how many.
   A base that computes its values puts them there itself if step is 1. */
size_t ti_parts_fill(ti_parts *parts, const tine_pipeline *base, ti_eval *eval, uint64_t lo, size_t n, size_t at,
                     size_t step);
/* As ti_parts_fill for every k-th item from lo on, n of them, at neighbouring places. The items in between are
   evaluated, too: (n - 1) * k + 1 items are at most a block. */
size_t ti_parts_thin(ti_parts *parts, const tine_pipeline *base, ti_eval *eval, uint64_t lo, size_t n, size_t at,
                     size_t k);

#endif
