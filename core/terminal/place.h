/*
** Collecting where it can be told how many items there will be, without making them: what a built-in kernel gives for
** each item of a flat_map. A first pass counts; in the second every item goes to its place in the result, which is made
** in between, as large as it is to be. There is no list, so nothing is copied, and no memory but the result's.
*/
#ifndef TI_TERMINAL_PLACE_H
#define TI_TERMINAL_PLACE_H

#include "terminal.h"

/* Is that so, and worth while? Counting evaluates what is below the flat_map once more: only where that can neither
   fail nor have effects, and takes less time than a list would. */
bool ti_place_serves(const tine_pipeline *p);
/* New arrays of all items of such a pipeline, one a column; on failure all are NULL. */
tine_status ti_place_collect(tine_pipeline *p, tine_array **out, tine_error *err);

#endif
