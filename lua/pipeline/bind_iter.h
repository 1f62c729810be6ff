/*
** An iterator owns its pipeline and its window of items; close empties it. It is in memory of its own, which its handle
** keeps and, while it is open, the record: a handle may go without a finaliser (bind_keep.h). The handle's first user
** values are those of the pipeline.
*/
#ifndef TINE_LUA_BIND_ITER_H
#define TINE_LUA_BIND_ITER_H

#include "../run/bind_run.h"

typedef struct bind_iter {
  struct bind_iter *next_open; /* in the record's list, while it is open; and what points to this one there */
  struct bind_iter **open_at;
  tine_pipeline *pipeline;              /* owned; NULL: closed */
  bool indexed;                         /* has windows of its own; else a stream, which has them */
  tine_array *window[TINE_MAX_COLUMNS]; /* owned; as long as 'room' */
  tine_stream *stream;                  /* owned; NULL before the first window */
  const tine_pool *installed;           /* that the stream runs on, if the pipeline is not bound; may be gone */
  const char *data[TINE_MAX_COLUMNS];   /* of the window: first elements, and bytes from item to item */
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  tine_dtype dtype[TINE_MAX_COLUMNS];
  unsigned columns;
  uint64_t next, len;  /* if indexed: the first item not yet in a window; all items */
  uint64_t room;       /* likewise: items a window can hold */
  uint64_t at, filled; /* the next item to hand out, and how many there are, in the window */
  uint64_t given;      /* items of the windows before */
  bool bound;          /* the pipeline is bound to a pool */
  double deadline;     /* when it has to be over, by tine_clock */
  double look;         /* when to let hooks have their turn, likewise */
  bool timed;          /* it has to be over some time, or may be interrupted: to be asked at every item */
  tine_status ended;   /* TINE_ETIMEOUT: it was not */
  bool running;        /* its next window is being made */
  bool lent;           /* its arrays were, from the first window to the end */
  bind_loan loan;      /* of a pipeline held for it */
  bind_progress progress;
} bind_iter;

static inline const char *bind_iter_at(const bind_iter *it, unsigned column, uint64_t i) {
  return it->data[column] + (ptrdiff_t)i * it->stride[column];
}

/* Makes the next window of the iterator at 'index'; false at the end, and where its time is over. Raises where an item
   fails, when its turn comes. */
bool bind_iter_fill(lua_State *L, int index, bind_iter *it);
/* The record is finalised: all that are still open are closed. */
void bind_iter_end_all(bind_state *state);
/* Gives the window back. */
void bind_iter_drop(bind_iter *it);
/* Ends the loan of its arrays. */
void bind_iter_unlend(bind_iter *it);

#endif
