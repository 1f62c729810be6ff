/*
** The storing loop. Its state is (lo, hi) alone, so giving away the far half is one join; nothing else is created.
*/
#include "store.h"

#include <string.h>

#include "../produce/parts.h"

typedef struct store_task {
  ti_run *run;
  const ti_store *to;
  uint64_t lo, hi;
} store_task;

size_t ti_store_staging(const tine_pipeline *p) {
  size_t bytes = 0;
  for (unsigned c = 0; c < p->columns; c++)
    bytes += ti_column_bytes(p->dtype[c]);
  return bytes;
}

/* The destination of item 'lo' in column c. */
static char *store_place(const ti_store *to, unsigned c, uint64_t lo) {
  return to->data[c] + (ptrdiff_t)(lo - to->origin) * to->stride[c];
}

/* Moves all columns of a block into staging, and points there. */
static void stage_columns(const tine_pipeline *p, const ti_request *rq, size_t n, char *staging) {
  for (unsigned c = 0; c < p->columns; c++) {
    const size_t size = tine_dtype_size(p->dtype[c]);
    ti_parts_copy(staging, (ptrdiff_t)size, rq->data[c], rq->stride[c], size, n);
    rq->data[c] = staging;
    rq->stride[c] = (ptrdiff_t)size;
    staging += ti_column_bytes(p->dtype[c]);
  }
}

/* One block of a pipeline that is not indexed: each item there is goes to the place of its position. */
static bool store_sparse(ti_run *run, ti_space *space, const ti_store *to, uint64_t lo, size_t n) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request rq = {lo, n, space->low, space->high, false, NULL, data, stride, NULL};
  const size_t done = ti_run_fill(run, space, &rq);
  const uint64_t at = lo - to->origin;
  ti_assert(lo >= to->origin && rq.offset != NULL && !to->staged);
  for (unsigned c = 0; c < to->columns; c++) {
    const size_t size = tine_dtype_size(run->pipeline->dtype[c]);
    for (size_t i = 0; i < done; i++)
      memcpy(to->data[c] + (at + rq.offset[i]) * size, (const char *)data[c] + (ptrdiff_t)i * stride[c], size);
  }
  for (size_t i = 0; i < done; i++)
    to->there[at + rq.offset[i]] = 1;
  if (space->eval.code != 0)
    ti_run_fail(run, &space->eval, 0);
  return space->eval.code == 0;
}

/* One block; false if an item failed. */
static bool store_block(ti_run *run, ti_space *space, const ti_store *to, uint64_t lo, size_t n) {
  const tine_pipeline *p = run->pipeline;
  void *want[TINE_MAX_COLUMNS];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request rq = {lo, n, space->low, space->high, false, want, data, stride, NULL};
  size_t done;
  ti_assert(lo >= to->origin && to->columns <= p->columns);
  if (to->there != NULL)
    return store_sparse(run, space, to, lo, n);
  for (unsigned c = 0; c < p->columns; c++) {
    const bool direct = c < to->columns && !to->staged && to->stride[c] == (ptrdiff_t)tine_dtype_size(p->dtype[c]);
    want[c] = direct ? store_place(to, c, lo) : NULL;
  }
  done = ti_run_fill(run, space, &rq);
  if (to->staged && done > 0)
    stage_columns(p, &rq, done, space->staging);
  for (unsigned c = 0; c < to->columns && done > 0; c++)
    if (data[c] != store_place(to, c, lo))
      ti_parts_copy(store_place(to, c, lo), to->stride[c], data[c], stride[c], tine_dtype_size(p->dtype[c]), done);
  if (done < n)
    ti_run_fail(run, &space->eval, 0);
  return done == n;
}

/* Where to cut: the middle, at a whole block if there are some and none gets too short, so that no cache line is shared
   for long. */
static uint64_t store_cut(uint64_t lo, uint64_t hi, uint64_t min_len) {
  const uint64_t mid = lo + (hi - lo) / 2;
  const uint64_t aligned = mid - mid % TI_BLOCK;
  return hi - lo >= 4 * TI_BLOCK && aligned > lo && aligned - lo >= min_len ? aligned : mid;
}

static void store_run(tine_ctx *ctx, void *arg);

static void store_loop(tine_ctx *ctx, store_task *t) {
  ti_space *space = ti_run_space(t->run, ctx);
  ti_pace pace;
  ti_pace_start(&pace, t->run, t->hi - t->lo);
  while (t->lo < t->hi && ti_run_goes_on(t->run, ctx, space, t->lo)) {
    size_t n;
    if (ti_run_enter(t->run, ctx, store_run, t))
      return;
    if (ti_run_splits(t->run, ctx, t->hi - t->lo, pace.block)) {
      store_task right = *t;
      t->hi = right.lo = store_cut(t->lo, t->hi, t->run->hints->min_len);
      ti_assert(t->lo < t->hi && right.lo < right.hi);
      tine_join(ctx, store_run, t, store_run, &right);
      return;
    }
    n = ti_pace_next(&pace, t->hi - t->lo);
    if (!store_block(t->run, space, t->to, t->lo, n))
      return;
    t->lo += n;
    space->done += n;
    ti_pace_done(&pace, t->run, n, t->hi - t->lo);
  }
}

static void store_run(tine_ctx *ctx, void *arg) {
  store_task *const t = arg;
  const ti_arrival was = ti_rein_arrive(t->run->rein);
  store_loop(ctx, t);
  ti_rein_leave(&was);
}

void ti_store_range(ti_run *run, tine_ctx *ctx, const ti_store *to, uint64_t lo, uint64_t hi) {
  store_task t = {run, to, lo, hi};
  ti_assert(lo <= hi && hi <= run->end);
  store_loop(ctx, &t);
}

typedef struct store_all_task {
  ti_run *run;
  const ti_store *to;
  uint64_t first, n;
} store_all_task;

static void store_all_run(tine_ctx *ctx, void *arg) {
  const store_all_task *t = arg;
  ti_store_range(t->run, ctx, t->to, t->first, t->first + t->n);
}

tine_status ti_store_all(tine_pipeline *p, const ti_store *to, uint64_t first, uint64_t n, tine_error *err) {
  ti_run run;
  store_all_task t = {&run, to, first, n};
  tine_status status;
  if (n == 0)
    return TINE_OK;
  status = ti_run_begin(&run, p, to->staged ? ti_store_staging(p) : 0, 0, err);
  if (status != TINE_OK)
    return status;
  ti_run_start(&run, store_all_run, &t);
  return ti_run_end(&run, err);
}
