/*
** Locks, sleep and the clock: what threads do to and for each other, and what tests count of it.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread.h"

#include <sched.h>
#include <time.h>

#include "../tine.h"
#include "atomics.h"
#include "check.h"

/* Both stay 0 but in test builds. */
static _Atomic uint64_t used_of[TI_USAGES];
static _Atomic uint64_t skipped; /* nanoseconds that the clock went forward */

/* Notes that something was asked for; where less of it is now, by a negative number. Relaxed, as the looks: counters of
   their own. Not by the names of atomics.h, whose points of a hostile build ask for the clock themselves. */
static void use(ti_usage what, int64_t by) {
  if (TI_TESTING)
    atomic_fetch_add_explicit(&used_of[what], (uint64_t)by, memory_order_relaxed);
}

uint64_t ti_used(ti_usage what) {
  return atomic_load_explicit(&used_of[what], memory_order_relaxed);
}

void ti_clock_skip(uint64_t ns) {
  if (TI_TESTING)
    atomic_fetch_add_explicit(&skipped, ns, memory_order_relaxed);
}

void ti_mutex_init(ti_mutex *m) {
  static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
  *m = fresh; /* as pthread_mutex_init does, in a tenth of the time: each run has one */
}
void ti_mutex_destroy(ti_mutex *m) {
  ti_must_hold(pthread_mutex_destroy(m));
}
void ti_mutex_lock(ti_mutex *m) {
  use(TI_USED_LOCK, 1);
  ti_must_hold(pthread_mutex_lock(m));
}
void ti_mutex_unlock(ti_mutex *m) {
  ti_must_hold(pthread_mutex_unlock(m));
}

void ti_parker_init(ti_parker *p) {
  pthread_condattr_t attr;
  ti_mutex_init(&p->mutex);
  ti_must_hold(pthread_condattr_init(&attr));
#if !defined(__APPLE__)
  ti_must_hold(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC)); /* the clock of ti_parker_park_for */
#endif
  ti_must_hold(pthread_cond_init(&p->cond, &attr));
  ti_must_hold(pthread_condattr_destroy(&attr));
  p->token = false;
}

void ti_parker_destroy(ti_parker *p) {
  ti_must_hold(pthread_cond_destroy(&p->cond));
  ti_mutex_destroy(&p->mutex);
}

void ti_parker_park(ti_parker *p) {
  ti_mutex_lock(&p->mutex);
  while (!p->token) {
    use(TI_USED_PARKED, 1);
    ti_must_hold(pthread_cond_wait(&p->cond, &p->mutex));
    use(TI_USED_PARKED, -1);
  }
  p->token = false;
  ti_mutex_unlock(&p->mutex);
}

void ti_parker_park_for(ti_parker *p, uint64_t ns) {
  struct timespec until;
  int error = 0;
  use(TI_USED_NAP, 1);
#if defined(__APPLE__)
  clock_gettime(CLOCK_REALTIME, &until);
#else
  clock_gettime(CLOCK_MONOTONIC, &until);
#endif
  until.tv_nsec += (long)ns;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  ti_mutex_lock(&p->mutex);
  while (!p->token && error == 0)
    error = pthread_cond_timedwait(&p->cond, &p->mutex, &until);
  p->token = false;
  ti_mutex_unlock(&p->mutex);
}

void ti_parker_unpark(ti_parker *p) {
  use(TI_USED_WAKE, 1);
  ti_mutex_lock(&p->mutex);
  p->token = true;
  ti_must_hold(
      pthread_cond_signal(&p->cond)); /* inside the lock: the parked thread may free 'p' once it has the lock */
  ti_mutex_unlock(&p->mutex);
}

uint64_t ti_now_ns(void) {
  struct timespec now;
  use(TI_USED_CLOCK, 1);
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec +
         (TI_TESTING ? atomic_load_explicit(&skipped, memory_order_relaxed) : 0);
}

double tine_clock(void) {
  return (double)ti_now_ns() * 1e-9;
}

void ti_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void ti_spin_yield(void) {
  sched_yield();
}

#if TI_HOSTILE
/* Another sequence on every thread and in every run; xorshift of Marsaglia, "Xorshift RNGs", 2003. */
void ti_hostile_point(void) {
  static _Thread_local uint32_t sequence;
  if (sequence == 0)
    sequence = (uint32_t)(ti_now_ns() ^ (uintptr_t)&sequence) | 1u;
  sequence ^= sequence << 13;
  sequence ^= sequence >> 17;
  sequence ^= sequence << 5;
  if (sequence % 4096 == 0) {
    const struct timespec nap = {0, 10000};
    nanosleep(&nap, NULL);
  } else if (sequence % 32 == 0)
    sched_yield();
}
#endif
