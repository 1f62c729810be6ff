/*
** Interrupts: what is set from anywhere ends what is called and started here, until it is cleared, and nothing else.
*/
#define _POSIX_C_SOURCE 200809L /* sigaction */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "../../core/tine.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

static tine_interrupt *stop;

static void begin(void) {
  CHECK_INT(tine_interrupt_create(&stop, NULL), TINE_OK);
}

static void end(void) {
  tine_interrupt_use(NULL);
  tine_interrupt_release(stop);
  stop = NULL;
}

static tine_status sum_up_to(int64_t last, tine_error *err) {
  tine_pipeline *p = tine_map(tine_range(1, last, 1), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  tine_value sum;
  const tine_status status = tine_sum(p, &sum, err);
  tine_pipeline_release(p);
  return status;
}

static void is_well(void) {
  CHECK_INT(sum_up_to(100000, NULL), TINE_OK);
}

static void is_interrupted(tine_status status, const tine_error *err) {
  CHECK_INT(status, TINE_ECANCELED);
  CHECK_TEXT(err->message, "interrupted");
}

static void what_is_set_stays_until_it_is_cleared(void) {
  tine_error err;
  begin();
  CHECK(!tine_interrupt_is_set(stop));
  tine_interrupt_set(stop);
  CHECK(tine_interrupt_is_set(stop));
  is_well(); /* not in use */
  CHECK(tine_interrupt_use(stop) == NULL);
  for (const endless_case *c = endless_cases; c->name != NULL; c++)
    is_interrupted(c->run(NULL, -1, &err), &err);
  tine_interrupt_clear(stop);
  CHECK(!tine_interrupt_is_set(stop));
  is_well();
  tine_interrupt_set(stop);
  CHECK(tine_interrupt_use(NULL) == stop);
  is_well();
  end();
  tine_interrupt_set(NULL);
  tine_interrupt_clear(NULL);
  tine_interrupt_release(NULL);
  CHECK(!tine_interrupt_is_set(NULL));
  CHECK(tine_interrupt_retain(NULL) == NULL);
  endless_kernels_end();
}

/* ----- From a signal handler ----- */

static void on_signal(int signal) {
  (void)signal;
  tine_interrupt_set(stop);
}

static void *signal_soon(void *arg) {
  (void)arg;
  nap_us(20000);
  kill(getpid(), SIGUSR1);
  return NULL;
}

static void a_signal_handler_may_set_it(void) {
  struct sigaction action = {.sa_handler = on_signal}, before;
  tine_error err;
  pthread_t thread;
  begin();
  sigaction(SIGUSR1, &action, &before);
  tine_interrupt_use(stop);
  CHECK_STOP(pthread_create(&thread, NULL, signal_soon, NULL) == 0);
  is_interrupted(sum_up_to(INT64_MAX / 4, &err), &err);
  pthread_join(thread, NULL);
  sigaction(SIGUSR1, &before, NULL);
  end();
}

/* ----- Jobs ----- */

static _Atomic unsigned began, skips;

static tine_status run_long(void *env, tine_error *err) {
  (void)env;
  began++;
  return sum_up_to(INT64_MAX / 4, err);
}

static void skip(void *env) {
  (void)env;
  skips++;
}

/* Two at work, as many as the pool has threads, and some that wait. */
static void jobs_are_ended_too(void) {
  enum { JOBS = 5 };
  tine_pool *pool = new_pool(2);
  const tine_job_desc desc = {.size = sizeof desc, .pool = pool, .fn = run_long, .skipped = skip};
  tine_job *job[JOBS];
  tine_error err;
  double until = 0;
  begin();
  began = skips = 0;
  tine_interrupt_use(stop);
  for (int i = 0; i < JOBS; i++)
    CHECK_STOP(tine_job_start(&job[i], &desc, NULL) == TINE_OK);
  tine_interrupt_use(NULL);
  while (began == 0 && patient(&until))
    continue;
  tine_interrupt_set(stop);
  tine_interrupt_release(stop); /* jobs hold it */
  for (int i = JOBS - 1; i >= 0; i--) {
    is_interrupted(tine_job_wait(job[i], -1, &err), &err);
    tine_job_release(job[i]);
  }
  CHECK_INT(began + skips, JOBS);
  stop = NULL;
  tine_pool_destroy(pool);
}

static void those_of_others_are_not(void) {
  tine_pool *pool = new_pool(2);
  tine_job *job;
  const tine_job_desc desc = {.size = sizeof desc, .pool = pool, .fn = run_long};
  begin();
  CHECK_STOP(tine_job_start(&job, &desc, NULL) == TINE_OK);
  tine_interrupt_use(stop);
  tine_interrupt_set(stop);
  CHECK_INT(tine_job_wait(job, 0.01, NULL), TINE_ETIMEOUT);
  CHECK(!tine_job_done(job));
  tine_job_cancel(job);
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  tine_job_release(job);
  tine_pool_destroy(pool);
  end();
}

CHECK_SUITE(interrupt, CHECK_CASE(what_is_set_stays_until_it_is_cleared), CHECK_CASE(a_signal_handler_may_set_it),
            CHECK_CASE(jobs_are_ended_too), CHECK_CASE(those_of_others_are_not))
