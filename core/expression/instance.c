/*
** Expressions bound: the nodes of a text made operations on values of known types, in the order that needs fewest
** strips in memory at a time; see expression.h.
**
** An operation's arguments are done before it, the one that needs most first (Sethi and Ullman, "The generation of
** optimal code for arithmetic expressions", 1970), so that a tree of n operations needs no more than log2(n) + 1 strips
** for results. But what is right of 'and' or 'or' and may fail comes after the left side, which says where that counts.
*/
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "instance.h"

enum { CHEAP_OPERATIONS = 50 }; /* so many take some 100 ns an item, which nobody has to measure */

/* ----- Guards ----- */

/* Each failure asks all guards around it. */
enum { DEEPEST_GUARD = 200 };

/* Of an argument: what is needed for it to count is that the first one is true ('wanted'), or false. */
static bool counts_if(const ti_bind_node *b, unsigned k, bool *wanted) {
  *wanted = k == 1 && (b->choice || ti_bind_calls(b, "and"));
  return k > 0 && (b->choice || *wanted || ti_bind_calls(b, "or"));
}

/* Does its argument count only where the first one says so, and may it fail? */
static bool is_guarded(const ti_bind_maker *m, const ti_bind_node *b, unsigned k, bool *wanted) {
  return ti_bind_operates(b) && counts_if(b, k, wanted) && m->node[m->argument[b->first + k]].fails_below;
}

/* Is the first one to be done first, since it says what counts? */
static bool guards_any(const ti_bind_maker *m, const ti_bind_node *b) {
  bool wanted, any = false;
  for (unsigned k = 1; k < b->of->count; k++)
    any = any || is_guarded(m, b, k, &wanted);
  return any;
}

/* From the last node down, so that what surrounds a node is known before it. Operands are filled in when they have
   their slots: until then the index is that of the node. */
static tine_status set_guards(ti_bind_maker *m) {
  ti_instance *const o = m->o;
  for (size_t i = m->e->count; i-- > 0;) {
    const ti_bind_node *const b = &m->node[i];
    if (!ti_bind_operates(b))
      continue;
    for (unsigned k = 0; k < b->of->count; k++)
      m->node[m->argument[b->first + k]].guard = b->guard;
    for (unsigned k = 1; k < b->of->count; k++) {
      const unsigned depth = b->guard >= 0 ? o->guard[b->guard].depth + 1 : 1;
      bool wanted;
      if (!is_guarded(m, b, k, &wanted))
        continue;
      if (depth > DEEPEST_GUARD)
        return ti_expression_fail(m->err, TINE_ERANGE, m->e->text, b->of->at,
                                  "more than %d 'and' and 'or' in each other's right side, which may fail",
                                  DEEPEST_GUARD);
      o->guard[o->guards] =
          (ti_guard){.of.index = (unsigned)m->argument[b->first], .wanted = wanted, .also = b->guard, .depth = depth};
      m->node[m->argument[b->first + k]].guard = (int)o->guards++;
    }
  }
  return TINE_OK;
}

/* ----- Order ----- */

/* The arguments of a node in the order in which they are done. */
static void order_arguments(const ti_bind_maker *m, const ti_bind_node *b, size_t *order) {
  const bool as_told = guards_any(m, b);
  for (unsigned k = 0; k < b->of->count; k++) {
    unsigned at = k;
    const size_t arg = m->argument[b->first + k];
    for (; at > 0 && !as_told && m->node[order[at - 1]].strips < m->node[arg].strips; at--)
      order[at] = order[at - 1];
    order[at] = arg;
  }
}

static void count_strips(ti_bind_maker *m) {
  for (size_t i = 0; i < m->e->count; i++) {
    ti_bind_node *const b = &m->node[i];
    size_t order[TINE_MAX_ARGS];
    unsigned held = 0;
    if (!ti_bind_operates(b))
      continue;
    order_arguments(m, b, order);
    for (unsigned k = 0; k < b->of->count; k++) {
      const ti_bind_node *const arg = &m->node[order[k]];
      b->strips = held + arg->strips > b->strips ? held + arg->strips : b->strips;
      held += ti_bind_operates(arg);
    }
    b->strips = held + 1 > b->strips ? held + 1 : b->strips;
  }
}

/* Makes a node an operation; its arguments are ones. */
static void add_operation(ti_bind_maker *m, ti_bind_node *b, bool *taken) {
  ti_instance *const o = m->o;
  ti_step *const to = &o->operation[o->operations++];
  const bool call = b->of->kind == TI_NODE_CALL;
  unsigned slot = m->free, casts = 0;
  ti_assert(ti_bind_operates(b) && b->guard < (int)o->guards);
  ti_assert(o->operations <= o->room);
  while (taken[slot])
    slot++;
  m->free = slot + 1;
  taken[slot] = true; /* before the arguments' are free again: kernels may not write what they read */
  b->value.index = slot;
  *to = (ti_step){.kernel = call ? b->of->of.kernel : NULL,
                  .signature = b->signature,
                  .array = call ? NULL : &m->e->array[b->of->of.array],
                  .first = b->binding,
                  .count = b->of->count,
                  .slot = slot,
                  .dtype = b->value.dtype,
                  .guard = b->guard,
                  .turn = b->turn,
                  .fails = !call || !ti_signature_infallible(b->of->of.kernel, b->signature)};
  for (unsigned k = 0; k < to->count; k++) {
    const ti_bind_node *const arg = &m->node[m->argument[b->first + k]];
    ti_operand *const operand = &o->operand[to->first + k];
    casts += operand->cast != NULL;
    if (!ti_bind_operates(arg))
      continue;
    operand->index = arg->value.index;
    taken[arg->value.index] = false;
    m->free = arg->value.index < m->free ? arg->value.index : m->free;
  }
  o->casts = casts > o->casts ? casts : o->casts;
  o->slots = slot + 1 > o->slots ? slot + 1 : o->slots;
  o->infallible = o->infallible && !to->fails;
}

/* Where a guard's value is, once its node has been done. */
static void place_guards(ti_bind_maker *m) {
  ti_instance *const o = m->o;
  for (size_t g = 0; g < o->guards; g++) {
    const ti_bind_node *const b = &m->node[o->guard[g].of.index];
    unsigned char bytes[8] = {0};
    o->guard[g].of = b->value;
    bytes[0] = b->constant && b->known.as.b;
    if (b->constant)
      o->guard[g].of = (ti_operand){TI_AT_CONSTANT, ti_bind_constant_at(o, bytes), TINE_BOOL, NULL};
  }
}

/* What is neither an input nor a constant, arguments first. 'path' and 'done' have room for all nodes. */
static void add_operations(ti_bind_maker *m, size_t *path, unsigned *done, bool *taken) {
  size_t depth = 0;
  path[depth++] = m->e->count - 1;
  done[0] = 0;
  while (depth > 0) {
    ti_bind_node *const b = &m->node[path[depth - 1]];
    size_t order[TINE_MAX_ARGS];
    const unsigned k = done[depth - 1]++;
    if (!ti_bind_operates(b) || k == b->of->count) {
      if (ti_bind_operates(b))
        add_operation(m, b, taken);
      depth--;
      continue;
    }
    order_arguments(m, b, order);
    path[depth] = order[k];
    done[depth++] = 0;
  }
}

/* An expression that does nothing is a copy of an input or of a constant. */
static void add_copy(ti_bind_maker *m) {
  ti_instance *const o = m->o;
  const ti_bind_node *const b = &m->node[m->e->count - 1];
  const tine_dtype dtype = b->constant ? b->known.dtype : b->value.dtype;
  const tine_kernel *const cast = ti_builtin_find(tine_dtype_name(dtype));
  unsigned char bytes[8] = {0};
  ti_operand *const to = &o->operand[o->operands++];
  *to = b->value;
  if (b->constant) {
    ti_value_store(dtype, bytes, b->known, NULL);
    *to = (ti_operand){TI_AT_CONSTANT, ti_bind_constant_at(o, bytes), dtype, NULL};
  }
  for (size_t i = 0; i < cast->count; i++)
    if (cast->signatures[i].in[0] == dtype)
      o->operation[o->operations] = (ti_step){
          .signature = &cast->signatures[i], .first = o->operands - 1, .count = 1, .dtype = dtype, .guard = -1};
  o->operations++;
}

/* ----- An instance ----- */

static bool instance_lists(ti_instance *o) {
  o->operation = ti_alloc_zeroed(o->room * sizeof *o->operation, _Alignof(ti_step));
  o->operand = ti_alloc_zeroed(o->room * sizeof *o->operand, _Alignof(ti_operand));
  o->constant = ti_alloc_zeroed(o->room * sizeof *o->constant, TI_ARRAY_ALIGN);
  o->guard = ti_alloc_zeroed(o->room * sizeof *o->guard, _Alignof(ti_guard));
  return o->operation != NULL && o->operand != NULL && o->constant != NULL && o->guard != NULL;
}

void ti_instance_drop(ti_instance *o) {
  ti_program_drop(o->program);
  ti_free(o->operation, o->room * sizeof *o->operation, _Alignof(ti_step));
  ti_free(o->operand, o->room * sizeof *o->operand, _Alignof(ti_operand));
  ti_free(o->constant, o->room * sizeof *o->constant, TI_ARRAY_ALIGN);
  ti_free(o->guard, o->room * sizeof *o->guard, _Alignof(ti_guard));
  ti_delete(ti_instance, o);
}

static void instance_sign(ti_bind_maker *m) {
  ti_instance *const o = m->o;
  ti_assert(o->operations > 0 && o->operands <= o->room && o->constants <= o->room && o->guards <= o->room);
  o->signature.outputs = 1;
  o->signature.out[0] = o->operation[o->operations - 1].dtype;
  o->signature.block = ti_instance_block;
  ti_signature_format(&o->signature, o->text);
  o->signature.text = o->text;
}

/* Room while an instance is made: an element of each list for each node; of arguments twice as many, for choices. */
typedef struct bind_room {
  ti_bind_node node;
  size_t argument[2], waiting;
  unsigned done;
  bool taken;
} bind_room;

static tine_status instance_fill(ti_bind_maker *m, char *room) {
  const size_t n = m->e->count + 1;
  size_t *const held_nodes = (size_t *)(void *)(room + n * sizeof(ti_bind_node)) + 2 * n;
  unsigned *const done = (unsigned *)(void *)(held_nodes + n);
  bool *const taken = (bool *)(void *)(done + n);
  tine_status status;
  m->node = (ti_bind_node *)(void *)room;
  m->argument = (size_t *)(void *)(room + n * sizeof(ti_bind_node));
  status = ti_bind_nodes(m, held_nodes);
  if (status != TINE_OK)
    return status;
  if (ti_bind_operates(&m->node[m->e->count - 1])) {
    status = set_guards(m);
    if (status != TINE_OK)
      return status;
    count_strips(m);
    add_operations(m, held_nodes, done, taken);
    place_guards(m);
  } else
    add_copy(m);
  instance_sign(m);
  return TINE_OK;
}

/* How many operations are done for an item. What is the same is done once by a program (strips.c). */
static size_t work_of(const ti_instance *o) {
  const size_t steps = o->program != NULL ? o->program->steps : SIZE_MAX;
  return steps < o->operations ? steps : o->operations;
}

tine_status ti_instance_make(ti_instance **out, const ti_expression *e, const unsigned *place, const tine_dtype *dtypes,
                             unsigned n, tine_error *err) {
  const size_t bytes = (e->count + 1) * sizeof(bind_room);
  ti_instance *const o = ti_new(ti_instance);
  ti_bind_maker m = {.o = o, .e = e, .err = err};
  tine_status status = TINE_ENOMEM;
  char *room = NULL;
  *out = NULL;
  if (o == NULL)
    return ti_error_nomem(err);
  o->expression = e;
  o->room = 2 * e->count + 1; /* of constants: each argument, and each guard */
  o->infallible = o->cheap = true;
  o->signature.inputs = n;
  memcpy(o->signature.in, dtypes, n * sizeof *dtypes);
  memcpy(o->place, place, e->inputs * sizeof *place);
  room = ti_alloc_zeroed(bytes, _Alignof(max_align_t));
  if (room != NULL && instance_lists(o))
    status = instance_fill(&m, room);
  else
    ti_error_nomem(err);
  ti_free(room, bytes, _Alignof(max_align_t));
  if (status == TINE_OK) {
    ti_instance_lower(o);
    o->cheap = o->cheap && work_of(o) <= CHEAP_OPERATIONS;
    *out = o;
  } else
    ti_instance_drop(o);
  return status;
}
