/*
** How soon a terminal ends that is told to, counted in blocks: a time would be another on every machine. What tells it
** comes in the midst of a block of a kernel of the host's, after each of which every thread looks. A thread that looked
** a moment before goes through one more.
*/
#include "../../core/base/thread.h"
#include "../../core/drive/rein.h"
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
  ti_rein_stopped = endless_over;
  tine_watch_set(&watch);
  CHECK_INT(c->run(pool, -1, NULL), TINE_ECANCELED);
  tine_watch_set(NULL);
  ti_rein_stopped = NULL;
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

CHECK_SUITE(prompt, CHECK_CASE(timeouts_end_after_a_block), CHECK_CASE(watches_end_after_a_block),
            CHECK_CASE(interrupts_end_after_a_block), CHECK_CASE(jobs_end_after_a_block))
