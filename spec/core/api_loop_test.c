/*
** The contract of parallel loops and reductions in core/tine.h: each item once, the lowest failing one reported, all
** that was made dropped, and the same bits on any number of threads.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <time.h>

#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

static const unsigned sizes[] = {1, 2, 3, 16};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static _Atomic unsigned wrong; /* what bodies found; a case ends with a look at it */

/* ===== Loops ===== */

enum { MOST = 1000003, MOST_CALLS = 10000000 };
static _Atomic uint8_t seen[MOST];

typedef struct loop {
  uint64_t n, failing, step;                  /* every step-th item fails, from 'failing' on */
  enum { SAYS_WHERE, SILENTLY, CANCELS } way; /* silently: the first item of the call is held to fail */
  bool gives_up;                              /* after so many calls that it can only be for ever */
  _Atomic unsigned calls;
  _Atomic uint64_t at; /* what is to be reported */
} loop;

static tine_status visits(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  loop *l = env;
  wrong += lo >= hi || hi > l->n;
  if (mix(lo + l->failing) % 64 == 0)
    nap_us(20);
  for (uint64_t i = lo; i < hi; i++) {
    if (i < MOST)
      seen[i]++;
    if (i == l->failing)
      l->at = l->way == SILENTLY ? lo : i;
    if (i < l->failing || (i - l->failing) % l->step != 0)
      continue;
    if (l->way != CANCELS)
      return l->way == SILENTLY ? TINE_EIO : tine_fail(ctx, TINE_EUSER, i, "visited");
    tine_cancel(ctx);
  }
  return l->gives_up && ++l->calls > MOST_CALLS ? TINE_ETHREAD : TINE_OK;
}

static void each_item_once(void) {
  static const uint64_t lengths[] = {0, 1, 2, 7, 1000, MOST};
  wrong = 0;
  for (unsigned i = 0; i <= SIZES; i++) {
    tine_pool *pool = i < SIZES ? new_pool(sizes[i]) : NULL;
    for (unsigned k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
      loop l = {.n = lengths[k], .failing = UINT64_MAX, .step = 1};
      bool once = true;
      memset(seen, 0, sizeof seen);
      CHECK_INT(tine_parallel_for(pool, l.n, visits, &l, NULL), TINE_OK);
      for (uint64_t item = 0; item < MOST; item++)
        once = once && seen[item] == (item < l.n);
      CHECK(once);
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

static void the_lowest_item_fails_the_loop(void) {
  wrong = 0;
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (int round = 0; round < 1000; round++) {
      const uint64_t n = round % 50 == 0 ? 30000 : 300;
      loop l = {.n = n, .failing = check_below(n), .step = 1 + check_below(n / 2)};
      l.way = round % 4 == 0 ? SILENTLY : SAYS_WHERE;
      const tine_status want = l.way == SILENTLY ? TINE_EIO : TINE_EUSER;
      tine_error err = {.message = ""};
      memset(seen, 0, (size_t)n);
      CHECK_INT(tine_parallel_for(pool, n, visits, &l, &err), want);
      CHECK(err.status == want && err.item == l.at);
      CHECK(l.way == SILENTLY || strcmp(err.message, "visited") == 0);
      for (uint64_t item = 0; item < n; item++)
        wrong += item <= l.failing ? seen[item] != 1 : seen[item] > 1;
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

static void endless_loop(tine_ctx *ctx, void *arg) {
  tine_cancel(ctx);
  wrong += tine_parallel_for(tine_ctx_pool(ctx), UINT64_MAX, visits, arg, NULL) != TINE_ECANCELED;
}

static void loops_stop_early(void) {
  wrong = 0;
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    tine_error err = {.message = ""};
    loop l = {.n = UINT64_MAX, .step = 1000, .gives_up = true};
    for (l.failing = 5; l.failing < 1000000; l.failing *= 100) {
      CHECK_INT(tine_parallel_for(pool, UINT64_MAX, visits, &l, &err), TINE_EUSER);
      CHECK_INT(err.item, l.failing);
    }
    l.way = CANCELS;
    CHECK_INT(tine_parallel_for(pool, UINT64_MAX, visits, &l, NULL), TINE_ECANCELED);
    l.failing = UINT64_MAX;
    CHECK_INT(tine_pool_run(pool, endless_loop, &l, NULL), TINE_ECANCELED);
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

/* ===== Loops: inside each other, and on every thread ===== */

typedef struct nest {
  tine_pool *pool;
  _Atomic unsigned visits;
} nest;

static void spawned(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ((nest *)arg)->visits++;
}

static tine_status inner_body(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  if (lo <= 100 && 100 < hi)
    tine_spawn(ctx, &(tine_closure){spawned, env, 0, NULL, TINE_FN, 0});
  ((nest *)env)->visits += (unsigned)(hi - lo);
  return TINE_OK;
}

/* The loop inside fails, that around it does not. */
static tine_status outer_body(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  nest *n = env;
  loop l = {.n = 50, .failing = 10, .step = 10};
  tine_error err = {.message = ""};
  for (uint64_t i = lo; i < hi; i++) {
    wrong += tine_parallel_for(n->pool, 1000, inner_body, n, NULL) != TINE_OK;
    wrong += tine_parallel_for(n->pool, 50, visits, &l, &err) != TINE_EUSER || err.item != 10 || tine_stopped(ctx);
  }
  return TINE_OK;
}

static void loops_nest(void) {
  wrong = 0;
  for (unsigned i = 0; i < SIZES; i++) {
    nest n = {new_pool(sizes[i]), 0};
    CHECK_INT(tine_parallel_for(n.pool, 100, outer_body, &n, NULL), TINE_OK);
    CHECK_INT(n.visits, 100 * 1001);
    tine_pool_destroy(n.pool);
  }
  CHECK_INT(wrong, 0);
}

static tine_status sleeps(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  *(_Atomic unsigned *)env |= 1u << tine_worker_index(ctx);
  nap_us((long)(hi - lo) * 5000);
  return TINE_OK;
}

static void few_long_items_use_every_thread(void) {
  for (unsigned threads = 2; threads <= 4; threads++) {
    double end = 0;
    tine_pool *pool = new_pool(threads);
    _Atomic unsigned busy;
    do {
      busy = 0;
      CHECK_INT(tine_parallel_for(pool, 64, sleeps, &busy, NULL), TINE_OK);
    } while (busy != (1u << threads) - 1 && patient(&end));
    CHECK_INT(busy, (1u << threads) - 1);
    tine_pool_destroy(pool);
  }
}

/* ===== Reductions ===== */

/* What an accumulator knows: where it is, the composition of affine maps, a rounded sum, and how it came about. */
typedef struct account {
  const void *self;
  uint64_t a, b, history;
  double sum;
} account;

typedef struct books {
  uint64_t grain, failing;
  int way;          /* as that of a loop */
  unsigned waiting; /* for 'failed', on the part of items behind the failing one, if 1 */
  _Atomic unsigned failed;
  _Atomic int64_t made, dropped, folds;
} books;

static void account_init(void *acc, void *env) {
  account *x = acc;
  *x = (account){acc, 1, 0, 0, 0.0};
  wrong += (uintptr_t)acc % _Alignof(max_align_t) != 0;
  ((books *)env)->made++;
}

static void account_item(account *x, uint64_t i) {
  const uint64_t a = mix(i + 1) | 1, b = mix(i + 9);
  x->a *= a;
  x->b = x->b * a + b;
  x->sum += (double)b * 0x1p-40;
  x->history = mix(x->history * 31 + i + 1);
}

static tine_status account_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  books *k = env;
  account *x = acc;
  wrong += x->self != acc || lo >= hi || (k->grain != 0 && lo / k->grain != (hi - 1) / k->grain);
  if (mix(lo) % 256 == 0)
    nap_us(20);
  k->folds++;
  if (k->waiting > 0 && lo > k->failing)
    wrong += !reaches(&k->failed, 1);
  for (uint64_t i = lo; i < hi; i++) {
    account_item(x, i);
    k->failed |= i == k->failing;
    if (i >= k->failing && k->way != CANCELS)
      return k->way == SILENTLY ? TINE_EIO : tine_fail(ctx, TINE_EUSER, i, "folded");
    if (i >= k->failing)
      tine_cancel(ctx);
  }
  return TINE_OK;
}

static void account_combine(void *acc, void *right, void *env) {
  account *x = acc, *r = right;
  (void)env;
  wrong += x->self != acc || r->self != right || acc == right;
  x->b = x->b * r->a + r->b;
  x->a *= r->a;
  x->sum += r->sum;
  x->history = mix(x->history * 5 + r->history * 7);
}

static void account_drop(void *acc, void *env) {
  account *x = acc;
  wrong += x->self != acc;
  x->self = NULL;
  ((books *)env)->dropped++;
}

static tine_status reduces(tine_pool *pool, uint64_t n, books *k, account *out, tine_error *err) {
  const tine_reducer r = {sizeof(account), k->grain, account_init, account_fold, account_combine, account_drop};
  return tine_parallel_reduce(pool, n, &r, k, out, err);
}

static void reductions_have_the_same_bits(void) {
  static const uint64_t lengths[] = {0, 1, 2, 7, 1000, 30011}, grains[] = {0, 1, 7, 1000, UINT64_MAX};
  static account first[6][5];
  wrong = 0;
  for (unsigned i = 0; i <= SIZES; i++) {
    tine_pool *pool = i < SIZES ? new_pool(sizes[i]) : NULL;
    for (unsigned k = 0; k < 6 * 5 * 2; k++) { /* each of them twice */
      account *f = &first[k / 2 / 5][k / 2 % 5], plain = {NULL, 1, 0, 0, 0.0};
      books b = {.grain = grains[k / 2 % 5], .failing = UINT64_MAX};
      _Alignas(max_align_t) account out;
      CHECK_INT(reduces(pool, lengths[k / 2 / 5], &b, &out, NULL), TINE_OK);
      CHECK(out.self == &out);
      CHECK_INT(b.made, b.dropped + 1);
      for (uint64_t item = 0; item < lengths[k / 2 / 5]; item++)
        account_item(&plain, item);
      CHECK(out.a == plain.a && out.b == plain.b); /* in order, whatever the tree */
      if (i == 0 && k % 2 == 0)
        *f = out;
      CHECK_F64(out.sum, f->sum);
      CHECK(out.history == f->history);
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

static void failed_reductions_leave_nothing(void) {
  static const tine_status want[] = {TINE_EUSER, TINE_EIO, TINE_ECANCELED};
  wrong = 0;
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (int round = 0; round < 1000; round++) {
      const uint64_t n = round == 0 ? 1 << 30 : 3000;
      books k = {.grain = round == 0       ? 1
                          : round % 3 == 0 ? 0
                                           : 1 + check_below(50),
                 .failing = check_below(300),
                 .waiting = round == 0,
                 .way = round / 3 % 3};
      _Alignas(max_align_t) account out;
      tine_error err = {.message = ""};
      CHECK_INT(reduces(pool, n, &k, &out, &err), want[k.way]);
      CHECK(round > 0 || k.folds < 1 << 20); /* what is behind is not even looked at */
      CHECK(k.way == CANCELS || (k.way == SILENTLY ? err.item <= k.failing : err.item == k.failing));
      CHECK_INT(k.made, k.dropped);
    }
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
}

/* An allocator that refuses one request out of 'refusing'. */
static _Atomic int refusing, requests, blocks;

static void *refuse_some(void *arg, size_t size, size_t align) {
  const size_t multiple = align < 16 ? 16 : align;
  (void)arg;
  if (refusing > 0 && requests++ % refusing == 0)
    return NULL;
  blocks++;
  return aligned_alloc(multiple, (size + multiple) / multiple * multiple);
}

static void take_back(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)size, (void)align;
  blocks--;
  free(block);
}

/* Accumulators of any size, in use to their last byte. */
typedef struct bulk {
  size_t size;
  _Atomic int64_t balance;
} bulk;

static void bulk_init(void *acc, void *env) {
  ((bulk *)env)->balance++;
  memset(acc, 0, ((bulk *)env)->size);
}

static tine_status bulk_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  uint8_t *x = acc;
  (void)ctx;
  for (; lo < hi; lo++)
    for (size_t j = 0; j < ((bulk *)env)->size; j++)
      x[j] = (uint8_t)(x[j] + lo * (j % 7 + 1));
  return TINE_OK;
}

static void bulk_combine(void *acc, void *right, void *env) {
  uint8_t *x = acc, *r = right;
  for (size_t j = 0; j < ((bulk *)env)->size; j++)
    x[j] = (uint8_t)(x[j] + r[j]);
}

static void bulk_drop(void *acc, void *env) {
  (void)acc;
  ((bulk *)env)->balance--;
}

static void reduces_bulk(tine_pool *pool, size_t size, bool may_fail) {
  const tine_reducer r = {size, 7, bulk_init, bulk_fold, bulk_combine, bulk_drop};
  static _Alignas(max_align_t) uint8_t out[100000];
  bulk b = {size, 0};
  bool right = true;
  const tine_status status = tine_parallel_reduce(pool, 101, &r, &b, out, NULL);
  CHECK(status == TINE_OK || (may_fail && status == TINE_ENOMEM));
  for (size_t j = 0; j < size; j++)
    right = right && (status != TINE_OK || out[j] == (uint8_t)(5050 * (j % 7 + 1)));
  CHECK(right);
  CHECK_INT(b.balance, status == TINE_OK);
}

static void accumulators_have_any_size(void) {
  static const tine_allocator some = {refuse_some, take_back, NULL};
  static const size_t acc_sizes[] = {1, 8, 300, 100000};
  refusing = 0;
  CHECK_STOP(tine_set_allocator(&some) == TINE_OK);
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (int k = 0; k < 16; k++) {
      refusing = k / 4;
      reduces_bulk(pool, acc_sizes[k % 4], refusing > 0 && k % 4 >= 2);
    }
    refusing = 0;
    tine_pool_destroy(pool);
  }
  CHECK_INT(blocks, 0);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

CHECK_SUITE(api_loop, CHECK_CASE(each_item_once), CHECK_CASE(the_lowest_item_fails_the_loop),
            CHECK_CASE(loops_stop_early), CHECK_CASE(loops_nest), CHECK_CASE(few_long_items_use_every_thread),
            CHECK_CASE(reductions_have_the_same_bits), CHECK_CASE(failed_reductions_leave_nothing),
            CHECK_CASE(accumulators_have_any_size))
