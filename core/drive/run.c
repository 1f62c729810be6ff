/*
** A run's life: spaces, opening, failure. Nothing here knows what the loops do with the items.
**
** The caller's space lies in the run itself if it fits; else, as those of the other threads, it is kept with the
** pipeline between runs. So a warm run allocates nothing. A thread finds its space by its index in the pool; that is
** unambiguous, since waiting threads run only what descends from what they wait for, so of all callers (index 0) only
** the one that started this run ever works in it.
*/
#include "run.h"

#include <string.h>

#include "../base/account.h"
#include "../base/check.h"
#include "../base/error.h"
#include "../stage/fuse.h"
#include "flow.h"

enum {
  LOOK_NS = 20000,   /* between two looks of a thread at the clock, about */
  MOST_PATIENCE = 64 /* blocks without a look: cheap ones take less than that together */
};

/* The start of a memory block that a pipeline may keep: its size comes first. */
typedef struct kept_block {
  size_t size;
} kept_block;

/* Where p's runs keep it. */
static tine_pipeline *keeper(tine_pipeline *p) {
  while (p->fleeting)
    p = p->base[0];
  ti_assert(p != NULL);
  return p;
}

static void *block_take(tine_pipeline *p, int which, size_t size) {
  kept_block *b = ti_swap_acqrel(&keeper(p)->spare[which], (void *)NULL); /* pairs with block_keep's swap */
  if (b != NULL && b->size >= size)
    return b;
  if (b != NULL)
    ti_free(b, b->size, TI_CACHE_LINE);
  ti_assert(size > sizeof(kept_block));
  b = ti_alloc(size, TI_CACHE_LINE);
  if (b != NULL)
    b->size = size;
  return b;
}

static void block_keep(tine_pipeline *p, int which, void *block) {
  kept_block *old;
  if (block == NULL)
    return;
  old = ti_swap_acqrel(&keeper(p)->spare[which], block); /* pairs with block_take's swap */
  if (old != NULL)
    ti_free(old, old->size, TI_CACHE_LINE);
}

enum { SPACE_OFFSET = TI_CACHE_LINE }; /* after the kept block's size */

/* Watches what is after staging and nodes, or looks at it; a fill looks at what is around scratch. */
static void space_watch(const ti_run *run, const ti_space *s, void (*put_or_take)(char *at, size_t bytes)) {
  if (TI_CANARY == 0)
    return;
  put_or_take(s->staging + run->staging_bytes, TI_CANARY);
  put_or_take(s->nodes_end, TI_CANARY);
}

static ti_space *space_init(const ti_run *run, char *at) {
  ti_space *s = (ti_space *)(void *)at;
  char *free_from = at + ti_size_align(sizeof *s, TI_CACHE_LINE) + TI_CANARY;
  s->done = s->looked = 0;
  s->edges = 0;
  s->patience = run->cancel != NULL && run->cancel->deadline == UINT64_MAX ? 2 : 1; /* one cheap block asks no clock */
  s->eval.code = 0;
  s->eval.over = run->cancel != NULL ? ti_cancel_over : NULL;
  s->eval.gone = s->eval.turned = false;
  s->eval.work = 0;
  s->eval.current = s->current;
  s->states = (ti_states){NULL, run->book};
  s->eval.states = &s->states;
  s->low = free_from;
  s->high = s->low + run->scratch_bytes;
  s->staging = s->high + TI_CANARY;
  s->nodes = s->staging + run->staging_bytes + TI_CANARY;
  s->nodes_end = s->nodes + run->node_bytes;
  space_watch(run, s, ti_canary_put);
  return s;
}

/* In order, aligned, and the node stack within its bounds. */
static bool space_check(const ti_run *run, const ti_space *s) {
  return s->high == s->low + run->scratch_bytes && s->staging == s->high + TI_CANARY &&
         (uintptr_t)s->low % TI_ARRAY_ALIGN == 0 && (uintptr_t)s->staging % TI_ARRAY_ALIGN == 0 &&
         s->nodes_end == s->staging + run->staging_bytes + TI_CANARY + run->node_bytes && s->nodes <= s->nodes_end &&
         s->nodes >= s->nodes_end - run->node_bytes;
}

/* The place of the caller's space; NULL without memory. */
static char *own_take(ti_run *run) {
  char *block;
  if (run->space_bytes <= sizeof run->room)
    return run->room;
  block = block_take(run->pipeline, 0, SPACE_OFFSET + run->space_bytes);
  return block != NULL ? block + SPACE_OFFSET : NULL;
}

static void own_keep(ti_run *run) {
  if (run->space_bytes > sizeof run->room)
    block_keep(run->pipeline, 0, (char *)run->own - SPACE_OFFSET);
}

/* The context to join in, if this thread is a task of the run's pool right now. Below a task of another pool it has to
   enter anew, but keeps its index. */
static tine_ctx *run_ctx(const ti_run *run) {
  tine_ctx *ctx = ti_ctx_current();
  return ctx != NULL && (run->pool == NULL || tine_ctx_pool(ctx) == run->pool) ? ctx : NULL;
}

/* Inside of a task, parts of the run may be taken by a thread that waits for that task, with what is left of its stack.
   Of deep pipelines it does not take any, unless that thread has stack in plenty. */
static bool run_fits(const tine_pipeline *p, const tine_ctx *ctx) {
  const size_t stack = ti_stage_stack(p);
  return ctx == NULL || stack <= TI_STACK_ORDINARY || stack <= ti_ctx_stack(ctx) / 2;
}

/* Is it known to be longer than that? Of a source that splits itself nobody knows how long it is. */
static bool run_longer(const tine_pipeline *p, uint64_t max_len) {
  return p->span > max_len && (p->spring == NULL || p->spring->type->spring != TI_SPRING_PIECES);
}

/* Where and by whom the run is to be worked on. */
static void run_schedule(ti_run *run, const ti_hints *hints) {
  const tine_ctx *ctx;
  run->hints = hints;
  run->pool = hints->pool != NULL ? hints->pool : ti_pool_home();
  run->own_index = 0;
  ctx = hints->pool != NULL ? ti_ctx_inside(run->pool) : ti_ctx_current();
  if (ctx != NULL) {
    run->pool = tine_ctx_pool(ctx);
    run->own_index = tine_worker_index(ctx);
  }
  /* Whether a default pool would have other threads is asked when one is needed: a small run makes none. */
  run->may_open =
      !hints->sequential && (run->pool == NULL || tine_pool_threads(run->pool) > 1) && run_fits(run->pipeline, ctx);
  atomic_init(&run->worth, TI_HOSTILE || (hints->max_len > 0 && run_longer(run->pipeline, hints->max_len)));
}

/* Whoever watches hears of what comes to a gate, which other runs make, and not of what is done with what came
   through. */
static bool run_gated(const tine_pipeline *p) {
  return p->spring != NULL && p->spring->type->spring == TI_SPRING_GATE;
}

static void run_cancel_begin(ti_run *run) {
  run->cancel = ti_cancel_begin(&run->own_cancel, run->pipeline->hints.limit);
  if (run->cancel == NULL || run->cancel->progress == NULL)
    return;
  run->counts = !run_gated(run->pipeline);
  if (run->counts)
    ti_cancel_expect(run->cancel, ti_flow_total(run->pipeline));
  else
    ti_cancel_plan(run->cancel, 0); /* what comes to the gate is what is counted, and nobody knows how much will */
}

tine_status ti_run_begin(ti_run *run, tine_pipeline *p, const ti_whole *whole, size_t scratch_bytes,
                         size_t staging_bytes, size_t node_bytes, tine_error *err) {
  tine_status room = ti_cancel_room(err); /* first: what follows goes down the stages, too */
  char *at;
  if (room == TINE_OK)
    room = ti_stage_room(p, err);
  if (room != TINE_OK)
    return room;
  ti_assert(p->error == NULL && scratch_bytes % TI_ARRAY_ALIGN == 0);
  ti_fuse_prepare(p);
  run->others = NULL;
  run->threads = 0;
  run->default_pool = run->counts = run->restless = run->entered = run->open = false;
  run->failed = 0;
  run->failure.code = 0;
  run->pipeline = p;
  run->scratch_bytes = scratch_bytes;
  run->staging_bytes = ti_size_align(staging_bytes, TI_ARRAY_ALIGN);
  run->node_bytes = ti_size_align(node_bytes, TI_ARRAY_ALIGN);
  run->space_bytes = ti_size_align(ti_size_align(sizeof(ti_space), TI_CACHE_LINE) + scratch_bytes + run->staging_bytes +
                                       run->node_bytes + 4 * TI_CANARY,
                                   TI_CACHE_LINE);
  run_schedule(run, whole != NULL ? whole->hints : &p->hints);
  atomic_init(&run->item_ns, 0u);
  atomic_init(&run->stop, UINT64_MAX);
  at = own_take(run);
  if (at == NULL)
    return ti_error_nomem(err);
  run_cancel_begin(run);
  ti_book_begin(&run->own_book);
  run->book = whole != NULL ? whole->book : &run->own_book;
  run->own = space_init(run, at);
  ti_mutex_init(&run->lock);
  return TINE_OK;
}

static ti_space *space_at(const ti_run *run, unsigned i) {
  return (ti_space *)(void *)(run->others + SPACE_OFFSET + i * run->space_bytes);
}

/* Adds what a thread has done to the progress. */
static void space_tell(const ti_run *run, ti_space *space) {
  if (run->counts && space->done > 0)
    ti_cancel_count(run->cancel, space->done);
  space->done = 0;
}

static void end_space(const ti_run *run, ti_space *space) {
  ti_assert(space_check(run, space));
  space_watch(run, space, ti_canary_take);
  space_tell(run, space);
  ti_states_return(&space->states);
}

static void end_spaces(ti_run *run) {
  end_space(run, run->own);
  for (unsigned i = 0; run->open && i < run->threads; i++)
    if (i != run->own_index)
      end_space(run, space_at(run, i));
}

tine_status ti_run_end(ti_run *run, tine_error *err) {
  /* What failed when it was over anyway, and what was made then, counts for nothing. */
  const bool well = run->failure.code == 0 || run->failure.code == TI_END;
  tine_status over = TINE_OK;
  end_spaces(run);
  if (run->cancel == &run->own_cancel)
    ti_cancel_end(run->cancel);
  if (run->cancel != NULL)
    over = ti_cancel_state(run->cancel);
  ti_book_end(&run->own_book, well && over == TINE_OK); /* the kernels' states of all threads */
  own_keep(run);
  block_keep(run->pipeline, 1, run->others);
  if (run->default_pool)
    ti_default_leave(TI_DEFAULT_RUN, run->pool);
  ti_mutex_destroy(&run->lock);
  if (over != TINE_OK)
    return ti_cancel_error(run->cancel, over, err);
  return well ? TINE_OK : ti_eval_report(&run->failure, err);
}

bool ti_run_failed(ti_run *run, uint64_t position, bool or_ended) {
  bool failed;
  ti_mutex_lock(&run->lock);
  failed = run->failure.code != 0 && (or_ended || run->failure.code != TI_END) && run->failed < position;
  ti_mutex_unlock(&run->lock);
  return failed;
}

/* Memory of that size for other threads, which the run can do without: not if it is much of what its account may still
   use, for the result needs that. */
static void *others_take(tine_pipeline *p, size_t size) {
  return size <= ti_account_left(ti_account_here()) / 8 ? block_take(p, 1, size) : NULL;
}

/* Gives every thread of the pool a space. False if there is no pool or no memory: the caller goes on alone. */
static bool run_open(ti_run *run) {
  if (run->open)
    return true;
  if (run->pool == NULL) {
    run->pool = ti_default_enter(TI_DEFAULT_RUN, NULL);
    run->default_pool = run->pool != NULL;
  }
  run->threads = run->pool != NULL ? tine_pool_threads(run->pool) : 1;
  if (run->threads > 1)
    run->others = others_take(run->pipeline, SPACE_OFFSET + run->threads * run->space_bytes);
  if (run->others == NULL) {
    run->may_open = false;
    return false;
  }
  ti_assert(run->may_open && run->own_index < run->threads);
  for (unsigned i = 0; i < run->threads; i++)
    if (i != run->own_index)
      space_init(run, (char *)space_at(run, i));
  run->open = true;
  return true;
}

ti_space *ti_run_space_of(const ti_run *run, unsigned index) {
  if (index == run->own_index)
    return run->own;
  ti_assert(run->open && index < run->threads);
  return space_at(run, index);
}

void ti_run_start(ti_run *run, tine_task *fn, void *arg) {
  const ti_arrival was = ti_cancel_arrive(run->cancel);
  fn(run_ctx(run), arg);
  ti_cancel_leave(&was);
}

/* Nothing of this run is wanted any more. */
static void run_cancel(ti_run *run, tine_status why) {
  ti_assert(why == TINE_ECANCELED || why == TINE_ETIMEOUT);
  tine_error err;
  ti_error_set(&err, why, "%s", tine_status_text(why));
  err.item = 0;
  ti_run_fail_with(run, &err, 0);
}

/* Looks again at the next block, or where blocks are short after some of them. */
static void space_wait(const ti_run *run, ti_space *space, uint64_t now) {
  const bool soon = now > 0 && now - space->looked > LOOK_NS;
  space->edges = 0;
  if (soon || run->restless || !run->pipeline->cheap)
    space->patience = 1;
  else if (space->patience < MOST_PATIENCE)
    space->patience *= 2;
  space->looked = now;
}

void ti_run_look(ti_run *run, tine_ctx *ctx, ti_space *space) {
  ti_cancel *const cancel = run->cancel;
  tine_status over;
  uint64_t now;
  if (++space->edges < space->patience && !ti_cancel_raised(cancel))
    return;
  now = cancel->clocked ? ti_now_ns() : 0;
  over = ti_cancel_look(cancel, now);
  space_tell(run, space);
  space_wait(run, space, now);
  if (over == TINE_OK || ti_run_stopped(run, 0))
    return;
  run_cancel(run, over);
  if (run->entered && ctx != NULL)
    tine_cancel(ctx); /* what kernels run meanwhile is of no use either */
}

bool ti_run_go_in(ti_run *run, const tine_ctx *ctx, tine_task *fn, void *arg) {
  if (ctx != NULL && ti_ctx_cancelled(ctx) && !ti_run_stopped(run, 0))
    run_cancel(run, TINE_ECANCELED);
  /* relaxed: before the run is open only this thread writes 'worth' */
  if (!run->may_open || (run->open && ctx != NULL) || !ti_load_relaxed(&run->worth))
    return false;
  if (!run_open(run))
    return false;
  if (ctx != NULL)
    return false; /* in the pool already: from now on the loop may split */
  run->entered = true;
  tine_pool_run(run->pool, fn, arg, NULL); /* its status tells of a run around it that was cancelled, too: fn has run */
  return true;
}

bool ti_run_halves(ti_run *run, tine_ctx *ctx, uint64_t left, uint64_t least) {
  const ti_hints *h = run->hints;
  ti_assert(run->open && (run->pool == NULL || tine_ctx_pool(ctx) == run->pool));
  if (left < 2 || left / 2 < h->min_len)
    return false;
  if (h->max_len > 0 && left > h->max_len)
    return true;
  return (TI_HOSTILE || left / 2 >= least) && ti_ctx_wanted(ctx);
}

/* All a position gives is made by one thread, and what it gave before the end belongs to the result: so what lies
   after an end starts with the next position where a position may give several items. */
void ti_run_fail_at(ti_run *run, const ti_eval *eval, uint64_t position, uint64_t item) {
  const uint64_t end = position + (eval->code == TI_END && run->pipeline->level > 0);
  uint64_t stop = ti_load_relaxed(&run->stop); /* relaxed: the lock orders the failures, 'stop' is a hint to loops */
  while (end < stop && !ti_cas_relaxed(&run->stop, &stop, end))
    continue;
  ti_assert(eval->code != 0);
  ti_mutex_lock(&run->lock);
  if (run->failure.code == 0 || position < run->failed) {
    run->failure = *eval;
    run->failure.item = item;
    run->failed = position;
  }
  ti_mutex_unlock(&run->lock);
}

void ti_run_fail(ti_run *run, const ti_eval *eval) {
  ti_run_fail_at(run, eval, eval->item, eval->item);
}

void ti_run_fail_with(ti_run *run, const tine_error *err, uint64_t position) {
  ti_eval eval = {.code = (int)err->status};
  ti_assert(err->status != TINE_OK);
  memcpy(eval.message, err->message, sizeof eval.message);
  ti_run_fail_at(run, &eval, position, err->item);
}
