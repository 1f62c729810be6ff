/*
** Element types: the facts about each, from the one list in tine.h, and single values on their way in and out of
** memory. Storing follows Lua's string.pack; see semantics in tine.h.
*/
#ifndef TI_DATA_DTYPE_H
#define TI_DATA_DTYPE_H

#include "../base/check.h"
#include "../tine.h"

static inline bool ti_dtype_valid(tine_dtype d) {
  return d > TINE_NONE && d < TINE_DTYPE_END;
}
bool ti_dtype_integer(tine_dtype d); /* u8 to i64, not bool */
bool ti_dtype_float(tine_dtype d);
bool ti_dtype_signed(tine_dtype d);  /* true for floats */
size_t ti_dtype_align(tine_dtype d); /* what C asks for; 0 for anything that is no element type */

/* Smallest and largest value of an integer type, 0 for others; max of u64 is held as unsigned. */
int64_t ti_dtype_min(tine_dtype d);
uint64_t ti_dtype_max(tine_dtype d);

/* Reads the value of type d at p. Any byte but 0 is true. */
tine_value ti_value_load(tine_dtype d, const void *p);
/* Writes v, whose dtype may differ, as type d at p: exactly or not at all. TINE_ERANGE "integer overflow" or "number
   has no integer representation", TINE_ETYPE between bool and number. Integers and floats round to a float type. A
   negative integer goes into u64 with its bits, since that is how Lua reads large u64 values. */
tine_status ti_value_store(tine_dtype d, void *p, tine_value v, tine_error *err);
/* v as type d, by the same rules; '*out' is written on success only. */
tine_status ti_value_convert(tine_dtype d, tine_value v, tine_value *out, tine_error *err);
/* A float's exact integer value; false for fractions, NaN, infinities and what i64 does not hold. */
bool ti_float_to_i64(double f, int64_t *out);
/* Text of a value as Lua prints it ("32.0", "7", "true"); u64 as unsigned, NaN without a sign, TINE_NONE as "nil".
   Returns the length as snprintf does. */
size_t ti_value_text(char *buffer, size_t size, tine_value v);

/* For a file that knows the types one by one: does not compile when there is a new one, until somebody has thought of
   it there. */
#define TI_DTYPES_ARE(n) _Static_assert(TINE_DTYPE_END == (n) + 1, "a new element type has to be thought of here")

#endif
