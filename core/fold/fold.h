/*
** A fold: how one column of items becomes one value, in an order fixed for ever (README.md, "The grid").
**
** A *cell* is TI_CELL neighbouring positions. A fold turns the items of a cell into an *accumulator*, and combines the
** accumulators of two neighbouring stretches, left with right. Who calls when, on which thread, is not its business:
** tree.h says which accumulators meet, and that is the same on every run.
*/
#ifndef TI_FOLD_FOLD_H
#define TI_FOLD_FOLD_H

#include "../base/check.h"
#include "../kernel/kernel.h"

typedef union ti_acc_word {
  int64_t i;
  uint64_t u;
  double f;
  unsigned char bytes[8]; /* a value of a kernel's own type */
} ti_acc_word;

/* What a fold keeps of a stretch; each fold says in its file which members it uses. */
typedef struct ti_acc {
  ti_acc_word value;
  union {
    uint64_t position; /* of 'value', from 0 */
    double m2;         /* sum of squared distances from the mean */
    ti_acc_word other; /* the largest, where 'value' is the smallest */
  } extra;
  union {
    double low;       /* what 'value' lost in rounding */
    ti_acc_word best; /* the value to beat: no item before what comes next is better */
  } with;
  uint64_t n; /* items: whoever calls the fold counts them, and combine finds each side's own */
} ti_acc;

typedef struct ti_fold {
  const char *name;
  /* Folds n items (1 to TI_CELL), contiguous, of the type the fold works in; the first is at position 'first'. Returns
     0 or a kernel's code with 'message' filled (TINE_MESSAGE_SIZE bytes). 'out' of one that 'asks' is begun by
     ti_fold_after. */
  int (*cell)(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message);
  /* left becomes left and right together. As above. */
  int (*combine)(const void *env, ti_acc *left, const ti_acc *right, char *message);
  /* Not NULL: where items are missing the others act at the lane of their place, as if at each place that has none
     there were something that changes nothing. Folds those of n places that have a bit, 'kept', at least one. 'room',
     TI_CELL values, it uses; the items may lie there, else apart from it. */
  void (*bits)(const void *items, const uint64_t *bits, size_t n, size_t kept, void *room, ti_acc *out);
  bool ranks; /* items side by side give the same as at their places */
  bool asks;  /* 'cell' looks at what stands before it */
} ti_fold;

/* The folds: over i64 or f64 items, or whatever type the name says. */
extern const ti_fold ti_fold_sum_i64, ti_fold_sum_f64, ti_fold_product_i64, ti_fold_product_f64;
extern const ti_fold ti_fold_sum_f32; /* ti_fold_sum_f64 of f32 items, all of a cell */
extern const ti_fold ti_fold_min_i64, ti_fold_min_u64, ti_fold_min_f64;
extern const ti_fold ti_fold_max_i64, ti_fold_max_u64, ti_fold_max_f64;
extern const ti_fold ti_fold_minmax_i64, ti_fold_minmax_u64, ti_fold_minmax_f64;
/* The same with extra.position, that of the first which is as good; 'ranks' only. */
extern const ti_fold ti_fold_argmin_i64, ti_fold_argmin_u64, ti_fold_argmin_f64;
extern const ti_fold ti_fold_argmax_i64, ti_fold_argmax_u64, ti_fold_argmax_f64;
extern const ti_fold ti_fold_moments; /* f64: mean and m2 */
extern const ti_fold ti_fold_kernel;  /* env is a ti_reducer */

/* Begins a cell's accumulator, for a fold that asks: 'before' is that of a stretch before it, NULL if none is known. */
static inline void ti_fold_after(ti_acc *out, const ti_acc *before) {
  out->n = before != NULL ? before->n : 0;
  if (before != NULL)
    out->with = before->with;
}

/* Folds n items, side by side at the beginning of 'room' (TI_CELL values, which it uses), at their places: the offsets
   rise and are below TI_CELL. For a fold with 'bits'. */
void ti_fold_places(const ti_fold *fold, double *room, const uint16_t *offset, size_t n, ti_acc *out);

/* room[i] becomes x[i] where i has a bit, and 'none' where it has not, for n items of 64 bits; x may be 'room', of
   TI_CELL values, where those after the n-th may be anything then. Returns 'room'. */
const void *ti_fold_blend(const void *x, const uint64_t *bits, size_t n, ti_acc_word none, void *room);

/* The sum of TI_LANES lanes, which start as TI_FOLD_NONE. */
double ti_fold_lanes(const double *lanes);
#define TI_FOLD_NONE (-0.0)

/* An associative kernel of two inputs and one output, all of one type. */
typedef struct ti_reducer {
  const tine_kernel *kernel;
  const ti_signature *signature;
  size_t size; /* of a value */
} ti_reducer;

/* Chooses the signature for a column: (T, T -> T), T what promotion makes of the column and the identity (NULL: none),
   which is stored in that type. 'what' names the caller in messages. */
tine_status ti_reducer_bind(const tine_kernel *op, const char *what, tine_dtype column, const tine_value *identity,
                            ti_reducer *out, ti_acc_word *identity_out, tine_error *err);
/* out[i] = a[i] op b[i] for n values (1 to TI_CELL), 'out' in a row and over neither of the two. Returns how many are
   done; if not all, '*code' and 'message' say what is wrong with the next, else '*code' is 0. */
size_t ti_reducer_apply(const ti_reducer *r, const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride,
                        size_t n, void *out, int *code, char *message);
/* Folds n stretches of k items each, one after the other (k at most TI_LANES, n * k at most TI_CELL, 'stride' bytes
   from item to item), as ti_fold_kernel folds a cell, to n values in a row. 'room': two times TI_CELL values. Returns
   how many stretches are done, as above. */
size_t ti_fold_rows(const ti_reducer *r, const void *items, ptrdiff_t stride, size_t k, size_t n, char *room, void *out,
                    int *code, char *message);

#endif
