/*
** The bytes are pipelines of the API in C and terminals, two threads of thought at once: what runs on the calling
** thread alone and what runs in small pieces on a pool of three give the same status and the same bits. The 0.1 s that
** a run may take are over for one of the two at times; then nothing is compared.
*/
#define _GNU_SOURCE
#include "fuzz.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tine.h"

#define RUN_SECONDS 0.1
enum { HELD = 4, STEPS = 40, ELEMENTS = 3000, BYTES = 64 << 20 };

/* ----- Choices ----- */

typedef struct input {
  const uint8_t *data;
  size_t size, at;
  tine_pipeline *held[HELD];
  tine_array *array;
  tine_pool *pool;
} input;

static unsigned choice(input *in, unsigned n) {
  return in->at < in->size ? in->data[in->at++] % n : 0;
}

static const int64_t integers[] = {
    1,    0,  2,  3,   5,    7,     31,   32,    33,      100,     1000,      1023,      1024,      1025,
    5000, -1, -5, 255, 4096, 65536, -128, 70000, 1 << 20, 1 << 24, INT64_MAX, INT64_MIN, 1LL << 31, 1LL << 40};
static const double floats[] = {0.5, -0.0, 1.5, NAN, INFINITY, -INFINITY, 0x1p63, -0x1p63, 1e308, 5e-324, 2.0, 100.0};

static int64_t integer(input *in) {
  return integers[choice(in, sizeof integers / sizeof *integers)];
}

static uint64_t count(input *in) {
  const int64_t n = integer(in);
  return n < 0 ? (uint64_t) - (n + 1) : (uint64_t)n;
}

static double number(input *in) {
  return choice(in, 2) ? (double)integer(in) : floats[choice(in, sizeof floats / sizeof *floats)];
}

static tine_dtype dtype(input *in) {
  return (tine_dtype)(TINE_BOOL + choice(in, TINE_F64 - TINE_BOOL + 1));
}

static tine_value value(input *in) {
  switch (choice(in, 4)) {
    case 0: return (tine_value){.dtype = TINE_F64, .as.f = number(in)};
    case 1: return (tine_value){.dtype = TINE_BOOL, .as.b = choice(in, 2) != 0};
    case 2: return (tine_value){.dtype = TINE_U64, .as.u = count(in)};
    default: return (tine_value){.dtype = TINE_I64, .as.i = integer(in)};
  }
}

static tine_kernel *kernel(input *in) {
  static const char *const usual[] = {"add", "mul", "gt", "lt", "max", "min", "ne", "band", "repeat", "mod", "where"};
  size_t n = 0;
  if (choice(in, 4) > 0)
    return tine_kernel_find(NULL, usual[choice(in, sizeof usual / sizeof *usual)], NULL);
  while (tine_kernel_at(NULL, n) != NULL)
    n++;
  return tine_kernel_at(NULL, choice(in, (unsigned)n));
}

/* ----- Pipelines: each function takes the references that it is given ----- */

static tine_pipeline *source(input *in) {
  const uint64_t n = count(in);
  switch (choice(in, 7)) {
    case 0: return tine_range(integer(in), integer(in), integer(in));
    case 1: return tine_range_f64(number(in), number(in), number(in));
    case 2: return tine_rep(value(in), n);
    case 3: return tine_empty(dtype(in));
    case 4: return tine_random(n, (uint64_t)integer(in));
    case 5: return tine_take(tine_slice(in->array), n % ELEMENTS);
    default: return tine_slice(in->array);
  }
}

static tine_pipeline *taking(input *in, tine_pipeline *p) {
  const tine_value v[2] = {value(in), value(in)};
  const size_t n = choice(in, 8) == 7 ? 2 : choice(in, 6) == 5 ? 0 : 1;
  switch (choice(in, 8)) {
    case 0: return tine_map(p, kernel(in), v, n);
    case 1: return tine_filter(p, kernel(in), v, n);
    case 2: return tine_extend(p, kernel(in), v, n);
    case 3: return tine_flat_map(p, kernel(in), v, n);
    case 4: return tine_positions(p, kernel(in), v, n);
    case 5: return tine_take_while(p, kernel(in), v, n);
    case 6: return tine_skip_while(p, kernel(in), v, n);
    default: return tine_fold_chunks(p, count(in), kernel(in), n > 0 ? v : NULL);
  }
}

static tine_pipeline *two(input *in, tine_pipeline *p, tine_pipeline *q) {
  switch (choice(in, 6)) {
    case 0: return tine_zip(p, q);
    case 1: return tine_chain(p, q);
    case 2: return tine_interleave(p, q);
    case 3: return tine_interleave_shortest(p, q);
    case 4: return tine_zip_eq(p, q);
    default: return tine_filter_by(p, q);
  }
}

static tine_pipeline *plain(input *in, tine_pipeline *p) {
  const unsigned columns[] = {choice(in, 3), choice(in, 3), choice(in, 3)};
  switch (choice(in, 12)) {
    case 0: return tine_rev(p);
    case 1: return tine_enumerate(p);
    case 2: return tine_skip(p, count(in));
    case 3: return tine_step_by(p, count(in));
    case 4: return tine_windows(p, 1 + choice(in, 40));
    case 5: return tine_gather(p, in->array);
    case 6: return tine_select(p, columns, 1 + choice(in, 3));
    case 7: return tine_take(p, count(in));
    case 8: return tine_cast(p, dtype(in), (tine_cast_mode)choice(in, 3));
    case 9: return tine_min_len(p, count(in));
    case 10: return tine_max_len(p, count(in));
    default: return tine_filter_mask(p);
  }
}

static void build(input *in) {
  tine_pipeline **to = &in->held[choice(in, HELD)], *p = *to;
  tine_pipeline *from = tine_pipeline_retain(in->held[choice(in, HELD)]);
  tine_error err;
  switch (choice(in, 6)) {
    case 0: tine_pipeline_release(from), from = source(in); break;
    case 1: from = two(in, from, tine_pipeline_retain(in->held[choice(in, HELD)])); break;
    case 2: from = plain(in, from); break;
    default: from = taking(in, from); break;
  }
  if (tine_pipeline_check(from, &err) != TINE_OK) { /* told, and not built on for ever */
    tine_pipeline_release(from);
    return;
  }
  *to = from;
  tine_pipeline_release(p);
}

/* ----- Terminals, twice ----- */

typedef struct outcome {
  tine_status status;
  uint64_t item; /* of a failure */
  unsigned arrays;
  tine_array *array[TINE_MAX_COLUMNS + 1];
  tine_value value[TINE_MAX_COLUMNS];
  uint64_t number;
} outcome;

typedef struct terminal {
  unsigned which, k;
  tine_kernel *kernel;
  tine_value v;
  double lo, hi;
} terminal;

static void end_with(const terminal *t, tine_pipeline *p, outcome *o) {
  const unsigned columns = tine_pipeline_columns(p);
  tine_error err = {.item = 0};
  bool yes = false;
  memset(o, 0, sizeof *o);
  switch (t->which) {
    case 0: o->status = tine_sum(p, o->value, &err); break;
    case 1: o->status = tine_collect(p, o->array, &err), o->arrays = columns; break;
    case 2: o->status = tine_count(p, &o->number, &err); break;
    case 3:
      o->status = tine_sorted(p, t->k & 1 ? TINE_DESCENDING : TINE_ASCENDING, o->array, &err), o->arrays = columns;
      break;
    case 4: o->status = tine_unique(p, o->array, &err), o->arrays = columns; break;
    case 5: o->status = tine_count_by(p, o->array, &o->array[columns], &err), o->arrays = columns + 1; break;
    case 6: o->status = tine_top(p, t->k, o->array, &err), o->arrays = columns; break;
    case 7: o->status = tine_histogram(p, t->lo, t->hi, t->k, o->array, &err), o->arrays = columns; break;
    case 8: o->status = tine_scan(p, t->kernel, NULL, o->array, &err), o->arrays = columns; break;
    case 9: o->status = tine_find(p, t->k & 1 ? TINE_FIRST : TINE_LAST, t->kernel, &t->v, 1, o->value, &err); break;
    case 10:
      o->status = tine_position(p, t->k & 1 ? TINE_FIRST : TINE_LAST, t->kernel, &t->v, 1, &o->number, &err);
      break;
    case 11: o->status = tine_any(p, t->kernel, &t->v, 1, &yes, &err), o->number = yes; break;
    case 12: o->status = tine_min(p, o->value, NULL, &err); break;
    case 13: o->status = tine_var(p, o->value, &err); break;
    default: o->status = tine_reduce(p, t->kernel, t->k & 1 ? &t->v : NULL, o->value, &err); break;
  }
  o->item = err.item;
  if (o->status != TINE_OK)
    o->arrays = 0;
}

static bool same_bytes(const tine_array *a, const tine_array *b) {
  const size_t size = tine_dtype_size(tine_array_dtype(a));
  return tine_array_dtype(a) == tine_array_dtype(b) && tine_array_len(a) == tine_array_len(b) &&
         (tine_array_len(a) == 0 || memcmp(tine_array_data(a), tine_array_data(b), tine_array_len(a) * size) == 0);
}

/* NaNs are one: which of two that are added is the result is the processor's affair. */
static bool same_value(tine_value a, tine_value b) {
  return a.dtype == b.dtype && (a.as.u == b.as.u || (a.dtype == TINE_F64 && isnan(a.as.f) && isnan(b.as.f)) ||
                                (a.dtype == TINE_BOOL && a.as.b == b.as.b) || a.dtype == TINE_NONE);
}

static bool cut_short(tine_status status) {
  return status == TINE_ETIMEOUT || status == TINE_ENOMEM;
}

static void compare(const terminal *t, const outcome *a, const outcome *b) {
  if (cut_short(a->status) || cut_short(b->status))
    return;
  if (a->status != b->status)
    fuzz_fail("another status on more threads; terminal", t->which);
  if (a->status == TINE_OK && a->number != b->number)
    fuzz_fail("another number on more threads; terminal", t->which);
  for (unsigned i = 0; a->status == TINE_OK && i < TINE_MAX_COLUMNS; i++)
    if (!same_value(a->value[i], b->value[i]))
      fuzz_fail("another value on more threads; terminal", t->which);
  for (unsigned i = 0; i < a->arrays; i++)
    if (!same_bytes(a->array[i], b->array[i]))
      fuzz_fail("other elements on more threads; terminal", t->which);
}

static void end(input *in) {
  const tine_pipeline *p = in->held[choice(in, HELD)];
  const terminal t = {choice(in, 15), 1 + choice(in, 250), kernel(in), value(in), -10, 1 + choice(in, 200)};
  tine_pipeline *alone = tine_timeout(tine_pipeline_retain((tine_pipeline *)(uintptr_t)p), RUN_SECONDS);
  tine_pipeline *apart = tine_max_len(tine_on(tine_pipeline_retain(alone), in->pool), 300);
  outcome one, many;
  end_with(&t, alone = tine_sequential(alone), &one);
  end_with(&t, apart, &many);
  compare(&t, &one, &many);
  for (unsigned i = 0; i < TINE_MAX_COLUMNS + 1; i++) {
    tine_array_release(one.array[i]);
    tine_array_release(many.array[i]);
  }
  tine_pipeline_release(alone);
  tine_pipeline_release(apart);
}

static void use(input *in) {
  const tine_pool_options options = {.size = sizeof options, .threads = 3};
  int64_t *x;
  if (tine_array_create(&in->array, TINE_I64, ELEMENTS, NULL) != TINE_OK ||
      tine_pool_create(&in->pool, &options, NULL) != TINE_OK)
    abort();
  x = tine_array_data(in->array);
  for (int i = 0; i < ELEMENTS; i++)
    x[i] = i * 7 % 1000 + 1;
  for (int i = 0; i < HELD; i++)
    in->held[i] = i % 2 ? tine_range(1, 5000, 1) : tine_slice(in->array);
  for (int i = 0; i < STEPS && in->at < in->size; i++)
    choice(in, 4) == 3 ? end(in) : build(in);
  end(in);
  for (int i = 0; i < HELD; i++)
    tine_pipeline_release(in->held[i]);
  tine_array_release(in->array);
  tine_pool_destroy(in->pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {.data = data, .size = size};
  tine_account *account;
  fuzz_begin();
  if (tine_account_create(&account, BYTES, NULL) != TINE_OK)
    abort();
  tine_account_use(account);
  use(&in);
  tine_account_use(NULL);
  tine_account_release(account);
  fuzz_end();
  return 0;
}
