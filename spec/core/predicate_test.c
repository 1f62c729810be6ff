/*
** Predicates that answer in bits, and sums of what stands alone, white box: every comparison, type, side of the
** constant, layout and variant this machine has against the kernel's own loop; filters whose blocks they decide; and
** predicates of several operations, by programs, against plain loops.
*/
#include "../../core/consume/compact.h"
#include "../../core/fold/fold.h"
#include "../../core/kernel/simd.h"
#include "../../core/stage/direct.h"
#include "../../core/stage/fuse.h"
#include "../../core/stage/tell.h"
#include "kernel_data.h"
#include "pool_set.h"

static const char *const comparisons[] = {"lt", "le", "gt", "ge", "eq", "ne"};
static const char *const operations[] = {"add", "sub", "mul", "div", "min", "max"};
static const tine_dtype ordered[] = {TINE_F64, TINE_F32, TINE_I64, TINE_U64};

/* ----- One operation ----- */

typedef struct one_case {
  ti_apply apply;
  data_column column[2];
  const void *data[2];
  ptrdiff_t stride[2];
  tine_kernel *expression;
} one_case;

/* A kernel over two columns in any layout or, where 'constant' is 0 or 1, a constant in the place of that one. */
static void bind(one_case *c, tine_kernel *k, tine_dtype dtype, int constant, ti_role role) {
  ti_arg args[2];
  tine_error err;
  memset(&c->apply, 0, sizeof c->apply);
  c->apply.kernel = k;
  c->apply.inputs = 2;
  c->apply.outputs = 1;
  for (int i = 0; i < 2; i++) {
    data_fill(&c->column[i], dtype, (data_layout)check_below(DATA_LAYOUTS));
    c->data[i] = c->column[i].first;
    c->stride[i] = c->column[i].stride;
    args[i] = (ti_arg){.constant = i == constant, .dtype = dtype};
    c->apply.column[i] = i == constant ? -1 : i;
    if (i == constant)
      args[i].value = ti_value_load(dtype, c->data[i]);
    args[i].dtype = i == constant ? args[i].value.dtype : dtype;
  }
  CHECK_INT(ti_kernel_bind(k, role, "spec", args, 2, &c->apply.binding, &err), TINE_OK);
}

/* What the kernel's loop gives for n items, side by side. */
static void by_kernel(const one_case *c, size_t n, void *out) {
  const void *in[2];
  ptrdiff_t stride[2];
  tine_block block = {.n = n, .in = in, .in_stride = stride, .out = &out};
  for (unsigned k = 0; k < 2; k++) {
    const int column = c->apply.column[k];
    in[k] = column < 0 ? c->apply.binding.constant[k] : c->data[column];
    stride[k] = column < 0 ? 0 : c->stride[column];
  }
  CHECK_INT(ti_kernel_run(c->apply.kernel, c->apply.binding.signature, NULL, &block), 0);
}

static void one_comparison(const char *name, tine_dtype dtype, unsigned simd) {
  unsigned char mask[DATA_ITEMS];
  ti_bits got = {0}, want = {0};
  one_case c;
  const int constant = (int)check_below(3);
  const size_t n = check_below(3) == 0 ? DATA_ITEMS : 1 + check_below(DATA_ITEMS);
  ti_direct d;
  bind(&c, kernel(name), dtype, constant, TI_ROLE_PREDICATE);
  d = ti_direct_variant(&c.apply, simd);
  if (!CHECK(ti_direct_tells(&d)))
    return;
  by_kernel(&c, n, mask);
  CHECK_INT(ti_direct_bits(&d, c.data, c.stride, n, got),
            ti_compact_bits(ti_compact_variant(TI_SIMD_BASE), mask, 1, n, want));
  CHECK(memcmp(got, want, sizeof got) == 0);
}

static void comparisons_as_the_kernel(void) {
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
    for (unsigned round = 0; round < 60; round++)
      for (unsigned k = 0; k < 6; k++)
        for (unsigned t = 0; t < 4; t++)
          one_comparison(comparisons[k], ordered[t], simd);
}

/* Bits, but that any NaN is as good as another. */
static bool same_double(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

/* The sum of what an operation gives of two columns, against the fold of what its loop gives. */
static void one_sum(const char *name, unsigned simd) {
  double stored[DATA_ITEMS], lanes[TI_LANES];
  one_case c;
  ti_acc acc;
  const size_t n = 1 + check_below(DATA_ITEMS);
  ti_direct d;
  bind(&c, kernel(name), TINE_F64, 2, TI_ROLE_VALUES);
  d = ti_direct_variant(&c.apply, simd);
  if (!CHECK(ti_direct_adds(&d)))
    return;
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = TI_FOLD_NONE;
  ti_direct_add(&d, c.data, c.stride, n, lanes);
  by_kernel(&c, n, stored);
  ti_fold_sum_f64.cell(NULL, stored, n, 0, &acc, NULL);
  CHECK(same_double(ti_fold_lanes(lanes), acc.value.f));
}

/* The sum of the items that a comparison keeps of its column. */
static void one_kept(const char *name, unsigned simd) {
  double items[DATA_ITEMS], room[TI_CELL], lanes[TI_LANES];
  unsigned char mask[DATA_ITEMS];
  ti_bits bits;
  one_case c;
  ti_acc acc = {.value.f = TI_FOLD_NONE};
  const size_t n = 1 + check_below(DATA_ITEMS);
  size_t kept;
  ti_direct d;
  bind(&c, kernel(name), TINE_F64, 1, TI_ROLE_PREDICATE);
  d = ti_direct_variant(&c.apply, simd);
  CHECK(!ti_direct_keeps(&d, 16) && ti_direct_keeps(&d, 8));
  for (size_t i = 0; i < n; i++)
    memcpy(&items[i], (const char *)c.data[0] + (ptrdiff_t)i * c.stride[0], sizeof items[i]);
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = TI_FOLD_NONE;
  by_kernel(&c, n, mask);
  kept = ti_compact_bits(ti_compact_variant(TI_SIMD_BASE), mask, 1, n, bits);
  if (kept > 0)
    ti_fold_sum_f64.bits(items, bits, n, kept, room, &acc);
  CHECK_INT(ti_direct_kept(&d, items, n, lanes), kept);
  CHECK(same_double(ti_fold_lanes(lanes), acc.value.f));
}

static void sums_as_stored(void) {
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
    for (unsigned round = 0; round < 100; round++)
      for (unsigned k = 0; k < 6; k++) {
        one_sum(operations[k], simd);
        one_kept(comparisons[k], simd);
      }
}

/* ----- Pipelines ----- */

/* Counts and sums of what is left of n numbers below 100 that lie 'apart' elements apart. */
static void one_filter(size_t n, ptrdiff_t apart, int64_t limit) {
  int64_t *x = malloc((size_t)apart * n * sizeof *x + 1), sum = 0;
  uint64_t count = 0, got;
  tine_value total, constant = tine_i64(limit);
  tine_array *a;
  tine_pipeline *p;
  for (size_t i = 0; i < n * (size_t)apart; i++)
    x[i] = (int64_t)check_below(100);
  for (size_t i = 0; i < n; i++)
    if (x[i * (size_t)apart] >= limit) {
      count++;
      sum += x[i * (size_t)apart];
    }
  a = tine_slice_of(TINE_I64, x, n, apart * (ptrdiff_t)sizeof *x);
  p = tine_filter(tine_slice(a), tine_kernel_find(NULL, "ge", NULL), &constant, 1);
  CHECK_INT(tine_count(p, &got, NULL), TINE_OK);
  CHECK_INT(got, count);
  CHECK_INT(tine_sum(p, &total, NULL), TINE_OK);
  CHECK_INT(total.as.i, sum);
  tine_pipeline_release(p);
  p = tine_map(tine_slice(a), tine_kernel_find(NULL, "ge", NULL), &constant, 1);
  CHECK_INT(tine_sum(p, &total, NULL), TINE_OK);
  CHECK_INT(total.as.i, count);
  CHECK_INT(tine_mean(p, &total, NULL), TINE_OK);
  CHECK(total.as.f == (double)count / (double)n);
  tine_pipeline_release(p);
  tine_array_release(a);
  free(x);
}

static void filters(void) {
  for (unsigned round = 0; round < 60; round++)
    one_filter(1 + check_below(5000), 1 + (ptrdiff_t)check_below(2), (int64_t)check_below(102) - 1);
}

static tine_kernel *told(const char *text) {
  tine_kernel *k = NULL;
  CHECK_INT(tine_kernel_parse(&k, NULL, text, NULL, 0, 0, NULL), TINE_OK);
  return k;
}

/* A filter by a text over a map, and all that may be asked of it, against a plain loop. 'y' is x * x of the map. */
static void one_text(const char *text, bool (*keep)(double y, double x), size_t n, bool program) {
  double *x = malloc(n * sizeof *x), most = 0;
  uint64_t count = 0, got, first = n, stop = n, at;
  tine_kernel *const k = told(text), *const square = told("x*x");
  tine_array *a, *kept = NULL;
  tine_pipeline *base, *p;
  tine_value value;
  bool all;
  for (size_t i = 0; i < n; i++) {
    x[i] = (double)check_below(200) / 100 - (double)(check_below(50) == 0);
    if (keep(x[i] * x[i], x[i])) {
      most = count == 0 || x[i] > most ? x[i] : most;
      first = count++ == 0 ? i : first;
    } else if (stop == n)
      stop = i;
  }
  a = tine_slice_of(TINE_F64, x, n, sizeof *x);
  base = tine_zip(tine_map(tine_slice(a), square, NULL, 0), tine_slice(a));
  p = tine_max_len(tine_filter(tine_pipeline_retain(base), k, NULL, 0), 500); /* a hint, which has no predicate */
  p = tine_select(p, (const unsigned[]){1}, 1);
  CHECK_INT(tine_max(p, &value, NULL, NULL), TINE_OK);
  CHECK(count == 0 ? value.dtype == TINE_NONE : value.as.f == most);
  CHECK_INT(ti_tell_made(p->base[0]->base[0]), program && n >= TI_FUSE_SPAN);
  CHECK_INT(tine_count(p, &got, NULL), TINE_OK);
  CHECK_INT(got, count);
  CHECK_INT(ti_tell_made(p->base[0]->base[0]), program && n >= TI_FUSE_ITEMS); /* the second run, be it short */
  CHECK_INT(tine_collect(p, &kept, NULL), TINE_OK);
  at = 0;
  for (size_t i = 0; i < n; i++)
    if (keep(x[i] * x[i], x[i]))
      CHECK(((const double *)tine_array_data(kept))[at++] == x[i]);
  CHECK_INT(tine_array_len(kept), count);
  tine_array_release(kept);
  tine_pipeline_release(p);
  p = tine_positions(tine_pipeline_retain(base), k, NULL, 0);
  CHECK_INT(tine_count(p, &got, NULL), TINE_OK);
  CHECK_INT(got, count);
  tine_pipeline_release(p);
  CHECK_INT(tine_position(base, TINE_FIRST, k, NULL, 0, &at, NULL), TINE_OK);
  CHECK(count == 0 ? at == UINT64_MAX : at == first);
  CHECK_INT(tine_all(base, k, NULL, 0, &all, NULL), TINE_OK);
  CHECK_INT(all, stop == n);
  p = tine_take_while(tine_pipeline_retain(base), k, NULL, 0);
  CHECK_INT(tine_count(p, &got, NULL), TINE_OK);
  CHECK_INT(got, stop);
  tine_pipeline_release(p);
  tine_pipeline_release(base);
  tine_array_release(a);
  tine_kernel_release(k);
  tine_kernel_release(square);
  free(x);
}

static bool between(double y, double x) {
  (void)x;
  return y > 0.25 && y < 3.9;
}
static bool either(double y, double x) {
  return y + x < 0.5 || x == 1;
}
static bool below_half(double y, double x) {
  (void)x;
  return y < 0.5;
}
static bool most_of(double y, double x) {
  return y * 4 > x || x < 1.999;
}

static void texts(void) {
  for (unsigned round = 0; round < 30; round++) {
    const size_t n = 1 + check_below(round % 2 == 0 ? 400 : 6000);
    one_text("x > 0.25 and x < 3.9", between, n, true);
    one_text("x + y < 0.5 or y == 1", either, n, true);
    one_text("x*4 > y or y < 1.999", most_of, n, true);
    one_text("0.5 > x", below_half, n, false);
  }
}

/* Of a predicate that fails the lowest item is told, though all else goes by programs. */
static void failures(void) {
  int64_t x[3000];
  tine_array *const a = tine_slice_of(TINE_I64, x, 3000, sizeof *x);
  tine_kernel *const k = told("100 // x > 3 and x ~= 7");
  for (unsigned round = 0; round < 40; round++) {
    const uint64_t bad = check_below(3000);
    tine_pipeline *const p = tine_filter(tine_slice(a), k, NULL, 0);
    tine_error err = {0};
    uint64_t count;
    for (unsigned i = 0; i < 3000; i++)
      x[i] = 1 + (int64_t)check_below(60);
    x[bad] = 0;
    if (bad + 100 < 3000)
      x[bad + 100] = 0;
    CHECK_INT(tine_count(p, &count, &err), TINE_EKERNEL);
    CHECK_INT(err.item, bad);
    tine_pipeline_release(p);
  }
  tine_array_release(a);
  tine_kernel_release(k);
}

CHECK_SUITE(predicate, CHECK_CASE(comparisons_as_the_kernel), CHECK_CASE(sums_as_stored), CHECK_CASE(filters),
            CHECK_CASE(texts), CHECK_CASE(failures))
