/*
** What handles own, written down a second time. Lua may drop a handle without calling its finaliser: if the Lua stack,
** the C stack or memory is exhausted at that moment, or if the handle is made while the state closes. So each handle of
** an array, a pipeline or a kernel has a place in a table of the state's record, where its references are written, too.
** The record is finalised after all handles that are finalised at all, and releases what is still in the table; until
** then that stays charged to the state.
*/
#ifndef TINE_LUA_BIND_KEEP_H
#define TINE_LUA_BIND_KEEP_H

#include <stdbool.h>

#include <lua.h>

#include "../../core/tine.h"

/* Part of a handle. 'at' is 0 for a handle without a place: a clone that Lanes made, or one made when the record is
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

/* Finds a place for a new handle, which owns nothing yet and is on the stack. May raise, and run finalisers. The record
   may be NULL: there is none. */
void bind_place_take(lua_State *L, struct bind_state *state, bind_place *place);
/* The handle owns nothing any more. */
void bind_place_free(bind_place *place);
void bind_keep_array(const bind_place *place, tine_array *a);
void bind_keep_pipeline(const bind_place *place, tine_pipeline *p);
void bind_keep_kernel(const bind_place *place, tine_kernel *kernel);

/* The record is finalised: releases everything that is still in the table. */
void bind_keep_end(struct bind_state *state);

#endif
