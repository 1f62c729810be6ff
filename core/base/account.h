/*
** Accounts: who is charged for a block. A thread allocates on behalf of one account, or of none; memory.c charges that
** one before it allocates and writes down at the end of the block which it was. So the block is given back to the same
** account whichever thread frees it, and however late.
*/
#ifndef TI_BASE_ACCOUNT_H
#define TI_BASE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "../tine.h"

/* The one this thread allocates on behalf of, NULL for none; and to exchange it, which returns the one before. What
   runs a task of another thread's operation takes its account for that time. */
tine_account *ti_account_here(void);
tine_account *ti_account_set(tine_account *account);

/* Charges 'bytes', or notes that they were refused and returns false. NULL is never charged, as in the next. */
bool ti_account_take(tine_account *account, size_t bytes);
/* Bytes that may still be charged at the moment; of NULL any number. */
uint64_t ti_account_left(tine_account *account);
/* Gives bytes back. The last ones end an account that nobody holds. */
void ti_account_give(tine_account *account, size_t bytes);
/* A place for the pool's own use, NULL at first. */
struct ti_kept **ti_account_kept(tine_account *account);

#endif
