/*
** The plan of a pipeline as text, a line a stage in the order of evaluation; the second branch of a zip is indented.
**
**     indexed f64[1000]
**     1 slice: f64[1000]
**       1 range from 1 step 1: i64[1000]
**     2 zip: f64 i64[1000]
**     3 map mul (f64 f64 -> f64): f64[1000], built at job.lua:17
*/
#include "stage.h"

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

static void plan_stage(plan_text *t, const tine_pipeline *p, int depth) {
  if (p->base[0] != NULL)
    plan_stage(t, p->base[0], depth);
  if (p->base[1] != NULL)
    plan_stage(t, p->base[1], depth + 1);
  ti_text_add(t->buffer, t->size, &t->used, "\n%*s%u %s", 2 * depth, "", p->number, p->name);
  if (p->type->describe != NULL)
    p->type->describe(p, t->buffer, t->size, &t->used);
  ti_text_add(t->buffer, t->size, &t->used, ": ");
  plan_shape(t, p);
  if (p->where != NULL)
    ti_text_add(t->buffer, t->size, &t->used, ", built at %s", p->where);
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
  plan_stage(&t, p, 0);
  return t.used;
}
