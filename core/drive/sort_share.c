/*
** How the parts of a sort are shared, and how elements map to keys.
*/
#include "../base/config.h"
#include "sort.h"

TI_DTYPES_ARE(11);

enum {
  /* Elements, about 20 us of work, below which the pool is not even entered: so no pool is made for them. */
  SHARE_FROM = TI_HOSTILE ? 60 : 1 << 12,
  SHARE_BLOCKS = 4,       /* a thread, so that one which comes late finds some left */
  SHARE_LONGEST = 1 << 20 /* elements of a block, if there may be so many: some milliseconds between two looks */
};

ti_sort_map ti_sort_map_of(tine_dtype dtype, tine_order order) {
  const unsigned bits = 8 * (unsigned)tine_dtype_size(dtype);
  const uint64_t all = UINT64_MAX >> (64 - bits), sign = (all >> 1) + 1;
  ti_sort_map map = {ti_dtype_signed(dtype) ? sign : 0, 0, 0, 0};
  if (ti_dtype_float(dtype)) {
    map.mask = map.nan_mask = all >> 1;
    map.nan_above = dtype == TINE_F64 ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23; /* infinity */
  }
  if (order == TINE_DESCENDING)
    map.flip ^= all;
  return map;
}

typedef struct share_each {
  ti_sort_each_fn *fn;
  void *env;
  size_t lo, hi;
  bool every; /* whether the terminal is over or not */
} share_each;

static void share_each_task(tine_ctx *ctx, void *arg) {
  share_each left = *(const share_each *)arg, right = left;
  ti_assert(left.lo < left.hi);
  if (left.hi - left.lo == 1) {
    if (left.every || !ti_rein_over())
      left.fn(ctx, left.env, left.lo);
    return;
  }
  left.hi = right.lo = left.lo + (left.hi - left.lo) / 2;
  tine_join(ctx, share_each_task, &left, share_each_task, &right);
}

static void share_each_all(tine_ctx *ctx, share_each *all) {
  if (ctx == NULL)
    for (size_t i = all->lo; i < all->hi && (all->every || i == all->lo || !ti_rein_over()); i++)
      all->fn(NULL, all->env, i);
  else if (all->lo < all->hi)
    share_each_task(ctx, all);
}

bool ti_sort_each(tine_ctx *ctx, size_t lo, size_t hi, ti_sort_each_fn *fn, void *env) {
  share_each all = {fn, env, lo, hi, false};
  share_each_all(ctx, &all);
  return ctx == NULL && hi - lo < 2 ? !ti_rein_gone()
                                    : !ti_rein_over(); /* once over it stays so: if any was left out it is now */
}

void ti_sort_every(tine_ctx *ctx, size_t lo, size_t hi, ti_sort_each_fn *fn, void *env) {
  share_each all = {fn, env, lo, hi, true};
  share_each_all(ctx, &all);
}

void ti_sort_both(tine_ctx *ctx, tine_task *fn, void *a, void *b) {
  if (ctx != NULL) {
    tine_join(ctx, fn, a, fn, b);
    return;
  }
  fn(NULL, a);
  fn(NULL, b);
}

size_t ti_sort_blocks(const tine_ctx *ctx, uint64_t n, size_t least) {
  const uint64_t threads = ctx != NULL ? tine_pool_threads(tine_ctx_pool(ctx)) : 1;
  const uint64_t short_ones = n / SHARE_LONGEST, shared = threads > 1 ? threads * SHARE_BLOCKS : 1;
  uint64_t blocks = n / least;
  if (blocks == 0)
    return 1;
  if (blocks > shared)
    blocks = shared > short_ones ? shared : short_ones;
  return blocks < TI_SORT_BLOCKS ? (size_t)blocks : TI_SORT_BLOCKS;
}

typedef struct share_run {
  tine_task *fn;
  void *arg;
  bool begun;
} share_run;

static void share_run_task(tine_ctx *ctx, void *arg) {
  share_run *const r = arg;
  r->begun = true;
  r->fn(ctx, r->arg);
}

void ti_sort_run(tine_pool *pool, bool alone, uint64_t n, tine_task *fn, void *arg) {
  share_run run = {fn, arg, false};
  const tine_ctx *ctx = ti_ctx_current();
  if (pool == NULL && ctx != NULL)
    pool = tine_ctx_pool(ctx);
  if (!alone && n >= SHARE_FROM)
    tine_pool_run(pool, share_run_task, &run, NULL); /* its status tells of a run around it, too: fn has run */
  if (!run.begun)
    fn(NULL, arg);
}
