/*
** Folding with a kernel of the user's choice. A commutative one is folded in TI_LANES lanes, as fold_sum.c does, so
** that reduce("add") over f64 gives the bits of sum(); one that is associative only meets its neighbours alone: (0 1)(2
** 3)..., then those. A kernel sees 32 or more items a call, so calling it virtually costs little.
**
** Accumulator: value.bytes, one value of the kernel's type.
*/
#include "fold.h"

#include <string.h>

#include "../stage/contract.h"

size_t ti_reducer_apply(const ti_reducer *r, const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride,
                        size_t n, void *out, int *code, char *message) {
  const void *in[2] = {a, b};
  const ptrdiff_t strides[2] = {a_stride, b_stride};
  tine_block block = {.n = n,
                      .in = in,
                      .in_stride = strides,
                      .out = &out,
                      .env = ti_kernel_env(r->kernel, r->signature),
                      .message = message};
  ti_assert(n > 0 && n <= TI_CELL);
  ti_assert(ti_contract_apart(out, r->size, a, r->size, a_stride, n));
  ti_assert(ti_contract_apart(out, r->size, b, r->size, b_stride, n));
  *code = ti_signature_run(r->signature, &block);
  ti_assert(*code == 0 || block.failed < n);
  return *code != 0 ? block.failed : n;
}

/* Folds n values at 'x' pairwise, neighbours first; 'y' has room for half of them, 'z' for a quarter. 'z' may be
   'x'. */
static int reduce_pairs(const ti_reducer *r, const char *x, char *y, char *z, size_t n, void *out, char *message) {
  const ptrdiff_t two = 2 * (ptrdiff_t)r->size;
  ti_assert(n > 0 && n <= TI_CELL);
  while (n > 1) {
    char *const made = y;
    const size_t pairs = n / 2;
    int code;
    ti_reducer_apply(r, x, two, x + r->size, two, pairs, made, &code, message);
    if (code != 0)
      return code;
    if (n % 2 != 0)
      memcpy(made + pairs * r->size, x + (n - 1) * r->size, r->size); /* the odd one goes up as it is */
    n = pairs + n % 2;
    x = made;
    y = z;
    z = made;
  }
  memcpy(out, x, r->size);
  return 0;
}

/* Folds rows of TI_LANES items into one row of lanes, in *lanes; the two buffers take turns. */
static int reduce_lanes(const ti_reducer *r, const char *items, size_t n, char **lanes, char **other, char *message) {
  const ptrdiff_t size = (ptrdiff_t)r->size;
  const size_t row = TI_LANES * r->size;
  ti_assert(n > TI_LANES && n <= TI_CELL);
  memcpy(*lanes, items, row);
  for (size_t i = TI_LANES; i < n; i += TI_LANES) {
    const size_t width = n - i < TI_LANES ? n - i : TI_LANES;
    char *swap = *lanes;
    int code;
    ti_reducer_apply(r, *lanes, size, items + i * r->size, size, width, *other, &code, message);
    if (code != 0)
      return code;
    memcpy(*other + width * r->size, *lanes + width * r->size, row - width * r->size);
    *lanes = *other;
    *other = swap;
  }
  return 0;
}

static int reduce_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) {
  _Alignas(TI_ARRAY_ALIGN) char half[TI_CELL / 2 * 8], quarter[TI_CELL / 4 * 8];
  const ti_reducer *r = env;
  char *lanes = half, *other = quarter;
  (void)first;
  if ((r->kernel->flags & TINE_COMMUTATIVE) != 0 && n > TI_LANES) {
    const int code = reduce_lanes(r, items, n, &lanes, &other, message);
    return code != 0 ? code : reduce_pairs(r, lanes, other, lanes, TI_LANES, out->value.bytes, message);
  }
  return reduce_pairs(r, items, half, quarter, n, out->value.bytes, message);
}

static int reduce_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {
  const ti_reducer *r = env;
  const ptrdiff_t size = (ptrdiff_t)r->size;
  ti_acc_word result = {0};
  int code;
  ti_reducer_apply(r, left->value.bytes, size, right->value.bytes, size, 1, result.bytes, &code, message);
  left->value = result;
  return code;
}

tine_status ti_reducer_bind(const tine_kernel *op, const char *what, tine_dtype column, const tine_value *identity,
                            ti_reducer *out, ti_acc_word *identity_out, tine_error *err) {
  ti_arg args[2] = {{.dtype = column}, {.dtype = column}};
  ti_binding binding;
  tine_status status;
  if (identity != NULL) {
    args[0].constant = true;
    args[0].dtype = identity->dtype;
    args[0].value = *identity;
  }
  status = ti_kernel_bind(op, TI_ROLE_FOLD, what, args, 2, &binding, err);
  if (status != TINE_OK)
    return status;
  ti_assert(binding.signature->inputs == 2 && binding.signature->outputs == 1);
  ti_assert(binding.signature->in[0] == binding.signature->out[0]); /* an accumulator is a value again */
  out->kernel = op;
  out->signature = binding.signature;
  out->size = tine_dtype_size(binding.signature->out[0]);
  memcpy(identity_out, binding.constant[0], sizeof *identity_out);
  return TINE_OK;
}

const ti_fold ti_fold_kernel = {.name = "reduce", .cell = reduce_cell, .combine = reduce_combine};
