/*
** The rules of waiting in core/tine.h, and the life of pools. A thread that waits runs only what descends from what it
** waits for: locks may be held around all that can be waited for, and the stack grows no deeper than tasks nest.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

static _Atomic unsigned wrong; /* what tasks found; a case ends with a look at it */
static tine_pool *pools[2];    /* that call each other */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void begin(unsigned threads) {
  wrong = 0;
  pools[0] = new_pool(threads);
  pools[1] = new_pool(2);
  alarm(2 * (unsigned)PATIENCE); /* better no tests than tests that hang */
}

static void end(void) {
  alarm(0);
  tine_pool_destroy(pools[0]);
  tine_pool_destroy(pools[1]);
  CHECK_INT(wrong, 0);
}

/* False if this thread has the mutex already, or nobody ever gives it back. */
static bool locked(void) {
  const struct timespec limit = {time(NULL) + (time_t)PATIENCE, 0};
  const bool got = pthread_mutex_timedlock(&mutex, &limit) == 0;
  wrong += !got;
  return got;
}

/* ===== Tasks that know their ancestors ===== */

/* A task, or a group of them that one waits for. Kept until the next case: what is spawned may outlive its spawner. */
typedef struct kin {
  const struct kin *parent;
  const struct kin *next; /* what its thread waits for when it is done; NULL: for the same as before */
  unsigned depth;
  bool in_lock; /* something that it descends from has the mutex */
  uint64_t seed;
} kin;

enum { KINS = 1 << 18 };
static kin kins[KINS];
static _Atomic unsigned kins_made, kins_done;
static _Thread_local const kin *awaited; /* by this thread */

static kin *kin_of(const kin *parent, unsigned depth, bool in_lock, uint64_t seed) {
  const unsigned i = kins_made++ % KINS;
  kins[i] = (kin){parent, NULL, depth, in_lock, mix(seed)};
  return &kins[i];
}

/* How much of the C stack a thread has used since its first task. */
static _Atomic uintptr_t deepest;
static _Thread_local uintptr_t base;

static void measure_stack(void) {
  const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  uintptr_t most = deepest;
  base = base == 0 ? here : base;
  const uintptr_t used = here < base ? base - here : here - base;
  while (used > most && !atomic_compare_exchange_weak(&deepest, &most, used))
    ;
}

/* A task waits for a pair of a group of their own, in one of the ways there are. */
static void task(tine_ctx *ctx, void *arg);

static void joins(tine_ctx *ctx, void *arg) {
  kin **pair = arg;
  pair[0]->next = pair[1];
  tine_join(ctx, task, pair[0], task, pair[1]);
  awaited = pair[0]->parent;
}

static void spawns(tine_ctx *ctx, void *arg) {
  kin **pair = arg;
  for (int i = 0; i < 2; i++)
    tine_spawn(ctx, &(tine_closure){task, pair[i], 0, NULL, TINE_FN, 0});
}

static tine_status loops(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  for (; lo < hi; lo++)
    task(ctx, ((kin **)env)[lo]);
  return TINE_OK;
}

static void wait_somehow(tine_ctx *ctx, kin **pair, uint64_t way) {
  tine_pool *here = tine_ctx_pool(ctx), *pool = way % 2 == 0 ? here : pools[here == pools[0]];
  if (way < 4)
    joins(ctx, pair);
  else if (way < 6)
    wrong += tine_scope(ctx, spawns, pair, NULL) != TINE_OK;
  else if (way < 10)
    wrong += tine_parallel_for(pool, 2, loops, pair, NULL) != TINE_OK;
  else
    wrong += tine_pool_run(pool, way < 13 ? joins : spawns, pair, NULL) != TINE_OK;
}

/* Spawns one task that it does not wait for; takes the mutex perhaps; waits for two others. */
static void task(tine_ctx *ctx, void *arg) {
  const kin *k = arg, *const before = awaited, *up = k;
  while (up != NULL && up != before)
    up = up->parent;
  wrong += before != NULL && up == NULL; /* no descendant of what this thread waits for */
  awaited = k;
  measure_stack();
  if (k->seed % 16 == 1)
    nap_us(1 + (long)(k->seed / 16 % 50));
  if (k->depth > 0 && k->seed % 8 != 0) {
    const unsigned depth = k->depth - 1;
    tine_spawn(ctx, &(tine_closure){task, kin_of(k, depth, k->in_lock, k->seed + 1), 0, NULL, TINE_FN, 0});
    const bool locks = !k->in_lock && k->seed % 4 == 2 && locked(), in_lock = k->in_lock || locks;
    const kin *group = kin_of(k, 0, true, 0);
    kin *pair[] = {kin_of(group, depth, in_lock, k->seed + 2), kin_of(group, depth, in_lock, k->seed + 3)};
    awaited = group;
    wait_somehow(ctx, pair, k->seed / 16 % 16);
    if (locks)
      pthread_mutex_unlock(&mutex);
    kins_done++; /* the group */
  }
  awaited = k->next != NULL ? k->next : before;
  kins_done++;
}

/* ===== Waiting ===== */

static _Atomic unsigned inside;
static unsigned party, rounds;

/* The first task of each caller stays until all of them are inside. */
static void wait_for_all(tine_ctx *ctx, void *arg) {
  (void)ctx, (void)arg;
  inside++;
  wrong += !reaches(&inside, party);
}

/* Runs trees of tasks, one in three with the mutex held around the run. */
static void *call(void *seed) {
  wrong += tine_pool_run(pools[0], wait_for_all, NULL, NULL) != TINE_OK;
  for (unsigned i = 0; i < rounds; i++) {
    const bool locks = i % 3 == 0 && locked();
    kin *root = kin_of(NULL, 5, locks, *(const uint64_t *)seed + i);
    root->next = root;
    wrong += tine_pool_run(pools[i % 2], task, root, NULL) != TINE_OK;
    awaited = NULL;
    if (locks)
      pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void with_callers(unsigned callers, unsigned runs) {
  pthread_t threads[40];
  uint64_t seeds[40];
  inside = kins_made = kins_done = 0;
  party = callers, rounds = runs;
  for (unsigned i = 0; i < callers; i++) {
    seeds[i] = check_random();
    if (pthread_create(&threads[i], NULL, call, &seeds[i]) != 0)
      abort();
  }
  for (unsigned i = 0; i < callers; i++)
    pthread_join(threads[i], NULL);
  CHECK_INT(kins_done, kins_made);
}

static void waiting_runs_descendants_only(void) {
  for (unsigned threads = 1; threads <= 4; threads++) {
    begin(threads);
    with_callers(1, 12);
    with_callers(4, 12);
    with_callers(40, 3); /* more than any fixed number of seats */
    end();
  }
}

/* Thousands of tasks that wait, at once: none runs on the stack of another. */
static tine_status waits_for_each(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  for (; lo < hi; lo++)
    task(ctx, kin_of(env, 2, false, lo));
  return TINE_OK;
}

static void spawns_thousands(tine_ctx *ctx, void *arg) {
  for (uint64_t i = 0; i < 3000; i++)
    tine_spawn(ctx, &(tine_closure){task, kin_of(arg, 2, false, i), 0, NULL, TINE_FN, 0});
}

static void chain(tine_ctx *ctx, void *arg) {
  uint64_t left = *(uint64_t *)arg;
  measure_stack();
  if (left-- > 0)
    tine_spawn(ctx, &(tine_closure){chain, &left, sizeof left, NULL, TINE_FN, 0});
}

static void stacks_are_no_deeper_than_tasks_nest(void) {
  for (unsigned threads = 2; threads <= 4; threads++) {
    uint64_t left = 30000;
    kin root = {.next = &root, .in_lock = true};
    begin(threads);
    kins_made = kins_done = 0;
    deepest = base = 0;
    CHECK_INT(tine_parallel_for(pools[0], 3000, waits_for_each, &root, NULL), TINE_OK);
    CHECK_INT(tine_pool_run(pools[0], spawns_thousands, &root, NULL), TINE_OK);
    CHECK_INT(tine_pool_run(pools[0], chain, &left, NULL), TINE_OK);
    CHECK(kins_made <= KINS && deepest < (PLAIN ? 64 : 256) * 1024);
    end();
  }
}

/* A kernel may run what it likes, with a lock held. */
static void count(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*(_Atomic int64_t *)arg;
}

static void count_two(tine_ctx *ctx, void *arg) {
  tine_join(ctx, count, arg, count, arg);
}

static int runs_in_runs(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    _Atomic int64_t counted = 0;
    ((int64_t *)block->out[0])[i] = 1;
    if (i % 100 != 0)
      continue;
    const bool locks = locked();
    wrong += tine_pool_run(pools[i / 100 % 2], count_two, &counted, NULL) != TINE_OK || counted != 2;
    if (locks)
      pthread_mutex_unlock(&mutex);
  }
  return 0;
}

static void kernels_may_run_tasks(void) {
  static const tine_kernel_signature signature = {"i64 -> i64", runs_in_runs, NULL};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "runs", .signatures = &signature, .signature_count = 1};
  tine_registry *registry = NULL;
  tine_value sum;
  begin(3);
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  tine_pipeline *p = tine_map(tine_range(1, 200000, 1), tine_kernel_find(registry, "runs", NULL), NULL, 0);
  p = tine_on(p, pools[0]);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 200000);
  tine_pipeline_release(p);
  tine_registry_release(registry);
  end();
}

/* ===== Lives ===== */

static bool works(tine_pool *pool) {
  _Atomic int64_t counted = 0, reached = 0;
  return tine_pool_run(pool, count_two, &counted, NULL) == TINE_OK && counted == 2 &&
         tine_broadcast(pool, count, &reached, NULL) == TINE_OK && reached > 0;
}

static void children_of_a_fork_go_on(void) {
  begin(3);
  tine_default_pool_hold();
  CHECK(works(NULL));
  for (int i = 0; PLAIN && i < 40; i++) {
    int status = 1;
    CHECK(works(pools[0])); /* so that its workers are about to go to sleep */
    const pid_t child = fork();
    if (child == 0) {
      alarm((unsigned)PATIENCE);
      _exit(works(pools[0]) && works(NULL) ? 7 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  }
  tine_default_pool_release();
  end();
}

/* Threads and resident pages of this process; 0 where the system does not tell. */
static long threads_now, pages_now;

static void measure(void) {
  FILE *f = fopen("/proc/self/stat", "r");
  if (f == NULL)
    return;
  for (int i = 1; i < 20; i++)
    CHECK_INT(fscanf(f, "%*s"), 0);
  CHECK_INT(fscanf(f, "%ld %*s %*s %*s %ld", &threads_now, &pages_now), 2);
  fclose(f);
}

/* Threads that have been joined may still be on their way out; a sanitizer has one of its own. */
static void no_threads_but(long want) {
  double end = 0;
  while (measure(), threads_now > want + !PLAIN && patient(&end))
    continue;
  CHECK(threads_now <= want + !PLAIN);
}

static void cycle(int times) {
  for (int i = 0; i < times; i++) {
    tine_pool *pool = new_pool(1 + (unsigned)i % 3);
    CHECK(works(pool));
    tine_pool_destroy(pool);
  }
}

static void pools_come_and_go(void) {
  measure();
  const long threads = threads_now;
  cycle(500);
  measure();
  const long pages = pages_now;
  cycle(PLAIN ? 9500 : 500);
  no_threads_but(threads);
  CHECK(!PLAIN || (pages_now - pages) * sysconf(_SC_PAGESIZE) < 4 << 20);
}

/* An allocator whose requests are refused once some have been granted. */
static _Atomic int granted, blocks;

static void *refuse_later(void *arg, size_t size, size_t align) {
  const size_t multiple = align < 16 ? 16 : align;
  (void)arg;
  if (granted-- <= 0)
    return NULL;
  blocks++;
  return aligned_alloc(multiple, (size + multiple) / multiple * multiple);
}

static void take_back(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)size, (void)align;
  blocks--;
  free(block);
}

static void pools_without_memory(void) {
  static const tine_allocator later = {refuse_later, take_back, NULL};
  static const tine_pool_options o = {.size = sizeof o, .threads = 5, .name = "poor"};
  measure();
  const long threads = threads_now;
  CHECK_STOP(tine_set_allocator(&later) == TINE_OK);
  for (int n = 0; n < 60; n++) {
    tine_pool *pool = NULL;
    granted = n;
    const tine_status status = tine_pool_create(&pool, &o, NULL);
    granted = 1000;
    CHECK(status == TINE_OK ? works(pool) : status == TINE_ENOMEM && n < 50);
    tine_pool_destroy(status == TINE_OK ? pool : NULL);
    CHECK_INT(blocks, 0);
  }
  no_threads_but(threads);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

CHECK_SUITE(api_wait, CHECK_CASE(waiting_runs_descendants_only), CHECK_CASE(stacks_are_no_deeper_than_tasks_nest),
            CHECK_CASE(kernels_may_run_tasks), CHECK_CASE(children_of_a_fork_go_on), CHECK_CASE(pools_come_and_go),
            CHECK_CASE(pools_without_memory))
