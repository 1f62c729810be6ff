/*
** The loops of the built-in kernels, compiled for each instruction set. All tables list the same loops in the same
** order; where a set gains nothing a table holds the loop of the base set.
*/
#include "kernel.h"

#include "expanding.h"
#include "lanes.h"
#include "math_block.h"
#include "simd.h"
#include "vector_math.h"

/* The words of Lua for integer division by zero. */
#define LOOP_ZERO_idiv "attempt to perform 'n//0'"
#define LOOP_ZERO_mod "attempt to perform 'n%%0'"

/* Room for the flag of a quick loop, as wide as its type: so the loop stays vectorised. */
#define LOOP_BITS_F32 uint32_t
#define LOOP_BITS_F64 uint64_t

#define LOOP_SET base
#define LOOP_IS_BASE 1
#define LOOP_GENERAL(loop, base) loop
#include "loops.h"
#undef LOOP_SET
#undef LOOP_IS_BASE
#undef LOOP_GENERAL

#if TI_SIMD_X86
#define LOOP_IS_BASE 0
#define LOOP_GENERAL(loop, base) return base(block);

TI_SIMD_AVX2_BEGIN
#define LOOP_SET avx2
#include "loops.h"
#undef LOOP_SET
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
#define LOOP_SET avx512
#include "loops.h"
#undef LOOP_SET
TI_SIMD_STOP

#undef LOOP_IS_BASE
#undef LOOP_GENERAL
#endif

const ti_loop *ti_loops_variant(unsigned simd, size_t *count) {
  *count = sizeof loop_table_base / sizeof loop_table_base[0];
#if TI_SIMD_X86
  if (simd == TI_SIMD_AVX2)
    return loop_table_avx2;
  if (simd == TI_SIMD_AVX512)
    return loop_table_avx512;
#endif
  (void)simd;
  return loop_table_base;
}

#undef LOOP_BITS_F32
#undef LOOP_BITS_F64
#undef LOOP_ZERO_idiv
#undef LOOP_ZERO_mod
