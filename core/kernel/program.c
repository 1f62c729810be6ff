/*
** Programs put together; see program.h. An expression is written down as nodes first (program_nodes.c); 'finish' walks
** it from its end and makes steps: the first argument of an operation goes through the registers, the others are read
** from memory - a column, a constant, or the strip of a node evaluated before and kept in a *slot*. Where both
** arguments are in memory, one step reads both; where what is added is a product of such, one step multiplies and adds.
*/
#include "program.h"

#include <string.h>

static ti_program_step *add_step(ti_program_maker *p, ti_program_fn *run) {
  if (p->made.steps == TI_PROGRAM_STEPS) {
    p->full = true; /* it will not be used, so its last step may be anything */
    return &p->step[TI_PROGRAM_STEPS - 1];
  }
  ti_assert(p->made.steps < TI_PROGRAM_STEPS && run != NULL);
  p->step[p->made.steps].run = run;
  return &p->step[p->made.steps++];
}

/* Keeps the strip in the registers, for a step that reads it later; returns the operand. (Strips of inputs have the
   last rooms.) */
static uint16_t keep(ti_program_maker *p, tine_dtype dtype) {
  unsigned slot = 0;
  while (slot < TI_PROGRAM_ROOMS - p->made.inputs - 1 && p->taken[slot])
    slot++;
  p->full = p->full || p->taken[slot];
  p->taken[slot] = true;
  if (slot >= p->made.slots)
    p->made.slots = slot + 1;
  ti_assert(p->made.slots + p->made.inputs <= TI_PROGRAM_ROOMS);
  add_step(p, dtype == TINE_F32 ? p->made.set->keep_f32 : p->made.set->keep)->operand[0] =
      (uint16_t)(TI_PROGRAM_INPUTS + slot);
  return (uint16_t)(TI_PROGRAM_INPUTS + slot);
}

static bool is_constant(const ti_program_node *n) {
  return n->what == TI_PROGRAM_CONSTANT;
}

/* As steps take it: 64 bits, or an f32. */
static void put_constant(unsigned char *to, const ti_program_node *n) {
  const tine_value v = ti_value_load(n->dtype, n->is.constant);
  const int64_t whole = n->dtype == TINE_BOOL ? -(int64_t)v.as.b : v.as.i;
  memset(to, 0, sizeof whole);
  if (ti_dtype_float(n->dtype))
    memcpy(to, n->is.constant, tine_dtype_size(n->dtype));
  else
    memcpy(to, &whole, sizeof whole);
}

/* A constant as a strip in memory. */
static uint16_t hold(ti_program_maker *p, const ti_program_node *n) {
  ti_program_held h = {.size = n->dtype == TINE_F32 ? sizeof(float) : sizeof(double)};
  unsigned k = 0;
  put_constant(h.constant, n);
  while (k < p->made.held && memcmp(&p->hold[k], &h, sizeof h) != 0)
    k++;
  p->full = p->full || k == TI_PROGRAM_HELD;
  if (p->full)
    return 0;
  ti_assert(k <= p->made.held && k < TI_PROGRAM_HELD);
  p->hold[k] = h;
  p->made.held = k == p->made.held ? k + 1 : p->made.held;
  return (uint16_t)(TI_PROGRAM_INPUTS + TI_PROGRAM_ROOMS + k);
}

static void evaluate(ti_program_maker *p, int node);

/* Makes an argument that does not go through the registers ready in memory; returns the operand. */
static uint16_t ready(ti_program_maker *p, int node) {
  ti_program_node *const n = &p->node[node];
  ti_assert(n->left > 0);
  if (is_constant(n))
    return hold(p, n);
  if (n->operand < 0) {
    evaluate(p, node);
    if (n->operand < 0) /* nobody else will want it */
      n->operand = keep(p, n->dtype);
  }
  return (uint16_t)n->operand;
}

/* It was asked for once: if that was the last time its slot is free again. */
static void release(ti_program_maker *p, int node) {
  ti_program_node *const n = &p->node[node];
  ti_assert(n->left > 0);
  n->left--;
  if (n->left > 0 || n->operand < TI_PROGRAM_INPUTS)
    return;
  p->taken[n->operand - TI_PROGRAM_INPUTS] = false;
  n->operand = -1;
}

/* Is it a constant, or in memory as registers have it? */
static bool simple(const ti_program_maker *p, int node) {
  return is_constant(&p->node[node]) || p->node[node].operand >= 0;
}

/* The step for the operation n and the product that is its argument 'node'; NULL: there is none, or the product is
   wanted for something else, too, or is of what is in registers. */
static const ti_program_product *product_of(const ti_program_maker *p, const ti_program_node *n, int node) {
  const ti_program_node *const m = &p->node[node];
  if (m->what != TI_PROGRAM_BY_STEP || m->count != 2 || m->left != 1 || m->operand >= 0 || !simple(p, m->args[0]) ||
      !simple(p, m->args[1]) || (is_constant(&p->node[m->args[0]]) && is_constant(&p->node[m->args[1]])))
    return NULL;
  for (const ti_program_product *x = p->made.set->products, *end = x + TI_PROGRAM_PRODUCTS; x < end; x++)
    if (x->sum == n->is.operation->run[0] && x->product == m->is.operation->run[0])
      return x;
  return NULL;
}

/* That step, with the other argument through the registers. */
static void add_product(ti_program_maker *p, const ti_program_product *x, int product, int through) {
  const ti_program_node *const m = &p->node[product];
  const bool swapped = is_constant(&p->node[m->args[0]]);
  const int a = m->args[swapped], b = m->args[!swapped];
  const bool constant = is_constant(&p->node[b]);
  ti_program_step *s;
  ti_assert(p->node[a].operand >= 0 && through != product);
  evaluate(p, through);
  release(p, through);
  s = add_step(p, x->run[constant]);
  s->operand[0] = (uint16_t)p->node[a].operand;
  if (constant)
    put_constant(s->with.constant, &p->node[b]);
  else
    s->operand[1] = (uint16_t)p->node[b].operand;
  release(p, a);
  release(p, b);
  release(p, product);
}

/* Is an argument of n a product that one step takes along? Then it is done. */
static bool with_product(ti_program_maker *p, const ti_program_node *n) {
  const int a = n->args[0], b = n->args[1];
  const ti_program_product *x = product_of(p, n, b);
  if (x != NULL)
    add_product(p, x, b, a);
  else if ((x = product_of(p, n, a)) != NULL && x - p->made.set->products < TI_PROGRAM_PRODUCTS / 2)
    add_product(p, x, a, b); /* a sum, not a difference */
  else
    return false;
  return true;
}

/* Both arguments are in memory, or one is and the other is a constant: one step reads them. */
static void from_memory(ti_program_maker *p, const ti_program_node *n, int constant) {
  const ti_program_node *const a = &p->node[n->args[0]], *const b = &p->node[n->args[1]];
  ti_program_step *const s = add_step(p, n->is.operation->run[constant < 0    ? TI_PROGRAM_M_M
                                                              : constant == 1 ? TI_PROGRAM_M_K
                                                                              : TI_PROGRAM_K_M]);
  s->operand[0] = (uint16_t)(constant == 1 ? a : b)->operand;
  if (constant < 0)
    s->operand[1] = (uint16_t)a->operand;
  else
    put_constant(s->with.constant, constant == 1 ? b : a);
}

static void binary(ti_program_maker *p, const ti_program_node *n) {
  const ti_program_operation *const o = n->is.operation;
  const int a = n->args[0], b = n->args[1];
  const bool reversed = (simple(p, a) && !simple(p, b)) || (is_constant(&p->node[a]) && !is_constant(&p->node[b]));
  const int through = reversed ? b : a, other = reversed ? a : b;
  const bool constant = is_constant(&p->node[other]);
  ti_program_step *s;
  if (with_product(p, n))
    return;
  const uint16_t operand = constant ? 0 : ready(p, other);
  if (p->node[through].operand >= 0 && p->current != through && o->run[TI_PROGRAM_M_M] != NULL)
    from_memory(p, n, !constant ? -1 : !reversed);
  else {
    evaluate(p, through);
    s = add_step(p, o->run[2 * reversed + constant]);
    s->operand[0] = operand;
    if (constant)
      put_constant(s->with.constant, &p->node[other]);
  }
  release(p, through);
  release(p, other);
}

/* Any number of arguments: all but the first from memory. */
static void general(ti_program_maker *p, const ti_program_node *n, ti_program_fn *run) {
  const bool loop = n->what == TI_PROGRAM_BY_LOOP;
  uint16_t operand[2] = {0, 0};
  ti_program_step *s;
  ti_assert(n->count > 0 && n->count <= TI_PROGRAM_ARGS);
  for (unsigned k = 1; k < n->count; k++)
    operand[k - 1] = loop && is_constant(&p->node[n->args[k]]) ? TI_PROGRAM_FIXED : ready(p, n->args[k]);
  evaluate(p, n->args[0]);
  release(p, n->args[0]);
  s = add_step(p, run);
  memcpy(s->operand, operand, sizeof operand);
  s->inputs = (uint8_t)n->count;
  memcpy(s->type, n->type, sizeof s->type);
  if (loop)
    s->with.loop = n->is.loop;
  for (unsigned k = 1; k < n->count; k++) {
    if (operand[k - 1] == TI_PROGRAM_FIXED)
      put_constant(s->fixed[k - 1], &p->node[n->args[k]]);
    release(p, n->args[k]);
  }
}

static void load(ti_program_maker *p, const ti_program_node *n) {
  ti_assert(n->what != TI_PROGRAM_SAME);
  const bool single = n->dtype == TINE_F32;
  if (is_constant(n))
    put_constant(add_step(p, single ? p->made.set->constant_f32 : p->made.set->constant)->with.constant, n);
  else if (n->operand >= 0)
    add_step(p, single ? p->made.set->again_f32 : p->made.set->again)->operand[0] = (uint16_t)n->operand;
  else
    add_step(p, p->made.set->load[n->dtype])->operand[0] = (uint16_t)n->is.column;
}

/* Steps that leave the value of a node in the registers, and in memory too if it is wanted again. */
static void evaluate(ti_program_maker *p, int node) {
  ti_program_node *const n = &p->node[node];
  ti_assert(node >= 0 && (unsigned)node < p->nodes);
  if (p->full || p->current == node)
    return;
  if (is_constant(n) || n->what == TI_PROGRAM_COLUMN || n->operand >= 0)
    load(p, n);
  else if (n->what == TI_PROGRAM_BY_STEP && n->count == 2)
    binary(p, n);
  else
    general(p, n, n->what == TI_PROGRAM_BY_STEP ? n->is.operation->run[0] : p->made.set->call);
  p->current = node;
  if (!is_constant(n) && n->left > 1 && n->operand < 0)
    n->operand = keep(p, n->dtype);
}

/* How often nodes are asked for by those that are needed: the last is, and what may fail, though nothing is made of it
   ('alone'). */
static void count_uses(ti_program_maker *p, int last, bool *alone) {
  p->node[last].left = 1;
  for (int i = (int)p->nodes - 1; i >= 0; i--) {
    ti_program_node *const n = &p->node[i];
    alone[i] = n->fails && n->left == 0;
    n->left += alone[i];
    for (unsigned k = 0; n->left > 0 && n->what != TI_PROGRAM_SAME && k < n->count; k++) {
      ti_assert(n->args[k] < i); /* nodes stand after what they are made of */
      p->node[n->args[k]].left++;
    }
  }
}

/* After the step that stores, which goes on where values are added: these as an f64 or i64, and the sum. */
static void add_sum(ti_program_maker *p) {
  const ti_program_set *const set = p->made.set;
  if (p->made.result == TINE_F32)
    add_step(p, set->f64_f32.run[0]);
  if (p->made.result == TINE_BOOL)
    add_step(p, set->number.run[0]);
  add_step(p, ti_program_sum(&p->made) == TINE_F64 ? set->sum_f64 : set->sum_i64);
}

bool ti_program_finish(ti_program_maker *p, int node, ti_program_end end) {
  const ti_program_set *const set = p->made.set;
  const int last = ti_program_root(p, node);
  bool alone[TI_PROGRAM_NODES];
  ti_assert(node >= 0 && (unsigned)node < p->nodes && p->made.steps == 0);
  p->made.end = end;
  p->made.result = p->node[node].dtype;
  ti_assert(end != TI_PROGRAM_BITS || p->made.result == TINE_BOOL);
  count_uses(p, last, alone);
  for (int i = 0; i < (int)p->nodes; i++)
    if (alone[i]) {
      evaluate(p, i);
      release(p, i);
    }
  evaluate(p, last);
  add_step(p, end == TI_PROGRAM_BITS ? set->bits : set->store[p->made.result]);
  if (end == TI_PROGRAM_VALUES)
    add_sum(p);
  return !p->full;
}
