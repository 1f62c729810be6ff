/*
** Strips run: what is in memory when a run begins, strip after strip, and who is asked which item failed, and why.
*/
#include <string.h>

#include "../base/thread.h"
#include "../data/array.h"
#include "strips_run.h"

/* ===== Strips ===== */

static void strips_constant(const ti_strips_state *r, const ti_strips_constant *c) {
  uint64_t bits = c->bits;
  if (c->captured) {
    const ti_datum *const d = &r->captured[c->which];
    ti_cell cell = {.i = 0};
    ti_assert(d->kind == TI_KIND_BOOL || d->kind == TI_KIND_I64 || d->kind == TI_KIND_F64 || d->kind == TI_KIND_ARRAY);
    if (d->kind == TI_KIND_F64)
      cell.f = d->as.f;
    else if (d->kind == TI_KIND_ARRAY)
      cell.i = (int64_t)d->as.array->len;
    else
      cell.i = d->kind == TI_KIND_BOOL ? -(int64_t)d->as.b : d->as.i;
    bits = ti_strips_bits(&cell);
  }
  r->set->over.fill(ti_strips_room(r, c->slot), bits);
}

/* Everything is where it is while no column takes its place. */
static void strips_prepare(ti_strips_state *r) {
  const ti_strips *const s = r->s;
  const double zero = 0;
  uint64_t bits;
  memcpy(&bits, &zero, sizeof bits);
  for (uint32_t p = 0; p < s->page_count; p++) {
    ti_program_frame *const f = ti_strips_frame(r, p);
    const size_t first = s->page_list[p], end = p + 1 < s->page_count ? s->page_list[p + 1] : s->operand_count;
    for (size_t k = first; k < end; k++) {
      f->at[k - first] = ti_strips_room(r, s->operand_list[k]);
      f->size[k - first] = 0;
    }
    f->out = (char *)&r->word;
    f->lanes = NULL;
    f->rest = f->failed = false;
  }
  memset(r->pending, 0, s->block_count * sizeof *r->pending);
  memset(r->ready, 0, (s->block_count + 63) / 64 * sizeof *r->ready);
  for (size_t k = 0; k < s->constant_count; k++)
    strips_constant(r, &s->constant_list[k]);
  r->set->over.fill(ti_strips_room(r, TI_STRIPS_ZERO), bits);
  r->set->over.fill(ti_strips_room(r, TI_STRIPS_ONE), 1);
  r->set->over.fill(ti_strips_room(r, TI_STRIPS_MASK), 0);
}

/* A strip of a parameter, laid out. */
static void strips_copy(const ti_strips_state *r, unsigned p, char *to) {
  const tine_dtype dtype = r->s->typed->inputs[p];
  const ptrdiff_t stride = r->block->in_stride[p];
  const char *const in = (const char *)r->block->in[p] + (ptrdiff_t)r->at * stride;
  unsigned char bools[TI_PROGRAM_STRIP];
  for (size_t i = 0; i < r->set->strip; i++) {
    const char *const from = in + (ptrdiff_t)(i < r->n ? i : r->n - 1) * stride;
    if (dtype == TINE_BOOL)
      memcpy(bools + i, from, 1);
    else
      memcpy(to + i * 8, from, 8);
  }
  if (dtype == TINE_BOOL)
    ti_cast_widen(TINE_BOOL, bools, (int64_t *)(void *)to, r->set->strip);
}

static void strips_params(ti_strips_state *r) {
  const ti_strips *const s = r->s;
  for (unsigned p = 0; p < s->typed->code->params; p++) {
    char *const room = ti_strips_room(r, s->param[p].slot);
    r->param[p] = room;
    if (s->param[p].direct && r->n == r->set->strip && r->block->in_stride[p] == 8)
      r->param[p] = (const char *)r->block->in[p] + r->at * 8;
    else
      strips_copy(r, p, room);
  }
  for (size_t k = 0; k < s->column_count; k++) {
    const ti_strips_column *const c = &s->column_list[k];
    ti_strips_frame(r, c->page)->at[c->operand] = r->param[c->which];
  }
}

/* Of what is straight: where results go, and what is left to do of those that have been somewhere else. */
static void strips_targets(const ti_strips_state *r) {
  const ti_strips *const s = r->s;
  for (size_t k = 0; k < s->result_count; k++) {
    const ti_strips_column *const c = &s->result_list[k];
    const bool direct = s->typed->results[c->which] != TINE_BOOL && r->n == r->set->strip;
    ti_strips_frame(r, c->page)->at[c->operand] =
        direct ? (const char *)r->block->out[c->which] + r->at * 8 : ti_strips_room(r, s->results + c->which);
  }
}

static void strips_collect(const ti_strips_state *r) {
  const ti_typed *const t = r->s->typed;
  for (unsigned k = 0; k < t->result_count; k++) {
    const char *const from = ti_strips_room(r, r->s->results + k);
    if (t->results[k] == TINE_BOOL)
      ti_cast_narrow(TINE_BOOL, (const int64_t *)(const void *)from, (char *)r->block->out[k] + r->at, r->n);
    else if (r->n < r->set->strip)
      memcpy((char *)r->block->out[k] + r->at * 8, from, r->n * 8);
  }
}

/* One strip; false: it is over. */
static bool strips_strip(ti_strips_state *r) {
  const ti_strips_block *const b = r->s->block_list;
  strips_params(r);
  if (!r->s->straight)
    return ti_strips_through(r);
  r->living = r->all;
  strips_targets(r);
  ti_strips_steps(r, b, &b->whole, r->all);
  strips_collect(r);
  return !ti_strips_over(r, b->cost);
}

/* ===== Items one by one: to tell why one fails, and where there are no strips ===== */

static tine_value strips_argument(const ti_typed *t, const tine_block *block, unsigned p, size_t i) {
  return ti_value_load(t->inputs[p], (const unsigned char *)block->in[p] + (ptrdiff_t)i * block->in_stride[p]);
}

static tine_status strips_item(const ti_strips *s, const ti_datum *captured, const ti_code_ask *ask, size_t i,
                               tine_block *block) {
  const ti_typed *const t = s->typed;
  tine_value args[TINE_MAX_ARGS], out[TINE_MAX_OUTPUTS];
  tine_error err = {.message = ""};
  tine_status status;
  for (unsigned p = 0; p < t->code->params; p++)
    args[p] = strips_argument(t, block, p, i);
  status = ti_typed_call_until(t, args, captured, ask, out, &err);
  for (unsigned k = 0; k < t->result_count && status == TINE_OK; k++)
    status = ti_value_store(t->results[k], (unsigned char *)block->out[k] + i * tine_dtype_size(t->results[k]), out[k],
                            &err);
  if (status != TINE_OK)
    tine_block_fail(block, (int)status, i, err.message);
  return status;
}

enum { STRIPS_ASK_ITEMS = 16 }; /* an item alone asks only if it is long */

static tine_status strips_items(const ti_strips *s, const ti_datum *captured, const ti_code_ask *ask,
                                tine_block *block) {
  tine_status status = TINE_OK;
  for (size_t i = 0; i < block->n && status == TINE_OK; i++) {
    if (i > 0 && i % STRIPS_ASK_ITEMS == 0 && ti_code_over(ask)) {
      block->failed = i;
      return TINE_ECANCELED;
    }
    status = strips_item(s, captured, ask, i, block);
  }
  return status;
}

static tine_status strips_all(ti_strips_state *r, tine_block *block) {
  const size_t strip = r->set->strip;
  strips_prepare(r);
  for (r->at = 0; r->at < block->n; r->at += strip) {
    r->n = block->n - r->at < strip ? block->n - r->at : strip;
    if (!strips_strip(r)) {
      block->failed = r->at;
      return TINE_ECANCELED;
    }
    if (r->failed < TI_STRIPS_ALL_WELL)
      return strips_item(r->s, r->captured, r->ask, r->at + r->failed, block);
  }
  return TINE_OK;
}

size_t ti_strips_scratch(const ti_strips *s) {
  return s->set != NULL ? ti_strips_lay(s).bytes : 0;
}

int ti_strips_run(const ti_strips *s, void *scratch, const ti_datum *captured, const ti_code_ask *ask,
                  tine_block *block) {
  const ti_strips_layout l = ti_strips_lay(s);
  char *const memory = scratch;
  ti_strips_state r = {.s = s, .set = s->set, .block = block, .captured = captured, .ask = ask, .left = TI_STRIPS_ASK};
  ti_fp fp;
  tine_status status;
  if (s->set == NULL || scratch == NULL)
    return (int)strips_items(s, captured, ask, block);
  ti_assert((uintptr_t)scratch % TI_STRIPS_ALIGN == 0);
  r.frames = memory + l.frames;
  r.strips = memory + l.strips;
  r.pending = (uint64_t *)(void *)(memory + l.pending);
  r.ready = (uint64_t *)(void *)(memory + l.ready);
  r.own = (ti_cell(*)[4])(void *)(memory + l.own);
  r.failed = TI_STRIPS_ALL_WELL;
  r.all = s->set->strip < 64 ? (UINT64_C(1) << s->set->strip) - 1 : UINT64_MAX;
  fp = ti_fp_enter();
  status = strips_all(&r, block);
  ti_fp_leave(fp);
  return (int)status;
}
