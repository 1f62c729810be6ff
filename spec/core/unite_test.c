/*
** Uniting tables against one table into which all rows go one after the other: lists of any lengths, alone and on many
** threads, without memory, and cancelled. And what it is for: unique and count_by in many parts, in the order of one.
*/
#include "../../core/base/memory.h"
#include "../../core/drive/cancel.h"
#include "../../core/sort/sort.h"
#include "../../core/terminal/unite.h"
#include "peak.h"
#include "pools.h"

#define HOUR_NS UINT64_C(3600000000000)

/* (Builds in which all is slow have parts of few rows as well, see terminal/unique.c.) */
enum { LISTS = 6, SLOW = TI_HOSTILE || !PLAIN, LONGEST = SLOW ? 2000 : 20000, ROUNDS = SLOW ? 20 : 60 };

/* A row with a count, one column of keys, or more that follow from it; its bits tell the list and the place. */
static void make_row(uint64_t *row, unsigned columns, uint64_t key, uint64_t bits) {
  row[0] = 1 + check_below(3);
  for (unsigned c = 0; c < columns; c++) {
    row[1 + c] = c == 0 ? key % 251 : key / 251;
    row[1 + columns + c] = bits;
  }
  if (columns == 1)
    row[1] = key;
}

/* Lists of different rows; each of them is counted into 'want' as well. */
static void make_shelf(ti_shelf *shelf, ti_table *want, unsigned columns, uint64_t longest, uint64_t keys) {
  const ti_secret secret = ti_hash_secret();
  uint64_t bits = 0;
  for (unsigned list = 0; list < LISTS; list++) {
    const uint64_t most = check_below(4) == 0 ? check_below(10) : check_below(longest);
    ti_table t = {0};
    for (uint64_t i = 0; i < most; i++) {
      uint64_t row[1 + 2 * 3];
      make_row(row, columns, check_below(keys), bits++);
      CHECK_STOP(ti_table_add(&t, &secret, columns, row));
    }
    for (uint64_t i = 0; i < t.n; i++)
      CHECK_STOP(ti_table_add(want, &secret, columns, ti_table_row(&t, columns, i)));
    if (t.n == 0 || (check_below(2) && CHECK(ti_shelf_take(shelf, t.rows, t.n, t.capacity)))) {
      t.rows = t.n > 0 ? NULL : t.rows;
    } else {
      const ti_rows *rows = ti_shelf_room(shelf, columns, t.n);
      if (CHECK(rows != NULL))
        memcpy(rows->row, t.rows, (size_t)t.n * ti_table_words(columns) * sizeof(uint64_t));
    }
    ti_table_drop(&t, columns);
  }
}

static void same_rows(const ti_shelf *shelf, const ti_table *want, unsigned columns) {
  if (want->n == 0) {
    CHECK(shelf->first == NULL);
    return;
  }
  CHECK_STOP(shelf->first != NULL && shelf->first == shelf->last && CHECK_INT(shelf->n, want->n));
  CHECK_INT(shelf->first->n, want->n);
  CHECK_INT(shelf->different, want->n);
  CHECK(memcmp(shelf->first->row, want->rows, (size_t)want->n * ti_table_words(columns) * sizeof(uint64_t)) == 0);
}

static void one(tine_pool *pool, unsigned columns, uint64_t longest, uint64_t keys) {
  const ti_hints hints = {.pool = pool, .sequential = pool == NULL};
  ti_shelf shelf = {NULL, NULL, 0, 0};
  ti_table want = {0};
  make_shelf(&shelf, &want, columns, longest, keys);
  CHECK(ti_unite(&shelf, columns, &hints));
  same_rows(&shelf, &want, columns);
  ti_shelf_drop(&shelf, columns);
  ti_table_drop(&want, columns);
}

static void all_ways(void) {
  tine_pool *pool = new_pool(3);
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t longest = check_below(3) ? 1 + check_below(400) : LONGEST;
    one(check_below(2) ? pool : NULL, 1 + (unsigned)check_below(3), longest, 1 + check_below(4 * longest));
  }
  tine_pool_destroy(pool);
}

/* How often uniting two lists of that many rows each looks, alone. */
static uint64_t looks_of(uint64_t n) {
  const ti_hints hints = {.sequential = true};
  const ti_secret secret = {1, 3, 5};
  ti_shelf shelf = {NULL, NULL, 0, 0};
  ti_terminal terminal;
  uint64_t before;
  for (int list = 0; list < 2; list++) {
    ti_table t = {0};
    for (uint64_t i = 0; i < n; i++)
      CHECK(ti_table_add(&t, &secret, 1, (const uint64_t[]){1, i, i}));
    CHECK(ti_shelf_take(&shelf, t.rows, t.n, t.capacity));
    t.rows = NULL;
    ti_table_drop(&t, 1);
  }
  ti_terminal_begin(&terminal, HOUR_NS);
  before = ti_cancel_looks;
  CHECK(ti_unite(&shelf, 1, &hints));
  before = ti_cancel_looks - before;
  CHECK_INT(ti_terminal_end(&terminal, TINE_OK, NULL), TINE_OK);
  CHECK_INT(shelf.n, n);
  ti_shelf_drop(&shelf, 1);
  return before;
}

/* However many rows are in one partition: all are where the hash is the same. */
static void full_partitions_look(void) {
  static const ti_secret none = {0, 0, 0};
  const uint64_t n = 9000, spread = looks_of(n);
  ti_hash_use(&none);
  CHECK(looks_of(n) >= spread + 2);
  ti_hash_use(NULL);
}

static void no_memory(void) {
  const ti_hints hints = {.sequential = true};
  bool done = false;
  for (int64_t at = 0; at < 5000 && !done; at += 1 + at / 8) {
    ti_shelf shelf = {NULL, NULL, 0, 0};
    ti_table want = {0};
    make_shelf(&shelf, &want, 2, 9000, 20000);
    ti_memory_fail_after(at);
    done = ti_unite(&shelf, 2, &hints);
    ti_memory_fail_after(-1);
    if (done)
      same_rows(&shelf, &want, 2);
    ti_shelf_drop(&shelf, 2);
    ti_table_drop(&want, 2);
  }
  CHECK(done);
}

/* ----- The terminals ----- */

static tine_pipeline *mapped(tine_pipeline *p, const char *name, const tine_value *constants, size_t n) {
  return tine_map(p, tine_kernel_find(NULL, name, NULL), constants, n);
}

/* Whole numbers below 'different'. */
static tine_pipeline *values(uint64_t n, double different) {
  const tine_value k = tine_f64(different);
  return mapped(mapped(tine_random(n, 7), "mul", &k, 1), "floor", NULL, 0);
}

/* One column or two. */
static tine_pipeline *items(uint64_t n, unsigned columns) {
  tine_pipeline *p = values(n, 60000);
  return columns == 1 ? p : tine_zip(values(n, 600), p);
}

static void same_arrays(tine_array **a, tine_array **b, unsigned n) {
  for (unsigned c = 0; c < n; c++) {
    const size_t size = tine_dtype_size(tine_array_dtype(a[c]));
    if (CHECK_INT(tine_array_len(a[c]), tine_array_len(b[c])))
      CHECK(memcmp(tine_array_data(a[c]), tine_array_data(b[c]), (size_t)tine_array_len(a[c]) * size) == 0);
    tine_array_release(a[c]);
    tine_array_release(b[c]);
  }
}

/* Parts of many keys, put together in whatever way, give what one thread does. */
static void in_the_order_of_one(void) {
  const uint64_t n = SLOW ? 20000 : 300000;
  tine_pool *pool = new_pool(3);
  for (unsigned columns = 1; columns <= 2; columns++)
    for (int chained = 0; chained < 2; chained++) {
      tine_array *one[3] = {NULL}, *many[3] = {NULL};
      tine_pipeline *p = items(n, columns);
      if (chained)
        p = tine_chain(p, tine_take(items(2 * n, columns), n));
      tine_pipeline *alone = tine_sequential(tine_pipeline_retain(p)), *shared = tine_max_len(tine_on(p, pool), n / 6);
      CHECK_INT(tine_count_by(alone, one, &one[columns], NULL), TINE_OK);
      CHECK_INT(tine_count_by(shared, many, &many[columns], NULL), TINE_OK);
      same_arrays(one, many, columns + 1);
      CHECK_INT(tine_unique(alone, one, NULL), TINE_OK);
      CHECK_INT(tine_unique(shared, many, NULL), TINE_OK);
      same_arrays(one, many, columns);
      tine_pipeline_release(alone);
      tine_pipeline_release(shared);
    }
  tine_pool_destroy(pool);
}

/* A hundred parts of 30,000 values each, of which 60,000 are different: 100 MB if all of them were kept to the end. */
static void shelf_is_bounded(void) {
  tine_pool *pool = NULL;
  CHECK_STOP(begin_peak());
  pool = new_pool(2);
  tine_array *out[2] = {NULL};
  tine_pipeline *p = tine_max_len(tine_on(values(SLOW ? 400000 : 4000000, 60000), pool), 40000);
  CHECK_INT(tine_count_by(p, out, &out[1], NULL), TINE_OK);
  CHECK(tine_array_len(out[0]) > 59000);
  CHECK(peak_most <= 60u << 20);
  for (unsigned c = 0; c < 2; c++)
    tine_array_release(out[c]);
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
  end_peak();
}

CHECK_SUITE(unite, CHECK_CASE(all_ways), CHECK_CASE(full_partitions_look), CHECK_CASE(no_memory),
            CHECK_CASE(in_the_order_of_one), CHECK_CASE(shelf_is_bounded))
