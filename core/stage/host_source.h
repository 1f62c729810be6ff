/*
** What a stage keeps of a source of the host's: a copy of its name, and the environment of its functions, borrowed or,
** if the host told a size, copied as well.
*/
#ifndef TI_STAGE_HOST_SOURCE_H
#define TI_STAGE_HOST_SOURCE_H

#include "stage.h"

typedef struct ti_host_source {
  char *name;
  void *env;
  size_t env_size;         /* 0: borrowed */
  void (*drop)(void *env); /* set by the stage at last, when nothing can fail any more; NULL: there is none */
} ti_host_source;

/* False without memory; what was copied is given back by ti_host_source_drop all the same. */
bool ti_host_source_copy(ti_host_source *h, const char *name, const void *env, size_t env_size);
void ti_host_source_drop(ti_host_source *h);

#endif
