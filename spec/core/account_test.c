/*
** Accounts: what a thread allocates is charged to the account it uses, and so is what workers allocate for its runs; a
** limit refuses before anything is allocated; all is given back, whoever frees it and when; nothing else is charged.
*/
#include "../../core/base/account.h"
#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "check.h"

static tine_account *account_of(uint64_t limit) {
  tine_account *account = NULL;
  CHECK_INT(tine_account_create(&account, limit, NULL), TINE_OK);
  return account;
}

static void blocks_are_charged(void) {
  tine_account *a = account_of(1000);
  void *p, *q;
  CHECK(tine_account_use(a) == NULL);
  p = ti_alloc(600, 64);
  CHECK_INT(tine_account_bytes(a), 600);
  CHECK(ti_alloc(401, 8) == NULL);
  CHECK_INT(tine_account_refused(a), 401);
  CHECK_INT(tine_account_refused(a), 0);
  q = ti_alloc_zeroed(400, 8);
  CHECK(p != NULL && q != NULL);
  CHECK(ti_alloc(1, 1) == NULL);
  CHECK(tine_account_use(NULL) == a);
  ti_free(ti_alloc(5000, 8), 5000, 8); /* nobody's */
  ti_free(p, 600, 64);
  CHECK_INT(tine_account_bytes(a), 400);
  tine_account_limit(a, 0);
  tine_account_use(a);
  p = ti_alloc(100000, 8);
  CHECK_INT(tine_account_bytes(a), 100400);
  tine_account_use(NULL);
  tine_account_release(a); /* its blocks keep it */
  ti_free(p, 100000, 8);
  ti_free(q, 400, 8);
  CHECK_INT(ti_memory_live(), 0);
}

/* Two accounts, and none, at once; every byte comes back to where it was taken. */
static void any_order(void) {
  enum { BLOCKS = 200 };
  tine_account *a[3] = {account_of(0), account_of(50000), NULL};
  uint64_t sum[3] = {0, 0, 0};
  struct {
    void *p;
    size_t size, align;
    unsigned whose;
  } b[BLOCKS] = {{0}};
  for (unsigned step = 0; step < 20000; step++) {
    const unsigned i = (unsigned)check_below(BLOCKS);
    if (b[i].p != NULL) {
      ti_free(b[i].p, b[i].size, b[i].align);
      sum[b[i].whose] -= b[i].size;
    }
    b[i].size = 1 + (size_t)check_below(2000);
    b[i].align = (size_t)1 << check_below(10);
    b[i].whose = (unsigned)check_below(3);
    tine_account_use(a[b[i].whose]);
    b[i].p = (step & 1) != 0 ? ti_alloc(b[i].size, b[i].align) : ti_alloc_zeroed(b[i].size, b[i].align);
    CHECK((b[i].p != NULL) == (b[i].whose != 1 || sum[1] + b[i].size <= 50000));
    if (b[i].p != NULL) {
      memset(b[i].p, 0xff, b[i].size);
      sum[b[i].whose] += b[i].size;
    }
    tine_account_use(NULL);
    CHECK_STOP(tine_account_bytes(a[0]) == sum[0] && tine_account_bytes(a[1]) == sum[1]);
  }
  tine_account_release(a[0]);
  for (unsigned i = 0; i < BLOCKS; i++)
    if (b[i].p != NULL)
      ti_free(b[i].p, b[i].size, b[i].align);
  CHECK_INT(tine_account_bytes(a[1]), 0);
  tine_account_release(a[1]);
  CHECK_INT(ti_memory_live(), 0);
}

static tine_pipeline *sieve(uint64_t n) {
  const tine_value two = tine_i64(2);
  tine_pipeline *p = tine_range(1, (int64_t)n, 1);
  return tine_filter(p, tine_kernel_find(NULL, "ge", NULL), &two, 1);
}

/* How many items there will be is not known, and most of them are gathered by workers. */
static void growing_results_are_bounded(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 4};
  tine_account *a = account_of(1 << 20);
  tine_pool *pool;
  tine_array *out;
  tine_value sum;
  CHECK_INT(tine_pool_create(&pool, &options, NULL), TINE_OK);
  for (unsigned i = 0; i < 20; i++) {
    tine_pipeline *p;
    tine_account_use(a);
    p = tine_on(sieve(10000000), pool);
    CHECK_INT(tine_collect(p, &out, NULL), TINE_ENOMEM);
    CHECK(tine_account_refused(a) > 0);
    CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK); /* needs little memory */
    CHECK_INT(tine_account_refused(a), 0);
    CHECK(tine_account_bytes(a) <= 1 << 20);
    tine_pipeline_release(p);
    CHECK_INT(tine_account_bytes(a), 0);
    p = tine_on(sieve(1000), pool);
    CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
    tine_account_use(NULL);
    CHECK(tine_account_bytes(a) >= 999 * 8);
    tine_pipeline_release(p);
    tine_array_release(out);
    CHECK_INT(tine_account_bytes(a), 0);
  }
  tine_pool_destroy(pool);
  tine_account_release(a);
  CHECK_INT(ti_memory_live(), 0);
}

static void the_default_pool_is_nobodys(void) {
  tine_account *a = account_of(0);
  tine_default_pool_hold();
  tine_account_use(a);
  CHECK(tine_default_pool(NULL) != NULL);
  tine_account_use(NULL);
  CHECK_INT(tine_account_bytes(a), 0);
  tine_default_pool_release();
  tine_default_pool_release();
  tine_account_release(a);
}

/* Each thread has an account of its own, and all use the default pool. */
typedef struct tenant {
  ti_thread thread;
  tine_account *account;
  uint64_t limit;
  bool held;
} tenant;

static void live_there(void *arg) {
  tenant *t = arg;
  t->held = true;
  tine_account_use(t->account);
  for (unsigned i = 0; i < 50; i++) {
    tine_pipeline *p = sieve(2000 + 200 * i);
    tine_array *out = NULL;
    const tine_status status = tine_collect(p, &out, NULL);
    const uint64_t bytes = tine_account_bytes(t->account);
    if (status == TINE_OK)
      t->held &= tine_array_len(out) == 1999 + 200 * i && bytes >= (1999 + 200 * i) * 8;
    else
      t->held &= status == TINE_ENOMEM && tine_account_refused(t->account) > 0;
    t->held &= bytes <= t->limit && (status == TINE_OK || (1999 + 200 * i) * 8 > t->limit / 8);
    tine_array_release(out);
    tine_pipeline_release(p);
  }
  tine_account_use(NULL);
}

static void threads_keep_apart(void) {
  enum { TENANTS = 8 };
  tenant t[TENANTS];
  tine_default_pool_hold();
  for (unsigned i = 0; i < TENANTS; i++) {
    t[i].limit = (uint64_t)(i + 1) << 16;
    t[i].account = account_of(t[i].limit);
  }
  for (unsigned i = 0; i < TENANTS; i++)
    CHECK_INT(ti_thread_start(&t[i].thread, live_there, &t[i], "tenant", 0), 0);
  for (unsigned i = 0; i < TENANTS; i++)
    ti_thread_join(t[i].thread);
  tine_default_pool_release();
  for (unsigned i = 0; i < TENANTS; i++) {
    CHECK(t[i].held);
    CHECK_INT(tine_account_bytes(t[i].account), 0);
    tine_account_release(t[i].account);
  }
  CHECK_INT(ti_memory_live(), 0);
}

static void arrays_outlive_their_account(void) {
  tine_account *a = account_of(0);
  tine_array *x, *view;
  tine_account_use(a);
  CHECK_INT(tine_array_create(&x, TINE_F64, 1000, NULL), TINE_OK);
  CHECK(tine_account_bytes(a) >= 8000);
  tine_account_use(NULL);
  view = tine_array_view(x, 10, 10);
  tine_array_release(x);
  CHECK(tine_account_bytes(a) >= 8000); /* the view keeps it all */
  tine_account_release(a);
  tine_array_release(view);
  CHECK_INT(ti_memory_live(), 0);
}

CHECK_SUITE(account, CHECK_CASE(blocks_are_charged), CHECK_CASE(any_order), CHECK_CASE(growing_results_are_bounded),
            CHECK_CASE(the_default_pool_is_nobodys), CHECK_CASE(threads_keep_apart),
            CHECK_CASE(arrays_outlive_their_account))
