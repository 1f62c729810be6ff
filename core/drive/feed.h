/*
** A feed: the positions that a loop is to go through, stretch by stretch. For most pipelines that is one stretch, all
** of them, and it is there from the beginning. Above a gate - a take or skip_while of what has no index - the stretches
** are windows of the items that the gate lets through.
*/
#ifndef TI_DRIVE_FEED_H
#define TI_DRIVE_FEED_H

#include "list.h"
#include "run.h"

struct tine_stream;

typedef struct ti_feed {
  uint64_t lo, hi;             /* the current stretch */
  const ti_window *window;     /* its items, above a gate; NULL: fills make them */
  const tine_pipeline *spring; /* the gate, or NULL */
  bool done;                   /* no more comes to it */
  bool cells;                  /* a gate hands items on in whole cells */
  bool failed;                 /* 'failure' is to be reported at the end */
  ti_book *book;               /* of the run it feeds, as the next two */
  const ti_hints *hints;
  ti_cancel *cancel;          /* or NULL */
  struct tine_stream *stream; /* of what is below the gate */
  uint64_t passed;            /* items that the gate has let through */
  bool open;                  /* skip_while: the item that opens it has come */
  char *buffer;               /* the items of the stretch, and some after them that make no whole cell yet */
  size_t bytes, room, n;      /* its bytes; items it has room for, and has */
  ti_window shown;            /* above a gate: what 'window' points to, and where in the buffer columns are */
  tine_error failure;         /* of what is below the gate; reported when all items before it were given */
} ti_feed;

/* For p, which has no error and stands on positions or on a gate, directly or by way of flat_maps. */
void ti_feed_begin(ti_feed *feed, const tine_pipeline *p, ti_book *book, const ti_hints *hints, ti_cancel *cancel);
/* The next stretch, not empty; of a gate also the first. False at the end; '*err' is written if there was a failure
   below the gate. */
bool ti_feed_next(ti_feed *feed, tine_error *err);
void ti_feed_end(ti_feed *feed);

#endif
