/*
** The plan of a pipeline as text, a line a stage in the order of evaluation; the second branch of a zip is indented.
**
**     indexed f64[1000]
**     1 slice: f64[1000]
**       1 range from 1 step 1: i64[1000]
**     2 zip: f64 i64[1000]
**     3 map mul (f64 f64 -> f64): f64[1000], built at job.lua:17, in one pass with stage 4
**     4 map sqrt (f64 -> f64): f64[1000], built at job.lua:18
*/
#include "direct.h"
#include "fuse.h"
#include "tell.h"

typedef struct plan_text {
  char *buffer;
  size_t size, used;
} plan_text;

static void plan_shape(plan_text *t, const tine_pipeline *p) {
  for (unsigned c = 0; c < p->columns; c++)
    ti_text_add(t->buffer, t->size, &t->used, "%s%s", c > 0 ? " " : "", tine_dtype_name(p->dtype[c]));
  if (p->kind >= TINE_EXACT)
    ti_text_add(t->buffer, t->size, &t->used, "[%llu]", (unsigned long long)p->len);
  else if (p->kind == TINE_BOUNDED)
    ti_text_add(t->buffer, t->size, &t->used, "[at most %llu]", (unsigned long long)p->len);
  else
    ti_text_add(t->buffer, t->size, &t->used, "[?]");
}

/* The way from the last stage to the one that is being told; in arrays, since calls would take more of the stack. */
typedef struct plan_way {
  unsigned n;
  bool fuses; /* a run is long enough to make programs */
  const tine_pipeline *stage[TI_MAX_DEPTH];
  uint16_t top[TI_MAX_DEPTH]; /* where on the way is the top of the program it is read by, plus 1; 0: none reads it */
  uint16_t indent[TI_MAX_DEPTH]; /* how often it went to a second base */
  uint8_t told[TI_MAX_DEPTH];    /* bases of it */
} plan_way;

static void way_add(plan_way *w, const tine_pipeline *p, unsigned above, unsigned indent) {
  const tine_pipeline *const top = w->fuses ? ti_fuse_top(p, above > 0 ? w->stage[above - 1] : NULL) : NULL;
  w->stage[w->n] = p;
  w->top[w->n] = (uint16_t)(top == p ? w->n + 1 : top != NULL ? above : 0);
  w->indent[w->n] = (uint16_t)indent;
  w->told[w->n++] = 0;
}

/* Has it a predicate of several operations that is one program? */
static bool tells(const tine_pipeline *p) {
  ti_tell_prepare((tine_pipeline *)(uintptr_t)p, TI_FUSE_SPAN);
  return ti_tell_made(p);
}

/* The stage at the end of the way, whose bases have been told. */
static void plan_stage(plan_text *t, const plan_way *w) {
  const unsigned i = w->n - 1;
  const tine_pipeline *const p = w->stage[i];
  ti_text_add(t->buffer, t->size, &t->used, "\n%*s%u %s", 2 * w->indent[i], "", p->number, p->name);
  if (p->type->describe != NULL)
    p->type->describe(p, t->buffer, t->size, &t->used);
  ti_text_add(t->buffer, t->size, &t->used, ": ");
  plan_shape(t, p);
  if (p->where != NULL)
    ti_text_add(t->buffer, t->size, &t->used, ", built at %s", p->where);
  if (w->top[i] > 0 && w->top[i] != i + 1 && ti_fuse_computes(p))
    ti_text_add(t->buffer, t->size, &t->used, ", in one pass with stage %u", w->stage[w->top[i] - 1]->number);
  if (w->fuses && tells(p))
    ti_text_add(t->buffer, t->size, &t->used, ", its predicate in one pass");
}

TI_NOINLINE static void plan_stages(plan_text *t, const tine_pipeline *p) {
  plan_way w;
  w.n = 0;
  w.fuses = p->span >= TI_FUSE_SPAN;
  way_add(&w, p, 0, 0);
  while (w.n > 0) {
    const unsigned i = w.n - 1, b = w.told[i]++;
    const tine_pipeline *const base = b < 2 ? w.stage[i]->base[b] : NULL;
    if (base != NULL)
      way_add(&w, base, w.stage[i]->fusion.cut ? 0 : w.top[i], w.indent[i] + b);
    else if (b >= 2) {
      plan_stage(t, &w);
      w.n--;
    }
  }
}

/* Is its one column summed as it is computed? */
static bool plan_sums(const tine_pipeline *p) {
  ti_direct d;
  if (ti_direct_below(p, &d) != NULL)
    return true;
  return p->kind == TINE_INDEXED && p->columns == 1 && p->len >= TI_FUSE_SPAN &&
         ti_fuse_of((tine_pipeline *)(uintptr_t)p, ti_dtype_float(p->dtype[0]) ? TINE_F64 : TINE_I64) != NULL;
}

size_t tine_pipeline_explain(const tine_pipeline *p, char *buffer, size_t size) {
  static const char *const kinds[] = {"parallel", "bounded", "exact", "indexed"};
  plan_text t = {buffer, size, 0};
  tine_error err;
  if (size > 0)
    buffer[0] = '\0';
  if (ti_stage_check(p, &err) != TINE_OK) {
    ti_text_add(buffer, size, &t.used, "error: %s", err.message);
    return t.used;
  }
  ti_text_add(buffer, size, &t.used, "%s ", kinds[p->kind]);
  plan_shape(&t, p);
  plan_stages(&t, p);
  if (plan_sums(p))
    ti_text_add(buffer, size, &t.used,
                ti_dtype_float(p->dtype[0]) ? ", its sum and mean in the same pass" : ", its sum in the same pass");
  if (p->type->counts)
    ti_text_add(buffer, size, &t.used, ", its count in the same pass");
  return t.used;
}
