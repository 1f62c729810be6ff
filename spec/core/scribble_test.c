/*
** Memory that changes while a run reads it, as no caller may let it: a thread writes random bytes over the arrays that
** every sort, terminal and adaptor with a table or an index works on. Whatever comes out, nothing else may be touched:
** there are guards around what is the test's own, and sanitizers see the rest.
*/
#include <pthread.h>
#include <stdatomic.h>

#include "../../core/tine.h"
#include "check.h"

#if defined(__SANITIZE_THREAD__)
#define SCRIBBLE_RACES 0 /* the races are the point */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SCRIBBLE_RACES 0
#endif
#endif
#ifndef SCRIBBLE_RACES
#define SCRIBBLE_RACES 1
#endif

enum { ITEMS = 70000, GUARD = 4096, ROUNDS = 6, SHORT = 4000, SORTS = 60, SCRIBBLERS = 2 };

typedef struct scribbled {
  unsigned char *block; /* a guard, ITEMS words, a guard */
  atomic_bool over;
  atomic_ullong seed;
} scribbled;

static unsigned char *words_of(const scribbled *s) {
  return s->block + GUARD;
}

/* Values that are odd for some type: small ones, huge ones, NaNs, and any. */
static uint64_t odd_word(uint64_t *state) {
  static const uint64_t odd[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(0x7ff8000000000000), 5, 60000};
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state % 4 != 0 ? odd[*state / 4 % 7] : *state;
}

static void *scribble(void *arg) {
  scribbled *s = arg;
  uint64_t state = atomic_fetch_add(&s->seed, 12345) | 1;
  while (!atomic_load(&s->over)) {
    const uint64_t word = odd_word(&state);
    const size_t all = (size_t)(state >> 20) % ITEMS, few = ITEMS / 2 + (size_t)(state >> 20) % SHORT;
    memcpy(words_of(s) + all * 8, &word, 8);
    memcpy(words_of(s) + few * 8, &word, 8);
  }
  return NULL;
}

/* Plausible contents, to begin with. */
static void fill(scribbled *s, tine_dtype dtype) {
  for (size_t i = 0; i < ITEMS; i++) {
    const uint64_t word = (i * 7919) % 1000 + 1;
    const double real = (double)word;
    memcpy(words_of(s) + i * 8, dtype == TINE_F64 ? (const void *)&real : (const void *)&word, 8);
  }
}

static void drop_all(tine_array **arrays, size_t n) {
  for (size_t i = 0; i < n; i++) {
    tine_array_release(arrays[i]);
    arrays[i] = NULL;
  }
}

static void orders(tine_array *a, tine_pipeline *p) {
  tine_array *out[2] = {NULL, NULL}, *column[2] = {NULL, NULL};
  tine_pipeline *two = tine_zip(tine_pipeline_retain(p), tine_rev(tine_pipeline_retain(p)));
  if (tine_array_argsort(a, TINE_ASCENDING, out, NULL) == TINE_OK)
    for (uint64_t i = 0; i < tine_array_len(out[0]); i++) {
      const int64_t at = tine_array_get(out[0], i).as.i;
      if (!CHECK(at >= 1 && (uint64_t)at <= tine_array_len(a)))
        break;
    }
  drop_all(out, 1);
  CHECK_INT(tine_array_sort(a, TINE_ASCENDING, NULL), TINE_OK);
  CHECK_INT(tine_array_sort(a, TINE_DESCENDING, NULL), TINE_OK);
  CHECK_INT(tine_array_reverse(a, NULL), TINE_OK);
  CHECK_INT(tine_sorted(p, TINE_DESCENDING, out, NULL), TINE_OK);
  drop_all(out, 1);
  CHECK_INT(tine_sorted(two, TINE_ASCENDING, column, NULL), TINE_OK);
  drop_all(column, 2);
  CHECK_INT(tine_top(p, 100, out, NULL), TINE_OK);
  drop_all(out, 1);
  tine_pipeline_release(two);
}

/* Many sorts of the length that one thread distributes in one go, so that writes fall between its counting and
   moving. */
static void short_sorts(tine_array *a) {
  tine_array *part = tine_array_view(a, ITEMS / 2, SHORT);
  for (int i = 0; i < SORTS; i++)
    CHECK_INT(tine_array_sort(part, i % 2 == 0 ? TINE_ASCENDING : TINE_DESCENDING, NULL), TINE_OK);
  tine_array_release(part);
}

static void tables(tine_pipeline *p) {
  tine_array *keys[2] = {NULL, NULL}, *counts = NULL;
  tine_pipeline *two = tine_zip(tine_pipeline_retain(p), tine_rev(tine_pipeline_retain(p)));
  CHECK_INT(tine_count_by(p, keys, &counts, NULL), TINE_OK);
  drop_all(keys, 1);
  tine_array_release(counts);
  CHECK_INT(tine_unique(p, keys, NULL), TINE_OK);
  drop_all(keys, 1);
  CHECK_INT(tine_unique(two, keys, NULL), TINE_OK);
  drop_all(keys, 2);
  for (uint64_t bins = 3; bins < 100000; bins *= 30) {
    CHECK_INT(tine_histogram(p, -10, 1000, bins, keys, NULL), TINE_OK);
    drop_all(keys, 1);
  }
  tine_pipeline_release(two);
}

static void folds(tine_pipeline *p) {
  tine_value v[2];
  uint64_t at;
  bool held;
  tine_sum(p, v, NULL);
  tine_var(p, v, NULL);
  CHECK_INT(tine_min(p, v, &at, NULL), TINE_OK);
  CHECK(at < ITEMS);
  CHECK_INT(tine_max(p, v, &at, NULL), TINE_OK);
  CHECK(at < ITEMS);
  tine_minmax(p, v, v + 1, NULL);
  tine_reduce(p, tine_kernel_find(NULL, "max", NULL), NULL, v, NULL);
  CHECK_INT(tine_eq(p, p, &held, NULL), TINE_OK);
}

static void adaptors(tine_pipeline *p, bool integers) {
  const tine_value five = tine_i64(5), some = tine_i64(3);
  tine_array *out[2] = {NULL, NULL}, *no = NULL;
  tine_kernel *const gt = tine_kernel_find(NULL, "gt", NULL);
  tine_pipeline *q = tine_filter(tine_pipeline_retain(p), gt, &five, 1);
  if (tine_collect(q, out, NULL) == TINE_OK)
    CHECK(tine_array_len(out[0]) <= ITEMS);
  drop_all(out, 1);
  tine_pipeline_release(q);
  if (tine_partition(p, gt, &five, 1, out, &no, NULL) == TINE_OK)
    CHECK_INT(tine_array_len(out[0]) + tine_array_len(no), ITEMS);
  drop_all(out, 1);
  tine_array_release(no);
  tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, out, NULL);
  drop_all(out, 1);
  q = tine_cast(tine_pipeline_retain(p), TINE_U8, TINE_CAST_EXACT);
  tine_collect(q, out, NULL);
  drop_all(out, 1);
  tine_pipeline_release(q);
  q = tine_take(tine_skip_while(tine_pipeline_retain(p), gt, &some, 1), 1000);
  tine_collect(q, out, NULL);
  drop_all(out, 1);
  tine_pipeline_release(q);
  if (!integers)
    return;
  q = tine_map(tine_zip(tine_pipeline_retain(p), tine_rev(tine_pipeline_retain(p))),
               tine_kernel_find(NULL, "idiv", NULL), NULL, 0);
  tine_collect(q, out, NULL);
  drop_all(out, 1);
  tine_pipeline_release(q);
  q = tine_take(tine_flat_map(tine_pipeline_retain(p), tine_kernel_find(NULL, "repeat", NULL), &some, 1), 5000);
  tine_collect(q, out, NULL);
  drop_all(out, 1);
  tine_pipeline_release(q);
}

/* A copy of elements at indices that change: an element, or an error, whatever the indices become. */
static void gathers(tine_pipeline *p, tine_dtype dtype) {
  tine_array *from, *out = NULL;
  tine_pipeline *q;
  CHECK_STOP(tine_array_create(&from, dtype, 1000, NULL) == TINE_OK);
  q = tine_gather(tine_pipeline_retain(p), from);
  if (tine_collect(q, &out, NULL) == TINE_OK)
    for (uint64_t i = 0; i < ITEMS; i += 97)
      CHECK_INT(tine_array_get(out, i).as.u, 0);
  tine_array_release(out);
  tine_pipeline_release(q);
  tine_array_release(from);
}

/* Bools of any byte. */
static void masks(const scribbled *s) {
  tine_array *mask = tine_slice_of(TINE_BOOL, words_of(s), ITEMS * 8, 1), *out[2] = {NULL, NULL};
  tine_pipeline *p = tine_filter_mask(tine_zip(tine_range(1, ITEMS * 8, 1), tine_slice(mask)));
  if (tine_collect(p, out, NULL) == TINE_OK)
    CHECK(tine_array_len(out[0]) <= ITEMS * 8);
  drop_all(out, 1);
  tine_pipeline_release(p);
  CHECK_INT(tine_array_sort(mask, TINE_ASCENDING, NULL), TINE_OK);
  p = tine_slice(mask);
  CHECK_INT(tine_count_by(p, out, out + 1, NULL), TINE_OK);
  drop_all(out, 2);
  tine_pipeline_release(p);
  tine_array_release(mask);
}

static void one_type(scribbled *s, tine_dtype dtype, size_t size) {
  tine_array *a = tine_slice_of(dtype, words_of(s), ITEMS * 8 / size, (ptrdiff_t)size);
  tine_array *words = tine_array_view(a, 0, ITEMS);
  tine_pipeline *p = tine_slice(words);
  fill(s, dtype);
  short_sorts(words);
  orders(a, p);
  tables(p);
  folds(p);
  adaptors(p, dtype == TINE_I64);
  if (dtype == TINE_I64)
    for (tine_dtype from = TINE_BOOL; from < TINE_DTYPE_END; from = (tine_dtype)(from + 1)) {
      fill(s, dtype);
      gathers(p, from);
    }
  tine_pipeline_release(p);
  tine_array_release(words);
  tine_array_release(a);
}

static bool guards_hold(const scribbled *s) {
  for (size_t i = 0; i < GUARD; i++)
    if (s->block[i] != 0xa5 || words_of(s)[ITEMS * 8 + i] != 0xa5)
      return false;
  return true;
}

static void nothing_else_is_touched(void) {
  scribbled s;
  pthread_t thread[SCRIBBLERS];
  if (!SCRIBBLE_RACES)
    return;
  s.block = malloc(2 * GUARD + ITEMS * 8);
  CHECK_STOP(s.block != NULL);
  memset(s.block, 0xa5, 2 * GUARD + ITEMS * 8);
  fill(&s, TINE_I64);
  atomic_init(&s.over, false);
  atomic_init(&s.seed, check_random());
  for (int i = 0; i < SCRIBBLERS; i++)
    CHECK_STOP(pthread_create(&thread[i], NULL, scribble, &s) == 0);
  for (int round = 0; round < ROUNDS; round++) {
    one_type(&s, TINE_I64, 8);
    one_type(&s, TINE_F64, 8);
    one_type(&s, TINE_U32, 4);
    one_type(&s, TINE_I16, 2);
    one_type(&s, TINE_F32, 4);
    masks(&s);
  }
  atomic_store(&s.over, true);
  for (int i = 0; i < SCRIBBLERS; i++)
    pthread_join(thread[i], NULL);
  CHECK(guards_hold(&s));
  free(s.block);
}

CHECK_SUITE(scribble, CHECK_CASE(nothing_else_is_touched))
