/*
** Programs: random expressions of all kernels over columns of every type and layout, in every instruction set there is,
** against the kernels' own loops one after the other; and pipelines that are fused against the same stages collected
** one by one, or run in pieces that are too short for programs.
*/
#include "../../core/expression/recipe.h"
#include "../../core/kernel/simd.h"
#include "../../core/stage/fuse.h"
#include "check.h"
#include "kernel_data.h"
#include "ladder.h"

enum { NODES = 20, INPUTS = 5 };

/* An expression as the oracle has it: the values of each node, side by side. */
typedef struct expression {
  ti_program_maker program;
  ti_program *kept; /* what was made */
  data_column column[INPUTS];
  const void *in[INPUTS];
  ptrdiff_t stride[INPUTS];
  unsigned inputs, nodes;
  int node[NODES];
  tine_dtype dtype[NODES];
  size_t fails; /* the first item that does; DATA_ITEMS: none */
  _Alignas(64) unsigned char value[NODES][DATA_ITEMS * 8];
} expression;

/* All signatures of built-in kernels that a program may have. */
static const ti_signature *signatures[1000];
static unsigned signature_count;

static void find_signatures(void) {
  signature_count = 0;
  for (size_t i = 0; i < ti_builtin_count(); i++) {
    const tine_kernel *const k = ti_builtin_at(i);
    for (size_t j = 0; j < k->count && (k->flags & TINE_EXPANDS) == 0; j++)
      signatures[signature_count++] = &k->signatures[j];
  }
}

static void add_node(expression *e, int node, tine_dtype dtype) {
  e->node[e->nodes] = node;
  e->dtype[e->nodes++] = dtype;
}

static void add_input(expression *e) {
  const unsigned k = e->inputs++;
  data_column *c = &e->column[k];
  const tine_dtype d = (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
  const size_t size = tine_dtype_size(d);
  data_fill(c, d, (data_layout)check_below(DATA_LAYOUTS));
  e->in[k] = c->first;
  e->stride[k] = c->stride;
  for (size_t i = 0; i < DATA_ITEMS; i++)
    memcpy(e->value[e->nodes] + i * size, (const char *)c->first + (ptrdiff_t)i * c->stride, size);
  add_node(e, ti_program_input(&e->program, d), d);
}

static void add_constant(expression *e) {
  const tine_dtype d = (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
  unsigned char one[8] = {0};
  data_write(d, one);
  if (d == TINE_BOOL)
    one[0] = one[0] != 0;
  for (size_t i = 0; i < DATA_ITEMS; i++)
    memcpy(e->value[e->nodes] + i * tine_dtype_size(d), one, tine_dtype_size(d));
  add_node(e, ti_program_constant(&e->program, d, one), d);
}

/* The loop of an operation over values of nodes: the next node's. Where it fails all ends. */
static void run_loop(expression *e, tine_kernel_fn *loop, const unsigned *args, unsigned n) {
  const void *in[TI_PROGRAM_ARGS];
  ptrdiff_t stride[TI_PROGRAM_ARGS];
  void *out = e->value[e->nodes];
  char message[TINE_MESSAGE_SIZE];
  tine_block block = {.n = DATA_ITEMS, .in = in, .in_stride = stride, .out = &out, .message = message};
  for (unsigned k = 0; k < n; k++) {
    in[k] = e->value[args[k]];
    stride[k] = (ptrdiff_t)tine_dtype_size(e->dtype[args[k]]);
  }
  if (loop(&block) != 0)
    e->fails = block.failed;
}

static unsigned some_node(const expression *e) {
  const unsigned recent = e->nodes < 4 ? e->nodes : 4;
  return check_below(3) ? e->nodes - 1 - (unsigned)check_below(recent) : (unsigned)check_below(e->nodes);
}

/* A node, as another type: one more. */
static unsigned converted(expression *e, unsigned from, tine_dtype to, tine_cast_mode mode) {
  if (e->dtype[from] == to)
    return from;
  run_loop(e, ti_cast_variant(TI_SIMD_BASE, e->dtype[from], to, mode), &from, 1);
  add_node(e, ti_program_convert(&e->program, e->node[from], to, mode), to);
  return e->nodes - 1;
}

static void add_operation(expression *e) {
  const ti_signature *const s = signatures[check_below(signature_count)];
  unsigned arg[TI_PROGRAM_ARGS];
  int args[TI_PROGRAM_ARGS];
  for (unsigned k = 0; k < s->inputs && e->fails == DATA_ITEMS; k++) {
    arg[k] = some_node(e);
    for (int i = 0; i < 20 && e->dtype[arg[k]] != s->in[k]; i++)
      arg[k] = some_node(e);
    if (e->dtype[arg[k]] != s->in[k] && check_below(4) != 0)
      return; /* of types that convert, but seldom */
    arg[k] = converted(e, arg[k], s->in[k], (tine_cast_mode)check_below(3));
    args[k] = e->node[arg[k]];
  }
  if (e->fails < DATA_ITEMS)
    return;
  run_loop(e, s->block, arg, s->inputs);
  add_node(e, ti_program_apply(&e->program, s, args), s->out[0]);
}

static bool draw(expression *e, unsigned simd, ti_program_end end) {
  e->inputs = e->nodes = 0;
  e->fails = DATA_ITEMS;
  e->kept = NULL;
  if (!ti_program_begin(&e->program, simd))
    return false;
  add_input(e);
  while (e->nodes + TI_PROGRAM_ARGS < NODES && e->fails == DATA_ITEMS && check_below(24) != 0)
    switch (check_below(12)) {
      case 0:
      case 1:
        if (e->inputs < INPUTS)
          add_input(e);
        break;
      case 2: add_constant(e); break;
      default: add_operation(e); break;
    }
  if (end == TI_PROGRAM_BITS && e->dtype[e->nodes - 1] != TINE_BOOL) {
    if (e->fails < DATA_ITEMS)
      return false;
    converted(e, e->nodes - 1, TINE_BOOL, TINE_CAST_EXACT);
  }
  if (e->node[e->nodes - 1] >= 0 && ti_program_finish(&e->program, e->node[e->nodes - 1], end))
    e->kept = ti_program_keep(&e->program.made);
  return e->kept != NULL;
}

/* Number i of the oracle's last node. */
static tine_value wanted(const expression *e, size_t i) {
  const tine_dtype d = e->dtype[e->nodes - 1];
  return ti_value_load(d, e->value[e->nodes - 1] + i * tine_dtype_size(d));
}

static bool check_values(const expression *e, size_t n) {
  const tine_dtype d = e->dtype[e->nodes - 1];
  const size_t size = tine_dtype_size(d);
  _Alignas(64) unsigned char got[(DATA_ITEMS + 1) * 8];
  bool same = true;
  got[n * size] = 77;
  if (!CHECK(ti_program_run(e->kept, e->in, e->stride, n, got, NULL)))
    return false;
  for (size_t i = 0; i < n && same; i++)
    same = CHECK(data_same(ti_value_load(d, got + i * size), wanted(e, i)));
  return same && CHECK(got[n * size] == 77);
}

static bool check_lanes(const expression *e, size_t n) {
  double lanes[TI_LANES], sums[TI_LANES];
  uint64_t words[TI_LANES] = {0}, totals[TI_LANES] = {0};
  const bool floats = ti_program_sum(e->kept) == TINE_F64;
  bool same = true;
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = sums[j] = -0.0;
  if (!CHECK(ti_program_run(e->kept, e->in, e->stride, n, NULL, floats ? (void *)lanes : words)))
    return false;
  for (size_t i = 0; i < n; i++) {
    const tine_value v = wanted(e, i);
    if (floats)
      sums[i % TI_LANES] += v.as.f;
    else
      totals[i % TI_LANES] += v.dtype == TINE_BOOL ? v.as.b : v.as.u;
  }
  for (unsigned j = 0; j < TI_LANES && same; j++)
    same = floats ? CHECK_F64(lanes[j], sums[j]) : CHECK(words[j] == totals[j]);
  return same;
}

static bool check_words(const expression *e, size_t n) {
  uint64_t words[(DATA_ITEMS + 63) / 64 + 1];
  bool same = true;
  memset(words, 0x5A, sizeof words);
  if (!CHECK(ti_program_run(e->kept, e->in, e->stride, n, words, NULL)))
    return false;
  for (size_t i = 0; i < (n + 63) / 64 * 64 && same; i++)
    same = CHECK_INT(words[i / 64] >> i % 64 & 1, i < n && wanted(e, i).as.b);
  return same && CHECK(words[(n + 63) / 64] == UINT64_C(0x5A5A5A5A5A5A5A5A));
}

/* The first n items. */
static bool check_run(const expression *e, ti_program_end end, size_t n) {
  _Alignas(64) unsigned char nothing[DATA_ITEMS * 8];
  if (n > e->fails)
    return CHECK(!ti_program_run(e->kept, e->in, e->stride, n, nothing, NULL));
  if (n == 0)
    return true;
  return end == TI_PROGRAM_BITS ? check_words(e, n) : check_values(e, n) && check_lanes(e, n);
}

static void steps_do_what_loops_do(void) {
  static expression e;
  unsigned programs = 0, failing = 0;
  find_signatures();
  for (int round = 0; round < 6000; round++)
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      const ti_program_end end = check_below(4) ? TI_PROGRAM_VALUES : TI_PROGRAM_BITS;
      if (!draw(&e, simd, end))
        continue;
      programs++;
      failing += e.fails < DATA_ITEMS;
      const bool well = check_run(&e, end, 1 + (size_t)check_below(DATA_ITEMS)) && check_run(&e, end, e.fails);
      ti_program_drop(e.kept);
      if (!well) {
        printf("\n  in set %s\n", ti_simd_name(simd));
        return;
      }
    }
  CHECK(programs > 3000 * (1 + ti_simd_best()) && failing > programs / 20); /* those that are too long are not made */
}

/* What does not fit is refused, whatever it is there is too much of. */
static void too_much_is_refused(void) {
  static ti_program_maker p;
  static unsigned char byte;
  int node[2], last = 0;
  find_signatures();
  const ti_signature *const s = &ti_builtin_find("add")->signatures[0];
  CHECK_INT(s->in[0], TINE_I64);
  CHECK_STOP(ti_program_begin(&p, TI_SIMD_BASE));
  for (int i = 0; i < TI_PROGRAM_INPUTS; i++)
    CHECK(ti_program_input(&p, TINE_I64) == i);
  CHECK_INT(ti_program_input(&p, TINE_I64), -1);
  ti_program_begin(&p, TI_SIMD_BASE);
  node[0] = node[1] = ti_program_input(&p, TINE_I64);
  for (int i = 1; i < TI_PROGRAM_NODES; i++)
    node[0] = last = ti_program_apply(&p, s, node);
  CHECK_INT(last, TI_PROGRAM_NODES - 1);
  CHECK_INT(ti_program_constant(&p, TINE_U8, &byte), -1);
  CHECK(ti_program_finish(&p, last, TI_PROGRAM_VALUES));
  node[1] = last;
  CHECK_INT(ti_program_apply(&p, s, node), -1);
  node[0] = -1;
  CHECK_INT(ti_program_apply(&p, s, node), -1);
}

/* What is written twice is one node, and one that was made of it, too. */
static void what_is_the_same_is_one_node(void) {
  static ti_program_maker p;
  const ti_signature *const add = &ti_builtin_find("add")->signatures[0];
  const int64_t seven = 7;
  int args[2];
  CHECK_STOP(ti_program_begin(&p, TI_SIMD_BASE));
  args[0] = ti_program_input(&p, TINE_U8);
  args[0] = ti_program_convert(&p, args[0], TINE_I64, TINE_CAST_EXACT);
  args[1] = ti_program_constant(&p, TINE_I64, &seven);
  const int sum = ti_program_apply(&p, add, args);
  CHECK_INT(ti_program_constant(&p, TINE_I64, &seven), args[1]);
  CHECK_INT(ti_program_apply(&p, add, args), sum);
  args[1] = args[0];
  CHECK(ti_program_apply(&p, add, args) != sum);
}

/* Steps of a program that gives its first input, and has a node of a kernel besides, if 's' is not NULL, of which
   nothing is made. */
static unsigned steps_beside(const ti_signature *s) {
  static ti_program_maker p;
  int args[TI_PROGRAM_ARGS] = {0}, first;
  ti_program_begin(&p, TI_SIMD_BASE);
  first = ti_program_input(&p, TINE_F64);
  for (unsigned k = 0; s != NULL && k < s->inputs; k++)
    args[k] = ti_program_input(&p, s->in[k]);
  CHECK(s == NULL || ti_program_apply(&p, s, args) >= 0);
  CHECK(ti_program_finish(&p, first, TI_PROGRAM_VALUES));
  return p.made.steps;
}

/* Of what nothing is made nothing is evaluated, unless it may fail: integers divided, and conversions. */
static void what_cannot_fail_is_dropped(void) {
  const unsigned least = steps_beside(NULL);
  unsigned dropped = 0;
  find_signatures();
  for (unsigned i = 0; i < signature_count; i++) {
    const ti_signature *const s = signatures[i];
    const bool cast = ti_builtin_index(s) == SIZE_MAX,
               divides = s->block == ti_builtin_find("idiv")->signatures[0].block ||
                         s->block == ti_builtin_find("mod")->signatures[0].block;
    CHECK_INT(steps_beside(s) > least, cast ? ti_cast_fails(s->in[0], s->out[0], TINE_CAST_EXACT) : divides);
    dropped += !cast && !divides;
  }
  CHECK(dropped > 100);
  CHECK_INT(ti_builtin_find("idiv")->signatures[0].in[0], TINE_I64);
  CHECK_INT(ti_builtin_find("mod")->signatures[0].in[0], TINE_I64);
}

/* ----- Division by a power of two ----- */

/* Of every exponent, sign and a few fractions, as bits of a float type with so many bits of fraction. */
static uint64_t divisor_bits(tine_dtype d, unsigned exponent, bool negative, unsigned fraction) {
  const unsigned width = d == TINE_F64 ? 52 : 23, top = d == TINE_F64 ? 63 : 31;
  const uint64_t all = (UINT64_C(1) << width) - 1;
  const uint64_t fractions[] = {0, 1, all, UINT64_C(1) << (width - 1)};
  return (uint64_t)negative << top | (uint64_t)exponent << width | fractions[fraction];
}

static void put_bits(tine_dtype d, uint64_t bits, void *to) {
  if (d == TINE_F64)
    memcpy(to, &bits, sizeof bits);
  else
    memcpy(to, &(uint32_t){(uint32_t)bits}, sizeof(uint32_t));
}

/* Items that are near the ends of their type's numbers, and any others. */
static void dividends(tine_dtype d, unsigned char *items, size_t n) {
  const unsigned exponents = d == TINE_F64 ? 2047 : 255;
  for (size_t i = 0; i < n; i++) {
    const unsigned places[] = {0, 1, 2, exponents - 1, exponents, (unsigned)check_below(exponents + 1)};
    const uint64_t some = check_random() >> (d == TINE_F64 ? 12 : 41);
    const uint64_t bits =
        divisor_bits(d, places[check_below(6)], check_below(2), (unsigned)check_below(4)) | (check_below(2) ? some : 0);
    put_bits(d, bits, items + i * tine_dtype_size(d));
  }
}

/* Divides by one number, in one set; is it done by a product? */
static bool divided_by_product(const ti_signature *div, uint64_t bits, unsigned simd) {
  enum { N = 67 };
  static ti_program_maker p;
  const tine_dtype d = div->in[0];
  const size_t size = tine_dtype_size(d);
  _Alignas(64) unsigned char items[N * 8], got[N * 8], want[N * 8], divisor[8];
  const void *in[2] = {items, divisor};
  const ptrdiff_t stride[2] = {(ptrdiff_t)size, 0};
  void *out = want;
  char message[TINE_MESSAGE_SIZE];
  tine_block block = {.n = N, .in = in, .in_stride = stride, .out = &out, .message = message};
  int args[2];
  put_bits(d, bits, divisor);
  dividends(d, items, N);
  CHECK(div->block(&block) == 0);
  if (!CHECK(ti_program_begin(&p, simd)))
    return false;
  args[0] = ti_program_input(&p, d);
  args[1] = ti_program_constant(&p, d, divisor);
  CHECK(ti_program_finish(&p, ti_program_apply(&p, div, args), TI_PROGRAM_VALUES));
  const bool product = p.step[0].run != p.made.set->operations[ti_builtin_index(div)].run[TI_PROGRAM_M_K];
  ti_program *const kept = ti_program_keep(&p.made);
  CHECK(kept != NULL && ti_program_run(kept, in, stride, N, got, NULL));
  ti_program_drop(kept);
  for (size_t i = 0; i < N; i++)
    if (!CHECK(data_same(ti_value_load(d, got + i * size), ti_value_load(d, want + i * size))))
      return false;
  return product;
}

/* What divides by a power of two multiplies, if the inverse is exact; the bits are those of the division. */
static void division_by_powers_of_two(void) {
  const tine_kernel *const div = ti_builtin_find("div");
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
    for (size_t k = 0; k < div->count; k++) {
      const tine_dtype d = div->signatures[k].in[0];
      const unsigned last = d == TINE_F64 ? 2047 : 255;
      for (unsigned e = 0; e <= last; e++)
        for (unsigned f = 0; f < (e % 32 < 2 || e + 3 > last ? 4 : 1); f++) {
          const uint64_t divisor = divisor_bits(d, e, check_below(2), f);
          if (!CHECK_INT(divided_by_product(&div->signatures[k], divisor, simd), f == 0 && e > 0 && e < last - 1))
            return;
        }
    }
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

/* ===== Of all types ===== */

/* The same stages twice: one is run whole, in programs, the other in runs that are too short for them. */
static tine_array *typed_array(void) {
  static const tine_dtype often[] = {TINE_F64, TINE_F64, TINE_I64, TINE_F32};
  const tine_dtype d = check_below(2) ? often[check_below(4)] : (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, d, ITEMS, NULL), TINE_OK);
  for (size_t i = 0; i < ITEMS; i++)
    data_write(d, (char *)tine_array_data(a) + i * tine_dtype_size(d));
  return a;
}

static pair typed_source(void) {
  tine_array *const a = typed_array();
  const bool back = check_below(8) == 0;
  const pair p = {back ? tine_rev(tine_slice(a)) : tine_slice(a), back ? tine_rev(tine_slice(a)) : tine_slice(a)};
  tine_array_release(a);
  return p;
}

static pair both_map(pair p, bool extend, tine_kernel *k, const int *columns, const tine_value *values, unsigned n) {
  tine_pipeline *(*const stage)(tine_pipeline *, tine_kernel *, const int *, const tine_value *, size_t) =
      extend ? tine_extend_args : tine_map_args;
  return (pair){stage(p.fused, k, columns, values, n), stage(p.single, k, columns, values, n)};
}

/* A kernel that takes columns of p, or constants; p as it is if there is none. */
static pair typed_kernel(pair p) {
  for (int tries = 0; tries < 30; tries++) {
    tine_kernel *const k = ti_builtin_at((size_t)check_below(ti_builtin_count()));
    const unsigned n = k->signatures[0].inputs;
    int columns[TINE_MAX_ARGS];
    tine_value values[TINE_MAX_ARGS] = {{.dtype = TINE_NONE}};
    tine_pipeline *tried;
    bool any = false;
    for (unsigned c = 0; c < n; c++) {
      columns[c] = (int)check_below(tine_pipeline_columns(p.fused));
      if (check_below(4) == 0) {
        values[c] = (tine_value){.dtype = TINE_F64, .as.f = (double)((int64_t)check_below(9) - 4)};
        if (check_below(2))
          values[c] = (tine_value){.dtype = TINE_I64, .as.i = (int64_t)check_below(9) - 4};
        columns[c] = -1;
      }
      any = any || columns[c] >= 0;
    }
    if (!any || (k->flags & TINE_EXPANDS) != 0)
      continue;
    tried = tine_extend_args(tine_pipeline_retain(p.fused), k, columns, values, n);
    any = tine_pipeline_check(tried, NULL) == TINE_OK;
    tine_pipeline_release(tried);
    if (any)
      return both_map(p, check_below(3) == 0, k, columns, values, n);
  }
  return p;
}

static pair typed_pair(unsigned depth) {
  const unsigned what = depth == 0 ? 0 : (unsigned)check_below(12);
  unsigned columns[3];
  pair a, b;
  if (what == 0)
    return typed_source();
  a = typed_pair(depth - 1);
  switch (what) {
    case 1: {
      const tine_dtype d = (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
      const tine_cast_mode mode = check_below(3) ? (tine_cast_mode)(TINE_CAST_WRAP + check_below(2)) : TINE_CAST_EXACT;
      return (pair){tine_cast(a.fused, d, mode), tine_cast(a.single, d, mode)};
    }
    case 2:
      for (int i = 0; i < 3; i++)
        columns[i] = (unsigned)check_below(tine_pipeline_columns(a.fused));
      return (pair){tine_select(a.fused, columns, 3), tine_select(a.single, columns, 3)};
    case 3: return (pair){tine_take(a.fused, ITEMS - 7), tine_take(a.single, ITEMS - 7)};
    case 4:
    case 5:
    case 6:
      b = typed_pair(depth - 1);
      if (tine_pipeline_columns(a.fused) + tine_pipeline_columns(b.fused) > 5) {
        tine_pipeline_release(b.fused);
        tine_pipeline_release(b.single);
        return a;
      }
      return (pair){tine_zip(a.fused, b.fused), tine_zip(a.single, b.single)};
    default: return typed_kernel(a);
  }
}

/* One column of it. */
static tine_pipeline *first_column(tine_pipeline *p) {
  const unsigned last = tine_pipeline_columns(p) - 1;
  return last > 0 ? tine_select(p, &last, 1) : p;
}

static bool same_piece(const tine_array *whole, uint64_t from, const tine_array *piece) {
  const tine_dtype d = tine_array_dtype(whole);
  const size_t size = tine_dtype_size(d);
  bool same = CHECK_INT(tine_array_dtype(piece), d);
  for (uint64_t i = 0; i < tine_array_len(piece) && same; i++)
    same = data_same(ti_value_load(d, (const char *)tine_array_data(whole) + (from + i) * size),
                     ti_value_load(d, (const char *)tine_array_data(piece) + i * size));
  return CHECK(same);
}

/* Runs of fewer items than a program is worth: of which the first that fails says where the whole one must. */
static bool same_as_pieces(const tine_pipeline *p, tine_status status, const tine_array *whole, const tine_error *err,
                           unsigned *failing) {
  bool same = true, failed = false;
  for (uint64_t from = 0; from < tine_pipeline_len(p) && same && !failed; from += TI_FUSE_ITEMS - 1) {
    tine_pipeline *const q =
        tine_take(tine_skip(tine_pipeline_retain((tine_pipeline *)(uintptr_t)p), from), TI_FUSE_ITEMS - 1);
    tine_array *piece = NULL;
    tine_error own = {.item = 0};
    failed = tine_collect(q, &piece, &own) != TINE_OK;
    if (failed)
      same = CHECK_INT(status, own.status) && CHECK_INT(err->item, from + own.item);
    else if (status == TINE_OK)
      same = same_piece(whole, from, piece);
    else
      same = CHECK(err->item >= from + tine_array_len(piece));
    tine_array_release(piece);
    tine_pipeline_release(q);
  }
  *failing += failed;
  return same && CHECK(failed == (status != TINE_OK));
}

static void stages_of_all_types_give_the_same_bits(void) {
  unsigned failing = 0, programs = 0;
  for (int round = 0; round < 1500; round++) {
    const pair drawn = typed_pair(7), p = {first_column(drawn.fused), first_column(drawn.single)};
    tine_array *whole = NULL;
    tine_error err = {.item = 0};
    tine_value x = {.as.i = 1}, y = {.as.i = 2};
    const tine_status status = tine_collect(p.fused, &whole, &err);
    bool same = same_as_pieces(p.single, status, whole, &err, &failing);
    for (const tine_pipeline *s = p.fused; s != NULL; s = s->base[0])
      programs += ti_load_acquire(&s->program) != NULL;
    if (status == TINE_OK && same) { /* the sum of what was stored is that of what a program adds */
      tine_pipeline *const stored = tine_slice(whole);
      same = CHECK_INT(tine_sum(p.fused, &x, NULL), TINE_OK) && CHECK_INT(tine_sum(stored, &y, NULL), TINE_OK) &&
             CHECK_INT(x.dtype, y.dtype) &&
             (x.dtype == TINE_F64 ? CHECK_F64(x.as.f, y.as.f) : CHECK_INT(x.as.i, y.as.i));
      tine_pipeline_release(stored);
    } else if (same) {
      tine_error other = {.item = 0};
      same = CHECK_INT(tine_sum(p.fused, &x, &other), status) && CHECK_INT(other.item, err.item) &&
             CHECK_TEXT(other.message, err.message);
    }
    if (!same) {
      char plan[4000];
      tine_pipeline_explain(p.fused, plan, sizeof plan);
      printf("\n  round %d: %s\n%s\n", round, status != TINE_OK ? err.message : "", plan);
    }
    tine_array_release(whole);
    tine_pipeline_release(p.fused);
    tine_pipeline_release(p.single);
    if (!same)
      return;
  }
  CHECK(failing > 50 && programs > 400);
}

/* A column that is dropped and may fail is evaluated, too, however little room its nodes leave. */
static void what_is_dropped_fails_though_nodes_run_out(void) {
  static int64_t numbers[ITEMS], ones[ITEMS];
  static bool flags[ITEMS];
  unsigned first[12], failing = 0;
  for (int i = 0; i < ITEMS; i++)
    numbers[i] = i == 1000 ? 0 : (ones[i] = 1);
  ones[1000] = 1;
  tine_array *const a = tine_slice_of(TINE_BOOL, flags, ITEMS, sizeof *flags);
  tine_array *const b = tine_slice_of(TINE_I64, numbers, ITEMS, sizeof *numbers);
  tine_array *const c = tine_slice_of(TINE_I64, ones, ITEMS, sizeof *ones);
  for (int extends = 0; extends <= 21; extends += 7) {
    tine_pipeline *p = tine_slice(a);
    tine_array *whole = NULL;
    tine_error err = {.item = 0};
    for (int i = 1; i < 10; i++)
      p = tine_zip(p, tine_rev(tine_rev(tine_slice(a))));
    p = tine_zip(tine_zip(p, tine_slice(c)), tine_slice(b));
    for (unsigned i = 0; i < 12; i++)
      first[i] = i;
    p = tine_select(tine_extend_args(p, kernel("idiv"), (const int[]){10, 10}, NULL, 2), first, 12); /* it might */
    for (int i = 0; i < extends; i++) {
      const int columns[] = {i % 10, -1, -1};
      const tine_value values[] = {
          {.dtype = TINE_NONE}, {.dtype = TINE_F64, .as.f = 2 * i + 0.5}, {.dtype = TINE_F64, .as.f = 2 * i + 1.5}};
      p = tine_select(tine_extend_args(p, kernel("fma"), columns, values, 3), first, 12);
    }
    p = tine_extend_args(p, kernel("idiv"), (const int[]){10, 11}, NULL, 2);
    p = tine_map(tine_select(p, first, 1), kernel("not"), NULL, 0);
    const tine_status status = tine_collect(p, &whole, &err);
    CHECK_INT(status, TINE_EKERNEL);
    CHECK_INT(err.item, 1000);
    same_as_pieces(p, status, whole, &err, &failing);
    tine_array_release(whole);
    tine_pipeline_release(p);
  }
  CHECK_INT(failing, 4);
  tine_array_release(a);
  tine_array_release(b);
  tine_array_release(c);
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
  tine_pipeline *p = tine_map(tine_pipeline_retain(inner), kernel("abs"), NULL, 0);
  tine_pipeline *q = tine_map(collected(inner), kernel("abs"), NULL, 0);
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
  CHECK(ti_fuse_of(q, TINE_F64) == NULL);
  ti_memory_fail_after(-1);
  CHECK_INT(tine_sum(q, &got, NULL), TINE_OK);
  CHECK_F64(got.as.f, want.as.f);
  tine_pipeline_release(p);
  tine_pipeline_release(q);
}

CHECK_SUITE(program, CHECK_CASE(steps_do_what_loops_do), CHECK_CASE(too_much_is_refused),
            CHECK_CASE(what_is_the_same_is_one_node), CHECK_CASE(what_cannot_fail_is_dropped),
            CHECK_CASE(division_by_powers_of_two), CHECK_CASE(fused_stages_give_the_same_bits),
            CHECK_CASE(stages_of_all_types_give_the_same_bits), CHECK_CASE(what_is_dropped_fails_though_nodes_run_out),
            CHECK_CASE(long_runs_make_programs), CHECK_CASE(stages_over_a_split_source_make_programs),
            CHECK_CASE(long_chains_are_cut), CHECK_CASE(leaves_fail_in_order), CHECK_CASE(no_memory_no_program))
