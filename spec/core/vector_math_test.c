/*
** The transcendental kernels: within an ULP of the truth in every instruction set, special values as C's Annex F has
** them, the ends of their ranges, and blocks of every length and layout with nothing touched outside.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/mman.h>
#include <unistd.h>

#include "../../core/kernel/kernel.h"
#include "../../core/kernel/simd.h"
#include "../../core/kernel/vector_math.h"
#include "check.h"
#include "kernel_data.h"
#include "ulp.h"

enum { ITEMS = 1024 };

/* One loop at work on columns of its own. */
typedef struct trial {
  const ti_loop *loop;
  bool single;
  _Alignas(64) unsigned char in[2][ITEMS * 8], out[ITEMS * 8];
} trial;

static size_t size_of(const trial *t) {
  return t->single ? 4 : 8;
}

static double get(const void *column, bool single, size_t i) {
  return single ? (double)((const float *)column)[i] : ((const double *)column)[i];
}

static void put(void *column, bool single, size_t i, double x) {
  if (single)
    ((float *)column)[i] = (float)x;
  else
    ((double *)column)[i] = x;
}

static int run_at(const ti_loop *loop, const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride, void *out,
                  size_t n) {
  const void *in[2] = {a, b};
  const ptrdiff_t stride[2] = {a_stride, b_stride};
  tine_block block = {.n = n, .in = in, .in_stride = stride, .out = &out};
  return ti_signature_run(&loop->signature, &block);
}

static void run(trial *t) {
  const ptrdiff_t size = (ptrdiff_t)size_of(t);
  CHECK_INT(run_at(t->loop, t->in[0], size, t->in[1], size, t->out, ITEMS), 0);
}

/* Checks what a run gave; the bits of libm are its own affair. */
static void within_bound(const trial *t) {
  if (!ti_math_fused() || (!t->single && !ULP_WIDER))
    return;
  for (size_t i = 0; i < ITEMS; i++) {
    const double a = get(t->in[0], t->single, i), b = get(t->in[1], t->single, i), got = get(t->out, t->single, i);
    long double want = 0;
    CHECK_STOP(ulp_true(t->loop->kernel, a, b, t->single, &want));
    if (!CHECK(ulp_error(got, want, t->single) <= ULP_BOUND)) {
      printf("\n    %s %s(%a, %a) = %a, not %La", t->single ? "f32" : "f64", t->loop->kernel, a, b, got, want);
      return;
    }
  }
}

/* Calls test(trial) with every transcendental loop of every set that this machine has. */
static void each_loop(void (*test)(trial *t)) {
  static trial t;
  long double unused;
  for (unsigned simd = 0; simd <= ti_simd_best(); simd++) {
    size_t count;
    const ti_loop *loops = ti_loops_variant(simd, &count);
    for (size_t i = 0; i < count; i++) {
      t.loop = &loops[i];
      t.single = loops[i].signature.in[0] == TINE_F32;
      if (ulp_true(t.loop->kernel, 1, 1, t.single, &unused))
        test(&t);
    }
  }
}

/* ===== values ===== */

static double uniform(double lo, double hi) {
  return lo + (hi - lo) * ((double)(check_random() >> 11) * 0x1p-53);
}

static void random_values(trial *t) {
  static const double width[] = {1, 30, 100, 750, 1e5};
  const tine_dtype d = t->single ? TINE_F32 : TINE_F64;
  for (unsigned again = 0; again < 20; again++) {
    for (size_t i = 0; i < ITEMS; i++)
      for (unsigned k = 0; k < 2; k++) {
        const double w = width[check_below(5)];
        if (check_below(2) == 0)
          data_write(d, t->in[k] + i * size_of(t));
        else
          put(t->in[k], t->single, i, uniform(-w, w));
      }
    run(t);
    within_bound(t);
  }
}

static void error_is_bounded(void) {
  each_loop(random_values);
}

static const double specials[] = {
    0,           1,         2,        3,        4,          0.5,       0.25,    1.5,     1e300,   1e-300,
    0x1p-1022,   0x1p-1074, 0x1p-126, 0x1p-149, 0x1p-1060,  0x1p52,    0x1p53,  1e22,    1e5,     708.4,
    745.13,      745.14,    1024,     1074,     1075,       127,       149,     DBL_MAX, FLT_MAX, 1e15,
    0x1p31,      0x1p63,    INFINITY, NAN,      0x1p24 + 2, 8388607.5, 1 / 3.0, M_PI,    M_PI_2,  1 - 0x1p-53,
    1 + 0x1p-52, 20,        88.72284, 103.97,   0x1p53 + 2, 5,         7,       0x1p-27};
enum { SPECIALS = sizeof specials / sizeof specials[0] };

static double special(size_t i) {
  return i % 2 == 0 ? specials[i / 2 % SPECIALS] : -specials[i / 2 % SPECIALS];
}

/* All pairs of them, with both signs. Where the C library gives NaN, an infinity or a zero so does the kernel; that is
   what ulp_error asks for. */
static void special_pairs(trial *t) {
  const size_t all = 2 * (size_t)SPECIALS;
  for (size_t from = 0; from < all * all; from += ITEMS) {
    for (size_t i = 0; i < ITEMS; i++) {
      put(t->in[0], t->single, i, special((from + i) / all));
      put(t->in[1], t->single, i, special((from + i) % all));
    }
    run(t);
    within_bound(t);
  }
}

static void special_values_are_those_of_annex_f(void) {
  each_loop(special_pairs);
}

/* Next to where results become infinite, and 0. */
static void ends_of_range(trial *t) {
  static const double wide[] = {709.78271289338397, 710.47586007394386, -708.39, -745.13, 1023.99999},
                      narrow[] = {88.72283905206835, 89.41598629223294, -87.33, -103.97, 127.99999};
  const double *ends = t->single ? narrow : wide, step = t->single ? 0x1p-17 : 0x1p-43;
  for (unsigned k = 0; k < 10; k++) {
    const double end = k < 5 ? ends[k] : -ends[k - 5];
    for (unsigned scale = 0; scale < 30; scale += 3) {
      for (size_t i = 0; i < ITEMS; i++) {
        put(t->in[0], t->single, i, end + ldexp(((double)i - ITEMS / 2) * step, (int)scale));
        put(t->in[1], t->single, i, uniform(0.9, 1.1));
      }
      run(t);
      within_bound(t);
    }
  }
}

static void ends_of_range_are_exact(void) {
  each_loop(ends_of_range);
}

/* x^y next to the largest number, where x and y are both anything. */
static void full_powers(trial *t) {
  const double top = t->single ? 128 : 1024;
  if (strcmp(t->loop->kernel, "pow") != 0)
    return;
  for (size_t i = 0; i < ITEMS; i++) {
    const double x = uniform(1.1, 50);
    put(t->in[0], t->single, i, x);
    put(t->in[1], t->single, i, top / log2(x) * (1 - (double)check_below(3) * 0x1p-53));
  }
  put(t->in[0], t->single, 0, t->single ? (double)FLT_MAX : DBL_MAX);
  put(t->in[1], t->single, 0, 1);
  run(t);
  within_bound(t);
}

static void largest_powers_are_finite(void) {
  for (unsigned again = 0; again < 20; again++)
    each_loop(full_powers);
}

/* ===== shapes ===== */

/* A page's end, with nothing after it. */
static unsigned char *page_end(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return NULL;
  mprotect(p + page, page, PROT_NONE);
  return p + page;
}

static unsigned char *ends[3];

/* Any length and stride: the same bits as in the middle of a long block; no byte touched past a column's end. */
static void any_shape(trial *t) {
  static const ptrdiff_t steps[] = {1, 0, 2, -1};
  const size_t size = size_of(t), n = check_below(150), page_items = 512;
  unsigned char *in[2];
  ptrdiff_t stride[2];
  CHECK_STOP(n * 2 < page_items);
  for (unsigned k = 0; k < 2; k++) {
    const ptrdiff_t step = steps[check_below(4)];
    const size_t span = n == 0 ? 0 : step == 0 ? 1 : step == 2 ? 2 * n - 1 : n;
    in[k] = ends[k] - span * size;
    for (size_t i = 0; i < span; i++)
      data_write(t->single ? TINE_F32 : TINE_F64, in[k] + i * size);
    in[k] += step < 0 && n > 0 ? (n - 1) * size : 0;
    stride[k] = step * (ptrdiff_t)size;
    for (size_t i = 0; i < ITEMS; i++)
      memcpy(t->in[k] + i * size, i < n ? in[k] + (ptrdiff_t)i * stride[k] : (const unsigned char *)specials, size);
  }
  run(t);
  CHECK_INT(run_at(t->loop, in[0], stride[0], in[1], stride[1], ends[2] - n * size, n), 0);
  for (size_t i = 0; i < n; i++) {
    const double want = get(t->out, t->single, i), got = get(ends[2] - n * size, t->single, i);
    if (!CHECK_F64(got, want))
      return;
  }
}

static void any_length_and_stride(void) {
  for (unsigned k = 0; k < 3; k++)
    CHECK_STOP((ends[k] = page_end()) != NULL);
  for (unsigned again = 0; again < 200; again++)
    each_loop(any_shape);
  for (unsigned k = 0; k < 3; k++)
    munmap(ends[k] - sysconf(_SC_PAGESIZE), 2 * (size_t)sysconf(_SC_PAGESIZE));
}

static void the_library_is_named(void) {
  const char *name = tine_math_name();
  CHECK(strncmp(name, ti_math_fused() ? "sleef " : "libm", ti_math_fused() ? 6 : 4) == 0);
#if TI_MATH_SLEEF
  CHECK(ti_math_fused() == (ti_simd_best() >= TI_SIMD_AVX2));
#else
  CHECK_TEXT(name, "libm");
#endif
}

CHECK_SUITE(vector_math, CHECK_CASE(error_is_bounded), CHECK_CASE(special_values_are_those_of_annex_f),
            CHECK_CASE(ends_of_range_are_exact), CHECK_CASE(largest_powers_are_finite),
            CHECK_CASE(any_length_and_stride), CHECK_CASE(the_library_is_named))
