/*
** An event descriptor is a counter of the kernel's where there is one, which takes one descriptor, and else a pipe:
** what is written to it stays there, so it is readable from then on.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "event.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

int ti_event_open(ti_event *event) {
#if defined(__linux__)
  event->ends[0] = event->ends[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event->ends[0] >= 0 ? 0 : errno;
#elif defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
  return pipe2(event->ends, O_CLOEXEC | O_NONBLOCK) == 0 ? 0 : errno;
#else
  if (pipe(event->ends) != 0)
    return errno;
  for (int i = 0; i < 2; i++) {
    (void)fcntl(event->ends[i], F_SETFD, FD_CLOEXEC);
    (void)fcntl(event->ends[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
#endif
}

void ti_event_signal(const ti_event *event) {
  const uint64_t one = 1; /* eight bytes, as a counter wants them */
  ssize_t n;
  ti_assert(event->ends[1] >= 0);
  do
    n = write(event->ends[1], &one, sizeof one); /* we hold the other end, and it is empty: it cannot be refused */
  while (n < 0 && errno == EINTR);
}

void ti_event_close(const ti_event *event) {
  ti_assert(event->ends[0] >= 0 && event->ends[1] >= 0);
  close(event->ends[0]);
  if (event->ends[1] != event->ends[0])
    close(event->ends[1]);
}
