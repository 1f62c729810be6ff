/*
** Jobs that wait: in order, on as few threads as their pool says, ended at once by whatever ends jobs, and never kept
** from running by jobs that wait for them.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

enum { MANY = 300 }; /* jobs */

typedef struct counts {
  _Atomic unsigned begun, skipped, dropped, order[MANY], threads;
  _Atomic bool go; /* jobs may end */
} counts;

typedef struct work {
  counts *c;
  unsigned number;
  tine_job **waits_for; /* there by then; NULL: none */
} work;

static unsigned threads_now(void) {
  char text[4096];
  const char *at;
  ti_text_read("/proc/self/status", text, sizeof text);
  at = strstr(text, "Threads:");
  return at != NULL ? (unsigned)atoi(at + 8) : 0;
}

static tine_status small_run(tine_error *err) {
  tine_pipeline *p = tine_range(1, 10, 1);
  tine_value sum;
  const tine_status status = tine_sum(p, &sum, err);
  tine_pipeline_release(p);
  return status;
}

/* A job that may be cancelled, and else lasts until it is told to go. */
static tine_status stay(void *env, tine_error *err) {
  const work *w = env;
  tine_status status = TINE_OK;
  w->c->order[w->c->begun++ % MANY] = w->number;
  while (!w->c->go && status == TINE_OK) {
    nap_us(200);
    status = small_run(err);
  }
  return status;
}

/* Waits for the job after it, if there is one. */
static tine_status wait_for_next(void *env, tine_error *err) {
  const work *w = env;
  w->c->begun++;
  while (!w->c->go)
    nap_us(200);
  if (w->waits_for != NULL && *w->waits_for != NULL)
    return tine_job_wait(*w->waits_for, -1, err);
  w->c->threads = threads_now(); /* all wait for this one */
  return small_run(err);
}

static void count_skip(void *env) {
  const work *w = env;
  w->c->skipped++;
}

static void count_drop(void *env) {
  const work *w = env;
  w->c->dropped++;
}

static tine_job *start(tine_pool *pool, tine_status (*fn)(void *env, tine_error *err), work w, double limit) {
  const tine_job_desc desc = {.size = sizeof desc,
                              .pool = pool,
                              .fn = fn,
                              .env = &w,
                              .env_size = sizeof w,
                              .drop = count_drop,
                              .limit = limit,
                              .skipped = count_skip};
  tine_job *job = NULL;
  CHECK_INT(tine_job_start(&job, &desc, NULL), TINE_OK);
  return job;
}

static bool threads_become(unsigned n) {
  double end = 0;
  while (threads_now() > n)
    if (!patient(&end))
      return false;
  return true;
}

/* As the host: gives up all of them, which are done. */
static void release_all(tine_job **jobs, unsigned n, tine_status status) {
  for (unsigned i = 0; i < n; i++) {
    CHECK_INT(tine_job_wait(jobs[i], PATIENCE, NULL), status);
    tine_job_release(jobs[i]);
  }
}

/* ===== Order and threads ===== */

static void threads_are_as_many_as_the_pools(void) {
  tine_pool_destroy(new_pool(2)); /* with the first thread a sanitizer may start one of its own */
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads);
    const unsigned before = threads_now();
    counts c = {.begun = 0};
    tine_job *jobs[MANY];
    jobs[0] = start(pool, stay, (work){&c, 0, NULL}, 0);
    CHECK(reaches(&c.begun, 1));
    CHECK(threads_now() <= before + 1); /* 'before' may have counted one that was just joined */
    for (unsigned i = 1; i < MANY; i++)
      jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
    CHECK(reaches(&c.begun, threads));
    nap_us(20000);
    CHECK_INT(c.begun, threads);
    CHECK(threads_now() <= before + threads);
    c.go = true;
    release_all(jobs, MANY, TINE_OK);
    CHECK_INT(c.begun, MANY);
    for (unsigned i = 0; threads == 1 && i < MANY; i++)
      CHECK_INT(c.order[i], i);
    CHECK_INT(c.dropped, MANY);
    CHECK(threads_become(before)); /* they go when they have nothing to do */
    jobs[0] = start(pool, stay, (work){&c, 0, NULL}, 0);
    release_all(jobs, 1, TINE_OK);
    tine_pool_destroy(pool);
    CHECK(threads_become(before - (threads - 1)));
  }
}

static void a_host_says_how_many(void) {
  const tine_pool_options o = {.size = sizeof o, .threads = 3, .job_threads = 1};
  counts c = {.begun = 0};
  tine_job *jobs[20];
  tine_pool *pool;
  unsigned before;
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  before = threads_now();
  for (unsigned i = 0; i < 20; i++)
    jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
  CHECK(reaches(&c.begun, 1));
  nap_us(10000);
  CHECK(threads_now() <= before + 1);
  c.go = true;
  release_all(jobs, 20, TINE_OK);
  for (unsigned i = 0; i < 20; i++)
    CHECK_INT(c.order[i], i);
  tine_pool_destroy(pool);
}

/* Where one thread is there, those the system refuses are done without. */
static void refused_threads_leave_jobs_waiting(void) {
  tine_pool *pool = new_pool(3);
  counts c = {.begun = 0};
  tine_job *jobs[20];
  jobs[0] = start(pool, stay, (work){&c, 0, NULL}, 0);
  ti_thread_fail_after(0);
  for (unsigned i = 1; i < 20; i++)
    jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
  CHECK(reaches(&c.begun, 1));
  c.go = true;
  release_all(jobs, 20, TINE_OK);
  ti_thread_fail_after(-1);
  tine_pool_destroy(pool);
}

/* ===== Ends of what waits ===== */

static void what_waits_is_cancelled_at_once(void) {
  tine_pool *pool = new_pool(1);
  counts c = {.begun = 0};
  tine_job *jobs[MANY];
  uint64_t done, total;
  for (unsigned i = 0; i < MANY; i++)
    jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
  CHECK(reaches(&c.begun, 1));
  CHECK(!tine_job_done(jobs[7]));
  CHECK_INT(tine_job_wait(jobs[7], 0, NULL), TINE_ETIMEOUT);
  tine_job_progress(jobs[7], &done, &total);
  CHECK_INT(done + total, 0);
  tine_job_cancel(jobs[7]);
  CHECK(tine_job_done(jobs[7])); /* and the first one still runs */
  CHECK_INT(tine_job_wait(jobs[7], -1, NULL), TINE_ECANCELED);
  CHECK_INT(c.skipped, 1);
  tine_job_release(jobs[8]); /* is dropped: runs when its turn comes */
  for (unsigned i = 9; i < MANY; i++)
    tine_job_cancel(jobs[i]);
  c.go = true;
  release_all(jobs, 7, TINE_OK);
  release_all(jobs + 7, 1, TINE_ECANCELED);
  release_all(jobs + 9, MANY - 9, TINE_ECANCELED);
  CHECK(reaches(&c.begun, 8)); /* else the pool's end would skip the eighth */
  tine_pool_destroy(pool);
  CHECK_INT(c.begun, 8);
  CHECK_INT(c.skipped, MANY - 8);
  CHECK_INT(c.dropped, MANY);
}

static void time_runs_from_the_start(void) {
  tine_pool *pool = new_pool(1);
  counts c = {.begun = 0};
  tine_job *first = start(pool, stay, (work){&c, 0, NULL}, 0), *jobs[3];
  tine_error err;
  CHECK(reaches(&c.begun, 1));
  for (unsigned i = 0; i < 3; i++)
    jobs[i] = start(pool, stay, (work){&c, 1, NULL}, i < 2 ? 0.01 : 1e12);
  CHECK_INT(tine_job_wait(jobs[0], PATIENCE, &err), TINE_ETIMEOUT);
  CHECK(tine_job_done(jobs[0]));
  nap_us(11000);
  CHECK(tine_job_done(jobs[1])); /* though nobody waits */
  CHECK(!tine_job_done(jobs[2]));
  CHECK_INT(c.skipped, 2);
  c.go = true;
  release_all(&first, 1, TINE_OK);
  release_all(jobs, 2, TINE_ETIMEOUT);
  release_all(jobs + 2, 1, TINE_OK);
  c.go = false;
  jobs[0] = start(pool, stay, (work){&c, 0, NULL}, 0.02); /* one that runs: its terminals end */
  release_all(jobs, 1, TINE_ETIMEOUT);
  tine_pool_destroy(pool);
}

static void a_pool_ends_with_jobs_waiting(void) {
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads);
    counts c = {.begun = 0};
    tine_job *jobs[MANY];
    for (unsigned i = 0; i < MANY; i++)
      jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
    CHECK(reaches(&c.begun, threads));
    tine_pool_destroy(pool);
    CHECK_INT(c.begun + c.skipped, MANY);
    for (unsigned i = 0; i < MANY; i++)
      CHECK(tine_job_done(jobs[i]));
    release_all(jobs, MANY, TINE_ECANCELED);
    CHECK_INT(c.dropped, MANY);
  }
}

/* ===== Jobs that wait for jobs ===== */

/* Each waits for the one after it, which is behind it in the queue. */
static unsigned chain_on(tine_pool *pool, tine_pool *other, unsigned n) {
  counts c = {.begun = 0};
  tine_job *jobs[MANY] = {NULL};
  for (unsigned i = 0; i < n; i++)
    jobs[i] = start(i % 2 == 0 ? pool : other, wait_for_next, (work){&c, i, i + 1 < n ? &jobs[i + 1] : NULL}, 0);
  c.go = true;
  release_all(jobs, n, TINE_OK);
  CHECK_INT(c.begun, n);
  return c.threads;
}

/* Is so long a chain made by so few threads? The system shows those that ended a moment longer, so on a busy machine
   more may be counted: then it is tried again. */
static bool few_threads(tine_pool *pool, tine_pool *other, unsigned before, unsigned most) {
  double end = 0;
  bool few;
  do
    few = chain_on(pool, other, 100) <= before + most;
  while (threads_become(before) && !few && patient(&end));
  return few;
}

static void jobs_wait_for_jobs_behind_them(void) {
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads), *other = new_pool(threads);
    const unsigned before = threads_now();
    chain_on(pool, pool, 2);
    CHECK(few_threads(pool, pool, before, 2 * threads + 100 / 16 + 2)); /* not one for each */
    CHECK(few_threads(pool, other, before, 2 * threads + 2 * (100 / 16) + 2));
    CHECK(threads_become(before));
    tine_pool_destroy(pool);
    tine_pool_destroy(other);
  }
}

/* A ring on one thread: the last finds the first among those that are at work below it. */
static void no_job_waits_for_one_it_is_in(void) {
  tine_pool *pool = new_pool(1);
  counts c = {.begun = 0};
  tine_job *jobs[3] = {NULL};
  for (unsigned i = 0; i < 3; i++)
    jobs[i] = start(pool, wait_for_next, (work){&c, i, &jobs[(i + 1) % 3]}, 0);
  c.go = true;
  release_all(jobs, 3, TINE_EINVAL);
  tine_pool_destroy(pool);
}

/* ===== Pools without threads for jobs ===== */

static tine_pool *lean_pool(unsigned threads) {
  const tine_pool_options o = {.size = sizeof o, .threads = threads, .job_threads = TINE_NO_JOB_THREADS};
  tine_pool *pool = NULL;
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  return pool;
}

static void workers_run_jobs(void) {
  for (unsigned threads = 2; threads <= 3; threads++) {
    tine_pool *pool = lean_pool(threads);
    const unsigned before = threads_now();
    counts c = {.begun = 0};
    tine_job *jobs[MANY];
    for (unsigned i = 0; i < MANY; i++)
      jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
    CHECK(reaches(&c.begun, threads - 1));
    CHECK_INT(tine_job_wait(jobs[MANY - 1], 0.001, NULL), TINE_ETIMEOUT);
    CHECK_INT(c.begun, threads - 1);
    CHECK(threads_now() <= before);
    c.go = true;
    for (unsigned i = 0; i < MANY; i++)
      CHECK_INT(tine_job_wait(jobs[i], -1, NULL), TINE_OK);
    release_all(jobs, MANY, TINE_OK);
    chain_on(pool, pool, 10);
    c.go = false;
    for (unsigned i = 0; i < MANY; i++)
      jobs[i] = start(pool, stay, (work){&c, 0, NULL}, 0);
    tine_pool_destroy(pool);
    release_all(jobs, MANY, TINE_ECANCELED);
  }
}

static void who_looks_runs_jobs_where_nobody_else_can(void) {
  tine_pool *pool = lean_pool(1);
  counts c = {.go = true};
  tine_job *jobs[5];
  for (unsigned i = 0; i < 5; i++)
    jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
  CHECK(!tine_job_done(jobs[0]));
  CHECK_INT(tine_job_wait(jobs[3], 0, NULL), TINE_OK);
  CHECK_INT(tine_job_wait(jobs[1], PATIENCE, NULL), TINE_OK);
  CHECK_INT(tine_job_wait(jobs[0], -1, NULL), TINE_OK);
  CHECK_INT(c.begun, 3);
  chain_on(pool, pool, 10);
  tine_pool_destroy(pool); /* whose last two are skipped */
  CHECK_INT(c.skipped, 2);
  for (unsigned i = 0; i < 5; i++)
    tine_job_release(jobs[i]);
  CHECK_INT(c.dropped, 5);
}

static void no_task(tine_ctx *ctx, void *arg) {
  (void)ctx, (void)arg;
}

static tine_status broadcast(void *env, tine_error *err) {
  tine_pool *pool = *(tine_pool **)env;
  return tine_broadcast(pool, no_task, NULL, err);
}

/* The worker that runs the job could not answer. */
static void a_job_of_workers_does_not_broadcast_to_them(void) {
  tine_pool *pools[2] = {lean_pool(2), new_pool(2)};
  for (int i = 0; i < 2; i++) {
    const tine_job_desc desc = {
        .size = sizeof desc, .pool = pools[i], .fn = broadcast, .env = &pools[i], .env_size = sizeof pools[i]};
    tine_job *job;
    CHECK_INT(tine_job_start(&job, &desc, NULL), TINE_OK);
    release_all(&job, 1, i == 0 ? TINE_EINVAL : TINE_OK);
    tine_pool_destroy(pools[i]);
  }
}

/* ===== Fork ===== */

#if PLAIN
static int child_of(tine_job **jobs, tine_pool *pool, counts *c) {
  for (int i = 0; i < 10; i++) {
    if (!tine_job_done(jobs[i]) || tine_job_wait(jobs[i], -1, NULL) != TINE_ECANCELED)
      return 1;
    tine_job_cancel(jobs[i]);
    tine_job_release(jobs[i]);
  }
  if (c->dropped != 10)
    return 2;
  tine_pool_destroy(pool);
  return 0;
}

static void what_waits_stays_behind_at_a_fork(void) {
  tine_pool *pool = new_pool(2);
  counts c = {.begun = 0};
  tine_job *jobs[10];
  int code = -1;
  pid_t child;
  for (unsigned i = 0; i < 10; i++)
    jobs[i] = start(pool, stay, (work){&c, i, NULL}, 0);
  CHECK(reaches(&c.begun, 2));
  child = fork();
  if (child == 0)
    _exit(child_of(jobs, pool, &c));
  CHECK(waitpid(child, &code, 0) == child);
  CHECK_INT(WEXITSTATUS(code), 0);
  c.go = true;
  release_all(jobs, 10, TINE_OK);
  tine_pool_destroy(pool);
}
#else
static void what_waits_stays_behind_at_a_fork(void) {
}
#endif

CHECK_SUITE(queue, CHECK_CASE(threads_are_as_many_as_the_pools), CHECK_CASE(a_host_says_how_many),
            CHECK_CASE(refused_threads_leave_jobs_waiting), CHECK_CASE(what_waits_is_cancelled_at_once),
            CHECK_CASE(time_runs_from_the_start), CHECK_CASE(a_pool_ends_with_jobs_waiting),
            CHECK_CASE(jobs_wait_for_jobs_behind_them), CHECK_CASE(no_job_waits_for_one_it_is_in),
            CHECK_CASE(workers_run_jobs), CHECK_CASE(who_looks_runs_jobs_where_nobody_else_can),
            CHECK_CASE(a_job_of_workers_does_not_broadcast_to_them), CHECK_CASE(what_waits_stays_behind_at_a_fork))
