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
      left.fn(left.env, left.lo);
    return;
  }
  left.hi = right.lo = left.lo + (left.hi - left.lo) / 2;
  tine_join(ctx, blocks_each_task, &left, blocks_each_task, &right);
}

static bool blocks_all(tine_ctx *ctx, size_t n, bool every, ti_blocks_fn *fn, void *env) {
  blocks_each all = {fn, env, 0, n, every};
  if (ctx == NULL)
    for (size_t i = 0; i < n && (every || i == 0 || !ti_cancel_over()); i++)
      fn(env, i);
  else if (n > 0)
    blocks_each_task(ctx, &all);
  if (every)
    return true;
  /* once over it stays so: if any was left out it is now */
  return ctx == NULL && n < 2 ? !ti_cancel_gone() : !ti_cancel_over();
}

bool ti_blocks_each(tine_ctx *ctx, size_t n, ti_blocks_fn *fn, void *env) {
  return blocks_all(ctx, n, false, fn, env);
}

void ti_blocks_both(tine_ctx *ctx, tine_task *fn, void *a, void *b) {
  if (ctx != NULL) {
    tine_join(ctx, fn, a, fn, b);
    return;
  }
  fn(NULL, a);
  fn(NULL, b);
}

ti_cut ti_blocks_cut(const tine_ctx *ctx, uint64_t n, size_t least) {
  const uint64_t threads = ctx != NULL ? tine_pool_threads(tine_ctx_pool(ctx)) : 1;
  const uint64_t short_ones = n / BLOCKS_LONGEST, shared = threads > 1 ? threads * BLOCKS_THREAD : 1;
  uint64_t blocks = n < least ? 1 : n / least;
  ti_cut cut = {.n = (size_t)n};
  ti_assert(n > 0 && cut.n == n && least > 0);
  if (blocks > shared)
    blocks = shared > short_ones ? shared : short_ones;
  if (blocks > TI_BLOCKS_MOST)
    blocks = TI_BLOCKS_MOST;
  cut.each = (size_t)((n + blocks - 1) / blocks);
  cut.count = (cut.n + cut.each - 1) / cut.each; /* where 'each' was rounded up there may be fewer */
  ti_assert(cut.count > 0 && cut.count <= blocks && ti_cut_end(&cut, cut.count - 1) == n);
  return cut;
}

typedef struct blocks_pass {
  ti_pass_fn *fn;
  void *env;
  ti_cut cut;
} blocks_pass;

static void blocks_pass_block(void *env, size_t b) {
  const blocks_pass *const p = env;
  ti_assert(b * p->cut.each < ti_cut_end(&p->cut, b) && ti_cut_end(&p->cut, b) <= p->cut.n);
  p->fn(p->env, b * p->cut.each, ti_cut_end(&p->cut, b));
}

bool ti_blocks_pass(tine_ctx *ctx, uint64_t n, size_t least, bool every, ti_pass_fn *fn, void *env) {
  blocks_pass p = {fn, env, ti_blocks_cut(ctx, n, least)};
  return blocks_all(ctx, p.cut.count, every, blocks_pass_block, &p);
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
