/*
** Typed code over blocks of items, a strip at a time: each item of a block gets what ti_typed_call gives for it.
** README.md in this folder says how.
*/
#ifndef TI_CODE_STRIPS_H
#define TI_CODE_STRIPS_H

#include "typed.h"

/* Constant; refers to the typed code that it was made of. */
typedef struct ti_strips ti_strips;

/* For an instruction set of simd.h that this machine has. TINE_ENOMEM. */
tine_status ti_strips_make(ti_strips **out, const ti_typed *t, unsigned simd, tine_error *err);
void ti_strips_drop(ti_strips *s);

/* Memory for one run at a time: so many bytes, at a multiple of 64. */
enum { TI_STRIPS_ALIGN = 64 };
size_t ti_strips_scratch(const ti_strips *s);

/*
** Runs the code on block->n items: inputs of t->inputs with any stride (0: one value for all), outputs of t->results,
** side by side, in other memory. Captured values are of the kinds that the code was typed for. 0; TINE_EKERNEL with
** block->failed, the first item that fails, and its message; or TINE_ECANCELED if 'ask' says that it is over. Those
** before block->failed are done. Without scratch, and of code that there are no steps for, items are done one by one.
** Allocates nothing. Any number of threads at a time, each with scratch of its own.
*/
int ti_strips_run(const ti_strips *s, void *scratch, const ti_datum *captured, const ti_code_ask *ask,
                  tine_block *block);

#endif
