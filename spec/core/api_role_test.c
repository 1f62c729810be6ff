/*
** Which kernels which places take: every place that is given a kernel against every kind of kernel. A place refuses
** what it cannot run when it is told, with a status and a reason, and never calls it.
*/
#include "../../core/tine.h"
#include "check.h"

enum { ITEMS = 3000 };

/* ===== Kernels ===== */

typedef struct kind {
  const char *name, *out; /* what it gives */
  unsigned flags;
  tine_mode mode;
} kind;

static const kind kinds[] = {
    {"one_value", "i64", 0, TINE_FN},
    {"one_bool", "bool", 0, TINE_FN},
    {"nothing", "", 0, TINE_FN},
    {"value_and_bool", "i64 bool", 0, TINE_FN},
    {"two_bools", "bool bool", 0, TINE_FN},
    {"eight_bools", "bool bool bool bool bool bool bool bool", 0, TINE_FN},
    {"mut_bool", "bool", 0, TINE_FN_MUT},
    {"mut_value", "i64", TINE_ASSOCIATIVE, TINE_FN_MUT},
    {"joins", "i64", TINE_ASSOCIATIVE | TINE_COMMUTATIVE, TINE_FN},
    {"joins_to_bool", "bool", TINE_ASSOCIATIVE, TINE_FN},
    {"joins_to_two", "i64 i64", TINE_ASSOCIATIVE, TINE_FN},
    {"joins_to_nothing", "", TINE_ASSOCIATIVE, TINE_FN},
    {"expands", "i64", TINE_EXPANDS, TINE_FN},
    {"expands_bools", "bool", TINE_EXPANDS, TINE_FN},
    {"expands_mut", "bool", TINE_EXPANDS, TINE_FN_MUT},
    {"expands_nothing", "", TINE_EXPANDS, TINE_FN},
    {"expands_option", "i64 bool", TINE_EXPANDS, TINE_FN},
    {"expands_and_joins", "i64", TINE_EXPANDS | TINE_ASSOCIATIVE, TINE_FN},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static _Atomic unsigned calls, strays; /* strays: called as what it is not */

static unsigned outputs_of(const kind *k) {
  unsigned n = k->out[0] != '\0';
  for (const char *c = k->out; *c != '\0'; c++)
    n += *c == ' ';
  return n;
}

static bool bool_at(const kind *k, unsigned output) {
  const char *c = k->out;
  for (; output > 0; output--)
    c = strchr(c, ' ') + 1;
  return *c == 'b';
}

static int answer(tine_block *block) {
  const kind *k = block->env;
  const bool expands = (k->flags & TINE_EXPANDS) != 0;
  void *const *out = block->out;
  calls++;
  if (expands != (block->emitter != NULL) || (k->mode == TINE_FN_MUT) != (block->state != NULL)) {
    strays++;
    return tine_block_fail(block, TINE_EUSER, 0, "called as what it is not");
  }
  for (size_t i = 0; i < block->n; i++) {
    out = expands ? tine_block_emit(block, i, 1) : block->out;
    if (out == NULL)
      return tine_block_emitted(block);
    for (unsigned c = 0; c < outputs_of(k); c++)
      if (bool_at(k, c))
        ((bool *)out[c])[expands ? 0 : i] = i % 3 != 0;
      else
        ((int64_t *)out[c])[expands ? 0 : i] = (int64_t)i;
  }
  return 0;
}

static tine_kernel *make(tine_registry *r, const kind *k) {
  char one[96], two[96];
  const tine_kernel_signature types[] = {{one, answer, NULL}, {two, answer, NULL}};
  tine_kernel_desc d = {.size = sizeof d, .name = k->name, .signatures = types, .signature_count = 2};
  d.flags = k->flags;
  d.mode = k->mode;
  d.state_size = k->mode == TINE_FN_MUT ? 8 : 0;
  d.env = k;
  snprintf(one, sizeof one, "i64 -> %s", k->out);
  snprintf(two, sizeof two, "i64 i64 -> %s", k->out);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  return tine_kernel_find(r, k->name, NULL);
}

/* ===== Places ===== */

typedef enum role { VALUES, EFFECT, PREDICATE, OPTION, EXPAND, FOLD, CALL } role;

/* Can a kernel of that kind play that role? */
static bool fits(role r, const kind *k) {
  const unsigned n = outputs_of(k);
  const bool expands = (k->flags & TINE_EXPANDS) != 0;
  if (expands != (r == EXPAND))
    return false;
  switch (r) {
    case VALUES:
    case EXPAND: return n > 0;
    case PREDICATE: return n == 1 && bool_at(k, 0);
    case OPTION: return n >= 2 && bool_at(k, n - 1);
    case FOLD: return n == 1 && !bool_at(k, 0) && (k->flags & TINE_ASSOCIATIVE) != 0 && k->mode == TINE_FN;
    default: return true;
  }
}

/* Pipelines with an index, and without. */
static tine_pipeline *base_of(bool indexed) {
  tine_pipeline *p = tine_range(1, ITEMS, 1);
  const tine_value times = tine_i64(2);
  return indexed ? p : tine_flat_map(p, tine_kernel_find(NULL, "repeat", NULL), &times, 1);
}

static tine_status run_of(tine_pipeline *p, tine_error *err) {
  uint64_t n;
  tine_array *out[TINE_MAX_COLUMNS];
  const unsigned columns = tine_pipeline_columns(p);
  tine_status status = tine_pipeline_check(p, err);
  if (status == TINE_OK)
    status = tine_count(p, &n, err);
  if (status == TINE_OK)
    status = tine_collect(p, out, err);
  for (unsigned c = 0; status == TINE_OK && c < columns; c++)
    tine_array_release(out[c]);
  tine_pipeline_release(p);
  return status;
}

typedef tine_status place_fn(tine_pipeline *p, tine_kernel *k, tine_error *err);

static const int first_column[] = {0};

#define STAGE(name, expr)                                                           \
  static tine_status at_##name(tine_pipeline *p, tine_kernel *k, tine_error *err) { \
    return run_of(expr, err);                                                       \
  }
#define TERMINAL(name, declare, call)                                               \
  static tine_status at_##name(tine_pipeline *p, tine_kernel *k, tine_error *err) { \
    declare;                                                                        \
    const tine_status status = call;                                                \
    tine_pipeline_release(p);                                                       \
    return status;                                                                  \
  }

STAGE(map, tine_map(p, k, NULL, 0))
STAGE(map_args, tine_map_args(p, k, first_column, NULL, 1))
STAGE(extend, tine_extend(p, k, NULL, 0))
STAGE(extend_args, tine_extend_args(p, k, first_column, NULL, 1))
STAGE(filter, tine_filter(p, k, NULL, 0))
STAGE(filter_args, tine_filter_args(p, k, first_column, NULL, 1))
STAGE(filter_map, tine_filter_map(p, k, NULL, 0))
STAGE(flat_map, tine_flat_map(p, k, NULL, 0))
STAGE(positions, tine_positions(p, k, NULL, 0))
STAGE(take_while, tine_take_while(p, k, NULL, 0))
STAGE(take_while_args, tine_take_while_args(p, k, first_column, NULL, 1))
STAGE(skip_while, tine_skip_while(p, k, NULL, 0))
STAGE(skip_while_args, tine_skip_while_args(p, k, first_column, NULL, 1))
STAGE(fold_chunks, tine_fold_chunks(p, 7, k, NULL))
TERMINAL(for_each, (void)0, tine_for_each(p, k, NULL, 0, err))
TERMINAL(any, bool out, tine_any(p, k, NULL, 0, &out, err))
TERMINAL(all, bool out, tine_all(p, k, NULL, 0, &out, err))
TERMINAL(find_first, tine_value out[1], tine_find(p, TINE_FIRST, k, NULL, 0, out, err))
TERMINAL(find_last, tine_value out[1], tine_find(p, TINE_LAST, k, NULL, 0, out, err))
TERMINAL(find_any, tine_value out[1], tine_find(p, TINE_ANY, k, NULL, 0, out, err))
TERMINAL(position, uint64_t out, tine_position(p, TINE_FIRST, k, NULL, 0, &out, err))
TERMINAL(position_last, uint64_t out, tine_position(p, TINE_LAST, k, NULL, 0, &out, err))
TERMINAL(reduce, tine_value out[1], tine_reduce(p, k, NULL, out, err))

static tine_status at_partition(tine_pipeline *p, tine_kernel *k, tine_error *err) {
  tine_array *yes, *no;
  const tine_status status = tine_partition(p, k, NULL, 0, &yes, &no, err);
  tine_pipeline_release(p);
  tine_array_release(yes);
  tine_array_release(no);
  return status;
}

static tine_status at_scan(tine_pipeline *p, tine_kernel *k, tine_error *err) {
  tine_array *out;
  const tine_status status = tine_scan(p, k, NULL, &out, err);
  tine_pipeline_release(p);
  tine_array_release(out);
  return status;
}

static tine_status at_call(tine_pipeline *p, tine_kernel *k, tine_error *err) {
  const tine_value arg = tine_i64(3);
  tine_value out[TINE_MAX_OUTPUTS];
  size_t outs;
  tine_pipeline_release(p);
  return tine_kernel_call(k, &arg, 1, out, &outs, err);
}

typedef struct place {
  const char *name;
  place_fn *at;
  role role;
  bool indexed; /* needs that */
} place;

#define PLACE(name, role, indexed) \
  { #name, at_##name, role, indexed }
static const place places[] = {
    PLACE(map, VALUES, false),
    PLACE(map_args, VALUES, false),
    PLACE(extend, VALUES, false),
    PLACE(extend_args, VALUES, false),
    PLACE(filter, PREDICATE, false),
    PLACE(filter_args, PREDICATE, false),
    PLACE(filter_map, OPTION, false),
    PLACE(flat_map, EXPAND, false),
    PLACE(positions, PREDICATE, true),
    PLACE(take_while, PREDICATE, false),
    PLACE(take_while_args, PREDICATE, false),
    PLACE(skip_while, PREDICATE, false),
    PLACE(skip_while_args, PREDICATE, false),
    PLACE(fold_chunks, FOLD, true),
    PLACE(for_each, EFFECT, false),
    PLACE(any, PREDICATE, false),
    PLACE(all, PREDICATE, false),
    PLACE(find_first, PREDICATE, false),
    PLACE(find_last, PREDICATE, false),
    PLACE(find_any, PREDICATE, false),
    PLACE(position, PREDICATE, true),
    PLACE(position_last, PREDICATE, true),
    PLACE(reduce, FOLD, false),
    PLACE(partition, PREDICATE, false),
    PLACE(scan, FOLD, false),
    PLACE(call, CALL, false),
};
enum { PLACES = sizeof places / sizeof places[0] };

static void one_place(const place *at, const kind *k, tine_kernel *kernel, bool indexed) {
  char what[96];
  tine_error err = {.status = TINE_OK};
  tine_status status;
  calls = strays = 0;
  status = at->at(base_of(indexed), kernel, &err);
  snprintf(what, sizeof what, "%s with %s over %s", at->name, k->name, indexed ? "an index" : "none");
  check_int(strays, 0, what, __FILE__, __LINE__);
  if (fits(at->role, k)) {
    if (!check_int(status, TINE_OK, what, __FILE__, __LINE__))
      printf(" (%s)", err.message);
    return;
  }
  check_true(status != TINE_OK && status < TINE_EUSER, what, __FILE__, __LINE__);
  check_int(err.status, status, what, __FILE__, __LINE__);
  check_contains(err.message, k->name, what, __FILE__, __LINE__);
  check_int(calls, 0, what, __FILE__, __LINE__);
}

static void every_place_takes_what_it_can_run(void) {
  tine_registry *r;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  for (size_t k = 0; k < KINDS; k++) {
    tine_kernel *const kernel = make(r, &kinds[k]);
    for (size_t i = 0; i < PLACES; i++)
      for (int indexed = places[i].indexed; indexed <= 1; indexed++)
        one_place(&places[i], &kinds[k], kernel, indexed);
  }
  tine_registry_release(r);
}

static void no_place_goes_on_without_a_kernel(void) {
  for (size_t i = 0; i < PLACES; i++) {
    tine_error err = {.status = TINE_OK};
    check_int(places[i].at(base_of(true), NULL, &err), TINE_ENAME, places[i].name, __FILE__, __LINE__);
    check_int(err.status, TINE_ENAME, places[i].name, __FILE__, __LINE__);
  }
}

static int one_item(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)env, (void)message;
  *(int64_t *)out[0] = *(const int64_t *)in[0];
  return 0;
}

/* One item at a time there is no room to give any number of values. */
static void what_expands_is_a_block_function(void) {
  const tine_kernel_signature types[] = {{"i64 -> i64", NULL, one_item}};
  const tine_kernel_desc d = {
      .size = sizeof d, .name = "items", .signatures = types, .signature_count = 1, .flags = TINE_EXPANDS};
  tine_registry *r;
  tine_error err;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  CHECK_INT(tine_kernel_register(r, &d, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "needs a block function");
  tine_registry_release(r);
}

typedef tine_pipeline *spelt_fn(tine_pipeline *, tine_kernel *, const int *, const tine_value *, size_t);

/* Inputs that are spelt out, but not there; and constants. */
static void inputs_have_to_be_there(void) {
  static spelt_fn *const spelt[] = {tine_map_args, tine_extend_args, tine_filter_args, tine_take_while_args,
                                    tine_skip_while_args};
  static const int constant[] = {0, -1};
  tine_kernel *const gt = tine_kernel_find(NULL, "gt", NULL);
  for (size_t i = 0; i < sizeof spelt / sizeof spelt[0]; i++) {
    tine_pipeline *p = spelt[i](base_of(true), gt, NULL, NULL, 2);
    CHECK_INT(tine_pipeline_check(p, NULL), TINE_EINVAL);
    tine_pipeline_release(p);
    p = spelt[i](base_of(true), gt, constant, NULL, 2);
    CHECK_INT(tine_pipeline_check(p, NULL), TINE_EINVAL);
    tine_pipeline_release(p);
  }
  CHECK_INT(run_of(tine_filter(base_of(true), gt, NULL, 1), NULL), TINE_EINVAL);
}

CHECK_SUITE(api_role, CHECK_CASE(every_place_takes_what_it_can_run), CHECK_CASE(no_place_goes_on_without_a_kernel),
            CHECK_CASE(what_expands_is_a_block_function), CHECK_CASE(inputs_have_to_be_there))
