/*
** Scans with the built-in kernels that people scan with, as plain loops. The order of operations is that of
** scan_cell.c, so the bits are; the expressions are those of builtin.def, which are found wrong by a test if they
** differ.
**
** An addition waits for the one before it in its run, so several runs are gone through side by side.
*/
#include "scan_cell.h"

#include <string.h>

#include "../base/config.h"
#include "../kernel/simd.h"

TI_DTYPES_ARE(11);

enum { SCAN_SIDE = 8 }; /* runs side by side: as many additions as a processor has under way */

#define SCAN_ADD(x, y) ((x) + (y))
#define SCAN_MUL(x, y) ((x) * (y))
/* Of integers the last two conditions never hold. */
#define SCAN_MIN(x, y) ((x) < (y) || (x) != (x) ? (x) : (y))
#define SCAN_MAX(x, y) ((x) > (y) || (x) != (x) ? (x) : (y))

#define SCAN_LOOPS(name, type, op)                                                                  \
  static void scan_runs_##name(void *values, size_t n) {                                            \
    type *x = values;                                                                               \
    size_t i = 0;                                                                                   \
    for (; n - i >= SCAN_SIDE * TI_LANES; i += SCAN_SIDE * TI_LANES) {                              \
      type last[SCAN_SIDE];                                                                         \
      for (unsigned j = 0; j < SCAN_SIDE; j++)                                                      \
        last[j] = x[i + j * TI_LANES];                                                              \
      for (unsigned k = 1; k < TI_LANES; k++)                                                       \
        for (unsigned j = 0; j < SCAN_SIDE; j++)                                                    \
          x[i + j * TI_LANES + k] = last[j] = op(last[j], x[i + j * TI_LANES + k]);                 \
    }                                                                                               \
    for (; i < n; i++)                                                                              \
      if (i % TI_LANES != 0)                                                                        \
        x[i] = op(x[i - 1], x[i]);                                                                  \
  }                                                                                                 \
  static void scan_total_##name(const void *values, size_t n, void *out) {                          \
    const type *x = values;                                                                         \
    type total = x[n < TI_LANES ? n - 1 : TI_LANES - 1];                                            \
    for (size_t i = TI_LANES; i < n; i += TI_LANES) {                                               \
      const type last = x[n - i < TI_LANES ? n - 1 : i + TI_LANES - 1];                             \
      total = op(total, last);                                                                      \
    }                                                                                               \
    memcpy(out, &total, sizeof total);                                                              \
  }                                                                                                 \
  static void scan_carry_##name(void *values, size_t n, const void *carry) {                        \
    type *x = values, before = x[0], all = x[0];                                                    \
    if (carry != NULL)                                                                              \
      memcpy(&all, carry, sizeof all);                                                              \
    for (size_t i = 0; i < n; i += TI_LANES) {                                                      \
      const size_t end = n - i < TI_LANES ? n : i + TI_LANES;                                       \
      const type last = x[end - 1], left = carry == NULL ? before : i == 0 ? all : op(all, before); \
      before = i == 0 ? last : op(before, last);                                                    \
      if (i > 0 || carry != NULL)                                                                   \
        for (size_t k = i; k < end; k++)                                                            \
          x[k] = op(left, x[k]);                                                                    \
    }                                                                                               \
  }                                                                                                 \
  static void scan_combine_##name(const void *a, const void *b, void *out) {                        \
    type x, y, r;                                                                                   \
    memcpy(&x, a, sizeof x);                                                                        \
    memcpy(&y, b, sizeof y);                                                                        \
    r = op(x, y);                                                                                   \
    memcpy(out, &r, sizeof r);                                                                      \
  }

SCAN_LOOPS(add_i64, uint64_t, SCAN_ADD)
SCAN_LOOPS(mul_i64, uint64_t, SCAN_MUL)
SCAN_LOOPS(mul_f32, float, SCAN_MUL)
SCAN_LOOPS(mul_f64, double, SCAN_MUL)
SCAN_LOOPS(min_i64, int64_t, SCAN_MIN)
SCAN_LOOPS(min_f32, float, SCAN_MIN)
SCAN_LOOPS(min_f64, double, SCAN_MIN)
SCAN_LOOPS(max_i64, int64_t, SCAN_MAX)
SCAN_LOOPS(max_f32, float, SCAN_MAX)
SCAN_LOOPS(max_f64, double, SCAN_MAX)

#define SCAN_ENTRY(kernel, NAME, dtype)                                                                               \
  {                                                                                                                   \
#kernel, TINE_##NAME, scan_runs_##kernel##_##dtype, scan_total_##kernel##_##dtype, scan_carry_##kernel##_##dtype, \
        scan_combine_##kernel##_##dtype                                                                               \
  }
#define SCAN_ENTRIES(kernel) SCAN_ENTRY(kernel, I64, i64), SCAN_ENTRY(kernel, F32, f32), SCAN_ENTRY(kernel, F64, f64)

static const ti_scan_loops scan_loops[] = {SCAN_ENTRY(add, I64, i64), SCAN_ENTRIES(mul), SCAN_ENTRIES(min),
                                           SCAN_ENTRIES(max)};

void ti_scanner_choose(ti_scanner *s) {
  const tine_dtype dtype = s->reducer.signature->out[0];
  ti_assert(s->reducer.signature->inputs == 2 && s->reducer.signature->outputs == 1);
  s->loops = NULL;
  s->sums = NULL;
  if (s->reducer.kernel->builtin && strcmp(s->reducer.kernel->name, "add") == 0 && ti_dtype_float(dtype)) {
    s->sums = ti_scan_sums_variant(dtype, ti_simd_now());
    return;
  }
  for (size_t i = 0; i < sizeof scan_loops / sizeof scan_loops[0] && s->reducer.kernel->builtin; i++)
    if (scan_loops[i].dtype == dtype && strcmp(scan_loops[i].kernel, s->reducer.kernel->name) == 0)
      s->loops = &scan_loops[i];
}

#undef SCAN_ADD
#undef SCAN_MUL
#undef SCAN_MIN
#undef SCAN_MAX
#undef SCAN_LOOPS
#undef SCAN_ENTRY
#undef SCAN_ENTRIES
