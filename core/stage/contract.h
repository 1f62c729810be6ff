/*
** The contract of a fill (stage.h), held by test builds: what a stage is asked, what it answers, and that it wrote into
** no more of its scratch than the 'need' it declared. A stage that does not keep it traps at its first run.
*/
#ifndef TI_STAGE_CONTRACT_H
#define TI_STAGE_CONTRACT_H

#include <stdbool.h>

#include "../base/canary.h"
#include "../base/check.h"

struct tine_pipeline;
struct ti_signature;
struct ti_eval;
struct ti_request;

#if TI_CANARIES
/* Has the stage fill the request, in just the scratch that it asked for. */
size_t ti_contract_fill(const struct tine_pipeline *p, struct ti_eval *eval, const struct ti_request *rq);
#endif

/* For assertions: may n values of 'out_size' bytes be written to 'out' while others are read from 'in'? They are apart,
   or each in the very place of its own. */
bool ti_contract_apart(const void *out, size_t out_size, const void *in, size_t in_size, ptrdiff_t in_stride, size_t n);
/* Likewise for all that a kernel of that signature reads and writes. */
bool ti_contract_kernel(const struct ti_signature *s, const void *const *in, const ptrdiff_t *in_stride,
                        void *const *out, size_t n);

#endif
