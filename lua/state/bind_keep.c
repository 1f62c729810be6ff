/* The table of bind_keep.h: a userdata, so its memory is Lua's. Place 0 is never given out: 0 means none. */
#include "bind.h"

#include <string.h>

enum { FIRST_ROOM = 64 };

/* Doubles the table. Making the new one may run finalisers, and they may grow the table or close the state: then it is
   not used. */
static void grow(lua_State *L, bind_state *state) {
  const unsigned room = state->kept_room, more = room > 0 ? room * 2 : FIRST_ROOM;
  bind_kept *kept;
  luaL_checkstack(L, 3, NULL);
  kept = lua_newuserdatauv(L, more * sizeof *kept, 0);
  if (state->kept_room == room && !state->closed) {
    if (room > 0)
      memcpy(kept, state->kept, room * sizeof *kept);
    memset(kept + room, 0, (more - room) * sizeof *kept);
    for (unsigned at = more - 1; at >= room && at > 0; at--) {
      kept[at].next = state->kept_free;
      state->kept_free = at;
    }
    bind_push_record(L);
    lua_pushvalue(L, -2);
    lua_setiuservalue(L, -2, BIND_KEPT);
    lua_pop(L, 1);
    state->kept = kept;
    state->kept_room = more;
  }
  lua_pop(L, 1);
}

void bind_place_take(lua_State *L, bind_state *state, bind_place *place) {
  while (state != NULL && !state->closed && state->kept_free == 0)
    grow(L, state);
  if (state == NULL || state->closed)
    return;
  *place = (bind_place){state, state->kept_free};
  state->kept_free = state->kept[place->at].next;
  state->kept[place->at] = (bind_kept){NULL, NULL, NULL, 0};
}

/* NULL: nothing is written down. */
static bind_kept *kept_at(const bind_place *place) {
  return place->at > 0 && place->at < place->state->kept_room ? &place->state->kept[place->at] : NULL;
}

void bind_place_free(bind_place *place) {
  bind_kept *kept = kept_at(place);
  if (kept != NULL) {
    *kept = (bind_kept){NULL, NULL, NULL, place->state->kept_free};
    place->state->kept_free = place->at;
  }
  place->at = 0;
}

void bind_keep_array(const bind_place *place, tine_array *a) {
  bind_kept *kept = kept_at(place);
  if (kept != NULL)
    kept->array = a;
}

void bind_keep_pipeline(const bind_place *place, tine_pipeline *p) {
  bind_kept *kept = kept_at(place);
  if (kept != NULL)
    kept->pipeline = p;
}

void bind_keep_kernel(const bind_place *place, tine_kernel *kernel) {
  bind_kept *kept = kept_at(place);
  if (kept != NULL)
    kept->kernel = kernel;
}

/* A place is emptied before what it holds is released: that may call the host's functions, which may close handles. */
void bind_keep_end(bind_state *state) {
  for (unsigned at = 1; at < state->kept_room; at++) {
    const bind_kept kept = state->kept[at];
    state->kept[at] = (bind_kept){NULL, NULL, NULL, 0};
    tine_pipeline_release(kept.pipeline);
    tine_array_release(kept.array);
    tine_kernel_release(kept.kernel);
  }
  state->kept = NULL;
  state->kept_room = state->kept_free = 0;
}
