/*
** The hash, the tables and the numbers of bits.h.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bits.h"

#include <math.h>
#include <stdarg.h>

/* ===== A table ===== */

static const char *const *lines; /* the next one */
static FILE *written;            /* where they go, if they are written */
static uint64_t hash;

void bits_open(const char *file, const char *const *table) {
  const char *const folder = getenv("TINE_BITS_WRITE");
  char path[512];
  lines = table;
  written = NULL;
  if (folder == NULL)
    return;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  written = fopen(path, "w");
  CHECK(written != NULL);
}

void bits_line(const char *line) {
  if (written != NULL)
    fprintf(written, "\"%s\",\n", line);
  else
    CHECK_TEXT(line, *lines != NULL ? *lines : "a table with more lines");
  lines += *lines != NULL;
}

void bits_end(const char *format, ...) {
  char name[80], line[120];
  va_list args;
  va_start(args, format);
  vsnprintf(name, sizeof name, format, args);
  va_end(args);
  snprintf(line, sizeof line, "%s: %016" PRIx64, name, hash);
  bits_line(line);
}

void bits_close(void) {
  if (written != NULL)
    CHECK_INT(fclose(written), 0);
  else
    CHECK(*lines == NULL);
}

/* ===== A hash ===== */

void bits_begin(void) {
  hash = UINT64_C(0x6a09e667f3bcc908);
}

void bits_add(uint64_t bits) {
  hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
  hash ^= hash >> 29;
}

uint64_t bits_hash(void) {
  return hash;
}

static uint64_t of_double(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return x != x ? UINT64_C(0x7ff8000000000000) : bits;
}

uint64_t bits_element(tine_dtype dtype, const void *at) {
  switch (dtype) {
    case TINE_BOOL: return *(const unsigned char *)at != 0;
    case TINE_U8: return *(const uint8_t *)at;
    case TINE_I8: return (uint64_t) * (const int8_t *)at;
    case TINE_U16: return *(const uint16_t *)at;
    case TINE_I16: return (uint64_t) * (const int16_t *)at;
    case TINE_U32: return *(const uint32_t *)at;
    case TINE_I32: return (uint64_t) * (const int32_t *)at;
    case TINE_U64: return *(const uint64_t *)at;
    case TINE_I64: return (uint64_t) * (const int64_t *)at;
    case TINE_F32: return of_double((double)*(const float *)at);
    case TINE_F64: return of_double(*(const double *)at);
    case TINE_NONE:
    case TINE_DTYPE_END: break;
  }
  return 0;
}

void bits_value(tine_value v) {
  if (v.dtype == TINE_F32 || v.dtype == TINE_F64)
    bits_add(of_double(v.as.f));
  else
    bits_add(v.dtype == TINE_NONE ? 0 : v.dtype == TINE_BOOL ? v.as.b : v.as.u);
  bits_add((uint64_t)v.dtype);
}

void bits_array(tine_array *a) {
  if (a == NULL)
    return;
  const tine_dtype dtype = tine_array_dtype(a);
  const char *at = tine_array_data(a);
  for (uint64_t i = tine_array_len(a); i > 0; i--, at += tine_array_stride(a)) {
    bits_add(bits_element(dtype, at));
    bits_add((uint64_t)dtype);
  }
  bits_add(tine_array_len(a));
  tine_array_release(a);
}

void bits_items(tine_pipeline *p) {
  tine_array *out[TINE_MAX_COLUMNS] = {NULL};
  const tine_status status = tine_collect(p, out, NULL);
  for (unsigned c = 0; c < tine_pipeline_columns(p); c++)
    bits_array(out[c]);
  bits_add((uint64_t)status);
  tine_pipeline_release(p);
}

/* ===== Numbers ===== */

static uint64_t sequence;

void bits_seed(uint64_t seed) {
  sequence = seed;
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
uint64_t bits_next(void) {
  uint64_t z = (sequence += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* As often short as long. */
static uint64_t integer(void) {
  const unsigned shift = (unsigned)(bits_next() % 64);
  return bits_next() >> shift;
}

static double number(void) {
  const int64_t digits = (int64_t)integer();
  return ldexp((double)digits, -(int)(bits_next() % 64));
}

static void put_specials(double *x) {
  static const double specials[] = {0.0,     -0.0,   NAN,    INFINITY, -INFINITY, 0x1p-1074, -0x1p-1022, 0x1p63, 0x1p64,
                                    -0x1p63, 0x1p31, 255.75, -0.5,     0.5,       2.5,       0x1p24 + 1, 1e300,  -129};
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
    x[17 * i] = specials[i];
}

tine_array *bits_data(tine_dtype dtype, uint64_t n, bool special) {
  const bool real = dtype == TINE_F32 || dtype == TINE_F64;
  tine_array *a = NULL, *cast = NULL;
  if (!CHECK(tine_array_create(&a, real ? TINE_F64 : TINE_U64, n, NULL) == TINE_OK))
    exit(1);
  for (uint64_t i = 0; i < n; i++)
    if (real)
      ((double *)tine_array_data(a))[i] = number();
    else
      ((uint64_t *)tine_array_data(a))[i] = dtype == TINE_BOOL ? bits_next() % 2 : integer();
  if (real && special && n > 17 * 18)
    put_specials(tine_array_data(a));
  tine_pipeline *p = tine_cast(tine_slice(a), dtype, TINE_CAST_WRAP);
  CHECK_INT(tine_collect(p, &cast, NULL), TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
  return cast;
}
