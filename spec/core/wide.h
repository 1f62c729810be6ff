/*
** Integers wide enough to be a model of those of 64 bits: of 128 bits, or where the compiler has none the whole numbers
** that a float of 113 bits holds, so that nothing below may exceed 2^112 but by way of wide_product.
*/
#ifndef SPEC_WIDE_H
#define SPEC_WIDE_H

#include <stdint.h>

#if defined(__SIZEOF_INT128__)

__extension__ typedef __int128 wide;

/* The last 64 bits. */
static inline uint64_t wide_bits(wide x) {
  return (uint64_t)x;
}

/* Towards zero, of a quotient that i64 or u64 holds. */
static inline wide wide_quotient(wide a, wide b) {
  return a / b;
}

/* The last 64 bits of a product. */
static inline uint64_t wide_product(int64_t a, int64_t b) {
  return (uint64_t)((wide)a * b);
}

#else

__extension__ typedef __float128 wide;

static inline wide wide_quotient(wide a, wide b) {
  const wide q = a / b;
  return q < 0 ? -(wide)(uint64_t)-q : (wide)(uint64_t)q;
}

static inline uint64_t wide_bits(wide x) {
  const wide two64 = (wide)0x1p64;
  x -= wide_quotient(x, two64) * two64;
  return (uint64_t)(x < 0 ? x + two64 : x);
}

/* By halves of a. */
static inline uint64_t wide_product(int64_t a, int64_t b) {
  const uint64_t low = (uint64_t)a & UINT32_MAX;
  const wide high = ((wide)a - low) / (wide)0x1p32;
  return (wide_bits(high * b) << 32) + wide_bits((wide)low * b);
}

#endif

#endif
