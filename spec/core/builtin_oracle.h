#ifndef SPEC_BUILTIN_ORACLE_H
#define SPEC_BUILTIN_ORACLE_H

#include "../../core/kernel/kernel.h"

/* The result of one item; integers are not divided by 0. A kernel it does not know is a failed check. */
tine_value builtin_oracle(const char *name, const ti_signature *s, const tine_value *v);
/* A number of any type, exactly. */
long double builtin_number(tine_value v);

#endif
