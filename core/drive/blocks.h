/*
** Passes over memory that is there: those of sorts, and of tables that are united. The memory is cut into blocks that
** the threads of a pool share, by tine_join as everywhere. (These blocks are of any length: not those of a pipeline.)
** There is no flow and no part: a block writes where no other does.
*/
#ifndef TI_DRIVE_BLOCKS_H
#define TI_DRIVE_BLOCKS_H

#include "../pool/pool.h"

/* Calls fn(ctx', env, i) for i in [lo, hi), shared by tine_join; one after the other if ctx is NULL. False if the
   terminal was over before that was done; then some are left out, and what they were to make is not there. */
typedef void ti_blocks_fn(tine_ctx *ctx, void *env, size_t i);
bool ti_blocks_each(tine_ctx *ctx, size_t lo, size_t hi, ti_blocks_fn *fn, void *env);
/* Likewise, but leaves out none, even if the terminal is over. */
void ti_blocks_every(tine_ctx *ctx, size_t lo, size_t hi, ti_blocks_fn *fn, void *env);
/* Runs both, perhaps at the same time; one after the other if ctx is NULL. */
void ti_blocks_both(tine_ctx *ctx, tine_task *fn, void *a, void *b);
/* Into how many blocks of at least 'least' items to cut n items: a few per thread, and enough that none takes long; at
   most TI_BLOCKS_MOST. */
enum { TI_BLOCKS_MOST = 256 };
size_t ti_blocks_of(const tine_ctx *ctx, uint64_t n, size_t least);

/* Runs fn(ctx, arg) in the pool (NULL: the one whose task calls, else the default one); or with ctx NULL on this
   thread, if 'alone', if n items are too few to share, or if no pool can be had. */
void ti_blocks_run(tine_pool *pool, bool alone, uint64_t n, tine_task *fn, void *arg);

#endif
