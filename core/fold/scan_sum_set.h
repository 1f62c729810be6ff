/*
** Prefix sums of whole cells for one instruction set; a template that scan_sum.c includes once for each, with SUM_SET
** (its name), SUM_BYTES (of a register), and SUM_TURN(v), which swaps rows and columns of as many registers as one has
** numbers.
**
** As many runs as a register has room for go side by side, since the items of one wait for each other. A square of
** items is loaded, a register for each run; turned, so that a register has one item of each; and turned back.
*/
#define SUM_GLUE(name, set) scan_##name##_##set
#define SUM_JOIN(name, set) SUM_GLUE(name, set)
#define SUM(name) SUM_JOIN(name, SUM_SET)
#define VEC SUM(vector)
#define MASK SUM(mask)
#define EACH (SUM_BYTES / 8)
#define SUM_ABS(a) ((VEC)((MASK)(a)&INT64_MAX))

typedef double VEC __attribute__((vector_size(SUM_BYTES)));
typedef int64_t MASK __attribute__((vector_size(SUM_BYTES)));
typedef double SUM(doubles) __attribute__((vector_size(SUM_BYTES), aligned(8), may_alias));
typedef float SUM(floats) __attribute__((vector_size(SUM_BYTES / 2), aligned(4), may_alias));

static inline VEC SUM(splat)(double x) {
  return x - (VEC){0};
}

static inline VEC SUM(load_double)(const double *x) {
  return *(const SUM(doubles) *)(const void *)x;
}

static inline void SUM(store_double)(double *x, VEC v) {
  *(SUM(doubles) *)(void *)x = v;
}

static inline VEC SUM(load_float)(const float *x) {
  return __builtin_convertvector(*(const SUM(floats) *)(const void *)x, VEC);
}

static inline void SUM(store_float)(float *x, VEC v) {
  *(SUM(floats) *)(void *)x = __builtin_convertvector(v, SUM(floats));
}

/* Is any not 0? NaN, too, is not, and no difference is -0.0. */
static inline bool SUM(some)(MASK bits) {
  int64_t all = 0;
  for (size_t i = 0; i < EACH; i++)
    all |= bits[i];
  return all != 0;
}

/* One more item in the plain sum of a run and the sum of what its additions lost. */
static inline VEC SUM(next)(VEC sum, VEC item, VEC *errors) {
  const VEC next = sum + item, part = next - sum;
  *errors = *errors + ((sum - (next - part)) + (item - part));
  return next;
}

/* hi + lo + sum + errors: a + v, and less than k besides. If k more and k less give the same that is how it is rounded,
   else 'unsure' becomes other than 0, as where it is not finite. What is returned has the sign of a + v if it is 0. */
static inline VEC SUM(prefix)(VEC hi, VEC lo, VEC sum, VEC errors, MASK *unsure) {
  const VEC a = hi + sum, ap = a - hi, b = (hi - (a - ap)) + (sum - ap);
  const VEC t = lo + errors, v = b + t, k = (SUM_ABS(t) + SUM_ABS(v)) * 0x1p-51, less = a + (v - k);
  *unsure = (MASK)((a + (v + k)) - less);
  return less;
}

/* Likewise with k from what additions lost in truth: mostly nothing. Then a + v is rounded as all of it is, even where
   that is half way between two numbers, which is no rare thing among numbers of few bits. */
static inline VEC SUM(prefix_again)(VEC hi, VEC lo, VEC sum, VEC errors, MASK *unsure) {
  const VEC a = hi + sum, ap = a - hi, b = (hi - (a - ap)) + (sum - ap);
  const VEC t = lo + errors, tp = t - lo, lost = (lo - (t - tp)) + (errors - tp);
  const VEC v = b + t, vp = v - b, w = SUM_ABS(lost + ((b - (v - vp)) + (t - vp)));
  const VEC k = (VEC)((MASK)(w + w + SUM_ABS(v) * 0x1p-51) & (w != 0)); /* as sum_round */
  *unsure = (MASK)((a + (v + k)) - (a + (v - k)));
  return a + v;
}

/* Vector 'v' of some, in which not all was sure. */
static void SUM(doubts)(const VEC *hi, const VEC *lo, const VEC *sum, const VEC *errors, VEC *v) {
  MASK unsure;
  *v = SUM(prefix_again)(*hi, *lo, *sum, *errors, &unsure);
  for (size_t i = 0; i < EACH && SUM(some)(unsure); i++) {
    const ti_scan_sum carry = {(*hi)[i], (*lo)[i]};
    if (unsure[i] != 0)
      (*v)[i] = sum_round(&carry, (*sum)[i], (*errors)[i]);
  }
}

/* The prefixes of some vectors of sums and errors; those that it is not sure of are done with more care. */
static inline void SUM(prefixes)(VEC hi, VEC lo, const VEC *sum, const VEC *errors, VEC *out, size_t n) {
  MASK unsure[EACH], any = {0};
  for (size_t i = 0; i < n; i++) {
    out[i] = SUM(prefix)(hi, lo, sum[i], errors[i], &unsure[i]);
    any |= unsure[i];
  }
  if (__builtin_expect(SUM(some)(any), 0))
    for (size_t i = 0; i < n; i++)
      if (SUM(some)(unsure[i]))
        SUM(doubts)(&hi, &lo, &sum[i], &errors[i], &out[i]);
}

/* A square: items k on of the runs from j on. */
#define SUM_SQUARE(type, x, j, k, v)                              \
  for (size_t i = 0; i < EACH; i++)                               \
    v[i] = SUM(load_##type)((x) + ((j) + i) * TI_SCAN_RUN + (k)); \
  SUM_TURN(v)
#define SUM_SQUARE_BACK(type, x, j, k, v) \
  SUM_TURN(v);                            \
  for (size_t i = 0; i < EACH; i++)       \
  SUM(store_##type)((x) + ((j) + i) * TI_SCAN_RUN + (k), v[i])

/* Sums begin with -0.0, which changes no item. */
static void SUM(totals_f64)(const double *x, ti_scan_sum *totals) {
  for (size_t j = 0; j < TI_SCAN_RUNS; j += EACH) {
    VEC v[EACH], sum = SUM(splat)(-0.0), errors = {0};
    for (size_t k = 0; k < TI_SCAN_RUN; k += EACH) {
      SUM_SQUARE(double, x, j, k, v);
      for (size_t i = 0; i < EACH; i++)
        sum = SUM(next)(sum, v[i], &errors);
    }
    for (size_t i = 0; i < EACH; i++)
      totals[j + i] = (ti_scan_sum){sum[i], errors[i]};
  }
}

static void SUM(cell_f64)(double *x, const ti_scan_sum *carry) {
  for (size_t j = 0; j < TI_SCAN_RUNS; j += EACH) {
    VEC high, low, v[EACH], sums[EACH], lost[EACH], sum = SUM(splat)(-0.0), errors = {0};
    for (size_t i = 0; i < EACH; i++) {
      high[i] = carry[j + i].hi;
      low[i] = carry[j + i].lo;
    }
    for (size_t k = 0; k < TI_SCAN_RUN; k += EACH) {
      SUM_SQUARE(double, x, j, k, v);
      for (size_t i = 0; i < EACH; i++) {
        sums[i] = sum = SUM(next)(sum, v[i], &errors);
        lost[i] = errors;
      }
      SUM(prefixes)(high, low, sums, lost, v, EACH);
      SUM_SQUARE_BACK(double, x, j, k, v);
    }
  }
}

/* One run, of whose sums TI_SCAN_RUN are there, and their prefixes in place of the sums. */
static void SUM(run_f64)(double *sum, const double *errors, const ti_scan_sum *carry) {
  for (size_t i = 0; i < TI_SCAN_RUN; i += EACH) {
    const VEC s = SUM(load_double)(sum + i), e = SUM(load_double)(errors + i);
    VEC v;
    SUM(prefixes)(SUM(splat)(carry->hi), SUM(splat)(carry->lo), &s, &e, &v, 1);
    SUM(store_double)(sum + i, v);
  }
}

static void SUM(totals_f32)(const float *x, ti_scan_sum *totals) {
  for (size_t j = 0; j < TI_SCAN_RUNS; j += EACH) {
    VEC v[EACH], sum = SUM(splat)(-0.0);
    for (size_t k = 0; k < TI_SCAN_RUN; k += EACH) {
      SUM_SQUARE(float, x, j, k, v);
      for (size_t i = 0; i < EACH; i++)
        sum = sum + v[i];
    }
    for (size_t i = 0; i < EACH; i++)
      totals[j + i] = (ti_scan_sum){sum[i], 0};
  }
}

static void SUM(cell_f32)(float *x, const ti_scan_sum *carry) {
  for (size_t j = 0; j < TI_SCAN_RUNS; j += EACH) {
    VEC high;
    for (size_t i = 0; i < EACH; i++)
      high[i] = carry[j + i].hi;
    VEC v[EACH], sum = SUM(splat)(-0.0);
    for (size_t k = 0; k < TI_SCAN_RUN; k += EACH) {
      SUM_SQUARE(float, x, j, k, v);
      for (size_t i = 0; i < EACH; i++) {
        sum = sum + v[i];
        v[i] = high + sum;
      }
      SUM_SQUARE_BACK(float, x, j, k, v);
    }
  }
}

#undef SUM_GLUE
#undef SUM_JOIN
#undef SUM
#undef VEC
#undef MASK
#undef EACH
#undef SUM_ABS
#undef SUM_SQUARE
#undef SUM_SQUARE_BACK
#undef SUM_TURN
#undef SUM_SET
#undef SUM_BYTES
