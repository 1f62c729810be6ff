/*
** An allocator that gives so many times and then no more, for tests that know core/tine.h alone.
*/
#ifndef SPEC_RATION_H
#define SPEC_RATION_H

#include "../../core/tine.h"
#include "check.h"

static _Atomic int64_t allocations_left; /* below 0: some were refused */

static inline void *ration_alloc(void *arg, size_t size, size_t align) {
  (void)arg;
  return allocations_left-- > 0 ? aligned_alloc(align, (size + align - 1) / align * align) : NULL;
}

static inline void ration_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)size, (void)align;
  free(block);
}

/* From here on 'allocations_left' counts, beginning with plenty; until end_ration. */
static inline bool ration(void) {
  static const tine_allocator rationing = {ration_alloc, ration_free, NULL};
  allocations_left = INT64_MAX;
  return CHECK_INT(tine_set_allocator(&rationing), TINE_OK);
}

static inline void end_ration(void) {
  allocations_left = INT64_MAX;
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

#endif
