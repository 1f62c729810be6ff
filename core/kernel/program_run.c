/*
** Programs run: the steps of each instruction set, and the loop that takes a block through them strip by strip.
*/
#include "program.h"

#include <string.h>

#include "simd.h"
#include "vector_math.h"

#if defined(__GNUC__) /* vectors are an extension of C */

typedef struct program_frame {
  const char *at[TI_PROGRAM_OPERANDS];
  size_t mask[TI_PROGRAM_OPERANDS]; /* all ones: a column, which goes on; 0: one strip */
  double *out, *lanes;
  _Alignas(64) double slot[TI_PROGRAM_SLOTS][TI_PROGRAM_STRIP];
  double held[TI_PROGRAM_HELD][TI_PROGRAM_STRIP];
  double strip[TI_PROGRAM_INPUTS][TI_PROGRAM_STRIP];
} program_frame;

#define STEP_SET base
#define STEP_BYTES 16
#if defined(__SSE2__)
#include <emmintrin.h>
#define STEP_SQRT(a) ((VEC)_mm_sqrt_pd((__m128d)(a)))
#endif
#include "program_steps.h"

#if TI_SIMD_X86
#include <immintrin.h>

#if TI_MATH_VECTORS
#define STEP_MATH
#endif

TI_SIMD_AVX2_BEGIN
#define STEP_SET avx2
#define STEP_BYTES 32
#define STEP_SQRT(a) ((VEC)_mm256_sqrt_pd((__m256d)(a)))
#define STEP_FLOOR(a) ((VEC)_mm256_floor_pd((__m256d)(a)))
#define STEP_CEIL(a) ((VEC)_mm256_ceil_pd((__m256d)(a)))
#define STEP_TRUNC(a) ((VEC)_mm256_round_pd((__m256d)(a), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC))
#define STEP_FMA(a, b, c) ((VEC)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#include "program_steps.h"
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
#define STEP_SET avx512
#define STEP_BYTES 64
#define STEP_SQRT(a) ((VEC)_mm512_sqrt_pd((__m512d)(a)))
#define STEP_FLOOR(a) ((VEC)_mm512_roundscale_pd((__m512d)(a), _MM_FROUND_TO_NEG_INF))
#define STEP_CEIL(a) ((VEC)_mm512_roundscale_pd((__m512d)(a), _MM_FROUND_TO_POS_INF))
#define STEP_TRUNC(a) ((VEC)_mm512_roundscale_pd((__m512d)(a), _MM_FROUND_TO_ZERO))
#define STEP_FMA(a, b, c) ((VEC)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#include "program_steps.h"
TI_SIMD_STOP

#undef STEP_MATH
#endif

const ti_program_set *ti_program_set_of(unsigned simd) {
#if TI_SIMD_X86
  if (simd == TI_SIMD_AVX2)
    return &program_set_avx2;
  if (simd == TI_SIMD_AVX512)
    return &program_set_avx512;
#endif
  (void)simd;
  return &program_set_base;
}

/* ----- A run ----- */

/* What a run reads: columns as they were given. */
typedef struct program_columns {
  const void *const *in;
  const ptrdiff_t *stride;
  tine_kernel_fn *const *convert;
} program_columns;

/* Where the operands are, but for inputs. */
static void frame_init(program_frame *f, const ti_program *p) {
  for (unsigned k = 0; k < p->slots; k++) {
    f->at[TI_PROGRAM_INPUTS + k] = (const char *)f->slot[k];
    f->mask[TI_PROGRAM_INPUTS + k] = 0;
  }
  for (unsigned k = 0; k < p->held; k++) {
    const unsigned operand = TI_PROGRAM_INPUTS + TI_PROGRAM_SLOTS + k;
    for (unsigned i = 0; i < TI_PROGRAM_STRIP; i++)
      f->held[k][i] = p->hold[k];
    f->at[operand] = (const char *)f->held[k];
    f->mask[operand] = 0;
  }
}

/* Input k from item 'from' on: n values, converted and side by side, then zeros up to a whole strip. */
static void frame_strip(program_frame *f, const program_columns *c, unsigned k, size_t from, size_t n) {
  const void *in = (const char *)c->in[k] + (ptrdiff_t)from * c->stride[k];
  double *strip = f->strip[k];
  ti_assert(n > 0 && n <= TI_PROGRAM_STRIP && k < TI_PROGRAM_INPUTS);
  void *out = strip;
  tine_block block = {.n = n, .in = &in, .in_stride = &c->stride[k], .out = &out};
  if (n < TI_PROGRAM_STRIP)
    memset(strip, 0, sizeof f->strip[k]);
  if (c->convert[k] != NULL)
    c->convert[k](&block); /* cannot fail: it promotes */
  else
    for (size_t i = 0; i < n; i++)
      memcpy(&strip[i], (const char *)in + (ptrdiff_t)i * c->stride[k], sizeof *strip);
  f->at[k] = (const char *)strip;
  f->mask[k] = 0;
}

/* The last, short strip. */
static void run_rest(program_frame *f, const ti_program *p, const program_columns *c, size_t done, size_t n,
                     double *out, double *lanes) {
  _Alignas(64) double rest[TI_PROGRAM_STRIP];
  for (unsigned k = 0; k < p->inputs; k++)
    frame_strip(f, c, k, done, n);
  f->out = rest;
  f->lanes = NULL;
  p->set->start(p->step, f, 0);
  if (lanes == NULL)
    memcpy(out + done, rest, n * sizeof *rest);
  for (size_t i = 0; lanes != NULL && i < n; i++)
    lanes[(done + i) % TI_LANES] += rest[i];
}

/* Inputs that steps cannot read where they are: constants are laid out once, others strip by strip; a bit for each of
   those. */
static unsigned frame_inputs(program_frame *f, const ti_program *p, const program_columns *c) {
  unsigned odd = 0;
  for (unsigned k = 0; k < p->inputs; k++) {
    f->at[k] = c->in[k];
    f->mask[k] = SIZE_MAX;
    if (c->stride[k] == 0)
      frame_strip(f, c, k, 0, TI_PROGRAM_STRIP);
    else if (c->stride[k] != sizeof(double) || c->convert[k] != NULL)
      odd |= 1u << k;
  }
  return odd;
}

void ti_program_run(const ti_program *p, const void *const *in, const ptrdiff_t *stride, tine_kernel_fn *const *convert,
                    size_t n, double *out, double *lanes) {
  const ti_program_set *set = p->set;
  const size_t whole = n - n % set->strip;
  const program_columns c = {in, stride, convert};
  program_frame f;
  unsigned odd;
  ti_assert(!p->full && p->steps > 0 && n > 0 && set->strip <= TI_PROGRAM_STRIP);
  ti_assert((out == NULL) == (lanes != NULL));
  frame_init(&f, p);
  odd = frame_inputs(&f, p, &c);
  f.out = out;
  f.lanes = lanes;
  for (size_t i = 0; i < whole; i += set->strip) {
    for (unsigned k = 0; odd != 0 && k < p->inputs; k++)
      if ((odd & 1u << k) != 0)
        frame_strip(&f, &c, k, i, set->strip);
    set->start(p->step, &f, i * sizeof(double));
  }
  if (whole < n)
    run_rest(&f, p, &c, whole, n - whole, out, lanes);
}

#else

const ti_program_set *ti_program_set_of(unsigned simd) {
  (void)simd;
  return NULL;
}

void ti_program_run(const ti_program *p, const void *const *in, const ptrdiff_t *stride, tine_kernel_fn *const *convert,
                    size_t n, double *out, double *lanes) {
  (void)p, (void)in, (void)stride, (void)convert, (void)n, (void)out, (void)lanes;
}

#endif
