/*
** Element types and single values: names, ranges, and conversion against an oracle in 128-bit arithmetic.
*/
#include "../../core/data/dtype.h"

#include <math.h>

#include "check.h"
#include "wide.h"

static const tine_dtype all_types[] = {TINE_BOOL, TINE_U8,  TINE_I8,  TINE_U16, TINE_I16, TINE_U32,
                                       TINE_I32,  TINE_U64, TINE_I64, TINE_F32, TINE_F64};
enum { TYPES = sizeof all_types / sizeof all_types[0] };

static void names(void) {
  static const struct {
    const char *name;
    tine_dtype dtype;
  } rows[] = {
      {"bool", TINE_BOOL},  {"boolean", TINE_BOOL}, {"byte", TINE_U8},    {"uchar", TINE_U8},    {"uint8", TINE_U8},
      {"uint8_t", TINE_U8}, {"char", TINE_I8},      {"int8", TINE_I8},    {"short", TINE_I16},   {"int16", TINE_I16},
      {"ushort", TINE_U16}, {"uint16", TINE_U16},   {"int", TINE_I32},    {"int32", TINE_I32},   {"uint", TINE_U32},
      {"uint32", TINE_U32}, {"long", TINE_I64},     {"int64", TINE_I64},  {"integer", TINE_I64}, {"ulong", TINE_U64},
      {"uint64", TINE_U64}, {"float", TINE_F32},    {"single", TINE_F32}, {"float32", TINE_F32}, {"double", TINE_F64},
      {"number", TINE_F64}, {"float64", TINE_F64},
  };
  static const char *const unknown[] = {"", "f", "f6", "f644", "F64", " f64", "f64 ", "float16", "none", "nil", "i65"};
  for (size_t i = 0; i < TYPES; i++)
    CHECK_INT(tine_dtype_find(tine_dtype_name(all_types[i])), all_types[i]);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    CHECK_TEXT(tine_dtype_name(tine_dtype_find(rows[i].name)), tine_dtype_name(rows[i].dtype));
  for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
    CHECK_INT(tine_dtype_find(unknown[i]), TINE_NONE);
  CHECK_INT(tine_dtype_find(NULL), TINE_NONE);
  CHECK_TEXT(tine_dtype_name(TINE_F64), "f64");
  CHECK_TEXT(tine_dtype_name(TINE_BOOL), "bool");
}

static void no_types(void) {
  static const int codes[] = {TINE_NONE, TINE_DTYPE_END, -1, 1000};
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    const tine_dtype d = (tine_dtype)codes[i];
    tine_value v;
    CHECK_TEXT(tine_dtype_name(d), "none");
    CHECK_INT(tine_dtype_size(d), 0);
    CHECK(!ti_dtype_valid(d) && !ti_dtype_integer(d) && !ti_dtype_float(d) && !ti_dtype_signed(d));
    CHECK_INT(ti_value_convert(d, tine_i64(1), &v, NULL), TINE_EINVAL);
    CHECK_INT(ti_value_load(d, "12345678").dtype, TINE_NONE);
    v = tine_i64(1);
    v.dtype = d;
    CHECK_INT(ti_value_convert(TINE_I64, v, &v, NULL), TINE_ETYPE);
  }
}

static void facts(void) {
  static const size_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
  for (size_t i = 0; i < TYPES; i++) {
    const tine_dtype d = all_types[i];
    CHECK_INT(tine_dtype_size(d), sizes[i]);
    CHECK_INT(ti_dtype_integer(d), d != TINE_BOOL && d != TINE_F32 && d != TINE_F64);
    CHECK_INT(ti_dtype_float(d), d == TINE_F32 || d == TINE_F64);
    CHECK(ti_dtype_align(d) >= 1 && sizes[i] % ti_dtype_align(d) == 0);
  }
  CHECK_INT(ti_dtype_min(TINE_I8), -128);
  CHECK_INT(ti_dtype_max(TINE_I8), 127);
  CHECK_INT(ti_dtype_min(TINE_I16), INT16_MIN);
  CHECK_INT(ti_dtype_max(TINE_I16), INT16_MAX);
  CHECK_INT(ti_dtype_min(TINE_I32), INT32_MIN);
  CHECK_INT(ti_dtype_max(TINE_I32), INT32_MAX);
  CHECK_INT(ti_dtype_min(TINE_I64), INT64_MIN);
  CHECK_INT(ti_dtype_max(TINE_I64), INT64_MAX);
  CHECK_INT(ti_dtype_max(TINE_U8), 255);
  CHECK_INT(ti_dtype_max(TINE_U16), 65535);
  CHECK_INT(ti_dtype_max(TINE_U32), UINT32_MAX);
  CHECK(ti_dtype_max(TINE_U64) == UINT64_MAX);
  CHECK(ti_dtype_signed(TINE_I8) && ti_dtype_signed(TINE_F32) && !ti_dtype_signed(TINE_U64));
  for (size_t i = 0; i < TYPES; i++)
    if (!ti_dtype_signed(all_types[i]) || ti_dtype_float(all_types[i]))
      CHECK_INT(ti_dtype_min(all_types[i]), 0);
}

/* Any bits of any type come out and go in again the same; one byte beyond stays as it was. */
static void bits_round_trip(void) {
  for (int i = 0; i < 20000; i++) {
    const tine_dtype d = all_types[check_below(TYPES)];
    const size_t size = tine_dtype_size(d);
    _Alignas(8) unsigned char from[16], to[16];
    const uint64_t bits = d == TINE_BOOL ? check_below(2) : check_random();
    memcpy(from, &bits, 8);
    memset(to, 0x5a, sizeof to);
    const tine_value v = ti_value_load(d, from);
    CHECK_STOP(v.dtype == d);
    CHECK_STOP(ti_value_store(d, to, v, NULL) == TINE_OK);
    if (!ti_dtype_float(d) || v.as.f == v.as.f)
      CHECK_STOP(memcmp(from, to, size) == 0);
    CHECK_STOP(to[size] == 0x5a);
  }
  const unsigned char odd = 2; /* a bool of a file */
  CHECK(ti_value_load(TINE_BOOL, &odd).as.b == true);
}

/* A number as Lua or an array would have it, near a place where something changes. */
static tine_value random_number(void) {
  static const double marks[] = {0,     0.5,   1,      127,    128,    255,    256,    32767,  32768,
                                 65535, 65536, 0x1p31, 0x1p32, 0x1p53, 0x1p63, 0x1p64, 0x1p65, 1e300};
  const uint64_t shift = check_below(64);
  tine_value v = tine_i64((int64_t)(check_random() >> shift));
  if (check_below(2) == 0)
    v.as.i = (int64_t)(0u - v.as.u);
  if (check_below(2) == 0)
    v.as.u = (UINT64_C(1) << shift) + check_below(5) - 2;
  switch (check_below(4)) {
    case 0: return v;
    case 1: v.dtype = TINE_U64; return v;
    case 2: { /* of a narrow array */
      const tine_dtype d = all_types[1 + check_below(8)];
      return ti_value_load(d, &v.as.u);
    }
    default:
      v = tine_f64(marks[check_below(sizeof marks / sizeof marks[0])] + (double)check_below(3) - 1);
      if (check_below(8) == 0)
        v.as.f += 0.25;
      if (check_below(64) == 0)
        v.as.f = check_below(2) == 0 ? (double)INFINITY : (double)NAN;
      if (check_below(2) == 0)
        v.as.f = -v.as.f;
      return v;
  }
}

/* What an integer array must hold afterwards, or the message. */
static const char *integer_oracle(tine_dtype d, tine_value v, wide *stored) {
  const wide lo = ti_dtype_min(d), hi = ti_dtype_max(d), two63 = (wide)0x1p63;
  wide w;
  if (ti_dtype_float(v.dtype)) {
    const double f = v.as.f, top = d == TINE_U64 ? 0x1p100 : 0x1p63;
    if (!(f >= -0x1p63 && f < top) || trunc(f) != f)
      return d == TINE_U64 && f >= 0x1p64 && f <= 0x1.fffffffffffffp1023 ? "integer overflow"
                                                                         : "number has no integer representation";
    w = (wide)f;
  } else
    w = v.dtype == TINE_U64 ? (wide)v.as.u : (wide)v.as.i;
  if (d == TINE_U64 && w < 0 && w >= -two63)
    w += two63 * 2;
  *stored = w;
  return w < lo || w > hi ? "integer overflow" : NULL;
}

static void conversion(void) {
  for (int i = 0; i < 200000; i++) {
    const tine_dtype d = all_types[1 + check_below(8)];
    const tine_value v = random_number();
    tine_value r = tine_bool(true);
    tine_error err;
    wide want = 0;
    const char *complaint = integer_oracle(d, v, &want);
    const tine_status status = ti_value_convert(d, v, &r, &err);
    CHECK_STOP(status == (complaint == NULL ? TINE_OK : TINE_ERANGE));
    if (complaint != NULL) {
      CHECK_STOP(CHECK_TEXT(err.message, complaint) && r.dtype == TINE_BOOL);
      continue;
    }
    CHECK_STOP(r.dtype == d && (d == TINE_U64 ? (wide)r.as.u : (wide)r.as.i) == want);
  }
}

static void to_floats(void) {
  for (int i = 0; i < 20000; i++) {
    const tine_value v = random_number();
    const double want = v.dtype == TINE_F64 ? v.as.f : v.dtype == TINE_U64 ? (double)v.as.u : (double)v.as.i;
    tine_value r;
    CHECK_STOP(ti_value_convert(TINE_F64, v, &r, NULL) == TINE_OK && CHECK_F64(r.as.f, want));
    CHECK_STOP(ti_value_convert(TINE_F32, v, &r, NULL) == TINE_OK && CHECK_F64(r.as.f, (double)(float)want));
  }
}

static void bools_and_numbers(void) {
  tine_error err;
  unsigned char cell = 7;
  tine_value none = tine_i64(0);
  none.dtype = TINE_NONE;
  CHECK_INT(ti_value_store(TINE_BOOL, &cell, tine_i64(1), &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "boolean expected, got number");
  CHECK_INT(ti_value_store(TINE_U8, &cell, tine_bool(true), &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "number expected, got boolean");
  CHECK_INT(ti_value_store(TINE_U8, &cell, none, &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "number expected, got nil");
  CHECK_INT(ti_value_store(TINE_BOOL, &cell, none, &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "boolean expected, got nil");
  CHECK_INT(ti_value_store(TINE_U8, &cell, tine_i64(300), &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "integer overflow");
  CHECK_INT(cell, 7);
  CHECK_INT(ti_value_store(TINE_BOOL, &cell, tine_bool(true), NULL), TINE_OK);
  CHECK_INT(cell, 1);
}

/* Lua sees u64 as signed: what it reads it can write back. */
static void large_unsigned(void) {
  uint64_t cell = 0;
  tine_error err;
  CHECK_INT(ti_value_store(TINE_U64, &cell, tine_i64(-1), NULL), TINE_OK);
  CHECK(cell == UINT64_MAX);
  CHECK_INT(ti_value_store(TINE_U64, &cell, tine_f64(0x1p63), NULL), TINE_OK);
  CHECK(cell == UINT64_C(1) << 63);
  CHECK_INT(ti_value_store(TINE_U64, &cell, tine_f64(0x1p64), &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "integer overflow");
  CHECK_INT(ti_value_store(TINE_U32, &cell, tine_i64(-1), &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "integer overflow");
  CHECK_INT(ti_value_store(TINE_I64, &cell, tine_f64(0x1p63), &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "number has no integer representation");
  CHECK(cell == UINT64_C(1) << 63);
}

static void text(void) {
  char buffer[64];
  static const struct {
    double f;
    const char *want;
  } rows[] = {
      {32, "32.0"},
      {-0.0, "-0.0"},
      {0.1, "0.1"},
      {1e15, "1e+15"},
      {1e100, "1e+100"},
      {-2.5, "-2.5"},
      {3.14159265358979, "3.1415926535898"},
      {123456789012345.0, "1.2345678901234e+14"},
      {99999999999999.0, "99999999999999.0"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CHECK_INT(ti_value_text(buffer, sizeof buffer, tine_f64(rows[i].f)), strlen(rows[i].want));
    CHECK_TEXT(buffer, rows[i].want);
  }
  const double infinite = (double)INFINITY;
  ti_value_text(buffer, sizeof buffer, tine_f64(-infinite));
  CHECK_TEXT(buffer, "-inf");
  ti_value_text(buffer, sizeof buffer, tine_f64(infinite - infinite));
  CHECK_TEXT(buffer, "nan");
  ti_value_text(buffer, sizeof buffer, tine_i64(INT64_MIN));
  CHECK_TEXT(buffer, "-9223372036854775808");
  ti_value_text(buffer, sizeof buffer, ti_value_load(TINE_U64, &(uint64_t){UINT64_MAX}));
  CHECK_TEXT(buffer, "18446744073709551615");
  ti_value_text(buffer, sizeof buffer, tine_bool(false));
  CHECK_TEXT(buffer, "false");
  tine_value none = tine_i64(0);
  none.dtype = TINE_NONE;
  ti_value_text(buffer, sizeof buffer, none);
  CHECK_TEXT(buffer, "nil");
  CHECK_INT(ti_value_text(buffer, 3, tine_i64(12345)), 5);
  CHECK_TEXT(buffer, "12");
  CHECK_INT(ti_value_text(NULL, 0, tine_f64(7)), 3);
}

CHECK_SUITE(dtype, CHECK_CASE(names), CHECK_CASE(no_types), CHECK_CASE(facts), CHECK_CASE(bits_round_trip),
            CHECK_CASE(conversion), CHECK_CASE(to_floats), CHECK_CASE(bools_and_numbers), CHECK_CASE(large_unsigned),
            CHECK_CASE(text))
