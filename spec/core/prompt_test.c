/*
** How soon a terminal ends that is told to, counted in blocks: a time would be another on every machine. What tells it
** comes in the midst of a block of a kernel of the host's, after each of which every thread looks. A thread that looked
** a moment before goes through one more. What is done after all blocks looks now and then.
*/
#include "../../core/base/config.h"
#include "../../core/base/thread.h"
#include "../../core/drive/cancel.h"
#include "../../core/tine.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

#define HOUR_NS UINT64_C(3600000000000)

static const unsigned sizes[] = {0, 1, 2, 3}; /* threads of a pool; 0: sequential */
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static unsigned others(const tine_pool *pool) {
  return pool != NULL ? tine_pool_threads(pool) - 1 : 0;
}

/* Runs each terminal of which the probe sees blocks, and ends it in one of them. */
static void one_terminal(void (*check)(const endless_case *c, tine_pool *pool, unsigned at), const endless_case *c,
                         tine_pool *pool) {
  for (unsigned at = 10; at < 30; at += 3) {
    check(c, pool, at);
    endless_probe(NULL, NULL, 0);
    if (!CHECK(endless_after() <= others(pool)))
      printf("\n  %s, %u others: %u blocks after the %uth", c->name, others(pool), endless_after(), at);
  }
}

static void every_slow_terminal(void (*check)(const endless_case *c, tine_pool *pool, unsigned at)) {
  for (size_t i = 0; i < SIZES; i++) {
    tine_pool *pool = sizes[i] > 0 ? new_pool(sizes[i]) : NULL;
    for (const endless_case *c = endless_cases; c->name != NULL; c++)
      if (strstr(c->name, "slow") != NULL)
        one_terminal(check, c, pool);
    tine_pool_destroy(pool);
  }
  endless_kernels_end();
}

static void an_hour_goes_by(void *arg) {
  (void)arg;
  ti_clock_skip(HOUR_NS);
  endless_over();
}

static void in_half_an_hour(const endless_case *c, tine_pool *pool, unsigned at) {
  endless_probe(an_hour_goes_by, NULL, at);
  CHECK_INT(c->run(pool, 1800, NULL), TINE_ETIMEOUT);
}

static void timeouts_end_after_a_block(void) {
  every_slow_terminal(in_half_an_hour);
}

/* What a watch says is known when it has returned: it is over from there. */
static bool enough(void *arg, uint64_t done, uint64_t total) {
  (void)done, (void)total;
  ++*(unsigned *)arg;
  return false;
}

static void clock_goes_on(void *arg) {
  (void)arg;
  ti_clock_skip(HOUR_NS);
}

static void watched(const endless_case *c, tine_pool *pool, unsigned at) {
  unsigned calls = 0;
  const tine_watch watch = {sizeof watch, 600, enough, &calls};
  endless_probe(clock_goes_on, NULL, at);
  ti_cancel_stopped = endless_over;
  tine_watch_set(&watch);
  CHECK_INT(c->run(pool, -1, NULL), TINE_ECANCELED);
  tine_watch_set(NULL);
  ti_cancel_stopped = NULL;
  CHECK_INT(calls, 2); /* the second tells how far it came */
}

static void watches_end_after_a_block(void) {
  every_slow_terminal(watched);
}

/* ----- Interrupts ----- */

static void set(void *arg) {
  tine_interrupt_set(arg);
  endless_over();
}

static void interrupted(const endless_case *c, tine_pool *pool, unsigned at) {
  tine_interrupt *stop;
  tine_error err = {.status = TINE_OK};
  CHECK_STOP(tine_interrupt_create(&stop, NULL) == TINE_OK);
  endless_probe(set, stop, at);
  tine_interrupt_use(stop);
  CHECK_INT(c->run(pool, -1, &err), TINE_ECANCELED);
  CHECK_TEXT(err.message, "interrupted");
  CHECK(tine_interrupt_use(NULL) == stop);
  tine_interrupt_release(stop);
}

static void interrupts_end_after_a_block(void) {
  every_slow_terminal(interrupted);
}

/* ----- Jobs ----- */

typedef struct order {
  const endless_case *c;
  tine_pool *pool;
} order;

static _Atomic(tine_job *) running;

static tine_status run_order(void *env, tine_error *err) {
  const order *o = env;
  double end = 0;
  while (running == NULL && patient(&end))
    continue;
  return o->c->run(o->pool, -1, err);
}

static void cancel_running(void *arg) {
  (void)arg;
  tine_job_cancel(running);
  endless_over();
}

static void cancelled(const endless_case *c, tine_pool *pool, unsigned at) {
  order o = {c, pool};
  const tine_job_desc desc = {.size = sizeof desc, .pool = pool, .fn = run_order, .env = &o};
  tine_job *job;
  running = NULL;
  endless_probe(cancel_running, NULL, at);
  CHECK_STOP(tine_job_start(&job, &desc, NULL) == TINE_OK);
  running = job;
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  tine_job_release(job);
}

static void jobs_end_after_a_block(void) {
  every_slow_terminal(cancelled);
}

/* ----- What comes when all items are done ----- */

enum { ROWS = 1 << 16, MILLION = 1 << 20 };

static _Atomic uint64_t looks_noted;
static _Atomic unsigned met;
static unsigned to_meet; /* threads each of which waits, in its first block, for the others' */
static _Thread_local unsigned meeting;

static int notes(tine_block *block) {
  if (meeting != to_meet && to_meet > 0) {
    meeting = to_meet;
    met++;
    CHECK(reaches(&met, to_meet));
  }
  for (size_t i = 0; i < block->n; i++)
    ((int64_t *)block->out[0])[i] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
  looks_noted = ti_cancel_looks;
  return 0;
}

/* How often a terminal looks once it has met its last item: sequential, or on that many threads in quarters, of which
   each thread has one. */
static uint64_t looks_after(uint64_t n, unsigned threads, unsigned columns, tine_status (*terminal)(tine_pipeline *p)) {
  static const tine_kernel_signature signature = {.types = "i64 -> i64", .block = notes};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "notes", .signatures = &signature, .signature_count = 1};
  tine_registry *r = NULL;
  tine_pool *pool = new_pool(threads > 0 ? threads : 1);
  tine_pipeline *p;
  met = meeting = 0;
  to_meet = threads;
  CHECK(tine_registry_create(&r, NULL) == TINE_OK && tine_kernel_register(r, &desc, NULL) == TINE_OK);
  p = tine_map(tine_range(1, (int64_t)n, 1), tine_kernel_find(r, "notes", NULL), NULL, 0);
  for (unsigned c = 1; c < columns; c++)
    p = tine_zip(p, tine_range(1, (int64_t)n, 1));
  p = tine_min_len(tine_max_len(tine_timeout(p, 3600), n / 4), n / 4);
  p = threads > 0 ? tine_on(p, pool) : tine_sequential(p);
  CHECK_INT(terminal(p), TINE_OK);
  tine_pipeline_release(p);
  tine_registry_release(r);
  tine_pool_destroy(pool);
  return ti_cancel_looks - looks_noted;
}

static tine_status release_all(const tine_pipeline *p, tine_status status, tine_array **out) {
  for (unsigned c = 0; c < tine_pipeline_columns(p); c++)
    tine_array_release(out[c]);
  return status;
}

static tine_status best(tine_pipeline *p) {
  tine_array *out[3];
  return release_all(p, tine_top(p, ROWS, out, NULL), out);
}

static tine_status keep(tine_pipeline *p) {
  const tine_value zero = tine_i64(0);
  tine_array *out[3];
  tine_pipeline *q = tine_filter(tine_pipeline_retain(p), tine_kernel_find(NULL, "gt", NULL), &zero, 1);
  const tine_status status = release_all(q, tine_collect(q, out, NULL), out);
  tine_pipeline_release(q);
  return status;
}

/* 32 MiB of bins. */
static tine_status bins(tine_pipeline *p) {
  tine_array *out = NULL;
  const tine_status status = tine_histogram(p, 0, 1, 4 * MILLION, &out, NULL);
  tine_array_release(out);
  return status;
}

static tine_status arrange(tine_pipeline *p) {
  tine_array *out[3];
  return release_all(p, tine_sorted(p, TINE_ASCENDING, out, NULL), out);
}

static tine_status tell_apart(tine_pipeline *p) {
  tine_array *out[3];
  return release_all(p, tine_unique(p, out, NULL), out);
}

/* Rows sorted, copied, told apart and put together: counts of looks are the least there can be. */
static void what_is_left_to_do_looks(void) {
  CHECK(looks_after(ROWS, 0, 1, best) >= 32); /* half of them for the order, half for the array */
  CHECK(looks_after(ROWS, 0, 1, keep) >= 8);
  CHECK(looks_after(16 * ROWS, 1, 1, keep) >= 16);
  CHECK(looks_after(ROWS, 0, 1, tell_apart) >= 8);
  CHECK(looks_after(ROWS, 0, 1, bins) >= 31);
  if (TI_HOSTILE || !PLAIN)
    return; /* parts are others there */
  CHECK(looks_after(ROWS, 2, 1, best) >= 32 + 4);
  CHECK(looks_after(ROWS, 2, 1, bins) >= 32 + 64);
  CHECK(looks_after(ROWS, 2, 1, tell_apart) >= 60);
  CHECK(looks_after(ROWS, 2, 2, tell_apart) >= 100);
  /* a column more is moved there and back: 70 looks; whether the loop looks once more at its end is a matter of time */
  CHECK(looks_after(MILLION, 0, 3, arrange) >= looks_after(MILLION, 0, 2, arrange) + 70 - 1);
}

CHECK_SUITE(prompt, CHECK_CASE(timeouts_end_after_a_block), CHECK_CASE(watches_end_after_a_block),
            CHECK_CASE(interrupts_end_after_a_block), CHECK_CASE(jobs_end_after_a_block),
            CHECK_CASE(what_is_left_to_do_looks))
