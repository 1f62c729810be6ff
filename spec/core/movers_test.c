/*
** What feeds programs without a trip through memory: ramps (range, enumerate) made strip by strip, columns read
** backwards or every k-th item, windows of what was computed; and steps that read both arguments, or multiply and add.
** Against formulas of single items, and against the same pipelines in pieces that are too short for programs.
*/
#include "../../core/expression/recipe.h"
#include "../../core/kernel/simd.h"
#include "../../core/stage/fuse.h"
#include "check.h"
#include "kernel_data.h"

enum { ITEMS = 2500, LONG = 200 };

/* ===== Programs ===== */

static const ti_signature *signature_of(const char *name, tine_dtype d) {
  const tine_kernel *const k = ti_builtin_find(name);
  for (size_t i = 0; i < k->count; i++)
    if (k->signatures[i].in[0] == d)
      return &k->signatures[i];
  return NULL;
}

/* A run of what was made, kept as all programs are that run. */
static bool run(const ti_program_maker *m, const void *const *in, const ptrdiff_t *stride, size_t n, void *out) {
  ti_program *const p = ti_program_keep(&m->made);
  const bool ran = p != NULL && ti_program_run(p, in, stride, n, out, NULL);
  ti_program_drop(p);
  return ran;
}

static double ramp_item(const ti_program_ramp *r, size_t i) {
  const double distance = (r->position + (double)i) * r->step.f;
  return r->first.f + distance;
}

static ti_program_ramp some_ramp(tine_dtype d) {
  ti_program_ramp r = {.first.i = data_integer(), .step.i = data_integer()};
  if (d == TINE_F64) {
    r.first.f = data_double();
    r.step.f = data_double();
    r.position = (double)(check_random() >> (11 + check_below(53))) - LONG;
    r.position = r.position < 0 ? 0 : r.position;
  }
  return r;
}

/* Items of a ramp, and its double, of any number; what is behind the last is not looked at. */
static void ramps_are_made_of_their_formula(void) {
  static ti_program_maker p;
  for (int round = 0; round < 2000; round++)
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      const tine_dtype d = check_below(2) ? TINE_F64 : TINE_I64;
      const ti_program_ramp r = some_ramp(d);
      const size_t n = 1 + (size_t)check_below(LONG);
      const void *const in = &r;
      const ptrdiff_t stride = TI_PROGRAM_RAMP;
      uint64_t got[LONG];
      int args[2];
      if (!ti_program_begin(&p, simd))
        return;
      args[0] = args[1] = ti_program_input(&p, d);
      const int sum = ti_program_apply(&p, signature_of("add", d), args);
      const bool doubled = check_below(2) != 0;
      CHECK_STOP(ti_program_finish(&p, doubled ? sum : args[0], TI_PROGRAM_VALUES));
      CHECK_STOP(run(&p, &in, &stride, n, got));
      for (size_t i = 0; i < n; i++) {
        const double x = d == TINE_F64 ? ramp_item(&r, i) : 0;
        const uint64_t whole = r.first.i + i * r.step.i;
        const tine_value want =
            d == TINE_F64 ? tine_f64(doubled ? x + x : x) : tine_i64((int64_t)(doubled ? whole + whole : whole));
        CHECK_STOP(data_same(ti_value_load(d, &got[i]), want));
      }
    }
}

/* a + b * c, a - b * c and b * c + a of two or three columns and constants: each operation is rounded by itself, in one
   step for both where the product is of what is in memory. */
typedef struct weighed {
  tine_dtype d;
  int kind, same; /* 0: a + b * c, 1: a - b * c, 2: b * c + a, 3: b * c - a; b is c */
  int constant;   /* 0: none is, 1: b is, 2: c is */
  double a[LONG], b[LONG], c[LONG];
} weighed;

static double rounded(tine_dtype d, double x) {
  return d == TINE_F32 ? (double)(float)x : x;
}

static double weighed_item(const weighed *w, size_t i) {
  const double b = w->b[w->constant == 1 ? 0 : i], c = w->same ? b : w->c[w->constant == 2 ? 0 : i];
  const double product = rounded(w->d, b * c); /* of two f32s it is exact before that */
  return rounded(w->d, w->kind == 1 ? w->a[i] - product : w->kind == 3 ? product - w->a[i] : w->a[i] + product);
}

static void put_items(tine_dtype d, const double *items, void *to) {
  for (size_t i = 0; i < LONG; i++)
    if (d == TINE_F64)
      ((double *)to)[i] = items[i];
    else
      ((float *)to)[i] = (float)items[i];
}

static void draw_weighed(weighed *w) {
  w->d = check_below(2) ? TINE_F64 : TINE_F32;
  w->kind = (int)check_below(4);
  w->same = check_below(4) == 0;
  w->constant = w->same ? 0 : (int)check_below(3);
  for (size_t i = 0; i < LONG; i++) {
    w->a[i] = rounded(w->d, (double)check_random() * 0x1p-64 - 0.5);
    w->b[i] = rounded(w->d, (double)check_random() * 0x1p-64 - 0.5);
    w->c[i] = rounded(w->d, (double)check_random() * 0x1p-64 - 0.5);
  }
}

static void products_that_are_added_are_rounded(void) {
  static ti_program_maker p;
  static weighed w;
  static double memory[3][LONG];
  for (int round = 0; round < 1000; round++)
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      const void *in[3];
      ptrdiff_t stride[3];
      int node[3], args[2];
      double got[LONG];
      draw_weighed(&w);
      if (!ti_program_begin(&p, simd))
        return;
      put_items(w.d, w.a, memory[0]), put_items(w.d, w.b, memory[1]), put_items(w.d, w.c, memory[2]);
      for (int k = 0; k < 3; k++) {
        const bool constant = k > 0 && w.constant == k;
        if (!constant) {
          stride[p.made.inputs] = (ptrdiff_t)tine_dtype_size(w.d);
          in[p.made.inputs] = memory[k];
        }
        node[k] = constant ? ti_program_constant(&p, w.d, memory[k]) : ti_program_input(&p, w.d);
      }
      args[0] = node[1], args[1] = w.same ? node[1] : node[2];
      args[1] = ti_program_apply(&p, signature_of("mul", w.d), args);
      args[0] = node[0];
      if (w.kind > 1)
        args[0] = args[1], args[1] = node[0];
      args[0] = ti_program_apply(&p, signature_of(w.kind % 2 ? "sub" : "add", w.d), args);
      CHECK_STOP(ti_program_finish(&p, args[0], TI_PROGRAM_VALUES));
      CHECK(p.made.steps <= (w.d == TINE_F64 ? 4 : 5)); /* two, one that stores and one that adds, of f64s */
      CHECK_STOP(run(&p, in, stride, LONG, got));
      for (size_t i = 0; i < LONG; i++) {
        const double is = w.d == TINE_F64 ? got[i] : (double)((const float *)(const void *)got)[i];
        CHECK_STOP(CHECK_F64(is, weighed_item(&w, i)));
      }
    }
}

/* A last strip that is made of items before it, too, writes those again; not where they took the place of inputs. */
static void results_may_take_the_place_of_inputs(void) {
  static ti_program_maker p;
  int64_t x[LONG], y[LONG];
  for (size_t n = 1; n < LONG; n++) {
    const void *const in[] = {x};
    const ptrdiff_t stride[] = {sizeof *x};
    if (!ti_program_begin(&p, ti_simd_best()))
      return;
    const int node = ti_program_input(&p, TINE_I64), args[] = {node, node};
    CHECK_STOP(ti_program_finish(&p, ti_program_apply(&p, signature_of("add", TINE_I64), args), TI_PROGRAM_VALUES));
    for (int i = 0; i < LONG; i++)
      x[i] = i, y[i] = -1;
    CHECK(run(&p, in, stride, n, y));
    CHECK(run(&p, in, stride, n, x));
    for (size_t i = 0; i < LONG; i++)
      CHECK_STOP(CHECK_INT(x[i], i < n ? 2 * i : i) && CHECK_INT(y[i], i < n ? (int64_t)(2 * i) : -1));
  }
}

/* ===== Pipelines ===== */

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static tine_pipeline *random_slice(uint64_t n, tine_dtype d) {
  tine_array *a = NULL;
  tine_pipeline *p;
  CHECK_INT(tine_array_create(&a, d, n, NULL), TINE_OK);
  for (size_t i = 0; i < n; i++)
    data_write(d, (char *)tine_array_data(a) + i * tine_dtype_size(d));
  p = tine_slice(a);
  tine_array_release(a);
  return p;
}

static tine_dtype some_type(void) {
  return (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
}

static tine_pipeline *random_range(void) {
  static const int64_t steps[] = {1, -1, 3, -7, 1 << 20, -(INT64_C(3) << 40)};
  const int64_t step = steps[check_below(6)], span = step * ITEMS;
  switch (check_below(3)) {
    case 0: return step > 0 ? tine_range(INT64_MIN, INT64_MAX, step) : tine_range(INT64_MAX, INT64_MIN, step);
    case 1:
      return step > 0 ? tine_range(INT64_MAX - span, INT64_MAX, step) : tine_range(INT64_MIN - span, INT64_MIN, step);
    default: return tine_range((int64_t)check_below(9) - 4, step > 0 ? INT64_MAX : INT64_MIN, step);
  }
}

static tine_pipeline *random_range_f64(void) {
  static const double steps[] = {1, -1, 0.1, -1e-3, 1e300, 0x1p-1074, 3e292};
  static const double firsts[] = {0.0, -0.0, 0.1, -1e16, 0x1p53, -1e308, 1e-310};
  const double step = steps[check_below(7)];
  return tine_range_f64(firsts[check_below(7)], step > 0 ? INFINITY : -INFINITY, step);
}

/* Of ITEMS items or more: with positions far out, too. */
static tine_pipeline *random_mover(unsigned depth) {
  tine_pipeline *p = NULL;
  switch (check_below(depth > 0 ? 10 : 4)) {
    case 0: p = random_range(); break;
    case 1: p = random_range_f64(); break;
    case 2: p = tine_rev(random_slice(ITEMS + 10, some_type())); break;
    case 3: p = tine_step_by(random_slice(3 * (ITEMS + 10), some_type()), 2 + check_below(2)); break;
    case 4:
    case 5: p = tine_enumerate(random_mover(depth - 1)); break;
    case 6: p = tine_windows(random_mover(depth - 1), 2); break;
    case 7: p = tine_zip(random_mover(depth - 1), random_mover(depth - 1)); break;
    case 8: p = tine_rev(tine_take(random_mover(depth - 1), ITEMS + 5)); break;
    default: p = tine_map(tine_cast(random_mover(depth - 1), TINE_F64, TINE_CAST_WRAP), kernel("neg"), NULL, 0);
  }
  if (tine_pipeline_check(p, NULL) != TINE_OK || tine_pipeline_len(p) < ITEMS) { /* too many columns, or too short */
    tine_pipeline_release(p);
    return tine_range(5, ITEMS + 20, 1);
  }
  if (check_below(4) == 0)
    p = tine_skip(p, check_random() % (tine_pipeline_len(p) - ITEMS + 1));
  return p;
}

/* A few kernels over columns of it: one column is left. */
static tine_pipeline *random_work(tine_pipeline *p) {
  static const char *const names[] = {"add", "mul", "sub", "max", "idiv", "lt", "mul", "add"};
  for (int i = 0, n = 2 + (int)check_below(4); i < n; i++) {
    const unsigned columns = tine_pipeline_columns(p);
    const int args[] = {(int)check_below(columns), (int)check_below(columns)};
    tine_kernel *const k = kernel(names[check_below(8)]);
    tine_pipeline *const tried = tine_extend_args(tine_pipeline_retain(p), k, args, NULL, 2);
    if (tine_pipeline_check(tried, NULL) == TINE_OK) {
      tine_pipeline_release(p);
      p = tried;
    } else
      tine_pipeline_release(tried);
  }
  const int last[] = {(int)tine_pipeline_columns(p) - 1, -1};
  const tine_value one[] = {{.dtype = TINE_NONE}, {.dtype = TINE_I64, .as.i = 1}};
  tine_pipeline *const q = tine_map_args(tine_pipeline_retain(p), kernel("max"), last, one, 2);
  if (tine_pipeline_check(q, NULL) == TINE_OK) {
    tine_pipeline_release(p);
    return q;
  }
  tine_pipeline_release(q);
  return tine_map_args(p, kernel("not"), last, NULL, 1);
}

/* Item by item what pieces give that are too short for programs; where one fails all does, and says the same. */
static bool same_as_pieces(tine_pipeline *p, uint64_t from, uint64_t n, tine_status status, const tine_array *whole,
                           const tine_error *err) {
  for (uint64_t at = 0; at < n; at += TI_FUSE_ITEMS - 1) {
    const uint64_t some = n - at < TI_FUSE_ITEMS - 1 ? n - at : TI_FUSE_ITEMS - 1;
    tine_pipeline *const q = tine_take(tine_skip(tine_pipeline_retain(p), from + at), some);
    tine_array *piece = NULL;
    tine_error own = {.item = 0};
    const tine_status is = tine_collect(q, &piece, &own);
    bool same = true;
    for (uint64_t i = 0; whole != NULL && piece != NULL && i < some && same; i++) {
      const tine_dtype d = tine_array_dtype(piece);
      const size_t size = tine_dtype_size(d);
      same = CHECK(data_same(ti_value_load(d, (const char *)tine_array_data(whole) + (at + i) * size),
                             ti_value_load(d, (const char *)tine_array_data(piece) + i * size)));
    }
    tine_pipeline_release(q);
    tine_array_release(piece);
    if (is != TINE_OK)
      return same && CHECK_INT(status, is) && CHECK_INT(err->item, at + own.item);
    if (!same)
      return false;
  }
  return CHECK_INT(status, TINE_OK);
}

static bool same_sum(tine_pipeline *p, const tine_array *whole) {
  tine_pipeline *const stored = tine_slice((tine_array *)(uintptr_t)whole);
  tine_value a = {.as.i = 1}, b = {.as.i = 2};
  const bool same = CHECK_INT(tine_sum(p, &a, NULL), TINE_OK) && CHECK_INT(tine_sum(stored, &b, NULL), TINE_OK) &&
                    CHECK(data_same(a, b));
  tine_pipeline_release(stored);
  return same;
}

static void programs_give_what_stages_give(void) {
  unsigned failing = 0, programs = 0;
  for (int round = 0; round < 600; round++) {
    tine_pipeline *const p = random_work(random_mover(3));
    const uint64_t len = tine_pipeline_len(p), n = 1 + check_below(ITEMS), from = check_random() % (len - n + 1);
    const uint64_t at = check_below(2) ? len - n : from;
    tine_pipeline *const some = tine_take(tine_skip(tine_pipeline_retain(p), at), n);
    tine_array *whole = NULL;
    tine_error err = {.item = 0};
    const tine_status status = tine_collect(some, &whole, &err);
    bool same = same_as_pieces(p, at, n, status, whole, &err);
    if (same && status == TINE_OK)
      same = same_sum(some, whole);
    failing += status != TINE_OK;
    programs += ti_load_acquire(&p->program) != NULL;
    if (!same) {
      char plan[4000];
      tine_pipeline_explain(p, plan, sizeof plan);
      printf("\n  round %d, %llu items from %llu: %s\n%s\n", round, (unsigned long long)n, (unsigned long long)at,
             status != TINE_OK ? err.message : "", plan);
    }
    tine_array_release(whole);
    tine_pipeline_release(some);
    tine_pipeline_release(p);
    if (!same)
      return;
  }
  CHECK(failing > 10 && programs > 200);
}

/* The item that fails is found though ramps lie nowhere; and what is dropped of an enumerate fails, too. */
static void ramps_fail_where_stages_do(void) {
  const tine_value at = {.dtype = TINE_I64, .as.i = 1700};
  tine_pipeline *zero = tine_map(tine_range(1, ITEMS, 1), kernel("sub"), &at, 1);
  tine_pipeline *p = tine_map(tine_enumerate(zero), kernel("idiv"), NULL, 0);
  tine_array *a = NULL;
  tine_error err = {.item = 0};
  CHECK_INT(tine_collect(p, &a, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 1699);
  const unsigned first = 0;
  tine_pipeline *const dropped =
      tine_map(tine_select(tine_enumerate(tine_pipeline_retain(p)), &first, 1), kernel("neg"), NULL, 0);
  tine_pipeline *const q = tine_map(tine_pipeline_retain(dropped), kernel("abs"), NULL, 0);
  CHECK_INT(tine_collect(q, &a, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 1699);
  tine_pipeline_release(q);
  tine_pipeline_release(dropped);
  tine_pipeline_release(p);
}

CHECK_SUITE(movers, CHECK_CASE(ramps_are_made_of_their_formula), CHECK_CASE(products_that_are_added_are_rounded),
            CHECK_CASE(results_may_take_the_place_of_inputs), CHECK_CASE(programs_give_what_stages_give),
            CHECK_CASE(ramps_fail_where_stages_do))
