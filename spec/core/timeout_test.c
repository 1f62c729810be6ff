/*
** What ends a terminal early: timeouts and watches; and that afterwards everything is as it was.
*/
#include <stdatomic.h>

#include "../../core/base/config.h"
#include "../../core/base/memory.h"
#include "../../core/tine.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

static const unsigned sizes[] = {0, 2, 3}; /* threads of a pool; 0: sequential */
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void still_well(tine_pool *pool) {
  tine_pipeline *p = tine_map(tine_range(1, 100000, 1), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  tine_value sum;
  p = pool != NULL ? tine_on(p, pool) : tine_sequential(p);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, -5000050000);
  tine_pipeline_release(p);
}

static void every_terminal(void (*check)(const endless_case *c, tine_pool *pool)) {
  for (size_t i = 0; i < SIZES; i++) {
    tine_pool *pool = sizes[i] > 0 ? new_pool(sizes[i]) : NULL;
    for (const endless_case *c = endless_cases; c->name != NULL; c++)
      check(c, pool);
    still_well(pool);
    tine_pool_destroy(pool);
  }
  endless_kernels_end();
}

static void time_out(const endless_case *c, tine_pool *pool) {
  const double limits[] = {0, 0.001, 0.01};
  for (size_t k = 0; k < 3; k++) {
    tine_error err = {.status = TINE_OK};
    const tine_status status = c->run(pool, limits[k], &err);
    if (!CHECK_INT(status, TINE_ETIMEOUT) || !CHECK_TEXT(err.message, "timed out"))
      printf("\n  %s, %d threads, %g s", c->name, pool != NULL ? (int)tine_pool_threads(pool) : 0, limits[k]);
  }
}

static void timeouts_end_every_terminal(void) {
  every_terminal(time_out);
}

/* Whoever is asked for a block of slow items, by one item above, is stopped within it. (An item takes 5 ms.) */
static void timeouts_end_within_a_block(void) {
  for (const endless_case *c = endless_cases; c->name != NULL; c++) {
    const unsigned before = endless_items_here();
    if (strcmp(c->name, "sum_dripped_slow") != 0 && strcmp(c->name, "sum_chunks_slow") != 0 &&
        strcmp(c->name, "sum_hundreds_slow") != 0)
      continue;
    CHECK_INT(c->run(NULL, 0.03, NULL), TINE_ETIMEOUT);
    if (!CHECK(endless_items_here() - before < 100))
      printf("\n  %s", c->name);
  }
  endless_kernels_end();
}

static double zero_at_run_time(void) {
  volatile double zero = 0;
  return zero;
}

/* ===== Watches ===== */

typedef struct looking {
  unsigned calls, most;
  uint64_t done, total;
} looking;

static bool look(void *arg, uint64_t done, uint64_t total) {
  looking *l = arg;
  l->done = done;
  l->total = total;
  return ++l->calls < l->most;
}

static void watch_out(const endless_case *c, tine_pool *pool) {
  looking l = {.most = 3};
  const tine_watch watch = {sizeof watch, 0.001, look, &l};
  tine_error err = {.status = TINE_OK};
  tine_status status;
  if (strcmp(c->name, "sum_within") == 0) /* a kernel that does not return is not looked away from */
    return;
  CHECK(tine_watch_set(&watch) == NULL);
  status = c->run(pool, -1, &err);
  CHECK(tine_watch_set(NULL) == &watch);
  if (!CHECK_INT(status, TINE_ECANCELED) || !CHECK_TEXT(err.message, "cancelled") || !CHECK(l.calls >= 3))
    printf("\n  %s, %d threads", c->name, pool != NULL ? (int)tine_pool_threads(pool) : 0);
}

static void watches_end_every_terminal(void) {
  every_terminal(watch_out);
}

/* ===== What they are told ===== */

static bool take_note(void *arg, uint64_t done, uint64_t total) {
  looking *l = arg;
  CHECK(total == 0 || done <= total);
  CHECK(done >= l->done || total != l->total);
  l->done = done;
  l->total = total;
  l->calls++;
  return true;
}

/* Runs a terminal of some 50 ms or more with a watch; all of it is done in the end, if anybody knows how much
   that is. */
static void watch_all(tine_pipeline *p, tine_status (*terminal)(tine_pipeline *p), uint64_t total) {
  looking l = {.most = 0};
  const tine_watch watch = {sizeof watch, 0.001, take_note, &l};
  tine_watch_set(&watch);
  CHECK_INT(terminal(p), TINE_OK);
  tine_watch_set(NULL);
  tine_pipeline_release(p);
#if defined(TI_HOSTILE) && TI_HOSTILE
  if (l.calls == 0) /* it was all one block */
    return;
#endif
  CHECK(l.calls > 1);
  CHECK_INT(l.total, total);
  if (total > 0)
    CHECK_INT(l.done, total);
}

static tine_status to_sum(tine_pipeline *p) {
  tine_value sum;
  return tine_sum(p, &sum, NULL);
}
static tine_status to_arrays(tine_pipeline *p) {
  tine_array *out = NULL;
  const tine_status status = tine_collect(p, &out, NULL);
  tine_array_release(out);
  return status;
}
static tine_status to_sorted(tine_pipeline *p) {
  tine_array *out = NULL;
  const tine_status status = tine_sorted(p, TINE_DESCENDING, &out, NULL);
  tine_array_release(out);
  return status;
}
static tine_status to_scan(tine_pipeline *p) {
  tine_array *out = NULL;
  const tine_status status = tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, &out, NULL);
  tine_array_release(out);
  return status;
}

static tine_pipeline *slow_numbers(int64_t n, tine_pool *pool) {
  return tine_on(tine_map(tine_range(1, n, 1), endless_kernel("slow"), NULL, 0), pool);
}

static void progress_comes_to_its_end(void) {
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads);
    const tine_value zero = tine_i64(0);
    watch_all(slow_numbers(13, pool), to_sum, 13);
    watch_all(slow_numbers(13, pool), to_arrays, 13);
    watch_all(slow_numbers(13, pool), to_scan, 13);
    watch_all(slow_numbers(13, pool), to_sorted, 26);
    watch_all(tine_filter(slow_numbers(13, pool), tine_kernel_find(NULL, "gt", NULL), &zero, 1), to_arrays, 13);
    watch_all(tine_take(tine_filter(slow_numbers(13, pool), tine_kernel_find(NULL, "gt", NULL), &zero, 1), 5), to_sum,
              0);
    /* What is empty beside it makes nothing unknown. */
    watch_all(tine_chain(tine_filter(slow_numbers(13, pool), tine_kernel_find(NULL, "gt", NULL), &zero, 1),
                         tine_range(1, 0, 1)),
              to_arrays, 13);
    watch_all(tine_on(tine_random(3000000, 7), pool), to_sorted, 6000000);
    tine_pool_destroy(pool);
  }
  endless_kernels_end();
}

/* All is done when the watch is told so for the last time; its answer counts all the same. */
static bool until_it_is_all(void *arg, uint64_t done, uint64_t total) {
  looking *l = arg;
  l->calls++;
  return done < total;
}

static void refuse_the_end(tine_pipeline *p, tine_status (*terminal)(tine_pipeline *p)) {
  looking l = {.most = 0};
  const tine_watch watch = {sizeof watch, 0.001, until_it_is_all, &l};
  tine_status status;
  tine_watch_set(&watch);
  status = terminal(p);
  tine_watch_set(NULL);
  CHECK_INT(status, l.calls > 0 ? TINE_ECANCELED : TINE_OK);
  CHECK(l.calls > 0 || TI_HOSTILE); /* there it may be all one block */
  tine_pipeline_release(p);
}

static tine_status to_blocks(tine_pipeline *p) {
  tine_stream *s;
  tine_columns block;
  tine_status status;
  CHECK_INT(tine_stream_create(&s, p, NULL), TINE_OK);
  do
    status = tine_stream_next(s, &block, NULL);
  while (status == TINE_OK && block.n > 0);
  tine_stream_destroy(s);
  return status;
}

static void the_last_look_counts(void) {
  for (unsigned threads = 1; threads <= 2; threads++) {
    tine_pool *pool = new_pool(threads);
    const tine_value zero = tine_i64(0);
    refuse_the_end(slow_numbers(13, pool), to_sum);
    refuse_the_end(slow_numbers(13, pool), to_arrays);
    refuse_the_end(slow_numbers(13, pool), to_scan);
    refuse_the_end(slow_numbers(13, pool), to_sorted);
    refuse_the_end(slow_numbers(13, pool), to_blocks);
    refuse_the_end(tine_filter(slow_numbers(13, pool), tine_kernel_find(NULL, "gt", NULL), &zero, 1), to_arrays);
    tine_pool_destroy(pool);
  }
  endless_kernels_end();
}

static void short_runs_are_not_watched(void) {
  looking l = {.most = 0};
  const tine_watch watch = {sizeof watch, 3600, take_note, &l};
  tine_watch_set(&watch);
  still_well(NULL);
  tine_watch_set(NULL);
  CHECK_INT(l.calls, 0);
}

static void no_timeout_is_negative(void) {
  tine_error err;
  tine_pipeline *p = tine_timeout(tine_range(1, 10, 1), -1);
  CHECK_INT(tine_pipeline_check(p, &err), TINE_EINVAL);
  tine_pipeline_release(p);
  p = tine_timeout(tine_range(1, 10, 1), 0.0 / zero_at_run_time());
  CHECK_INT(tine_pipeline_check(p, &err), TINE_EINVAL);
  tine_pipeline_release(p);
  p = tine_timeout(tine_timeout(tine_range(1, 1000000, 1), 1 / zero_at_run_time()), 1e300);
  CHECK_INT(to_sum(p), TINE_OK);
  p = tine_timeout(tine_timeout(p, 0), 1e9); /* the shortest counts */
  CHECK_INT(to_sum(p), TINE_ETIMEOUT);
  tine_pipeline_release(p);
}

/* ===== Arrays that are lent ===== */

static void visit(void *arg, tine_array *a) {
  (*(unsigned *)arg)++;
  CHECK_INT(tine_array_len(a), 10);
}

static void views_share_an_account(void) {
  tine_array *a, *view, *deeper;
  tine_pipeline *p;
  unsigned visits = 0;
  CHECK_INT(tine_array_create(&a, TINE_I64, 20, NULL), TINE_OK);
  view = tine_array_view(a, 5, 10);
  deeper = tine_array_view(view, 0, 10);
  CHECK_INT(tine_array_lent(deeper), 0);
  CHECK(tine_array_lend(view, false));
  CHECK(tine_array_lend(a, false));
  CHECK_INT(tine_array_lent(deeper), 1);
  CHECK(!tine_array_lend(deeper, true));
  tine_array_unlend(deeper, false);
  tine_array_unlend(a, false);
  CHECK(tine_array_lend(deeper, true));
  CHECK_INT(tine_array_lent(a), 2);
  CHECK(!tine_array_lend(a, false));
  CHECK(!tine_array_lend(view, true));
  tine_array_unlend(view, true);
  CHECK_INT(tine_array_lent(a), 0);
  p = tine_zip(tine_slice(view), tine_gather(tine_range(1, 3, 1), deeper));
  tine_pipeline_arrays(p, visit, &visits);
  CHECK_INT(visits, 2);
  tine_pipeline_arrays(NULL, visit, &visits);
  CHECK_INT(visits, 2);
  tine_pipeline_release(p);
  tine_array_release(deeper);
  tine_array_release(view);
  tine_array_release(a);
}

/* Where something may end the run a host's kernel gets parts of a block; each is told where it begins. What it gets is
   its position, plus one. */
static atomic_uint told_wrong;

static void expect_first(const tine_block *b) {
  if (TINE_AT(int64_t, b->in[0], b->in_stride[0], 0) != (int64_t)b->first + 1)
    told_wrong++;
}

static int told_expands(tine_block *b) {
  expect_first(b);
  return tine_block_emitted(b);
}

static int told_maps(tine_block *b) {
  expect_first(b);
  for (size_t i = 0; i < b->n; i++)
    ((int64_t *)b->out[0])[i] = 0;
  return 0;
}

static int told_keeps(tine_block *b) {
  expect_first(b);
  for (size_t i = 0; i < b->n; i++)
    ((bool *)b->out[0])[i] = true;
  return 0;
}

static tine_kernel *told_kernel(tine_registry *r, const char *name, const char *types, tine_kernel_fn *fn,
                                unsigned flags) {
  const tine_kernel_signature s = {types, fn, NULL};
  const tine_kernel_desc d = {.size = sizeof d, .name = name, .signatures = &s, .signature_count = 1, .flags = flags};
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  return tine_kernel_find(r, name, NULL);
}

static void parts_are_told_where_they_begin(void) {
  tine_registry *r;
  uint64_t n;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  tine_kernel *const kernels[] = {told_kernel(r, "maps", "i64 -> i64", told_maps, 0),
                                  told_kernel(r, "keeps", "i64 -> bool", told_keeps, 0),
                                  told_kernel(r, "expands", "i64 -> i64", told_expands, TINE_EXPANDS)};
  told_wrong = 0;
  for (unsigned k = 0; k < 3; k++)
    for (unsigned sparse = 0; sparse < 2; sparse++) {
      tine_pipeline *p = tine_range(1, 20000, 1);
      if (sparse) /* blocks whose first item is kept, and then some */
        p = tine_filter(p, tine_kernel_find(NULL, "gt", NULL), &(tine_value){TINE_I64, {.i = 0}}, 1);
      p = tine_timeout(k == 0   ? tine_map(p, kernels[k], NULL, 0)
                       : k == 1 ? tine_filter(p, kernels[k], NULL, 0)
                                : tine_flat_map(p, kernels[k], NULL, 0),
                       60);
      CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
      tine_array *a = NULL;
      CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
      tine_array_release(a);
      tine_pipeline_release(p);
    }
  CHECK_INT(told_wrong, 0);
  tine_registry_release(r);
}

CHECK_SUITE(timeout, CHECK_CASE(parts_are_told_where_they_begin), CHECK_CASE(timeouts_end_every_terminal),
            CHECK_CASE(timeouts_end_within_a_block), CHECK_CASE(watches_end_every_terminal),
            CHECK_CASE(progress_comes_to_its_end), CHECK_CASE(the_last_look_counts),
            CHECK_CASE(short_runs_are_not_watched), CHECK_CASE(no_timeout_is_negative),
            CHECK_CASE(views_share_an_account))
