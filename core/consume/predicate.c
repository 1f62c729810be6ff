/*
** Predicates asked for bits; see predicate.h.
*/
#include "predicate.h"

#include "../stage/tell.h"

void ti_predicate_begin(ti_predicate *p, tine_pipeline *stage) {
  const ti_apply *const a = ti_apply_of(stage);
  p->compact = ti_compact_best();
  p->direct = ti_direct_of(a);
  if (!ti_direct_tells(&p->direct))
    ti_tell_begin(stage, a);
}

/* By the kernel's own loop; it says which item fails, and in what. */
static size_t by_bools(const ti_predicate *p, const tine_pipeline *stage, ti_eval *eval, const ti_request *base,
                       size_t *n, char *room, uint64_t *bits) {
  const ti_apply *const a = ti_apply_of(stage);
  void *out;
  room = ti_apply_places(a, &out, room);
  *n = ti_apply_run(a, stage, eval, base, *n, base->data, base->stride, &out, room);
  return *n == 0 ? 0 : ti_compact_bits(p->compact, out, 1, *n, bits);
}

size_t ti_predicate_bits(const ti_predicate *p, const tine_pipeline *stage, ti_eval *eval, const ti_request *base,
                         size_t *n, char *room, uint64_t *bits) {
  size_t held;
  ti_assert(*n > 0 && *n <= TI_BLOCK);
  if (ti_direct_tells(&p->direct)) {
    *n = ti_eval_over(eval, base, *n) ? 0 : *n;
    return *n == 0 ? 0 : ti_direct_bits(&p->direct, base->data, base->stride, *n, bits);
  }
  if (ti_tell(stage, eval, base, n, bits, &held))
    return held;
  return by_bools(p, stage, eval, base, n, room, bits);
}
