/*
** The host's allocator, and the count of its live blocks.
**
** That count is also what guards the allocator. Every allocation is counted *before* it reads the allocator, every free
** is uncounted *after* its last use of it, and tine_set_allocator closes the count, which succeeds only at zero, for as
** long as it writes. So the allocator is never read while it changes, and a block is freed by the allocator it came
** from, without a lock.
*/
#include "allocator.h"

#include <string.h>
#include <stdlib.h>

#include "../tine.h"
#include "atomics.h"
#include "check.h"
#include "fork.h"
#include "memory.h"
#include "rack.h"
#include "thread.h"

/* A bit no count of blocks reaches. */
#define BLOCKS_CLOSED (~(SIZE_MAX >> 1))

static atomic_size_t blocks_live; /* BLOCKS_CLOSED while the allocator is exchanged */
static atomic_size_t blocks_total;

static ti_fuse allocations = -1;

/*
** The C library's allocator, aligned by hand: the block's own address stands before what is handed out. aligned_alloc
** is no choice here: glibc before 2.38 does not find a freed aligned block again, and a loop that makes and drops large
** arrays would grow without end.
*/
static void *libc_aligned(size_t size, size_t align, bool zeroed) {
  char *block = zeroed ? calloc(1, size + align) : malloc(size + align);
  char *aligned;
  if (block == NULL)
    return NULL;
  aligned = block + align - (uintptr_t)block % align; /* at least the C library's own alignment further on */
  memcpy(aligned - sizeof block, &block, sizeof block);
  return aligned;
}

static void *libc_alloc(void *arg, size_t size, size_t align) {
  void *block;
  (void)arg;
  if (align > _Alignof(max_align_t))
    return libc_aligned(size, align, false);
  block = ti_rack_take(size);
  return block != NULL ? block : malloc(ti_rack_size(size));
}

static void libc_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg;
  if (align > _Alignof(max_align_t))
    memcpy(&block, (char *)block - sizeof block, sizeof block);
  else if (ti_rack_put(block, size))
    return;
  free(block);
}

_Static_assert(_Alignof(max_align_t) >= sizeof(void *), "there is room for an address before an aligned block");

static tine_allocator current_allocator = {libc_alloc, libc_free, NULL};

/* Counts a block in; from here until it is counted out again the allocator stands still. */
static void blocks_enter(void) {
  /* acquire: pairs with the release that opened the count in tine_set_allocator */
  while (ti_add_acqrel(&blocks_live, (size_t)1) & BLOCKS_CLOSED) {
    ti_sub_relaxed(&blocks_live, (size_t)1); /* relaxed: nothing was read or written in between */
    ti_spin_yield();
  }
}

static void blocks_leave(void) {
  ti_assert(ti_memory_live() > 0);
  /* release: pairs with the acquire that closes the count in tine_set_allocator */
  ti_sub_acqrel(&blocks_live, (size_t)1);
}

/* The C library knows what is zero already, and leaves the pages of a large block untouched. But glibc's calloc does
   not look where a thread keeps its freed small blocks, which takes three times as long as malloc and memset. */
enum { SMALL_BLOCK = 1024 }; /* racks have none larger */

static void *allocate_zeroed(size_t size, size_t align) {
  void *block;
  if (current_allocator.alloc == libc_alloc && size > SMALL_BLOCK)
    return align <= _Alignof(max_align_t) ? calloc(1, size) : libc_aligned(size, align, true);
  block = current_allocator.alloc(current_allocator.arg, size, align);
  if (block != NULL)
    memset(block, 0, size);
  return block;
}

void *ti_block_new(size_t size, size_t align, bool zeroed) {
  void *block;
  if (!ti_fuse_use(&allocations))
    return NULL;
  blocks_enter();
  block = zeroed ? allocate_zeroed(size, align) : current_allocator.alloc(current_allocator.arg, size, align);
  ti_assert(((uintptr_t)block & (align - 1)) == 0);
  if (block == NULL)
    blocks_leave();
  else if (TI_TESTING) /* who asks; one more atomic operation takes a tenth of what a small block does */
    ti_add_relaxed(&blocks_total, (size_t)1); /* relaxed: a statistic */
  return block;
}

void ti_block_free(void *block, size_t size, size_t align) {
  current_allocator.free(current_allocator.arg, block, size, align);
  blocks_leave();
}

size_t ti_memory_live(void) {
  return ti_load_relaxed(&blocks_live) & ~BLOCKS_CLOSED; /* relaxed: exact only where nothing else runs */
}

size_t ti_memory_allocations(void) {
  return ti_load_relaxed(&blocks_total); /* relaxed: a statistic */
}

void ti_memory_fail_after(int64_t n) {
  ti_store_relaxed(&allocations, (long long)n); /* relaxed: a counter of its own */
}

tine_status tine_set_allocator(const tine_allocator *allocator) {
  static const tine_allocator standard = {libc_alloc, libc_free, NULL};
  tine_status status;
  size_t live = 0;
  if (allocator != NULL && (allocator->alloc == NULL || allocator->free == NULL))
    return TINE_EINVAL;
  ti_fork_hold(); /* a child would find it closed for ever */
  /* acquire: pairs with the release of the last blocks_leave */
  status = ti_cas_acqrel(&blocks_live, &live, BLOCKS_CLOSED) ? TINE_OK : TINE_EINVAL;
  if (status == TINE_OK) {
    current_allocator = allocator != NULL ? *allocator : standard;
    ti_sub_acqrel(&blocks_live, BLOCKS_CLOSED); /* release: pairs with blocks_enter */
  }
  ti_fork_release();
  return status;
}

#undef BLOCKS_CLOSED
