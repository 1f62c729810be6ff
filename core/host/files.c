/*
** load and save as terminals: loading gigabytes may be interrupted, watched, and part of a job.
*/
#include "../data/array.h"
#include "../drive/cancel.h"

tine_status tine_array_load(tine_array **out, const char *path, tine_error *err) {
  ti_terminal terminal;
  tine_status status;
  ti_terminal_begin(&terminal, 0);
  status = ti_terminal_end(&terminal, ti_array_load(out, path, err), err);
  if (status != TINE_OK) {
    tine_array_release(*out);
    *out = NULL;
  }
  return status;
}

tine_status tine_array_save(const tine_array *a, const char *path, tine_error *err) {
  ti_terminal terminal;
  ti_terminal_begin(&terminal, 0);
  return ti_terminal_end(&terminal, ti_array_save(a, path, err), err);
}
