/*
** Where a thread wakes up. Linux likes to put a woken thread on the processor of its waker, which is busy: there it
** waits until it is moved, a few milliseconds later, and short work is over by then. (Measured: 40 times out of 40,
** with the other processor idle.) So whoever wakes a worker first takes its own processor out of the worker's affinity
** mask, and the worker puts it back once it runs.
**
** A thread of the host's, which wakes from a join, is not ours to move. If it finds itself where its waker runs it
** pushes that one off: a worker that goes on there would have to wait for it, or it for the worker. (Seen: after a
** short sleep the system puts it where it was; after one of more than some 0.2 ms, in a virtual machine, on its
** waker's processor. So a waker cannot know, and stepping aside in any case brings both together as often as it parts
** them.)
**
** Others may set a thread's affinity at any time (taskset, a batch scheduler), and what they set stands: the mask is
** read when the thread is woken, not before it sleeps; and the processor is put back only if nobody has changed the
** mask since.
**
** Where the system has no such calls, or more processors than the mask holds, nothing is done, and threads run where
** the system puts them.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread.h"

#include <limits.h>
#include <sched.h>
#include <string.h>

#if defined(__linux__)
_Static_assert(sizeof(cpu_set_t) <= sizeof((ti_cpus *)0)->mask, "a mask of processors fits");

unsigned ti_thread_processor(void) {
  return (unsigned)sched_getcpu(); /* an error is UINT_MAX */
}

bool ti_thread_send_away(ti_thread thread, ti_cpus *cpus) {
  const size_t here = ti_thread_processor();
  cpu_set_t set;
  if (here >= CPU_SETSIZE || pthread_getaffinity_np(thread, sizeof set, &set) != 0)
    return false;
  if (!CPU_ISSET(here, &set) || CPU_COUNT(&set) < 2)
    return false;
  memcpy(cpus->mask, &set, sizeof set);
  cpus->taken = (unsigned)here;
  CPU_CLR(here, &set);
  return pthread_setaffinity_np(thread, sizeof set, &set) == 0;
}

/* Gives a thread back what was taken. */
static void placement_restore(ti_thread thread, const ti_cpus *cpus) {
  cpu_set_t set;
  if (pthread_getaffinity_np(thread, sizeof set, &set) != 0 || CPU_ISSET(cpus->taken, &set))
    return;
  CPU_SET(cpus->taken, &set);
  if (memcmp(&set, cpus->mask, sizeof set) == 0)
    pthread_setaffinity_np(thread, sizeof set, &set);
}

#else

unsigned ti_thread_processor(void) {
  return UINT_MAX;
}

bool ti_thread_send_away(ti_thread thread, ti_cpus *cpus) {
  (void)thread, (void)cpus;
  return false;
}

static void placement_restore(ti_thread thread, const ti_cpus *cpus) {
  (void)thread, (void)cpus;
}
#endif

void ti_cpus_restore(const ti_cpus *cpus) {
  placement_restore(pthread_self(), cpus);
}

void ti_thread_push_off(ti_thread thread) {
  ti_cpus cpus;
  if (ti_thread_send_away(thread, &cpus))
    placement_restore(thread, &cpus);
}

ti_thread ti_thread_self(void) {
  return pthread_self();
}
