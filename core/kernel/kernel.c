/*
** Kernels of the host: copied in, counted, and given up.
**
** A kernel is built completely before anyone else can see it and never changes after, so that runs read it without a
** lock. Its environment is the host's until registration has succeeded: every failure before that ends in
** ti_kernel_discard, which frees the copy but does not call 'drop'.
*/
#include "kernel.h"

#include <string.h>

#include "../base/error.h"
#include "../base/mode.h"
#include "../base/memory.h"
#include "../base/visit.h"

enum {
  KERNEL_ENV_ALIGN = _Alignof(max_align_t), /* the host's environment may hold anything */
  KERNEL_FLAGS = TINE_ASSOCIATIVE | TINE_COMMUTATIVE | TINE_EXPANDS | TINE_NOT_SYNC | TINE_NOT_SEND
};

static bool kernel_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* [A-Za-z_][A-Za-z0-9_.]* */
static bool kernel_name_valid(const char *name) {
  if (name == NULL || !kernel_letter(*name))
    return false;
  while (kernel_letter(*name) || (*name >= '0' && *name <= '9') || *name == '.')
    name++;
  return *name == '\0';
}

static tine_status kernel_mode_check(const tine_kernel_desc *desc, tine_error *err) {
  const bool owned = desc->env_size > 0 || desc->drop != NULL;
  const ti_captured closure = {desc->name, desc->mode, desc->flags, owned};
  const tine_status status = ti_mode_check(TI_PLACE_KERNEL, &closure, err);
  const bool any = desc->state_size > 0 || desc->init != NULL || desc->merge != NULL || desc->drop_state != NULL;
  if (status != TINE_OK)
    return status;
  if (desc->mode == TINE_FN && any)
    return ti_error_set(err, TINE_EMODE, "kernel '%s': a fn closure cannot have a state, since all workers share it",
                        desc->name);
  if (desc->mode == TINE_FN_MUT && (desc->state_size == 0 || desc->state_size > PTRDIFF_MAX / 2))
    return ti_error_set(err, TINE_EMODE, "kernel '%s': a fn_mut closure cannot have a state of %llu bytes", desc->name,
                        (unsigned long long)desc->state_size);
  return TINE_OK;
}

static tine_status kernel_desc_check(const tine_kernel_desc *desc, tine_error *err) {
  if (!kernel_name_valid(desc->name))
    return ti_error_set(err, TINE_EINVAL, "kernel name '%s' is no identifier", desc->name != NULL ? desc->name : "");
  if (desc->signatures == NULL || desc->signature_count == 0)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' has no signature", desc->name);
  if ((desc->flags & ~(unsigned)KERNEL_FLAGS) != 0)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' has unknown flags", desc->name);
  if (desc->env_size > 0 && desc->env == NULL)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' has a size of environment but none", desc->name);
  return kernel_mode_check(desc, err);
}

/* The description as this version knows it: members that an older host's lacks read as 0. */
static bool kernel_desc_read(const tine_kernel_desc *given, tine_kernel_desc *out) {
  if (given == NULL || given->size < sizeof given->size)
    return false;
  memset(out, 0, sizeof *out);
  memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
  return true;
}

static bool kernel_same_inputs(const ti_signature *a, const ti_signature *b) {
  return a->inputs == b->inputs && memcmp(a->in, b->in, a->inputs * sizeof a->in[0]) == 0;
}

/* Fills signature i, whose predecessors are filled. */
static tine_status kernel_signature_add(tine_kernel *kernel, size_t i, const tine_kernel_signature *given,
                                        tine_error *err) {
  ti_signature *s = &kernel->signatures[i];
  char text[TI_SIGNATURE_TEXT];
  tine_error reason;
  ti_assert(i < kernel->count && s->text == NULL);
  if (ti_signature_parse(s, given->types, &reason) != TINE_OK)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s', signature \"%.80s\": %s", kernel->name,
                        given->types != NULL ? given->types : "", reason.message);
  ti_signature_format(s, text);
  if ((given->block != NULL) == (given->item != NULL))
    return ti_error_set(err, TINE_EINVAL, "kernel '%s', signature \"%s\": %s", kernel->name, text,
                        given->block == NULL ? "no function" : "both a block and an item function");
  if (given->item != NULL && (kernel->flags & TINE_EXPANDS) != 0)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s', signature \"%s\": what expands needs a block function",
                        kernel->name, text);
  for (size_t k = 0; k < i; k++)
    if (kernel_same_inputs(s, &kernel->signatures[k]))
      return ti_error_set(err, TINE_EINVAL, "kernel '%s' has two signatures for the inputs of \"%s\"", kernel->name,
                          text);
  s->block = given->block;
  s->item = given->item;
  s->text = ti_string_copy(text);
  return s->text != NULL ? TINE_OK : ti_error_nomem(err);
}

/* The environment: borrowed, or copied. */
static tine_status kernel_capture(tine_kernel *kernel, const tine_kernel_desc *desc, tine_error *err) {
  void *copy;
  kernel->env = desc->env;
  if (desc->env_size == 0)
    return TINE_OK;
  copy = ti_alloc(desc->env_size, KERNEL_ENV_ALIGN);
  if (copy == NULL)
    return ti_error_nomem(err);
  ti_assert(desc->env != NULL);
  memcpy(copy, desc->env, desc->env_size);
  kernel->env = copy;
  kernel->env_size = desc->env_size;
  return TINE_OK;
}

static tine_status kernel_fill(tine_kernel *kernel, const tine_kernel_desc *desc, tine_error *err) {
  size_t size;
  kernel->name = ti_string_copy(desc->name);
  kernel->help = ti_string_copy(desc->help != NULL ? desc->help : "");
  if (kernel->name == NULL || kernel->help == NULL || !ti_size_mul(desc->signature_count, sizeof(ti_signature), &size))
    return ti_error_nomem(err);
  kernel->signatures = ti_alloc_zeroed(size, _Alignof(ti_signature));
  if (kernel->signatures == NULL)
    return ti_error_nomem(err);
  kernel->count = desc->signature_count;
  kernel->flags = desc->flags;
  for (size_t i = 0; i < kernel->count; i++) {
    const tine_status status = kernel_signature_add(kernel, i, &desc->signatures[i], err);
    if (status != TINE_OK)
      return status;
  }
  kernel->mode = desc->mode;
  kernel->drop = desc->drop;
  kernel->state = (ti_state_type){desc->state_size, desc->init, desc->merge, desc->drop_state};
  return kernel_capture(kernel, desc, err);
}

tine_status ti_kernel_create(tine_kernel **out, const tine_kernel_desc *desc, tine_error *err) {
  tine_kernel_desc known;
  tine_error reason;
  tine_kernel *kernel;
  tine_status status;
  if (!kernel_desc_read(desc, &known))
    return ti_error_set(err, TINE_EINVAL, "no kernel description, or one whose size is not set");
  status = kernel_desc_check(&known, err);
  if (status != TINE_OK)
    return status;
  kernel = ti_new(tine_kernel);
  if (kernel == NULL)
    return ti_error_nomem(err);
  ti_refs_init(&kernel->refs);
  ti_turn_init(&kernel->turn);
  status = kernel_fill(kernel, &known, &reason);
  ti_assert(status != TINE_OK || (kernel->count > 0 && !kernel->builtin));
  if (status == TINE_OK)
    *out = kernel;
  else {
    ti_kernel_discard(kernel);
    ti_error_copy(err, &reason);
  }
  return status;
}

void ti_kernel_discard(tine_kernel *kernel) {
  ti_assert(!kernel->builtin);
  if (kernel->told != NULL)
    kernel->told->drop(kernel);
  for (size_t i = 0; i < kernel->count; i++)
    ti_string_free(kernel->signatures[i].text);
  ti_free(kernel->signatures, kernel->count * sizeof(ti_signature), _Alignof(ti_signature));
  if (kernel->env_size > 0)
    ti_free((void *)(uintptr_t)kernel->env, kernel->env_size, KERNEL_ENV_ALIGN);
  ti_string_free((char *)(uintptr_t)kernel->name);
  ti_string_free((char *)(uintptr_t)kernel->help);
  ti_turn_destroy(&kernel->turn);
  ti_delete(tine_kernel, kernel);
}

tine_kernel *tine_kernel_retain(tine_kernel *kernel) {
  if (kernel != NULL && !kernel->builtin)
    ti_refs_retain(&kernel->refs);
  return kernel;
}

void tine_kernel_release(tine_kernel *kernel) {
  if (kernel == NULL || kernel->builtin || !ti_refs_release(&kernel->refs))
    return;
  if (kernel->drop != NULL)
    TI_VISIT(kernel->drop((void *)(uintptr_t)kernel->env));
  ti_kernel_discard(kernel);
}

const char *tine_kernel_name(const tine_kernel *kernel) {
  return kernel->name;
}

const char *tine_kernel_help(const tine_kernel *kernel) {
  return kernel->help;
}

tine_mode tine_kernel_mode(const tine_kernel *kernel) {
  return kernel->mode;
}

unsigned tine_kernel_flags(const tine_kernel *kernel) {
  return kernel->flags;
}

const char *tine_kernel_signature_at(const tine_kernel *kernel, size_t i) {
  return i < kernel->count ? kernel->signatures[i].text : NULL;
}

void tine_kernel_arrays(const tine_kernel *kernel, void (*visit)(void *arg, tine_array *a), void *arg) {
  ti_kernel_arrays(kernel, visit, arg);
}
