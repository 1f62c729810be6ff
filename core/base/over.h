/*
** Long work of the layers that know of no terminal: files, and kernels that may never end. Whoever is below one is told
** by its thread whether it is to be given up.
*/
#ifndef TI_BASE_OVER_H
#define TI_BASE_OVER_H

#include <stdbool.h>
#include <stddef.h>

typedef bool ti_over_fn(void);

enum { TI_OVER_STEP = 1 << 20 }; /* bytes, or what takes as long, between two questions */

/* Sets what this thread asks (NULL: nothing); returns what it asked before. */
ti_over_fn *ti_over_set(ti_over_fn *fn);
/* Is what this thread does to be given up? */
bool ti_over_here(void);

#endif
