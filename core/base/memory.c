/*
** Memory: blocks of the host's allocator (allocator.c), each in somebody's account or in none.
**
** After each block stands the tine_account that was charged for it, or NULL. That is its *tail*: whoever frees a block
** says its size, so the tail is found, and it costs eight bytes whatever the alignment.
*/
#include "memory.h"

#include <string.h>

#include "account.h"
#include "allocator.h"
#include "canary.h"
#include "check.h"

enum { TAIL = sizeof(tine_account *) };

/* An empty block still wants an address of its own. */
static size_t real_size(size_t size) {
  return size > 0 ? size : 1;
}

/* The tail of a zeroed block that is nobody's is right as it is, and its page, maybe, not there yet. */
static void tail_write(char *tail, tine_account *account, bool zeroed) {
  if (account != NULL || !zeroed)
    memcpy(tail, &account, TAIL);
  ti_poison(tail, TAIL); /* a sanitizer is to see a write past the end of the block */
}

static tine_account *tail_read(char *tail) {
  tine_account *account;
  ti_unpoison(tail, TAIL);
  memcpy(&account, tail, TAIL);
  return account;
}

static void *allocate(size_t size, size_t align, bool zeroed) {
  tine_account *const account = ti_account_here();
  void *block;
  ti_assert(align > 0 && (align & (align - 1)) == 0);
  if (size > (size_t)PTRDIFF_MAX - TAIL - align || !ti_account_take(account, real_size(size)))
    return NULL;
  block = ti_block_new(real_size(size) + TAIL, align, zeroed);
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
  ti_assert(align > 0 && (align & (align - 1)) == 0 && ((uintptr_t)block & (align - 1)) == 0);
  ti_assert(ti_memory_live() > 0); /* no more are freed than there are */
  account = tail_read((char *)block + real_size(size));
  ti_block_free(block, real_size(size) + TAIL, align);
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
