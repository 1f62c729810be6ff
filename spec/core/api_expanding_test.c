/*
** The built-in kernels for flat_map write past the protocol that a host's follow. Beside them stand a host's own that
** do the same by it: values, sums (whose bits tell which item a value is of), ends and failures must agree, for values
** of every size and any number of them.
*/
#include "pool_set.h"

enum { ITEMS = 2500 };

static int64_t input(const tine_block *b, unsigned k, size_t i) {
  return TINE_AT(int64_t, b->in[k], b->in_stride[k], i);
}

#define AGAIN(name, type)                                                   \
  static int name(tine_block *b) {                                          \
    for (size_t i = 0; i < b->n; i++) {                                     \
      const int64_t n = input(b, 1, i);                                     \
      void *const *out = n > 0 ? tine_block_emit(b, i, (size_t)n) : b->out; \
      if (n > 0 && out == NULL)                                             \
        return tine_block_emitted(b);                                       \
      for (int64_t k = 0; k < n; k++)                                       \
        ((type *)out[0])[k] = TINE_AT(type, b->in[0], b->in_stride[0], i);  \
    }                                                                       \
    return tine_block_emitted(b);                                           \
  }
AGAIN(again_1, uint8_t)
AGAIN(again_2, uint16_t)
AGAIN(again_4, float)
AGAIN(again_8, double)

/* From 'first' to 'last', one at a time. */
static int steps(tine_block *b) {
  for (size_t i = 0; i < b->n; i++)
    for (int64_t at = input(b, 0, i); at <= input(b, 1, i); at++) {
      void *const *out = tine_block_emit(b, i, 1);
      if (out == NULL)
        return tine_block_emitted(b);
      ((int64_t *)out[0])[0] = at;
      if (at == INT64_MAX)
        break;
    }
  return tine_block_emitted(b);
}

static const tine_kernel_signature types[] = {{"u8 i64 -> u8", again_1, NULL},
                                              {"u16 i64 -> u16", again_2, NULL},
                                              {"f32 i64 -> f32", again_4, NULL},
                                              {"f64 i64 -> f64", again_8, NULL}};
static const tine_kernel_signature span_type = {"i64 i64 -> i64", steps, NULL};
static tine_registry *registry;

static void begin(void) {
  const tine_kernel_desc again = {
      .size = sizeof again, .name = "again", .signatures = types, .signature_count = 4, .flags = TINE_EXPANDS};
  const tine_kernel_desc from = {
      .size = sizeof from, .name = "steps", .signatures = &span_type, .signature_count = 1, .flags = TINE_EXPANDS};
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &again, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &from, NULL), TINE_OK);
  begin_pools();
}

static void end(void) {
  tine_registry_release(registry);
  end_pools();
}

/* What comes of a trial. */
typedef struct outcome {
  tine_status status;
  uint64_t item;
  tine_array *array;
  tine_value value;
} outcome;

/* Takes p over. */
static outcome ended(tine_pipeline *p, unsigned how, bool sums) {
  outcome o = {.value = tine_i64(0)};
  tine_error err = {TINE_OK, 0, 0, ""};
  const tine_value limit = tine_f64(0.9375), three = tine_i64(3);
  if (how == 1)
    p = tine_take_while(p, kernel("lt"), &limit, 1);
  else if (how == 2) /* fails at the first value that is no whole number */
    p = tine_cast(p, TINE_I64, TINE_CAST_EXACT);
  else if (how == 3)
    p = tine_flat_map(p, kernel("repeat"), &three, 1);
  o.status = sums ? tine_sum(p, &o.value, &err) : tine_collect(p, &o.array, &err);
  o.item = o.status != TINE_OK ? err.item : 0;
  tine_pipeline_release(p);
  return o;
}

static void same(outcome *a, outcome *b) {
  CHECK_INT(a->status, b->status);
  CHECK_INT(a->item, b->item);
  if (CHECK((a->array != NULL) == (b->array != NULL)) && a->array != NULL &&
      CHECK_INT(tine_array_len(a->array), tine_array_len(b->array)))
    CHECK(memcmp(tine_array_data(a->array), tine_array_data(b->array),
                 tine_array_len(a->array) * tine_dtype_size(tine_array_dtype(a->array))) == 0);
  CHECK(a->value.dtype == b->value.dtype && a->value.as.i == b->value.as.i);
  tine_array_release(a->array);
  tine_array_release(b->array);
}

static tine_array *values(tine_dtype dtype, uint64_t n) {
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, dtype, n, NULL), TINE_OK);
  for (uint64_t i = 0; i < n; i++)
    tine_array_set(a, i,
                   dtype == TINE_F32 || dtype == TINE_F64 ? tine_f64((double)check_below(4000) / 4096)
                                                          : tine_i64((int64_t)check_below(200)),
                   NULL);
  return a;
}

/* Mostly few; some a block or more. */
static tine_array *times(uint64_t n) {
  static const uint64_t most[] = {3, 21, 70, 1100, 5000};
  const uint64_t usual = most[check_below(3)];
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, TINE_I64, n, NULL), TINE_OK);
  for (uint64_t i = 0; i < n; i++)
    tine_array_set(a, i, tine_i64((int64_t)check_below(check_below(100) == 0 ? most[check_below(5)] : usual) - 1),
                   NULL);
  return a;
}

static void repeat(void) {
  static const tine_dtype of[] = {TINE_U8, TINE_U16, TINE_F32, TINE_F64};
  begin();
  for (int round = 0; round < 150; round++) {
    const uint64_t n = check_below(round % 3 ? 200 : ITEMS), cut = check_below(3) == 0 ? 1 + check_below(300) : 0;
    tine_array *x = values(of[round % 4], n), *k = times(n);
    const unsigned how = (unsigned)check_below(4);
    const bool sums = check_below(2) != 0;
    outcome o[2];
    for (int own = 0; own < 2; own++) {
      tine_kernel *with = own ? tine_kernel_find(registry, "again", NULL) : kernel("repeat");
      tine_pipeline *p = tine_on(tine_zip(tine_slice(x), tine_slice(k)), pools[check_below(POOLS)]);
      o[own] = ended(tine_flat_map(cut > 0 ? tine_max_len(p, cut) : p, with, NULL, 0), how, sums);
    }
    same(&o[0], &o[1]);
    tine_array_release(x);
    tine_array_release(k);
  }
  end();
}

/* To the largest integer, too. */
static void span(void) {
  begin();
  for (int round = 0; round < 100; round++) {
    const uint64_t n = check_below(round % 3 ? 200 : ITEMS);
    const bool sums = check_below(2) != 0;
    tine_array *first = times(n), *last = times(n);
    outcome o[2];
    if (n > 0 && round % 5 == 0) {
      tine_array_set(first, n - 1, tine_i64(INT64_MAX - (int64_t)check_below(2100)), NULL);
      tine_array_set(last, n - 1, tine_i64(INT64_MAX - (int64_t)check_below(2)), NULL);
    }
    for (int own = 0; own < 2; own++) {
      tine_kernel *with = own ? tine_kernel_find(registry, "steps", NULL) : kernel("span");
      tine_pipeline *p = tine_on(tine_zip(tine_slice(first), tine_slice(last)), pools[check_below(POOLS)]);
      o[own] = ended(tine_flat_map(p, with, NULL, 0), round % 2 ? 0 : 3, sums);
    }
    same(&o[0], &o[1]);
    tine_array_release(first);
    tine_array_release(last);
  }
  end();
}

CHECK_SUITE(api_expanding, CHECK_CASE(repeat), CHECK_CASE(span))
