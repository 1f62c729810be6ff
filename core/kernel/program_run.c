/*
** Programs run: the steps of each instruction set, and the loop that takes a block through them strip by strip.
*/
#include "program.h"

#include <string.h>

#include "lanes.h"
#include "simd.h"
#include "vector_math.h"

#if defined(__GNUC__) /* vectors are an extension of C */

enum { STRIP_BYTES = TI_PROGRAM_BYTES };

typedef ti_program_frame program_frame;

/* ----- Kernels called by their loops ----- */

static bool program_plain(tine_dtype d) {
  return tine_dtype_size(d) == 8 || d == TINE_F32;
}

/* A kernel's loop over a strip, the first input in 'strip', where the results go. */
TI_NOINLINE static void program_call(const ti_program_step *s, program_frame *f, void *strip, size_t at, size_t n) {
  _Alignas(64) char room[TI_PROGRAM_ARGS + 1][STRIP_BYTES];
  const tine_dtype result = (tine_dtype)s->type[s->inputs];
  const void *in[TI_PROGRAM_ARGS] = {strip};
  ptrdiff_t stride[TI_PROGRAM_ARGS];
  void *out = room[TI_PROGRAM_ARGS];
  char message[TINE_MESSAGE_SIZE];
  tine_block block = {.n = n, .in = in, .in_stride = stride, .out = &out, .message = message};
  for (unsigned k = 0; k < s->inputs; k++) {
    const tine_dtype d = (tine_dtype)s->type[k];
    const bool fixed = k > 0 && s->operand[k - 1] == TI_PROGRAM_FIXED;
    if (k > 0)
      in[k] = fixed ? (const char *)s->fixed[k - 1] : f->at[s->operand[k - 1]] + at * f->size[s->operand[k - 1]];
    if (!program_plain(d)) {
      ti_cast_narrow(d, in[k], room[k], fixed ? 1 : n);
      in[k] = room[k];
    }
    stride[k] = fixed ? 0 : (ptrdiff_t)tine_dtype_size(d);
  }
  ti_assert(s->inputs > 0 && s->inputs <= TI_PROGRAM_ARGS && n <= TI_PROGRAM_STRIP);
  if (s->with.loop(&block) != 0) {
    const size_t done = block.failed * tine_dtype_size(result);
    ti_assert(block.failed < n);
    memset((char *)out + done, 0, STRIP_BYTES - done); /* behind an item that fails there must be something */
    f->failed_at = f->failed && f->failed_at < block.failed ? f->failed_at : block.failed;
    f->failed = true;
  }
  if (program_plain(result))
    memcpy(strip, out, n * tine_dtype_size(result));
  else
    ti_cast_widen(result, out, strip, n);
}

/* Do steps jump to each other? They do where vectors are passed in registers, and compilers make jumps of calls in tail
   position: newer ones are told that they must. Else steps return to a loop, lest a program take as many frames of the
   stack as it has steps. */
#if defined(__has_attribute)
#if __has_attribute(musttail)
#define STEP_JUMP __attribute__((musttail)) return
#endif
#endif
#if defined(__OPTIMIZE__) && (defined(__x86_64__) || defined(__aarch64__))
#define STEP_LOOPS_BASE 0
#else
#define STEP_LOOPS_BASE 1
#endif
#if !defined(__OPTIMIZE__) || (defined(__clang__) && !defined(STEP_JUMP))
#define STEP_LOOPS_WIDE 1
#else
#define STEP_LOOPS_WIDE 0
#endif
#if !defined(STEP_JUMP)
#define STEP_JUMP
#endif
#if !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("optimize-sibling-calls") /* at any level */
#endif

#define STEP_SET base
#define STEP_LOOPS STEP_LOOPS_BASE
#define STEP_BYTES 16
#define STEP_LOW 0, 1
#define STEP_HIGH 2, 3
#define STEP_WHOLE 0, 1, 2, 3
#if defined(__SSE2__)
#include <emmintrin.h>
#define STEP_SQRT_F64(a) ((STEP_V(F64))_mm_sqrt_pd((__m128d)(a)))
#define STEP_SQRT_F32(a) ((STEP_V(F32))_mm_sqrt_ps((__m128)(a)))
#define STEP_WORD(a) ((uint64_t)(unsigned)_mm_movemask_pd((__m128d)(a)))
#define STEP_WORD_32(a) ((uint64_t)(unsigned)_mm_movemask_ps((__m128)(a)))
#endif
#include "program_steps.h"

#if TI_SIMD_X86
#include <immintrin.h>

static inline int program_bytes_4(const void *p) {
  int x;
  memcpy(&x, p, sizeof x);
  return x;
}
static inline void program_put_4(void *p, int x) {
  memcpy(p, &x, sizeof x);
}

#if TI_MATH_VECTORS
#define STEP_MATH
#endif

TI_SIMD_PASSING
TI_SIMD_AVX2_BEGIN
#define STEP_SET avx2
#define STEP_LOOPS STEP_LOOPS_WIDE
#define STEP_BYTES 32
#define STEP_LOW 0, 1, 2, 3
#define STEP_HIGH 4, 5, 6, 7
#define STEP_WHOLE 0, 1, 2, 3, 4, 5, 6, 7
#define STEP_SQRT_F64(a) ((STEP_V(F64))_mm256_sqrt_pd((__m256d)(a)))
#define STEP_SQRT_F32(a) ((STEP_V(F32))_mm256_sqrt_ps((__m256)(a)))
#define STEP_ROUND_F64(a, how) ((STEP_V(F64))_mm256_round_pd((__m256d)(a), (how) | _MM_FROUND_NO_EXC))
#define STEP_ROUND_F32(a, how) ((STEP_V(F32))_mm256_round_ps((__m256)(a), (how) | _MM_FROUND_NO_EXC))
#define STEP_FMA_F64(a, b, c) ((STEP_V(F64))_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#define STEP_FMA_F32(a, b, c) ((STEP_V(F32))_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define STEP_WORD(a) ((uint64_t)(unsigned)_mm256_movemask_pd((__m256d)(a)))
#define STEP_WORD_32(a) ((uint64_t)(unsigned)_mm256_movemask_ps((__m256)(a)))
#define STEP_LEAVE _mm256_zeroupper()
#define STEP_PICK(c, x, y) ((VEC)_mm256_blendv_pd((__m256d)(y), (__m256d)(x), (__m256d)(c)))
#define STEP_FETCH TI_SIMD_FETCH
#define STEP_HALF(r, high) _mm256_extracti128_si256((__m256i)(r), high)
#define STEP_WIDE(r, high) ((BITS)_mm256_cvtepi32_epi64(STEP_HALF(r, high)))
#define STEP_NARROW(low, high) \
  ((STEP_V(BOOL32))_mm256_permute4x64_epi64((__m256i)_mm256_shuffle_ps((__m256)(low), (__m256)(high), 0x88), 0xD8))
#define STEP_DOUBLE(r, high) ((STEP_V(F64))_mm256_cvtps_pd((__m128)STEP_HALF(r, high)))
#define STEP_SINGLE(low, high) \
  ((STEP_V(F32))_mm256_set_m128(_mm256_cvtpd_ps((__m256d)(high)), _mm256_cvtpd_ps((__m256d)(low))))
#define STEP_LOAD_8(p) _mm_cvtsi32_si128(program_bytes_4(p))
#define STEP_LOAD_16(p) _mm_loadl_epi64((const __m128i *)(const void *)(p))
#define STEP_LOAD_32(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define STEP_FROM(name, p) ((BITS)_mm256_cvt##name##_epi64(p))
#define STEP_TO_32(v) \
  _mm256_castsi256_si128(_mm256_permutevar8x32_epi32((__m256i)(v), _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)))
#define STEP_STORE_8(p, v) \
  program_put_4(p, _mm_cvtsi128_si32(_mm_shuffle_epi8(STEP_TO_32(v), _mm_set1_epi32(0x0C080400))))
#define STEP_STORE_16(p, v) \
  _mm_storel_epi64((__m128i *)(void *)(p), _mm_shuffle_epi8(STEP_TO_32(v), _mm_set1_epi64x(0x0D0C090805040100)))
#define STEP_STORE_32(p, v) _mm_storeu_si128((__m128i *)(void *)(p), STEP_TO_32(v))
#include "program_steps.h"
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
#define STEP_SET avx512
#define STEP_LOOPS STEP_LOOPS_WIDE
#define STEP_BYTES 64
#define STEP_LOW 0, 1, 2, 3, 4, 5, 6, 7
#define STEP_HIGH 8, 9, 10, 11, 12, 13, 14, 15
#define STEP_WHOLE 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define STEP_SQRT_F64(a) ((STEP_V(F64))_mm512_sqrt_pd((__m512d)(a)))
#define STEP_SQRT_F32(a) ((STEP_V(F32))_mm512_sqrt_ps((__m512)(a)))
#define STEP_ROUND_F64(a, how) ((STEP_V(F64))_mm512_roundscale_pd((__m512d)(a), (how) | _MM_FROUND_NO_EXC))
#define STEP_ROUND_F32(a, how) ((STEP_V(F32))_mm512_roundscale_ps((__m512)(a), (how) | _MM_FROUND_NO_EXC))
#define STEP_FMA_F64(a, b, c) ((STEP_V(F64))_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#define STEP_FMA_F32(a, b, c) ((STEP_V(F32))_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define STEP_WORD(a) ((uint64_t)_mm512_movepi64_mask((__m512i)(a)))
#define STEP_WORD_32(a) ((uint64_t)_mm512_movepi32_mask((__m512i)(a)))
#define STEP_LEAVE _mm256_zeroupper()
#define STEP_PICK(c, x, y) ((VEC)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)(c)), (__m512d)(y), (__m512d)(x)))
#define STEP_FETCH TI_SIMD_FETCH
#define STEP_HALF(r, high) _mm512_extracti64x4_epi64((__m512i)(r), high)
#define STEP_WIDE(r, high) ((BITS)_mm512_cvtepi32_epi64(STEP_HALF(r, high)))
#define STEP_JOIN_HALVES(low, high) _mm512_inserti64x4(_mm512_castsi256_si512((__m256i)(low)), (__m256i)(high), 1)
#define STEP_NARROW(low, high) \
  ((STEP_V(BOOL32))STEP_JOIN_HALVES(_mm512_cvtepi64_epi32((__m512i)(low)), _mm512_cvtepi64_epi32((__m512i)(high))))
#define STEP_DOUBLE(r, high) ((STEP_V(F64))_mm512_cvtps_pd((__m256)STEP_HALF(r, high)))
#define STEP_SINGLE(low, high) \
  ((STEP_V(F32))STEP_JOIN_HALVES(_mm512_cvtpd_ps((__m512d)(low)), _mm512_cvtpd_ps((__m512d)(high))))
#define STEP_SINGLE_I64(low, high) \
  ((STEP_V(F32))STEP_JOIN_HALVES(_mm512_cvtepi64_ps((__m512i)(low)), _mm512_cvtepi64_ps((__m512i)(high))))
#define STEP_SINGLE_U64(low, high) \
  ((STEP_V(F32))STEP_JOIN_HALVES(_mm512_cvtepu64_ps((__m512i)(low)), _mm512_cvtepu64_ps((__m512i)(high))))
#define STEP_LOAD_8(p) _mm_loadl_epi64((const __m128i *)(const void *)(p))
#define STEP_LOAD_16(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define STEP_LOAD_32(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STEP_FROM(name, p) ((BITS)_mm512_cvt##name##_epi64(p))
#define STEP_STORE_8(p, v) _mm_storel_epi64((__m128i *)(void *)(p), _mm512_cvtepi64_epi8((__m512i)(v)))
#define STEP_STORE_16(p, v) _mm_storeu_si128((__m128i *)(void *)(p), _mm512_cvtepi64_epi16((__m512i)(v)))
#define STEP_STORE_32(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), _mm512_cvtepi64_epi32((__m512i)(v)))
#include "program_steps.h"
TI_SIMD_STOP
TI_SIMD_PASSED

#undef STEP_MATH
#endif

#if !defined(__clang__)
#pragma GCC pop_options
#endif
#undef STEP_JUMP
#undef STEP_LOOPS_BASE
#undef STEP_LOOPS_WIDE

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
} program_columns;

/* Where the operands are, but for inputs. */
static void frame_init(program_frame *f, const ti_program *p) {
  for (unsigned k = 0; k < p->slots; k++) {
    f->at[TI_PROGRAM_INPUTS + k] = f->slot[k];
    f->size[TI_PROGRAM_INPUTS + k] = 0;
  }
  for (unsigned k = 0; k < p->held; k++) {
    f->at[TI_PROGRAM_INPUTS + TI_PROGRAM_ROOMS + k] = p->strip + k * STRIP_BYTES;
    f->size[TI_PROGRAM_INPUTS + TI_PROGRAM_ROOMS + k] = 0;
  }
  f->failed = f->rest = false;
}

/* The room of input k for a strip of it, which is to be laid out there. */
static char *frame_room(program_frame *f, const ti_program *p, unsigned k) {
  ti_assert(k < p->inputs && p->slots + p->inputs <= TI_PROGRAM_ROOMS);
  f->at[k] = f->slot[TI_PROGRAM_ROOMS - 1 - k];
  f->size[k] = 0;
  return f->slot[TI_PROGRAM_ROOMS - 1 - k];
}

/* Input k from item 'from' on: n values side by side, and the last again up to a whole strip: what it does it did. */
static void frame_strip(program_frame *f, const ti_program *p, const program_columns *c, unsigned k, size_t from,
                        size_t n) {
  const char *const in = (const char *)c->in[k] + (ptrdiff_t)from * c->stride[k];
  const size_t size = tine_dtype_size(p->input[k]);
  char *const strip = frame_room(f, p, k);
  ti_assert(n > 0 && n <= TI_PROGRAM_STRIP);
#define EACH_ITEM(bytes)                                                  \
  for (size_t i = 0; i < n; i++)                                          \
    memcpy(strip + i * (bytes), in + (ptrdiff_t)i * c->stride[k], bytes); \
  for (size_t i = n; i < p->set->strip; i++)                              \
  memcpy(strip + i * (bytes), strip + (n - 1) * (bytes), bytes)
  switch (size) {
    case 1: EACH_ITEM(1); break;
    case 2: EACH_ITEM(2); break;
    case 4: EACH_ITEM(4); break;
    default: EACH_ITEM(8); break;
  }
#undef EACH_ITEM
}

/* A whole strip of input k from item 'at' of the block on, side by side. */
static void frame_lay(program_frame *f, const ti_program *p, const program_columns *c, unsigned k, size_t at) {
  const ptrdiff_t stride = c->stride[k];
  char *const strip = frame_room(f, p, k);
  ti_assert(stride != 0);
  if (stride == TI_PROGRAM_RAMP)
    p->set->lay_ramp(strip, c->in[k], p->input[k], at);
  else
    p->set->lay(strip, (const char *)c->in[k] + (ptrdiff_t)at * stride, stride, tine_dtype_size(p->input[k]));
}

/* The n items of a ramp that a short strip has, and the last again: what is behind it is no item. */
static void frame_ramp(program_frame *f, const ti_program *p, const program_columns *c, unsigned k, size_t at,
                       size_t n) {
  char *const strip = frame_room(f, p, k);
  frame_lay(f, p, c, k, at);
  for (size_t i = n; i < p->set->strip; i++)
    memcpy(strip + i * 8, strip + (n - 1) * 8, 8);
}

/* Adds the first n numbers of a strip to lanes, from lane number 'first' on. */
static void add_rest(tine_dtype type, const uint64_t *strip, size_t n, size_t first, void *lanes) {
  for (size_t i = 0; i < n; i++)
    if (type == TINE_I64) {
      uint64_t sum;
      memcpy(&sum, (char *)lanes + (first + i) % TI_LANES * sizeof sum, sizeof sum);
      sum += strip[i];
      memcpy((char *)lanes + (first + i) % TI_LANES * sizeof sum, &sum, sizeof sum);
    } else {
      double x;
      memcpy(&x, &strip[i], sizeof x);
      ((double *)lanes)[(first + i) % TI_LANES] += x;
    }
}

/* The last, short strip: into 'out', or added to lanes. */
static void run_rest(program_frame *f, const ti_program *p, const program_columns *c, size_t done, size_t n, void *out,
                     void *lanes) {
  _Alignas(64) uint64_t rest[TI_PROGRAM_STRIP] = {0};
  const size_t size = tine_dtype_size(p->result);
  for (unsigned k = 0; k < p->inputs; k++)
    (c->stride[k] == TI_PROGRAM_RAMP ? frame_ramp : frame_strip)(f, p, c, k, done, n);
  ti_assert(n > 0 && n < p->set->strip);
  f->out = (char *)rest;
  f->lanes = lanes != NULL ? (char *)rest : NULL;
  f->rest = true;
  p->set->start(p->step, f, 0, p->set->strip);
  if (lanes != NULL)
    add_rest(ti_program_sum(p), rest, n, done, lanes);
  else if (p->end == TI_PROGRAM_BITS)
    ((uint64_t *)out)[done / 64] |= (rest[0] & ((UINT64_C(1) << n) - 1)) << done % 64;
  else
    memcpy((char *)out + done * size, rest, n * size);
}

/* Inputs that steps cannot read where they are: constants are laid out once, others strip by strip; a bit for each of
   those. */
static unsigned frame_inputs(program_frame *f, const ti_program *p, const program_columns *c) {
  unsigned odd = 0;
  for (unsigned k = 0; k < p->inputs; k++) {
    f->at[k] = c->in[k];
    f->size[k] = tine_dtype_size(p->input[k]);
    if (c->stride[k] == 0)
      frame_strip(f, p, c, k, 0, 1);
    else if (c->stride[k] != (ptrdiff_t)f->size[k])
      odd |= 1u << k;
  }
  return odd;
}

/* Whole strips from item 'at' to 'end'; those inputs are 'odd' that steps cannot read where they are. */
static void run_whole_strips(program_frame *f, const ti_program *p, const program_columns *c, unsigned odd, size_t at,
                             size_t end) {
  const size_t each = odd != 0 ? p->set->strip : end - at;
  for (; at < end; at += each) {
    for (unsigned k = 0; odd >> k != 0; k++)
      if ((odd >> k & 1) != 0)
        frame_lay(f, p, c, k, at);
    p->set->start(p->step, f, at, at + each);
  }
}

/* May values be made twice? Not where the first took the place of what they were made of. */
static bool may_again(const ti_program *p, const program_columns *c, const void *out) {
  bool may = out != NULL && p->end == TI_PROGRAM_VALUES;
  for (unsigned k = 0; k < p->inputs; k++)
    may = may && c->in[k] != out;
  return may;
}

bool ti_program_run(const ti_program *p, const void *const *in, const ptrdiff_t *stride, size_t n, void *out,
                    void *lanes) {
  const ti_program_set *set = p->set;
  const size_t whole = n - n % set->strip;
  const program_columns c = {in, stride};
  program_frame f;
  unsigned odd;
  ti_assert(p->strip != NULL && n > 0 && n <= TI_CELL && set->strip <= TI_PROGRAM_STRIP);
  ti_assert((out == NULL) == (lanes != NULL) && (lanes == NULL || p->end == TI_PROGRAM_VALUES));
  frame_init(&f, p);
  odd = frame_inputs(&f, p, &c);
  f.out = out;
  f.lanes = lanes;
  if (p->end == TI_PROGRAM_BITS)
    memset(out, 0, (n + 63) / 64 * sizeof(uint64_t));
  run_whole_strips(&f, p, &c, odd, 0, whole);
  if (whole < n && whole > 0 && may_again(p, &c, out))
    run_whole_strips(&f, p, &c, odd, n - set->strip, n); /* the last are a whole strip with some before them */
  else if (whole < n)
    run_rest(&f, p, &c, whole, n - whole, out, lanes);
  return !f.failed;
}

#else

const ti_program_set *ti_program_set_of(unsigned simd) {
  (void)simd;
  return NULL;
}

bool ti_program_run(const ti_program *p, const void *const *in, const ptrdiff_t *stride, size_t n, void *out,
                    void *lanes) {
  (void)p, (void)in, (void)stride, (void)n, (void)out, (void)lanes;
  return false;
}

#endif
