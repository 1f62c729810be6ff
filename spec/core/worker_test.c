/*
** The records of a pool, driven by hand: a pool whose threads were all refused has records and nobody who uses them.
** Random sequences of offers, steals, leaps and takings back are compared with a plain list.
*/
#include "../../core/pool/inside.h"
#include "../../core/base/check.h"
#include "check.h"

#if TI_TESTING

enum { OPEN_SLOT, STOLEN_SLOT };

/* The model: what has been offered, and what became of it. */
typedef struct model {
  ti_task tasks[TI_TASK_SLOTS];
  int fate[TI_TASK_SLOTS];
  unsigned count;
} model;

static tine_pool *pool_of_ghosts(unsigned threads) {
  tine_pool_options o = {.size = sizeof o, .threads = threads};
  tine_pool *pool = NULL;
  ti_thread_fail_after(0);
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  ti_thread_fail_after(-1);
  return pool;
}

static unsigned model_first(const model *m, unsigned from) {
  while (from < m->count && m->fate[from] == STOLEN_SLOT)
    from++;
  return from;
}

static void check_taken(model *m, unsigned from, const ti_task *got, const ti_worker *thief) {
  const unsigned i = model_first(m, from);
  CHECK(got == (i < m->count ? &m->tasks[i] : NULL));
  if (got != NULL) {
    CHECK(got->thief == thief);
    CHECK_INT(got->base, thief->top);
    m->fate[i] = STOLEN_SLOT;
  }
}

static void offer_one(ti_worker *w, model *m) {
  const bool room = m->count < TI_TASK_SLOTS;
  ti_task spare = {0};
  ti_task *task = room ? &m->tasks[m->count] : &spare;
  task->joiner = w;
  CHECK_INT(ti_worker_offer(w, task), room);
  if (room)
    m->fate[m->count++] = OPEN_SLOT;
}

static void take_back_one(ti_worker *w, model *m) {
  if (m->count == 0)
    return;
  m->count--;
  CHECK_INT(ti_worker_take_back(w, &m->tasks[m->count]), m->fate[m->count] == OPEN_SLOT);
}

/* A joiner whose task began when 'base' slots were in use. */
static void leap_one(ti_worker *w, ti_worker *leaper, model *m, bool done) {
  ti_task awaited = {0};
  const unsigned base = (unsigned)check_below(m->count + 1u);
  awaited.thief = w;
  awaited.base = base;
  awaited.state = done ? TI_TASK_DONE : TI_TASK_OPEN;
  if (done)
    CHECK(ti_worker_leap(leaper, &awaited) == NULL);
  else
    check_taken(m, base, ti_worker_leap(leaper, &awaited), leaper);
}

static void slots_as_modelled(void) {
  tine_pool *pool = pool_of_ghosts(3);
  static model m;
  CHECK_STOP(pool != NULL);
  CHECK_INT(tine_pool_threads(pool), 1);
  m.count = 0;
  for (unsigned step = 0; step < 40000; step++) {
    ti_worker *w = &pool->records[0], *thief = &pool->records[1];
    const unsigned bias = step / 1000 % 3; /* phases that fill, mix and drain */
    switch (check_below(bias == 0 ? 8 : bias == 1 ? 4 : 6)) {
      case 0: check_taken(&m, 0, ti_worker_steal(w, thief), thief); break;
      case 1: leap_one(w, thief, &m, check_below(4) == 0); break;
      case 2: take_back_one(w, &m); break;
      case 4:
      case 5: bias == 2 ? take_back_one(w, &m) : offer_one(w, &m); break;
      default: offer_one(w, &m); break;
    }
    CHECK_STOP(ti_worker_valid(w) && w->top == m.count);
  }
  while (m.count > 0)
    take_back_one(&pool->records[0], &m);
  tine_pool_destroy(pool);
}

static bool asks(ti_worker *w, const ti_task *awaited) {
  const bool listed = ti_worker_ask(w, awaited);
  CHECK_INT(w->asking, listed);
  return listed;
}

static void asking_and_unasking(void) {
  tine_pool *pool = pool_of_ghosts(4);
  ti_worker *thief = &pool->records[0], *one = &pool->records[1], *two = &pool->records[2];
  ti_task older = {0}, younger = {0}, awaited = {0};
  awaited.thief = thief;
  awaited.base = 1;
  CHECK(ti_worker_offer(thief, &older));
  CHECK(asks(one, &awaited)); /* what is on offer is older than the task: not for taking */
  CHECK(asks(two, &awaited));
  CHECK_INT(thief->asked, 2);
  ti_worker_unask(one, thief);
  ti_worker_unask(one, thief);
  CHECK_INT(thief->asked, 1);
  CHECK(asks(one, &awaited));
  CHECK(ti_worker_offer(thief, &younger));
  CHECK_INT(thief->asked, 0);
  CHECK(!one->asking && !two->asking);
  ti_parker_park(&one->parker); /* both were unparked, else this hangs */
  ti_parker_park(&two->parker);
  CHECK(!asks(one, &awaited)); /* there is something to take */
  CHECK(ti_worker_leap(one, &awaited) == &younger);
  CHECK(ti_worker_leap(two, &awaited) == NULL);
  CHECK(asks(two, &awaited));
  ti_worker_unask(two, thief);
  awaited.state = TI_TASK_DONE;
  CHECK(!asks(two, &awaited));
  CHECK(!ti_worker_take_back(thief, &younger));
  CHECK(ti_worker_take_back(thief, &older));
  CHECK_INT(thief->asked, 0);
  tine_pool_destroy(pool);
}

static void task_states(void) {
  ti_task task = {0};
  CHECK(!ti_task_done(&task));
  CHECK(ti_task_await(&task));
  CHECK(ti_task_await(&task));
  CHECK(!ti_task_done(&task));
  CHECK(ti_task_finish(&task));
  CHECK(ti_task_done(&task));
  CHECK(!ti_task_await(&task));
  task.state = TI_TASK_OPEN;
  CHECK(!ti_task_finish(&task));
  CHECK(!ti_task_await(&task));
}

static void who_is_woken(void) {
  ti_sleep s;
  ti_sleep_init(&s);
  CHECK(!ti_sleep_hungry(&s));
  CHECK(!ti_sleep_offer(&s)); /* nobody sleeps */
  ti_sleep_search(&s);
  CHECK(!ti_sleep_hungry(&s)); /* one task, one idle worker */
  ti_sleep_search(&s);
  CHECK(ti_sleep_hungry(&s));
  CHECK(!ti_sleep_offer(&s));
  ti_sleep_found(&s);
  ti_sleep_withdraw(&s);
  ti_sleep_withdraw(&s);
  CHECK(ti_sleep_hungry(&s));
  ti_sleep_desert(&s);
  CHECK(!ti_sleep_hungry(&s));
  CHECK(!ti_sleep_stopping(&s));
  ti_sleep_stop(&s);
  CHECK(ti_sleep_stopping(&s));
  ti_sleep_destroy(&s);
}

static void sleepers_do_not_leave_tasks(void) {
  tine_pool *pool = pool_of_ghosts(2);
  ti_task task = {0};
  ti_sleep_search(&pool->sleep);
  CHECK(ti_worker_offer(&pool->records[1], &task));
  ti_sleep_wait(&pool->sleep, &pool->records[0]); /* must return at once */
  CHECK(ti_worker_steal(&pool->records[1], &pool->records[0]) == &task);
  ti_sleep_found(&pool->sleep);
  CHECK(!ti_worker_take_back(&pool->records[1], &task));
  tine_pool_destroy(pool);
}

CHECK_SUITE(worker, CHECK_CASE(slots_as_modelled), CHECK_CASE(asking_and_unasking), CHECK_CASE(task_states),
            CHECK_CASE(who_is_woken), CHECK_CASE(sleepers_do_not_leave_tasks))

#else
CHECK_SUITE(worker, {NULL, NULL})
#endif
