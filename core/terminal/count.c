/*
** Terminals that evaluate everything and keep nothing: for_each and count.
*/
#include "../consume/predicate.h"
#include "../drive/store.h"
#include "../stage/spring.h"
#include "tally.h"

static bool count_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  (void)sink, (void)space;
  ti_assert(items->n > 0 && items->n <= TI_BLOCK);
  *(uint64_t *)part += items->n;
  return true;
}

static void count_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)sink, (void)eval;
  *(uint64_t *)part += *(const uint64_t *)right;
}

/* Evaluates every item and counts them. */
static tine_status count_run(tine_pipeline *p, uint64_t *count, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const ti_sink sink = {
      .counts = ti_spring_placeless(p), .begin = ti_part_clear, .push = count_push, .append = count_append};
  ti_store nowhere = {.columns = 0};
  tine_status status;
  *count = p->len;
  if (p->kind == TINE_INDEXED)
    return ti_store_all(p, &nowhere, 0, p->len, err);
  status = ti_flow_run(p, &sink, part, err);
  *count = *(const uint64_t *)(const void *)part;
  return status;
}

/* Where a tally tells it and nobody would see the items made. False: it does not, or there are too many for one. */
static bool count_tally(tine_pipeline *p, uint64_t *count, tine_status *status, tine_error *err) {
  _Atomic uint64_t counts[2];
  ti_tally tally = {.count = counts};
  if (ti_tally_base(p) == NULL || ti_tally_base(p)->span == 0 || !ti_spring_placeless(p))
    return false;
  atomic_init(&counts[0], 0);
  atomic_init(&counts[1], 0);
  ti_tally_grid(&tally, ti_tally_base(p), 1);
  *status = ti_tally_run(&tally, p, true, err);
  *count = tally.total;
  return *status != TINE_ENOMEM;
}

/* Likewise those of a stage of the terminal's own, which is given up. */
static tine_status count_own(tine_pipeline *q, uint64_t *count, tine_error *err) {
  tine_status status = ti_stage_check(ti_own_stage(q), err);
  if (status == TINE_OK)
    status = count_run(q, count, err);
  tine_pipeline_release(q);
  return status;
}

tine_status tine_for_each(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n,
                          tine_error *err) {
  uint64_t count;
  return count_own(ti_effect(tine_pipeline_retain(p), kernel, constants, n), &count, err);
}

tine_status tine_count(tine_pipeline *p, uint64_t *out, tine_error *err) {
  tine_status status = ti_stage_check(p, err);
  ti_terminal terminal;
  if (status != TINE_OK)
    return status;
  *out = p->len;
  if (p->infallible && p->kind == TINE_INDEXED)
    return TINE_OK;
  ti_terminal_begin(&terminal, p->hints.limit); /* of both runs, if there are two */
  if (!count_tally(p, out, &status, err))
    status = count_run(p, out, err);
  return ti_terminal_end(&terminal, status, err);
}

tine_status tine_count_if(tine_pipeline *p, tine_kernel *kernel, const int *columns, const tine_value *constants,
                          size_t n, uint64_t *out, tine_error *err) {
  return count_own(ti_filter(tine_pipeline_retain(p), kernel, &(ti_inputs){columns, constants, n, "count"}), out, err);
}
