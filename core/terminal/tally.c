/*
** Counting by stretches, without making what is counted; see tally.h.
*/
#include "tally.h"

static const tine_pipeline *tally_flat_map(const tine_pipeline *p) {
  while (p->type->passes || p->type->id == TI_STAGE_map || p->type->id == TI_STAGE_extend ||
         p->type->id == TI_STAGE_cast || p->type->id == TI_STAGE_select)
    p = p->base[0];
  return p->type->id == TI_STAGE_flat_map ? p : NULL;
}

const tine_pipeline *ti_tally_base(const tine_pipeline *p) {
  const tine_pipeline *s = tally_flat_map(p);
  const bool told = s != NULL && ti_apply_of(s)->binding.signature->counts != NULL;
  return told && s->base[0]->level == 0 && ti_spring_placeless(s->base[0]) ? s->base[0] : NULL;
}

static void tally_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)sink, (void)part, (void)right, (void)eval;
}

/* A cell with an item at every position, of several stretches or one: they are this thread's. Relaxed: read when all
   are joined. The largest count. */
static uint64_t tally_dense(const ti_tally *to, const uint64_t *each, uint64_t lo, size_t n) {
  const size_t width = (size_t)1 << to->shift;
  _Atomic uint64_t *count = &to->count[lo >> to->shift];
  uint64_t most = 0;
  ti_assert(lo % width == 0);
  for (size_t i = 0; i < n; i += width) {
    const size_t end = n - i < width ? n : i + width;
    uint64_t sum = 0;
    for (size_t k = i; k < end; k++)
      sum += each[k];
    ti_store_relaxed(count++, sum);
    most = sum > most ? sum : most;
  }
  return most;
}

/* After item i, the first of a block that is not in its stretch. */
static size_t tally_next(const ti_tally *to, const ti_items *items, size_t i) {
  const uint64_t cell = (items->lo + items->offset[i]) >> to->shift;
  if (UINT64_C(1) << to->shift >= TI_CELL)
    return items->n;
  while (i < items->n && (items->lo + items->offset[i]) >> to->shift == cell)
    i++;
  return i;
}

/* Likewise of a cell with gaps, or one that is part of a stretch. */
static uint64_t tally_add(const ti_tally *to, const uint64_t *each, const ti_items *items) {
  uint64_t most = 0;
  for (size_t i = 0, end; i < items->n; i = end) {
    uint64_t sum = 0;
    end = tally_next(to, items, i);
    for (size_t k = i; k < end; k++)
      sum += each[k];
    sum += ti_add_relaxed(&to->count[(items->lo + items->offset[i]) >> to->shift], sum); /* relaxed: as above */
    most = sum > most ? sum : most;
  }
  return most;
}

static bool tally_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const ti_tally *to = sink->env;
  uint64_t *each = (uint64_t *)(void *)(space->staging + to->staging);
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS];
  const tine_block block = {.n = items->n, .first = items->lo, .in = in, .in_stride = stride};
  uint64_t most;
  (void)part;
  ti_apply_inputs(to->apply, items->n, items->data, items->stride, in, stride, (char *)(each + TI_BLOCK));
  to->apply->binding.signature->counts(&block, each);
  if (items->offset == ti_run_iota && UINT64_C(1) << to->shift <= TI_CELL)
    most = tally_dense(to, each, items->lo, items->n);
  else
    most = tally_add(to, each, items);
  return most <= TI_COUNTS_MOST || ti_list_nomem(&space->eval, items->lo);
}

/* Counts become places. */
static tine_status tally_sum(ti_tally *to, tine_error *err) {
  to->total = 0;
  for (uint64_t i = 0; i <= to->cells; i++) {
    const uint64_t n = ti_load_relaxed(&to->count[i]); /* relaxed, both: this thread is alone */
    ti_store_relaxed(&to->count[i], to->total);
    to->total += n;
    if (to->total > TI_COUNTS_MOST)
      return ti_error_nomem(err);
  }
  return TINE_OK;
}

tine_status ti_tally_run(ti_tally *to, tine_pipeline *p, bool progress, tine_error *err) {
  const ti_sink sink = {.env = to, .cells = true, .begin = ti_part_clear, .push = tally_push, .append = tally_append};
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_book book;
  ti_flow f;
  tine_status status;
  to->apply = ti_apply_of(tally_flat_map(p));
  ti_book_begin(&book);
  status = ti_flow_begin(&f, (tine_pipeline *)(uintptr_t)ti_tally_base(p), &(ti_whole){&book, &p->hints}, &sink,
                         TI_BLOCK * sizeof(uint64_t) + to->apply->converted, 0, err);
  if (status == TINE_OK) {
    to->staging = f.sink_staging;
    f.run.counts = f.run.counts && progress;
    ti_flow_drive(&f, part);
    status = ti_run_end(&f.run, err);
  }
  ti_book_end(&book, status == TINE_OK);
  return status == TINE_OK ? tally_sum(to, err) : status;
}
