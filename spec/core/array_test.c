/*
** Arrays: owned, borrowed, adopted and viewed memory against plain C arrays; lifetimes; refusals.
*/
#include "../../core/data/array.h"
#include "../../core/base/config.h"
#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "check.h"

typedef struct body {
  char name[3];
  double mass;
  float speed;
  bool alive;
} body;

static unsigned drops;

static void count_drop(void *arg) {
  drops++;
  if (arg != NULL)
    *(unsigned *)arg += 1;
}

static tine_dtype random_type(void) {
  return (tine_dtype)(TINE_BOOL + check_below(TINE_DTYPE_END - TINE_BOOL));
}

static void owned(void) {
  for (unsigned d = TINE_BOOL; d < TINE_DTYPE_END; d++)
    for (uint64_t n = 0; n < 70; n += n < 10 ? 1 : 13) {
      tine_array *a = NULL;
      const uint64_t *shape;
      CHECK_STOP(tine_array_create(&a, (tine_dtype)d, n, NULL) == TINE_OK);
      CHECK_INT(tine_array_dtype(a), d);
      CHECK_INT(tine_array_len(a), n);
      CHECK_INT(tine_array_stride(a), tine_dtype_size((tine_dtype)d));
      CHECK(!tine_array_readonly(a) && ti_array_contiguous(a));
      CHECK(tine_array_data(a) != NULL && (uintptr_t)tine_array_data(a) % TI_ARRAY_ALIGN == 0);
      CHECK_INT(tine_array_shape(a, &shape), 1);
      CHECK_INT(shape[0], n);
      for (uint64_t i = 0; i < n; i++)
        CHECK_STOP(tine_array_get(a, i).as.u == 0);
      CHECK_INT(tine_array_get(a, n).dtype, TINE_NONE);
      tine_array_release(a);
    }
  tine_array_release(NULL);
  CHECK(tine_array_retain(NULL) == NULL);
}

static void impossible_sizes(void) {
  tine_array *a = NULL;
  tine_error err;
  CHECK_INT(tine_array_create(&a, TINE_F64, INT64_MAX, &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "array of 9223372036854775807 f64 elements is too large");
  CHECK(a == NULL);
  CHECK_INT(tine_array_create(&a, TINE_F64, UINT64_C(1) << 60, &err), TINE_ERANGE);
  CHECK_INT(tine_array_create(&a, TINE_U8, UINT64_MAX, &err), TINE_ERANGE);
  CHECK_INT(tine_array_create(&a, TINE_U8, UINT64_C(1) << 63, NULL), TINE_ERANGE);
  CHECK_INT(tine_array_create(&a, TINE_U8, PTRDIFF_MAX, &err), TINE_ENOMEM);
  CHECK_INT(tine_array_create(&a, TINE_NONE, 1, &err), TINE_EINVAL);
  CHECK_INT(tine_array_create(&a, TINE_DTYPE_END, 1, &err), TINE_EINVAL);
  CHECK_INT(ti_array_create_raw(&a, TINE_U16, UINT64_C(1) << 62, &err), TINE_ERANGE);
  CHECK(a == NULL);
}

/* Random elements through set, read back through get and through the pointer. */
static void set_and_get(void) {
  for (int round = 0; round < 200; round++) {
    const tine_dtype d = random_type();
    const uint64_t n = 1 + check_below(40);
    tine_array *a;
    CHECK_STOP(tine_array_create(&a, d, n, NULL) == TINE_OK);
    int64_t *model = calloc(n, sizeof *model);
    for (int k = 0; k < 100; k++) {
      const uint64_t i = check_below(n);
      model[i] = (int64_t)check_below(2);
      if (d != TINE_BOOL && check_below(2) == 0)
        model[i] = (int64_t)check_below(120);
      const tine_value v = d == TINE_BOOL        ? tine_bool(model[i] != 0)
                           : check_below(2) == 0 ? tine_i64(model[i])
                                                 : tine_f64((double)model[i]);
      CHECK(tine_array_set(a, i, v, NULL) == TINE_OK);
    }
    for (uint64_t i = 0; i < n; i++) {
      const tine_value v = tine_array_get(a, i);
      const int64_t got = d == TINE_BOOL ? v.as.b : ti_dtype_float(d) ? (int64_t)v.as.f : v.as.i;
      if (v.dtype != d || !CHECK_INT(got, model[i]))
        break;
      CHECK(memcmp((char *)tine_array_data(a) + i * tine_dtype_size(d), ti_array_at(a, i), tine_dtype_size(d)) == 0);
    }
    free(model);
    tine_array_release(a);
  }
}

static void set_refused(void) {
  tine_array *a;
  tine_error err;
  CHECK_STOP(tine_array_create(&a, TINE_U8, 3, NULL) == TINE_OK);
  CHECK_INT(tine_array_set(a, 3, tine_i64(0), &err), TINE_EINVAL);
  CHECK_TEXT(err.message, "index 3 is past the end of an array of length 3");
  CHECK_INT(tine_array_set(a, UINT64_MAX, tine_i64(0), NULL), TINE_EINVAL);
  CHECK_INT(tine_array_set(NULL, 0, tine_i64(0), NULL), TINE_EINVAL);
  CHECK_INT(tine_array_set(a, 0, tine_i64(256), &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "integer overflow");
  CHECK_INT(tine_array_set(a, 0, tine_f64(1.5), &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "number has no integer representation");
  CHECK_INT(tine_array_set(a, 0, tine_bool(true), &err), TINE_ETYPE);
  a->readonly = true;
  CHECK_INT(tine_array_set(a, 0, tine_i64(1), &err), TINE_EINVAL);
  CHECK_TEXT(err.message, "array is read-only");
  tine_array *v = tine_array_view(a, 1, 2);
  CHECK(v != NULL && tine_array_readonly(v));
  CHECK_INT(tine_array_set(v, 0, tine_i64(1), NULL), TINE_EINVAL);
  CHECK_INT(tine_array_get(a, 0).as.i, 0);
  tine_array_release(v);
  tine_array_release(a);
}

static void borrowed_fields(void) {
  body bodies[50];
  memset(bodies, 0, sizeof bodies);
  tine_array *mass = tine_slice_of(TINE_F64, &bodies[0].mass, 50, sizeof(body));
  tine_array *alive = tine_slice_of(TINE_BOOL, &bodies[49].alive, 50, -(ptrdiff_t)sizeof(body));
  tine_array *speed = tine_slice_of(TINE_F32, &bodies[7].speed, 1000, 0);
  CHECK_STOP(mass != NULL && alive != NULL && speed != NULL);
  for (uint64_t i = 0; i < 50; i++) {
    bodies[i].mass = (double)i * 1.5;
    CHECK(tine_array_set(alive, i, tine_bool(i % 3 == 0), NULL) == TINE_OK);
  }
  bodies[7].speed = 2.5f;
  for (uint64_t i = 0; i < 50; i++) {
    CHECK_F64(tine_array_get(mass, i).as.f, (double)i * 1.5);
    CHECK_INT(bodies[49 - i].alive, i % 3 == 0);
  }
  CHECK_F64(tine_array_get(speed, 999).as.f, 2.5);
  CHECK(!ti_array_contiguous(mass) && !ti_array_contiguous(speed));
  CHECK_INT(tine_array_stride(alive), -(ptrdiff_t)sizeof(body));
  tine_array_release(mass);
  tine_array_release(alive);
  tine_array_release(speed);
}

static void borrowing_refused(void) {
  _Alignas(8) char memory[64] = {0};
  CHECK(tine_slice_of(TINE_NONE, memory, 1, 8) == NULL);
  CHECK(tine_slice_of(TINE_DTYPE_END, memory, 1, 8) == NULL);
  CHECK(tine_slice_of(TINE_F64, NULL, 1, 8) == NULL);
  CHECK(tine_slice_of(TINE_F64, memory + 1, 2, 8) == NULL);
  CHECK(tine_slice_of(TINE_F64, memory, 2, 10) == NULL);
  CHECK(tine_slice_of(TINE_U8, memory, UINT64_MAX, 0) == NULL);
  CHECK(tine_slice_of(TINE_F64, memory, UINT64_C(1) << 60, 8) == NULL);
  CHECK(tine_slice_of(TINE_F64, memory, UINT64_C(1) << 60, -8) == NULL);
  CHECK(tine_slice_of(TINE_I64, memory, 3, PTRDIFF_MIN) == NULL);
  drops = 0;
  CHECK(tine_array_adopt(TINE_F64, memory + 2, 1, 8, count_drop, NULL) == NULL);
  CHECK_INT(drops, 0);
  tine_array *none = tine_slice_of(TINE_F64, NULL, 0, 8), *one = tine_slice_of(TINE_F64, memory, 1, 3);
  CHECK(none != NULL && tine_array_len(none) == 0 && tine_array_data(none) == NULL);
  CHECK(one != NULL && ti_array_contiguous(one));
  tine_array *empty = tine_array_view(none, 0, 0);
  CHECK(empty != NULL);
  tine_array_release(empty);
  tine_array_release(none);
  tine_array_release(one);
}

static void adopted(void) {
  double x[4] = {1, 2, 3, 4};
  unsigned mine = 0;
  drops = 0;
  tine_array *a = tine_array_adopt(TINE_F64, x, 4, sizeof *x, count_drop, &mine);
  CHECK_STOP(a != NULL);
  CHECK(tine_array_retain(a) == a);
  tine_array *v = tine_array_view(a, 1, 3);
  tine_array *w = tine_array_view(v, 1, 2);
  CHECK_STOP(v != NULL && w != NULL);
  tine_array_release(a);
  tine_array_release(v);
  tine_array_release(a);
  CHECK_INT(mine, 0);
  CHECK_F64(tine_array_get(w, 0).as.f, 3);
  CHECK_F64(tine_array_get(w, 1).as.f, 4);
  tine_array_release(w);
  CHECK_INT(mine, 1);
  CHECK_INT(drops, 1);
}

/* Views of views against index arithmetic on the original. */
static void views(void) {
  for (int round = 0; round < 300; round++) {
    int32_t x[100];
    const bool backwards = check_below(2) == 0;
    for (int i = 0; i < 100; i++)
      x[i] = i;
    uint64_t first = 0, n = 100;
    tine_array *a = tine_slice_of(TINE_I32, backwards ? &x[99] : x, 100, backwards ? -4 : 4);
    while (n > 0) {
      const uint64_t skip = check_below(n + 1), len = check_below(n - skip + 1);
      tine_array *v = tine_array_view(a, skip, len);
      CHECK_STOP(v != NULL && tine_array_len(v) == len);
      CHECK(tine_array_view(a, skip, n - skip + 1) == NULL);
      tine_array_release(a);
      a = v;
      first += skip;
      n = len;
      for (uint64_t i = 0; i < n; i++)
        CHECK_INT(tine_array_get(a, i).as.i, backwards ? 99 - (first + i) : first + i);
    }
    CHECK(tine_array_view(a, 1, 0) == NULL && tine_array_view(a, UINT64_MAX, 2) == NULL);
    tine_array_release(a);
  }
  CHECK(tine_array_view(NULL, 0, 0) == NULL);
}

/* A million views of views: no chain may be left whose release recurses. */
static void views_without_end(void) {
  const size_t live = ti_memory_live();
  tine_array *a;
  CHECK_STOP(tine_array_create(&a, TINE_U8, 1000000, NULL) == TINE_OK);
  for (int i = 0; i < 1000000; i++) {
    tine_array *v = tine_array_view(a, 1, tine_array_len(a) - 1);
    CHECK_STOP(v != NULL);
    tine_array_release(a);
    a = v;
  }
  CHECK_INT(tine_array_len(a), 0);
  CHECK(ti_memory_live() <= live + 3);
  tine_array_release(a);
}

static void spans(void) {
  char memory[4000];
  for (int round = 0; round < 2000; round++) {
    const uint64_t n = check_below(20);
    const ptrdiff_t stride = (ptrdiff_t)check_below(161) - 80;
    const tine_dtype d = random_type();
    const ptrdiff_t align = (ptrdiff_t)ti_dtype_align(d), step = stride / align * align;
    char *middle = memory + 2000;
    middle -= (uintptr_t)middle % 8;
    tine_array *a = tine_slice_of(d, middle, n, step);
    const char *first, *end, *low = NULL, *high = NULL;
    CHECK_STOP(a != NULL);
    for (uint64_t i = 0; i < n; i++) {
      const char *p = ti_array_at(a, i);
      low = low == NULL || p < low ? p : low;
      high = high == NULL || p + tine_dtype_size(d) > high ? p + tine_dtype_size(d) : high;
    }
    ti_array_span(a, &first, &end);
    CHECK(first == low && end == high);
    tine_array_release(a);
  }
}

static void shapes(void) {
  static const uint64_t good[] = {2, 3, 4}, bad[] = {5, 5}, huge[] = {UINT64_MAX, UINT64_MAX, 24}, flat[] = {24};
  uint64_t ones[TI_MAX_DIMS + 1];
  const uint64_t *shape;
  tine_array *a, *one;
  tine_error err;
  for (unsigned i = 0; i <= TI_MAX_DIMS; i++)
    ones[i] = 1;
  CHECK_STOP(tine_array_create(&a, TINE_I16, 24, NULL) == TINE_OK);
  CHECK_STOP(tine_array_create(&one, TINE_I16, 1, NULL) == TINE_OK);
  CHECK_INT(ti_array_set_shape(a, good, 3, &err), TINE_OK);
  CHECK_INT(ti_array_set_shape(a, bad, 2, &err), TINE_EINVAL);
  CHECK_INT(ti_array_set_shape(a, huge, 3, &err), TINE_EINVAL);
  CHECK_INT(tine_array_shape(a, &shape), 3);
  CHECK_INT(memcmp(shape, good, sizeof good), 0);
  tine_array *v = tine_array_view(a, 0, 24);
  CHECK(v != NULL && tine_array_shape(v, &shape) == 1 && shape[0] == 24);
  tine_array_release(v);
  CHECK_INT(ti_array_set_shape(a, flat, 1, &err), TINE_OK);
  CHECK_INT(tine_array_shape(a, &shape), 1);
  CHECK_INT(shape[0], 24);
  CHECK_INT(ti_array_set_shape(one, ones, TI_MAX_DIMS, &err), TINE_OK);
  CHECK_INT(ti_array_set_shape(one, ones, TI_MAX_DIMS + 1, &err), TINE_EINVAL);
  CHECK_INT(ti_array_set_shape(one, NULL, 0, &err), TINE_OK);
  CHECK_INT(tine_array_shape(one, &shape), 0);
  CHECK(shape != NULL);
  CHECK_INT(ti_array_set_shape(a, NULL, 0, &err), TINE_EINVAL);
  tine_array_release(a);
  tine_array_release(one);
}

/* Every allocation of every constructor refused once: nothing stays behind, and adopted memory stays the host's. */
static void out_of_memory(void) {
  static const uint64_t shape[] = {2, 2};
  double x[4] = {0};
  for (int64_t n = 0;; n++) {
    const size_t live = ti_memory_live();
    tine_array *a = NULL, *b, *v = NULL;
    tine_error err = {.status = TINE_OK};
    bool done = false;
    drops = 0;
    ti_memory_fail_after(n);
    b = tine_array_adopt(TINE_F64, x, 4, sizeof *x, count_drop, NULL);
    const tine_status status = tine_array_create(&a, TINE_F64, 4, &err);
    CHECK_INT(status, a != NULL ? TINE_OK : TINE_ENOMEM);
    CHECK_INT(err.status, status);
    if (a != NULL) {
      v = tine_array_view(a, 1, 2);
      done = ti_array_set_shape(a, shape, 2, &err) == TINE_OK && v != NULL && b != NULL;
    }
    ti_memory_fail_after(-1);
    if (b == NULL)
      CHECK_INT(drops, 0);
    tine_array_release(a);
    tine_array_release(v);
    tine_array_release(b);
    CHECK_INT(drops, b != NULL);
    CHECK_INT(ti_memory_live(), live);
    if (done || n > 20) {
      CHECK(done);
      return;
    }
  }
}

enum { OWNERS = 4 };

static void own_for_a_while(void *arg) {
  tine_array *a = arg;
  for (int i = 0; i < 2000; i++) {
    tine_array *v = tine_array_view(tine_array_retain(a), 0, 1);
    tine_array_release(a);
    tine_array_release(v);
  }
  if (tine_array_set(a, 0, tine_f64(1), NULL) == TINE_OK)
    tine_array_release(a);
}

/* The last of several threads drops, after all that the others did. */
static void shared_by_threads(void) {
  double x[OWNERS] = {0};
  ti_thread threads[OWNERS];
  bool started[OWNERS];
  drops = 0;
  tine_array *a = tine_array_adopt(TINE_F64, x, OWNERS, sizeof *x, count_drop, NULL);
  CHECK_STOP(a != NULL);
  for (unsigned i = 0; i < OWNERS; i++) {
    tine_array *mine = tine_array_view(a, i, 1);
    CHECK(mine != NULL);
    started[i] = ti_thread_start(&threads[i], own_for_a_while, mine, "owner", 0) == 0;
    if (!started[i])
      own_for_a_while(mine);
  }
  tine_array_release(a);
  for (unsigned i = 0; i < OWNERS; i++)
    if (started[i])
      ti_thread_join(threads[i]);
  CHECK_INT(drops, 1);
  for (unsigned i = 0; i < OWNERS; i++)
    CHECK_F64(x[i], 1);
}

CHECK_SUITE(array, CHECK_CASE(owned), CHECK_CASE(impossible_sizes), CHECK_CASE(set_and_get), CHECK_CASE(set_refused),
            CHECK_CASE(borrowed_fields), CHECK_CASE(borrowing_refused), CHECK_CASE(adopted), CHECK_CASE(views),
            CHECK_CASE(views_without_end), CHECK_CASE(spans), CHECK_CASE(shapes), CHECK_CASE(out_of_memory),
            CHECK_CASE(shared_by_threads))
