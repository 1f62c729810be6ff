/*
** Keys; see keys.h. Open addressing, at most half full, by the upper bits of a hash: so a larger table is made by going
** through the slots of the old one in order. Values are read and hashed some at a time, which lets slots be fetched
** ahead.
**
** What costs most is to guess wrong whether a key is in its first slot. So of two slots one is chosen without a branch;
** and a table that is asked again and again for what it has grows until it is nearly empty, while that is not much.
**
** Values of one or two bytes have hashes that no two of them share, and as many slots at most: then nothing is
** searched.
*/
#include "keys.h"

#include <string.h>

#include "../drive/cancel.h"
#include "hash.h"
#include "words.h"

TI_DTYPES_ARE(11);

enum {
  KEYS_BATCH = 256,
  KEYS_FIRST_BITS = 8,
  KEYS_LOOK = 1 << 14,  /* keys between two looks whether the terminal is over */
  KEYS_AHEAD = 16,      /* so many values ahead slots are fetched, */
  KEYS_LARGE = 1 << 14, /* in tables of more than so many: beyond the nearest caches */
  KEYS_SPARSE = 16,     /* slots for a key, in smaller ones, */
  KEYS_ASKED = 8        /* once a table was asked so many times for each slot it has */
};

typedef struct keys_batch {
  size_t n;
  const uint64_t *bits, *key; /* the values' own, where these are words; else in 'room' */
  uint64_t hash[KEYS_BATCH];
  uint64_t room[2][KEYS_BATCH];
} keys_batch;

/* ----- Reading and hashing ----- */

/* As ti_row_same: all NaNs are one value, -0.0 is 0.0; without a branch. */
static void keys_same(uint64_t sign, uint64_t infinite, const uint64_t *restrict bits, uint64_t *restrict key,
                      size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t positive = bits[i] & (sign - 1);
    key[i] = (bits[i] & -(uint64_t)(positive != 0)) | -(uint64_t)(positive > infinite);
  }
}

/* Of a value of that size; for one and two bytes see the head of this file. */
static inline uint64_t keys_hash(size_t size, const ti_secret *secret, uint64_t key) {
  return size > 2 ? ti_hash_word(secret, key) : size == 1 ? key << 56 : (key * UINT64_C(0x9e37)) << 48;
}

static void keys_hashes(size_t size, const ti_secret *secret, const uint64_t *restrict key, uint64_t *restrict hash,
                        size_t n) {
  const ti_secret own = *secret; /* which no hash that is stored can change */
  for (size_t i = 0; i < n; i++)
    hash[i] = keys_hash(size, &own, key[i]);
}

/* Makes a batch of n values with those bits. */
static void keys_prepare(tine_dtype dtype, keys_batch *b, const uint64_t *bits, size_t n) {
  const ti_secret secret = ti_hash_secret();
  ti_assert(n > 0 && n <= KEYS_BATCH);
  b->n = n;
  b->bits = bits;
  b->key = b->room[1];
  if (dtype == TINE_F64)
    keys_same(UINT64_C(1) << 63, UINT64_C(0x7ff0000000000000), bits, b->room[1], n);
  else if (dtype == TINE_F32)
    keys_same(UINT64_C(1) << 31, UINT64_C(0x7f800000), bits, b->room[1], n);
  else
    b->key = bits;
  keys_hashes(tine_dtype_size(dtype), &secret, b->key, b->hash, n);
}

/* ----- Slots ----- */

/* The slots as they are until more are made. A copy, which no count that is stored can change. */
typedef struct keys_view {
  ti_key_slot *slot;
  uint64_t mask;
  unsigned shift;
} keys_view;

static inline keys_view keys_see(const ti_keys *t) {
  return (keys_view){t->slot, t->slots - 1, t->shift};
}

/* Test builds: are the slots as many as they say, with room for what is in them? */
static inline bool keys_check(const ti_keys *t) {
  return t->n <= t->capacity && t->n <= t->most && t->most <= t->slots && (t->slots & (t->slots - 1)) == 0 &&
         (t->slots == 0 || UINT64_C(1) << (64 - t->shift) == t->slots);
}

/* The slot of a key: where it is, or where it goes. */
static inline ti_key_slot *keys_find(keys_view v, uint64_t key, uint64_t hash) {
  uint64_t s = hash >> v.shift;
  while (v.slot[s].key != key || v.slot[s].count == 0) {
    if (v.slot[s].count == 0)
      break;
    s = (s + 1) & v.mask;
  }
  return &v.slot[s];
}

/* The same, for keys that are there as a rule: the first two slots are looked at without a branch between them. */
static inline ti_key_slot *keys_find_known(keys_view v, uint64_t key, uint64_t hash) {
  const uint64_t first = hash >> v.shift, s = (first + (v.slot[first].key != key)) & v.mask;
  if (TINE_LIKELY((v.slot[s].key == key) & (v.slot[s].count != 0)))
    return &v.slot[s];
  return keys_find(v, key, hash);
}

static void keys_free_slots(ti_key_slot *slot, uint64_t n) {
  ti_free(slot, (size_t)n * sizeof *slot, TI_CACHE_LINE);
}

/* Takes 2^bits slots and moves what there is into them. */
static bool keys_larger(ti_keys *t, unsigned bits) {
  const uint64_t slots = UINT64_C(1) << bits;
  const size_t size = tine_dtype_size(t->dtype);
  const bool direct = size <= 2 && bits == 8 * size;
  const ti_secret secret = ti_hash_secret();
  ti_key_slot *slot = NULL;
  keys_view v;
  if (slots <= SIZE_MAX / sizeof *slot)
    slot = ti_alloc((size_t)slots * sizeof *slot, TI_CACHE_LINE);
  if (slot == NULL)
    return false;
  memset(slot, 0, (size_t)slots * sizeof *slot);
  v = (keys_view){slot, slots - 1, 64 - bits};
  for (uint64_t i = 0; i < t->slots; i++) {
    if (i % KEYS_LOOK == KEYS_LOOK - 1 && ti_cancel_over()) {
      keys_free_slots(slot, slots);
      return false;
    }
    if (t->slot[i].count != 0) {
      const uint64_t key = t->slot[i].key;
      *keys_find(v, key, keys_hash(size, &secret, key)) = t->slot[i];
    }
  }
  keys_free_slots(t->slot, t->slots);
  t->slot = slot;
  t->slots = slots;
  t->asked = 0;
  t->shift = 64 - bits;
  t->most = direct ? slots : slots / 2;
  ti_assert(keys_check(t));
  return true;
}

/* Fourfold while that is little; what has two bytes may have no more slots than values. */
static bool keys_grow_slots(ti_keys *t) {
  const unsigned bits = t->slots == 0 ? KEYS_FIRST_BITS : 64 - t->shift + (t->slots < KEYS_LARGE ? 2 : 1);
  return keys_larger(t, tine_dtype_size(t->dtype) == 2 && bits > 16 ? 16 : bits);
}

static bool keys_grow_rows(ti_keys *t) {
  const uint64_t capacity = t->capacity > 0 ? 2 * t->capacity : UINT64_C(1) << KEYS_FIRST_BITS;
  if (!ti_words_grow(&t->row, t->capacity, t->n, capacity))
    return false;
  t->capacity = capacity;
  return true;
}

/* A slot for item i of a batch, which has none; NULL without memory. */
static ti_key_slot *keys_new(ti_keys *t, const keys_batch *b, size_t i) {
  ti_key_slot *s;
  if ((t->n == t->most && !keys_grow_slots(t)) || (t->n == t->capacity && !keys_grow_rows(t)))
    return NULL;
  s = keys_find(keys_see(t), b->key[i], b->hash[i]);
  ti_assert(t->n < t->capacity && t->n < t->most); /* (the key may be another by now: it lies where others may write) */
  s->key = b->key[i];
  t->row[t->n++] = b->bits[i];
  return s;
}

static inline void keys_fetch(keys_view v, const keys_batch *b, size_t i) {
  if (i < b->n)
    ti_words_fetch(&v.slot[b->hash[i] >> v.shift]);
}

/* Counts a batch in; 'times' tells how often, NULL: once each. */
static bool keys_count(ti_keys *t, const keys_batch *b, const uint64_t *times) {
  const bool ahead = t->slots > KEYS_LARGE;
  const uint64_t *const key = b->key;
  const size_t n = b->n;
  keys_view v = keys_see(t);
  for (size_t i = 0; ahead && i < KEYS_AHEAD; i++)
    keys_fetch(v, b, i);
  for (size_t i = 0; i < n; i++) {
    ti_key_slot *s = keys_find_known(v, key[i], b->hash[i]);
    if (ahead)
      keys_fetch(v, b, i + KEYS_AHEAD);
    if (s->count == 0) {
      s = keys_new(t, b, i);
      if (s == NULL)
        return false;
      v = keys_see(t);
    }
    s->count += times != NULL ? times[i] : 1;
  }
  return true;
}

/* Before a batch: first slots, or more of them if that is likely to pay. Without memory for more there is no harm. */
static bool keys_reserve(ti_keys *t, size_t n) {
  ti_assert(keys_check(t));
  if (t->slots == 0)
    return keys_grow_slots(t);
  t->asked += n;
  if (t->asked > KEYS_ASKED * t->slots && t->most < t->slots && t->slots < KEYS_LARGE && t->n * KEYS_SPARSE > t->slots)
    keys_grow_slots(t);
  return true;
}

/* ----- All of it ----- */

bool ti_keys_add(ti_keys *t, const void *data, ptrdiff_t stride, size_t n) {
  const bool words = stride == (ptrdiff_t)sizeof(uint64_t) && tine_dtype_size(t->dtype) == sizeof(uint64_t);
  keys_batch b;
  for (size_t done = 0; done < n; done += b.n) {
    const size_t some = n - done < KEYS_BATCH ? n - done : KEYS_BATCH;
    const void *at = (const char *)data + (ptrdiff_t)done * stride;
    if (!words)
      ti_words_read(t->dtype, at, stride, some, b.room[0]);
    keys_prepare(t->dtype, &b, words ? at : b.room[0], some);
    if (!keys_reserve(t, some) || !keys_count(t, &b, NULL))
      return false;
  }
  return true;
}

/* The values from 'first' on, at most a batch, in their order, and how often each occurred. False: there are none, or
   the terminal is over, and what would be made of them is for nobody. */
static bool keys_next(const ti_keys *t, keys_batch *b, uint64_t first, uint64_t *times) {
  if (first >= t->n || (first > 0 && first % KEYS_LOOK == 0 && ti_cancel_over()))
    return false;
  keys_prepare(t->dtype, b, t->row + first, t->n - first < KEYS_BATCH ? (size_t)(t->n - first) : KEYS_BATCH);
  for (size_t i = 0; i < b->n; i++)
    keys_fetch(keys_see(t), b, i);
  for (size_t i = 0; i < b->n; i++)
    times[i] = keys_find(keys_see(t), b->key[i], b->hash[i])->count;
  return true;
}

bool ti_keys_merge(ti_keys *t, const ti_keys *right) {
  uint64_t times[KEYS_BATCH];
  keys_batch b;
  ti_assert(t->dtype == right->dtype && keys_check(right));
  for (uint64_t done = 0; keys_next(right, &b, done, times); done += b.n)
    if (!keys_reserve(t, 0) || !keys_count(t, &b, times))
      return false;
  return true;
}

size_t ti_keys_known(const ti_keys *t, const ti_keys *right) {
  const size_t n = right->n < TI_KEYS_SOME ? (size_t)right->n : TI_KEYS_SOME;
  uint64_t bits[TI_KEYS_SOME];
  size_t known = 0;
  keys_batch b;
  if (t->slots == 0 || n == 0)
    return 0;
  for (size_t i = 0; i < n; i++)
    bits[i] = right->row[right->n / n * i];
  keys_prepare(t->dtype, &b, bits, n);
  for (size_t i = 0; i < n; i++)
    known += keys_find(keys_see(t), b.key[i], b.hash[i])->count != 0;
  return known;
}

void ti_keys_counts(const ti_keys *t, int64_t *out) {
  uint64_t times[KEYS_BATCH];
  keys_batch b;
  for (uint64_t done = 0; keys_next(t, &b, done, times); done += b.n)
    memcpy(out + done, times, b.n * sizeof *out);
}

void ti_keys_rows(const ti_keys *t, uint64_t *rows) {
  uint64_t times[KEYS_BATCH];
  keys_batch b;
  for (uint64_t done = 0; keys_next(t, &b, done, times); done += b.n)
    for (size_t i = 0; i < b.n; i++) {
      uint64_t *row = rows + 3 * (done + i);
      row[0] = times[i];
      row[1] = b.key[i];
      row[2] = b.bits[i];
    }
}

void ti_keys_drop(ti_keys *t) {
  keys_free_slots(t->slot, t->slots);
  ti_words_free(t->row, t->capacity);
  *t = (ti_keys){.dtype = t->dtype};
}

uint64_t ti_keys_way(const ti_keys *t) {
  const ti_secret secret = ti_hash_secret();
  const size_t size = tine_dtype_size(t->dtype);
  uint64_t way = 0;
  for (uint64_t i = 0; i < t->slots; i++)
    if (t->slot[i].count != 0)
      way += (i - (keys_hash(size, &secret, t->slot[i].key) >> t->shift)) & (t->slots - 1);
  return way;
}
