/*
** Memory: the host's allocator behind an account.
**
** The count of live blocks is also what guards the allocator. Every allocation is counted *before* it reads the
** allocator, every free is uncounted *after* its last use of it, and tine_set_allocator closes the account, which
** succeeds only at zero, for as long as it writes. So the allocator is never read while it changes, and a block is
** freed by the allocator it came from, without a lock.
**
** Behind each block stands the tine_account that was charged for it, or NULL. That is its *tail*: who frees a block says
** its size, so the tail is found, and it costs eight bytes whatever the alignment.
*/
#include "fork.h"
#include "memory.h"

#include <string.h>
#include <stdlib.h>

#include "../tine.h"
#include "account.h"
#include "atomics.h"
#include "check.h"
#include "thread.h"

/* A sanitizer is to see a write past the end of the block, tail or not. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define TAIL_GUARD(p) __asan_poison_memory_region((p), TAIL)
#define TAIL_UNGUARD(p) __asan_unpoison_memory_region((p), TAIL)
#else
#define TAIL_GUARD(p) ((void)0)
#define TAIL_UNGUARD(p) ((void)0)
#endif

enum { TAIL = sizeof(tine_account *) };

/* A bit no count of blocks reaches. */
#define ACCOUNT_CLOSED (~(SIZE_MAX >> 1))

static atomic_size_t account_live; /* ACCOUNT_CLOSED while the allocator is exchanged */
static atomic_size_t account_total;

#if TI_TESTING
static atomic_llong allocations_left = -1; /* before all fail; negative: none does */
#endif

/*
** The C library's allocator, aligned by hand: the block's own address stands before what is handed out. aligned_alloc is
** no choice here: glibc before 2.38 does not find a freed aligned block again, and a loop that makes and drops large
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
  (void)arg;
  return align <= _Alignof(max_align_t) ? malloc(size) : libc_aligned(size, align, false);
}

static void libc_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)size;
  if (align > _Alignof(max_align_t))
    memcpy(&block, (char *)block - sizeof block, sizeof block);
  free(block);
}

_Static_assert(_Alignof(max_align_t) >= sizeof(void *), "there is room for an address before an aligned block");

static tine_allocator current_allocator = {libc_alloc, libc_free, NULL};

/* Counts a block in; from here until it is counted out again the allocator stands still. */
static void account_enter(void) {
  /* acquire: pairs with the release that opened the account in tine_set_allocator */
  while (ti_add_acqrel(&account_live, (size_t)1) & ACCOUNT_CLOSED) {
    ti_sub_relaxed(&account_live, (size_t)1); /* relaxed: nothing was read or written in between */
    ti_spin_yield();
  }
}

static void account_leave(void) {
  /* release: pairs with the acquire that closes the account in tine_set_allocator */
  ti_sub_acqrel(&account_live, (size_t)1);
}

static bool may_allocate(void) {
#if TI_TESTING
  long long left = ti_load_relaxed(&allocations_left); /* relaxed: a counter of its own */
  while (left > 0 && !ti_cas_relaxed(&allocations_left, &left, left - 1))
    ;
  return left != 0;
#else
  return true;
#endif
}

/* An empty block still wants an address of its own. */
static size_t real_size(size_t size) {
  return size > 0 ? size : 1;
}

/* The C library knows what is zero already, and leaves the pages of a large block untouched. But glibc's calloc does not
   look where a thread keeps its freed small blocks, which takes three times as long as malloc and memset. */
enum { SMALL_BLOCK = 1024 };

static void *allocate_zeroed(size_t size, size_t align) {
  void *block;
  if (current_allocator.alloc == libc_alloc && size > SMALL_BLOCK)
    return align <= _Alignof(max_align_t) ? calloc(1, size) : libc_aligned(size, align, true);
  block = current_allocator.alloc(current_allocator.arg, size, align);
  if (block != NULL)
    memset(block, 0, size);
  return block;
}

/* The tail of a zeroed block that is nobody's is right as it is, and its page, maybe, not there yet. */
static void tail_write(char *tail, tine_account *account, bool zeroed) {
  if (account != NULL || !zeroed)
    memcpy(tail, &account, TAIL);
  TAIL_GUARD(tail);
}

static tine_account *tail_read(char *tail) {
  tine_account *account;
  TAIL_UNGUARD(tail);
  memcpy(&account, tail, TAIL);
  return account;
}

static void *allocate_counted(size_t size, size_t align, bool zeroed) {
  void *block;
  account_enter();
  block = zeroed ? allocate_zeroed(size, align) : current_allocator.alloc(current_allocator.arg, size, align);
  ti_assert(((uintptr_t)block & (align - 1)) == 0);
  if (block != NULL)
    ti_add_relaxed(&account_total, (size_t)1); /* relaxed: a statistic */
  else
    account_leave();
  return block;
}

static void *allocate(size_t size, size_t align, bool zeroed) {
  tine_account *const account = ti_account_here();
  void *block;
  ti_assert(align > 0 && (align & (align - 1)) == 0);
  if (size > (size_t)PTRDIFF_MAX - TAIL - align || !may_allocate() || !ti_account_take(account, real_size(size)))
    return NULL;
  block = allocate_counted(real_size(size) + TAIL, align, zeroed);
  if (block != NULL)
    tail_write((char *)block + real_size(size), account, zeroed);
  else
    ti_account_give(account, real_size(size));
  return block;
}

void *ti_alloc(size_t size, size_t align) {
  return allocate(size, align, false);
}

void *ti_alloc_zeroed(size_t size, size_t align) {
  return allocate(size, align, true);
}

void ti_free(void *block, size_t size, size_t align) {
  tine_account *account;
  if (block == NULL)
    return;
  account = tail_read((char *)block + real_size(size));
  current_allocator.free(current_allocator.arg, block, real_size(size) + TAIL, align);
  account_leave();
  ti_account_give(account, real_size(size));
}

char *ti_string_copy(const char *s) {
  size_t size;
  char *copy;
  if (s == NULL)
    return NULL;
  size = strlen(s) + 1;
  copy = ti_alloc(size, 1);
  if (copy != NULL)
    memcpy(copy, s, size);
  return copy;
}

void ti_string_free(char *s) {
  if (s != NULL)
    ti_free(s, strlen(s) + 1, 1);
}

size_t ti_memory_live(void) {
  return ti_load_relaxed(&account_live) & ~ACCOUNT_CLOSED; /* relaxed: exact only where nothing else runs */
}

size_t ti_memory_allocations(void) {
  return ti_load_relaxed(&account_total); /* relaxed: a statistic */
}

void ti_memory_fail_after(int64_t n) {
#if TI_TESTING
  ti_store_relaxed(&allocations_left, (long long)n); /* relaxed: a counter of its own */
#else
  (void)n;
#endif
}

tine_status tine_set_allocator(const tine_allocator *allocator) {
  static const tine_allocator standard = {libc_alloc, libc_free, NULL};
  tine_status status;
  size_t live = 0;
  if (allocator != NULL && (allocator->alloc == NULL || allocator->free == NULL))
    return TINE_EINVAL;
  ti_fork_hold(); /* a child would find it closed for ever */
  /* acquire: pairs with the release of the last account_leave */
  status = ti_cas_acqrel(&account_live, &live, ACCOUNT_CLOSED) ? TINE_OK : TINE_EINVAL;
  if (status == TINE_OK) {
    current_allocator = allocator != NULL ? *allocator : standard;
    ti_sub_acqrel(&account_live, ACCOUNT_CLOSED); /* release: pairs with account_enter */
  }
  ti_fork_release();
  return status;
}

#undef ACCOUNT_CLOSED
#undef TAIL_GUARD
#undef TAIL_UNGUARD
