/*
** Predicates as programs; see tell.h.
*/
#include "tell.h"

#include "../expression/expression.h"
#include "../kernel/simd.h"
#include "direct.h"
#include "fuse.h"

/* In the place of a program that cannot be made, so that it is tried once. */
static const char untold;

static const ti_program *program_of(const tine_pipeline *p) {
  const void *const f = ti_load_acquire(&p->program); /* pairs with the exchange of whoever made it */
  return f == &untold ? NULL : f;
}

static const ti_instance *told_of(const ti_apply *a) {
  return (const ti_instance *)(const void *)a->binding.signature; /* the instance begins with it */
}

/* Of one operation there is nothing to be saved, unless its arguments are converted. */
void ti_tell_begin(tine_pipeline *p, const ti_apply *a) {
  size_t operations = a->kernel->expression != NULL ? ti_instance_lowers(told_of(a))
                                                    : ti_program_takes(a->kernel, a->binding.signature);
  ti_assert(a->binding.signature->out[a->outputs - 1] == TINE_BOOL);
  for (unsigned k = 0; k < a->inputs && operations == 1; k++)
    operations += a->binding.cast[k] != NULL;
  p->fusion.tells = operations > 1 && operations <= TI_FUSE_OPERATIONS && a->outputs == 1;
  p->fusion.wanted = p->fusion.wanted || p->fusion.tells;
}

/* The columns of the base that it takes, in the order of its inputs, each once: as nodes. */
static int column_of(ti_program_maker *m, const tine_pipeline *base, const ti_apply *a, unsigned k, int *nodes) {
  for (unsigned i = 0; i < k; i++)
    if (a->column[i] == a->column[k])
      return nodes[i];
  return ti_program_input(m, base->dtype[a->column[k]]);
}

static bool make_told(ti_program_maker *m, const tine_pipeline *p, const ti_apply *a) {
  int nodes[TINE_MAX_ARGS], inputs[TINE_MAX_ARGS], node;
  if (!ti_program_begin(m, ti_simd_best()))
    return false;
  for (unsigned k = 0; k < a->inputs; k++) {
    const tine_dtype type = a->binding.signature->in[k];
    nodes[k] =
        a->column[k] < 0 ? ti_program_constant(m, type, a->binding.constant[k]) : column_of(m, p->base[0], a, k, nodes);
    inputs[k] = ti_program_promote(m, nodes[k], type);
  }
  node = a->kernel->expression != NULL ? ti_instance_node(told_of(a), m, inputs)
                                       : ti_program_apply(m, a->binding.signature, inputs);
  return node >= 0 && ti_program_finish(m, node, TI_PROGRAM_BITS);
}

void ti_tell_prepare(tine_pipeline *p) {
  void *other = NULL, *own = (void *)(uintptr_t)&untold;
  ti_program_maker *m;
  if (!p->fusion.tells || ti_load_acquire(&p->program) != NULL) /* pairs with the exchange of whoever made it */
    return;
  m = ti_alloc(sizeof *m, _Alignof(ti_program_maker)); /* large, and begun anew */
  if (m == NULL)
    return;
  if (make_told(m, p, ti_apply_of(p)))
    own = ti_program_keep(m);
  ti_delete(ti_program_maker, m);
  if (own != NULL && !ti_cas_acqrel(&p->program, &other, own) && own != &untold)
    ti_program_drop(own); /* another thread was first */
}

bool ti_tell_made(const tine_pipeline *p) {
  return p->fusion.tells && program_of(p) != NULL;
}

void ti_tell_drop(tine_pipeline *p) {
  void *const f = ti_load_relaxed(&p->program); /* relaxed: the last reference is gone */
  if (f != &untold)
    ti_program_drop(f);
}

/* The inputs of the program: those of the kernel that are columns, each once. */
static void tell_inputs(const ti_apply *a, const ti_request *base, const void **in, ptrdiff_t *stride) {
  unsigned inputs = 0;
  for (unsigned k = 0; k < a->inputs; k++) {
    bool known = a->column[k] < 0;
    for (unsigned i = 0; i < k && !known; i++)
      known = a->column[i] == a->column[k];
    if (known)
      continue;
    ti_assert(inputs < TI_PROGRAM_INPUTS);
    in[inputs] = base->data[a->column[k]];
    stride[inputs++] = base->stride[a->column[k]];
  }
}

bool ti_tell(const tine_pipeline *p, ti_eval *eval, const ti_request *base, size_t *n, uint64_t *bits, size_t *held) {
  const ti_program *const f = *n >= TI_FUSE_ITEMS && p->fusion.tells ? program_of(p) : NULL;
  const void *in[TI_PROGRAM_INPUTS];
  ptrdiff_t stride[TI_PROGRAM_INPUTS];
  *held = 0;
  if (f == NULL)
    return false;
  if (ti_eval_over(eval, base, *n)) {
    *n = 0;
    return true;
  }
  tell_inputs(ti_apply_of(p), base, in, stride);
  if (!ti_program_run(f, in, stride, *n, bits, NULL))
    return false;
  *held = ti_direct_held(bits, (*n + 63) / 64);
  return true;
}
