/*
** A kernel of mode fn_mut that runs pipelines of itself, as core/tine.h allows it: each run has states of its own, and
** no state is used by two at once, also where a thread waits inside of the kernel and works on something else
** meanwhile.
*/
#include "pools.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0] };

/* A kernel of mode fn_mut that runs a pipeline of itself: 1 + ... + x, a level for each. */
typedef struct climb {
  tine_kernel *self;
  tine_pool *pool;
  _Atomic unsigned states, merged, wrong;
} climb;

static tine_status climb_init(const void *env, void *state) {
  climb *c = *(climb *const *)env;
  *(int64_t *)state = 0;
  c->states++;
  return TINE_OK;
}

static void climb_merge(void *env, void *state) {
  climb *c = *(climb **)env;
  c->wrong += *(int64_t *)state != 0;
  c->merged++;
}

static int climbs(tine_block *block) {
  climb *c = *(climb *const *)block->env;
  int64_t *busy = block->state;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    tine_value sum = tine_i64(0);
    tine_status status = TINE_OK;
    c->wrong += *busy != 0; /* nobody else uses it while this one waits */
    *busy = x;
    if (x > 1) {
      tine_pipeline *p = tine_on(tine_map(tine_rep(tine_i64(x - 1), 3), c->self, NULL, 0), c->pool);
      status = tine_max(p, &sum, NULL, NULL);
      tine_pipeline_release(p);
    }
    c->wrong += *busy != x;
    *busy = 0;
    if (status != TINE_OK)
      return tine_block_fail(block, (int)status, i, "below");
    ((int64_t *)block->out[0])[i] = x + sum.as.i;
  }
  return 0;
}

static void a_run_inside_has_states_of_its_own(void) {
  static const tine_kernel_signature types[] = {{"i64 -> i64", climbs, NULL}};
  for (unsigned i = 0; i < POOLS; i++) {
    climb c = {NULL, new_pool(threads[i]), 0, 0, 0}, *env = &c;
    const tine_kernel_desc d = {.size = sizeof d,
                                .name = "climbs",
                                .signatures = types,
                                .signature_count = 1,
                                .mode = TINE_FN_MUT,
                                .env = &env,
                                .env_size = sizeof env,
                                .state_size = sizeof(int64_t),
                                .init = climb_init,
                                .merge = climb_merge};
    tine_registry *r = NULL;
    tine_value sum;
    CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
    CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
    c.self = tine_kernel_find(r, "climbs", NULL);
    tine_pipeline *p = tine_on(tine_map(tine_rep(tine_i64(5), 64), c.self, NULL, 0), c.pool);
    CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
    CHECK_INT(sum.as.i, 64 * 15);
    CHECK_INT(c.wrong, 0);
    CHECK_INT(c.merged, c.states);
    CHECK(c.states > 64); /* each run inside has made some */
    tine_pipeline_release(p);
    tine_registry_release(r);
    tine_pool_destroy(c.pool);
  }
}

CHECK_SUITE(api_climb, CHECK_CASE(a_run_inside_has_states_of_its_own))
