/*
** Interrupts: what is set from anywhere ends what is called and started here, until it is cleared, and nothing else.
*/
#define _POSIX_C_SOURCE 200809L /* sigaction */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "../../core/drive/cancel.h"
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

/* ----- In a watch ----- */

static bool sums_interrupted(void *arg, uint64_t done, uint64_t total) {
  (void)done, (void)total;
  tine_interrupt_set(stop);
  *(tine_status *)arg = sum_up_to(1 << 28, NULL);
  tine_interrupt_clear(stop);
  return false;
}

/* It is no part of what is watched, but of what the thread does. */
static void what_a_watch_runs_is_ended_too(void) {
  tine_status inside = TINE_OK;
  const tine_watch watch = {.size = sizeof watch, .every = 0.001, .look = sums_interrupted, .arg = &inside};
  begin();
  tine_interrupt_use(stop);
  tine_watch_set(&watch);
  CHECK_INT(sum_up_to(INT64_MAX / 4, NULL), TINE_ECANCELED);
  tine_watch_set(NULL);
  CHECK_INT(inside, TINE_ECANCELED);
  end();
}

/* ----- Loops that are no loops over blocks ----- */

enum { MIB = 1 << 20 };

static size_t untouched(const unsigned char *bytes, size_t n) {
  size_t left = 0;
  for (size_t i = 0; i < n; i++)
    left += bytes[i] == 7;
  return left;
}

/* Copies and clears eight megabytes, in a terminal that is over before. */
static void what_is_copied_or_cleared_stops_within_it(void) {
  unsigned char *const from = calloc(8, MIB), *const to = malloc(8 * (size_t)MIB);
  ti_terminal terminal;
  uint64_t steps = 0;
  begin();
  CHECK_STOP(from != NULL && to != NULL);
  memset(to, 7, 8 * (size_t)MIB);
  tine_interrupt_use(stop);
  ti_terminal_begin(&terminal, 0);
  CHECK(ti_cancel_copy(terminal.cancel, to + MIB, from, 3 * (size_t)MIB + 5));
  CHECK_INT(untouched(to, 8 * (size_t)MIB), 5 * MIB - 5);
  memset(to, 7, 8 * (size_t)MIB);
  tine_interrupt_set(stop);
  CHECK(!ti_cancel_copy(terminal.cancel, to, from, 8 * (size_t)MIB));
  CHECK_INT(untouched(to, 8 * (size_t)MIB), 7 * MIB);
  CHECK(!ti_cancel_clear(terminal.cancel, to + MIB, 7 * (size_t)MIB));
  CHECK_INT(untouched(to, 8 * (size_t)MIB), 6 * MIB);
  TI_CANCEL_STEPS(at, last, 0, UINT64_C(1) << 40)
  steps += last - at;
  CHECK_INT(steps, TI_CANCEL_STEP);
  CHECK_INT(ti_terminal_end(&terminal, TINE_OK, NULL), TINE_ECANCELED);
  CHECK(ti_cancel_copy(NULL, to, from, 8 * (size_t)MIB));
  CHECK_INT(untouched(to, 8 * (size_t)MIB), 0);
  end();
  free(from);
  free(to);
}

/* How often a terminal of one thread looks, that nobody ends. */
static uint64_t looks_of(tine_pipeline *p, tine_status (*terminal)(tine_pipeline *p)) {
  const uint64_t before = ti_cancel_looks;
  p = tine_timeout(tine_sequential(p), 3600);
  CHECK_INT(terminal(p), TINE_OK);
  tine_pipeline_release(p);
  return ti_cancel_looks - before;
}

/* 32 MiB of bins, of no items. */
static tine_status bins(tine_pipeline *p) {
  tine_array *out = NULL;
  const tine_status status = tine_histogram(p, 0, 1, 4 * MIB, &out, NULL);
  tine_array_release(out);
  return status;
}

/* A thousand chains of nothing. */
static tine_status total(tine_pipeline *p) {
  uint64_t n;
  return tine_count(p, &n, NULL);
}

static tine_pipeline *empties(unsigned levels) {
  const tine_value zero = tine_i64(0);
  tine_pipeline *p = tine_filter(tine_range(1, 0, 1), tine_kernel_find(NULL, "lt", NULL), &zero, 1);
  p = tine_take_while(p, tine_kernel_find(NULL, "lt", NULL), &zero, 1);
  for (unsigned i = 0; i < levels; i++)
    p = tine_chain(p, tine_pipeline_retain(p));
  return p;
}

static void large_tables_and_chains_of_nothing_look(void) {
  CHECK(looks_of(tine_range(1, 0, 1), bins) >= 31);
  CHECK(looks_of(empties(10), total) >= 10);
}

/* A file of many megabytes, however its elements lie in it. */
static void saves(const char *folder, const tine_array *a) {
  char path[512], other[512];
  tine_array *loaded;
  tine_error err;
  uint64_t before;
  snprintf(path, sizeof path, "%s/a.npy", folder);
  snprintf(other, sizeof other, "%s/b.npy", folder);
  before = ti_cancel_looks;
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  CHECK(ti_cancel_looks - before >= 8);
  before = ti_cancel_looks;
  CHECK_INT(tine_array_load(&loaded, path, NULL), TINE_OK);
  CHECK(ti_cancel_looks - before >= 7);
  CHECK_INT(tine_array_len(loaded), MIB);
  CHECK_INT(tine_array_get(loaded, MIB - 1).as.i, 0);
  tine_array_release(loaded);
  tine_interrupt_set(stop);
  is_interrupted(tine_array_save(a, other, &err), &err);
  is_interrupted(tine_array_load(&loaded, path, &err), &err);
  tine_interrupt_clear(stop);
  CHECK_INT(tine_array_load(&loaded, other, NULL), TINE_EIO); /* nothing was left */
  remove(path);
}

static void files_are_read_and_written_in_parts(void) {
  static int64_t twice[2 * MIB];
  char folder[256];
  tine_array *a;
  CHECK_STOP(check_folder(folder, sizeof folder));
  begin();
  tine_interrupt_use(stop);
  CHECK_STOP(tine_array_create(&a, TINE_I64, MIB, NULL) == TINE_OK);
  saves(folder, a);
  tine_array_release(a);
  a = tine_slice_of(TINE_I64, twice, MIB, 2 * sizeof *twice);
  saves(folder, a);
  tine_array_release(a);
  end();
  rmdir(folder);
}

CHECK_SUITE(interrupt, CHECK_CASE(what_is_set_stays_until_it_is_cleared), CHECK_CASE(a_signal_handler_may_set_it),
            CHECK_CASE(jobs_are_ended_too), CHECK_CASE(those_of_others_are_not),
            CHECK_CASE(what_a_watch_runs_is_ended_too), CHECK_CASE(what_is_copied_or_cleared_stops_within_it),
            CHECK_CASE(large_tables_and_chains_of_nothing_look), CHECK_CASE(files_are_read_and_written_in_parts))
