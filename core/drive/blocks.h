/*
** Work on memory that is there, in blocks that a pool shares: the passes of sorts, and of tables that are united. No
** flow, and no part: blocks write where nobody else does. They are shared by tine_join, as all is.
*/
#ifndef TI_DRIVE_BLOCKS_H
#define TI_DRIVE_BLOCKS_H

#include "../pool/pool.h"

/* Calls fn(ctx', env, i) for i in [lo, hi), shared by tine_join; one after the other if ctx is NULL. False if the
   terminal was over before that was done; then some are left out, and what they were to make is not there. */
typedef void ti_blocks_fn(tine_ctx *ctx, void *env, size_t i);
bool ti_blocks_each(tine_ctx *ctx, size_t lo, size_t hi, ti_blocks_fn *fn, void *env);
/* The same for what must be done even then. */
void ti_blocks_every(tine_ctx *ctx, size_t lo, size_t hi, ti_blocks_fn *fn, void *env);
/* Runs both, perhaps at the same time; one after the other if ctx is NULL. */
void ti_blocks_both(tine_ctx *ctx, tine_task *fn, void *a, void *b);
/* Into how many blocks to cut n items, at least 'least' each: some a thread, and so many that none takes long, but
   TI_BLOCKS_MOST at most. */
enum { TI_BLOCKS_MOST = 256 };
size_t ti_blocks_of(const tine_ctx *ctx, uint64_t n, size_t least);

/* Runs fn(ctx, arg) in the pool (NULL: the one whose task calls, else the default one); with ctx NULL, on this thread
   alone, if that is wanted, if n items are too few to share, or if there is no pool to be had. */
void ti_blocks_run(tine_pool *pool, bool alone, uint64_t n, tine_task *fn, void *arg);

#endif
