/*
** The secret of hashes; see hash.h. Each word of it is drawn by whoever comes first and kept for good: no lock, so a
** fork at any moment does no harm, and a child goes on with what its parent had.
*/
#include "hash.h"

#include <stddef.h>

#include "../base/atomics.h"
#include "../base/config.h"
#include "../base/thread.h"

static _Atomic uint64_t hash_secret_words[3]; /* 0: not drawn */

/* One that is odd. Where the system has no randomness, what differs from process to process has to do. */
static uint64_t hash_draw(void) {
  uint64_t word;
  if (ti_entropy(&word, sizeof word) != 0)
    word = (ti_now_ns() ^ (uint64_t)(uintptr_t)&word) * UINT64_C(0x9e3779b97f4a7c15);
  return word | 1;
}

static uint64_t hash_secret_word(unsigned i) {
  uint64_t word = ti_load_relaxed(&hash_secret_words[i]); /* relaxed, as the next: one word, and nothing hangs on it */
  const uint64_t drawn = word != 0 ? word : hash_draw();
  while (word == 0)
    if (ti_cas_relaxed(&hash_secret_words[i], &word, drawn))
      word = drawn;
  return word;
}

#if TI_TESTING
static _Atomic(const ti_secret *) hash_in_use;

void ti_hash_use(const ti_secret *secret) {
  ti_store_release(&hash_in_use, secret); /* partner: ti_hash_secret */
}
#else
void ti_hash_use(const ti_secret *secret) {
  (void)secret;
}
#endif

ti_secret ti_hash_secret(void) {
#if TI_TESTING
  const ti_secret *given = ti_load_acquire(&hash_in_use); /* partner: ti_hash_use */
  if (given != NULL)
    return *given;
#endif
  return (ti_secret){hash_secret_word(0), hash_secret_word(1), hash_secret_word(2)};
}
