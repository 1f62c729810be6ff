/*
** Part of program_steps.h: the steps of operations, made of builtin.def, and the table of all steps.
*/

/* The layout tool takes these macros, which are functions and statements, for expressions. */
/* clang-format off */
/* One of a kind of registers: a function of vectors over the strip. */
#define WIDE_EACH1(fn, TA) \
  v0 = (VEC)fn((STEP_V(TA))v0), v1 = (VEC)fn((STEP_V(TA))v1), v2 = (VEC)fn((STEP_V(TA))v2), \
  v3 = (VEC)fn((STEP_V(TA))v3), v4 = (VEC)fn((STEP_V(TA))v4), v5 = (VEC)fn((STEP_V(TA))v5), \
  v6 = (VEC)fn((STEP_V(TA))v6), v7 = (VEC)fn((STEP_V(TA))v7);
#define WIDE_EACH2(fn, a, b) \
  v0 = (VEC)fn(a(0), b(0)), v1 = (VEC)fn(a(1), b(1)), v2 = (VEC)fn(a(2), b(2)), v3 = (VEC)fn(a(3), b(3)), \
  v4 = (VEC)fn(a(4), b(4)), v5 = (VEC)fn(a(5), b(5)), v6 = (VEC)fn(a(6), b(6)), v7 = (VEC)fn(a(7), b(7));
#define WIDE_EACH3(fn, TA) \
  v0 = (VEC)fn((STEP_V(TA))v0, b[0], c[0]), v1 = (VEC)fn((STEP_V(TA))v1, b[1], c[1]), \
  v2 = (VEC)fn((STEP_V(TA))v2, b[2], c[2]), v3 = (VEC)fn((STEP_V(TA))v3, b[3], c[3]), \
  v4 = (VEC)fn((STEP_V(TA))v4, b[4], c[4]), v5 = (VEC)fn((STEP_V(TA))v5, b[5], c[5]), \
  v6 = (VEC)fn((STEP_V(TA))v6, b[6], c[6]), v7 = (VEC)fn((STEP_V(TA))v7, b[7], c[7]);
#define HALF_EACH1(fn, TA) \
  v0 = (VEC)fn((STEP_V(TA))v0), v1 = (VEC)fn((STEP_V(TA))v1), v2 = (VEC)fn((STEP_V(TA))v2), \
  v3 = (VEC)fn((STEP_V(TA))v3);
#define HALF_EACH2(fn, a, b) \
  v0 = (VEC)fn(a(0), b(0)), v1 = (VEC)fn(a(1), b(1)), v2 = (VEC)fn(a(2), b(2)), v3 = (VEC)fn(a(3), b(3));
#define HALF_EACH3(fn, TA) \
  v0 = (VEC)fn((STEP_V(TA))v0, b[0], c[0]), v1 = (VEC)fn((STEP_V(TA))v1, b[1], c[1]), \
  v2 = (VEC)fn((STEP_V(TA))v2, b[2], c[2]), v3 = (VEC)fn((STEP_V(TA))v3, b[3], c[3]);
/* f32s compared. */
#define STEP_SPREAD4(r) STEP_SPREAD(r##0, r##1, r##2, r##3);
#define TELL_EACH2(fn, a, b)                                                          \
  const STEP_V(BOOL32) r0 = fn(a(0), b(0)), r1 = fn(a(1), b(1)), r2 = fn(a(2), b(2)), r3 = fn(a(3), b(3)); \
  STEP_SPREAD4(r)
/* Arguments: of a step in registers, memory, or constant. */
#define IN_A(k) ((__typeof__(type))v##k)
#define AT_A(k) a[k]
#define AT_B(k) b[k]
#define HELD_A(k) a
#define HELD_B(k) b

#define STEP_OF1(name, TA, TR, e)                                   \
  static inline STEP_V(TR) STEP(name##_##TA##_of)(STEP_V(TA) a) {   \
    (void)a;                                                        \
    return (STEP_V(TR))(e);                                         \
  }
#define STEP_OF2(name, TA, TR, e)                                                     \
  static inline STEP_V(TR) STEP(name##_##TA##_of)(STEP_V(TA) a, STEP_V(TA) b) {       \
    return (STEP_V(TR))(e);                                                           \
  }                                                                                   \
  static inline STEP_V(TR) STEP(name##_##TA##_r_of)(STEP_V(TA) b, STEP_V(TA) a) {     \
    return (STEP_V(TR))(e);                                                           \
  }
#define STEP_OF3(name, TA, T, TR, e)                                                                \
  static inline STEP_V(TR) STEP(name##_##T##_of)(STEP_V(TA) a, STEP_V(T) b, STEP_V(T) c) {          \
    return (STEP_V(TR))(e);                                                                         \
  }
#define STEP_RUN1(each, name, TA)          \
  static void STEP(name##_##TA)(STEP_ARGS) { \
    each(STEP(name##_##TA##_of), TA)       \
    STEP_NEXT;                             \
  }
#define STEP_RUN2(each, name, TA, how, all)                   \
  static void STEP(name##_##TA##how##_m)(STEP_ARGS) {         \
    const STEP_AT(TA) *b = STEP_OPERAND(TA, 0);               \
    const STEP_V(TA) type = {0};                              \
    each(STEP(name##_##TA##how##_of), IN_A, AT_B)             \
    STEP_NEXT;                                                \
  }                                                           \
  static void STEP(name##_##TA##how##_k)(STEP_ARGS) {         \
    const STEP_V(TA) b = (STEP_V(TA))STEP(all)(s), type = b;  \
    each(STEP(name##_##TA##how##_of), IN_A, HELD_B)           \
    STEP_NEXT;                                                \
  }
#define STEP_READ2(each, name, TA, all)                                             \
  static void STEP(name##_##TA##_m_m)(STEP_ARGS) {                                  \
    const STEP_AT(TA) *b = STEP_OPERAND(TA, 0), *a = STEP_OPERAND(TA, 1);           \
    each(STEP(name##_##TA##_of), AT_A, AT_B)                                        \
    STEP_NEXT;                                                                      \
  }                                                                                 \
  static void STEP(name##_##TA##_m_k)(STEP_ARGS) {                                  \
    const STEP_AT(TA) *a = STEP_OPERAND(TA, 0);                                     \
    const STEP_V(TA) b = (STEP_V(TA))STEP(all)(s);                                  \
    each(STEP(name##_##TA##_of), AT_A, HELD_B)                                      \
    STEP_NEXT;                                                                      \
  }                                                                                 \
  static void STEP(name##_##TA##_k_m)(STEP_ARGS) {                                  \
    const STEP_AT(TA) *b = STEP_OPERAND(TA, 0);                                     \
    const STEP_V(TA) a = (STEP_V(TA))STEP(all)(s);                                  \
    each(STEP(name##_##TA##_of), HELD_A, AT_B)                                      \
    STEP_NEXT;                                                                      \
  }
#define STEP_RUN3(each, name, TA, T)                                            \
  static void STEP(name##_##T)(STEP_ARGS) {                                     \
    const STEP_AT(T) *b = STEP_OPERAND(T, 0), *c = STEP_OPERAND(T, 1);          \
    each(STEP(name##_##T##_of), TA)                                             \
    STEP_NEXT;                                                                  \
  }
#define WIDE1(name, TA, TR, e) STEP_OF1(name, TA, TR, e) STEP_RUN1(WIDE_EACH1, name, TA)
#define WIDE2(name, TA, TR, e) \
  STEP_OF2(name, TA, TR, e) STEP_RUN2(WIDE_EACH2, name, TA, , all) STEP_RUN2(WIDE_EACH2, name, TA, _r, all) \
  STEP_READ2(WIDE_EACH2, name, TA, all)
#define WIDE3(name, TA, T, e) STEP_OF3(name, TA, T, T, e) STEP_RUN3(WIDE_EACH3, name, TA, T)
#define HALF1(name, e) STEP_OF1(name, F32, F32, e) STEP_RUN1(HALF_EACH1, name, F32)
#define HALF2(name, e) \
  STEP_OF2(name, F32, F32, e) STEP_RUN2(HALF_EACH2, name, F32, , all_f32) \
  STEP_RUN2(HALF_EACH2, name, F32, _r, all_f32) STEP_READ2(HALF_EACH2, name, F32, all_f32)
#define TELL1(name, e)                                            \
  STEP_OF1(name, F32, BOOL32, e)                                  \
  static void STEP(name##_F32)(STEP_ARGS) {                       \
    const STEP_V(BOOL32) r0 = STEP(name##_F32_of)((STEP_V(F32))v0), r1 = STEP(name##_F32_of)((STEP_V(F32))v1); \
    const STEP_V(BOOL32) r2 = STEP(name##_F32_of)((STEP_V(F32))v2), r3 = STEP(name##_F32_of)((STEP_V(F32))v3); \
    STEP_SPREAD4(r)                                               \
    STEP_NEXT;                                                    \
  }
#define TELL2(name, e) \
  STEP_OF2(name, F32, BOOL32, e) \
  STEP_RUN2(TELL_EACH2, name, F32, , all_f32) STEP_RUN2(TELL_EACH2, name, F32, _r, all_f32) \
  STEP_READ2(TELL_EACH2, name, F32, all_f32)
#define HALF3(name, e) STEP_OF3(name, F32, F32, F32, e) STEP_RUN3(HALF_EACH3, name, F32, F32)
/* where: of f32s by masks of 64 bits. */
#define PICK3(name, e)                                                                       \
  STEP_OF3(name, BOOL32, F32, F32, e)                                                        \
  static void STEP(name##_F32)(STEP_ARGS) {                                                  \
    const STEP_AT(F32) *b = STEP_OPERAND(F32, 0), *c = STEP_OPERAND(F32, 1);                 \
    v0 = (VEC)STEP(name##_F32_of)(STEP_NARROW(v0, v1), b[0], c[0]);                         \
    v1 = (VEC)STEP(name##_F32_of)(STEP_NARROW(v2, v3), b[1], c[1]);                         \
    v2 = (VEC)STEP(name##_F32_of)(STEP_NARROW(v4, v5), b[2], c[2]);                         \
    v3 = (VEC)STEP(name##_F32_of)(STEP_NARROW(v6, v7), b[3], c[3]);                         \
    STEP_NEXT;                                                                               \
  }

/* Which of these a loop of builtin.def is. Integers of less than 64 bits are done as those of 64. */
#define STEP1_F64_F64(name, e) WIDE1(name, F64, F64, e)
#define STEP1_F64_BOOL(name, e) WIDE1(name, F64, BOOL, e)
#define STEP1_I64_I64(name, e) WIDE1(name, I64, I64, e)
#define STEP1_I64_BOOL(name, e) WIDE1(name, I64, BOOL, e)
#define STEP1_BOOL_BOOL(name, e) WIDE1(name, BOOL, BOOL, e)
#define STEP1_F32_F32(name, e) HALF1(name, e)
#define STEP1_F32_BOOL(name, e) TELL1(name, e)
#define STEP2_F64_F64(name, e) WIDE2(name, F64, F64, e) WHOLE_LANES(name)
#define STEP2_F64_BOOL(name, e) WIDE2(name, F64, BOOL, e) WHOLE_BITS(name, F64) WHOLE_KEPT(name)
#define STEP2_I64_I64(name, e) WIDE2(name, I64, I64, e)
#define STEP2_I64_BOOL(name, e) WIDE2(name, I64, BOOL, e) WHOLE_BITS(name, I64)
#define STEP2_U64_U64(name, e) WIDE2(name, U64, U64, e)
#define STEP2_U64_BOOL(name, e) WIDE2(name, U64, BOOL, e) WHOLE_BITS(name, U64)
#define STEP2_BOOL_BOOL(name, e) WIDE2(name, BOOL, BOOL, e)
#define STEP2_F32_F32(name, e) HALF2(name, e)
#define STEP2_F32_BOOL(name, e) TELL2(name, e) WHOLE_BITS(name, F32)
#define STEP3_F64_F64(name, e) WIDE3(name, F64, F64, e)
#define STEP3_I64_I64(name, e) WIDE3(name, I64, I64, e)
#define STEP3_U64_U64(name, e) WIDE3(name, U64, U64, e)
#define STEP3_BOOL_F64(name, e) WIDE3(name, BOOL, F64, e)
#define STEP3_BOOL_I64(name, e) WIDE3(name, BOOL, I64, e)
#define STEP3_BOOL_U64(name, e) WIDE3(name, BOOL, U64, e)
#define STEP3_BOOL_BOOL(name, e) WIDE3(name, BOOL, BOOL, e)
#define STEP3_F32_F32(name, e) HALF3(name, e)
#define STEP3_BOOL_F32(name, e) PICK3(name, e)
#define STEP_NONE(name, e)
#define STEP2_U8_U8 STEP_NONE
#define STEP2_I8_I8 STEP_NONE
#define STEP2_U16_U16 STEP_NONE
#define STEP2_I16_I16 STEP_NONE
#define STEP2_U32_U32 STEP_NONE
#define STEP2_I32_I32 STEP_NONE
#define STEP3_U8_U8 STEP_NONE
#define STEP3_I8_I8 STEP_NONE
#define STEP3_U16_U16 STEP_NONE
#define STEP3_I16_I16 STEP_NONE
#define STEP3_U32_U32 STEP_NONE
#define STEP3_I32_I32 STEP_NONE
#define STEP3_BOOL_U8 STEP_NONE
#define STEP3_BOOL_I8 STEP_NONE
#define STEP3_BOOL_U16 STEP_NONE
#define STEP3_BOOL_I16 STEP_NONE
#define STEP3_BOOL_U32 STEP_NONE
#define STEP3_BOOL_I32 STEP_NONE

#ifdef STEP_MATH
#define STEP_MATH2_F64(name, e) \
  STEP_OF2(name, F64, F64, e) STEP_RUN2(WIDE_EACH2, name, F64, , all) STEP_RUN2(WIDE_EACH2, name, F64, _r, all)
#define STEP_MATH2_F32(name, e) \
  STEP_OF2(name, F32, F32, e) STEP_RUN2(HALF_EACH2, name, F32, , all_f32) STEP_RUN2(HALF_EACH2, name, F32, _r, all_f32)
#define STEP_MATH1(name, T) STEP1_##T##_##T(name, (STEP_V(T))TI_MATH(name, T, STEP_SET)((TI_VECTOR(T, STEP_SET))a))
#define STEP_MATH2(name, T) \
  STEP_MATH2_##T(name, (STEP_V(T))TI_MATH(name, T, STEP_SET)((TI_VECTOR(T, STEP_SET))a, (TI_VECTOR(T, STEP_SET))b))
#else
#define STEP_MATH1(name, T)
#define STEP_MATH2(name, T)
#endif

#define KERNEL(name, rule, ie, fe, flags, help) rule(name, ie, fe)
#define V1(name, TA, TR, e) STEP1_##TA##_##TR(name, e)
#define V2(name, TA, TB, TR, e) STEP2_##TA##_##TR(name, e)
#define V3(name, TA, TB, TC, TR, e) STEP3_##TA##_##TR(name, e)
#define P1(name, TA, TR, e) STEP_MATH1(name, TA)
#define P2(name, TA, TB, TR, e) STEP_MATH2(name, TA)
#define M2(name, TA, TB, e)
#define Z2(name, e)
#define Q2(name, T, quick, e)
#define E2(name, fn, TA, TB, TR)
#include "builtin.def"
#undef V1
#undef V2
#undef V3
#undef P1
#undef P2
#undef M2
#undef Z2
#undef Q2
#undef E2

#define RUN(name) ((ti_program_fn *)STEP(name))
#define ROW1(name, T) {.run = {RUN(name##_##T)}},
#define ROW2(name, T, ...) \
  {.run = {RUN(name##_##T##_m), RUN(name##_##T##_k), RUN(name##_##T##_r_m), RUN(name##_##T##_r_k), \
           RUN(name##_##T##_m_m), RUN(name##_##T##_m_k), RUN(name##_##T##_k_m)}, \
   .whole = {__VA_ARGS__}},
#define ROW2_MATH(name, T) \
  {.run = {RUN(name##_##T##_m), RUN(name##_##T##_k), RUN(name##_##T##_r_m), RUN(name##_##T##_r_k)}},
#define ROW0 {.run = {NULL}},
#define AS_F64 F64
#define AS_F32 F32
#define AS_U64 U64
#define AS_BOOL BOOL
#define AS_I64 I64
#define AS_U8 I64
#define AS_I8 I64
#define AS_U16 I64
#define AS_I16 I64
#define AS_U32 I64
#define AS_I32 I64
#define ROW1_AS(name, T) ROW1(name, T)
#define ROW2_AS(name, T, ...) ROW2(name, T, __VA_ARGS__)
#define V1(name, TA, TR, e) ROW1_AS(name, AS_##TA)
#define V2(name, TA, TB, TR, e) ROW2_AS(name, AS_##TA, ROW_##TA##_##TR(name))
#define V3(name, TA, TB, TC, TR, e) ROW1_AS(name, AS_##TC)
#ifdef STEP_MATH
#define P1 V1
#define P2(name, TA, TB, TR, e) ROW2_MATH(name, TA)
#else
#define P1(name, TA, TR, e) ROW0
#define P2(name, TA, TB, TR, e) ROW0
#endif
#define M2(name, TA, TB, e) ROW0
#define Z2(name, e) ROW0
#define Q2(name, T, quick, e) ROW0
#define E2(name, fn, TA, TB, TR) ROW0
static const ti_program_operation STEP(operations)[] = {
#include "builtin.def"
};
#undef KERNEL
#undef V1
#undef V2
#undef V3
#undef P1
#undef P2
#undef M2
#undef Z2
#undef Q2
#undef E2

/* Products that are added, or subtracted: rounded by themselves, as no compiler may contract them. */
#define STEP_PRODUCTS(each, T, name, op, all)                                 \
  static inline STEP_V(T) STEP(name##_##T##_of)(STEP_V(T) a, STEP_V(T) b) {   \
    return a op b;                                                            \
  }                                                                           \
  static void STEP(name##_##T##_m)(STEP_ARGS) {                               \
    const STEP_AT(T) *b = STEP_OPERAND(T, 0), *c = STEP_OPERAND(T, 1);        \
    const STEP_V(T) type = {0};                                               \
    each(STEP(name##_##T##_of), IN_A, PRODUCT_B)                              \
    STEP_NEXT;                                                                \
  }                                                                           \
  static void STEP(name##_##T##_k)(STEP_ARGS) {                               \
    const STEP_AT(T) *b = STEP_OPERAND(T, 0);                                 \
    const STEP_V(T) c = (STEP_V(T))STEP(all)(s), type = c;                    \
    each(STEP(name##_##T##_of), IN_A, SCALED_B)                               \
    STEP_NEXT;                                                                \
  }
#define PRODUCT_B(k) (b[k] * c[k])
#define SCALED_B(k) (b[k] * c)
STEP_PRODUCTS(WIDE_EACH2, F64, plus_product, +, all)
STEP_PRODUCTS(HALF_EACH2, F32, plus_product, +, all_f32)
STEP_PRODUCTS(WIDE_EACH2, F64, less_product, -, all)
STEP_PRODUCTS(HALF_EACH2, F32, less_product, -, all_f32)
#undef STEP_PRODUCTS
#undef PRODUCT_B
#undef SCALED_B

/* Conversions. */
WIDE1(truth, F64, BOOL, a != 0)
WIDE1(truth, I64, BOOL, a != 0)
TELL1(truth, a != 0)
WIDE1(number, BOOL, I64, a & 1)
#if STEP_BYTES == 64 || !defined(__SSE2__)
#define STEP_FLOAT_I64(a) __builtin_convertvector(a, STEP_V(F64))
#define STEP_FLOAT_U64 STEP_FLOAT_I64
#else
/* Without an instruction: the low half becomes the fraction of 2^52, the high one that of 2^84, with 2^63 added if it
   has a sign. What was put in is taken away from the high one, which is exact, and the last addition rounds. */
#define STEP_HALVES(high, was) \
  (((STEP_V(F64))(high) - (was)) + (STEP_V(F64))((UNS(a) & 0xffffffffu) | UINT64_C(0x4330000000000000)))
#define STEP_FLOAT_I64(a) STEP_HALVES((UNS(a) >> 32) ^ UINT64_C(0x4530000080000000), 0x1p84 + 0x1p63 + 0x1p52)
#define STEP_FLOAT_U64(a) STEP_HALVES((UNS(a) >> 32) | UINT64_C(0x4530000000000000), 0x1p84 + 0x1p52)
#endif
WIDE1(float, I64, F64, STEP_FLOAT_I64(a))
WIDE1(float, U64, F64, STEP_FLOAT_U64(a))
#undef STEP_FLOAT_I64
#undef STEP_FLOAT_U64
#undef STEP_HALVES
#define STEP_JOINED(name, join)                                                      \
  static void STEP(name)(STEP_ARGS) {                                                \
    v0 = (VEC)join(v0, v1), v1 = (VEC)join(v2, v3), v2 = (VEC)join(v4, v5), v3 = (VEC)join(v6, v7); \
    STEP_NEXT;                                                                       \
  }
STEP_JOINED(single_F64, STEP_SINGLE)
STEP_JOINED(single_I64, STEP_SINGLE_I64)
STEP_JOINED(single_U64, STEP_SINGLE_U64)
static void STEP(double_F32)(STEP_ARGS) {
  v7 = STEP_DOUBLE((STEP_V(F32))v3, 1), v6 = STEP_DOUBLE((STEP_V(F32))v3, 0);
  v5 = STEP_DOUBLE((STEP_V(F32))v2, 1), v4 = STEP_DOUBLE((STEP_V(F32))v2, 0);
  v3 = STEP_DOUBLE((STEP_V(F32))v1, 1), v2 = STEP_DOUBLE((STEP_V(F32))v1, 0);
  v1 = STEP_DOUBLE((STEP_V(F32))v0, 1), v0 = STEP_DOUBLE((STEP_V(F32))v0, 0);
  STEP_NEXT;
}

static void STEP(start)(const ti_program_step *s, program_frame *f, size_t at, size_t end) {
  f->first = s;
  f->end = end;
#if STEP_LOOPS
  const STEP_AT(F64) *const reg = (const STEP_AT(F64) *)(const void *)f->reg;
  memset(f->reg, 0, sizeof f->reg);
  for (; at < end; at += STEP(strip))
    for (f->next = f->first; f->next != NULL;) {
      s = f->next;
      f->next = NULL;
      const VEC v0 = reg[0], v1 = reg[1], v2 = reg[2], v3 = reg[3]; /* as aligned as arguments are to be */
      const VEC v4 = reg[4], v5 = reg[5], v6 = reg[6], v7 = reg[7];
      ((STEP(run) *)(void (*)(void))s->run)(s, f, at, v0, v1, v2, v3, v4, v5, v6, v7);
    }
#else
  const VEC v = {0};
  ((STEP(run) *)(void (*)(void))s->run)(s, f, at, v, v, v, v, v, v, v, v);
#endif
  STEP_LEAVE;
}

static const ti_program_set STEP(set) = {
  .strip = STEP(strip),
  .start = STEP(start),
  .lay = STEP(lay), .lay_ramp = STEP(lay_ramp),
  .load = {
    [TINE_BOOL] = RUN(load_BOOL), [TINE_U8] = RUN(load_U8), [TINE_I8] = RUN(load_I8), [TINE_U16] = RUN(load_U16),
    [TINE_I16] = RUN(load_I16), [TINE_U32] = RUN(load_U32), [TINE_I32] = RUN(load_I32), [TINE_U64] = RUN(again),
    [TINE_I64] = RUN(again), [TINE_F32] = RUN(again_f32), [TINE_F64] = RUN(again)
  },
  .store = {
    [TINE_BOOL] = RUN(store_BOOL), [TINE_U8] = RUN(store_U8), [TINE_I8] = RUN(store_I8), [TINE_U16] = RUN(store_U16),
    [TINE_I16] = RUN(store_I16), [TINE_U32] = RUN(store_U32), [TINE_I32] = RUN(store_I32), [TINE_U64] = RUN(store),
    [TINE_I64] = RUN(store), [TINE_F32] = RUN(store_f32), [TINE_F64] = RUN(store)
  },
  .again = RUN(again), .again_f32 = RUN(again_f32), .constant = RUN(constant), .constant_f32 = RUN(constant_f32),
  .keep = RUN(keep), .keep_f32 = RUN(keep_f32),
  .bits = RUN(bits), .sum_f64 = RUN(sum_f64), .sum_i64 = RUN(sum_i64), .call = RUN(call),
  .put = RUN(put), .put_some = RUN(put_some), .stop = RUN(stop),
  .over = {STEP(fill), STEP(spread), STEP(same), STEP(next_i64), STEP(next_f64)},
  .truth = {.run = {RUN(truth_F64)}}, .truth_f32 = {.run = {RUN(truth_F32)}}, .truth_i64 = {.run = {RUN(truth_I64)}},
  .number = {.run = {RUN(number_BOOL)}},
  .f64_i64 = {.run = {RUN(float_I64)}}, .f64_u64 = {.run = {RUN(float_U64)}}, .f64_f32 = {.run = {RUN(double_F32)}},
  .f32_i64 = {.run = {RUN(single_I64)}}, .f32_u64 = {.run = {RUN(single_U64)}}, .f32_f64 = {.run = {RUN(single_F64)}},
  .products = {
    {RUN(add_F64_m), RUN(mul_F64_m), {RUN(plus_product_F64_m), RUN(plus_product_F64_k)}},
    {RUN(add_F32_m), RUN(mul_F32_m), {RUN(plus_product_F32_m), RUN(plus_product_F32_k)}},
    {RUN(sub_F64_m), RUN(mul_F64_m), {RUN(less_product_F64_m), RUN(less_product_F64_k)}},
    {RUN(sub_F32_m), RUN(mul_F32_m), {RUN(less_product_F32_m), RUN(less_product_F32_k)}}
  },
  .operations = STEP(operations)
};
/* clang-format on */
