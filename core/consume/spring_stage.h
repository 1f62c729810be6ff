/*
** The springs, as the drive sees them: what makes their items come.
*/
#ifndef TI_CONSUME_SPRING_STAGE_H
#define TI_CONSUME_SPRING_STAGE_H

#include "../stage/apply.h"
#include "../stage/host_source.h"
#include "../stage/spring.h"

/* take and skip_while of what has no index: a *gate*, which lets some of the items through, and counts them anew. */
typedef struct ti_gate {
  tine_pipeline stage;
  uint64_t take;  /* at most so many */
  ti_apply apply; /* if there is a kernel: none before the first for which it does not hold */
} ti_gate;

/* A source of the host that splits itself. */
typedef struct ti_split {
  tine_pipeline stage;
  tine_split_source source; /* whose name, types, environment and drop are those of the stage and of 'host' */
  ti_host_source host;
} ti_split;

/* Its pieces take this many positions, whatever they hold: they order failures (core/drive/pieces.c). */
#define TI_PIECES_POSITIONS (UINT64_C(1) << TINE_MAX_SPLITS)

#endif
