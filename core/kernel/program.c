/*
** Programs put together; see program.h. First an expression is written down as nodes; then 'finish' walks it from its
** end and makes steps: the first argument of an operation goes through the registers, the others are read from memory -
** a column, a constant, or the strip of a node evaluated before and kept in a *slot*.
*/
#include "program.h"

#include <string.h>

#include "../base/memory.h"

bool ti_program_takes(const tine_kernel *kernel, const ti_signature *s) {
  return kernel->builtin && s->inputs > 0 && s->inputs <= TI_PROGRAM_ARGS && s->outputs == 1 && s->block != NULL &&
         (kernel->flags & TINE_EXPANDS) == 0;
}

/* ----- Nodes ----- */

bool ti_program_begin(ti_program_maker *p, unsigned simd) {
  p->made.set = ti_program_set_of(simd);
  p->simd = simd;
  p->made.inputs = p->made.steps = p->made.slots = p->made.held = 0;
  p->made.step = p->step;
  p->nodes = 0;
  p->current = -1;
  p->full = false;
  memset(p->taken, 0, sizeof p->taken);
  return p->made.set != NULL;
}

/* Is a column of that type in memory as it is in registers? */
static bool is_plain(tine_dtype d) {
  return d == TINE_F64 || d == TINE_F32 || d == TINE_I64 || d == TINE_U64;
}

/* What has the value of a node, whatever type it is taken for. */
static int root_of(const ti_program_maker *p, int node) {
  while (node >= 0 && p->node[node].what == TI_PROGRAM_SAME)
    node = p->node[node].args[0];
  return node;
}

static bool same_node(const ti_program_node *a, const ti_program_node *b) {
  return a->what == b->what && a->dtype == b->dtype && a->count == b->count &&
         memcmp(a->args, b->args, a->count * sizeof *a->args) == 0 && memcmp(&a->is, &b->is, sizeof a->is) == 0;
}

/* Adds a node, or finds it. */
static int put_node(ti_program_maker *p, const ti_program_node *n) {
  for (unsigned i = 0; i < p->nodes; i++)
    if (same_node(&p->node[i], n))
      return (int)i;
  if (p->nodes == TI_PROGRAM_NODES)
    return -1;
  ti_assert(p->nodes < TI_PROGRAM_NODES && ti_dtype_valid(n->dtype));
  p->node[p->nodes] = *n;
  p->node[p->nodes].operand = -1;
  p->node[p->nodes].left = 0;
  return (int)p->nodes++;
}

int ti_program_input(ti_program_maker *p, tine_dtype dtype) {
  ti_program_node n = {.what = TI_PROGRAM_COLUMN, .dtype = dtype};
  int i;
  if (p->made.inputs == TI_PROGRAM_INPUTS)
    return -1;
  n.is.column = p->made.inputs;
  i = put_node(p, &n);
  if (i < 0)
    return -1;
  p->node[i].operand = is_plain(dtype) ? (int)p->made.inputs : -1;
  p->made.input[p->made.inputs++] = dtype;
  return i;
}

int ti_program_constant(ti_program_maker *p, tine_dtype dtype, const void *value) {
  ti_program_node n = {.what = TI_PROGRAM_CONSTANT, .dtype = dtype};
  ti_assert(ti_dtype_valid(dtype));
  memcpy(n.is.constant, value, tine_dtype_size(dtype));
  return put_node(p, &n);
}

/* A node of 'count' arguments, with what it 'is' to be filled in; false: one of them is none. */
static bool applied(const ti_program_maker *p, const int *args, unsigned count, ti_program_node *n) {
  n->count = count;
  for (unsigned k = 0; k < count; k++) {
    n->args[k] = root_of(p, args[k]);
    if (n->args[k] < 0)
      return false;
    ti_assert((unsigned)n->args[k] < p->nodes);
  }
  return true;
}

static int add_step_node(ti_program_maker *p, const ti_program_operation *o, tine_dtype dtype, const int *args,
                         unsigned count) {
  ti_program_node n = {.what = TI_PROGRAM_BY_STEP, .dtype = dtype};
  n.is.operation = o;
  return applied(p, args, count, &n) ? put_node(p, &n) : -1;
}

static int add_loop_node(ti_program_maker *p, const ti_signature *s, const int *args) {
  ti_program_node n = {.what = TI_PROGRAM_BY_LOOP, .dtype = s->out[0], .fails = !s->infallible};
  if (s->inputs > TI_PROGRAM_ARGS)
    return -1;
  n.is.loop = s->block;
  for (unsigned k = 0; k < s->inputs; k++)
    n.type[k] = (uint8_t)s->in[k];
  n.type[s->inputs] = (uint8_t)s->out[0];
  return applied(p, args, s->inputs, &n) ? put_node(p, &n) : -1;
}

int ti_program_apply(ti_program_maker *p, const ti_signature *signature, const int *args) {
  const size_t index = ti_builtin_index(signature);
  const ti_program_operation *const o = index != SIZE_MAX ? &p->made.set->operations[index] : NULL;
  if (signature->inputs == 0 || signature->inputs > TI_PROGRAM_ARGS || signature->outputs != 1)
    return -1;
  if (o != NULL && o->run[0] != NULL)
    return add_step_node(p, o, signature->out[0], args, signature->inputs);
  if (index == SIZE_MAX) /* a kernel that converts */
    return ti_program_convert(p, args[0], signature->out[0], TINE_CAST_EXACT);
  return add_loop_node(p, signature, args);
}

/* Has an integer, taken for another type, the same bits in registers? */
static bool is_same(tine_dtype from, tine_dtype to, tine_cast_mode mode) {
  const bool wide = tine_dtype_size(from) == 8 && tine_dtype_size(to) == 8;
  return ti_dtype_within(from, to) || (wide && mode == TINE_CAST_WRAP);
}

static int step_of(ti_program_maker *p, int node, const ti_program_operation *o, tine_dtype to) {
  return o->run[0] != NULL ? add_step_node(p, o, to, &node, 1) : -1;
}

static int same_as(ti_program_maker *p, int node, tine_dtype to) {
  const ti_program_node n = {.what = TI_PROGRAM_SAME, .dtype = to, .count = 1, .args = {root_of(p, node)}};
  return put_node(p, &n);
}

/* By the loop of the cast. */
static int converted_by_loop(ti_program_maker *p, int node, tine_dtype to, tine_cast_mode mode) {
  ti_signature s = {.inputs = 1, .outputs = 1, .in = {p->node[node].dtype}, .out = {to}};
  s.block = ti_cast_variant(p->simd, s.in[0], to, mode);
  s.infallible = !ti_cast_fails(s.in[0], to, mode);
  return add_loop_node(p, &s, &node);
}

int ti_program_convert(ti_program_maker *p, int node, tine_dtype to, tine_cast_mode mode) {
  const ti_program_set *const set = p->made.set;
  const tine_dtype from = node >= 0 ? p->node[node].dtype : to;
  if (node < 0 || from == to)
    return node;
  if (to == TINE_BOOL)
    return step_of(p, node, from == TINE_F64 ? &set->truth : from == TINE_F32 ? &set->truth_f32 : &set->truth_i64, to);
  if (from == TINE_BOOL) {
    const int number = step_of(p, node, &set->number, ti_dtype_integer(to) ? to : TINE_U8);
    return ti_program_convert(p, number, to, mode);
  }
  if (ti_dtype_integer(from) && ti_dtype_integer(to))
    return is_same(from, to, mode) ? same_as(p, node, to) : converted_by_loop(p, node, to, mode);
  if (to == TINE_F64)
    return step_of(p, node, from == TINE_F32 ? &set->f64_f32 : from == TINE_U64 ? &set->f64_u64 : &set->f64_i64, to);
  if (to == TINE_F32)
    return step_of(p, node, from == TINE_F64 ? &set->f32_f64 : from == TINE_U64 ? &set->f32_u64 : &set->f32_i64, to);
  return converted_by_loop(p, node, to, mode);
}

int ti_program_promote(ti_program_maker *p, int node, tine_dtype to) {
  const tine_dtype from = node >= 0 ? p->node[node].dtype : to;
  return ti_program_convert(p, node, to, from == TINE_U64 && to == TINE_I64 ? TINE_CAST_WRAP : TINE_CAST_EXACT);
}

/* ----- Steps ----- */

static ti_program_step *add_step(ti_program_maker *p, ti_program_fn *run) {
  if (p->made.steps == TI_PROGRAM_STEPS) {
    p->full = true; /* it will not be used, so its last step may be anything */
    return &p->step[TI_PROGRAM_STEPS - 1];
  }
  ti_assert(p->made.steps < TI_PROGRAM_STEPS && run != NULL);
  p->step[p->made.steps].run = run;
  return &p->step[p->made.steps++];
}

/* Keeps the strip in the registers, for a step that reads it later; returns the operand. */
static uint16_t keep(ti_program_maker *p, tine_dtype dtype) {
  unsigned slot = 0;
  while (slot < TI_PROGRAM_SLOTS - 1 && p->taken[slot])
    slot++;
  p->full = p->full || p->taken[slot];
  p->taken[slot] = true;
  if (slot >= p->made.slots)
    p->made.slots = slot + 1;
  ti_assert(p->made.slots <= TI_PROGRAM_SLOTS);
  add_step(p, dtype == TINE_F32 ? p->made.set->keep_f32 : p->made.set->keep)->operand[0] =
      (uint16_t)(TI_PROGRAM_INPUTS + slot);
  return (uint16_t)(TI_PROGRAM_INPUTS + slot);
}

static bool is_constant(const ti_program_node *n) {
  return n->what == TI_PROGRAM_CONSTANT;
}

/* A constant as a strip in memory. */
static uint16_t hold(ti_program_maker *p, const ti_program_node *n) {
  unsigned k = 0;
  while (k < p->made.held && (p->made.hold[k].dtype != n->dtype ||
                              memcmp(p->made.hold[k].constant, n->is.constant, sizeof n->is.constant) != 0))
    k++;
  p->full = p->full || k == TI_PROGRAM_HELD;
  if (p->full)
    return 0;
  ti_assert(k <= p->made.held && k < TI_PROGRAM_HELD);
  p->made.hold[k].dtype = n->dtype;
  memcpy(p->made.hold[k].constant, n->is.constant, sizeof n->is.constant);
  p->made.held = k == p->made.held ? k + 1 : p->made.held;
  return (uint16_t)(TI_PROGRAM_INPUTS + TI_PROGRAM_SLOTS + k);
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

/* Is it in memory or in registers, or a constant? */
static bool simple(const ti_program_maker *p, int node) {
  const ti_program_node *const n = &p->node[node];
  return is_constant(n) || n->operand >= 0 || n->what == TI_PROGRAM_COLUMN;
}

static void put_constant(ti_program_step *s, const ti_program_node *n);

static void binary(ti_program_maker *p, const ti_program_node *n) {
  const ti_program_operation *const o = n->is.operation;
  const int a = n->args[0], b = n->args[1];
  const bool reversed = (simple(p, a) && !simple(p, b)) || (is_constant(&p->node[a]) && !is_constant(&p->node[b]));
  const int through = reversed ? b : a, other = reversed ? a : b;
  const bool constant = is_constant(&p->node[other]);
  const uint16_t operand = constant ? 0 : ready(p, other);
  ti_program_step *s;
  evaluate(p, through);
  release(p, through);
  s = add_step(p, o->run[2 * reversed + constant]);
  s->operand[0] = operand;
  if (constant)
    put_constant(s, &p->node[other]);
  release(p, other);
}

/* Any number of arguments: all but the first from memory. */
static void general(ti_program_maker *p, const ti_program_node *n, ti_program_fn *run) {
  uint16_t operand[2] = {0, 0};
  ti_program_step *s;
  ti_assert(n->count > 0 && n->count <= TI_PROGRAM_ARGS);
  for (unsigned k = 1; k < n->count; k++)
    operand[k - 1] = ready(p, n->args[k]);
  evaluate(p, n->args[0]);
  release(p, n->args[0]);
  s = add_step(p, run);
  memcpy(s->operand, operand, sizeof operand);
  s->inputs = (uint8_t)n->count;
  memcpy(s->type, n->type, sizeof s->type);
  if (n->what == TI_PROGRAM_BY_LOOP)
    s->with.loop = n->is.loop;
  for (unsigned k = 1; k < n->count; k++)
    release(p, n->args[k]);
}

/* As steps take it: 64 bits, or an f32. */
static void put_constant(ti_program_step *s, const ti_program_node *n) {
  const tine_value v = ti_value_load(n->dtype, n->is.constant);
  const int64_t whole = n->dtype == TINE_BOOL ? -(int64_t)v.as.b : v.as.i;
  memset(s->with.constant, 0, sizeof s->with.constant);
  if (ti_dtype_float(n->dtype))
    memcpy(s->with.constant, n->is.constant, tine_dtype_size(n->dtype));
  else
    memcpy(s->with.constant, &whole, sizeof whole);
}

static void load(ti_program_maker *p, const ti_program_node *n) {
  ti_assert(n->what != TI_PROGRAM_SAME);
  const bool single = n->dtype == TINE_F32;
  if (is_constant(n))
    put_constant(add_step(p, single ? p->made.set->constant_f32 : p->made.set->constant), n);
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
  const int last = root_of(p, node);
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

static size_t kept_bytes(const ti_program *p) {
  return sizeof *p + p->steps * sizeof *p->step;
}

ti_program *ti_program_keep(const ti_program_maker *p) {
  ti_assert(p->made.steps > 0 && !p->full);
  ti_program *const kept = ti_alloc_zeroed(kept_bytes(&p->made), _Alignof(max_align_t));
  if (kept == NULL)
    return NULL;
  *kept = p->made;
  kept->step = memcpy(kept + 1, p->step, p->made.steps * sizeof *p->step);
  return kept;
}

void ti_program_drop(ti_program *p) {
  if (p != NULL)
    ti_free(p, kept_bytes(p), _Alignof(max_align_t));
}
