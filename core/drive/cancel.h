/*
** Cancellations: what ends a terminal before it is done, and who is told how far it is. A *terminal* here is one call
** of the host's, whatever runs it is made of: it has one cancellation, and all its runs look at that between two
** blocks. README.md, "Cancellations".
*/
#ifndef TI_DRIVE_CANCEL_H
#define TI_DRIVE_CANCEL_H

#include "../base/atomics.h"
#include "../base/over.h"
#include "../base/thread.h"
#include "../pool/pool.h"
#include "../stage/stage.h"

/* Items done, and of how many; total 0: that is not known. */
typedef struct ti_progress {
  _Alignas(TI_CACHE_LINE) _Atomic uint64_t done;
  _Atomic uint64_t total;
} ti_progress;

typedef struct ti_cancel ti_cancel;
struct ti_cancel {
  ti_cancel *outer;                /* of the terminal whose kernel calls this one, which lasts longer; or NULL */
  const atomic_bool *cancelled;    /* of the job it is part of, or NULL */
  const tine_interrupt *interrupt; /* of the thread or job that called it, or NULL */
  uint64_t deadline;               /* by ti_now_ns; UINT64_MAX: none */
  bool clocked;                    /* this or one around it has a deadline or a watch: looking needs the time */
  bool begun;                      /* it was, by ti_cancel_begin_until: the next time it goes on counting */
  bool planned;                    /* 'total' is what all its runs do together */
  bool looked;                     /* the watch was called; this and 'next' are for its thread only */
  const tine_watch *watch;         /* or NULL */
  tine_account *account;           /* that the watch's thread was using when the terminal was called */
  const void *thread;              /* which thread that is */
  uint64_t next;                   /* when to call the watch; 0: not set yet */
  atomic_int state;                /* TINE_OK, or for good how it ended: TINE_ECANCELED, TINE_ETIMEOUT */
  ti_progress *progress;           /* the job's, or 'own', or NULL: nobody asks for it */
  ti_progress own;
};

/* What a thread was doing before it went to work for a cancellation. */
typedef struct ti_arrival {
  ti_cancel *cancel; /* NULL: nothing but 'fp' changed */
  ti_cancel *open;
  void *guard;
  ti_over_fn *over;
  ti_fp fp;
} ti_arrival;

/* For tasks of a run: arrive when they begin on a thread, leave when they end. Between the two the thread has the
   floating-point environment of blocks, and works for that cancellation (NULL: none). */
ti_arrival ti_cancel_arrive(ti_cancel *cancel);
void ti_cancel_leave(const ti_arrival *was);

/* The cancellation of a run that begins on this thread with that limit (ti_hints): that of the terminal it is part of;
   else 'own', begun; or NULL if nothing can end it from outside. If it is 'own', ti_cancel_end is to end it. */
ti_cancel *ti_cancel_begin(ti_cancel *own, uint64_t limit);
void ti_cancel_end(ti_cancel *cancel);
/* Likewise for what is called time after time, as iterators are: the deadline is given, and 'own' is always begun. */
void ti_cancel_begin_until(ti_cancel *own, uint64_t deadline);
/* When that limit, which begins now, is over; UINT64_MAX: never, as if it is 0. */
uint64_t ti_cancel_deadline(uint64_t limit);

/* Is it set? NULL: no. */
bool ti_interrupted(const tine_interrupt *interrupt);

/* Any thread at work for it: is it over? TINE_OK, TINE_ECANCELED or TINE_ETIMEOUT. Calls the watch when it is time.
   'now' is by ti_now_ns, or 0 if the caller has not asked the clock. */
tine_status ti_cancel_look(ti_cancel *cancel, uint64_t now);
/* Likewise, but only what somebody has found out before. */
tine_status ti_cancel_state(const ti_cancel *cancel);
/* How a terminal that is over ended, as a status and a message. */
tine_status ti_cancel_error(const ti_cancel *cancel, tine_status over, tine_error *err);
/* Has anybody said that it is over? A load or two, cheap enough for every block. */
bool ti_cancel_raised(const ti_cancel *cancel);
/* For code that has no run at hand: is the terminal that this thread works for over? Looks. */
bool ti_cancel_over(void);
/* Likewise for short work: does not ask the clock unless something else says that it is over. */
bool ti_cancel_gone(void);
/* memcpy and memset to 0, of any length: look after each megabyte or so. 'cancel' may be NULL. False: the terminal is
   over, and not all was done. */
bool ti_cancel_copy(ti_cancel *cancel, void *to, const void *from, size_t n);
bool ti_cancel_clear(ti_cancel *cancel, void *to, size_t n);
/* A loop over [lo, hi) whose items may be anywhere in memory, in steps [at, end): looks before each but the first. Ends
   early where the terminal is over, which stays so. */
enum { TI_CANCEL_STEP = 1 << 14 };
static inline uint64_t ti_cancel_step(uint64_t at, uint64_t hi) {
  return hi - at < TI_CANCEL_STEP ? hi : at + TI_CANCEL_STEP;
}
#define TI_CANCEL_STEPS(at, end, lo, hi)                                                                 \
  for (uint64_t at = (lo), end = ti_cancel_step(at, hi); at < (hi) && (at == (lo) || !ti_cancel_over()); \
       at = end, end = ti_cancel_step(at, hi))
#if TI_TESTING
/* How often anybody looked; and how often what is no loop of the drive asked ti_cancel_over. */
extern _Atomic uint64_t ti_cancel_looks, ti_cancel_asks;
/* If not NULL: called on the thread that ended a terminal, once all threads can see that it is over. */
extern void (*ti_cancel_stopped)(void);
#endif
/* The next run will do n items (0: not known), which sets the total, unless ti_cancel_plan has. */
void ti_cancel_expect(ti_cancel *cancel, uint64_t n);
/* All runs of the terminal together will do that many items. */
void ti_cancel_plan(ti_cancel *cancel, uint64_t total);
/* n items were done. */
static inline void ti_cancel_count(const ti_cancel *cancel, uint64_t n) {
  if (cancel->progress != NULL)
    ti_add_relaxed(&cancel->progress->done, n); /* relaxed: for people */
}

/* A terminal made of several runs: one cancellation for all of them. */
typedef struct ti_terminal {
  ti_cancel own, *cancel;
  ti_cancel *open; /* what this thread had before, as the two others */
  void *guard;
  ti_over_fn *over;
} ti_terminal;
void ti_terminal_begin(ti_terminal *t, uint64_t limit);
/* For what goes on in a cancellation that was begun before; NULL: none. */
void ti_terminal_begin_with(ti_terminal *t, ti_cancel *cancel);
/* Returns 'status', or how the terminal was ended, which is what 'err' then says. */
tine_status ti_terminal_end(ti_terminal *t, tine_status status, tine_error *err);

/* What the terminals of a thread have to do with each other, and with the job that they are part of. */
typedef struct ti_cancels {
  ti_cancel *open; /* of a terminal that this thread is in, between two of its runs: the next run is part of it */
  const tine_watch *watch;
  tine_interrupt *interrupt;
  ti_progress *progress;        /* of the job, or NULL; as the next */
  const atomic_bool *cancelled; /* is the job? NULL: there is none */
  uint64_t deadline;            /* of the job; UINT64_MAX: none */
  ti_wait_hook hook;
  const struct ti_cancels *outer; /* what was set aside for the job, or for the call of a watch; NULL: nothing */
  bool beside;                    /* called by a watch, so beside a terminal of this thread */
} ti_cancels;

/* This thread begins a job: what it was doing is set aside in 'was', but for its watch, and taken up again by
   ti_cancels_end. 'job' says what is the job's: 'progress', 'cancelled', 'deadline' and 'interrupt'. */
void ti_cancels_begin(ti_cancels *was, const ti_cancels *job);
void ti_cancels_end(const ti_cancels *was);
/* In how many jobs is this thread, each begun while the one before waited for it? */
unsigned ti_cancels_depth(void);
/* Is the job with that flag one of them? */
bool ti_cancels_inside(const atomic_bool *cancelled);

/* May a terminal begin here? Beside another one only while enough of the thread's stack is left: a script's progress
   function may run a terminal whose progress function runs one, and so on. TINE_ERANGE. */
tine_status ti_cancel_room(tine_error *err);

/* The interrupt that is in use on this thread, for what it starts. */
tine_interrupt *ti_interrupt_here(void);
/* The watch of this thread, for whoever waits without a terminal. */
const tine_watch *ti_watch_here(void);
/* Calls the watch, on that account: the thread may be running a task of another one, which it has back afterwards. */
bool ti_watch_look(const tine_watch *w, tine_account *account, uint64_t done, uint64_t total);
/* Nanoseconds between two calls. */
uint64_t ti_watch_every(const tine_watch *w);

#endif
