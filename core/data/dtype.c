/*
** Element types: one table of facts, generated from the list in tine.h, and the names people call them by.
**
** The short name counts bits and is the one we print. Beware of the trap when files or Lua's string.pack are near:
** there "i8" means eight bytes, here eight bits.
*/
#include "dtype.h"

#include <string.h>

TI_DTYPES_ARE(11);

static const struct dtype_fact {
  const char *name;
  uint8_t size, align;
  bool integer, sign;
} dtype_facts[TINE_DTYPE_END] = {[TINE_NONE] = {"none", 0, 0, false, false},
#define DTYPE_FACT(NAME, name, type, integer, sign, member) \
  [TINE_##NAME] = {#name, sizeof(type), _Alignof(type), integer, sign},
                                 TINE_DTYPE_LIST(DTYPE_FACT)
#undef DTYPE_FACT
};

/* Elements are copied, compared and sorted by their size. */
#define DTYPE_SIZE(NAME, name, type, integer, sign, member) \
  _Static_assert(sizeof(type) == 1 || sizeof(type) == 2 || sizeof(type) == 4 || sizeof(type) == 8, #name);
TINE_DTYPE_LIST(DTYPE_SIZE)
#undef DTYPE_SIZE

/* What people who come from C, NumPy or Lua write. Where these disagree C decides (float is f32, int is i32), except
   that a byte has no sign and a long has 64 bits on every system. */
static const struct dtype_alias {
  const char *name;
  tine_dtype dtype;
} dtype_aliases[] = {
    {"boolean", TINE_BOOL},   {"bool_", TINE_BOOL},      {"byte", TINE_U8},      {"uchar", TINE_U8},
    {"ubyte", TINE_U8},       {"uint8", TINE_U8},        {"uint8_t", TINE_U8},   {"char", TINE_I8},
    {"schar", TINE_I8},       {"int8", TINE_I8},         {"int8_t", TINE_I8},    {"ushort", TINE_U16},
    {"uint16", TINE_U16},     {"uint16_t", TINE_U16},    {"short", TINE_I16},    {"int16", TINE_I16},
    {"int16_t", TINE_I16},    {"uint", TINE_U32},        {"unsigned", TINE_U32}, {"uintc", TINE_U32},
    {"uint32", TINE_U32},     {"uint32_t", TINE_U32},    {"int", TINE_I32},      {"intc", TINE_I32},
    {"int32", TINE_I32},      {"int32_t", TINE_I32},     {"ulong", TINE_U64},    {"ulonglong", TINE_U64},
    {"uint64", TINE_U64},     {"uint64_t", TINE_U64},    {"size_t", TINE_U64},   {"long", TINE_I64},
    {"longlong", TINE_I64},   {"int64", TINE_I64},       {"int64_t", TINE_I64},  {"integer", TINE_I64},
    {"ptrdiff_t", TINE_I64},  {"lua_Integer", TINE_I64}, {"float", TINE_F32},    {"single", TINE_F32},
    {"float32", TINE_F32},    {"double", TINE_F64},      {"number", TINE_F64},   {"float64", TINE_F64},
    {"lua_Number", TINE_F64},
};

static const struct dtype_fact *dtype_fact(tine_dtype d) {
  return &dtype_facts[ti_dtype_valid(d) ? d : TINE_NONE];
}

const char *tine_dtype_name(tine_dtype dtype) {
  return dtype_fact(dtype)->name;
}

size_t tine_dtype_size(tine_dtype dtype) {
  return dtype_fact(dtype)->size;
}

tine_dtype tine_dtype_find(const char *name) {
  if (name == NULL)
    return TINE_NONE;
  for (unsigned d = TINE_NONE + 1; d < TINE_DTYPE_END; d++)
    if (strcmp(dtype_facts[d].name, name) == 0)
      return (tine_dtype)d;
  for (size_t i = 0; i < sizeof dtype_aliases / sizeof dtype_aliases[0]; i++)
    if (strcmp(dtype_aliases[i].name, name) == 0)
      return dtype_aliases[i].dtype;
  return TINE_NONE;
}

bool ti_dtype_integer(tine_dtype d) {
  return dtype_fact(d)->integer;
}

bool ti_dtype_signed(tine_dtype d) {
  return dtype_fact(d)->sign;
}

size_t ti_dtype_align(tine_dtype d) {
  return dtype_fact(d)->align;
}

int64_t ti_dtype_min(tine_dtype d) {
  const struct dtype_fact *fact = dtype_fact(d);
  return fact->integer && fact->sign ? INT64_MIN >> (64 - 8 * fact->size) : 0;
}

uint64_t ti_dtype_max(tine_dtype d) {
  const struct dtype_fact *fact = dtype_fact(d);
  return fact->integer ? UINT64_MAX >> (64 - 8 * fact->size + fact->sign) : 0;
}

bool ti_dtype_within(tine_dtype from, tine_dtype to) {
  ti_assert(ti_dtype_integer(from) && ti_dtype_integer(to));
  return ti_dtype_min(from) >= ti_dtype_min(to) && ti_dtype_max(from) <= ti_dtype_max(to);
}
