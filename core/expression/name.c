/*
** What names mean in expressions; see name.h.
*/
#include "name.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

static const ti_math_function math_functions[] = {{"abs", "abs", 1, 1},
                                                  {"ceil", "ceil", 1, 1},
                                                  {"floor", "floor", 1, 1},
                                                  {"sqrt", "sqrt", 1, 1},
                                                  {"exp", "exp", 1, 1},
                                                  {"log", "log", 1, 2},
                                                  {"sin", "sin", 1, 1},
                                                  {"cos", "cos", 1, 1},
                                                  {"tan", "tan", 1, 1},
                                                  {"asin", "asin", 1, 1},
                                                  {"acos", "acos", 1, 1},
                                                  {"atan", "atan", 1, 2},
                                                  {"min", "min", 1, TINE_MAX_ARGS},
                                                  {"max", "max", 1, TINE_MAX_ARGS}};

static const char in_math[] = "math.";

/* As strcmp, of a name that does not end. */
static int compare_name(const char *name, size_t length, const char *full) {
  const int order = strncmp(name, full, length);
  return order != 0 ? order : full[length] == '\0' ? 0 : -1;
}

static bool is_name(const char *name, size_t length, const char *full) {
  return compare_name(name, length, full) == 0;
}

/* The name as messages show it. */
static void show_name(const char *name, size_t length, char *out) {
  const size_t n = length < TI_NAME_SHOWN ? length : TI_NAME_SHOWN;
  memcpy(out, name, n);
  out[n] = '\0';
}

bool ti_name_input(const char *name, size_t length, unsigned *input) {
  static const char letters[] = "xyzw";
  unsigned k = 0;
  if (length == 1 && strchr(letters, *name) != NULL) {
    *input = (unsigned)(strchr(letters, *name) - letters);
    return true;
  }
  if (length < 2 || *name != 'c')
    return false;
  for (size_t i = 1; i < length; i++) {
    if (name[i] < '0' || name[i] > '9')
      return false;
    k = k > TI_INPUTS ? k : k * 10 + (unsigned)(name[i] - '0');
  }
  *input = name[1] == '0' || k > TI_INPUTS ? TI_INPUTS : k - 1;
  return true;
}

bool ti_name_constant(const char *name, size_t length, tine_value *out) {
  const struct {
    const char *name;
    tine_value value;
  } constants[] = {{"math.pi", tine_f64(0x1.921fb54442d18p+1)},
                   {"math.huge", tine_f64(HUGE_VAL)},
                   {"math.maxinteger", tine_i64(INT64_MAX)},
                   {"math.mininteger", tine_i64(INT64_MIN)},
                   {"true", tine_bool(true)},
                   {"false", tine_bool(false)}};
  for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
    if (is_name(name, length, constants[i].name)) {
      *out = constants[i].value;
      return true;
    }
  return false;
}

const tine_named_value *ti_name_value(const ti_names *names, const char *name, size_t length) {
  size_t lo = 0, hi = names->n;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = compare_name(name, length, names->sorted[mid]->name);
    if (order == 0)
      return names->sorted[mid];
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return NULL;
}

bool ti_name_in_math(const char *name, size_t length) {
  return length > sizeof in_math - 1 && strncmp(name, in_math, sizeof in_math - 1) == 0;
}

const ti_math_function *ti_name_math(const char *name, size_t length) {
  const size_t before = sizeof in_math - 1;
  ti_assert(ti_name_in_math(name, length));
  for (size_t i = 0; i < sizeof math_functions / sizeof math_functions[0]; i++)
    if (is_name(name + before, length - before, math_functions[i].name))
      return &math_functions[i];
  return NULL;
}

/* Whatever its length. NULL, and the reason in *err: there is none. */
static tine_kernel *find_kernel(tine_registry *registry, const char *name, size_t length, tine_error *err) {
  char *const copy = ti_alloc(length + 1, 1);
  ti_assert(length > 0);
  tine_kernel *found;
  if (copy == NULL) {
    ti_error_nomem(err);
    return NULL;
  }
  memcpy(copy, name, length);
  copy[length] = '\0';
  found = tine_kernel_find(registry, copy, err);
  ti_free(copy, length + 1, 1);
  return found;
}

tine_status ti_name_kernel(const ti_names *names, const char *name, size_t length, tine_kernel **out, tine_error *err) {
  char text[TI_NAME_SHOWN + 1];
  show_name(name, length, text);
  if (ti_name_value(names, name, length) != NULL)
    return ti_error_set(err, TINE_ENAME, "'%s' is a value and cannot be called", text);
  *out = find_kernel(names->registry, name, length, err);
  if (*out == NULL)
    return err->status;
  if ((*out)->mode != TINE_FN)
    return ti_error_set(err, TINE_EMODE, "kernel '%s' has a state: only a stage can keep that", text);
  if (((*out)->flags & TINE_EXPANDS) != 0)
    return ti_error_set(err, TINE_EMODE, "kernel '%s' gives any number of values; use flat_map", text);
  return TINE_OK;
}

static const char *name_of_value(void *arg, size_t i) {
  const ti_names *const names = arg;
  return i < names->n ? names->values[i].name : NULL;
}

tine_status ti_name_unknown(const ti_names *names, const char *name, size_t length, tine_error *err) {
  char text[TI_NAME_SHOWN + 1];
  tine_error reason;
  const char *nearest;
  show_name(name, length, text);
  if (is_name(name, length, "nil"))
    return ti_error_set(err, TINE_ENAME, "expressions have no nil");
  if (find_kernel(names->registry, name, length, &reason) != NULL)
    return ti_error_set(err, TINE_ENAME, "'%s' is a kernel: call it, as in %s(x)", text, text);
  if (reason.status == TINE_ENOMEM)
    return ti_error_copy(err, &reason);
  nearest = ti_text_nearest(text, name_of_value, (void *)(uintptr_t)names);
  if (nearest != NULL)
    return ti_error_set(err, TINE_ENAME, "unknown name '%s'; did you mean '%.40s'?", text, nearest);
  return ti_error_set(err, TINE_ENAME, "unknown name '%s': inputs are x y z w or c1 c2 ..., others come as values",
                      text);
}

static tine_status check_value(const tine_named_value *v, tine_error *err) {
  tine_value constant;
  unsigned input;
  if (v->name == NULL)
    return ti_error_set(err, TINE_EINVAL, "a value without a name");
  if (ti_name_input(v->name, strlen(v->name), &input) || ti_name_constant(v->name, strlen(v->name), &constant))
    return ti_error_set(err, TINE_EINVAL, "value '%.40s' has a name that expressions have for something else", v->name);
  if (v->array == NULL && v->value.dtype != TINE_BOOL && v->value.dtype != TINE_I64 && v->value.dtype != TINE_U64 &&
      v->value.dtype != TINE_F64)
    return ti_error_set(err, TINE_ETYPE, "value '%.40s' is neither a number nor a bool nor an array", v->name);
  return TINE_OK;
}

/* Value i of the heap [0, n) sinks to its place: the largest name comes first (Williams, "Algorithm 232: heapsort",
   1964). */
static void sink_value(const tine_named_value **heap, size_t i, size_t n) {
  for (size_t child; (child = 2 * i + 1) < n; i = child) {
    const tine_named_value *const v = heap[i];
    child += child + 1 < n && strcmp(heap[child]->name, heap[child + 1]->name) < 0;
    if (strcmp(v->name, heap[child]->name) >= 0)
      return;
    heap[i] = heap[child];
    heap[child] = v;
  }
}

tine_status ti_names_begin(ti_names *names, tine_error *err) {
  for (size_t i = 0; i < names->n; i++) {
    const tine_status status = check_value(&names->values[i], err);
    if (status != TINE_OK)
      return status;
  }
  ti_assert(names->sorted == NULL);
  names->sorted = ti_alloc((names->n + 1) * sizeof *names->sorted, _Alignof(const tine_named_value *));
  if (names->sorted == NULL)
    return ti_error_nomem(err);
  for (size_t i = 0; i < names->n; i++)
    names->sorted[i] = &names->values[i];
  for (size_t i = names->n / 2; i-- > 0;)
    sink_value(names->sorted, i, names->n);
  for (size_t n = names->n; n > 1;) {
    const tine_named_value *const largest = names->sorted[0];
    names->sorted[0] = names->sorted[--n];
    names->sorted[n] = largest;
    sink_value(names->sorted, 0, n);
  }
  return TINE_OK;
}

void ti_names_end(ti_names *names) {
  ti_free(names->sorted, (names->n + 1) * sizeof *names->sorted, _Alignof(const tine_named_value *));
}
