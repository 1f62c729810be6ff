/*
** Register code that calls captured kernels, those of a host above all: several outputs, types of their own, failures,
** states.
*/
#include "../../core/base/error.h"
#include "../../core/code/typed.h"
#include "check.h"

/* quotient and remainder as narrow types, and whether there is none; fails at a divisor of zero. */
static int divide(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t a = *(const int64_t *)((const char *)block->in[0] + (ptrdiff_t)i * block->in_stride[0]);
    const int64_t b = *(const int64_t *)((const char *)block->in[1] + (ptrdiff_t)i * block->in_stride[1]);
    if (b == 0)
      return tine_block_fail(block, 7, i, a == 0 ? "" : "no such divisor");
    ((int8_t *)block->out[0])[i] = (int8_t)(a / b);
    ((float *)block->out[1])[i] = (float)(a % b) + *(const float *)block->env;
    ((uint8_t *)block->out[2])[i] = a % b == 0 ? 7 : 0;
  }
  return 0;
}

static const ti_instruction list[] = {{.op = TI_CODE_CAPTURE, .a = 2, .b = 0},
                                      {.op = TI_CODE_MOVE, .a = 3, .b = 0},
                                      {.op = TI_CODE_MOVE, .a = 4, .b = 1},
                                      {.op = TI_CODE_CALL, .a = 2, .b = 2, .c = -1, .line = 3},
                                      {.op = TI_CODE_RETURN, .a = 2, .b = -1}};
static const ti_code code = {.source = "c", .params = 2, .registers = 5, .count = 5, .capture_count = 1, .code = list};

static tine_status type_it(ti_typed **t, tine_kernel *kernel, tine_dtype second, tine_error *err) {
  const tine_dtype inputs[2] = {TINE_I64, second};
  const ti_datum captured = {.kind = TI_KIND_KERNEL, .as.kernel = kernel};
  CHECK_INT(ti_code_check(&code, NULL), TINE_OK);
  return ti_typed_make(t, &code, inputs, &captured, 1, err);
}

static tine_kernel *host_kernel(tine_registry *registry, tine_mode mode, const float *env) {
  static const tine_kernel_signature signatures[] = {{"i64 i64 -> i8 f32 bool", divide, NULL}};
  const tine_kernel_desc desc = {.size = sizeof desc,
                                 .name = "divide",
                                 .signatures = signatures,
                                 .signature_count = 1,
                                 .mode = mode,
                                 .env = env,
                                 .state_size = mode == TINE_FN_MUT ? 8 : 0};
  CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  return tine_kernel_find(registry, "divide", NULL);
}

static void of_a_host(void) {
  static const float env = 0.1f;
  tine_registry *registry;
  tine_kernel *kernel;
  ti_typed *t;
  tine_value args[2] = {{TINE_I64, {.i = -17}}, {TINE_I64, {.i = 5}}}, out[TINE_MAX_OUTPUTS];
  tine_error err = {.message = ""};
  CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK);
  kernel = host_kernel(registry, TINE_FN, &env);
  CHECK_STOP(type_it(&t, kernel, TINE_I64, &err) == TINE_OK);
  CHECK_INT(t->result_count, 3);
  CHECK_INT(ti_typed_call(t, args, &(ti_datum){.kind = TI_KIND_KERNEL, .as.kernel = kernel}, 0, out, NULL), TINE_OK);
  CHECK_INT(out[0].dtype, TINE_I64);
  CHECK_INT(out[0].as.i, -3);
  CHECK_INT(out[1].dtype, TINE_F64);
  CHECK_F64(out[1].as.f, (double)(-2 + 0.1f));
  CHECK_INT(out[2].dtype, TINE_BOOL);
  CHECK(!out[2].as.b);
  args[1].as.i = 17;
  CHECK_INT(ti_typed_call(t, args, NULL, 0, out, NULL), TINE_OK);
  CHECK(out[2].as.b);
  args[1].as.i = 0;
  CHECK_INT(ti_typed_call(t, args, NULL, 0, out, &err), TINE_EKERNEL);
  CHECK_TEXT(err.message, "c:3: kernel 'divide' failed: no such divisor");
  args[0].as.i = 0;
  CHECK_INT(ti_typed_call(t, args, NULL, 0, out, &err), TINE_EKERNEL);
  CHECK_TEXT(err.message, "c:3: kernel 'divide' failed with code 7");
  ti_typed_drop(t);
  CHECK_INT(type_it(&t, kernel, TINE_F64, &err), TINE_EINVAL);
  CHECK_TEXT(err.message, "c:3: kernel 'divide' has no signature for (i64, f64)");
  tine_registry_release(registry);
}

static void with_a_state(void) {
  tine_registry *registry;
  ti_typed *t;
  tine_error err = {.message = ""};
  CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK);
  CHECK_INT(type_it(&t, host_kernel(registry, TINE_FN_MUT, NULL), TINE_I64, &err), TINE_EINVAL);
  CHECK_TEXT(err.message, "c:3: calls kernel 'divide', which is not of mode fn: it has a state of its own");
  tine_registry_release(registry);
}

/* What is built in and never fails is a step as others are; what may fail, or takes more values, is called. */
static void built_in(void) {
  ti_typed *t;
  const ti_typed_step *s;
  CHECK_STOP(type_it(&t, ti_builtin_find("add"), TINE_F64, NULL) == TINE_OK);
  for (s = t->steps; s->signature == NULL || s->signature->in[0] != TINE_F64; s++) {
  }
  CHECK_INT(s->what, TI_TYPED_APPLY);
  ti_typed_drop(t);
  CHECK_STOP(type_it(&t, ti_builtin_find("idiv"), TINE_I64, NULL) == TINE_OK);
  for (s = t->steps; s->signature == NULL; s++) {
  }
  CHECK_INT(s->what, TI_TYPED_CALL);
  ti_typed_drop(t);
}

CHECK_SUITE(code_kernel, CHECK_CASE(of_a_host), CHECK_CASE(with_a_state), CHECK_CASE(built_in))
