/*
** Predicates as programs; see tell.h.
*/
#include "tell.h"

#include "../expression/expression.h"
#include "direct.h"
#include "fuse.h"

/* In the place of a program: none can be made, so that it is tried once; or a short run has been here, and for one more
   it is worth it. */
static const char untold, told_once;

static ti_program *program_in(void *place) {
  return place == &untold || place == &told_once ? NULL : place;
}

static const ti_program *program_of(const tine_pipeline *p) {
  return program_in(ti_load_acquire(&p->program)); /* pairs with the exchange of whoever made it */
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

/* The columns of the base that it takes, in the order of its inputs, each once: as words. */
static int column_of(ti_recipe *r, const tine_pipeline *base, const ti_apply *a, unsigned k, int *words) {
  for (unsigned i = 0; i < k; i++)
    if (a->column[i] == a->column[k])
      return words[i];
  return ti_recipe_input(r, base->dtype[a->column[k]]);
}

/* What tells, as a word; -1: there is no room for it. */
static int told_word(ti_recipe *r, const tine_pipeline *p, const ti_apply *a) {
  int words[TINE_MAX_ARGS], inputs[TINE_MAX_ARGS];
  ti_recipe_begin(r);
  for (unsigned k = 0; k < a->inputs; k++) {
    const tine_dtype type = a->binding.signature->in[k];
    words[k] =
        a->column[k] < 0 ? ti_recipe_constant(r, type, a->binding.constant[k]) : column_of(r, p->base[0], a, k, words);
    inputs[k] = ti_recipe_promote(r, words[k], type);
  }
  return a->kernel->expression != NULL ? ti_instance_word(told_of(a), r, inputs)
                                       : ti_recipe_apply(r, a->binding.signature, inputs);
}

static void make_told(tine_pipeline *p, void *was) {
  void *made = NULL;
  ti_recipe r;
  bool never = true;
  const int word = told_word(&r, p, ti_apply_of(p));
  if (word >= 0)
    made = ti_recipe_program(&r, word, TI_PROGRAM_BITS, &never);
  if (!ti_cas_acqrel(&p->program, &was, never ? (void *)(uintptr_t)&untold : made))
    ti_program_drop(made); /* another thread was first */
}

void ti_tell_prepare(tine_pipeline *p, uint64_t span) {
  void *was = p->fusion.tells ? ti_load_acquire(&p->program) : NULL; /* pairs with the exchange of whoever made it */
  if (!p->fusion.tells || (was != NULL && was != &told_once))
    return;
  if (span >= TI_FUSE_SPAN || was != NULL)
    make_told(p, was);
  else
    ti_cas_acqrel(&p->program, &was, (void *)(uintptr_t)&told_once); /* another thread's is as good */
}

bool ti_tell_made(const tine_pipeline *p) {
  return p->fusion.tells && program_of(p) != NULL;
}

void ti_tell_drop(tine_pipeline *p) {
  ti_program_drop(program_in(ti_load_relaxed(&p->program))); /* relaxed: the last reference is gone */
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
