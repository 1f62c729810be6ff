/*
** Part of program_steps.h: steps that bring strips into registers and out of them, and that call loops.
*/

/* The layout tool takes these macros, which are functions and statements, for expressions. */
/* clang-format off */
/* From a strip or column that has what registers have. */
static void STEP(again)(STEP_ARGS) {
  const STEP_AT(F64) *b = STEP_OPERAND(F64, 0);
#define X(k) v##k = b[k];
  EACH8(X)
#undef X
  STEP_NEXT;
}
static void STEP(again_f32)(STEP_ARGS) {
  const STEP_AT(F32) *b = STEP_OPERAND(F32, 0);
#define X(k) v##k = (VEC)b[k];
  EACH4(X)
#undef X
  STEP_NEXT;
}
static void STEP(constant)(STEP_ARGS) {
  v0 = v1 = v2 = v3 = v4 = v5 = v6 = v7 = STEP(all)(s);
  STEP_NEXT;
}
static void STEP(constant_f32)(STEP_ARGS) {
  v0 = v1 = v2 = v3 = STEP(all_f32)(s);
  STEP_NEXT;
}
static void STEP(keep)(STEP_ARGS) {
  STEP_AT(F64) *b = (STEP_AT(F64) *)(void *)f->slot[s->operand[0] - TI_PROGRAM_INPUTS];
#define X(k) b[k] = v##k;
  EACH8(X)
#undef X
  STEP_NEXT;
}
static void STEP(keep_f32)(STEP_ARGS) {
  STEP_AT(F64) *b = (STEP_AT(F64) *)(void *)f->slot[s->operand[0] - TI_PROGRAM_INPUTS];
#define X(k) b[k] = v##k;
  EACH4(X)
#undef X
  STEP_NEXT;
}

/* Into memory anywhere. */
static inline STEP_AT(I64) *STEP(target)(const ti_program_step *s, program_frame *f, size_t at) {
  const unsigned k = s->operand[0];
  return (STEP_AT(I64) *)(uintptr_t)(f->at[k] + at * f->size[k]);
}
static void STEP(put)(STEP_ARGS) {
  STEP_AT(I64) *const b = STEP(target)(s, f, at);
#define X(k) b[k] = (BITS)v##k;
  EACH8(X)
#undef X
  STEP_NEXT;
}
static void STEP(put_some)(STEP_ARGS) {
  STEP_AT(I64) *const b = STEP(target)(s, f, at);
  const STEP_AT(F64) *const m = STEP_OPERAND(F64, 1);
#define X(k) b[k] = (BITS)STEP_PICK(m[k], v##k, (VEC)b[k]);
  EACH8(X)
#undef X
  STEP_NEXT;
}
static void STEP(stop)(STEP_ARGS) {
  (void)s, (void)f, (void)at;
#define X(k) (void)v##k;
  EACH8(X)
#undef X
}

/* ----- Strips between steps: ti_program_lanes ----- */

#ifndef STEP_WORD
static inline uint64_t STEP(word)(VEC v) {
  uint64_t w = 0;
  for (unsigned i = 0; i < STEP(each); i++)
    w |= ((uint64_t)((BITS)v)[i] & 1) << i;
  return w;
}
#define STEP_WORD(a) STEP(word)((VEC)(a))
static inline uint64_t STEP(word_32)(STEP_V(BOOL32) v) {
  uint64_t w = 0;
  for (unsigned i = 0; i < 2 * STEP(each); i++)
    w |= ((uint64_t)v[i] & 1) << i;
  return w;
}
#define STEP_WORD_32(a) STEP(word_32)((STEP_V(BOOL32))(a))
#endif

static void STEP(fill)(void *strip, uint64_t value) {
  STEP_AT(U64) *const b = strip;
  for (unsigned k = 0; k < 8; k++)
    b[k] = (STEP_V(U64)){0} + value;
}
static void STEP(spread)(void *mask, uint64_t bits) {
  const STEP_V(U64) lanes = {STEP_LOW}, first = (STEP_V(U64)){0} + 1, bit = first << lanes;
  STEP_AT(I64) *const b = mask;
  for (unsigned k = 0; k < 8; k++)
    b[k] = (BITS)((((STEP_V(U64)){0} + (bits >> k * STEP(each))) & bit) != 0);
}
static bool STEP(same)(const void *strip, const void *mask, uint64_t value) {
  const STEP_AT(U64) *const b = strip, *const m = mask;
  STEP_V(U64) other = {0};
  uint64_t any = 0;
  for (unsigned k = 0; k < 8; k++)
    other |= (b[k] ^ value) & m[k];
  for (unsigned i = 0; i < STEP(each); i++)
    any |= other[i];
  return any == 0;
}
static uint64_t STEP(next_i64)(void *const own[3], void *variable, const void *mask) {
  STEP_AT(U64) *const first = own[0], *const turns = own[1];
  const STEP_AT(U64) *const step = own[2], *const m = mask;
  STEP_AT(I64) *const v = variable;
  uint64_t bits = 0;
  for (unsigned k = 0; k < 8; k++) {
    const STEP_V(U64) go = m[k] & (STEP_V(U64))(turns[k] != 0);
    turns[k] += go;
    first[k] += step[k] & go;
    v[k] = SEL(go, (BITS)first[k], v[k]);
    bits |= STEP_WORD((VEC)go) << k * STEP(each);
  }
  return bits;
}
static uint64_t STEP(next_f64)(void *const own[3], void *variable, const void *mask) {
  STEP_AT(F64) *const first = own[0], *const v = variable;
  const STEP_AT(F64) *const limit = own[1], *const step = own[2];
  const STEP_AT(I64) *const m = mask;
  uint64_t bits = 0;
  for (unsigned k = 0; k < 8; k++) {
    const VEC next = first[k] + step[k];
    const BITS up = (BITS)(step[k] > 0), go = m[k] & SEL(up, (BITS)(next <= limit[k]), (BITS)(limit[k] <= next));
    first[k] = SEL(m[k], next, first[k]);
    v[k] = SEL(go, next, v[k]);
    bits |= STEP_WORD((VEC)go) << k * STEP(each);
  }
  return bits;
}

/* ----- Columns whose items do not lie side by side ----- */

#if STEP_BYTES == 16
#define STEP_BACK 1, 0
#define STEP_BACK_F32 3, 2, 1, 0
#elif STEP_BYTES == 32
#define STEP_BACK 3, 2, 1, 0
#define STEP_BACK_F32 7, 6, 5, 4, 3, 2, 1, 0
#else
#define STEP_BACK 7, 6, 5, 4, 3, 2, 1, 0
#define STEP_BACK_F32 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
#endif
/* Read backwards: the registers from the last on, each turned round. */
#define STEP_TURN(T, back, registers)                                                                       \
  for (ptrdiff_t k = 0; k < (registers); k++) {                                                             \
    const STEP_V(T) v = *(const STEP_AT(T) *)(const void *)(in - (k + 1) * STEP_BYTES + (ptrdiff_t)size);   \
    *(STEP_AT(T) *)(void *)(to + k * STEP_BYTES) = __builtin_shufflevector(v, v, back);                     \
  }
#define STEP_APART(bytes)                           \
  for (ptrdiff_t i = 0; i < STEP(strip); i++)       \
    memcpy(to + i * (bytes), in + i * stride, bytes);
static void STEP(lay)(char *to, const char *in, ptrdiff_t stride, size_t size) {
  if (stride == -8 && size == 8) {
    STEP_TURN(I64, STEP_BACK, 8)
  } else if (stride == -4 && size == 4) {
    STEP_TURN(F32, STEP_BACK_F32, 4)
  } else if (size == 8) {
    STEP_APART(8)
  } else if (size == 4) {
    STEP_APART(4)
  } else if (size == 2) {
    STEP_APART(2)
  } else {
    STEP_APART(1)
  }
}
/* The distances within a register are the same in all. */
static void STEP(lay_ramp)(char *to, const ti_program_ramp *r, tine_dtype dtype, size_t at) {
  ti_assert(dtype == TINE_I64 || dtype == TINE_F64);
  if (dtype == TINE_F64) {
    const STEP_V(F64) lanes = {STEP_LOW}, from = lanes + (r->position + (double)at);
    STEP_AT(F64) *const out = (STEP_AT(F64) *)(void *)to;
    for (int k = 0; k < 8; k++)
      out[k] = r->first.f + (from + (double)(k * STEP(each))) * r->step.f;
  } else {
    const STEP_V(U64) lanes = {STEP_LOW}, from = lanes * r->step.i + (r->first.i + at * r->step.i);
    STEP_AT(U64) *const out = (STEP_AT(U64) *)(void *)to;
    for (unsigned k = 0; k < 8; k++)
      out[k] = from + (k * STEP(each)) * r->step.i;
  }
}
#undef STEP_BACK
#undef STEP_BACK_F32
#undef STEP_TURN
#undef STEP_APART

/* Columns of other types. */
#ifdef STEP_FROM
#define STEP_LOAD_U8(p) STEP_FROM(epu8, STEP_LOAD_8(p))
#define STEP_LOAD_I8(p) STEP_FROM(epi8, STEP_LOAD_8(p))
#define STEP_LOAD_U16(p) STEP_FROM(epu16, STEP_LOAD_16(p))
#define STEP_LOAD_I16(p) STEP_FROM(epi16, STEP_LOAD_16(p))
#define STEP_LOAD_U32(p) STEP_FROM(epu32, STEP_LOAD_32(p))
#define STEP_LOAD_I32(p) STEP_FROM(epi32, STEP_LOAD_32(p))
#else
#define STEP_LOAD_U8(p) __builtin_convertvector(*(p), BITS)
#define STEP_LOAD_I8 STEP_LOAD_U8
#define STEP_LOAD_U16 STEP_LOAD_U8
#define STEP_LOAD_I16 STEP_LOAD_U8
#define STEP_LOAD_U32 STEP_LOAD_U8
#define STEP_LOAD_I32 STEP_LOAD_U8
#endif
#define STEP_LOAD_BOOL(p) (STEP_LOAD_U8(p) != 0)
#define STEP_LOAD(T)                                                                                          \
  static void STEP(load_##T)(STEP_ARGS) {                                                                     \
    const unsigned k = s->operand[0];                                                                         \
    const STEP(few_##T) *b = (const STEP(few_##T) *)(const void *)(f->at[k] + at * f->size[k]);               \
    v0 = (VEC)STEP_LOAD_##T(b), v1 = (VEC)STEP_LOAD_##T(b + 1), v2 = (VEC)STEP_LOAD_##T(b + 2);               \
    v3 = (VEC)STEP_LOAD_##T(b + 3), v4 = (VEC)STEP_LOAD_##T(b + 4), v5 = (VEC)STEP_LOAD_##T(b + 5);           \
    v6 = (VEC)STEP_LOAD_##T(b + 6), v7 = (VEC)STEP_LOAD_##T(b + 7);                                           \
    STEP_NEXT;                                                                                                \
  }
STEP_LOAD(BOOL)
STEP_LOAD(U8)
STEP_LOAD(I8)
STEP_LOAD(U16)
STEP_LOAD(I16)
STEP_LOAD(U32)
STEP_LOAD(I32)

/* The last steps; but where values are added those that store go on. */
static void STEP(store)(STEP_ARGS) {
  if (f->lanes != NULL)
    STEP_NEXT;
  else {
    STEP_AT(F64) *out = (STEP_AT(F64) *)(void *)(f->out + at * 8);
#define X(k) out[k] = v##k;
    EACH8(X)
#undef X
    STEP_LAST;
  }
}
static void STEP(store_f32)(STEP_ARGS) {
  if (f->lanes != NULL)
    STEP_NEXT;
  else {
    STEP_AT(F32) *out = (STEP_AT(F32) *)(void *)(f->out + at * 4);
#define X(k) out[k] = (STEP_V(F32))v##k;
    EACH4(X)
#undef X
    STEP_LAST;
  }
}
#ifndef STEP_STORE_8
#define STEP_STORE_8(p, v) *(p) = __builtin_convertvector((BITS)(v), __typeof__(*(p)))
#define STEP_STORE_16 STEP_STORE_8
#define STEP_STORE_32 STEP_STORE_8
#endif
#define STEP_STORE(T, bits, e)                                                                     \
  static void STEP(store_##T)(STEP_ARGS) {                                                         \
    STEP(few_##T) *out;                                                                            \
    if (f->lanes != NULL) {                                                                        \
      STEP_NEXT;                                                                                   \
      return;                                                                                      \
    }                                                                                              \
    out = (STEP(few_##T) *)(void *)(f->out + at * sizeof((*out)[0]));                              \
    STEP_STORE_##bits(out, e(v0)), STEP_STORE_##bits(out + 1, e(v1)), STEP_STORE_##bits(out + 2, e(v2));     \
    STEP_STORE_##bits(out + 3, e(v3)), STEP_STORE_##bits(out + 4, e(v4)), STEP_STORE_##bits(out + 5, e(v5)); \
    STEP_STORE_##bits(out + 6, e(v6)), STEP_STORE_##bits(out + 7, e(v7));                          \
    STEP_LAST;                                                                                     \
  }
#define STEP_AS_IS(v) (v)
#define STEP_ONE(v) ((BITS)(v) & 1)
STEP_STORE(BOOL, 8, STEP_ONE)
STEP_STORE(U8, 8, STEP_AS_IS)
STEP_STORE(I8, 8, STEP_AS_IS)
STEP_STORE(U16, 16, STEP_AS_IS)
STEP_STORE(I16, 16, STEP_AS_IS)
STEP_STORE(U32, 32, STEP_AS_IS)
STEP_STORE(I32, 32, STEP_AS_IS)

static void STEP(bits)(STEP_ARGS) {
  uint64_t w = 0;
  (void)s;
#define X(k) w |= STEP_WORD(v##k) << k * STEP(each);
  EACH8(X)
#undef X
  ((uint64_t *)(void *)f->out)[at / 64] |= w << at % 64;
  STEP_LAST;
}

/* Lanes take whole strips, so a lane's number follows from the place of the strip. */
#define STEP_SUM(name, T)                                                                \
  static void STEP(name)(STEP_ARGS) {                                                    \
    STEP_AT(T) *out = (STEP_AT(T) *)(void *)(f->lanes + at % TI_LANES * 8);              \
    enum { row = TI_LANES / STEP(each) };                                                \
    (void)s;                                                                             \
    if (f->rest) {                                                                       \
      EACH8(Y)                                                                           \
    } else {                                                                             \
      EACH8(X)                                                                           \
    }                                                                                    \
    STEP_LAST;                                                                           \
  }
#define X(k) out[k % row] = out[k % row] + v##k;
#define Y(k) out[k] = v##k;
STEP_SUM(sum_f64, F64)
#undef X
#undef Y
#define X(k) out[k % row] = out[k % row] + (STEP_V(U64))v##k;
#define Y(k) out[k] = (STEP_V(U64))v##k;
STEP_SUM(sum_i64, U64)
#undef X
#undef Y

/* A kernel by its loop. */
static void STEP(call)(STEP_ARGS) {
  STEP_AT(F64) *const strip = (STEP_AT(F64) *)(void *)f->reg; /* not here: then the next step would not be jumped to */
#define X(k) strip[k] = v##k;
  EACH8(X)
#undef X
  program_call(s, f, f->reg, at, STEP(strip));
#define X(k) v##k = strip[k];
  EACH8(X)
#undef X
  STEP_NEXT;
}
/* clang-format on */
