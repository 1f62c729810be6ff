/*
** flat_map: a kernel gives any number of values for each item. The stage only holds the kernel; calling it, and handing
** on what it gives, is for the drive (drive/expand.c).
*/
#include "spring_stage.h"

static const ti_stage_type flat_map_type = {TI_STAGE(flat_map), .fill = ti_spring_fill, .spring = TI_SPRING_EXPAND,
                                            .moves = true, TI_APPLIES(ti_apply_stage, ti_apply_drop)};

tine_pipeline *tine_flat_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  tine_pipeline *p;
  if (!ti_apply_on(&p, &flat_map_type, base, TINE_PARALLEL, TI_ROLE_EXPAND, kernel,
                   &(ti_inputs){NULL, constants, n, NULL}))
    return p;
  p->columns = 0;
  ti_apply_columns(p, ti_apply_of(p)->outputs);
  p->cheap = false; /* the kernel may be, but not what it makes of an item: the loop has to measure */
  p->kind = TINE_PARALLEL;
  p->least = p->len = 0;
  return ti_spring_init(p);
}
