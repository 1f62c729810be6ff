/*
** Element types of .npy files. NumPy writes "<f8", and reads whatever its dtype() takes: a byte order before a kind
** with its bytes, or before one letter, which is C's; and names, which have none. '|' and '=' mean this machine's
** order. What the letters mean where C leaves it open is what they mean where NumPy is at home: a long has 64 bits.
**
** The names are NumPy's and not those of tine_dtype_find: an "int" has 64 bits here, and a "float" too.
*/
#include "npy_type.h"

#include <string.h>

#include "../base/error.h"
#include "npy_header.h"

TI_DTYPES_ARE(11);

/* What an element type is called: by codes, which may follow a byte order, and by names, which may not. */
static const struct npy_called {
  tine_dtype dtype;
  bool half;
  const char *codes[5], *names[8];
} npy_called[] = {
    {TINE_BOOL, false, {"b1", "?"}, {"bool", "bool_", "bool8"}},
    {TINE_I8, false, {"i1", "b"}, {"int8", "byte"}},
    {TINE_U8, false, {"u1", "B"}, {"uint8", "ubyte"}},
    {TINE_I16, false, {"i2", "h"}, {"int16", "short"}},
    {TINE_U16, false, {"u2", "H"}, {"uint16", "ushort"}},
    {TINE_I32, false, {"i4", "i"}, {"int32", "intc"}},
    {TINE_U32, false, {"u4", "I"}, {"uint32", "uintc"}},
    {TINE_I64, false, {"i8", "l", "q", "p"}, {"int64", "int", "int_", "int0", "intp", "long", "longlong"}},
    {TINE_U64, false, {"u8", "L", "Q", "P"}, {"uint64", "uint", "uint0", "uintp", "ulong", "ulonglong"}},
    {TINE_F32, true, {"f2", "e"}, {"float16", "half"}},
    {TINE_F32, false, {"f4", "f"}, {"float32", "single"}},
    {TINE_F64, false, {"f8", "d"}, {"float64", "double", "float", "float_"}},
};

/* Types NumPy has and we do not, by their letters or words; digits or units may follow. */
static const struct npy_foreign {
  const char *what, *texts[7];
} npy_foreign[] = {
    {"Python objects", {"O", "object"}},
    {"text", {"U", "str", "unicode"}},
    {"byte strings", {"S", "a", "bytes"}},
    {"raw records", {"V", "void"}},
    {"complex", {"c", "complex", "F", "D", "G"}},
    {"long double", {"f12", "f16", "g", "longdouble", "float96", "float128"}},
    {"dates", {"M", "datetime64"}},
    {"time differences", {"m", "timedelta64"}},
};

static bool npy_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool npy_listed(const char *const *list, const char *text, size_t n) {
  for (; *list != NULL; list++)
    if (strlen(*list) == n && memcmp(*list, text, n) == 0)
      return true;
  return false;
}

static tine_status npy_unsupported(const char *text, size_t n, const char *code, tine_error *err) {
  const char *what = memchr(text, ',', n) != NULL ? "structured" : "unknown";
  const size_t left = n - (size_t)(code - text);
  for (size_t i = 0; i < sizeof npy_foreign / sizeof npy_foreign[0]; i++)
    for (const char *const *t = npy_foreign[i].texts; *t != NULL; t++) {
      const size_t k = strlen(*t);
      if (k <= left && memcmp(code, *t, k) == 0 && (k == left || !npy_letter(code[k])))
        what = npy_foreign[i].what;
    }
  return ti_error_set(err, TINE_EFORMAT, "element type '%.*s' (%s) is not supported", n < 32 ? (int)n : 32, text, what);
}

tine_status ti_npy_type_find(ti_npy_type *out, const char *text, size_t n, tine_error *err) {
  const bool ordered = n > 0 && memchr("<>|=", text[0], 4) != NULL;
  const char *code = text + ordered;
  for (size_t i = 0; i < sizeof npy_called / sizeof npy_called[0]; i++) {
    const struct npy_called *const called = &npy_called[i];
    if (!npy_listed(called->codes, code, n - ordered) && (ordered || !npy_listed(called->names, text, n)))
      continue;
    out->dtype = called->dtype;
    out->half = called->half;
    out->size = called->half ? 2 : tine_dtype_size(called->dtype);
    out->swapped = ordered && out->size > 1 && text[0] == (ti_npy_little_endian() ? '>' : '<');
    return TINE_OK;
  }
  return npy_unsupported(text, n, code, err);
}

/* 1 sign, 5 exponent and 10 fraction bits. What f32 has as normal numbers float16 has down to 2^-24 without its leading
   bit: those are a small integer times that. No float is computed with but one product of powers of two, which is exact
   in every rounding mode, and no f32 it meets is subnormal. */
static float npy_float(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16, rest = half & 0x7fffu;
  uint32_t bits = sign;
  float f;
  if (rest >= 0x7c00u)
    bits |= 0x7f800000u | (rest & 0x3ffu) << 13; /* infinite, or a NaN with its payload */
  else if (rest >= 0x400u)
    bits |= (rest << 13) + ((127u - 15u) << 23);
  else if (rest > 0) {
    f = (float)rest * 0x1p-24f;
    memcpy(&bits, &f, sizeof f);
    bits |= sign;
  }
  memcpy(&f, &bits, sizeof f);
  return f;
}

/* Forwards: what element i overwrites has been read, also where the two overlap. */
void ti_npy_widen(float *out, const char *half, size_t n) {
  for (size_t i = 0; i < n; i++) {
    uint16_t h;
    float f;
    memcpy(&h, half + i * sizeof h, sizeof h);
    f = npy_float(h);
    memcpy(out + i, &f, sizeof f);
  }
}
