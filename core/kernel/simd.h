/*
** Instruction sets: loops are compiled for each within one translation unit, and chosen when a kernel or stage is made,
** or, as in folds, at each call.
**
** Code between TI_SIMD_<SET>_BEGIN and TI_SIMD_STOP may use that set. Every set gives the same bits: IEEE fixes
** each single operation, and no compiler may contract two into one (loops.h; elsewhere -ffp-contract=off).
*/
#ifndef TI_KERNEL_SIMD_H
#define TI_KERNEL_SIMD_H

/* In rising order: a processor that has one has those before it. */
enum { TI_SIMD_BASE, TI_SIMD_AVX2, TI_SIMD_AVX512, TI_SIMD_END };

/* The last one that is used: a build with EXTRA=-DTI_SIMD_MOST=TI_SIMD_BASE does as an older processor would, which
   `make check` has tests run with. */
#ifndef TI_SIMD_MOST
#define TI_SIMD_MOST TI_SIMD_AVX512
#endif

#define TI_SIMD_PRAGMA(text) _Pragma(#text)
#if defined(__x86_64__) && defined(__clang__)
#define TI_SIMD_X86 1
#define TI_SIMD_BEGIN(set) TI_SIMD_PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define TI_SIMD_STOP TI_SIMD_PRAGMA(clang attribute pop)
#define TI_SIMD_AVX2_BEGIN TI_SIMD_BEGIN("avx2,fma")
#define TI_SIMD_AVX512_BEGIN TI_SIMD_BEGIN("fma,avx512f,avx512dq,avx512bw,avx512vl")
#elif defined(__x86_64__) && defined(__GNUC__)
#define TI_SIMD_X86 1
#define TI_SIMD_BEGIN(set) TI_SIMD_PRAGMA(GCC push_options) TI_SIMD_PRAGMA(GCC target(set))
#define TI_SIMD_STOP TI_SIMD_PRAGMA(GCC pop_options)
#define TI_SIMD_AVX2_BEGIN TI_SIMD_BEGIN("avx2,fma")
#define TI_SIMD_AVX512_BEGIN TI_SIMD_BEGIN("fma,avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")
#else
#define TI_SIMD_X86 0
#endif

/* The type of a parameter that takes a vector of a set other than base in a register. Clang goes by the flags of the
   whole file, not by a function's target, when it decides whether a wide vector is passed in one or in memory, and so
   disagrees with every library compiled for the set. But what it has no rule for it leaves to its back end, which knows
   the target: an atomic vector. It is never used as such: the parameter is read as TI_SIMD_TAKEN(V, parameter), and
   between TI_SIMD_PASSING and TI_SIMD_PASSED Clang does not warn of the argument's conversion. Results come in
   registers anyway. */
#if TI_SIMD_X86 && defined(__clang__)
#define TI_SIMD_PARAMETER(V) _Atomic(V)
#define TI_SIMD_TAKEN(V, parameter) (*(V *)(void *)&(parameter))
#define TI_SIMD_PASSING TI_SIMD_PRAGMA(clang diagnostic push) TI_SIMD_PRAGMA(clang diagnostic ignored "-Wconversion")
#define TI_SIMD_PASSED TI_SIMD_PRAGMA(clang diagnostic pop)
#else
#define TI_SIMD_PARAMETER(V) V
#define TI_SIMD_TAKEN(V, parameter) (parameter)
#define TI_SIMD_PASSING
#define TI_SIMD_PASSED
#endif

/* Before one function: AVX2 or AVX-512F alone, without the rest of those sets. Nothing where there are none. */
#if TI_SIMD_X86
#define TI_SIMD_AVX2_ONE __attribute__((target("avx2")))
#define TI_SIMD_AVX512_ONE __attribute__((target("avx512f")))
#else
#define TI_SIMD_AVX2_ONE
#define TI_SIMD_AVX512_ONE
#endif

/* Fetches what lies that many bytes after p, in a function of a set other than base. There may be nothing: then
   nothing happens, and a pointer is not computed with. */
#define TI_SIMD_FETCH(p, bytes) _mm_prefetch((const char *)((uintptr_t)(const void *)(p) + (bytes)), _MM_HINT_T0)

/* The last set that this processor and system have, and the build uses: for whoever asks once a cell, a look at a word
   that the compiler's run-time library fills when the program is loaded. */
static inline unsigned ti_simd_now(void) {
#if TI_SIMD_X86
  if (TI_SIMD_MOST < TI_SIMD_AVX2 || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    return TI_SIMD_BASE;
  return TI_SIMD_MOST >= TI_SIMD_AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
             ? TI_SIMD_AVX512
             : TI_SIMD_AVX2;
#else
  return TI_SIMD_BASE;
#endif
}

/* The same at any moment, in a constructor that runs before that library's own, too. */
unsigned ti_simd_best(void);
/* "base", "avx2", "avx512". */
const char *ti_simd_name(unsigned simd);

#endif
