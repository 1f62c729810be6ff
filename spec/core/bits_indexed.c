/*
** Pipelines with an index, for the table of bits_kinds_test.c.
*/
#include "bits_parts.h"

/* ===== Sources ===== */

static tine_pipeline *range(uint64_t n, int64_t a, int64_t b) {
  return tine_range(a, a + b * ((int64_t)n - 1), b);
}

static tine_pipeline *range_f64(uint64_t n, int64_t a, int64_t b) {
  (void)a, (void)b;
  return tine_range_f64(0.1, 0.1 * (double)n, 0.1);
}

static tine_pipeline *rep(uint64_t n, int64_t a, int64_t b) {
  (void)b;
  return tine_rep(a == TINE_F64 ? tine_f64(0.1) : (tine_value){TINE_U8, {.u = 77}}, n);
}

static tine_pipeline *none(uint64_t n, int64_t a, int64_t b) {
  (void)n, (void)b;
  return tine_empty((tine_dtype)a);
}

static tine_pipeline *random_numbers(uint64_t n, int64_t a, int64_t b) {
  return tine_skip(tine_random(n + (uint64_t)b, (uint64_t)a), (uint64_t)b);
}

static int indexed_fill(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const uint64_t at = block->first + i;
    ((int64_t *)block->out[0])[i] = (int64_t)(at * at % 1009);
    ((double *)block->out[1])[i] = 1.0 / (double)(at + 1);
  }
  return 0;
}

static tine_pipeline *indexed(uint64_t n, int64_t a, int64_t b) {
  static const tine_dtype dtypes[] = {TINE_I64, TINE_F64};
  const tine_index_source desc = {
      .size = sizeof desc, .name = "indexed", .dtypes = dtypes, .columns = 2, .len = n, .fill = indexed_fill};
  (void)a, (void)b;
  return tine_source_index(&desc);
}

/* ===== Adaptors with index ===== */

static tine_pipeline *zipped_eq(uint64_t n, int64_t a, int64_t b) {
  return tine_zip_eq(slice(n, a, 0), tine_zip_eq(slice(n, b, 1), maps(reals(n, 3))));
}

static tine_pipeline *enumerated(uint64_t n, int64_t a, int64_t b) {
  (void)b;
  return tine_enumerate(slice(n, a, 0));
}

static tine_pipeline *extended_args(uint64_t n, int64_t a, int64_t b) {
  const tine_value half[] = {tine_f64(0), tine_f64(0.5)};
  return tine_extend_args(zipped(n, a, b), builtin("mul"), (const int[]){1, -1}, half, 2);
}

static tine_pipeline *selected(uint64_t n, int64_t a, int64_t b) {
  return tine_select(zipped(n, a, b), (const unsigned[]){1, 0, 1}, 3);
}

static tine_pipeline *reversed(uint64_t n, int64_t a, int64_t b) {
  (void)b;
  return tine_rev(base(n, a));
}

static tine_pipeline *skipped(uint64_t n, int64_t a, int64_t b) {
  return tine_skip(base(n + (uint64_t)b, a), (uint64_t)b);
}

static tine_pipeline *taken(uint64_t n, int64_t a, int64_t b) {
  return tine_take(base(n + (uint64_t)b, a), n);
}

static tine_pipeline *stepped(uint64_t n, int64_t a, int64_t b) {
  return tine_step_by(base(n * (uint64_t)b, a), (uint64_t)b);
}

static tine_pipeline *windows(uint64_t n, int64_t a, int64_t b) {
  return tine_windows(base(n + (uint64_t)b - 1, a), (uint64_t)b);
}

static tine_pipeline *windows_of_two(uint64_t n, int64_t a, int64_t b) {
  return tine_windows(zipped(n, a, b), 2);
}

static tine_pipeline *chain_of_many(uint64_t n, int64_t a, int64_t b) {
  tine_pipeline *p = tine_empty(TINE_F64);
  (void)a, (void)b;
  for (uint64_t k = 0, left = n; k < 20; k++) {
    const uint64_t some = k == 19 ? left : k % 3 == 1 ? 0 : left / 4;
    p = tine_chain(p, k % 2 == 0 ? reals(some, k) : maps(reals(some, k)));
    left -= some;
  }
  return p;
}

static tine_pipeline *interleaved(uint64_t n, int64_t a, int64_t b) {
  return tine_interleave(slice(n / 2, a, 0), slice(n - n / 2, b, 0));
}

static tine_pipeline *interleaved_rest(uint64_t n, int64_t a, int64_t b) {
  return tine_interleave(maps(slice(n / 5, a, 0)), slice(n - n / 5, b, 0));
}

static tine_pipeline *interleaved_shortest(uint64_t n, int64_t a, int64_t b) {
  return tine_interleave_shortest(slice((n + 1) / 2, a, 0), slice(n / 2 + 9, b, 0));
}

/* Of as many elements, or too few for the item at 'lacks'. */
static tine_pipeline *gathered(uint64_t n, int64_t dtype, int64_t lacks) {
  bits_seed(5);
  tine_array *a = bits_data((tine_dtype)dtype, n + 1, false);
  tine_pipeline *at = tine_map(wholes(n, n + 1, 6), builtin("add"), &(tine_value){TINE_I64, {.i = 1}}, 1);
  if (lacks >= 0 && (uint64_t)lacks < n)
    at = tine_chain(tine_take(tine_pipeline_retain(at), (uint64_t)lacks),
                    with(tine_skip(at, (uint64_t)lacks), "mul", tine_i64(2)));
  tine_pipeline *p = tine_gather(at, a);
  tine_array_release(a);
  return p;
}

static tine_pipeline *chunks(uint64_t n, int64_t a, int64_t b) {
  return tine_fold_chunks(base(n, b), (uint64_t)a, builtin("add"),
                          b == STORED ? NULL : &(tine_value){TINE_F64, {.f = 0.1}});
}

/* ===== Maps ===== */

static tine_pipeline *fused(uint64_t n, int64_t a, int64_t b) {
  return maps(b == 1 ? slice(n, a, 0) : apart(n, a, b));
}

static tine_pipeline *fused_long(uint64_t n, int64_t a, int64_t b) {
  tine_pipeline *p = base(n, a);
  for (int64_t k = 1; k <= b; k++)
    p = with(with(p, "mul", tine_f64(1.0 - 1.0 / (double)(k + 1))), k % 2 == 0 ? "add" : "max",
             tine_f64(1.0 / (double)k));
  return p;
}

static tine_pipeline *dot(uint64_t n, int64_t a, int64_t b) {
  return by(tine_zip(base(n, a), b == STORED ? reals(n, 2) : maps(reals(n, 2))), "mul");
}

static tine_pipeline *square(uint64_t n, int64_t a, int64_t b) {
  (void)b;
  return by(tine_select(base(n, a), (const unsigned[]){0, 0}, 2), "mul");
}

static tine_pipeline *fma_of_three(uint64_t n, int64_t a, int64_t b) {
  (void)b;
  return by(by(tine_zip(tine_zip(reals(n, 2), base(n, a)), tine_rep(tine_f64(0.3), n)), "fma"), "neg");
}

/* Of two types: what is converted, and to what. */
static tine_pipeline *sum_of_two(uint64_t n, int64_t a, int64_t b) {
  return by(zipped(n, a, b), "add");
}

static tine_pipeline *fused_of_two(uint64_t n, int64_t a, int64_t b) {
  return maps(by(tine_zip(slice(n, a, 0), maps(apart(n, b, -1))), "mul"));
}

static tine_pipeline *chosen_of_two(uint64_t n, int64_t a, int64_t b) {
  return tine_map_args(extended(n, a, b), builtin("where"), (const int[]){2, 0, 1}, NULL, 3);
}

static tine_pipeline *compared(uint64_t n, int64_t a, int64_t b) {
  return by(zipped(n, a, b), "le");
}

static tine_pipeline *integers(uint64_t n, int64_t a, int64_t b) {
  (void)b;
  return with(with(with(slice(n, a, 0), "mul", tine_i64(-3)), "add", tine_i64(5)), "mod", tine_i64(1001));
}

static tine_pipeline *cast(uint64_t n, int64_t from, int64_t to) {
  return tine_cast(slice(n, from, 1), (tine_dtype)(to % 100), (tine_cast_mode)(to / 100));
}

static tine_pipeline *timed(uint64_t n, int64_t a, int64_t b) {
  (void)a, (void)b;
  return tine_timeout(maps(reals(n, 1)), 1e6);
}

static tine_pipeline *hinted(uint64_t n, int64_t a, int64_t b) {
  return tine_min_len(tine_max_len(maps(reals(n, 1)), (uint64_t)a), (uint64_t)b);
}

/* ===== The list ===== */

const bits_source bits_indexed[] = {
#define OF_TYPE(NAME, name, type, integer, sign, member) \
  {"slice of " #name, slice, TINE_##NAME, 0, TINE_##NAME == TINE_F64},
    TINE_DTYPE_LIST(OF_TYPE)
#undef OF_TYPE
        {"slice of f32, special", slice, TINE_F32, 1, false},
    {"slice of f64, special", slice, TINE_F64, 1, false},
    {"f64 apart", apart, TINE_F64, 3, false},
    {"u16 backwards", apart, TINE_U16, -2, false},
    {"f32 backwards", apart, TINE_F32, -1, false},
    {"i32 at stride 0", apart, TINE_I32, 0, false},
    {"range", range, -1000, 7, false},
    {"range, down", range, 1000, -3, false},
    {"range_f64", range_f64, 0, 0, false},
    {"rep f64", rep, TINE_F64, 0, false},
    {"rep u8", rep, TINE_U8, 0, false},
    {"empty", none, TINE_I16, 0, false},
    {"random", random_numbers, 42, 0, true},
    {"random, further", random_numbers, -1, 777, false},
    {"source_index", indexed, 0, 0, false},
    {"zip f64 i32", zipped, TINE_F64, TINE_I32, false},
    {"zip u8 f32", zipped, TINE_U8, TINE_F32, false},
    {"zip_eq bool f64 f64", zipped_eq, TINE_BOOL, TINE_F64, false},
    {"enumerate", enumerated, TINE_F32, 0, false},
    {"select", selected, TINE_U16, TINE_F64, false},
    {"extend", extended, TINE_F64, TINE_I16, false},
    {"extend by some columns", extended_args, TINE_U16, TINE_F32, false},
    {"rev", reversed, STORED, 0, false},
    {"rev of maps", reversed, COMPUTED, 0, false},
    {"skip", skipped, STORED, 1000, false},
    {"skip of maps", skipped, COMPUTED, 37, false},
    {"take of maps", taken, COMPUTED, 37, false},
    {"step_by", stepped, STORED, 3, false},
    {"step_by of maps", stepped, COMPUTED, 2, false},
    {"windows of 3", windows, STORED, 3, false},
    {"windows of 2 maps", windows, COMPUTED, 2, false},
    {"windows of a zip", windows_of_two, TINE_F64, TINE_I8, false},
    {"chain", chained, TINE_F64, TINE_F64, true},
    {"chain i32 f64", chained, TINE_I32, TINE_F64, false},
    {"chain u8 i64", chained, TINE_U8, TINE_I64, false},
    {"chain u64 i8", chained, TINE_U64, TINE_I8, false},
    {"chain of many", chain_of_many, 0, 0, false},
    {"interleave", interleaved, TINE_F64, TINE_F64, false},
    {"interleave u16 f32", interleaved, TINE_U16, TINE_F32, false},
    {"interleave, a longer", interleaved_rest, TINE_F64, TINE_F64, false},
    {"interleave_shortest", interleaved_shortest, TINE_I64, TINE_I32, false},
    {"gather f64", gathered, TINE_F64, -1, false},
    {"gather u8", gathered, TINE_U8, -1, false},
    {"gather, out of range", gathered, TINE_F64, 1500, false},
    {"chunks of 7", chunks, 7, STORED, true},
    {"chunks of 7 maps", chunks, 7, COMPUTED, false},
    {"chunks of 2500", chunks, 2500, COMPUTED, false},
    {"maps", fused, TINE_F64, 1, true},
    {"maps of what is apart", fused, TINE_F64, 3, false},
    {"maps of f32", fused, TINE_F32, 1, false},
    {"maps of i16", fused, TINE_I16, -2, false},
    {"maps, twenty", fused_long, STORED, 10, false},
    {"maps, many", fused_long, COMPUTED, 40, false},
    {"dot", dot, STORED, STORED, true},
    {"dot of maps", dot, COMPUTED, COMPUTED, true},
    {"dot with maps", dot, STORED, COMPUTED, false},
    {"square", square, STORED, 0, false},
    {"square of maps", square, COMPUTED, 0, false},
    {"fma", fma_of_three, STORED, 0, false},
    {"fma of maps", fma_of_three, COMPUTED, 0, false},
    {"add f32 i32", sum_of_two, TINE_F32, TINE_I32, false},
    {"add u64 u8", sum_of_two, TINE_U64, TINE_U8, false},
    {"add i8 f64", sum_of_two, TINE_I8, TINE_F64, false},
    {"maps of f32 i64", fused_of_two, TINE_F32, TINE_I64, false},
    {"where", chosen_of_two, TINE_F64, TINE_F32, false},
    {"le", compared, TINE_F64, TINE_I64, false},
    {"integer maps", integers, TINE_I64, 0, false},
    {"integer maps of u16", integers, TINE_U16, 0, false},
    {"cast f64 i32, clamp", cast, TINE_F64, 100 * TINE_CAST_CLAMP + TINE_I32, false},
    {"cast f32 u8, wrap", cast, TINE_F32, 100 * TINE_CAST_WRAP + TINE_U8, false},
    {"cast i64 f32", cast, TINE_I64, 100 * TINE_CAST_EXACT + TINE_F32, false},
    {"cast i16 bool", cast, TINE_I16, 100 * TINE_CAST_EXACT + TINE_BOOL, false},
    {"cast f64 i64, failing", cast, TINE_F64, 100 * TINE_CAST_EXACT + TINE_I64, false},
    {"timeout", timed, 0, 0, false},
    {"min_len max_len", hinted, 300, 7, false},
    {NULL, NULL, 0, 0, false},
};
