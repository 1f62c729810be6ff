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
#include "fuse.h"

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

/* 'top': of the program that a stage is in which reads this one. */
static void plan_stage(plan_text *t, const tine_pipeline *p, int depth, const tine_pipeline *top) {
  top = ti_fuse_top(p, top);
  for (int i = 0; i < 2; i++)
    if (p->base[i] != NULL)
      plan_stage(t, p->base[i], depth + i, p->fusion.cut ? NULL : top);
  ti_text_add(t->buffer, t->size, &t->used, "\n%*s%u %s", 2 * depth, "", p->number, p->name);
  if (p->type->describe != NULL)
    p->type->describe(p, t->buffer, t->size, &t->used);
  ti_text_add(t->buffer, t->size, &t->used, ": ");
  plan_shape(t, p);
  if (p->where != NULL)
    ti_text_add(t->buffer, t->size, &t->used, ", built at %s", p->where);
  if (top != NULL && top != p && p->type->id == TI_STAGE_map)
    ti_text_add(t->buffer, t->size, &t->used, ", in one pass with stage %u", top->number);
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
  plan_stage(&t, p, 0, NULL);
  if (p->kind == TINE_INDEXED && p->columns == 1 && ti_fuse_sums(p))
    ti_text_add(buffer, size, &t.used, ", its sum and mean in the same pass");
  if (p->type->counts)
    ti_text_add(buffer, size, &t.used, ", its count in the same pass");
  return t.used;
}
