/*
** Every knob of the engine: its value, its reason, its bounds. A *hostile* build (TI_HOSTILE) makes bugs likelier:
** tiny stacks and blocks, and a chance of a yield at each atomic operation.
*/
#ifndef TI_BASE_CONFIG_H
#define TI_BASE_CONFIG_H

#include <float.h>

#if defined(__FAST_MATH__)
#error "tine promises the same bits everywhere: do not compile it with -ffast-math"
#endif
/* Where a float or double is held wider than it is, each operation rounds twice or not at all: other bits. */
#if FLT_EVAL_METHOD != 0
#error "tine needs floats of their own width: -msse2 -mfpmath=sse on 32-bit x86, -fexcess-precision=fast on s390x"
#endif

#ifndef TI_HOSTILE
#define TI_HOSTILE 0
#endif
/* Test builds check what costs time, and let tests make allocations and thread creation fail. */
#ifndef TI_TESTING
#define TI_TESTING 0
#endif

#if defined(__has_feature)
#define TI_HAS_FEATURE(name) __has_feature(name)
#else
#define TI_HAS_FEATURE(name) 0
#endif
/* Does AddressSanitizer watch this build? Its frames, and MemorySanitizer's, are some times as large. */
#if defined(__SANITIZE_ADDRESS__) || TI_HAS_FEATURE(address_sanitizer)
#define TI_POISONS 1
#else
#define TI_POISONS 0
#endif
#if TI_POISONS || TI_HAS_FEATURE(memory_sanitizer)
#define TI_STACK_FACTOR 4
#else
#define TI_STACK_FACTOR 1
#endif
#if TI_POISONS || TI_HAS_FEATURE(memory_sanitizer) || TI_HAS_FEATURE(thread_sanitizer) || defined(__SANITIZE_THREAD__)
#define TI_RACKS 0 /* base/rack.c: each block is to be seen made and freed */
#else
#define TI_RACKS 1
#endif

/* For what has a large frame and is called from a recursion. */
#define TI_NOINLINE __attribute__((noinline))

enum {
  /* Distance that keeps two threads' words apart: two lines, since the hardware fetches them in pairs. */
  TI_CACHE_LINE = 128,
  /* Alignment of owned arrays and of scratch columns: one vector register of the widest kind. */
  TI_ARRAY_ALIGN = 64,

  /* Items of a cell and its lanes: fixed for ever, they decide the bits of every reduction. A lane adds at most
     TI_CELL / TI_LANES values in a row, which keeps the error of 1e8 additions below 1e-15. */
  TI_CELL = 1024,
  TI_LANES = 32,

  /* Items of a block: a cell, so that a block of a reduction is a cell; a column of f64 takes 8 KiB of L1. */
  TI_BLOCK = TI_CELL,

  /* Stages on the way from a source to the end of a pipeline, and in all its branches together. A fill goes down the
     stages by recursion; and a branch used twice is evaluated twice, so a pipeline zipped with itself forty times would
     never end. */
  TI_MAX_DEPTH = 1000,
  TI_MAX_STAGES = 100000,
  TI_MAX_LEVELS = 32, /* springs (flat_map and the like) one above the other */
  /* Stack: of a terminal without its stages, of a stage, of a spring (drive/README.md, "Stack", tells what was
     measured); what a calling thread is taken to have without being asked; what is taken to be left where the system
     does not say; and of a thread of a pool, at least: what the deepest pipeline takes, and as much for the kernels. */
  TI_STACK_BASE = TI_STACK_FACTOR * (64 << 10),
  TI_STACK_STAGE = TI_STACK_FACTOR * (2 << 10),
  TI_STACK_SPRING = TI_STACK_FACTOR * (4 << 10),
  TI_STACK_ORDINARY = TI_STACK_FACTOR * (96 << 10),
  TI_STACK_ASSUMED = TI_STACK_FACTOR * (128 << 10),
  TI_MIN_STACK = TI_STACK_FACTOR * (4 << 20),

  /* Joins a thread can be in at a time with something to offer, what fits into a stack of TINE_STACK_BYTES; those
     deeper inside run one task after the other. */
  TI_TASK_SLOTS = TI_HOSTILE ? 4 : 503,
  /* Nanoseconds. Work that is worth waking a thread for, and what a block of unknown cost grows to. */
  TI_WORTH_NS = 20000,
  /* Work that is worth giving to a thread that searches anyway. */
  TI_WORTH_AWAKE_NS = 4000,
  /* How long a waiting thread only looks before it asks: some trips between two processors. And before it parks: longer
     than parking and being woken takes. */
  TI_ASK_NS = 2000,
  TI_PARK_NS = 20000,
  /* How long a worker searches before it sleeps: some times what it costs to be woken. */
  TI_SEARCH_NS = 20000,
  /* A stolen task this short was not worth the trip. And the first rest after too many of those. */
  TI_CRUMB_NS = 2000,
  TI_REST_NS = 250000,

  /* Threads from outside that can be inside one pool at a time with a stack of tasks of their own. */
  TI_SEATS = TI_HOSTILE ? 2 : 16
};

_Static_assert(TI_CELL % TI_LANES == 0, "lanes fill a cell evenly");
_Static_assert(TI_CELL / TI_LANES <= 32, "at most 32 additions in a row");
_Static_assert(TI_BLOCK <= TI_CELL && TI_CELL % TI_BLOCK == 0, "blocks fill a cell evenly");

#endif
