/*
** Submissions: the functions of jobs, in the order they were started. README.md, section 10.
**
** A submission is begun by whoever claims it, by an exchange: a runner or a worker that takes the oldest, a thread that
** waits for this very one, or one that withdraws it. A claim needs no lock and proves that the submission is not over,
** so that its pool is there. Whoever has not claimed it may not touch the pool, unless it is a thread of the pool.
**
** Invariant, under the lock: a submission that is not over counts in 'submissions'. It is in 'waiting' if nobody has
** claimed it, and in 'working' while it runs; between the two, until its claimer has the lock, it is in 'waiting' or in
** neither.
*/
#include "../base/account.h"
#include "inside.h"

static void list_add(ti_submissions *list, ti_submission *e) {
  ti_assert(e->list == NULL && (list->first == NULL) == (list->last == NULL));
  e->next = NULL;
  e->previous = list->last;
  *(list->last != NULL ? &list->last->next : &list->first) = e;
  list->last = e;
  e->list = list;
}

/* Takes e out of its list, if it is in one. */
static void list_remove(ti_submission *e) {
  ti_submissions *const list = e->list;
  if (list == NULL)
    return;
  ti_assert(list->first != NULL && (e->previous != NULL || list->first == e) && (e->next != NULL || list->last == e));
  *(e->previous != NULL ? &e->previous->next : &list->first) = e->next;
  *(e->next != NULL ? &e->next->previous : &list->last) = e->previous;
  e->list = NULL;
}

/* (What is in e was published by the lock of the queue, or with the job's handle.) */
static bool claim(ti_submission *e) {
  return !ti_swap_acqrel(&e->claimed, true); /* pairs with itself: who comes first */
}

/* Under the lock, as the next three. Takes e out of its list; workers need not look for it any more. */
static void leave_list(tine_pool *pool, ti_submission *e) {
  if (e->list == &pool->waiting && pool->lean)
    ti_sub_relaxed(&pool->spawned, 1u); /* relaxed: a stale count costs a look */
  list_remove(e);
}

static void submission_begin(tine_pool *pool, ti_submission *e) {
  ti_assert(ti_load_relaxed(&e->claimed));
  leave_list(pool, e);
  list_add(&pool->working, e);
  if (pool->closing)
    ti_operation_cancel(&e->root);
}

void ti_submission_add(tine_pool *pool, ti_submission *e) {
  list_add(&pool->waiting, e);
  pool->submissions++;
  if (pool->lean)
    ti_add_seqcst(&pool->spawned, 1u); /* seq_cst: as publishing a task, README.md, section 4 */
}

ti_submission *ti_submission_take(tine_pool *pool) {
  ti_submission *e;
  while ((e = pool->waiting.first) != NULL) {
    if (claim(e)) {
      submission_begin(pool, e);
      return e;
    }
    leave_list(pool, e); /* its claimer is about to take the lock */
  }
  return NULL;
}

ti_submission *ti_submission_find(tine_pool *pool) {
  ti_submission *e;
  if (!pool->lean)
    return NULL;
  ti_mutex_lock(&pool->runner_lock);
  e = ti_submission_take(pool);
  ti_mutex_unlock(&pool->runner_lock);
  return e;
}

/* The pool may be gone once it does not count the submission any more. */
static void submission_end(ti_submission *e) {
  tine_pool *const pool = e->pool;
  ti_mutex_lock(&pool->runner_lock);
  leave_list(pool, e);
  ti_assert(pool->submissions > 0 && ti_load_relaxed(&e->claimed));
  if (--pool->submissions == 0 && pool->closer != NULL)
    ti_parker_unpark(pool->closer);
  ti_mutex_unlock(&pool->runner_lock);
  ti_operation_end(&e->root, NULL);
  e->over(e);
}

void ti_submission_run(ti_submission *e) {
  const ti_apart was = ti_apart_begin(e->pool, &e->root);
  ti_assert(ti_load_relaxed(&e->claimed) && ti_frame_current() == NULL);
  tine_account *const before =
      ti_account_set(e->root.account); /* of whoever started it: it lives as long as it is charged for anything */
  e->run(e);
  ti_account_set(before);
  ti_apart_end(&was);
  submission_end(e);
}

static void skip(ti_submission *e) {
  e->skip(e);
  submission_end(e);
}

bool ti_submission_begun(const ti_submission *e) {
  return ti_load_relaxed(&e->claimed); /* relaxed: a hint */
}

bool ti_submission_help(ti_submission *e) {
  if (!claim(e))
    return false;
  ti_mutex_lock(&e->pool->runner_lock);
  submission_begin(e->pool, e);
  ti_mutex_unlock(&e->pool->runner_lock);
  ti_submission_run(e);
  return true;
}

bool ti_submission_withdraw(ti_submission *e) {
  if (ti_submission_begun(e) || !claim(e))
    return false;
  skip(e);
  return true;
}

/* Under the lock: empties the queue, and claims what nobody has claimed; returns that, linked by 'next'. */
static ti_submission *empty_queue(tine_pool *pool) {
  ti_submission *all = NULL, *e;
  while ((e = pool->waiting.first) != NULL) {
    const bool mine = claim(e);
    leave_list(pool, e);
    if (!mine)
      continue;
    e->next = all;
    all = e;
  }
  return all;
}

void ti_submissions_end(tine_pool *pool) {
  ti_submission *all;
  ti_parker parker;
  ti_parker_init(&parker);
  ti_mutex_lock(&pool->runner_lock);
  ti_assert(!pool->closing && pool->closer == NULL);
  pool->closing = true;
  pool->closer = &parker;
  for (ti_submission *e = pool->working.first; e != NULL; e = e->next)
    ti_operation_cancel(&e->root);
  all = empty_queue(pool);
  ti_mutex_unlock(&pool->runner_lock);
  while (all != NULL) {
    ti_submission *const e = all;
    all = e->next;
    skip(e);
  }
  ti_mutex_lock(&pool->runner_lock);
  while (pool->submissions > 0) {
    ti_mutex_unlock(&pool->runner_lock);
    ti_parker_park(&parker);
    ti_mutex_lock(&pool->runner_lock);
  }
  ti_assert(pool->waiting.first == NULL && pool->working.first == NULL);
  ti_mutex_unlock(&pool->runner_lock);
  ti_parker_destroy(&parker);
}
