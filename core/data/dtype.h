/*
** Element types: the facts about each, from the one list in tine.h, and single values on their way in and out of
** memory. Storing follows Lua's string.pack; see semantics in tine.h.
*/
#ifndef TI_DATA_DTYPE_H
#define TI_DATA_DTYPE_H

#include "../base/check.h"
#include "../tine.h"

/* Elements as they lie in memory: ti_lane_F64 and its like. A bool is a byte, since a mapped file may hold other bytes
   than 0 and 1 and since compilers vectorise bytes better. */
#define TI_LANE_00(type) uint8_t
#define TI_LANE_01(type) type
#define TI_LANE_10(type) type
#define TI_LANE_11(type) type
#define TI_LANE_TYPE(NAME, name, type, integer, sign, member) typedef TI_LANE_##integer##sign(type) ti_lane_##NAME;
TINE_DTYPE_LIST(TI_LANE_TYPE)
#undef TI_LANE_TYPE
#undef TI_LANE_00
#undef TI_LANE_01
#undef TI_LANE_10
#undef TI_LANE_11

static inline bool ti_dtype_valid(tine_dtype d) {
  return d > TINE_NONE && d < TINE_DTYPE_END;
}
static inline bool ti_dtype_float(tine_dtype d) {
  return d == TINE_F32 || d == TINE_F64;
}
bool ti_dtype_integer(tine_dtype d); /* u8 to i64, not bool */
bool ti_dtype_signed(tine_dtype d);  /* true for floats */
size_t ti_dtype_align(tine_dtype d); /* what C asks for; 0 for anything that is no element type */

/* Smallest and largest value of an integer type, 0 for others; max of u64 is held as unsigned. */
int64_t ti_dtype_min(tine_dtype d);
uint64_t ti_dtype_max(tine_dtype d);
/* Is every value of an integer type one of the other? */
bool ti_dtype_within(tine_dtype from, tine_dtype to);

/* Reads the value of type d at p. Any byte but 0 is true. */
tine_value ti_value_load(tine_dtype d, const void *p);
/* Writes v, whose dtype may differ, as type d at p: exactly or not at all. TINE_ERANGE "integer overflow" or "number
   has no integer representation", TINE_ETYPE between bool and number. Integers and floats round to a float type. A
   negative integer goes into u64 with its bits, since that is how Lua reads large u64 values. */
tine_status ti_value_store(tine_dtype d, void *p, tine_value v, tine_error *err);
/* v as type d, by the same rules; '*out' is written on success only. */
tine_status ti_value_convert(tine_dtype d, tine_value v, tine_value *out, tine_error *err);
/* Text of a value as Lua prints it ("32.0", "7", "true"); u64 as unsigned, NaN without a sign, TINE_NONE as "nil".
   Returns the length as snprintf does. */
size_t ti_value_text(char *buffer, size_t size, tine_value v);

/* For a file that knows the types one by one: does not compile when there is a new one, until somebody has thought of
   it there. */
#define TI_DTYPES_ARE(n) _Static_assert(TINE_DTYPE_END == (n) + 1, "a new element type has to be thought of here")

#endif
