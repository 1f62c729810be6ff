/*
** A host's own terminal: fold and combine, over the grid and the tree of all reductions (../fold/README.md).
**
** A node of the tree holds a pointer to the host's accumulator, which is never moved: that of cell 0 is where the
** result is wanted, and since it is always the left one it stays to the end. When two meet, the right one is dropped
** and its memory kept with the left one as a *spare*; the next cell takes a spare from the tree it will be pushed to.
** So a stretch, however long, allocates no more than its tree has nodes at most. All that were ever allocated are in
** one list, and what a failed run leaves alive is dropped from there.
*/
#include <string.h>

#include "../base/error.h"
#include "../base/mode.h"
#include "../base/visit.h"
#include "reduction.h"

typedef struct host_acc host_acc;
struct host_acc {
  void *bytes;
  bool alive;       /* made and not dropped; looked at by others only after the run */
  host_acc *spares; /* their own spares not counted */
  host_acc *next_spare;
  host_acc *next; /* of all that were allocated */
};

enum { ACC_OFFSET = (sizeof(host_acc) + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t) };

typedef struct host_fold {
  const tine_fold_desc *desc;
  host_acc first;           /* of cell 0 */
  _Atomic(host_acc *) made; /* pushed only, before the run is over */
} host_fold;

static host_acc *acc_of(const ti_acc *acc) {
  return (host_acc *)(uintptr_t)acc->value.u;
}

static host_acc *acc_new(host_fold *f) {
  host_acc *a = ti_alloc(ACC_OFFSET + f->desc->acc_size, _Alignof(max_align_t));
  if (a == NULL)
    return NULL;
  *a = (host_acc){.bytes = (char *)a + ACC_OFFSET, .next = ti_load_relaxed(&f->made)}; /* relaxed: swapped below */
  while (!ti_cas_relaxed(&f->made, &a->next, a)) /* relaxed: read after the run, which the joins order */
    continue;
  return a;
}

/* A spare of 'a', or one of that one's own; NULL if there is none. */
static host_acc *acc_spare(host_acc *a) {
  host_acc **link = &a->spares, *spare;
  if (*link == NULL)
    return NULL;
  while ((*link)->spares != NULL)
    link = &(*link)->spares;
  spare = *link;
  *link = spare->next_spare;
  return spare;
}

static host_acc *acc_take(host_fold *f, const ti_tree *tree, uint64_t first) {
  host_acc *a = first == 0 ? &f->first : NULL;
  for (unsigned i = tree->count; a == NULL && i-- > 0;)
    if (ti_tree_node(tree, i)->acc[0].n > 0)
      a = acc_spare(acc_of(ti_tree_node(tree, i)->acc));
  return a != NULL ? a : acc_new(f);
}

static void acc_drop(const host_fold *f, host_acc *a) {
  if (a->alive && f->desc->drop != NULL)
    TI_VISIT(f->desc->drop(a->bytes, f->desc->env));
  a->alive = false;
}

static int host_cell(const void *env, const ti_tree *tree, tine_block *block) {
  host_fold *f = (host_fold *)(uintptr_t)env;
  host_acc *const a = acc_take(f, tree, block->first);
  const size_t n = block->n;
  int code;
  if (a == NULL)
    return tine_block_fail(block, TINE_ENOMEM, 0, "not enough memory for an accumulator");
  for (unsigned c = 0; c < tree->columns; c++)
    ti_tree_next(tree)[c] = (ti_acc){.value.u = (uintptr_t)a, .n = n};
  TI_VISIT(f->desc->init(a->bytes, f->desc->env));
  a->alive = true;
  block->env = f->desc->env;
  block->failed = n;
  TI_VISIT(code = f->desc->fold(a->bytes, block));
  if (code != 0 && block->failed >= n)
    block->failed = 0;
  return ti_error_host(code, block->message);
}

static int host_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {
  const host_fold *f = env;
  host_acc *const l = acc_of(left), *const r = acc_of(right);
  (void)message;
  TI_VISIT(f->desc->combine(l->bytes, r->bytes, f->desc->env));
  acc_drop(f, r);
  r->next_spare = l->spares;
  l->spares = r;
  return 0;
}

/* The columns but the first have no accumulator of their own. */
static int no_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {
  (void)env, (void)left, (void)right, (void)message;
  return 0;
}

static const ti_fold fold_host = {.name = "fold", .combine = host_combine};
static const ti_fold fold_nothing = {.name = "fold", .combine = no_combine};

static void end_accs(host_fold *f, bool keep_first) {
  host_acc *a = ti_load_relaxed(&f->made); /* relaxed: the run is over */
  if (!keep_first)
    acc_drop(f, &f->first);
  while (a != NULL) {
    host_acc *const next = a->next;
    acc_drop(f, a);
    ti_free(a, ACC_OFFSET + f->desc->acc_size, _Alignof(max_align_t));
    a = next;
  }
}

/* "f64 i64" against the columns. */
static tine_status fold_types(const tine_pipeline *p, const char *name, const char *types, tine_error *err) {
  char got[TINE_MAX_COLUMNS * 5 + 1] = "", text[TINE_MESSAGE_SIZE];
  size_t used = 0, length = 0;
  ti_signature s;
  tine_error reason;
  if (types == NULL)
    return TINE_OK;
  ti_text_add(text, sizeof text, &length, "%s ->", types);
  if (length >= sizeof text || ti_signature_parse(&s, text, &reason) != TINE_OK)
    return ti_error_set(err, TINE_EINVAL, "fold '%s', types \"%.80s\": %s", name, types,
                        length >= sizeof text ? "too long" : reason.message);
  for (unsigned c = 0; c < p->columns; c++)
    ti_text_add(got, sizeof got, &used, "%s%s", c > 0 ? " " : "", tine_dtype_name(p->dtype[c]));
  if (s.inputs != p->columns || memcmp(s.in, p->dtype, s.inputs * sizeof s.in[0]) != 0)
    return ti_error_set(err, TINE_ETYPE, "fold '%s' takes (%.80s), the pipeline gives (%s)", name, types, got);
  return TINE_OK;
}

static tine_status fold_check(const tine_pipeline *p, const tine_fold_desc *d, const void *result, tine_error *err) {
  tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  if (d->init == NULL || d->fold == NULL || d->combine == NULL)
    return ti_error_set(err, TINE_EINVAL, "fold '%s' needs init, fold and combine", d->name);
  if (result == NULL || d->acc_size == 0 || d->acc_size > PTRDIFF_MAX / 2)
    return ti_error_set(err, TINE_EINVAL, "fold '%s' has no room for a result", d->name);
  if ((d->flags & ~(unsigned)(TINE_NOT_SYNC | TINE_NOT_SEND)) != 0)
    return ti_error_set(err, TINE_EINVAL, "fold '%s' has unknown flags", d->name);
  status = ti_mode_check(TI_PLACE_TERMINAL, &(ti_captured){.flags = d->flags}, err);
  if (status == TINE_OK)
    status = ti_stage_needs(p, TINE_INDEXED, "fold", err);
  return status == TINE_OK ? fold_types(p, d->name, d->types, err) : status;
}

tine_status tine_fold(tine_pipeline *p, const tine_fold_desc *desc, void *result, tine_error *err) {
  tine_fold_desc d = {.size = 0};
  host_fold f = {.desc = &d, .first = {.bytes = result}};
  ti_reduction r = {.cell = host_cell};
  ti_acc acc[TINE_MAX_COLUMNS];
  tine_status status;
  if (desc == NULL || desc->size < sizeof desc->size)
    return ti_error_set(err, TINE_EINVAL, "no fold description, or one whose size is not set");
  memcpy(&d, desc, desc->size < sizeof d ? desc->size : sizeof d);
  r.name = d.name = d.name != NULL ? d.name : "fold";
  status = fold_check(p, &d, result, err);
  if (status != TINE_OK)
    return status;
  atomic_init(&f.made, NULL);
  for (unsigned c = 0; c < p->columns; c++) {
    r.folds[c] = c == 0 ? &fold_host : &fold_nothing;
    r.envs[c] = &f;
  }
  if (p->len > 0)
    status = ti_reduce(p, &r, acc, err);
  else {
    const ti_fp saved = ti_fp_enter();
    TI_VISIT(d.init(result, d.env));
    ti_fp_leave(saved);
  }
  end_accs(&f, status == TINE_OK);
  return status;
}
