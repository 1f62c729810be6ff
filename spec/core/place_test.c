/*
** Items that are counted first and then go to their places (terminal/place.c, tally.c): the values of plain loops over
** grids of any width, cuts and stages around; which pipelines that serves; what fails; and sources that change between
** the passes.
*/
#include "../../core/terminal/place.h"

#include "../../core/terminal/tally.h"
#include "peak.h"
#include "pool_set.h"

/* ===== Values ===== */

typedef struct rows {
  uint64_t n;
  int64_t *x, *times;
  tine_array *xs, *ts;
} rows;

/* x rises; none, a few, or now and then very many times each. */
static rows begin_rows(uint64_t n) {
  rows r = {n, malloc(n * sizeof(int64_t)), malloc(n * sizeof(int64_t)), NULL, NULL};
  for (uint64_t i = 0; i < n; i++) {
    r.x[i] = (int64_t)i;
    r.times[i] = i % 977 == 5 ? (int64_t)(n / 16 % 5000) : (int64_t)(i * 2654435761u % 7) - 3;
  }
  r.xs = tine_slice_of(TINE_I64, r.x, n, 8);
  r.ts = tine_slice_of(TINE_I64, r.times, n, 8);
  return r;
}

static void end_rows(rows *r) {
  tine_array_release(r->xs);
  tine_array_release(r->ts);
  free(r->x);
  free(r->times);
}

static tine_pipeline *zipped(const rows *r) {
  return tine_zip(tine_slice(r->xs), tine_slice(r->ts));
}

static tine_pipeline *repeated(const rows *r) {
  return tine_flat_map(zipped(r), kernel("repeat"), NULL, 0);
}

static tine_pipeline *cut_in(tine_pipeline *p, unsigned how) {
  p = tine_on(p, pools[how % POOLS]);
  return how / POOLS == 0 ? p : how / POOLS == 1 ? tine_max_len(p, 3) : tine_sequential(p);
}
enum { CUTS = 3 * POOLS };

/* Is it each x of the rows so often, or, if 'even', the even ones alone; and a * x + b? */
static void check_rows(tine_pipeline *p, const rows *r, bool even, int64_t a, int64_t b) {
  tine_array *out = NULL;
  uint64_t at = 0, wrong = 0, count = 0;
  CHECK(p != NULL && tine_pipeline_check(p, NULL) == TINE_OK && ti_place_serves(p));
  CHECK_INT(tine_count(p, &count, NULL), TINE_OK);
  if (CHECK_INT(tine_collect(p, &out, NULL), TINE_OK)) {
    const int64_t *v = tine_array_data(out);
    const uint64_t len = tine_array_len(out);
    for (uint64_t i = 0; i < r->n; i++)
      for (int64_t k = 0; k < r->times[i] && !(even && r->x[i] % 2 != 0); k++, at++)
        wrong += at >= len || v[at] != a * r->x[i] + b;
    CHECK_INT(len, at);
    CHECK_INT(count, at);
    CHECK_INT(wrong, 0);
  }
  tine_array_release(out);
  tine_pipeline_release(p);
}

static void grids_of_any_width(void) {
  static const uint64_t lengths[] = {48, 1000, 4096, 4097, 30000, 100001};
  begin_pools();
  for (unsigned how = 0; how < CUTS; how++)
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
      rows r = begin_rows(how < POOLS || lengths[k] < 5000 ? lengths[k] : 5000 + k);
      check_rows(cut_in(repeated(&r), how), &r, false, 1, 0);
      end_rows(&r);
    }
  end_pools();
}

/* So many positions that several cells make one grid cell. */
static void grids_wider_than_cells(void) {
  begin_pools();
  for (unsigned how = 0; how < POOLS; how++) {
    rows r = begin_rows(9000001);
    check_rows(cut_in(repeated(&r), how), &r, false, 1, 0);
    end_rows(&r);
  }
  end_pools();
}

static tine_pipeline *evens(tine_pipeline *p) {
  static const int first[] = {0, -1};
  const tine_value mask[] = {tine_i64(0), tine_i64(1)};
  const tine_value zero = tine_i64(0);
  static const unsigned both[] = {0, 1};
  p = tine_extend_args(p, kernel("band"), first, mask, 2);
  p = tine_filter_args(p, kernel("eq"), (const int[]){2, -1}, (const tine_value[]){zero, zero}, 2);
  return tine_select(p, both, 2);
}

static void stages_around(void) {
  const tine_value two = tine_i64(2), one = tine_i64(1);
  static const unsigned last[] = {1}, first[] = {0};
  begin_pools();
  rows r = begin_rows(50000);
  for (unsigned how = 0; how < CUTS; how++) {
    tine_pipeline *p = tine_map(repeated(&r), kernel("mul"), &two, 1);
    check_rows(cut_in(tine_map(p, kernel("add"), &one, 1), how), &r, false, 2, 1);
    p = tine_flat_map(evens(zipped(&r)), kernel("repeat"), NULL, 0);
    check_rows(cut_in(p, how), &r, true, 1, 0);
    p = tine_extend(cut_in(repeated(&r), how), kernel("add"), &one, 1);
    check_rows(tine_select(p, last, 1), &r, false, 1, 1);
    p = tine_cast(tine_cast(repeated(&r), TINE_I32, TINE_CAST_EXACT), TINE_I64, TINE_CAST_EXACT);
    check_rows(cut_in(tine_select(p, first, 1), how), &r, false, 1, 0);
  }
  end_rows(&r);
  end_pools();
}

static uint8_t bytes[70000];
enum { BYTES = sizeof bytes };

static void check_bytes(tine_array *times, tine_dtype dtype, unsigned how) {
  tine_array *xs = tine_slice_of(TINE_U8, bytes, BYTES, 1), *out = NULL;
  tine_pipeline *p = tine_flat_map(tine_zip(tine_slice(xs), tine_slice(times)), kernel("repeat"), NULL, 0);
  uint64_t at = 0, wrong = 0;
  p = cut_in(p, how);
  CHECK(ti_place_serves(p));
  if (CHECK_INT(tine_collect(p, &out, NULL), TINE_OK) && CHECK_INT(tine_array_dtype(out), dtype)) {
    for (int i = 0; i < BYTES; i++)
      for (int k = 0; k < i % 3; k++, at++)
        wrong += at < tine_array_len(out) && tine_array_get(out, at).as.i != bytes[i];
    CHECK_INT(tine_array_len(out), at);
    CHECK_INT(wrong, 0);
  }
  tine_array_release(out);
  tine_array_release(xs);
  tine_pipeline_release(p);
}

/* Values of one byte, where threads end next to each other: nobody writes on his neighbour's. And inputs that have to
   be converted, in both passes. */
static void small_values_and_conversions(void) {
  static int64_t times[BYTES];
  static int32_t short_times[BYTES];
  begin_pools();
  for (int i = 0; i < BYTES; i++) {
    bytes[i] = (uint8_t)(i * 7);
    times[i] = short_times[i] = i % 3;
  }
  tine_array *ts = tine_slice_of(TINE_I64, times, BYTES, 8), *ss = tine_slice_of(TINE_I32, short_times, BYTES, 4);
  for (unsigned how = 0; how < CUTS; how++) {
    check_bytes(ts, TINE_U8, how);
    check_bytes(ss, TINE_I64, how);
  }
  tine_array_release(ts);
  tine_array_release(ss);
  end_pools();
}

/* ===== Counts ===== */

/* What a built-in kernel says it will give is what it gives. */
static void counts_are_those_of_the_kernels(void) {
  static const int64_t a[] = {INT64_MIN, INT64_MIN, -1, 0, 5, 5, 5, INT64_MAX, INT64_MAX - 3, 0, 1};
  static const int64_t b[] = {INT64_MAX, INT64_MIN, -2, 0, 4, 5, 9, INT64_MAX, INT64_MAX, INT64_MAX, 1 << 20};
  const uint64_t most = TI_COUNTS_MOST;
  const uint64_t spans[] = {most, 1, 0, 1, 0, 1, 5, 1, 4, most, 1 << 20};
  const uint64_t repeats[] = {most, 0, 0, 0, 4, 5, 9, most, most, most, 1 << 20};
  enum { N = sizeof a / sizeof a[0] };
  uint64_t each[N];
  const void *in[] = {a, b};
  const ptrdiff_t stride[] = {8, 8};
  const tine_block block = {.n = N, .in = in, .in_stride = stride};
  kernel("span")->signatures[0].counts(&block, each);
  for (int i = 0; i < N; i++)
    CHECK_INT(each[i], spans[i]);
  for (size_t s = 0; s < kernel("repeat")->count; s++) {
    kernel("repeat")->signatures[s].counts(&block, each);
    for (int i = 0; i < N; i++)
      CHECK_INT(each[i], repeats[i]);
  }
}

/* Nobody makes 2^52 values to count them; and more than memory holds is found out before any is made. */
static void counting_makes_nothing(void) {
  const tine_value times = tine_i64(INT64_C(1) << 42), more = tine_i64(INT64_MAX);
  begin_pools();
  for (unsigned how = 0; how < CUTS; how++) {
    tine_pipeline *p =
        tine_timeout(cut_in(tine_flat_map(tine_range(1, 1024, 1), kernel("repeat"), &times, 1), how), 20);
    uint64_t count = 0;
    tine_array *out = NULL;
    CHECK_INT(tine_count(p, &count, NULL), TINE_OK);
    CHECK_INT(count, INT64_C(1) << 52);
    CHECK_INT(tine_collect(p, &out, NULL), SIZE_MAX > UINT32_MAX ? TINE_ENOMEM : TINE_ERANGE);
    CHECK(out == NULL);
    tine_pipeline_release(p);
    p = tine_timeout(cut_in(tine_flat_map(tine_range(1, 5000, 1), kernel("repeat"), &more, 1), how), 20);
    CHECK_INT(tine_collect(p, &out, NULL), TINE_ENOMEM);
    tine_pipeline_release(p);
  }
  end_pools();
}

/* A limit above the flat_map is that of the counting below it, too. */
static void counting_keeps_its_limit(void) {
  const tine_value none = tine_i64(0);
  tine_pipeline *const p =
      tine_timeout(tine_flat_map(tine_range(1, INT64_C(1) << 50, 1), kernel("repeat"), &none, 1), 0.05);
  tine_array *out = NULL;
  uint64_t count = 0;
  CHECK_INT(tine_count(p, &count, NULL), TINE_ETIMEOUT);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_ETIMEOUT);
  CHECK(out == NULL);
  tine_pipeline_release(p);
}

/* Where there would be too many for memory, the item that fails is still found: it comes before they are. */
static void what_fails_does_before_memory_ends(void) {
  static double halves[100];
  const tine_value times = tine_i64(INT64_C(1) << 50);
  tine_array *const a = tine_slice_of(TINE_F64, halves, 100, sizeof *halves), *out = NULL;
  for (int i = 0; i < 100; i++)
    halves[i] = i + 0.5;
  tine_pipeline *const p =
      tine_cast(tine_flat_map(tine_slice(a), kernel("repeat"), &times, 1), TINE_I64, TINE_CAST_EXACT);
  tine_error err = {.item = 7};
  CHECK_INT(tine_collect(p, &out, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 0);
  tine_pipeline_release(p);
  tine_array_release(a);
}

/* ===== Which pipelines ===== */

static int gives_nothing(tine_block *b) {
  return tine_block_emitted(b);
}

static void check_serves(tine_pipeline *p, bool want) {
  CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK);
  CHECK_INT(ti_place_serves(p), want);
  tine_pipeline_release(p);
}

static tine_pipeline *twice(tine_pipeline *p) {
  const tine_value two = tine_i64(2);
  return tine_flat_map(p, kernel("repeat"), &two, 1);
}

static void lists_serve_the_rest(void) {
  const tine_kernel_signature signature = {"i64 -> i64", gives_nothing, NULL};
  const tine_kernel_desc d = {
      .size = sizeof d, .name = "nothing", .signatures = &signature, .signature_count = 1, .flags = TINE_EXPANDS};
  const tine_value few = tine_i64(100), two = tine_i64(2);
  tine_registry *registry = NULL;
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &d, NULL), TINE_OK);
  tine_pipeline *many = tine_range(1, 1000, 1);
  check_serves(twice(tine_pipeline_retain(many)), true);
  check_serves(tine_flat_map(tine_pipeline_retain(many), tine_kernel_find(registry, "nothing", NULL), NULL, 0), false);
  check_serves(twice(tine_take_while(tine_pipeline_retain(many), kernel("lt"), &few, 1)), false);
  check_serves(twice(tine_map(tine_pipeline_retain(many), kernel("idiv"), &two, 1)), false);
  check_serves(twice(tine_fold_chunks(tine_pipeline_retain(many), 10, kernel("add"), NULL)), false);
  check_serves(twice(twice(tine_pipeline_retain(many))), false);
  check_serves(tine_filter(twice(tine_pipeline_retain(many)), kernel("lt"), &few, 1), false);
  check_serves(tine_take(twice(tine_pipeline_retain(many)), 100), false);
  check_serves(twice(tine_range(1, 10, 1)), false);
  for (int k = 0; k < 8; k++)
    many = tine_map(many, kernel("add"), &two, 1);
  check_serves(twice(many), false);
  tine_registry_release(registry);
}

/* ===== Failure ===== */

static void what_fails_above_is_the_lowest_item(void) {
  begin_pools();
  rows r = begin_rows(40000);
  for (uint64_t i = 0; i < r.n; i++)
    r.times[i] = i == 300 ? 0 : 3;
  for (unsigned how = 0; how < CUTS; how++) {
    tine_pipeline *p = cut_in(tine_cast(repeated(&r), TINE_U8, TINE_CAST_EXACT), how);
    tine_array *out = NULL;
    tine_error err = {.status = TINE_OK};
    CHECK(ti_place_serves(p));
    CHECK(tine_collect(p, &out, &err) != TINE_OK);
    CHECK_INT(err.item, 256);
    CHECK(out == NULL);
    tine_pipeline_release(p);
  }
  end_rows(&r);
  end_pools();
}

static rows *changing;
static int64_t changed_to;

/* The result is made between the passes. */
static void *change_alloc(void *arg, size_t size, size_t align) {
  if (size >= 1 << 20)
    for (uint64_t i = 0; i < changing->n; i++)
      changing->times[i] = i % 100 == 0 ? changed_to : changing->times[i];
  return peak_alloc(arg, size, align);
}

static void sources_that_change_are_found_out(void) {
  static const tine_allocator changes = {change_alloc, peak_free, NULL};
  for (unsigned n = 1; n <= 3; n++)
    for (int more = 0; more < 2; more++) {
      rows r = begin_rows(200000);
      tine_array *out = NULL;
      tine_error err = {.status = TINE_OK};
      for (uint64_t i = 0; i < r.n; i++)
        r.times[i] = 2;
      end_rows(&(rows){0, NULL, NULL, r.xs, r.ts});
      changing = &r;
      changed_to = more ? 50 : 0;
      peak_live = peak_most = 0;
      CHECK_INT(tine_set_allocator(&changes), TINE_OK);
      r.xs = tine_slice_of(TINE_I64, r.x, r.n, 8);
      r.ts = tine_slice_of(TINE_I64, r.times, r.n, 8);
      tine_pool *pool = new_pool(n);
      tine_pipeline *p = tine_on(repeated(&r), pool);
      CHECK_INT(tine_collect(p, &out, &err), TINE_EINVAL);
      CHECK_CONTAINS(err.message, "changed");
      CHECK(out == NULL);
      tine_pipeline_release(p);
      tine_pool_destroy(pool);
      end_rows(&r);
      end_peak();
    }
}

/* ===== Memory ===== */

static void it_takes_the_result_alone(void) {
  enum { ITEMS = 1000000, EACH = 10 };
  const tine_value each = tine_i64(EACH);
  for (unsigned n = 1; n <= 3; n++) {
    if (!begin_peak())
      return;
    tine_pool *pool = new_pool(n);
    tine_pipeline *p = tine_on(tine_flat_map(tine_range(1, ITEMS, 1), kernel("repeat"), &each, 1), pool);
    tine_array *a = NULL;
    CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
    CHECK_INT(tine_array_len(a), ITEMS * EACH);
    CHECK(peak_most <= (size_t)ITEMS * EACH * sizeof(int64_t) + (2u << 20));
    tine_array_release(a);
    tine_pipeline_release(p);
    tine_pool_destroy(pool);
    end_peak();
  }
}

CHECK_SUITE(place, CHECK_CASE(grids_of_any_width), CHECK_CASE(grids_wider_than_cells), CHECK_CASE(stages_around),
            CHECK_CASE(small_values_and_conversions), CHECK_CASE(counts_are_those_of_the_kernels),
            CHECK_CASE(counting_makes_nothing), CHECK_CASE(counting_keeps_its_limit),
            CHECK_CASE(what_fails_does_before_memory_ends), CHECK_CASE(lists_serve_the_rest),
            CHECK_CASE(what_fails_above_is_the_lowest_item), CHECK_CASE(sources_that_change_are_found_out),
            CHECK_CASE(it_takes_the_result_alone))
