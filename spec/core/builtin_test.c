/*
** The built-in kernels: every loop against an oracle that works item by item and knows nothing of the loops, every
** instruction set against the base set bit for bit, and the table they stand in.
*/
#include <math.h>

#include "../../core/kernel/kernel.h"
#include "../../core/kernel/simd.h"
#include "../../core/kernel/vector_math.h"
#include "builtin_oracle.h"
#include "check.h"
#include "kernel_data.h"
#include "ulp.h"

/* ===== running loops ===== */

typedef struct trial {
  data_column in[3];
  _Alignas(64) unsigned char out[DATA_ITEMS * 8];
  int code;
  tine_block block;
  char message[TINE_MESSAGE_SIZE];
} trial;

static tine_value trial_at(const trial *t, const ti_signature *s, size_t i) {
  return ti_value_load(s->out[0], t->out + i * tine_dtype_size(s->out[0]));
}

static void trial_run(trial *t, const ti_signature *s) {
  const void *in[3] = {NULL};
  ptrdiff_t stride[3] = {0};
  void *out = t->out;
  for (unsigned k = 0; k < s->inputs; k++) {
    in[k] = t->in[k].first;
    stride[k] = t->in[k].stride;
  }
  t->block = (tine_block){.n = DATA_ITEMS, .in = in, .in_stride = stride, .out = &out, .message = t->message};
  t->code = ti_signature_run(s, &t->block);
}

/* Layout number 'which' of an input list; zero divisors are kept out unless asked for. */
static void trial_fill(trial *t, const char *name, const ti_signature *s, unsigned which) {
  const bool divides = (!strcmp(name, "idiv") || !strcmp(name, "mod")) && s->out[0] == TINE_I64;
  for (unsigned k = 0; k < s->inputs; k++, which /= DATA_LAYOUTS) {
    data_fill(&t->in[k], s->in[k], (data_layout)(which % DATA_LAYOUTS));
    for (size_t i = 0; divides && k == 1 && i < sizeof t->in[k].room; i += 8)
      t->in[k].room[i] |= 1;
  }
}

static bool is_cast(const tine_kernel *k) {
  return tine_dtype_find(k->name) != TINE_NONE;
}

static unsigned layouts_of(const ti_signature *s) {
  return s->inputs == 1   ? DATA_LAYOUTS
         : s->inputs == 2 ? DATA_LAYOUTS * DATA_LAYOUTS
                          : DATA_LAYOUTS * DATA_LAYOUTS * DATA_LAYOUTS;
}

/* Which of -0.0 and 0.0 is the smaller is left open. */
static bool zeros_of_two_signs(const char *name, tine_value a, tine_value b) {
  return (!strcmp(name, "min") || !strcmp(name, "max") || !strcmp(name, "clamp")) && builtin_number(a) == 0 &&
         builtin_number(b) == 0;
}

/* Another library than the one that the oracle asks need not give its bits, but no more than an ULP beside the
   truth. */
static bool as_true(const char *name, const ti_signature *s, const tine_value *v, tine_value got) {
  const bool single = s->out[0] == TINE_F32;
  long double want;
  return ti_math_fused() && (single || ULP_WIDER) &&
         ulp_true(name, v[0].as.f, s->inputs > 1 ? v[1].as.f : 0, single, &want) &&
         ulp_error(got.as.f, want, single) <= ULP_BOUND;
}

static void compare_with_oracle(const tine_kernel *kernel, const ti_signature *s, const trial *t) {
  for (size_t i = 0; i < DATA_ITEMS; i++) {
    tine_value v[3], want, got = trial_at(t, s, i);
    char text[5][64];
    for (unsigned k = 0; k < s->inputs; k++)
      v[k] = data_at(&t->in[k], i);
    want = builtin_oracle(kernel->name, s, v);
    if (data_same(got, want) || zeros_of_two_signs(kernel->name, got, want) || as_true(kernel->name, s, v, got))
      continue;
    for (unsigned k = 0; k < s->inputs; k++)
      data_text(v[k], text[k]);
    CHECK_TEXT(data_text(got, text[3]), data_text(want, text[4]));
    printf("\n    %s(%s%s%s%s%s) %s", kernel->name, text[0], s->inputs > 1 ? ", " : "", s->inputs > 1 ? text[1] : "",
           s->inputs > 2 ? ", " : "", s->inputs > 2 ? text[2] : "", s->text);
    return;
  }
}

/* Does it give any number of values an item? Such are tested by flat_map. */
static bool expands(const char *name) {
  return (ti_builtin_find(name)->flags & TINE_EXPANDS) != 0;
}

static void matches_oracle(void) {
  static trial t;
  for (size_t i = 0; ti_builtin_at(i) != NULL; i++) {
    const tine_kernel *kernel = ti_builtin_at(i);
    for (size_t j = 0; j < kernel->count && !is_cast(kernel) && !expands(kernel->name); j++) {
      const ti_signature *s = &kernel->signatures[j];
      for (unsigned which = 0; which < layouts_of(s); which++)
        for (unsigned again = 0; again < (s->inputs < 3 ? 20 : 4); again++) {
          trial_fill(&t, kernel->name, s, which);
          trial_run(&t, s);
          CHECK_STOP(t.code == 0);
          compare_with_oracle(kernel, s, &t);
        }
    }
  }
}

/* ===== the instruction sets ===== */

static void compare_sets(const ti_loop *loop, trial *t, const trial *base) {
  for (size_t i = 0; i < DATA_ITEMS; i++)
    if (!data_same(trial_at(t, &loop->signature, i), trial_at(base, &loop->signature, i))) {
      char a[64], b[64];
      CHECK_TEXT(data_text(trial_at(t, &loop->signature, i), a), data_text(trial_at(base, &loop->signature, i), b));
      printf("\n    %s, item %zu", loop->kernel, i);
      return;
    }
}

static void sets_agree(void) {
  static trial t, base;
  size_t count, same;
  const ti_loop *loops = ti_loops_variant(TI_SIMD_BASE, &count);
  for (unsigned simd = TI_SIMD_BASE + 1; simd <= ti_simd_best(); simd++) {
    const ti_loop *others = ti_loops_variant(simd, &same);
    CHECK_INT(same, count);
    for (size_t j = 0; j < count; j++) {
      CHECK_TEXT(others[j].kernel, loops[j].kernel);
      for (unsigned which = 0; which < layouts_of(&loops[j].signature) && !expands(loops[j].kernel); which++)
        for (unsigned again = 0; again < 4; again++) {
          trial_fill(&base, loops[j].kernel, &loops[j].signature, which);
          trial_run(&base, &loops[j].signature);
          t = base;
          for (unsigned k = 0; k < loops[j].signature.inputs; k++) /* the copy's columns lie in the copy */
            t.in[k].first = t.in[k].room + ((const unsigned char *)base.in[k].first - base.in[k].room);
          memset(t.out, 0x55, sizeof t.out);
          trial_run(&t, &others[j].signature);
          compare_sets(&loops[j], &t, &base);
        }
    }
  }
}

/* In each set: fma(a, b, 0) is a*b, whose sign stays where it underflows. */
static void fused_with_zero_is_the_product(void) {
  static const double a[] = {-1e-200, 1e-200, -1e-200, -3, 0, -5e-324}, b[] = {1e-200, -1e-200, -1e-200, 2, -1, 0.5};
  static const double c[] = {0, 0, -0.0, 0, -0.0, 0}, want[] = {-0.0, -0.0, 0, -6, -0.0, -0.0};
  size_t count;
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
    const ti_loop *const loops = ti_loops_variant(simd, &count);
    for (size_t j = 0; j < count; j++)
      if (strcmp(loops[j].kernel, "fma") == 0 && loops[j].signature.out[0] == TINE_F64) {
        const void *const in[] = {a, b, c};
        const ptrdiff_t stride[] = {sizeof a[0], sizeof b[0], sizeof c[0]};
        double got[6];
        void *out = got;
        CHECK_INT(loops[j].signature.block(&(tine_block){.n = 6, .in = in, .in_stride = stride, .out = &out}), 0);
        for (unsigned i = 0; i < 6; i++)
          CHECK_F64(got[i], want[i]);
      }
  }
}

/* A float of any sign and some 2^8 to 2^-8, most of them with few digits: multiples of each other are frequent. */
static double plain_number(void) {
  const double digits = (double)check_below(check_below(2) == 0 ? 20 : 1u << 24);
  return ldexp(digits, (int)check_below(16) - 8) * (check_below(2) == 0 ? 1 : -1);
}

static void fill_plain(data_column *c, tine_dtype dtype, size_t k, double x) {
  const float single = (float)x;
  c->dtype = dtype;
  c->first = c->room;
  c->stride = (ptrdiff_t)tine_dtype_size(dtype);
  memcpy(c->room + k * tine_dtype_size(dtype), dtype == TINE_F32 ? (const void *)&single : &x, tine_dtype_size(dtype));
}

/* Blocks in which every item has an ordinary quotient, or all but one: the wider sets have a quick way for those. */
static void remainders_of_plain_numbers(void) {
  static trial t;
  size_t count;
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
    const ti_loop *loops = ti_loops_variant(simd, &count);
    for (size_t j = 0; j < count; j++) {
      const ti_signature *s = &loops[j].signature;
      if (strcmp(loops[j].kernel, "mod") != 0 || s->in[0] == TINE_I64)
        continue;
      for (unsigned again = 0; again < 400; again++) {
        for (size_t i = 0; i < DATA_ITEMS; i++) {
          const double b = plain_number(), divisor = b != 0 ? b : 3;
          const double a = check_below(2) == 0 ? plain_number() : (double)check_below(1000) * divisor;
          fill_plain(&t.in[0], s->in[0], i, check_below(4) == 0 ? nextafter(a, 0) : a);
          fill_plain(&t.in[1], s->in[1], i, divisor);
        }
        if (again % 8 == 0)
          fill_plain(&t.in[again / 8 % 2], s->in[0], check_below(DATA_ITEMS), again % 16 == 0 ? 0x1p90 : INFINITY);
        if (again % 3 == 1)
          t.in[again % 2].stride = 0;
        trial_run(&t, s);
        compare_with_oracle(ti_builtin_find("mod"), s, &t);
      }
    }
  }
}

static void best_set_is_used(void) {
  size_t count;
  const ti_loop *loops = ti_loops_variant(ti_simd_best(), &count);
  for (size_t i = 0; i < count; i++) {
    const tine_kernel *kernel = ti_builtin_find(loops[i].kernel);
    bool found = false;
    for (size_t j = 0; j < kernel->count; j++)
      found = found || kernel->signatures[j].block == loops[i].signature.block;
    CHECK(found);
  }
}

/* ===== failing ===== */

static void zero_divisor(const char *name, const char *message) {
  static trial t;
  const ti_signature *s = &ti_builtin_find(name)->signatures[0];
  CHECK_TEXT(s->text, "i64 i64 -> i64");
  for (unsigned which = 0; which < layouts_of(s); which++) {
    const size_t at = check_below(DATA_ITEMS);
    trial_fill(&t, name, s, which);
    if (t.in[1].stride == 0)
      memset((void *)(uintptr_t)t.in[1].first, 0, 8);
    else
      for (size_t i = at; i < DATA_ITEMS; i += 1 + check_below(9))
        memset((char *)(uintptr_t)t.in[1].first + (ptrdiff_t)i * t.in[1].stride, 0, 8);
    trial_run(&t, s);
    CHECK_INT(t.code, TINE_EKERNEL);
    CHECK_TEXT(t.message, message);
    CHECK_INT(t.block.failed, t.in[1].stride == 0 ? 0 : at);
    for (size_t i = 0; i < t.block.failed; i++) {
      const tine_value v[2] = {data_at(&t.in[0], i), data_at(&t.in[1], i)};
      CHECK(data_same(trial_at(&t, s, i), builtin_oracle(name, s, v)));
    }
  }
}

static void integer_division_by_zero(void) {
  zero_divisor("idiv", "attempt to perform 'n//0'");
  zero_divisor("mod", "attempt to perform 'n%%0'");
}

/* ===== the table ===== */

static void names(void) {
  static const char *const all[] = {
      "abs",    "acos",  "add",   "and", "asin", "atan",  "atan2", "band", "bnot",     "bool",  "bor",   "bxor",
      "cbrt",   "ceil",  "clamp", "cos", "cosh", "div",   "eq",    "exp",  "f32",      "f64",   "floor", "fma",
      "ge",     "gt",    "hypot", "i16", "i32",  "i64",   "i8",    "idiv", "isfinite", "isnan", "le",    "log",
      "log10",  "log2",  "lt",    "max", "min",  "mod",   "mul",   "ne",   "neg",      "not",   "or",    "pow",
      "repeat", "round", "shl",   "shr", "sign", "sin",   "sinh",  "span", "sqrt",     "sub",   "tan",   "tanh",
      "trunc",  "u16",   "u32",   "u64", "u8",   "where", "xor"};
  const size_t count = sizeof all / sizeof all[0];
  CHECK_INT(ti_builtin_count(), count);
  for (size_t i = 0; i < count; i++) {
    const tine_kernel *kernel = ti_builtin_at(i);
    CHECK_TEXT(kernel->name, all[i]);
    CHECK(tine_kernel_find(NULL, all[i], NULL) == kernel);
    CHECK(kernel->builtin && kernel->mode == TINE_FN && kernel->count > 0);
    CHECK(strlen(tine_kernel_help(kernel)) > 0 && strchr(tine_kernel_help(kernel), '\n') == NULL);
  }
  CHECK(ti_builtin_at(count) == NULL);
  CHECK(ti_builtin_find("") == NULL);
}

static void flags(void) {
  static const char both[] = " add mul min max and or xor band bor bxor ", expanding[] = " repeat span ";
  for (size_t i = 0; ti_builtin_at(i) != NULL; i++) {
    const tine_kernel *kernel = ti_builtin_at(i);
    char word[32];
    snprintf(word, sizeof word, " %s ", kernel->name);
    CHECK_INT(tine_kernel_flags(kernel), strstr(both, word) != NULL        ? TINE_ASSOCIATIVE | TINE_COMMUTATIVE
                                         : strstr(expanding, word) != NULL ? TINE_EXPANDS
                                                                           : 0);
  }
}

/* What binding can find must be found by its own types, and every text must read back as its signature. */
static void signatures_are_consistent(void) {
  for (size_t i = 0; ti_builtin_at(i) != NULL; i++) {
    const tine_kernel *kernel = ti_builtin_at(i);
    for (size_t j = 0; j < kernel->count; j++) {
      const ti_signature *s = &kernel->signatures[j];
      ti_signature again;
      char text[TI_SIGNATURE_TEXT];
      CHECK_INT(ti_signature_parse(&again, s->text, NULL), TINE_OK);
      ti_signature_format(&again, text);
      CHECK_TEXT(text, s->text);
      CHECK(again.inputs == s->inputs && again.outputs == 1 && s->outputs == 1);
      CHECK_TEXT(tine_kernel_signature_at(kernel, j), s->text);
      CHECK_TEXT(tine_kernel_signature_for(kernel, s->in, s->inputs, NULL), s->text);
    }
    CHECK(tine_kernel_signature_at(kernel, kernel->count) == NULL);
  }
}

CHECK_SUITE(builtin, CHECK_CASE(names), CHECK_CASE(flags), CHECK_CASE(signatures_are_consistent),
            CHECK_CASE(matches_oracle), CHECK_CASE(sets_agree), CHECK_CASE(fused_with_zero_is_the_product),
            CHECK_CASE(remainders_of_plain_numbers), CHECK_CASE(best_set_is_used), CHECK_CASE(integer_division_by_zero))
