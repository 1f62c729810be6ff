/*
** Racks of small blocks. A script that builds a pipeline for each run drops some hundred of them at a time, whenever
** Lua collects, and then makes as many; glibc has seven freed blocks of a size at hand, and takes the others apart and
** together again. So blocks of the sizes that stages have are kept, each size on a rack of its own, up to so many
** bytes. Stages that are made on one thread may be dropped on another: the racks are the process's.
**
** Nobody waits for a rack: who finds another thread at it does without, in the child of a fork maybe for ever. What is
** kept counts as freed, for the count of live blocks and for accounts. Sanitizers, which want to see each block made
** and freed, have no racks.
*/
#include "rack.h"

#include "atomics.h"
#include "check.h"
#include "config.h"

enum {
  RACK_STEP = 64,     /* sizes are rounded up to a multiple of this */
  RACK_LEAST = 256,   /* smaller blocks the C library has on its fast path */
  RACK_MOST = 1024,   /* the last size that is kept */
  RACK_BYTES = 131072 /* on each */
};

typedef struct rack {
  atomic_bool taken;
  unsigned blocks; /* by whoever has it, as the next */
  void *first;     /* each block begins with the address of the next */
} rack;

static rack racks[(RACK_MOST - RACK_LEAST) / RACK_STEP];

static bool rack_takes(size_t size) {
  return size > RACK_LEAST && size <= RACK_MOST && TI_RACKS;
}

/* NULL: another thread is at it. */
static rack *rack_enter(size_t size) {
  rack *const s = &racks[(size - RACK_LEAST - 1) / RACK_STEP];
  return ti_swap_acqrel(&s->taken, true) ? NULL : s; /* pairs with rack_leave */
}

static void rack_leave(rack *s) {
  ti_assert((s->first == NULL) == (s->blocks == 0));
  ti_store_release(&s->taken, false); /* pairs with rack_enter */
}

size_t ti_rack_size(size_t size) {
  return rack_takes(size) ? (size + RACK_STEP - 1) / RACK_STEP * RACK_STEP : size;
}

void *ti_rack_take(size_t size) {
  rack *const s = rack_takes(size) ? rack_enter(size) : NULL;
  void **block;
  if (s == NULL)
    return NULL;
  block = s->first;
  if (block != NULL) {
    s->first = *block;
    s->blocks--;
  }
  rack_leave(s);
  return block;
}

bool ti_rack_put(void *block, size_t size) {
  rack *const s = rack_takes(size) ? rack_enter(size) : NULL;
  bool room;
  if (s == NULL)
    return false;
  room = (s->blocks + 1) * ti_rack_size(size) <= RACK_BYTES;
  if (room) {
    *(void **)block = s->first;
    s->first = block;
    s->blocks++;
  }
  rack_leave(s);
  return room;
}
