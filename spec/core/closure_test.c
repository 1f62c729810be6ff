/*
** Kernels of register code, by core/tine.h: over columns and single values, with captured values that a second kernel
** has otherwise, refused, without memory, from many threads at once; and what never ends.
*/
#include "../../core/base/memory.h"
#include "../../core/code/closure.h"
#include "pool_set.h"

enum { ITEMS = 5000 };

/* f(x, n): x = x * captured 0; if x < n then return x end; return x + captured 1.floor(x) (line 7: n // 0) */
static const tine_datum constants[] = {{TINE_DATUM_I64, {.i = 0}}, {TINE_DATUM_F64, {.f = 0.5}}};
static const tine_instruction scales[] = {
    {TINE_CODE_CAPTURE, false, 2, 0, 0, 0, 3}, {TINE_CODE_MUL, false, 0, 0, 2, 0, 3},
    {TINE_CODE_IF_LT, false, 0, 0, 1, 4, 4},   {TINE_CODE_RETURN, false, 0, 1, 0, 0, 4},
    {TINE_CODE_CAPTURE, false, 2, 1, 0, 0, 5}, {TINE_CODE_FIELD, false, 2, 0, 2, 0, 5},
    {TINE_CODE_MOVE, false, 3, 0, 0, 0, 5},    {TINE_CODE_CALL, false, 2, 1, 1, 0, 5},
    {TINE_CODE_ADD, false, 0, 0, 2, 0, 6},     {TINE_CODE_RETURN, false, 0, 1, 0, 0, 6}};
static const char *const scales_names[] = {"floor"};
static const tine_datum fields[] = {{TINE_DATUM_FUNCTION, {.function = TINE_CODE_FUNCTION_floor}}};
static const tine_code_module math = {1, scales_names, fields};

static tine_code scales_code(void) {
  return (tine_code){.size = sizeof(tine_code),
                     .source = "job.lua",
                     .line = 2,
                     .params = 2,
                     .registers = 4,
                     .count = sizeof scales / sizeof *scales,
                     .constant_count = 2,
                     .capture_count = 2,
                     .name_count = 1,
                     .code = scales,
                     .constants = constants,
                     .names = scales_names};
}

static void scales_captured(tine_datum *out, tine_datum by) {
  out[0] = by;
  out[1] = (tine_datum){TINE_DATUM_MODULE, {.module = &math}};
}

static double scaled(double x, double by, double n) {
  x *= by;
  return x < n ? x : x + (double)(int64_t)x;
}

static const tine_datum by_two = {TINE_DATUM_I64, {.i = 2}}, by_half = {TINE_DATUM_F64, {.f = 0.5}};

static tine_kernel *scales_kernel(tine_datum by) {
  const tine_code code = scales_code();
  tine_datum captured[2];
  tine_kernel *k = NULL;
  tine_error err;
  scales_captured(captured, by);
  if (!CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err), TINE_OK))
    printf("%s\n", err.message);
  return k;
}

static void single_values(void) {
  tine_kernel *k = scales_kernel(by_half), *other = NULL;
  const tine_value args[2] = {tine_f64(9), tine_i64(4)};
  tine_datum captured[2];
  tine_value out[TINE_MAX_OUTPUTS];
  tine_error err;
  size_t outs;
  CHECK_TEXT(tine_kernel_name(k), "job.lua:2");
  CHECK_TEXT(tine_kernel_help(k), "");
  CHECK_TEXT(tine_kernel_signature_for(k, (tine_dtype[]){TINE_F32, TINE_U8}, 2, NULL), "f64 i64 -> f64");
  CHECK_INT(tine_kernel_call(k, args, 2, out, &outs, &err), TINE_OK);
  CHECK_INT(outs, 1);
  CHECK_F64(out[0].as.f, 8.5);
  scales_captured(captured, by_two);
  CHECK_INT(tine_kernel_recapture(&other, k, captured, 2, "twice", "by two", TINE_ASSOCIATIVE, NULL), TINE_OK);
  tine_kernel_release(k); /* the code stays */
  CHECK_TEXT(tine_kernel_name(other), "twice");
  CHECK_TEXT(tine_kernel_help(other), "by two");
  CHECK_INT(tine_kernel_flags(other), TINE_ASSOCIATIVE);
  CHECK_INT(tine_kernel_call(other, (tine_value[]){tine_i64(9), tine_i64(4)}, 2, out, &outs, &err), TINE_OK);
  CHECK_INT(out[0].dtype, TINE_I64);
  CHECK_INT(out[0].as.i, 36);
  CHECK_INT(tine_kernel_call(other, args, 1, out, &outs, &err), TINE_ETYPE);
  CHECK_CONTAINS(err.message, "function at job.lua:2 takes 2 parameters, got 1");
  CHECK_INT(tine_kernel_call(other, (tine_value[]){tine_bool(true), tine_i64(4)}, 2, out, &outs, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "job.lua:3: attempt to perform arithmetic on a boolean value");
  tine_kernel_release(other);
}

/* Columns of every type, of which the code sees bools, i64 and f64. */
static void columns(void) {
  begin_pools();
  for (unsigned p = 0; p < POOLS; p++)
    for (int d = TINE_U8; d < TINE_DTYPE_END; d++) {
      tine_kernel *k = scales_kernel(by_half);
      tine_array *a;
      double sum = 0;
      tine_value got[TINE_MAX_COLUMNS], want[TINE_MAX_COLUMNS];
      tine_pipeline *q, *exact;
      CHECK_INT(tine_array_create(&a, TINE_F64, ITEMS, NULL), TINE_OK);
      for (uint64_t i = 0; i < ITEMS; i++) {
        ((double *)tine_array_data(a))[i] = scaled((double)(i % 100), 0.5, 20);
        sum += ((double *)tine_array_data(a))[i];
      }
      q = tine_map(tine_range(0, ITEMS - 1, 1), kernel("mod"), (tine_value[]){tine_i64(100)}, 1);
      q = tine_map(tine_cast(q, (tine_dtype)d, TINE_CAST_EXACT), k, (tine_value[]){tine_i64(20)}, 1);
      CHECK_INT(tine_pipeline_dtype(q, 0), TINE_F64);
      q = tine_on(q, pools[p]);
      exact = tine_slice(a);
      CHECK_INT(tine_sum(q, got, NULL), TINE_OK);
      CHECK_INT(tine_sum(exact, want, NULL), TINE_OK);
      tine_pipeline_release(exact);
      CHECK_F64(got[0].as.f, want[0].as.f);
      CHECK_F64(got[0].as.f, sum);
      tine_pipeline_release(q);
      tine_kernel_release(k);
      tine_array_release(a);
    }
  end_pools();
}

/* What it is refused for, when it is made and where it is bound. */
static void refusals(void) {
  tine_code code = scales_code();
  tine_datum captured[2];
  tine_kernel *k = NULL;
  tine_error err;
  scales_captured(captured, by_two);
  code.size = 0;
  CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "size is not set");
  code = scales_code();
  CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, TINE_EXPANDS, &err), TINE_EINVAL);
  CHECK(k == NULL);
  code.count--;
  CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "it runs out at its end");
  code = scales_code();
  captured[1].kind = TINE_DATUM_END;
  CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "captured value 1 is none that code may have");
  captured[1] = (tine_datum){TINE_DATUM_REFUSED, {.why = "captures a whale"}};
  CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err), TINE_OK);
  CHECK(tine_kernel_signature_for(k, (tine_dtype[]){TINE_I64, TINE_I64}, 2, &err) == NULL);
  CHECK_TEXT(err.message, "job.lua:5: captures a whale");
  tine_kernel_release(k);
  CHECK_INT(tine_kernel_recapture(&k, kernel("add"), captured, 2, NULL, NULL, 0, &err), TINE_EINVAL);
  CHECK(k == NULL);
}

/* Everything that is given may go. */
static char name_x[8] = "x";
static const char *name_of(const void *env, unsigned reg, unsigned at, uint32_t *line) {
  (void)at;
  *line = 2;
  return reg == *(const unsigned *)env ? name_x : NULL;
}

static void all_is_copied(void) {
  const tine_code given = scales_code();
  tine_instruction list[sizeof scales / sizeof *scales];
  char source[] = "job.lua", field[] = "floor";
  const char *names[] = {field};
  unsigned zero = 0;
  tine_datum captured[2], own_fields[] = {fields[0]};
  tine_code_module own = {1, names, own_fields};
  tine_code code = given;
  tine_kernel *k = NULL;
  tine_error err;
  memcpy(list, scales, sizeof list);
  code.code = list;
  code.source = source;
  code.names = names;
  code.name_of = name_of;
  code.env = &zero;
  scales_captured(captured, by_two);
  captured[1].as.module = &own;
  CHECK_INT(tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err), TINE_OK);
  memset(list, 0xff, sizeof list);
  memset(source, 'z', 3);
  memset(field, 'z', 3);
  memset(name_x, 'z', 3);
  memset(captured, 0xff, sizeof captured);
  memset(own_fields, 0xff, sizeof own_fields);
  memset(&own, 0xff, sizeof own);
  zero = 77;
  CHECK_TEXT(tine_kernel_signature_for(k, (tine_dtype[]){TINE_I64, TINE_I64}, 2, NULL), "i64 i64 -> i64");
  CHECK(tine_kernel_signature_for(k, (tine_dtype[]){TINE_BOOL, TINE_I64}, 2, &err) == NULL);
  CHECK_TEXT(err.message, "job.lua:3: attempt to perform arithmetic on a boolean value (local 'x')");
  tine_kernel_release(k);
}

/* ----- Versions ----- */

static void versions_are_shared(void) {
  tine_kernel *first = scales_kernel(by_two), *second, *third;
  tine_datum captured[2];
  const tine_dtype types[] = {TINE_I64, TINE_I64};
  size_t one, more;
  scales_captured(captured, (tine_datum){TINE_DATUM_I64, {.i = -7}});
  CHECK_INT(tine_kernel_recapture(&second, first, captured, 2, NULL, NULL, 0, NULL), TINE_OK);
  captured[0] = by_half;
  CHECK_INT(tine_kernel_recapture(&third, first, captured, 2, NULL, NULL, 0, NULL), TINE_OK);
  CHECK(tine_kernel_signature_for(first, types, 2, NULL) != NULL);
  one = ti_load_relaxed(&first->closure->prototype->versions);
  CHECK(tine_kernel_signature_for(second, types, 2, NULL) != NULL);
  more = ti_load_relaxed(&first->closure->prototype->versions);
  CHECK_INT(one, 1);
  CHECK_INT(more, 1);
  CHECK_TEXT(tine_kernel_signature_for(third, types, 2, NULL), "i64 i64 -> f64");
  CHECK_INT(ti_load_relaxed(&first->closure->prototype->versions), 2);
  tine_kernel_release(first);
  tine_kernel_release(third);
  tine_kernel_release(second);
}

/* x * module.field, whose number is a constant of each version: those that the code has no room for go with their
   kernel. */
static void versions_are_bounded(void) {
  static const tine_instruction area[] = {{TINE_CODE_CAPTURE, false, 1, 0, 0, 0, 3},
                                          {TINE_CODE_FIELD, false, 1, 0, 1, 0, 3},
                                          {TINE_CODE_MUL, false, 0, 0, 1, 0, 3},
                                          {TINE_CODE_RETURN, false, 0, 1, 0, 0, 4}};
  const tine_code code = {.size = sizeof code,
                          .source = "job.lua",
                          .line = 2,
                          .params = 1,
                          .registers = 2,
                          .count = 4,
                          .capture_count = 1,
                          .name_count = 1,
                          .code = area,
                          .names = scales_names};
  const tine_datum module = {TINE_DATUM_MODULE, {.module = &math}};
  tine_kernel *first = NULL;
  size_t full = 0;
  CHECK_INT(tine_kernel_code(&first, &code, &module, 1, NULL, NULL, 0, NULL), TINE_OK);
  for (int64_t n = 1; n <= 3 * TI_PROTOTYPE_VERSIONS; n++) {
    const tine_datum own = {TINE_DATUM_I64, {.i = n}};
    const tine_code_module others = {1, scales_names, &own};
    const tine_datum captured = {TINE_DATUM_MODULE, {.module = &others}};
    tine_kernel *k;
    tine_value out[TINE_MAX_OUTPUTS];
    size_t outs;
    CHECK_INT(tine_kernel_recapture(&k, first, &captured, 1, NULL, NULL, 0, NULL), TINE_OK);
    for (int twice = 0; twice < 2; twice++) {
      CHECK_INT(tine_kernel_call(k, (tine_value[]){tine_i64(7)}, 1, out, &outs, NULL), TINE_OK);
      CHECK_INT(out[0].as.i, 7 * n);
    }
    tine_kernel_release(k);
    if (n == TI_PROTOTYPE_VERSIONS)
      full = ti_memory_live();
  }
  CHECK_INT(ti_memory_live(), full);
  tine_kernel_release(first);
}

/* ----- From many threads ----- */

static void bind_many(void *arg, uint64_t begin, uint64_t end) {
  static const tine_dtype types[] = {TINE_U8, TINE_F32, TINE_I64, TINE_F64};
  tine_kernel *const k = arg;
  for (uint64_t i = begin; i < end; i++) {
    const tine_dtype in[] = {types[i % 4], types[i / 4 % 4]};
    const tine_value args[] = {{.dtype = TINE_F64, .as.f = 3}, {.dtype = TINE_I64, .as.i = 1}};
    tine_value out[TINE_MAX_OUTPUTS];
    size_t outs;
    CHECK(tine_kernel_signature_for(k, in, 2, NULL) != NULL);
    CHECK_INT(tine_kernel_call(k, args, 2, out, &outs, NULL), TINE_OK);
    CHECK_F64(out[0].as.f, 12);
  }
}

static void bind_task(tine_ctx *ctx, void *arg) {
  (void)ctx;
  bind_many(arg, 0, 64);
}

static void many_threads_at_once(void) {
  begin_pools();
  for (unsigned p = 0; p < POOLS; p++)
    for (unsigned round = 0; round < 20; round++) {
      tine_kernel *k = scales_kernel(by_two);
      CHECK_INT(tine_broadcast(pools[p], bind_task, k, NULL), TINE_OK);
      tine_kernel_release(k);
    }
  end_pools();
}

/* ----- Memory ----- */

static void memory_runs_out(void) {
  const tine_code code = scales_code();
  const tine_dtype types[] = {TINE_I64, TINE_F64};
  const size_t before = ti_memory_live();
  tine_datum captured[2];
  bool done = false;
  scales_captured(captured, by_two);
  for (int64_t n = 0; !done && n < 100; n++) {
    tine_kernel *k = NULL, *other = NULL;
    tine_error err = {.status = TINE_OK};
    ti_memory_fail_after(n);
    done = tine_kernel_code(&k, &code, captured, 2, NULL, NULL, 0, &err) == TINE_OK &&
           tine_kernel_recapture(&other, k, captured, 2, NULL, NULL, 0, &err) == TINE_OK &&
           tine_kernel_signature_for(other, types, 2, &err) != NULL;
    ti_memory_fail_after(-1);
    CHECK_INT(err.status, done ? TINE_OK : TINE_ENOMEM);
    CHECK(k != NULL || other == NULL);
    tine_kernel_release(k);
    tine_kernel_release(other);
    CHECK_INT(ti_memory_live(), before);
  }
  CHECK(done);
}

/* ----- What never ends ----- */

static const tine_instruction endless[] = {{TINE_CODE_ADD, false, 0, 0, -1, 0, 3},
                                           {TINE_CODE_IF_LT, true, 0, 0, -2, 0, 3},
                                           {TINE_CODE_RETURN, false, 0, 1, 0, 0, 4}};
static const tine_code endless_code = {.size = sizeof(tine_code),
                                       .source = "job.lua",
                                       .line = 2,
                                       .params = 1,
                                       .registers = 1,
                                       .count = 3,
                                       .constant_count = 2,
                                       .code = endless,
                                       .constants = constants};

static bool enough(void *arg, uint64_t done, uint64_t total) {
  (void)done, (void)total;
  return ++*(unsigned *)arg < 3;
}

static void endless_ends(void) {
  tine_kernel *k = NULL;
  CHECK_INT(tine_kernel_code(&k, &endless_code, NULL, 0, NULL, NULL, 0, NULL), TINE_OK);
  begin_pools();
  for (unsigned p = 0; p < POOLS; p++) {
    tine_pipeline *q = tine_on(tine_map(tine_range(-100000, -1, 1), k, NULL, 0), pools[p]);
    tine_value out[TINE_MAX_COLUMNS];
    q = tine_timeout(q, 0.02);
    CHECK_INT(tine_sum(q, out, NULL), TINE_ETIMEOUT);
    tine_pipeline_release(q);
  }
  end_pools();
  {
    unsigned calls = 0;
    const tine_watch watch = {sizeof watch, 0.001, enough, &calls};
    tine_value out[TINE_MAX_OUTPUTS];
    size_t outs;
    tine_watch_set(&watch);
    CHECK_INT(tine_kernel_call(k, (tine_value[]){tine_i64(-1)}, 1, out, &outs, NULL), TINE_ECANCELED);
    tine_watch_set(NULL);
    CHECK(calls >= 3);
  }
  tine_kernel_release(k);
}

CHECK_SUITE(closure, CHECK_CASE(single_values), CHECK_CASE(columns), CHECK_CASE(refusals), CHECK_CASE(all_is_copied),
            CHECK_CASE(versions_are_shared), CHECK_CASE(versions_are_bounded), CHECK_CASE(many_threads_at_once),
            CHECK_CASE(memory_runs_out), CHECK_CASE(endless_ends))
