/*
** Bits of values: sources, reductions, casts, kernels, sorts and files, by element type, in the table bits.def. (bits.h
** says how it is written. What all kinds of pipelines make of them is bits_kinds_test.c's.)
*/
#include "bits.h"
#include "npy_data.h"
#include "pipelines.h"
#include "pools.h"

enum { MANY = 20011, FEW = 1501 };

static const char *const table[] = {
#include "bits.def"
    NULL};

static tine_pipeline *part(tine_array *a, uint64_t n) {
  return tine_take(tine_slice(a), n);
}

#define EACH_TYPE(d) for (tine_dtype d = TINE_BOOL; d < TINE_DTYPE_END; d = (tine_dtype)(d + 1))
#define EACH_WORKING_TYPE(d) for (tine_dtype d = TINE_I64; d < TINE_DTYPE_END; d = (tine_dtype)(d + 1))

/* ----- Groups of lines ----- */

static void sources(void) {
  bits_begin(), bits_items(tine_range(-5000, 9000, 7)), bits_end("range");
  bits_begin(), bits_items(tine_range_f64(0.1, 300, 0.1)), bits_end("range_f64");
  bits_begin(), bits_items(tine_random(MANY, 42)), bits_end("random");
  bits_begin(), bits_items(tine_skip(tine_random(MANY, UINT64_MAX), 777)), bits_end("random, behind its beginning");
}

static void reductions_of(tine_dtype d, uint64_t n) {
  typedef tine_status reduction(tine_pipeline *, tine_value *, tine_error *);
  static reduction *const all[] = {tine_sum, tine_product, tine_mean, tine_var, tine_std};
  static const char *const names[] = {"sum", "product", "mean", "var", "std"};
  tine_array *a = bits_data(d, n, false);
  tine_pipeline *p = tine_slice(a);
  for (unsigned k = 0; k < sizeof all / sizeof *all; k++) {
    tine_value v = {.dtype = TINE_NONE};
    bits_begin();
    bits_add((uint64_t)all[k](p, &v, NULL));
    bits_value(v);
    bits_end("%s %s %d", names[k], tine_dtype_name(d), (int)n);
  }
  tine_pipeline_release(p);
  tine_array_release(a);
}

static void extremes_of(tine_dtype d) {
  static const uint64_t sizes[] = {1, 31, 300, 1024, MANY};
  tine_array *a = bits_data(d, MANY, true);
  bits_begin();
  for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (unsigned from = 0; from < 2; from++) {
      tine_pipeline *p = tine_skip(part(a, sizes[s] + 40), 40 * from);
      tine_value low = {.dtype = TINE_NONE}, high = low;
      uint64_t at = 0, at_high = 0;
      bits_add((uint64_t)tine_min(p, &low, &at, NULL));
      bits_add((uint64_t)tine_max(p, &high, &at_high, NULL));
      bits_value(low), bits_value(high), bits_add(at), bits_add(at_high);
      tine_pipeline_release(p);
    }
  bits_end("extremes %s", tine_dtype_name(d));
  tine_array_release(a);
}

static void reductions(void) {
  EACH_TYPE(d) {
    reductions_of(d, MANY);
    extremes_of(d);
  }
  EACH_WORKING_TYPE(d) {
    reductions_of(d, 37);
    reductions_of(d, 1024);
  }
}

/* With kernels, in the order of cells, of chunks and of prefixes. */
static void folds(void) {
  static const char *const names[] = {"add", "mul", "min", "max"};
  static const uint64_t chunks[] = {7, 32, 100, 1000, 5000};
  EACH_WORKING_TYPE(d) for (unsigned k = 0; k < sizeof names / sizeof *names; k++) {
    tine_array *a = bits_data(d, MANY, false), *prefixes = NULL;
    tine_pipeline *p = tine_slice(a);
    tine_value v = {.dtype = TINE_NONE};
    bits_begin(), bits_add((uint64_t)tine_reduce(p, builtin(names[k]), NULL, &v, NULL)), bits_value(v);
    bits_end("reduce %s %s", names[k], tine_dtype_name(d));
    bits_begin();
    CHECK_INT(tine_scan(p, builtin(names[k]), NULL, &prefixes, NULL), TINE_OK);
    bits_array(prefixes);
    bits_end("scan %s %s", names[k], tine_dtype_name(d));
    tine_pipeline_release(p);
    bits_begin();
    for (unsigned c = 0; c < sizeof chunks / sizeof *chunks; c++)
      bits_items(tine_fold_chunks(tine_slice(a), chunks[c], builtin(names[k]), NULL));
    bits_end("fold_chunks %s %s", names[k], tine_dtype_name(d));
    tine_array_release(a);
  }
}

static void casts(void) {
  static const char *const modes[] = {"exact", "wrap", "clamp"};
  EACH_TYPE(from) {
    tine_array *a = bits_data(from, FEW, true);
    for (unsigned mode = 0; mode < 3; mode++) {
      bits_begin();
      EACH_TYPE(to) bits_items(tine_cast(tine_slice(a), to, (tine_cast_mode)mode));
      bits_end("casts of %s, %s", tine_dtype_name(from), modes[mode]);
    }
    tine_array_release(a);
  }
}

static void maps(void) {
  static const struct {
    const char *name;
    unsigned inputs;
  } kernels[] = {{"add", 2},   {"sub", 2},   {"mul", 2},   {"div", 2},  {"idiv", 2}, {"mod", 2},   {"neg", 1},
                 {"abs", 1},   {"sign", 1},  {"fma", 3},   {"min", 2},  {"max", 2},  {"clamp", 3}, {"floor", 1},
                 {"ceil", 1},  {"round", 1}, {"trunc", 1}, {"sqrt", 1}, {"eq", 2},   {"lt", 2},    {"le", 2},
                 {"isnan", 1}, {"band", 2},  {"bxor", 2},  {"bnot", 1}, {"shl", 2},  {"shr", 2}};
  static const int columns[] = {0, 1, 2};
  EACH_WORKING_TYPE(d) {
    tine_array *a = bits_data(d, FEW, true), *b = bits_data(d, FEW, false), *c = bits_data(d, FEW, true);
    for (uint64_t i = 0; i < FEW && d == TINE_I64; i++)
      ((int64_t *)tine_array_data(b))[i] |= 1; /* divides */
    for (unsigned k = 0; k < sizeof kernels / sizeof *kernels; k++) {
      tine_pipeline *all = tine_zip(tine_zip(tine_slice(a), tine_slice(b)), tine_slice(c));
      const unsigned own[] = {0, 1, 2};
      all = tine_select(all, own, kernels[k].inputs);
      bits_begin(), bits_items(tine_map_args(all, builtin(kernels[k].name), columns, NULL, kernels[k].inputs));
      bits_end("map %s %s", kernels[k].name, tine_dtype_name(d));
    }
    tine_array_release(a), tine_array_release(b), tine_array_release(c);
  }
}

/* Chains of maps, which are fused; of a million items, which more than one thread may make. */
static void chains(void) {
  const tine_value half = tine_f64(1.5), third = tine_f64(1.0 / 3);
  EACH_WORKING_TYPE(d) for (unsigned square = 0; square < 2; square++) {
    tine_pipeline *p = tine_map(tine_random(1000000, 7), builtin("mul"), (const tine_value[]){tine_f64(1000)}, 1);
    tine_value v = {.dtype = TINE_NONE};
    p = tine_cast(p, d, TINE_CAST_WRAP);
    if (square) /* of itself */
      p = tine_map(tine_select(p, (const unsigned[]){0, 0}, 2), builtin("mul"), NULL, 0);
    p = tine_map(tine_map(p, builtin("add"), &half, 1), builtin("sqrt"), NULL, 0);
    p = tine_map(p, builtin("mul"), &third, 1);
    bits_begin(), bits_add((uint64_t)tine_sum(p, &v, NULL)), bits_value(v);
    bits_add((uint64_t)tine_var(p, &v, NULL)), bits_value(v);
    bits_end("chain %s %u", tine_dtype_name(d), square);
    p = tine_filter(p, builtin("gt"), (const tine_value[]){tine_f64(5)}, 1);
    bits_begin(), bits_add((uint64_t)tine_sum(p, &v, NULL)), bits_value(v);
    bits_end("chain %s %u, filtered", tine_dtype_name(d), square);
    tine_pipeline_release(p);
  }
}

static void orders_of(tine_dtype d, tine_order order) {
  tine_array *a = bits_data(d, MANY, true), *b = bits_data(TINE_I8, MANY, false), *out[2] = {NULL, NULL};
  tine_pipeline *p = tine_zip(tine_slice(b), tine_slice(a));
  bits_begin();
  CHECK_INT(tine_sorted(p, order, out, NULL), TINE_OK);
  bits_array(out[0]), bits_array(out[1]);
  bits_end("sorted i8 %s %d", tine_dtype_name(d), order);
  bits_begin();
  CHECK_INT(tine_array_argsort(a, order, out, NULL), TINE_OK);
  bits_array(out[0]);
  bits_end("argsort %s %d", tine_dtype_name(d), order);
  tine_pipeline_release(p);
  tine_array_release(a), tine_array_release(b);
}

/* Of what is often the same. */
static void keys_of(tine_dtype d) {
  tine_array *a = bits_data(d, MANY, true), *out[2] = {NULL, NULL};
  tine_pipeline *p = tine_cast(tine_slice(a), TINE_I8, TINE_CAST_CLAMP);
  bits_begin();
  CHECK_INT(tine_count_by(p, &out[0], &out[1], NULL), TINE_OK);
  bits_array(out[0]), bits_array(out[1]);
  CHECK_INT(tine_histogram(p, -100, 100, 37, out, NULL), TINE_OK);
  bits_array(out[0]);
  tine_pipeline_release(p);
  p = tine_slice(a);
  CHECK_INT(tine_unique(p, out, NULL), TINE_OK);
  bits_array(out[0]);
  CHECK_INT(tine_top(p, 100, out, NULL), TINE_OK);
  bits_array(out[0]);
  bits_end("keys %s", tine_dtype_name(d));
  tine_pipeline_release(p);
  tine_array_release(a);
}

static void orders(void) {
  EACH_TYPE(d) {
    orders_of(d, TINE_ASCENDING);
    orders_of(d, TINE_DESCENDING);
    keys_of(d);
  }
}

/* Files are little-endian everywhere. */
static void files(void) {
  enter_folder();
  const char *const path = in_folder("a.npy");
  EACH_TYPE(d) {
    tine_array *a = bits_data(d, 100, false);
    size_t n;
    CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
    unsigned char *bytes = (unsigned char *)get_file(path, &n);
    bits_begin();
    for (size_t i = 0; i < n; i++)
      bits_add(bytes[i]);
    bits_end("file of %s", tine_dtype_name(d));
    free(bytes);
    tine_array_release(a);
  }
  leave_folder(1);
}

/* The tree of leaves, by what has no other sense. */
static tine_status loop_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  uint64_t *h = acc;
  (void)ctx, (void)env;
  for (uint64_t i = lo; i < hi; i++)
    *h = mix(*h + i + 1);
  return TINE_OK;
}

static void loop_init(void *acc, void *env) {
  (void)env;
  *(uint64_t *)acc = 0;
}

static void loop_combine(void *acc, void *right, void *env) {
  (void)env;
  *(uint64_t *)acc = mix(*(uint64_t *)acc * 3 + *(uint64_t *)right);
}

static void loops(void) {
  static const uint64_t sizes[] = {0, 1, 513, MANY}, grains[] = {0, 7, 1000};
  tine_pool *pool = new_pool(2);
  for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    bits_begin();
    for (unsigned g = 0; g < sizeof grains / sizeof *grains; g++) {
      const tine_reducer reducer = {.acc_size = sizeof(uint64_t),
                                    .grain = grains[g],
                                    .init = loop_init,
                                    .fold = loop_fold,
                                    .combine = loop_combine};
      uint64_t result = 0;
      CHECK_INT(tine_parallel_reduce(pool, sizes[s], &reducer, NULL, &result, NULL), TINE_OK);
      bits_add(result);
    }
    bits_end("parallel_reduce %d", (int)sizes[s]);
  }
  tine_pool_destroy(pool);
}

static void the_same_on_every_machine(void) {
  bits_open("bits.def", table);
  bits_seed(0);
  sources(), reductions(), folds(), casts(), maps(), chains(), orders(), files(), loops();
  bits_close();
}

CHECK_SUITE(bits, CHECK_CASE(the_same_on_every_machine))
