/*
** A kernel applied to columns of a block: what map, extend, filter and their like have in common. It is bound once,
** when the stage is built, and run block by block.
*/
#ifndef TI_STAGE_APPLY_H
#define TI_STAGE_APPLY_H

#include "stage.h"

#include <stddef.h>

typedef struct ti_apply {
  tine_kernel *kernel; /* a reference of its own; NULL: none */
  unsigned inputs, outputs;
  int column[TINE_MAX_ARGS]; /* the column input k reads; negative: its constant */
  size_t own;                /* bytes of scratch for the results */
  size_t converted;          /* and for inputs that must be converted */
  atomic_uint item_ns; /* newest measured cost of an item of a host's kernel, 0: unknown; a hint between threads */
  ti_binding binding;
} ti_apply;

/* How a stage names the inputs of its kernel: 'columns' NULL: all columns, then the n constants; else input k is column
   columns[k] or, where that is negative, constants[k]. And what the user called the stage, if that is not what it is: a
   terminal's name. */
typedef struct ti_inputs {
  const int *columns;
  const tine_value *constants;
  size_t n;
  const char *name;
} ti_inputs;

/* The columns that a caller spelt out: where there are inputs, NULL is a mistake, not a missing list. */
extern const int ti_apply_nowhere[1];
static inline const int *ti_apply_spelt(const int *columns) {
  return columns != NULL ? columns : ti_apply_nowhere;
}

/* A stage that is no more than that. */
typedef struct ti_apply_stage {
  tine_pipeline stage;
  ti_apply apply;
} ti_apply_stage;

/* How the type of a stage ends whose struct has a ti_apply as its member 'apply'. */
#define TI_APPLIES(struct_, drop_) \
  .apply = offsetof(struct_, apply), .drop = drop_, .describe = ti_apply_describe, .size = sizeof(struct_)
static inline ti_apply *ti_apply_of(const tine_pipeline *p) {
  ti_assert(p->type->apply >= sizeof *p);
  return (ti_apply *)(void *)((char *)(uintptr_t)p + p->type->apply);
}

/* As ti_stage_on for a stage that applies a kernel (retained), which plays that role, to columns of its base. */
bool ti_apply_on(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *base, tine_kind kind, ti_role role,
                 tine_kernel *kernel, const ti_inputs *inputs);
/* Makes the first n results of the kernel columns of p, after those it has. */
void ti_apply_columns(tine_pipeline *p, unsigned n);
/* Runs it over n items of base columns at 'data' and 'stride'. Results go to out[k]; conversions to 'room'
   (a->converted bytes). Where something may end the run a host's kernel, of which nobody knows how long it takes, is
   called for a part of them at a time (ti_eval_over). Returns how many items made it, the failure of the next being
   noted for 'stage' and 'rq'. */
size_t ti_apply_run(const ti_apply *a, const tine_pipeline *stage, ti_eval *eval, const ti_request *rq, size_t n,
                    const void *const *data, const ptrdiff_t *stride, void *const *out, char *room);
/* Such a part: of what is left some more than the last, and not more than take APPLY_PART_NS; and how long it took. */
size_t ti_apply_part(const ti_apply *a, size_t last, size_t left);
void ti_apply_timed(const ti_apply *a, size_t n, uint64_t ns);
/* The inputs alone, for whoever calls the kernel himself: pointers and strides, converted where need be. */
void ti_apply_inputs(const ti_apply *a, size_t n, const void *const *data, const ptrdiff_t *stride, const void **in,
                     ptrdiff_t *in_stride, char *room);
/* Points out[0..outputs) to places in scratch, one after the other from 'room' on; returns what comes after them. */
char *ti_apply_places(const ti_apply *a, void **out, char *room);
/* Does the kernel never fail? Is it known to take no time that anybody would have to measure? */
bool ti_apply_infallible(const ti_apply *a);
bool ti_apply_cheap(const ti_apply *a);

/* What the type of such a stage has for them: it releases the kernel, and tells " mul (f64 f64 -> f64)", or nothing if
   there is no kernel. */
void ti_apply_drop(tine_pipeline *p);
void ti_apply_describe(const tine_pipeline *p, char *buffer, size_t size, size_t *used);

#endif
