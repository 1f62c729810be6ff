/*
** Radix sorts: sort_radix.h for each width, and what they have in common.
**
** Measured on one core, 1e7 random f64, ns per element: this one, most significant digit first, 9 to 10; least
** significant first with 8 bits a digit 15, with 11 bits 20, and no better with write-combining buffers (27, 20):
** every digit goes through memory, where here all but the first one or two stay in the cache. Digits of 10 bits are
** as fast as those of 8 to 11; comparing all of 32 keys with each other beats insertion by a third of the whole time,
** and networks (sort_network.h) halve what is left.
**
** Random u32 with AVX-512, ns each: a first step by 6 bits and another by 9 sort 1e6 in 7.5, by 8 and 7 bits in 9; one
** step by 11 bits sorts 1e5 in 4, two by 6 in 6.
*/
#include <string.h>

#include "../base/config.h"
#include "../base/memory.h"
#include "sort.h"

enum {
  RADIX_WIDTH = 11,     /* bits of a digit, at most: more buckets are more lines of the cache than it has */
  RADIX_FIRST = 6,      /* of the first of several: each bucket is on a page of its own; */
  RADIX_FLOAT = 10,     /* of floats, whose highest bits tell little */
  RADIX_PER_BUCKET = 2, /* log2 of the keys a bucket has at least, on average; */
  RADIX_SMALL = 32,     /* so few keys are compared with each other: both where there is no network */
  RADIX_LOOK = TI_HOSTILE ? 50 : 1 << 14,    /* keys of a block that is looked at */
  RADIX_FORK = TI_HOSTILE ? 100 : 1 << 12,   /* so many keys, some 20 us, are worth sharing */
  RADIX_SPREAD = TI_HOSTILE ? 300 : 1 << 16, /* so many are distributed by several threads, in blocks of at least */
  RADIX_BLOCK = TI_HOSTILE ? 40 : 1 << 14,
  RADIX_NARROW = 4, /* bits of a digit for which there is no memory */
  /* Counters of all the steps on the way down from fewer than RADIX_FORK keys, whose digits have FEW_WIDTH bits at
     most: 64 bits take the most when each is as wide as possible. */
  RADIX_FEW_WIDTH = 12 - 1 - RADIX_PER_BUCKET,
  RADIX_ROOM = (64 / RADIX_FEW_WIDTH + 1) << RADIX_FEW_WIDTH,
  RADIX_TOUCH = 64, /* keys moved before the first look: each may touch a large page that is to be cleared */
  RADIX_LOOKS = TI_HOSTILE ? 60 : 1 << 18, /* keys looked at between two looks whether the terminal is over */
  RADIX_LONG =
      TI_HOSTILE ? 400 : 1 << 20 /* so many are cut into blocks on one thread, too: to look around in between */
};

/* A place among fewer than RADIX_FORK keys. */
typedef uint16_t radix_few;
_Static_assert(RADIX_FORK <= 1 << 12, "their digits have FEW_WIDTH bits, their places fit into a counter");

/* Are elements their own keys? */
static bool radix_plain(const ti_sort_map *map) {
  return map->flip == 0 && map->mask == 0;
}

/* The digit for n keys, in bits. If one step is not enough, the next one finds its stretch in the cache, and so gets
   most of them; but the highest bits of floats, and of words whose keys may be such, tell little. */
static unsigned radix_width(const ti_sort_job *job, size_t n) {
  const unsigned log = 63 - (unsigned)__builtin_clzll((uint64_t)n);
  const unsigned per_bucket = job->network != NULL ? job->network->per_bucket : RADIX_PER_BUCKET,
                 all = log - per_bucket;
  const unsigned most = job->map.mask != 0 || job->low > 0 ? RADIX_FLOAT : RADIX_WIDTH;
  ti_assert(log > per_bucket); /* fewer are not distributed */
  if (all <= RADIX_WIDTH)
    return all;
  if (most == RADIX_FLOAT || all > 2 * RADIX_WIDTH)
    return most;
  return all - RADIX_WIDTH < RADIX_FIRST ? RADIX_FIRST : all - RADIX_WIDTH;
}

/* So many elements are in their place for good. */
static void radix_count(const ti_sort_job *job, size_t n) {
  const ti_cancel *cancel = job->keeps || job->low == 0 ? ti_guard_here() : NULL;
  if (cancel != NULL)
    ti_cancel_count(cancel, n);
}

#define RADIX_GLUE(name, bits) name##_u##bits
#define RADIX_JOIN(name, bits) RADIX_GLUE(name, bits)
#define RADIX(name) RADIX_JOIN(name, RADIX_BITS)

#define RADIX_BITS 16
#include "sort_look.h"
#include "sort_radix.h"
#undef RADIX_BITS
#define RADIX_BITS 32
#include "sort_look.h"
#include "sort_radix.h"
#undef RADIX_BITS
#define RADIX_BITS 64
#include "sort_look.h"
#include "sort_radix.h"
#undef RADIX_BITS

#undef RADIX
#undef RADIX_JOIN
#undef RADIX_GLUE
