/*
** How elements map to keys, by their types.
*/
#include "../base/config.h"
#include "sort.h"

TI_DTYPES_ARE(11);

ti_sort_map ti_sort_map_of(tine_dtype dtype, tine_order order) {
  const unsigned bits = 8 * (unsigned)tine_dtype_size(dtype);
  const uint64_t all = UINT64_MAX >> (64 - bits), sign = (all >> 1) + 1;
  ti_sort_map map = {ti_dtype_signed(dtype) ? sign : 0, 0, 0, 0};
  ti_assert(bits >= 8 && bits <= 64 && (order == TINE_ASCENDING || order == TINE_DESCENDING));
  if (ti_dtype_float(dtype)) {
    map.mask = map.nan_mask = all >> 1;
    map.nan_above = dtype == TINE_F64 ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23; /* infinity */
  }
  if (order == TINE_DESCENDING)
    map.flip ^= all;
  return map;
}
