/*
** The definition of folds by place spelt out (core/fold/README.md, "The grid" and "Without index"): an item acts at the
** lane of its position, and one that is dropped is as if it changed nothing.
*/
#ifndef SPEC_PLACE_MODEL_H
#define SPEC_PLACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct place_acc {
  double value, low, m2; /* sum or product; of moments the mean, in two parts, and the squared distances from it */
  uint64_t n;            /* items that are kept; 0: all else is undefined */
} place_acc;

typedef enum place_fold { PLACE_SUM, PLACE_PRODUCT, PLACE_MOMENTS } place_fold;

/* Folds those of n items that are kept; the first is at position 0. */
place_acc place_model(place_fold fold, const double *x, const bool *keep, size_t n);

#endif
