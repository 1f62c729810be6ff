/*
** Cancellations; see cancel.h. A cancellation is written by any thread that finds out that it is over, and only in that
** direction; what is its own thread's alone is said in the header.
**
** A cancellation that has nothing to look at is not made: then a run's pointer is NULL, and that is all it costs.
*/
#include "cancel.h"

#include <string.h>

#include "../base/account.h"
#include "../base/error.h"
#include "../base/stack_left.h"
#include "../base/visit.h"

enum { CANCEL_STEP = 1 << 20 }; /* bytes, in new pages half a millisecond */

#define WATCH_LEAST_NS UINT64_C(1000000)
#define WATCH_MOST_NS UINT64_C(3600000000000) /* an hour */
#define HOOK_MOST_NS UINT64_C(500000000)

static _Thread_local ti_cancels cancel_here = {.deadline = UINT64_MAX};

/* ----- Watches ----- */

const tine_watch *tine_watch_set(const tine_watch *watch) {
  const tine_watch *const before = cancel_here.watch;
  cancel_here.watch = watch;
  return before;
}

const tine_watch *ti_watch_here(void) {
  return cancel_here.watch;
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
  const ti_cancels was = cancel_here;
  ti_visit visit;
  cancel_here = (ti_cancels){.interrupt = was.interrupt, .deadline = UINT64_MAX, .outer = &was, .beside = true};
  ti_visit_begin(&visit);
  ti_aside(watch_turn_look, &turn);
  ti_visit_end(&visit);
  cancel_here = was;
  ti_account_set(before);
  return turn.goes_on;
}

static bool watch_call(const ti_cancel *r) {
  const ti_progress *p = r->progress;
  /* relaxed: for people */
  return ti_watch_look(r->watch, r->account, ti_load_relaxed(&p->done), ti_load_relaxed(&p->total));
}

/* ----- Being over ----- */

tine_interrupt *tine_interrupt_use(tine_interrupt *interrupt) {
  tine_interrupt *const before = cancel_here.interrupt;
  cancel_here.interrupt = interrupt;
  return before;
}

tine_interrupt *ti_interrupt_here(void) {
  return cancel_here.interrupt;
}

#if TI_TESTING
void (*ti_cancel_stopped)(void);
#endif

static void cancel_stop(ti_cancel *r, tine_status how) {
  int goes_on = TINE_OK;
  ti_assert(how == TINE_ECANCELED || how == TINE_ETIMEOUT);
  while (goes_on == TINE_OK && !ti_cas_relaxed(&r->state, &goes_on, (int)how)) /* relaxed: carries nothing with it */
    continue;
#if TI_TESTING
  if (goes_on == TINE_OK && ti_cancel_stopped != NULL)
    ti_cancel_stopped();
#endif
}

/* On the watch's thread. The first time only says when: what is over before that is never watched. */
static void cancel_watch(ti_cancel *r, uint64_t now) {
  if (now < r->next)
    return;
  if (r->next > 0) {
    r->looked = true;
    r->next = UINT64_MAX; /* no calls inside of the call */
    if (!watch_call(r))
      cancel_stop(r, TINE_ECANCELED);
    now = ti_now_ns();
  }
  r->next = now + ti_watch_every(r->watch);
}

tine_status ti_cancel_state(const ti_cancel *cancel) {
  tine_status state = (tine_status)ti_load_relaxed(&cancel->state); /* relaxed: a late look does needless work */
  for (const ti_cancel *r = cancel->outer; r != NULL && state == TINE_OK; r = r->outer)
    if (ti_load_relaxed(&r->state) != TINE_OK) /* relaxed: as above */
      state = TINE_ECANCELED;
  return state;
}

bool ti_cancel_raised(const ti_cancel *cancel) {
  for (; cancel != NULL; cancel = cancel->outer)
    if (ti_load_relaxed(&cancel->state) != TINE_OK ||
        (cancel->cancelled != NULL && ti_load_relaxed(cancel->cancelled)) || /* relaxed, both: as above */
        ti_interrupted(cancel->interrupt))
      return true;
  return false;
}

#if TI_TESTING
_Atomic uint64_t ti_cancel_looks, ti_cancel_asks;
#endif

tine_status ti_cancel_look(ti_cancel *cancel, uint64_t now) {
#if TI_TESTING
  ti_add_relaxed(&ti_cancel_looks, UINT64_C(1)); /* relaxed: a statistic */
#endif
  if (now == 0 && cancel->clocked)
    now = ti_now_ns();
  for (ti_cancel *r = cancel; r != NULL; r = r->outer) {
    if ((r->cancelled != NULL && ti_load_relaxed(r->cancelled)) || ti_interrupted(r->interrupt)) /* relaxed: as above */
      cancel_stop(r, TINE_ECANCELED);
    else if (now >= r->deadline)
      cancel_stop(r, TINE_ETIMEOUT);
  }
  if (cancel->watch != NULL && cancel->thread == &cancel_here)
    cancel_watch(cancel, now);
  return ti_cancel_state(cancel);
}

tine_status ti_cancel_error(const ti_cancel *cancel, tine_status over, tine_error *err) {
  const char *text = tine_status_text(over);
  for (; cancel != NULL; cancel = cancel->outer)
    if (over == TINE_ECANCELED && ti_interrupted(cancel->interrupt))
      text = "interrupted";
  return ti_error_set(err, over, "%s", text);
}

bool ti_cancel_over(void) {
  ti_cancel *const cancel = ti_guard_here();
#if TI_TESTING
  ti_add_relaxed(&ti_cancel_asks, UINT64_C(1)); /* relaxed: a statistic */
#endif
  return cancel != NULL && ti_cancel_look(cancel, 0) != TINE_OK;
}

bool ti_cancel_gone(void) {
  ti_cancel *const cancel = ti_guard_here();
  return cancel != NULL && ti_cancel_raised(cancel) && ti_cancel_look(cancel, 0) != TINE_OK;
}

bool ti_cancel_copy(ti_cancel *cancel, void *to, const void *from, size_t n) {
  size_t at = 0;
  for (; n - at > CANCEL_STEP; at += CANCEL_STEP) {
    memcpy((char *)to + at, (const char *)from + at, CANCEL_STEP);
    if (cancel != NULL && ti_cancel_look(cancel, 0) != TINE_OK)
      return false;
  }
  memcpy((char *)to + at, (const char *)from + at, n - at);
  return true;
}

bool ti_cancel_clear(ti_cancel *cancel, void *to, size_t n) {
  size_t at = 0;
  for (; n - at > CANCEL_STEP; at += CANCEL_STEP) {
    memset((char *)to + at, 0, CANCEL_STEP);
    if (cancel != NULL && ti_cancel_look(cancel, 0) != TINE_OK)
      return false;
  }
  memset((char *)to + at, 0, n - at);
  return true;
}

/* ----- Beginning and ending ----- */

uint64_t ti_cancel_deadline(uint64_t limit) {
  const uint64_t now = limit > 0 ? ti_now_ns() : 0;
  return limit > 0 && limit - 1 < UINT64_MAX - now ? now + limit - 1 : UINT64_MAX;
}

static void cancel_hook(void *arg) {
  ti_cancel_look(arg, 0);
}

/* Only the outermost terminal of a thread is watched. */
static void cancel_watched(ti_cancel *r) {
  const uint64_t every = ti_watch_every(cancel_here.watch);
  ti_assert(r->outer == NULL && every >= WATCH_LEAST_NS && every <= WATCH_MOST_NS);
  r->watch = cancel_here.watch;
  r->account = ti_account_here();
  r->thread = &cancel_here;
  cancel_here.hook = (ti_wait_hook){every < HOOK_MOST_NS ? every : HOOK_MOST_NS, cancel_hook, r};
  ti_hook_set(&cancel_here.hook);
}

static void cancel_init(ti_cancel *r, uint64_t deadline) {
  r->outer = ti_guard_here();
  r->cancelled = r->outer == NULL ? cancel_here.cancelled : NULL;
  if (r->outer == NULL && cancel_here.deadline < deadline)
    deadline = cancel_here.deadline;
  r->deadline = deadline;
  r->interrupt = r->outer == NULL ? cancel_here.interrupt : NULL;
  r->watch = NULL;
  r->next = 0;
  r->looked = false;
  r->progress = r->outer == NULL ? cancel_here.progress : NULL;
  atomic_init(&r->state, TINE_OK);
  if (r->outer == NULL && cancel_here.watch != NULL)
    cancel_watched(r);
  if (r->watch != NULL && r->progress == NULL)
    r->progress = &r->own;
  r->clocked = deadline < UINT64_MAX || r->watch != NULL || (r->outer != NULL && r->outer->clocked);
}

static void cancel_progress(ti_cancel *r) {
  r->planned = false;
  if (r->progress != NULL) {
    ti_store_relaxed(&r->progress->done, 0); /* relaxed, both: for people */
    ti_store_relaxed(&r->progress->total, 0);
  }
}

ti_cancel *ti_cancel_begin(ti_cancel *own, uint64_t limit) {
  if (cancel_here.open != NULL)
    return cancel_here.open;
  if (limit == 0 && cancel_here.watch == NULL && cancel_here.interrupt == NULL && cancel_here.cancelled == NULL &&
      ti_guard_here() == NULL)
    return NULL;
  cancel_init(own, ti_cancel_deadline(limit));
  cancel_progress(own);
  return own;
}

void ti_cancel_begin_until(ti_cancel *own, uint64_t deadline) {
  const uint64_t next = own->begun ? own->next : 0;
  cancel_init(own, deadline);
  own->next = next; /* many short calls are one long one */
  if (!own->begun)
    cancel_progress(own);
  own->begun = true;
}

void ti_cancel_end(ti_cancel *r) {
  if (r == NULL || r->watch == NULL)
    return;
  ti_assert(r->thread == &cancel_here);
  ti_hook_set(NULL);
  if (r->looked && !watch_call(r)) /* all is done, but the watch, told so, does not want it */
    cancel_stop(r, TINE_ECANCELED);
  r->watch = NULL;
}

void ti_cancel_expect(ti_cancel *r, uint64_t n) {
  if (r->progress == NULL || r->planned)
    return;
  if (n > 0)
    n += ti_load_relaxed(&r->progress->done); /* relaxed, both: for people */
  ti_store_relaxed(&r->progress->total, n);
}

void ti_cancel_plan(ti_cancel *r, uint64_t total) {
  if (r == NULL)
    return;
  ti_cancel_expect(r, total);
  r->planned = true;
}

/* ----- At work ----- */

ti_arrival ti_cancel_arrive(ti_cancel *cancel) {
  ti_arrival was = {.cancel = cancel};
  if (cancel != NULL) {
    was.open = cancel_here.open;
    was.guard = ti_guard_set(cancel);
    was.over = ti_over_set(ti_cancel_over);
    cancel_here.open = NULL;
  }
  was.fp = ti_fp_enter();
  return was;
}

void ti_cancel_leave(const ti_arrival *was) {
  ti_fp_leave(was->fp);
  if (was->cancel == NULL)
    return;
  ti_assert(ti_guard_here() == was->cancel);
  ti_guard_set(was->guard);
  ti_over_set(was->over);
  cancel_here.open = was->open;
}

void ti_terminal_begin_with(ti_terminal *t, ti_cancel *cancel) {
  t->cancel = cancel;
  if (cancel == NULL)
    return;
  t->open = cancel_here.open;
  t->guard = ti_guard_set(cancel);
  t->over = ti_over_set(ti_cancel_over);
  cancel_here.open = cancel;
}

void ti_terminal_begin(ti_terminal *t, uint64_t limit) {
  ti_terminal_begin_with(t, ti_cancel_begin(&t->own, limit));
}

/* What was planned is done, even if some of it needed no work. */
static void cancel_complete(const ti_cancel *r) {
  uint64_t total;
  if (r->progress == NULL || !r->planned)
    return;
  total = ti_load_relaxed(&r->progress->total); /* relaxed, both: for people */
  if (total > 0)
    ti_store_relaxed(&r->progress->done, total);
}

tine_status ti_terminal_end(ti_terminal *t, tine_status status, tine_error *err) {
  tine_status over;
  if (t->cancel == NULL)
    return status;
  over = ti_cancel_state(t->cancel);
  ti_assert(ti_guard_here() == t->cancel && cancel_here.open == t->cancel);
  ti_guard_set(t->guard);
  ti_over_set(t->over);
  cancel_here.open = t->open;
  if (t->cancel == &t->own) {
    if (status == TINE_OK && over == TINE_OK)
      cancel_complete(t->cancel);
    ti_cancel_end(t->cancel);
    over = ti_cancel_state(t->cancel);
  }
  return over == TINE_OK ? status : ti_cancel_error(t->cancel, over, err);
}

void ti_cancels_begin(ti_cancels *was, const ti_cancels *job) {
  *was = cancel_here;
  cancel_here = *job;
  cancel_here.watch = was->watch;
  cancel_here.outer = was;
  cancel_here.beside = was->beside;
}

void ti_cancels_end(const ti_cancels *was) {
  ti_assert(cancel_here.outer == was && cancel_here.open == NULL);
  cancel_here = *was;
}

tine_status ti_cancel_room(tine_error *err) {
  if (!cancel_here.beside || ti_stack_left() >= TI_STACK_ORDINARY)
    return TINE_OK;
  return ti_error_set(err, TINE_ERANGE, "too little of the thread's stack is left for a terminal inside of others");
}

unsigned ti_cancels_depth(void) {
  unsigned depth = 0;
  for (const ti_cancels *r = &cancel_here; r != NULL; r = r->outer)
    depth += r->cancelled != NULL;
  return depth;
}

bool ti_cancels_inside(const atomic_bool *cancelled) {
  const ti_cancels *r = &cancel_here;
  while (r != NULL && r->cancelled != cancelled)
    r = r->outer;
  return r != NULL;
}

#undef WATCH_LEAST_NS
#undef WATCH_MOST_NS
#undef HOOK_MOST_NS
