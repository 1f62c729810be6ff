/*
** Expressions: random ones over columns of every type against the same kernels one by one, each by an 'extend' of its
** own; 'and' and 'or' against a loop; what texts mean and what is wrong with them; sizes; memory that runs out.
*/
#include "../../core/base/memory.h"
#include "../../core/stage/stage.h"
#include "../../core/tine.h"
#include "check.h"
#include "kernel_data.h"
#include "ration.h"

enum { COLUMNS = 4, ITEMS = 1500, OPERATIONS = 12, TEXT = 4096 };

/* A column of a pipeline, or a constant. */
typedef struct term {
  bool constant;
  unsigned column;
  tine_value value;
} term;

/* An expression as text, and as a pipeline that has its value in a column of its own. */
typedef struct both {
  char text[TEXT];
  size_t used;
  tine_pipeline *p;
  bool failed; /* the extends did not take it */
  bool raises; /* constants for which a kernel fails: an expression fails where they are asked for, extends cannot */
} both;

static tine_array *columns[COLUMNS];

/* Of any types; or of f64, for expressions that become programs. */
static void make_columns(bool floats) {
  for (unsigned c = 0; c < COLUMNS; c++) {
    const tine_dtype d = floats ? TINE_F64 : (tine_dtype)(TINE_BOOL + check_below(TINE_DTYPE_END - TINE_BOOL));
    CHECK(tine_array_create(&columns[c], d, ITEMS, NULL) == TINE_OK);
    for (unsigned i = 0; i < ITEMS; i++) {
      char *const at = (char *)tine_array_data(columns[c]) + i * tine_dtype_size(d);
      data_write(d, at);
      if (d == TINE_BOOL)
        *at = *at != 0;
      if (ti_dtype_integer(d) && *at == 0 && check_below(20) != 0)
        *at = 1; /* divisors are seldom 0 */
    }
  }
}

static tine_pipeline *zipped(void) {
  tine_pipeline *p = tine_slice(columns[0]);
  for (unsigned c = 1; c < COLUMNS; c++)
    p = tine_zip(p, tine_slice(columns[c]));
  return p;
}

static void drop_columns(void) {
  for (unsigned c = 0; c < COLUMNS; c++)
    tine_array_release(columns[c]);
}

static void add(both *b, const char *text) {
  b->used += (size_t)snprintf(b->text + b->used, TEXT - b->used, "%s", text);
}

/* How the kernels are written, and how many arguments they have. */
static const struct {
  const char *kernel, *before, *between, *after;
  unsigned count;
} forms[] = {{"add", "(", "+", ")", 2},     {"sub", "(", "-", ")", 2},         {"mul", "(", "*", ")", 2},
             {"div", "(", "/", ")", 2},     {"idiv", "(", "//", ")", 2},       {"mod", "(", "%", ")", 2},
             {"pow", "(", "^", ")", 2},     {"neg", "(-", "", ")", 1},         {"band", "(", "&", ")", 2},
             {"bor", "(", "|", ")", 2},     {"bxor", "(", "~", ")", 2},        {"bnot", "(~", "", ")", 1},
             {"shl", "(", "<<", ")", 2},    {"shr", "(", ">>", ")", 2},        {"lt", "(", "<", ")", 2},
             {"le", "(", "<=", ")", 2},     {"gt", "(", ">", ")", 2},          {"ge", "(", ">=", ")", 2},
             {"eq", "(", "==", ")", 2},     {"ne", "(", "~=", ")", 2},         {"not", "(not ", "", ")", 1},
             {"min", "min(", ",", ")", 2},  {"max", "math.max(", ",", ")", 2}, {"abs", "math.abs(", "", ")", 1},
             {"sqrt", "sqrt(", "", ")", 1}, {"floor", "floor(", "", ")", 1},   {"where", "where(", ",", ")", 3},
             {"fma", "fma(", ",", ")", 3},  {"i64", "i64(", "", ")", 1},       {"f32", "f32(", "", ")", 1},
             {"u8", "u8(", "", ")", 1},     {"xor", "xor(", ",", ")", 2},      {"clamp", "clamp(", ",", ")", 3}};
enum { FORMS = sizeof forms / sizeof forms[0] };

static term constant_term(both *b) {
  static const struct {
    const char *text;
    tine_value value;
  } list[] = {{"2", {TINE_I64, {.i = 2}}},        {"0.5", {TINE_F64, {.f = 0.5}}},
              {"0x10", {TINE_I64, {.i = 16}}},    {"1e3", {TINE_F64, {.f = 1000}}},
              {"true", {TINE_BOOL, {.b = true}}}, {"math.huge", {TINE_F64, {.f = INFINITY}}},
              {"300", {TINE_I64, {.i = 300}}}};
  const size_t i = check_below(sizeof list / sizeof list[0]);
  add(b, list[i].text);
  return (term){true, 0, list[i].value};
}

/* Beside columns of u64 alone a negative integer is the u64 of its bits. */
static void adapt(const tine_pipeline *p, const int *at, tine_value *values, unsigned n) {
  bool all = true, any = false;
  for (unsigned k = 0; k < n; k++) {
    const tine_dtype d = at[k] < 0 ? values[k].dtype : tine_pipeline_dtype(p, (unsigned)at[k]);
    all = all && (at[k] < 0 || d == TINE_U64 || d == TINE_BOOL);
    any = any || (at[k] >= 0 && d == TINE_U64);
  }
  for (unsigned k = 0; k < n && all && any; k++)
    if (at[k] < 0 && values[k].dtype == TINE_I64 && values[k].as.i < 0)
      values[k] = (tine_value){.dtype = TINE_U64, .as.u = (uint64_t)values[k].as.i};
}

/* Applies kernel k to terms: as another column of the pipeline. */
static term apply_form(both *b, unsigned f, const term *args) {
  int at[3];
  tine_value values[3] = {{TINE_NONE, {false}}};
  bool all = true;
  tine_kernel *const kernel = tine_kernel_find(NULL, forms[f].kernel, NULL);
  for (unsigned k = 0; k < forms[f].count; k++) {
    at[k] = args[k].constant ? -1 : (int)args[k].column;
    values[k] = args[k].value;
    all = all && args[k].constant;
  }
  if (all) {
    tine_value out[TINE_MAX_OUTPUTS];
    size_t outs;
    const tine_status status = tine_kernel_call(kernel, values, forms[f].count, out, &outs, NULL);
    b->raises = b->raises || status == TINE_EKERNEL;
    b->failed = b->failed || status != TINE_OK;
    return (term){true, 0, b->failed ? values[0] : out[0]};
  }
  adapt(b->p, at, values, forms[f].count);
  b->p = tine_extend_args(b->p, kernel, at, values, forms[f].count);
  b->failed = b->failed || tine_pipeline_check(b->p, NULL) != TINE_OK;
  return (term){.column = b->failed ? 0 : tine_pipeline_columns(b->p) - 1};
}

static term grow(both *b, unsigned depth, unsigned *left) {
  term args[3];
  if (depth == 0 || *left == 0 || check_below(5) == 0) {
    char name[8];
    if (check_below(4) == 0)
      return constant_term(b);
    const unsigned c = (unsigned)check_below(COLUMNS);
    snprintf(name, sizeof name, check_below(2) ? "c%u" : "%.0u%c", c + 1, "xyzw"[c]);
    if (name[0] != 'c')
      snprintf(name, sizeof name, "%c", "xyzw"[c]);
    add(b, name);
    return (term){.column = c};
  }
  const unsigned f = (unsigned)check_below(FORMS);
  (*left)--;
  add(b, forms[f].before);
  for (unsigned k = 0; k < forms[f].count; k++) {
    if (k > 0)
      add(b, forms[f].between);
    args[k] = grow(b, depth - 1, left);
  }
  add(b, forms[f].after);
  return apply_form(b, f, args);
}

/* The same bits, but for those of a NaN: which of two NaNs an operation gives C leaves open. */
static bool same_items(const tine_array *a, const tine_array *b) {
  const tine_dtype d = tine_array_dtype(a);
  const size_t size = tine_dtype_size(d);
  bool same = d == tine_array_dtype(b);
  for (size_t i = 0; i < ITEMS && same; i++) {
    const char *const x = (const char *)tine_array_data(a) + i * size, *const y =
                                                                           (const char *)tine_array_data(b) + i * size;
    same = data_same(ti_value_load(d, x), ti_value_load(d, y));
  }
  return same;
}

/* Both collected: the same array, or a failure at the same item. */
static bool same(tine_pipeline *p, tine_pipeline *q, const char *text) {
  tine_array *a[TINE_MAX_COLUMNS] = {NULL}, *b[TINE_MAX_COLUMNS] = {NULL};
  tine_error x = {.item = 0}, y = {.item = 0};
  const tine_status got = tine_collect(p, a, &x), want = tine_collect(q, b, &y);
  bool well = CHECK_INT(got, want);
  if (got != TINE_OK || want != TINE_OK)
    well = well && CHECK_INT(x.item, y.item);
  else
    well = CHECK(same_items(a[0], b[0]));
  if (!well)
    printf("\n  of \"%s\": %s | %s", text, got != TINE_OK ? x.message : "", want != TINE_OK ? y.message : "");
  tine_array_release(a[0]);
  tine_array_release(b[0]);
  return well;
}

static bool same_sums(tine_pipeline *p, tine_pipeline *q, const char *text) {
  tine_value a = {.as.i = 1}, b = {.as.i = 2};
  tine_error x = {.item = 0}, y = {.item = 0};
  const tine_status got = tine_sum(p, &a, &x), want = tine_sum(q, &b, &y);
  const bool well = CHECK_INT(got, want) &&
                    (got != TINE_OK ? CHECK_INT(x.item, y.item)
                                    : CHECK_INT(a.dtype, b.dtype) && (a.dtype == TINE_F64 ? CHECK_F64(a.as.f, b.as.f)
                                                                                          : CHECK_INT(a.as.i, b.as.i)));
  if (!well)
    printf("\n  the sum of \"%s\": %s | %s", text, got != TINE_OK ? x.message : "", want != TINE_OK ? y.message : "");
  return well;
}

static void random_ones_are_their_kernels(void) {
  unsigned taken = 0;
  for (unsigned round = 0; round < 3000; round++) {
    both b = {.used = 0};
    unsigned left = OPERATIONS;
    tine_kernel *kernel = NULL;
    tine_error err;
    make_columns(round % 3 == 0);
    b.p = zipped();
    const term t = grow(&b, 5, &left);
    const tine_status status = tine_kernel_parse(&kernel, NULL, b.text, NULL, 0, 0, &err);
    if (!CHECK_INT(status, TINE_OK))
      printf("\n  of \"%s\": %s", b.text, err.message);
    tine_pipeline *const p = status == TINE_OK ? tine_map(zipped(), kernel, NULL, 0) : NULL;
    bool well = status == TINE_OK;
    if (well && !t.constant && !b.raises) {
      const bool fits = tine_pipeline_check(p, &err) == TINE_OK;
      well = CHECK(fits == !b.failed);
      if (!well)
        printf("\n  of \"%s\": %s", b.text, fits ? "taken" : err.message);
      if (well && fits) {
        tine_pipeline *const q = tine_select(tine_pipeline_retain(b.p), &t.column, 1);
        well = same(p, q, b.text) && same_sums(p, q, b.text);
        tine_pipeline_release(q);
        taken++;
      }
    }
    tine_pipeline_release(p);
    tine_pipeline_release(b.p);
    tine_kernel_release(kernel);
    drop_columns();
    if (!well)
      return;
  }
  CHECK(taken > 300);
}

/* ----- What is right of 'and' and 'or' ----- */

static int64_t divided(const int64_t *v, bool *failed) {
  *failed = *failed || v[1] == 0;
  return v[1] == 0 ? 0 : v[0] / v[1];
}

/* Is "y ~= 0 and (x // y > 2 or x % y == 0)" as Lua evaluates it; all positive. */
static void what_is_not_asked_for_does_not_fail(void) {
  static int64_t v[3][ITEMS];
  static const char *const texts[] = {"y ~= 0 and x // y > 2",
                                      "y == 0 or x // y > 2",
                                      "x // y > 2",
                                      "z > 2 and (y ~= 0 and x // y > 2)",
                                      "z > 2 or not (y == 0 or x // y > 2)",
                                      "(z > 2 and x // y > 2) or z < 1",
                                      "(x // y > 2 or z > 1) and y > 0"};
  for (unsigned round = 0; round < 200; round++)
    for (unsigned t = 0; t < sizeof texts / sizeof texts[0]; t++) {
      tine_kernel *kernel;
      tine_pipeline *p = NULL;
      tine_array *out = NULL;
      tine_error err = {.item = 0};
      uint64_t item = ITEMS;
      bool want[ITEMS];
      for (unsigned i = 0; i < ITEMS; i++)
        for (unsigned c = 0; c < 3; c++)
          v[c][i] = (int64_t)check_below(c == 1 && check_below(50) > 0 ? 1 : 6) + (c == 1 && check_below(300) > 0);
      for (unsigned i = 0; i < ITEMS && item == ITEMS; i++) {
        const int64_t at[3] = {v[0][i], v[1][i], v[2][i]};
        bool failed = false;
        switch (t) {
          case 0: want[i] = at[1] != 0 && divided(at, &failed) > 2; break;
          case 1: want[i] = at[1] == 0 || divided(at, &failed) > 2; break;
          case 2: want[i] = divided(at, &failed) > 2; break;
          case 3: want[i] = at[2] > 2 && (at[1] != 0 && divided(at, &failed) > 2); break;
          case 4: want[i] = at[2] > 2 || !(at[1] == 0 || divided(at, &failed) > 2); break;
          case 5: want[i] = (at[2] > 2 && divided(at, &failed) > 2) || at[2] < 1; break;
          default: want[i] = (divided(at, &failed) > 2 || at[2] > 1) && at[1] > 0; break;
        }
        if (failed)
          item = i;
      }
      for (unsigned c = 0; c < 3; c++) {
        tine_array *const a = tine_slice_of(TINE_I64, v[c], ITEMS, sizeof v[c][0]);
        p = c == 0 ? tine_slice(a) : tine_zip(p, tine_slice(a));
        tine_array_release(a);
      }
      CHECK_INT(tine_kernel_parse(&kernel, NULL, texts[t], NULL, 0, 0, NULL), TINE_OK);
      p = tine_map(p, kernel, NULL, 0);
      CHECK_INT(tine_collect(p, &out, &err), item < ITEMS ? TINE_EKERNEL : TINE_OK);
      if (item < ITEMS)
        CHECK_INT(err.item, item);
      else if (CHECK(out != NULL))
        CHECK(memcmp(tine_array_data(out), want, ITEMS) == 0);
      tine_array_release(out);
      tine_pipeline_release(p);
      tine_kernel_release(kernel);
    }
}

/* ----- Texts that are refused ----- */

static void refused(const char *text, const tine_named_value *values, size_t n, unsigned flags, tine_status status,
                    const char *part) {
  tine_kernel *kernel = NULL;
  tine_error err = {.status = TINE_OK};
  CHECK_INT(tine_kernel_parse(&kernel, NULL, text, values, n, flags, &err), status);
  CHECK(kernel == NULL);
  CHECK_CONTAINS(err.message, part);
}

static void what_is_wrong_is_told_and_where(void) {
  const tine_named_value two[] = {{"a", tine_i64(2), NULL}, {"half", tine_f64(0.5), NULL}};
  const tine_named_value nameless = {NULL, tine_i64(2), NULL};
  const tine_named_value input = {"y", tine_i64(2), NULL}, constant = {"math.pi", tine_i64(3), NULL};
  const tine_named_value typed = {"a", {TINE_F32, {.f = 2}}, NULL};
  refused(NULL, NULL, 0, 0, TINE_EINVAL, "no expression");
  refused("x", NULL, 1, 0, TINE_EINVAL, "no values");
  refused("x", &nameless, 1, 0, TINE_EINVAL, "a value without a name");
  refused("x", &input, 1, 0, TINE_EINVAL, "value 'y' has a name that expressions have for something else");
  refused("x", &constant, 1, 0, TINE_EINVAL, "value 'math.pi' has a name");
  refused("x", &typed, 1, 0, TINE_ETYPE, "value 'a' is neither a number nor a bool nor an array");
  refused("x", NULL, 0, TINE_EXPANDS, TINE_EINVAL, "associative or commutative, or neither");
  refused("", NULL, 0, 0, TINE_EINVAL, "expression \"\": it is empty at 1");
  refused("x + hlaf", two, 2, 0, TINE_ENAME, "unknown name 'hlaf'; did you mean 'half'? at 5");
  refused("a(x)", two, 2, 0, TINE_ENAME, "'a' is a value and cannot be called at 1");
  refused("x y", NULL, 0, 0, TINE_EINVAL, "unexpected 'y' at 3");
  refused("x +\n\ty *", NULL, 0, 0, TINE_EINVAL, "expression \"x +  y *\": it ends too early at 9");
  refused("fma(x, y)", NULL, 0, 0, TINE_ETYPE, "kernel 'fma' takes 3 inputs, got 2 at 1");
  refused("math.sin()", NULL, 0, 0, TINE_ETYPE, "math.sin takes 1 input, got 0 at 1");
  refused("max(x,)", NULL, 0, 0, TINE_EINVAL, "unexpected ')' at 7");
  refused("x]", NULL, 0, 0, TINE_EINVAL, "unexpected ']' at 2");
  refused("c0", NULL, 0, 0, TINE_ENAME, "inputs are c1 to c");
  refused("c99999999999999999999", NULL, 0, 0, TINE_ENAME, "inputs are c1 to c");
  refused("c1+c2+c3+c4+c5+c6+c7+c8+c9+c10+c11+c12+c13+c14+c15+c16+c17", NULL, 0, 0, TINE_ERANGE, "more than 16 inputs");
  refused("0x1p99999", NULL, 0, 0, TINE_ERANGE, "out of range");
  refused("x + \"s\"", NULL, 0, 0, TINE_EINVAL, "expressions have no strings");
  refused("x \xff y", NULL, 0, 0, TINE_EINVAL, "at 3");
}

/* A name is looked up whole, however little of it a message has room for. */
static void long_names_are_whole(void) {
  char name[200], text[256];
  tine_named_value value = {name, tine_i64(7), NULL};
  tine_value x = tine_f64(3), out;
  tine_kernel *kernel;
  size_t outs;
  memset(name, 'v', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  snprintf(text, sizeof text, "x + %s", name);
  if (CHECK_INT(tine_kernel_parse(&kernel, NULL, text, &value, 1, 0, NULL), TINE_OK)) {
    CHECK_INT(tine_kernel_call(kernel, &x, 1, &out, &outs, NULL), TINE_OK);
    CHECK_F64(out.as.f, 10);
    tine_kernel_release(kernel);
  }
  text[strlen(text) - 1] = '\0'; /* a name less by a letter is another */
  refused(text, &value, 1, 0, TINE_ENAME, "unknown name 'vvv");
  snprintf(text, sizeof text, "%s(x)", name);
  value.name = "a";
  refused(text, &value, 1, 0, TINE_ENAME, "unknown kernel 'vvv");
}

/* ----- Folds ----- */

static void one_that_folds_is_promised_to_be_associative(void) {
  static const struct {
    const char *text;
    tine_status status;
    int64_t sum;
    const char *message;
  } cases[] = {{"x + y", TINE_OK, 55, ""},
               {"max(x, y)", TINE_OK, 10, ""},
               {"y", TINE_OK, 10, ""},
               {"x + z", TINE_ETYPE, 0, "'reduce' needs an expression of x and y; \"x + z\" reads input 3"},
               {"x < y", TINE_ETYPE, 0, "'reduce'"}};
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    tine_pipeline *const p = tine_range(1, 10, 1);
    tine_error err = {.status = TINE_OK};
    tine_value v = {.as.i = 0};
    tine_kernel *kernel;
    CHECK_INT(tine_kernel_parse(&kernel, NULL, cases[k].text, NULL, 0, TINE_ASSOCIATIVE, NULL), TINE_OK);
    CHECK_INT(tine_reduce(p, kernel, NULL, &v, &err), cases[k].status);
    if (cases[k].status == TINE_OK)
      CHECK_INT(v.as.i, cases[k].sum);
    else
      CHECK_CONTAINS(err.message, cases[k].message);
    tine_kernel_release(kernel);
    CHECK_INT(tine_kernel_parse(&kernel, NULL, cases[k].text, NULL, 0, 0, NULL), TINE_OK);
    CHECK(tine_reduce(p, kernel, NULL, &v, &err) != TINE_OK);
    CHECK_CONTAINS(err.message, "is not associative");
    tine_kernel_release(kernel);
    tine_pipeline_release(p);
  }
}

/* ----- Memory that runs out ----- */

static void every_allocation_may_fail(void) {
  static const char text[] = "a*lut[x % 3 + 1] + math.max(x, 3, a) - sqrt(f64(x))";
  static int64_t table[] = {5, 6, 7};
  tine_status status = TINE_ENOMEM;
  int64_t n = 0;
  if (!ration())
    return;
  for (; status == TINE_ENOMEM; n++) {
    tine_named_value values[] = {{"a", tine_f64(2), NULL}, {"lut", {TINE_NONE, {false}}, NULL}};
    tine_kernel *kernel = NULL;
    tine_value sum;
    allocations_left = INT64_MAX;
    values[1].array = tine_slice_of(TINE_I64, table, 3, sizeof table[0]);
    allocations_left = n;
    status = tine_kernel_parse(&kernel, NULL, text, values, 2, 0, NULL);
    CHECK(status == TINE_OK || (status == TINE_ENOMEM && kernel == NULL));
    if (status == TINE_OK) {
      tine_pipeline *const p = tine_map(tine_range(1, 3000, 1), kernel, NULL, 0);
      status = tine_sum(p, &sum, NULL);
      tine_pipeline_release(p);
    }
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    tine_kernel_release(kernel);
    tine_array_release(values[1].array);
  }
  CHECK_INT(status, TINE_OK);
  CHECK(n > 10);
  end_ration();
}

enum { DOUBLINGS = 11, SUMMANDS = 1 << DOUBLINGS };

/* A sum of so many products: all the same, each half of it what the other is, or all different. */
static void write_sum(char *text, size_t size, bool same) {
  static char half[SUMMANDS * 16];
  size_t used = (size_t)snprintf(text, size, "x*y");
  for (int i = 0; i < DOUBLINGS && same; i++) {
    memcpy(half, text, used + 1);
    used = (size_t)snprintf(text, size, "(%s+%s)", half, half);
  }
  for (int i = 1; i < SUMMANDS && !same; i++)
    used += (size_t)snprintf(text + used, size - used, "+x*%d", i);
  CHECK(used < size);
}

static void check_work(bool same) {
  static char text[SUMMANDS * 16];
  tine_kernel *kernel = NULL;
  write_sum(text, sizeof text, same);
  CHECK_STOP(tine_kernel_parse(&kernel, NULL, text, NULL, 0, 0, NULL) == TINE_OK);
  for (int64_t n = 1; n < 200; n += 33) {
    tine_pipeline *const p = tine_map(tine_zip(tine_range(1, n, 1), tine_range(2, n + 1, 1)), kernel, NULL, 0);
    const int64_t products = n * (n + 1) * (n + 2) / 3, numbers = n * (n + 1) / 2;
    tine_value sum;
    CHECK_INT(p->cheap, same);
    CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
    CHECK_INT(sum.as.i, same ? products * SUMMANDS : products + numbers * (SUMMANDS * (SUMMANDS - 1) / 2));
    tine_pipeline_release(p);
  }
  tine_kernel_release(kernel);
}

/* Whether an item is so much work that loops have to measure it. */
static void what_is_written_again_is_no_more_work(void) {
  check_work(true);
  check_work(false);
}

CHECK_SUITE(expression, CHECK_CASE(random_ones_are_their_kernels), CHECK_CASE(what_is_not_asked_for_does_not_fail),
            CHECK_CASE(what_is_wrong_is_told_and_where), CHECK_CASE(long_names_are_whole),
            CHECK_CASE(one_that_folds_is_promised_to_be_associative), CHECK_CASE(what_is_written_again_is_no_more_work),
            CHECK_CASE(every_allocation_may_fail))
