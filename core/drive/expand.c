/*
** Expanding: the kernel of a flat_map over a block of items. It asks for room item by item (tine_block_emit); what it
** gives is collected into a block of the level above and handed on whenever that is full, so one item may give any
** number. The built-in ones write into that block themselves (../kernel/expanding.h); if nothing stands above and the
** sink knows where the next values belong ('ahead'), that is where their block lies, and nothing is copied.
**
** After all room given there is a guard that the kernel has no business with. It is looked at before the room is
** handed on.
*/
#include <string.h>

#include "../kernel/expanding.h"
#include "list.h"
#include "springs.h"

enum { GUARD_BYTES = 32, GUARD_VALUE = 0xa7 };

typedef struct expansion {
  ti_emitter block; /* first: the kernel's block points to it. Its values are to be handed on */
  ti_flow *flow;
  ti_space *space;
  const ti_apply_stage *stage;
  const ti_outlet *outlet; /* of the segment above */
  char *staging;           /* the block, where the sink says no place */
  bool trusted, direct;    /* the kernel writes no more than it may; the block lies where the sink wants it */
  void *part;
  const ti_items *items;
  size_t size[TINE_MAX_OUTPUTS]; /* of a value */
  size_t asked;                  /* values, after those, that the kernel is to write now */
  size_t item;                   /* for which it asked */
  char *large;                   /* room for 'asked' values that did not fit into a block, or NULL */
  size_t large_bytes;
  int status; /* 0, or what the kernel is to return */
  void *out[TINE_MAX_OUTPUTS];
} expansion;

/* Looks at the cancellation between two blocks of values, or two parts of the items. False: it is over, which is
   noted. */
static bool expand_looks(ti_flow *f, ti_space *space, uint64_t lo) {
  ti_run_look(&f->run, NULL, space);
  return ti_cancel_state(f->run.cancel) == TINE_OK || ti_list_over(&space->eval, lo);
}

/* A kernel may give values without end for one item. */
static bool expand_goes_on(expansion *e) {
  if (!expand_looks(e->flow, e->space, e->items->lo))
    e->status = TINE_ECANCELED;
  return e->status == 0;
}

/* Hands n values on, column k from data[k]. */
static int expand_up(expansion *e, const void *const *data, size_t n) {
  ptrdiff_t stride[TINE_MAX_OUTPUTS];
  const uint16_t *places = e->block.places != NULL ? e->block.places : ti_run_iota; /* that nobody looks at */
  const ti_items out = {e->items->lo, n, places, data, stride, e->items->leaf, false, false};
  for (unsigned c = 0; c < e->stage->stage.columns; c++)
    stride[c] = (ptrdiff_t)e->size[c];
  if (e->flow->run.cancel != NULL && !expand_goes_on(e))
    return e->status;
  if (!(e->direct ? e->outlet->sink->push(e->outlet->sink, e->part, e->space, &out)
                  : ti_flow_up(e->flow, e->space, e->outlet, e->part, &out)))
    e->status = e->space->eval.code > 0 ? e->space->eval.code : TINE_ECANCELED;
  return e->status;
}

/* Where the next block is to lie. Near the end of a part it is staged: what a kernel writes too much is another's. */
static void expand_lay(expansion *e) {
  const ti_sink *sink = e->outlet->sink;
  void *want[TINE_MAX_OUTPUTS];
  ti_assert(e->block.n == 0);
  e->direct = e->trusted && sink->ahead(sink, e->part, want) >= TI_BLOCK + TI_EXPANDING_OVER;
  for (unsigned c = 0; c < e->stage->stage.columns; c++)
    e->block.column[c] = e->direct ? want[c] : ti_emit_column(&e->stage->stage, e->staging, c);
}

/* Hands on the block as far as it is filled. */
static int expand_flush(expansion *e) {
  const size_t n = e->block.n;
  ti_assert(n <= TI_BLOCK);
  e->block.n = 0;
  if (n > 0 && e->status == 0)
    expand_up(e, (const void *const *)e->block.column, n);
  if (e->trusted)
    expand_lay(e);
  return e->status;
}

/* Notes a failure of the kernel itself, at the item it asked for; unless what it gave before was the end, or failed. */
static int expand_fail(expansion *e, tine_status code, const char *message) {
  ti_eval *eval = &e->space->eval;
  if (expand_flush(e) != 0)
    return e->status;
  eval->item = e->items->lo + e->items->offset[e->item];
  eval->code = e->status = (int)code;
  eval->stage = &e->stage->stage;
  eval->kernel = tine_kernel_name(e->stage->apply.kernel);
  strcpy(eval->message, message);
  return e->status;
}

/* The next n values, after those there are, are of the item asked for. */
static void expand_places(expansion *e, size_t have, size_t n) {
  for (size_t i = 0; e->block.places != NULL && i < n; i++)
    e->block.places[have + i] = e->items->offset[e->item];
}

/* Hands on the large room, in portions. */
static int expand_large(expansion *e) {
  const void *data[TINE_MAX_OUTPUTS];
  expand_places(e, 0, TI_BLOCK);
  for (size_t done = 0; done < e->asked && e->status == 0; done += TI_BLOCK) {
    for (unsigned c = 0; c < e->stage->stage.columns; c++)
      data[c] = (char *)e->out[c] + done * e->size[c];
    expand_up(e, data, e->asked - done < TI_BLOCK ? e->asked - done : TI_BLOCK);
  }
  return e->status;
}

static bool guards_hold(const expansion *e) {
  unsigned char whole[GUARD_BYTES];
  memset(whole, GUARD_VALUE, sizeof whole);
  for (unsigned c = 0; c < e->stage->stage.columns; c++)
    if (memcmp((const char *)e->out[c] + e->asked * e->size[c], whole, sizeof whole) != 0)
      return false;
  return true;
}

/* Forgets the room that was asked for last. */
static void expand_forget(expansion *e) {
  e->asked = 0;
  ti_free(e->large, e->large_bytes, TI_ARRAY_ALIGN);
  e->large = NULL;
}

/* The kernel has written what it asked for. */
static int expand_settle(expansion *e) {
  if (e->asked == 0 || e->status != 0)
    return e->status;
  ti_assert(e->large != NULL || e->block.n + e->asked <= TI_BLOCK);
  if (!guards_hold(e))
    expand_fail(e, TINE_EKERNEL, "it wrote behind the values it asked for");
  else if (e->large != NULL)
    expand_large(e);
  else
    e->block.n += e->asked;
  expand_forget(e);
  return e->status;
}

/* Room for n values in a block of their own. */
static bool expand_alloc(expansion *e, size_t n) {
  const tine_pipeline *s = &e->stage->stage;
  size_t at[TINE_MAX_OUTPUTS], bytes = 0;
  if (n > SIZE_MAX / 16 / TINE_MAX_OUTPUTS)
    return false;
  for (unsigned c = 0; c < s->columns; c++) {
    at[c] = bytes;
    bytes += ti_size_align(n * e->size[c] + GUARD_BYTES, TI_ARRAY_ALIGN);
  }
  e->large = ti_alloc(bytes, TI_ARRAY_ALIGN);
  e->large_bytes = bytes;
  for (unsigned c = 0; e->large != NULL && c < s->columns; c++)
    e->out[c] = e->large + at[c];
  return e->large != NULL;
}

/* Points e->out to room for n values; false if there is none, e->status telling why. */
static bool expand_room(expansion *e, size_t n) {
  ti_assert(e->asked == 0 && e->large == NULL && e->block.n <= TI_BLOCK);
  if (n > TI_BLOCK - e->block.n && expand_flush(e) != 0)
    return false;
  if (n > TI_BLOCK) {
    if (expand_alloc(e, n))
      return true;
    expand_fail(e, TINE_ENOMEM, "not enough memory for the values it asked for");
    return false;
  }
  for (unsigned c = 0; c < e->stage->stage.columns; c++)
    e->out[c] = e->block.column[c] + e->block.n * e->size[c];
  expand_places(e, e->block.n, n);
  return true;
}

static void *const *expand_emit(tine_block *block, size_t item, size_t n) {
  expansion *e = (expansion *)(uintptr_t)block->emitter;
  if (expand_settle(e) != 0)
    return NULL;
  if (item < e->item || item >= e->items->n) {
    expand_fail(e, TINE_EKERNEL, "it asked for items out of order");
    return NULL;
  }
  e->item = item;
  if (!expand_room(e, n))
    return NULL;
  e->asked = n;
  for (unsigned c = 0; c < e->stage->stage.columns; c++)
    memset((char *)e->out[c] + n * e->size[c], GUARD_VALUE, GUARD_BYTES);
  return e->out;
}

static int expand_flush_block(ti_emitter *block) {
  return expand_flush((expansion *)(void *)block);
}

static int expand_status(tine_block *block) {
  return ((const expansion *)(uintptr_t)block->emitter)->status;
}

/* 'first': the position of the first item, as the kernel is told. */
static bool expand_items(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items,
                         uint64_t first) {
  const ti_apply_stage *s = (const ti_apply_stage *)(const void *)below->next->upto->spring;
  const ti_level *under = &f->level[below->upto->level];
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS];
  char message[TINE_MESSAGE_SIZE] = "";
  const ti_outlet *above = below->next;
  const bool placeless = above->next == NULL && (above->sink->counts || above->sink->placeless);
  char *block = space->staging + f->level[s->stage.level].emit;
  expansion e = {.block = {.emitter = {expand_emit, expand_status},
                           .flush = expand_flush_block,
                           .places = placeless ? NULL : (uint16_t *)(void *)block,
                           .offset = items->offset,
                           .room = TI_BLOCK},
                 .flow = f,
                 .space = space,
                 .stage = s,
                 .outlet = above,
                 .staging = block,
                 .trusted = placeless && above->upto == &s->stage && above->sink->ahead != NULL &&
                            s->apply.binding.signature->counts != NULL,
                 .part = part,
                 .items = items};
  tine_block b = {
      .n = items->n, .first = first, .in = in, .in_stride = stride, .message = message, .emitter = &e.block.emitter};
  const ti_request rq = {.lo = items->lo, .offset = (uint16_t *)(uintptr_t)items->offset};
  int code;
  for (unsigned c = 0; c < s->stage.columns; c++)
    e.size[c] = tine_dtype_size(s->stage.dtype[c]);
  expand_lay(&e);
  ti_apply_inputs(&s->apply, items->n, items->data, items->stride, in, stride,
                  space->staging + under->scratch + below->upto->result);
  code = ti_kernel_run(s->apply.kernel, s->apply.binding.signature, space->eval.states, &b);
  if (code != 0 && b.failed <= e.item)
    expand_forget(&e); /* of the item that failed: it may not have been written */
  expand_settle(&e);
  expand_flush(&e);
  if (e.status == 0 && code != 0)
    ti_eval_note(&space->eval, &s->stage, tine_kernel_name(s->apply.kernel), &rq, &b, code);
  return e.status == 0 && code == 0;
}

static bool expand_block(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items) {
  return expand_items(f, space, below, part, items, items->lo);
}

/* Of a kernel of the host's nobody knows how long it takes: where something may end the run it gets a part of the block
   at a time. */
static bool expand_parts(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items) {
  const ti_apply *a = &((const ti_apply_stage *)(const void *)below->next->upto->spring)->apply;
  const void *data[TINE_MAX_COLUMNS];
  ti_items some = *items;
  some.data = data;
  for (size_t done = 0; done < items->n; done += some.n) {
    const uint64_t start = ti_now_ns();
    const size_t last = done > 0 ? some.n : 0;
    for (unsigned c = 0; c < below->upto->columns; c++)
      data[c] = (const char *)items->data[c] + (ptrdiff_t)done * items->stride[c];
    some.offset = items->offset + done;
    some.n = ti_apply_part(a, last, items->n - done);
    ti_assert(some.n > 0 && done + some.n <= items->n);
    if (!expand_items(f, space, below, part, &some, done > 0 ? items->lo + some.offset[0] : items->lo))
      return false;
    ti_apply_timed(a, some.n, ti_now_ns() - start);
    if (done + some.n < items->n && !expand_looks(f, space, items->lo))
      return false;
  }
  return true;
}

static bool expand_hand(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items) {
  const ti_apply_stage *s = (const ti_apply_stage *)(const void *)below->next->upto->spring;
  const bool whole = f->run.cancel == NULL || ti_apply_cheap(&s->apply) || items->n < 2;
  return (whole ? expand_block : expand_parts)(f, space, below, part, items);
}

static void expand_drive(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin) {
  ti_flow_drive_into(f, ctx, out->upto->spring->base[0], out, part, origin);
}

/* The kernel's inputs, converted, lie after the results of the segment below. */
static void expand_plan(ti_flow *f, const tine_pipeline *spring) {
  const tine_pipeline *base = spring->base[0];
  ti_flow_plan_scratch(f, base->level, base->result + ((const ti_apply_stage *)spring)->apply.converted);
  ti_flow_plan_add(f, base);
}

/* A position's sequence is a leaf. */
static void expand_trees(const tine_pipeline *spring, ti_trees *room) {
  ti_flow_trees(spring->base[0], room);
  room->leaves = room->leaves > 2 ? room->leaves : 2;
  room->single = false;
}

const ti_spring ti_spring_expand = {.expands = true,
                                    .emits = true,
                                    .drive = expand_drive,
                                    .hand = expand_hand,
                                    .plan = expand_plan,
                                    .trees = expand_trees};
