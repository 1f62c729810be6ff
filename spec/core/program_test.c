/*
** Programs: random expressions over columns of every type and layout, in every instruction set there is, against the
** kernels' own loops one after the other; and pipelines that are fused against the same stages collected one by one.
*/
#include "../../core/kernel/program.h"
#include "../../core/kernel/simd.h"
#include "../../core/stage/fuse.h"
#include "check.h"
#include "kernel_data.h"
#include "ladder.h"

enum { NODES = 20, INPUTS = 5 };

/* An expression as the oracle has it: the values of each node. */
typedef struct expression {
  ti_program program;
  data_column column[INPUTS];
  const void *in[INPUTS];
  ptrdiff_t stride[INPUTS];
  tine_kernel_fn *convert[INPUTS];
  unsigned inputs, nodes;
  int node[NODES];
  double value[NODES][DATA_ITEMS];
} expression;

static const char *const kernels[] = {"add", "sub",  "mul", "div",   "min",   "max",  "neg",
                                      "abs", "sqrt", "fma", "clamp", "floor", "ceil", "trunc",
                                      "exp", "sinh", "log", "sign",  "hypot", "round"};

/* The signature over f64, in one instruction set. */
static const ti_signature *signature_of(const char *kernel, unsigned simd) {
  size_t count;
  const ti_loop *loops = ti_loops_variant(simd, &count);
  for (size_t i = 0; i < count; i++)
    if (!strcmp(loops[i].kernel, kernel) && loops[i].signature.in[0] == TINE_F64)
      return &loops[i].signature;
  return NULL;
}

static void add_input(expression *e) {
  static const tine_dtype types[] = {TINE_F64, TINE_F64, TINE_F64, TINE_F32, TINE_I32, TINE_U8, TINE_U64};
  const unsigned k = e->inputs++;
  data_column *c = &e->column[k];
  void *out = e->value[e->nodes];
  data_fill(c, types[check_below(7)], (data_layout)check_below(DATA_LAYOUTS));
  e->in[k] = c->first;
  e->stride[k] = c->stride;
  e->convert[k] = ti_cast_promote(c->dtype, TINE_F64);
  for (size_t i = 0; i < DATA_ITEMS; i++)
    e->value[e->nodes][i] = 0;
  if (e->convert[k] != NULL) {
    tine_block block = {.n = DATA_ITEMS, .in = &e->in[k], .in_stride = &e->stride[k], .out = &out};
    e->convert[k](&block);
  } else
    for (size_t i = 0; i < DATA_ITEMS; i++)
      memcpy(&e->value[e->nodes][i], (const char *)c->first + (ptrdiff_t)i * c->stride, 8);
  e->node[e->nodes++] = ti_program_input(&e->program);
}

static void add_constant(expression *e) {
  static const double constants[] = {1, 0.5, -2, 3.25};
  const double x = check_below(2) ? constants[check_below(4)] : data_double();
  for (size_t i = 0; i < DATA_ITEMS; i++)
    e->value[e->nodes][i] = x;
  e->node[e->nodes++] = ti_program_constant(&e->program, x);
}

static void add_operation(expression *e, unsigned simd) {
  const char *kernel = kernels[check_below(sizeof kernels / sizeof *kernels)];
  const ti_signature *s = signature_of(kernel, simd);
  const void *in[TI_PROGRAM_ARGS];
  ptrdiff_t stride[TI_PROGRAM_ARGS] = {8, 8, 8};
  void *out = e->value[e->nodes];
  int args[TI_PROGRAM_ARGS];
  for (unsigned k = 0; k < s->inputs; k++) {
    const unsigned recent = e->nodes < 4 ? e->nodes : 4;
    const unsigned arg =
        check_below(3) ? e->nodes - 1 - (unsigned)check_below(recent) : (unsigned)check_below(e->nodes);
    args[k] = e->node[arg];
    in[k] = e->value[arg];
  }
  tine_block block = {.n = DATA_ITEMS, .in = in, .in_stride = stride, .out = &out};
  CHECK_INT(s->block(&block), 0);
  e->node[e->nodes++] = ti_program_apply(&e->program, kernel, s, args);
}

static bool draw(expression *e, unsigned simd) {
  e->inputs = e->nodes = 0;
  if (!ti_program_begin(&e->program, simd))
    return false;
  add_input(e);
  while (e->nodes < NODES && check_below(14) != 0)
    switch (check_below(8)) {
      case 0:
        if (e->inputs < INPUTS)
          add_input(e);
        break;
      case 1: add_constant(e); break;
      default: add_operation(e, simd); break;
    }
  return e->node[e->nodes - 1] >= 0 && ti_program_finish(&e->program, e->node[e->nodes - 1]);
}

/* The first n items, stored and added. */
static bool check_run(const expression *e, size_t n) {
  const double *want = e->value[e->nodes - 1];
  double got[DATA_ITEMS + 1], lanes[TI_LANES], sums[TI_LANES];
  bool same = true;
  got[n] = 77;
  ti_program_run(&e->program, e->in, e->stride, e->convert, n, got, NULL);
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = sums[j] = -0.0;
  ti_program_run(&e->program, e->in, e->stride, e->convert, n, NULL, lanes);
  for (size_t i = 0; i < n && same; i++) {
    same = CHECK_F64(got[i], want[i]);
    sums[i % TI_LANES] += want[i];
  }
  for (unsigned j = 0; j < TI_LANES && same; j++)
    same = CHECK_F64(lanes[j], sums[j]);
  return same && CHECK(got[n] == 77);
}

static void steps_do_what_loops_do(void) {
  static expression e;
  unsigned programs = 0;
  for (int round = 0; round < 3000; round++)
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
      if (draw(&e, simd)) {
        programs++;
        if (!check_run(&e, 1 + (size_t)check_below(DATA_ITEMS)))
          return;
      }
  CHECK(programs > 1000 * (1 + ti_simd_best())); /* those that are too long are not made */
}

/* What does not fit is refused, whatever it is there is too much of. */
static void too_much_is_refused(void) {
  static ti_program p;
  const ti_signature *s = signature_of("add", TI_SIMD_BASE);
  int node[2];
  CHECK_STOP(ti_program_begin(&p, TI_SIMD_BASE));
  for (int i = 0; i < TI_PROGRAM_INPUTS; i++)
    CHECK(ti_program_input(&p) == i);
  CHECK_INT(ti_program_input(&p), -1);
  ti_program_begin(&p, TI_SIMD_BASE);
  node[0] = node[1] = ti_program_input(&p);
  for (int i = 1; i < TI_PROGRAM_NODES; i++)
    node[0] = ti_program_apply(&p, "add", s, node);
  CHECK_INT(node[0], TI_PROGRAM_NODES - 1);
  CHECK(ti_program_finish(&p, node[0]));
  CHECK_INT(ti_program_apply(&p, "add", s, node), -1);
  node[0] = -1;
  CHECK_INT(ti_program_apply(&p, "add", s, node), -1);
}

/* ===== Pipelines ===== */

enum { ITEMS = 3000 };

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static double xs[ITEMS], ys[ITEMS];

static tine_array *slice_array(double *items) {
  return tine_slice_of(TINE_F64, items, ITEMS, sizeof *items);
}

static tine_pipeline *source(double *items) {
  tine_array *a = slice_array(items);
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* What p gives, as a new source: nothing is fused through it. */
static tine_pipeline *collected(tine_pipeline *p) {
  tine_array *a = NULL;
  CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
  tine_pipeline_release(p);
  p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* A random tree of maps, as it is and with all its stages collected: the same draws make both. */
typedef struct pair {
  tine_pipeline *fused, *single;
} pair;

static pair random_pair(unsigned depth) {
  const unsigned what = depth == 0 ? 0 : (unsigned)check_below(8);
  pair a, b;
  if (what == 0) {
    double *items = check_below(2) ? xs : ys;
    return (pair){source(items), source(items)};
  }
  a = random_pair(depth - 1);
  if (what < 4) {
    static const char *const names[] = {"sqrt", "neg", "floor", "abs", "sin"};
    tine_kernel *k = kernel(names[check_below(5)]);
    return (pair){tine_map(a.fused, k, NULL, 0), collected(tine_map(a.single, k, NULL, 0))};
  }
  static const char *const names[] = {"add", "sub", "mul", "div", "max"};
  tine_kernel *k = kernel(names[check_below(5)]);
  if (what == 4) {
    const tine_value c = {.dtype = TINE_F64, .as.f = data_double()};
    return (pair){tine_map(a.fused, k, &c, 1), collected(tine_map(a.single, k, &c, 1))};
  }
  b = check_below(4) ? random_pair(depth - 1) : (pair){tine_pipeline_retain(a.fused), tine_pipeline_retain(a.single)};
  if (what == 5) {
    a.fused = tine_take(a.fused, ITEMS - 7);
    a.single = tine_take(a.single, ITEMS - 7);
  }
  return (pair){tine_map(tine_zip(a.fused, b.fused), k, NULL, 0),
                collected(tine_map(tine_zip(a.single, b.single), k, NULL, 0))};
}

static void fill_items(void) {
  for (int i = 0; i < ITEMS; i++) {
    xs[i] = check_below(50) ? (double)check_below(1000) / 64 : data_double();
    ys[i] = data_double();
  }
}

static bool same_items(tine_pipeline *p, tine_pipeline *q) {
  tine_array *a = NULL, *b = NULL;
  bool same = CHECK_INT(tine_collect(p, &a, NULL), TINE_OK) && CHECK_INT(tine_collect(q, &b, NULL), TINE_OK) &&
              CHECK_INT(tine_array_len(a), tine_array_len(b));
  for (uint64_t i = 0; same && i < tine_array_len(a); i++)
    same = CHECK_F64(((const double *)tine_array_data(a))[i], ((const double *)tine_array_data(b))[i]);
  tine_array_release(a);
  tine_array_release(b);
  return same;
}

static bool same_sums(tine_pipeline *p, tine_pipeline *q) {
  tine_value a = {.as.f = 1}, b = {.as.f = 2}, c = {.as.f = 3}, d = {.as.f = 4};
  return CHECK_INT(tine_sum(p, &a, NULL), TINE_OK) && CHECK_INT(tine_sum(q, &b, NULL), TINE_OK) &&
         CHECK_INT(tine_mean(p, &c, NULL), TINE_OK) && CHECK_INT(tine_mean(q, &d, NULL), TINE_OK) &&
         CHECK_F64(a.as.f, b.as.f) && CHECK_F64(c.as.f, d.as.f);
}

static bool same_kept(tine_pipeline *p, tine_pipeline *q) {
  const tine_value c = {.dtype = TINE_F64, .as.f = 1};
  tine_pipeline *a = tine_filter(tine_pipeline_retain(p), kernel("gt"), &c, 1);
  tine_pipeline *b = tine_filter(tine_pipeline_retain(q), kernel("gt"), &c, 1);
  const bool same = same_items(a, b) && same_sums(a, b);
  tine_pipeline_release(a);
  tine_pipeline_release(b);
  return same;
}

static void fused_stages_give_the_same_bits(void) {
  fill_items();
  for (int round = 0; round < 300; round++) {
    const pair p = random_pair(6);
    const bool same = same_items(p.fused, p.single) && same_sums(p.fused, p.single) && same_kept(p.fused, p.single);
    tine_pipeline_release(p.fused);
    tine_pipeline_release(p.single);
    if (!same)
      return;
  }
}

/* A run of some length makes the program, at the top alone; a short one does not. */
static void long_runs_make_programs(void) {
  const tine_value one = {.dtype = TINE_F64, .as.f = 1};
  tine_pipeline *inner = tine_map(source(xs), kernel("add"), &one, 1);
  tine_pipeline *p = tine_map(tine_pipeline_retain(inner), kernel("sqrt"), NULL, 0);
  tine_pipeline *few = tine_take(tine_pipeline_retain(p), 10);
  tine_value v;
  CHECK_INT(tine_min(few, &v, NULL, NULL), TINE_OK);
  CHECK(ti_load_acquire(&p->program) == NULL);
  CHECK_INT(tine_min(p, &v, NULL, NULL), TINE_OK);
  CHECK(ti_load_acquire(&p->program) != NULL);
  CHECK(ti_load_acquire(&inner->program) == NULL);
  CHECK_INT(tine_sum(inner, &v, NULL), TINE_OK); /* the map and the sum in one pass */
  CHECK(ti_load_acquire(&inner->program) != NULL);
  tine_pipeline_release(few);
  tine_pipeline_release(inner);
  tine_pipeline_release(p);
}

/* Where no index is known, too: what a source of the host's gives, which splits itself, in uneven portions. */
static void stages_over_a_split_source_make_programs(void) {
  static int64_t v[ITEMS];
  const tine_value c = {.dtype = TINE_F64, .as.f = 0.75};
  for (int i = 0; i < ITEMS; i++)
    v[i] = (int64_t)check_below(1000) - 500;
  host_source s = {.v = v, .n = ITEMS, .fails_at = ITEMS, .columns = 1, .kind = TINE_PARALLEL};
  tine_pipeline *inner = tine_map(tine_cast(host_pipeline(&s), TINE_F64, TINE_CAST_EXACT), kernel("mul"), &c, 1);
  tine_pipeline *p = tine_map(tine_pipeline_retain(inner), kernel("sin"), NULL, 0);
  tine_pipeline *q = tine_map(collected(inner), kernel("sin"), NULL, 0);
  CHECK(same_items(p, q) && same_kept(p, q));
  CHECK(ti_load_acquire(&p->program) != NULL);
  tine_pipeline_release(p);
  tine_pipeline_release(q);
  CHECK_INT(s.pieces + s.wrong, 0);
}

/* A chain of any length is cut into programs. */
static void long_chains_are_cut(void) {
  const tine_value c = {.dtype = TINE_F64, .as.f = 0.75};
  tine_pipeline *p = source(xs), *q = source(xs);
  unsigned programs = 0;
  fill_items();
  for (int i = 0; i < 100; i++) {
    p = tine_map(p, kernel(i % 2 ? "add" : "mul"), &c, 1);
    q = collected(tine_map(q, kernel(i % 2 ? "add" : "mul"), &c, 1));
  }
  same_items(p, q);
  same_sums(p, q);
  for (const tine_pipeline *s = p; s != NULL; s = s->base[0])
    programs += ti_load_acquire(&s->program) != NULL;
  CHECK_INT(programs, (100 + TI_FUSE_OPERATIONS - 1) / TI_FUSE_OPERATIONS);
  tine_pipeline_release(p);
  tine_pipeline_release(q);
}

/* Integers divided by a column that is 0 at one place; as f64 in an expression. */
static tine_pipeline *divided(int64_t *by, uint64_t zero) {
  for (int i = 0; i < ITEMS; i++)
    by[i] = 1 + i % 5;
  by[zero] = 0;
  tine_array *a = tine_slice_of(TINE_I64, by, ITEMS, sizeof *by);
  tine_pipeline *p = tine_map(tine_zip(tine_range(1, ITEMS, 1), tine_slice(a)), kernel("idiv"), NULL, 0);
  tine_array_release(a);
  return p;
}

/* The lowest item fails, and at the same item the side that comes first. */
static void leaves_fail_in_order(void) {
  static int64_t a[ITEMS], b[ITEMS];
  static const uint64_t places[][3] = {
      {700, 300, 300}, {300, 700, 300}, {900, 900, 900}, {0, 1, 0}, {2999, 2048, 2048}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    tine_pipeline *l = divided(a, places[i][0]), *r = divided(b, places[i][1]);
    tine_pipeline_where(l, "left");
    tine_pipeline_where(r, "right");
    tine_pipeline *p = tine_map(tine_zip(l, r), kernel("div"), NULL, 0);
    tine_value v;
    tine_error err;
    p = tine_map(tine_map(p, kernel("sqrt"), NULL, 0), kernel("neg"), NULL, 0);
    CHECK_INT(tine_sum(p, &v, &err), TINE_EKERNEL);
    CHECK_INT(err.item, places[i][2]);
    CHECK_CONTAINS(err.message, places[i][0] <= places[i][1] ? "left" : "right");
    CHECK_INT(tine_max(p, &v, NULL, &err), TINE_EKERNEL);
    CHECK_INT(err.item, places[i][2]);
    CHECK_CONTAINS(err.message, places[i][0] <= places[i][1] ? "left" : "right");
    CHECK(ti_load_acquire(&p->program) != NULL);
    tine_pipeline_release(p);
  }
}

/* Without memory for a program the stages do it one by one. */
static void no_memory_no_program(void) {
  const tine_value one = {.dtype = TINE_F64, .as.f = 1};
  tine_value want, got;
  fill_items();
  tine_pipeline *p = tine_map(tine_map(source(xs), kernel("add"), &one, 1), kernel("sqrt"), NULL, 0);
  tine_pipeline *q = tine_map(tine_map(source(xs), kernel("add"), &one, 1), kernel("sqrt"), NULL, 0);
  CHECK_INT(tine_sum(p, &want, NULL), TINE_OK);
  ti_memory_fail_after(0);
  CHECK(ti_fuse_of(q) == NULL);
  ti_memory_fail_after(-1);
  CHECK_INT(tine_sum(q, &got, NULL), TINE_OK);
  CHECK_F64(got.as.f, want.as.f);
  tine_pipeline_release(p);
  tine_pipeline_release(q);
}

CHECK_SUITE(program, CHECK_CASE(steps_do_what_loops_do), CHECK_CASE(too_much_is_refused),
            CHECK_CASE(fused_stages_give_the_same_bits), CHECK_CASE(long_runs_make_programs),
            CHECK_CASE(stages_over_a_split_source_make_programs), CHECK_CASE(long_chains_are_cut),
            CHECK_CASE(leaves_fail_in_order), CHECK_CASE(no_memory_no_program))
