/*
** The stacks of a pool, driven by hand: a pool whose threads were all refused has records and nobody who uses them.
** Random sequences of forks, thefts and joins are compared with a plain list.
*/
#include "../../core/base/check.h"
#include "../../core/pool/inside.h"
#include "../../core/pool/operation.h"
#include "../../core/pool/pool.h"
#include "check.h"
#include "pools.h"

#if TI_TESTING

enum { PRIVATE_SLOT, PUBLIC_SLOT, STOLEN_SLOT };

/* The model: what is in each slot. Private ones come last, stolen ones first. */
typedef struct model {
  int fate[TI_TASK_SLOTS];
  unsigned count;
  bool armed;
} model;

static tine_pool *pool_of_ghosts(unsigned threads) {
  tine_pool_options o = {.size = sizeof o, .threads = threads};
  tine_pool *pool = NULL;
  ti_thread_fail_after(0);
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  ti_thread_fail_after(-1);
  for (unsigned i = 0; i + 1 < threads; i++)
    pool->records[i].self = ti_thread_self(); /* who drives them */
  return pool;
}

static void leaf(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*(unsigned *)arg;
}

static unsigned model_first(const model *m, int fate) {
  unsigned i = 0;
  while (i < m->count && m->fate[i] != fate)
    i++;
  return i;
}

/* What settling does where somebody is always hungry: all private slots become public; with nothing new to give the
   guard stays armed. */
static void model_settle(model *m) {
  m->armed = true;
  for (unsigned i = 0; i < m->count; i++)
    if (m->fate[i] == PRIVATE_SLOT) {
      m->fate[i] = PUBLIC_SLOT;
      m->armed = false;
    }
}

/* The first half of the inline tine_join. */
static void fork_one(ti_stack *s, model *m, unsigned *runs) {
  tine_ctx *ctx = &s->slots[m->count];
  if (m->count == TI_TASK_SLOTS) { /* full: both run here */
    const unsigned before = *runs;
    CHECK(ctx->fn != NULL);
    ti_slow_join.full(ctx, leaf, runs, leaf, runs);
    CHECK_INT(*runs, before + 2);
    *runs = before;
    return;
  }
  CHECK(ctx->fn == NULL);
  ti_slot_fill(ctx, leaf, runs);
  m->fate[m->count++] = PRIVATE_SLOT;
  if ((uintptr_t)ctx < s->head.guard) {
    CHECK(m->armed || TI_HOSTILE);
    CHECK(ti_slow_join.fork(ctx, runs) == runs);
    model_settle(m);
  } else
    CHECK(!m->armed);
}

/* The second half; a stolen slot's thief has run it. */
static void join_one(ti_stack *s, model *m, unsigned *runs) {
  tine_ctx *ctx = &s->slots[m->count - 1];
  const bool fast = (uintptr_t)ctx >= s->head.guard;
  const int fate = m->fate[m->count - 1];
  CHECK(fast == (!m->armed && fate == PRIVATE_SLOT) || (TI_HOSTILE && !fast));
  m->count--;
  ti_slot_fill(ctx, NULL, runs);
  if (fast)
    return;
  CHECK_INT(ti_slow_join.join(ctx), fate != STOLEN_SLOT);
  CHECK(ctx->fn == NULL);
  model_settle(m);
}

/* Takes at or above 'base', unless the awaited task is done; and runs it to its end. */
static void steal_one(ti_worker *w, ti_worker *thief, model *m, unsigned base, bool done, unsigned *runs) {
  const unsigned i = model_first(m, PUBLIC_SLOT), before = *runs;
  const bool there = i < m->count && i >= base && !done;
  ti_mark awaited;
  ti_stolen stolen;
  atomic_init(&awaited.state, done ? TI_TASK_DONE : TI_TASK_OPEN);
  CHECK_INT(ti_worker_take(w, base, &awaited, &stolen), there);
  if (!there)
    return;
  CHECK_INT(stolen.slot, i);
  ti_worker_run(thief, &stolen, 0);
  CHECK_INT(*runs, before + 1);
  CHECK(ti_mark_done(&w->stack->marks[i]));
  CHECK_INT(ti_thief_number(w->stack->marks[i].thief), thief->number);
  CHECK_INT(ti_thief_base(w->stack->marks[i].thief), 0);
  m->fate[i] = STOLEN_SLOT;
  m->armed |= model_first(m, PUBLIC_SLOT) == m->count;
}

static void stack_as_modelled(void) {
  tine_pool *pool = pool_of_ghosts(3);
  ti_worker *w = &pool->records[0], *thief = &pool->records[1];
  static model m;
  ti_operation op;
  ti_frame frame;
  unsigned runs = 0;
  ti_operation_begin(&op, pool, NULL);
  ti_frame_enter(&frame, &w->stack->slots[0], &op);
  CHECK(ti_sleep_search(&pool->sleep)); /* somebody is always hungry */
  m.count = 0;
  m.armed = true;
  for (unsigned step = 0; step < 20000; step++) {
    const unsigned bias = step / 1000 % 3; /* phases that fill, mix and drain */
    const uint64_t what = check_below(bias == 0 ? 10 : bias == 1 ? 7 : 12);
    if (what == 0)
      steal_one(w, thief, &m, (unsigned)check_below(m.count + 1u), check_below(4) == 0, &runs);
    else if (what == 1) {
      ti_guard_arm(w->stack);
      m.armed = true;
    } else if (what < 5 || bias == 0 || m.count == 0)
      fork_one(w->stack, &m, &runs);
    else
      join_one(w->stack, &m, &runs);
    CHECK_STOP(ti_worker_valid(w, m.count));
    CHECK_STOP(ti_share_bottom(w->stack->share) == model_first(&m, PUBLIC_SLOT) ||
               ti_share_public(w->stack->share) == 0);
    CHECK_STOP(ti_guard_armed(w->stack) == m.armed || TI_HOSTILE); /* there more is wanted now and then */
  }
  while (m.count > 0)
    join_one(w->stack, &m, &runs);
  ti_sleep_end_search(&pool->sleep);
  ti_frame_leave(&frame);
  CHECK_INT(ti_operation_end(&op, NULL), TINE_OK);
  tine_pool_destroy(pool);
}

/* With nobody hungry forks and joins stay private; an arm is consumed, and taking back makes the older ones private. */
static void quiet_stacks_stay_private(void) {
  tine_pool *pool = pool_of_ghosts(2);
  ti_worker *w = &pool->records[0];
  ti_stack *s = w->stack;
  ti_operation op;
  ti_frame frame;
  unsigned runs = 0;
#if TI_HOSTILE
  tine_pool_destroy(pool); /* which offers when nobody asks */
  return;
#endif
  ti_operation_begin(&op, pool, NULL);
  ti_frame_enter(&frame, &w->stack->slots[0], &op);
  ti_slot_fill(&s->slots[0], leaf, &runs);
  CHECK(ti_slow_join.fork(&s->slots[0], &runs) == &runs); /* a record begins armed */
  CHECK(s->head.guard == (uintptr_t)&s->slots[0]);
  CHECK_INT(ti_share_public(s->share), 0);
  s->slots[1].fn = leaf;
  CHECK(ti_sleep_search(&pool->sleep));
  ti_guard_arm(s);
  CHECK(!ti_ctx_wanted(&s->slots[2])); /* older tasks serve the one who wants work */
  CHECK_INT(ti_share_split(s->share), 2);
  CHECK(s->head.guard == (uintptr_t)&s->slots[2]);
  ti_sleep_end_search(&pool->sleep);
  ti_slot_fill(&s->slots[1], NULL, NULL);
  CHECK(ti_slow_join.join(&s->slots[1]));
  CHECK_INT(ti_share_split(s->share), 0); /* the other is private again */
  CHECK(s->head.guard == (uintptr_t)&s->slots[0]);
  s->slots[0].fn = NULL;
  CHECK(!ti_ctx_wanted(&s->slots[0]));
  CHECK(ti_sleep_search(&pool->sleep));
  ti_guard_arm(s);
  CHECK(ti_ctx_wanted(&s->slots[0])); /* nothing to give but what the caller can cut off */
  CHECK(ti_guard_armed(s));
  ti_sleep_end_search(&pool->sleep);
  ti_frame_leave(&frame);
  CHECK_INT(ti_operation_end(&op, NULL), TINE_OK);
  tine_pool_destroy(pool);
}

static void old_looks_are_void(void) {
  tine_pool *pool = pool_of_ghosts(2);
  ti_worker *w = &pool->records[0];
  for (unsigned i = 0; i < 8; i++) { /* in a hostile build the epoch wraps round meanwhile */
    uint64_t seen = w->stack->share;
    CHECK_INT(ti_share_bottom(seen), 0);
    CHECK_INT(ti_share_split(seen), 0);
    ti_worker_renew(w);
    CHECK(!ti_cas_acqrel(&w->stack->share, &seen, seen));
  }
  tine_pool_destroy(pool);
}

static void asking_and_unasking(void) {
  tine_pool *pool = pool_of_ghosts(4);
  ti_worker *thief = &pool->records[0], *one = &pool->records[1], *two = &pool->records[2];
  ti_operation op;
  ti_frame frame;
  unsigned runs = 0;
  ti_operation_begin(&op, pool, NULL);
  ti_frame_enter(&frame, &thief->stack->slots[0], &op);
  ti_guard_swap(thief->stack, 0);
  CHECK_INT(ti_worker_wanted(thief), 0);
  ti_worker_ask(one, thief);
  CHECK(ti_guard_armed(thief->stack));
  CHECK_INT(ti_worker_wanted(thief), 1);
  ti_worker_ask(two, thief);
  CHECK_INT(thief->asked, 2);
  ti_worker_unask(one, thief);
  ti_worker_unask(one, thief);
  CHECK_INT(thief->asked, 1);
  ti_worker_ask(one, thief);
  ti_slot_fill(&thief->stack->slots[0], leaf, &runs);
  CHECK(ti_slow_join.fork(&thief->stack->slots[0], &runs) == &runs);
  CHECK_INT(thief->asked, 0);
  CHECK(!one->asking && !two->asking);
  ti_parker_park(&one->parker); /* both were unparked, else this hangs */
  ti_parker_park(&two->parker);
  ti_slot_fill(&thief->stack->slots[0], NULL, NULL);
  CHECK(ti_slow_join.join(&thief->stack->slots[0]));
  ti_frame_leave(&frame);
  CHECK_INT(ti_operation_end(&op, NULL), TINE_OK);
  tine_pool_destroy(pool);
}

static void mark_states(void) {
  ti_mark mark = {.state = TI_TASK_OPEN};
  CHECK(!ti_mark_done(&mark));
  CHECK(ti_mark_await(&mark));
  CHECK(ti_mark_await(&mark));
  CHECK(!ti_mark_done(&mark));
  CHECK(ti_mark_finish(&mark));
  CHECK(ti_mark_done(&mark));
  CHECK(!ti_mark_await(&mark));
  mark.state = TI_TASK_OPEN;
  CHECK(!ti_mark_finish(&mark));
  CHECK(!ti_mark_await(&mark));
}

static void who_searches(void) {
  ti_sleep s;
  ti_sleep_init(&s);
  CHECK_INT(ti_sleep_idle(&s), 0);
  CHECK(!ti_sleep_must_wake(&s)); /* nobody sleeps */
  CHECK(ti_sleep_search(&s));
  CHECK_INT(ti_sleep_idle(&s), 1);
  CHECK(ti_sleep_searching(&s));
  CHECK(!ti_sleep_search(&s)); /* one at a time */
  ti_sleep_end_search(&s);
  CHECK_INT(ti_sleep_idle(&s), 0);
  CHECK(!ti_sleep_stopping(&s));
  ti_sleep_stop(&s);
  CHECK(ti_sleep_stopping(&s));
  ti_sleep_destroy(&s);
}

static void sleepers_do_not_leave_tasks(void) {
  tine_pool *pool = pool_of_ghosts(2);
  ti_worker *w = &pool->records[0], *owner = &pool->records[1];
  ti_operation op;
  ti_frame frame;
  unsigned runs = 0;
  ti_stolen stolen;
  ti_operation_begin(&op, pool, NULL);
  ti_frame_enter(&frame, &owner->stack->slots[0], &op);
  CHECK(ti_sleep_search(&pool->sleep));
  ti_slot_fill(&owner->stack->slots[0], leaf, &runs);
  CHECK(ti_slow_join.fork(&owner->stack->slots[0], &runs) == &runs);
  ti_sleep_wait(&pool->sleep, w, true); /* must return at once, and search */
  CHECK(!ti_sleep_search(&pool->sleep));
  CHECK(ti_worker_take(owner, 0, NULL, &stolen));
  ti_sleep_end_search(&pool->sleep);
  ti_worker_run(w, &stolen, 0);
  ti_slot_fill(&owner->stack->slots[0], NULL, NULL);
  CHECK(!ti_slow_join.join(&owner->stack->slots[0]));
  CHECK_INT(runs, 1);
  ti_frame_leave(&frame);
  CHECK_INT(ti_operation_end(&op, NULL), TINE_OK);
  tine_pool_destroy(pool);
}

/* A joiner that wakes beside its waker has that moved, under its lock; one that wakes elsewhere leaves it alone. */
static void wakers_are_pushed_off(void) {
  tine_pool *const pool = new_pool(2);
  ti_worker *const waker = &pool->records[0], *const joiner = &pool->records[pool->capacity];
  const unsigned here = ti_thread_processor();
  uint64_t before;
  double end = 0;
  CHECK(waker->index > 0 && joiner->index == 0);
  while (!ti_load_acquire(&waker->asleep) && patient(&end))
    continue;
  ti_mutex_lock(&pool->sleep.lock); /* until it lets go of that; what it wrote before is seen then */
  ti_mutex_unlock(&pool->sleep.lock);
  before = ti_used(TI_USED_LOCK);
  ti_store_relaxed(&joiner->woken_on, here + 100000);
  ti_worker_woken(joiner, waker);
  CHECK_INT(ti_used(TI_USED_LOCK), before);
  ti_store_relaxed(&waker->woken_on, here);
  ti_worker_woken(waker, joiner); /* a thread of the host's is not moved */
  CHECK_INT(ti_used(TI_USED_LOCK), before);
  end = 0;
  do { /* again where this thread was moved meanwhile */
    ti_worker_will_wake(joiner);
    ti_worker_woken(joiner, waker);
  } while (ti_used(TI_USED_LOCK) == before && patient(&end));
  CHECK_INT(ti_used(TI_USED_LOCK), before + 1);
  tine_pool_destroy(pool);
}

CHECK_SUITE(worker, CHECK_CASE(stack_as_modelled), CHECK_CASE(quiet_stacks_stay_private),
            CHECK_CASE(old_looks_are_void), CHECK_CASE(asking_and_unasking), CHECK_CASE(mark_states),
            CHECK_CASE(who_searches), CHECK_CASE(sleepers_do_not_leave_tasks), CHECK_CASE(wakers_are_pushed_off))

#else
CHECK_SUITE(worker, {NULL, NULL})
#endif
