/*
** Fusing: maps that stand on maps become one program (core/kernel/program.h), so that a block makes one trip through
** memory for all of them. Nobody sees it but in time, and in the plan: each operation is still the kernel's own.
**
** What a program sees through - a map of a built-in kernel over f64 that cannot fail, a zip, a hint - is *open*; where
** it ends, at *leaves*, it asks for blocks as usual. A leaf may be anything, and fail; the operations cannot. All
** leaves are asked, in the order of the plan, each for the items that those before it had: so the first failure is the
** one that stages one by one would have met.
**
** A program is made by the first run that is long enough for it, and kept with the stage at its top. Where there is no
** memory for it, or where it would take more registers and rooms than there are, the stages are evaluated one by one.
*/
#ifndef TI_STAGE_FUSE_H
#define TI_STAGE_FUSE_H

#include "../kernel/program.h"
#include "apply.h"

enum {
  TI_FUSE_OPERATIONS = 24, /* in one program; a longer chain is cut into several */
  TI_FUSE_ITEMS = 64,      /* of a block that is worth one */
  TI_FUSE_SPAN = 256       /* of a run that is worth making one */
};

typedef struct ti_fused ti_fused;

/* Notes what a program would see of a stage just built: a zip, or a map with that kernel and its inputs. */
void ti_fuse_zip(tine_pipeline *p);
void ti_fuse_map(tine_pipeline *p, const ti_apply *a);

/* Makes the programs of what p stands on, p included: one for each map at the top of two operations or more. */
void ti_fuse_prepare(tine_pipeline *p);
/* Has p one column that a map of a program gives, be it of one operation? Then it can be summed as it is computed. */
bool ti_fuse_sums(const tine_pipeline *p);
/* The program of that map; NULL if p has none. */
const ti_fused *ti_fuse_of(tine_pipeline *p);
/* What a run has made for the map p; NULL: nothing, or it cannot be made. */
const ti_fused *ti_fuse_made(const tine_pipeline *p);
void ti_fuse_drop(tine_pipeline *p);

/* Fills a request with it, values to 'out'; or, where that is NULL, item i is added to lanes[i % TI_LANES]. Returns how
   many items made it, as ti_stage_fill. */
size_t ti_fuse_fill(const ti_fused *f, ti_eval *eval, const ti_request *rq, double *out, double *lanes);

/* For the plan: the map at the top of the program that p is in, if 'above' is that of the stage above; or NULL. */
const tine_pipeline *ti_fuse_top(const tine_pipeline *p, const tine_pipeline *above);

#endif
