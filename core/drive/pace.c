/*
** Pace: blocks that start small and grow with measured time, and the moment when sharing begins to pay.
**
** A clock is read where it cannot hurt: not at all in a run of one cheap block, at 1, 2, 4, 8... blocks while a cheap
** loop is not shared, never once it is; and once a block where a kernel's cost is unknown.
*/
#include "run.h"

enum { SLOW_ITEM_NS = 50 }; /* a cell of such items takes 50 us: more than a thread should do in one go */

#if TI_HOSTILE
/* Any block size, so that every cut there can be is tried. */
static size_t hostile_block(uint64_t seed) {
  seed = (seed ^ (seed >> 31)) * 0x9e3779b97f4a7c15u;
  return (size_t)(seed >> 40) % 3 == 0 ? TI_BLOCK : 1 + (size_t)(seed >> 32) % 70;
}
#endif

uint64_t ti_run_most(const ti_run *run) {
  const ti_hints *h = run->hints;
  return h->max_len == 0 ? UINT64_MAX : h->max_len > h->min_len ? h->max_len : h->min_len;
}

/* The block that would take TI_WORTH_NS, not more than some times the last one. */
static size_t grown(size_t block, uint64_t item_ns) {
  const uint64_t fits = item_ns > 0 ? TI_WORTH_NS / item_ns : TI_BLOCK;
  uint64_t next = block * TI_PACE_GROWTH;
  if (next > fits)
    next = fits;
  if (next > TI_BLOCK)
    next = TI_BLOCK;
  return next > 0 ? (size_t)next : 1;
}

void ti_pace_start(ti_pace *pace, ti_run *run, uint64_t left) {
  const unsigned known = ti_load_relaxed(&run->item_ns); /* relaxed: a hint */
  pace->cheap = run->pipeline->cheap;
  pace->timed = !pace->cheap || (left > TI_BLOCK && !run->open && run->may_open);
  pace->block = pace->cheap ? TI_BLOCK : 1;
  if (!pace->cheap && known > 0) /* one step of growth below what that allows */
    pace->block = grown(TI_BLOCK, (uint64_t)known * TI_PACE_GROWTH);
  pace->most = ti_run_most(run) < TI_BLOCK ? (size_t)ti_run_most(run) : TI_BLOCK;
  pace->done = 0;
  pace->check = pace->block;
  pace->start = pace->last = pace->timed ? ti_now_ns() : 0;
}

size_t ti_pace_next(const ti_pace *pace, uint64_t left) {
  size_t block = pace->block;
#if TI_HOSTILE
  block = hostile_block(left * 31 + pace->done);
#endif
  ti_assert(block > 0 && block <= TI_BLOCK && left > 0);
  if (block > pace->most)
    block = pace->most;
  return left < block ? (size_t)left : block;
}

/* A sleeping thread is woken for more than one that looks for work at this moment is given. */
static double worth_ns(const ti_run *run) {
  return run->pool != NULL && ti_pool_searching(run->pool) ? TI_WORTH_AWAKE_NS : TI_WORTH_NS;
}

void ti_pace_look(ti_pace *pace, ti_run *run, size_t n, uint64_t left) {
  const uint64_t now = ti_now_ns();
  uint64_t each;
  ti_assert(n > 0 && pace->timed && pace->done >= n);
  if (!run->open && (double)(now - pace->start) / (double)pace->done * (double)left > worth_ns(run))
    ti_store_relaxed(&run->worth, true); /* relaxed: read by this thread alone until the run is open */
  if (pace->cheap) {
    pace->check = 2 * pace->done;
    pace->timed = !run->open && run->may_open;
    return;
  }
  each = (now - pace->last) / n;
  pace->last = now;
  ti_store_relaxed(&run->item_ns, each > UINT32_MAX ? UINT32_MAX : (unsigned)each + 1); /* relaxed: a hint */
  pace->block = grown(pace->block, each);
  pace->check = pace->done + 1;
}

bool ti_run_slow(ti_run *run) {
  const unsigned item_ns = ti_load_relaxed(&run->item_ns); /* relaxed: a hint */
  if (ti_run_most(run) < TI_CELL)
    return true;
  return !run->pipeline->cheap && (TI_HOSTILE || item_ns == 0 || item_ns > SLOW_ITEM_NS);
}
