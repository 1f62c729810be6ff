/*
** What the sources of the table of bits are made of, in both of its lists: arrays of numbers that are the same
** everywhere, and small pipelines. Kernels compute the same everywhere, too: arithmetic, comparisons, square roots, and
** the functions of integers of ladder.h.
*/
#ifndef SPEC_BITS_PARTS_H
#define SPEC_BITS_PARTS_H

#include "bits_kinds.h"

static inline tine_pipeline *with(tine_pipeline *p, const char *name, tine_value v) {
  return tine_map(p, builtin(name), &v, 1);
}

static inline tine_pipeline *by(tine_pipeline *p, const char *name) {
  return tine_map(p, builtin(name), NULL, 0);
}

static inline tine_pipeline *of_array(tine_array *a) {
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* ===== Arrays ===== */

static inline tine_pipeline *slice(uint64_t n, int64_t dtype, int64_t special) {
  bits_seed((uint64_t)dtype);
  return of_array(bits_data((tine_dtype)dtype, n, special != 0));
}

/* Each 'step'-th of an array, backwards if that is negative; or always the same one. */
static inline tine_pipeline *apart(uint64_t n, int64_t dtype, int64_t step) {
  const uint64_t steps = (uint64_t)(step < 0 ? -step : step);
  bits_seed((uint64_t)(dtype + 100));
  tine_array *a = bits_data((tine_dtype)dtype, n * steps + 1, false);
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size((tine_dtype)dtype);
  char *first = (char *)tine_array_data(a) + (step < 0 ? (ptrdiff_t)(n * steps) * size : 0);
  return of_array(
      tine_array_adopt((tine_dtype)dtype, first, n, (ptrdiff_t)step * size, (void (*)(void *))tine_array_release, a));
}

/* n f64 in [-1, 1), of that seed; 'at' is made negative and all others are not, unless it is -1. */
static inline tine_pipeline *signed_reals(uint64_t n, uint64_t seed, int64_t at) {
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, TINE_F64, n, NULL), TINE_OK);
  double *x = tine_array_data(a);
  bits_seed(seed);
  for (uint64_t i = 0; i < n; i++) {
    x[i] = (double)((int64_t)bits_next() | 1) * 0x1p-63;
    if (at >= 0 && (x[i] < 0) != (i == (uint64_t)at))
      x[i] = -x[i];
  }
  return of_array(a);
}

static inline tine_pipeline *reals(uint64_t n, uint64_t seed) {
  return signed_reals(n, seed, -1);
}

/* Whole numbers below 'below'. */
static inline tine_pipeline *wholes(uint64_t n, uint64_t below, uint64_t seed) {
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, TINE_I64, n, NULL), TINE_OK);
  bits_seed(seed);
  for (uint64_t i = 0; i < n; i++)
    ((int64_t *)tine_array_data(a))[i] = (int64_t)(bits_next() % below);
  return of_array(a);
}

/* Three maps of f64, which are one program where items are many. */
static inline tine_pipeline *maps(tine_pipeline *p) {
  return with(by(with(by(p, "abs"), "add", tine_f64(0.1)), "sqrt"), "mul", tine_f64(1.0 / 3));
}

typedef enum shape { STORED, COMPUTED } shape;

static inline tine_pipeline *base(uint64_t n, int64_t how) {
  return how == STORED ? reals(n, 1) : maps(reals(n, 1));
}

static inline tine_pipeline *zipped(uint64_t n, int64_t a, int64_t b) {
  return tine_zip(slice(n + 3, a, 0), apart(n, b, 2));
}

static inline tine_pipeline *extended(uint64_t n, int64_t a, int64_t b) {
  return tine_extend(zipped(n, a, b), builtin("lt"), NULL, 0);
}

static inline tine_pipeline *chained(uint64_t n, int64_t a, int64_t b) {
  return tine_chain(slice(n / 3, a, 0), slice(n - n / 3, b, 0));
}

#endif
