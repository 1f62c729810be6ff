/*
** What handles own, written down a second time. Lua may drop a handle without calling its finaliser: where its stack,
** that of C, or memory is at an end just then, and whatever is made while the state closes. So each handle of an array,
** a pipeline or a kernel has a place in a table of the record, where its references stand as well. When the record is
** finalised, after all handles that are, it gives back what still stands there; until then that is charged to the
** state.
*/
#ifndef TINE_LUA_BIND_KEEP_H
#define TINE_LUA_BIND_KEEP_H

#include <stdbool.h>

#include <lua.h>

#include "../../core/tine.h"

/* Part of a handle. 'at' is 0 for one that nothing is written down of: a clone of Lanes's, or where the record is
   gone. */
typedef struct bind_place {
  struct bind_state *state;
  unsigned at;
} bind_place;

typedef struct bind_kept {
  tine_array *array;
  tine_pipeline *pipeline; /* an array's slice, too */
  tine_kernel *kernel;
  unsigned next; /* of a free place: the next one; 0: none */
} bind_kept;

/* Finds a place for a new handle, which owns nothing yet and is on the stack. May raise, and run finalisers. */
void bind_place_take(lua_State *L, bind_place *place);
/* The handle owns nothing any more. */
void bind_place_free(bind_place *place);
/* The record was finalised before the handle, which nobody finalises any more: what it held is gone. */
bool bind_place_over(const bind_place *place);

void bind_keep_array(const bind_place *place, tine_array *a);
void bind_keep_pipeline(const bind_place *place, tine_pipeline *p);
void bind_keep_kernel(const bind_place *place, tine_kernel *kernel);

/* The record is finalised: everything that still stands there is given back. */
void bind_keep_end(struct bind_state *state);

#endif
