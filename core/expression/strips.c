/*
** Expressions run: a block goes through the operations of an instance strip by strip; see expression.h.
**
** Each operation is the loop of its kernel, which writes a strip of results that the next one finds in the first-level
** cache. A strip is as long as all results that are in memory at a time leave room for.
**
** Where an operation fails at an item the strip ends with that item, and goes on: what is done later may fail at an
** item before. Of all failures the one at the lowest item is told, and of those at one item the first in the text.
*/
#include <string.h>

#include "../base/error.h"
#include "expression.h"

enum {
  RUN_ROOM = 14 * 1024, /* bytes of results in memory: less than half of a first-level cache */
  RUN_STRIP = TI_BLOCK, /* items of a strip at most */
  RUN_VALUE = 8,        /* bytes of a value at most */
  RUN_PROGRAM = 64,     /* items that a program is worth */
  RUN_REPEATS = 2       /* or fewer, if that many operations are one step */
};

typedef struct run_failure {
  int code;
  size_t item, turn; /* the item within the strip */
  char message[TINE_MESSAGE_SIZE];
} run_failure;

/* A strip of a block. */
typedef struct strip_run {
  const ti_instance *o;
  const tine_block *block;
  char *room; /* the slots, then arguments converted */
  size_t strip;
  size_t at, n; /* its items in the block */
  run_failure failed;
} strip_run;

static char *slot_at(const strip_run *r, unsigned slot) {
  ti_assert(slot < r->o->slots + r->o->casts && r->n <= r->strip);
  return r->room + (size_t)slot * r->strip * RUN_VALUE;
}

/* Where an operand's values of this strip are, of the type they have. */
static const char *values_of(const strip_run *r, const ti_operand *v, ptrdiff_t *stride) {
  switch (v->where) {
    case TI_AT_INPUT:
      *stride = r->block->in_stride[v->index];
      return (const char *)r->block->in[v->index] + (ptrdiff_t)r->at * *stride;
    case TI_AT_SLOT: *stride = (ptrdiff_t)tine_dtype_size(v->dtype); return slot_at(r, v->index);
    case TI_AT_CONSTANT: break;
  }
  *stride = 0;
  return (const char *)r->o->constant[v->index];
}

/* Does the result count at an item? */
static bool counts(const strip_run *r, int guard, size_t i) {
  for (; guard >= 0; guard = r->o->guard[guard].also) {
    const ti_guard *const g = &r->o->guard[guard];
    ptrdiff_t stride;
    const char *const at = values_of(r, &g->of, &stride);
    if ((at[(ptrdiff_t)i * stride] != 0) != g->wanted)
      return false;
  }
  return true;
}

/* The arguments of an operation, converted where its kernel takes another type. */
static void take_arguments(const strip_run *r, const ti_step *op, const void **in, ptrdiff_t *stride) {
  unsigned converted = r->o->slots;
  for (unsigned k = 0; k < op->count; k++) {
    const ti_operand *const v = &r->o->operand[op->first + k];
    in[k] = values_of(r, v, &stride[k]);
    if (v->cast == NULL)
      continue;
    void *out = slot_at(r, converted++);
    tine_block b = {.n = stride[k] == 0 ? 1 : r->n, .in = &in[k], .in_stride = &stride[k], .out = &out};
    v->cast(&b); /* cannot fail: it promotes */
    in[k] = out;
    stride[k] =
        stride[k] == 0 ? 0 : (ptrdiff_t)tine_dtype_size(op->signature != NULL ? op->signature->in[k] : TINE_I64);
  }
}

static int take_elements(const ti_step *op, tine_block *b) {
  const tine_array *const a = op->array->array;
  char message[TINE_MESSAGE_SIZE];
  size_t used = 0;
  int64_t outside = 0;
  const size_t n = ti_array_take(a, b->in[0], b->in_stride[0], b->n, b->out[0], &outside);
  if (n == b->n)
    return 0;
  ti_text_add(message, sizeof message, &used, "index %lld is out of range; '%.40s' has %llu elements",
              (long long)outside, op->array->name, (unsigned long long)tine_array_len(a));
  return tine_block_fail(b, TINE_EKERNEL, n, message);
}

static int call(const ti_step *op, tine_block *b) {
  if (op->array != NULL)
    return take_elements(op, b);
  if (op->kernel == NULL || op->kernel->builtin)
    return op->signature->block(b);
  b->env = op->kernel->env;
  return ti_signature_run(op->signature, b);
}

/* Takes note of a failure at an item of the strip, which ends there. */
static void note(strip_run *r, const ti_step *op, size_t item, int code, const char *message) {
  run_failure *const f = &r->failed;
  r->n = item + 1;
  if (f->code != 0 && (f->item < item || (f->item == item && f->turn < op->turn)))
    return;
  f->code = code;
  f->item = item;
  f->turn = op->turn;
  memcpy(f->message, message, sizeof f->message);
}

/* One operation over the strip: on behind items where it fails and does not count. */
static void operate(strip_run *r, const ti_step *op, char *out) {
  const size_t size = tine_dtype_size(op->dtype);
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS];
  char message[TINE_MESSAGE_SIZE] = "";
  size_t done = 0;
  ti_assert(op->count <= TINE_MAX_ARGS && r->n > 0);
  take_arguments(r, op, in, stride);
  while (done < r->n) {
    void *to = out + done * size;
    tine_block b = {
        .n = r->n - done, .first = r->block->first, .in = in, .in_stride = stride, .out = &to, .message = message};
    const int code = call(op, &b);
    if (code == 0)
      return;
    const size_t item = done + b.failed;
    ti_assert(item < r->n);
    memset(out + item * size, 0, size); /* something that those who take it can read */
    if (counts(r, op->guard, item))
      note(r, op, item, code, message);
    for (unsigned k = 0; k < op->count; k++)
      in[k] = (const char *)in[k] + (ptrdiff_t)(b.failed + 1) * stride[k];
    done = item + 1;
  }
}

static int run_strips(strip_run *r) {
  const ti_instance *const o = r->o;
  char *const result = r->block->out[0];
  const size_t size = tine_dtype_size(o->signature.out[0]);
  for (r->at = 0; r->at < r->block->n; r->at += r->n) {
    const size_t left = r->block->n - r->at;
    r->n = left < r->strip ? left : r->strip;
    for (size_t i = 0; i < o->operations; i++)
      operate(r, &o->operation[i], i + 1 < o->operations ? slot_at(r, o->operation[i].slot) : result + r->at * size);
    if (r->failed.code != 0)
      return r->failed.code;
  }
  return 0;
}

/* By the program. False: there is none, or an item fails, and which one the operations say. */
TI_NOINLINE static bool run_program(const ti_instance *o, const tine_block *block) {
  const size_t size = tine_dtype_size(o->signature.out[0]);
  const void *in[TINE_MAX_ARGS];
  bool done = o->program != NULL && (block->n >= RUN_PROGRAM || o->operations > RUN_REPEATS * o->program->steps);
  for (size_t at = 0; at < block->n && done; at += TI_CELL) {
    for (unsigned k = 0; k < o->signature.inputs; k++)
      in[k] = (const char *)block->in[k] + (ptrdiff_t)at * block->in_stride[k];
    done = ti_program_run(o->program, in, block->in_stride, block->n - at < TI_CELL ? block->n - at : TI_CELL,
                          (char *)block->out[0] + at * size, NULL);
  }
  return done;
}

/* There is room for several items of all that is in memory at a time: a value for each 'and' and 'or' around an
   operation, 200 at most, and 3.75 times the binary logarithm of the number of operations, which the order of Sethi and
   Ullman needs where each has 16 arguments and none is smaller than another. */
TI_NOINLINE static int run_operations(const ti_instance *o, tine_block *block) {
  const size_t strips = o->operations > 1 || o->casts > 0 ? (size_t)o->slots + o->casts : 0;
  const size_t most = strips > 0 ? RUN_ROOM / (strips * RUN_VALUE) : RUN_STRIP;
  _Alignas(TI_ARRAY_ALIGN) char room[RUN_ROOM];
  strip_run r = {.o = o, .block = block, .room = room, .strip = most < RUN_STRIP ? most : RUN_STRIP};
  ti_assert(most > 0);
  const int code = run_strips(&r);
  return code != 0 ? tine_block_fail(block, code, r.at + r.failed.item, r.failed.message) : 0;
}

int ti_instance_block(tine_block *block) {
  const ti_instance *const o = block->env;
  return run_program(o, block) ? 0 : run_operations(o, block);
}
