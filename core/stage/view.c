/*
** Views: where the items of a stage that only points are, for the whole run, found by one fill of its first item. So a
** sum of what lies in memory already evaluates nothing. A file of its own, since a fill is checked by contract.c, which
** stands above stage.c.
*/
#include "stage.h"

bool ti_stage_view(const tine_pipeline *p, const void **data, ptrdiff_t *stride) {
  ti_eval eval;                          /* which a stage that points does not ask for more than this */
  _Alignas(TI_ARRAY_ALIGN) char none[1]; /* scratch of no bytes, which is somewhere all the same */
  const ti_request rq = {0, 1, none, none, false, NULL, data, stride, NULL, NULL};
  eval.code = 0;
  eval.over = NULL;
  eval.gone = eval.turned = false;
  eval.work = 0;
  return ti_stage_points(p) && p->kind == TINE_INDEXED && p->level == 0 && p->len > 0 &&
         ti_stage_fill(p, &eval, &rq) == 1;
}
