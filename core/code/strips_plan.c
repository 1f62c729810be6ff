/*
** Strips made of typed code, and the memory that a run of them takes.
*/
#include "strips.h"

#include <string.h>

#include "../base/memory.h"
#include "strips_run.h"

static const ti_signature *plan_where(tine_dtype dtype) {
  const tine_kernel *const k = ti_builtin_find("where");
  for (size_t s = 0; s < k->count; s++)
    if (k->signatures[s].in[1] == dtype)
      return &k->signatures[s];
  return NULL;
}

/* Those that nothing is written to are read where they are. */
static void plan_params(ti_strips_maker *m) {
  ti_strips *const s = m->s;
  for (unsigned p = 0; p < m->t->code->params; p++)
    s->param[p] = (ti_strips_param){.slot = (uint16_t)ti_strips_slot(m, p), .direct = m->t->inputs[p] != TINE_BOOL};
  for (size_t k = 0; k < s->flat_count; k++) {
    const ti_typed_step *const step = &m->t->steps[s->flat_list[k]];
    const bool loop = step->what >= TI_TYPED_FOR_I64, writes = step->what <= TI_TYPED_MOVE || loop;
    for (unsigned r = step->to; writes && r < step->to + (loop ? 4u : 1u) && r < m->t->code->params; r++)
      s->param[r].direct = false;
  }
}

static uint16_t plan_loop_of(ti_strips_maker *m, unsigned first) {
  ti_strips *const s = m->s;
  ti_strips_loop *added;
  for (size_t k = 0; k < s->loop_count; k++)
    if (s->loop_list[k].first == first)
      return (uint16_t)k;
  added = TI_STRIPS_ADD(m, ti_strips_loop, loop);
  if (added == NULL)
    return 0;
  added->first = (uint16_t)first;
  for (unsigned k = 0; k < 4; k++)
    added->slot[k] = (uint16_t)ti_strips_slot(m, first + k);
  return (uint16_t)(s->loop_count - 1);
}

/* Whether a step that is no end of a loop reads or writes a register. */
static bool plan_uses(const ti_strips_maker *m, const ti_typed_step *step, unsigned r) {
  const bool computes = step->what <= TI_TYPED_MOVE;
  const unsigned args = step->what == TI_TYPED_APPLY ? step->count : computes || step->what == TI_TYPED_BRANCH;
  bool uses = computes && step->to == r;
  for (unsigned k = 0; k < args; k++)
    uses = uses || step->args[k] == r;
  for (unsigned k = 0; step->what == TI_TYPED_RETURN && k < step->count; k++)
    uses = uses || m->t->values[step->first + k].cell == r;
  return uses;
}

/* What a block has to do with a loop. */
static void plan_relate(ti_strips_maker *m, size_t block, size_t loop) {
  ti_strips *const s = m->s;
  ti_strips_block *const b = &s->block_list[block];
  const unsigned first = s->loop_list[loop].first;
  const uint64_t *const live = m->live + block * m->words;
  const uint64_t bit = UINT64_C(1) << loop;
  for (unsigned r = first; r < first + 3; r++) {
    b->own |= ti_strips_has(live, r) ? bit : 0;
    for (uint32_t k = 0; k < b->count; k++)
      b->touches |= plan_uses(m, ti_strips_step(s, b, k), r) ? bit : 0;
  }
  b->variables |= ti_strips_has(live, first + 3) ? bit : 0;
}

static void plan_loops(ti_strips_maker *m) {
  ti_strips *const s = m->s;
  for (size_t k = 0; k < s->block_count; k++) {
    ti_strips_block *const b = &s->block_list[k];
    const ti_typed_step *const last = ti_strips_step(s, b, b->count - 1);
    if (last->what < TI_TYPED_FOR_I64)
      continue;
    b->loop = plan_loop_of(m, last->to);
    b->variable = ti_strips_has(m->live + b->ways[0] * m->words, last->to + 3u);
  }
  for (size_t k = 0; k < s->block_count; k++)
    for (size_t l = 0; l < s->loop_count && l < TI_STRIPS_LOOPS; l++)
      plan_relate(m, k, l);
}

static void plan_value(ti_strips_maker *m, const ti_typed_value *v) {
  const uint32_t slot = ti_strips_slot(m, v->cell);
  ti_strips_value *const added = TI_STRIPS_ADD(m, ti_strips_value, value);
  if (added == NULL)
    return;
  *added = (ti_strips_value){.slot = slot, .param = TI_STRIPS_NONE, .dtype = v->dtype};
  if (v->cell < m->t->code->params)
    added->param = (uint16_t)v->cell;
}

/* Lists of the maker: registers live at blocks, and within the longest. */
static bool plan_sets(ti_strips_maker *m, size_t *bytes) {
  uint32_t longest = 0;
  for (size_t k = 0; k < m->s->block_count; k++)
    longest = m->s->block_list[k].count > longest ? m->s->block_list[k].count : longest;
  bytes[0] = m->s->block_count * m->words * sizeof *m->live;
  bytes[1] = longest * m->words * sizeof *m->after;
  m->live = ti_alloc_zeroed(bytes[0], _Alignof(uint64_t));
  m->after = ti_alloc_zeroed(bytes[1], _Alignof(uint64_t));
  if (m->live == NULL || m->after == NULL)
    m->status = ti_error_nomem(m->err);
  return m->status == TINE_OK;
}

static void plan_plan(ti_strips_maker *m) {
  ti_strips *const s = m->s;
  size_t bytes[2] = {0, 0};
  ti_strips_blocks(m);
  if (m->status == TINE_OK && plan_sets(m, bytes)) {
    s->straight =
        s->block_count == 1 && ti_strips_step(s, s->block_list, s->block_list->count - 1)->what == TI_TYPED_RETURN;
    ti_strips_live(m);
    plan_params(m);
    plan_loops(m);
    for (size_t k = 0; k < m->t->value_count; k++)
      plan_value(m, &m->t->values[k]);
    s->results = s->slots;
    s->slots += s->straight ? m->t->result_count : 0;
    for (size_t k = 0; k < s->block_count && m->status == TINE_OK; k++)
      ti_strips_lower(m, (uint32_t)k);
  }
  ti_free(m->live, bytes[0], _Alignof(uint64_t));
  ti_free(m->after, bytes[1], _Alignof(uint64_t));
}

/* The bits of constants, as steps have them. */
static void plan_constants(ti_strips_maker *m) {
  ti_strips *const s = m->s;
  for (size_t k = 0; k < s->constant_count; k++) {
    ti_strips_constant *const c = &s->constant_list[k];
    if (c->captured)
      continue;
    c->bits = (uint64_t)m->t->constants[c->which].i;
    if (ti_typed_constant_cell(m->t, c->which) == m->t->truth[1])
      c->bits = UINT64_MAX;
  }
}

/* Elements of arrays, and kernels of hosts, have no steps. */
static bool plan_serves(const ti_typed *t) {
  for (size_t k = 0; k < t->step_count; k++)
    if (t->steps[k].what == TI_TYPED_LOOKUP || t->steps[k].what == TI_TYPED_CALL || t->steps[k].what == TI_TYPED_CHECK)
      return false;
  return true;
}

tine_status ti_strips_make(ti_strips **out, const ti_typed *t, unsigned simd, tine_error *err) {
  const size_t cells = ti_typed_constant_cell(t, (unsigned)t->constant_count);
  ti_strips_maker m = {.t = t, .err = err, .registers = t->cells};
  *out = NULL;
  m.words = (m.registers + 63) / 64;
  m.where_f64 = plan_where(TINE_F64);
  m.where_i64 = plan_where(TINE_I64);
  m.s = ti_new(ti_strips);
  m.slot_of = ti_alloc_zeroed(cells * sizeof *m.slot_of, _Alignof(uint32_t));
  if (m.s == NULL || m.slot_of == NULL)
    m.status = ti_error_nomem(err);
  if (m.status == TINE_OK) {
    m.s->typed = t;
    m.s->set = plan_serves(t) ? ti_program_set_of(simd) : NULL;
    m.s->slots = TI_STRIPS_OWN;
    if (m.s->set != NULL)
      plan_plan(&m);
    plan_constants(&m);
  }
  ti_free(m.slot_of, cells * sizeof *m.slot_of, _Alignof(uint32_t));
  if (m.status == TINE_OK)
    *out = m.s;
  else
    ti_strips_drop(m.s);
  return m.status;
}

void ti_strips_drop(ti_strips *s) {
  if (s == NULL)
    return;
#define STRIPS_FREE(type, name) \
  if (s->name##_room > 0)       \
    ti_free(s->name##_list, s->name##_room * sizeof(type), _Alignof(max_align_t));
  TI_STRIPS_LISTS(STRIPS_FREE)
#undef STRIPS_FREE
  ti_delete(ti_strips, s);
}
