/*
** A strip through the blocks: which is next, who is in it, and what is between the steps of blocks.
*/
#include <string.h>

#include "loop.h"
#include "strips_run.h"

static void through_mask(ti_strips_state *r, uint64_t items) {
  if (r->masked != items)
    r->set->over.spread(ti_strips_room(r, TI_STRIPS_MASK), items);
  r->masked = items;
}

static void through_go(ti_strips_state *r, uint32_t block, uint64_t items) {
  if (items == 0)
    return;
  r->pending[block] |= items;
  r->ready[block / 64] |= UINT64_C(1) << block % 64;
  r->low = block / 64 < r->low ? block / 64 : r->low;
}

/* What is said of loops by blocks at which items wait. */
static uint64_t through_waiting(const ti_strips_state *r, bool variables) {
  uint64_t loops = 0;
  for (size_t w = r->low; w < (r->s->block_count + 63) / 64; w++)
    for (uint64_t left = r->ready[w]; left != 0; left &= left - 1) {
      const ti_strips_block *const b = &r->s->block_list[w * 64 + ti_strips_first(left)];
      loops |= variables ? b->variables : b->own;
    }
  return loops;
}

/* This item fails, and those behind it are of no interest any more. */
static void through_fail(ti_strips_state *r, unsigned item) {
  ti_assert(item < r->n && item < r->failed);
  r->failed = item;
  r->living &= (UINT64_C(1) << item) - 1;
}

/* ===== Loops ===== */

static void *through_own(const ti_strips_state *r, uint16_t loop, unsigned k) {
  return ti_strips_room(r, r->s->loop_list[loop].slot[k]);
}

/* The bit of a loop that may be uniform. */
static uint64_t through_loop_bit(uint16_t loop) {
  return loop < TI_STRIPS_LOOPS ? UINT64_C(1) << loop : 0;
}

/* Each item has its own registers again. */
static void through_apart(ti_strips_state *r, uint64_t loops) {
  for (uint64_t left = loops & r->uniform; left != 0; left &= left - 1) {
    const uint16_t loop = (uint16_t)ti_strips_first(left);
    for (unsigned k = 0; k < 3; k++)
      r->set->over.fill(through_own(r, loop, k), ti_strips_bits(&r->own[loop][k]));
  }
  r->uniform &= ~loops;
}

/* The variable of a uniform loop, for those items. */
static void through_variable(ti_strips_state *r, const ti_strips_block *b, uint64_t items) {
  int64_t *const to = through_own(r, b->loop, 3);
  const uint64_t value = ti_strips_bits(&r->own[b->loop][3]);
  if (!b->variable)
    return;
  if (items == r->living || (through_waiting(r, true) & through_loop_bit(b->loop)) == 0) {
    r->set->over.fill(to, value);
    return;
  }
  for (uint64_t left = items; left != 0; left &= left - 1)
    to[ti_strips_first(left)] = (int64_t)value;
}

/* Item by item. */
static void through_for_each(ti_strips_state *r, const ti_strips_block *b, ti_typed_what what, uint64_t items) {
  int64_t *own[4];
  uint64_t runs = 0;
  for (unsigned k = 0; k < 4; k++)
    own[k] = through_own(r, b->loop, k);
  for (uint64_t left = items; left != 0; left &= left - 1) {
    const unsigned i = ti_strips_first(left);
    ti_cell cell[4] = {{.i = own[0][i]}, {.i = own[1][i]}, {.i = own[2][i]}, {.i = 0}};
    const int how = ti_loop_for(cell, what);
    if (how < 0) {
      through_fail(r, i);
      items &= r->living;
      break;
    }
    if (how > 0)
      continue;
    runs |= UINT64_C(1) << i;
    for (unsigned k = 0; k < 4; k++)
      own[k][i] = cell[k].i;
  }
  through_go(r, b->ways[0], runs & items);
  through_go(r, b->ways[1], items & ~runs);
}

static void through_for(ti_strips_state *r, const ti_strips_block *b, ti_typed_what what, uint64_t items) {
  const uint64_t bit = through_loop_bit(b->loop);
  const bool beside = items != r->living && (through_waiting(r, false) & bit) != 0;
  const unsigned i = ti_strips_first(items);
  ti_cell cell[4] = {{.i = 0}};
  bool same = bit != 0 && !beside;
  int how;
  through_apart(r, bit);
  if (same)
    through_mask(r, items);
  for (unsigned k = 0; k < 3 && same; k++) {
    cell[k].i = ((const int64_t *)through_own(r, b->loop, k))[i];
    same = r->set->over.same(through_own(r, b->loop, k), ti_strips_room(r, TI_STRIPS_MASK), ti_strips_bits(&cell[k]));
  }
  if (!same) {
    through_for_each(r, b, what, items);
    return;
  }
  how = ti_loop_for(cell, what);
  if (how < 0) {
    through_fail(r, i);
    return;
  }
  if (how == 0) {
    memcpy(r->own[b->loop], cell, sizeof cell);
    r->uniform |= bit;
    through_variable(r, b, items);
  }
  through_go(r, b->ways[how], items);
}

static void through_next(ti_strips_state *r, const ti_strips_block *b, ti_typed_what what, uint64_t items) {
  const uint64_t bit = through_loop_bit(b->loop);
  void *own[3];
  uint64_t runs;
  if ((r->uniform & bit) != 0 && items != r->living && (through_waiting(r, false) & bit) != 0)
    through_apart(r, bit);
  if ((r->uniform & bit) != 0) {
    const bool again = ti_loop_next(r->own[b->loop], what);
    if (again)
      through_variable(r, b, items);
    through_go(r, b->ways[again ? 0 : 1], items);
    return;
  }
  through_mask(r, items);
  for (unsigned k = 0; k < 3; k++)
    own[k] = through_own(r, b->loop, k);
  runs = (what == TI_TYPED_NEXT_F64 ? r->set->over.next_f64 : r->set->over.next_i64)(own, through_own(r, b->loop, 3),
                                                                                     ti_strips_room(r, TI_STRIPS_MASK));
  through_go(r, b->ways[0], runs & items);
  through_go(r, b->ways[1], items & ~runs);
}

/* ===== Results ===== */

static void through_result(const ti_strips_state *r, tine_dtype dtype, const ti_strips_value *v, char *out,
                           uint64_t items) {
  const char *const from = v->param != TI_STRIPS_NONE ? r->param[v->param] : ti_strips_room(r, v->slot);
  const bool whole = items == r->all && r->n == r->set->strip;
  if (whole && dtype == v->dtype && dtype != TINE_BOOL) {
    memcpy((int64_t *)(void *)out + r->at, from, r->set->strip * 8);
    return;
  }
  for (uint64_t left = items; left != 0; left &= left - 1) {
    const unsigned i = ti_strips_first(left);
    const int64_t x = ((const int64_t *)(const void *)from)[i];
    if (i >= r->n)
      break;
    if (dtype == TINE_BOOL)
      ((bool *)(void *)out)[r->at + i] = x != 0;
    else if (dtype == v->dtype)
      ((int64_t *)(void *)out)[r->at + i] = x;
    else
      ((double *)(void *)out)[r->at + i] = (double)x;
  }
}

static void through_return(ti_strips_state *r, const ti_typed_step *s, uint64_t items) {
  const ti_typed *const t = r->s->typed;
  ti_assert(s->count == t->result_count);
  for (unsigned k = 0; k < s->count; k++)
    through_result(r, t->results[k], &r->s->value_list[s->first + k], r->block->out[k], items);
  r->living &= ~items;
}

/* ===== Blocks ===== */

void ti_strips_steps(ti_strips_state *r, const ti_strips_block *b, const ti_strips_form *form, uint64_t items) {
  if (form->mask)
    through_mask(r, items);
  for (uint32_t k = form->first; k < form->first + form->count; k++) {
    const ti_strips_piece *const piece = &r->s->piece_list[k];
    ti_program_frame *const f = ti_strips_frame(r, piece->page);
    r->set->start(&r->s->step_list[piece->step], f, 0, r->set->strip);
    if (b->fails && f->failed) {
      f->failed = false;
      ti_assert((items >> f->failed_at & 1) != 0);
      if (f->failed_at < r->failed)
        through_fail(r, (unsigned)f->failed_at);
    }
  }
}

static void through_block(ti_strips_state *r, const ti_strips_block *b, uint64_t items) {
  const ti_typed_step *const last = ti_strips_step(r->s, b, b->count - 1);
  if ((b->touches & r->uniform) != 0)
    through_apart(r, b->touches);
  r->word = 0;
  ti_strips_steps(r, b, items == r->living ? &b->whole : &b->some, items);
  items &= r->living;
  if (items == 0)
    return;
  switch ((ti_typed_what)last->what) {
    case TI_TYPED_JUMP: through_go(r, b->ways[0], items); break;
    case TI_TYPED_BRANCH:
      through_go(r, b->ways[0], items & r->word);
      through_go(r, b->ways[1], items & ~r->word);
      break;
    case TI_TYPED_RETURN: through_return(r, last, items); break;
    case TI_TYPED_NEXT_I64:
    case TI_TYPED_NEXT_F64: through_next(r, b, (ti_typed_what)last->what, items); break;
    default: through_for(r, b, (ti_typed_what)last->what, items);
  }
}

bool ti_strips_over(ti_strips_state *r, uint32_t cost) {
  r->left -= cost;
  if (r->left > 0)
    return false;
  r->left = TI_STRIPS_ASK;
  return ti_code_over(r->ask);
}

bool ti_strips_through(ti_strips_state *r) {
  const size_t words = (r->s->block_count + 63) / 64;
  r->living = r->all;
  r->uniform = 0;
  r->low = words;
  through_go(r, 0, r->all);
  while (r->low < words) {
    const uint64_t ready = r->ready[r->low];
    const ti_strips_block *b;
    uint32_t k;
    uint64_t items;
    if (ready == 0) {
      r->low++;
      continue;
    }
    k = (uint32_t)r->low * 64 + ti_strips_first(ready);
    b = &r->s->block_list[k];
    r->ready[r->low] = ready & (ready - 1);
    items = r->pending[k] & r->living;
    r->pending[k] = 0;
    if (ti_strips_over(r, b->cost))
      return false;
    if (items != 0)
      through_block(r, b, items);
  }
  return true;
}
