/*
** Storing as a whole run. Apart from the sink (store.c), which the loop itself uses for cells of slow items: a run is
** made of that loop, so the two in one file would call each other in a circle.
*/
#include "../stage/parts.h"
#include "store.h"

tine_status ti_store_all(tine_pipeline *p, ti_store *to, uint64_t first, uint64_t n, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_sink sink;
  ti_flow f;
  tine_status status;
  if (n == 0)
    return TINE_OK;
  to->dtype = p->dtype;
  ti_store_sink(&sink, to);
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
