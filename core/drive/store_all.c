/*
** Storing as a whole run. Apart from the sink (store.c), which the loop itself uses for cells of slow items: a run is
** made of that loop, so the two in one file would call each other in a circle.
**
** One light operation on what lies in memory already (x + 1, ../stage/direct.h) is done in *stretches* of several
** blocks: what there is to be done between two blocks, through all stages and back, would take half as long as one of
** these, and nothing of it is needed but to look around now and then.
*/
#include "../stage/contract.h"
#include "../stage/direct.h"
#include "../stage/parts.h"
#include "store.h"

enum { STORE_STRETCH = 8 * TI_BLOCK }; /* items: a few microseconds at most, TI_WORTH_NS being 20 */

/* What is stored so: the kernel, and its base's columns as views. */
typedef struct store_stretch {
  const ti_store *to;
  const ti_apply *apply;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
} store_stretch;

static size_t store_take(const ti_sink *sink, void *part, ti_flow *f, ti_space *space, uint64_t lo, uint64_t hi) {
  const store_stretch *const s = sink->env;
  const ti_apply *const a = s->apply;
  const size_t n = hi - lo < STORE_STRETCH ? (size_t)(hi - lo) : STORE_STRETCH;
  void *out = s->to->data[0] + (ptrdiff_t)(lo - s->to->origin) * s->to->stride[0];
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS];
  tine_block block = {.n = n, .first = lo, .in = in, .in_stride = stride, .out = &out};
  (void)part, (void)f;
  ti_assert(lo >= s->to->origin && lo < hi && a->inputs <= TINE_MAX_ARGS);
  for (unsigned k = 0; k < a->inputs; k++) {
    const int c = a->column[k];
    stride[k] = c < 0 ? 0 : s->stride[c];
    in[k] = c < 0 ? (const void *)a->binding.constant[k] : (const char *)s->data[c] + (ptrdiff_t)lo * stride[k];
  }
  ti_assert(ti_contract_kernel(a->binding.signature, in, stride, &out, n));
  ti_kernel_run(a->kernel, a->binding.signature, space->eval.states, &block); /* cannot fail */
  return n;
}

/* Can p be stored in stretches? Not where its user has said how many items are to be done at a time, nor where tests
   want blocks of any size. */
static bool store_stretches(const tine_pipeline *p, const ti_sink *sink, store_stretch *s) {
  const bool whole = !TI_HOSTILE && sink->room != NULL && p->hints.max_len == 0;
  while (p->type->passes)
    p = p->base[0];
  if (!whole || p->type->id != TI_STAGE_map || p->columns != 1)
    return false;
  s->to = sink->env;
  s->apply = ti_apply_of(p);
  return s->apply->kernel->expression == NULL && ti_direct_of(s->apply).whole != NULL && p->infallible &&
         ti_stage_view(p->base[0], s->data, s->stride);
}

tine_status ti_store_all(tine_pipeline *p, ti_store *to, uint64_t first, uint64_t n, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  store_stretch stretch;
  ti_sink sink;
  ti_flow f;
  tine_status status;
  if (n == 0)
    return TINE_OK;
  to->dtype = p->dtype;
  ti_store_sink(&sink, to);
  if (n > TI_BLOCK && store_stretches(p, &sink, &stretch)) {
    sink.env = &stretch;
    sink.take = store_take;
  }
  status = ti_flow_begin(&f, p, NULL, &sink, to->staged ? ti_parts_bytes(p, TI_BLOCK) : 0, 0, err);
  if (status != TINE_OK)
    return status;
  to->staging = f.sink_staging;
  f.given = first > 0 || n < p->len;
  f.lo = first;
  f.hi = first + n;
  ti_flow_drive(&f, part);
  return ti_run_end(&f.run, err);
}
