/*
** flat_map: a kernel gives any number of values for each item. The stage only holds the kernel; calling it, and handing
** on what it gives, is for the drive (drive/expand.c).
*/
#include "spring_stage.h"

static void flat_map_drop(tine_pipeline *self) {
  ti_apply_drop(&((ti_flat_map *)self)->apply);
}

static void flat_map_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_apply_describe(&((const ti_flat_map *)self)->apply, buffer, size, used);
}

static const ti_stage_type flat_map_type = {
    TI_STAGE(flat_map),         .fill = ti_spring_fill, .drop = flat_map_drop,      .describe = flat_map_describe,
    .spring = TI_SPRING_EXPAND, .moves = true,          .size = sizeof(ti_flat_map)};

tine_pipeline *tine_flat_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  tine_pipeline *p;
  ti_apply *a;
  if (!ti_stage_on(&p, &flat_map_type, base, NULL, false, TINE_PARALLEL))
    return p;
  a = &((ti_flat_map *)p)->apply;
  if (!ti_apply_bind(&p, a, TI_ROLE_EXPAND, kernel, &(ti_inputs){NULL, constants, n, NULL}))
    return p;
  p->columns = a->outputs;
  for (unsigned k = 0; k < p->columns; k++)
    p->dtype[k] = a->binding.signature->out[k];
  p->cheap = false; /* the kernel may be, but not what it makes of an item: the loop has to measure */
  p->kind = TINE_PARALLEL;
  p->least = p->len = 0;
  return ti_spring_init(p);
}
