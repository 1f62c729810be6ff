/*
** Streams inside the drive: the items of any pipeline, in order, window by window, each made by all threads.
*/
#ifndef TI_DRIVE_STREAM_H
#define TI_DRIVE_STREAM_H

#include "feed.h"
#include "flow.h"

struct tine_stream {
  tine_pipeline *pipeline;       /* borrowed */
  ti_book own_book, *book;       /* of its kernels' states: its own, or of the run it is part of */
  const ti_hints *hints;         /* the pipeline's, or of that run */
  ti_cancel own_cancel, *cancel; /* its own, begun anew at each call, or of that run, which may be NULL */
  uint64_t deadline;             /* of its own */
  ti_feed feed;                  /* the positions it goes through */
  bool whole;                    /* it has none: all its items come at once */
  bool ended;
  uint64_t at;   /* next position of the feed's stretch */
  uint64_t size; /* positions of the next window */
  uint64_t first;
  ti_shape shape;
  ti_list list; /* the items of the moment */
  ti_window out;
  char *buffer; /* where they are put side by side if the list has several chunks */
  size_t buffer_bytes;
  tine_error failure; /* to be told after the items before it */
  tine_error below;   /* what ended the feed, told after all that it fed */
  ti_flow flow;       /* of the window that is being made */
};

/* The next items, at most 'limit': s->out says where; hi - lo of them, 0 at the end. A failure is told by the call
   after that for the last items before it, as by tine_stream_next. */
tine_status ti_stream_next(struct tine_stream *s, uint64_t limit, tine_error *err);
void ti_stream_end(struct tine_stream *s);
/* As tine_stream_create. 'book', 'hints' and 'cancellation' are those of the run it is part of; NULL for the first two:
   it is a run of its own. */
tine_status ti_stream_create(struct tine_stream **out, tine_pipeline *p, ti_book *book, const ti_hints *hints,
                             ti_cancel *cancel, tine_error *err);

#endif
