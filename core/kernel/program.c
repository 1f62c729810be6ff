/*
** Programs put together; see program.h. First an expression is written down as nodes; then 'finish' walks it from its
** end and makes steps: the first argument of an operation goes through the registers, the others are read from memory -
** a column, a constant, or the strip of a node evaluated before and kept in a *slot*.
*/
#include "program.h"

#include <string.h>

static const ti_program_operation *program_operation_of(const ti_program *p, const char *kernel) {
  const ti_program_operation *o = p->set->operations;
  while (o->kernel != NULL && strcmp(o->kernel, kernel) != 0)
    o++;
  return o->kernel != NULL ? o : NULL;
}

/* ----- Nodes ----- */

bool ti_program_begin(ti_program *p, unsigned simd) {
  p->set = ti_program_set_of(simd);
  p->inputs = p->nodes = p->steps = p->slots = p->held = 0;
  p->full = false;
  memset(p->taken, 0, sizeof p->taken);
  return p->set != NULL;
}

static int program_node(ti_program *p) {
  ti_program_node *n = &p->node[p->nodes];
  if (p->nodes == TI_PROGRAM_NODES)
    return -1;
  ti_assert(p->nodes < TI_PROGRAM_NODES);
  n->kernel = NULL;
  n->operand = -1;
  n->count = n->uses = 0;
  return (int)p->nodes++;
}

int ti_program_input(ti_program *p) {
  const int i = p->inputs < TI_PROGRAM_INPUTS ? program_node(p) : -1;
  if (i >= 0)
    p->node[i].operand = (int)p->inputs++;
  return i;
}

int ti_program_constant(ti_program *p, double value) {
  const int i = program_node(p);
  if (i >= 0)
    p->node[i].constant = value;
  return i;
}

int ti_program_apply(ti_program *p, const char *kernel, const ti_signature *signature, const int *args) {
  const int i = program_node(p);
  ti_program_node *n = &p->node[i >= 0 ? i : 0];
  if (i < 0 || signature->inputs == 0 || signature->inputs > TI_PROGRAM_ARGS)
    return -1;
  n->kernel = kernel;
  n->loop = signature->block;
  n->count = signature->inputs;
  for (unsigned k = 0; k < n->count; k++) {
    n->args[k] = args[k];
    if (args[k] < 0)
      return -1;
    ti_assert(args[k] < i); /* nodes stand after what they are made of */
    p->node[args[k]].uses++;
  }
  return i;
}

/* ----- Steps ----- */

static ti_program_step *add_step(ti_program *p, void (*run)(void)) {
  if (p->steps == TI_PROGRAM_STEPS) {
    p->full = true; /* it will not be used, so its last step may be anything */
    return &p->step[TI_PROGRAM_STEPS - 1];
  }
  ti_assert(p->steps < TI_PROGRAM_STEPS && run != NULL);
  p->step[p->steps].run = run;
  return &p->step[p->steps++];
}

/* Keeps the strip in the registers, for a step that reads it later; returns the operand. */
static uint16_t keep(ti_program *p) {
  unsigned slot = 0;
  while (slot < TI_PROGRAM_SLOTS - 1 && p->taken[slot])
    slot++;
  p->full = p->full || p->taken[slot];
  p->taken[slot] = true;
  if (slot >= p->slots)
    p->slots = slot + 1;
  ti_assert(p->slots <= TI_PROGRAM_SLOTS);
  add_step(p, p->set->keep)->operand[0] = (uint16_t)(TI_PROGRAM_INPUTS + slot);
  return (uint16_t)(TI_PROGRAM_INPUTS + slot);
}

static bool is_constant(const ti_program_node *n) {
  return n->kernel == NULL && n->operand < 0;
}

/* A constant as a strip in memory. */
static uint16_t hold(ti_program *p, double value) {
  unsigned k = 0;
  while (k < p->held && memcmp(&p->hold[k], &value, sizeof value) != 0)
    k++;
  p->full = p->full || k == TI_PROGRAM_HELD;
  if (p->full)
    return 0;
  ti_assert(k <= p->held && k < TI_PROGRAM_HELD);
  p->hold[k] = value;
  p->held = k == p->held ? k + 1 : p->held;
  return (uint16_t)(TI_PROGRAM_INPUTS + TI_PROGRAM_SLOTS + k);
}

static void evaluate(ti_program *p, int node);

/* Makes an argument that does not go through the registers ready in memory; returns the operand. */
static uint16_t ready(ti_program *p, int node) {
  ti_program_node *n = &p->node[node];
  if (is_constant(n))
    return hold(p, n->constant);
  if (n->operand < 0) {
    evaluate(p, node);
    if (n->operand < 0) /* nobody else will want it */
      return keep(p);
  }
  return (uint16_t)n->operand;
}

/* The slot of an argument that was kept for this operation alone is free again. */
static void release(ti_program *p, int node, uint16_t operand) {
  if (p->node[node].operand < 0 && operand >= TI_PROGRAM_INPUTS && operand < TI_PROGRAM_INPUTS + TI_PROGRAM_SLOTS)
    p->taken[operand - TI_PROGRAM_INPUTS] = false;
}

/* Is it in memory, or a constant? */
static bool simple(const ti_program_node *n) {
  return n->kernel == NULL || n->operand >= 0;
}

static void binary(ti_program *p, const ti_program_node *n, const ti_program_operation *o) {
  const int a = n->args[0], b = n->args[1];
  const bool reversed = simple(&p->node[a]) && !simple(&p->node[b]);
  const int through = reversed ? b : a, other = reversed ? a : b;
  uint16_t operand = 0;
  ti_program_step *s;
  if (!is_constant(&p->node[other]))
    operand = ready(p, other);
  evaluate(p, through);
  s = add_step(p, o->run[2 * reversed + is_constant(&p->node[other])]);
  s->operand[0] = operand;
  s->with.constant = p->node[other].constant;
  if (!is_constant(&p->node[other]))
    release(p, other, operand);
}

/* Any number of arguments: all but the first from memory. */
static void general(ti_program *p, const ti_program_node *n, void (*run)(void)) {
  uint16_t operand[2] = {0, 0};
  ti_program_step *s;
  ti_assert(n->count > 0 && n->count <= TI_PROGRAM_ARGS);
  for (unsigned k = 1; k < n->count; k++)
    operand[k - 1] = ready(p, n->args[k]);
  evaluate(p, n->args[0]);
  s = add_step(p, run);
  memcpy(s->operand, operand, sizeof operand);
  s->inputs = (uint16_t)n->count;
  s->with.loop = n->loop;
  for (unsigned k = 1; k < n->count; k++)
    release(p, n->args[k], operand[k - 1]);
}

/* Steps that leave the value of a node in the registers, and in memory too if it is wanted again. */
static void evaluate(ti_program *p, int node) {
  ti_program_node *n = &p->node[node];
  const ti_program_operation *o = n->kernel != NULL ? program_operation_of(p, n->kernel) : NULL;
  if (p->full)
    return;
  if (is_constant(n))
    add_step(p, p->set->load_k)->with.constant = n->constant;
  else if (n->operand >= 0)
    add_step(p, p->set->load_m)->operand[0] = (uint16_t)n->operand;
  else if (o != NULL && o->args == 2)
    binary(p, n, o);
  else
    general(p, n, o != NULL ? o->run[0] : p->set->call);
  if (n->kernel != NULL && n->uses > 1 && n->operand < 0)
    n->operand = keep(p);
}

bool ti_program_finish(ti_program *p, int node) {
  ti_assert(node >= 0 && (unsigned)node < p->nodes && p->steps == 0);
  evaluate(p, node);
  add_step(p, p->set->end);
  return !p->full;
}
