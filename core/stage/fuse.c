/*
** Fusing; see fuse.h.
*/
#include "fuse.h"

#include "fuse_recipe.h"
#include "fused.h"
#include "tell.h"

/* Does a program have that at its top? */
static bool is_top(const tine_pipeline *p) {
  return (p->type->id == TI_STAGE_map || p->type->casts != NULL) && p->columns == 1;
}

/* ----- What can be fused ----- */

/* As a leaf, or through it. */
static ti_fusion leaf_of(const tine_pipeline *p) {
  return (ti_fusion){.inputs = p->columns, .need = p->need, .result = p->result};
}

static ti_fusion seen(const tine_pipeline *p) {
  return p->fusion.open ? p->fusion : leaf_of(p);
}

void ti_fuse_zip(tine_pipeline *p) {
  const ti_fusion a = seen(p->base[0]), b = seen(p->base[1]);
  ti_fusion *f = &p->fusion;
  f->inputs = a.inputs + b.inputs;
  f->operations = a.operations + b.operations;
  f->need = ti_size_most(a.need, a.result + b.need);
  f->result = a.result + b.result;
  f->open = f->inputs <= TI_PROGRAM_INPUTS && f->operations < TI_FUSE_OPERATIONS;
}

/* What lies at the far end of the scratch, results of leaves, must fit beside what a top has at the near one. */
void ti_fuse_open(tine_pipeline *p, unsigned own) {
  const ti_fusion below = seen(p->base[0]);
  const bool cut = below.operations + own > TI_FUSE_OPERATIONS, wanted = p->fusion.wanted;
  const ti_fusion base = cut ? leaf_of(p->base[0]) : below;
  if (base.inputs > TI_PROGRAM_INPUTS || own > TI_FUSE_OPERATIONS)
    return;
  p->fusion = base;
  p->fusion.operations += own;
  p->fusion.open = true;
  p->fusion.cut = cut;
  p->fusion.wanted = wanted || p->fusion.operations >= 2;
  if (!is_top(p))
    return;
  p->need = ti_size_most(p->need, base.result + p->result);
  p->need = ti_size_most(p->need, base.need);
}

void ti_fuse_ramp(tine_pipeline *p) {
  ti_fuse_open(p, 0);
  p->fusion.inputs++;
  p->fusion.open = p->fusion.open && p->fusion.inputs <= TI_PROGRAM_INPUTS;
}

void ti_fuse_apply(tine_pipeline *p, const ti_apply *a) {
  const bool expression = a->kernel->expression != NULL;
  const size_t own =
      expression ? ti_instance_lowers(ti_fuse_instance(a)) : ti_program_takes(a->kernel, a->binding.signature);
  if (own > 0 && own <= TI_FUSE_OPERATIONS && (expression || ti_program_steps(a->binding.signature)))
    ti_fuse_open(p, (unsigned)own);
}

/* ----- Making a program ----- */

/* What it takes to run the program, which becomes the result's; NULL: there is no memory, or no program. */
static ti_fused *keep_program(ti_fuse_recipe *m, ti_program *program) {
  ti_fused *const f = program != NULL ? ti_fused_new(program, m->leaf, m->leaves) : NULL;
  if (f == NULL)
    return NULL;
  ti_assert(program->inputs == m->inputs && m->asked <= m->leaves);
  f->leaves = m->asked;
  for (unsigned k = 0; k < m->inputs; k++)
    f->input[k] = (ti_fused_input){.leaf = ti_fuse_leaf(m, m->input[k].stage), .column = m->input[k].column};
  ti_fused_begin(f);
  return f;
}

/* Makes the program of the top p and keeps it there. */
static void make(tine_pipeline *p) {
  void *was = ti_load_acquire(&p->program); /* pairs with the exchange of whoever made it */
  ti_fused *f = NULL;
  ti_fuse_recipe m;
  bool never = true;
  int word;
  if (was == ti_fused_mark(TI_FUSED_UNFIT) || (was != NULL && !ti_fused_is_mark(was)))
    return;
  word = ti_fuse_tell(&m, p);
  if (word >= 0)
    f = keep_program(&m, ti_recipe_program(&m.recipe, word, TI_PROGRAM_VALUES, &never));
  if (!ti_cas_acqrel(&p->program, &was, never ? ti_fused_mark(TI_FUSED_UNFIT) : f))
    ti_fused_drop(f); /* another thread was first */
}

/* For a run of 'span' items, which 'marks' p if it is short and the first. False: none can be made. */
static bool make_for(tine_pipeline *p, uint64_t span, unsigned marks) {
  void *was = ti_load_acquire(&p->program); /* as above */
  if (span >= TI_FUSE_SPAN || was == ti_fused_mark(TI_FUSED_RUN) ||
      (was == ti_fused_mark(TI_FUSED_SUMMED) && marks == TI_FUSED_SUMMED))
    make(p);
  else if (was == NULL)
    ti_cas_acqrel(&p->program, &was, ti_fused_mark(marks)); /* another thread's is as good */
  return ti_load_acquire(&p->program) != ti_fused_mark(TI_FUSED_UNFIT);
}

static void prepare(tine_pipeline *p, uint64_t span, const tine_pipeline *top, bool below_cut) {
  for (int larger; p != NULL && p->fusion.wanted; p = p->base[larger]) {
    if (top != NULL && ti_fuse_is_leaf(p, below_cut))
      top = NULL;
    ti_tell_prepare(p, span);
    if (top == NULL && p->fusion.open && p->fusion.operations >= 2 && is_top(p) && make_for(p, span, TI_FUSED_RUN))
      top = p;
    below_cut = p->fusion.cut;
    larger = ti_stage_larger(p);
    prepare(p->base[1 - larger], span, top, below_cut);
  }
}

void ti_fuse_prepare(tine_pipeline *p) {
  if (p->fusion.wanted && p->span >= TI_FUSE_ITEMS)
    prepare(p, p->span, NULL, false);
}

static const tine_pipeline *behind_hints(const tine_pipeline *p) {
  while (p->type->passes)
    p = p->base[0];
  return p;
}

bool ti_fuse_sums(const tine_pipeline *p) {
  p = behind_hints(p);
  return p->fusion.open && p->fusion.operations > 0 && is_top(p);
}

const ti_fused *ti_fuse_of(tine_pipeline *p, tine_dtype sum) {
  tine_pipeline *const top = (tine_pipeline *)(uintptr_t)behind_hints(p);
  const ti_fused *f = NULL;
  if (p->span >= TI_FUSE_ITEMS && ti_fuse_sums(p) && (sum == TINE_F64) == ti_dtype_float(p->dtype[0]) &&
      make_for(top, p->span, TI_FUSED_SUMMED))
    f = ti_fused_of(top);
  ti_assert(f == NULL || ti_program_sum(f->program) == sum);
  return f;
}

bool ti_fuse_computes(const tine_pipeline *p) {
  return p->type->apply != 0 || p->type->casts != NULL;
}

const tine_pipeline *ti_fuse_top(const tine_pipeline *p, const tine_pipeline *above) {
  if (!p->fusion.open || p->fusion.operations == 0)
    return NULL;
  if (above != NULL)
    return above;
  if (p->fusion.operations >= 2 && is_top(p))
    make((tine_pipeline *)(uintptr_t)p);
  return ti_fused_of(p) != NULL ? p : NULL;
}
