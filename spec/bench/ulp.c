/*
** The largest error of each transcendental kernel in ULP, over the grid that it prints: rows of the table in
** core/kernel/README.md.
**
**     f64: 2^20 numbers by their bits, and as many from each of [-1, 1], [-30, 30], [-750, 750] and [0, 1e5]
**     f32: every 67th float by its bits
**     of two inputs, each from a part chosen at random: 2^24 pairs, f32 as f64
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../core/ulp.h"
#include "tine.h"

enum { BATCH = 1 << 20 };

typedef struct worst {
  double error, at[2];
} worst;

static double a64[BATCH], b64[BATCH], r64[BATCH];
static float a32[BATCH], b32[BATCH], r32[BATCH];

static uint64_t random_bits(void) {
  static uint64_t state = 1;
  uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* A number of part 0 to 4 of the grid. */
static double number(unsigned part, bool single) {
  static const double lo[] = {0, -1, -30, -750, 0}, hi[] = {0, 1, 30, 750, 1e5};
  const uint64_t u = random_bits();
  const uint32_t low = (uint32_t)u;
  double f;
  float g;
  memcpy(&f, &u, sizeof f);
  memcpy(&g, &low, sizeof g);
  if (part == 0)
    return single ? (double)g : f;
  f = lo[part] + (hi[part] - lo[part]) * ((double)(u >> 11) * 0x1p-53);
  return single ? (double)(float)f : f;
}

static void fail(const char *what) {
  fprintf(stderr, "ulp: %s\n", what);
  exit(1);
}

/* out = kernel(a, b) over a batch. */
static void run(const char *name, tine_dtype dtype, void *a, void *b, void *out, unsigned inputs) {
  const size_t size = dtype == TINE_F64 ? 8 : 4;
  tine_error err = {0};
  tine_array *xs = tine_slice_of(dtype, a, BATCH, (ptrdiff_t)size),
             *ys = tine_slice_of(dtype, b, BATCH, (ptrdiff_t)size);
  tine_array *to = tine_slice_of(dtype, out, BATCH, (ptrdiff_t)size);
  tine_pipeline *p = tine_slice(xs);
  if (inputs == 2)
    p = tine_zip(p, tine_slice(ys));
  p = tine_map(p, tine_kernel_find(NULL, name, NULL), NULL, 0);
  if (tine_collect_into(p, &to, 1, &err) != TINE_OK)
    fail(err.message);
  tine_pipeline_release(p);
  tine_array_release(xs);
  tine_array_release(ys);
  tine_array_release(to);
}

/* Runs a full batch and compares. */
static void measure(const char *name, bool single, unsigned inputs, worst *w) {
  run(name, single ? TINE_F32 : TINE_F64, single ? (void *)a32 : a64, single ? (void *)b32 : b64,
      single ? (void *)r32 : r64, inputs);
  for (size_t i = 0; i < BATCH; i++) {
    const double a = single ? (double)a32[i] : a64[i], b = single ? (double)b32[i] : b64[i];
    const double got = single ? (double)r32[i] : r64[i];
    long double want = 0;
    double error;
    if (!ulp_true(name, a, b, single, &want))
      fail("unknown function");
    error = ulp_error(got, want, single);
    if (error > w->error)
      *w = (worst){error, {a, b}};
  }
}

static worst one_input(const char *name, bool single) {
  worst w = {0, {0, 0}};
  uint64_t bits = 0;
  for (unsigned part = 0; part < 5 && !single; part++) {
    for (size_t i = 0; i < BATCH; i++)
      a64[i] = number(part, false);
    measure(name, false, 1, &w);
  }
  while (single && bits <= UINT32_MAX) {
    for (size_t i = 0; i < BATCH; i++, bits += 67) {
      const uint32_t low = (uint32_t)bits;
      memcpy(&a32[i], &low, sizeof low);
    }
    measure(name, true, 1, &w);
  }
  return w;
}

static worst two_inputs(const char *name, bool single) {
  worst w = {0, {0, 0}};
  for (unsigned batch = 0; batch < 16; batch++) {
    for (size_t i = 0; i < BATCH; i++) {
      const double a = number((unsigned)(random_bits() % 5), single), b = number((unsigned)(random_bits() % 5), single);
      a64[i] = a, b64[i] = b;
      a32[i] = single ? (float)a : 0, b32[i] = single ? (float)b : 0;
    }
    measure(name, single, 2, &w);
  }
  return w;
}

static void row(const char *name, worst (*of)(const char *, bool), unsigned inputs) {
  const worst d = of(name, false), f = of(name, true);
  printf("| `%s` | %.4f | %.4f |", name, d.error, f.error);
  printf(" %a, %a |", d.at[0], f.at[0]);
  if (inputs == 2)
    printf(" %a, %a |", d.at[1], f.at[1]);
  printf("\n");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (!ULP_WIDER)
    fail("long double is no wider than double here: nothing to measure by");
  printf("%s\n\n| kernel | f64 | f32 | worst at |\n|---|---|---|---|\n", tine_math_name());
#define ROW1(fn)                             \
  if (argc < 2 || strcmp(argv[1], #fn) == 0) \
    row(#fn, one_input, 1);
#define ROW2(fn)                             \
  if (argc < 2 || strcmp(argv[1], #fn) == 0) \
    row(#fn, two_inputs, 2);
  ULP_LIST1(ROW1)
  ULP_LIST2(ROW2)
  return 0;
}
