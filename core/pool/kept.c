/*
** What the runtime keeps for whoever knows its name: looked up by hash, under a lock that runs never take and that is
** held for a look-up only. Names are random, so their bits are the hash; the table is in slices that grow one at a
** time, so that nobody waits for all of it. What somebody keeps is in a list of the account that pays for it, and goes
** with that.
**
** Locks: the default pool's, then this one. Things are dropped under neither.
*/
#include "../base/account.h"
#include "../base/memory.h"
#include "inside.h"
#include "pool.h"

enum { SLICES = 64, FIRST_ROOM = 16 };

typedef struct kept_slice {
  ti_kept **chains;
  size_t room, count; /* room is a power of two, or 0 */
} kept_slice;

static struct {
  ti_mutex lock;
  kept_slice slices[SLICES];
} store = {.lock = TI_MUTEX_INITIALIZER};

static kept_slice *slice_of(const uint64_t *name) {
  return &store.slices[name[0] % SLICES];
}

static ti_kept **chain_of(const kept_slice *s, const uint64_t *name) {
  return &s->chains[name[1] & (s->room - 1)];
}

/* Makes room for one more; without memory chains become longer, as long as there is one. Not charged to whoever
   keeps. */
static bool slice_grow(kept_slice *s) {
  const kept_slice old = *s;
  const size_t room = old.room > 0 ? 2 * old.room : FIRST_ROOM;
  tine_account *before;
  ti_kept **chains;
  if (old.count < old.room)
    return true;
  before = ti_account_set(NULL);
  chains = ti_alloc_zeroed(room * sizeof *chains, _Alignof(ti_kept *));
  ti_account_set(before);
  if (chains == NULL)
    return old.room > 0;
  ti_assert(room > old.room && (room & (room - 1)) == 0);
  s->chains = chains;
  s->room = room;
  for (size_t i = 0; i < old.room; i++)
    for (ti_kept *k = old.chains[i], *next; k != NULL; k = next) {
      ti_kept **const chain = chain_of(s, k->name);
      next = k->next;
      k->next = *chain;
      *chain = k;
    }
  ti_free(old.chains, old.room * sizeof *chains, _Alignof(ti_kept *));
  return true;
}

static void owner_add(ti_kept *k) {
  k->owner = ti_account_here();
  k->owned_next = NULL;
  if (k->owner == NULL)
    return;
  k->owned_by = ti_account_kept(k->owner);
  k->owned_next = *k->owned_by;
  if (k->owned_next != NULL)
    k->owned_next->owned_by = &k->owned_next;
  *k->owned_by = k;
}

static void owner_remove(const ti_kept *k) {
  if (k->owner == NULL)
    return;
  ti_assert(*k->owned_by == k);
  *k->owned_by = k->owned_next;
  if (k->owned_next != NULL)
    k->owned_next->owned_by = k->owned_by;
}

bool ti_kept_add(ti_kept *k) {
  kept_slice *const s = slice_of(k->name);
  bool added;
  ti_assert(k->times > 0 && k->drop != NULL);
  ti_mutex_lock(&store.lock);
  added = slice_grow(s);
  if (added) {
    ti_kept **const chain = chain_of(s, k->name);
    k->next = *chain;
    *chain = k;
    s->count++;
    owner_add(k);
  }
  ti_mutex_unlock(&store.lock);
  return added;
}

/* Under the lock: where it is linked from; NULL: nowhere. */
static ti_kept **find(const uint64_t *name) {
  const kept_slice *const s = slice_of(name);
  ti_kept **at;
  if (s->room == 0)
    return NULL;
  for (at = chain_of(s, name); *at != NULL; at = &(*at)->next)
    if ((*at)->name[0] == name[0] && (*at)->name[1] == name[1])
      return at;
  return NULL;
}

static ti_kept *unlink_at(ti_kept **at) {
  ti_kept *const k = *at;
  ti_assert(slice_of(k->name)->count > 0);
  *at = k->next;
  slice_of(k->name)->count--;
  owner_remove(k);
  return k;
}

void *ti_runtime_take(const uint64_t *name, void *(*retain)(void *thing)) {
  ti_kept **at, *last = NULL;
  void *thing = NULL;
  ti_mutex_lock(&store.lock);
  at = find(name);
  if (at != NULL && --(*at)->times > 0)
    thing = retain((*at)->thing);
  else if (at != NULL) {
    last = unlink_at(at);
    thing = last->thing;
  }
  ti_mutex_unlock(&store.lock);
  ti_delete(ti_kept, last);
  return thing;
}

void ti_kept_drop(ti_kept *kept) {
  kept->drop(kept->thing);
  ti_delete(ti_kept, kept);
}

void ti_kept_drop_list(ti_kept *kept) {
  while (kept != NULL) {
    ti_kept *const next = kept->next;
    ti_kept_drop(kept);
    kept = next;
  }
}

ti_kept *ti_kept_take_all(void) {
  ti_kept *all = NULL;
  ti_mutex_lock(&store.lock);
  for (int i = 0; i < SLICES; i++) {
    kept_slice *const s = &store.slices[i];
    for (size_t j = 0; j < s->room; j++)
      while (s->chains[j] != NULL) {
        ti_kept *const k = unlink_at(&s->chains[j]);
        k->next = all;
        all = k;
      }
    ti_free(s->chains, s->room * sizeof *s->chains, _Alignof(ti_kept *));
    *s = (kept_slice){NULL, 0, 0};
  }
  ti_mutex_unlock(&store.lock);
  return all;
}

/* A few at a time, so that others get the lock in between. */
static ti_kept *take_some_of(tine_account *account) {
  ti_kept **const first = ti_account_kept(account), *some = NULL;
  ti_mutex_lock(&store.lock);
  for (int n = 0; n < SLICES && *first != NULL; n++) {
    ti_kept *const k = unlink_at(find((*first)->name));
    k->next = some;
    some = k;
  }
  ti_mutex_unlock(&store.lock);
  return some;
}

void tine_account_unshare(tine_account *account) {
  ti_kept *some;
  while (account != NULL && (some = take_some_of(account)) != NULL)
    ti_kept_drop_list(some);
}

void ti_kept_before_fork(void) {
  ti_mutex_lock(&store.lock);
}

void ti_kept_after_fork(void) {
  ti_mutex_unlock(&store.lock);
}
