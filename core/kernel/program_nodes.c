/*
** The expression that a program is made of, written down as nodes; see program.h.
*/
#include "program.h"

#include <string.h>

#include "simd.h"

bool ti_program_takes(const tine_kernel *kernel, const ti_signature *s) {
  return kernel->builtin && s->inputs > 0 && s->inputs <= TI_PROGRAM_ARGS && s->outputs == 1 && s->block != NULL &&
         (kernel->flags & TINE_EXPANDS) == 0;
}

bool ti_program_steps(const ti_signature *s) {
  const ti_program_set *const set = ti_program_set_of(ti_simd_best());
  const size_t index = ti_builtin_index(s);
  return set != NULL && (index == SIZE_MAX || set->operations[index].run[0] != NULL); /* or it converts */
}

bool ti_program_begin(ti_program_maker *p, unsigned simd) {
  p->made.set = ti_program_set_of(simd);
  p->simd = simd;
  p->made.inputs = p->made.steps = p->made.slots = p->made.held = 0;
  p->made.step = p->step;
  p->made.hold = p->hold;
  p->made.strip = NULL;
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

int ti_program_root(const ti_program_maker *p, int node) {
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
    n->args[k] = ti_program_root(p, args[k]);
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

/* What 1 / c is, if that is exact: c is a power of two, and so is 1 / c, both as normal numbers. Then a / c and
   a * (1 / c) are the same number, rounded once, whatever a is. */
static bool exact_inverse(const ti_program_node *c, unsigned char *to) {
  if (c->what == TI_PROGRAM_CONSTANT && c->dtype == TINE_F64) {
    const uint64_t fraction = (UINT64_C(1) << 52) - 1, sign = UINT64_C(1) << 63;
    uint64_t bits;
    memcpy(&bits, c->is.constant, sizeof bits);
    const uint64_t inverse = (UINT64_C(2046) << 52) - (bits & ~sign);
    memcpy(to, &(uint64_t){inverse | (bits & sign)}, sizeof bits);
    return (bits & fraction) == 0 && (bits & ~sign) > 0 && (bits & ~sign) < UINT64_C(2046) << 52;
  }
  if (c->what == TI_PROGRAM_CONSTANT && c->dtype == TINE_F32) {
    const uint32_t fraction = (UINT32_C(1) << 23) - 1, sign = UINT32_C(1) << 31;
    uint32_t bits;
    memcpy(&bits, c->is.constant, sizeof bits);
    const uint32_t inverse = (UINT32_C(254) << 23) - (bits & ~sign);
    memcpy(to, &(uint32_t){inverse | (bits & sign)}, sizeof bits);
    return (bits & fraction) == 0 && (bits & ~sign) > 0 && (bits & ~sign) < UINT32_C(254) << 23;
  }
  return false;
}

/* A division by such a number as a product, which takes a fraction of its time: its node; -1: it is none, or there is
   no room. */
static int product_for(ti_program_maker *p, const ti_signature *s, const int *args) {
  const tine_kernel *const div = ti_builtin_find("div"), *const mul = ti_builtin_find("mul");
  unsigned char inverse[sizeof p->node->is.constant];
  size_t k = 0;
  while (k < div->count && s != &div->signatures[k])
    k++;
  if (k == div->count || args[0] < 0 || args[1] < 0 || !exact_inverse(&p->node[ti_program_root(p, args[1])], inverse))
    return -1;
  for (k = 0; mul->signatures[k].in[0] != s->in[0];)
    k++;
  ti_assert(k < mul->count && s->in[0] == s->out[0] && s->in[1] == s->in[0]);
  const int both[2] = {args[0], ti_program_constant(p, s->in[0], inverse)};
  return both[1] >= 0 ? ti_program_apply(p, &mul->signatures[k], both) : -1;
}

int ti_program_apply(ti_program_maker *p, const ti_signature *signature, const int *args) {
  const size_t index = ti_builtin_index(signature);
  const ti_program_operation *const o = index != SIZE_MAX ? &p->made.set->operations[index] : NULL;
  int product;
  if (signature->inputs == 0 || signature->inputs > TI_PROGRAM_ARGS || signature->outputs != 1)
    return -1;
  if (signature->inputs == 2 && (product = product_for(p, signature, args)) >= 0)
    return product;
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
  const ti_program_node n = {.what = TI_PROGRAM_SAME, .dtype = to, .count = 1, .args = {ti_program_root(p, node)}};
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
