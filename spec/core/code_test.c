/*
** Register code: what is refused, what is live, which versions there are, what single values give; random instructions,
** which are refused or mean something; memory that runs out. (What Lua functions give is in
** spec/lua/function_fuzz_spec.lua.)
*/
#include "../../core/base/memory.h"
#include "../../core/code/typed.h"
#include "../../core/data/array.h"
#include "check.h"

enum { REGISTERS = 8, MOST = 24 };

static const ti_datum constants[] = {{.kind = TI_KIND_I64, .as.i = 0},
                                     {.kind = TI_KIND_I64, .as.i = 1},
                                     {.kind = TI_KIND_F64, .as.f = 0.5},
                                     {.kind = TI_KIND_BOOL, .as.b = true},
                                     {.kind = TI_KIND_NIL, .as.i = 0},
                                     {.kind = TI_KIND_I64, .as.i = 3},
                                     {.kind = TI_KIND_REFUSED, .as.why = "does what no kernel does"}};
enum { ZERO = -1, ONE = -2, HALF = -3, TRUE_ = -4, NIL_ = -5, THREE = -6, WRONG = -7 };

static const char *const known[] = {"print", "sqrt"};
static const ti_datum of_known[] = {{.kind = TI_KIND_REFUSED, .as.why = "no such thing"},
                                    {.kind = TI_KIND_FUNCTION, .as.function = TI_FUNCTION_sqrt}};
static const ti_module module = {2, known, of_known};
static float singles[] = {1.5f, -2, 0.1f};
static const tine_array lut = {.dtype = TINE_F32, .len = 3, .data = singles, .stride = sizeof *singles};
static const ti_datum captured[] = {{.kind = TI_KIND_F64, .as.f = 10},
                                    {.kind = TI_KIND_MODULE, .as.module = &module},
                                    {.kind = TI_KIND_FUNCTION, .as.function = TI_FUNCTION_floor},
                                    {.kind = TI_KIND_REFUSED, .as.why = "uses global 'print'"},
                                    {.kind = TI_KIND_ARRAY, .as.array = &lut}};
enum { CAPTURED = sizeof captured / sizeof *captured };
static const char *const names[] = {"sqrt", "print"};

static ti_code code_of(const ti_instruction *list, unsigned count) {
  return (ti_code){.source = "c",
                   .params = 2,
                   .registers = REGISTERS,
                   .count = count,
                   .constant_count = sizeof constants / sizeof *constants,
                   .capture_count = CAPTURED,
                   .name_count = 2,
                   .code = list,
                   .constants = constants,
                   .names = names};
}

#define CODE(...) \
  (const ti_instruction[]){__VA_ARGS__}, sizeof((const ti_instruction[]){__VA_ARGS__}) / sizeof(ti_instruction)
#define OP(o, ...) \
  { .op = TI_CODE_##o, __VA_ARGS__ }
#define RETURNS(r) OP(RETURN, .a = r, .b = 1)

static void refuses(const char *part, const ti_instruction *list, size_t count) {
  const ti_code code = code_of(list, (unsigned)count);
  tine_error err = {.message = ""};
  CHECK_INT(ti_code_check(&code, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, part);
}

static void wrong_code(void) {
  const char *const lacks = "something that it names is not there";
  refuses("no instructions", NULL, 0);
  refuses("instruction 0 (unknown): there is none of that number", CODE({.op = TI_CODE_END}));
  refuses("instruction 0 (MOVE): it runs out at its end", CODE(OP(MOVE, .a = 0, .b = 1)));
  refuses(lacks, CODE(OP(MOVE, .a = REGISTERS), RETURNS(0)));
  refuses(lacks, CODE(OP(MOVE, .a = -1), RETURNS(0)));
  refuses(lacks, CODE(OP(MOVE, .a = 0, .b = -8), RETURNS(0)));
  refuses(lacks, CODE(OP(ADD, .a = 0, .b = 0, .c = REGISTERS), RETURNS(0)));
  refuses(lacks, CODE(OP(NIL, .a = 4, .b = 5), RETURNS(0)));
  refuses(lacks, CODE(OP(CAPTURE, .a = 0, .b = 5), RETURNS(0)));
  refuses(lacks, CODE(OP(INDEX, .a = 0, .b = 0, .c = REGISTERS), RETURNS(0)));
  refuses(lacks, CODE(OP(LEN, .a = 0, .b = REGISTERS), RETURNS(0)));
  refuses(lacks, CODE(OP(FIELD, .a = 0, .b = 2), RETURNS(0)));
  refuses(lacks, CODE(OP(CALL, .a = 6, .b = 2, .c = 1), RETURNS(0)));
  refuses(lacks, CODE(OP(CALL, .a = 6, .b = 0, .c = 3), RETURNS(0)));
  refuses(lacks, CODE(OP(CALL, .a = 6, .b = 0, .c = -1), RETURNS(0)));
  refuses(lacks, CODE(OP(CALL, .a = 6, .b = -1, .c = 1), RETURNS(0)));
  refuses(lacks, CODE(OP(RETURN, .a = 0, .b = 9)));
  refuses(lacks, CODE(OP(JUMP, .to = 1)));
  refuses(lacks, CODE(OP(FOR, .a = 0, .to = 1), RETURNS(0)));
  refuses(lacks, CODE(OP(FOR, .a = 5, .to = 2), OP(NEXT, .a = 5, .to = 1), RETURNS(0)));
  refuses(lacks, CODE(OP(FOR, .a = 0, .to = 2), OP(NEXT, .a = 1, .to = 1), RETURNS(0)));
  refuses("jumps to what takes open results",
          CODE(OP(IF, .b = 0, .to = 2), OP(CALL, .a = 2, .b = 0, .c = -1), OP(RETURN, .a = 2, .b = -1)));
}

/* Types it, and evaluates it for two values; gives the status of whichever failed. */
static tine_status run(const ti_instruction *list, size_t count, const tine_value *args, tine_value *out,
                       unsigned *versions, tine_error *err) {
  const ti_code code = code_of(list, (unsigned)count);
  const tine_dtype inputs[2] = {args[0].dtype, args[1].dtype};
  ti_typed *t = NULL;
  tine_status status = ti_code_check(&code, err);
  if (status == TINE_OK)
    status = ti_typed_make(&t, &code, inputs, captured, CAPTURED, err);
  if (status == TINE_OK)
    status = ti_typed_call(t, args, captured, 1000, out, err);
  *versions = t != NULL ? t->versions : 0;
  ti_typed_drop(t);
  return status;
}

static tine_value integer(int64_t i) {
  return (tine_value){TINE_I64, {.i = i}};
}

static tine_value real(double f) {
  return (tine_value){TINE_F64, {.f = f}};
}

/* Three turns of s = s + y, s an integer at first: a version of the loop for that, and one for a float. */
static const ti_instruction loop[] = {OP(MOVE, .a = 2, .b = ZERO),  OP(MOVE, .a = 3, .b = ONE),
                                      OP(MOVE, .a = 4, .b = THREE), OP(MOVE, .a = 5, .b = ONE),
                                      OP(FOR, .a = 3, .to = 7),     OP(ADD, .a = 2, .b = 2, .c = 1),
                                      OP(NEXT, .a = 3, .to = 5),    RETURNS(2)};

static void versions_by_types(void) {
  tine_value args[2] = {integer(0), integer(5)}, out;
  unsigned of_integers, of_both;
  CHECK_INT(run(loop, 8, args, &out, &of_integers, NULL), TINE_OK);
  CHECK_INT(out.dtype, TINE_I64);
  CHECK_INT(out.as.i, 15);
  args[1] = real(0.5);
  CHECK_INT(run(loop, 8, args, &out, &of_both, NULL), TINE_OK);
  CHECK_INT(out.dtype, TINE_F64);
  CHECK_F64(out.as.f, 1.5);
  CHECK(of_both > of_integers);
}

static void live_registers(void) {
  const ti_code code = code_of(loop, 8);
  uint32_t *const live = ti_live_make(&code);
  const uint32_t want[] = {1u << 1,
                           1u << 1 | 1u << 2,
                           1u << 1 | 1u << 2 | 1u << 3,
                           1u << 1 | 1u << 2 | 1u << 3 | 1u << 4,
                           1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5,
                           1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5,
                           1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5,
                           1u << 2};
  CHECK_STOP(live != NULL);
  for (unsigned at = 0; at < 8; at++)
    CHECK_INT(live[at * ti_live_words(&code)], want[at]);
  ti_live_drop(live, &code);
}

/* sqrt of the module, of a float; floor(x * 10 / 10), which is an integer where there is one. */
static void calls(void) {
  static const ti_instruction list[] = {OP(CAPTURE, .a = 2, .b = 1),       OP(FIELD, .a = 2, .b = 0, .c = 2),
                                        OP(MOVE, .a = 3, .b = 0),          OP(CALL, .a = 2, .b = 1, .c = 1),
                                        OP(CAPTURE, .a = 4, .b = 0),       OP(MUL, .a = 2, .b = 2, .c = 4),
                                        OP(CAPTURE, .a = 3, .b = 2),       OP(MOVE, .a = 4, .b = 1),
                                        OP(CALL, .a = 3, .b = 1, .c = -1), OP(RETURN, .a = 2, .b = -1)};
  tine_value args[2] = {real(16), real(2.5)}, out[2];
  unsigned versions;
  CHECK_INT(run(list, 10, args, out, &versions, NULL), TINE_OK);
  CHECK_F64(out[0].as.f, 40);
  CHECK_INT(out[1].dtype, TINE_F64); /* of 1e300 it is a float */
  CHECK_F64(out[1].as.f, 2);
  args[1] = real(1e300);
  CHECK_INT(run(list, 10, args, out, &versions, NULL), TINE_OK);
  CHECK_F64(out[1].as.f, 1e300);
}

/* Other numbers of the same kinds need no other versions. */
static void captured_anew(void) {
  static const ti_instruction list[] = {OP(CAPTURE, .a = 2, .b = 0), OP(ADD, .a = 2, .b = 2, .c = 0), RETURNS(2)};
  const ti_code code = code_of(list, 3);
  const tine_dtype inputs[2] = {TINE_F64, TINE_F64};
  const tine_value args[2] = {real(1), real(0)};
  ti_datum other[CAPTURED];
  ti_typed *t;
  tine_value out;
  memcpy(other, captured, sizeof other);
  CHECK_STOP(ti_typed_make(&t, &code, inputs, captured, CAPTURED, NULL) == TINE_OK);
  CHECK_INT(ti_typed_call(t, args, captured, 0, &out, NULL), TINE_OK);
  CHECK_F64(out.as.f, 11);
  other[0].as.f = -3;
  CHECK_INT(ti_typed_call(t, args, other, 0, &out, NULL), TINE_OK);
  CHECK_F64(out.as.f, -2);
  ti_typed_drop(t);
}

/* lut[x] or -#lut; another array of the same elements needs no other versions. */
static void elements(void) {
  static const ti_instruction list[] = {
      OP(CAPTURE, .a = 2, .b = 4), OP(INDEX, .a = 3, .b = 2, .c = 0), OP(IF, .b = 3, .want = true, .to = 5),
      OP(LEN, .a = 3, .b = 2),     OP(NEG, .a = 3, .b = 3),           RETURNS(3)};
  static float more[] = {0, 9, 0, 0, 7};
  const tine_array longer = {.dtype = TINE_F32, .len = 3, .data = more, .stride = 2 * sizeof *more};
  const ti_code code = code_of(list, 6);
  const tine_dtype inputs[2] = {TINE_I64, TINE_F64};
  const struct {
    int64_t at;
    double here, there;
  } cases[] = {{1, 1.5, 0}, {3, (double)0.1f, 7}, {0, -3, -3}, {4, -3, -3}, {INT64_MIN, -3, -3}, {INT64_MAX, -3, -3}};
  ti_datum other[CAPTURED];
  ti_typed *t;
  memcpy(other, captured, sizeof other);
  other[4].as.array = &longer;
  CHECK_STOP(ti_typed_make(&t, &code, inputs, captured, CAPTURED, NULL) == TINE_OK);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const tine_value args[2] = {integer(cases[k].at), real(0)};
    tine_value out;
    CHECK_INT(ti_typed_call(t, args, captured, 0, &out, NULL), TINE_OK);
    CHECK_F64(out.as.f, cases[k].here);
    CHECK_INT(ti_typed_call(t, args, other, 0, &out, NULL), TINE_OK);
    CHECK_F64(out.as.f, cases[k].there);
  }
  ti_typed_drop(t);
}

/* A function of two values that adds a captured one to the first, or gives both, fails on its line 5; called on line 9.
   Its captured value is behind those of what calls it. */
static const ti_instruction inner_list[] = {OP(CAPTURE, .a = 2, .b = 0), OP(IDIV, .a = 2, .b = 2, .c = 1, .line = 5),
                                            OP(ADD, .a = 2, .b = 2, .c = 0), OP(RETURN, .a = 2, .b = 1)};
static const ti_code inner = {
    .source = "inner", .params = 2, .registers = 3, .count = 4, .capture_count = 1, .code = inner_list};
static const ti_code_closure inner_closure = {.code = &inner, .first = CAPTURED};

static void functions_inside(void) {
  static const ti_instruction list[] = {OP(CAPTURE, .a = 2, .b = 4), OP(MOVE, .a = 3, .b = 0),
                                        OP(MOVE, .a = 4, .b = 1),    OP(CALL, .a = 2, .b = 2, .c = 1, .line = 9),
                                        OP(CAPTURE, .a = 3, .b = 4), OP(MOVE, .a = 4, .b = HALF),
                                        OP(MOVE, .a = 5, .b = 1),    OP(CALL, .a = 3, .b = 2, .c = -1),
                                        OP(RETURN, .a = 2, .b = -1)};
  const ti_code code = code_of(list, 9);
  const tine_dtype inputs[2] = {TINE_I64, TINE_I64};
  tine_value args[2] = {integer(3), integer(2)}, out[2];
  ti_datum all[CAPTURED + 1];
  ti_typed *t;
  tine_error err = {.message = ""};
  memcpy(all, captured, sizeof captured);
  all[4] = (ti_datum){.kind = TI_KIND_CLOSURE, .as.closure = &inner_closure};
  all[CAPTURED] = (ti_datum){.kind = TI_KIND_I64, .as.i = 100};
  CHECK_INT(ti_code_check(&inner, NULL), TINE_OK);
  CHECK_STOP(ti_typed_make(&t, &code, inputs, all, CAPTURED + 1, NULL) == TINE_OK);
  CHECK_INT(t->code_count, 2);
  CHECK_INT(ti_typed_call(t, args, all, 0, out, NULL), TINE_OK);
  CHECK_INT(out[0].as.i, 53);
  CHECK_F64(out[1].as.f, 50.5);
  all[CAPTURED].as.i = -1;
  CHECK_INT(ti_typed_call(t, args, all, 0, out, NULL), TINE_OK);
  CHECK_INT(out[0].as.i, 2);
  args[1].as.i = 0;
  CHECK_INT(ti_typed_call(t, args, all, 0, out, &err), TINE_EKERNEL);
  CHECK_TEXT(err.message, "inner:5: attempt to perform 'n//0'");
  ti_typed_drop(t);
  CHECK_INT(ti_typed_make(&t, &code, inputs, all, TI_CODE_CAPTURES + 1, &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "8001 captured values are too many");
}

static void says(const char *text, const ti_instruction *list, size_t count) {
  const tine_value args[2] = {integer(3), integer(0)};
  tine_value out[TINE_MAX_OUTPUTS];
  unsigned versions;
  tine_error err = {.message = ""};
  CHECK(run(list, count, args, out, &versions, &err) != TINE_OK);
  CHECK_TEXT(err.message, text);
}

static void messages(void) {
  says("c:7: attempt to perform 'n//0'", CODE(OP(IDIV, .a = 2, .b = 0, .c = 1, .line = 7), RETURNS(2)));
  says("c:0: attempt to perform arithmetic on a boolean value", CODE(OP(ADD, .a = 2, .b = 0, .c = TRUE_), RETURNS(2)));
  says("c:0: uses nil where a number or a boolean is wanted", CODE(OP(ADD, .a = 2, .b = 0, .c = NIL_), RETURNS(2)));
  says("c:0: uses nil where a number or a boolean is wanted", CODE(RETURNS(5)));
  says("c:0: attempt to compare number with boolean", CODE(OP(IF_LT, .b = 0, .c = TRUE_, .to = 1), RETURNS(0)));
  says("c:0: attempt to call a number value", CODE(OP(CALL, .a = 0, .b = 1, .c = 1), RETURNS(0)));
  says("c:0: uses nil where a number or a boolean is wanted",
       CODE(OP(CAPTURE, .a = 2, .b = 2), OP(MOVE, .a = 3, .b = 0), OP(CALL, .a = 2, .b = 1, .c = 1), RETURNS(3)));
  says("c:4: uses global 'print'", CODE(OP(CAPTURE, .a = 2, .b = 3, .line = 4), RETURNS(0)));
  says("c:0: no such thing", CODE(OP(CAPTURE, .a = 2, .b = 1), OP(FIELD, .a = 2, .b = 1, .c = 2), RETURNS(0)));
  says("c:0: returns a function; kernels compute numbers and booleans only",
       CODE(OP(CAPTURE, .a = 2, .b = 2), RETURNS(2)));
  says("c:9: returns 1 value here and 2 at line 0",
       CODE(OP(IF_EQ, .b = 0, .c = 1, .to = 2), OP(RETURN, .a = 0, .b = 2), OP(RETURN, .a = 0, .b = 1, .line = 9)));
  says("c:0: may end without a result; every path must return a value", CODE(OP(RETURN, .a = 0)));
  says("c:0: never returns", CODE(OP(JUMP, .to = 0)));
  says("not done after so many steps", CODE(OP(IF_LT, .b = 1, .c = 0, .want = true, .to = 0), RETURNS(0)));
  says("c:3: attempt to perform arithmetic on a nil value (field '?')",
       CODE(OP(CAPTURE, .a = 2, .b = 4), OP(INDEX, .a = 2, .b = 2, .c = 1), OP(ADD, .a = 2, .b = 2, .c = 2, .line = 3),
            RETURNS(2)));
  says("c:3: returns nil; every path must return a value",
       CODE(OP(CAPTURE, .a = 2, .b = 4), OP(INDEX, .a = 2, .b = 2, .c = 1), OP(RETURN, .a = 2, .b = 1, .line = 3)));
  says("c:0: attempt to index a number value", CODE(OP(INDEX, .a = 2, .b = 0, .c = 1), RETURNS(2)));
  says("c:8: does what no kernel does", CODE(OP(MOVE, .a = 2, .b = WRONG, .line = 8), RETURNS(2)));
  says("c:2: 'for' step is zero", CODE(OP(MOVE, .a = 2, .b = 0), OP(MOVE, .a = 3, .b = 0), OP(MOVE, .a = 4, .b = 1),
                                       OP(FOR, .a = 2, .to = 5, .line = 2), OP(NEXT, .a = 2, .to = 4), RETURNS(0)));
}

static void takes_what_is_given(void) {
  const ti_code code = code_of(loop, 8);
  tine_error err = {.message = ""};
  CHECK_INT(ti_code_takes(&code, 2, 0, &err), TINE_OK);
  CHECK_INT(ti_code_takes(&code, 1, 1, &err), TINE_OK);
  CHECK_INT(ti_code_takes(&code, 3, 0, &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "function at c:0 takes 2 parameters, the pipeline gives 3 columns and no constants");
  CHECK_INT(ti_code_takes(&code, 0, 1, &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "function at c:0 takes 2 parameters, the pipeline gives no columns and 1 constant");
}

static ti_instruction random_instruction(unsigned count) {
  ti_instruction i = {.op = (uint8_t)check_below(TI_CODE_END), .want = check_below(2) != 0};
  i.a = (int16_t)check_below(REGISTERS - 2);
  i.b = (int16_t)((int)check_below(REGISTERS + 6) - 6);
  i.c = (int16_t)((int)check_below(REGISTERS + 6) - 6);
  if (i.op == TI_CODE_CAPTURE || i.op == TI_CODE_FIELD || i.op == TI_CODE_CALL || i.op == TI_CODE_RETURN)
    i.b = (int16_t)check_below(i.op == TI_CODE_CAPTURE ? 5 : 3);
  if (i.op == TI_CODE_CALL)
    i.c = (int16_t)check_below(2);
  i.to = (uint32_t)check_below(count);
  return i;
}

/* Instructions at random: what passes the check is refused by its types, or is evaluated; nothing worse happens. */
static void random_code(void) {
  unsigned passed = 0, ran = 0;
  for (unsigned k = 0; k < 100000; k++) {
    const unsigned count = 2 + (unsigned)check_below(MOST - 2);
    const tine_value args[2] = {check_below(2) ? integer((int64_t)check_below(9) - 4)
                                               : real((double)check_below(9) / 2),
                                integer((int64_t)check_below(5))};
    ti_instruction list[MOST];
    tine_value out[TINE_MAX_OUTPUTS];
    unsigned versions;
    tine_status status;
    for (unsigned at = 0; at < count; at++)
      list[at] = random_instruction(count);
    for (unsigned at = 0; at + 1 < count; at++) /* loops that fit, now and then */
      if (list[at].op == TI_CODE_FOR && list[at].to > at + 1 && list[at].to < count)
        list[list[at].to - 1] = (ti_instruction){.op = TI_CODE_NEXT, .a = list[at].a, .to = at + 1};
    list[count - 1] = (ti_instruction){.op = TI_CODE_RETURN, .b = (int16_t)(1 + check_below(2))};
    status = run(list, count, args, out, &versions, NULL);
    passed += versions > 0;
    ran += status == TINE_OK;
    CHECK(status == TINE_OK || status == TINE_EINVAL || status == TINE_EKERNEL || status == TINE_ETIMEOUT);
  }
  CHECK(passed > 1000 && ran > 500);
}

/* A call, an element, and what it does with that. */
static const ti_instruction of_all[] = {OP(CAPTURE, .a = 2, .b = 4),     OP(INDEX, .a = 1, .b = 2, .c = 0),
                                        OP(CAPTURE, .a = 2, .b = 3),     OP(MOVE, .a = 3, .b = 1),
                                        OP(MOVE, .a = 4, .b = 0),        OP(CALL, .a = 2, .b = 2, .c = 1),
                                        OP(ADD, .a = 2, .b = 2, .c = 1), RETURNS(2)};

static void memory_runs_out_of(const ti_instruction *list, const ti_datum *all) {
  const ti_code code = code_of(list, 8);
  const tine_dtype inputs[2] = {TINE_I64, TINE_F64};
  const size_t before = ti_memory_live();
  tine_status status = TINE_ENOMEM;
  for (int64_t n = 0; status != TINE_OK && n < 100; n++) {
    ti_typed *t;
    ti_memory_fail_after(n);
    status = ti_typed_make(&t, &code, inputs, all, CAPTURED + 1, NULL);
    ti_memory_fail_after(-1);
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    ti_typed_drop(t);
    CHECK_INT(ti_memory_live(), before);
  }
  CHECK_INT(status, TINE_OK);
}

static void memory_runs_out(void) {
  ti_datum all[CAPTURED + 1];
  memcpy(all, captured, sizeof captured);
  all[3] = (ti_datum){.kind = TI_KIND_CLOSURE, .as.closure = &inner_closure};
  all[CAPTURED] = (ti_datum){.kind = TI_KIND_I64, .as.i = 100};
  memory_runs_out_of(loop, all);
  memory_runs_out_of(of_all, all);
}

CHECK_SUITE(code, CHECK_CASE(wrong_code), CHECK_CASE(versions_by_types), CHECK_CASE(live_registers), CHECK_CASE(calls),
            CHECK_CASE(captured_anew), CHECK_CASE(elements), CHECK_CASE(functions_inside), CHECK_CASE(messages),
            CHECK_CASE(takes_what_is_given), CHECK_CASE(random_code), CHECK_CASE(memory_runs_out))
