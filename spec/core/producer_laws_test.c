/*
** The laws of producers, applied to the list of all of them (pipelines.c): split at every index, and at random nested
** ones, gives the same items as unsplit; lengths are exact; splitting allocates nothing; what splits fail on is past
** the end. The list of stages (stage/stages.def) says who must be among them.
*/
#include "../../core/base/memory.h"
#include "../../core/stage/stage.h"
#include "pipelines.h"

typedef struct law {
  const pipeline_case *c;
  uint64_t n;
} law;

/* Checks the items of one producer, by its iterator. */
static void items_hold(const law *l, const tine_producer *p) {
  tine_iter *it = NULL;
  tine_columns block;
  uint64_t at = p->lo;
  CHECK_STOP(tine_iter_create(&it, p, NULL) == TINE_OK);
  while (tine_iter_next(it, &block, NULL) == TINE_OK && block.n > 0) {
    CHECK_INT(block.first, at);
    for (unsigned c = 0; c < block.count; c++)
      for (size_t i = 0; i < block.n; i++)
        if (column_item(&block, c, i) != l->c->item(l->n, c, at + i)) {
          CHECK_F64(column_item(&block, c, i), l->c->item(l->n, c, at + i));
          printf(" (%s, column %u, item %d of %d)", l->c->name, c, (int)(at + i), (int)l->n);
          tine_iter_destroy(it);
          return;
        }
    at += block.n;
  }
  CHECK_INT(at, p->hi);
  tine_iter_destroy(it);
}

static tine_status split_everywhere(const tine_producer *whole, void *ud) {
  const law *l = ud;
  CHECK_INT(tine_producer_len(whole), l->n);
  items_hold(l, whole);
  for (uint64_t i = 0; i <= l->n; i++) {
    tine_producer left, right, a, b;
    const size_t before = ti_memory_allocations();
    CHECK_INT(tine_producer_split_at(whole, i, &left, &right), TINE_OK);
    CHECK_INT(ti_memory_allocations(), before);
    CHECK_INT(tine_producer_len(&left), i);
    CHECK_INT(tine_producer_len(&right), l->n - i);
    CHECK_INT(tine_producer_split_at(&right, check_below(l->n - i + 1), &a, &b), TINE_OK);
    items_hold(l, &left);
    items_hold(l, &a);
    items_hold(l, &b);
  }
  return TINE_OK;
}

/* Cuts at random until pieces are small. */
static void split_nested(const law *l, const tine_producer *p, int depth) {
  tine_producer left, right;
  if (depth == 0 || tine_producer_len(p) < 2) {
    items_hold(l, p);
    return;
  }
  CHECK_INT(tine_producer_split_at(p, check_below(tine_producer_len(p) + 1), &left, &right), TINE_OK);
  split_nested(l, &left, depth - 1);
  split_nested(l, &right, depth - 1);
}

static tine_status split_at_random(const tine_producer *whole, void *ud) {
  split_nested(ud, whole, 4);
  return TINE_OK;
}

static tine_status split_past_end(const tine_producer *whole, void *ud) {
  tine_producer left = {0}, right = {0};
  (void)ud;
  CHECK_INT(tine_producer_split_at(whole, tine_producer_len(whole) + 1, &left, &right), TINE_ERANGE);
  CHECK(left.pipeline == NULL && right.pipeline == NULL);
  return TINE_EUSER;
}

static void with_case(const pipeline_case *c, uint64_t n, tine_producer_fn *fn, tine_status want) {
  law l = {c, n};
  tine_pipeline *p = c->make(n);
  CHECK(tine_pipeline_check(p, NULL) == TINE_OK);
  CHECK_INT(tine_pipeline_len(p), c->len(n));
  CHECK_INT(tine_with_producer(p, fn, &l), want);
  tine_pipeline_release(p);
}

static void every_index(void) {
  for (const pipeline_case *c = pipeline_cases; c->name != NULL; c++)
    for (uint64_t n = 0; n <= 40; n += n < 4 ? 1 : 18)
      with_case(c, n, split_everywhere, TINE_OK);
  test_kernels_end();
}

static void nested_at_random(void) {
  for (const pipeline_case *c = pipeline_cases; c->name != NULL; c++)
    for (int round = 0; round < 6; round++)
      with_case(c, check_below(6000), split_at_random, TINE_OK);
  test_kernels_end();
}

static void past_the_end(void) {
  with_case(&pipeline_cases[0], 10, split_past_end, TINE_EUSER);
  with_case(&pipeline_cases[0], 0, split_past_end, TINE_EUSER);
}

/* Collecting on any pool, cut anywhere, gives the same items too. */
static void collect_gives_the_items(void) {
  static const unsigned threads[] = {1, 2, 3, 16};
  for (const pipeline_case *c = pipeline_cases; c->name != NULL; c++)
    for (int t = 0; t < 4; t++) {
      const uint64_t n = check_below(20000);
      tine_array *out[TINE_MAX_COLUMNS];
      tine_pipeline *p = tine_on(c->make(n), test_pool(threads[t]));
      const unsigned columns = tine_pipeline_columns(p);
      if (CHECK_INT(tine_collect(p, out, NULL), TINE_OK))
        for (unsigned k = 0; k < columns; k++) {
          for (uint64_t i = 0; i < n; i++) {
            const tine_value v = tine_array_get(out[k], i);
            const double got = v.dtype == TINE_F64 || v.dtype == TINE_F32 ? v.as.f : (double)v.as.i;
            if (got != c->item(n, k, i)) {
              CHECK_F64(got, c->item(n, k, i));
              break;
            }
          }
          tine_array_release(out[k]);
        }
      tine_pipeline_release(p);
    }
  test_kernels_end();
  test_pools_end();
}

static void mark_stages(const tine_pipeline *p, bool *met) {
  for (; p != NULL; p = p->base[0]) {
    met[p->type->id] = true;
    mark_stages(p->base[1], met);
  }
}

/* No indexed stage is without a case above: each is in the list of stages, or it has no type. */
static void every_stage_is_here(void) {
  enum { INDEXED, SPARSE, SPRING, SINK };
  static const struct {
    const char *name;
    int gives;
  } stages[] = {
#define STAGE(id, name, gives) {#id, gives},
#include "../../core/stage/stages.def"
#undef STAGE
  };
  bool met[TI_STAGE_END] = {false};
  for (const pipeline_case *c = pipeline_cases; c->name != NULL; c++) {
    tine_pipeline *p = c->make(10);
    mark_stages(p, met);
    tine_pipeline_release(p);
  }
  for (int id = 1; id < TI_STAGE_END; id++)
    if (stages[id - 1].gives == INDEXED && !CHECK(met[id]))
      printf(" (no case has a stage '%s')", stages[id - 1].name);
  test_kernels_end();
}

CHECK_SUITE(producer_laws, CHECK_CASE(every_stage_is_here), CHECK_CASE(every_index), CHECK_CASE(nested_at_random),
            CHECK_CASE(past_the_end), CHECK_CASE(collect_gives_the_items))
