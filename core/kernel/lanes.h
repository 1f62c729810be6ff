/*
** What one lane of a loop computes where C has no operator for it: Lua's integer division, remainder and shifts, and
** comparison of numbers of different types. All are total but for the integer divisor 0, which the loop has ruled out.
*/
#ifndef TI_KERNEL_LANES_H
#define TI_KERNEL_LANES_H

#include <math.h>
#include <stdint.h>

#include "../data/dtype.h"

/* An element as a loop computes with it: of a bool, 0 or 1. */
#define TI_LANE_LOAD(NAME, x) ((ti_lane_##NAME)(TINE_##NAME == TINE_BOOL && (x) > 1 ? 1 : (x)))

/* a // b, rounded down; b is not 0. The most negative integer over -1 wraps to itself. */
static inline int64_t ti_lane_idiv(int64_t a, int64_t b) {
  if (b == -1)
    return (int64_t)(0 - (uint64_t)a);
  return a / b - (a % b != 0 && (a ^ b) < 0);
}

/* a % b with the sign of b; b is not 0. */
static inline int64_t ti_lane_mod(int64_t a, int64_t b) {
  int64_t r;
  if (b == -1)
    return 0;
  r = a % b;
  return r != 0 && (r ^ b) < 0 ? r + b : r;
}

/* The float remainder with the sign of b, as Lua defines it: fmod, moved by one b where the signs differ. */
static inline double ti_lane_fmod(double a, double b) {
  const double r = fmod(a, b);
  return (r > 0 ? b < 0 : r < 0 && b > 0) ? r + b : r;
}
static inline float ti_lane_fmodf(float a, float b) {
  const float r = fmodf(a, b);
  return (r > 0 ? b < 0 : r < 0 && b > 0) ? r + b : r;
}

/*
** The same bits without a call, and so without leaving the vector registers, where the quotient is small; elsewhere
** (and for NaN, infinities and zero divisors) *out is nothing and the answer is 0. A rounded quotient below the limit
** is the true one or, just below an integer, that integer: one too many, which makes the remainder negative. The
** remainder, negative or not, is a multiple of b's last place and no larger than b; so fma has nothing to round, and
** one b more puts it right.
*/
#define TI_LANE_QUICK_FMOD(name, type, bits, limit, suffix)                        \
  static inline bits name(type a, type b, type *out) {                             \
    const type x = fabs##suffix(a), y = fabs##suffix(b), q = trunc##suffix(x / y); \
    const type once = fma##suffix(-q, y, x), r0 = once < 0 ? once + y : once;      \
    const type r = copysign##suffix(r0, a);                                        \
    *out = (r > 0 ? b < 0 : (r < 0) & (b > 0)) ? r + b : r;                        \
    return (bits)((q < (limit)) & (once == once));                                 \
  }
TI_LANE_QUICK_FMOD(ti_lane_quick_fmod, double, uint64_t, 0x1p52, )
TI_LANE_QUICK_FMOD(ti_lane_quick_fmodf, float, uint32_t, 0x1p23f, f)
#undef TI_LANE_QUICK_FMOD

/* min(max(a, lo), hi), where NaN anywhere is the result; put so that no branch is left. */
static inline double ti_lane_clamp(double a, double lo, double hi) {
  const double raised = a < lo ? lo : a, r = raised > hi ? hi : raised;
  return ((lo == lo) & (hi == hi)) ? r : lo + hi;
}
static inline float ti_lane_clampf(float a, float lo, float hi) {
  const float raised = a < lo ? lo : a, r = raised > hi ? hi : raised;
  return ((lo == lo) & (hi == hi)) ? r : lo + hi;
}

/* a * b + c, rounded once. A product and 0 are the product, rounded, which underflows to -0, too: where no instruction
   does it that is not left to the library, since musl's adds the two zeros. */
#ifdef __FP_FAST_FMA
static inline double ti_lane_fma(double a, double b, double c) {
  return fma(a, b, c);
}
static inline float ti_lane_fmaf(float a, float b, float c) {
  return fmaf(a, b, c);
}
#else
static inline double ti_lane_fma(double a, double b, double c) {
  return c == 0 && a != 0 && b != 0 ? a * b : fma(a, b, c);
}
static inline float ti_lane_fmaf(float a, float b, float c) {
  return c == 0 && a != 0 && b != 0 ? a * b : fmaf(a, b, c);
}
#endif

/* Logical shifts; a negative count shifts the other way, and 64 or more leave nothing. */
static inline int64_t ti_lane_shl(int64_t a, int64_t b) {
  const uint64_t x = (uint64_t)a, left = (uint64_t)b, right = 0 - left;
  return (int64_t)(left < 64 ? x << (left & 63) : right < 64 ? x >> (right & 63) : 0);
}
static inline int64_t ti_lane_shr(int64_t a, int64_t b) {
  const uint64_t x = (uint64_t)a, right = (uint64_t)b, left = 0 - right;
  return (int64_t)(right < 64 ? x >> (right & 63) : left < 64 ? x << (left & 63) : 0);
}

/*
** Exact order of a and b as a number to compare with 0: -1, 0, 1, or NaN. Rounding an integer to a double keeps the
** order, so where the rounded one differs from b it decides; where it equals b, b is an integer and can be compared
** as one unless it is just past the type's end.
*/
static inline double ti_order_I64_F64(int64_t a, double b) {
  const double rounded = (double)a;
  if (rounded != b)
    return rounded < b ? -1 : rounded > b ? 1 : b - b; /* b is NaN */
  return b >= 0x1p63 || a < (int64_t)b ? -1 : a > (int64_t)b;
}
static inline double ti_order_U64_F64(uint64_t a, double b) {
  const double rounded = (double)a;
  if (rounded != b)
    return rounded < b ? -1 : rounded > b ? 1 : b - b; /* b is NaN */
  return b >= 0x1p64 || a < (uint64_t)b ? -1 : a > (uint64_t)b;
}
static inline double ti_order_I64_U64(int64_t a, uint64_t b) {
  return a < 0 || (uint64_t)a < b ? -1 : (uint64_t)a > b;
}
static inline double ti_order_F64_I64(double a, int64_t b) {
  return -ti_order_I64_F64(b, a);
}
static inline double ti_order_F64_U64(double a, uint64_t b) {
  return -ti_order_U64_F64(b, a);
}
static inline double ti_order_U64_I64(uint64_t a, int64_t b) {
  return -ti_order_I64_U64(b, a);
}

#endif
