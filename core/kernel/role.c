/*
** Roles: what a kernel is to do where it is bound, and which kernels can. ti_kernel_bind asks here, before it looks at
** the types and again when a signature is chosen, so there is no way to a kernel that leads past it.
*/
#include "../base/error.h"
#include "../base/mode.h"
#include "kernel.h"

static tine_status role_expands(const tine_kernel *kernel, ti_role role, const char *what, tine_error *err) {
  const bool expands = (kernel->flags & TINE_EXPANDS) != 0;
  if (role == TI_ROLE_ASKED || expands == (role == TI_ROLE_EXPAND))
    return TINE_OK;
  if (role == TI_ROLE_CALL)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' gives any number of values; use flat_map", kernel->name);
  if (expands)
    return ti_error_set(err, TINE_EKIND, "kernel '%s' gives any number of values an item; use flat_map", kernel->name);
  return ti_error_set(err, TINE_EKIND, "'%s' needs a kernel that expands; '%s' gives one value an item", what,
                      kernel->name);
}

tine_status ti_role_check(const tine_kernel *kernel, ti_role role, const char *what, tine_error *err) {
  tine_status status;
  if (kernel == NULL)
    return ti_error_set(err, TINE_ENAME, "'%s' needs a kernel", what);
  if (role == TI_ROLE_FOLD && (kernel->flags & TINE_ASSOCIATIVE) == 0)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' is not associative: '%s' needs one that is", kernel->name, what);
  status = role_expands(kernel, role, what, err);
  if (status != TINE_OK || role != TI_ROLE_FOLD)
    return status;
  return ti_mode_check(TI_PLACE_FOLD, &(ti_captured){.kernel = kernel->name, .mode = kernel->mode}, err);
}

static bool gives_bool(const ti_signature *s) {
  return s->outputs > 0 && s->out[s->outputs - 1] == TINE_BOOL;
}

tine_status ti_role_signature(const tine_kernel *kernel, const ti_signature *s, ti_role role, const char *what,
                              tine_error *err) {
  if (s->outputs == 0 && role == TI_ROLE_VALUES)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' gives no value; use for_each", kernel->name);
  if (s->outputs == 0 && role == TI_ROLE_EXPAND)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' gives no value", kernel->name);
  if (role == TI_ROLE_PREDICATE && (s->outputs != 1 || !gives_bool(s)))
    return ti_error_set(err, TINE_ETYPE, "'%s' needs a predicate; kernel '%s' (%s) does not give one bool", what,
                        kernel->name, s->text);
  if (role == TI_ROLE_OPTION && (s->outputs < 2 || !gives_bool(s)))
    return ti_error_set(err, TINE_ETYPE, "'%s' needs a kernel whose last output is bool; '%s' is (%s)", what,
                        kernel->name, s->text);
  if (role == TI_ROLE_FOLD && (s->outputs != 1 || s->in[0] != s->in[1] || s->in[0] != s->out[0]))
    return ti_error_set(err, TINE_ETYPE, "'%s' needs a kernel that gives the type it takes; '%s' is (%s)", what,
                        kernel->name, s->text);
  return TINE_OK;
}
