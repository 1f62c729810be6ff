/*
** Fusing; see fuse.h.
*/
#include "fuse.h"

#include <string.h>

#include "../expression/expression.h"
#include "../kernel/simd.h"

/* Where an input of the program comes from. */
typedef struct fuse_input {
  unsigned leaf, column;
  tine_kernel_fn *convert; /* to f64; NULL: it is that */
  int node;
  const char *at; /* item 0 of what a leaf only points at */
  ptrdiff_t stride;
} fuse_input;

/* A map that has been made a node, in case it is met again. */
typedef struct fuse_known {
  const tine_pipeline *stage;
  int node;
} fuse_known;

struct ti_fused {
  ti_program program;
  unsigned leaves, inputs;
  bool view;                                    /* all leaves only point: none need be asked */
  const tine_pipeline *leaf[TI_PROGRAM_INPUTS]; /* held by the stage the program belongs to */
  fuse_input input[TI_PROGRAM_INPUTS];
};

typedef struct fuse_maker {
  ti_fused *f;
  unsigned known;
  fuse_known node[TI_FUSE_OPERATIONS];
} fuse_maker;

/* The kernel and inputs of a map; NULL if a stage is none. */
static const ti_apply *map_apply(const tine_pipeline *p) {
  return p->type->id == TI_STAGE_map ? ti_apply_of(p) : NULL;
}

/* ----- What can be fused ----- */

/* As a leaf, or through it. */
static ti_fusion seen(const tine_pipeline *p) {
  const ti_fusion leaf = {.inputs = p->columns, .need = p->need, .result = p->result};
  return p->fusion.open ? p->fusion : leaf;
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

/* Does a step of a program do that? */
static bool fuses(const tine_kernel *kernel, const ti_signature *s) {
  if (!kernel->builtin || s->inputs > TI_PROGRAM_ARGS || s->outputs != 1 || s->out[0] != TINE_F64 || s->block == NULL ||
      !ti_signature_infallible(kernel, s))
    return false;
  for (unsigned k = 0; k < s->inputs; k++)
    if (s->in[k] != TINE_F64)
      return false;
  return true;
}

/* How many operations of a program a map is; 0: it is none. */
static size_t operations_of(const ti_apply *a) {
  const ti_instance *const e = (const ti_instance *)(const void *)a->binding.signature;
  if (a->kernel->expression == NULL)
    return fuses(a->kernel, a->binding.signature);
  for (size_t i = 0; i < e->operations; i++)
    if (e->operation[i].kernel == NULL || !fuses(e->operation[i].kernel, e->operation[i].signature))
      return 0;
  return e->operations <= TI_FUSE_OPERATIONS ? e->operations : 0;
}

void ti_fuse_map(tine_pipeline *p, const ti_apply *a) {
  const tine_pipeline *base = p->base[0];
  const ti_fusion leaf = {.inputs = base->columns, .need = base->need, .result = base->result};
  const ti_fusion below = seen(base);
  const unsigned own = (unsigned)operations_of(a);
  const bool cut = below.operations + own > TI_FUSE_OPERATIONS, wanted = p->fusion.wanted;
  if (base->columns > TI_PROGRAM_INPUTS || own == 0)
    return;
  p->fusion = cut ? leaf : below;
  p->fusion.operations += own;
  p->fusion.open = true;
  p->fusion.cut = cut;
  p->fusion.wanted = wanted || p->fusion.operations >= 2;
}

/* ----- Making a program ----- */

static bool is_zip(const tine_pipeline *p) {
  return p->type->id == TI_STAGE_zip || p->type->id == TI_STAGE_zip_eq;
}

static bool is_leaf(const tine_pipeline *p, bool below_cut) {
  return below_cut || !p->fusion.open;
}

/* Index of a leaf; a stage that is met twice is one. */
static unsigned leaf_of(ti_fused *f, const tine_pipeline *p) {
  unsigned i = 0;
  while (i < f->leaves && f->leaf[i] != p)
    i++;
  ti_assert(i < TI_PROGRAM_INPUTS);
  if (i == f->leaves)
    f->leaf[f->leaves++] = p; /* a leaf has at least a column, so there are no more than inputs */
  return i;
}

/* All leaves, in the order in which the stages one by one would ask them. */
static void find_leaves(ti_fused *f, const tine_pipeline *p, bool below_cut) {
  if (is_leaf(p, below_cut))
    leaf_of(f, p);
  else
    for (int i = 0; i < 2 && p->base[i] != NULL; i++)
      find_leaves(f, p->base[i], p->fusion.cut && !p->type->passes);
}

static int input_node(ti_fused *f, const tine_pipeline *p, unsigned column, tine_kernel_fn *convert) {
  const unsigned leaf = leaf_of(f, p);
  fuse_input *in = f->input;
  for (; in < f->input + f->inputs; in++)
    if (in->leaf == leaf && in->column == column && in->convert == convert)
      return in->node;
  if (f->inputs == TI_PROGRAM_INPUTS)
    return -1;
  *in = (fuse_input){leaf, column, convert, ti_program_input(&f->program), NULL, 0};
  f->inputs++;
  return in->node;
}

static int map_node(fuse_maker *m, const tine_pipeline *p);

/* The node of a column of a stage, converted. */
static int column_node(fuse_maker *m, const tine_pipeline *p, unsigned column, tine_kernel_fn *convert,
                       bool below_cut) {
  while (!is_leaf(p, below_cut) && map_apply(p) == NULL) {
    const unsigned first = is_zip(p) ? p->base[0]->columns : p->columns; /* else a stage that passes */
    const bool second = column >= first;
    column -= second ? first : 0;
    p = p->base[second];
  }
  return is_leaf(p, below_cut) ? input_node(m->f, p, column, convert) : map_node(m, p);
}

static double constant_of(const ti_apply *a, unsigned k) {
  double x;
  memcpy(&x, a->binding.constant[k], sizeof x);
  return x;
}

/* The nodes of an expression's operations; the last is its value. */
static int expression_node(fuse_maker *m, const tine_pipeline *p, const ti_apply *a) {
  const ti_instance *const e = (const ti_instance *)(const void *)a->binding.signature;
  int slot[TI_FUSE_OPERATIONS], args[TI_PROGRAM_ARGS], node = -1;
  ti_assert(e->operations > 0 && e->slots <= TI_FUSE_OPERATIONS);
  for (size_t i = 0; i < e->operations; i++) {
    const ti_step *const step = &e->operation[i];
    for (unsigned k = 0; k < step->count; k++) {
      const ti_operand *const v = &e->operand[step->first + k];
      double constant;
      switch (v->where) {
        case TI_AT_INPUT:
          args[k] = column_node(m, p->base[0], (unsigned)a->column[v->index], v->cast, p->fusion.cut);
          break;
        case TI_AT_SLOT: args[k] = slot[v->index]; break;
        case TI_AT_CONSTANT:
          memcpy(&constant, e->constant[v->index], sizeof constant);
          args[k] = ti_program_constant(&m->f->program, constant);
          break;
      }
    }
    node = ti_program_apply(&m->f->program, step->kernel->name, step->signature, args);
    if (node < 0)
      return -1;
    slot[step->slot] = node;
  }
  return node;
}

static int map_node(fuse_maker *m, const tine_pipeline *p) {
  const ti_apply *a = map_apply(p);
  int args[TI_PROGRAM_ARGS], node;
  for (unsigned i = 0; i < m->known; i++)
    if (m->node[i].stage == p)
      return m->node[i].node;
  for (unsigned k = 0; k < a->inputs && a->kernel->expression == NULL; k++)
    args[k] = a->column[k] < 0 ? ti_program_constant(&m->f->program, constant_of(a, k))
                               : column_node(m, p->base[0], (unsigned)a->column[k], a->binding.cast[k], p->fusion.cut);
  node = a->kernel->expression != NULL
             ? expression_node(m, p, a)
             : ti_program_apply(&m->f->program, tine_kernel_name(a->kernel), a->binding.signature, args);
  ti_assert(m->known < TI_FUSE_OPERATIONS);
  if (node >= 0)
    m->node[m->known++] = (fuse_known){p, node};
  return node;
}

/* In the place of a program that cannot be made, so that it is tried once. */
static const char unfit;

const ti_fused *ti_fuse_made(const tine_pipeline *p) {
  const void *const f = ti_load_acquire(&p->program); /* pairs with the exchange of whoever made it */
  return f == &unfit ? NULL : f;
}

static void drop_made(ti_fused *f) {
  if (f != NULL)
    ti_delete(ti_fused, f);
}

void ti_fuse_drop(tine_pipeline *p) {
  void *const f = ti_load_relaxed(&p->program); /* relaxed: the last reference is gone */
  if (f != &unfit)
    drop_made(f);
}

/* Notes where the items are, if all leaves only point at them. */
static void find_items(ti_fused *f) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  f->view = true;
  for (unsigned i = 0; i < f->leaves && f->view; i++) {
    f->view = ti_stage_view(f->leaf[i], data, stride);
    for (unsigned k = 0; k < f->inputs && f->view; k++)
      if (f->input[k].leaf == i) {
        f->input[k].at = data[f->input[k].column];
        f->input[k].stride = stride[f->input[k].column];
      }
  }
}

static bool fill_program(ti_fused *f, const tine_pipeline *p) {
  fuse_maker m = {.f = f};
  int node;
  find_leaves(f, p, false);
  node = ti_program_begin(&f->program, ti_simd_best()) ? map_node(&m, p) : -1;
  if (node < 0 || !ti_program_finish(&f->program, node))
    return false;
  find_items(f);
  return true;
}

/* Makes the program of the map p and keeps it there; NULL: it cannot be made, or there is no memory. */
static const ti_fused *make(tine_pipeline *p) {
  void *other = NULL, *own = (void *)(uintptr_t)&unfit;
  ti_fused *f;
  if (ti_load_acquire(&p->program) != NULL) /* pairs with the exchange of whoever made it */
    return ti_fuse_made(p);
  f = ti_new(ti_fused);
  if (f == NULL)
    return NULL;
  if (fill_program(f, p)) {
    own = f;
  } else {
    drop_made(f);
    f = NULL;
  }
  if (!ti_cas_acqrel(&p->program, &other, own))
    drop_made(f); /* another thread was first */
  return ti_fuse_made(p);
}

static void prepare(tine_pipeline *p, const tine_pipeline *top, bool below_cut) {
  for (int larger; p != NULL && p->fusion.wanted; p = p->base[larger]) {
    if (top != NULL && is_leaf(p, below_cut))
      top = NULL;
    if (top == NULL && p->fusion.open && p->fusion.operations >= 2 && map_apply(p) != NULL && make(p) != NULL)
      top = p;
    below_cut = p->fusion.cut && !p->type->passes;
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
  return p->fusion.open && map_apply(p) != NULL;
}

const ti_fused *ti_fuse_of(tine_pipeline *p) {
  return ti_fuse_sums(p) ? make((tine_pipeline *)(uintptr_t)behind_hints(p)) : NULL;
}

const tine_pipeline *ti_map_pair(const tine_pipeline *p, const char *kernel, int *a, int *b) {
  const ti_apply *m;
  p = behind_hints(p);
  m = map_apply(p);
  if (m == NULL || !m->kernel->builtin || strcmp(tine_kernel_name(m->kernel), kernel) != 0)
    return NULL;
  for (unsigned k = 0; k < m->inputs; k++)
    if (m->binding.signature->in[k] != TINE_F64 || m->binding.cast[k] != NULL || m->column[k] < 0)
      return NULL;
  *a = m->column[0];
  *b = m->column[1];
  return m->inputs == 2 ? p->base[0] : NULL;
}

const tine_pipeline *ti_fuse_top(const tine_pipeline *p, const tine_pipeline *above) {
  if (!p->fusion.open || p->fusion.operations == 0)
    return NULL;
  if (above != NULL)
    return above;
  return p->fusion.operations >= 2 && map_apply(p) != NULL ? p : NULL;
}

/* ----- A block ----- */

/* The inputs of a block: where its items are, and how they become f64. */
typedef struct fuse_block {
  const void *in[TI_PROGRAM_INPUTS];
  ptrdiff_t stride[TI_PROGRAM_INPUTS];
  tine_kernel_fn *convert[TI_PROGRAM_INPUTS];
} fuse_block;

/* Asks the leaves; returns how many items all of them have. */
static size_t ask_leaves(const ti_fused *f, ti_eval *eval, const ti_request *rq, fuse_block *b) {
  const void *data[TI_PROGRAM_INPUTS];
  ptrdiff_t stride[TI_PROGRAM_INPUTS];
  unsigned first[TI_PROGRAM_INPUTS], at = 0;
  ti_request part = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, rq->offset, rq->bits};
  for (unsigned i = 0; i < f->leaves && part.n > 0; i++) {
    ti_assert(at + f->leaf[i]->columns <= TI_PROGRAM_INPUTS);
    first[i] = at;
    part.data = data + at;
    part.stride = stride + at;
    part.n = ti_stage_fill(f->leaf[i], eval, &part);
    at += f->leaf[i]->columns; /* in all no more than a program may have inputs */
    ti_request_take(&part, f->leaf[i]->result);
  }
  for (unsigned k = 0; k < f->inputs && part.n > 0; k++) {
    b->in[k] = data[first[f->input[k].leaf] + f->input[k].column];
    b->stride[k] = stride[first[f->input[k].leaf] + f->input[k].column];
  }
  return part.n;
}

/* Bytes of a value of input k. */
static inline size_t input_size(const ti_fused *f, unsigned k) {
  return tine_dtype_size(f->leaf[f->input[k].leaf]->dtype[f->input[k].column]);
}

size_t ti_fuse_fill(const ti_fused *f, ti_eval *eval, const ti_request *rq, double *out, double *lanes) {
  fuse_block b;
  const size_t n = f->view ? rq->n : ask_leaves(f, eval, rq, &b);
  for (unsigned k = 0; k < f->inputs; k++)
    b.convert[k] = f->input[k].convert;
  for (unsigned k = 0; k < f->inputs && f->view; k++) {
    b.in[k] = f->input[k].at + (ptrdiff_t)rq->lo * f->input[k].stride;
    b.stride[k] = f->input[k].stride;
  }
  for (unsigned k = 0; k < f->inputs && n > 0 && out != NULL; k++)
    ti_assert(ti_contract_apart(out, sizeof *out, b.in[k], input_size(f, k), b.stride[k], n));
  if (n > 0)
    ti_program_run(&f->program, b.in, b.stride, b.convert, n, out, lanes);
  return n;
}
