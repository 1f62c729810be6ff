/*
** Canaries; see canary.h. A word stands at the beginning of each line: a column that begins where it may not does so
** there, so that a single item of it is noticed.
*/
#include "canary.h"

#include <stdint.h>
#include <string.h>

#include "check.h"

#if TI_CANARIES

static const uint64_t canary = UINT64_C(0xc5a93b17e8d2604f);

/* ThreadSanitizer would make each word a call, thousands for a fill: it does not see these loops, whose bytes are one
   thread's. Whoever writes there is caught by the words. */
#define CANARY_LOOP __attribute__((no_sanitize("thread")))

CANARY_LOOP void ti_canary_put(char *at, size_t bytes) {
  ti_assert((uintptr_t)at % TI_ARRAY_ALIGN == 0 && bytes % TI_ARRAY_ALIGN == 0);
  for (size_t i = 0; i < bytes; i += TI_ARRAY_ALIGN)
    memcpy(at + i, &canary, sizeof canary);
  if (bytes > 0)
    ti_poison(at, bytes);
}

CANARY_LOOP void ti_canary_take(char *at, size_t bytes) {
  if (bytes > 0)
    ti_unpoison(at, bytes);
  for (size_t i = 0; i < bytes; i += TI_ARRAY_ALIGN) {
    uint64_t word;
    memcpy(&word, at + i, sizeof word);
    ti_assert(word == canary);
  }
}

#endif
