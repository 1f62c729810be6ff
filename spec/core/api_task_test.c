/*
** The contract of tasks in core/tine.h, compiled against the very signatures that hosts rely on: joined closures of
** every kind run exactly once, a run reports the lowest item that failed, and any number of threads may be inside a
** pool.
*/
#include "../../core/tine.h"
#include "check.h"

/* ===== Signatures: a change of one is a compiler's error here ===== */

typedef void host_task(tine_ctx *ctx, void *arg);

static tine_status (*const pool_create)(tine_pool **, const tine_pool_options *, tine_error *) = tine_pool_create;
static void (*const pool_destroy)(tine_pool *) = tine_pool_destroy;
static tine_status (*const pool_run)(tine_pool *, host_task *, void *, tine_error *) = tine_pool_run;
static void (*const join)(tine_ctx *, host_task *, void *, host_task *, void *) = tine_join;
static tine_status (*const fail)(tine_ctx *, tine_status, uint64_t, const char *) = tine_fail;
static unsigned (*const pool_threads)(const tine_pool *) = tine_pool_threads;

static tine_pool *with_threads(unsigned threads) {
  tine_pool_options options = {.size = sizeof options, .threads = threads};
  tine_pool *pool = NULL;
  CHECK_INT(pool_create(&pool, &options, NULL), TINE_OK);
  return pool;
}

/* ===== Joining ===== */

typedef struct summation {
  const int64_t *x;
  size_t n;
  int64_t sum;
} summation;

static void sum_up(tine_ctx *ctx, void *arg) {
  summation *s = arg;
  if (s->n <= 100) {
    for (size_t i = 0; i < s->n; i++)
      s->sum += s->x[i];
    return;
  }
  summation a = {s->x, s->n / 2, 0}, b = {s->x + s->n / 2, s->n - s->n / 2, 0};
  tine_join(ctx, sum_up, &a, sum_up, &b);
  s->sum = a.sum + b.sum;
}

static void joins_are_done_on_return(void) {
  static int64_t x[100000];
  int64_t want = 0;
  for (size_t i = 0; i < 100000; i++)
    want += x[i] = (int64_t)check_below(1000000);
  for (unsigned threads = 1; threads <= 9; threads += 2) {
    tine_pool *pool = with_threads(threads);
    CHECK_INT(pool_threads(pool), threads);
    for (int round = 0; round < 20; round++) {
      summation s = {x, 100000, 0};
      CHECK_INT(pool_run(pool, sum_up, &s, NULL), TINE_OK);
      CHECK_INT(s.sum, want);
    }
    pool_destroy(pool);
  }
}

/* A closure as a host may have it: one shares its environment, one changes a state of its own, one uses up what it
   owns. */
typedef struct closure closure;
struct closure {
  tine_task *call;
  const int64_t *shared;
  int64_t state;
  int64_t *owned;
  _Atomic int calls, drops;
};

static void read_shared(tine_ctx *ctx, void *arg) {
  closure *c = arg;
  (void)ctx;
  c->state = *c->shared;
  c->calls++;
}

static void change_state(tine_ctx *ctx, void *arg) {
  closure *c = arg;
  (void)ctx;
  for (int i = 0; i < 1000; i++)
    c->state++;
  c->calls++;
}

static void use_up(tine_ctx *ctx, void *arg) {
  closure *c = arg;
  (void)ctx;
  c->state = *c->owned;
  free(c->owned);
  c->owned = NULL;
  c->drops++;
  c->calls++;
}

typedef struct closures {
  closure *c;
  size_t n;
} closures;

/* Joins the closures of an array, whatever they are: the halves first, a single one by its own function. */
static void all(tine_ctx *ctx, void *arg) {
  const closures *s = arg;
  const size_t half = s->n / 2;
  closures left = {s->c, half}, right = {s->c + half, s->n - half};
  if (s->n == 1)
    s->c->call(ctx, s->c);
  else if (s->n == 2)
    join(ctx, left.c->call, left.c, right.c->call, right.c);
  else if (half == 1)
    join(ctx, left.c->call, left.c, all, &right);
  else
    join(ctx, all, &left, all, &right);
}

static void closures_of_different_kinds_are_joined(void) {
  enum { CLOSURES = 1001 };
  static closure c[CLOSURES];
  static const int64_t shared = 41;
  static host_task *const kinds[] = {read_shared, change_state, use_up};
  tine_pool *pool = with_threads(4);
  for (int round = 0; round < 20; round++) {
    memset(c, 0, sizeof c);
    for (int i = 0; i < CLOSURES; i++) {
      c[i].call = kinds[i % 3];
      c[i].shared = &shared;
      if (i % 3 == 2 && CHECK((c[i].owned = malloc(sizeof *c[i].owned)) != NULL))
        *c[i].owned = i;
    }
    CHECK_INT(pool_run(pool, all, &(closures){c, CLOSURES}, NULL), TINE_OK);
    for (int i = 0; i < CLOSURES; i++) {
      CHECK_INT(c[i].calls, 1);
      CHECK_INT(c[i].drops, i % 3 == 2);
      CHECK_INT(c[i].state, i % 3 == 0 ? 41 : i % 3 == 1 ? 1000 : i);
    }
  }
  pool_destroy(pool);
}

typedef struct chain {
  int depth;
  _Atomic int *links;
} chain;

static void leaf(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*((chain *)arg)->links;
}

/* Nested deeper than any queue of tasks is long, on the side that stays and on the one that may be stolen. */
static void descend(tine_ctx *ctx, void *arg) {
  chain *c = arg, next = {c->depth - 1, c->links};
  ++*c->links;
  if (c->depth > 0 && c->depth % 2 == 0)
    join(ctx, descend, &next, leaf, &next);
  else if (c->depth > 0)
    join(ctx, leaf, &next, descend, &next);
}

static void joins_nest_deeply(void) {
  tine_pool *pool = with_threads(3);
  _Atomic int links = 0;
  CHECK_INT(pool_run(pool, descend, &(chain){3000, &links}, NULL), TINE_OK);
  CHECK_INT(links, 3001 + 3000);
  pool_destroy(pool);
}

/* ===== Failing ===== */

typedef struct span {
  uint64_t lo, hi;
  const uint64_t *failing; /* ascending; ends with UINT64_MAX */
  _Atomic uint64_t *visited;
} span;

static void visit(tine_ctx *ctx, void *arg) {
  span *s = arg;
  const uint64_t middle = s->lo + (s->hi - s->lo) / 2;
  span left = {s->lo, middle, s->failing, s->visited}, right = {middle, s->hi, s->failing, s->visited};
  if (s->hi - s->lo > 1) {
    join(ctx, visit, &left, visit, &right);
    return;
  }
  ++*s->visited;
  for (const uint64_t *f = s->failing; *f != UINT64_MAX; f++)
    if (*f == s->lo) {
      char message[40];
      const tine_status code = (tine_status)(TINE_EUSER + s->lo % 7);
      snprintf(message, sizeof message, "no bread at %d", (int)s->lo);
      CHECK_INT(fail(ctx, code, s->lo, message), code);
      memset(message, 'x', sizeof message - 1); /* it was copied */
    }
}

static void the_lowest_failure_is_reported(void) {
  static const uint64_t failing[] = {123, 124, 600, 999, UINT64_MAX};
  for (unsigned threads = 1; threads <= 5; threads++) {
    tine_pool *pool = with_threads(threads);
    for (int round = 0; round < 40; round++) {
      _Atomic uint64_t visited = 0;
      tine_error err = {.message = ""};
      char want[40];
      const size_t k = check_below(4);
      CHECK_INT(pool_run(pool, visit, &(span){0, 1000, failing + k, &visited}, &err), TINE_EUSER + failing[k] % 7);
      CHECK_INT(err.status, TINE_EUSER + failing[k] % 7);
      CHECK_INT(err.item, failing[k]);
      snprintf(want, sizeof want, "no bread at %d", (int)failing[k]);
      CHECK_TEXT(err.message, want);
      CHECK_INT(pool_run(pool, visit, &(span){0, 1000, failing + 4, &visited}, &err), TINE_OK); /* and is forgotten */
    }
    pool_destroy(pool);
  }
}

/* Fails late items first, on one thread: the order of time does not matter, nor which code it is. */
static void backwards(tine_ctx *ctx, void *arg) {
  (void)arg;
  CHECK_INT(tine_fail(ctx, TINE_EIO, UINT64_MAX, "last"), TINE_EIO);
  CHECK_INT(tine_fail(ctx, TINE_EUSER, 7, "seventh"), TINE_EUSER);
  CHECK_INT(tine_fail(ctx, TINE_EINVAL, 3, "third"), TINE_EINVAL);
  CHECK_INT(tine_fail(ctx, (tine_status)123456, 5, "fifth"), 123456);
}

static void long_message(tine_ctx *ctx, void *arg) {
  char message[2 * TINE_MESSAGE_SIZE];
  (void)arg;
  memset(message, 'm', sizeof message);
  message[sizeof message - 1] = '\0';
  tine_fail(ctx, TINE_EUSER, 0, message);
}

static void any_code_and_message_will_do(void) {
  tine_pool *pool = with_threads(2);
  tine_error err = {.message = ""};
  CHECK_INT(pool_run(pool, backwards, NULL, &err), TINE_EINVAL);
  CHECK_INT(err.item, 3);
  CHECK_TEXT(err.message, "third");
  CHECK_INT(pool_run(pool, backwards, NULL, NULL), TINE_EINVAL);
  CHECK_INT(pool_run(pool, long_message, NULL, &err), TINE_EUSER);
  CHECK_INT(strlen(err.message), TINE_MESSAGE_SIZE - 1);
  pool_destroy(pool);
}

CHECK_SUITE(api_task, CHECK_CASE(joins_are_done_on_return), CHECK_CASE(closures_of_different_kinds_are_joined),
            CHECK_CASE(joins_nest_deeply), CHECK_CASE(the_lowest_failure_is_reported),
            CHECK_CASE(any_code_and_message_will_do))
