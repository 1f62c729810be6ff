/*
** Sources of the host's, as stages keep them; see host_source.h.
*/
#include "host_source.h"

#include <string.h>

#include "../base/visit.h"

enum { HOST_ENV_ALIGN = _Alignof(max_align_t) }; /* the host's environment may hold anything */

bool ti_host_source_copy(ti_host_source *h, const char *name, const void *env, size_t env_size) {
  h->name = ti_string_copy(name);
  h->env = (void *)(uintptr_t)env;
  if (env_size == 0)
    return h->name != NULL;
  ti_assert(env != NULL);
  h->env = ti_alloc(env_size, HOST_ENV_ALIGN);
  if (h->env == NULL)
    return false;
  memcpy(h->env, env, env_size);
  h->env_size = env_size;
  return h->name != NULL;
}

void ti_host_source_drop(ti_host_source *h) {
  if (h->drop != NULL)
    TI_VISIT(h->drop(h->env));
  if (h->env_size > 0)
    ti_free(h->env, h->env_size, HOST_ENV_ALIGN);
  ti_string_free(h->name);
}
