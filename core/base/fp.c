/*
** The floating-point environment: where a host has chosen another rounding, flushes small numbers to zero or traps
** (games and audio do), the engine must still give its own bits, and hand the host's choice back untouched.
**
** The control word is read each time, which is cheap, and written only where it differs, which is not. What counts is
** the unit that C's float and double use: SSE on x86, whose control word fenv.h changes only together with the x87's.
*/
#include "thread.h"

#if defined(__SSE2__)

#include <xmmintrin.h>

enum {
  SSE_FLAGS = 0x003f, /* exceptions that have happened; all other bits are choices */
  SSE_WANTED = 0x1f80 /* every exception masked; rounding to nearest, no flush to zero, denormals read as they are */
};

ti_fp ti_fp_enter(void) {
  const unsigned had = _mm_getcsr();
  const unsigned want = (had & SSE_FLAGS) | SSE_WANTED;
  const ti_fp saved = {had};
  if (had != want)
    _mm_setcsr(want);
  return saved;
}

void ti_fp_leave(ti_fp saved) {
  if (_mm_getcsr() != (unsigned)saved.word)
    _mm_setcsr((unsigned)saved.word);
}

#elif defined(__aarch64__)

/* FPCR: alternative handling and its input flush (0-1), trap enables (8-15), half flush (19), rounding (22-23),
   flush (24). Zero in all of them is the default of the architecture. */
#define FPCR_CHOICES UINT64_C(0x01c8ff03)

static uint64_t fpcr_read(void) {
  uint64_t word;
  __asm__ volatile("mrs %0, fpcr" : "=r"(word));
  return word;
}

static uint64_t fpsr_read(void) {
  uint64_t word;
  __asm__ volatile("mrs %0, fpsr" : "=r"(word));
  return word;
}

/* The saved word is FPCR below and FPSR, which has the flags, above: both registers define 32 bits. */
ti_fp ti_fp_enter(void) {
  const uint64_t had = fpcr_read();
  const ti_fp saved = {had | fpsr_read() << 32};
  if ((had & FPCR_CHOICES) != 0)
    __asm__ volatile("msr fpcr, %0" : : "r"(had & ~FPCR_CHOICES));
  return saved;
}

void ti_fp_leave(ti_fp saved) {
  const uint64_t fpcr = saved.word & UINT32_MAX, fpsr = saved.word >> 32;
  if (fpcr_read() != fpcr)
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr));
  if (fpsr_read() != fpsr)
    __asm__ volatile("msr fpsr, %0" : : "r"(fpsr));
}

#undef FPCR_CHOICES

#else

#include <fenv.h>

/* Standard C knows of no flush to zero: rounding below, the flags above. */
ti_fp ti_fp_enter(void) {
  const unsigned rounding = (unsigned)fegetround(), flags = (unsigned)fetestexcept(FE_ALL_EXCEPT);
  const ti_fp saved = {rounding | (uint64_t)flags << 32};
  if (rounding != FE_TONEAREST)
    fesetround(FE_TONEAREST);
  return saved;
}

void ti_fp_leave(ti_fp saved) {
  const int rounding = (int)(saved.word & UINT32_MAX), flags = (int)(saved.word >> 32);
  if (fegetround() != rounding)
    fesetround(rounding);
  feclearexcept(FE_ALL_EXCEPT & ~flags);
}

#endif
