/*
** The steps of programs for one instruction set; a template that program_run.c includes once for each, with STEP_SET
** (its name), STEP_BYTES (of a register) and, where the set has them, STEP_SQRT, STEP_FLOOR, STEP_CEIL, STEP_TRUNC,
** STEP_FMA; and STEP_MATH where vector_math.h has functions of its vectors.
**
** A strip is in v0 to v7. Functions differ in where the second argument comes from: _m memory, _k a constant; and _r
** has the two arguments the other way round.
*/
#define STEP_GLUE(name, set) program_##name##_##set
#define STEP_JOIN(name, set) STEP_GLUE(name, set)
#define STEP(name) STEP_JOIN(name, STEP_SET)
#define VEC STEP(vector)
#define ANYWHERE STEP(anywhere)
#define MASK STEP(mask)
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define STEP_ARGS \
  const ti_program_step *s, program_frame *f, size_t at, VEC v0, VEC v1, VEC v2, VEC v3, VEC v4, VEC v5, VEC v6, VEC v7
#define STEP_NEXT ((STEP(run) *)s[1].run)(s + 1, f, at, v0, v1, v2, v3, v4, v5, v6, v7)
#define STEP_OPERAND(k) ((const ANYWHERE *)(const void *)(f->at[s->operand[k]] + (at & f->mask[s->operand[k]])))
#define STEP_SELECT(m, a, b) ((VEC)(((MASK)(a) & (m)) | ((MASK)(b) & ~(m))))

typedef double VEC __attribute__((vector_size(STEP_BYTES)));
typedef int64_t MASK __attribute__((vector_size(STEP_BYTES)));
typedef double ANYWHERE __attribute__((vector_size(STEP_BYTES), aligned(8), may_alias));
typedef void STEP(run)(STEP_ARGS);
enum { STEP(strip) = 8 * STEP_BYTES / 8 };

static inline VEC STEP(all)(double x) {
  VEC v;
  for (unsigned i = 0; i < STEP_BYTES / 8; i++)
    v[i] = x;
  return v;
}

/* ----- Into registers, and out of them ----- */

static void STEP(load_m)(STEP_ARGS) {
  const ANYWHERE *b = STEP_OPERAND(0);
#define X(k) v##k = b[k];
  EACH(X)
#undef X
  STEP_NEXT;
}

static void STEP(load_k)(STEP_ARGS) {
  v0 = v1 = v2 = v3 = v4 = v5 = v6 = v7 = STEP(all)(s->with.constant);
  STEP_NEXT;
}

static void STEP(keep)(STEP_ARGS) {
  VEC *b = (VEC *)(void *)f->slot[s->operand[0] - TI_PROGRAM_INPUTS];
#define X(k) b[k] = v##k;
  EACH(X)
#undef X
  STEP_NEXT;
}

/* The last step: lanes take whole strips, so a lane's number follows from the place of the strip. */
static void STEP(end)(STEP_ARGS) {
  (void)s;
  if (f->lanes != NULL) {
    ANYWHERE *lanes = (ANYWHERE *)(void *)(f->lanes + at / 8 % TI_LANES);
    enum { row = TI_LANES * 8 / STEP_BYTES };
#define X(k) lanes[k % row] = lanes[k % row] + v##k;
    EACH(X)
#undef X
  } else {
    ANYWHERE *out = (ANYWHERE *)(void *)((char *)f->out + at);
#define X(k) out[k] = v##k;
    EACH(X)
#undef X
  }
}

/* A kernel by its loop. */
static void STEP(call)(STEP_ARGS) {
  VEC first[8], result[8];
  const void *in[TI_PROGRAM_ARGS] = {first, NULL, NULL};
  const ptrdiff_t stride[TI_PROGRAM_ARGS] = {8, 8, 8};
  void *out = result;
  tine_block block = {.n = STEP(strip), .in = in, .in_stride = stride, .out = &out};
  for (unsigned k = 1; k < s->inputs; k++)
    in[k] = STEP_OPERAND(k - 1);
#define X(k) first[k] = v##k;
  EACH(X)
#undef X
  s->with.loop(&block); /* cannot fail */
#define X(k) v##k = result[k];
  EACH(X)
#undef X
  STEP_NEXT;
}

/* ----- Operations ----- */

#define STEP_MAP1(fn) \
  v0 = fn(v0), v1 = fn(v1), v2 = fn(v2), v3 = fn(v3), v4 = fn(v4), v5 = fn(v5), v6 = fn(v6), v7 = fn(v7)
#define STEP_MAP2(fn, b)                                                                                            \
  v0 = fn(v0, b(0)), v1 = fn(v1, b(1)), v2 = fn(v2, b(2)), v3 = fn(v3, b(3)), v4 = fn(v4, b(4)), v5 = fn(v5, b(5)), \
  v6 = fn(v6, b(6)), v7 = fn(v7, b(7))
#define STEP_MAP3(fn, b, c)                                                                           \
  v0 = fn(v0, b[0], c[0]), v1 = fn(v1, b[1], c[1]), v2 = fn(v2, b[2], c[2]), v3 = fn(v3, b[3], c[3]), \
  v4 = fn(v4, b[4], c[4]), v5 = fn(v5, b[5], c[5]), v6 = fn(v6, b[6], c[6]), v7 = fn(v7, b[7], c[7])
#define STEP_AT(k) b[k]
#define STEP_HELD(k) b

#define STEP_UNARY(name, e)                  \
  static inline VEC STEP(name##_of)(VEC a) { \
    return (e);                              \
  }                                          \
  static void STEP(name)(STEP_ARGS) {        \
    STEP_MAP1(STEP(name##_of));              \
    STEP_NEXT;                               \
  }
#define STEP_BINARY_OF(name, e)                     \
  static inline VEC STEP(name##_of)(VEC a, VEC b) { \
    return (e);                                     \
  }                                                 \
  static void STEP(name##_m)(STEP_ARGS) {           \
    const ANYWHERE *b = STEP_OPERAND(0);            \
    STEP_MAP2(STEP(name##_of), STEP_AT);            \
    STEP_NEXT;                                      \
  }                                                 \
  static void STEP(name##_k)(STEP_ARGS) {           \
    const VEC b = STEP(all)(s->with.constant);      \
    STEP_MAP2(STEP(name##_of), STEP_HELD);          \
    STEP_NEXT;                                      \
  }
#define STEP_BINARY(name, e) \
  STEP_BINARY_OF(name, e)    \
  STEP_BINARY_OF(name##_r, STEP(name##_of)(b, a))
#define STEP_TERNARY(name, e)                                  \
  static inline VEC STEP(name##_of)(VEC a, VEC b, VEC c) {     \
    return (e);                                                \
  }                                                            \
  static void STEP(name)(STEP_ARGS) {                          \
    const ANYWHERE *b = STEP_OPERAND(0), *c = STEP_OPERAND(1); \
    STEP_MAP3(STEP(name##_of), b, c);                          \
    STEP_NEXT;                                                 \
  }

/* What a NaN is compared with is not smaller, not larger and not equal. */
static inline VEC STEP(clamped)(VEC a, VEC b, VEC c) {
  const VEC raised = STEP_SELECT(a < b, b, a), r = STEP_SELECT(raised > c, c, raised);
  const MASK ok = (b == b) & (c == c);
  return STEP_SELECT(ok, r, b + c);
}

STEP_BINARY(add, a + b)
STEP_BINARY(sub, a - b)
STEP_BINARY(mul, a *b)
STEP_BINARY(div, a / b)
STEP_BINARY(min, STEP_SELECT((a < b) | (a != a), a, b))
STEP_BINARY(max, STEP_SELECT((a > b) | (a != a), a, b))
STEP_UNARY(neg, -a)
STEP_UNARY(abs, (VEC)((MASK)a &INT64_MAX))
STEP_TERNARY(clamp, STEP(clamped)(a, b, c))
#ifdef STEP_SQRT
STEP_UNARY(sqrt, STEP_SQRT(a))
#endif
#ifdef STEP_FLOOR
STEP_UNARY(floor, STEP_FLOOR(a))
STEP_UNARY(ceil, STEP_CEIL(a))
STEP_UNARY(trunc, STEP_TRUNC(a))
STEP_TERNARY(fma, STEP_FMA(a, b, c))
#endif
#ifdef STEP_MATH
#define X(name, accuracy, remedy64, remedy32) STEP_UNARY(name, (VEC)TI_MATH(name, F64, STEP_SET)(a))
TI_MATH_LIST1(X)
#undef X
#endif

#define RUN(name) ((void (*)(void))STEP(name))
#define ROW_1(name) \
  {                 \
#name, 1, {     \
      RUN(name)     \
    }               \
  }
#define ROW_2(name)                                                  \
  {                                                                  \
#name, 2, {                                                      \
      RUN(name##_m), RUN(name##_k), RUN(name##_r_m), RUN(name##_r_k) \
    }                                                                \
  }
#define ROW_3(name) \
  {                 \
#name, 3, {     \
      RUN(name)     \
    }               \
  }
static const ti_program_operation STEP(operations)[] = {ROW_2(add),
                                                        ROW_2(sub),
                                                        ROW_2(mul),
                                                        ROW_2(div),
                                                        ROW_2(min),
                                                        ROW_2(max),
                                                        ROW_1(neg),
                                                        ROW_1(abs),
                                                        ROW_3(clamp),
#ifdef STEP_SQRT
                                                        ROW_1(sqrt),
#endif
#ifdef STEP_FLOOR
                                                        ROW_1(floor),
                                                        ROW_1(ceil),
                                                        ROW_1(trunc),
                                                        ROW_3(fma),
#endif
#ifdef STEP_MATH
#define X(name, accuracy, remedy64, remedy32) ROW_1(name),
                                                        TI_MATH_LIST1(X)
#undef X
#endif
                                                            {NULL, 0, {NULL}}};

static void STEP(start)(const ti_program_step *s, program_frame *f, size_t at) {
  const VEC v = {0};
  ((STEP(run) *)s->run)(s, f, at, v, v, v, v, v, v, v, v);
}

static const ti_program_set STEP(set) = {STEP(strip), STEP(start), RUN(load_m), RUN(load_k),
                                         RUN(keep),   RUN(end),    RUN(call),   STEP(operations)};

#undef STEP_GLUE
#undef STEP_JOIN
#undef STEP
#undef VEC
#undef ANYWHERE
#undef MASK
#undef EACH
#undef STEP_ARGS
#undef STEP_NEXT
#undef STEP_OPERAND
#undef STEP_SELECT
#undef STEP_MAP1
#undef STEP_MAP2
#undef STEP_MAP3
#undef STEP_AT
#undef STEP_HELD
#undef STEP_UNARY
#undef STEP_BINARY_OF
#undef STEP_BINARY
#undef STEP_TERNARY
#undef RUN
#undef ROW_1
#undef ROW_2
#undef ROW_3
#undef STEP_SET
#undef STEP_BYTES
#undef STEP_SQRT
#undef STEP_FLOOR
#undef STEP_CEIL
#undef STEP_TRUNC
#undef STEP_FMA
