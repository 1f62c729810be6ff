/*
** Lending arrays to runs; see bind_loan.h.
*/
#include "bind_loan.h"

/* Is it memory that one of the first n targets writes? That is lent for it, and needs no lending more. */
static bool is_target(const bind_loan *loan, size_t n, const tine_array *a) {
  for (size_t i = 0; i < n; i++)
    if (tine_array_same_memory(loan->targets[i], a))
      return true;
  return false;
}

/* A walk over the arrays that are read, which comes to them in the same order each time. */
typedef struct loan_walk {
  const bind_loan *loan;
  unsigned lent; /* so many of them, the first */
  bool refused;
} loan_walk;

static void visit_lend(void *arg, tine_array *a) {
  loan_walk *w = arg;
  if (w->refused || is_target(w->loan, w->loan->n, a))
    return;
  w->refused = !tine_array_lend(a, false);
  w->lent += !w->refused;
}

static void visit_unlend(void *arg, tine_array *a) {
  loan_walk *w = arg;
  if (w->lent == 0 || is_target(w->loan, w->loan->n, a))
    return;
  tine_array_unlend(a, false);
  w->lent--;
}

static void walk(const bind_loan *loan, void (*visit)(void *arg, tine_array *a), loan_walk *w) {
  tine_pipeline_arrays(loan->p, visit, w);
  tine_pipeline_arrays(loan->q, visit, w);
  tine_kernel_arrays(loan->kernel, visit, w);
  if (loan->array != NULL)
    visit(w, loan->array);
}

static bool lend_targets(bind_loan *loan) {
  loan->process = tine_fork_generation();
  while (loan->written < loan->n && (is_target(loan, loan->written, loan->targets[loan->written]) ||
                                     tine_array_lend(loan->targets[loan->written], true)))
    loan->written++;
  return loan->written == loan->n;
}

static bool lend_sources(bind_loan *loan) {
  loan_walk w = {loan, 0, false};
  walk(loan, visit_lend, &w);
  loan->read = w.lent;
  return !w.refused;
}

bool bind_loan_all(bind_loan *loan) {
  if (lend_targets(loan) && lend_sources(loan))
    return true;
  bind_loan_end(loan);
  return false;
}

void bind_loan_some(bind_loan *loan) {
  lend_targets(loan);
  lend_sources(loan);
}

static void loan_give_back(const bind_loan *loan) {
  loan_walk w = {loan, loan->read, false};
  walk(loan, visit_unlend, &w);
  for (size_t i = 0; i < loan->written; i++)
    if (!is_target(loan, i, loan->targets[i]))
      tine_array_unlend(loan->targets[i], true);
}

void bind_loan_end(bind_loan *loan) {
  if ((loan->written > 0 || loan->read > 0) && loan->process == tine_fork_generation())
    loan_give_back(loan);
  loan->written = 0;
  loan->read = 0;
}

static void visit_busy(void *arg, tine_array *a) {
  if (tine_array_lent(a) == BIND_WRITTEN)
    *(bool *)arg = true;
}

/* In a state that knows of no job, and is in no terminal, there is nothing to ask for. */
bool bind_loan_busy(const bind_state *state, const tine_pipeline *p, const tine_kernel *kernel) {
  bool busy = false;
  if (state->jobs == NULL && !state->hosted && !state->looking)
    return false;
  tine_pipeline_arrays(p, visit_busy, &busy);
  tine_kernel_arrays(kernel, visit_busy, &busy);
  return busy;
}
