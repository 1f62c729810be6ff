/*
** Radix sorts: sort_radix.h for each width, and what they have in common.
**
** Measured on one core, 1e7 random f64, ns per element: this one, most significant digit first, 9 to 10; least
** significant first with 8 bits a digit 15, with 11 bits 20, and no better with write-combining buffers (27, 20):
** every digit goes through memory, where here all but the first one or two stay in the cache. Digits of 10 bits are
** as fast as those of 8 to 11; comparing all of 32 keys with each other beats insertion by a third of the whole time.
*/
#include <string.h>

#include "../base/config.h"
#include "../base/memory.h"
#include "sort.h"

enum {
  RADIX_WIDTH = 10,     /* bits of a digit, at most: more buckets are more lines of the cache than it has */
  RADIX_PER_BUCKET = 2, /* log2 of the keys a bucket has at least, on average */
  RADIX_SMALL = 32,     /* so few keys are compared with each other */
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

/* The digit for n keys, in bits. */
static unsigned radix_width(size_t n) {
  const unsigned log = 63 - (unsigned)__builtin_clzll((uint64_t)n), width = log - RADIX_PER_BUCKET;
  return width < RADIX_WIDTH ? width : RADIX_WIDTH;
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
