/*
** The contract of kernels and registries in core/tine.h: what may be registered, who owns an environment and when its
** drop is called, how kernels are found and chosen, and how they fail.
*/
#include "../../core/tine.h"
#include "check.h"

static void expect(tine_status got, int want, const tine_error *err, const char *what, int line) {
  check_int(got, want, what, __FILE__, line);
  check_true(got != TINE_OK, what, __FILE__, line);
  check_int(err->status, got, what, __FILE__, line);
  check_true(err->message[0] != '\0' && memchr(err->message, '\0', sizeof err->message) != NULL, what, __FILE__, line);
}

#define FAILS(call, want) (memset(&err, 0x5a, sizeof err), expect((call), (want), &err, #call, __LINE__))

TINE_MAP1(twice, double, double, 2 * a)

static int drops;
static double dropped; /* what the environment held when it was dropped */
static void *drop_arg;

static void drop(void *env) {
  drops++;
  drop_arg = env;
  dropped = env != NULL ? *(double *)env : -1;
}

/* a times the environment. */
static int scale(const void *env, const void *const *in, void *const *out, const char **message) {
  *(double *)out[0] = *(const double *)in[0] * *(const double *)env;
  (void)message;
  return 0;
}

static const tine_kernel_signature twice_types[] = {{"f64 -> f64", twice, NULL}};
static const tine_kernel_signature scale_types[] = {{"f64 -> f64", NULL, scale}};

static tine_kernel_desc describe(const char *name, const tine_kernel_signature *signatures, size_t n) {
  tine_kernel_desc desc = {.size = sizeof desc, .name = name, .signatures = signatures, .signature_count = n};
  return desc;
}

static double applied(tine_kernel *kernel, double x) {
  tine_value arg = tine_f64(x), out[TINE_MAX_OUTPUTS];
  size_t outs = 0;
  CHECK_INT(tine_kernel_call(kernel, &arg, 1, out, &outs, NULL), TINE_OK);
  CHECK_INT(outs, 1);
  CHECK_INT(out[0].dtype, TINE_F64);
  return out[0].as.f;
}

/* ===== Registering ===== */

static void a_registry_adds_to_the_built_in_kernels(void) {
  tine_registry *r = NULL;
  tine_error err;
  char name[] = "dbl", help[] = "two times", types[] = "f64 -> f64";
  const tine_kernel_signature signatures[] = {{types, twice, NULL}};
  tine_kernel_desc desc = describe(name, signatures, 1);
  desc.help = help;
  desc.flags = TINE_COMMUTATIVE;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  name[0] = help[0] = types[0] = 'X'; /* all strings are copied */
  tine_kernel *k = tine_kernel_find(r, "dbl", NULL);
  CHECK_STOP(k != NULL);
  CHECK_TEXT(tine_kernel_name(k), "dbl");
  CHECK_TEXT(tine_kernel_help(k), "two times");
  CHECK_TEXT(tine_kernel_signature_at(k, 0), "f64 -> f64");
  CHECK(tine_kernel_signature_at(k, 1) == NULL);
  CHECK_INT(tine_kernel_mode(k), TINE_FN);
  CHECK_INT(tine_kernel_flags(k), TINE_COMMUTATIVE);
  CHECK_F64(applied(k, 4), 8);
  CHECK(tine_kernel_find(r, "mul", NULL) == tine_kernel_find(NULL, "mul", NULL));
  CHECK(tine_kernel_find(NULL, "dbl", &err) == NULL);
  CHECK_INT(err.status, TINE_ENAME);
  CHECK(tine_registry_retain(r) == r);
  tine_registry_release(r);
  CHECK(tine_kernel_find(r, "dbl", NULL) == k);
  tine_registry_release(r);
  tine_registry_release(NULL);
}

static void malformed_signatures_are_refused(void) {
  static const char *const types[] = {"",
                                      "f64",
                                      "f64 f64",
                                      "->",
                                      " -> ",
                                      "f65 -> f64",
                                      "f64 -> f65",
                                      "f64 -> -> f64",
                                      "f64, f64 -> f64",
                                      "f64-f64",
                                      "none -> f64",
                                      "u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 -> u8",
                                      "u8 -> u8 u8 u8 u8 u8 u8 u8 u8 u8"};
  tine_registry *r = NULL;
  tine_error err;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  drops = 0;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    const tine_kernel_signature signature = {types[i], twice, NULL};
    tine_kernel_desc desc = describe("k", &signature, 1);
    desc.drop = drop;
    expect(tine_kernel_register(r, &desc, &err), TINE_EINVAL, &err, types[i], __LINE__);
    CHECK(tine_kernel_find(r, "k", NULL) == NULL);
  }
  CHECK_INT(drops, 0);
  tine_registry_release(r);
  CHECK_INT(drops, 0);
}

static void unusable_kernels_are_refused(void) {
  static const tine_kernel_signature nothing[] = {{"f64 -> f64", NULL, NULL}};
  static const tine_kernel_signature same[] = {{"f64 -> f64", twice, NULL}, {"f64 -> f32", twice, NULL}};
  tine_registry *r = NULL;
  tine_error err;
  double env = 3;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  drops = 0;
  tine_kernel_desc desc = describe("", twice_types, 1);
  desc.env = &env;
  desc.env_size = sizeof env;
  desc.drop = drop;
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EINVAL);
  desc.name = "k", desc.signatures = nothing;
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EINVAL);
  desc.signatures = same, desc.signature_count = 2;
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EINVAL);
  desc.signatures = twice_types, desc.signature_count = 1;
  desc.mode = TINE_FN_MUT;
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EMODE);
  desc.mode = TINE_FN_ONCE;
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EMODE);
  CHECK_INT(drops, 0);
  desc.mode = TINE_FN;
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EINVAL); /* the name is taken */
  CHECK_INT(drops, 0);
  desc.name = "mul"; /* by a built-in kernel */
  FAILS(tine_kernel_register(r, &desc, &err), TINE_EINVAL);
  tine_registry_release(r);
  CHECK_INT(drops, 1);
}

/* ===== Environments ===== */

static void a_borrowed_environment_is_used_where_it_is(void) {
  tine_registry *r = NULL;
  double env = 3;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  tine_kernel_desc desc = describe("scale", scale_types, 1);
  desc.env = &env;
  desc.drop = drop;
  drops = 0;
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  CHECK_F64(applied(tine_kernel_find(r, "scale", NULL), 5), 15);
  env = 4;
  CHECK_F64(applied(tine_kernel_find(r, "scale", NULL), 5), 20);
  CHECK_INT(drops, 0);
  tine_registry_release(r);
  CHECK_INT(drops, 1);
  CHECK(drop_arg == &env);
}

static void a_copied_environment_is_the_kernels_own(void) {
  tine_registry *r = NULL;
  double env = 3;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  tine_kernel_desc desc = describe("scale", scale_types, 1);
  desc.env = &env;
  desc.env_size = sizeof env;
  desc.drop = drop;
  drops = 0;
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  env = 4;
  CHECK_F64(applied(tine_kernel_find(r, "scale", NULL), 5), 15);
  tine_registry_release(r);
  CHECK_INT(drops, 1);
  CHECK(drop_arg != &env);
  CHECK_F64(dropped, 3);
}

/* Retained kernels and pipelines hold their kernel, and with it the environment, beyond the registry. */
static void kernels_outlive_their_registry(void) {
  tine_registry *r = NULL;
  double env = 3;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  tine_kernel_desc desc = describe("scale", scale_types, 1);
  desc.env = &env;
  desc.env_size = sizeof env;
  desc.drop = drop;
  drops = 0;
  CHECK_STOP(tine_kernel_register(r, &desc, NULL) == TINE_OK);
  tine_kernel *k = tine_kernel_find(r, "scale", NULL);
  CHECK(tine_kernel_retain(k) == k);
  tine_pipeline *p = tine_map(tine_rep(tine_f64(2), 100), k, NULL, 0);
  tine_registry_release(r);
  CHECK_F64(applied(k, 5), 15);
  tine_kernel_release(k);
  CHECK_INT(drops, 0);
  tine_value sum;
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_F64(sum.as.f, 600);
  tine_pipeline_release(p);
  CHECK_INT(drops, 1);
  tine_kernel_release(NULL);
}

/* ===== Finding and choosing ===== */

static void unknown_names_get_a_suggestion(void) {
  tine_error err;
  CHECK(tine_kernel_find(NULL, "mull", &err) == NULL);
  CHECK_INT(err.status, TINE_ENAME);
  CHECK_TEXT(err.message, "unknown kernel 'mull'; did you mean 'mul'?");
  CHECK(tine_kernel_find(NULL, "", &err) == NULL);
  CHECK_INT(err.status, TINE_ENAME);
}

static void kernels_are_listed_by_name(void) {
  static const char *const builtin[] = {
      "add",   "sub",   "mul",   "div",  "idiv",  "mod",   "pow",  "neg",   "abs",      "min",  "max",
      "fma",   "clamp", "floor", "ceil", "round", "trunc", "sqrt", "cbrt",  "exp",      "log",  "log2",
      "log10", "sin",   "cos",   "tan",  "asin",  "acos",  "atan", "atan2", "sinh",     "cosh", "tanh",
      "hypot", "sign",  "eq",    "ne",   "lt",    "le",    "gt",   "ge",    "and",      "or",   "not",
      "xor",   "band",  "bor",   "bxor", "bnot",  "shl",   "shr",  "isnan", "isfinite", "where"};
  tine_registry *r = NULL;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  tine_kernel_desc desc = describe("halfway", twice_types, 1);
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++)
    CHECK(tine_kernel_find(r, builtin[i], NULL) != NULL);
  size_t n = 0, found = 0;
  const char *last = "";
  for (tine_kernel *k; (k = tine_kernel_at(r, n)) != NULL; n++) {
    CHECK(strcmp(last, tine_kernel_name(k)) < 0);
    last = tine_kernel_name(k);
    CHECK(tine_kernel_find(r, last, NULL) == k);
    CHECK(tine_kernel_signature_at(k, 0) != NULL);
    found += strcmp(last, "halfway") == 0;
  }
  CHECK_INT(found, 1);
  CHECK(tine_kernel_at(r, n + 1) == NULL && tine_kernel_at(r, SIZE_MAX) == NULL);
  CHECK(tine_kernel_at(NULL, n - 2) != NULL && tine_kernel_at(NULL, n - 1) == NULL);
  tine_registry_release(r);
}

static void signatures_serve_types(void) {
  static const tine_dtype ff[] = {TINE_F64, TINE_F64}, xf[] = {TINE_I32, TINE_F64}, ii[] = {TINE_I32, TINE_I32};
  static const tine_dtype ss[] = {TINE_F32, TINE_F32}, sd[] = {TINE_F32, TINE_F64};
  const tine_kernel *mul = tine_kernel_find(NULL, "mul", NULL);
  tine_error err;
  CHECK_TEXT(tine_kernel_signature_for(mul, ff, 2, NULL), "f64 f64 -> f64");
  CHECK_TEXT(tine_kernel_signature_for(mul, xf, 2, NULL), "f64 f64 -> f64");
  CHECK_TEXT(tine_kernel_signature_for(mul, sd, 2, NULL), "f64 f64 -> f64");
  CHECK_TEXT(tine_kernel_signature_for(mul, ss, 2, NULL), "f32 f32 -> f32");
  CHECK_TEXT(tine_kernel_signature_for(mul, ii, 2, NULL), "i64 i64 -> i64");
  CHECK(tine_kernel_signature_for(mul, ff, 1, &err) == NULL);
  CHECK_INT(err.status, TINE_ETYPE);
  CHECK(tine_kernel_signature_for(tine_kernel_find(NULL, "and", NULL), ff, 2, &err) == NULL);
  CHECK_INT(err.status, TINE_ETYPE);
}

/* ===== Calling ===== */

static void kernels_apply_to_single_values(void) {
  tine_value args[] = {tine_i64(7), tine_i64(-6)}, out[TINE_MAX_OUTPUTS];
  size_t outs = 0;
  tine_error err;
  CHECK_INT(tine_kernel_call(tine_kernel_find(NULL, "mul", NULL), args, 2, out, &outs, NULL), TINE_OK);
  CHECK_INT(outs, 1);
  CHECK_INT(out[0].dtype, TINE_I64);
  CHECK_INT(out[0].as.i, -42);
  args[1] = tine_f64(0.5);
  CHECK_INT(tine_kernel_call(tine_kernel_find(NULL, "mul", NULL), args, 2, out, &outs, NULL), TINE_OK);
  CHECK_INT(out[0].dtype, TINE_F64);
  CHECK_F64(out[0].as.f, 3.5);
  CHECK_INT(tine_kernel_call(tine_kernel_find(NULL, "lt", NULL), args, 2, out, &outs, NULL), TINE_OK);
  CHECK(out[0].dtype == TINE_BOOL && !out[0].as.b);
  args[1] = tine_i64(0);
  FAILS(tine_kernel_call(tine_kernel_find(NULL, "idiv", NULL), args, 2, out, &outs, &err), TINE_EKERNEL);
  CHECK_CONTAINS(err.message, "'idiv'");
  FAILS(tine_kernel_call(tine_kernel_find(NULL, "mul", NULL), args, 1, out, &outs, &err), TINE_ETYPE);
  args[0] = tine_bool(true);
  FAILS(tine_kernel_call(tine_kernel_find(NULL, "sqrt", NULL), args, 0, out, &outs, &err), TINE_ETYPE);
  FAILS(tine_kernel_call(tine_kernel_find(NULL, "isnan", NULL), args, TINE_MAX_ARGS + 1, out, &outs, &err), TINE_ETYPE);
}

CHECK_SUITE(api_kernel, CHECK_CASE(a_registry_adds_to_the_built_in_kernels),
            CHECK_CASE(malformed_signatures_are_refused), CHECK_CASE(unusable_kernels_are_refused),
            CHECK_CASE(a_borrowed_environment_is_used_where_it_is), CHECK_CASE(a_copied_environment_is_the_kernels_own),
            CHECK_CASE(kernels_outlive_their_registry), CHECK_CASE(unknown_names_get_a_suggestion),
            CHECK_CASE(kernels_are_listed_by_name), CHECK_CASE(signatures_serve_types),
            CHECK_CASE(kernels_apply_to_single_values))
