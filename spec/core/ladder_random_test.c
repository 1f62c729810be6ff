/*
** Random pipelines of every kind, with adaptors that lose the index, over random sources; each beside what a plain loop
** makes of the same items (ladder.h), and all terminals on them, on pools of any size and cut in any way.
*/
#include "ladder.h"
#include "pool_set.h"

enum { FLOATS = 7 };

/* Reductions of the first column times 0.1: their bits are the same for all threads and cuts. */
static void float_ends(tine_pipeline *p, tine_value *v) {
  const unsigned first = 0;
  const tine_value tenth = tine_f64(0.1);
  tine_array *a = NULL;
  p = tine_select(tine_pipeline_retain(p), &first, 1);
  p = tine_map(p, tine_kernel_find(NULL, "mul", NULL), &tenth, 1);
  tine_sum(p, &v[0], NULL);
  tine_product(p, &v[1], NULL);
  tine_mean(p, &v[2], NULL);
  tine_var(p, &v[3], NULL);
  tine_std(p, &v[4], NULL);
  tine_reduce(p, tine_kernel_find(NULL, "add", NULL), &tenth, &v[5], NULL);
  v[6] = tine_f64(0);
  if (tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, &a, NULL) == TINE_OK && tine_array_len(a) > 0)
    v[6] = tine_array_get(a, tine_array_len(a) - 1);
  tine_array_release(a);
  tine_pipeline_release(p);
}

static void same_bits(tine_pipeline *p, tine_value *first, bool known) {
  tine_value v[FLOATS];
  float_ends(p, v);
  for (int i = 0; i < FLOATS && known; i++)
    if (CHECK_INT(v[i].dtype, first[i].dtype) && v[i].dtype == TINE_F64)
      CHECK_F64(v[i].as.f, first[i].as.f);
  memcpy(first, v, sizeof v);
}

static void known_before(const made *m) {
  uint64_t low = 0, high = UINT64_MAX;
  CHECK_INT(tine_pipeline_check(m->p, NULL), TINE_OK);
  CHECK_INT(tine_pipeline_kind(m->p), m->kind);
  CHECK_INT(tine_pipeline_bounds(m->p, &low, &high), m->kind != TINE_PARALLEL);
  if (m->all) {
    CHECK(low <= m->l.n && m->l.n <= high);
    CHECK_INT(tine_pipeline_len(m->p), m->kind >= TINE_EXACT ? m->l.n : 0);
  }
}

static void run_on(tine_pipeline *p, const made *m, tine_value *floats, bool known) {
  check_ends(p, &m->l, m->kind, m->all);
  check_searches(p, &m->l, m->kind, m->all);
  if (m->l.failed == 0)
    same_bits(p, floats, known);
}

static void try_one(bool fallible, unsigned times) {
  tine_value floats[FLOATS];
  made m = ladder_grow((unsigned)check_below(7), fallible, pools[check_below(POOLS)]);
  known_before(&m);
  for (unsigned i = 0; i < times; i++) {
    tine_pipeline *p = tine_on(tine_pipeline_retain(m.p), pools[check_below(POOLS)]);
    if (check_below(5) == 0)
      p = tine_sequential(p);
    else if (check_below(3) == 0)
      p = tine_max_len(p, 1 + check_below(50));
    run_on(p, &m, floats, i > 0);
    tine_pipeline_release(p);
  }
  ladder_cut(&m);
}

static void many_times(bool fallible) {
  const char *more = getenv("TINE_LADDERS");
  const int64_t trials = more != NULL ? atol(more) : 40;
  ladder_begin();
  begin_pools();
  for (int64_t i = 0; i < trials; i++)
    try_one(fallible, 3);
  end_pools();
  ladder_end();
}

static void random_ladders_give_what_a_loop_gives(void) {
  many_times(false);
}

static void random_ladders_fail_where_a_loop_fails(void) {
  many_times(true);
}

CHECK_SUITE(ladder_random, CHECK_CASE(random_ladders_give_what_a_loop_gives),
            CHECK_CASE(random_ladders_fail_where_a_loop_fails))
