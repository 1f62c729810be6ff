/*
** The contract of closures' modes in core/tine.h: what a place cannot honour is refused with nothing moved, and a
** closure that is called once is called and dropped once.
*/
#include "pools.h"
#include "ration.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0] };

/* ===== Refusals ===== */

static tine_status makes(const void *env, void *state) {
  (void)env, (void)state;
  return TINE_OK;
}

static void merges(void *env, void *state) {
  (void)env, (void)state;
}

static void drops_state(void *state) {
  (void)state;
}

static int copies(tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    ((int64_t *)block->out[0])[i] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
  return 0;
}

static const int secret = 7;

/* A kernel of mode fn_mut with an environment that was moved in. */
static tine_kernel_desc describe(unsigned flags) {
  static const tine_kernel_signature types[] = {{"i64 -> i64", copies, NULL}};
  return (tine_kernel_desc){.size = sizeof(tine_kernel_desc),
                            .name = "k",
                            .signatures = types,
                            .signature_count = 1,
                            .flags = flags,
                            .mode = TINE_FN_MUT,
                            .env = &secret,
                            .env_size = sizeof secret,
                            .state_size = 8,
                            .init = makes,
                            .merge = merges,
                            .drop_state = drops_state};
}

static unsigned dropped_envs;

static void drop_env(void *env) {
  (void)env;
  dropped_envs++;
}

static void refused(tine_registry *r, tine_kernel_desc d, tine_status want, const char *part, int line) {
  tine_error err = {.message = ""};
  d.drop = d.drop != NULL ? drop_env : NULL;
  check_int(tine_kernel_register(r, &d, &err), want, d.name, __FILE__, line);
  check_contains(err.message, part, d.name, __FILE__, line);
}

static void kernels_are_refused_with_nothing_moved(void) {
  tine_registry *r = NULL;
  tine_kernel_desc d = describe(0);
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  dropped_envs = 0;
  d.drop = drop_env;
  d.mode = TINE_FN_ONCE;
  refused(r, d, TINE_EMODE, "kernel 'k': a fn_once closure cannot be a kernel, since", __LINE__);
  d.mode = TINE_FN;
  refused(r, d, TINE_EMODE, "kernel 'k': a fn closure cannot have a state, since", __LINE__);
  d.mode = TINE_FN_MUT, d.flags = TINE_NOT_SYNC | TINE_NOT_SEND;
  refused(r, d, TINE_EMODE, "a closure whose environment is not send cannot be a kernel, since", __LINE__);
  d.env_size = 0, d.drop = NULL; /* borrowed, but its workers would make states from it */
  refused(r, d, TINE_EMODE, "a closure whose environment is not send cannot be a kernel, since", __LINE__);
  d = describe(TINE_NOT_SEND);
  refused(r, d, TINE_EMODE, "a closure whose environment is not send cannot be a kernel, since", __LINE__);
  d.state_size = 0;
  d.flags = 0;
  refused(r, d, TINE_EMODE, "a fn_mut closure cannot have a state of 0 bytes", __LINE__);
  d.state_size = SIZE_MAX;
  refused(r, d, TINE_EMODE, "a fn_mut closure cannot have a state of", __LINE__);
  d = describe(TINE_NOT_SYNC);
  d.mode = TINE_FN, d.state_size = 0, d.init = NULL, d.merge = NULL, d.drop_state = NULL;
  refused(r, d, TINE_EMODE, "a closure whose environment is not sync cannot be a kernel, since", __LINE__);
  d.flags = 4096;
  refused(r, d, TINE_EINVAL, "unknown flags", __LINE__);
  CHECK_INT(dropped_envs, 0);
  d.flags = TINE_NOT_SEND, d.env_size = 0; /* borrowed and never dropped: it stays where it is */
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  tine_registry_release(r);
}

static int add_mut(tine_block *block) {
  *(unsigned *)block->state += 1;
  for (size_t i = 0; i < block->n; i++)
    ((int64_t *)block->out[0])[i] =
        TINE_AT(int64_t, block->in[0], block->in_stride[0], i) + TINE_AT(int64_t, block->in[1], block->in_stride[1], i);
  return 0;
}

static void reductions_take_no_state(void) {
  static const tine_kernel_signature types[] = {{"i64 i64 -> i64", add_mut, NULL}};
  const tine_kernel_desc d = {.size = sizeof d,
                              .name = "add_mut",
                              .signatures = types,
                              .signature_count = 1,
                              .flags = TINE_ASSOCIATIVE,
                              .mode = TINE_FN_MUT,
                              .state_size = sizeof(unsigned)};
  tine_registry *r = NULL;
  tine_value sum;
  tine_error err = {.message = ""};
  tine_pipeline *p = tine_range(1, 100, 1), *q;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  CHECK_INT(tine_kernel_mode(tine_kernel_find(r, "add_mut", NULL)), TINE_FN_MUT);
  CHECK_INT(tine_reduce(p, tine_kernel_find(r, "add_mut", NULL), NULL, &sum, &err), TINE_EMODE);
  CHECK_CONTAINS(err.message, "kernel 'add_mut': a fn_mut closure cannot reduce, since");
  q = tine_map(tine_zip(p, tine_range(1, 100, 1)), tine_kernel_find(r, "add_mut", NULL), NULL, 0); /* no init needed */
  CHECK_INT(tine_sum(q, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 10100);
  tine_pipeline_release(q);
  tine_registry_release(r);
}

/* ===== Closures that are called once ===== */

typedef struct owned_env {
  _Atomic unsigned *calls, *drops;
  tine_ctx **where;
} owned_env;

static void called(tine_ctx *ctx, void *env) {
  owned_env *e = env;
  if (e->where != NULL)
    *e->where = ctx;
  ++*e->calls;
}

static void drop_owned(void *env) {
  owned_env *e = env;
  *e->drops += *e->calls > 0 ? 1 : 100;
}

static void spawns_each_mode(tine_ctx *ctx, void *arg) {
  static const tine_mode modes[] = {TINE_FN, TINE_FN_MUT, TINE_FN_ONCE};
  owned_env *e = arg;
  unsigned refusals = 0;
  tine_closure c = {called, e, sizeof *e, drop_owned, TINE_FN, TINE_NOT_SEND};
  refusals += tine_spawn(ctx, &c) == TINE_EMODE;
  c.env_size = 0;
  refusals += tine_spawn(ctx, &c) == TINE_EMODE;
  c.flags = 1;
  refusals += tine_spawn(ctx, &c) == TINE_EINVAL;
  c.flags = 0, c.mode = (tine_mode)9;
  refusals += tine_spawn(ctx, &c) == TINE_EINVAL;
  c.mode = TINE_FN, c.fn = NULL;
  refusals += tine_spawn(ctx, &c) == TINE_EINVAL;
  c.fn = called, c.env = NULL, c.env_size = 8;
  refusals += tine_spawn(ctx, &c) == TINE_EINVAL;
  refusals += tine_spawn(ctx, NULL) == TINE_EINVAL;
  CHECK_INT(refusals, 7);
  CHECK_INT(*e->calls + *e->drops, 0);
  c.env = e, c.env_size = sizeof *e, c.flags = TINE_NOT_SYNC;
  for (int k = 0; k < 3; k++) {
    c.mode = modes[k];
    CHECK_INT(tine_spawn(ctx, &c), TINE_OK);
  }
}

static void a_spawned_closure_may_be_of_any_mode(void) {
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    _Atomic unsigned calls = 0, drops = 0;
    owned_env e = {&calls, &drops, NULL};
    CHECK_INT(tine_pool_run(pool, spawns_each_mode, &e, NULL), TINE_OK);
    CHECK_INT(calls, 3);
    CHECK_INT(drops, 3);
    tine_pool_destroy(pool);
  }
}

/* Spawns what borrows its own environment, and ends as it is told. */
typedef struct spawner {
  owned_env owned;
  tine_status end;
  _Atomic unsigned spawned;
} spawner;

static void is_spawned(tine_ctx *ctx, void *env) {
  (void)ctx;
  nap_us(50);
  ++((spawner *)env)->spawned;
}

static void spawns(tine_ctx *ctx, void *env) {
  spawner *s = env;
  const tine_closure c = {is_spawned, s, 0, NULL, TINE_FN_ONCE, 0};
  called(ctx, &s->owned);
  for (int i = 0; i < 10; i++)
    CHECK_INT(tine_spawn(ctx, &c), TINE_OK);
  if (s->end == TINE_ECANCELED)
    tine_cancel(ctx);
  else if (s->end != TINE_OK)
    tine_fail(ctx, s->end, 0, NULL);
}

static void drop_spawner(void *env) {
  spawner *s = env;
  CHECK_INT(s->spawned, 10); /* dropped behind all that borrowed it */
  drop_owned(&s->owned);
}

static void a_called_closure_outlives_what_it_spawns(void) {
  static const tine_status ends[] = {TINE_OK, TINE_ECANCELED, TINE_EUSER};
  tine_error err = {.message = ""};
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (int k = 0; k < 6; k++) {
      _Atomic unsigned calls = 0, drops = 0;
      spawner s = {{&calls, &drops, NULL}, ends[k % 3], 0};
      const bool moved = k >= 3;
      const tine_closure c = {spawns, &s, moved ? sizeof s : 0, drop_spawner, TINE_FN_ONCE, TINE_NOT_SEND};
      CHECK_INT(tine_pool_call(pool, &c, NULL), ends[k % 3]);
      CHECK_INT(calls, 1);
      CHECK_INT(drops, 1);
      CHECK_INT(s.spawned, moved ? 0 : 10);
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(tine_pool_call(NULL, NULL, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "no closure to run");
}

static void a_call_without_memory_moves_nothing(void) {
  _Atomic unsigned calls = 0, drops = 0;
  CHECK_STOP(ration());
  for (int k = 0; drops == 0 && k < 100; k++) { /* the default pool wants memory, too */
    const owned_env e = {&calls, &drops, NULL};
    const tine_closure c = {called, (void *)(uintptr_t)&e, sizeof e, drop_owned, TINE_FN_ONCE, 0};
    allocations_left = k;
    const tine_status status = tine_pool_call(NULL, &c, NULL);
    CHECK_INT(status, calls > 0 ? TINE_OK : TINE_ENOMEM);
    CHECK_INT(drops, calls);
  }
  CHECK_INT(drops, 1);
  end_ration();
}

CHECK_SUITE(api_closure, CHECK_CASE(kernels_are_refused_with_nothing_moved), CHECK_CASE(reductions_take_no_state),
            CHECK_CASE(a_spawned_closure_may_be_of_any_mode), CHECK_CASE(a_called_closure_outlives_what_it_spawns),
            CHECK_CASE(a_call_without_memory_moves_nothing))
