/*
** One run: what a terminal's call owns while it evaluates a pipeline. README.md in this folder tells its life.
**
** A run starts as a plain loop on the calling thread, in a *space* of its own. Once the loop has measured that work is
** worth sharing, the run *opens*: it gets a space for every thread of the pool and enters the pool. From then on a
** loop that sees an idle thread gives away the far half of what it has left, by tine_join.
*/
#ifndef TI_DRIVE_RUN_H
#define TI_DRIVE_RUN_H

#include "../base/thread.h"
#include "../pool/pool.h"
#include "../stage/stage.h"
#include "cancel.h"

/* What one thread works in, one memory block: this head, scratch for a fill, staging for the values of a block or cell,
   and a stack of tree nodes. Only its thread uses it; what it means between two blocks is said where it is used. */
typedef struct ti_space {
  ti_eval eval;
  ti_states states;
  char *low, *high; /* scratch of the pipeline: nothing in it outlives a block */
  char *staging;
  char *nodes, *nodes_end; /* a stack: parts given away keep their trees in it until joined */
  const ti_current *current[TI_MAX_LEVELS];
  ti_current window; /* the items of a window that the next block is made of */
  const void *window_data[TINE_MAX_COLUMNS];
  uint64_t done;            /* items that the progress does not count yet */
  uint64_t looked;          /* when this thread last looked at the cancellation */
  unsigned edges, patience; /* blocks since then, and after how many it looks again */
} ti_space;

/* Items that passed a gate, made and in memory: positions [lo, hi) of what stands above. */
typedef struct ti_window {
  unsigned level; /* of the gate */
  uint64_t lo, hi;
  unsigned columns;
  const char *data[TINE_MAX_COLUMNS]; /* of item lo */
  ptrdiff_t stride[TINE_MAX_COLUMNS];
} ti_window;

/* Bytes for the caller's space where the run itself lies, as a rule its C stack: a space's head and one column
   made, so that a small run of the usual pipeline asks for no memory; and few enough for a small stack
   (../base/stack_left.h). */
enum { TI_RUN_ROOM = 12 * 1024 + 4 * TI_CANARY };

typedef struct ti_run {
  tine_pipeline *pipeline; /* borrowed for the call */
  const ti_hints *hints;   /* its own, or those of what it is a part of */
  size_t scratch_bytes, staging_bytes, node_bytes;
  ti_space *own; /* in 'room' if it fits there */
  char *others;  /* a space a thread, once open */
  size_t space_bytes;
  unsigned own_index; /* the caller's place among the threads */
  unsigned threads;
  tine_pool *pool;
  bool default_pool;       /* this run has entered it */
  ti_book own_book, *book; /* of kernels' states: the run's own, unless it is a part of another */
  ti_cancel *cancel;       /* NULL: nothing can end the run but itself */
  bool counts;             /* its items are those that the progress counts */
  bool restless;           /* how long a block takes is not for us to say: look at every one */
  bool entered;            /* it has an operation of its own */
  bool may_open;           /* set before the run is shared, cleared when opening failed */
  atomic_bool worth;       /* sharing pays: measured */
  bool open;
  atomic_uint item_ns;   /* newest measured cost of an item, 0: unknown; a hint between threads */
  _Atomic uint64_t stop; /* lowest failed position: at and after it nothing need run */
  ti_mutex lock;         /* protects what follows */
  uint64_t failed;       /* the position of 'failure' */
  ti_eval failure;       /* the lowest so far; code 0: none. No kernel: the message is all there is to say */
  ti_cancel own_cancel;
  _Alignas(TI_CACHE_LINE) char room[TI_RUN_ROOM];
} ti_run;

/* What a run is a part of that lasts longer: the states of its kernels are of that one, and what was wished for that
   one holds here. What the part's own pipeline wishes is not looked at: its pool may be gone. */
typedef struct ti_whole {
  ti_book *book;
  const ti_hints *hints;
} ti_whole;

/* Starts a run of p, which has no error. Spaces get that much scratch, staging and node room. 'whole' NULL: it is a
   part of nothing. TINE_ENOMEM. */
tine_status ti_run_begin(ti_run *run, tine_pipeline *p, const ti_whole *whole, size_t scratch_bytes,
                         size_t staging_bytes, size_t node_bytes, tine_error *err);
/* Ends it: gives everything back and reports the lowest failure. A run that came to an early end has not failed. */
tine_status ti_run_end(ti_run *run, tine_error *err);

/* Runs fn(ctx, arg) in the floating-point environment of blocks; in the pool already if the caller is a task of it. */
void ti_run_start(ti_run *run, tine_task *fn, void *arg);
/* Outside the pool, once sharing pays: opens the run and runs fn(ctx, arg), the rest of the loop, inside. False, with
   nothing done, if the loop must go on by itself. */
bool ti_run_go_in(ti_run *run, const tine_ctx *ctx, tine_task *fn, void *arg);
static inline bool ti_run_enter(ti_run *run, const tine_ctx *ctx, tine_task *fn, void *arg) {
  /* relaxed: before the run is open only this thread writes 'worth' */
  return (ctx != NULL || (run->may_open && ti_load_relaxed(&run->worth))) && ti_run_go_in(run, ctx, fn, arg);
}
/* Should the loop give away half of its 'left' items? Only if both halves are at least 'least' long. */
bool ti_run_halves(ti_run *run, tine_ctx *ctx, uint64_t left, uint64_t least);
static inline bool ti_run_splits(ti_run *run, tine_ctx *ctx, uint64_t left, uint64_t least) {
  return ctx != NULL && run->open && ti_run_halves(run, ctx, left, least);
}

/* The space of this thread: its own before the run is open. */
ti_space *ti_run_space_of(const ti_run *run, unsigned index);
static inline ti_space *ti_run_space(const ti_run *run, const tine_ctx *ctx) {
  return ctx == NULL ? run->own : ti_run_space_of(run, tine_worker_index(ctx));
}
/* Takes in the failure or end in 'eval', at position eval->item, which is also the item that is reported; the lowest
   position wins. */
void ti_run_fail(ti_run *run, const ti_eval *eval);
/* Likewise where the position is not the item. */
void ti_run_fail_at(ti_run *run, const ti_eval *eval, uint64_t position, uint64_t item);
/* Likewise for a failure of what feeds this run: a status, its message whole. */
void ti_run_fail_with(ti_run *run, const tine_error *err, uint64_t position);
/* Shows the gate's stage the window's items from position 'lo' on. */
void ti_run_show(const ti_window *w, ti_space *space, uint64_t lo);
extern const uint16_t ti_run_iota[TI_BLOCK]; /* 0, 1, 2, ...: offsets where each position gives one item */
/* Did an item before that position fail, 'or' was the run ended there? Asked when all that is before it has been
   joined. */
bool ti_run_failed(ti_run *run, uint64_t position, bool or_ended);
/* Between two blocks: is there anything to be done at and after that position? Looks at the cancellation. */
void ti_run_look(ti_run *run, tine_ctx *ctx, ti_space *space);
static inline bool ti_run_stopped(ti_run *run, uint64_t position) {
  return position >= ti_load_relaxed(&run->stop); /* relaxed: a late look only does needless work */
}
static inline bool ti_run_goes_on(ti_run *run, tine_ctx *ctx, ti_space *space, uint64_t position) {
  if (run->cancel != NULL)
    ti_run_look(run, ctx, space);
  return !ti_run_stopped(run, position);
}

/*
** Pace: how many items a loop takes at a time, from measured time. Kernels known to be cheap get whole blocks; others
** start with one item and grow towards TI_WORTH_NS a block, so that 64 items of 5 ms use every thread.
*/
enum { TI_PACE_GROWTH = 8 };

typedef struct ti_pace {
  bool cheap, timed;
  size_t block, most;   /* what was found to be right; and what is allowed */
  uint64_t start, last; /* nanoseconds: when the loop began, when it last looked */
  uint64_t done, check; /* items done; at how many to look at the clock again */
} ti_pace;

/* Items that may be done in one go: max_len, but for min_len. Where nothing is cut, since one thread does it all,
   too. */
uint64_t ti_run_most(const ti_run *run);
/* Are items so slow, or to be cut so short, that one thread should not do a whole cell? So they are until measured, if
   their kernels are not known. */
bool ti_run_slow(ti_run *run);
void ti_pace_start(ti_pace *pace, ti_run *run, uint64_t left);
/* Items of the next block, at most 'left'. */
size_t ti_pace_next(const ti_pace *pace, uint64_t left);
/* n items were done, 'left' remain: notes whether sharing pays. */
void ti_pace_look(ti_pace *pace, ti_run *run, size_t n, uint64_t left);
static inline void ti_pace_done(ti_pace *pace, ti_run *run, size_t n, uint64_t left) {
  pace->done += n;
  if (pace->timed && pace->done >= pace->check)
    ti_pace_look(pace, run, n, left);
}

#endif
