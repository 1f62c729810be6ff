/*
** Cases of adaptors that keep the index; see pipelines_indexed.h. Each stands on a base that points into an array and
** on one that computes, since these take different ways.
*/
#include "pipelines_indexed.h"

tine_pipeline *stored(uint64_t n) {
  tine_array *a;
  tine_pipeline *p;
  if (tine_array_create(&a, TINE_F64, n, NULL) != TINE_OK)
    return NULL;
  for (uint64_t i = 0; i < n; i++)
    ((double *)tine_array_data(a))[i] = (double)i * 0.5;
  p = tine_slice(a);
  tine_array_release(a);
  return p;
}

tine_pipeline *computed(uint64_t n) {
  const tine_value half = tine_f64(0.5);
  return tine_map(tine_range(0, (int64_t)n - 1, 1), tine_kernel_find(NULL, "mul", NULL), &half, 1);
}

static double at(uint64_t i) {
  return (double)i * 0.5;
}

tine_pipeline *make_chain(uint64_t n) {
  return tine_chain(stored(n / 3), computed(n - n / 3));
}
double item_chain(uint64_t n, unsigned c, uint64_t i) {
  (void)c;
  return at(i < n / 3 ? i : i - n / 3);
}

/* Both ways round, most of the parts shorter than a block. */
tine_pipeline *make_chains(uint64_t n) {
  const uint64_t part = n / 20;
  tine_pipeline *p = computed(n - 19 * part);
  for (int k = 0; k < 19; k++)
    p = k % 2 == 0 ? tine_chain(p, stored(part)) : tine_chain(computed(part), p);
  return p;
}
double item_chains(uint64_t n, unsigned c, uint64_t i) {
  const uint64_t part = n / 20, first = n - 19 * part;
  (void)c;
  if (i < 9 * part)
    return at(i % part);
  i -= 9 * part;
  return at(i < first ? i : (i - first) % part);
}

tine_pipeline *make_empty(uint64_t n) {
  return tine_chain(tine_chain(tine_empty(TINE_F64), tine_rev(computed(n))), tine_empty(TINE_F64));
}
double item_second(uint64_t n, unsigned c, uint64_t i) {
  return item_rev(n, c, i);
}

tine_pipeline *make_enumerate(uint64_t n) {
  return tine_enumerate(tine_zip(computed(n), stored(n)));
}
double item_enumerate(uint64_t n, unsigned c, uint64_t i) {
  (void)n;
  return c == 0 ? (double)(i + 1) : at(i);
}

tine_pipeline *make_rev_stored(uint64_t n) {
  return tine_rev(stored(n));
}
tine_pipeline *make_rev_computed(uint64_t n) {
  return tine_rev(computed(n));
}
double item_rev(uint64_t n, unsigned c, uint64_t i) {
  (void)c;
  return at(n - 1 - i);
}

tine_pipeline *make_skip_stored(uint64_t n) {
  return tine_skip(stored(n + 7), 7);
}
tine_pipeline *make_skip_computed(uint64_t n) {
  return tine_skip(computed(n + 7), 7);
}
double item_skip(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c;
  return at(i + 7);
}

/* Columns: 0.5i, 10 - 0.5i; the second first, and once more. */
tine_pipeline *make_select(uint64_t n) {
  static const unsigned columns[] = {1, 0, 1};
  const tine_value ten = tine_f64(10);
  static const int inputs[] = {-1, 0};
  const tine_value constants[] = {ten, ten};
  tine_pipeline *p = tine_map_args(stored(n), tine_kernel_find(NULL, "sub", NULL), inputs, constants, 2);
  return tine_select(tine_zip(computed(n), p), columns, 3);
}
double item_select(uint64_t n, unsigned c, uint64_t i) {
  (void)n;
  return c == 1 ? at(i) : 10 - at(i);
}

tine_pipeline *make_extend(uint64_t n) {
  tine_pipeline *p = tine_extend(computed(n), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  return tine_extend(p, tine_kernel_find(NULL, "mul", NULL), NULL, 0);
}
double item_extend(uint64_t n, unsigned c, uint64_t i) {
  (void)n;
  return c == 0 ? at(i) : c == 1 ? -at(i) : at(i) * -at(i);
}

/* An i64 column that is kept, and converted for the kernel. */
tine_pipeline *make_extend_args(uint64_t n) {
  static const int columns[] = {0, -1};
  const tine_value constants[] = {tine_f64(0), tine_f64(0.25)};
  tine_pipeline *p = tine_cast(computed(n), TINE_F32, TINE_CAST_EXACT);
  p = tine_zip(tine_range(0, (int64_t)n - 1, 1), p);
  return tine_extend_args(p, tine_kernel_find(NULL, "add", NULL), columns, constants, 2);
}
double item_extend_args(uint64_t n, unsigned c, uint64_t i) {
  (void)n;
  return c == 0 ? (double)i : c == 1 ? at(i) : (double)i + 0.25;
}

tine_pipeline *make_all(uint64_t n) {
  static const unsigned columns[] = {2, 1, 0};
  tine_pipeline *p = tine_chain(tine_rev(computed(n / 2)), tine_skip(stored(n - n / 2 + 3), 3));
  p = tine_extend(tine_enumerate(tine_skip(tine_rev(tine_chain(p, computed(2000))), 2000)),
                  tine_kernel_find(NULL, "add", NULL), NULL, 0);
  return tine_rev(tine_select(p, columns, 3));
}
double item_all(uint64_t n, unsigned c, uint64_t i) {
  const double x = i < n / 2 ? at(n / 2 - 1 - i) : at(i - n / 2 + 3);
  const double place = (double)(n - i);
  return c == 2 ? place : c == 1 ? x : x + place;
}

tine_pipeline *make_step_stored(uint64_t n) {
  return tine_step_by(stored(n > 0 ? 3 * n - 2 : 0), 3);
}
tine_pipeline *make_step_computed(uint64_t n) {
  return tine_step_by(computed(3 * n), 3);
}
double item_step(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c;
  return at(3 * i);
}
tine_pipeline *make_step_slow(uint64_t n) {
  return tine_step_by(tine_map(computed(n > 0 ? 3 * n - 1 : 0), slow_kernel(), NULL, 0), 3);
}
double item_step_slow(uint64_t n, unsigned c, uint64_t i) {
  return -item_step(n, c, i);
}

/* b has two items more if n allows. */
tine_pipeline *make_interleave(uint64_t n) {
  const uint64_t a = n / 3;
  return tine_interleave(stored(a), tine_rev(computed(n - a)));
}
double item_interleave(uint64_t n, unsigned c, uint64_t i) {
  const uint64_t a = n / 3, b = n - a;
  (void)c;
  if (i < 2 * a)
    return i % 2 == 0 ? at(i / 2) : at(b - 1 - i / 2);
  return at(b - 1 - (i - a));
}
tine_pipeline *make_interleave_rest(uint64_t n) {
  return tine_interleave(computed(n - n / 3), stored(n / 3));
}
double item_interleave_rest(uint64_t n, unsigned c, uint64_t i) {
  const uint64_t b = n / 3;
  (void)c;
  return at(i < 2 * b ? i / 2 : i - b);
}
tine_pipeline *make_shortest(uint64_t n) {
  return n % 2 == 0 ? tine_interleave_shortest(stored(n / 2), computed(n / 2 + 5))
                    : tine_interleave_shortest(stored(n / 2 + 5), computed(n / 2));
}
double item_shortest(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c;
  return at(i / 2);
}

tine_pipeline *make_windows_stored(uint64_t n) {
  return tine_windows(stored(n > 0 ? n + 2 : 1), 3);
}
tine_pipeline *make_windows_computed(uint64_t n) {
  return tine_windows(computed(n > 0 ? n + 2 : 2), 3);
}
double item_windows(uint64_t n, unsigned c, uint64_t i) {
  (void)n;
  return at(i + c);
}

/* Elements n, n - 1, ..., by indices of a narrower type that must be converted. */
tine_pipeline *make_gather(uint64_t n) {
  tine_array *a;
  tine_pipeline *p = tine_cast(tine_range((int64_t)n, 1, -1), TINE_U16, TINE_CAST_EXACT);
  tine_array_create(&a, TINE_F32, n, NULL);
  for (uint64_t i = 0; i < n; i++)
    tine_array_set(a, i, tine_f64((double)i), NULL);
  p = tine_gather(p, a);
  tine_array_release(a);
  return p;
}
double item_gather(uint64_t n, unsigned c, uint64_t i) {
  (void)c;
  return (double)(n - 1 - i);
}

static int source_items(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    ((int64_t *)block->out[0])[i] = (int64_t)(block->first + i);
    ((uint16_t *)block->out[1])[i] = (uint16_t)(block->first + i + *(const unsigned *)block->env);
  }
  return 0;
}
tine_pipeline *make_source(uint64_t n) {
  static const tine_dtype dtypes[] = {TINE_I64, TINE_U16};
  const unsigned more = 1000;
  const tine_index_source source = {.size = sizeof source,
                                    .name = "counter",
                                    .dtypes = dtypes,
                                    .columns = 2,
                                    .len = n,
                                    .fill = source_items,
                                    .env = &more,
                                    .env_size = sizeof more};
  return tine_source_index(&source);
}
double item_source(uint64_t n, unsigned c, uint64_t i) {
  (void)n;
  return c == 0 ? (double)i : (double)(uint16_t)(i + 1000);
}

/* Three items a chunk, the last one short. */
tine_pipeline *make_chunks(uint64_t n) {
  const uint64_t items = n > 0 ? 3 * n - 1 : 0;
  return tine_fold_chunks(tine_range(1, (int64_t)items, 1), 3, tine_kernel_find(NULL, "add", NULL), NULL);
}
double item_chunks(uint64_t n, unsigned c, uint64_t i) {
  const double first = 3 * (double)i + 1;
  (void)c;
  return i + 1 < n ? 3 * first + 3 : 2 * first + 1;
}

/* What the numbers are is tested elsewhere: here they must be the same whichever are asked for. */
tine_pipeline *make_random(uint64_t n) {
  return tine_random(n, 42);
}
double item_of_random(uint64_t n, unsigned c, uint64_t i) {
  static double known[32768];
  static bool made;
  (void)n, (void)c;
  if (!made) {
    tine_pipeline *p = tine_random(32768, 42);
    tine_array *a = tine_slice_of(TINE_F64, known, 32768, sizeof *known);
    made = tine_collect_into(p, &a, 1, NULL) == TINE_OK;
    tine_array_release(a);
    tine_pipeline_release(p);
  }
  return known[i];
}
