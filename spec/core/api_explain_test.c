/*
** Plans of random pipelines, many of whose kernels a text tells: each line is what core/tine.h tells of its stage; cut
** to any size the text is ended, nothing is written behind it, and its length is that of the whole.
*/
#include "pool_set.h"

enum { ROUNDS = 400, STAGES = 60, LINE = 800, TEXT = 1200 };

/* The lines that are to come, in the order of evaluation. */
static char lines[STAGES][LINE];
static unsigned count;

/* ----- Expressions ----- */

static const char *pick(const char *const *of, size_t n) {
  return of[check_below(n)];
}
#define PICK(...) \
  pick((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* A text over n columns of numbers, of that many terms, with spaces of any kind. */
static void some_text(char *text, unsigned n, bool condition) {
  unsigned terms = 1 + (unsigned)check_below(check_below(4) == 0 ? 60 : 4);
  size_t used = 0;
  if (condition)
    terms = 1 + terms % 20;
  for (unsigned k = 0; k < terms; k++)
    used +=
        (size_t)snprintf(text + used, TEXT - used, "%s%sc%u%s", k > 0 ? PICK(" + ", "- ", " * ", " +\n", "\t- ") : "",
                         PICK("", "", "2*", "-", "( 1 ) * "), 1 + (unsigned)check_below(n), PICK("", " ", "  "));
  if (condition)
    snprintf(text + used, TEXT - used, "%s", PICK(" > 1", "<=0.5", " ~= 3 or c1 == 1"));
}

static tine_kernel *some_kernel(const tine_pipeline *p, bool condition) {
  tine_kernel *k = NULL;
  char text[TEXT];
  some_text(text, tine_pipeline_columns(p), condition);
  CHECK_INT(tine_kernel_parse(&k, NULL, text, NULL, 0, 0, NULL), TINE_OK);
  const char *const name = tine_kernel_name(k);
  const size_t shown = strlen(text) < 40 ? strlen(text) : 40;
  for (size_t i = 0; i < shown; i++) /* all of a short text, the beginning of a long one; in one line */
    CHECK(name[i] == (text[i] < ' ' ? ' ' : text[i]));
  CHECK(strchr(name, '\n') == NULL && strlen(name) < 100);
  return k;
}

/* ----- Lines ----- */

static size_t shape(const tine_pipeline *p, char *out, size_t size) {
  size_t used = 0;
  uint64_t most;
  for (unsigned c = 0; c < tine_pipeline_columns(p); c++)
    used +=
        (size_t)snprintf(out + used, size - used, "%s%s", c > 0 ? " " : "", tine_dtype_name(tine_pipeline_dtype(p, c)));
  if (tine_pipeline_kind(p) >= TINE_EXACT)
    return used + (size_t)snprintf(out + used, size - used, "[%" PRIu64 "]", tine_pipeline_len(p));
  if (tine_pipeline_bounds(p, NULL, &most))
    return used + (size_t)snprintf(out + used, size - used, "[at most %" PRIu64 "]", most);
  return used + (size_t)snprintf(out + used, size - used, "[?]");
}

/* The line of a stage just built, the number-th of its branch, which may be told where it was built. */
static tine_pipeline *told(tine_pipeline *p, unsigned indent, unsigned number, const char *what) {
  char *const line = lines[count++];
  size_t used = (size_t)snprintf(line, LINE, "%*s%u %s: ", 2 * (int)indent, "", number, what);
  used += shape(p, line + used, LINE - used);
  if (check_below(2) == 0) {
    const char *const where =
        PICK("job.lua:17", "a/path/longer/than/the/place/that/stages/have/for/their/scripts/of/any/kind.lua:100000");
    tine_pipeline_where(p, where);
    snprintf(line + used, LINE - used, ", built at %s", where);
  }
  return p;
}

/* A stage with a kernel; 'base' has the types that it sees. */
typedef tine_pipeline *with_kernel(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);

static tine_pipeline *applied(tine_pipeline *p, unsigned indent, unsigned number, const char *name, with_kernel *stage,
                              bool condition) {
  char what[LINE / 2];
  tine_dtype dtypes[TINE_MAX_COLUMNS];
  const unsigned columns = tine_pipeline_columns(p);
  tine_kernel *const k = some_kernel(p, condition);
  for (unsigned c = 0; c < columns; c++)
    dtypes[c] = tine_pipeline_dtype(p, c);
  snprintf(what, sizeof what, "%s %s (%s)", name, tine_kernel_name(k),
           tine_kernel_signature_for(k, dtypes, columns, NULL));
  p = told(stage(p, k, NULL, 0), indent, number, what);
  tine_kernel_release(k);
  return p;
}

static tine_pipeline *source(unsigned indent) {
  static const tine_dtype dtypes[] = {TINE_F64, TINE_F32, TINE_I64, TINE_U8};
  if (check_below(3) == 0)
    return told(tine_range(1, 1 + (int64_t)check_below(3000), 1), indent, 1, "range from 1 step 1");
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, dtypes[check_below(4)], check_below(3000), NULL), TINE_OK);
  tine_pipeline *const p = tine_slice(a);
  tine_array_release(a);
  return told(p, indent, 1, "slice");
}

static tine_pipeline *some_pipeline(unsigned stages, unsigned indent) {
  tine_pipeline *p = source(indent);
  for (unsigned number = 2; number < 2 + stages; number++) {
    const unsigned last = tine_pipeline_columns(p) - 1;
    const uint64_t way = check_below(10);
    if (way < 4)
      p = applied(p, indent, number, "map", tine_map, false);
    else if (way == 4)
      p = applied(p, indent, number, "filter", tine_filter, true);
    else if (way == 5 && last < 6)
      p = applied(p, indent, number, "extend", tine_extend, false);
    else if (way == 6 && tine_pipeline_kind(p) == TINE_INDEXED && indent < 3 && count < STAGES / 2) {
      tine_pipeline *const other = source(indent + 1);
      p = told(tine_zip(p, other), indent, number, "zip");
    } else if (way == 7) {
      char what[30];
      snprintf(what, sizeof what, "select %u", last + 1);
      p = told(tine_select(p, &last, 1), indent, number, what);
    } else
      p = told(tine_sequential(p), indent, number, "sequential");
  }
  return p;
}

/* ----- Plans ----- */

/* As much of the text as fits, whatever the size; nothing behind it. */
static void check_cut(const tine_pipeline *p, const char *whole, size_t length, size_t size) {
  char *const buffer = malloc(size + 16);
  CHECK_STOP(buffer != NULL);
  memset(buffer, 'A', size + 16);
  CHECK_INT(tine_pipeline_explain(p, buffer, size), length);
  for (size_t i = size; i < size + 16; i++)
    CHECK(buffer[i] == 'A');
  if (size > 0)
    CHECK(memchr(buffer, '\0', size) != NULL && strlen(buffer) == (size - 1 < length ? size - 1 : length) &&
          strncmp(buffer, whole, size - 1) == 0);
  free(buffer);
}

/* The whole text, which the caller frees; NULL: there is no memory for it. */
static char *plan_of(const tine_pipeline *p) {
  const size_t length = tine_pipeline_explain(p, NULL, 0);
  char *const whole = malloc(length + 1);
  if (!CHECK(whole != NULL))
    return NULL;
  CHECK_INT(tine_pipeline_explain(p, whole, length + 1), length);
  CHECK_INT(strlen(whole), length);
  for (size_t size = 0; size < 40; size++)
    check_cut(p, whole, length, size);
  for (int i = 0; i < 20; i++)
    check_cut(p, whole, length, check_below(length + 40));
  check_cut(p, whole, length, length);
  check_cut(p, whole, length, length + 1);
  return whole;
}

/* A line is what it is to be, and perhaps how it is run. */
static void check_line(const char *line, size_t n, const char *want) {
  static const char pass[] = ", in one pass with stage ", its[] = ", its ";
  const size_t length = strlen(want);
  if (!CHECK(n >= length && strncmp(line, want, length) == 0) ||
      !CHECK(n == length || strncmp(line + length, pass, sizeof pass - 1) == 0 ||
             strncmp(line + length, its, sizeof its - 1) == 0))
    printf(" (%.*s, for %s)", (int)n, line, want);
}

static void each_line_tells_its_stage(void) {
  static const char *const kinds[] = {"parallel", "bounded", "exact", "indexed"};
  for (int round = 0; round < ROUNDS; round++) {
    char first[LINE];
    count = 0;
    tine_pipeline *const p = some_pipeline((unsigned)check_below(12), 0);
    CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK);
    const size_t used = (size_t)snprintf(first, sizeof first, "%s ", kinds[tine_pipeline_kind(p)]);
    shape(p, first + used, sizeof first - used);
    char *const plan = plan_of(p), *line = plan;
    for (unsigned i = 0; i <= count && line != NULL; i++) {
      char *const end = strchr(line, '\n');
      check_line(line, end != NULL ? (size_t)(end - line) : strlen(line), i == 0 ? first : lines[i - 1]);
      CHECK((end != NULL) == (i < count));
      line = end != NULL ? end + 1 : NULL;
    }
    free(plan);
    tine_pipeline_release(p);
  }
}

/* What is wrong is told in place of a plan. */
static void errors_are_told(void) {
  for (int round = 0; round < 50; round++) {
    tine_kernel *k = NULL;
    tine_error err;
    char want[TINE_MESSAGE_SIZE + 10], text[TEXT];
    const size_t used = (size_t)snprintf(text, sizeof text, "c9 + ");
    count = 0;
    some_text(text + used, 1, false);
    CHECK_INT(tine_kernel_parse(&k, NULL, text, NULL, 0, 0, NULL), TINE_OK);
    tine_pipeline *const p = tine_map(source(0), k, NULL, 0);
    CHECK_INT(tine_pipeline_check(p, &err), TINE_ETYPE);
    snprintf(want, sizeof want, "error: %s", err.message);
    char *const plan = plan_of(p);
    if (plan != NULL)
      CHECK_TEXT(plan, want);
    free(plan);
    tine_kernel_release(k);
    tine_pipeline_release(p);
  }
  free(plan_of(NULL));
}

CHECK_SUITE(api_explain, CHECK_CASE(each_line_tells_its_stage), CHECK_CASE(errors_are_told))
