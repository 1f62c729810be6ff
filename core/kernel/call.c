/*
** A kernel over single values: a block of one item.
*/
#include "kernel.h"

#include "../base/error.h"
#include "../base/thread.h"

static tine_status call_failed(const tine_kernel *kernel, int code, const char *message, tine_error *err) {
  if (message[0] == '\0')
    return ti_error_set(err, (tine_status)code, "kernel '%s' failed with code %d", kernel->name, code);
  return ti_error_set(err, (tine_status)code, "kernel '%s' failed: %s", kernel->name, message);
}

/* Runs the bound kernel on its constants. */
static tine_status call_bound(const tine_kernel *kernel, const ti_binding *b, tine_value *out, tine_error *err) {
  _Alignas(8) unsigned char results[TINE_MAX_OUTPUTS][8] = {{0}};
  char message[TINE_MESSAGE_SIZE] = "";
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS] = {0};
  void *result[TINE_MAX_OUTPUTS];
  tine_block block = {.n = 1, .in = in, .in_stride = stride, .out = result, .message = message};
  ti_book book;
  ti_states states = {NULL, &book};
  ti_fp fp;
  int code;
  for (unsigned k = 0; k < b->signature->inputs; k++)
    in[k] = b->constant[k];
  for (unsigned k = 0; k < b->signature->outputs; k++)
    result[k] = results[k];
  ti_book_begin(&book);
  fp = ti_fp_enter();
  code = ti_kernel_run((tine_kernel *)(uintptr_t)kernel, b->signature, &states, &block);
  for (unsigned k = 0; k < b->signature->outputs && code == 0; k++)
    out[k] = ti_value_load(b->signature->out[k], results[k]);
  ti_fp_leave(fp);
  ti_states_return(&states);
  ti_book_end(&book, code == 0);
  if (code != 0)
    return call_failed(kernel, code, message, err);
  return TINE_OK;
}

tine_status tine_kernel_call(const tine_kernel *kernel, const tine_value *args, size_t n, tine_value *out, size_t *outs,
                             tine_error *err) {
  ti_arg inputs[TINE_MAX_ARGS];
  unsigned which[TINE_MAX_ARGS], reads;
  ti_binding binding;
  tine_status status;
  size_t known = n <= TINE_MAX_ARGS ? n : 0; /* more are refused by their count, unread */
  *outs = 0;
  if (kernel == NULL)
    return ti_error_set(err, TINE_ENAME, "no kernel to call");
  if (kernel->told != NULL) {
    status = kernel->told->inputs(kernel, n, true, which, &reads, err);
    if (status != TINE_OK)
      return status;
    known = n = reads;
  }
  for (size_t k = 0; k < known; k++) {
    const tine_value value = args[kernel->told != NULL ? which[k] : k];
    inputs[k] = (ti_arg){true, value.dtype, value};
  }
  status =
      ti_kernel_bind(kernel, TI_ROLE_CALL, "call", inputs, (unsigned)(n < UINT32_MAX ? n : UINT32_MAX), &binding, err);
  if (status == TINE_OK)
    status = call_bound(kernel, &binding, out, err);
  if (status == TINE_OK)
    *outs = binding.signature->outputs;
  return status;
}
