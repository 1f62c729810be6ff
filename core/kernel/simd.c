/*
** Which instruction sets this machine has. The answer is not kept: asking is a look at a word in memory; see simd.h.
*/
#include "simd.h"

#include <stddef.h>

unsigned ti_simd_best(void) {
#if TI_SIMD_X86
  __builtin_cpu_init(); /* does nothing where it has been done */
#endif
  return ti_simd_now();
}

const char *ti_simd_name(unsigned simd) {
  static const char *const names[TI_SIMD_END] = {"base", "avx2", "avx512"};
  return simd < TI_SIMD_END ? names[simd] : NULL;
}
