/*
** The floating-point environment: where a host has chosen another rounding, flushes small numbers to zero or traps
** (games and audio do), the engine must still give its own bits, and hand the host's choice back untouched.
**
** The control word is read each time, which is cheap, and written only where it differs, which is not. What counts is
** the unit that C's float and double use: SSE on x86, whose control word fenv.h changes only together with the x87's.
*/
#include "thread.h"

#include "../tine.h"

#if defined(__SSE2__)

#include <xmmintrin.h>

enum {
  SSE_FLAGS = 0x003f,  /* exceptions that have happened; all other bits are choices */
  SSE_WANTED = 0x1f80, /* every exception masked; rounding to nearest, no flush to zero, denormals read as they are */
  X87_WANTED = 0x037f  /* every exception masked; rounding to nearest, the full width */
};

/* Where registers have 32 bits, integers of 64 become floats, and back, in the x87: its words count there, too. They
   are kept above the SSE's, control below status. Elsewhere it is the C library that asks for the x87's rounding, where
   it makes text of numbers and numbers of text. */
static uint64_t x87_enter(void) {
  unsigned short control, status;
  const unsigned short wanted = X87_WANTED;
  __asm__ volatile("fnstcw %0" : "=m"(control));
  __asm__ volatile("fnstsw %0" : "=m"(status));
  if (control != wanted)
    __asm__ volatile("fldcw %0" : : "m"(wanted));
  return (uint64_t)control << 32 | (uint64_t)status << 48;
}

/* Flags alone cannot be written: the whole environment is, where they differ. */
static void x87_leave(uint64_t saved) {
  const unsigned short had = (unsigned short)(saved >> 32);
  const unsigned flags = (unsigned)(saved >> 48) & SSE_FLAGS;
  unsigned environment[7];                            /* control, status, and five that are none of ours */
  __asm__ volatile("fnstenv %0" : "=m"(environment)); /* which masks every exception */
  environment[0] = (environment[0] & ~0xffffu) | had;
  environment[1] = (environment[1] & ~(unsigned)SSE_FLAGS) | flags;
  __asm__ volatile("fldenv %0" : : "m"(environment));
}

#if defined(__i386__)
#define word_enter() x87_enter()
#define word_leave(saved) x87_leave(saved)
#else
#define word_enter() UINT64_C(0)
#define word_leave(saved) ((void)(saved))
#endif

ti_fp ti_fp_enter(void) {
  const unsigned had = _mm_getcsr();
  const unsigned want = (had & SSE_FLAGS) | SSE_WANTED;
  const ti_fp saved = {had | word_enter()};
  if (had != want)
    _mm_setcsr(want);
  return saved;
}

void ti_fp_leave(ti_fp saved) {
  const unsigned had = (unsigned)(saved.word & UINT32_MAX);
  if (_mm_getcsr() != had)
    _mm_setcsr(had);
  word_leave(saved.word);
}

#undef word_enter
#undef word_leave

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

uint64_t tine_fp_enter(void) {
#if defined(__SSE2__) && !defined(__i386__)
  return ti_fp_enter().word | x87_enter();
#else
  return ti_fp_enter().word;
#endif
}

void tine_fp_leave(uint64_t saved) {
  const ti_fp had = {saved};
  ti_fp_leave(had);
#if defined(__SSE2__) && !defined(__i386__)
  if ((saved >> 32 & 0xffff) != X87_WANTED) /* else nothing was written, and nobody computes there */
    x87_leave(saved);
#endif
}
