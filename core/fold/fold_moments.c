/*
** Mean and squared distances, for variances that keep small noise on large values. A cell is gone over twice: its mean,
** then the distances from it, which also tell what rounding took from the mean. So the mean is held in two parts, and
** stretches are combined by the update of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
** computing sample variances", 1979, on differences that are exact where it counts.
**
** Accumulator: value.f + low the mean, extra.m2 the sum of squared distances from it.
*/
#include "fold.h"

static double moments_sum(const double *x, size_t n) {
  ti_acc sum;
  ti_fold_sum_f64.cell(NULL, x, n, 0, &sum, NULL);
  return sum.value.f;
}

static int moments_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) {
  const double *x = items;
  const double mean = moments_sum(x, n) / (double)n;
  double distance[TI_CELL], off;
  size_t i = 0;
  (void)env, (void)first, (void)message;
  ti_assert(n > 0 && n <= TI_CELL);
  do /* there is at least one: said so that the compiler knows */
    distance[i] = x[i] - mean;
  while (++i < n);
  off = moments_sum(distance, n);
  for (i = 0; i < n; i++)
    distance[i] *= distance[i];
  out->value.f = mean;
  out->low = off / (double)n;
  out->extra.m2 = moments_sum(distance, n) - off * out->low;
  return 0;
}

static int moments_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {
  const double a = (double)left->n, b = (double)right->n, share = b / (a + b);
  const double d = (right->value.f - left->value.f) + (right->low - left->low);
  const double step = left->low + d * share;
  const double mean = left->value.f + step;
  const double took = mean - left->value.f; /* two-sum: Knuth, The Art of Computer Programming, vol. 2, 4.2.2 */
  (void)env, (void)message;
  ti_assert(left->n > 0 && right->n > 0);
  left->low = (left->value.f - (mean - took)) + (step - took);
  left->value.f = mean;
  left->extra.m2 += right->extra.m2 + d * d * (a * share);
  return 0;
}

/* As moments_cell, of those with a bit: what the others have adds nothing to the sums. (To that of the squares they add
   0, which changes none in which there is a square.) */
static void moments_by_bits(const double *x, const uint64_t *bits, size_t n, size_t kept, double *room, ti_acc *out) {
  double mean, off;
  ti_assert(kept > 0 && kept <= n && n <= TI_CELL);
  ti_fold_blend(x, bits, n, TI_FOLD_NONE, room);
  mean = moments_sum(room, n) / (double)kept;
  for (size_t i = 0; i < n; i++)
    room[i] -= mean;
  ti_fold_blend(room, bits, n, TI_FOLD_NONE, room);
  off = moments_sum(room, n);
  for (size_t i = 0; i < n; i++)
    room[i] *= room[i];
  out->value.f = mean;
  out->low = off / (double)kept;
  out->extra.m2 = moments_sum(room, n) - off * out->low;
}

const ti_fold ti_fold_moments = {"moments", moments_cell, moments_combine, moments_by_bits};
