/*
** Signatures read, and inputs bound: a table of what must be chosen for them.
*/
#include "../../core/kernel/kernel.h"
#include "kernel_data.h"

/* ===== signatures ===== */

static void parses(const char *given, const char *want) {
  ti_signature s = {.inputs = 0};
  char text[TI_SIGNATURE_TEXT];
  tine_error err;
  const tine_status status = ti_signature_parse(&s, given, &err);
  if (want[0] == '!') {
    CHECK_INT(status, TINE_EINVAL);
    CHECK_TEXT(err.message, want + 1);
    return;
  }
  CHECK_INT(status, TINE_OK);
  ti_signature_format(&s, text);
  CHECK_TEXT(text, want);
}

static void signature_text(void) {
  parses("f64 f64 -> f64", "f64 f64 -> f64");
  parses("  double\tfloat->bool u8  ", "f64 f32 -> bool u8");
  parses("f64 ->", "f64 ->");
  parses("int64->int64", "i64 -> i64");
  parses("u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 -> bool bool bool bool bool bool bool bool",
         "u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 -> bool bool bool bool bool bool bool bool");
  parses("u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 -> u8", "!more than 16 types on one side");
  parses("u8 -> u8 u8 u8 u8 u8 u8 u8 u8 u8", "!more than 8 types on one side");
  parses("", "!'->' expected");
  parses("f64 f64", "!'->' expected");
  parses("-> f64", "!no input before '->'");
  parses("f64 -> f64 -> f64", "!second '->'");
  parses("f64 f65 -> f64", "!unknown element type 'f65'");
  parses("f64, f64 -> f64", "!unknown element type 'f64,'");
  parses("averyveryverylongname -> f64", "!unknown element type 'averyveryverylongname'");
  parses(NULL, "!no types");
}

/* ===== binding ===== */

/* Inputs as text: "i32" is a column, "=5", "=5u", "=2.5", "=true" are constants. Returns how many. */
static unsigned read_args(const char *text, ti_arg *args) {
  char copy[128];
  unsigned n = 0;
  snprintf(copy, sizeof copy, "%s", text);
  for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "), n++) {
    ti_arg *a = &args[n];
    char *end;
    a->constant = word[0] == '=';
    if (!a->constant)
      a->dtype = tine_dtype_find(word);
    else if (!strcmp(word, "=true"))
      a->value = tine_bool(true);
    else if (strpbrk(word, ".nx") != NULL)
      a->value = tine_f64(strtod(word + 1, NULL));
    else {
      a->value = tine_i64((int64_t)strtoull(word + 1, &end, 10));
      a->value.dtype = *end == 'u' ? TINE_U64 : TINE_I64;
    }
    if (a->constant)
      a->dtype = a->value.dtype;
  }
  return n;
}

static const struct row {
  const char *kernel, *args, *want; /* a signature, or a message */
} rows[] = {
    /* arithmetic: integers and bools in i64, f32 alone in f32, everything else in f64 */
    {"add", "i64 i64", "i64 i64 -> i64"},
    {"add", "u8 u8", "i64 i64 -> i64"},
    {"add", "bool bool", "i64 i64 -> i64"},
    {"add", "u64 u64", "i64 i64 -> i64"},
    {"add", "u64 i8", "i64 i64 -> i64"},
    {"add", "f32 f32", "f32 f32 -> f32"},
    {"add", "f32 f64", "f64 f64 -> f64"},
    {"add", "f32 i8", "f64 f64 -> f64"},
    {"add", "f32 u64", "f64 f64 -> f64"},
    {"add", "bool f64", "f64 f64 -> f64"},
    {"add", "i32 =1", "i64 i64 -> i64"},
    {"add", "i32 =1.0", "f64 f64 -> f64"},
    {"add", "i64 =1.5", "f64 f64 -> f64"},
    {"add", "f32 =2.5", "f32 f32 -> f32"},
    {"add", "f32 =0.1", "f32 f32 -> f32"},
    {"add", "f32 =3", "f32 f32 -> f32"},
    {"add", "f32 =16777217", "f32 f32 -> f32"},
    {"add", "f32 =1e300x", "constant 1e+300 is out of range for f32"},
    {"add", "f32 =inf", "f32 f32 -> f32"},
    {"add", "f32 =nan", "f32 f32 -> f32"},
    {"add", "f64 =3", "f64 f64 -> f64"},
    {"add", "=3 f64", "f64 f64 -> f64"},
    {"add", "i64 =9223372036854775808u", "constant 9223372036854775808 is out of range for i64"},
    {"add", "u8 =9223372036854775808u", "f64 f64 -> f64"},
    {"add", "i64 =true", "kernel 'add' has no signature for (i64, bool)"},
    {"neg", "u64", "i64 -> i64"},
    {"sign", "f32", "f32 -> f32"},
    {"fma", "f32 f32 f64", "f64 f64 f64 -> f64"},
    {"fma", "f32 f32 =0.1", "f32 f32 f32 -> f32"},
    {"fma", "i8 u8 =1", "i64 i64 i64 -> i64"},
    /* always float */
    {"div", "i64 i64", "f64 f64 -> f64"},
    {"div", "f32 =3", "f32 f32 -> f32"},
    {"pow", "i32 =2", "f64 f64 -> f64"},
    {"sqrt", "bool", "f64 -> f64"},
    {"sqrt", "f32", "f32 -> f32"},
    {"exp", "u64", "f64 -> f64"},
    {"idiv", "i32 =2", "i64 i64 -> i64"},
    {"idiv", "i32 =2.0", "f64 f64 -> f64"},
    {"mod", "f32 f32", "f32 f32 -> f32"},
    {"floor", "f32", "f32 -> f32"},
    {"round", "i16", "i64 -> i64"},
    {"trunc", "f64", "f64 -> f64"},
    /* comparison is exact, and u64 never passes through i64 */
    {"lt", "i64 i64", "i64 i64 -> bool"},
    {"lt", "u64 u64", "u64 u64 -> bool"},
    {"lt", "u64 i64", "u64 i64 -> bool"},
    {"lt", "i8 u64", "i64 u64 -> bool"},
    {"lt", "u8 u64", "u64 u64 -> bool"},
    {"lt", "u64 f32", "u64 f64 -> bool"},
    {"lt", "f64 u64", "f64 u64 -> bool"},
    {"lt", "i32 f32", "f64 f64 -> bool"},
    {"lt", "i64 f32", "i64 f64 -> bool"},
    {"lt", "f32 i64", "f64 i64 -> bool"},
    {"lt", "u8 i8", "i64 i64 -> bool"},
    {"lt", "bool u64", "i64 u64 -> bool"},
    {"lt", "bool f32", "f64 f64 -> bool"},
    {"lt", "u8 =1152921504606846977", "u64 u64 -> bool"},
    {"lt", "u8 =0.5", "f64 f64 -> bool"},
    {"lt", "f32 f64", "f64 f64 -> bool"},
    {"lt", "f32 f32", "f32 f32 -> bool"},
    {"lt", "i64 =0.5", "i64 f64 -> bool"},
    {"lt", "u64 =-1", "u64 i64 -> bool"},
    {"lt", "u64 =1", "u64 u64 -> bool"},
    {"lt", "u64 =0.5", "u64 f64 -> bool"},
    {"lt", "i64 =9223372036854775808u", "i64 u64 -> bool"},
    {"lt", "f64 =3", "f64 f64 -> bool"},
    {"lt", "f64 =9007199254740993", "f64 i64 -> bool"},
    {"lt", "f32 =0.1", "f32 f32 -> bool"},
    {"lt", "i32 =-1", "i64 i64 -> bool"},
    {"eq", "bool bool", "bool bool -> bool"},
    {"eq", "bool =true", "bool bool -> bool"},
    {"eq", "i64 =true", "kernel 'eq' has no signature for (i64, bool)"},
    /* the type all share is kept */
    {"min", "u8 u8", "u8 u8 -> u8"},
    {"max", "u64 u64", "u64 u64 -> u64"},
    {"min", "u8 i8", "i64 i64 -> i64"},
    {"min", "bool bool", "i64 i64 -> i64"},
    {"min", "f32 i8", "f64 f64 -> f64"},
    {"min", "u8 =7", "u8 u8 -> u8"},
    {"min", "u8 =300", "constant 300 is out of range for u8"},
    {"min", "u8 =0.5", "f64 f64 -> f64"},
    {"max", "f32 =0.1", "f32 f32 -> f32"},
    {"clamp", "i16 =-5 =5", "i16 i16 i16 -> i16"},
    {"clamp", "u16 =-5 =5", "constant -5 is out of range for u16"},
    {"clamp", "i16 =-5 =0.5", "f64 f64 f64 -> f64"},
    {"clamp", "u8 u8 u16", "i64 i64 i64 -> i64"},
    {"where", "bool i8 i8", "bool i8 i8 -> i8"},
    {"where", "bool bool bool", "bool bool bool -> bool"},
    {"where", "bool bool =true", "bool bool bool -> bool"},
    {"where", "bool f32 i8", "bool f64 f64 -> f64"},
    {"where", "bool =1 =2", "bool i64 i64 -> i64"},
    {"where", "bool =1.0 =0.1", "bool f64 f64 -> f64"},
    {"where", "bool u8 =256", "constant 256 is out of range for u8"},
    {"where", "i64 i64 i64", "kernel 'where' has no signature for (i64, i64, i64)"},
    /* bools and bits */
    {"and", "bool bool", "bool bool -> bool"},
    {"and", "i64 bool", "kernel 'and' has no signature for (i64, bool)"},
    {"not", "f64", "kernel 'not' has no signature for (f64)"},
    {"band", "u8 =300", "i64 i64 -> i64"},
    {"band", "f64 f64", "kernel 'band' has no signature for (f64, f64)"},
    {"bnot", "u64", "i64 -> i64"},
    {"shl", "u8 =70", "i64 i64 -> i64"},
    {"isnan", "u8", "i64 -> bool"},
    {"isnan", "f32", "f32 -> bool"},
    /* casts */
    {"u8", "f64", "f64 -> u8"},
    {"bool", "bool", "bool -> bool"},
    {"f32", "=1.5", "f64 -> f32"},
    /* constants alone count as columns */
    {"add", "=1 =2", "i64 i64 -> i64"},
    {"add", "=1 =2.5", "f64 f64 -> f64"},
    {"sqrt", "=4", "f64 -> f64"},
    {"lt", "=1 =2u", "i64 u64 -> bool"},
    {"where", "=true =1 =2.5", "bool f64 f64 -> f64"},
    {"and", "=true =1", "kernel 'and' has no signature for (bool, i64)"},
    /* counts */
    {"sqrt", "f64 f64", "kernel 'sqrt' takes 1 input, got 2"},
    {"fma", "f64 f64", "kernel 'fma' takes 3 inputs, got 2"},
    {"add", "", "kernel 'add' takes 2 inputs, got 0"},
};

static void binding(void) {
  CHECK(sizeof rows / sizeof rows[0] >= 60);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ti_arg args[TINE_MAX_ARGS] = {{.constant = false}};
    ti_binding b;
    tine_error err;
    const unsigned n = read_args(rows[i].args, args);
    const tine_status status =
        ti_kernel_bind(ti_builtin_find(rows[i].kernel), TI_ROLE_ASKED, "spec", args, n, &b, &err);
    const bool range = strncmp(rows[i].want, "constant", 8) == 0;
    const tine_status want = range ? TINE_ERANGE : strncmp(rows[i].want, "kernel", 6) == 0 ? TINE_ETYPE : TINE_OK;
    if (!CHECK_TEXT(status == TINE_OK ? b.signature->text : err.message, rows[i].want) || !CHECK_INT(status, want))
      printf("\n    %s(%s)", rows[i].kernel, rows[i].args);
    for (unsigned k = 0; status == TINE_OK && k < n; k++)
      CHECK((b.cast[k] != NULL) == (!args[k].constant && args[k].dtype != b.signature->in[k]));
  }
}

/* Constants arrive in the signature's type, rounded once. */
static void constants_adapt(void) {
  static const struct {
    const char *kernel, *args;
    unsigned k;
    double want;
  } cases[] = {{"add", "f32 =0.1", 1, (double)0.1f},
               {"add", "f32 =16777217", 1, 16777216},
               {"add", "f64 =9007199254740993", 1, 9007199254740992},
               {"min", "u8 =255", 1, 255},
               {"clamp", "i8 =-128 =127", 1, -128},
               {"lt", "u64 =18446744073709551615u", 1, 0x1p64},
               {"add", "f32 =inf", 1, INFINITY},
               {"add", "=true =2.5", 0, 1},
               {"where", "bool =1 =0.5", 1, 1},
               {"add", "f32 =9007199791611905", 1, 0x1.000002p53}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ti_arg args[TINE_MAX_ARGS] = {{.constant = false}};
    ti_binding b;
    tine_value v;
    const unsigned n = read_args(cases[i].args, args);
    CHECK_STOP(ti_kernel_bind(ti_builtin_find(cases[i].kernel), TI_ROLE_ASKED, "spec", args, n, &b, NULL) == TINE_OK);
    v = ti_value_load(b.signature->in[cases[i].k], b.constant[cases[i].k]);
    CHECK_F64(ti_dtype_float(v.dtype) ? v.as.f : v.dtype == TINE_U64 ? (double)v.as.u : (double)v.as.i, cases[i].want);
  }
}

CHECK_SUITE(bind, CHECK_CASE(signature_text), CHECK_CASE(binding), CHECK_CASE(constants_adapt))
