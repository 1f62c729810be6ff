/*
** Small work: what a run of ten items may cost. It asks for no memory, takes no lock, looks at no clock and stays on
** its thread: what that makes in time is for spec/bench/latency.lua to say.
*/
#include <stdint.h>

#include "../../core/base/config.h"
#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "check.h"
#include "../../core/tine.h"

enum { FEW = 10, MANY = 1000, CALLS = 3 };

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

/* A dot product needs none ever. Others have more columns on their way than lie on the stack: the first run makes a
   space, which the pipeline keeps. */
static void runs_ask_for_no_memory(void) {
  tine_array *x = ramp(FEW), *y = ramp(FEW);
  target = ramp(FEW);
  for (unsigned s = 0; s < SHAPES; s++)
    for (unsigned e = 0; e < ENDS; e++) {
      tine_pipeline *p = tine_sequential(shapes[s](x, y));
      const size_t space = s > 0 || ends[e].run == end_any, before = ti_memory_allocations();
      size_t warm;
      CHECK_INT(ends[e].run(p), TINE_OK);
      warm = ti_memory_allocations();
      CHECK(warm - before <= ends[e].stages + space);
      CHECK_INT(ends[e].run(p), TINE_OK);
      CHECK_INT(ti_memory_allocations() - warm, ends[e].stages);
      tine_pipeline_release(p);
    }
  tine_array_release(x);
  tine_array_release(y);
  tine_array_release(target);
}

/* ----- What else could take time ----- */

/* A pipeline that has run once asks for nothing but the stages that the terminal makes. */
static void check_quiet(const small_end *end, tine_pipeline *p) {
  static const char *const names[TI_USAGES] = {"looks at the clock", "locks", "wakes", "naps", "parks"};
  CHECK_INT(end->run(p), TINE_OK);
  for (int i = 0; i < CALLS; i++) {
    uint64_t before[TI_USAGES];
    const size_t allocations = ti_memory_allocations();
    for (unsigned u = 0; u < TI_USAGES; u++)
      before[u] = ti_used((ti_usage)u);
    CHECK_INT(end->run(p), TINE_OK);
    for (unsigned u = 0; u < TI_USAGES; u++)
      if (!CHECK_INT(ti_used((ti_usage)u), before[u]))
        printf("\n  %s %s", end->name, names[u]);
    if (!CHECK_INT(ti_memory_allocations() - allocations, end->stages))
      printf("\n  %s asks for memory", end->name);
  }
}

static void ends_are_quiet(uint64_t n) {
  tine_array *x = ramp(n), *y = ramp(n);
  target = ramp(n);
  for (unsigned s = 0; s < SHAPES; s++)
    for (unsigned e = 0; e < ENDS; e++) {
      tine_pipeline *p = shapes[s](x, y);
      check_quiet(&ends[e], p);
      tine_pipeline_release(p);
    }
  tine_array_release(x);
  tine_array_release(y);
  tine_array_release(target);
}

/* In a hostile build even ten items are several blocks, which may be shared. */
static void one_block_asks_for_nothing(void) {
  if (TI_HOSTILE)
    return;
  ends_are_quiet(FEW);
  ends_are_quiet(MANY);
}

/* A loop that may be shared looks at the clock after 1, 2, 4, 8... blocks of cheap items; one that may not, never. */
static void many_blocks_ask_for_little(void) {
  tine_array *x = ramp(1 << 20), *y = ramp(1 << 20);
  tine_pipeline *p = tine_sequential(products(x, y));
  uint64_t before = ti_used(TI_USED_CLOCK);
  CHECK_INT(end_sum(p), TINE_OK);
  CHECK_INT(ti_used(TI_USED_CLOCK), before);
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

CHECK_SUITE(small, CHECK_CASE(runs_ask_for_no_memory), CHECK_CASE(one_block_asks_for_nothing),
            CHECK_CASE(many_blocks_ask_for_little), CHECK_CASE(a_place_is_told_whatever_its_length),
            CHECK_CASE(a_place_of_a_stage_that_others_hold_stays))
