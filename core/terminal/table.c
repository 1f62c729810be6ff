/*
** Tables; see table.h. At most half of the slots are in use, so a search is short.
*/
#include "table.h"

#include <string.h>

#include "../drive/cancel.h"
#include "words.h"

enum { TABLE_SOME = 64, TABLE_LOOK = 1 << 14 }; /* rows between two looks whether the terminal is over */

static uint64_t table_home(const ti_table *t, const ti_secret *secret, unsigned columns, const uint64_t *key) {
  return ti_hash_words(secret, key, columns) >> t->shift;
}

/* The slot of a key: where it is, or where it goes. */
static uint64_t table_find(const ti_table *t, const ti_secret *secret, unsigned columns, const uint64_t *key) {
  uint64_t s = table_home(t, secret, columns, key);
  while (t->slot[s] != 0 && !ti_table_equal(ti_table_row(t, columns, t->slot[s] - 1) + 1, key, columns))
    s = (s + 1) & (t->slots - 1);
  return s;
}

/* Room for a row more, and for a slot more. */
static bool table_grow(ti_table *t, const ti_secret *secret, unsigned columns) {
  const size_t words = ti_table_words(columns);
  if (t->n == t->capacity) {
    const uint64_t capacity = t->capacity > 0 ? 2 * t->capacity : 64;
    if (!ti_words_grow(&t->rows, t->capacity * words, t->n * words, capacity * words))
      return false;
    t->capacity = capacity;
  }
  if (2 * (t->n + 1) > t->slots) {
    const uint64_t slots = t->slots > 0 ? 4 * t->slots : 256;
    if (!ti_words_grow(&t->slot, t->slots, 0, slots))
      return false;
    memset(t->slot, 0, (size_t)slots * sizeof *t->slot);
    t->slots = slots;
    t->shift = 64 - (unsigned)__builtin_ctzll(slots);
    for (uint64_t i = 0; i < t->n; i++) {
      if (i % TABLE_LOOK == TABLE_LOOK - 1 && ti_cancel_over())
        return false; /* half a table, which nobody asks any more */
      t->slot[table_find(t, secret, columns, ti_table_row(t, columns, i) + 1)] = i + 1;
    }
  }
  return true;
}

bool ti_table_add(ti_table *t, const ti_secret *secret, unsigned columns, const uint64_t *row) {
  const size_t words = ti_table_words(columns);
  uint64_t s;
  if (t->n > 0 && ti_table_equal(ti_table_row(t, columns, t->last) + 1, row + 1, columns)) {
    t->rows[t->last * words] += row[0];
    return true;
  }
  if ((t->n == t->capacity || 2 * (t->n + 1) > t->slots) && !table_grow(t, secret, columns))
    return false;
  s = table_find(t, secret, columns, row + 1);
  ti_assert(t->n < t->capacity && t->n < t->slots && t->slot[s] <= t->n);
  if (t->slot[s] == 0) {
    memcpy(t->rows + t->n * words, row, words * sizeof *row);
    t->slot[s] = ++t->n;
  } else
    t->rows[(t->slot[s] - 1) * words] += row[0];
  t->last = t->slot[s] - 1;
  ti_assert(t->last < t->n);
  return true;
}

size_t ti_table_known(const ti_table *t, const ti_secret *secret, unsigned columns, const ti_table *right) {
  const size_t n = right->n < TABLE_SOME ? (size_t)right->n : TABLE_SOME;
  size_t known = 0;
  for (size_t i = 0; i < n && t->slots > 0; i++)
    known += t->slot[table_find(t, secret, columns, ti_table_row(right, columns, right->n / n * i) + 1)] != 0;
  return known;
}

void ti_table_drop(ti_table *t, unsigned columns) {
  ti_words_free(t->rows, t->capacity * ti_table_words(columns));
  ti_words_free(t->slot, t->slots);
  memset(t, 0, sizeof *t);
}

uint64_t ti_table_way(const ti_table *t, const ti_secret *secret, unsigned columns) {
  uint64_t way = 0;
  for (uint64_t i = 0; i < t->slots; i++)
    if (t->slot[i] != 0)
      way += (i - table_home(t, secret, columns, ti_table_row(t, columns, t->slot[i] - 1) + 1)) & (t->slots - 1);
  return way;
}
