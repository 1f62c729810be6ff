/*
** Hashes of words and rows, for tables that nobody outside can see into. They differ from process to process: three
** random words, once drawn, so that values which all fall into few slots cannot be chosen without knowing those.
** Results never depend on them: what comes out of a table comes in the order in which it went in.
**
** A word is multiplied by a secret and the two halves of the product are folded, after "wyhash" (Wang Yi): that mixes
** all bits, but values at equal distances may give hashes at equal distances. The second product breaks those up. Its
** upper bits are the good ones: they choose the slot.
*/
#ifndef TI_TERMINAL_HASH_H
#define TI_TERMINAL_HASH_H

#include <stdint.h>

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 ti_hash_product;
#endif

typedef struct ti_secret {
  uint64_t flip, fold, spread; /* the last two odd */
} ti_secret;

/* The process's own. Any thread. */
ti_secret ti_hash_secret(void);
/* Test builds: all tables made from now on hash with this one; NULL: the process's own again. */
void ti_hash_use(const ti_secret *secret);

static inline uint64_t ti_hash_fold(const ti_secret *s, uint64_t word) {
#if defined(__SIZEOF_INT128__)
  const ti_hash_product product = (ti_hash_product)(word ^ s->flip) * s->fold;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
  word = (word ^ (word >> 32)) * s->fold ^ s->flip;
  return word ^ (word >> 32);
#endif
}
static inline uint64_t ti_hash_word(const ti_secret *s, uint64_t word) {
  return ti_hash_fold(s, word) * s->spread;
}
static inline uint64_t ti_hash_words(const ti_secret *s, const uint64_t *word, unsigned n) {
  uint64_t h = 0;
  for (unsigned i = 0; i < n; i++)
    h = ti_hash_fold(s, h ^ word[i]);
  return h * s->spread;
}

#endif
