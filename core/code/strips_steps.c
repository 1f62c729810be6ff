/*
** The steps of a block: those of programs (../kernel/program.h), with cells as operands. A value goes on in registers
** from the step that computes it to the next, and is put into its cell only if somebody reads it there.
**
** A block has two forms. 'whole' is for when no other item of the strip is underway: what was computed is put as it is.
** In 'some' those cells that others, who wait at blocks further on, may still read are put under the mask.
*/
#include <string.h>

#include "strips_plan.h"

enum { STEPS_OPERANDS = 8 }; /* of one typed step, at most */

typedef struct lower_writer {
  ti_strips_maker *m;
  ti_strips *s;
  const ti_strips_block *block;
  const uint64_t *kept; /* registers that are put under the mask; NULL: none is */
  bool guard;           /* items that are not there are kept from failing */
  bool open, mask, full;
  int current; /* the cell whose value is in the registers; -1: none */
  bool dirty;  /* and it is not in the cell */
  const ti_typed_step *step;
  const uint64_t *after; /* what is live after that */
} lower_writer;

/* ===== Slots and operands ===== */

uint32_t ti_strips_slot(ti_strips_maker *m, unsigned cell) {
  const unsigned captures = ti_typed_capture_cell(m->t, 0), constants = ti_typed_constant_cell(m->t, 0);
  ti_strips_constant *c;
  ti_assert(cell < constants + m->t->constant_count);
  if (m->slot_of[cell] != 0)
    return m->slot_of[cell] - 1;
  m->slot_of[cell] = m->s->slots + 1;
  if (cell < captures)
    return m->s->slots++;
  c = TI_STRIPS_ADD(m, ti_strips_constant, constant);
  if (c == NULL)
    return 0;
  c->slot = m->s->slots;
  c->captured = cell < constants;
  c->which = c->captured ? cell - captures : cell - constants;
  return m->s->slots++;
}

/* Begins a page without operands. */
static void lower_page(lower_writer *w) {
  uint32_t *const page = TI_STRIPS_ADD(w->m, uint32_t, page);
  if (page != NULL)
    *page = (uint32_t)w->s->operand_count;
}

static size_t lower_on_page(const ti_strips *s) {
  return s->operand_count - s->page_list[s->page_count - 1];
}

static void lower_column(ti_strips_column *c, const ti_strips *s, size_t operand, size_t which) {
  if (c != NULL)
    *c = (ti_strips_column){(uint32_t)s->page_count - 1, (uint16_t)operand, (uint16_t)which};
}

/* Which operand of this page a slot is. */
static uint16_t lower_operand(lower_writer *w, uint32_t slot) {
  ti_strips *const s = w->s;
  const size_t n = lower_on_page(s), first = s->operand_count - n;
  uint32_t *added;
  for (size_t k = 0; k < n; k++)
    if (s->operand_list[first + k] == slot)
      return (uint16_t)k;
  ti_assert(n < TI_PROGRAM_OPERANDS);
  added = TI_STRIPS_ADD(w->m, uint32_t, operand);
  if (added == NULL)
    return 0;
  *added = slot;
  for (uint16_t p = 0; p < w->m->t->code->params; p++)
    if (s->param[p].slot == slot && s->param[p].direct)
      lower_column(TI_STRIPS_ADD(w->m, ti_strips_column, column), s, n, p);
  if (s->straight && slot >= s->results && slot < s->results + w->m->t->result_count)
    lower_column(TI_STRIPS_ADD(w->m, ti_strips_column, result), s, n, slot - s->results);
  return (uint16_t)n;
}

static uint16_t lower_cell(lower_writer *w, unsigned cell) {
  return lower_operand(w, ti_strips_slot(w->m, cell));
}

/* ===== Steps ===== */

static ti_program_step *lower_add(lower_writer *w, ti_program_fn *run) {
  static ti_program_step nowhere; /* never read: there was no memory, and it is told so */
  ti_program_step *step;
  if (!w->open) {
    ti_strips_piece *const piece = TI_STRIPS_ADD(w->m, ti_strips_piece, piece);
    if (piece != NULL)
      *piece = (ti_strips_piece){(uint32_t)w->s->step_count, (uint32_t)w->s->page_count - 1};
    w->open = true;
  }
  step = TI_STRIPS_ADD(w->m, ti_program_step, step);
  if (step == NULL)
    return &nowhere;
  ti_assert(run != NULL);
  step->run = run;
  return step;
}

static void lower_put(lower_writer *w) {
  const ti_program_set *const set = w->s->set;
  ti_program_step *step;
  uint16_t to;
  bool some;
  if (w->current < 0 || !w->dirty)
    return;
  some = w->kept != NULL && ti_strips_has(w->kept, (unsigned)w->current);
  to = lower_cell(w, (unsigned)w->current);
  step = lower_add(w, some ? set->put_some : set->put);
  step->operand[0] = to;
  if (some) {
    const uint16_t mask = lower_operand(w, TI_STRIPS_MASK);
    step->operand[1] = mask;
    w->mask = true;
  }
  w->dirty = false;
}

/* Ends the piece; what is in the registers is lost. */
static void lower_stop(lower_writer *w) {
  if (w->open)
    lower_add(w, w->s->set->stop);
  w->open = w->dirty = false;
  w->current = -1;
}

/* Has the page room for what a step needs? Else another one begins. */
static void lower_reserve(lower_writer *w) {
  if (lower_on_page(w->s) + STEPS_OPERANDS > TI_PROGRAM_OPERANDS) {
    lower_put(w);
    lower_stop(w);
    lower_page(w);
  }
}

/* What is in the registers goes into its cell, if it is wanted after this step, or 'here': by this step, in memory. */
static void lower_leave(lower_writer *w, bool here) {
  if (w->current >= 0 && w->dirty &&
      (here || (w->current != w->step->to && ti_strips_has(w->after, (unsigned)w->current))))
    lower_put(w);
}

static void lower_load(lower_writer *w, unsigned cell) {
  if (w->current != (int)cell) {
    const uint16_t from = lower_cell(w, cell);
    lower_add(w, w->s->set->again)->operand[0] = from;
    w->current = (int)cell;
    w->dirty = false;
  }
}

static void lower_made(lower_writer *w, unsigned cell) {
  w->current = (int)cell;
  w->dirty = true;
}

/* ===== Kernels ===== */

static const ti_program_operation *lower_operation(const ti_strips *s, const ti_signature *signature) {
  const size_t index = ti_builtin_index(signature);
  const bool to_f64 = signature->inputs == 1 && signature->in[0] == TINE_I64 && signature->out[0] == TINE_F64;
  const ti_program_operation *const other = to_f64 ? &s->set->f64_i64 : NULL;
  const ti_program_operation *const o = index != SIZE_MAX ? &s->set->operations[index] : other;
  return o != NULL && o->run[0] != NULL ? o : NULL;
}

/* Is cell c one of the arguments from number 'from' on? */
static bool lower_argument(const ti_typed_step *step, unsigned from, int c) {
  for (unsigned k = from; k < step->count; k++)
    if (step->args[k] == c)
      return true;
  return false;
}

static void lower_two(lower_writer *w, const ti_program_operation *o) {
  const ti_typed_step *const s = w->step;
  const unsigned a = s->args[0], b = s->args[1];
  ti_program_step *step;
  uint16_t operand[2];
  if (w->current == (int)a || w->current == (int)b) {
    const bool reversed = w->current != (int)a;
    const unsigned other = reversed ? a : b;
    lower_leave(w, a == b);
    operand[0] = lower_cell(w, other);
    lower_add(w, o->run[reversed ? TI_PROGRAM_R_M : TI_PROGRAM_M])->operand[0] = operand[0];
    return;
  }
  lower_leave(w, false);
  operand[0] = lower_cell(w, b);
  if (o->run[TI_PROGRAM_M_M] == NULL) {
    lower_load(w, a);
    lower_add(w, o->run[TI_PROGRAM_M])->operand[0] = operand[0];
    return;
  }
  operand[1] = lower_cell(w, a);
  step = lower_add(w, o->run[TI_PROGRAM_M_M]);
  memcpy(step->operand, operand, sizeof operand);
}

static void lower_loop(ti_program_step *step, const ti_typed_step *s) {
  step->with.loop = s->signature->block;
  step->inputs = s->count;
  for (unsigned k = 0; k < s->count; k++)
    step->type[k] = (uint8_t)s->signature->in[k];
  step->type[s->count] = (uint8_t)s->signature->out[0];
}

/* One argument through the registers, the others from memory: any kernel that has a step of that kind, or a loop. */
static void lower_general(lower_writer *w, const ti_program_operation *o) {
  const ti_typed_step *const s = w->step;
  uint16_t operand[2] = {0, 0};
  ti_program_step *step;
  lower_leave(w, lower_argument(s, w->current == (int)s->args[0] ? 1 : 0, w->current));
  for (unsigned k = 1; k < s->count; k++)
    operand[k - 1] = lower_cell(w, s->args[k]);
  lower_load(w, s->args[0]);
  step = lower_add(w, o != NULL ? o->run[0] : w->s->set->call);
  memcpy(step->operand, operand, sizeof operand);
  if (o == NULL)
    lower_loop(step, s);
}

/* A loop that may fail, of items that are there and of others, which get a divisor of 1, or a number that is an
   integer. */
static void lower_guarded(lower_writer *w) {
  const ti_typed_step *const s = w->step;
  const bool divides = s->count == 2;
  const ti_signature *const where = divides ? w->m->where_i64 : w->m->where_f64;
  const uint16_t mask = lower_operand(w, TI_STRIPS_MASK);
  uint16_t operand[2];
  ti_program_step *step;
  ti_assert(s->count <= 2 && s->signature->in[s->count - 1u] == where->in[1]);
  lower_leave(w, lower_argument(s, 0, w->current));
  operand[0] = lower_cell(w, s->args[divides]);
  operand[1] = lower_operand(w, divides ? TI_STRIPS_ONE : TI_STRIPS_ZERO);
  lower_add(w, w->s->set->again)->operand[0] = mask;
  step = lower_add(w, lower_operation(w->s, where)->run[0]);
  memcpy(step->operand, operand, sizeof operand);
  w->mask = true;
  if (divides) {
    operand[0] = lower_operand(w, TI_STRIPS_DIVISOR);
    lower_add(w, w->s->set->put)->operand[0] = operand[0];
    w->current = -1;
    lower_load(w, s->args[0]);
  }
  step = lower_add(w, w->s->set->call);
  step->operand[0] = operand[0];
  lower_loop(step, s);
}

/* A product, and the next step is its sum with what is in the registers, or the difference: one step does both. */
static bool lower_product(lower_writer *w, const ti_typed_step *next, const uint64_t *after_next) {
  const ti_typed_step *const s = w->step;
  const ti_program_operation *const o = lower_operation(w->s, s->signature);
  const ti_program_operation *sum;
  if (next == NULL || next->what != TI_TYPED_APPLY || next->count != 2 || s->count != 2 || w->current < 0 || o == NULL)
    return false;
  sum = lower_operation(w->s, next->signature);
  for (unsigned k = 0; sum != NULL && k < TI_PROGRAM_PRODUCTS; k++) {
    const ti_program_product *const p = &w->s->set->products[k];
    const bool last = next->args[1] == s->to, first = k < TI_PROGRAM_PRODUCTS / 2 && next->args[0] == s->to;
    ti_program_step *step;
    uint16_t operand[2];
    if (p->sum != sum->run[0] || p->product != o->run[0] || last == first || w->current == s->to ||
        next->args[last ? 0 : 1] != w->current || (next->to != s->to && ti_strips_has(after_next, s->to)))
      continue;
    if (lower_argument(s, 0, w->current) || (w->current != next->to && ti_strips_has(after_next, (unsigned)w->current)))
      lower_put(w);
    operand[0] = lower_cell(w, s->args[0]);
    operand[1] = lower_cell(w, s->args[1]);
    step = lower_add(w, p->run[0]);
    memcpy(step->operand, operand, sizeof operand);
    lower_made(w, next->to);
    return true;
  }
  return false;
}

static void lower_apply(lower_writer *w) {
  const ti_typed_step *const s = w->step;
  const ti_program_operation *const o = lower_operation(w->s, s->signature);
  if (!s->signature->infallible && w->guard)
    lower_guarded(w);
  else if (o != NULL && s->count == 2)
    lower_two(w, o);
  else
    lower_general(w, o);
  lower_made(w, s->to);
}

static void lower_move(lower_writer *w) {
  const ti_typed_step *const s = w->step;
  lower_leave(w, false);
  lower_load(w, s->args[0]);
  lower_made(w, s->to);
}

/* ===== The end of a block ===== */

/* Of what is straight: results go to where they are wanted. */
static void lower_results(lower_writer *w, const ti_typed_step *s) {
  const ti_typed *const t = w->m->t;
  for (unsigned k = 1; k < s->count; k++)
    if (t->values[s->first + k].cell == w->current)
      lower_put(w);
  for (unsigned k = 0; k < s->count; k++) {
    const ti_typed_value *const v = &t->values[s->first + k];
    uint16_t to;
    lower_reserve(w);
    lower_load(w, v->cell);
    if (v->dtype == TINE_I64 && t->results[k] == TINE_F64) {
      lower_add(w, w->s->set->f64_i64.run[0]);
      w->current = -1;
    }
    to = lower_operand(w, w->s->results + k);
    lower_add(w, w->s->set->put)->operand[0] = to;
    w->dirty = false;
  }
}

static void lower_end(lower_writer *w) {
  const ti_typed_step *const s = w->step;
  const bool branch = s->what == TI_TYPED_BRANCH;
  if (w->s->straight)
    lower_results(w, s);
  else if (w->dirty && (ti_strips_has(w->after, (unsigned)w->current) || !branch))
    lower_put(w);
  if (branch) {
    lower_load(w, s->args[0]);
    lower_add(w, w->s->set->bits);
  } else
    lower_stop(w);
}

static bool lower_dead(const ti_strips_maker *m, const ti_typed_step *s, uint32_t k) {
  return !ti_strips_has(m->after + k * m->words, s->to) && (s->what == TI_TYPED_MOVE || s->signature->infallible);
}

static ti_strips_form lower_form(lower_writer *w) {
  ti_strips_form form = {.first = (uint32_t)w->s->piece_count};
  const ti_strips_block *const b = w->block;
  w->current = -1;
  w->dirty = w->open = w->mask = false;
  for (uint32_t k = 0; k < b->count && w->m->status == TINE_OK; k++) {
    const ti_typed_step *const s = ti_strips_step(w->s, b, k);
    const ti_typed_step *const next = k + 2 < b->count ? ti_strips_step(w->s, b, k + 1) : NULL;
    w->step = s;
    w->after = w->m->after + k * w->m->words;
    lower_reserve(w);
    if (k + 1 == b->count)
      lower_end(w);
    else if (lower_dead(w->m, s, k))
      continue;
    else if (s->what == TI_TYPED_MOVE)
      lower_move(w);
    else if (lower_product(w, next, w->after + w->m->words))
      k++;
    else
      lower_apply(w);
  }
  form.count = (uint32_t)w->s->piece_count - form.first;
  form.mask = w->mask;
  return form;
}

void ti_strips_lower(ti_strips_maker *m, uint32_t block) {
  ti_strips *const s = m->s;
  ti_strips_block *const b = &s->block_list[block];
  uint64_t kept[TI_STRIPS_WORDS] = {0}, made[TI_STRIPS_WORDS] = {0};
  lower_writer w = {.m = m, .s = s, .block = b, .guard = !s->straight};
  bool any = false;
  if (s->page_count == 0)
    lower_page(&w);
  ti_strips_after(m, block);
  for (uint32_t k = 0; k + 1 < b->count; k++) {
    const ti_typed_step *const step = ti_strips_step(s, b, k);
    made[step->to / 64] |= UINT64_C(1) << step->to % 64;
    b->fails = b->fails || (step->what == TI_TYPED_APPLY && !step->signature->infallible);
  }
  for (size_t k = block + 1u; k < s->block_count; k++)
    for (unsigned i = 0; i < m->words; i++) {
      kept[i] |= m->live[k * m->words + i] & made[i];
      any = any || kept[i] != 0;
    }
  b->whole = b->some = lower_form(&w);
  if (any && m->status == TINE_OK) {
    w.kept = kept;
    b->some = lower_form(&w);
  }
}
