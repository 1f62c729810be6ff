/*
** Loans: the arrays of a run are lent to it while Lua may touch them - for the whole of a job, for the length of each
** function or hook that is called inside of a terminal, and from the first to the last window of an iterator. What is
** lent for reading may be read, what is lent for writing is the run's alone (bind_array.c asks).
*/
#ifndef TINE_LUA_BIND_LOAN_H
#define TINE_LUA_BIND_LOAN_H

#include "bind.h"

typedef struct bind_loan {
  tine_pipeline *p, *q;       /* what it reads; either may be NULL */
  tine_array *array;          /* likewise */
  tine_kernel *kernel;        /* whose arrays it reads, too; or NULL */
  tine_array *const *targets; /* what it writes: lent for that alone, even if it is read, too (in step) */
  size_t n;                   /* of those */
  size_t written;             /* how many of those are lent */
  unsigned read;              /* how many of the arrays that it reads are lent, the first that a walk over them meets */
  unsigned process;           /* the generation they were lent in: in the child of a fork the loan is void */
} bind_loan;

static inline bind_loan bind_loan_of(tine_pipeline *p, tine_pipeline *q, tine_array *const *targets, size_t n) {
  bind_loan loan = {p, q, NULL, NULL, targets, n, 0, 0, 0};
  return loan;
}

/* Lends all, or nothing and returns false: others use what is to be written, or write what is to be read. What is free
   when it is asked may be lent to another state's a moment later. */
bool bind_loan_all(bind_loan *loan);
/* Lends as much as can be. What cannot be lent is lent to another run already, which protects it. */
void bind_loan_some(bind_loan *loan);
/* Gives back what was lent; may be called again. */
void bind_loan_end(bind_loan *loan);

/* Is an array that these read being written? Either may be NULL. */
bool bind_loan_busy(const bind_state *state, const tine_pipeline *p, const tine_kernel *kernel);

#endif
