/*
** Programs of stages run over blocks; see fused.h.
*/
#include "fused.h"

#include <string.h>

#include "../expression/recipe.h"

/* ----- In the place of a stage's program ----- */

static const char fused_mark[TI_FUSED_MARKS];

void *ti_fused_mark(unsigned which) {
  ti_assert(which < TI_FUSED_MARKS);
  return (void *)(uintptr_t)&fused_mark[which];
}

bool ti_fused_is_mark(const void *f) {
  return (uintptr_t)f - (uintptr_t)fused_mark < TI_FUSED_MARKS;
}

const ti_fused *ti_fused_of(const tine_pipeline *p) {
  const void *const f = ti_load_acquire(&p->program); /* pairs with the exchange of whoever made it */
  return ti_fused_is_mark(f) ? NULL : f;
}

static size_t fused_bytes(unsigned inputs, unsigned leaves) {
  return sizeof(ti_fused) + inputs * sizeof(ti_fused_input) + leaves * sizeof(tine_pipeline *);
}

ti_fused *ti_fused_new(ti_program *program, const tine_pipeline *const *leaf, unsigned leaves) {
  ti_fused *const f = ti_alloc(fused_bytes(program->inputs, leaves), _Alignof(ti_fused));
  if (f == NULL) {
    ti_program_drop(program);
    return NULL;
  }
  f->program = program;
  f->known = leaves;
  f->leaf = memcpy(f->input + program->inputs, leaf, leaves * sizeof *leaf);
  return f;
}

void ti_fused_drop(ti_fused *f) {
  if (f == NULL)
    return;
  const size_t bytes = fused_bytes(f->program->inputs, f->known);
  ti_program_drop(f->program);
  ti_free(f, bytes, _Alignof(ti_fused));
}

void ti_fuse_drop(tine_pipeline *p) {
  void *const f = ti_load_relaxed(&p->program); /* relaxed: the last reference is gone */
  if (!ti_fused_is_mark(f))
    ti_fused_drop(f);
}

/* ----- A block ----- */

/* Is the first column of a stage a ramp? */
static bool is_ramp(const tine_pipeline *p) {
  ti_program_ramp r;
  return p->type->ramp != NULL && p->type->ramp(p, 0, &r);
}

void ti_fused_begin(ti_fused *f) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  f->view = true;
  f->silent = 0;
  for (unsigned k = 0; k < f->program->inputs; k++)
    f->input[k].ramp = f->input[k].column == 0 && is_ramp(f->leaf[f->input[k].leaf]);
  for (unsigned i = 0; i < f->leaves; i++) {
    const bool silent = f->leaf[i]->base[0] == NULL && is_ramp(f->leaf[i]);
    f->silent |= (unsigned)silent << i;
    f->view = f->view && (silent || ti_stage_view(f->leaf[i], data, stride));
    for (unsigned k = 0; k < f->program->inputs && f->view && !silent; k++)
      if (f->input[k].leaf == i) {
        f->input[k].at = data[f->input[k].column];
        f->input[k].stride = stride[f->input[k].column];
      }
  }
}

/* The inputs of a block: where its items are. */
typedef struct fused_block {
  const void *in[TI_PROGRAM_INPUTS];
  ptrdiff_t stride[TI_PROGRAM_INPUTS];
  ti_program_ramp ramp[TI_PROGRAM_INPUTS];
} fused_block;

static void put_ramp(const ti_fused *f, unsigned k, uint64_t lo, fused_block *b) {
  const tine_pipeline *const leaf = f->leaf[f->input[k].leaf];
  ti_assert(f->input[k].column == 0 && leaf->type->ramp != NULL);
  leaf->type->ramp(leaf, lo, &b->ramp[k]);
  b->in[k] = &b->ramp[k];
  b->stride[k] = TI_PROGRAM_RAMP;
}

/* Asks the leaves; returns how many items all of them have. */
static size_t ask_leaves(const ti_fused *f, ti_eval *eval, const ti_request *rq, fused_block *b) {
  const void *data[TI_PROGRAM_INPUTS];
  ptrdiff_t stride[TI_PROGRAM_INPUTS];
  unsigned first[TI_PROGRAM_INPUTS], at = 0;
  ti_request part = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, rq->offset, rq->bits};
  for (unsigned i = 0; i < f->leaves && part.n > 0; i++) {
    if ((f->silent >> i & 1) != 0)
      continue;
    ti_assert(at + f->leaf[i]->columns <= TI_PROGRAM_INPUTS);
    first[i] = at;
    part.data = data + at;
    part.stride = stride + at;
    part.n = ti_stage_fill(f->leaf[i], eval, &part);
    at += f->leaf[i]->columns; /* in all no more than a program may have inputs */
    ti_request_take(&part, f->leaf[i]->result);
  }
  for (unsigned k = 0; k < f->program->inputs && part.n > 0; k++) {
    if (f->input[k].ramp) {
      put_ramp(f, k, rq->lo, b);
      continue;
    }
    b->in[k] = data[first[f->input[k].leaf] + f->input[k].column];
    b->stride[k] = stride[first[f->input[k].leaf] + f->input[k].column];
  }
  return part.n;
}

/* Where the items are, and how many. */
static size_t block_of(const ti_fused *f, ti_eval *eval, const ti_request *rq, fused_block *b) {
  if (!f->view)
    return ask_leaves(f, eval, rq, b);
  for (unsigned k = 0; k < f->program->inputs; k++)
    if (f->input[k].ramp)
      put_ramp(f, k, rq->lo, b);
    else {
      b->in[k] = f->input[k].at + (ptrdiff_t)rq->lo * f->input[k].stride;
      b->stride[k] = f->input[k].stride;
    }
  return rq->n;
}

/* What a program writes lies apart from what it reads, or in its place. */
static void check_fused(const ti_fused *f, const fused_block *b, const void *out, size_t size, size_t n) {
  for (unsigned k = 0; k < f->program->inputs && n > 0; k++)
    ti_assert(f->input[k].ramp ||
              ti_contract_apart(out, size, b->in[k], tine_dtype_size(f->program->input[k]), b->stride[k], n));
  (void)b, (void)out, (void)size; /* where nothing is asserted */
}

bool ti_fuse_fill(const tine_pipeline *p, ti_eval *eval, const ti_request *rq, size_t *n) {
  const ti_fused *const f = rq->n >= TI_FUSE_ITEMS && p->fusion.operations >= 2 ? ti_fused_of(p) : NULL;
  fused_block b;
  void *out;
  if (f == NULL)
    return false;
  out = ti_request_answer(rq, 0, p->dtype[0], ti_request_room(rq, p->result));
  *n = ti_eval_over(eval, rq, rq->n * p->fusion.operations) ? 0 : block_of(f, eval, rq, &b);
  check_fused(f, &b, out, tine_dtype_size(p->dtype[0]), *n);
  return *n == 0 || ti_program_run(f->program, b.in, b.stride, *n, out, NULL);
}

bool ti_fuse_add(const ti_fused *f, ti_eval *eval, const ti_request *rq, void *lanes) {
  fused_block b;
  return block_of(f, eval, rq, &b) == rq->n && ti_program_run(f->program, b.in, b.stride, rq->n, NULL, lanes);
}
