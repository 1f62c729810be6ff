/*
** No stage is without a random oracle: each is among what is composed at random beside a plain loop over its items, by
** compose_test.c (what keeps the index) or by ladder_random_test.c (all kinds).
*/
#include "../../core/stage/stage.h"
#include "ladder.h"
#include "tables.h"

/* Compositions until a stage counts as missing; some hundred are what it takes, and all are made only where one is. */
enum { ENOUGH = 20000 };

enum { INDEXED, SPARSE, SPRING, SINK };
static const struct {
  const char *name;
  int gives;
} stages[] = {
#define STAGE(id, name, gives) {#id, gives},
#include "../../core/stage/stages.def"
#undef STAGE
};

static bool met[TI_STAGE_END];

static void meet(const tine_pipeline *p) {
  for (; p != NULL; p = p->base[0]) {
    met[p->type->id] = true;
    meet(p->base[1]);
  }
}

static unsigned missing(bool told) {
  unsigned n = 0;
  for (int id = 1; id < TI_STAGE_END; id++)
    if (stages[id - 1].gives != SINK && !met[id]) {
      n++;
      if (told)
        CHECK_TEXT("nothing", stages[id - 1].name);
    }
  return n;
}

static void have_every_stage(void) {
  tine_pool *pool = new_pool(1);
  memset(met, 0, sizeof met);
  table_kernels_begin();
  ladder_begin();
  for (int i = 0; i < ENOUGH && missing(false) > 0; i++) {
    table t = table_composed((int)check_below(12));
    made m = ladder_grow((unsigned)check_below(7), false, pool);
    meet(t.p);
    meet(m.p);
    tine_pipeline_release(t.p);
    table_free(&t);
    ladder_cut(&m);
  }
  missing(true);
  ladder_end();
  table_kernels_end();
  tine_pool_destroy(pool);
}

CHECK_SUITE(oracles, CHECK_CASE(have_every_stage))
