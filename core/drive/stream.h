/*
** Streams inside the drive: the items of any pipeline, in order, window by window; all threads make each window.
*/
#ifndef TI_DRIVE_STREAM_H
#define TI_DRIVE_STREAM_H

#include "feed.h"
#include "flow.h"

struct tine_stream {
  tine_pipeline *pipeline;       /* borrowed */
  ti_book own_book, *book;       /* of its kernels' states: its own, or that of the run it is part of */
  const ti_hints *hints;         /* the pipeline's, or that run's */
  ti_cancel own_cancel, *cancel; /* its own, begun anew at each call; or that run's, which may be NULL */
  uint64_t deadline;             /* of own_cancel */
  ti_feed feed;                  /* the positions it goes through */
  bool whole;                    /* it has no positions: all its items come at once */
  bool ended;                    /* there are no more windows */
  uint64_t at;                   /* next position of the feed's stretch */
  uint64_t size;                 /* positions of the next window */
  uint64_t first;                /* items given so far */
  ti_shape shape;
  ti_list list;  /* the current items */
  ti_window out; /* where they are */
  char *buffer;  /* where they are put side by side if the list has several chunks */
  size_t buffer_bytes;
  tine_error failure; /* reported after the items before it */
  tine_error below;   /* what ended the feed; reported after all items that it fed */
  ti_flow flow;       /* of the window that is being made */
};

/* Makes the next items, at most 'limit'; s->out says where they are: hi - lo of them, 0 at the end. A failure is
   reported by the call after the one that gave the last items before it, as by tine_stream_next. */
tine_status ti_stream_next(struct tine_stream *s, uint64_t limit, tine_error *err);
/* As tine_stream_create. 'book', 'hints' and 'cancel' are those of the run it is part of; the first two are NULL if it
   is a run of its own. */
tine_status ti_stream_create(struct tine_stream **out, tine_pipeline *p, ti_book *book, const ti_hints *hints,
                             ti_cancel *cancel, tine_error *err);

#endif
