/*
** What scan_sum_model.h says.
*/
#include "scan_sum_model.h"

#include <math.h>

enum { DIGITS = sizeof((exact_sum *)0)->digit / sizeof(int64_t), RUN = 128 };

/* ----- Exact sums ----- */

void exact_add(exact_sum *s, double finite) {
  int exponent;
  const double fraction = frexp(fabs(finite), &exponent);
  uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
  int place = exponent - 53 + 1074;
  if (place < 0) { /* subnormal: the low bits are 0 */
    mantissa >>= -place;
    place = 0;
  }
  for (int bit = 0; bit < 53; bit++)
    if ((mantissa >> bit & 1) != 0)
      s->digit[(place + bit) / 32] += (int64_t)(finite < 0 ? -1 : 1) * ((int64_t)1 << (place + bit) % 32);
}

static int exact_bit(const exact_sum *s, int k) {
  return k < 0 ? 0 : (int)(s->digit[k / 32] >> k % 32 & 1);
}

double exact_value(const exact_sum *given) {
  exact_sum s = *given;
  bool negative, sticky = false;
  uint64_t mantissa = 0;
  int top = DIGITS * 32 - 1, low;
  for (int sign = 0; sign < 2; sign++) { /* carries; and again, where that shows that it is negative */
    int64_t carry = 0;
    for (int k = 0; k < DIGITS; k++) {
      const int64_t d = (sign == 0 ? s.digit[k] : -s.digit[k]) + carry;
      carry = d >> 32;
      s.digit[k] = d & 0xffffffff;
    }
    negative = sign == 1;
    if (carry == 0)
      break;
  }
  while (top >= 0 && exact_bit(&s, top) == 0)
    top--;
  if (top < 0)
    return 0;
  low = top > 52 ? top - 52 : 0; /* the last bit that there is room for */
  for (int k = top; k >= low; k--)
    mantissa = mantissa << 1 | (uint64_t)exact_bit(&s, k);
  for (int k = 0; k < low - 1; k++)
    sticky = sticky || exact_bit(&s, k) != 0;
  if (exact_bit(&s, low - 1) != 0 && (sticky || (mantissa & 1) != 0))
    mantissa++;
  return ldexp(negative ? -(double)mantissa : (double)mantissa, low - 1074);
}

/* ----- f64 ----- */

typedef struct pair {
  double hi, lo;
} pair;

/* Some finite numbers, without an error. */
static double exactly(const double *x, unsigned n) {
  exact_sum s = {{0}};
  for (unsigned i = 0; i < n; i++)
    exact_add(&s, x[i]);
  return exact_value(&s);
}

/* carry + total, rounded once; a zero has the sign that the plain sum of the large parts has, if that is one. */
static double rounded(pair carry, pair total) {
  const double plain = carry.hi + total.hi, value = exactly((double[]){carry.hi, carry.lo, total.hi, total.lo}, 4);
  if (!isfinite(plain))
    return plain;
  return value == 0 ? (plain == 0 ? plain : 0) : value;
}

static bool keeps(double hi, double lo) {
  return hi + lo == hi;
}

static pair kept(double hi, double lo) {
  return (pair){hi, keeps(hi, lo) ? lo : nextafter(lo, 0)};
}

static pair behind(pair carry, pair total) {
  const double hi = rounded(carry, total), a = carry.hi + total.hi;
  double lo;
  if (!isfinite(hi))
    return (pair){hi, 0};
  lo = (a - hi) + (exactly((double[]){carry.hi, total.hi, -a}, 3) + (carry.lo + total.lo));
  if (!keeps(hi, lo) && !keeps(hi, nextafter(lo, 0)))
    lo = exactly((double[]){carry.hi, carry.lo, total.hi, total.lo, -hi}, 5);
  return kept(hi, lo);
}

static pair walk(pair carry, const scan_word *x, scan_word *y, uint64_t n) {
  for (uint64_t i = 0; i < n; i++) {
    const double sum = carry.hi + x[i].f;
    carry.lo = isfinite(sum) ? carry.lo + exactly((double[]){carry.hi, x[i].f, -sum}, 3) : 0;
    carry.hi = sum;
    y[i].f = carry.lo == 0 ? sum : sum + carry.lo;
  }
  if (isfinite(carry.hi) && carry.lo != 0) {
    const double hi = carry.hi + carry.lo;
    carry = isfinite(hi) ? kept(hi, exactly((double[]){carry.hi, carry.lo, -hi}, 3)) : (pair){hi, 0};
  }
  return carry;
}

static void model_f64(const scan_word *x, scan_word *y, uint64_t n, pair carry) {
  for (uint64_t at = 0; at < n; at += RUN) {
    const uint64_t count = n - at < RUN ? n - at : RUN;
    pair sum = {-0.0, 0};
    uint64_t finite = 0;
    for (; finite < count && isfinite(carry.hi); finite++) {
      const double item = x[at + finite].f, next = sum.hi + item, part = next - sum.hi;
      const pair more = {next, sum.lo + ((sum.hi - (next - part)) + (item - part))};
      if (!isfinite(more.hi) || !isfinite(more.lo))
        break;
      sum = more;
      y[at + finite].f = rounded(carry, sum);
    }
    if (finite > 0)
      carry = behind(carry, sum);
    carry = walk(carry, x + at + finite, y + at + finite, count - finite);
  }
}

/* ----- f32 ----- */

static void model_f32(const scan_word *x, scan_word *y, uint64_t n, double carry) {
  double sum = 0;
  for (uint64_t i = 0; i < n; i++) {
    if (i > 0 && i % RUN == 0)
      carry += sum;
    sum = i % RUN == 0 ? (double)x[i].s : sum + (double)x[i].s;
    y[i].s = (float)(carry + sum);
  }
}

void scan_sum_model(tine_dtype dtype, const scan_word *x, scan_word *y, uint64_t n, bool init, scan_word first) {
  if (dtype == TINE_F64)
    model_f64(x, y, n, (pair){init ? first.f : -0.0, 0});
  else
    model_f32(x, y, n, init ? (double)first.s : -0.0);
}
