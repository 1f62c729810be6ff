/*
** Reins; see rein.h. A rein is written by any thread that finds out that it is over, and only in that direction; what
** is its own thread's alone is said in the header.
**
** A rein that has nothing to look at is not made: then a run's pointer is NULL, and that is all it costs.
*/
#include "rein.h"

#include <string.h>

#include "../base/account.h"
#include "../base/error.h"
#include "../base/stack_left.h"
#include "../base/visit.h"

enum { REIN_STEP = 1 << 20 }; /* bytes, in new pages half a millisecond */

#define WATCH_LEAST_NS UINT64_C(1000000)
#define WATCH_MOST_NS UINT64_C(3600000000000) /* an hour */
#define VIGIL_MOST_NS UINT64_C(500000000)

static _Thread_local ti_reins rein_here = {.deadline = UINT64_MAX};

/* ----- Watches ----- */

const tine_watch *tine_watch_set(const tine_watch *watch) {
  const tine_watch *const before = rein_here.watch;
  rein_here.watch = watch;
  return before;
}

const tine_watch *ti_watch_here(void) {
  return rein_here.watch;
}

uint64_t ti_watch_every(const tine_watch *w) {
  const ti_fp saved = ti_fp_enter(); /* no number, and seconds past the largest, may trap */
  uint64_t ns = WATCH_LEAST_NS;
  if (w->every * 1e9 > (double)WATCH_LEAST_NS)
    ns = w->every * 1e9 < (double)WATCH_MOST_NS ? (uint64_t)(w->every * 1e9) : WATCH_MOST_NS;
  TI_FP_SETTLE(ns);
  ti_fp_leave(saved);
  return ns;
}

typedef struct watch_turn {
  const tine_watch *watch;
  uint64_t done, total;
  bool goes_on;
} watch_turn;

static void watch_turn_look(void *arg) {
  watch_turn *const turn = arg;
  turn->goes_on = turn->watch->look(turn->watch->arg, turn->done, turn->total);
}

/* Terminals that it calls are no part of the one it watches, nor is that around them; an interrupt is the thread's. */
bool ti_watch_look(const tine_watch *w, tine_account *account, uint64_t done, uint64_t total) {
  watch_turn turn = {w, done, total, false};
  tine_account *const before = ti_account_set(account);
  const ti_reins was = rein_here;
  ti_visit visit;
  rein_here = (ti_reins){.interrupt = was.interrupt, .deadline = UINT64_MAX, .outer = &was, .beside = true};
  ti_visit_begin(&visit);
  ti_aside(watch_turn_look, &turn);
  ti_visit_end(&visit);
  rein_here = was;
  ti_account_set(before);
  return turn.goes_on;
}

static bool watch_call(const ti_rein *r) {
  const ti_progress *p = r->progress;
  /* relaxed: for people */
  return ti_watch_look(r->watch, r->account, ti_load_relaxed(&p->done), ti_load_relaxed(&p->total));
}

/* ----- Being over ----- */

tine_interrupt *tine_interrupt_use(tine_interrupt *interrupt) {
  tine_interrupt *const before = rein_here.interrupt;
  rein_here.interrupt = interrupt;
  return before;
}

tine_interrupt *ti_interrupt_here(void) {
  return rein_here.interrupt;
}

#if TI_TESTING
void (*ti_rein_stopped)(void);
#endif

static void rein_stop(ti_rein *r, tine_status how) {
  int goes_on = TINE_OK;
  ti_assert(how == TINE_ECANCELED || how == TINE_ETIMEOUT);
  while (goes_on == TINE_OK && !ti_cas_relaxed(&r->state, &goes_on, (int)how)) /* relaxed: carries nothing with it */
    continue;
#if TI_TESTING
  if (goes_on == TINE_OK && ti_rein_stopped != NULL)
    ti_rein_stopped();
#endif
}

/* On the watch's thread. The first time only says when: what is over before that is never watched. */
static void rein_watch(ti_rein *r, uint64_t now) {
  if (now < r->next)
    return;
  if (r->next > 0) {
    r->looked = true;
    r->next = UINT64_MAX; /* no calls inside of the call */
    if (!watch_call(r))
      rein_stop(r, TINE_ECANCELED);
    now = ti_now_ns();
  }
  r->next = now + ti_watch_every(r->watch);
}

tine_status ti_rein_state(const ti_rein *rein) {
  tine_status state = (tine_status)ti_load_relaxed(&rein->state); /* relaxed: a late look does needless work */
  for (const ti_rein *r = rein->outer; r != NULL && state == TINE_OK; r = r->outer)
    if (ti_load_relaxed(&r->state) != TINE_OK) /* relaxed: as above */
      state = TINE_ECANCELED;
  return state;
}

bool ti_rein_pulled(const ti_rein *rein) {
  for (; rein != NULL; rein = rein->outer)
    if (ti_load_relaxed(&rein->state) != TINE_OK ||
        (rein->cancelled != NULL && ti_load_relaxed(rein->cancelled)) || /* relaxed, both: as above */
        ti_interrupted(rein->interrupt))
      return true;
  return false;
}

#if TI_TESTING
static _Atomic uint64_t rein_looks;

uint64_t ti_rein_looks(void) {
  return ti_load_relaxed(&rein_looks); /* relaxed: a statistic */
}
#endif

tine_status ti_rein_look(ti_rein *rein, uint64_t now) {
#if TI_TESTING
  ti_add_relaxed(&rein_looks, UINT64_C(1)); /* relaxed: likewise */
#endif
  if (now == 0 && rein->clocked)
    now = ti_now_ns();
  for (ti_rein *r = rein; r != NULL; r = r->outer) {
    if ((r->cancelled != NULL && ti_load_relaxed(r->cancelled)) || ti_interrupted(r->interrupt)) /* relaxed: as above */
      rein_stop(r, TINE_ECANCELED);
    else if (now >= r->deadline)
      rein_stop(r, TINE_ETIMEOUT);
  }
  if (rein->watch != NULL && rein->thread == &rein_here)
    rein_watch(rein, now);
  return ti_rein_state(rein);
}

tine_status ti_rein_error(const ti_rein *rein, tine_status over, tine_error *err) {
  const char *text = tine_status_text(over);
  for (; rein != NULL; rein = rein->outer)
    if (over == TINE_ECANCELED && ti_interrupted(rein->interrupt))
      text = "interrupted";
  return ti_error_set(err, over, "%s", text);
}

bool ti_rein_over(void) {
  ti_rein *const rein = ti_guard_here();
  return rein != NULL && ti_rein_look(rein, 0) != TINE_OK;
}

bool ti_rein_gone(void) {
  ti_rein *const rein = ti_guard_here();
  return rein != NULL && ti_rein_pulled(rein) && ti_rein_look(rein, 0) != TINE_OK;
}

bool ti_rein_copy(ti_rein *rein, void *to, const void *from, size_t n) {
  size_t at = 0;
  for (; n - at > REIN_STEP; at += REIN_STEP) {
    memcpy((char *)to + at, (const char *)from + at, REIN_STEP);
    if (rein != NULL && ti_rein_look(rein, 0) != TINE_OK)
      return false;
  }
  memcpy((char *)to + at, (const char *)from + at, n - at);
  return true;
}

bool ti_rein_clear(ti_rein *rein, void *to, size_t n) {
  size_t at = 0;
  for (; n - at > REIN_STEP; at += REIN_STEP) {
    memset((char *)to + at, 0, REIN_STEP);
    if (rein != NULL && ti_rein_look(rein, 0) != TINE_OK)
      return false;
  }
  memset((char *)to + at, 0, n - at);
  return true;
}

/* ----- Beginning and ending ----- */

uint64_t ti_rein_deadline(uint64_t limit) {
  const uint64_t now = limit > 0 ? ti_now_ns() : 0;
  return limit > 0 && limit - 1 < UINT64_MAX - now ? now + limit - 1 : UINT64_MAX;
}

static void rein_vigil(void *arg) {
  ti_rein_look(arg, 0);
}

/* Only the outermost terminal of a thread is watched. */
static void rein_watched(ti_rein *r) {
  const uint64_t every = ti_watch_every(rein_here.watch);
  ti_assert(r->outer == NULL && every >= WATCH_LEAST_NS && every <= WATCH_MOST_NS);
  r->watch = rein_here.watch;
  r->account = ti_account_here();
  r->thread = &rein_here;
  rein_here.vigil = (ti_vigil){every < VIGIL_MOST_NS ? every : VIGIL_MOST_NS, rein_vigil, r};
  ti_vigil_set(&rein_here.vigil);
}

static void rein_init(ti_rein *r, uint64_t deadline) {
  r->outer = ti_guard_here();
  r->cancelled = r->outer == NULL ? rein_here.cancelled : NULL;
  if (r->outer == NULL && rein_here.deadline < deadline)
    deadline = rein_here.deadline;
  r->deadline = deadline;
  r->interrupt = r->outer == NULL ? rein_here.interrupt : NULL;
  r->watch = NULL;
  r->next = 0;
  r->looked = false;
  r->progress = r->outer == NULL ? rein_here.progress : NULL;
  atomic_init(&r->state, TINE_OK);
  if (r->outer == NULL && rein_here.watch != NULL)
    rein_watched(r);
  r->clocked = deadline < UINT64_MAX || r->watch != NULL || (r->outer != NULL && r->outer->clocked);
}

static void rein_progress(ti_rein *r) {
  if (r->watch != NULL && r->progress == NULL)
    r->progress = &r->own;
  r->planned = false;
  if (r->progress != NULL) {
    ti_store_relaxed(&r->progress->done, 0); /* relaxed, both: for people */
    ti_store_relaxed(&r->progress->total, 0);
  }
}

ti_rein *ti_rein_begin(ti_rein *own, uint64_t limit) {
  if (rein_here.open != NULL)
    return rein_here.open;
  if (limit == 0 && rein_here.watch == NULL && rein_here.interrupt == NULL && rein_here.cancelled == NULL &&
      ti_guard_here() == NULL)
    return NULL;
  rein_init(own, ti_rein_deadline(limit));
  rein_progress(own);
  return own;
}

void ti_rein_begin_until(ti_rein *own, uint64_t deadline) {
  const uint64_t next = own->begun ? own->next : 0;
  rein_init(own, deadline);
  own->next = next; /* many short calls are one long one */
  if (!own->begun)
    rein_progress(own);
  else if (own->watch != NULL && own->progress == NULL)
    own->progress = &own->own;
  own->begun = true;
}

void ti_rein_end(ti_rein *r) {
  if (r == NULL || r->watch == NULL)
    return;
  ti_assert(r->thread == &rein_here);
  ti_vigil_set(NULL);
  if (r->looked && !watch_call(r)) /* all is done, but who was told so does not want it */
    rein_stop(r, TINE_ECANCELED);
  r->watch = NULL;
}

void ti_rein_expect(ti_rein *r, uint64_t n) {
  if (r->progress == NULL || r->planned)
    return;
  if (n > 0)
    n += ti_load_relaxed(&r->progress->done); /* relaxed, both: for people */
  ti_store_relaxed(&r->progress->total, n);
}

void ti_rein_plan(ti_rein *r, uint64_t total) {
  if (r == NULL)
    return;
  ti_rein_expect(r, total);
  r->planned = true;
}

/* ----- At work ----- */

ti_arrival ti_rein_arrive(ti_rein *rein) {
  ti_arrival was = {.rein = rein};
  if (rein != NULL) {
    was.open = rein_here.open;
    was.guard = ti_guard_set(rein);
    rein_here.open = NULL;
  }
  was.fp = ti_fp_enter();
  return was;
}

void ti_rein_leave(const ti_arrival *was) {
  ti_fp_leave(was->fp);
  if (was->rein == NULL)
    return;
  ti_assert(ti_guard_here() == was->rein);
  ti_guard_set(was->guard);
  rein_here.open = was->open;
}

void ti_terminal_begin_with(ti_terminal *t, ti_rein *rein) {
  t->rein = rein;
  if (rein == NULL)
    return;
  t->open = rein_here.open;
  t->guard = ti_guard_set(rein);
  rein_here.open = rein;
}

void ti_terminal_begin(ti_terminal *t, uint64_t limit) {
  ti_terminal_begin_with(t, ti_rein_begin(&t->own, limit));
}

/* What was planned is done, even if some of it needed no work. */
static void rein_complete(const ti_rein *r) {
  uint64_t total;
  if (r->progress == NULL || !r->planned)
    return;
  total = ti_load_relaxed(&r->progress->total); /* relaxed, both: for people */
  if (total > 0)
    ti_store_relaxed(&r->progress->done, total);
}

tine_status ti_terminal_end(ti_terminal *t, tine_status status, tine_error *err) {
  tine_status over;
  if (t->rein == NULL)
    return status;
  over = ti_rein_state(t->rein);
  ti_assert(ti_guard_here() == t->rein && rein_here.open == t->rein);
  ti_guard_set(t->guard);
  rein_here.open = t->open;
  if (t->rein == &t->own) {
    if (status == TINE_OK && over == TINE_OK)
      rein_complete(t->rein);
    ti_rein_end(t->rein);
    over = ti_rein_state(t->rein);
  }
  return over == TINE_OK ? status : ti_rein_error(t->rein, over, err);
}

void ti_reins_begin(ti_reins *was, const ti_reins *job) {
  *was = rein_here;
  rein_here = *job;
  rein_here.watch = was->watch;
  rein_here.outer = was;
  rein_here.beside = was->beside;
}

void ti_reins_end(const ti_reins *was) {
  ti_assert(rein_here.outer == was && rein_here.open == NULL);
  rein_here = *was;
}

tine_status ti_rein_room(tine_error *err) {
  if (!rein_here.beside || ti_stack_left() >= TI_STACK_ORDINARY)
    return TINE_OK;
  return ti_error_set(err, TINE_ERANGE, "too little of the thread's stack is left for a terminal inside of others");
}

unsigned ti_reins_depth(void) {
  unsigned depth = 0;
  for (const ti_reins *r = &rein_here; r != NULL; r = r->outer)
    depth += r->cancelled != NULL;
  return depth;
}

bool ti_reins_inside(const atomic_bool *cancelled) {
  const ti_reins *r = &rein_here;
  while (r != NULL && r->cancelled != cancelled)
    r = r->outer;
  return r != NULL;
}

#undef WATCH_LEAST_NS
#undef WATCH_MOST_NS
#undef VIGIL_MOST_NS
