/*
** An allocator for hosts of the specs that counts what the engine has, and what it had at most.
*/
#ifndef SPEC_LUA_COUNTING_H
#define SPEC_LUA_COUNTING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

static _Atomic long long live_bytes, most_bytes;

static void *count_alloc(void *arg, size_t size, size_t align) {
  void *block = align <= 16 ? malloc(size) : aligned_alloc(align, (size + align - 1) / align * align);
  long long now, most;
  (void)arg;
  if (block == NULL)
    return NULL;
  now = atomic_fetch_add(&live_bytes, (long long)size) + (long long)size;
  most = atomic_load(&most_bytes);
  while (now > most && !atomic_compare_exchange_weak(&most_bytes, &most, now))
    ;
  return block;
}

static void count_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)align;
  atomic_fetch_sub(&live_bytes, (long long)size);
  free(block);
}

#endif
