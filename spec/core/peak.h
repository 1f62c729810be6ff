/*
** An allocator that knows how much is alive and how much ever was, for tests that know core/tine.h alone.
*/
#ifndef SPEC_PEAK_H
#define SPEC_PEAK_H

#include <stdatomic.h>

#include "../../core/tine.h"
#include "check.h"

static _Atomic size_t peak_live, peak_most;

static inline void *peak_alloc(void *arg, size_t size, size_t align) {
  void *block = aligned_alloc(align, (size + align - 1) / align * align);
  size_t live = 0, most = peak_most;
  (void)arg;
  if (block != NULL)
    live = atomic_fetch_add(&peak_live, size) + size;
  while (live > most && !atomic_compare_exchange_weak(&peak_most, &most, live))
    ;
  return block;
}

static inline void peak_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)align;
  peak_live -= size;
  free(block);
}

/* From here on 'peak_most' is the most that was alive at once; until end_peak. */
static inline bool begin_peak(void) {
  static const tine_allocator counting = {peak_alloc, peak_free, NULL};
  peak_live = peak_most = 0;
  return CHECK_INT(tine_set_allocator(&counting), TINE_OK);
}

static inline void end_peak(void) {
  CHECK_INT(peak_live, 0);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

#endif
