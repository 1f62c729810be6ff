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

typedef struct npy_name {
  const char *text;
  tine_dtype dtype;
  bool half;
} npy_name;

static const npy_name npy_codes[] = {
    {"b1", TINE_BOOL, false}, {"?", TINE_BOOL, false}, {"i1", TINE_I8, false},  {"b", TINE_I8, false},
    {"u1", TINE_U8, false},   {"B", TINE_U8, false},   {"i2", TINE_I16, false}, {"h", TINE_I16, false},
    {"u2", TINE_U16, false},  {"H", TINE_U16, false},  {"i4", TINE_I32, false}, {"i", TINE_I32, false},
    {"u4", TINE_U32, false},  {"I", TINE_U32, false},  {"i8", TINE_I64, false}, {"l", TINE_I64, false},
    {"q", TINE_I64, false},   {"p", TINE_I64, false},  {"u8", TINE_U64, false}, {"L", TINE_U64, false},
    {"Q", TINE_U64, false},   {"P", TINE_U64, false},  {"f2", TINE_F32, true},  {"e", TINE_F32, true},
    {"f4", TINE_F32, false},  {"f", TINE_F32, false},  {"f8", TINE_F64, false}, {"d", TINE_F64, false},
};

static const npy_name npy_names[] = {
    {"bool", TINE_BOOL, false},    {"bool_", TINE_BOOL, false},    {"bool8", TINE_BOOL, false},
    {"int8", TINE_I8, false},      {"byte", TINE_I8, false},       {"uint8", TINE_U8, false},
    {"ubyte", TINE_U8, false},     {"int16", TINE_I16, false},     {"short", TINE_I16, false},
    {"uint16", TINE_U16, false},   {"ushort", TINE_U16, false},    {"int32", TINE_I32, false},
    {"intc", TINE_I32, false},     {"uint32", TINE_U32, false},    {"uintc", TINE_U32, false},
    {"int64", TINE_I64, false},    {"int", TINE_I64, false},       {"int_", TINE_I64, false},
    {"int0", TINE_I64, false},     {"intp", TINE_I64, false},      {"long", TINE_I64, false},
    {"longlong", TINE_I64, false}, {"uint64", TINE_U64, false},    {"uint", TINE_U64, false},
    {"uint0", TINE_U64, false},    {"uintp", TINE_U64, false},     {"ulong", TINE_U64, false},
    {"half", TINE_F32, true},      {"ulonglong", TINE_U64, false}, {"float16", TINE_F32, true},
    {"float32", TINE_F32, false},  {"single", TINE_F32, false},    {"float64", TINE_F64, false},
    {"double", TINE_F64, false},   {"float", TINE_F64, false},     {"float_", TINE_F64, false},
};

/* Types NumPy has and we do not, by their letters or words; digits or units may follow. */
static const struct npy_foreign {
  const char *text, *what;
} npy_foreign[] = {
    {"O", "Python objects"},
    {"object", "Python objects"},
    {"U", "text"},
    {"str", "text"},
    {"unicode", "text"},
    {"S", "byte strings"},
    {"a", "byte strings"},
    {"bytes", "byte strings"},
    {"V", "raw records"},
    {"void", "raw records"},
    {"c", "complex"},
    {"complex", "complex"},
    {"F", "complex"},
    {"D", "complex"},
    {"G", "complex"},
    {"f12", "long double"},
    {"f16", "long double"},
    {"g", "long double"},
    {"longdouble", "long double"},
    {"float96", "long double"},
    {"float128", "long double"},
    {"M", "dates"},
    {"datetime64", "dates"},
    {"m", "time differences"},
    {"timedelta64", "time differences"},
};

static bool npy_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const npy_name *npy_look_up(const npy_name *list, size_t count, const char *text, size_t n) {
  for (size_t i = 0; i < count; i++)
    if (strlen(list[i].text) == n && memcmp(list[i].text, text, n) == 0)
      return &list[i];
  return NULL;
}

static tine_status npy_unsupported(const char *text, size_t n, const char *code, tine_error *err) {
  const char *what = memchr(text, ',', n) != NULL ? "structured" : "unknown";
  const size_t left = n - (size_t)(code - text);
  for (size_t i = 0; i < sizeof npy_foreign / sizeof npy_foreign[0]; i++) {
    const size_t k = strlen(npy_foreign[i].text);
    if (k <= left && memcmp(code, npy_foreign[i].text, k) == 0 && (k == left || !npy_letter(code[k])))
      what = npy_foreign[i].what;
  }
  return ti_error_set(err, TINE_EFORMAT, "element type '%.*s' (%s) is not supported", n < 32 ? (int)n : 32, text, what);
}

tine_status ti_npy_type_find(ti_npy_type *out, const char *text, size_t n, tine_error *err) {
  const bool ordered = n > 0 && memchr("<>|=", text[0], 4) != NULL;
  const char *code = text + ordered;
  const npy_name *found = npy_look_up(npy_codes, sizeof npy_codes / sizeof npy_codes[0], code, n - ordered);
  if (found == NULL && !ordered)
    found = npy_look_up(npy_names, sizeof npy_names / sizeof npy_names[0], text, n);
  if (found == NULL)
    return npy_unsupported(text, n, code, err);
  out->dtype = found->dtype;
  out->half = found->half;
  out->size = found->half ? 2 : tine_dtype_size(found->dtype);
  out->swapped = ordered && out->size > 1 && text[0] == (ti_npy_little_endian() ? '>' : '<');
  return TINE_OK;
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
