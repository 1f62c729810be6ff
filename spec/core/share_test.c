/*
** Arrays under names: found among many, given so often, and gone with the account of whoever shared them.
*/
#include <stdlib.h>
#include <string.h>

#include "../../core/tine.h"
#include "check.h"

enum { MANY = 20000 };

typedef char token[TINE_TOKEN_SIZE];

static tine_array *one_byte(void) {
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, TINE_U8, 1, NULL), TINE_OK);
  return a;
}

static void share_many(tine_array *a, token *tokens, unsigned n) {
  for (unsigned i = 0; i < n; i++)
    CHECK_INT(tine_array_share(a, 1, tokens[i], NULL), TINE_OK);
}

/* How many of them give the array. */
static unsigned receive_many(tine_array *a, token *tokens, unsigned n) {
  unsigned given = 0;
  for (unsigned i = 0; i < n; i++) {
    tine_array *got = tine_array_receive(tokens[n - 1 - i], NULL);
    CHECK(got == NULL || got == a);
    given += got != NULL;
    tine_array_release(got);
  }
  return given;
}

static void each_of_many_is_found_once(void) {
  token *tokens = malloc(MANY * sizeof *tokens);
  tine_array *a = one_byte();
  tine_default_pool_hold();
  share_many(a, tokens, MANY);
  CHECK_INT(receive_many(a, tokens, MANY), MANY);
  CHECK_INT(receive_many(a, tokens, MANY), 0);
  CHECK(!tine_array_shared(a));
  share_many(a, tokens, MANY);
  tine_default_pool_release(); /* the last holder: they are gone */
  CHECK(!tine_array_shared(a));
  CHECK_INT(receive_many(a, tokens, MANY), 0);
  tine_array_release(a);
  free(tokens);
}

static void tokens_go_with_the_account_they_were_shared_with(void) {
  token *of_two = malloc(1000 * sizeof *of_two), *of_one = malloc(1000 * sizeof *of_one);
  tine_array *a = one_byte(), *b = one_byte(), *got;
  tine_account *account, *other;
  tine_default_pool_hold();
  CHECK_INT(tine_account_create(&account, 0, NULL), TINE_OK);
  CHECK_INT(tine_account_create(&other, 0, NULL), TINE_OK);
  share_many(b, of_one, 300); /* in no account */
  tine_account_use(account);
  share_many(a, of_two, 1000);
  tine_account_use(other);
  share_many(b, of_one + 300, 700);
  tine_account_use(NULL);
  CHECK(tine_account_bytes(account) > 0);
  got = tine_array_receive(of_two[500], NULL); /* what was received stays */
  CHECK(got == a);
  tine_account_unshare(account);
  CHECK_INT(tine_account_bytes(account), 0);
  CHECK_INT(receive_many(a, of_two, 1000), 0);
  CHECK_INT(receive_many(b, of_one, 1000), 1000);
  tine_account_unshare(account);
  tine_account_unshare(other);
  tine_account_unshare(NULL);
  tine_account_release(account);
  tine_account_release(other);
  tine_default_pool_release();
  tine_array_release(got);
  CHECK(!tine_array_shared(a));
  tine_array_release(a);
  tine_array_release(b);
  free(of_one);
  free(of_two);
}

static void what_is_no_token_gives_nothing(void) {
  static const char *const wrong[] = {"", "tine.Array:", "tine.Array:0000000000000000000000000000000g",
                                      "tine.Array:00000000000000000000000000000000"};
  for (int i = 0; i < 4; i++) {
    tine_error err;
    CHECK(tine_array_receive(wrong[i], &err) == NULL);
    CHECK_INT(err.status, TINE_ENAME);
  }
}

CHECK_SUITE(share, CHECK_CASE(each_of_many_is_found_once), CHECK_CASE(tokens_go_with_the_account_they_were_shared_with),
            CHECK_CASE(what_is_no_token_gives_nothing))
