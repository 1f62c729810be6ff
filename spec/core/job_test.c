/*
** Jobs: what they give, how they end, and that nothing is left of them: no memory (the harness looks), no thread, no
** descriptor.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

/* ===== What jobs are made of ===== */

static _Atomic unsigned drops;

typedef struct work {
  int64_t n, sum;
  const endless_case *endless;
  tine_pool *pool;
  _Atomic unsigned *begun;
} work;

static void count_drop(void *env) {
  (void)env;
  drops++;
}

static tine_status add_up(void *env, tine_error *err) {
  work *w = env;
  tine_pipeline *p = tine_map(tine_range(1, w->n, 1), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  tine_value sum = tine_i64(0);
  const tine_status status = tine_sum(p, &sum, err);
  w->sum = sum.as.i;
  tine_pipeline_release(p);
  return status;
}

static tine_status run_endless(void *env, tine_error *err) {
  const work *w = env;
  if (w->begun != NULL)
    (*w->begun)++;
  return w->endless->run(w->pool, -1, err);
}

static tine_status fail(void *env, tine_error *err) {
  (void)env, (void)err;
  return TINE_EUSER + 3;
}

static const endless_case *endless(const char *name) {
  const endless_case *c = endless_cases;
  while (strcmp(c->name, name) != 0)
    c++;
  return c;
}

static tine_job *start(tine_pool *pool, tine_status (*fn)(void *env, tine_error *err), const work *w) {
  const tine_job_desc desc = {.size = sizeof desc,
                              .pool = pool,
                              .fn = fn,
                              .env = (void *)(uintptr_t)w,
                              .env_size = sizeof *w,
                              .drop = count_drop};
  tine_job *job = NULL;
  CHECK_INT(tine_job_start(&job, &desc, NULL), TINE_OK);
  return job;
}

static unsigned threads_now(void) {
  char text[4096];
  const char *at;
  ti_text_read("/proc/self/status", text, sizeof text);
  at = strstr(text, "Threads:");
  return at != NULL ? (unsigned)atoi(at + 8) : 0;
}

/* Are there no more than n? The system shows a thread a moment longer than whoever joined it. */
static bool threads_are_back_to(unsigned n) {
  double end = 0;
  while (threads_now() > n)
    if (!patient(&end))
      return false;
  return true;
}

/* ===== Results ===== */

static void gives_what_fn_returns(void) {
  for (unsigned threads = 0; threads <= 3; threads++) {
    tine_pool *pool = threads > 0 ? new_pool(threads) : NULL;
    const work w = {.n = 100000};
    uint64_t done, total;
    tine_error err;
    tine_job *job;
    drops = 0;
    job = start(pool, add_up, &w);
    for (int i = 0; i < 3; i++)
      CHECK_INT(tine_job_wait(job, -1, NULL), TINE_OK);
    CHECK(tine_job_done(job));
    CHECK_INT(((const work *)tine_job_env(job))->sum, -5000050000);
    tine_job_progress(job, &done, &total);
    CHECK_INT(done, 100000);
    CHECK_INT(total, 100000);
    CHECK_INT(drops, 0);
    tine_job_release(tine_job_retain(job));
    CHECK_INT(drops, 0);
    tine_job_release(job);
    CHECK_INT(drops, 1);
    job = start(pool, fail, &w);
    CHECK_INT(tine_job_wait(job, PATIENCE, &err), TINE_EUSER + 3);
    CHECK_TEXT(err.message, "error of the host");
    tine_job_release(job);
    tine_pool_destroy(pool);
  }
}

static void bad_descriptions_are_refused(void) {
  const tine_job_desc bad[] = {{.size = 0, .fn = fail},
                               {.size = sizeof bad[0]},
                               {.size = sizeof bad[0], .fn = fail, .env_size = 8, .drop = count_drop}};
  tine_job *job;
  drops = 0;
  for (size_t i = 0; i < 3; i++)
    CHECK_INT(tine_job_start(&job, &bad[i], NULL), TINE_EINVAL);
  CHECK_INT(tine_job_start(&job, NULL, NULL), TINE_EINVAL);
  CHECK_INT(drops, 0);
}

/* ===== Waiting ===== */

static void a_descriptor_tells_the_end(void) {
  tine_pool *pool = new_pool(2);
  const work w = {.endless = endless("sum"), .pool = pool};
  tine_job *job = start(pool, run_endless, &w);
  struct pollfd p = {.fd = tine_job_fd(job, NULL), .events = POLLIN};
  CHECK_INT(poll(&p, 1, 20), 0);
  CHECK_INT(tine_job_wait(job, 0, NULL), TINE_ETIMEOUT);
  CHECK_INT(tine_job_wait(job, 0.02, NULL), TINE_ETIMEOUT);
  CHECK(!tine_job_done(job));
  tine_job_cancel(job);
  CHECK_INT(poll(&p, 1, (int)(PATIENCE * 1000)), 1);
  CHECK(tine_job_done(job));
  CHECK_INT(p.revents, POLLIN);
  CHECK_INT(tine_job_wait(job, 0, NULL), TINE_ECANCELED);
  CHECK_INT(poll(&p, 1, 0), 1);
  tine_job_release(job);
  job = start(pool, fail, &w);
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_EUSER + 3);
  p.fd = tine_job_fd(job, NULL); /* asked for too late: it is readable at once */
  CHECK_INT(poll(&p, 1, 0), 1);
  tine_job_release(job);
  tine_pool_destroy(pool);
}

/* (A sanitizer's own thread may take the number for a moment.) */
static bool is_closed(int fd) {
  double end = 0;
  while (fcntl(fd, F_GETFD) != -1)
    if (!patient(&end))
      return false;
  return true;
}

/* Though it is at work still: nobody listens any more. */
static void a_descriptor_goes_with_the_last_handle(void) {
  tine_pool *pool = new_pool(2);
  _Atomic unsigned begun = 0;
  const work w = {.endless = endless("sum"), .pool = pool, .begun = &begun};
  tine_job *job = tine_job_retain(start(pool, run_endless, &w));
  int fd = tine_job_fd(job, NULL);
  CHECK(reaches(&begun, 1));
  tine_job_release(job);
  CHECK(fcntl(fd, F_GETFD) != -1);
  drops = 0;
  tine_job_release(tine_job_retain(job)); /* another is left */
  CHECK(fcntl(fd, F_GETFD) != -1);
  tine_job_cancel(tine_job_retain(job));
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  tine_job_release(job), tine_job_release(job);
  CHECK(is_closed(fd));
  begun = 0;
  job = start(pool, run_endless, &w);
  fd = tine_job_fd(job, NULL);
  CHECK(reaches(&begun, 1));
  tine_job_fd_close(job); /* at once, if the host says so */
  CHECK(is_closed(fd));
  tine_job_fd_close(job);
  tine_job_fd_close(NULL);
  fd = tine_job_fd(job, NULL);
  CHECK(fcntl(fd, F_GETFD) != -1);
  drops = 0;
  tine_job_release(job);
  CHECK(is_closed(fd));
  CHECK_INT(drops, 0); /* and the job is not over */
  tine_pool_destroy(pool);
  CHECK_INT(drops, 1);
}

static bool look(void *arg, uint64_t done, uint64_t total) {
  unsigned *calls = arg;
  CHECK(total == 0 ? done == 0 : total == UINT64_C(1000000000000000) && done < total); /* before it begins, and then */
  return ++*calls < 4;
}

static void who_waits_watches(void) {
  unsigned calls = 0;
  const tine_watch watch = {sizeof watch, 0.002, look, &calls};
  tine_pool *pool = new_pool(2);
  const work w = {.endless = endless("sum"), .pool = pool};
  tine_job *job = start(pool, run_endless, &w);
  tine_watch_set(&watch);
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  CHECK_INT(calls, 4);
  CHECK(!tine_job_done(job)); /* it goes on */
  tine_watch_set(NULL);
  tine_job_cancel(job);
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  CHECK(tine_job_done(job));
  tine_job_release(job);
  tine_pool_destroy(pool);
}

static tine_status wait_for_itself(void *env, tine_error *err) {
  tine_job **self = *(tine_job ***)env;
  while (__atomic_load_n(self, __ATOMIC_ACQUIRE) == NULL)
    nap_us(100);
  return tine_job_wait(*self, -1, err);
}

static void no_job_waits_for_itself(void) {
  static tine_job *self;
  tine_job **at = &self, *job = NULL;
  const tine_job_desc desc = {.size = sizeof desc, .fn = wait_for_itself, .env = &at, .env_size = sizeof at};
  self = NULL;
  CHECK_INT(tine_job_start(&job, &desc, NULL), TINE_OK);
  __atomic_store_n(&self, job, __ATOMIC_RELEASE);
  CHECK_INT(tine_job_wait(job, PATIENCE, NULL), TINE_EINVAL);
  tine_job_release(job);
}

/* ===== Ends ===== */

static void cancel_one(const endless_case *c, tine_pool *pool, tine_pool *runs_on) {
  const work w = {.endless = c, .pool = runs_on};
  tine_job *job = start(pool, run_endless, &w);
  nap_us((long)check_below(3000));
  tine_job_cancel(job);
  if (!CHECK_INT(tine_job_wait(job, PATIENCE, NULL), TINE_ECANCELED))
    printf("\n  %s", c->name);
  tine_job_release(job);
}

static void cancelling_ends_every_terminal(void) {
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads);
    for (const endless_case *c = endless_cases; c->name != NULL; c++) {
      cancel_one(c, pool, NULL); /* sequential */
      cancel_one(c, pool, pool);
    }
    tine_pool_destroy(pool);
  }
  endless_kernels_end();
}

/* ===== Sorting in place ===== */

typedef struct sorting {
  tine_array *a;
  tine_order order;
} sorting;

static tine_status sort_it(void *env, tine_error *err) {
  const sorting *s = env;
  return tine_array_sort(s->a, s->order, err);
}

/* A sum over all elements, whatever their order. */
static uint64_t elements(const tine_array *a) {
  const size_t size = tine_dtype_size(tine_array_dtype(a));
  uint64_t sum = 0;
  for (uint64_t i = 0; i < tine_array_len(a); i++) {
    uint64_t bits = 0;
    memcpy(&bits, (const char *)tine_array_data(a) + (ptrdiff_t)i * tine_array_stride(a), size);
    sum += mix(bits);
  }
  return sum;
}

static bool is_sorted(tine_array *a, tine_order order) {
  tine_array *sorted;
  bool same = true;
  tine_pipeline *p = tine_slice(a);
  CHECK_INT(tine_sorted(p, order, &sorted, NULL), TINE_OK);
  for (uint64_t i = 0; i < tine_array_len(a) && same; i++)
    same = memcmp((const char *)tine_array_data(a) + (ptrdiff_t)i * tine_array_stride(a),
                  (const char *)tine_array_data(sorted) + (ptrdiff_t)i * tine_array_stride(sorted),
                  tine_dtype_size(tine_array_dtype(a))) == 0;
  tine_pipeline_release(p);
  tine_array_release(sorted);
  return same;
}

static void cancel_sort(tine_pool *pool, tine_dtype dtype, unsigned step, uint64_t n, long us) {
  const size_t size = tine_dtype_size(dtype);
  char *memory = malloc(n * step * size);
  tine_array *a;
  uint64_t before;
  for (size_t i = 0; i + 8 <= n * step * size; i += 8) {
    const uint64_t x = mix(i);
    memcpy(memory + i, &x, 8);
  }
  a = tine_slice_of(dtype, memory, n, (ptrdiff_t)(step * size));
  before = elements(a);
  {
    sorting s = {a, check_below(2) ? TINE_ASCENDING : TINE_DESCENDING};
    const tine_job_desc desc = {.size = sizeof desc, .pool = pool, .fn = sort_it, .env = &s};
    tine_job *job;
    tine_status status;
    CHECK_INT(tine_job_start(&job, &desc, NULL), TINE_OK);
    nap_us(us);
    tine_job_cancel(job);
    status = tine_job_wait(job, -1, NULL);
    CHECK(status == TINE_OK || status == TINE_ECANCELED);
    CHECK(status == TINE_ECANCELED || is_sorted(a, s.order));
    tine_job_release(job);
  }
  CHECK(elements(a) == before); /* nothing is lost */
  tine_array_release(a);
  free(memory);
}

static void a_cancelled_sort_loses_nothing(void) {
  static const tine_dtype types[] = {TINE_F64, TINE_I64, TINE_F32, TINE_U16, TINE_I8};
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads);
    for (int i = 0; i < 30; i++) {
      const tine_dtype dtype = types[check_below(5)];
      cancel_sort(pool, dtype, 1 + (unsigned)check_below(2), 100000 + check_below(2000000), (long)check_below(40000));
    }
    tine_pool_destroy(pool);
  }
}

static void range_body(uint64_t n, _Atomic unsigned *stop) {
  while (n > 0 && *stop == 0)
    nap_us(100);
}
static tine_status body(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  (void)ctx, (void)lo;
  range_body(hi - lo > 0, env);
  nap_us(100);
  return TINE_OK;
}
static tine_status loop_for_ever(void *env, tine_error *err) {
  static _Atomic unsigned go = 1;
  (void)env;
  return tine_parallel_for(NULL, UINT64_MAX, body, &go, err);
}

static void cancelling_ends_runs_of_tasks(void) {
  tine_pool *pool = new_pool(2);
  tine_job *job = start(pool, loop_for_ever, &(work){.n = 0});
  nap_us(5000);
  tine_job_cancel(job);
  CHECK_INT(tine_job_wait(job, PATIENCE, NULL), TINE_ECANCELED);
  tine_job_release(job);
  tine_pool_destroy(pool);
}

static void a_dropped_job_runs_on(void) {
  tine_pool *pool = new_pool(2);
  _Atomic unsigned begun = 0;
  const work w = {.endless = endless("sum_slow"), .pool = pool, .begun = &begun};
  endless_kernel("slow"); /* made here, not by jobs at once */
  drops = 0;
  for (int i = 0; i < 5; i++)
    tine_job_release(start(pool, run_endless, &w));
  CHECK(reaches(&begun, 2)); /* the others wait */
  CHECK_INT(drops, 0);
  tine_pool_destroy(pool); /* cancels them and waits */
  CHECK_INT(drops, 5);
  endless_kernels_end();
}

static void a_hundred_at_once(void) {
  const unsigned before = threads_now();
  for (int round = 0; round < 2; round++) {
    tine_pool *pool = round == 0 ? new_pool(3) : NULL;
    tine_job *jobs[100];
    work w = {.n = 100000};
    drops = 0;
    for (int i = 0; i < 100; i++)
      jobs[i] = start(pool, add_up, &w);
    for (int i = 0; i < 100; i++) {
      CHECK_INT(tine_job_wait(jobs[i], -1, NULL), TINE_OK);
      CHECK_INT(((const work *)tine_job_env(jobs[i]))->sum, -5000050000);
      tine_job_release(jobs[i]);
    }
    tine_pool_destroy(pool);
    CHECK_INT(drops, 100);
  }
  CHECK(threads_are_back_to(before));
}

/* The job is the last to hold the default pool, and nobody waits: its threads go with the next who passes by. */
static void the_last_holder_may_be_a_job(void) {
  const unsigned before = threads_now();
  const work w = {.n = 1000};
  drops = 0;
  tine_job_release(start(NULL, add_up, &w));
  CHECK(reaches(&drops, 1));
  tine_default_pool_hold();
  tine_default_pool_release();
  CHECK(threads_are_back_to(before));
}

/* ===== Beside others ===== */

static tine_status short_run(tine_pool *pool) {
  tine_pipeline *p = tine_on(tine_map(tine_range(1, 4, 1), endless_kernel("slow"), NULL, 0), pool);
  tine_value sum;
  const tine_status status = tine_sum(p, &sum, NULL);
  tine_pipeline_release(p);
  return status;
}

/* A short run beside one that has all workers takes what its own thread takes, not more: that thread goes through items
   of no other run, of which each would take as long as one of its own. */
static void a_short_run_is_not_stuck_behind_a_long_one(void) {
  tine_pool *pool = new_pool(3);
  _Atomic unsigned begun = 0;
  work w = {.endless = endless("sum_slow"), .pool = pool, .begun = &begun};
  tine_job *job;
  endless_kernel("slow"); /* made here, not by the job */
  job = start(pool, run_endless, &w);
  CHECK(reaches(&begun, 1));
  for (int i = 0; i < 20; i++) {
    const unsigned before = endless_items_here();
    CHECK_INT(short_run(pool), TINE_OK);
    CHECK(endless_items_here() - before <= 4);
  }
  tine_job_cancel(job);
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  tine_job_release(job);
  tine_pool_destroy(pool);
  endless_kernels_end();
}

/* ===== Failures of the system ===== */

static void threads_may_be_refused(void) {
  const work w = {.n = 1000};
  for (int64_t n = 0; n < 4; n++) {
    const tine_job_desc desc = {.size = sizeof desc, .fn = add_up, .env = (void *)(uintptr_t)&w, .env_size = sizeof w};
    tine_job *job;
    tine_error err;
    tine_status status;
    ti_thread_fail_after(n);
    status = tine_job_start(&job, &desc, &err);
    CHECK(status == TINE_OK || status == TINE_ETHREAD);
    CHECK(n > 0 || status == TINE_ETHREAD);
    if (status == TINE_OK)
      CHECK_INT(tine_job_wait(job, -1, NULL), TINE_OK);
    else
      CHECK_TEXT(err.message, "no thread could be started");
    tine_job_release(job);
    ti_thread_fail_after(-1);
  }
}

static void memory_may_be_refused(void) {
  const work w = {.n = 100000};
  tine_status status = TINE_ENOMEM;
  drops = 0;
  for (int64_t n = 0; n < 200 && status != TINE_OK; n++) {
    const tine_job_desc desc = {
        .size = sizeof desc, .fn = add_up, .env = (void *)(uintptr_t)&w, .env_size = sizeof w, .drop = count_drop};
    tine_job *job;
    const unsigned dropped = drops;
    ti_memory_fail_after(n);
    status = tine_job_start(&job, &desc, NULL);
    if (status == TINE_OK)
      status = tine_job_wait(job, -1, NULL);
    else
      CHECK_INT(drops, dropped);
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    tine_job_release(job);
    ti_memory_fail_after(-1);
  }
  CHECK_INT(status, TINE_OK);
}

#if PLAIN
/* What a child process sees of jobs of its parent; its exit code. */
static int child_of(tine_job *running, tine_job *done, tine_pool *pool) {
  const work w = {.n = 1000};
  const tine_job_desc desc = {.size = sizeof desc, .pool = pool, .fn = add_up, .env = (void *)(uintptr_t)&w};
  tine_job *job;
  if (!tine_job_done(running) || tine_job_wait(running, -1, NULL) != TINE_ECANCELED)
    return 1;
  if (tine_job_fd(running, NULL) != -1)
    return 2;
  if (!tine_job_done(done) || tine_job_wait(done, -1, NULL) != TINE_OK)
    return 3;
  tine_job_cancel(running);
  drops = 0;
  tine_job_release(running);
  tine_job_release(done);
  if (drops != 2)
    return 4;
  if (tine_job_start(&job, &desc, NULL) != TINE_ETHREAD)
    return 5;
  tine_pool_destroy(pool);
  job = start(NULL, add_up, &w);
  if (tine_job_wait(job, -1, NULL) != TINE_OK)
    return 6;
  tine_job_release(job);
  return 0;
}

static void jobs_stay_behind_at_a_fork(void) {
  tine_pool *pool = new_pool(2);
  _Atomic unsigned begun = 0;
  const work w = {.n = 1000, .endless = endless("sum"), .pool = pool, .begun = &begun};
  tine_job *running = start(pool, run_endless, &w), *done = start(pool, add_up, &w);
  int code = -1;
  pid_t child;
  CHECK_INT(tine_job_wait(done, -1, NULL), TINE_OK);
  CHECK(reaches(&begun, 1));
  child = fork();
  if (child == 0)
    _exit(child_of(running, done, pool));
  CHECK(waitpid(child, &code, 0) == child);
  CHECK_INT(WEXITSTATUS(code), 0);
  CHECK(!tine_job_done(running));
  tine_job_release(running);
  tine_job_release(done);
  tine_pool_destroy(pool);
}
#else
static void jobs_stay_behind_at_a_fork(void) {
}
#endif

CHECK_SUITE(job, CHECK_CASE(gives_what_fn_returns), CHECK_CASE(bad_descriptions_are_refused),
            CHECK_CASE(a_descriptor_tells_the_end), CHECK_CASE(a_descriptor_goes_with_the_last_handle),
            CHECK_CASE(who_waits_watches), CHECK_CASE(no_job_waits_for_itself),
            CHECK_CASE(cancelling_ends_every_terminal), CHECK_CASE(cancelling_ends_runs_of_tasks),
            CHECK_CASE(a_cancelled_sort_loses_nothing), CHECK_CASE(a_dropped_job_runs_on),
            CHECK_CASE(a_hundred_at_once), CHECK_CASE(the_last_holder_may_be_a_job),
            CHECK_CASE(a_short_run_is_not_stuck_behind_a_long_one), CHECK_CASE(threads_may_be_refused),
            CHECK_CASE(memory_may_be_refused), CHECK_CASE(jobs_stay_behind_at_a_fork))
