/*
** Canaries: how test builds notice code that writes into memory which is there but not its own. Neighbours that share
** one block (a thread's scratch, staging and nodes; the scratch of two stages) have some bytes between them, or beyond
** them, that nobody may touch: words are put there and looked at later. AddressSanitizer, which is blind inside of a
** block, is told that they are out of bounds as long as they are watched, and so names whoever touches them.
**
** Other builds have none of this: no bytes in between, and nothing is called.
*/
#ifndef TI_BASE_CANARY_H
#define TI_BASE_CANARY_H

#include <stddef.h>

#include "config.h"

#define TI_CANARIES (TI_TESTING || TI_POISONS)

#if TI_POISONS
/* Of the sanitizer's runtime, which a tool that only reads an object of such a build may lack. */
__attribute__((weak)) void __asan_poison_memory_region(const volatile void *at, size_t bytes);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void *at, size_t bytes);
#endif

/* Tells AddressSanitizer, if it watches, that these bytes are out of bounds from now on; or not any more. */
static inline void ti_poison(void *at, size_t bytes) {
#if TI_POISONS
  if (__asan_poison_memory_region != NULL)
    __asan_poison_memory_region(at, bytes);
#else
  (void)at, (void)bytes;
#endif
}
static inline void ti_unpoison(void *at, size_t bytes) {
#if TI_POISONS
  if (__asan_unpoison_memory_region != NULL)
    __asan_unpoison_memory_region(at, bytes);
#else
  (void)at, (void)bytes;
#endif
}

/* Bytes between neighbours in one block; a multiple of every alignment that they may have. */
enum { TI_CANARY = TI_CANARIES ? 1024 : 0 };

#if TI_CANARIES
/* Begins to watch so many bytes, aligned as arrays are. What is in them is lost. */
void ti_canary_put(char *at, size_t bytes);
/* Stops, and traps if anybody wrote there. */
void ti_canary_take(char *at, size_t bytes);
#else
static inline void ti_canary_put(char *at, size_t bytes) {
  (void)at, (void)bytes;
}
static inline void ti_canary_take(char *at, size_t bytes) {
  (void)at, (void)bytes;
}
#endif

#endif
