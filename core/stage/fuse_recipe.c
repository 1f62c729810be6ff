/*
** What the stages of a program compute, told as a recipe; see fuse_recipe.h.
*/
#include "fuse_recipe.h"

unsigned ti_fuse_leaf(ti_fuse_recipe *m, const tine_pipeline *p) {
  unsigned i = 0;
  while (i < m->leaves && m->leaf[i] != p)
    i++;
  ti_assert(i < TI_PROGRAM_INPUTS);
  if (i == m->leaves)
    m->leaf[m->leaves++] = p; /* a leaf has at least a column, so there are no more than inputs */
  return i;
}

/* All leaves, in the order in which the stages one by one would ask them. */
static void find_leaves(ti_fuse_recipe *m, const tine_pipeline *p, bool below_cut) {
  if (ti_fuse_is_leaf(p, below_cut))
    ti_fuse_leaf(m, p);
  else
    for (int i = 0; i < 2 && p->base[i] != NULL; i++)
      find_leaves(m, p->base[i], p->fusion.cut);
}

/* The word of a column that is known; -1: it is not. */
static int known_word(const ti_fuse_word *k, unsigned n, const tine_pipeline *p, unsigned column) {
  for (unsigned i = 0; i < n; i++)
    if (k[i].stage == p && k[i].column == column)
      return k[i].word;
  return -1;
}

static int input_word(ti_fuse_recipe *m, const tine_pipeline *p, unsigned column) {
  int word = known_word(m->input, m->inputs, p, column);
  if (word >= 0)
    return word;
  word = ti_recipe_input(&m->recipe, p->dtype[column]);
  if (word >= 0) {
    m->input[m->inputs++] = (ti_fuse_word){p, column, word};
    ti_fuse_leaf(m, p);
  }
  return word;
}

static int made_word_of(ti_fuse_recipe *m, const tine_pipeline *p, unsigned column);

/* The word of a column of a stage; -1: there is no room for it. */
static int column_word(ti_fuse_recipe *m, const tine_pipeline *p, unsigned column, bool below_cut) {
  while (!ti_fuse_is_leaf(p, below_cut)) {
    const int base = p->type->origin != NULL ? p->type->origin(p, &column) : p->type->passes ? 0 : -1;
    if (base < 0)
      return p->type->ramp != NULL ? input_word(m, p, column) : made_word_of(m, p, column);
    below_cut = p->fusion.cut;
    p = p->base[base];
  }
  return input_word(m, p, column);
}

/* What a kernel takes as number k, of the type that it takes. */
static int argument_word(ti_fuse_recipe *m, const tine_pipeline *p, const ti_apply *a, unsigned k) {
  const tine_dtype type = a->binding.signature->in[k];
  if (a->column[k] < 0)
    return ti_recipe_constant(&m->recipe, type, a->binding.constant[k]);
  return ti_recipe_promote(&m->recipe, column_word(m, p->base[0], (unsigned)a->column[k], p->fusion.cut), type);
}

static int kernel_word(ti_fuse_recipe *m, const tine_pipeline *p, const ti_apply *a) {
  int inputs[TINE_MAX_ARGS];
  for (unsigned k = 0; k < a->inputs; k++)
    inputs[k] = argument_word(m, p, a, k);
  return a->kernel->expression != NULL ? ti_instance_word(ti_fuse_instance(a), &m->recipe, inputs)
                                       : ti_recipe_apply(&m->recipe, a->binding.signature, inputs);
}

/* A column that the stage p makes itself. */
static int made_word_of(ti_fuse_recipe *m, const tine_pipeline *p, unsigned column) {
  int word = known_word(m->made, m->known, p, column);
  if (word >= 0)
    return word;
  if (p->type->casts != NULL)
    word = ti_recipe_convert(&m->recipe, column_word(m, p->base[0], column, p->fusion.cut), p->dtype[column],
                             p->type->casts(p));
  else
    word = kernel_word(m, p, ti_apply_of(p));
  ti_assert(m->known < TI_FUSE_OPERATIONS && m->inputs <= TI_PROGRAM_INPUTS);
  if (word >= 0)
    m->made[m->known++] = (ti_fuse_word){p, column, word};
  return word;
}

/* Stages one by one evaluate what nothing is made of, too, and it may fail: so all columns become words. False: there
   is no room for them. */
static bool make_all(ti_fuse_recipe *m, const tine_pipeline *p, bool below_cut) {
  bool fits = true;
  if (ti_fuse_is_leaf(p, below_cut) || p->infallible)
    return true;
  for (int i = 0; i < 2 && p->base[i] != NULL; i++)
    fits = fits && make_all(m, p->base[i], p->fusion.cut);
  for (unsigned c = 0; c < p->columns && fits; c++)
    fits = column_word(m, p, c, false) >= 0;
  return fits;
}

int ti_fuse_tell(ti_fuse_recipe *m, const tine_pipeline *p) {
  int word;
  m->inputs = m->leaves = m->known = 0;
  ti_recipe_begin(&m->recipe);
  find_leaves(m, p, false);
  m->asked = m->leaves;
  word = column_word(m, p, 0, false);
  return word >= 0 && make_all(m, p, false) ? word : -1;
}
