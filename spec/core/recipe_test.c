/*
** Programs made of what pipelines tell: chains at every limit, against the same stages in runs that are too short for
** programs; when one is made for a short run; the programs kept of the last recipes, with threads that race for them.
*/
#include "../../core/expression/recipe.h"
#include "../../core/kernel/simd.h"
#include "../../core/stage/fuse.h"
#include "kernel_data.h"
#include "pools.h"

enum { ITEMS = 700, SHORT = TI_FUSE_SPAN - 1 };

static double xs[ITEMS];

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static tine_pipeline *source(size_t n) {
  tine_array *a = tine_slice_of(TINE_F64, xs, n, sizeof *xs);
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

static void fill_items(void) {
  for (int i = 0; i < ITEMS; i++)
    xs[i] = check_below(50) ? (double)check_below(100000) / 64 : data_double();
}

static tine_value number(double x) {
  return (tine_value){.dtype = TINE_F64, .as.f = x};
}

/* Is the program of p one that runs? */
static bool has_program(const tine_pipeline *p) {
  const void *const was = ti_load_acquire(&p->program);
  return was != NULL && ti_fuse_top(p, NULL) == p && ti_load_acquire(&p->program) == was;
}

/* What p gives as a whole, against runs of a few items each, which are done stage by stage. */
static bool same_by_stages(const tine_pipeline *p) {
  tine_array *whole = NULL, *piece = NULL;
  bool same = CHECK_INT(tine_collect((tine_pipeline *)(uintptr_t)p, &whole, NULL), TINE_OK);
  const uint64_t n = tine_pipeline_len(p), part = TI_FUSE_ITEMS - 1;
  for (uint64_t from = 0; from < n && same; from += part) {
    tine_pipeline *const q = tine_take(tine_skip(tine_pipeline_retain((tine_pipeline *)(uintptr_t)p), from), part);
    same = CHECK_INT(tine_collect(q, &piece, NULL), TINE_OK);
    for (uint64_t i = 0; same && i < tine_array_len(piece); i++)
      same = CHECK_F64(((const double *)tine_array_data(whole))[from + i], ((const double *)tine_array_data(piece))[i]);
    tine_array_release(piece);
    piece = NULL;
    tine_pipeline_release(q);
  }
  tine_array_release(whole);
  return same;
}

/* As many operations as one program may have, each with constants of its own in memory. */
static void each_operation_may_have_constants_of_its_own(void) {
  tine_pipeline *p = source(ITEMS);
  fill_items();
  for (int i = 0; i < TI_FUSE_OPERATIONS; i++)
    p = tine_map(p, kernel("clamp"), (const tine_value[]){number(i + 0.25), number(2000.5 - i)}, 2);
  CHECK(same_by_stages(p));
  CHECK(has_program(p));
  for (const tine_pipeline *s = p->base[0]; s != NULL; s = s->base[0])
    CHECK(ti_load_acquire(&s->program) == NULL);
  tine_pipeline_release(p);
}

/* What has no step is called as a loop: in an expression strip by strip, with constants of its own; of stages it is one
   by itself, and what is below and above it are programs. */
static void loops_have_constants_of_their_own(void) {
  tine_kernel *k = NULL;
  tine_error err;
  tine_pipeline *p = source(ITEMS);
  char text[1000] = "x";
  fill_items();
  for (int i = 0; i < 24; i++) {
    const tine_value mod = number(4000 / (i + 1.0));
    char longer[1000];
    snprintf(longer, sizeof longer, "(%.900s) %% %.17g", text, mod.as.f);
    strcpy(text, longer);
    p = tine_map(p, kernel("mod"), &mod, 1);
  }
  if (!CHECK_INT(tine_kernel_parse(&k, NULL, text, NULL, 0, 0, &err), TINE_OK))
    return;
  tine_pipeline *const q = tine_map(source(ITEMS), k, NULL, 0);
  tine_array *a = NULL, *b = NULL;
  CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
  CHECK_INT(tine_collect(q, &b, NULL), TINE_OK);
  for (int i = 0; i < ITEMS; i++)
    CHECK_F64(((const double *)tine_array_data(a))[i], ((const double *)tine_array_data(b))[i]);
  CHECK(ti_load_acquire(&p->program) == NULL);
  const tine_value one = number(1);
  tine_pipeline *above = tine_map(tine_map(source(ITEMS), kernel("sqrt"), NULL, 0), kernel("add"), &one, 1);
  above = tine_map(tine_map(tine_map(above, kernel("mod"), &one, 1), kernel("sqrt"), NULL, 0), kernel("add"), &one, 1);
  CHECK(same_by_stages(above));
  CHECK(has_program(above) && has_program(above->base[0]->base[0]->base[0]));
  tine_pipeline_release(above);
  tine_array_release(a);
  tine_array_release(b);
  tine_pipeline_release(p);
  tine_pipeline_release(q);
  tine_kernel_release(k);
}

/* A map of two columns: the last, and any or a constant. */
static tine_pipeline *joined(tine_pipeline *p, unsigned with) {
  static const char *const names[] = {"add", "sub", "max", "mod", "hypot"};
  tine_kernel *const k = kernel(names[check_below(5)]);
  const unsigned last = tine_pipeline_columns(p) - 1;
  const tine_value c = number((double)check_below(1000) / 8 + 1);
  if (check_below(6) == 0)
    return tine_extend_args(p, k, (const int[]){(int)last, -1}, (const tine_value[]){c, c}, 2);
  return tine_extend_args(p, k, (const int[]){(int)last, (int)with}, NULL, 2);
}

/* Several columns made of a few, all wanted to the end, and then joined one by one: many values at a time, many
   constants, more operations than a program has, more columns than it reads. */
static tine_pipeline *wide(void) {
  const unsigned sources = 1 + (unsigned)check_below(3), extends = (unsigned)check_below(TINE_MAX_COLUMNS / 2 - 2);
  tine_pipeline *p = source(ITEMS);
  unsigned columns[TINE_MAX_COLUMNS];
  for (unsigned i = 1; i < sources; i++)
    p = tine_zip(p, check_below(2) ? tine_rev(source(ITEMS)) : source(ITEMS));
  for (unsigned i = 0; i < extends; i++) {
    static const char *const names[] = {"add", "mul", "mod", "fma", "clamp"};
    const unsigned which = (unsigned)check_below(5);
    const tine_value c[] = {number(0), number((double)check_below(200) / 8), number(30 + (double)check_below(200))};
    const int from[] = {(int)check_below(tine_pipeline_columns(p)), -1, -1};
    p = tine_extend_args(p, kernel(names[which]), from, c, which < 3 ? 2 : 3);
  }
  for (unsigned joins = (unsigned)check_below(30), with = tine_pipeline_columns(p); joins > 0; joins--) {
    with = with > 0 ? with - 1 : (unsigned)check_below(tine_pipeline_columns(p));
    if (tine_pipeline_columns(p) == TINE_MAX_COLUMNS) { /* the oldest goes */
      for (unsigned c = 1; c < TINE_MAX_COLUMNS; c++)
        columns[c - 1] = c;
      p = tine_select(p, columns, TINE_MAX_COLUMNS - 1);
      with = with > 0 ? with - 1 : with;
    }
    p = joined(p, with);
  }
  return tine_map_args(p, kernel("abs"), (const int[]){(int)tine_pipeline_columns(p) - 1}, NULL, 1);
}

static void wide_chains_give_the_same_bits(void) {
  unsigned programs = 0;
  for (int round = 0; round < 150; round++) {
    fill_items();
    tine_pipeline *const p = wide();
    if (!CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK))
      return;
    const bool same = same_by_stages(p);
    programs += has_program(p);
    if (!same) {
      char plan[4000];
      tine_pipeline_explain(p, plan, sizeof plan);
      printf("\n  round %d\n%s\n", round, plan);
    }
    tine_pipeline_release(p);
    if (!same)
      return;
  }
  CHECK(programs > 10);
}

/* ===== When one is made ===== */

static tine_pipeline *chain(size_t n, double by) {
  const tine_value c = number(by);
  return tine_map(tine_map(tine_map(source(n), kernel("mul"), &c, 1), kernel("sqrt"), NULL, 0), kernel("add"), &c, 1);
}

/* A short one and never again is not worth it; the second is, whichever terminal asks, and be the first a sum. */
static void the_second_short_run_makes_a_program(void) {
  tine_value v;
  fill_items();
  for (int sums = 0; sums < 2; sums++) {
    tine_pipeline *const p = chain(SHORT, 3.5);
    const void *kept[3];
    double sum[3];
    for (int run = 0; run < 3; run++) {
      CHECK_INT((sums ? tine_sum(p, &v, NULL) : tine_max(p, &v, NULL, NULL)), TINE_OK);
      sum[run] = v.as.f;
      kept[run] = ti_load_acquire(&p->program);
    }
    CHECK(kept[0] != kept[1] && kept[1] == kept[2] && has_program(p));
    CHECK_F64(sum[1], sum[0]);
    CHECK_F64(sum[2], sum[0]);
    tine_pipeline_release(p);
  }
  tine_pipeline *const few = chain(TI_FUSE_ITEMS - 1, 3.5);
  for (int run = 0; run < 3; run++)
    CHECK_INT(tine_max(few, &v, NULL, NULL), TINE_OK);
  CHECK(ti_load_acquire(&few->program) == NULL);
  tine_pipeline_release(few);
}

/* Words that differ in anything are not the same recipe. */
static void what_differs_is_another_program(void) {
  for (int i = 0; i < 4; i++) {
    ti_recipe r;
    bool never;
    double x = 10, got[2] = {0, 0};
    ti_program *p[2];
    for (int k = 0; k < 2; k++) {
      const double c = i == 0 ? 3 + k : 3;
      int args[2];
      ti_recipe_begin(&r);
      args[0] = ti_recipe_input(&r, TINE_F64);
      args[1] = ti_recipe_constant(&r, TINE_F64, &c);
      if (i == 1 && k == 1)
        args[0] = args[1], args[1] = 0;
      const ti_signature *s = ti_builtin_find(i == 2 && k == 1 ? "add" : "sub")->signatures;
      while (s->in[0] != TINE_F64)
        s++;
      const int word = ti_recipe_apply(&r, s, args), last = i == 3 && k == 1 ? args[1] : word;
      p[k] = ti_recipe_program(&r, last, TI_PROGRAM_VALUES, &never);
      if (!CHECK(p[k] != NULL && !never))
        return;
    }
    for (int k = 0; k < 2; k++) {
      const ptrdiff_t stride = sizeof x;
      CHECK(ti_program_run(p[k], (const void *[]){&x}, &stride, 1, &got[k], NULL));
      ti_program_drop(p[k]);
    }
    static const double want[][2] = {{7, 6}, {7, -7}, {7, 13}, {7, 3}};
    CHECK_F64(got[0], want[i][0]);
    CHECK_F64(got[1], want[i][1]);
  }
}

/* ===== Threads ===== */

enum { RACES = 4000, DIFFERENT = 90 /* more than are kept */ };

typedef struct race {
  double want[DIFFERENT];
  _Atomic unsigned wrong;
} race;

static tine_status race_run(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *arg) {
  race *const r = arg;
  (void)ctx;
  for (uint64_t i = lo; i < hi; i++) {
    const unsigned which = (unsigned)(mix(i) % (i % 2 ? 5 : DIFFERENT));
    tine_pipeline *const p = tine_sequential(chain(i % 3 ? ITEMS : 100, which + 0.5));
    tine_value v = {.as.f = 0};
    if (tine_max(p, &v, NULL, NULL) != TINE_OK || (i % 3 && v.as.f != r->want[which]))
      r->wrong++;
    tine_pipeline_release(p);
  }
  return TINE_OK;
}

static void threads_race_for_programs(void) {
  static race r;
  tine_pool *const pool = new_pool(4);
  for (int i = 0; i < ITEMS; i++)
    xs[i] = i;
  for (int i = 0; i < DIFFERENT; i++)
    r.want[i] = sqrt((ITEMS - 1) * (i + 0.5)) + (i + 0.5);
  r.wrong = 0;
  CHECK_INT(tine_parallel_for(pool, RACES, race_run, &r, NULL), TINE_OK);
  CHECK_INT(r.wrong, 0);
  tine_pool_destroy(pool);
}

/* All of them of one stage: one program is kept. */
static tine_status same_run(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *arg) {
  (void)ctx;
  for (uint64_t i = lo; i < hi; i++) {
    tine_value v = {.as.f = 0};
    CHECK_INT(tine_max(arg, &v, NULL, NULL), TINE_OK);
  }
  return TINE_OK;
}

static void threads_race_for_one_stage(void) {
  tine_pool *const pool = new_pool(4);
  for (int i = 0; i < 100; i++) {
    tine_pipeline *const p = tine_sequential(chain(ITEMS, 1000.5 + i));
    CHECK_INT(tine_parallel_for(pool, 16, same_run, p, NULL), TINE_OK);
    CHECK(has_program(p->base[0]));
    tine_pipeline_release(p);
  }
  tine_pool_destroy(pool);
}

CHECK_SUITE(recipe, CHECK_CASE(each_operation_may_have_constants_of_its_own),
            CHECK_CASE(loops_have_constants_of_their_own), CHECK_CASE(wide_chains_give_the_same_bits),
            CHECK_CASE(the_second_short_run_makes_a_program), CHECK_CASE(what_differs_is_another_program),
            CHECK_CASE(threads_race_for_programs), CHECK_CASE(threads_race_for_one_stage))
