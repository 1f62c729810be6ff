/*
** The contract of scopes, spawned closures and broadcasts in core/tine.h: each closure runs once and is dropped once,
** whatever becomes of the run and of its memory; a scope waits for its own; a broadcast reaches every thread.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <time.h>

#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

static const unsigned sizes[] = {1, 2, 3, 16};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static _Atomic unsigned wrong; /* what tasks found; a case ends with a look at it */

/* ===== Closures: each runs once and is dropped once ===== */

enum { SLOTS = 200 };
static struct {
  _Atomic unsigned calls, drops;
  void *_Atomic env;
} slots[SLOTS];
static uint8_t ids[SLOTS];                               /* environments that are borrowed */
static const size_t size_of[] = {0, 1, 8, 1000, 100000}; /* an environment; a slot's by its number modulo 5 */

/* An environment begins with the number of its slot, and goes on with what follows from that. */
static void uses(tine_ctx *ctx, void *env) {
  const uint8_t *bytes = env;
  const unsigned id = bytes[0];
  (void)ctx;
  wrong += size_of[id % 5] == 0 ? env != &ids[id] : (uintptr_t)env % _Alignof(max_align_t) != 0;
  for (size_t i = 0; i < size_of[id % 5]; i += 1 + i / 100)
    wrong += bytes[i] != (uint8_t)(id + i);
  slots[id].env = env;
  slots[id].calls++;
}

static void drops(void *env) {
  const unsigned id = *(uint8_t *)env;
  wrong += slots[id].calls != 1 || slots[id].env != env;
  slots[id].drops++;
}

/* Spawns the closure of a slot, and spoils what it was made from: at an odd address, from which it has to be moved. */
static void spawn_slot(tine_ctx *ctx, unsigned id, bool odd) {
  const size_t size = size_of[id % 5];
  uint8_t *made = malloc(size + 1), *bytes = size > 0 ? made + odd : &ids[id];
  if (made == NULL)
    abort();
  tine_closure c = {uses, bytes, size, drops, TINE_FN, 0};
  ids[id] = (uint8_t)id;
  for (size_t i = 0; i < size; i += 1 + i / 100)
    bytes[i] = (uint8_t)(id + i);
  tine_spawn(ctx, &c);
  memset(made, 0xee, size + 1);
  memset(&c, 0xee, sizeof c);
  free(made);
}

typedef struct spread_task {
  unsigned lo, hi;
  bool odd;
  tine_status status; /* how the run is to end */
} spread_task;

/* Spawns closures from both halves of joins and from spawned tasks. */
static void spread(tine_ctx *ctx, void *arg) {
  const spread_task s = *(spread_task *)arg;
  spread_task left = s, right = s;
  left.hi = right.lo = s.lo + (s.hi - s.lo) / 2;
  if (s.hi - s.lo == 1)
    spawn_slot(ctx, s.lo, s.odd);
  else if (left.hi % 2 == 0)
    tine_join(ctx, spread, &left, spread, &right);
  else {
    tine_spawn(ctx, &(tine_closure){spread, &right, sizeof right, NULL, TINE_FN, 0});
    spread(ctx, &left);
  }
}

static void stop_and_spread(tine_ctx *ctx, void *arg) {
  const tine_status status = ((spread_task *)arg)->status;
  if (status == TINE_ECANCELED)
    tine_cancel(ctx);
  else if (status != TINE_OK)
    tine_fail(ctx, status, 4, "four");
  wrong += tine_stopped(ctx) != (status != TINE_OK);
  spread(ctx, arg);
}

static void each_slot_once(tine_pool *pool, bool odd) {
  static const tine_status statuses[] = {TINE_OK, TINE_ECANCELED, TINE_EUSER};
  for (int k = 0; k < 3; k++) {
    memset(slots, 0, sizeof slots);
    CHECK_INT(tine_pool_run(pool, stop_and_spread, &(spread_task){0, SLOTS, odd, statuses[k]}, NULL), statuses[k]);
    for (unsigned i = 0; i < SLOTS; i++)
      CHECK(slots[i].calls == 1 && slots[i].drops == 1);
  }
}

static void closures_run_once_and_are_dropped_once(void) {
  wrong = 0;
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (int round = 0; round < 4; round++)
      each_slot_once(pool, round % 2 != 0);
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

/* An allocator that refuses one request out of 'refusing'. */
static _Atomic int refusing, requests, blocks;

static void *refuse_some(void *arg, size_t size, size_t align) {
  const size_t multiple = align < 16 ? 16 : align;
  (void)arg;
  if (refusing > 0 && requests++ % refusing == 0)
    return NULL;
  blocks++;
  return aligned_alloc(multiple, (size + multiple) / multiple * multiple);
}

static void take_back(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)size, (void)align;
  blocks--;
  free(block);
}

static void closures_need_no_memory(void) {
  static const tine_allocator some = {refuse_some, take_back, NULL};
  refusing = 0;
  wrong = 0;
  CHECK_STOP(tine_set_allocator(&some) == TINE_OK);
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (refusing = 1; refusing <= 3; refusing++)
      each_slot_once(pool, false);
    refusing = 0;
    tine_pool_destroy(pool);
  }
  CHECK_INT(blocks, 0);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
  CHECK_INT(wrong, 0);
}

/* ===== Many, deep, and of all kinds ===== */

typedef struct count_task {
  _Atomic unsigned *count;
  unsigned left;
} count_task;

static void counts(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*((count_task *)arg)->count;
}

static void spawns_many(tine_ctx *ctx, void *arg) {
  for (unsigned i = 0; i < ((count_task *)arg)->left; i++)
    tine_spawn(ctx, &(tine_closure){counts, arg, i % 3 == 0 ? 0 : sizeof(count_task), NULL, TINE_FN, 0});
}

static void spawns_next(tine_ctx *ctx, void *arg) {
  count_task next = *(count_task *)arg;
  ++*next.count;
  if (next.left-- > 0)
    tine_spawn(ctx, &(tine_closure){spawns_next, &next, sizeof next, NULL, TINE_FN, 0});
}

static void there_may_be_many_and_from_each_other(void) {
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    _Atomic unsigned count = 0;
    CHECK_INT(tine_pool_run(pool, spawns_many, &(count_task){&count, 100000}, NULL), TINE_OK);
    CHECK_INT(count, 100000);
    count = 0;
    CHECK_INT(tine_pool_run(pool, spawns_next, &(count_task){&count, 1000}, NULL), TINE_OK);
    CHECK_INT(count, 1001);
    tine_pool_destroy(pool);
  }
}

/* An array of closures that have nothing in common: some own what they use, some fork, some spawn. */
static void forks(tine_ctx *ctx, void *env) {
  tine_join(ctx, counts, env, spawns_next, env);
}

static tine_closure mixed[1000];

static void all(tine_ctx *ctx, void *arg) {
  spread_task left = *(spread_task *)arg, right = left;
  const tine_closure *c = &mixed[left.lo];
  left.hi = right.lo = left.lo + (right.hi - left.lo) / 2;
  if (right.hi - left.lo > 1)
    tine_join(ctx, all, &left, all, &right);
  else if (c->drop != NULL)
    tine_spawn(ctx, c);
  else
    c->fn(ctx, c->env);
}

static void closures_of_different_kinds_are_joined(void) {
  static tine_task *const kinds[] = {counts, counts, forks, spawns_many};
  tine_pool *pool = new_pool(3);
  for (int round = 0; round < 10; round++) {
    _Atomic unsigned count = 0;
    count_task shared = {&count, 2};
    for (int i = 0; i < 1000; i++) {
      count_task *owned = i % 4 == 1 ? malloc(sizeof *owned) : NULL;
      mixed[i] =
          (tine_closure){kinds[i % 4], owned != NULL ? owned : &shared, 0, owned != NULL ? free : NULL, TINE_FN, 0};
      *(count_task *)mixed[i].env = shared;
    }
    CHECK_INT(tine_pool_run(pool, all, &(spread_task){.hi = 1000}, NULL), TINE_OK);
    CHECK_INT(count, 250 + 250 + 250 * 4 + 250 * 2);
  }
  tine_pool_destroy(pool);
}

/* ===== Scopes ===== */

/* A tree of scopes, 'left' levels of them: each waits for the three below, which count in its frame. */
static void opens(tine_ctx *ctx, void *arg);

static void spawns_three(tine_ctx *ctx, void *arg) {
  for (int i = 0; i < 3; i++)
    tine_spawn(ctx, &(tine_closure){opens, arg, i == 0 ? 0 : sizeof(count_task), NULL, TINE_FN, 0});
}

static void opens(tine_ctx *ctx, void *arg) {
  const count_task here = *(count_task *)arg;
  _Atomic unsigned done = 0;
  count_task below = {&done, here.left - 1};
  if (here.left > 0)
    wrong += tine_scope(ctx, spawns_three, &below, NULL) != TINE_OK || done != 3;
  ++*here.count;
}

/* Something spawned outside takes its time; the scope inside does not care. */
typedef struct apart {
  _Atomic unsigned quick, may_end, ended;
} apart;

static void takes_its_time(tine_ctx *ctx, void *arg) {
  apart *a = arg;
  (void)ctx;
  wrong += !reaches(&a->may_end, 1);
  a->ended++;
}

static void spawns_quick(tine_ctx *ctx, void *arg) {
  count_task quick = {&((apart *)arg)->quick, 10};
  spawns_next(ctx, &quick);
}

static void scopes_apart(tine_ctx *ctx, void *arg) {
  apart *a = arg;
  tine_spawn(ctx, &(tine_closure){takes_its_time, a, 0, NULL, TINE_FN, 0});
  wrong += tine_scope(ctx, spawns_quick, a, NULL) != TINE_OK || a->quick != 11 || a->ended != 0;
  a->may_end = 1;
  if (tine_pool_threads(tine_ctx_pool(ctx)) > 1) /* it need not wait for its spawner */
    wrong += !reaches(&a->ended, 1);
}

static void fails_at(tine_ctx *ctx, void *arg) {
  tine_fail(ctx, TINE_EUSER, *(uint64_t *)arg, "spawned");
}

static void spawns_failures(tine_ctx *ctx, void *arg) {
  (void)arg;
  for (uint64_t item = 30; item > 10; item--)
    tine_spawn(ctx, &(tine_closure){fails_at, &item, sizeof item, NULL, TINE_FN, 0});
}

static void is_cancelled(tine_ctx *ctx, void *arg) {
  wrong += arg != NULL;
  tine_cancel(ctx);
  wrong += !tine_stopped(ctx);
}

static void scopes_fail(tine_ctx *ctx, void *arg) {
  tine_error err = {.message = ""};
  wrong += tine_scope(ctx, spawns_failures, NULL, &err) != TINE_EUSER;
  wrong += err.status != TINE_EUSER || err.item != 11 || strcmp(err.message, "spawned") != 0;
  wrong += tine_scope(ctx, is_cancelled, NULL, &err) != TINE_ECANCELED || err.status != TINE_ECANCELED;
  wrong += tine_stopped(ctx);
  wrong += tine_scope(ctx, spawns_next, arg, &err) != TINE_OK;
}

static void scopes_wait_for_their_own_and_fail_alone(void) {
  wrong = 0;
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (int round = 0; round < 20; round++) {
      _Atomic unsigned done = 0;
      apart a = {0, 0, 0};
      CHECK_INT(tine_pool_run(pool, opens, &(count_task){&done, 4}, NULL), TINE_OK);
      CHECK_INT(done, 1);
      CHECK_INT(tine_pool_run(pool, scopes_apart, &a, NULL), TINE_OK);
      CHECK_INT(a.ended, 1);
      CHECK_INT(tine_pool_run(pool, scopes_fail, &(count_task){&done, 9}, NULL), TINE_OK);
      CHECK_INT(done, 11);
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

/* ===== Broadcasts ===== */

typedef struct meeting {
  tine_pool *pool;
  unsigned party; /* that must be there at the same time */
  _Atomic unsigned here, after, seen[16];
} meeting;

static void attends(tine_ctx *ctx, void *arg) {
  meeting *m = arg;
  count_task after = {&m->after, 0};
  const unsigned index = tine_worker_index(ctx);
  wrong += tine_ctx_pool(ctx) != m->pool || index >= tine_pool_threads(m->pool) || m->seen[index % 16]++ > 0;
  m->here++;
  wrong += !reaches(&m->here, m->party);
  tine_join(ctx, counts, &after, counts, &after);
  tine_fail(ctx, TINE_EUSER, 20 - index, "attended");
}

static void meets(tine_pool *pool, bool together) {
  const unsigned threads = tine_pool_threads(pool);
  meeting m = {.pool = pool, .party = together ? threads : 0};
  tine_error err = {.message = ""};
  wrong += tine_broadcast(pool, attends, &m, &err) != TINE_EUSER || err.item != 20 - (threads - 1);
  wrong += m.here != threads || m.after != 2 * threads;
}

static void *meets_often(void *pool) {
  for (int round = 0; round < 50; round++)
    meets(pool, false);
  return NULL;
}

static void broadcasts(tine_ctx *ctx, void *arg) {
  tine_error err = {.message = ""};
  wrong += tine_broadcast(arg, is_cancelled, &err, &err) != TINE_EINVAL;
  wrong += err.status != TINE_EINVAL || err.message[0] == '\0' || tine_stopped(ctx);
}

static void broadcasts_everywhere(tine_ctx *ctx, void *arg) {
  tine_join(ctx, broadcasts, arg, broadcasts, arg);
  tine_spawn(ctx, &(tine_closure){broadcasts, arg, 0, NULL, TINE_FN, 0});
}

static void broadcasts_reach_every_thread(void) {
  _Atomic unsigned count = 0;
  pthread_t other;
  wrong = 0;
  for (unsigned i = 0; i < SIZES && wrong == 0; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (int round = 0; round < 30 && wrong == 0; round++) {
      nap_us(round % 10 == 0 ? 10000 : 0); /* the workers sleep, or not yet */
      meets(pool, true);
    }
    if (CHECK(pthread_create(&other, NULL, meets_often, pool) == 0)) {
      meets_often(pool);
      CHECK_INT(tine_pool_run(pool, broadcasts_everywhere, pool, NULL), TINE_OK);
      pthread_join(other, NULL);
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(tine_broadcast(NULL, counts, &(count_task){&count, 0}, NULL), TINE_OK);
  CHECK_INT(count, tine_default_threads());
  CHECK_INT(wrong, 0);
}

CHECK_SUITE(api_scope, CHECK_CASE(closures_run_once_and_are_dropped_once), CHECK_CASE(closures_need_no_memory),
            CHECK_CASE(there_may_be_many_and_from_each_other), CHECK_CASE(closures_of_different_kinds_are_joined),
            CHECK_CASE(scopes_wait_for_their_own_and_fail_alone), CHECK_CASE(broadcasts_reach_every_thread))
