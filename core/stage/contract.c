/*
** The contract of a fill; see contract.h.
*/
#include "contract.h"

#include "spring.h"

#if TI_CANARIES

enum { CONTRACT_WATCHED = 32 << 10 }; /* bytes beyond the scratch of a stage that are watched: four columns of f64 */

/* Half-open; addresses, since what is compared may lie in different objects. */
typedef struct contract_span {
  uintptr_t lo, hi;
} contract_span;

static bool contract_inside(contract_span s, contract_span of) {
  return s.lo >= of.lo && s.hi <= of.hi;
}

static bool contract_meets(contract_span s, contract_span of) {
  return s.lo < of.hi && of.lo < s.hi;
}

/* Where n values of 'size' bytes are, whatever their order. */
static contract_span contract_values(const void *data, size_t size, ptrdiff_t stride, size_t n) {
  const uintptr_t first = (uintptr_t)data, last = first + (uintptr_t)(stride * (ptrdiff_t)(n - 1));
  return stride < 0 ? (contract_span){last, first + size} : (contract_span){first, last + size};
}

#if TI_TESTING
bool ti_contract_apart(const void *out, size_t out_size, const void *in, size_t in_size, ptrdiff_t in_stride,
                       size_t n) {
  const bool in_place = out == in && out_size == in_size && in_stride == (ptrdiff_t)in_size;
  return n == 0 || in_place ||
         !contract_meets(contract_values(out, out_size, (ptrdiff_t)out_size, n),
                         contract_values(in, in_size, in_stride, n));
}

bool ti_contract_kernel(const ti_signature *s, const void *const *in, const ptrdiff_t *in_stride, void *const *out,
                        size_t n) {
  for (unsigned o = 0; o < s->outputs; o++)
    for (unsigned i = 0; i < s->inputs; i++)
      if (!ti_contract_apart(out[o], tine_dtype_size(s->out[o]), in[i], tine_dtype_size(s->in[i]), in_stride[i], n))
        return false;
  return true;
}
#endif

/* The scratch that a stage may use: less where all its columns have places elsewhere. */
static size_t contract_need(const tine_pipeline *p, const ti_request *rq) {
  for (unsigned c = 0; c < p->columns; c++)
    if (rq->want == NULL || rq->want[c] == NULL)
      return p->need;
  return p->columns > 0 && p->type->bare != NULL ? p->type->bare(p) : p->need;
}

/* What is asked is what the stage may be asked. */
static void contract_asked(const tine_pipeline *p, const ti_request *rq) {
  const bool indexed = p->kind == TINE_INDEXED;
  ti_assert(p->error == NULL);
  ti_assert(rq->n > 0 && rq->n <= TI_BLOCK);
  ti_assert(p->level > 0 || (rq->lo < p->span && rq->n <= p->span - rq->lo));
  ti_assert(p->need % TI_ARRAY_ALIGN == 0 && p->result % TI_ARRAY_ALIGN == 0 && p->result <= p->need);
  ti_assert((uintptr_t)rq->low % TI_ARRAY_ALIGN == 0 && (uintptr_t)rq->high % TI_ARRAY_ALIGN == 0);
  ti_assert((size_t)(rq->high - rq->low) >= contract_need(p, rq));
  ti_assert(!indexed || rq->offset == NULL);
  ti_assert(indexed || rq->offset != NULL || rq->bits != NULL || ti_spring_placeless(p));
  ti_assert(rq->bits == NULL || (ti_stage_masks(p) && rq->offset == NULL));
}

/* A column lies where the caller wants it, in the part of the scratch that results have, or in none of it at all. */
static void contract_column(const tine_pipeline *p, const ti_request *rq, unsigned c, size_t n) {
  const contract_span room = {(uintptr_t)rq->low, (uintptr_t)rq->high};
  const contract_span result = {rq->at_high ? room.hi - p->result : room.lo,
                                rq->at_high ? room.hi : room.lo + p->result};
  const size_t size = tine_dtype_size(p->dtype[c]);
  const contract_span values = contract_values(rq->data[c], size, rq->stride[c], n);
  ti_assert(rq->data[c] != NULL);
  if (rq->want != NULL && rq->data[c] == rq->want[c])
    ti_assert(n == 1 || rq->stride[c] == (ptrdiff_t)size);
  else
    ti_assert(!contract_meets(values, room) || contract_inside(values, result));
}

/* Places never fall, and none is beyond what was asked for. Where no spring makes several items of a position they
   rise. */
static void contract_places(const tine_pipeline *p, const ti_request *rq, size_t n) {
  for (size_t i = 0; i < n && p->level == 0; i++)
    ti_assert(rq->offset[i] < rq->n && (i == 0 || rq->offset[i] > rq->offset[i - 1]));
  for (size_t i = 1; i < n; i++)
    ti_assert(rq->offset[i] >= rq->offset[i - 1]);
}

/* All items, one of which is kept at least; or none. */
static void contract_bits(const ti_eval *eval, const ti_request *rq, size_t n) {
  uint64_t kept = 0;
  for (size_t i = 0; i * 64 < n; i++)
    kept |= rq->bits[i];
  ti_assert(n == 0 || (n == rq->n && kept != 0) || eval->code != 0);
  ti_assert(rq->n % 64 == 0 || rq->bits[rq->n / 64] >> rq->n % 64 == 0);
}

static void contract_answered(const tine_pipeline *p, const ti_eval *eval, const ti_request *rq, size_t n) {
  ti_assert(n <= rq->n);
  ti_assert(p->kind != TINE_INDEXED || n == rq->n || eval->code != 0);
  ti_assert(p->kind != TINE_INDEXED || n == rq->n || eval->gone || eval->turned || eval->item == rq->lo + n);
  for (unsigned c = 0; c < p->columns && n > 0 && rq->data != NULL; c++)
    contract_column(p, rq, c, n);
  if (rq->offset != NULL)
    contract_places(p, rq, n);
  if (rq->bits != NULL)
    contract_bits(eval, rq, n);
}

size_t ti_contract_fill(const tine_pipeline *p, ti_eval *eval, const ti_request *rq) {
  const size_t spare = (size_t)(rq->high - rq->low) - contract_need(p, rq);
  const size_t bytes = spare < CONTRACT_WATCHED ? spare : CONTRACT_WATCHED;
  ti_request own = *rq;
  char *watched;
  size_t n;
  contract_asked(p, rq);
  if (spare > 0 && rq->at_high)
    own.low += spare;
  else if (spare > 0)
    own.high -= spare;
  watched = rq->at_high ? own.low - bytes : own.high;
  ti_canary_put(watched, bytes);
  n = p->type->fill(p, eval, &own);
  ti_canary_take(watched, bytes);
  contract_answered(p, eval, &own, n);
  return n;
}

#endif
