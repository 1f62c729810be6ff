/*
** The kernels and the source of ladder.h. Each is a function of its item and of constants, so that the engine's blocks
** and the test's plain loops may both call it.
*/
#include "ladder.h"

/* ===== Lists ===== */

void list_begin(list *l, unsigned columns) {
  memset(l, 0, sizeof *l);
  l->columns = columns;
}

void list_end(list *l) {
  free(l->v);
}

void list_add(list *l, const int64_t *item) {
  if (l->n == l->room) {
    l->room = 2 * l->room + 16;
    l->v = realloc(l->v, l->room * l->columns * sizeof *l->v);
  }
  memcpy(l->v + l->n++ * l->columns, item, l->columns * sizeof *item);
}

/* ===== What happens to an item ===== */

static uint64_t draw(const rule *r, const int64_t *item, unsigned columns, uint64_t salt) {
  uint64_t h = (uint64_t)r->seed * 0x9e3779b97f4a7c15u + salt;
  for (unsigned c = 0; c < columns; c++)
    h = mix(h ^ (uint64_t)item[c]) + c;
  return mix(h);
}

int rule_fails(const rule *r, const int64_t *item, unsigned columns) {
  const uint64_t h = draw(r, item, columns, 1);
  return (int64_t)(h % 1000) < r->fails ? TINE_EUSER + 1 + (int)(h >> 32) % 1000 : 0;
}

bool rule_holds(const rule *r, const int64_t *item, unsigned columns) {
  return (int64_t)(draw(r, item, columns, 2) % 1000) < r->yes;
}

int64_t rule_value(const rule *r, const int64_t *item, unsigned columns, size_t k) {
  return (int64_t)(draw(r, item, columns, 3 + k) % 1999) - 999;
}

size_t rule_count(const rule *r, const int64_t *item, unsigned columns) {
  const uint64_t h = draw(r, item, columns, 2);
  if ((int64_t)(h % 1000) >= r->yes)
    return 0;
  return h / 1000 % 256 == 0 ? 3000 : h / 1000 % 4;
}

void rule_values(const rule *r, tine_value *constants) {
  constants[0] = tine_i64(r->seed);
  constants[1] = tine_i64(r->yes);
  constants[2] = tine_i64(r->fails);
}

/* ===== The kernels ===== */

static int64_t input(const tine_block *block, unsigned k, size_t i) {
  return TINE_AT(int64_t, block->in[k], block->in_stride[k], i);
}

/* Item i of a block, and the rule behind it. */
static unsigned read_item(const tine_block *block, size_t i, int64_t *item, rule *r) {
  const unsigned columns = *(const unsigned *)block->env;
  for (unsigned c = 0; c < columns; c++)
    item[c] = input(block, c, i);
  *r = (rule){input(block, columns, i), input(block, columns + 1, i), input(block, columns + 2, i)};
  return columns;
}

static void change(const tine_block *block, size_t i, const rule *r, const int64_t *item, unsigned columns) {
  ((int64_t *)block->out[0])[i] = rule_value(r, item, columns, 0);
}

static void test(const tine_block *block, size_t i, const rule *r, const int64_t *item, unsigned columns) {
  ((bool *)block->out[0])[i] = rule_holds(r, item, columns);
}

static void maybe(const tine_block *block, size_t i, const rule *r, const int64_t *item, unsigned columns) {
  for (unsigned c = 0; c < columns; c++)
    ((int64_t *)block->out[c])[i] = rule_value(r, item, columns, c);
  ((bool *)block->out[columns])[i] = rule_holds(r, item, columns);
}

#define BLOCK_OF(name)                                                   \
  static int name##_block(tine_block *block) {                           \
    for (size_t i = 0; i < block->n; i++) {                              \
      int64_t item[WIDEST];                                              \
      rule r;                                                            \
      const unsigned columns = read_item(block, i, item, &r);            \
      const int code = rule_fails(&r, item, columns);                    \
      if (code != 0)                                                     \
        return tine_block_fail(block, code, i, "planted by the ladder"); \
      name(block, i, &r, item, columns);                                 \
    }                                                                    \
    return 0;                                                            \
  }
BLOCK_OF(change)
BLOCK_OF(test)
BLOCK_OF(maybe)

/* All of an item, in portions of at most 700; false at the end of the run. */
static bool give(tine_block *block, size_t i, const rule *r, const int64_t *item, unsigned columns) {
  const size_t all = rule_count(r, item, columns);
  for (size_t done = 0, some; done < all; done += some) {
    some = all - done < 700 ? all - done : 700;
    void *const *out = tine_block_emit(block, i, some);
    if (out == NULL)
      return false;
    for (size_t k = 0; k < some; k++)
      for (unsigned c = 0; c < columns; c++)
        ((int64_t *)out[c])[k] = rule_value(r, item, columns, (done + k) * WIDEST + c);
  }
  return true;
}

static int many_block(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    int64_t item[WIDEST];
    rule r;
    const unsigned columns = read_item(block, i, item, &r);
    const int code = rule_fails(&r, item, columns);
    if (code != 0)
      return tine_block_fail(block, code, i, "planted by the ladder");
    if (!give(block, i, &r, item, columns))
      break;
  }
  return tine_block_emitted(block);
}

static tine_registry *registry;
static const unsigned one = 1, two = 2;
static const char *const deeds[DEEDS][WIDEST] = {
    {"change1", "change2"}, {"test1", "test2"}, {"maybe1", "maybe2"}, {"many1", "many2"}};
static const tine_kernel_signature types[DEEDS][WIDEST] = {
    {{"i64 i64 i64 i64 -> i64", change_block, NULL}, {"i64 i64 i64 i64 i64 -> i64", change_block, NULL}},
    {{"i64 i64 i64 i64 -> bool", test_block, NULL}, {"i64 i64 i64 i64 i64 -> bool", test_block, NULL}},
    {{"i64 i64 i64 i64 -> i64 bool", maybe_block, NULL}, {"i64 i64 i64 i64 i64 -> i64 i64 bool", maybe_block, NULL}},
    {{"i64 i64 i64 i64 -> i64", many_block, NULL}, {"i64 i64 i64 i64 i64 -> i64 i64", many_block, NULL}}};

void ladder_begin(void) {
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  for (int d = 0; d < DEEDS; d++)
    for (unsigned c = 0; c < WIDEST; c++) {
      const tine_kernel_desc desc = {.size = sizeof desc,
                                     .name = deeds[d][c],
                                     .signatures = &types[d][c],
                                     .signature_count = 1,
                                     .flags = d == MANY ? TINE_EXPANDS : 0,
                                     .env = c == 0 ? &one : &two};
      CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
    }
}

void ladder_end(void) {
  tine_registry_release(registry);
}

tine_kernel *ladder_kernel(deed d, unsigned columns) {
  return tine_kernel_find(registry, deeds[d][columns - 1], NULL);
}

/* ===== The source ===== */

typedef struct stretch {
  size_t lo, hi;
  uint64_t planted;
} stretch;

enum { PLANT = 0x5eed };

static host_source *of(const void *env) {
  return *(host_source *const *)env;
}

static void source_begin(const void *env, void *piece) {
  host_source *s = of(env);
  s->pieces++;
  *(stretch *)piece = (stretch){0, s->n, PLANT};
}

/* Somewhere between a quarter and three, so that splits are not too deep. */
static bool source_split(const void *env, void *piece, void *right) {
  stretch *p = piece;
  const size_t n = p->hi - p->lo;
  of(env)->wrong += p->planted != PLANT;
  if (n < 8)
    return false;
  const size_t mid = p->lo + n / 4 + mix(p->lo * 31 + p->hi) % (n / 2) + 1;
  of(env)->pieces++;
  *(stretch *)right = (stretch){mid, p->hi, PLANT};
  p->hi = mid;
  return true;
}

static int source_fill(const void *env, void *piece, tine_block *block) {
  host_source *s = of(env);
  stretch *p = piece;
  size_t n = p->hi - p->lo, most = 1 + mix(p->lo) % 600;
  s->wrong += p->planted != PLANT || block->n == 0;
  most = most < block->n ? most : block->n;
  n = n < most ? n : most;
  for (size_t i = 0; i < n; i++, p->lo++) {
    if (p->lo == s->fails_at)
      return tine_block_fail(block, SOURCE_FAILS, i, "planted in the source");
    for (unsigned c = 0; c < s->columns; c++)
      ((int64_t *)block->out[c])[i] = s->v[p->lo * s->columns + c];
  }
  block->n = n;
  return 0;
}

/* Exactly, or three more than that. */
static uint64_t source_count(const void *env, const void *piece) {
  const stretch *p = piece;
  return p->hi - p->lo + (of(env)->kind == TINE_BOUNDED ? 3 : 0);
}

static void source_drop(const void *env, void *piece) {
  stretch *p = piece;
  of(env)->wrong += p->planted != PLANT;
  of(env)->pieces--;
  p->planted = 0;
}

tine_pipeline *host_pipeline(const host_source *s) {
  static const tine_dtype dtypes[] = {TINE_I64, TINE_I64};
  const tine_split_source desc = {.size = sizeof desc,
                                  .name = "stretches",
                                  .dtypes = dtypes,
                                  .columns = s->columns,
                                  .kind = s->kind,
                                  .piece_size = sizeof(stretch),
                                  .begin = source_begin,
                                  .split = source_split,
                                  .fill = source_fill,
                                  .count = s->kind == TINE_PARALLEL ? NULL : source_count,
                                  .drop_piece = source_drop,
                                  .env = &s,
                                  .env_size = sizeof s};
  return tine_source_split(&desc);
}
