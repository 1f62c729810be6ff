/*
** A kernel over single values, by itself. One that code tells may never end, so its call is a terminal, which a watch,
** an interrupt or the job that it is part of ends.
*/
#include "../kernel/kernel.h"
#include "cancel.h"

tine_status tine_kernel_call(const tine_kernel *kernel, const tine_value *args, size_t n, tine_value *out, size_t *outs,
                             tine_error *err) {
  ti_terminal terminal;
  if (kernel == NULL || kernel->closure == NULL)
    return ti_kernel_call(kernel, args, n, out, outs, err);
  ti_terminal_begin(&terminal, 0);
  return ti_terminal_end(&terminal, ti_kernel_call(kernel, args, n, out, outs, err), err);
}
