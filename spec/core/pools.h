/*
** What tests of pools have in common: a pool, a pause, a condition that must come true in time, and numbers to grow random
** trees from. Beyond the harness it knows tine.h alone, so that black-box tests may use it.
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

/* Waits until '*word' is at least n; false where that takes longer than on the slowest machine. */
static inline bool reaches(_Atomic unsigned *word, unsigned n) {
  const double until = tine_clock() + 10;
  while (*word < n)
    if (tine_clock() > until)
      return false;
    else
      sched_yield();
  return true;
}

/* The mixing step of Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static inline uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

#endif
