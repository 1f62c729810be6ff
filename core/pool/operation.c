/*
** What is kept of an operation: failures, whether it is cancelled, and whether a thread waits for what was spawned in
** it. Tasks fail in any order and on any thread, and yet each run must report the same failure: the least in an order
** that tells apart whatever a caller can tell apart. See README.md, section 7.
*/
#include "operation.h"

#include <string.h>

#include "../base/account.h"
#include "../base/error.h"
#include "inside.h"
#include "pool.h"

enum { MESSAGE_BYTES = TINE_MESSAGE_SIZE - 1 }; /* what is kept of a message, hence what is compared */

static bool failure_before(tine_status code, uint64_t item, const char *message, const tine_error *kept) {
  if (item != kept->item)
    return item < kept->item;
  if (code != kept->status)
    return (int)code < (int)kept->status;
  return strncmp(message, kept->message, MESSAGE_BYTES) < 0;
}

void ti_operation_begin(ti_operation *op, const tine_pool *pool, ti_operation *outer) {
  ti_assert(outer != op);
  op->outer = outer;
  op->pool = pool;
  op->apart = false;
  op->guard = ti_guard_here();
  op->account = ti_account_here();
  op->stack = outer != NULL ? outer->stack : TI_MIN_STACK; /* workers wait, too */
  atomic_init(&op->cancelled, false);
  atomic_init(&op->stop, UINT64_MAX);
  atomic_init(&op->failed, false);
  ti_mutex_init(&op->lock);
  op->least.status = TINE_OK;
  atomic_init(&op->spawns, false);
  op->first = op->last = op->running = NULL;
  op->unfinished = 0;
  atomic_init(&op->waiting, NULL);
  op->next = NULL;
}

void ti_operation_note(ti_operation *op, tine_status returned, uint64_t item, const char *message) {
  char own[TINE_MESSAGE_SIZE] = "";
  const tine_status code = (tine_status)ti_error_host((int)returned, own);
  if (message == NULL)
    message = own[0] != '\0' ? own : tine_status_text(code);
  ti_assert(code != TINE_OK);
  ti_mutex_lock(&op->lock);
  if (op->least.status == TINE_OK || failure_before(code, item, message, &op->least)) {
    ti_error_set(&op->least, code, "%s", message);
    op->least.item = item;
    ti_store_relaxed(&op->stop, item); /* relaxed: written under the lock; a late look only does needless work */
    ti_store_relaxed(&op->failed, true);
  }
  ti_mutex_unlock(&op->lock);
}

void ti_operation_note_range(ti_operation *op, tine_status status, uint64_t lo, uint64_t hi) {
  ti_assert(status != TINE_OK && lo < hi);
  if (hi <= ti_load_relaxed(&op->stop)) /* relaxed: this thread's own note is seen; others' only lower it */
    ti_operation_note(op, status, lo, NULL);
}

static bool is_cancelled(const ti_operation *op) {
  while (op != NULL && !ti_load_relaxed(&op->cancelled)) /* relaxed: as 'stop' */
    op = op->apart ? NULL : op->outer;
  return op != NULL;
}

bool ti_operation_stopped(const ti_operation *op, uint64_t item) {
  return item >= ti_load_relaxed(&op->stop) || is_cancelled(op); /* relaxed: as above */
}

tine_status ti_operation_end(ti_operation *op, tine_error *err) {
  ti_assert(op->unfinished == 0 && op->first == NULL && op->running == NULL); /* all that was spawned is done */
  ti_assert(ti_load_relaxed(&op->waiting) == NULL);
  ti_mutex_destroy(&op->lock);
  if (op->least.status == TINE_OK && is_cancelled(op))
    return ti_error_set(err, TINE_ECANCELED, "%s", tine_status_text(TINE_ECANCELED));
  return ti_error_copy(err, &op->least);
}

tine_status tine_fail(tine_ctx *ctx, tine_status code, uint64_t item, const char *message) {
  if (code == TINE_OK)
    code = TINE_EKERNEL; /* a failure without a code is still one */
  ti_operation_note(ti_frame_of(ctx)->operation, code, item, message);
  return (tine_status)ti_error_host((int)code, NULL);
}

void ti_operation_cancel(ti_operation *op) {
  ti_store_relaxed(&op->cancelled, true); /* relaxed: carries nothing with it */
}

void tine_cancel(tine_ctx *ctx) {
  ti_operation_cancel(ti_frame_of(ctx)->operation);
}

size_t ti_ctx_stack(const tine_ctx *ctx) {
  return ti_frame_of(ctx)->operation->stack;
}

bool ti_ctx_cancelled(const tine_ctx *ctx) {
  return is_cancelled(ti_frame_of(ctx)->operation);
}

bool tine_stopped(const tine_ctx *ctx) {
  const ti_operation *op = ti_frame_of(ctx)->operation;
  return ti_load_relaxed(&op->failed) || is_cancelled(op); /* relaxed: as above */
}

/* ----- Who waits for what was spawned ----- */

void ti_operation_unpark(ti_operation *op) {
  ti_parker *parker = ti_load_relaxed(&op->waiting); /* relaxed: written under the lock */
  if (parker != NULL)
    ti_parker_unpark(parker);
}

/* The operations of a task and around it, as far as they are of this pool. */
static ti_operation *next_of_pool(ti_operation *op, const tine_pool *pool) {
  while (op != NULL && op->pool != pool)
    op = op->outer;
  return op;
}

unsigned ti_operation_wanted(const ti_worker *w) {
  unsigned n = 0;
  ti_operation *op = w->frame != NULL ? w->frame->operation : NULL;
  for (; (op = next_of_pool(op, w->pool)) != NULL; op = op->outer)
    n += ti_load_seqcst(&op->waiting) != NULL; /* seq_cst: as 'asked', README.md, section 3 */
  return n;
}

void ti_operation_announce(const ti_worker *w) {
  ti_operation *op = w->frame->operation;
  ti_mutex_lock(&w->pool->spawn_lock);
  for (; (op = next_of_pool(op, w->pool)) != NULL; op = op->outer)
    ti_operation_unpark(op);
  ti_mutex_unlock(&w->pool->spawn_lock);
}
