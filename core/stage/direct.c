/*
** Kernels that stand alone; see direct.h. Loops are of whole strips side by side. What is not, the last few items among
** them, is copied, a strip at a time.
*/
#include "direct.h"

#include <string.h>

#include "../expression/expression.h"
#include "../kernel/simd.h"

enum { DIRECT_STRIP = TI_PROGRAM_STRIP };

_Static_assert(DIRECT_STRIP == 64 && DIRECT_STRIP % TI_LANES == 0, "a strip is a word of bits, and some rows of lanes");

/* ----- Which ----- */

/* An operation and its arguments: columns of the base, or a constant of the type that it takes. */
typedef struct direct_call {
  const ti_signature *signature;
  int column[2];
  const void *constant[2];
} direct_call;

/* The one operation of an expression. */
static bool expression_call(const ti_apply *a, direct_call *call) {
  const ti_instance *const o = (const ti_instance *)(const void *)a->binding.signature; /* it begins with it */
  const ti_step *const step = &o->operation[0];
  if (o->operations != 1 || step->kernel == NULL || !step->kernel->builtin || step->count != 2)
    return false;
  call->signature = step->signature;
  for (unsigned k = 0; k < 2; k++) {
    const ti_operand *const v = &o->operand[step->first + k];
    if (v->cast != NULL || v->dtype != step->signature->in[k] || v->where == TI_AT_SLOT)
      return false;
    call->column[k] = v->where == TI_AT_INPUT ? a->column[v->index] : -1;
    call->constant[k] = v->where == TI_AT_CONSTANT ? o->constant[v->index] : NULL;
    if (v->where == TI_AT_INPUT && (call->column[k] < 0 || a->binding.cast[v->index] != NULL))
      return false;
  }
  return true;
}

static bool kernel_call(const ti_apply *a, direct_call *call) {
  if (!a->kernel->builtin || a->inputs != 2 || a->outputs != 1)
    return false;
  call->signature = a->binding.signature;
  for (unsigned k = 0; k < 2; k++) {
    if (a->binding.cast[k] != NULL)
      return false;
    call->column[k] = a->column[k];
    call->constant[k] = a->column[k] < 0 ? a->binding.constant[k] : NULL;
  }
  return true;
}

ti_direct ti_direct_variant(const ti_apply *a, unsigned simd) {
  const ti_program_set *const set = ti_program_set_of(simd);
  ti_direct d = {.whole = NULL};
  direct_call call;
  size_t index;
  if (set == NULL || a->kernel == NULL || !(a->kernel->expression != NULL ? expression_call : kernel_call)(a, &call))
    return d;
  index = ti_builtin_index(call.signature);
  if (index == SIZE_MAX || call.signature->in[0] != call.signature->in[1])
    return d;
  ti_assert(call.column[0] >= 0 || call.column[1] >= 0);
  d.dtype = call.signature->in[0];
  memcpy(d.column, call.column, sizeof d.column);
  d.constant = call.constant[call.column[0] >= 0];
  if (set->operations[index].whole.bits != NULL || set->operations[index].whole.lanes != NULL)
    d.whole = &set->operations[index].whole;
  return d;
}

ti_direct ti_direct_of(const ti_apply *a) {
  return ti_direct_variant(a, ti_simd_best());
}

const tine_pipeline *ti_direct_below(const tine_pipeline *p, ti_direct *d) {
  while (p->type->passes)
    p = p->base[0];
  ti_assert(p->columns > 0);
  if (p->columns != 1 || p->fusion.operations > 1) /* else a program does more */
    return NULL;
  if (p->type->id == TI_STAGE_map && p->kind == TINE_INDEXED) {
    *d = ti_direct_of(ti_apply_of(p));
    d->sum = ti_direct_tells(d) ? TI_DIRECT_TELLS : TI_DIRECT_ADDS;
    return ti_direct_tells(d) || (ti_direct_adds(d) && d->column[0] >= 0 && d->column[1] >= 0) ? p->base[0] : NULL;
  }
  if (p->type->id != TI_STAGE_filter || p->base[0]->columns != 1 || !ti_stage_masks(p) ||
      p->base[0]->kind != TINE_INDEXED)
    return NULL;
  *d = ti_direct_of(ti_apply_of(p));
  d->sum = TI_DIRECT_KEEPS;
  return ti_direct_keeps(d, sizeof(double)) ? p->base[0] : NULL;
}

/* ----- A block ----- */

/* Items are copied as unsigned integers of their size, whatever they are. */
typedef uint32_t __attribute__((may_alias)) direct_4;
typedef uint64_t __attribute__((may_alias)) direct_8;

/* n items side by side, and the last again up to a strip. */
#define COPY_STRIP(type)                                                 \
  do {                                                                   \
    type *const to = (type *)strip;                                      \
    for (size_t i = 0; i < n; i++)                                       \
      to[i] = *(const type *)(const void *)(in + (ptrdiff_t)i * stride); \
    for (size_t i = n; i < DIRECT_STRIP; i++)                            \
      to[i] = to[n - 1];                                                 \
  } while (0)
static void copy_strip(const char *in, ptrdiff_t stride, size_t size, size_t n, void *strip) {
  ti_assert(n > 0 && n <= DIRECT_STRIP && (size == 4 || size == 8));
  if (size == 8)
    COPY_STRIP(direct_8);
  else
    COPY_STRIP(direct_4);
}
#undef COPY_STRIP

/* An argument: its items from 'done' on. */
typedef struct direct_input {
  const char *at;
  ptrdiff_t stride;
  size_t size, step; /* 0: it is a constant, laid out in 'strip' */
  _Alignas(64) char strip[DIRECT_STRIP * 8];
} direct_input;

static void input_begin(const ti_direct *d, unsigned k, const void *const *data, const ptrdiff_t *stride,
                        direct_input *in) {
  const int c = d->column[k];
  in->size = tine_dtype_size(d->dtype);
  in->at = c < 0 ? d->constant : data[c];
  in->stride = c < 0 ? 0 : stride[c];
  in->step = in->stride == 0 ? 0 : DIRECT_STRIP;
  if (in->step > 0)
    return;
  copy_strip(in->at, 0, in->size, DIRECT_STRIP, in->strip);
  in->at = in->strip;
}

/* Is it where a loop can read it? */
static bool input_lies(const direct_input *in) {
  return in->step == 0 || in->stride == (ptrdiff_t)in->size;
}

/* n items from item 'from' on, at most a strip of them, side by side. */
static const char *input_strip(direct_input *in, size_t from, size_t n) {
  if (in->step == 0)
    return in->strip;
  copy_strip(in->at + (ptrdiff_t)from * in->stride, in->stride, in->size, n, in->strip);
  return in->strip;
}

/* Drops the bits after the first n of a word; how many are left. */
static size_t held_in(uint64_t *word, size_t n) {
  *word &= n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
  return ti_direct_held(word, 1);
}

/* Those from 'done' on, strip by strip. */
static size_t bits_strips(const ti_direct *d, direct_input *a, direct_input *b, size_t done, size_t n, uint64_t *bits) {
  size_t held = 0;
  ti_assert(done % DIRECT_STRIP == 0);
  for (size_t i = done; i < n; i += DIRECT_STRIP) {
    const size_t part = n - i < DIRECT_STRIP ? n - i : DIRECT_STRIP;
    const char *const x = input_strip(a, i, part), *const y = input_strip(b, i, part);
    d->whole->bits(x, DIRECT_STRIP, y, DIRECT_STRIP, DIRECT_STRIP, &bits[i / 64]);
    held += held_in(&bits[i / 64], part);
  }
  return held;
}

/* Two columns, a constant first, any distance between items. */
static size_t bits_any(const ti_direct *d, const void *const *data, const ptrdiff_t *stride, size_t n, uint64_t *bits) {
  const size_t whole = n - n % DIRECT_STRIP;
  size_t done = 0, held = 0;
  direct_input a, b;
  input_begin(d, 0, data, stride, &a);
  input_begin(d, 1, data, stride, &b);
  if (whole > 0 && input_lies(&a) && input_lies(&b)) {
    held = d->whole->bits(a.at, a.step, b.at, b.step, whole, bits);
    done = whole;
  }
  return done < n ? held + bits_strips(d, &a, &b, done, n, bits) : held;
}

/* A column side by side and a constant. */
static size_t bits_side(const ti_direct *d, const char *x, size_t n, uint64_t *bits) {
  const size_t whole = n - n % DIRECT_STRIP, size = tine_dtype_size(d->dtype);
  size_t held = whole > 0 ? d->whole->bits_k(x, d->constant, whole, bits) : 0;
  _Alignas(64) char strip[DIRECT_STRIP * 8];
  if (whole == n)
    return held;
  copy_strip(x + whole * size, (ptrdiff_t)size, size, n - whole, strip);
  d->whole->bits_k(strip, d->constant, DIRECT_STRIP, &bits[whole / 64]);
  return held + held_in(&bits[whole / 64], n - whole);
}

size_t ti_direct_bits(const ti_direct *d, const void *const *data, const ptrdiff_t *stride, size_t n, uint64_t *bits) {
  const int a = d->column[0];
  ti_assert(ti_direct_tells(d) && n > 0 && n <= TI_CELL);
  if (a >= 0 && d->column[1] < 0 && stride[a] == (ptrdiff_t)tine_dtype_size(d->dtype))
    return bits_side(d, data[a], n, bits);
  return bits_any(d, data, stride, n, bits);
}

/* Those from 'done' on, row by row; a short one in lanes of its own, which begin as -0.0, so that nothing changes. */
static void add_rows(const ti_direct *d, const void *const *data, const ptrdiff_t *stride, size_t done, size_t n,
                     double *lanes) {
  direct_input a, b;
  double rest[TI_LANES];
  input_begin(d, 0, data, stride, &a);
  input_begin(d, 1, data, stride, &b);
  ti_assert(done % TI_LANES == 0);
  for (size_t i = done; i < n; i += TI_LANES) {
    const size_t part = n - i < TI_LANES ? n - i : TI_LANES;
    const void *const x = input_strip(&a, i, part), *const y = input_strip(&b, i, part);
    if (part == TI_LANES) {
      d->whole->lanes(x, TI_LANES, y, TI_LANES, TI_LANES, lanes);
      continue;
    }
    for (unsigned j = 0; j < TI_LANES; j++)
      rest[j] = -0.0;
    d->whole->lanes(x, TI_LANES, y, TI_LANES, TI_LANES, rest);
    for (size_t j = 0; j < part; j++)
      lanes[j] += rest[j];
  }
}

void ti_direct_add(const ti_direct *d, const void *const *data, const ptrdiff_t *stride, size_t n, double *lanes) {
  const int a = d->column[0], b = d->column[1];
  const size_t whole = n - n % TI_LANES;
  const ptrdiff_t side = sizeof(double);
  size_t done = 0;
  ti_assert(ti_direct_adds(d) && n > 0 && n <= TI_CELL);
  if (whole > 0 && a >= 0 && b >= 0 && stride[a] == side && stride[b] == side) {
    d->whole->lanes(data[a], TI_LANES, data[b], TI_LANES, whole, lanes);
    done = whole;
  }
  if (done < n)
    add_rows(d, data, stride, done, n, lanes);
}

size_t ti_direct_kept(const ti_direct *d, const void *items, size_t n, double *lanes) {
  const double *const x = items;
  const size_t whole = n - n % TI_LANES;
  size_t held = whole > 0 ? d->whole->kept(x, d->constant, whole, lanes) : 0;
  double strip[DIRECT_STRIP], rest[TI_LANES];
  uint64_t bits;
  ti_assert(ti_direct_keeps(d, sizeof *x) && n <= TI_CELL);
  if (whole == n)
    return held;
  copy_strip((const char *)(x + whole), sizeof *x, sizeof *x, n - whole, strip);
  for (unsigned j = 0; j < TI_LANES; j++)
    rest[j] = -0.0;
  d->whole->kept(strip, d->constant, TI_LANES, rest);
  for (size_t j = 0; j < n - whole; j++)
    lanes[j] += rest[j];
  d->whole->bits_k(strip, d->constant, DIRECT_STRIP, &bits);
  return held + held_in(&bits, n - whole);
}
