/*
** What tests of pools have in common: a pool, a pause, a condition that must come true in time, and numbers to grow
** random trees from. Beyond the harness it knows tine.h alone, so that black-box tests may use it.
*/
#ifndef SPEC_POOLS_H
#define SPEC_POOLS_H

#include <sched.h>
#include <time.h>

#include "../../core/tine.h"
#include "check.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define PLAIN 0 /* their frames are large, they keep freed memory, and one cannot start threads after a fork */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define PLAIN 0
#endif
#endif
#ifndef PLAIN
#define PLAIN 1
#endif

static inline tine_pool *new_pool(unsigned threads) {
  const tine_pool_options o = {.size = sizeof o, .threads = threads};
  tine_pool *pool = NULL;
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  return pool;
}

static inline void nap_us(long us) {
  const struct timespec t = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&t, NULL);
}

/* Seconds after which what has not come does not come: no machine is that slow, whatever else it does. */
#define PATIENCE 300.0

/* For loops that wait until something holds, the one place where a test looks at the clock: lets others run, and is
   false when that took too long. '*end' is 0 at first. */
static inline bool patient(double *end) {
  const double now = tine_clock();
  if (*end == 0)
    *end = now + PATIENCE;
  sched_yield();
  return now < *end;
}

/* Waits until '*word' is at least n; false where it never is. */
static inline bool reaches(_Atomic unsigned *word, unsigned n) {
  double end = 0;
  while (*word < n)
    if (!patient(&end))
      return false;
  return true;
}

/* The mixing step of Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static inline uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

#endif
