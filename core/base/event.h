/*
** Event descriptors: a descriptor that becomes readable, for event loops. Signalled at most once.
*/
#ifndef TI_BASE_EVENT_H
#define TI_BASE_EVENT_H

typedef struct ti_event {
  int ends[2]; /* the one to poll and the one to signal; may be the same */
} ti_event;

/* 0 or an errno value. Its descriptors are not inherited by other programs. */
int ti_event_open(ti_event *event);
void ti_event_signal(const ti_event *event);
void ti_event_close(const ti_event *event);

#endif
