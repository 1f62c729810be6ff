/*
** The contract of the terminals that write or have effects, by core/tine.h: new arrays, existing ones - checked before
** anything is written - ranges, and kernels run for what they do.
*/
#include "../../core/tine.h"
#include "check.h"

enum { N = 5000 };

static int64_t memory[N + 10];

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static void fill(void) {
  for (int64_t i = 0; i < N + 10; i++)
    memory[i] = i;
}

static tine_array *part(uint64_t first, uint64_t n) {
  return tine_slice_of(TINE_I64, memory + first, n, sizeof *memory);
}

/* p, which it takes, must not be stored into 'dst', and nothing may have been written. */
static void refuses(tine_pipeline *p, tine_array *const *dst, size_t n, int line) {
  tine_error err = {.message = ""};
  const tine_status status = tine_collect_into(p, dst, n, &err);
  check_true(status != TINE_OK, "refused", __FILE__, line);
  check_int(err.status, status, "status", __FILE__, line);
  check_true(err.message[0] != '\0', "message", __FILE__, line);
  for (int64_t i = 0; i < N + 10; i++)
    if (!check_int(memory[i], i, "memory", __FILE__, line))
      break;
  tine_pipeline_release(p);
}

static void collect_makes_an_array_a_column(void) {
  tine_array *out[2] = {NULL, NULL};
  tine_pipeline *p = tine_zip(tine_range(1, N, 1), tine_map(tine_range(1, N, 1), kernel("sqrt"), NULL, 0));
  CHECK_STOP(tine_collect(p, out, NULL) == TINE_OK);
  tine_pipeline_release(p); /* the arrays are the caller's */
  for (uint64_t i = 0; i < N; i++) {
    CHECK_INT(tine_array_get(out[0], i).as.i, i + 1);
    const double root = tine_array_get(out[1], i).as.f, square = root * root - (double)(i + 1);
    CHECK(square < 1e-8 && square > -1e-8);
  }
  CHECK_INT(tine_array_dtype(out[1]), TINE_F64);
  tine_array_release(out[0]);
  tine_array_release(out[1]);
}

static void nothing_collects_to_an_empty_array(void) {
  tine_array *out = NULL;
  tine_pipeline *p = tine_rep((tine_value){TINE_U16, {.u = 0}}, 0);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  CHECK_INT(tine_array_len(out), 0);
  CHECK_INT(tine_array_dtype(out), TINE_U16);
  CHECK_INT(tine_collect_into(p, &out, 1, NULL), TINE_OK);
  CHECK_INT(tine_collect_range(p, 0, 0, &out, 1, NULL), TINE_OK);
  tine_array_release(out);
  tine_pipeline_release(p);
}

static void failed_collects_leave_null(void) {
  tine_array *out[2];
  tine_pipeline *p = tine_zip(tine_range(1, 9, 1), tine_cast(tine_range(1, 999, 1), TINE_I8, TINE_CAST_EXACT));
  CHECK_INT(tine_collect(p, out, NULL), TINE_OK);
  tine_array_release(out[0]);
  tine_array_release(out[1]);
  tine_pipeline_release(p);
  p = tine_zip(tine_range(1, 999, 1), tine_cast(tine_range(1, 999, 1), TINE_I8, TINE_CAST_EXACT));
  out[0] = out[1] = (tine_array *)memory;
  CHECK(tine_collect(p, out, NULL) != TINE_OK);
  CHECK(out[0] == NULL && out[1] == NULL);
  tine_pipeline_release(p);
}

static void existing_arrays_are_filled(void) {
  static struct pair {
    int16_t a;
    float b;
  } pairs[N];
  tine_array *fields[] = {tine_slice_of(TINE_I16, &pairs->a, N, sizeof *pairs),
                          tine_slice_of(TINE_F32, &pairs->b, N, sizeof *pairs)};
  tine_pipeline *p = tine_zip(tine_range(1, N, 1), tine_rep(tine_f64(0.5), N));
  CHECK_INT(tine_collect_into(p, fields, 2, NULL), TINE_OK); /* through exact casts */
  for (int i = 0; i < N; i++) {
    CHECK_INT(pairs[i].a, i + 1);
    CHECK_F64((double)pairs[i].b, 0.5);
  }
  tine_array_release(fields[0]);
  tine_array_release(fields[1]);
  tine_pipeline_release(p);
}

static void a_source_may_be_its_own_destination(void) {
  tine_value one = tine_i64(1);
  fill();
  tine_array *a = part(0, N);
  tine_pipeline *p = tine_map(tine_zip(tine_slice(a), tine_slice(a)), kernel("add"), NULL, 0);
  p = tine_map(p, kernel("add"), &one, 1);
  CHECK_INT(tine_collect_into(p, &a, 1, NULL), TINE_OK);
  for (int64_t i = 0; i < N; i++)
    CHECK_INT(memory[i], 2 * i + 1);
  CHECK_INT(memory[N], N);
  tine_pipeline_release(p);
  tine_array_release(a);
}

static void wrong_destinations_are_refused(void) {
  fill();
  tine_array *a = part(0, N), *later = part(1, N), *shorter = part(0, N - 1), *longer = part(0, N + 1);
  tine_array *half = part(0, N / 2), *twice = tine_slice_of(TINE_I64, memory, N / 2, 2 * sizeof *memory);
  tine_array *same[] = {a, a}, *lapped[] = {a, later};
  tine_pipeline *columns = tine_zip(tine_range(1, N, 1), tine_range(1, N, 1));
  refuses(tine_range(1, N, 1), &shorter, 1, __LINE__);
  refuses(tine_range(1, N, 1), &longer, 1, __LINE__);
  refuses(tine_range(1, N, 1), same, 2, __LINE__);
  refuses(tine_range(1, N, 1), NULL, 0, __LINE__);
  refuses(tine_pipeline_retain(columns), &a, 1, __LINE__);
  refuses(tine_pipeline_retain(columns), same, 2, __LINE__);
  refuses(tine_pipeline_retain(columns), lapped, 2, __LINE__);
  refuses(tine_slice(a), &later, 1, __LINE__);
  refuses(tine_slice(later), &a, 1, __LINE__);
  refuses(tine_slice(half), &twice, 1, __LINE__);
  refuses(tine_slice(twice), &half, 1, __LINE__);
  refuses(tine_take(tine_map(tine_zip(tine_slice(later), tine_slice(a)), kernel("add"), NULL, 0), N), &a, 1, __LINE__);
  tine_pipeline_release(columns);
  tine_array *const all[] = {a, later, shorter, longer, half, twice};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    tine_array_release(all[i]);
}

static void ranges_are_written_alone(void) {
  fill();
  tine_array *a = part(5, 20);
  tine_pipeline *p = tine_map(tine_range(0, N - 1, 1), kernel("neg"), NULL, 0);
  CHECK_INT(tine_collect_range(p, 4000, 20, &a, 1, NULL), TINE_OK);
  CHECK_INT(tine_collect_range(p, 1000, 3, &a, 1, NULL), TINE_OK); /* a longer array */
  for (int64_t i = 0; i < 40; i++)
    CHECK_INT(memory[i], i < 5 || i >= 25 ? i : i < 8 ? -(1000 + i - 5) : -(4000 + i - 5));
  CHECK_INT(tine_collect_range(p, N, 0, &a, 1, NULL), TINE_OK);
  CHECK(tine_collect_range(p, N - 2, 3, &a, 1, NULL) != TINE_OK);
  CHECK(tine_collect_range(p, 2, UINT64_MAX, &a, 1, NULL) != TINE_OK);
  CHECK(tine_collect_range(p, 0, 21, &a, 1, NULL) != TINE_OK);
  CHECK(tine_collect_range(p, 0, 20, &a, 0, NULL) != TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
}

/* ===== Effects ===== */

static _Atomic uint64_t items, total, elsewhere;
static _Thread_local bool caller;

static int effect(tine_block *block) {
  uint64_t sum = 0;
  for (size_t i = 0; i < block->n; i++)
    sum += (uint64_t)TINE_AT(int64_t, block->in[0], block->in_stride[0], i) *
           (uint64_t)TINE_AT(int64_t, block->in[1], block->in_stride[1], i);
  items += block->n;
  total += sum;
  elsewhere += !caller;
  return 0;
}

static void effects_happen_once_an_item(void) {
  static const tine_kernel_signature signature[] = {{"i64 i64 ->", effect, NULL}};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "effect", .signatures = signature, .signature_count = 1};
  tine_registry *r = NULL;
  tine_value three = tine_i64(3);
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  CHECK_STOP(tine_kernel_register(r, &desc, NULL) == TINE_OK);
  tine_kernel *k = tine_kernel_find(r, "effect", NULL);
  for (int round = 0; round < 2; round++) {
    tine_pipeline *p = tine_range(1, 1000000, 1);
    items = total = elsewhere = 0;
    caller = true;
    if (round == 1)
      p = tine_sequential(p);
    CHECK_INT(tine_for_each(p, k, &three, 1, NULL), TINE_OK);
    caller = false;
    CHECK_INT(items, 1000000);
    CHECK_INT(total, 3 * INT64_C(500000500000));
    CHECK(round == 0 || elsewhere == 0); /* sequential: on the calling thread alone */
    CHECK(tine_for_each(p, k, NULL, 0, NULL) != TINE_OK);
    tine_pipeline_release(p);
  }
  tine_registry_release(r);
}

static void outputs_of_effects_are_dropped(void) {
  tine_pipeline *p = tine_range(1, 100000, 1);
  CHECK_INT(tine_for_each(p, kernel("neg"), NULL, 0, NULL), TINE_OK);
  CHECK(tine_for_each(p, NULL, NULL, 0, NULL) != TINE_OK);
  tine_pipeline_release(p);
}

/* x - y, 3 - x and x < 3 of arrays that lie side by side, apart, backwards, or are one item: what is computed many
   blocks at a time. */
static void long_arrays_are_worked_on_where_they_lie(void) {
  static const uint64_t lengths[] = {1025, 8192, 8193, 9216, 30001};
  static const ptrdiff_t strides[] = {1, 2, -1, 0};
  enum { MOST = 30001 };
  static double room[2 * MOST], other[MOST], made[MOST];
  static bool told[MOST];
  const tine_value three = tine_f64(3);
  for (size_t i = 0; i < 2 * MOST; i++)
    room[i] = (double)check_below(1000) / 128;
  for (size_t i = 0; i < MOST; i++)
    other[i] = (double)check_below(1000) / 96;
  for (unsigned round = 0; round < 40; round++) {
    const ptrdiff_t step = strides[round % 4];
    const uint64_t n = lengths[round / 4 % 5], first = round % 3 == 0 ? 0 : check_below((unsigned)n / 2);
    double *const at = step < 0 ? room + n - 1 : room;
    tine_array *const x = tine_slice_of(TINE_F64, at, n, step * (ptrdiff_t)sizeof *at);
    tine_array *const y = tine_slice_of(TINE_F64, other, n, sizeof *other);
    tine_array *const to = tine_slice_of(TINE_F64, made, n, sizeof *made);
    tine_array *const tells = tine_slice_of(TINE_BOOL, told, n, sizeof *told);
    tine_pipeline *const two = tine_map(tine_zip(tine_slice(x), tine_slice(y)), kernel("sub"), NULL, 0);
    tine_pipeline *const one =
        tine_map_args(tine_min_len(tine_slice(x), 7), kernel("sub"), (int[]){-1, 0}, (tine_value[]){three, three}, 2);
    tine_pipeline *const less = tine_map(tine_slice(x), kernel("lt"), &three, 1);
    uint64_t wrong = 0;
    CHECK_INT(tine_collect_range(two, first, n - first, &to, 1, NULL), TINE_OK);
    for (uint64_t i = first; i < n; i++)
      wrong += made[i - first] != at[(ptrdiff_t)i * step] - other[i];
    CHECK_INT(tine_collect_into(one, &to, 1, NULL), TINE_OK);
    CHECK_INT(tine_collect_into(less, &tells, 1, NULL), TINE_OK);
    for (uint64_t i = 0; i < n; i++)
      wrong += made[i] != 3 - at[(ptrdiff_t)i * step] || told[i] != (at[(ptrdiff_t)i * step] < 3);
    CHECK_INT(wrong, 0);
    tine_pipeline_release(two);
    tine_pipeline_release(one);
    tine_pipeline_release(less);
    tine_array_release(x);
    tine_array_release(y);
    tine_array_release(to);
    tine_array_release(tells);
  }
}

CHECK_SUITE(api_collect, CHECK_CASE(collect_makes_an_array_a_column), CHECK_CASE(nothing_collects_to_an_empty_array),
            CHECK_CASE(failed_collects_leave_null), CHECK_CASE(existing_arrays_are_filled),
            CHECK_CASE(a_source_may_be_its_own_destination), CHECK_CASE(wrong_destinations_are_refused),
            CHECK_CASE(ranges_are_written_alone), CHECK_CASE(effects_happen_once_an_item),
            CHECK_CASE(outputs_of_effects_are_dropped), CHECK_CASE(long_arrays_are_worked_on_where_they_lie))
