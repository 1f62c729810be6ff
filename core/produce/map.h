/*
** What others ask of a map.
*/
#ifndef TI_PRODUCE_MAP_H
#define TI_PRODUCE_MAP_H

#include "apply.h"

/* Its kernel and inputs; NULL if a stage is no map. */
const ti_apply *ti_map_apply(const tine_pipeline *p);

#endif
