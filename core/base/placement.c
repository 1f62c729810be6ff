/*
** Where a thread wakes up. Linux likes to put a woken thread on the processor of the one that wakes it, which is busy:
** there it waits until it is moved, a few milliseconds later, and short work is over by then. (Measured: 40 times of 40,
** the other processor being idle.) So who wakes a worker first takes its own processor from those the worker may use,
** and the worker gives itself all of them back once it runs.
**
** Where the system has no such calls, or more processors than the mask holds, nothing happens and nothing is lost.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread.h"

#include <sched.h>
#include <string.h>

#if defined(__linux__)
_Static_assert(sizeof(cpu_set_t) <= sizeof(ti_cpus), "a mask of processors fits");

void ti_cpus_mine(ti_cpus *cpus) {
  cpu_set_t set;
  memset(cpus, 0, sizeof *cpus);
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    memcpy(cpus, &set, sizeof set);
}

bool ti_thread_send_away(ti_thread thread, const ti_cpus *cpus) {
  const size_t here = (size_t)sched_getcpu(); /* an error is past the end, too */
  cpu_set_t set;
  memcpy(&set, cpus, sizeof set);
  if (here >= CPU_SETSIZE || !CPU_ISSET(here, &set) || CPU_COUNT(&set) < 2)
    return false;
  CPU_CLR(here, &set);
  return pthread_setaffinity_np(thread, sizeof set, &set) == 0;
}

void ti_cpus_restore(const ti_cpus *cpus) {
  cpu_set_t set;
  memcpy(&set, cpus, sizeof set);
  sched_setaffinity(0, sizeof set, &set);
}

#else

void ti_cpus_mine(ti_cpus *cpus) {
  memset(cpus, 0, sizeof *cpus);
}

bool ti_thread_send_away(ti_thread thread, const ti_cpus *cpus) {
  (void)thread, (void)cpus;
  return false;
}

void ti_cpus_restore(const ti_cpus *cpus) {
  (void)cpus;
}
#endif

void ti_thread_step_aside(void) {
  ti_cpus cpus;
  ti_cpus_mine(&cpus);
  if (ti_thread_send_away(ti_thread_self(), &cpus))
    ti_cpus_restore(&cpus);
}

ti_thread ti_thread_self(void) {
  return pthread_self();
}
