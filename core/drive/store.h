/*
** Storing: every item of a range evaluated and written to its own place. Ranges are cut anywhere, so collect, the
** staging of a slow cell and for_each (which writes nothing) are all the same loop.
*/
#ifndef TI_DRIVE_STORE_H
#define TI_DRIVE_STORE_H

#include "run.h"

/* Where item 'origin' goes, a column each, and how far apart items are. */
typedef struct ti_store {
  unsigned columns; /* the first so many are written; 0: none */
  uint64_t origin;
  bool staged;          /* a source is written in place: a block is read entirely before any of it is written */
  unsigned char *there; /* of a pipeline that is not indexed: set to 1 for every item that there is */
  char *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
} ti_store;

/* Bytes of staging a staged store of p needs in each space. */
size_t ti_store_staging(const tine_pipeline *p);
/* Stores items [lo, hi); failures go to the run. ctx as in a task; NULL outside the pool. */
void ti_store_range(ti_run *run, tine_ctx *ctx, const ti_store *to, uint64_t lo, uint64_t hi);

/* Runs the storing loop over items [first, first + n) of p, which has no error and is indexed: a whole run. */
tine_status ti_store_all(tine_pipeline *p, const ti_store *to, uint64_t first, uint64_t n, tine_error *err);

#endif
