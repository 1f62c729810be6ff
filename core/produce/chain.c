/*
** chain: the items of a, then those of b. Its positions are those of a, then those of b after them. A block that lies
** on one side is that side's, untouched; one that crosses over is put together from both.
**
** Where a side has a spring, or an end that is not the end of all (take_while in front), the chain is a spring itself:
** the drive makes one side after the other (core/drive/sides.c).
**
** Chains stand on chains, so a chain of a thousand arrays must not want a thousand columns of scratch: a base that is a
** chain itself is told where its columns go and needs none of its own.
*/
#include "../stage/parts.h"
#include "../stage/spring.h"

typedef struct chain_stage {
  tine_pipeline stage;
  size_t bare; /* bytes of scratch a fill may use where all its columns have places */
} chain_stage;

/* Side 0 or 1 was asked for n positions, which begin 'shift' after the request's, and gave 'got' items: tells their
   places and its failure in the chain's positions. True if that was the end. */
static bool chain_settle(const tine_pipeline *self, unsigned side, ti_eval *eval, uint16_t *offset, size_t n,
                         size_t got, size_t shift) {
  const bool indexed = self->base[side]->kind == TINE_INDEXED;
  const bool ended = indexed ? got < n : eval->code != 0;
  for (size_t i = 0; offset != NULL && i < got; i++)
    offset[i] = (uint16_t)((indexed ? i : offset[i]) + shift);
  if (ended && side == 1)
    eval->item += self->base[0]->span;
  return ended;
}

/* An indexed side does not tell places: there is one item at each. */
static uint16_t *chain_offset(const tine_pipeline *self, unsigned side, uint16_t *offset) {
  return self->base[side]->kind == TINE_INDEXED ? NULL : offset;
}

static size_t chain_side(const tine_pipeline *self, unsigned side, ti_eval *eval, const ti_request *rq) {
  ti_request part = *rq;
  size_t got;
  part.lo -= side == 1 ? self->base[0]->span : 0;
  part.offset = chain_offset(self, side, rq->offset);
  got = ti_stage_fill(self->base[side], eval, &part);
  chain_settle(self, side, eval, rq->offset, rq->n, got, 0);
  return got;
}

static size_t chain_both(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const size_t near = (size_t)(self->base[0]->span - rq->lo), far = rq->n - near;
  ti_parts parts;
  uint16_t *offset = rq->offset;
  size_t n, more;
  ti_assert(near > 0 && far > 0);
  ti_parts_begin(&parts, self, TI_BLOCK, rq->want, rq);
  parts.base.offset = chain_offset(self, 0, offset);
  n = ti_parts_fill(&parts, self->base[0], eval, rq->lo, near, 0, 1);
  if (chain_settle(self, 0, eval, offset, near, n, 0))
    return n;
  if (offset != NULL)
    offset += n;
  parts.base.offset = chain_offset(self, 1, offset);
  more = ti_parts_fill(&parts, self->base[1], eval, 0, far, n, 1);
  chain_settle(self, 1, eval, offset, far, more, near);
  return n + more;
}

static size_t chain_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const uint64_t border = self->base[0]->span;
  if (rq->lo >= border)
    return chain_side(self, 1, eval, rq);
  return rq->n <= border - rq->lo ? chain_side(self, 0, eval, rq) : chain_both(self, eval, rq);
}

static size_t chain_bare(const tine_pipeline *self) {
  return ((const chain_stage *)self)->bare;
}

static const ti_stage_type chain_type = {TI_STAGE(chain), .fill = chain_fill, .moves = true, .bare = chain_bare,
                                         .size = sizeof(chain_stage)};

static size_t side_bare(const tine_pipeline *p) {
  return p->type->bare != NULL ? p->type->bare(p) : p->need;
}

static const ti_stage_type chain_spring_type = {TI_STAGE(chain_spring), .fill = ti_spring_fill,
                                                .spring = TI_SPRING_SIDES, .moves = true, .size = sizeof(chain_stage)};

/* A sum of lengths that may be unknown, and then is as long as can be. */
static uint64_t chain_most(uint64_t a, uint64_t b) {
  const uint64_t most = (uint64_t)INT64_MAX;
  return a > most || b > most - a ? most : a + b;
}

/* A chain whose sides have no positions in common. */
static tine_pipeline *chain_spring(tine_pipeline *p) {
  const tine_pipeline *a = p->base[0], *b = p->base[1];
  p->type = &chain_spring_type;
  p->len = chain_most(a->len, b->len);
  p->least = chain_most(a->least, b->least);
  p->span = chain_most(a->span, b->span);
  if (p->kind == TINE_EXACT && a->len + b->len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "'chain' has more than 2^63-1 items");
  return ti_spring_init(p);
}

static tine_pipeline *chain_sized(tine_pipeline *p) {
  const tine_pipeline *a = p->base[0], *b = p->base[1];
  const size_t own = ti_parts_bytes(p, TI_BLOCK);
  size_t *bare = &((chain_stage *)p)->bare;
  ti_assert(a->len <= a->span && b->len <= b->span && a->span <= (uint64_t)INT64_MAX && b->span <= (uint64_t)INT64_MAX);
  p->len = a->len + b->len;
  p->span = a->span + b->span;
  p->least = a->least + b->least;
  if (p->span > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "'chain' has more than 2^63-1 items");
  *bare = ti_size_most(side_bare(a), side_bare(b));
  p->result = ti_size_most(own, ti_size_most(a->result, b->result));
  p->need = ti_size_most(own + *bare, ti_size_most(a->need, b->need));
  ti_assert(*bare <= p->need);
  return p;
}

tine_pipeline *tine_chain(tine_pipeline *a, tine_pipeline *b) {
  tine_pipeline *p;
  ti_parts_promote(&a, &b);
  if (!ti_stage_on(&p, &chain_type, a, b, true, TINE_PARALLEL) || !ti_parts_alike(&p))
    return p;
  p->kind = a->kind < b->kind ? a->kind : b->kind;
  return a->level > 0 || b->level > 0 || ti_spring_ends(a) ? chain_spring(p) : chain_sized(p);
}
