/*
** What a flow works in: the room that each segment between springs must have in every space.
*/
#include "../kernel/expanding.h"
#include "springs.h"

enum { PLACES_BYTES = TI_BLOCK * sizeof(uint16_t), EMIT_PLACES_BYTES = PLACES_BYTES + TI_ARRAY_ALIGN };

static size_t emit_column_bytes(tine_dtype dtype) {
  return ti_column_bytes(dtype) + ti_size_align(TI_EXPANDING_OVER, TI_ARRAY_ALIGN);
}

/* Bytes of a block that a spring makes: its places, and its columns, after each of which lie bytes of a canary, or what
   a built-in kernel writes too much. */
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

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

void ti_flow_plan_scratch(ti_flow *f, unsigned level, size_t bytes) {
  ti_assert(level <= TI_MAX_LEVELS && bytes % TI_ARRAY_ALIGN == 0);
  f->level[level].scratch_bytes = larger(f->level[level].scratch_bytes, bytes);
}

void ti_flow_plan_add(ti_flow *f, const tine_pipeline *p) {
  const ti_spring *s = ti_spring_of(p);
  ti_assert(p->level == (p->spring != NULL ? p->spring->level : 0));
  ti_flow_plan_scratch(f, p->level, p->need);
  if (p->kind != TINE_INDEXED)
    f->level[p->level].places = PLACES_BYTES;
  if (s->emits)
    f->level[p->level].emit = larger(f->level[p->level].emit, emit_bytes(p->spring));
  if (s->plan != NULL)
    s->plan(f, p->spring);
}

/* Turns the sizes that a level needs into offsets from 'at' on in staging; returns where they end. */
static inline size_t level_place(ti_level *l, size_t at) {
  const size_t emit = l->emit, places = l->places;
  l->scratch = at + TI_CANARY;
  at += ti_size_align(l->scratch_bytes, TI_ARRAY_ALIGN) + 2 * TI_CANARY;
  l->places = at;
  l->emit = at + places;
  return l->emit + ti_size_align(emit, TI_ARRAY_ALIGN);
}

size_t ti_flow_plan(ti_flow *f, const tine_pipeline *p) {
  size_t at = 0;
  if (p->level == 0) { /* the usual case: as below, for one level */
    f->level[0] = (ti_level){.scratch_bytes = p->need, .places = p->kind != TINE_INDEXED ? PLACES_BYTES : 0};
    return level_place(&f->level[0], 0);
  }
  for (unsigned i = 0; i <= p->level; i++)
    f->level[i] = (ti_level){0, 0, 0, 0};
  ti_flow_plan_add(f, p);
  for (unsigned i = 0; i <= p->level; i++)
    at = level_place(&f->level[i], at);
  return at;
}
