/*
** Chains of sides that are filtered or not, nested at random, asked for any stretch of positions: each item stands
** where it stands in its side, moved by the positions before it, and the first failure in the stretch is the one that
** is noted.
*/
#include "../../core/base/memory.h"
#include "../../core/stage/stage.h"
#include "pipelines.h"

enum { MOST = 12000 };

/* What is at each position: a value, whether a filter keeps it, whether it fails. */
typedef struct position {
  double value;
  bool kept, bad;
} position;

static position table[MOST];
static uint64_t positions;

/* Values that are positive or bad; a filter, perhaps, that keeps those below 0.7; they fail below it, or above it in a
   further column, if they are kept. */
static tine_pipeline *one_side(void) {
  static const unsigned last = 1;
  const uint64_t n = check_below(5) == 0 ? check_below(3) : check_below(700);
  const tine_value limit = tine_f64(0.7);
  const bool filtered = check_below(3) > 0, above = filtered && check_below(2) == 0;
  tine_array *a = random_array(TINE_F64, n);
  double *data = tine_array_data(a);
  tine_pipeline *p = tine_slice(a);
  for (uint64_t i = 0; i < n; i++) {
    data[i] = data[i] < 0 ? -data[i] : data[i];
    if (check_below(400) == 0)
      data[i] = -1;
    table[positions++] = (position){data[i], !filtered || data[i] < 0.7, data[i] < 0};
  }
  tine_array_release(a);
  if (!above)
    p = tine_map(p, failing_kernel(), NULL, 0);
  if (filtered)
    p = tine_filter(p, tine_kernel_find(NULL, "lt", NULL), &limit, 1);
  return above ? tine_select(tine_extend(p, failing_kernel(), NULL, 0), &last, 1) : p;
}

static tine_pipeline *some_chain(int depth) {
  if (depth == 0 || check_below(4) == 0)
    return one_side();
  tine_pipeline *a = some_chain(depth - 1);
  return tine_chain(a, some_chain(depth - 1));
}

static bool stretch_holds(const tine_pipeline *p, char *scratch, uint64_t lo, size_t n, bool high, bool wanted) {
  static double place[TI_BLOCK];
  void *want[1] = {place};
  uint16_t offset[TI_BLOCK];
  const void *data;
  ptrdiff_t stride;
  ti_eval eval = {.code = 0};
  const ti_request rq = {lo,
                         n,
                         scratch,
                         scratch + p->need,
                         high,
                         wanted ? want : NULL,
                         &data,
                         &stride,
                         p->kind < TINE_INDEXED ? offset : NULL,
                         NULL};
  const size_t got = ti_stage_fill(p, &eval, &rq);
  size_t k = 0;
  for (uint64_t i = lo; i < lo + n; i++) {
    if (table[i].bad)
      return CHECK_INT(k, got) && CHECK_INT(eval.code, TINE_EUSER + 7) && CHECK_INT(eval.item, i);
    if (!table[i].kept)
      continue;
    if (!CHECK(k < got) || !CHECK_F64(TINE_AT(double, data, stride, k), table[i].value) ||
        (rq.offset != NULL && !CHECK_INT(offset[k], i - lo)))
      return false;
    k++;
  }
  return CHECK_INT(k, got) && CHECK_INT(eval.code, 0);
}

static void any_stretch_of_any_chain(void) {
  for (int round = 0; round < 300; round++) {
    tine_pipeline *p;
    char *scratch;
    uint64_t kept = 0;
    positions = 0;
    p = some_chain((int)check_below(5));
    for (uint64_t i = 0; i < positions; i++)
      kept += table[i].kept;
    CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK);
    CHECK_INT(p->span, positions);
    CHECK(p->kind == TINE_INDEXED || p->kind == TINE_BOUNDED);
    CHECK(p->least <= kept && kept <= p->len);
    scratch = ti_alloc(p->need + 1, TI_ARRAY_ALIGN);
    for (int k = 0; k < 40 && positions > 0; k++) {
      const uint64_t lo = check_below(positions), most = positions - lo < TI_BLOCK ? positions - lo : TI_BLOCK;
      if (!stretch_holds(p, scratch, lo, (size_t)(1 + check_below(most)), k % 2 == 0, k % 3 == 0))
        break;
    }
    ti_free(scratch, p->need + 1, TI_ARRAY_ALIGN);
    tine_pipeline_release(p);
  }
  test_kernels_end();
}

/* Where the first side may come to an end, or has no positions, there is no stretch to ask for: the drive comes in. */
static void sides_that_end_make_a_spring(void) {
  const tine_value five = tine_i64(5);
  tine_kernel *lt = tine_kernel_find(NULL, "lt", NULL);
  tine_pipeline *p = tine_take_while(tine_range(1, 9, 1), lt, &five, 1);
  CHECK_INT(tine_chain(tine_pipeline_retain(p), NULL) == NULL, 1);
  p = tine_chain(tine_range(1, 9, 1), p);
  CHECK_INT(p->level, 0);
  p = tine_chain(p, tine_range(1, 9, 1));
  CHECK_INT(p->level, 1);
  CHECK_INT(tine_pipeline_kind(p), TINE_BOUNDED);
  CHECK_INT(p->len, 27);
  CHECK_INT(p->least, 18);
  tine_pipeline_release(p);
}

/* The common type of two, told once more: by what each can hold. */
static void columns_are_promoted(void) {
  for (unsigned a = TINE_BOOL; a < TINE_DTYPE_END; a++)
    for (unsigned b = TINE_BOOL; b < TINE_DTYPE_END; b++) {
      const bool floats = ti_dtype_float((tine_dtype)a) || ti_dtype_float((tine_dtype)b);
      const bool some_sign = ti_dtype_signed((tine_dtype)a) || ti_dtype_signed((tine_dtype)b);
      const bool u64 = a == TINE_U64 || b == TINE_U64;
      const unsigned want = a == b                             ? a
                            : a == TINE_BOOL || b == TINE_BOOL ? TINE_NONE
                            : floats                           ? TINE_F64
                            : u64 && !some_sign                ? TINE_U64
                                                               : TINE_I64;
      for (int k = 0; k < 3; k++) {
        tine_pipeline *p = tine_empty((tine_dtype)a), *q = tine_empty((tine_dtype)b);
        p = k == 0 ? tine_chain(p, q) : k == 1 ? tine_interleave(p, q) : tine_interleave_shortest(p, q);
        CHECK_INT(tine_pipeline_dtype(p, 0), want);
        CHECK_INT(tine_pipeline_check(p, NULL), want == TINE_NONE ? TINE_ETYPE : TINE_OK);
        CHECK_INT(tine_pipeline_kind(p), want == TINE_NONE ? TINE_PARALLEL : TINE_INDEXED);
        tine_pipeline_release(p);
      }
    }
}

/* A u64 that i64 does not hold fails at its own place, and is nobody's trouble where it is not asked for. */
static void what_does_not_fit_fails_at_its_item(void) {
  uint64_t x[3] = {1, UINT64_MAX, 3};
  tine_array *a = tine_slice_of(TINE_U64, x, 3, sizeof *x), *out = NULL;
  tine_error err = {.message = ""};
  tine_pipeline *p = tine_chain(tine_range(1, 5000, 1), tine_slice(a));
  CHECK_INT(tine_collect(p, &out, &err), TINE_EKERNEL);
  CHECK_CONTAINS(err.message, "failed at item 5002 (stage 2 'cast')");
  CHECK_INT(err.item, 5001);
  p = tine_take(p, 5001);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  CHECK_INT(tine_array_get(out, 5000).as.i, 1);
  tine_array_release(out);
  tine_pipeline_release(p);
  tine_array_release(a);
}

CHECK_SUITE(chain, CHECK_CASE(columns_are_promoted), CHECK_CASE(what_does_not_fit_fails_at_its_item),
            CHECK_CASE(any_stretch_of_any_chain), CHECK_CASE(sides_that_end_make_a_spring))
