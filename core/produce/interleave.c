/*
** interleave: a0 b0 a1 b1 ..., and then what is left of the longer side; interleave_shortest ends where one side has no
** item when it is its turn. A block asks each side for its items in one go and puts them in their places.
**
** Of 'pairs' items of both sides, item i of a is at 2i and item i of b at 2i + 1; after them the longer side goes on
** alone, from 2 * pairs on.
*/
#include "../stage/parts.h"

/* Items of that side at positions below 'position'. */
static uint64_t interleave_count(const tine_pipeline *self, unsigned side, uint64_t position) {
  const uint64_t own = self->base[side]->len, other = self->base[1 - side]->len;
  const uint64_t pairs = own < other ? own : other;
  if (position <= 2 * pairs)
    return (position + (side == 0)) / 2;
  return own > other ? position - pairs : pairs;
}

/* The position of its item i. */
static uint64_t interleave_place(const tine_pipeline *self, unsigned side, uint64_t i) {
  const uint64_t other = self->base[1 - side]->len;
  return i < other ? 2 * i + side : i + other;
}

/* Puts the items of one side among the first n of the request in their places; returns n, or how many there are before
   the first that fails. */
static size_t interleave_side(const tine_pipeline *self, unsigned side, ti_eval *eval, const ti_request *rq,
                              ti_parts *parts, size_t n) {
  const uint64_t end = interleave_count(self, side, rq->lo + n), other = self->base[1 - side]->len;
  uint64_t i = interleave_count(self, side, rq->lo);
  while (i < end) {
    const bool paired = i < other;
    const size_t part = (size_t)((paired && other < end ? other : end) - i);
    const size_t at = (size_t)(interleave_place(self, side, i) - rq->lo);
    const size_t got = ti_parts_fill(parts, self->base[side], eval, i, part, at, paired ? 2 : 1);
    ti_assert(got <= part && at + (part - 1) * (paired ? 2 : 1) < rq->n);
    i += got;
    if (got == part)
      continue;
    eval->item = interleave_place(self, side, i);
    return (size_t)(eval->item - rq->lo);
  }
  return n;
}

/* A block of one side alone. */
static size_t interleave_alone(const tine_pipeline *self, unsigned side, ti_eval *eval, const ti_request *rq) {
  ti_request part = *rq;
  size_t n;
  part.lo = interleave_count(self, side, rq->lo);
  n = ti_stage_fill(self->base[side], eval, &part);
  if (n < rq->n)
    eval->item = rq->lo + n;
  return n;
}

static size_t interleave_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const uint64_t of_a = interleave_count(self, 0, rq->lo + rq->n) - interleave_count(self, 0, rq->lo);
  ti_parts parts;
  size_t n;
  if (of_a == 0 || of_a == rq->n)
    return interleave_alone(self, of_a == 0, eval, rq);
  ti_parts_begin(&parts, self, TI_BLOCK, rq->want, rq);
  n = interleave_side(self, 0, eval, rq, &parts, rq->n);
  return n > 0 ? interleave_side(self, 1, eval, rq, &parts, n) : 0; /* b can only fail before a */
}

static const ti_stage_type interleave_type = {TI_STAGE(interleave), .fill = interleave_fill, .moves = true,
                                              .size = sizeof(tine_pipeline)};
static const ti_stage_type interleave_shortest_type = {TI_STAGE(interleave_shortest), .fill = interleave_fill,
                                                       .moves = true, .size = sizeof(tine_pipeline)};

static tine_pipeline *interleave_of(const ti_stage_type *type, tine_pipeline *a, tine_pipeline *b) {
  tine_pipeline *p;
  size_t own;
  uint64_t len;
  ti_parts_promote(&a, &b);
  if (!ti_stage_on(&p, type, a, b, true, TINE_INDEXED) || !ti_parts_alike(&p))
    return p;
  if (type == &interleave_type)
    len = a->len + b->len;
  else
    len = a->len <= b->len ? 2 * a->len : 2 * b->len + 1;
  if (len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "'%s' has more than 2^63-1 items", type->name);
  ti_stage_len(p, len);
  own = ti_parts_bytes(p, TI_BLOCK);
  p->result = ti_size_most(own, ti_size_most(a->result, b->result));
  p->need = own + ti_size_most(a->need, b->need);
  return p;
}

tine_pipeline *tine_interleave(tine_pipeline *a, tine_pipeline *b) {
  return interleave_of(&interleave_type, a, b);
}

tine_pipeline *tine_interleave_shortest(tine_pipeline *a, tine_pipeline *b) {
  return interleave_of(&interleave_shortest_type, a, b);
}
