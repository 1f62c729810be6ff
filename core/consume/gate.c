/*
** take and skip_while of a pipeline without index. Which items pass depends on how many came before, or on which, so
** the drive makes the base's items window by window, in order, and lets the gate choose (drive/feed.c). Positions above
** a gate are ranks in what it lets through.
*/
#include "spring_stage.h"

/* Where nobody knows how many items pass: more than any run can go through. */
#define GATE_POSITIONS (UINT64_C(1) << 48)

static void take_first_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " %llu", (unsigned long long)((const ti_gate *)self)->take);
}

static const ti_stage_type take_first_type = {
    TI_STAGE(take_first),     .fill = ti_spring_fill, .describe = take_first_describe,
    .spring = TI_SPRING_GATE, .moves = true,          .size = sizeof(ti_gate)};
static const ti_stage_type skip_while_type = {TI_STAGE(skip_while), .fill = ti_spring_fill, .spring = TI_SPRING_GATE,
                                              .moves = true, TI_APPLIES(ti_gate, ti_apply_drop)};

/* What is known of the number of items that pass; positions are ranks. */
static tine_pipeline *gate_bounds(tine_pipeline *p, uint64_t most) {
  const bool bounded = p->kind >= TINE_BOUNDED;
  ti_assert(p->type->spring == TI_SPRING_GATE && p->error == NULL);
  p->cheap = true; /* above it: items are there */
  p->len = bounded && p->len < most ? p->len : most;
  p->kind = bounded || most < UINT64_MAX ? TINE_BOUNDED : TINE_PARALLEL;
  if (p->kind == TINE_BOUNDED && p->len > (uint64_t)INT64_MAX)
    p->len = (uint64_t)INT64_MAX;
  p->span = p->kind == TINE_BOUNDED && p->len < GATE_POSITIONS ? p->len : GATE_POSITIONS;
  p->untold = true;
  return ti_spring_init(p);
}

tine_pipeline *tine_take(tine_pipeline *base, uint64_t n) {
  tine_pipeline *p;
  if (base != NULL && base->error == NULL && base->kind == TINE_INDEXED)
    return ti_take_indexed(base, n);
  if (!ti_stage_on(&p, &take_first_type, base, NULL, false, TINE_PARALLEL))
    return p;
  ((ti_gate *)p)->take = n;
  if (p->least > n)
    p->least = n;
  return gate_bounds(p, n);
}

static tine_pipeline *skip_while_of(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  if (!ti_apply_on(&p, &skip_while_type, base, TINE_PARALLEL, TI_ROLE_PREDICATE, kernel, inputs))
    return p;
  ((ti_gate *)p)->take = UINT64_MAX;
  p->least = 0;
  return gate_bounds(p, UINT64_MAX);
}

tine_pipeline *tine_skip_while(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return skip_while_of(base, kernel, &(ti_inputs){NULL, constants, n, NULL});
}

tine_pipeline *tine_skip_while_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                    const tine_value *constants, size_t n) {
  return skip_while_of(base, kernel, &(ti_inputs){ti_apply_spelt(columns), constants, n, NULL});
}
