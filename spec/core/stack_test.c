/*
** Small stacks: everything but deep pipelines works on a thread with 128 KiB, and what is too deep for a thread is
** refused by its terminal; programs take no more for being long. What does not hold ends the process.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

#include "../../core/base/config.h"
#include "../../core/base/stack_left.h"
#include "../../core/base/thread.h"
#include "../../core/expression/recipe.h"
#include "../../core/kernel/simd.h"
#include "pipelines.h"

enum {
  SMALL = TI_STACK_FACTOR * (128 << 10),
  LARGE = TI_STACK_FACTOR * (4 << 20),
  ITEMS = 5000,
  DEEPEST = TI_MAX_DEPTH
};

typedef struct call {
  void (*fn)(void *arg);
  void *arg;
} call;

static void *call_main(void *arg) {
  const call *const c = arg;
  c->fn(c->arg);
  return NULL;
}

static size_t used; /* bytes of the last stack that were written to */

/* Calls fn(arg) on a thread with such a stack: one of ours, for the C library's may be larger, and a guard below it. */
static void on_memory(size_t bytes, void (*fn)(void *arg), void *arg) {
  enum { GUARD = 65536 };
  call c = {fn, arg};
  size_t untouched = 0;
  pthread_attr_t attr;
  pthread_t thread;
  char *const memory = mmap(NULL, GUARD + bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK_STOP(memory != MAP_FAILED && mprotect(memory + GUARD, bytes, PROT_READ | PROT_WRITE) == 0);
  CHECK_STOP(pthread_attr_init(&attr) == 0);
  if (CHECK_INT(pthread_attr_setstack(&attr, memory + GUARD, bytes), 0) &&
      CHECK_INT(pthread_create(&thread, &attr, call_main, &c), 0))
    CHECK_INT(pthread_join(thread, NULL), 0);
  pthread_attr_destroy(&attr);
  while (untouched < bytes && memory[GUARD + untouched] == 0)
    untouched++;
  munmap(memory, GUARD + bytes);
  used = bytes - untouched;
}

static void tell_left(void *arg) {
  *(size_t *)arg = ti_stack_left();
}

/* What is not left of a stack when its thread begins: thread-local variables lie there, and those of the thread
   sanitizer take more than all of a small stack. They are not what is tested here. */
static size_t taken_before(void) {
  static size_t taken;
  size_t left = 0;
  if (taken == 0) {
    on_memory(LARGE, tell_left, &left);
    taken = LARGE - left;
  }
  return taken < SMALL / 2 ? 0 : (taken / 65536 + 1) * 65536;
}

static void on_stack(size_t bytes, void (*fn)(void *arg), void *arg) {
  on_memory(bytes + taken_before(), fn, arg);
}

/* ----- What is left ----- */

typedef struct seen_stack {
  size_t least, most;
} seen_stack;

static void look(void *arg) {
  const seen_stack *const s = arg;
  const size_t left = ti_stack_left();
  CHECK(left >= s->least && left <= s->most);
}

static void what_is_left_is_known(void) {
  seen_stack s = {SMALL / 2, SMALL + taken_before()};
  ti_thread thread;
  on_stack(SMALL, look, &s);
  s = (seen_stack){LARGE - SMALL, LARGE + taken_before()};
  on_stack(LARGE, look, &s);
  s.most = SIZE_MAX;
  CHECK_STOP(ti_thread_start(&thread, look, &s, "stack", 0) == 0);
  ti_thread_join(thread);
  CHECK_STOP(ti_thread_start(&thread, look, &s, "stack", 16384) == 0);
  ti_thread_join(thread);
  s.least = SMALL; /* of the main thread: what 'ulimit -s' says */
  look(&s);
}

/* ----- Terminals ----- */

static void drop(tine_array **out, unsigned n) {
  for (unsigned c = 0; c < n; c++)
    tine_array_release(out[c]);
  memset(out, 0, 2 * TINE_MAX_COLUMNS * sizeof *out);
}

/* Every terminal that can be had of any pipeline; a refusal is as good as a result here. */
static void all_terminals(tine_pipeline *p) {
  tine_value v[2 * TINE_MAX_COLUMNS];
  tine_array *out[2 * TINE_MAX_COLUMNS] = {NULL};
  const unsigned columns = tine_pipeline_columns(p);
  const tine_value far = tine_f64(1e9);
  tine_stream *stream;
  tine_columns block;
  uint64_t n;
  int order;
  bool b;
  tine_sum(p, v, NULL);
  tine_product(p, v, NULL);
  tine_min(p, v, NULL, NULL);
  tine_var(p, v, NULL);
  tine_reduce(p, builtin("add"), NULL, v, NULL);
  tine_reduce(p, builtin("sub"), NULL, v, NULL);
  tine_count(p, &n, NULL);
  tine_any(p, builtin("gt"), &far, 1, &b, NULL);
  tine_eq(p, p, &b, NULL);
  tine_cmp(p, p, &order, NULL);
  if (tine_collect(p, out, NULL) == TINE_OK)
    drop(out, columns);
  if (tine_scan(p, builtin("add"), NULL, out, NULL) == TINE_OK)
    drop(out, columns);
  if (tine_sorted(p, TINE_ASCENDING, out, NULL) == TINE_OK)
    drop(out, columns);
  if (tine_top(p, 100, out, NULL) == TINE_OK)
    drop(out, columns);
  if (tine_unique(p, out, NULL) == TINE_OK)
    drop(out, columns);
  if (tine_count_by(p, out, &out[columns], NULL) == TINE_OK)
    drop(out, columns + 1);
  if (tine_histogram(p, -1, 1, 100, out, NULL) == TINE_OK)
    drop(out, columns);
  CHECK_INT(tine_stream_create(&stream, p, NULL), TINE_OK);
  while (tine_stream_next(stream, &block, NULL) == TINE_OK && block.n > 0)
    continue;
  tine_stream_destroy(stream);
}

static void terminals_here(void *arg) {
  tine_pool *const pool = arg;
  const tine_value m1 = tine_i64(-1);
  for (const pipeline_case *c = pipeline_cases; c->name != NULL; c++) {
    tine_pipeline *p = tine_max_len(c->make(ITEMS), 50);
    p = pool != NULL ? tine_on(p, pool) : tine_sequential(p);
    all_terminals(p);
    p = tine_take(tine_filter(p, builtin("ne"), &m1, 1), ITEMS / 2);
    if (tine_pipeline_check(p, NULL) == TINE_OK)
      all_terminals(p);
    tine_pipeline_release(p);
  }
}

static void terminals_fit(void) {
  on_stack(SMALL, terminals_here, NULL);
  on_stack(SMALL, terminals_here, test_pool(4));
  test_pools_end();
  test_kernels_end();
}

/* ----- Sorts ----- */

enum { SORTED = 300000, SKEWS = 5 };

/* Digits that nearly all elements have in common, again and again: the deepest way down. */
static uint64_t skewed(unsigned skew) {
  const uint64_t x = check_random(), r = check_random();
  double d;
  uint64_t bits;
  switch (skew) {
    case 0: return x;
    case 1: return x >> r % 64;
    case 2: return r % 100 == 0 ? x : x & 0x3fffff;
    case 3: return r % 7 == 0 ? x : x & ((UINT64_C(1) << (10 * (6 - r % 7) + 4)) - 1);
    default: d = (double)x * 0x1p-64; return memcpy(&bits, &d, sizeof bits), bits;
  }
}

static void sorts_here(void *arg) {
  tine_pool *const pool = arg;
  for (unsigned skew = 0; skew < SKEWS; skew++) {
    tine_array *a = NULL, *out[2] = {NULL, NULL};
    tine_pipeline *p;
    uint64_t *x, wrong = 0;
    CHECK_STOP(tine_array_create(&a, TINE_U64, SORTED, NULL) == TINE_OK);
    x = tine_array_data(a);
    for (uint64_t i = 0; i < SORTED; i++)
      x[i] = skewed(skew);
    p = tine_zip(tine_slice(a), tine_slice(a));
    p = pool != NULL ? tine_on(p, pool) : tine_sequential(p);
    CHECK_INT(tine_sorted(p, TINE_DESCENDING, out, NULL), TINE_OK);
    tine_pipeline_release(p);
    drop((tine_array *[2 *TINE_MAX_COLUMNS]){out[0], out[1]}, 2);
    CHECK_INT(tine_array_argsort(a, TINE_ASCENDING, out, NULL), TINE_OK);
    tine_array_release(out[0]);
    CHECK_INT(tine_array_sort(a, TINE_ASCENDING, NULL), TINE_OK);
    for (uint64_t i = 1; i < SORTED; i++)
      wrong += x[i - 1] > x[i];
    CHECK_INT(wrong, 0);
    tine_array_release(a);
  }
}

static void sorts_fit(void) {
  on_stack(SMALL, sorts_here, NULL);
  on_stack(SMALL, sorts_here, test_pool(4));
  test_pools_end();
}

/* ----- Deep ones ----- */

static tine_pipeline *more_maps(tine_pipeline *p) {
  const tine_value one = tine_i64(1);
  return tine_map(p, builtin("add"), &one, 1);
}

static tine_pipeline *more_filters(tine_pipeline *p) {
  const tine_value m1 = tine_i64(-1);
  return tine_filter(p, builtin("ne"), &m1, 1);
}

static tine_pipeline *more_chunks(tine_pipeline *p) {
  return tine_fold_chunks(p, 1, builtin("add"), NULL);
}

static tine_pipeline *more_on_the_left(tine_pipeline *p) {
  return tine_chain(p, numbers(1));
}

static tine_pipeline *more_on_the_right(tine_pipeline *p) {
  return tine_chain(numbers(1), p);
}

static tine_pipeline *(*const adders[])(tine_pipeline *) = {more_maps, more_filters, more_chunks, more_on_the_left,
                                                            more_on_the_right};
enum { ADDERS = sizeof adders / sizeof adders[0] };

typedef struct deep {
  unsigned adder, stages;
  tine_status status; /* what is to come */
} deep;

static tine_pipeline *deep_pipeline(const deep *d) {
  tine_pipeline *p = numbers(3000);
  for (unsigned i = 1; i < d->stages; i++)
    p = adders[d->adder](p);
  return p;
}

/* Built, told, run and released on this very thread. */
static void deep_here(void *arg) {
  const deep *const d = arg;
  tine_pipeline *const p = deep_pipeline(d);
  tine_array *out = NULL;
  tine_value v;
  tine_error err = {.message = ""};
  char text[512];
  CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK);
  CHECK(tine_pipeline_explain(p, text, sizeof text) > sizeof text);
  CHECK_INT(tine_sum(p, &v, &err), d->status);
  if (d->status != TINE_OK) {
    CHECK_CONTAINS(err.message, "stages one after the other take ");
    CHECK_CONTAINS(err.message, "KiB of stack");
  } else if (d->adder == 0)
    CHECK_INT(v.as.i, INT64_C(3000) * 3001 / 2 + INT64_C(3000) * (d->stages - 1));
  CHECK_INT(tine_var(p, &v, NULL), d->status);
  CHECK_INT(tine_collect(p, &out, NULL), d->status);
  tine_array_release(out);
  tine_pipeline_release(p);
}

static void what_is_too_deep_is_refused(void) {
  for (unsigned a = 0; a < ADDERS; a++) {
    on_stack(SMALL, deep_here, &(deep){a, 15, TINE_OK});
    on_stack(SMALL, deep_here, &(deep){a, 100, TINE_ERANGE});
    on_stack(SMALL, deep_here, &(deep){a, DEEPEST, TINE_ERANGE});
    on_stack(4 * SMALL, deep_here, &(deep){a, 150, TINE_OK});
    on_stack(LARGE, deep_here, &(deep){a, DEEPEST, TINE_OK});
  }
}

/* Whoever owned the last end of it. */
static void release_here(void *p) {
  tine_pipeline_release(p);
}

static void release_needs_no_stack(void) {
  for (unsigned a = 0; a < ADDERS; a++)
    on_stack(SMALL, release_here, deep_pipeline(&(deep){a, DEEPEST, TINE_OK}));
}

/* An iterator made where there is room, and used where there is none. */
static tine_iter *iter;

static tine_status make_iter(const tine_producer *whole, void *arg) {
  (void)arg;
  return tine_iter_create(&iter, whole, NULL);
}

static void next_here(void *status) {
  tine_columns block;
  CHECK_INT(tine_iter_next(iter, &block, NULL), *(tine_status *)status);
  CHECK((block.n > 0) == (*(tine_status *)status == TINE_OK));
}

static void make_here(void *p) {
  CHECK_INT(tine_with_producer(p, make_iter, NULL), TINE_OK);
}

static void every_call_of_an_iterator_looks(void) {
  tine_pipeline *const p = deep_pipeline(&(deep){0, 500, TINE_OK});
  tine_status status = TINE_ERANGE;
  on_stack(LARGE, make_here, p);
  on_stack(SMALL, next_here, &status);
  status = TINE_OK;
  on_stack(LARGE, next_here, &status);
  tine_iter_destroy(iter);
  tine_pipeline_release(p);
}

/* A thread with a small stack waits for tasks that run what is too deep for it: it must not be given parts of that. */
static tine_status deep_task(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  _Atomic unsigned *const done = env;
  (void)ctx;
  for (uint64_t i = lo; i < hi; i++) {
    tine_pipeline *const p = tine_max_len(deep_pipeline(&(deep){2, 600, TINE_OK}), 10);
    tine_value v;
    const tine_status status = tine_sum(p, &v, NULL);
    CHECK(status == TINE_OK || status == TINE_ERANGE);
    *done += status == TINE_OK;
    tine_pipeline_release(p);
  }
  return TINE_OK;
}

static void small_caller(void *arg) {
  CHECK_INT(tine_parallel_for(test_pool(4), 40, deep_task, arg, NULL), TINE_OK);
}

static void who_waits_gets_nothing_too_deep(void) {
  _Atomic unsigned done = 0;
  for (int i = 0; i < 5; i++)
    on_stack(SMALL, small_caller, &done);
  CHECK(done <= 5 * 40);
  test_pools_end();
}

/* ----- Programs ----- */

static const ti_signature *of_integers(const char *name) {
  const tine_kernel *const k = ti_builtin_find(name);
  for (size_t i = 0; k != NULL && i < k->count; i++)
    if (k->signatures[i].in[0] == TINE_I64)
      return &k->signatures[i];
  return NULL;
}

/* x + 1, so many times over, with a loop that is called (integer division) after each ten of them. */
static ti_program *long_program(unsigned simd, unsigned operations) {
  const ti_signature *const add = of_integers("add"), *const idiv = of_integers("idiv");
  const int64_t one = 1;
  ti_program_maker m;
  int args[2], last;
  if (add == NULL || idiv == NULL || !ti_program_begin(&m, simd))
    return NULL;
  last = ti_program_input(&m, TINE_I64);
  for (unsigned i = 1; i <= operations; i++) {
    args[0] = last;
    args[1] = ti_program_constant(&m, TINE_I64, &one);
    last = ti_program_apply(&m, i % 10 == 0 ? idiv : add, args);
  }
  return last >= 0 && ti_program_finish(&m, last, TI_PROGRAM_VALUES) ? ti_program_keep(&m.made) : NULL;
}

static int64_t program_in[TI_CELL], program_out[TI_CELL];

static void program_here(void *program) {
  const void *const in = program_in;
  const ptrdiff_t stride = sizeof *program_in;
  CHECK(ti_program_run(program, &in, &stride, TI_CELL - 1, program_out, NULL));
}

/* Not a frame for each step: a hundred need no more than ten. */
static void steps_take_no_frames(void) {
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best() && ti_program_set_of(simd) != NULL; simd++) {
    size_t few = SIZE_MAX;
    for (unsigned operations = 10; operations <= 90; operations += 80) {
      ti_program *const p = long_program(simd, operations);
      CHECK_STOP(p != NULL);
      on_stack(SMALL, program_here, p);
      ti_program_drop(p);
      for (size_t i = 0; i < TI_CELL - 1; i++)
        CHECK_STOP(program_out[i] == program_in[i] + operations - operations / 10);
      CHECK(few == SIZE_MAX || used <= few + 1024);
      few = used;
    }
  }
}

CHECK_SUITE(stack, CHECK_CASE(what_is_left_is_known), CHECK_CASE(terminals_fit), CHECK_CASE(sorts_fit),
            CHECK_CASE(what_is_too_deep_is_refused), CHECK_CASE(release_needs_no_stack),
            CHECK_CASE(every_call_of_an_iterator_looks), CHECK_CASE(who_waits_gets_nothing_too_deep),
            CHECK_CASE(steps_take_no_frames))
