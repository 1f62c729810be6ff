/*
** tine_parallel_for: a busy loop that sees a hungry thread gives away the far half of what it has left. Blocks start
** with one item and grow to what takes some 20 microseconds; until there is more than that left, nobody is asked.
*/
#include "../base/error.h"
#include "inside.h"
#include "pool.h"

enum {
  FOR_GROWTH = 8, /* at most, from block to block */
  FOR_WHOLE = 256 /* so few items may be one block */
};

/* What all pieces of a loop share. */
typedef struct for_loop {
  tine_range_fn *body;
  void *env;
  atomic_bool worth;           /* sharing pays: measured */
  _Atomic uint64_t block_hint; /* newest size of a block that takes long enough */
} for_loop;

typedef struct for_piece {
  for_loop *loop;
  uint64_t lo, hi;
} for_piece;

/* The next block's size, when one of n items took 'ns' and 'left' remain. */
static uint64_t next_block(for_loop *loop, uint64_t n, uint64_t ns, uint64_t left) {
  const double item = (double)ns / (double)n, most = (double)n * (double)FOR_GROWTH;
  const double fits = item > 0 ? (double)TI_WORTH_NS / item : most;
  uint64_t next = n <= UINT64_MAX / FOR_GROWTH ? n * FOR_GROWTH : UINT64_MAX;
  if (fits < (double)next)
    next = fits > 1 ? (uint64_t)fits : 1;
  if (item * (double)left > TI_WORTH_NS)
    ti_store_relaxed(&loop->worth, true); /* relaxed, as the next: hints */
  ti_store_relaxed(&loop->block_hint, next);
  return next;
}

/* Of a long rest never more than half: what is left may take much longer than what was measured. */
static uint64_t this_block(uint64_t block, uint64_t left) {
  const uint64_t most = left > FOR_WHOLE ? left / 2 + 1 : left;
  return block < most ? block : most;
}

static void for_task(tine_ctx *ctx, void *arg);

/* Only if both halves are at least a block. */
static bool give_half(tine_ctx *ctx, for_piece *p, uint64_t block) {
  for_piece right = *p;
  if ((p->hi - p->lo) / 2 < block || !ti_load_relaxed(&p->loop->worth) || !ti_ctx_wanted(ctx)) /* relaxed: a hint */
    return false;
  p->hi = right.lo = p->lo + (p->hi - p->lo) / 2;
  ti_assert(p->lo < p->hi && right.lo < right.hi);
  tine_join(ctx, for_task, p, for_task, &right);
  return true;
}

static void for_task(tine_ctx *ctx, void *arg) {
  for_piece *const p = arg;
  ti_operation *const op = ti_frame_of(ctx)->operation;
  uint64_t block = ti_load_relaxed(&p->loop->block_hint); /* relaxed: a hint */
  uint64_t last = ti_now_ns();
  while (p->lo < p->hi && !ti_operation_stopped(op, p->lo)) {
    uint64_t n, now;
    tine_status status;
    if (give_half(ctx, p, block))
      return;
    n = this_block(block, p->hi - p->lo);
    ti_assert(n > 0 && n <= p->hi - p->lo);
    status = p->loop->body(ctx, p->lo, p->lo + n, p->loop->env);
    if (status != TINE_OK) {
      ti_operation_note_range(op, status, p->lo, p->lo + n);
      return;
    }
    p->lo += n;
    now = ti_now_ns();
    block = next_block(p->loop, n, now - last, p->hi - p->lo);
    last = now;
  }
}

tine_status tine_parallel_for(tine_pool *pool, uint64_t n, tine_range_fn *body, void *env, tine_error *err) {
  for_loop loop = {.body = body, .env = env};
  for_piece whole = {&loop, 0, n};
  if (body == NULL)
    return ti_error_set(err, TINE_EINVAL, "no body to run");
  atomic_init(&loop.worth, TI_HOSTILE);
  atomic_init(&loop.block_hint, 1);
  return ti_enter(pool, for_task, &whole, err);
}
