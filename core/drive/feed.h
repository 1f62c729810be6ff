/*
** A feed: the positions that a loop is to go through, stretch by stretch. For most pipelines that is one stretch, all
** of them. Above a gate - take, skip_while of what has no index - it is the windows that the gate lets through.
*/
#ifndef TI_DRIVE_FEED_H
#define TI_DRIVE_FEED_H

#include "list.h"
#include "run.h"

struct tine_stream;

typedef struct ti_feed {
  uint64_t lo, hi;         /* the stretch of the moment */
  const ti_window *window; /* NULL: of the indexed pipeline itself */
  const tine_pipeline *spring;
  bool done;
  bool cells;                 /* a gate hands items on in whole cells */
  bool failed;                /* 'failure' is to be told at the end */
  ti_book *book;              /* of the run it feeds, */
  const ti_hints *hints;      /* what was wished for that, */
  ti_cancel *cancel;          /* and what ends it, or NULL */
  struct tine_stream *stream; /* of a gate: what comes to it */
  uint64_t passed;            /* items it has let through */
  bool open;                  /* skip_while: the item that opens it has come */
  char *buffer;               /* the items that make the stretch, and some behind that make no whole cell yet */
  size_t capacity, n;
  ti_window shown;
  tine_error failure; /* of what is below the gate: to be told when all before it was given */
} ti_feed;

/* For p, which has no error and stands on positions or on a gate. */
void ti_feed_begin(ti_feed *feed, const tine_pipeline *p, ti_book *book, const ti_hints *hints, ti_cancel *cancel);
/* The next stretch, not empty. False at the end; '*err' is written if there was a failure below the gate. */
bool ti_feed_next(ti_feed *feed, tine_error *err);
void ti_feed_end(ti_feed *feed);

#endif
