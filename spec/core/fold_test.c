/*
** Folds of a cell against plain loops: what is kept by bits, of items that lie anywhere and after which there is
** nothing; and where an extreme is, when cells know what stands before them, in stretches cut anywhere.
*/
#include "../../core/fold/fold.h"

#include <math.h>

#include "../../core/fold/tree.h"
#include "check.h"

enum { WORDS = TI_CELL / 64, ROUNDS = 3000 };

/* ===== Items ===== */

typedef enum item_type { OF_I64, OF_U64, OF_F64 } item_type;

static double some_double(unsigned kind) {
  static const double any[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 0, 5e-324, -1};
  if (kind == 0)
    return any[check_below(sizeof any / sizeof any[0])];
  if (kind == 1) /* ties, and zeros of both signs */
    return check_below(4) == 0 ? -0.0 : (double)check_below(3);
  if (kind == 2)
    return -(double)check_below(3);
  return (double)(int64_t)check_random() * 0x1p-60;
}

static ti_acc_word some_item(item_type type, unsigned kind) {
  static const uint64_t ends[] = {0, 1, UINT64_MAX, (uint64_t)INT64_MAX, (uint64_t)INT64_MAX + 1};
  if (type == OF_F64)
    return (ti_acc_word){.f = some_double(kind)};
  if (kind == 0)
    return (ti_acc_word){.u = ends[check_below(5)]};
  return (ti_acc_word){.u = kind == 1 ? check_below(4) : check_random()};
}

static bool less(item_type type, ti_acc_word a, ti_acc_word b) {
  return type == OF_F64 ? a.f < b.f : type == OF_U64 ? a.u < b.u : a.i < b.i;
}

static bool odd(item_type type, ti_acc_word a) {
  return type == OF_F64 && isnan(a.f);
}

/* Is 'a', which stands after b, to be reported rather than b? */
static bool beats(item_type type, bool largest, ti_acc_word a, ti_acc_word b) {
  if (odd(type, a) || odd(type, b))
    return !odd(type, b);
  return largest ? less(type, b, a) : less(type, a, b);
}

/* The first of the least, or largest, of those kept; of NaNs, if there are any. n: nothing is kept. */
static size_t extreme_at(item_type type, bool largest, const ti_acc_word *x, const bool *kept, size_t n) {
  size_t at = n;
  for (size_t i = 0; i < n; i++)
    if ((kept == NULL || kept[i]) && (at == n || beats(type, largest, x[i], x[at])))
      at = i;
  return at;
}

static bool same_word(item_type type, ti_acc_word a, ti_acc_word b) {
  return a.u == b.u || (odd(type, a) && odd(type, b));
}

/* ===== By bits ===== */

typedef struct kept_case {
  item_type type;
  size_t n, kept;
  ti_acc_word *items; /* and nothing after them */
  bool keep[TI_CELL];
  uint64_t bits[WORDS];
} kept_case;

static kept_case some_case(item_type type) {
  static const unsigned densities[] = {1, 50, 97, 100};
  const unsigned kind = (unsigned)check_below(4), density = densities[check_below(4)];
  kept_case c = {.type = type, .n = check_below(3) == 0 ? TI_CELL : 1 + check_below(TI_CELL)};
  const size_t one = check_below(c.n); /* is kept in any case */
  c.items = malloc(c.n * sizeof *c.items);
  for (size_t i = 0; i < c.n; i++) {
    c.keep[i] = i == one || check_below(100) < density;
    c.items[i] = some_item(type, c.keep[i] || check_below(2) == 0 ? kind : 0);
    c.bits[i / 64] |= (uint64_t)c.keep[i] << i % 64;
    c.kept += c.keep[i];
  }
  return c;
}

/* The bits of a fold of c, the items where they are or in the room. */
static ti_acc by_bits(const ti_fold *fold, const kept_case *c) {
  _Alignas(64) ti_acc_word room[TI_CELL];
  const bool inside = check_below(2) == 0;
  ti_acc acc;
  if (inside)
    memcpy(room, c->items, c->n * sizeof *room);
  fold->bits(inside ? room : c->items, c->bits, c->n, c->kept, room, &acc);
  return acc;
}

static void kept_extremes(void) {
  static const ti_fold *const folds[][3] = {{&ti_fold_min_i64, &ti_fold_max_i64, &ti_fold_minmax_i64},
                                            {&ti_fold_min_u64, &ti_fold_max_u64, &ti_fold_minmax_u64},
                                            {&ti_fold_min_f64, &ti_fold_max_f64, &ti_fold_minmax_f64}};
  for (unsigned round = 0; round < ROUNDS; round++) {
    const item_type type = (item_type)(round % 3);
    const kept_case c = some_case(type);
    const ti_acc_word low = c.items[extreme_at(type, false, c.items, c.keep, c.n)];
    const ti_acc_word high = c.items[extreme_at(type, true, c.items, c.keep, c.n)];
    const ti_acc both = by_bits(folds[type][2], &c);
    CHECK(same_word(type, by_bits(folds[type][0], &c).value, low));
    CHECK(same_word(type, by_bits(folds[type][1], &c).value, high));
    CHECK(same_word(type, both.value, low) && same_word(type, both.extra.other, high));
    free(c.items);
  }
}

static void kept_totals_of_integers(void) {
  for (unsigned round = 0; round < ROUNDS; round++) {
    const kept_case c = some_case(OF_I64);
    uint64_t sum = 0, product = 1;
    for (size_t i = 0; i < c.n; i++)
      if (c.keep[i]) {
        sum += c.items[i].u;
        product *= c.items[i].u | 1; /* else most are 0 */
      }
    CHECK(by_bits(&ti_fold_sum_i64, &c).value.u == sum);
    for (size_t i = 0; i < c.n; i++)
      c.items[i].u |= 1;
    CHECK(by_bits(&ti_fold_product_i64, &c).value.u == product);
    free(c.items);
  }
}

/* Items in a column with what changes nothing between them are summed in the same lanes: the same bits. */
static void kept_totals_of_floats(void) {
  for (unsigned round = 0; round < ROUNDS; round++) {
    const kept_case c = some_case(OF_F64);
    double sums[TI_CELL], products[TI_CELL];
    ti_acc sum, product;
    for (size_t i = 0; i < c.n; i++) {
      sums[i] = c.keep[i] ? c.items[i].f : -0.0;
      products[i] = c.keep[i] ? c.items[i].f : 1;
    }
    ti_fold_sum_f64.cell(NULL, sums, c.n, 0, &sum, NULL);
    ti_fold_product_f64.cell(NULL, products, c.n, 0, &product, NULL);
    CHECK(same_word(OF_F64, by_bits(&ti_fold_sum_f64, &c).value, sum.value));
    CHECK(same_word(OF_F64, by_bits(&ti_fold_product_f64, &c).value, product.value));
    free(c.items);
  }
}

/* ===== Where ===== */

enum { CELLS = 40, NODES = 32 };

/* Folds cells [lo, hi) of x, as one part of a run does. */
static void fold_stretch(ti_tree *t, const ti_acc_word *x, size_t n, size_t lo, size_t hi) {
  uint64_t failed;
  for (size_t cell = lo; cell < hi; cell++) {
    const size_t first = cell * TI_CELL, m = n - first < TI_CELL ? n - first : TI_CELL;
    ti_acc *const acc = ti_tree_next(t);
    ti_fold_after(acc, t->count > 0 ? ti_tree_node(t, t->count - 1)->acc : NULL);
    t->folds[0]->cell(NULL, x + first, m, first, acc, NULL);
    acc->n = m;
    CHECK_INT(ti_tree_push(t, cell, NULL, &failed), 0);
  }
}

/* Rising, falling, the same for long, or anything: which cells are better than those before them differs. */
static void fill_items(item_type type, ti_acc_word *x, size_t n) {
  const unsigned how = (unsigned)check_below(6);
  const uint64_t wide = 1 + check_below(3 * TI_CELL);
  for (size_t i = 0; i < n; i++) {
    const int64_t step = (int64_t)(i / wide);
    const int64_t value = how == 0 ? step : how == 1 ? -step : how == 2 ? (int64_t)(check_below(9 * n) == 0) : 0;
    if (how >= 4)
      x[i] = some_item(type, how == 4 ? 1 : 3);
    else if (type == OF_F64)
      x[i].f = value == 0 && check_below(2) == 0 ? -0.0 : (double)value;
    else
      x[i].i = value;
  }
  for (uint64_t few = check_below(3); type == OF_F64 && few > 0; few--)
    x[check_below(n)].f = check_below(2) == 0 ? (double)NAN : -(double)INFINITY;
}

static void one_place(const ti_fold *fold, item_type type, bool largest, const ti_acc_word *x, size_t n) {
  static _Alignas(64) char nodes[3][NODES * (sizeof(ti_node) + sizeof(ti_acc))];
  static const void *const env = NULL;
  const size_t cells = (n + TI_CELL - 1) / TI_CELL;
  const size_t a = check_below(cells + 1), b = a + check_below(cells + 1 - a);
  const size_t ends[] = {0, a, b, cells}, want = extreme_at(type, largest, x, NULL, n);
  ti_tree part[3];
  uint64_t failed;
  for (unsigned k = 0; k < 3; k++) {
    part[k] = (ti_tree){1, &fold, &env, nodes[k], 0, NODES, 0};
    if (k < 2 || check_below(2) == 0)
      fold_stretch(&part[k], x, n, ends[k], ends[k + 1]);
  }
  if (part[1].count > 0)
    CHECK_INT(ti_tree_append(&part[0], &part[1], NULL, &failed), 0);
  if (part[2].count > 0)
    CHECK_INT(ti_tree_append(&part[0], &part[2], NULL, &failed), 0);
  else /* by whoever has the first two, after these have met */
    fold_stretch(&part[0], x, n, b, cells);
  CHECK_INT(ti_tree_finish(&part[0], NULL, &failed), 0);
  if (CHECK_INT(part[0].count, 1)) {
    const ti_acc *const acc = ti_tree_node(&part[0], 0)->acc;
    if (!CHECK_INT(acc->extra.position, want) || !CHECK(same_word(type, acc->value, x[want])))
      printf(" (%s of %u items, cut at %u and %u)", fold->name, (unsigned)n, (unsigned)a, (unsigned)b);
  }
}

static void places_of_extremes(void) {
  static const ti_fold *const folds[][2] = {{&ti_fold_argmin_i64, &ti_fold_argmax_i64},
                                            {&ti_fold_argmin_u64, &ti_fold_argmax_u64},
                                            {&ti_fold_argmin_f64, &ti_fold_argmax_f64}};
  for (unsigned round = 0; round < ROUNDS / 4; round++) {
    const size_t n = 1 + check_below(check_below(3) == 0 ? TI_CELL : CELLS * TI_CELL);
    const item_type type = (item_type)(round % 3);
    ti_acc_word *const x = malloc(n * sizeof *x);
    fill_items(type, x, n);
    for (unsigned largest = 0; largest < 2; largest++)
      for (unsigned cut = 0; cut < 2; cut++)
        one_place(folds[type][largest], type, largest != 0, x, n);
    free(x);
  }
}

/* Sums of f32 are those of the same numbers as f64, whatever stands behind them and wherever they lie. */
static void sums_of_narrow_items(void) {
  float narrow[TI_CELL + 1];
  double wide[TI_CELL];
  for (unsigned round = 0; round < ROUNDS; round++) {
    const size_t n = round < TI_CELL ? round + 1 : 1 + check_below(TI_CELL), from = check_below(2);
    const unsigned kind = (unsigned)check_below(8);
    ti_acc got = {.n = 0}, want = {.n = 0};
    for (size_t i = 0; i < n; i++)
      wide[i] = narrow[from + i] = (float)some_double(kind == 0 && check_below(64) > 0 ? 3 : kind);
    for (size_t i = n; i + from < TI_CELL + 1; i++)
      narrow[from + i] = NAN;
    CHECK_INT(ti_fold_sum_f32.cell(NULL, narrow + from, n, 0, &got, NULL), 0);
    CHECK_INT(ti_fold_sum_f64.cell(NULL, wide, n, 0, &want, NULL), 0);
    CHECK(got.value.u == want.value.u || (isnan(got.value.f) && isnan(want.value.f)));
  }
}

CHECK_SUITE(fold, CHECK_CASE(kept_extremes), CHECK_CASE(kept_totals_of_integers), CHECK_CASE(kept_totals_of_floats),
            CHECK_CASE(places_of_extremes), CHECK_CASE(sums_of_narrow_items))
