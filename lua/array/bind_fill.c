/*
** Filling the memory of arrays: with one element, or with equal steps. Of a large array every thread writes a part, and
** so is also the one that faults its pages in. Nothing of it can fail; where there is no pool, the caller does it all.
**
** Memory that was used before and that no cache holds is written past the caches, where the processor can: a line then
** need not be read first. Measured with 160 MB, one thread, ns for 8 bytes: 0.26, and 0.49 through the caches; but in
** fresh pages, which the system has just cleared, 0.68 and 0.57. So those are written as usual.
*/
#include "../run/bind_pool.h"
#include "../run/bind_run.h"
#include "../state/bind.h"

#include <math.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
  FILL_PIECE = 4096,   /* bytes: holds whole elements of every type, and stays in the cache */
  FILL_ALONE = 65536,  /* bytes: some microseconds, not worth asking others */
  FILL_STEP = 1 << 24, /* between two looks whether the script was interrupted: a few milliseconds on one thread */
  FILL_PAST = 1 << 25  /* bytes: larger than the caches of most machines */
};

typedef struct filling {
  char *data;
  ptrdiff_t stride; /* where elements are not side by side: with 'size', what there is of them */
  size_t size;
  const void *element;
  size_t bytes;
  bool past; /* it bypasses the caches */
  _Alignas(16) char piece[FILL_PIECE];
} filling;

/* Volatile: compilers know nothing of floating-point modes, and would otherwise compute it where it is used. */
typedef struct stepping {
  double *p;
  volatile double first, step;
  volatile double intervals; /* where the step vanishes beside them: how many, of 'step' altogether; else 0 */
  volatile double factor;    /* 1; or 2, and first and step are halved, since the distance of the ends overflows */
} stepping;

/* A part of a loop: item i is 'first' + i of the whole. */
typedef struct fill_step {
  tine_range_fn *body;
  void *env;
  uint64_t first;
} fill_step;

static tine_status fill_some(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  const fill_step *s = env;
  return s->body(ctx, s->first + lo, s->first + hi, s->env);
}

/* Calls body for [0, n), in parts on all threads of the installed pool, or of the default one; looks after each step. A
   hook may close that, and the array. */
static void fill_shared(lua_State *L, const bind_array *h, uint64_t n, size_t bytes, tine_range_fn *body, void *env) {
  bind_state *state = bind_state_get(L);
  tine_pool *const pool = bytes < FILL_ALONE || state->looking ? NULL : bind_pool_here(L);
  const uint64_t each = n / (bytes / FILL_STEP + 1) + 1;
  fill_step step = {body, env, 0};
  tine_array *array = tine_array_retain(h->array);
  bind_watch w;
  bind_watch_open(L, &w, state, 0, 0);
  w.loan = bind_loan_of(NULL, NULL, &array, 1);
  for (; step.first < n && !w.failed; step.first += each) {
    const uint64_t some = n - step.first < each ? n - step.first : each;
    if (bytes < FILL_ALONE || state->looking || w.called ||
        tine_parallel_for(pool, some, fill_some, &step, NULL) != TINE_OK)
      fill_some(NULL, 0, some, &step);
    if (bytes > FILL_STEP && !state->looking)
      bind_watch_goes_on(&w);
  }
  bind_watch_close(&w);
  tine_array_release(array);
  if (w.failed)
    lua_error(L);
}

/* A whole piece to an address of any alignment that vectors have, past the caches if that can be. */
static void fill_past(char *to, const char *piece) {
#if defined(__SSE2__)
  for (size_t i = 0; i < FILL_PIECE; i += sizeof(__m128i))
    _mm_stream_si128((__m128i *)(void *)(to + i), _mm_load_si128((const __m128i *)(const void *)(piece + i)));
#else
  memcpy(to, piece, FILL_PIECE);
#endif
}

/* What was written past the caches is seen by whoever sees that the loop is over. */
static void fill_past_end(void) {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

static tine_status fill_pieces(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  const filling *f = env;
  (void)ctx;
  for (; lo < hi; lo++) {
    const size_t at = (size_t)lo * FILL_PIECE, left = f->bytes - at;
    if (f->past && left >= FILL_PIECE)
      fill_past(f->data + at, f->piece);
    else
      memcpy(f->data + at, f->piece, left < FILL_PIECE ? left : FILL_PIECE);
  }
  if (f->past)
    fill_past_end();
  return TINE_OK;
}

static tine_status fill_elements(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  const filling *f = env;
  (void)ctx;
  for (; lo < hi; lo++)
    memcpy(f->data + (ptrdiff_t)lo * f->stride, f->element, f->size);
  return TINE_OK;
}

void bind_fill(lua_State *L, const bind_array *h, const void *element, bool fresh) {
  const size_t size = tine_dtype_size(h->dtype);
  filling f;
  f.data = h->data;
  f.bytes = (size_t)h->len * size;
  f.past = !fresh && f.bytes >= FILL_PAST && (uintptr_t)h->data % 16 == 0;
  f.stride = h->stride;
  f.size = size;
  f.element = element;
  if (h->stride != (ptrdiff_t)size) {
    fill_shared(L, h, (uint64_t)h->len, f.bytes, fill_elements, &f);
    return;
  }
  for (size_t at = 0; at < FILL_PIECE && at < f.bytes; at += size)
    memcpy(f.piece + at, element, size);
  fill_shared(L, h, f.bytes / FILL_PIECE + (f.bytes % FILL_PIECE != 0), f.bytes, fill_pieces, &f);
}

/* In the engine's floating-point environment, on whichever thread. */
static tine_status step_items(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  const stepping *s = env;
  const uint64_t saved = tine_fp_enter();
  const double first = s->first, step = s->step, intervals = s->intervals, factor = s->factor;
  double *const p = s->p;
  (void)ctx;
  if (intervals > 0)
    for (; lo < hi; lo++)
      p[lo] = first + (double)(int64_t)lo / intervals * step;
  else if (factor > 1)
    for (; lo < hi; lo++)
      p[lo] = (first + (double)(int64_t)lo * step) * factor;
  else
    for (; lo < hi; lo++)
      p[lo] = first + (double)(int64_t)lo * step;
  tine_fp_leave(saved);
  return TINE_OK;
}

static void step_plan(stepping *s, double first, double last, double intervals) {
  const double distance = last - first, step = distance / intervals;
  const bool halved = isinf(distance) && isfinite(first) && isfinite(last);
  s->factor = halved ? 2 : 1;
  s->first = first / s->factor;
  s->step = halved ? (last / 2 - first / 2) / intervals : step == 0 ? distance : step;
  s->intervals = step == 0 ? intervals : 0;
}

/* As NumPy has it; and both ends are exact, however the step was rounded, and be they infinite. */
void bind_fill_steps(lua_State *L, const bind_array *h, double first, double last) {
  stepping s = {.p = (double *)(void *)h->data};
  uint64_t saved;
  if (h->len > 1) {
    saved = tine_fp_enter();
    step_plan(&s, first, last, (double)(h->len - 1));
    tine_fp_leave(saved);
    fill_shared(L, h, (uint64_t)h->len, (size_t)h->len * sizeof *s.p, step_items, &s);
  }
  if (h->len > 1)
    s.p[h->len - 1] = last;
  if (h->len > 0)
    s.p[0] = first;
}
