/*
** Loans: which arrays are lent to runs, to be read or to be written.
**
** An array that has memory counts its readers, or says that it is written; views are in it with the array they are of.
** What the host lends, or a file that is mapped, may be there in other arrays, too. So all arrays that are lent are in
** a list, and whoever lends or looks compares with those that may have memory in common with its own. That is left out
** if there can be none: memory of an array's own can only be met by the host's, that of a file by the host's and by
** files. So looking is a load or two as a rule.
**
** Invariant, under the lock: an array is in the list if its 'lent' is not 0. It cannot go while it is there, since
** whoever borrows it holds it. (In the child of a fork the list is empty, and what the parent's threads lent is not
** lent.)
*/
#include <limits.h>

#include "../base/check.h"
#include "../base/fork.h"
#include "array.h"

#define LOAN_WRITES UINT_MAX

typedef enum loan_kind { LOAN_OWN, LOAN_FILE, LOAN_HOST, LOAN_KINDS } loan_kind;

static struct {
  ti_mutex lock;
  tine_array *first;
  atomic_uint lent[LOAN_KINDS]; /* arrays in the list */
} loans = {.lock = TI_MUTEX_INITIALIZER};

static loan_kind loan_kind_of(const tine_array *root) {
  return root->owned > 0 || root->len == 0 ? LOAN_OWN : root->place != NULL ? LOAN_FILE : LOAN_HOST;
}

/* Is any array lent that may have memory in common with one of that kind? Others of its own kind are its own. */
static bool loan_met(loan_kind kind) {
  bool met = false;
  for (int k = kind == LOAN_OWN ? LOAN_HOST : kind == LOAN_FILE ? LOAN_FILE : LOAN_OWN; k < LOAN_KINDS; k++)
    met = met || ti_load_acquire(&loans.lent[k]) > 0; /* pairs with the release in unlend */
  return met;
}

/* ----- Forks: in the child nothing is lent, since the threads that would give it back are not there ----- */

static void loans_before_fork(void) {
  ti_mutex_lock(&loans.lock);
}

static void loans_unlock(void) {
  ti_mutex_unlock(&loans.lock);
}

static void loans_in_child(void) {
  for (tine_array *a = loans.first; a != NULL; a = a->next_lent)
    ti_store_relaxed(&a->lent, 0u); /* relaxed, both: the child has one thread */
  loans.first = NULL;
  for (int k = 0; k < LOAN_KINDS; k++)
    ti_store_relaxed(&loans.lent[k], 0u);
  loans_unlock();
}

static ti_fork_hook loans_hook = {loans_before_fork, loans_unlock, loans_in_child, false};

static void loans_lock(void) {
  ti_fork_hook_set(&loans_hook); /* without memory a child is left with loans that nobody gives back */
  ti_mutex_lock(&loans.lock);
}

/* ----- The list, under the lock ----- */

static void loans_add(tine_array *root) {
  ti_assert(root->parent == NULL && ti_load_relaxed(&root->lent) == 0);
  root->next_lent = loans.first;
  loans.first = root;
  ti_add_acqrel(&loans.lent[loan_kind_of(root)], 1u); /* pairs with loan_met, as the next */
}

static void loans_remove(tine_array *root) {
  tine_array **link = &loans.first;
  ti_assert(ti_load_relaxed(&loans.lent[loan_kind_of(root)]) > 0 && loans.first != NULL);
  while (*link != root)
    link = &(*link)->next_lent;
  *link = root->next_lent;
  ti_sub_acqrel(&loans.lent[loan_kind_of(root)], 1u);
}

/* How the memory of an array is lent by other arrays: 0: not. 1: it is read where the array would change it. 2: what
   the array has is written. */
static int loans_of_others(const tine_array *root) {
  int most = 0;
  for (const tine_array *a = loans.first; a != NULL && most < 2; a = a->next_lent) {
    if (a == root)
      continue;
    if (ti_load_relaxed(&a->lent) == LOAN_WRITES && ti_array_changes(a, root)) /* relaxed: under the lock */
      most = 2;
    else if (ti_array_changes(root, a))
      most = 1;
  }
  return most;
}

bool tine_array_lend(tine_array *a, bool write) {
  tine_array *const root = ti_array_root(a);
  unsigned lent;
  bool free;
  loans_lock();
  lent = ti_load_relaxed(&root->lent); /* relaxed: under the lock */
  free = write ? lent == 0 : lent < LOAN_WRITES - 1;
  if (free && loan_met(loan_kind_of(root)))
    free = write ? loans_of_others(root) == 0 : loans_of_others(root) < 2;
  if (free && lent == 0)
    loans_add(root);
  if (free)
    ti_store_release(&root->lent, write ? LOAN_WRITES : lent + 1); /* pairs with whoever looks */
  loans_unlock();
  return free;
}

void tine_array_unlend(tine_array *a, bool write) {
  tine_array *const root = ti_array_root(a);
  unsigned lent, left;
  loans_lock();
  lent = ti_load_relaxed(&root->lent); /* relaxed: under the lock */
  left = lent - (write ? LOAN_WRITES : 1u);
  ti_assert(lent == 0 || (lent == LOAN_WRITES) == write);
  ti_assert(lent > 0 || ti_fork_generation() > 0); /* one of before a fork is void in the child */
  if (lent > 0)
    ti_store_release(&root->lent, left); /* pairs with whoever looks: what was written is there */
  if (lent > 0 && left == 0)
    loans_remove(root);
  loans_unlock();
}

int tine_array_lent(const tine_array *a) {
  const tine_array *const root = ti_array_root(a);
  const unsigned lent = ti_load_acquire(&root->lent); /* pairs with the release in unlend: what it wrote */
  int others = 0;
  if (lent == LOAN_WRITES)
    return 2;
  if (loan_met(loan_kind_of(root))) {
    loans_lock();
    others = loans_of_others(root);
    loans_unlock();
  }
  return others > 0 ? others : lent > 0;
}

#undef LOAN_WRITES
