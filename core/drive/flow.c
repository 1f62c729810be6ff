/*
** The flow: how blocks are handed on from segment to segment, what is noted and joined, and how it all begins. See
** flow.h and README.md, "Flows".
*/
#include "flow.h"

#include <string.h>

#include "../stage/parts.h"
#include "springs.h"
#include "store.h"

/* ----- Handing on ----- */

static bool flow_hand(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items) {
  const ti_outlet *next = outlet->next;
  ti_assert(items->n > 0 && items->n <= TI_BLOCK && items->offset != NULL && space->eval.code == 0);
  if (next == NULL)
    return outlet->sink->push(outlet->sink, part, space, items);
  ti_assert(ti_spring_of(next->upto)->hand != NULL); /* blocks of a gate, or of pieces, come from no segment */
  return ti_spring_of(next->upto)->hand(f, space, outlet, part, items);
}

/* Hands on the items before an end or failure that the fill noted: what happens to them comes first. */
static bool flow_deliver(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items) {
  ti_eval note;
  bool well;
  if (space->eval.code == 0)
    return items->n == 0 || flow_hand(f, space, outlet, part, items);
  note = space->eval;
  space->eval.code = 0;
  well = items->n == 0 || flow_hand(f, space, outlet, part, items);
  if (well)
    space->eval = note;
  return false;
}

/* Can p tell how many items it gives without making them? */
static bool flow_counts(const tine_pipeline *p) {
  while (p->type->passes)
    p = p->base[0];
  return p->type->counts;
}

/* What the sink is to get is computed where it wants it. */
bool ti_flow_pass(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *from) {
  const tine_pipeline *p = outlet->upto;
  const ti_level *level = &f->level[p->level];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  void *want[TINE_MAX_COLUMNS];
  char *low = space->staging + level->scratch;
  const bool room = outlet->next == NULL && outlet->sink->room != NULL;
  const bool counts = outlet->next == NULL && outlet->sink->counts;
  const bool placeless = p->kind == TINE_INDEXED || counts || (outlet->next == NULL && outlet->sink->placeless);
  uint16_t *places = placeless ? NULL : (uint16_t *)(void *)(space->staging + level->places);
  const void **made = counts && flow_counts(p) ? NULL : data;
  const ti_request rq = {from->lo, from->n, low, low + level->scratch_bytes, false, room ? want : NULL, made,
                         stride,   places,  NULL};
  ti_items out = {from->lo, 0, places != NULL ? places : ti_run_iota, data, stride, from->leaf, from->cells, false};
  ti_assert(level->scratch_bytes >= p->need && (!counts || ti_spring_placeless(p)));
  if (!room || outlet->sink->room(outlet->sink, part, &space->eval, from->lo, from->n, want))
    out.n = ti_stage_fill_own(p, &space->eval, &rq);
  if (space->eval.code == 0 && outlet->next == NULL) /* as a rule */
    return out.n == 0 || outlet->sink->push(outlet->sink, part, space, &out);
  out.cut = space->eval.code != 0 && space->eval.code != TI_END;
  return flow_deliver(f, space, outlet, part, &out);
}

bool ti_flow_up(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items) {
  const ti_current now = {items->data, items->stride, items->offset};
  ti_assert(outlet->upto->level > 0 && outlet->upto->level <= TI_MAX_LEVELS);
  space->current[outlet->upto->level - 1] = &now;
  return ti_flow_pass(f, space, outlet, part, items);
}

/* ----- Ends and joins ----- */

void ti_flow_fail(ti_flow *f, const ti_eval *eval, uint64_t position, uint64_t item) {
  ti_assert(eval->code != 0);
  ti_run_fail_at(&f->run, eval, position, item);
  if (f->sink->any && eval->code == TI_END)
    ti_store_relaxed(&f->run.stop, 0); /* relaxed: a hint to loops; what was found is seen at the joins */
}

void ti_flow_flush(const ti_sink *sink, ti_space *space, void *part) {
  const ti_eval end = space->eval;
  ti_assert(end.code == TI_END);
  space->eval.code = 0;
  if (sink->flush(sink, part, space))
    space->eval = end;
}

void ti_flow_join(ti_flow *f, const ti_sink *sink, ti_space *space, void *part, void *right, uint64_t begin,
                  uint64_t origin, bool merge) {
  space->eval.code = 0;
  /* What ended at 'begin' did so in this part, which may hold things of this very position: the item that was searched
     for. */
  if (sink->any || !ti_run_failed(&f->run, begin, true))
    (merge && sink->merge != NULL ? sink->merge : sink->append)(sink, part, right, &space->eval);
  if (space->eval.code != 0)
    ti_run_fail_at(&f->run, &space->eval, !merge && space->eval.item > begin ? space->eval.item : begin,
                   origin + space->eval.item);
  if (sink->drop != NULL)
    sink->drop(sink, right, space);
}

void ti_flow_nomem(ti_flow *f, uint64_t position) {
  tine_error err;
  ti_error_nomem(&err);
  ti_run_fail_with(&f->run, &err, position);
}

/* ----- All of it ----- */

void ti_flow_drive_into(ti_flow *f, tine_ctx *ctx, const tine_pipeline *p, const ti_outlet *next, void *part,
                        uint64_t origin) {
  const ti_outlet out = {p, next, f->sink};
  ti_assert(p->level <= f->run.pipeline->level && (p->spring == NULL) == (p->level == 0));
  ti_spring_of(p)->drive(f, ctx, &out, part, origin);
}

typedef struct flow_start {
  ti_flow *flow;
  void *part;
} flow_start;

static void flow_start_run(tine_ctx *ctx, void *arg) {
  const flow_start *s = arg;
  ti_flow *const f = s->flow;
  const tine_pipeline *p = f->run.pipeline;
  if (p->level == 0) /* no spring to look for */
    ti_flow_range(f, ctx, f->sink, s->part, f->given ? f->lo : 0, f->given ? f->hi : p->span);
  else
    ti_flow_drive_into(f, ctx, p, NULL, s->part, 0);
}

void ti_flow_drive(ti_flow *f, void *part) {
  flow_start s = {f, part};
  ti_assert((uintptr_t)part % _Alignof(max_align_t) == 0);
  if (f->sink->begin(f->sink, part, f->run.own))
    ti_run_start(&f->run, flow_start_run, &s);
  else
    ti_flow_nomem(f, 0);
}

bool ti_sink_check(const ti_sink *sink) {
  return sink->begin != NULL && sink->push != NULL && sink->append != NULL && !(sink->counts && sink->room != NULL) &&
         (sink->grid > 0) == (sink->start != NULL) && (sink->ahead == NULL || sink->room != NULL);
}

/* Bytes of staging for a cell of slow items (flow_loop.c). */
static size_t cell_bytes(const tine_pipeline *p, const ti_hints *hints, const ti_sink *sink) {
  if (!sink->cells || (p->cheap && hints->max_len == 0)) /* ti_run_slow */
    return 0;
  return ti_parts_bytes(p, TI_BLOCK) + (p->kind != TINE_INDEXED ? TI_CELL : 0);
}

tine_status ti_flow_begin(ti_flow *f, tine_pipeline *p, const ti_whole *whole, const ti_sink *sink, size_t staging,
                          size_t nodes, tine_error *err) {
  ti_assert(ti_sink_check(sink) && p->error == NULL && p->level <= TI_MAX_LEVELS);
  ti_assert(!sink->reverse || ti_flow_reverses(p));
  ti_assert(!sink->counts || ti_spring_placeless(p));
  f->sink = sink;
  f->given = false;
  f->window = NULL;
  f->cell_staging = ti_flow_plan(f, p);
  f->sink_staging = f->cell_staging + cell_bytes(p, whole != NULL ? whole->hints : &p->hints, sink);
  /* levels have their scratch there */
  return ti_run_begin(&f->run, p, whole, 0, f->sink_staging + staging, nodes, err);
}

tine_status ti_flow_run(tine_pipeline *p, const ti_sink *sink, void *part, tine_error *err) {
  ti_flow f;
  const tine_status status = ti_flow_begin(&f, p, NULL, sink, 0, 0, err);
  if (status != TINE_OK) {
    sink->begin(sink, part, NULL);
    return status;
  }
  ti_flow_drive(&f, part);
  return ti_run_end(&f.run, err);
}

tine_status ti_flow_until(tine_pipeline *q, const tine_pipeline **by, uint64_t *at, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_store nowhere;
  ti_sink sink;
  ti_flow f;
  tine_status status = ti_stage_check(q, err);
  bool ended;
  ti_store_begin(&nowhere, 0);
  ti_store_sink(&sink, &nowhere);
  if (status == TINE_OK)
    status = ti_flow_begin(&f, q, NULL, &sink, 0, 0, err);
  if (status != TINE_OK)
    return status;
  ti_flow_drive(&f, part);
  ended = f.run.failure.code == TI_END;
  if (ended || f.run.failure.code == 0) {
    *by = ended ? f.run.failure.stage : NULL;
    *at = ended ? f.run.failed : UINT64_MAX;
  }
  return ti_run_end(&f.run, err);
}
