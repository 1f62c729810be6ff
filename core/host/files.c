/*
** load and save as terminals: loading gigabytes may be interrupted, watched, and part of a job.
*/
#include "../base/over.h"
#include "../data/array.h"
#include "../drive/cancel.h"

typedef struct files_call {
  ti_terminal terminal;
  ti_over_fn *before;
} files_call;

static void files_begin(files_call *call) {
  ti_terminal_begin(&call->terminal, 0);
  call->before = ti_over_set(call->terminal.cancel != NULL ? ti_cancel_over : NULL);
}

static tine_status files_end(files_call *call, tine_status status, tine_error *err) {
  ti_over_set(call->before);
  return ti_terminal_end(&call->terminal, status, err);
}

tine_status tine_array_load(tine_array **out, const char *path, tine_error *err) {
  files_call call;
  tine_status status;
  files_begin(&call);
  status = files_end(&call, ti_array_load(out, path, err), err);
  if (status != TINE_OK) {
    tine_array_release(*out);
    *out = NULL;
  }
  return status;
}

tine_status tine_array_save(const tine_array *a, const char *path, tine_error *err) {
  files_call call;
  files_begin(&call);
  return files_end(&call, ti_array_save(a, path, err), err);
}
