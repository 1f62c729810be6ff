/*
** Arrays under names: how an array gets from one Lua state to another where no C code can hand it over.
**
** The name is 128 random bits, so it can be known but not guessed, and a wrong one is an error, never an address. What
** is shared is kept by the runtime (../pool/kept.c), which lets go of it when its last holder goes, or the account that
** it was shared with.
*/
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/thread.h"
#include "../pool/pool.h"

static const char token_prefix[] = "tine.Array:";

enum { PREFIX_LENGTH = sizeof token_prefix - 1, DIGITS = 32 };

_Static_assert(PREFIX_LENGTH + DIGITS + 1 == TINE_TOKEN_SIZE, "a token is a prefix and the digits of two numbers");

static void release_shared(void *array) {
  tine_array_release(array);
}

tine_status tine_array_share(tine_array *a, uint64_t times, char *token, tine_error *err) {
  tine_status status;
  ti_kept *kept;
  int e;
  if (a == NULL || times == 0)
    return ti_error_set(err, TINE_EINVAL, a == NULL ? "no array" : "an array shared no times");
  kept = ti_new(ti_kept);
  if (kept == NULL)
    return ti_error_nomem(err);
  e = ti_entropy(kept->name, sizeof kept->name);
  if (e != 0) {
    ti_delete(ti_kept, kept);
    return ti_error_os(err, TINE_EIO, e, "no random number");
  }
  kept->times = times;
  kept->thing = tine_array_retain(a);
  kept->drop = release_shared;
  snprintf(token, TINE_TOKEN_SIZE, "%s%016" PRIx64 "%016" PRIx64, token_prefix, kept->name[0], kept->name[1]);
  ti_assert(strlen(token) == TINE_TOKEN_SIZE - 1);
  status = ti_runtime_keep(kept);
  if (status == TINE_OK)
    return TINE_OK;
  ti_kept_drop(kept);
  if (status == TINE_ENOMEM)
    return ti_error_nomem(err);
  return ti_error_set(err, status, "nobody holds the default pool, so nobody would keep the array");
}

/* Sixteen hexadecimal digits, as they are written above. */
static bool read_number(const char *digits, uint64_t *out) {
  *out = 0;
  for (unsigned i = 0; i < DIGITS / 2; i++) {
    const char c = digits[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return false;
    *out = *out << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return true;
}

static void *retain_shared(void *array) {
  return tine_array_retain(array);
}

tine_array *tine_array_receive(const char *token, tine_error *err) {
  uint64_t name[2];
  tine_array *a = NULL;
  if (token != NULL && strlen(token) == TINE_TOKEN_SIZE - 1 && memcmp(token, token_prefix, PREFIX_LENGTH) == 0 &&
      read_number(token + PREFIX_LENGTH, &name[0]) && read_number(token + PREFIX_LENGTH + DIGITS / 2, &name[1]))
    a = ti_runtime_take(name, retain_shared);
  if (a == NULL)
    ti_error_set(err, TINE_ENAME, "no array is shared under this name, or it was received already");
  return a;
}
