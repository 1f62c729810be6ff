/*
** Bells: a descriptor that becomes readable, for event loops. Rung at most once.
*/
#ifndef TI_BASE_BELL_H
#define TI_BASE_BELL_H

#include <stdbool.h>

typedef struct ti_bell {
  int ends[2]; /* to be looked at, to be rung; may be the same */
} ti_bell;

/* 0 or an errno value. Its descriptors are not inherited by other programs. */
int ti_bell_open(ti_bell *bell);
void ti_bell_ring(const ti_bell *bell);
void ti_bell_close(const ti_bell *bell);

#endif
