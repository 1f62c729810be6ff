/*
** Words; see words.h.
*/
#include "words.h"

#include <string.h>

TI_DTYPES_ARE(11);

#define WORDS_READ(type)                                              \
  for (size_t i = 0; i < n; i++) {                                    \
    type x;                                                           \
    memcpy(&x, (const char *)data + (ptrdiff_t)i * stride, sizeof x); \
    bits[i] = x;                                                      \
  }

void ti_words_read(tine_dtype dtype, const void *data, ptrdiff_t stride, size_t n, uint64_t *bits) {
  switch (tine_dtype_size(dtype)) {
    case 1:
      WORDS_READ(uint8_t)
      for (size_t i = 0; i < n && dtype == TINE_BOOL; i++)
        bits[i] = bits[i] != 0;
      break;
    case 2: WORDS_READ(uint16_t) break;
    case 4: WORDS_READ(uint32_t) break;
    default: WORDS_READ(uint64_t) break;
  }
}

#undef WORDS_READ

bool ti_words_grow(uint64_t **block, uint64_t words, uint64_t used, uint64_t larger) {
  uint64_t *new = larger <= SIZE_MAX / sizeof *new ? ti_alloc((size_t)larger * sizeof *new, TI_CACHE_LINE) : NULL;
  if (new == NULL)
    return false;
  if (used > 0)
    memcpy(new, *block, (size_t)used * sizeof *new);
  ti_words_free(*block, words);
  *block = new;
  return true;
}
