/*
** What a flow is made of: which springs a pipeline stands on, how many positions it has, and what each segment between
** springs must have room for in every space.
*/
#include "outlet.h"

/* Positions behind a gate of which nobody knows how many there are: more than any run can go through. */
#define FLOW_GATE_POSITIONS (UINT64_C(1) << 48)

const tine_pipeline *ti_flow_spring(const tine_pipeline *p) {
  if (p->level == 0)
    return NULL;
  while (!p->type->spring)
    p = p->base[0];
  ti_assert(p->level > 0);
  return p;
}

bool ti_flow_gated(const tine_pipeline *p) {
  const tine_pipeline *spring = ti_flow_spring(p);
  return spring != NULL && (spring->type == &ti_take_type || spring->type == &ti_skip_while_type);
}

bool ti_flow_reverses(const tine_pipeline *p) {
  if (p->level > 0)
    return false;
  for (int larger; p != NULL && p->kind != TINE_INDEXED; p = p->base[larger]) {
    larger = ti_stage_larger(p);
    if (p->type->ends || (p->base[1] != NULL && !ti_flow_reverses(p->base[1 - larger])))
      return false;
  }
  return true;
}

uint64_t ti_flow_sum(uint64_t a, uint64_t b) {
  return a > UINT64_MAX / 2 - b ? UINT64_MAX / 2 : a + b;
}

uint64_t ti_flow_positions(const tine_pipeline *p) {
  const tine_pipeline *spring = ti_flow_spring(p);
  if (spring == NULL)
    return p->span;
  if (spring->type == &ti_flat_map_type)
    return ti_flow_positions(spring->base[0]);
  if (spring->type == &ti_chain_spring_type)
    return ti_flow_sum(ti_flow_positions(spring->base[0]), ti_flow_positions(spring->base[1]));
  if (spring->type == &ti_split_type)
    return TI_PIECES_POSITIONS;
  return spring->span < FLOW_GATE_POSITIONS ? spring->span : FLOW_GATE_POSITIONS;
}

uint64_t ti_flow_total(const tine_pipeline *p) {
  const tine_pipeline *spring = ti_flow_spring(p);
  uint64_t a, b;
  if (spring == NULL)
    return p->span;
  if (spring->type == &ti_flat_map_type)
    return ti_flow_total(spring->base[0]);
  if (spring->type != &ti_chain_spring_type)
    return 0;
  a = ti_flow_total(spring->base[0]);
  b = ti_flow_total(spring->base[1]);
  return a > 0 && b > 0 ? ti_flow_sum(a, b) : 0;
}

enum { EMIT_PLACES_BYTES = TI_BLOCK * sizeof(uint16_t) + TI_ARRAY_ALIGN };

static size_t emit_column_bytes(tine_dtype dtype) {
  return ti_column_bytes(dtype) + TI_ARRAY_ALIGN;
}

/* Bytes of a block of a spring's columns, with room behind each that nobody may write. */
static size_t emit_bytes(const tine_pipeline *spring) {
  size_t bytes = EMIT_PLACES_BYTES;
  for (unsigned c = 0; c < spring->columns; c++)
    bytes += emit_column_bytes(spring->dtype[c]);
  return bytes;
}

char *ti_emit_column(const tine_pipeline *spring, char *block, unsigned c) {
  block += EMIT_PLACES_BYTES;
  for (unsigned k = 0; k < c; k++)
    block += emit_column_bytes(spring->dtype[k]);
  return block;
}

/* Raises the need of a level to 'bytes' of scratch. */
static void level_needs(ti_flow *f, unsigned level, size_t scratch, size_t emit) {
  ti_level *l = &f->level[level];
  ti_assert(level <= TI_MAX_LEVELS && scratch % TI_ARRAY_ALIGN == 0);
  l->scratch_bytes = l->scratch_bytes > scratch ? l->scratch_bytes : scratch;
  l->emit = l->emit > emit ? l->emit : emit;
}

/* What each level of p must have room for; a gate's below is made by runs of its own. */
static void flow_plan(ti_flow *f, const tine_pipeline *p) {
  const tine_pipeline *spring = ti_flow_spring(p);
  size_t emit = 0;
  level_needs(f, p->level, p->need, 0);
  if (p->kind != TINE_INDEXED)
    f->level[p->level].places = TI_BLOCK * sizeof(uint16_t);
  if (spring == NULL)
    return;
  if (spring->type == &ti_flat_map_type || spring->type == &ti_split_type)
    emit = emit_bytes(spring);
  level_needs(f, spring->level, 0, emit);
  if (spring->type == &ti_flat_map_type) {
    const tine_pipeline *base = spring->base[0];
    level_needs(f, base->level, base->result + ((const ti_flat_map *)spring)->apply.converted, 0);
    flow_plan(f, base);
  }
  if (spring->type == &ti_chain_spring_type) {
    flow_plan(f, spring->base[0]);
    flow_plan(f, spring->base[1]);
  }
}

/* Turns what levels need into places in staging; returns how much that is. */
static size_t flow_places(ti_flow *f, unsigned levels) {
  size_t at = 0;
  for (unsigned i = 0; i <= levels; i++) {
    ti_level *l = &f->level[i];
    const size_t emit = l->emit, places = l->places;
    l->scratch = at + TI_CANARY;
    at += ti_size_align(l->scratch_bytes, TI_ARRAY_ALIGN) + 2 * TI_CANARY;
    l->places = at;
    at += places;
    l->emit = at;
    at += ti_size_align(emit, TI_ARRAY_ALIGN);
  }
  return at;
}

size_t ti_flow_plan(ti_flow *f, const tine_pipeline *p) {
  for (unsigned i = 0; i <= p->level; i++)
    f->level[i] = (ti_level){0, 0, 0, 0};
  flow_plan(f, p);
  return flow_places(f, p->level);
}
