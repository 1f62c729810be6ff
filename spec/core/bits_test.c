/*
** The bits of results, the same on every machine, compiler and number of threads: what is computed here is compared with
** the one table in bits.def, in the order of its lines, each "what it is: bits". Results of many values are a hash of
** them, in which all NaNs are one. Transcendental functions are not here: without SLEEF they are the C library's.
**
** TINE_BITS=1 prints the table as it is on this machine. A line of it changes only with what results are promised to be.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <math.h>
#include <stdarg.h>

#include "../../core/tine.h"
#include "npy_data.h"

enum { MANY = 20011, FEW = 1501 };

static const char *const table[] = {
#include "bits.def"
    NULL};
static size_t line; /* next of the table */
static uint64_t hash, sequence;

/* ----- Numbers, hashed; and lines ----- */

static void begin(void) {
  hash = UINT64_C(0x6a09e667f3bcc908);
}

static void add_bits(uint64_t bits) {
  hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
  hash ^= hash >> 29;
}

static void add_value(tine_value v) {
  uint64_t bits = 0;
  if (v.dtype == TINE_F32 || v.dtype == TINE_F64) {
    memcpy(&bits, &v.as.f, sizeof bits);
    bits = v.as.f != v.as.f ? UINT64_C(0x7ff8000000000000) : bits;
  } else
    bits = v.dtype == TINE_BOOL ? v.as.b : v.dtype == TINE_U64 ? v.as.u : (uint64_t)v.as.i;
  add_bits(v.dtype != TINE_NONE ? bits : 0);
  add_bits((uint64_t)v.dtype);
}

static void add_array(tine_array *a) {
  for (uint64_t i = 0; i < tine_array_len(a); i++)
    add_value(tine_array_get(a, i));
  add_bits(tine_array_len(a));
  tine_array_release(a);
}

/* The items of a pipeline; the status where it has none. Ends it. */
static void add_items(tine_pipeline *p) {
  tine_array *out[TINE_MAX_COLUMNS] = {NULL};
  const tine_status status = tine_collect(p, out, NULL);
  for (unsigned c = 0; status == TINE_OK && c < tine_pipeline_columns(p); c++)
    add_array(out[c]);
  add_bits((uint64_t)status);
  tine_pipeline_release(p);
}

/* What has been added since 'begin' is the line of that name. */
static void end(const char *format, ...) {
  char name[80], text[120];
  va_list args;
  va_start(args, format);
  vsnprintf(name, sizeof name, format, args);
  va_end(args);
  snprintf(text, sizeof text, "%s: %016" PRIx64, name, hash);
  if (getenv("TINE_BITS") != NULL)
    printf("\"%s\",\n", text);
  else if (CHECK_TEXT(text, table[line] != NULL ? table[line] : "a table with more lines"))
    line++;
  else
    line += table[line] != NULL;
}

/* ----- What is computed with ----- */

/* splitmix64, from where it was at 'fresh'. */
static uint64_t next(void) {
  uint64_t z = (sequence += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* As often short as long. */
static uint64_t integer(void) {
  const unsigned shift = (unsigned)(next() % 64);
  return next() >> shift;
}

static double number(void) {
  const int64_t digits = (int64_t)integer();
  return ldexp((double)digits, -(int)(next() % 64));
}

static void put_specials(double *x) {
  static const double specials[] = {0.0,     -0.0,   NAN,    INFINITY, -INFINITY, 0x1p-1074, -0x1p-1022, 0x1p63, 0x1p64,
                                    -0x1p63, 0x1p31, 255.75, -0.5,     0.5,       2.5,       0x1p24 + 1, 1e300,  -129};
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
    x[17 * i] = specials[i];
}

static tine_pipeline *part(tine_array *a, uint64_t n) {
  return tine_take(tine_slice(a), n);
}

/* n elements of that type; of a float also what is none or hurts, if 'special'. */
static tine_array *data(tine_dtype dtype, uint64_t n, bool special) {
  const bool real = dtype == TINE_F32 || dtype == TINE_F64;
  tine_array *a = NULL, *cast = NULL;
  if (!CHECK(tine_array_create(&a, real ? TINE_F64 : TINE_U64, n, NULL) == TINE_OK))
    exit(1);
  for (uint64_t i = 0; i < n; i++)
    if (real)
      ((double *)tine_array_data(a))[i] = number();
    else
      ((uint64_t *)tine_array_data(a))[i] = dtype == TINE_BOOL ? next() % 2 : integer();
  if (real && special && n > 17 * 18)
    put_specials(tine_array_data(a));
  tine_pipeline *p = tine_cast(tine_slice(a), dtype, TINE_CAST_WRAP);
  CHECK_INT(tine_collect(p, &cast, NULL), TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
  return cast;
}

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

#define EACH_TYPE(d) for (tine_dtype d = TINE_BOOL; d < TINE_DTYPE_END; d = (tine_dtype)(d + 1))
#define EACH_WORKING_TYPE(d) for (tine_dtype d = TINE_I64; d < TINE_DTYPE_END; d = (tine_dtype)(d + 1))

/* ----- Groups of lines ----- */

static void sources(void) {
  begin(), add_items(tine_range(-5000, 9000, 7)), end("range");
  begin(), add_items(tine_range_f64(0.1, 300, 0.1)), end("range_f64");
  begin(), add_items(tine_random(MANY, 42)), end("random");
  begin(), add_items(tine_skip(tine_random(MANY, UINT64_MAX), 777)), end("random, behind its beginning");
}

static void reductions_of(tine_dtype d, uint64_t n) {
  typedef tine_status reduction(tine_pipeline *, tine_value *, tine_error *);
  static reduction *const all[] = {tine_sum, tine_product, tine_mean, tine_var, tine_std};
  static const char *const names[] = {"sum", "product", "mean", "var", "std"};
  tine_array *a = data(d, n, false);
  tine_pipeline *p = tine_slice(a);
  for (unsigned k = 0; k < sizeof all / sizeof *all; k++) {
    tine_value v = {.dtype = TINE_NONE};
    begin();
    add_bits((uint64_t)all[k](p, &v, NULL));
    add_value(v);
    end("%s %s %d", names[k], tine_dtype_name(d), (int)n);
  }
  tine_pipeline_release(p);
  tine_array_release(a);
}

static void extremes_of(tine_dtype d) {
  static const uint64_t sizes[] = {1, 31, 300, 1024, MANY};
  tine_array *a = data(d, MANY, true);
  begin();
  for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (unsigned from = 0; from < 2; from++) {
      tine_pipeline *p = tine_skip(part(a, sizes[s] + 40), 40 * from);
      tine_value low = {.dtype = TINE_NONE}, high = low;
      uint64_t at = 0, at_high = 0;
      add_bits((uint64_t)tine_min(p, &low, &at, NULL));
      add_bits((uint64_t)tine_max(p, &high, &at_high, NULL));
      add_value(low), add_value(high), add_bits(at), add_bits(at_high);
      tine_pipeline_release(p);
    }
  end("extremes %s", tine_dtype_name(d));
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
    tine_array *a = data(d, MANY, false), *prefixes = NULL;
    tine_pipeline *p = tine_slice(a);
    tine_value v = {.dtype = TINE_NONE};
    begin(), add_bits((uint64_t)tine_reduce(p, kernel(names[k]), NULL, &v, NULL)), add_value(v);
    end("reduce %s %s", names[k], tine_dtype_name(d));
    begin();
    CHECK_INT(tine_scan(p, kernel(names[k]), NULL, &prefixes, NULL), TINE_OK);
    add_array(prefixes);
    end("scan %s %s", names[k], tine_dtype_name(d));
    tine_pipeline_release(p);
    begin();
    for (unsigned c = 0; c < sizeof chunks / sizeof *chunks; c++)
      add_items(tine_fold_chunks(tine_slice(a), chunks[c], kernel(names[k]), NULL));
    end("fold_chunks %s %s", names[k], tine_dtype_name(d));
    tine_array_release(a);
  }
}

static void casts(void) {
  static const char *const modes[] = {"exact", "wrap", "clamp"};
  EACH_TYPE(from) {
    tine_array *a = data(from, FEW, true);
    for (unsigned mode = 0; mode < 3; mode++) {
      begin();
      EACH_TYPE(to) add_items(tine_cast(tine_slice(a), to, (tine_cast_mode)mode));
      end("casts of %s, %s", tine_dtype_name(from), modes[mode]);
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
    tine_array *a = data(d, FEW, true), *b = data(d, FEW, false), *c = data(d, FEW, true);
    for (uint64_t i = 0; i < FEW && d == TINE_I64; i++)
      ((int64_t *)tine_array_data(b))[i] |= 1; /* divides */
    for (unsigned k = 0; k < sizeof kernels / sizeof *kernels; k++) {
      tine_pipeline *all = tine_zip(tine_zip(tine_slice(a), tine_slice(b)), tine_slice(c));
      const unsigned own[] = {0, 1, 2};
      all = tine_select(all, own, kernels[k].inputs);
      begin(), add_items(tine_map_args(all, kernel(kernels[k].name), columns, NULL, kernels[k].inputs));
      end("map %s %s", kernels[k].name, tine_dtype_name(d));
    }
    tine_array_release(a), tine_array_release(b), tine_array_release(c);
  }
}

/* Chains of maps, which are fused; of a million items, which more than one thread may make. */
static void chains(void) {
  const tine_value half = tine_f64(1.5), third = tine_f64(1.0 / 3);
  EACH_WORKING_TYPE(d) for (unsigned square = 0; square < 2; square++) {
    tine_pipeline *p = tine_map(tine_random(1000000, 7), kernel("mul"), (const tine_value[]){tine_f64(1000)}, 1);
    tine_value v = {.dtype = TINE_NONE};
    p = tine_cast(p, d, TINE_CAST_WRAP);
    if (square) /* of itself */
      p = tine_map(tine_select(p, (const unsigned[]){0, 0}, 2), kernel("mul"), NULL, 0);
    p = tine_map(tine_map(p, kernel("add"), &half, 1), kernel("sqrt"), NULL, 0);
    p = tine_map(p, kernel("mul"), &third, 1);
    begin(), add_bits((uint64_t)tine_sum(p, &v, NULL)), add_value(v);
    add_bits((uint64_t)tine_var(p, &v, NULL)), add_value(v);
    end("chain %s %u", tine_dtype_name(d), square);
    p = tine_filter(p, kernel("gt"), (const tine_value[]){tine_f64(5)}, 1);
    begin(), add_bits((uint64_t)tine_sum(p, &v, NULL)), add_value(v);
    end("chain %s %u, filtered", tine_dtype_name(d), square);
    tine_pipeline_release(p);
  }
}

static void orders_of(tine_dtype d, tine_order order) {
  tine_array *a = data(d, MANY, true), *b = data(TINE_I8, MANY, false), *out[2] = {NULL, NULL};
  tine_pipeline *p = tine_zip(tine_slice(b), tine_slice(a));
  begin();
  CHECK_INT(tine_sorted(p, order, out, NULL), TINE_OK);
  add_array(out[0]), add_array(out[1]);
  end("sorted i8 %s %d", tine_dtype_name(d), order);
  begin();
  CHECK_INT(tine_array_argsort(a, order, out, NULL), TINE_OK);
  add_array(out[0]);
  end("argsort %s %d", tine_dtype_name(d), order);
  tine_pipeline_release(p);
  tine_array_release(a), tine_array_release(b);
}

/* Of what is often the same. */
static void keys_of(tine_dtype d) {
  tine_array *a = data(d, MANY, true), *out[2] = {NULL, NULL};
  tine_pipeline *p = tine_cast(tine_slice(a), TINE_I8, TINE_CAST_CLAMP);
  begin();
  CHECK_INT(tine_count_by(p, &out[0], &out[1], NULL), TINE_OK);
  add_array(out[0]), add_array(out[1]);
  CHECK_INT(tine_histogram(p, -100, 100, 37, out, NULL), TINE_OK);
  add_array(out[0]);
  tine_pipeline_release(p);
  p = tine_slice(a);
  CHECK_INT(tine_unique(p, out, NULL), TINE_OK);
  add_array(out[0]);
  CHECK_INT(tine_top(p, 100, out, NULL), TINE_OK);
  add_array(out[0]);
  end("keys %s", tine_dtype_name(d));
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
    tine_array *a = data(d, 100, false);
    size_t n;
    CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
    unsigned char *bytes = (unsigned char *)get_file(path, &n);
    begin();
    for (size_t i = 0; i < n; i++)
      add_bits(bytes[i]);
    end("file of %s", tine_dtype_name(d));
    free(bytes);
    tine_array_release(a);
  }
  leave_folder(1);
}

static void the_same_on_every_machine(void) {
  line = 0;
  sequence = 0;
  sources(), reductions(), folds(), casts(), maps(), chains(), orders(), files();
  if (getenv("TINE_BITS") == NULL)
    CHECK(table[line] == NULL); /* all lines were met */
}

CHECK_SUITE(bits, CHECK_CASE(the_same_on_every_machine))
