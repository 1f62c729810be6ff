/*
** What tests of kernels' states share: a kernel of mode fn_mut that doubles, in three forms, and a tally of what became
** of its states. It knows core/tine.h alone.
*/
#ifndef SPEC_TALLY_H
#define SPEC_TALLY_H

#include <limits.h>
#include <stdatomic.h>

#include "pools.h"

enum { PLANTED = 0x5eed };

/* The environment: what became of the states. Atomic, as runs at once share it; 'items' is the merges' alone. */
typedef struct tally {
  _Atomic unsigned asked, inits, merges, drops, wrong, merging;
  unsigned may_init; /* so many succeed */
  uint64_t items;
  uint64_t fails_at; /* value at which the kernel fails */
  bool slow;         /* a turn takes a while, so that another would come in the midst of it */
  bool alone;        /* a state is made in a turn, too */
} tally;

typedef struct private_state {
  tally *of;
  uint64_t items;
  unsigned planted;
  atomic_flag busy; /* by one thread at a time */
} private_state;

static inline void take_turn(tally *t) {
  t->wrong += t->merging++ != 0;
  if (t->slow)
    nap_us(1000);
  t->merging--;
}

static inline tine_status make_state(const void *env, void *state) {
  tally *t = *(tally *const *)env;
  private_state *s = state;
  if ((uintptr_t)state % _Alignof(max_align_t) != 0 || s->of != NULL || s->items != 0)
    t->wrong++;
  if (t->alone)
    take_turn(t);
  if (t->asked++ >= t->may_init)
    return (tine_status)(TINE_EUSER + 3);
  t->inits++;
  s->of = t;
  s->planted = PLANTED;
  atomic_flag_clear(&s->busy);
  return TINE_OK;
}

static inline void merge_state(void *env, void *state) {
  tally *t = *(tally **)env;
  const private_state *s = state;
  t->wrong += s->planted != PLANTED || s->of != t;
  take_turn(t);
  t->items += s->items;
  t->merges++;
}

static inline void drop_state(void *state) {
  private_state *s = state;
  s->of->wrong += s->planted != PLANTED;
  s->of->drops++;
  s->planted = 0;
}

static inline void use_state(private_state *s, uint64_t n) {
  s->of->wrong += s->planted != PLANTED || atomic_flag_test_and_set(&s->busy);
  s->items += n;
  atomic_flag_clear(&s->busy);
}

static inline int doubles_block(tine_block *block) {
  private_state *s = block->state;
  if (block->env != NULL)
    s->of->wrong += *(tally *const *)block->env != s->of;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    if ((uint64_t)x == s->of->fails_at)
      return tine_block_fail(block, TINE_EUSER + 1, i, "planted");
    use_state(s, 1);
    ((int64_t *)block->out[0])[i] = 2 * x;
  }
  return 0;
}

static inline int doubles_item(const void *env, const void *const *in, void *const *out, const char **message) {
  private_state *s = (private_state *)(uintptr_t)env;
  const int64_t x = *(const int64_t *)in[0];
  *message = "planted";
  if ((uint64_t)x == s->of->fails_at)
    return TINE_EUSER + 1;
  use_state(s, 1);
  *(int64_t *)out[0] = 2 * x;
  return 0;
}

static const tine_kernel_signature doubles_types[] = {{"i64 -> i64", doubles_block, NULL},
                                                      {"i64 -> i64", NULL, doubles_item}};

static inline void reset(tally *t) {
  memset(t, 0, sizeof *t);
  t->may_init = UINT_MAX;
  t->fails_at = UINT64_MAX;
}

/* The kernel's environment is the address of the tally, moved in. */
static inline tine_kernel_desc describe(const char *name, tally *const *t, bool item, unsigned flags) {
  return (tine_kernel_desc){.size = sizeof(tine_kernel_desc),
                            .name = name,
                            .signatures = &doubles_types[item],
                            .signature_count = 1,
                            .flags = flags,
                            .mode = TINE_FN_MUT,
                            .env = t,
                            .env_size = sizeof *t,
                            .state_size = sizeof(private_state),
                            .init = make_state,
                            .merge = merge_state,
                            .drop_state = drop_state};
}

static const char *const names[] = {"by_block", "by_item", "alone"};

static inline tine_registry *registry_of(tally *t) {
  tine_registry *r = NULL;
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  for (int k = 0; k < 3; k++) {
    const tine_kernel_desc d = describe(names[k], &t, k == 1, k == 2 ? TINE_NOT_SYNC : 0);
    CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  }
  return r;
}

static inline tine_pipeline *doubled(tine_registry *r, const char *name, int64_t n, tine_pool *pool) {
  tine_pipeline *p = tine_map(tine_range(1, n, 1), tine_kernel_find(r, name, NULL), NULL, 0);
  return pool != NULL ? tine_on(p, pool) : p;
}

static inline void give_up(tine_pipeline *p, tine_pool *pool, tine_registry *r) {
  tine_pipeline_release(p);
  tine_registry_release(r);
  if (pool != NULL)
    tine_pool_destroy(pool);
}

static inline void is_over(const tally *t, unsigned most, bool merged) {
  CHECK(t->inits <= most);
  CHECK_INT(t->drops, t->inits);
  CHECK_INT(t->merges, merged ? t->inits : 0);
  CHECK_INT(t->wrong, 0);
}

#endif
