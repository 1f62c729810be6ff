/*
** Conversions: every pair of types in every mode, layout and instruction set, against arithmetic in types wide enough
** to hold all values.
*/
#include "../../core/kernel/kernel.h"
#include "../../core/kernel/simd.h"
#include "kernel_data.h"
#include "wide.h"

static const tine_cast_mode modes[] = {TINE_CAST_EXACT, TINE_CAST_WRAP, TINE_CAST_CLAMP};

/* ===== the oracle: NULL and the result, or why there is none ===== */

static const char *float_to_integer(long double f, tine_dtype to, tine_cast_mode mode, tine_value *out) {
  const long double low = (long double)ti_dtype_min(to), top = (long double)ti_dtype_max(to);
  const long double modulus = top - low + 1;
  const bool finite = isfinite(f);
  if (mode == TINE_CAST_EXACT && (!finite || truncl(f) != f))
    return "number has no integer representation";
  if (mode == TINE_CAST_EXACT && (f < low || f > top))
    return "integer overflow";
  if (mode == TINE_CAST_CLAMP)
    f = isnan(f) ? 0 : f < low ? low : f > top ? top : f;
  f = isfinite(f) ? truncl(f) : 0;
  if (mode == TINE_CAST_WRAP) {
    f = fmodl(f, modulus);
    f = f < low ? f + modulus : f > top ? f - modulus : f;
  }
  if (to == TINE_U64)
    out->as.u = (uint64_t)f;
  else
    out->as.i = (int64_t)f;
  return NULL;
}

static const char *integer_to_integer(wide i, tine_dtype to, tine_cast_mode mode, tine_value *out) {
  const wide low = ti_dtype_min(to), top = ti_dtype_max(to), all = top - low + 1;
  if (mode == TINE_CAST_EXACT && (i < low || i > top))
    return "integer overflow";
  if (mode == TINE_CAST_CLAMP)
    i = i < low ? low : i > top ? top : i;
  while (i < low)
    i += (wide_quotient(low - i, all) + 1) * all;
  while (i > top)
    i -= (wide_quotient(i - top, all) + 1) * all;
  while (i < low) /* the step may have been one too many */
    i += all;
  out->as.u = wide_bits(i);
  return NULL;
}

static const char *oracle_cast(tine_value v, tine_dtype to, tine_cast_mode mode, tine_value *out) {
  const bool from_float = ti_dtype_float(v.dtype);
  const wide i = v.dtype == TINE_BOOL ? (wide)v.as.b : v.dtype == TINE_U64 ? (wide)v.as.u : (wide)v.as.i;
  out->dtype = to;
  out->as.u = 0;
  if (to == TINE_BOOL)
    out->as.b = from_float ? !(v.as.f == 0) : i != 0;
  else if (to == TINE_F64)
    out->as.f = from_float ? v.as.f : (double)i;
  else if (to == TINE_F32)
    out->as.f = (double)(from_float ? (float)v.as.f : (float)i);
  else if (from_float)
    return float_to_integer((long double)v.as.f, to, mode, out);
  else
    return integer_to_integer(i, to, mode, out);
  return NULL;
}

/* ===== */

typedef struct cast_trial {
  data_column in;
  _Alignas(64) unsigned char out[DATA_ITEMS * 8];
  tine_block block;
  char message[TINE_MESSAGE_SIZE];
  int code;
} cast_trial;

static void cast_run(cast_trial *t, tine_kernel_fn *fn) {
  const void *in = t->in.first;
  void *out = t->out;
  t->block = (tine_block){DATA_ITEMS, 0, &in, &t->in.stride, &out, NULL, DATA_ITEMS, t->message, NULL, NULL};
  t->code = fn(&t->block);
}

/* Makes all items fit but, where 'spare' is below their number, that one. */
static void cast_mend(cast_trial *t, tine_dtype to, size_t spare) {
  tine_value ignored;
  for (size_t i = 0; i < DATA_ITEMS; i++)
    if (i != spare && oracle_cast(data_at(&t->in, i), to, TINE_CAST_EXACT, &ignored) != NULL)
      ti_value_store(t->in.dtype, (char *)(uintptr_t)t->in.first + (ptrdiff_t)i * t->in.stride,
                     tine_i64((int64_t)check_below(100)), NULL);
}

static void cast_check(cast_trial *t, tine_dtype to, tine_cast_mode mode) {
  const char *why = NULL;
  size_t i;
  for (i = 0; i < DATA_ITEMS && why == NULL; i++) {
    tine_value want, got = ti_value_load(to, t->out + i * tine_dtype_size(to));
    char text[3][64];
    why = oracle_cast(data_at(&t->in, i), to, mode, &want);
    if (why == NULL && !data_same(got, want)) {
      CHECK_TEXT(data_text(got, text[0]), data_text(want, text[1]));
      printf("\n    %s %s to %s, mode %d, item %zu", tine_dtype_name(t->in.dtype),
             data_text(data_at(&t->in, i), text[2]), tine_dtype_name(to), (int)mode, i);
      return;
    }
  }
  CHECK_INT(t->code, why == NULL ? 0 : TINE_EKERNEL);
  if (why != NULL && t->code != 0) {
    CHECK_TEXT(t->message, why);
    CHECK_INT(t->block.failed, i - 1);
  }
}

static void pair(tine_dtype from, tine_dtype to, unsigned simd) {
  static cast_trial t;
  for (unsigned m = 0; m < 3; m++) {
    tine_kernel_fn *fn = ti_cast_variant(simd, from, to, modes[m]);
    CHECK_STOP(fn != NULL);
    for (unsigned again = 0; again < 40; again++) {
      data_fill(&t.in, from, (data_layout)(again % DATA_LAYOUTS));
      if (again < 30 && modes[m] == TINE_CAST_EXACT)
        cast_mend(&t, to, again < 10 ? SIZE_MAX : check_below(DATA_ITEMS));
      cast_run(&t, fn);
      cast_check(&t, to, modes[m]);
    }
  }
}

static void all_pairs(void) {
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
    for (unsigned from = TINE_NONE + 1; from < TINE_DTYPE_END; from++)
      for (unsigned to = TINE_NONE + 1; to < TINE_DTYPE_END; to++)
        pair((tine_dtype)from, (tine_dtype)to, simd);
}

static void one(tine_value v, tine_dtype to, tine_cast_mode mode, const char *want) {
  _Alignas(8) unsigned char in[8], out[8];
  const void *pin = in;
  void *pout = out;
  const ptrdiff_t stride = 8;
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {1, 0, &pin, &stride, &pout, NULL, 0, message, NULL, NULL};
  ti_value_store(v.dtype, in, v, NULL);
  if (ti_cast_find(v.dtype, to, mode)(&block) == 0)
    ti_value_text(message, sizeof message, ti_value_load(to, out));
  CHECK_TEXT(message, want);
}

/* What the documentation says, word by word. */
static void documented(void) {
  const char *no = "number has no integer representation", *over = "integer overflow";
  tine_value u = {.dtype = TINE_U64, .as = {.u = UINT64_MAX}};
  one(tine_f64(2.0), TINE_I32, TINE_CAST_EXACT, "2");
  one(tine_f64(1.5), TINE_I32, TINE_CAST_EXACT, no);
  one(tine_f64(NAN), TINE_U8, TINE_CAST_EXACT, no);
  one(tine_f64(INFINITY), TINE_I64, TINE_CAST_EXACT, no);
  one(tine_f64(300), TINE_U8, TINE_CAST_EXACT, over);
  one(tine_f64(-1), TINE_U64, TINE_CAST_EXACT, over);
  one(tine_f64(-0.0), TINE_U64, TINE_CAST_EXACT, "0");
  one(tine_f64(0x1p63), TINE_I64, TINE_CAST_EXACT, over);
  one(tine_f64(0x1p63), TINE_U64, TINE_CAST_EXACT, "9223372036854775808");
  one(tine_f64(-0x1p63), TINE_I64, TINE_CAST_EXACT, "-9223372036854775808");
  one(tine_i64(300), TINE_U8, TINE_CAST_EXACT, over);
  one(tine_i64(-1), TINE_U64, TINE_CAST_EXACT, over);
  one(u, TINE_I64, TINE_CAST_EXACT, over);
  one(tine_i64(16777217), TINE_F32, TINE_CAST_EXACT, "16777216.0");
  one(tine_f64(1e300), TINE_F32, TINE_CAST_EXACT, "inf");
  one(tine_f64(NAN), TINE_BOOL, TINE_CAST_EXACT, "true");
  one(tine_f64(-0.0), TINE_BOOL, TINE_CAST_EXACT, "false");
  one(tine_bool(true), TINE_F64, TINE_CAST_EXACT, "1.0");
  one(tine_f64(-1.9), TINE_U8, TINE_CAST_WRAP, "255");
  one(tine_f64(300.7), TINE_U8, TINE_CAST_WRAP, "44");
  one(tine_f64(0x1p64 + 4096), TINE_I64, TINE_CAST_WRAP, "4096");
  one(tine_f64(-0x1p64 - 4096), TINE_I16, TINE_CAST_WRAP, "-4096");
  one(tine_f64(INFINITY), TINE_I64, TINE_CAST_WRAP, "0");
  one(tine_f64(NAN), TINE_I64, TINE_CAST_CLAMP, "0");
  one(tine_f64(-INFINITY), TINE_I8, TINE_CAST_CLAMP, "-128");
  one(tine_f64(INFINITY), TINE_U64, TINE_CAST_CLAMP, "18446744073709551615");
  one(tine_f64(127.9), TINE_I8, TINE_CAST_CLAMP, "127");
  one(tine_i64(-5), TINE_U16, TINE_CAST_CLAMP, "0");
}

static void promotion(void) {
  const void *in;
  void *out;
  const uint64_t top = UINT64_MAX - 6;
  int64_t r = 0;
  const ptrdiff_t stride = 8;
  tine_block block = {1, 0, &in, &stride, &out, NULL, 0, NULL, NULL, NULL};
  in = &top;
  out = &r;
  CHECK_INT(ti_cast_promote(TINE_U64, TINE_I64)(&block), 0);
  CHECK_INT(r, -7);
  CHECK(ti_cast_promote(TINE_F32, TINE_F64) == ti_cast_find(TINE_F32, TINE_F64, TINE_CAST_EXACT));
  for (unsigned d = TINE_NONE + 1; d < TINE_DTYPE_END; d++) {
    CHECK(ti_cast_promote((tine_dtype)d, (tine_dtype)d) == NULL);
    for (unsigned m = 0; m < 3; m++)
      CHECK(ti_cast_find((tine_dtype)d, (tine_dtype)d, modes[m]) == NULL);
  }
}

/* It may fail exactly where the smallest or the largest value does, or a half. */
static void what_may_fail_is_known(void) {
  for (tine_dtype from = TINE_NONE + 1; from < TINE_DTYPE_END; from++)
    for (tine_dtype to = TINE_NONE + 1; to < TINE_DTYPE_END; to++)
      for (unsigned m = 0; m < sizeof modes / sizeof modes[0]; m++) {
        tine_value low = {.dtype = from, .as.i = ti_dtype_min(from)}, top = {.dtype = from, .as.u = ti_dtype_max(from)};
        tine_value out;
        if (ti_dtype_float(from))
          low.as.f = top.as.f = 0.5;
        CHECK_INT(ti_cast_fails(from, to, modes[m]),
                  oracle_cast(low, to, modes[m], &out) != NULL || oracle_cast(top, to, modes[m], &out) != NULL);
      }
}

CHECK_SUITE(cast, CHECK_CASE(documented), CHECK_CASE(promotion), CHECK_CASE(all_pairs),
            CHECK_CASE(what_may_fail_is_known))
