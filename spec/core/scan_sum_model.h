/*
** The definition of prefix sums of floats spelt out (core/fold/README.md, "Prefix sums"), item after item; and sums of
** doubles without any error, as one large integer.
*/
#ifndef SPEC_SCAN_SUM_MODEL_H
#define SPEC_SCAN_SUM_MODEL_H

#include "scan_model.h"

/* A multiple of 2^-1074, in digits of 32 bits that carry over only when it is read. */
typedef struct exact_sum {
  int64_t digit[72];
} exact_sum;

void exact_add(exact_sum *s, double finite);
/* Rounded to nearest, ties to even; infinite where it is too large. +0 for 0. */
double exact_value(const exact_sum *s);

/* Scans x to y as tine_scan does with "add". */
void scan_sum_model(tine_dtype dtype, const scan_word *x, scan_word *y, uint64_t n, bool init, scan_word first);

#endif
