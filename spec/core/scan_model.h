/*
** The definition of scan spelt out (core/fold/README.md, "Prefixes"), item after item; and the kernels it knows.
*/
#ifndef SPEC_SCAN_MODEL_H
#define SPEC_SCAN_MODEL_H

#include "pipelines.h"

typedef enum scan_op { ADD, MUL, MIN, MAX, COMPOSE, UNLUCKY, SCAN_OPS } scan_op;

/* A registry of a host: the built-in ones again as host_add, host_mul, host_min, host_max; 'compose' of affine maps,
   which is not commutative; 'unlucky', a sum that fails with TINE_EUSER + 5 where it is a multiple of scan_unlucky. */
tine_registry *scan_registry(void);
extern uint64_t scan_unlucky;

typedef union scan_word {
  double f;
  float s;
  int64_t i;
  uint64_t u;
} scan_word;

typedef struct scan_model {
  scan_op op;
  tine_dtype dtype;
  bool failed; /* a combination did */
} scan_model;

/* Scans x to y; returns how many items come before the first that fails, and notes in m->failed if there is one. */
uint64_t scan_model_run(scan_model *m, const scan_word *x, scan_word *y, uint64_t n, bool init, scan_word first);

#endif
