/*
** Fusing; see fuse.h.
*/
#include "fuse.h"

#include <string.h>

#include "../expression/expression.h"
#include "../kernel/simd.h"
#include "fused.h"
#include "tell.h"

/* A column that has been made a node, in case it is met again. */
typedef struct fuse_known {
  const tine_pipeline *stage;
  unsigned column;
  int node;
} fuse_known;

typedef struct fuse_maker {
  ti_program_maker program;
  unsigned inputs, leaves, asked, known;
  const tine_pipeline *leaf[TI_PROGRAM_INPUTS];
  ti_fused_input input[TI_PROGRAM_INPUTS];
  fuse_known node[TI_FUSE_OPERATIONS];
} fuse_maker;

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

static const ti_instance *instance_of(const ti_apply *a) {
  return (const ti_instance *)(const void *)a->binding.signature; /* the instance begins with it */
}

void ti_fuse_apply(tine_pipeline *p, const ti_apply *a) {
  const bool expression = a->kernel->expression != NULL;
  const size_t own =
      expression ? ti_instance_lowers(instance_of(a)) : ti_program_takes(a->kernel, a->binding.signature);
  if (own > 0 && own <= TI_FUSE_OPERATIONS)
    ti_fuse_open(p, (unsigned)own);
}

/* ----- Making a program ----- */

/* 'below_cut': what is below a stage that cuts is a leaf, whatever it is. */
static bool is_leaf(const tine_pipeline *p, bool below_cut) {
  return below_cut || !p->fusion.open;
}

/* Index of a leaf; a stage that is met twice is one. */
static unsigned leaf_index(fuse_maker *m, const tine_pipeline *p) {
  unsigned i = 0;
  while (i < m->leaves && m->leaf[i] != p)
    i++;
  ti_assert(i < TI_PROGRAM_INPUTS);
  if (i == m->leaves)
    m->leaf[m->leaves++] = p; /* a leaf has at least a column, so there are no more than inputs */
  return i;
}

/* All leaves, in the order in which the stages one by one would ask them. */
static void find_leaves(fuse_maker *m, const tine_pipeline *p, bool below_cut) {
  if (is_leaf(p, below_cut))
    leaf_index(m, p);
  else
    for (int i = 0; i < 2 && p->base[i] != NULL; i++)
      find_leaves(m, p->base[i], p->fusion.cut);
}

static int input_node(fuse_maker *m, const tine_pipeline *p, unsigned column) {
  const unsigned leaf = leaf_index(m, p);
  ti_fused_input *in = m->input;
  for (; in < m->input + m->inputs; in++)
    if (in->leaf == leaf && in->column == column)
      return in->node;
  if (m->inputs == TI_PROGRAM_INPUTS)
    return -1;
  *in = (ti_fused_input){.leaf = leaf, .column = column, .node = ti_program_input(&m->program, p->dtype[column])};
  m->inputs++;
  return in->node;
}

static int made_node(fuse_maker *m, const tine_pipeline *p, unsigned column);

/* The node of a column of a stage. */
static int column_node(fuse_maker *m, const tine_pipeline *p, unsigned column, bool below_cut) {
  while (!is_leaf(p, below_cut)) {
    const int base = p->type->origin != NULL ? p->type->origin(p, &column) : p->type->passes ? 0 : -1;
    if (base < 0)
      return p->type->ramp != NULL ? input_node(m, p, column) : made_node(m, p, column);
    below_cut = p->fusion.cut;
    p = p->base[base];
  }
  return input_node(m, p, column);
}

/* What a kernel takes as number k, of the type that it takes. */
static int argument_node(fuse_maker *m, const tine_pipeline *p, const ti_apply *a, unsigned k) {
  const tine_dtype type = a->binding.signature->in[k];
  if (a->column[k] < 0)
    return ti_program_constant(&m->program, type, a->binding.constant[k]);
  return ti_program_promote(&m->program, column_node(m, p->base[0], (unsigned)a->column[k], p->fusion.cut), type);
}

static int kernel_node(fuse_maker *m, const tine_pipeline *p, const ti_apply *a) {
  int inputs[TINE_MAX_ARGS];
  for (unsigned k = 0; k < a->inputs; k++)
    inputs[k] = argument_node(m, p, a, k);
  return a->kernel->expression != NULL ? ti_instance_node(instance_of(a), &m->program, inputs)
                                       : ti_program_apply(&m->program, a->binding.signature, inputs);
}

/* A column that the stage p makes itself. */
static int made_node(fuse_maker *m, const tine_pipeline *p, unsigned column) {
  int node;
  for (unsigned i = 0; i < m->known; i++)
    if (m->node[i].stage == p && m->node[i].column == column)
      return m->node[i].node;
  if (p->type->casts != NULL)
    node = ti_program_convert(&m->program, column_node(m, p->base[0], column, p->fusion.cut), p->dtype[column],
                              p->type->casts(p));
  else
    node = kernel_node(m, p, ti_apply_of(p));
  ti_assert(m->known < TI_FUSE_OPERATIONS);
  if (node >= 0)
    m->node[m->known++] = (fuse_known){p, column, node};
  return node;
}

/* Stages one by one evaluate what nothing is made of, too, and it may fail: so all columns become nodes. False: there
   is no room for them. */
static bool make_all(fuse_maker *m, const tine_pipeline *p, bool below_cut) {
  bool fits = true;
  if (is_leaf(p, below_cut) || p->infallible)
    return true;
  for (int i = 0; i < 2 && p->base[i] != NULL; i++)
    fits = fits && make_all(m, p->base[i], p->fusion.cut);
  for (unsigned c = 0; c < p->columns && fits; c++)
    fits = column_node(m, p, c, false) >= 0;
  return fits;
}

/* In the place of a program that cannot be made, so that it is tried once. */
static const char unfit;

const ti_fused *ti_fused_of(const tine_pipeline *p) {
  const void *const f = ti_load_acquire(&p->program); /* pairs with the exchange of whoever made it */
  return f == &unfit ? NULL : f;
}

static void drop_made(ti_fused *f) {
  if (f == NULL)
    return;
  ti_program_drop(f->program);
  ti_delete(ti_fused, f);
}

void ti_fuse_drop(tine_pipeline *p) {
  void *const f = ti_load_relaxed(&p->program); /* relaxed: the last reference is gone */
  if (f != &unfit)
    drop_made(f);
}

/* Is there a program for p? It is p->made of the maker's then. */
static bool make_program(fuse_maker *m, const tine_pipeline *p) {
  int node = -1;
  m->inputs = m->leaves = m->known = 0;
  find_leaves(m, p, false);
  m->asked = m->leaves;
  if (ti_program_begin(&m->program, ti_simd_best()))
    node = column_node(m, p, 0, false);
  return node >= 0 && make_all(m, p, false) && ti_program_finish(&m->program, node, TI_PROGRAM_VALUES);
}

/* That program, to be kept; NULL: there is no memory. */
static ti_fused *keep_program(const fuse_maker *m) {
  ti_fused *const f = ti_new(ti_fused);
  if (f == NULL)
    return NULL;
  f->program = ti_program_keep(&m->program);
  if (f->program == NULL) {
    ti_delete(ti_fused, f);
    return NULL;
  }
  f->leaves = m->asked;
  memcpy(f->leaf, m->leaf, sizeof f->leaf);
  memcpy(f->input, m->input, sizeof f->input);
  ti_fused_begin(f);
  return f;
}

/* Makes the program of the top p and keeps it there; NULL: it cannot be made, or there is no memory. */
static const ti_fused *make(tine_pipeline *p) {
  void *other = NULL, *own = (void *)(uintptr_t)&unfit;
  ti_fused *f = NULL;
  fuse_maker *m;
  if (ti_load_acquire(&p->program) != NULL) /* pairs with the exchange of whoever made it */
    return ti_fused_of(p);
  m = ti_alloc(sizeof *m, _Alignof(fuse_maker)); /* large, and begun anew */
  if (m == NULL)
    return NULL;
  if (make_program(m, p)) {
    f = keep_program(m);
    own = f;
  }
  ti_delete(fuse_maker, m);
  if (own != NULL && !ti_cas_acqrel(&p->program, &other, own))
    drop_made(f); /* another thread was first */
  return ti_fused_of(p);
}

static void prepare(tine_pipeline *p, const tine_pipeline *top, bool below_cut) {
  for (int larger; p != NULL && p->fusion.wanted; p = p->base[larger]) {
    if (top != NULL && is_leaf(p, below_cut))
      top = NULL;
    ti_tell_prepare(p);
    if (top == NULL && p->fusion.open && p->fusion.operations >= 2 && is_top(p) && make(p) != NULL)
      top = p;
    below_cut = p->fusion.cut;
    larger = ti_stage_larger(p);
    prepare(p->base[1 - larger], top, below_cut);
  }
}

void ti_fuse_prepare(tine_pipeline *p) {
  prepare(p, NULL, false);
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
  const bool adds = ti_fuse_sums(p) && (sum == TINE_F64) == ti_dtype_float(p->dtype[0]);
  const ti_fused *const f = adds ? make((tine_pipeline *)(uintptr_t)behind_hints(p)) : NULL;
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
  return p->fusion.operations >= 2 && is_top(p) && make((tine_pipeline *)(uintptr_t)p) != NULL ? p : NULL;
}
