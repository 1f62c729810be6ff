/*
** Which instruction sets the machine has. Asked anew each time: the answer lies in a word the compiler's run-time
** library fills when the program is loaded, and only the making of a kernel asks.
*/
#include "simd.h"

#include <stddef.h>

unsigned ti_simd_best(void) {
#if TI_SIMD_X86
  __builtin_cpu_init(); /* does nothing but in a constructor that runs before the library's own */
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return TI_SIMD_BASE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    return TI_SIMD_AVX512;
  return TI_SIMD_AVX2;
#else
  return TI_SIMD_BASE;
#endif
}

const char *ti_simd_name(unsigned simd) {
  static const char *const names[TI_SIMD_END] = {"base", "avx2", "avx512"};
  return simd < TI_SIMD_END ? names[simd] : NULL;
}
