/*
** Items at places that were counted before; see place.h.
**
** Counts are kept for each *stretch*, some neighbouring positions: so many cells that a flow may be cut almost
** anywhere, and so few that their counts take next to no memory. In the second pass parts begin at whole stretches, so
** each knows where its first item goes. Sources may change between the passes (a file that is mapped): a part writes
** nothing outside of its own places, and parts that do not meet are an error.
*/
#include "place.h"

#include "../stage/parts.h"
#include "tally.h"

enum {
  PLACE_CELLS = 1 << 12, /* at most */
  PLACE_LEAST = 48,      /* positions: what fewer give fits into a list's first chunk or two, as a rule */
  PLACE_KERNELS = 3      /* below the flat_map, at most: some ns an item */
};

typedef struct place_job {
  ti_tally tally;
  const ti_shape shape;
  char *data[TINE_MAX_COLUMNS];
} place_job;

/* ----- Which pipelines ----- */

/* Kernels, and what takes as long as one, that each item of p goes through. Folds of many items are no small number. */
static unsigned place_kernels(const tine_pipeline *p) {
  unsigned n = 0;
  for (; p != NULL && n <= PLACE_KERNELS; p = p->base[ti_stage_larger(p)]) {
    const tine_pipeline *smaller = p->base[!ti_stage_larger(p)];
    if (p->type->id == TI_STAGE_fold_chunks)
      return PLACE_KERNELS + 1;
    n += p->type->apply > 0 || p->type->id == TI_STAGE_gather;
    if (smaller != NULL)
      n += place_kernels(smaller);
  }
  return n;
}

bool ti_place_serves(const tine_pipeline *p) {
  const tine_pipeline *base = ti_tally_base(p);
  return base != NULL && base->span >= PLACE_LEAST && base->cheap && place_kernels(base) <= PLACE_KERNELS;
}

/* ----- Placing ----- */

/* Items [first, next) of the result are there; those from 'last' on are another's. */
typedef struct place_part {
  uint64_t first, next, last;
} place_part;

static bool place_begin(const ti_sink *sink, void *part, ti_space *space) {
  const place_job *to = sink->env;
  (void)space;
  *(place_part *)part = (place_part){0, 0, to->tally.total};
  return true;
}

static void place_start(const ti_sink *sink, void *left, void *part, uint64_t lo) {
  const place_job *to = sink->env;
  place_part *l = left, *p = part;
  ti_assert(lo % sink->grid == 0 && lo >> to->tally.shift < to->tally.cells);
  p->first = p->next =
      ti_load_relaxed(&to->tally.count[lo >> to->tally.shift]); /* relaxed: written before the run began */
  p->last = l->last;
  l->last = p->first;
}

static bool place_changed(ti_eval *eval, uint64_t lo) {
  eval->code = TINE_EINVAL;
  eval->item = lo;
  eval->kernel = NULL;
  eval->stage = NULL;
  strcpy(eval->message, "what it reads was changed meanwhile");
  return false;
}

static uint64_t place_ahead(const ti_sink *sink, const void *part, void **want) {
  const place_job *to = sink->env;
  const place_part *p = part;
  if (p->next > p->last)
    return 0;
  for (unsigned c = 0; c < to->shape.columns; c++)
    want[c] = to->data[c] + p->next * tine_dtype_size(to->shape.dtype[c]);
  return p->last - p->next;
}

static bool place_room(const ti_sink *sink, void *part, ti_eval *eval, uint64_t lo, size_t n, void **want) {
  return n <= place_ahead(sink, part, want) || place_changed(eval, lo);
}

static bool place_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const place_job *to = sink->env;
  place_part *p = part;
  void *want[TINE_MAX_COLUMNS];
  if (!place_room(sink, part, &space->eval, items->lo, items->n, want))
    return false;
  for (unsigned c = 0; c < to->shape.columns; c++) {
    const size_t size = tine_dtype_size(to->shape.dtype[c]);
    if (want[c] != items->data[c])
      ti_parts_copy(want[c], (ptrdiff_t)size, items->data[c], items->stride[c], size, items->n);
  }
  p->next += items->n;
  return true;
}

static void place_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  place_part *p = part;
  const place_part *r = right;
  (void)sink;
  if (p->next != r->first)
    place_changed(eval, 0);
  p->next = r->next;
  p->last = r->last;
}

static tine_status place_fill(place_job *to, tine_pipeline *p, tine_error *err) {
  const ti_sink sink = {.env = to,
                        .grid = UINT64_C(1) << to->tally.shift,
                        .placeless = ti_spring_placeless(p),
                        .begin = place_begin,
                        .start = place_start,
                        .room = place_room,
                        .ahead = place_ahead,
                        .push = place_push,
                        .append = place_append};
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const tine_status status = ti_flow_run(p, &sink, part, err);
  ti_eval changed;
  if (status != TINE_OK || ((const place_part *)(const void *)part)->next == to->tally.total)
    return status;
  place_changed(&changed, 0);
  return ti_eval_report(&changed, err);
}

/* ----- Both ----- */

static tine_status place_arrays(place_job *to, tine_pipeline *p, tine_array **out, tine_error *err) {
  tine_status status = ti_tally_run(&to->tally, p, false, err);
  if (status == TINE_OK)
    status = ti_arrays_create(out, &to->shape, to->tally.total, err);
  for (unsigned c = 0; status == TINE_OK && c < to->shape.columns; c++)
    to->data[c] = out[c]->data;
  return status == TINE_OK ? place_fill(to, p, err) : status;
}

tine_status ti_place_collect(tine_pipeline *p, tine_array **out, tine_error *err) {
  place_job to = {.shape = ti_shape_of(p)};
  ti_terminal terminal;
  tine_status status;
  size_t bytes;
  ti_assert(ti_place_serves(p));
  memset(out, 0, p->columns * sizeof *out);
  ti_tally_grid(&to.tally, ti_tally_base(p), PLACE_CELLS);
  bytes = (size_t)(to.tally.cells + 1) * sizeof *to.tally.count;
  to.tally.count = ti_alloc_zeroed(bytes, TI_CACHE_LINE);
  if (to.tally.count == NULL)
    return ti_error_nomem(err);
  ti_terminal_begin(&terminal, p->hints.limit);
  status = place_arrays(&to, p, out, err);
  status = ti_terminal_end(&terminal, status, err);
  ti_free(to.tally.count, bytes, TI_CACHE_LINE);
  if (status != TINE_OK)
    ti_arrays_release(out, p->columns);
  return status;
}
