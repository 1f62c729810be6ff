/*
** Small work: what a run of ten items may cost. It asks for no memory, and takes less time than the sequential loop over
** a thousand. Times are ratios to that loop, taken side by side, the best of many; builds that make everything slower in
** their own way are not timed.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>

#include "../../core/base/config.h"
#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "check.h"
#include "../../core/tine.h"

#if defined(__has_feature)
#define SMALL_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMALL_SANITIZED 1
#else
#define SMALL_SANITIZED 0
#endif

enum { FEW = 10, MANY = 1000, ROUNDS = 300, CALLS = 50 };

static tine_kernel *named(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static tine_array *ramp(uint64_t n) {
  tine_array *a = NULL;
  double *x;
  tine_array_create(&a, TINE_F64, n, NULL);
  x = tine_array_data(a);
  for (uint64_t i = 0; i < n; i++)
    x[i] = 0.5 + (double)i;
  return a;
}

/* ----- Pipelines of three stages, and what they end in ----- */

static tine_pipeline *products(tine_array *x, tine_array *y) {
  return tine_map(tine_zip(tine_slice(x), tine_slice(y)), named("mul"), NULL, 0);
}

static tine_pipeline *roots(tine_array *x, tine_array *y) {
  const tine_value two = tine_f64(2);
  (void)y;
  return tine_map(tine_map(tine_slice(x), named("mul"), &two, 1), named("sqrt"), NULL, 0);
}

static tine_pipeline *some(tine_array *x, tine_array *y) {
  const tine_value four = tine_f64(4);
  (void)y;
  return tine_filter(tine_map(tine_slice(x), named("neg"), NULL, 0), named("lt"), &four, 1);
}

static tine_pipeline *(*const shapes[])(tine_array *, tine_array *) = {products, roots, some};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static tine_array *target; /* of collect_into */

static tine_status end_sum(tine_pipeline *p) {
  tine_value v;
  return tine_sum(p, &v, NULL);
}

static tine_status end_min(tine_pipeline *p) {
  tine_value v;
  return tine_min(p, &v, NULL, NULL);
}

static tine_status end_count(tine_pipeline *p) {
  uint64_t n;
  return tine_count(p, &n, NULL);
}

static tine_status end_reduce(tine_pipeline *p) {
  tine_value v;
  return tine_reduce(p, named("add"), NULL, &v, NULL);
}

static tine_status end_into(tine_pipeline *p) {
  return tine_pipeline_kind(p) == TINE_INDEXED ? tine_collect_into(p, &target, 1, NULL) : TINE_OK;
}

static tine_status end_any(tine_pipeline *p) {
  const tine_value far = tine_f64(1e9);
  bool found;
  return tine_any(p, named("gt"), &far, 1, &found, NULL);
}

typedef struct small_end {
  const char *name;
  tine_status (*run)(tine_pipeline *);
  unsigned stages; /* that it makes */
} small_end;

static const small_end ends[] = {{"sum", end_sum, 0},       {"min", end_min, 0},           {"count", end_count, 0},
                                 {"reduce", end_reduce, 0}, {"collect_into", end_into, 0}, {"any", end_any, 1}};
enum { ENDS = sizeof ends / sizeof ends[0] };

/* ----- Memory ----- */

static void the_first_run_asks_for_no_memory(void) {
  tine_array *x = ramp(FEW), *y = ramp(FEW);
  target = ramp(FEW);
  for (unsigned s = 0; s < SHAPES; s++)
    for (unsigned e = 0; e < ENDS; e++) {
      tine_pipeline *p = tine_sequential(shapes[s](x, y));
      const size_t before = ti_memory_allocations();
      CHECK_INT(ends[e].run(p), TINE_OK);
      CHECK_INT(ti_memory_allocations() - before, ends[e].stages);
      tine_pipeline_release(p);
    }
  tine_array_release(x);
  tine_array_release(y);
  tine_array_release(target);
}

/* ----- Time ----- */

static double sequential_dot(const double *x, const double *y, uint64_t n) {
  double sum = 0;
  for (uint64_t i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

/* Read at each call, so that no call can be moved out of the loop around it. */
static double (*volatile plain)(const double *, const double *, uint64_t) = sequential_dot;

static uint64_t loop_ns(const tine_array *x, const tine_array *y) {
  const double *a = tine_array_data((tine_array *)(uintptr_t)x), *b = tine_array_data((tine_array *)(uintptr_t)y);
  const uint64_t start = ti_now_ns();
  for (int i = 0; i < CALLS; i++)
    plain(a, b, MANY);
  return ti_now_ns() - start;
}

static uint64_t run_ns(const small_end *end, tine_pipeline *p) {
  const uint64_t start = ti_now_ns();
  for (int i = 0; i < CALLS; i++)
    end->run(p);
  return ti_now_ns() - start;
}

/* Does p come to that end in at most 'limit' times the time of the loop over a thousand? */
static bool quick(const small_end *end, tine_pipeline *p, const tine_array *x, const tine_array *y, double limit) {
  uint64_t ours = UINT64_MAX, theirs = UINT64_MAX;
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t run = run_ns(end, p), loop = loop_ns(x, y);
    ours = run < ours ? run : ours;
    theirs = loop < theirs ? loop : theirs;
    if (round > ROUNDS / 10 && (double)ours <= limit * (double)theirs)
      return true;
  }
  printf("%s: %llu ns, the loop %llu ns\n", end->name, (unsigned long long)ours / CALLS,
         (unsigned long long)theirs / CALLS);
  return TI_HOSTILE || SMALL_SANITIZED;
}

static void ten_items_take_less_than_a_loop_over_a_thousand(void) {
  tine_array *x = ramp(FEW), *y = ramp(FEW), *long_x = ramp(MANY), *long_y = ramp(MANY);
  target = ramp(FEW);
  for (unsigned s = 0; s < SHAPES; s++)
    for (unsigned e = 0; e < ENDS; e++) {
      tine_pipeline *p = shapes[s](x, y);
      CHECK(quick(&ends[e], p, long_x, long_y, 1.0));
      tine_pipeline_release(p);
    }
  tine_array_release(x);
  tine_array_release(y);
  tine_array_release(long_x);
  tine_array_release(long_y);
  tine_array_release(target);
}

static void a_thousand_products_are_summed_in_twice_the_time_of_the_loop(void) {
  tine_array *x = ramp(MANY), *y = ramp(MANY);
  tine_pipeline *p = products(x, y);
  CHECK(quick(&ends[0], p, x, y, 2.0));
  tine_pipeline_release(p);
  tine_array_release(x);
  tine_array_release(y);
}

/* ----- Where a stage was built ----- */

static void check_where(const tine_pipeline *p, const char *where) {
  char want[400];
  tine_error err;
  snprintf(want, sizeof want, "stage 2 'filter' (%s) made it bounded", where);
  CHECK_INT(tine_pipeline_needs(p, TINE_INDEXED, "rev", &err), TINE_EKIND);
  CHECK_CONTAINS(err.message, want);
}

static void a_place_is_told_whatever_its_length(void) {
  const tine_value one = tine_i64(1);
  tine_pipeline *p = tine_filter(tine_range(1, 9, 1), named("gt"), &one, 1);
  const size_t live = ti_memory_live();
  char place[151];
  for (size_t n = 1; n < sizeof place; n++) { /* shorter ones lie in the stage, longer ones do not */
    memset(place, 'a' + (int)(n % 26), n);
    place[n] = '\0';
    tine_pipeline_where(p, place);
    check_where(p, place);
  }
  CHECK(ti_memory_live() <= live + 1);
  tine_pipeline_where(p, "job.c:1");
  CHECK_INT(ti_memory_live(), live);
  check_where(p, "job.c:1");
  tine_pipeline_release(p);
}

static void a_place_of_a_stage_that_others_hold_stays(void) {
  const tine_value one = tine_i64(1);
  tine_pipeline *p = tine_filter(tine_range(1, 9, 1), named("gt"), &one, 1), *other;
  tine_pipeline_where(p, "job.c:1");
  other = tine_pipeline_retain(p);
  tine_pipeline_where(other, "job.c:2");
  check_where(p, "job.c:1");
  tine_pipeline_release(other);
  tine_pipeline_where(p, "job.c:3");
  check_where(p, "job.c:3");
  tine_pipeline_release(p);
}

CHECK_SUITE(small, CHECK_CASE(the_first_run_asks_for_no_memory),
            CHECK_CASE(ten_items_take_less_than_a_loop_over_a_thousand),
            CHECK_CASE(a_thousand_products_are_summed_in_twice_the_time_of_the_loop),
            CHECK_CASE(a_place_is_told_whatever_its_length), CHECK_CASE(a_place_of_a_stage_that_others_hold_stays))
