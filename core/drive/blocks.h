/*
** Passes over memory that is there: those of sorts, and of tables that are united. The memory is cut into blocks that
** the threads of a pool share, by tine_join as everywhere. (These blocks are of any length: not those of a pipeline.)
** There is no flow and no part: a block writes where no other does.
*/
#ifndef TI_DRIVE_BLOCKS_H
#define TI_DRIVE_BLOCKS_H

#include "../pool/pool.h"

/* Calls fn(env, i) for i in [0, n), shared by tine_join; one after the other if ctx is NULL. False if the terminal was
   over before that was done; then some are left out, and what they were to make is not there. */
typedef void ti_blocks_fn(void *env, size_t i);
bool ti_blocks_each(tine_ctx *ctx, size_t n, ti_blocks_fn *fn, void *env);
/* Runs both, perhaps at the same time; one after the other if ctx is NULL. */
void ti_blocks_both(tine_ctx *ctx, tine_task *fn, void *a, void *b);
/* How n items are cut: into 'count' blocks of 'each' items, the last one of what is left. */
enum { TI_BLOCKS_MOST = 256 };
typedef struct ti_cut {
  size_t n, each, count;
} ti_cut;
/* Cuts n items, one or more, into blocks of at least 'least': a few per thread, and enough that none takes long; at
   most TI_BLOCKS_MOST. */
ti_cut ti_blocks_cut(const tine_ctx *ctx, uint64_t n, size_t least);
/* Where block b ends. */
static inline size_t ti_cut_end(const ti_cut *cut, size_t b) {
  return cut->n - b * cut->each < cut->each ? cut->n : (b + 1) * cut->each;
}

/* A pass over n items, one or more: calls fn(env, lo, hi) for each of the blocks that ti_blocks_cut gives, as
   ti_blocks_each does; or if 'every' leaving out none, even if the terminal is over: true, then. */
typedef void ti_pass_fn(void *env, uint64_t lo, uint64_t hi);
bool ti_blocks_pass(tine_ctx *ctx, uint64_t n, size_t least, bool every, ti_pass_fn *fn, void *env);

/* Runs fn(ctx, arg) in the pool (NULL: the one whose task calls, else the default one); or with ctx NULL on this
   thread, if 'alone', if n items are too few to share, or if no pool can be had. */
void ti_blocks_run(tine_pool *pool, bool alone, uint64_t n, tine_task *fn, void *arg);

#endif
