/*
** Storing: every item of a range evaluated and written to its own place. Ranges are cut anywhere, so collect, the
** staging of a slow cell, and what writes nothing (for_each, all, eq) have one sink.
*/
#ifndef TI_DRIVE_STORE_H
#define TI_DRIVE_STORE_H

#include "flow.h"

/* Where item 'origin' goes, a column each, and how far apart items are. */
typedef struct ti_store {
  unsigned columns; /* the first so many are written; 0: none */
  const tine_dtype *dtype;
  uint64_t origin;
  bool staged;          /* a source is written in place: a block is read entirely before any of it is written */
  size_t staging;       /* where, in the staging of each space */
  unsigned char *there; /* where positions may give none: set to 1 for each that does */
  char *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
} ti_store;

/* Begins one without columns; the first of those are then set. (Most of 32 are none, and clearing them takes as long as
   a small run.) */
static inline void ti_store_begin(ti_store *to, uint64_t origin) {
  to->columns = 0;
  to->origin = origin;
  to->staged = false;
  to->there = NULL;
}

/* The sink that stores; it has no parts. All of 'to' but the staging must be set. */
void ti_store_sink(ti_sink *sink, const ti_store *to);

/* Stores items [first, first + n) of p, which has no error and is indexed: a whole run. */
tine_status ti_store_all(tine_pipeline *p, ti_store *to, uint64_t first, uint64_t n, tine_error *err);

#endif
