/*
** Fusing: stages that compute and stand on each other become one program (core/kernel/program.h), so that a block makes
** one trip through memory for all of them. Nobody sees it but in time, and in the plan: each operation is still the
** kernel's own.
**
** What a program sees through - built-in kernels in map and extend, casts, zips, selects, hints - is *open*; where it
** ends, at *leaves*, it asks for blocks as usual. (A kernel that has no step is a leaf: called strip by strip its loop
** takes a nanosecond an item more than for a block, and a step saves an eighth of that.) A leaf may be anything, and
** fail. All leaves are asked, in the order of the plan, each for the items that those before it had: so where the
** operations do not fail the first failure is the one that stages one by one would have met. Where one does - a cast
** that does not fit, a division in an expression - the block is done again by the stages one by one.
**
** A program is made by the first run that is long enough for it, or by the second that is shorter, and kept with the
** stage at its top, a map or a cast. (Pipelines that are alike make it once: core/expression/recipe.h.) Where there is
** no memory for it, or where it would take more strips in memory than there are, the stages are evaluated one by one.
*/
#ifndef TI_STAGE_FUSE_H
#define TI_STAGE_FUSE_H

#include "../kernel/program.h"
#include "apply.h"

enum {
  TI_FUSE_OPERATIONS = 24, /* in one program; a longer chain is cut into several */
  TI_FUSE_ITEMS = 32,      /* of a block that is worth one */
  TI_FUSE_SPAN = 256       /* of a run that is worth making one, though it may be the only one */
};

typedef struct ti_fused ti_fused;

/* Notes what a program would see of a stage just built: a zip; one of 'own' operations over one base, whose result and
   need are known; or one that applies that kernel to its base. */
void ti_fuse_zip(tine_pipeline *p);
void ti_fuse_open(tine_pipeline *p, unsigned own);
void ti_fuse_apply(tine_pipeline *p, const ti_apply *a);
/* Likewise of a stage that adds a ramp in front of its base's columns. */
void ti_fuse_ramp(tine_pipeline *p);

/* At the start of a run: makes the programs of what p stands on, p included: one for each top of two operations or
   more. */
void ti_fuse_prepare(tine_pipeline *p);
/* Has p one column that a program gives, be it of one operation? Then it can be summed as it is computed. */
bool ti_fuse_sums(const tine_pipeline *p);
/* Before it: the program of that column, whose sum is of the type 'sum'; NULL if p has none. */
const ti_fused *ti_fuse_of(tine_pipeline *p, tine_dtype sum);
void ti_fuse_drop(tine_pipeline *p);

/* Fills a request of the stage p with its program; '*n' is how many items made it, as ti_stage_fill. False: there is
   none, or it cannot say: the stage must do it. */
bool ti_fuse_fill(const tine_pipeline *p, ti_eval *eval, const ti_request *rq, size_t *n);
/* Adds item i of a request to lanes[i % TI_LANES]. False: the stages must do it, or find out which item failed. */
bool ti_fuse_add(const ti_fused *f, ti_eval *eval, const ti_request *rq, void *lanes);

/* Is there anything of p that a program with it in has to do? */
bool ti_fuse_computes(const tine_pipeline *p);
/* For the plan: the top of the program that p is in, if 'above' is that of the stage above; or NULL. */
const tine_pipeline *ti_fuse_top(const tine_pipeline *p, const tine_pipeline *above);

#endif
