/*
** Searching: find, position, any, all. The question is a stage at the end of the pipeline - a filter, positions, a
** take_while - and the first thing that comes out of it ends the run. So what lies before is finished, what comes after
** is not begun, and a failure before the answer is the answer.
**
** The last match is the first one backwards, where that way can be gone: each position gives at most one item then, and
** none of them depends on those before. Else all is gone through, and the last one kept.
*/
#include <string.h>

#include "../consume/predicate.h"
#include "../stage/spring.h"
#include "terminal.h"

/* A part: the values of one item, as they lie in memory. */
typedef struct found_item {
  bool any;
  unsigned char value[TINE_MAX_COLUMNS][8];
} found_item;

_Static_assert(sizeof(found_item) <= TI_PART_BYTES, "a part of a flow");

typedef struct search_env {
  const tine_pipeline *p;
  bool last; /* of a block the last item counts */
  bool ends; /* it ends the run */
} search_env;

static bool search_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const search_env *s = sink->env;
  const size_t i = s->last ? items->n - 1 : 0;
  found_item *f = part;
  ti_assert(items->n > 0 && i < items->n);
  for (unsigned c = 0; c < s->p->columns; c++)
    memcpy(f->value[c], (const char *)items->data[c] + (ptrdiff_t)i * items->stride[c],
           tine_dtype_size(s->p->dtype[c]));
  f->any = true;
  if (!s->ends)
    return true;
  space->eval.code = TI_END;
  space->eval.stage = NULL;
  space->eval.item = items->lo + items->offset[i];
  return false;
}

static void search_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  const search_env *s = sink->env;
  const found_item *r = right;
  (void)eval;
  ti_assert(!(r->any && ((found_item *)part)->any && s->ends && !sink->any)); /* else nothing after it is kept */
  if (r->any && (!((found_item *)part)->any || (s->last && !sink->reverse)))
    memcpy(part, right, sizeof *r);
}

/* Looks for an item of q, a stage of the terminal's own, which is given up. */
static tine_status search_run(tine_pipeline *q, tine_which which, found_item *out, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  search_env s = {q, which == TINE_LAST, true};
  ti_sink sink = {.env = &s, .begin = ti_part_clear, .push = search_push, .append = search_append};
  tine_status status = ti_stage_check(ti_own_stage(q), err);
  if (status == TINE_OK) {
    sink.reverse = which == TINE_LAST && ti_flow_reverses(q);
    s.ends = which != TINE_LAST || sink.reverse;
    /* else a failure, or the end of a take_while, before it must be found */
    sink.any = which == TINE_ANY && q->infallible && !ti_spring_ends(q);
    status = ti_flow_run(q, &sink, part, err);
    memcpy(out, part, sizeof *out);
  }
  tine_pipeline_release(q);
  return status;
}

static const char *const find_names[] = {"find_first", "find_last", "find_any"};
static const char *const position_names[] = {"position_first", "position_last", "position_any"};

static tine_status search_which(tine_which which, tine_error *err) {
  if ((unsigned)which <= TINE_ANY)
    return TINE_OK;
  return ti_error_set(err, TINE_EINVAL, "neither first, last nor any: %d", (int)which);
}

tine_status tine_find(tine_pipeline *p, tine_which which, tine_kernel *kernel, const tine_value *constants, size_t n,
                      tine_value *out, tine_error *err) {
  found_item f = {.any = false};
  const unsigned columns = tine_pipeline_columns(p);
  tine_status status = search_which(which, err);
  ti_fp saved;
  if (status == TINE_OK)
    status = search_run(ti_filter(tine_pipeline_retain(p), kernel, &(ti_inputs){NULL, constants, n, find_names[which]}),
                        which, &f, err);
  saved = ti_fp_enter(); /* reading a value may convert it */
  for (unsigned c = 0; c < columns; c++)
    out[c] = f.any ? ti_value_load(p->dtype[c], f.value[c]) : (tine_value){.dtype = TINE_NONE};
  ti_fp_leave(saved);
  return status;
}

tine_status tine_position(tine_pipeline *p, tine_which which, tine_kernel *kernel, const tine_value *constants,
                          size_t n, uint64_t *out, tine_error *err) {
  found_item f = {.any = false};
  int64_t position = 0;
  tine_status status = search_which(which, err);
  if (status == TINE_OK)
    status = tine_pipeline_needs(p, TINE_INDEXED, position_names[which], err);
  if (status == TINE_OK)
    status = search_run(
        ti_positions(tine_pipeline_retain(p), kernel, &(ti_inputs){NULL, constants, n, position_names[which]}), which,
        &f, err);
  if (f.any)
    memcpy(&position, f.value[0], sizeof position);
  *out = (uint64_t)position - 1;
  return status;
}

tine_status tine_any(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n, bool *out,
                     tine_error *err) {
  found_item f = {.any = false};
  const tine_status status = search_run(
      ti_filter(tine_pipeline_retain(p), kernel, &(ti_inputs){NULL, constants, n, "any"}), TINE_ANY, &f, err);
  *out = f.any;
  return status;
}

/* All hold if a take_while does not come to its end. */
tine_status tine_all(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n, bool *out,
                     tine_error *err) {
  tine_pipeline *q =
      ti_own_stage(ti_take_while(tine_pipeline_retain(p), kernel, &(ti_inputs){NULL, constants, n, "all"}));
  const tine_pipeline *by = q;
  uint64_t at;
  const tine_status status = ti_flow_until(q, &by, &at, err);
  *out = by != q;
  tine_pipeline_release(q);
  return status;
}
