/*
** Typed code as blocks: straight stretches, joined where one way alone leads on, in the order in which they are to be
** run; and which registers are live where.
*/
#include <string.h>

#include "../base/memory.h"
#include "strips_plan.h"

bool ti_strips_grow(ti_strips_maker *m, void **list, size_t count, size_t *room, size_t size) {
  const size_t more = *room > 0 ? 2 * *room : 16;
  void *grown;
  if (count < *room)
    return true;
  grown = ti_alloc(more * size, _Alignof(max_align_t));
  if (grown == NULL) {
    m->status = ti_error_nomem(m->err);
    return false;
  }
  if (*room > 0) {
    memcpy(grown, *list, count * size);
    ti_free(*list, *room * size, _Alignof(max_align_t));
  }
  *list = grown;
  *room = more;
  return true;
}

void *ti_strips_added(ti_strips_maker *m, void **list, size_t *count, size_t *room, size_t size) {
  char *added;
  if (m->status != TINE_OK || !ti_strips_grow(m, list, *count, room, size))
    return NULL;
  added = (char *)*list + *count * size;
  memset(added, 0, size);
  ++*count;
  return added;
}

/* ===== Blocks ===== */

/* While blocks are made: of each typed step. */
typedef struct blocks_step {
  uint32_t in; /* ways that lead to it, from what can be reached; as many as two count. A block begins with two */
  uint32_t block;
  bool seen;
} blocks_step;

static unsigned blocks_ways(const ti_typed_step *s) {
  return s->what == TI_TYPED_JUMP ? 1 : s->what == TI_TYPED_BRANCH || s->what >= TI_TYPED_FOR_I64 ? 2 : 0;
}

static bool blocks_ends(const ti_typed_step *s) {
  return s->what == TI_TYPED_RETURN || blocks_ways(s) > 0;
}

/* Counts the ways to what can be reached. */
static void blocks_reach(const ti_typed *t, blocks_step *of, uint32_t *stack) {
  size_t left = 0;
  of[0] = (blocks_step){.in = 2, .seen = true};
  stack[left++] = 0;
  while (left > 0) {
    uint32_t at = stack[--left];
    while (!blocks_ends(&t->steps[at]))
      at++;
    ti_assert(at < t->step_count);
    for (unsigned w = 0; w < blocks_ways(&t->steps[at]); w++) {
      blocks_step *const to = &of[t->steps[at].ways[w]];
      to->in += to->in < 2;
      if (!to->seen)
        stack[left++] = t->steps[at].ways[w];
      to->seen = true;
    }
  }
}

/* Whoever begins with a step, and goes on through jumps that are the only way to where they lead. */
static void blocks_block(ti_strips_maker *m, const blocks_step *of, uint32_t at) {
  const ti_typed *const t = m->t;
  ti_strips_block *const b = TI_STRIPS_ADD(m, ti_strips_block, block);
  const ti_typed_step *s;
  if (b == NULL)
    return;
  b->first = (uint32_t)m->s->flat_count;
  for (s = &t->steps[at];; s = s->what == TI_TYPED_JUMP ? &t->steps[s->ways[0]] : s + 1) {
    uint32_t *flat;
    if (s->what == TI_TYPED_JUMP && of[s->ways[0]].in == 1)
      continue;
    flat = TI_STRIPS_ADD(m, uint32_t, flat);
    if (flat == NULL)
      return;
    *flat = (uint32_t)(s - t->steps);
    b->count++;
    if (blocks_ends(s))
      break;
  }
  for (unsigned w = 0; w < blocks_ways(s); w++)
    b->ways[w] = s->ways[w];
  b->cost = b->count;
}

typedef struct blocks_visit {
  uint32_t block;
  uint8_t done;
} blocks_visit;

static uint32_t blocks_line(const ti_strips *s, uint32_t block) {
  return ti_strips_step(s, &s->block_list[block], 0)->at;
}

/* Of the ways of a block, which to visit when: what stands later in the code first, so that it comes later in the
   order. */
static uint32_t blocks_way(const ti_strips *s, const ti_strips_block *b, unsigned ways, unsigned k) {
  const bool swap = ways == 2 && blocks_line(s, b->ways[0]) < blocks_line(s, b->ways[1]);
  return b->ways[swap ? 1 - k : k];
}

static unsigned blocks_block_ways(const ti_strips *s, const ti_strips_block *b) {
  return blocks_ways(ti_strips_step(s, b, b->count - 1));
}

/* Puts blocks in reverse post-order. 'number' has room for each of them. */
static void blocks_order(ti_strips *s, blocks_visit *stack, uint32_t *number, ti_strips_block *sorted) {
  size_t left = 1, next = s->block_count;
  memset(number, 0xff, s->block_count * sizeof *number);
  stack[0] = (blocks_visit){0, 0};
  number[0] = UINT32_MAX - 1; /* underway */
  while (left > 0) {
    blocks_visit *const v = &stack[left - 1];
    const ti_strips_block *const b = &s->block_list[v->block];
    const unsigned ways = blocks_block_ways(s, b);
    if (v->done < ways) {
      const uint32_t to = blocks_way(s, b, ways, v->done++);
      if (number[to] == UINT32_MAX) {
        number[to] = UINT32_MAX - 1;
        stack[left++] = (blocks_visit){to, 0};
      }
    } else {
      number[v->block] = (uint32_t)--next;
      left--;
    }
  }
  ti_assert(next == 0 && number[0] == 0);
  for (size_t k = 0; k < s->block_count; k++) {
    ti_strips_block b = s->block_list[k];
    for (unsigned w = 0; w < blocks_block_ways(s, &b); w++)
      b.ways[w] = number[b.ways[w]];
    sorted[number[k]] = b;
  }
  memcpy(s->block_list, sorted, s->block_count * sizeof *sorted);
}

static void blocks_sort(ti_strips_maker *m) {
  const size_t n = m->s->block_count;
  blocks_visit *const stack = ti_alloc(n * sizeof *stack, _Alignof(blocks_visit));
  uint32_t *const number = ti_alloc(n * sizeof *number, _Alignof(uint32_t));
  ti_strips_block *const sorted = ti_alloc(n * sizeof *sorted, _Alignof(ti_strips_block));
  if (stack == NULL || number == NULL || sorted == NULL)
    m->status = ti_error_nomem(m->err);
  else
    blocks_order(m->s, stack, number, sorted);
  ti_free(stack, n * sizeof *stack, _Alignof(blocks_visit));
  ti_free(number, n * sizeof *number, _Alignof(uint32_t));
  ti_free(sorted, n * sizeof *sorted, _Alignof(ti_strips_block));
}

/* A step that a branch alone leads to begins a block as well: jumps alone are gone through. */
static void blocks_split(const ti_typed *t, blocks_step *of) {
  for (size_t k = 0; k < t->step_count; k++)
    if (blocks_ways(&t->steps[k]) == 2)
      for (unsigned w = 0; w < 2; w++)
        of[t->steps[k].ways[w]].in = 2;
}

void ti_strips_blocks(ti_strips_maker *m) {
  const size_t n = m->t->step_count;
  blocks_step *const of = ti_alloc_zeroed(n * sizeof *of, _Alignof(blocks_step));
  uint32_t *const stack = ti_alloc(n * sizeof *stack, _Alignof(uint32_t));
  if (of == NULL || stack == NULL)
    m->status = ti_error_nomem(m->err);
  if (m->status == TINE_OK) {
    blocks_reach(m->t, of, stack);
    blocks_split(m->t, of);
  }
  for (uint32_t k = 0; k < n && m->status == TINE_OK; k++)
    if (of[k].seen && of[k].in > 1) {
      of[k].block = (uint32_t)m->s->block_count;
      blocks_block(m, of, k);
    }
  for (size_t k = 0; k < m->s->block_count && m->status == TINE_OK; k++) {
    ti_strips_block *const b = &m->s->block_list[k];
    for (unsigned w = 0; w < blocks_block_ways(m->s, b); w++)
      b->ways[w] = of[b->ways[w]].block;
  }
  if (m->status == TINE_OK)
    blocks_sort(m);
  ti_free(of, n * sizeof *of, _Alignof(blocks_step));
  ti_free(stack, n * sizeof *stack, _Alignof(uint32_t));
}

/* ===== Liveness ===== */

static void blocks_use(const ti_strips_maker *m, uint64_t *set, unsigned cell) {
  if (cell < m->registers)
    set[cell / 64] |= UINT64_C(1) << cell % 64;
}

static void blocks_define(const ti_strips_maker *m, uint64_t *set, unsigned cell) {
  ti_assert(cell < m->registers);
  set[cell / 64] &= ~(UINT64_C(1) << cell % 64);
}

/* From what is live after a step that computes to what is before it. */
static void blocks_through(const ti_strips_maker *m, const ti_typed_step *s, uint64_t *set) {
  const unsigned count = s->what == TI_TYPED_APPLY ? s->count : 1;
  blocks_define(m, set, s->to);
  for (unsigned k = 0; k < count; k++)
    blocks_use(m, set, s->args[k]);
}

/* What is live before the last step of a block. */
static void blocks_last(const ti_strips_maker *m, const ti_strips_block *b, uint64_t *set) {
  const ti_typed_step *const s = ti_strips_step(m->s, b, b->count - 1);
  const uint64_t *const ways[2] = {m->live + b->ways[0] * m->words, m->live + b->ways[1] * m->words};
  const unsigned count = blocks_ways(s);
  memset(set, 0, m->words * sizeof *set);
  if (count > 0)
    memcpy(set, ways[0], m->words * sizeof *set);
  if (s->what >= TI_TYPED_FOR_I64)
    blocks_define(m, set, s->to + 3u);
  for (unsigned w = 0; count == 2 && w < m->words; w++)
    set[w] |= ways[1][w];
  if (s->what == TI_TYPED_BRANCH)
    blocks_use(m, set, s->args[0]);
  for (unsigned k = 0; s->what >= TI_TYPED_FOR_I64 && k < 3; k++)
    blocks_use(m, set, s->to + k);
  for (unsigned k = 0; s->what == TI_TYPED_RETURN && k < s->count; k++)
    blocks_use(m, set, m->t->values[s->first + k].cell);
}

void ti_strips_live(ti_strips_maker *m) {
  uint64_t set[TI_STRIPS_WORDS];
  bool changed = true;
  ti_assert(m->words <= TI_STRIPS_WORDS);
  while (changed) {
    changed = false;
    for (size_t k = m->s->block_count; k-- > 0;) {
      const ti_strips_block *const b = &m->s->block_list[k];
      uint64_t *const live = m->live + k * m->words;
      blocks_last(m, b, set);
      for (uint32_t at = b->count - 1; at-- > 0;)
        blocks_through(m, ti_strips_step(m->s, b, at), set);
      changed = changed || memcmp(live, set, m->words * sizeof *set) != 0;
      memcpy(live, set, m->words * sizeof *set);
    }
  }
}

void ti_strips_after(ti_strips_maker *m, uint32_t block) {
  const ti_strips_block *const b = &m->s->block_list[block];
  uint64_t *after = m->after + (b->count - 1) * m->words;
  const unsigned ways = blocks_block_ways(m->s, b);
  memset(after, 0, m->words * sizeof *after);
  for (unsigned w = 0; w < ways; w++)
    for (unsigned i = 0; i < m->words; i++)
      after[i] |= m->live[b->ways[w] * m->words + i];
  if (b->count > 1)
    blocks_last(m, b, after - m->words);
  for (uint32_t at = b->count - 1; at-- > 1;) {
    after = m->after + at * m->words;
    memcpy(after - m->words, after, m->words * sizeof *after);
    blocks_through(m, ti_strips_step(m->s, b, at), after - m->words);
  }
}
