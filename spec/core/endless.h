/*
** Terminals that would run for ages, for the tests of what ends them: timeouts, watches, jobs.
*/
#ifndef SPEC_ENDLESS_H
#define SPEC_ENDLESS_H

#include "../../core/tine.h"

/* Calls one terminal over a pipeline that has many, many items, and gives back what it made. */
typedef struct endless_case {
  const char *name;
  tine_status (*run)(tine_pool *pool, double timeout, tine_error *err);
} endless_case;

/* Ends with a NULL name, in which is "slow" where the kernel of that name is called for block after block. Timeouts
   below 0 are none. */
extern const endless_case endless_cases[];

/*
** How soon it ends, in blocks: with a probe "slow" does not sleep, and calls 'fn' in the at-th block, on whatever
** thread. That does what ends the terminal and then calls endless_over; endless_after is how many blocks were begun
** since. NULL: no probe.
*/
void endless_probe(void (*fn)(void *arg), void *arg, unsigned at);
void endless_over(void);
unsigned endless_after(void);

/* Kernels "i64 -> i64": "slow" sleeps for 5 ms at every item, "slow_state" with states of its workers; "within" runs a
   terminal of its own that takes ages. And "spout", which expands: gives values as long as it may. */
tine_kernel *endless_kernel(const char *name);
/* How many items of "slow" the calling thread has been through. */
unsigned endless_items_here(void);
void endless_kernels_end(void);

#endif
