/*
** Uniting tables; see unite.h. The hash of a row tells its partition. There are five steps; the blocks, or partitions,
** of one step are independent of each other:
**
**   1. Blocks of rows are counted by partition.
**   2. From these counts each block knows where in the *order* its rows of a partition go: after those of the blocks
**      before it. It writes where they are.
**   3. A partition goes through its rows, in their order, with a table that fits into a processor's cache: the first of
**      the same rows gets the counts of the others, whose own become 0.
**   4. Blocks count the rows that are left, and so know where these go.
**   5. They are copied there.
*/
#include "unite.h"

#include <string.h>

#include "../base/atomics.h"
#include "../drive/blocks.h"
#include "../drive/cancel.h"
#include "words.h"

enum {
  UNITE_BLOCK = TI_HOSTILE ? 16 : 1 << 13,     /* rows of a block, */
  UNITE_BLOCKS = 256,                          /* or more, if these would be more blocks than that; */
  UNITE_BLOCK_MOST = 1 << 16,                  /* but never more than that */
  UNITE_PARTITION = TI_HOSTILE ? 64 : 1 << 13, /* rows of a partition, */
  UNITE_BITS_MOST = 10,                        /* but no more partitions than 2 to the power of that */
  UNITE_LOOK = 1 << 13, /* rows between two looks whether the terminal is over; divided by columns */
  UNITE_AHEAD = 16      /* rows are fetched so many ahead */
};

typedef struct unite_block {
  const ti_rows *rows;
  uint64_t lo, hi;
  uint64_t to; /* of the rows that are left */
} unite_block;

typedef struct unite {
  ti_shelf *shelf;
  unsigned columns, bits; /* of the partition, in a hash */
  size_t partitions, blocks;
  ti_secret secret;
  unite_block *block;
  uint64_t *place;  /* a row of partitions a block: counts, then where the next one goes */
  uint64_t **order; /* the rows, by partition */
  uint64_t *end;    /* of each partition in the order */
  ti_rows *to;
  atomic_bool nomem;
} unite;

/* ----- Shelves ----- */

static size_t rows_bytes(unsigned columns, uint64_t n) {
  return (size_t)n * ti_table_words(columns) * sizeof(uint64_t);
}

void ti_shelf_append(ti_shelf *shelf, ti_shelf *right) {
  if (right->first == NULL)
    return;
  if (shelf->last != NULL)
    shelf->last->next = right->first;
  else
    shelf->first = right->first;
  shelf->last = right->last;
  ti_assert(right->last != NULL && right->last->next == NULL);
  shelf->n += right->n;
  if (shelf->different < right->different)
    shelf->different = right->different;
  *right = (ti_shelf){NULL, NULL, 0, 0};
}

static void shelf_put(ti_shelf *shelf, ti_rows *rows) {
  ti_shelf one = {rows, rows, rows->n, rows->n};
  ti_assert(rows->next == NULL && rows->n <= rows->capacity);
  ti_shelf_append(shelf, &one);
}

static void rows_free(ti_rows *rows, unsigned columns) {
  ti_words_free(rows->row, rows->capacity * ti_table_words(columns));
  ti_delete(ti_rows, rows);
}

static ti_rows *rows_new(unsigned columns, uint64_t n) {
  ti_rows *rows = n <= SIZE_MAX / rows_bytes(columns, 1) ? ti_new(ti_rows) : NULL;
  if (rows == NULL)
    return NULL;
  *rows = (ti_rows){NULL, n, n, ti_alloc(rows_bytes(columns, n), TI_CACHE_LINE)};
  if (rows->row != NULL) {
    ti_memory_large(rows->row, rows_bytes(columns, n));
    return rows;
  }
  ti_delete(ti_rows, rows);
  return NULL;
}

ti_rows *ti_shelf_room(ti_shelf *shelf, unsigned columns, uint64_t n) {
  ti_rows *rows = rows_new(columns, n);
  if (rows != NULL)
    shelf_put(shelf, rows);
  return rows;
}

bool ti_shelf_take(ti_shelf *shelf, uint64_t *row, uint64_t n, uint64_t capacity) {
  ti_rows *rows = ti_new(ti_rows);
  if (rows == NULL)
    return false;
  *rows = (ti_rows){NULL, n, capacity, row};
  shelf_put(shelf, rows);
  return true;
}

void ti_shelf_drop(ti_shelf *shelf, unsigned columns) {
  while (shelf->first != NULL) {
    ti_rows *rows = shelf->first;
    shelf->first = rows->next;
    rows_free(rows, columns);
  }
  *shelf = (ti_shelf){NULL, NULL, 0, 0};
}

/* ----- Blocks ----- */

/* Also where the block's next row of each partition goes. */
static uint64_t *unite_places(const unite *u, size_t block) {
  return u->place + block * u->partitions;
}

static uint64_t *block_row(const unite *u, const unite_block *b, uint64_t i) {
  return b->rows->row + i * ti_table_words(u->columns);
}

static size_t row_partition(const unite *u, const uint64_t *row) {
  return u->bits == 0 ? 0 : (size_t)(ti_hash_words(&u->secret, row + 1, u->columns) >> (64 - u->bits));
}

static void unite_count(void *env, size_t i) {
  const unite *u = env;
  const unite_block *b = &u->block[i];
  uint64_t *count = unite_places(u, i);
  for (uint64_t k = b->lo; k < b->hi; k++)
    count[row_partition(u, block_row(u, b, k))]++;
}

/* Makes places of counts. */
static void unite_plan(const unite *u) {
  uint64_t at = 0;
  for (size_t p = 0; p < u->partitions; p++) {
    for (size_t i = 0; i < u->blocks; i++) {
      uint64_t *place = &unite_places(u, i)[p];
      const uint64_t count = *place;
      *place = at;
      at += count;
    }
    u->end[p] = at;
  }
  ti_assert(at == u->shelf->n);
}

static void unite_order(void *env, size_t i) {
  const unite *u = env;
  const unite_block *b = &u->block[i];
  uint64_t *place = unite_places(u, i);
  for (uint64_t k = b->lo; k < b->hi; k++) {
    uint64_t *row = block_row(u, b, k);
    u->order[place[row_partition(u, row)]++] = row;
  }
}

static void unite_left(void *env, size_t i) {
  const unite *u = env;
  unite_block *b = &u->block[i];
  b->to = 0;
  for (uint64_t k = b->lo; k < b->hi; k++)
    b->to += *block_row(u, b, k) != 0;
}

static void unite_copy(void *env, size_t i) {
  const unite *u = env;
  const unite_block *b = &u->block[i];
  const size_t words = ti_table_words(u->columns);
  uint64_t *to = u->to->row + b->to * words;
  for (uint64_t k = b->lo; k < b->hi; k++) {
    const uint64_t *row = block_row(u, b, k);
    if (*row != 0) {
      memcpy(to, row, words * sizeof *row);
      to += words;
    }
  }
}

/* ----- Partitions ----- */

typedef struct unite_slot {
  uint64_t hash;
  uint64_t *row; /* or NULL */
} unite_slot;

/* Counts row into the first that is the same, or makes it the first. */
static void unite_meet(const unite *u, unite_slot *slot, uint64_t mask, unsigned shift, uint64_t *row) {
  const uint64_t hash = ti_hash_words(&u->secret, row + 1, u->columns);
  uint64_t s = (hash << u->bits) >> shift;
  ti_assert(s <= mask);
  for (; slot[s].row != NULL; s = (s + 1) & mask)
    if (slot[s].hash == hash && ti_table_equal(slot[s].row + 1, row + 1, u->columns)) {
      slot[s].row[0] += row[0];
      row[0] = 0;
      return;
    }
  slot[s] = (unite_slot){hash, row};
}

static void unite_partition(void *env, size_t p) {
  unite *u = env;
  const uint64_t lo = p > 0 ? u->end[p - 1] : 0, hi = u->end[p];
  const uint64_t look = UNITE_LOOK / u->columns;
  unsigned shift = 62;
  unite_slot *slot;
  size_t bytes;
  while (UINT64_C(1) << (64 - shift) < 2 * (hi - lo))
    shift--;
  bytes = ((size_t)1 << (64 - shift)) * sizeof *slot;
  slot = ti_alloc(bytes, TI_CACHE_LINE);
  if (slot == NULL) {
    ti_store_relaxed(&u->nomem, true); /* relaxed: looked at after the join */
    return;
  }
  memset(slot, 0, bytes);
  for (uint64_t i = lo; i < hi; i++) {
    if ((i - lo) % look == look - 1 && ti_cancel_over())
      break;
    if (hi - i > UNITE_AHEAD)
      ti_words_fetch(u->order[i + UNITE_AHEAD]);
    unite_meet(u, slot, (UINT64_C(1) << (64 - shift)) - 1, shift, u->order[i]);
  }
  ti_free(slot, bytes, TI_CACHE_LINE);
}

/* ----- All of it ----- */

/* A block takes some 0.1 ms, of however many columns. */
static uint64_t unite_block_rows(const unite *u) {
  const uint64_t even = u->shelf->n / UNITE_BLOCKS;
  const uint64_t rows = even < UNITE_BLOCK ? UNITE_BLOCK : even < UNITE_BLOCK_MOST ? even : UNITE_BLOCK_MOST;
  return rows < u->columns ? 1 : rows / u->columns;
}

/* Cuts the lists into blocks: into 'block', or only counts them. */
static size_t unite_cut(const unite *u, unite_block *block) {
  const uint64_t most = unite_block_rows(u);
  size_t n = 0;
  for (const ti_rows *rows = u->shelf->first; rows != NULL; rows = rows->next)
    for (uint64_t lo = 0; lo < rows->n; lo += most, n++)
      if (block != NULL)
        block[n] = (unite_block){rows, lo, rows->n - lo < most ? rows->n : lo + most, 0};
  return n;
}

static bool unite_begin(unite *u) {
  while (u->bits < UNITE_BITS_MOST && u->shelf->n >> u->bits > UNITE_PARTITION)
    u->bits++;
  u->partitions = (size_t)1 << u->bits;
  u->blocks = unite_cut(u, NULL);
  u->block = ti_alloc(u->blocks * sizeof *u->block, TI_CACHE_LINE);
  u->place = ti_alloc_zeroed(u->blocks * u->partitions * sizeof *u->place, TI_CACHE_LINE);
  u->order = ti_alloc((size_t)u->shelf->n * sizeof(uint64_t *), TI_CACHE_LINE);
  u->end = ti_alloc(u->partitions * sizeof *u->end, TI_CACHE_LINE);
  if (u->block == NULL || u->place == NULL || u->order == NULL || u->end == NULL)
    return false;
  ti_memory_large(u->order, (size_t)u->shelf->n * sizeof(uint64_t *));
  unite_cut(u, u->block);
  return true;
}

static void unite_end(const unite *u) {
  ti_free(u->block, u->blocks * sizeof *u->block, TI_CACHE_LINE);
  ti_free(u->place, u->blocks * u->partitions * sizeof *u->place, TI_CACHE_LINE);
  ti_free(u->order, (size_t)u->shelf->n * sizeof(uint64_t *), TI_CACHE_LINE);
  ti_free(u->end, u->partitions * sizeof *u->end, TI_CACHE_LINE);
}

/* Where the rows of each block go; returns how many there are. */
static uint64_t unite_places_left(const unite *u) {
  uint64_t left = 0;
  for (size_t i = 0; i < u->blocks; i++) {
    const uint64_t n = u->block[i].to;
    u->block[i].to = left;
    left += n;
  }
  ti_assert(left <= u->shelf->n);
  return left;
}

static void unite_run(tine_ctx *ctx, void *arg) {
  unite *const u = arg;
  if (!ti_blocks_each(ctx, u->blocks, unite_count, u))
    return;
  unite_plan(u);
  if (!ti_blocks_each(ctx, u->blocks, unite_order, u) || !ti_blocks_each(ctx, u->partitions, unite_partition, u) ||
      ti_load_relaxed(&u->nomem) || /* relaxed: joined */
      !ti_blocks_each(ctx, u->blocks, unite_left, u))
    return;
  u->to = rows_new(u->columns, unite_places_left(u));
  if (u->to == NULL)
    ti_store_relaxed(&u->nomem, true); /* relaxed: this thread's own, as it will be read */
  else if (!ti_blocks_each(ctx, u->blocks, unite_copy, u)) {
    rows_free(u->to, u->columns);
    u->to = NULL;
  }
}

bool ti_unite(ti_shelf *shelf, unsigned columns, const ti_hints *hints) {
  unite u = {.shelf = shelf, .columns = columns, .secret = ti_hash_secret()};
  bool well;
  if (shelf->first == shelf->last)
    return true;
  atomic_init(&u.nomem, false);
  well = unite_begin(&u);
  if (well) {
    ti_blocks_run(ti_ctx_current() != NULL ? NULL : hints->pool, hints->sequential, shelf->n, unite_run, &u);
    well = !ti_load_relaxed(&u.nomem); /* relaxed: all are joined */
  }
  unite_end(&u);
  if (u.to != NULL) {
    ti_shelf_drop(shelf, columns);
    shelf_put(shelf, u.to);
  }
  return well;
}
