/*
** What place_model.h says.
*/
#include "place_model.h"

enum { CELL = 1024, LANES = 32 };

static double both(place_fold fold, double a, double b) {
  return fold == PLACE_PRODUCT ? a * b : a + b;
}

/* The items of a cell in their lanes, and the lanes pairwise. */
static double lanes(place_fold fold, const double *x, const bool *keep, size_t n) {
  double lane[LANES];
  for (size_t j = 0; j < LANES; j++)
    lane[j] = fold == PLACE_PRODUCT ? 1 : -0.0;
  for (size_t i = 0; i < n; i++)
    if (keep[i])
      lane[i % LANES] = both(fold, lane[i % LANES], x[i]);
  for (size_t width = LANES; width > 1; width /= 2)
    for (size_t j = 0; j < width / 2; j++)
      lane[j] = both(fold, lane[2 * j], lane[2 * j + 1]);
  return lane[0];
}

static place_acc cell(place_fold fold, const double *x, const bool *keep, size_t n) {
  double distance[CELL], off;
  place_acc a = {.value = lanes(fold == PLACE_PRODUCT ? fold : PLACE_SUM, x, keep, n)};
  for (size_t i = 0; i < n; i++)
    a.n += keep[i];
  if (fold != PLACE_MOMENTS || a.n == 0)
    return a;
  a.value /= (double)a.n;
  for (size_t i = 0; i < n; i++)
    distance[i] = x[i] - a.value;
  off = lanes(PLACE_SUM, distance, keep, n);
  for (size_t i = 0; i < n; i++)
    distance[i] *= distance[i];
  a.low = off / (double)a.n;
  a.m2 = lanes(PLACE_SUM, distance, keep, n) - off * a.low;
  return a;
}

/* Chan, Golub and LeVeque's update, the mean in two parts. */
static place_acc moments(place_acc l, place_acc r) {
  const double a = (double)l.n, b = (double)r.n, share = b / (a + b);
  const double d = (r.value - l.value) + (r.low - l.low), step = l.low + d * share;
  place_acc out = {.value = l.value + step, .n = l.n + r.n};
  const double took = out.value - l.value;
  out.low = (l.value - (out.value - took)) + (step - took);
  out.m2 = l.m2 + (r.m2 + d * d * (a * share));
  return out;
}

/* The tree over cells, which halves at the largest power of two; where a side has nothing there is the other. */
place_acc place_model(place_fold fold, const double *x, const bool *keep, size_t n) {
  size_t half = CELL;
  if (n <= CELL)
    return cell(fold, x, keep, n);
  while (half * 2 < n)
    half *= 2;
  const place_acc l = place_model(fold, x, keep, half), r = place_model(fold, x + half, keep + half, n - half);
  if (l.n == 0 || r.n == 0)
    return l.n == 0 ? r : l;
  if (fold == PLACE_MOMENTS)
    return moments(l, r);
  return (place_acc){.value = both(fold, l.value, r.value), .n = l.n + r.n};
}
