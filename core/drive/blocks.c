/*
** Passes over memory, in blocks; see blocks.h.
*/
#include "blocks.h"

#include "cancel.h"

enum {
  /* Elements, about 20 us of work, below which the pool is not even entered: so no pool is made for them. */
  BLOCKS_FROM = TI_HOSTILE ? 60 : 1 << 12,
  BLOCKS_THREAD = 4,       /* a thread, so that one which comes late finds some left */
  BLOCKS_LONGEST = 1 << 20 /* elements of a block, if there may be so many: some milliseconds between two looks */
};

typedef struct blocks_each {
  ti_blocks_fn *fn;
  void *env;
  size_t lo, hi;
  bool every; /* whether the terminal is over or not */
} blocks_each;

static void blocks_each_task(tine_ctx *ctx, void *arg) {
  blocks_each left = *(const blocks_each *)arg, right = left;
  ti_assert(left.lo < left.hi);
  if (left.hi - left.lo == 1) {
    if (left.every || !ti_cancel_over())
      left.fn(ctx, left.env, left.lo);
    return;
  }
  left.hi = right.lo = left.lo + (left.hi - left.lo) / 2;
  tine_join(ctx, blocks_each_task, &left, blocks_each_task, &right);
}

static void blocks_each_all(tine_ctx *ctx, blocks_each *all) {
  if (ctx == NULL)
    for (size_t i = all->lo; i < all->hi && (all->every || i == all->lo || !ti_cancel_over()); i++)
      all->fn(NULL, all->env, i);
  else if (all->lo < all->hi)
    blocks_each_task(ctx, all);
}

bool ti_blocks_each(tine_ctx *ctx, size_t lo, size_t hi, ti_blocks_fn *fn, void *env) {
  blocks_each all = {fn, env, lo, hi, false};
  blocks_each_all(ctx, &all);
  return ctx == NULL && hi - lo < 2 ? !ti_cancel_gone()
                                    : !ti_cancel_over(); /* once over it stays so: if any was left out it is now */
}

void ti_blocks_every(tine_ctx *ctx, size_t lo, size_t hi, ti_blocks_fn *fn, void *env) {
  blocks_each all = {fn, env, lo, hi, true};
  blocks_each_all(ctx, &all);
}

void ti_blocks_both(tine_ctx *ctx, tine_task *fn, void *a, void *b) {
  if (ctx != NULL) {
    tine_join(ctx, fn, a, fn, b);
    return;
  }
  fn(NULL, a);
  fn(NULL, b);
}

size_t ti_blocks_of(const tine_ctx *ctx, uint64_t n, size_t least) {
  const uint64_t threads = ctx != NULL ? tine_pool_threads(tine_ctx_pool(ctx)) : 1;
  const uint64_t short_ones = n / BLOCKS_LONGEST, shared = threads > 1 ? threads * BLOCKS_THREAD : 1;
  uint64_t blocks = n / least;
  if (blocks == 0)
    return 1;
  if (blocks > shared)
    blocks = shared > short_ones ? shared : short_ones;
  return blocks < TI_BLOCKS_MOST ? (size_t)blocks : TI_BLOCKS_MOST;
}

typedef struct blocks_run {
  tine_task *fn;
  void *arg;
  bool begun;
} blocks_run;

static void blocks_run_task(tine_ctx *ctx, void *arg) {
  blocks_run *const r = arg;
  r->begun = true;
  r->fn(ctx, r->arg);
}

void ti_blocks_run(tine_pool *pool, bool alone, uint64_t n, tine_task *fn, void *arg) {
  blocks_run run = {fn, arg, false};
  const tine_ctx *ctx = ti_ctx_current();
  if (pool == NULL && ctx != NULL)
    pool = tine_ctx_pool(ctx);
  if (!alone && n >= BLOCKS_FROM)
    tine_pool_run(pool, blocks_run_task, &run, NULL); /* its status tells of a run around it, too: fn has run */
  if (!run.begun)
    fn(NULL, arg);
}
