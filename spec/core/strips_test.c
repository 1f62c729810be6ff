/*
** Strips: instructions at random over blocks of items, in every instruction set there is, against the same code called
** for each item; who asks that it ends; memory that runs out. (What Lua functions give over blocks is in
** spec/lua/function_fuzz_spec.lua.)
*/
#include "../../core/base/memory.h"
#include "../../core/code/strips.h"
#include "../../core/kernel/simd.h"
#include "check.h"

enum { REGISTERS = 8, MOST = 24, ITEMS = 150, STEPS = 600 };

static const ti_datum constants[] = {{.kind = TI_KIND_I64, .as.i = 0},    {.kind = TI_KIND_I64, .as.i = 1},
                                     {.kind = TI_KIND_F64, .as.f = 0.5},  {.kind = TI_KIND_BOOL, .as.b = true},
                                     {.kind = TI_KIND_F64, .as.f = -2.0}, {.kind = TI_KIND_I64, .as.i = 3}};
enum { ZERO = -1, ONE = -2, HALF = -3, THREE = -6 };
static const ti_datum captured[] = {{.kind = TI_KIND_F64, .as.f = 10},
                                    {.kind = TI_KIND_BOOL, .as.b = true},
                                    {.kind = TI_KIND_FUNCTION, .as.function = TI_FUNCTION_floor},
                                    {.kind = TI_KIND_I64, .as.i = -3}};

static ti_code code_of(const ti_instruction *list, unsigned count) {
  return (ti_code){.source = "c",
                   .params = 2,
                   .registers = REGISTERS,
                   .count = count,
                   .constant_count = sizeof constants / sizeof *constants,
                   .capture_count = sizeof captured / sizeof *captured,
                   .code = list,
                   .constants = constants};
}

#define OP(o, ...) \
  { .op = TI_CODE_##o, __VA_ARGS__ }

static ti_instruction random_instruction(unsigned count) {
  ti_instruction i = {.op = (uint8_t)check_below(TI_CODE_END), .want = check_below(2) != 0};
  i.a = (int16_t)check_below(REGISTERS - 2);
  i.b = (int16_t)((int)check_below(REGISTERS + 6) - 6);
  i.c = (int16_t)((int)check_below(REGISTERS + 6) - 6);
  if (i.op == TI_CODE_CAPTURE || i.op == TI_CODE_CALL || i.op == TI_CODE_RETURN)
    i.b = (int16_t)check_below(4);
  if (i.op == TI_CODE_CALL)
    i.c = (int16_t)check_below(2);
  i.to = (uint32_t)check_below(count);
  i.line = (uint32_t)check_below(90);
  return i;
}

/* Registers that all have a value, then a loop over random instructions, which may use its own registers, too. */
static unsigned random_loop(ti_instruction *list) {
  const unsigned body = 1 + (unsigned)check_below(5), tail = (unsigned)check_below(3), begin = REGISTERS - 2;
  const unsigned end = begin + body + 1, count = end + tail + 2;
  const int16_t a = (int16_t)(2 + check_below(REGISTERS - 5));
  for (unsigned r = 2; r < REGISTERS; r++)
    list[r - 2] = (ti_instruction){.op = TI_CODE_MOVE, .a = (int16_t)r, .b = (int16_t)((int)check_below(8) - 6)};
  for (unsigned at = begin; at < count - 1; at++) {
    list[at] = random_instruction(count);
    if (check_below(3) != 0)
      list[at].op = (uint8_t)(check_below(2) ? TI_CODE_ADD : TI_CODE_MOVE + check_below(TI_CODE_JUMP));
    if (list[at].op == TI_CODE_FOR || list[at].op == TI_CODE_NEXT)
      list[at].op = TI_CODE_MOVE;
  }
  list[begin] = (ti_instruction){.op = TI_CODE_FOR, .a = a, .to = end + 1};
  list[end] = (ti_instruction){.op = TI_CODE_NEXT, .a = a, .to = begin + 1};
  return count;
}

/* Two parameters as columns, and what each item gives. */
typedef struct items {
  size_t n, fails;
  tine_dtype dtype[2];
  int64_t column[2][ITEMS];
  tine_value want[ITEMS][TINE_MAX_OUTPUTS];
  char message[TINE_MESSAGE_SIZE];
} items;

static tine_value value_of(const items *x, unsigned p, size_t i) {
  tine_value v = {.dtype = x->dtype[p]};
  memcpy(&v.as, &x->column[p][i], sizeof x->column[p][i]);
  return v;
}

static void draw_value(items *x, unsigned p) {
  const int64_t k = (int64_t)check_below(12) - 4;
  const double f = (double)k / 2;
  x->column[p][x->n] = k;
  if (x->dtype[p] == TINE_F64)
    memcpy(&x->column[p][x->n], &f, sizeof f);
}

/* Those that would take too many steps are left out. */
static void draw_items(items *x, const ti_typed *t) {
  const size_t wanted = 1 + (size_t)check_below(ITEMS);
  x->n = 0;
  x->fails = SIZE_MAX;
  for (size_t k = 0; k < wanted; k++) {
    tine_value args[2];
    tine_error err;
    tine_status status;
    for (unsigned p = 0; p < 2; p++) {
      draw_value(x, p);
      args[p] = value_of(x, p, x->n);
    }
    status = ti_typed_call(t, args, captured, STEPS, x->want[x->n], &err);
    if (status == TINE_ETIMEOUT)
      continue;
    if (status != TINE_OK && x->fails == SIZE_MAX) {
      x->fails = x->n;
      memcpy(x->message, err.message, sizeof x->message);
    }
    x->n++;
  }
  x->fails = x->fails < x->n ? x->fails : x->n;
}

static bool as_wanted(const tine_value *want, const void *out, size_t i) {
  double f, w = want->as.f;
  if (want->dtype == TINE_BOOL)
    return ((const bool *)out)[i] == want->as.b;
  if (want->dtype == TINE_I64)
    return ((const int64_t *)out)[i] == want->as.i;
  f = ((const double *)out)[i];
  return memcmp(&f, &w, sizeof f) == 0 || (f != f && w != w);
}

static int run(const ti_strips *s, const items *x, const ti_code_ask *ask, void *const *out, tine_block *block) {
  const size_t size = ti_strips_scratch(s);
  void *const scratch = ti_alloc(size, TI_STRIPS_ALIGN);
  const void *in[2] = {x->column[0], x->column[1]};
  const ptrdiff_t stride[2] = {8, 8};
  size_t allocations;
  int code;
  block->n = x->n;
  block->in = in;
  block->in_stride = stride;
  block->out = out;
  allocations = ti_memory_allocations();
  code = ti_strips_run(s, scratch, captured, ask, block);
  CHECK_INT(ti_memory_allocations(), allocations);
  ti_free(scratch, size, TI_STRIPS_ALIGN);
  return code;
}

static bool compare(const items *x, const ti_typed *t, unsigned simd) {
  static double room[TINE_MAX_OUTPUTS][ITEMS];
  void *out[TINE_MAX_OUTPUTS];
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.message = message};
  bool good = true;
  ti_strips *s;
  int code;
  if (!CHECK(ti_strips_make(&s, t, simd, NULL) == TINE_OK))
    return false;
  for (unsigned k = 0; k < TINE_MAX_OUTPUTS; k++)
    out[k] = room[k];
  code = run(s, x, NULL, out, &block);
  ti_strips_drop(s);
  for (size_t i = 0; i < x->fails; i++)
    for (unsigned k = 0; k < t->result_count; k++)
      good = good && as_wanted(&x->want[i][k], out[k], i);
  good = CHECK(good) && CHECK_INT(code, x->fails < x->n ? TINE_EKERNEL : TINE_OK);
  if (code == TINE_EKERNEL)
    good = CHECK_INT(block.failed, x->fails) && CHECK_TEXT(message, x->message) && good;
  return good;
}

static void random_code(void) {
  static items x;
  unsigned ran = 0, loops = 0, failed = 0;
  for (unsigned k = 0; k < 60000; k++) {
    ti_instruction list[MOST];
    const unsigned count = k % 3 == 0 ? random_loop(list) : 2 + (unsigned)check_below(MOST - 2);
    const ti_code code = code_of(list, count);
    ti_typed *t = NULL;
    bool good = true;
    ti_assert(count <= MOST);
    for (unsigned at = 0; k % 3 != 0 && at < count; at++)
      list[at] = random_instruction(count);
    list[count - 1] = (ti_instruction){.op = TI_CODE_RETURN, .b = (int16_t)(1 + check_below(2))};
    for (unsigned p = 0; p < 2; p++)
      x.dtype[p] = check_below(2) ? TINE_I64 : TINE_F64;
    if (ti_code_check(&code, NULL) != TINE_OK ||
        ti_typed_make(&t, &code, x.dtype, captured, code.capture_count, NULL) != TINE_OK)
      continue;
    draw_items(&x, t);
    for (unsigned simd = 0; simd <= ti_simd_best() && x.n > 0 && good; simd++)
      good = compare(&x, t, simd);
    ran += x.n > 0;
    failed += x.fails < x.n;
    for (size_t s = 0; s < t->step_count; s++)
      loops += t->steps[s].what >= TI_TYPED_NEXT_I64;
    ti_typed_drop(t);
    if (!good)
      return;
  }
  CHECK(ran > 500 && loops > 5 && failed > 20);
}

/* s = 0; for k = 1, x do s = s + y end; return s // (3 - x) */
static const ti_instruction sum[] = {OP(MOVE, .a = 2, .b = ZERO),
                                     OP(MOVE, .a = 3, .b = ONE),
                                     OP(MOVE, .a = 4, .b = 0),
                                     OP(MOVE, .a = 5, .b = ONE),
                                     OP(FOR, .a = 3, .to = 7),
                                     OP(ADD, .a = 2, .b = 2, .c = 1),
                                     OP(NEXT, .a = 3, .to = 5),
                                     OP(SUB, .a = 3, .b = THREE, .c = 0),
                                     OP(IDIV, .a = 2, .b = 2, .c = 3, .line = 8),
                                     OP(RETURN, .a = 2, .b = 1)};

static const ti_typed *typed_sum(ti_typed **t, ti_code *code) {
  const tine_dtype inputs[2] = {TINE_I64, TINE_I64};
  *code = code_of(sum, sizeof sum / sizeof *sum);
  CHECK(ti_code_check(code, NULL) == TINE_OK &&
        ti_typed_make(t, code, inputs, captured, code->capture_count, NULL) == TINE_OK);
  return *t;
}

/* The first of the block that fails, though one behind it is done sooner. */
static void first_failure(void) {
  items x = {.n = 100, .fails = 57, .dtype = {TINE_I64, TINE_I64}};
  ti_typed *t;
  ti_code code;
  CHECK_STOP(typed_sum(&t, &code) != NULL);
  for (size_t i = 0; i < x.n; i++) {
    x.column[0][i] = i == 57 || i == 60 || i == 99 ? 3 : (int64_t)(i % 3);
    x.column[1][i] = (int64_t)i;
    x.want[i][0] = (tine_value){TINE_I64, {.i = (int64_t)i * (int64_t)(i % 3) / (3 - (int64_t)(i % 3))}};
  }
  snprintf(x.message, sizeof x.message, "c:8: attempt to perform 'n//0'");
  for (unsigned simd = 0; simd <= ti_simd_best(); simd++)
    CHECK(compare(&x, t, simd));
  ti_typed_drop(t);
}

static bool over_after(void *env) {
  unsigned *const left = env;
  return (*left)-- == 0;
}

/* Of two loops without end: one that items go through together, and one that an item is asked for again. */
static void ends_when_asked(void) {
  items x = {.n = 40, .dtype = {TINE_I64, TINE_I64}};
  static int64_t room[ITEMS];
  void *out[1] = {room};
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.message = message};
  ti_typed *t;
  ti_code code;
  ti_strips *s;
  unsigned asks = 3;
  const ti_code_ask ask = {over_after, &asks};
  CHECK_STOP(typed_sum(&t, &code) != NULL);
  for (size_t i = 0; i < x.n; i++)
    x.column[0][i] = i == 38 ? INT64_MAX : 1;
  for (unsigned simd = 0; simd <= ti_simd_best(); simd++) {
    CHECK_STOP(ti_strips_make(&s, t, simd, NULL) == TINE_OK);
    asks = 3;
    CHECK_INT(run(s, &x, &ask, out, &block), TINE_ECANCELED);
    CHECK_INT(asks, UINT32_MAX);
    ti_strips_drop(s);
  }
  ti_typed_drop(t);
}

/* An item that fails after a long time is told by another run of it alone, which ends when asked, too. */
static void ends_while_telling(void) {
  items x = {.n = 1, .dtype = {TINE_I64, TINE_I64}};
  static int64_t room[ITEMS];
  void *out[1] = {room};
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.message = message};
  /* for k = 1, x do end; return 1 // y */
  static const ti_instruction list[] = {OP(MOVE, .a = 2, .b = ONE), OP(MOVE, .a = 3, .b = 0),
                                        OP(MOVE, .a = 4, .b = ONE), OP(FOR, .a = 2, .to = 5),
                                        OP(NEXT, .a = 2, .to = 4),  OP(IDIV, .a = 2, .b = ONE, .c = 1),
                                        OP(RETURN, .a = 2, .b = 1)};
  const ti_code code = code_of(list, sizeof list / sizeof *list);
  unsigned asks = 7;
  const ti_code_ask ask = {over_after, &asks};
  ti_typed *t;
  ti_strips *s;
  CHECK_STOP(ti_code_check(&code, NULL) == TINE_OK);
  CHECK_STOP(ti_typed_make(&t, &code, x.dtype, captured, code.capture_count, NULL) == TINE_OK);
  CHECK_STOP(ti_strips_make(&s, t, ti_simd_best(), NULL) == TINE_OK);
  x.column[0][0] = 300000; /* 4 times asked by strips, and 18 by what tells */
  CHECK_INT(run(s, &x, &ask, out, &block), TINE_ECANCELED);
  asks = 1000;
  CHECK_INT(run(s, &x, &ask, out, &block), TINE_EKERNEL);
  CHECK_TEXT(message, "c:0: attempt to perform 'n//0'");
  ti_strips_drop(s);
  ti_typed_drop(t);
}

/* Code that strips have no steps for is done item by item, and asks on the way however short it is. */
static void items_by_themselves(void) {
  static const ti_instruction list[] = {OP(CAPTURE, .a = 2, .b = 0), OP(INDEX, .a = 2, .b = 2, .c = 0),
                                        OP(RETURN, .a = 2, .b = 1, .line = 4)};
  static const double elements[] = {0.5, -2, 4};
  const tine_dtype inputs[2] = {TINE_I64, TINE_I64};
  tine_array *const lut = tine_slice_of(TINE_F64, (void *)(uintptr_t)elements, 3, sizeof *elements);
  const ti_datum arrays[] = {{.kind = TI_KIND_ARRAY, .as.array = lut}};
  int64_t column[40];
  double got[40] = {0};
  const void *const in[2] = {column, column};
  const ptrdiff_t stride[2] = {sizeof *column, sizeof *column};
  void *out[1] = {got};
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = 40, .in = in, .in_stride = stride, .out = out, .message = message};
  unsigned asks = 1;
  const ti_code_ask ask = {over_after, &asks};
  ti_code code = code_of(list, sizeof list / sizeof *list);
  ti_typed *t;
  ti_strips *s;
  code.capture_count = 1;
  for (size_t i = 0; i < 40; i++)
    column[i] = 1 + (int64_t)(i % 3);
  CHECK_STOP(lut != NULL && ti_code_check(&code, NULL) == TINE_OK);
  CHECK_STOP(ti_typed_make(&t, &code, inputs, arrays, 1, NULL) == TINE_OK);
  CHECK_STOP(ti_strips_make(&s, t, ti_simd_best(), NULL) == TINE_OK);
  CHECK_INT(ti_strips_run(s, NULL, arrays, &ask, &block), TINE_ECANCELED);
  CHECK_INT(block.failed, 32);
  CHECK(got[31] == -2 && got[32] == 0);
  asks = 1000;
  CHECK_INT(ti_strips_run(s, NULL, arrays, &ask, &block), TINE_OK);
  for (size_t i = 0; i < 40; i++)
    CHECK(got[i] == elements[i % 3]);
  column[35] = 4;
  CHECK_INT(ti_strips_run(s, NULL, arrays, &ask, &block), TINE_EKERNEL);
  CHECK_INT(block.failed, 35);
  CHECK_TEXT(message, "c:4: returns nil; every path must return a value");
  ti_strips_drop(s);
  ti_typed_drop(t);
  tine_array_release(lut);
}

static void memory_runs_out(void) {
  const size_t before = ti_memory_live();
  ti_typed *t;
  ti_code code;
  tine_status status = TINE_ENOMEM;
  CHECK_STOP(typed_sum(&t, &code) != NULL);
  for (int64_t n = 0; status != TINE_OK && n < 200; n++) {
    ti_strips *s;
    ti_memory_fail_after(n);
    status = ti_strips_make(&s, t, ti_simd_best(), NULL);
    ti_memory_fail_after(-1);
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    ti_strips_drop(s);
  }
  CHECK_INT(status, TINE_OK);
  ti_typed_drop(t);
  CHECK_INT(ti_memory_live(), before);
}

CHECK_SUITE(strips, CHECK_CASE(random_code), CHECK_CASE(first_failure), CHECK_CASE(ends_when_asked),
            CHECK_CASE(ends_while_telling), CHECK_CASE(items_by_themselves), CHECK_CASE(memory_runs_out))
