/*
** Sources of the host that split themselves, by core/tine.h: walks of trees of any shape, counts that lie, failures,
** and every piece dropped exactly once on every path.
*/
#include "pool_set.h"
#include "ration.h"

/* ===== A tree, walked in order: left, node, right ===== */

enum { NODES = 100000, NONE = -1 };

/* Nodes are numbered in the order of the walk. */
typedef struct tree {
  int32_t left[NODES], right[NODES], size[NODES];
  double value[NODES];
  int32_t root;
  _Atomic int64_t pieces;
} tree;

/* A piece: of the walk of this part of the tree, 'most' nodes behind the first 'skip'. */
typedef struct walk {
  int32_t node, skip, most;
} walk;

/* Nodes lo to hi-1, with any of them on top. */
static int32_t grow(tree *t, int32_t lo, int32_t hi) {
  if (lo >= hi)
    return NONE;
  const int32_t top = lo + (int32_t)check_below((uint64_t)(hi - lo));
  t->size[top] = hi - lo;
  t->left[top] = grow(t, lo, top);
  t->right[top] = grow(t, top + 1, hi);
  return top;
}

/* lean 0: any shape; 1: a list to the left; 2: to the right. */
static void plant(tree *t, int lean) {
  for (int32_t i = 0; i < NODES; i++) {
    t->value[i] = (double)(int64_t)check_random() * 0x1p-60;
    t->left[i] = lean == 1 ? i - 1 : NONE;
    t->right[i] = lean == 2 && i + 1 < NODES ? i + 1 : NONE;
    t->size[i] = lean == 1 ? i + 1 : NODES - i;
  }
  t->root = lean == 1 ? NODES - 1 : lean == 2 ? 0 : grow(t, 0, NODES);
  t->pieces = 0;
}

static tree *of(const void *env) {
  return *(tree *const *)env;
}

static void walk_begin(const void *env, void *piece) {
  tree *t = of(env);
  t->pieces++;
  *(walk *)piece = (walk){t->root, 0, t->root == NONE ? 0 : t->size[t->root]};
}

static int32_t size(const tree *t, int32_t node) {
  return node == NONE ? 0 : t->size[node];
}

/* A whole part of the tree splits into what is left of its node, and the rest; a rest into node and right part. */
static bool walk_split(const void *env, void *piece, void *right) {
  tree *t = of(env);
  walk *w = piece;
  const int32_t left = w->node == NONE ? 0 : size(t, t->left[w->node]);
  if (w->most < 64)
    return false;
  t->pieces++;
  if (w->skip == 0 && left > 0) {
    *(walk *)right = (walk){w->node, left, w->most - left};
    *w = (walk){t->left[w->node], 0, left};
  } else {
    *(walk *)right = (walk){t->right[w->node], 0, w->most - 1};
    *w = (walk){w->node, w->skip, 1};
  }
  return true;
}

static int walk_fill(const void *env, void *piece, tine_block *block) {
  const tree *t = of(env);
  walk *w = piece;
  if (w->most < (int32_t)block->n)
    block->n = (size_t)w->most;
  if (block->n > 100)
    block->n = 100;
  const int32_t first = w->node == NONE ? 0 : w->node - size(t, t->left[w->node]) + w->skip;
  for (size_t i = 0; i < block->n; i++)
    ((double *)block->out[0])[i] = t->value[first + (int32_t)i];
  w->skip += (int32_t)block->n;
  w->most -= (int32_t)block->n;
  return 0;
}

static uint64_t walk_count(const void *env, const void *piece) {
  (void)env;
  return (uint64_t)((const walk *)piece)->most;
}

static void walk_drop(const void *env, void *piece) {
  tree *t = of(env);
  t->pieces--;
  ((walk *)piece)->node = -77;
}

static tine_pipeline *walk_of(tree *t, tine_kind kind) {
  static const tine_dtype f64 = TINE_F64;
  const tine_split_source s = {.size = sizeof s,
                               .name = "tree",
                               .dtypes = &f64,
                               .columns = 1,
                               .kind = kind,
                               .piece_size = sizeof(walk),
                               .begin = walk_begin,
                               .split = walk_split,
                               .fill = walk_fill,
                               .count = walk_count,
                               .drop_piece = walk_drop,
                               .env = &t,
                               .env_size = sizeof t};
  return tine_source_split(&s);
}

static void same_items(tine_pipeline *p, const tree *t) {
  tine_array *a = NULL;
  if (CHECK_INT(tine_collect(p, &a, NULL), TINE_OK) && CHECK_INT(tine_array_len(a), NODES))
    CHECK_INT(memcmp(tine_array_data(a), t->value, sizeof t->value), 0);
  tine_array_release(a);
}

static void check_walk(tree *t, tine_kind kind) {
  double want[4] = {0, 0, 0, 0};
  tine_value v[4];
  for (unsigned i = 0; i < 3 * POOLS; i++) {
    tine_pipeline *p = walk_of(t, kind);
    CHECK_INT(tine_pipeline_kind(p), kind);
    p = tine_on(p, pools[i % POOLS]);
    if (i >= POOLS)
      p = i < 2 * POOLS ? tine_max_len(p, 50) : tine_sequential(p);
    CHECK_INT(tine_sum(p, &v[0], NULL), TINE_OK);
    CHECK_INT(tine_var(p, &v[1], NULL), TINE_OK);
    CHECK_INT(tine_reduce(p, kernel("add"), NULL, &v[2], NULL), TINE_OK);
    CHECK_INT(tine_max(p, &v[3], NULL, NULL), TINE_OK);
    for (int k = 0; k < 4; k++)
      if (i == 0)
        want[k] = v[k].as.f;
      else
        CHECK_F64(v[k].as.f, want[k]);
    same_items(p, t);
    tine_pipeline_release(p);
    CHECK_INT(t->pieces, 0);
  }
}

static void trees_of_any_shape(void) {
  tree *t = malloc(sizeof *t);
  begin_pools();
  for (int lean = 0; lean < 3; lean++) {
    plant(t, lean);
    check_walk(t, TINE_PARALLEL);
    check_walk(t, TINE_BOUNDED);
    check_walk(t, TINE_EXACT);
  }
  end_pools();
  free(t);
}

/* ===== Numbers, from a source that lies or fails ===== */

typedef struct numbers {
  int64_t n;
  int64_t claims;   /* counts are higher by this at the end */
  int64_t fails_at; /* or -1 */
  int64_t smallest; /* piece that is split */
  bool lies;        /* about the parts of a split: counts of the right ones are higher by one */
  _Atomic int64_t pieces, twice;
} numbers;

typedef struct stretch {
  int64_t lo, hi;
  uint32_t alive, part;
} stretch;

enum { ALIVE = 0xa11fe };

static numbers *numbers_of(const void *env) {
  return *(numbers *const *)env;
}

static void numbers_begin(const void *env, void *piece) {
  numbers_of(env)->pieces++;
  *(stretch *)piece = (stretch){0, numbers_of(env)->n, ALIVE, 0};
}

static bool numbers_split(const void *env, void *piece, void *right) {
  stretch *s = piece;
  const int64_t mid = s->lo + (s->hi - s->lo) / 2;
  if (s->hi - s->lo < numbers_of(env)->smallest)
    return false;
  numbers_of(env)->pieces++;
  *(stretch *)right = (stretch){mid, s->hi, ALIVE, 1};
  s->hi = mid;
  return true;
}

static int numbers_fill(const void *env, void *piece, tine_block *block) {
  const numbers *e = numbers_of(env);
  stretch *s = piece;
  size_t n = 0;
  for (; n < block->n && s->lo < s->hi; n++, s->lo++) {
    if (s->lo == e->fails_at)
      return tine_block_fail(block, TINE_EUSER + 4, n, "no such number");
    ((int64_t *)block->out[0])[n] = s->lo;
  }
  block->n = n;
  return 0;
}

static uint64_t numbers_count(const void *env, const void *piece) {
  const numbers *e = numbers_of(env);
  const stretch *s = piece;
  return (uint64_t)(s->hi - s->lo + (s->hi == e->n ? e->claims : 0) + (e->lies && s->part != 0));
}

static void numbers_drop(const void *env, void *piece) {
  stretch *s = piece;
  numbers_of(env)->twice += s->alive != ALIVE;
  numbers_of(env)->pieces--;
  s->alive = 0;
}

static tine_pipeline *count_to(const numbers *e, tine_kind kind) {
  static const tine_dtype i64 = TINE_I64;
  const tine_split_source s = {.size = sizeof s,
                               .name = "numbers",
                               .dtypes = &i64,
                               .columns = 1,
                               .kind = kind,
                               .piece_size = sizeof(stretch),
                               .begin = numbers_begin,
                               .split = numbers_split,
                               .fill = numbers_fill,
                               .count = kind == TINE_PARALLEL ? NULL : numbers_count,
                               .drop_piece = numbers_drop,
                               .env = &e,
                               .env_size = sizeof e};
  return tine_source_split(&s);
}

static void all_are_dropped(const numbers *e) {
  CHECK_INT(e->pieces, 0);
  CHECK_INT(e->twice, 0);
}

static void ends_with(const numbers *e, tine_kind kind, tine_status want, uint64_t item, const char *part) {
  for (unsigned i = 0; i < 2 * POOLS; i++) {
    tine_pipeline *p = tine_on(count_to(e, kind), pools[i % POOLS]);
    tine_error err = {.status = TINE_OK};
    tine_value sum;
    tine_array *a = NULL;
    if (i >= POOLS)
      p = tine_map(p, kernel("neg"), NULL, 0);
    CHECK_INT(tine_sum(p, &sum, &err), want);
    if (want != TINE_OK)
      CHECK_CONTAINS(err.message, part);
    if (want != TINE_OK && item != UINT64_MAX)
      CHECK_INT(err.item, item);
    CHECK_INT(tine_collect(p, &a, NULL), want);
    tine_array_release(a);
    tine_pipeline_release(p);
    all_are_dropped(e);
  }
}

static void counts_that_lie(void) {
  const tine_kind kinds[] = {TINE_BOUNDED, TINE_EXACT};
  begin_pools();
  for (int k = 0; k < 2; k++)
    for (int64_t n = 0; n < 40000; n = 3 * n + 1) {
      const numbers good = {.n = n, .fails_at = -1, .smallest = 50};
      const numbers few = {.n = n, .fails_at = -1, .smallest = 50, .claims = 1};
      const numbers many = {.n = n, .fails_at = -1, .smallest = 50, .claims = -1};
      ends_with(&good, kinds[k], TINE_OK, 0, "");
      ends_with(&few, kinds[k], kinds[k] == TINE_EXACT ? TINE_EINVAL : TINE_OK, UINT64_MAX, "numbers");
      if (n > 0)
        ends_with(&many, kinds[k], TINE_EINVAL, UINT64_MAX, "numbers");
    }
  const numbers parts = {.n = 5000, .fails_at = -1, .smallest = 50, .lies = true};
  ends_with(&parts, TINE_EXACT, TINE_EINVAL, UINT64_MAX, "numbers");
  end_pools();
}

static void failures_name_the_rank(void) {
  const tine_kind kinds[] = {TINE_PARALLEL, TINE_BOUNDED, TINE_EXACT};
  begin_pools();
  for (int k = 0; k < 3; k++)
    for (int64_t at = 0; at < 30000; at = 2 * at + 1) {
      const numbers e = {.n = 30000, .fails_at = at, .smallest = 50};
      ends_with(&e, kinds[k], (tine_status)(TINE_EUSER + 4), (uint64_t)at, "no such number");
    }
  end_pools();
}

/* Wrong destinations are told before any item is made. */
static void destinations_are_checked_first(void) {
  const numbers e = {.n = 100, .fails_at = 0, .smallest = 50};
  tine_pipeline *p = tine_extend(count_to(&e, TINE_EXACT), kernel("neg"), NULL, 0);
  tine_array *a, *both[2];
  tine_error err = {.status = TINE_OK};
  CHECK_INT(tine_array_create(&a, TINE_I64, 100, NULL), TINE_OK);
  both[0] = both[1] = a;
  CHECK_INT(tine_collect_into(p, both, 2, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "destinations 1 and 2 overlap");
  tine_array_release(a);
  tine_pipeline_release(p);
}

/* ===== Ends ===== */

static void pieces_behind_the_end_are_dropped_too(void) {
  begin_pools();
  for (unsigned i = 0; i < POOLS; i++) {
    const numbers e = {.n = INT64_C(1000000000), .fails_at = 900000000, .smallest = 1000};
    const tine_value limit = tine_i64(12345);
    tine_pipeline *p = tine_on(count_to(&e, TINE_PARALLEL), pools[i]);
    tine_value v;
    bool held;
    CHECK_INT(tine_find(p, TINE_FIRST, kernel("ge"), &limit, 1, &v, NULL), TINE_OK);
    CHECK_INT(v.as.i, 12345);
    all_are_dropped(&e);
    CHECK_INT(tine_any(p, kernel("ge"), &limit, 1, &held, NULL), TINE_OK);
    CHECK(held);
    CHECK_INT(tine_all(p, kernel("lt"), &limit, 1, &held, NULL), TINE_OK);
    CHECK(!held);
    all_are_dropped(&e);
    tine_pipeline *q = tine_take(tine_pipeline_retain(p), 12346);
    CHECK_INT(tine_sum(q, &v, NULL), TINE_OK);
    CHECK_INT(v.as.i, 12345 * INT64_C(12346) / 2);
    tine_pipeline_release(q);
    q = tine_take_while(tine_pipeline_retain(p), kernel("lt"), &limit, 1);
    CHECK_INT(tine_sum(q, &v, NULL), TINE_OK);
    CHECK_INT(v.as.i, 12345 * INT64_C(12344) / 2);
    tine_pipeline_release(q);
    all_are_dropped(&e);
    tine_pipeline_release(p);
  }
  end_pools();
}

/* ===== Descriptions that are refused ===== */

static unsigned dropped;

static void count_drop(void *env) {
  (void)env;
  dropped++;
}

static void refuses(const tine_split_source *s, tine_status want, const char *part) {
  tine_pipeline *p = tine_source_split(s);
  tine_error err = {.status = TINE_OK};
  CHECK_INT(tine_pipeline_check(p, &err), want);
  CHECK_CONTAINS(err.message, part);
  tine_pipeline_release(p);
}

static void wrong_descriptions_are_refused(void) {
  static const tine_dtype types[] = {TINE_I64, (tine_dtype)99};
  numbers none = {.n = 0, .fails_at = -1, .smallest = 1};
  numbers *env = &none;
  const tine_split_source good = {.size = sizeof good,
                                  .name = "numbers",
                                  .dtypes = types,
                                  .columns = 1,
                                  .kind = TINE_EXACT,
                                  .piece_size = sizeof(stretch),
                                  .begin = numbers_begin,
                                  .split = numbers_split,
                                  .fill = numbers_fill,
                                  .count = numbers_count,
                                  .drop_piece = numbers_drop,
                                  .env = &env,
                                  .env_size = sizeof env,
                                  .drop = count_drop};
  tine_split_source s;
  dropped = 0;
  s = good, s.name = NULL, refuses(&s, TINE_EINVAL, "a source needs a name, 'begin', 'split' and 'fill'");
  s = good, s.begin = NULL, refuses(&s, TINE_EINVAL, "'begin'");
  s = good, s.split = NULL, refuses(&s, TINE_EINVAL, "'split'");
  s = good, s.fill = NULL, refuses(&s, TINE_EINVAL, "'fill'");
  s = good, s.kind = TINE_INDEXED, refuses(&s, TINE_EKIND, "source 'numbers': what splits itself is not indexed");
  s = good, s.count = NULL, refuses(&s, TINE_EINVAL, "source 'numbers' needs 'count'");
  s = good, s.columns = 0, refuses(&s, TINE_EINVAL, "needs 1 to");
  s = good, s.columns = TINE_MAX_COLUMNS + 1, refuses(&s, TINE_EINVAL, "needs 1 to");
  s = good, s.dtypes = NULL, refuses(&s, TINE_EINVAL, "needs 1 to");
  s = good, s.columns = 2, refuses(&s, TINE_ETYPE, "source 'numbers': column 2 has no element type");
  s = good, s.piece_size = 0, refuses(&s, TINE_EINVAL, "a piece has 1 to");
  s = good, s.piece_size = TINE_MAX_PIECE + 1, refuses(&s, TINE_EINVAL, "a piece has 1 to");
  s = good, s.env = NULL, refuses(&s, TINE_EINVAL, "source 'numbers' has a size of environment but none");
  CHECK_INT(dropped, 0); /* whose construction failed moved nothing */
  tine_pipeline_release(tine_source_split(&good));
  CHECK_INT(dropped, 1);
  all_are_dropped(&none);
}

/* ===== Memory that runs out ===== */

static void every_allocation_may_fail(void) {
  const numbers e = {.n = 4000, .fails_at = -1, .smallest = 500};
  tine_status status = TINE_ENOMEM;
  if (!ration())
    return;
  for (int64_t n = 0; status == TINE_ENOMEM; n++) {
    tine_array *a = NULL;
    const tine_value three = tine_i64(3);
    allocations_left = n;
    tine_pipeline *p = tine_flat_map(tine_max_len(count_to(&e, TINE_EXACT), 10), kernel("repeat"), &three, 1);
    p = tine_take(p, 6000);
    status = tine_collect(p, &a, NULL);
    CHECK(status == TINE_OK || (status == TINE_ENOMEM && a == NULL));
    if (status == TINE_OK)
      CHECK_INT(tine_array_len(a), 6000);
    tine_array_release(a);
    tine_pipeline_release(p);
    all_are_dropped(&e);
  }
  end_ration();
}

CHECK_SUITE(api_source_split, CHECK_CASE(trees_of_any_shape), CHECK_CASE(counts_that_lie),
            CHECK_CASE(failures_name_the_rank), CHECK_CASE(destinations_are_checked_first),
            CHECK_CASE(pieces_behind_the_end_are_dropped_too), CHECK_CASE(wrong_descriptions_are_refused),
            CHECK_CASE(every_allocation_may_fail))
