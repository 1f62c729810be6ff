/*
** Reins: what ends a terminal before it is done, and who is told how far it is. A *terminal* here is one call of the
** host's, whatever runs it is made of: it has one rein, and all its runs look at that between two blocks. README.md,
** "Jobs and reins".
*/
#ifndef TI_DRIVE_REIN_H
#define TI_DRIVE_REIN_H

#include "../base/atomics.h"
#include "../base/thread.h"
#include "../pool/pool.h"
#include "../stage/stage.h"

/* Items done, and of how many; 0: nobody knows. */
typedef struct ti_progress {
  _Alignas(TI_CACHE_LINE) _Atomic uint64_t done;
  _Atomic uint64_t total;
} ti_progress;

typedef struct ti_rein ti_rein;
struct ti_rein {
  ti_rein *outer;                  /* of the terminal whose kernel calls this one, which lasts longer; or NULL */
  const atomic_bool *cancelled;    /* of the job it is part of, or NULL */
  const tine_interrupt *interrupt; /* of the thread or job that called it, or NULL */
  uint64_t deadline;               /* by ti_now_ns; UINT64_MAX: none */
  bool clocked;                    /* this or one around it has a deadline or a watch: to be looked at by the clock */
  bool begun;                      /* once already: what is called time after time goes on counting */
  bool planned;                    /* 'total' is what all its runs do together */
  bool looked;                     /* the watch was called. Its thread's, as the next three */
  const tine_watch *watch;         /* or NULL */
  tine_account *account;           /* that the watch's thread was using when the terminal was called */
  const void *thread;              /* which thread that is */
  uint64_t next;                   /* when to call it */
  atomic_int state;                /* TINE_OK, or for good how it ended: TINE_ECANCELED, TINE_ETIMEOUT */
  ti_progress *progress;           /* the job's, or its own, or NULL: nobody asks */
  ti_progress own;
};

/* What a thread was at before it went to work for a rein. */
typedef struct ti_arrival {
  ti_rein *rein; /* NULL: nothing but 'fp' changed */
  ti_rein *open;
  void *guard;
  ti_fp fp;
} ti_arrival;

/* Tasks of a run: arrive when they begin on a thread, which then evaluates in floating-point order and belongs to that
   rein (NULL: none), and leave. */
ti_arrival ti_rein_arrive(ti_rein *rein);
void ti_rein_leave(const ti_arrival *was);

/* The rein of a run that begins on this thread with that limit (ti_hints): of the terminal it is a part of; else 'own',
   begun; NULL if there is nothing to look at. What it gave is to be ended if that is 'own'. */
ti_rein *ti_rein_begin(ti_rein *own, uint64_t limit);
void ti_rein_end(ti_rein *rein);
/* Likewise for what is called time after time: the deadline is given, and 'own' is always begun. */
void ti_rein_begin_until(ti_rein *own, uint64_t deadline);
uint64_t ti_rein_deadline(uint64_t limit);

/* Has the host said so? NULL: no. */
bool ti_interrupted(const tine_interrupt *interrupt);

/* Any thread at work for it: is it over? TINE_OK, TINE_ECANCELED or TINE_ETIMEOUT. Calls the watch when it is time.
   'now' is by ti_now_ns, or 0 where that was not asked. */
tine_status ti_rein_look(ti_rein *rein, uint64_t now);
/* The same as far as somebody found out before. */
tine_status ti_rein_state(const ti_rein *rein);
/* How a terminal ended that is over, as a status and a message. */
tine_status ti_rein_error(const ti_rein *rein, tine_status over, tine_error *err);
/* Has anybody said that it is over? A load or two, cheap enough for every block. */
bool ti_rein_pulled(const ti_rein *rein);
/* For what has no run: is what this thread is at to be given up? Looks. */
bool ti_rein_over(void);
/* Likewise, but leaves it to others to find out: for short work. */
bool ti_rein_gone(void);
/* memcpy and memset to 0, of any length: look after each megabyte or so. 'rein' may be NULL; false: it is over, and not
   all was done. */
bool ti_rein_copy(ti_rein *rein, void *to, const void *from, size_t n);
bool ti_rein_clear(ti_rein *rein, void *to, size_t n);
/* A loop over [lo, hi) whose items may be anywhere in memory, in steps [at, end): looks before each but the first. Ends
   early where the terminal is over, which stays so. */
enum { TI_REIN_STEP = 1 << 14 };
static inline uint64_t ti_rein_step(uint64_t at, uint64_t hi) {
  return hi - at < TI_REIN_STEP ? hi : at + TI_REIN_STEP;
}
#define TI_REIN_STEPS(at, end, lo, hi)                                                               \
  for (uint64_t at = (lo), end = ti_rein_step(at, hi); at < (hi) && (at == (lo) || !ti_rein_over()); \
       at = end, end = ti_rein_step(at, hi))
#if TI_TESTING
/* How often anybody looked. */
uint64_t ti_rein_looks(void);
/* Called on the thread that ended a terminal, when all may know; NULL: nothing is. */
extern void (*ti_rein_stopped)(void);
#endif
/* n items of 'total' in all, unless that was said before, will be done by the next run; and were done. */
void ti_rein_expect(ti_rein *rein, uint64_t n);
void ti_rein_plan(ti_rein *rein, uint64_t total);
static inline void ti_rein_count(const ti_rein *rein, uint64_t n) {
  if (rein->progress != NULL)
    ti_add_relaxed(&rein->progress->done, n); /* relaxed: for people */
}

/* A terminal made of several runs: one rein for all of them. */
typedef struct ti_terminal {
  ti_rein own, *rein;
  ti_rein *open; /* what was before */
  void *guard;
} ti_terminal;
void ti_terminal_begin(ti_terminal *t, uint64_t limit);
/* For what goes on in a rein that was begun before; NULL: none. */
void ti_terminal_begin_with(ti_terminal *t, ti_rein *rein);
/* Returns 'status', or how the terminal was ended, which is what 'err' then says. */
tine_status ti_terminal_end(ti_terminal *t, tine_status status, tine_error *err);

/* What the terminals of a thread have to do with each other, and with the job that they are part of. */
typedef struct ti_reins {
  ti_rein
      *open; /* of a terminal this thread is in whose runs are not at work at the moment: the next one is part of it */
  const tine_watch *watch;
  tine_interrupt *interrupt;
  ti_progress *progress;        /* of the job, or NULL; as the next */
  const atomic_bool *cancelled; /* the job */
  uint64_t deadline;            /* of the job; UINT64_MAX: none */
  ti_vigil vigil;
  const struct ti_reins *outer; /* what was set aside for the job; NULL: nothing */
  bool beside;                  /* called by a watch, so beside a terminal of this thread */
} ti_reins;

/* This thread begins a job, and what it was at before, which 'was' gets, is set aside, but for its watch; and ends it.
   'job' says what is the job's: 'progress', 'cancelled', 'deadline' and 'interrupt'. */
void ti_reins_begin(ti_reins *was, const ti_reins *job);
void ti_reins_end(const ti_reins *was);
/* In how many jobs is this thread; and is that one of them? */
unsigned ti_reins_depth(void);
bool ti_reins_inside(const atomic_bool *cancelled);

/* May a terminal begin here? Beside another one only while enough of the thread's stack is left: a script's progress
   function may run a terminal whose progress function runs one, and so on. TINE_ERANGE. */
tine_status ti_rein_room(tine_error *err);

/* The interrupt that is in use on this thread, for what it starts. */
tine_interrupt *ti_interrupt_here(void);
/* The watch of this thread, for who waits without a terminal. */
const tine_watch *ti_watch_here(void);
/* Calls it, for somebody who used that account. The thread may be at a task of another's, and has its account back. */
bool ti_watch_look(const tine_watch *w, tine_account *account, uint64_t done, uint64_t total);
uint64_t ti_watch_every(const tine_watch *w);

#endif
