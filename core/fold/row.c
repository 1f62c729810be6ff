/*
** Rows; see row.h.
*/
#include "row.h"

#include <string.h>

TI_DTYPES_ARE(11);

uint64_t ti_row_bits(tine_dtype dtype, const void *element) {
  const unsigned char *e = element;
  uint16_t two;
  uint32_t four;
  uint64_t eight;
  switch (tine_dtype_size(dtype)) {
    case 1: return dtype == TINE_BOOL ? *e != 0 : *e;
    case 2: memcpy(&two, e, sizeof two); return two;
    case 4: memcpy(&four, e, sizeof four); return four;
    default: memcpy(&eight, e, sizeof eight); return eight;
  }
}

void ti_row_store(tine_dtype dtype, uint64_t bits, void *element) {
  const uint8_t one = (uint8_t)bits;
  const uint16_t two = (uint16_t)bits;
  const uint32_t four = (uint32_t)bits;
  switch (tine_dtype_size(dtype)) {
    case 1: memcpy(element, &one, sizeof one); break;
    case 2: memcpy(element, &two, sizeof two); break;
    case 4: memcpy(element, &four, sizeof four); break;
    default: memcpy(element, &bits, sizeof bits); break;
  }
}

/* The bit of the sign, and infinity, beyond which all is NaN. */
static uint64_t row_sign(tine_dtype dtype) {
  return UINT64_C(1) << (8 * tine_dtype_size(dtype) - 1);
}
static bool row_nan(tine_dtype dtype, uint64_t bits) {
  const uint64_t infinite = dtype == TINE_F32 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
  ti_assert(ti_dtype_float(dtype));
  return (bits & (row_sign(dtype) - 1)) > infinite;
}

uint64_t ti_row_same(tine_dtype dtype, uint64_t bits) {
  if (!ti_dtype_float(dtype))
    return bits;
  if (row_nan(dtype, bits))
    return UINT64_MAX;
  return bits == row_sign(dtype) ? 0 : bits;
}

uint64_t ti_row_order(tine_dtype dtype, uint64_t bits) {
  const uint64_t sign = row_sign(dtype);
  if (ti_dtype_float(dtype)) {
    if (row_nan(dtype, bits))
      return 0;
    return (bits & sign) != 0 ? (2 * sign - 1) - bits : bits + sign; /* no number maps to 0: that would be a NaN */
  }
  return ti_dtype_signed(dtype) ? (bits ^ sign) : bits;
}
