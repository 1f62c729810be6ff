/*
** Failures of an operation. Tasks fail in any order and on any thread, and yet each run must report the same one: the
** least in an order that tells apart whatever a caller can tell apart. See README.md, section 5.
*/
#include "operation.h"

#include <string.h>

#include "../base/error.h"
#include "task.h"

enum { MESSAGE_BYTES = TINE_MESSAGE_SIZE - 1 }; /* what is kept of a message, hence what is compared */

static bool failure_before(tine_status code, uint64_t item, const char *message, const tine_error *kept) {
  if (item != kept->item)
    return item < kept->item;
  if (code != kept->status)
    return (int)code < (int)kept->status;
  return strncmp(message, kept->message, MESSAGE_BYTES) < 0;
}

void ti_operation_begin(ti_operation *op) {
  ti_mutex_init(&op->lock);
  op->least.status = TINE_OK;
}

void ti_operation_note(ti_operation *op, tine_status code, uint64_t item, const char *message) {
  if (message == NULL)
    message = tine_status_text(code);
  ti_mutex_lock(&op->lock);
  if (op->least.status == TINE_OK || failure_before(code, item, message, &op->least)) {
    ti_error_set(&op->least, code, "%s", message);
    op->least.item = item;
  }
  ti_mutex_unlock(&op->lock);
}

tine_status ti_operation_end(ti_operation *op, tine_error *err) {
  ti_mutex_destroy(&op->lock);
  return ti_error_copy(err, &op->least);
}

tine_status tine_fail(tine_ctx *ctx, tine_status code, uint64_t item, const char *message) {
  if (code == TINE_OK)
    code = TINE_EKERNEL; /* a failure without a code is still one */
  ti_operation_note(ctx->operation, code, item, message);
  return code;
}
