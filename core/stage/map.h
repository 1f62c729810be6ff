/*
** A map, and what others ask of it.
*/
#ifndef TI_STAGE_MAP_H
#define TI_STAGE_MAP_H

#include "apply.h"

typedef struct ti_map {
  tine_pipeline stage;
  ti_apply apply;
} ti_map;

/* Its kernel and inputs; NULL if a stage is no map. */
static inline const ti_apply *ti_map_apply(const tine_pipeline *p) {
  return p->type->id == TI_STAGE_map ? &((const ti_map *)p)->apply : NULL;
}

#endif
