/*
** Accounts: bytes charged, and a limit for them.
**
** One word counts both the bytes and, above them, the holds of those that may still ask about the account. It ends when
** that word becomes 0: a block that outlives the script it was made for is still given back to something. The word only
** ever changes by atomic operations, so blocks are charged and freed on any thread.
**
** The account of a thread is a thread-local variable. Where no account exists in the process, which is usual, it is not
** looked at.
*/
#include "account.h"
#include "check.h"

#include "allocator.h"
#include "atomics.h"
#include "error.h"

/* Where holds begin: 64 TiB, more than any machine's memory, and room for 262143 holds. */
#define ACCOUNT_HOLD (UINT64_C(1) << 46)

struct tine_account {
  _Atomic uint64_t word; /* bytes, and holds times ACCOUNT_HOLD */
  _Atomic uint64_t limit;
  _Atomic uint64_t refused; /* bytes of the last request that was; 0: none since it was asked */
  struct ti_kept *kept;     /* the first of what the runtime keeps on its behalf, see ../pool/kept.c */
};

static atomic_size_t accounts_alive;
static _Thread_local tine_account *account_here;

static uint64_t account_limit(uint64_t bytes) {
  return bytes == 0 || bytes >= ACCOUNT_HOLD ? ACCOUNT_HOLD - 1 : bytes;
}

tine_account *ti_account_here(void) {
  /* relaxed: whoever has set an account on this thread has seen that there is one */
  return ti_load_relaxed(&accounts_alive) == 0 ? NULL : account_here;
}

tine_account *ti_account_set(tine_account *account) {
  tine_account *before;
  if (account == NULL && ti_load_relaxed(&accounts_alive) == 0) /* relaxed: as above */
    return NULL;
  before = account_here;
  account_here = account;
  return before;
}

tine_account *tine_account_use(tine_account *account) {
  return ti_account_set(account);
}

bool ti_account_take(tine_account *account, size_t bytes) {
  uint64_t word, used, limit;
  if (account == NULL)
    return true;
  word = ti_load_relaxed(&account->word); /* relaxed, with the rest: a sum, which carries nothing else with it */
  do {
    limit = ti_load_relaxed(&account->limit);
    used = word % ACCOUNT_HOLD;
    if (used > limit || bytes > limit - used) {
      ti_store_relaxed(&account->refused, (uint64_t)bytes);
      return false;
    }
  } while (!ti_cas_relaxed(&account->word, &word, word + bytes));
  return true;
}

uint64_t ti_account_left(tine_account *account) {
  uint64_t limit, used;
  if (account == NULL)
    return UINT64_MAX;
  limit = ti_load_relaxed(&account->limit); /* relaxed, with the next: a hint, others charge it meanwhile */
  used = ti_load_relaxed(&account->word) % ACCOUNT_HOLD;
  return used < limit ? limit - used : 0;
}

static void account_subtract(tine_account *account, uint64_t n) {
  ti_assert(ti_load_relaxed(&account->word) >= n);
  if (ti_sub_acqrel(&account->word, n) != n) /* pairs with itself: whoever comes last has seen all that others did */
    return;
  ti_assert(ti_load_relaxed(&account->word) == 0 && ti_load_relaxed(&accounts_alive) > 0);
  ti_block_free(account, sizeof *account, _Alignof(tine_account));
  ti_sub_relaxed(&accounts_alive, (size_t)1); /* relaxed: no thread uses it any more */
}

void ti_account_give(tine_account *account, size_t bytes) {
  if (account != NULL && bytes > 0)
    account_subtract(account, bytes);
}

tine_status tine_account_create(tine_account **out, uint64_t limit, tine_error *err) {
  *out = ti_block_new(sizeof **out, _Alignof(tine_account), true); /* in nobody's account */
  if (*out == NULL)
    return ti_error_nomem(err);
  atomic_init(&(*out)->word, ACCOUNT_HOLD);
  atomic_init(&(*out)->limit, account_limit(limit));
  ti_add_relaxed(&accounts_alive, (size_t)1); /* relaxed: threads learn of the account later than this */
  return TINE_OK;
}

struct ti_kept **ti_account_kept(tine_account *account) {
  return &account->kept;
}

void tine_account_release(tine_account *account) {
  if (account != NULL)
    account_subtract(account, ACCOUNT_HOLD);
}

void tine_account_limit(tine_account *account, uint64_t bytes) {
  ti_store_relaxed(&account->limit, account_limit(bytes)); /* relaxed: the next request sees it, or the one after */
}

uint64_t tine_account_bytes(const tine_account *account) {
  return ti_load_relaxed(&account->word) % ACCOUNT_HOLD; /* relaxed: exact where nothing runs on its behalf */
}

uint64_t tine_account_refused(tine_account *account) {
  return atomic_exchange_explicit(&account->refused, UINT64_C(0), memory_order_relaxed); /* relaxed: a note */
}

#undef ACCOUNT_HOLD
