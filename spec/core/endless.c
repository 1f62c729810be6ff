/*
** Endless terminals: one of each kind of loop there is in the engine.
*/
#include "endless.h"

#include "check.h"
#include "pools.h"

#define AGES INT64_C(1000000000000000)

#if defined(TI_HOSTILE) && TI_HOSTILE
#define SLOW_US 500 /* blocks are of any length there */
#else
#define SLOW_US 5000
#endif

static tine_registry *kernels;

static _Thread_local unsigned items_here;

unsigned endless_items_here(void) {
  return items_here;
}

static struct {
  void (*fn)(void *arg);
  void *arg;
  unsigned at;
  _Atomic unsigned calls, after;
  _Atomic bool over;
} probe;

void endless_probe(void (*fn)(void *arg), void *arg, unsigned at) {
  probe.fn = fn;
  probe.at = at;
  probe.arg = arg;
  probe.calls = 0;
  if (fn != NULL)
    probe.after = 0;
  probe.over = false;
}

void endless_over(void) {
  probe.over = true;
}

unsigned endless_after(void) {
  return probe.after;
}

static void probe_block(void) {
  if (probe.over)
    probe.after++;
  else if (++probe.calls == probe.at)
    probe.fn(probe.arg);
}

static int slow(tine_block *block) {
  items_here += (unsigned)block->n;
  if (probe.fn != NULL)
    probe_block();
  for (size_t i = 0; i < block->n; i++) {
    if (probe.fn == NULL)
      nap_us(SLOW_US);
    ((int64_t *)block->out[0])[i] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
  }
  return 0;
}

/* As many values for each item as the run wants to have. */
static int spout(tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    for (;;) {
      void *const *out = tine_block_emit(block, i, 1000);
      if (out == NULL)
        return tine_block_emitted(block);
      for (size_t k = 0; k < 1000; k++)
        ((int64_t *)out[0])[k] = (int64_t)k;
    }
  return tine_block_emitted(block);
}

/* Gives each item once; counts as a block of "slow". */
static int drip(tine_block *block) {
  if (probe.fn != NULL)
    probe_block();
  for (size_t i = 0; i < block->n; i++) {
    void *const *out = tine_block_emit(block, i, 1);
    if (out == NULL)
      break;
    items_here++;
    if (probe.fn == NULL)
      nap_us(SLOW_US);
    ((int64_t *)out[0])[0] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
  }
  return tine_block_emitted(block);
}

/* Runs a terminal of its own for each item, which takes ages. */
static int within(tine_block *block) {
  tine_pipeline *p = tine_map(tine_range(1, AGES, 1), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  tine_value sum;
  tine_error err;
  const tine_status status = tine_sum(p, &sum, &err);
  tine_pipeline_release(p);
  ((int64_t *)block->out[0])[0] = sum.as.i;
  return status == TINE_OK ? 0 : tine_block_fail(block, TINE_EUSER + 1, 0, err.message);
}

static tine_status slow_init(const void *env, void *state) {
  (void)env;
  *(int *)state = 1;
  return TINE_OK;
}

static const tine_kernel_signature slow_sigs[] = {{"i64 -> i64", slow, NULL}},
                                   spout_sigs[] = {{"i64 -> i64", spout, NULL}},
                                   drip_sigs[] = {{"i64 -> i64", drip, NULL}},
                                   within_sigs[] = {{"i64 -> i64", within, NULL}};
static const tine_kernel_desc descs[] = {
    {.size = sizeof descs[0], .name = "slow", .signatures = slow_sigs, .signature_count = 1},
    {.size = sizeof descs[0],
     .name = "slow_state",
     .signatures = slow_sigs,
     .signature_count = 1,
     .mode = TINE_FN_MUT,
     .state_size = sizeof(int),
     .init = slow_init},
    {.size = sizeof descs[0], .name = "within", .signatures = within_sigs, .signature_count = 1},
    {.size = sizeof descs[0], .name = "drip", .signatures = drip_sigs, .signature_count = 1, .flags = TINE_EXPANDS},
    {.size = sizeof descs[0], .name = "spout", .signatures = spout_sigs, .signature_count = 1, .flags = TINE_EXPANDS}};

tine_kernel *endless_kernel(const char *name) {
  if (kernels == NULL) {
    CHECK_INT(tine_registry_create(&kernels, NULL), TINE_OK);
    for (size_t i = 0; i < sizeof descs / sizeof descs[0]; i++)
      CHECK_INT(tine_kernel_register(kernels, &descs[i], NULL), TINE_OK);
  }
  return tine_kernel_find(kernels, name, NULL);
}

void endless_kernels_end(void) {
  tine_registry_release(kernels);
  kernels = NULL;
}

/* ===== Pipelines ===== */

static tine_pipeline *numbers(void) {
  return tine_range(1, AGES, 1);
}

static tine_pipeline *negated(void) {
  return tine_map(numbers(), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
}

static tine_pipeline *slowly(const char *name) {
  return tine_map(numbers(), endless_kernel(name), NULL, 0);
}

static tine_pipeline *none(void) {
  const tine_value zero = tine_i64(0);
  return tine_filter(numbers(), tine_kernel_find(NULL, "lt", NULL), &zero, 1);
}

static tine_pipeline *poured(void) {
  return tine_flat_map(numbers(), endless_kernel("spout"), NULL, 0);
}

static void pieces_begin(const void *env, void *piece) {
  (void)env;
  *(uint64_t *)piece = UINT64_C(1) << 50;
}
static bool pieces_split(const void *env, void *piece, void *right) {
  (void)env;
  *(uint64_t *)piece /= 2;
  *(uint64_t *)right = *(uint64_t *)piece;
  return *(uint64_t *)piece > UINT64_C(1) << 40;
}
static int pieces_fill(const void *env, void *piece, tine_block *block) {
  (void)env, (void)piece;
  memset(block->out[0], 0, block->n * sizeof(int64_t));
  return 0;
}
static tine_pipeline *split(void) {
  static const tine_dtype dtype = TINE_I64;
  const tine_split_source source = {.size = sizeof source,
                                    .name = "pieces",
                                    .dtypes = &dtype,
                                    .columns = 1,
                                    .kind = TINE_PARALLEL,
                                    .piece_size = sizeof(uint64_t),
                                    .begin = pieces_begin,
                                    .split = pieces_split,
                                    .fill = pieces_fill};
  return tine_source_split(&source);
}

/* One position gives blocks without end, each of them slow. */
static tine_pipeline *dripped(void) {
  return tine_flat_map(poured(), endless_kernel("drip"), NULL, 0);
}

/* One item is made of half of all, or of a hundred at a time. */
static tine_pipeline *folded(tine_pipeline *p, uint64_t n) {
  return tine_fold_chunks(p, n, tine_kernel_find(NULL, "add", NULL), NULL);
}
static tine_pipeline *twice_folded(void) {
  return folded(folded(folded(numbers(), 1000), 1000), 1000);
}

/* ===== Terminals ===== */

static tine_pipeline *wished(tine_pipeline *p, tine_pool *pool, double timeout) {
  p = pool != NULL ? tine_on(p, pool) : tine_sequential(p);
  return timeout >= 0 ? tine_timeout(p, timeout) : p;
}

typedef tine_status taking(tine_pipeline *p, tine_error *err);

static tine_status take(tine_pipeline *p, tine_pool *pool, double timeout, taking *terminal, tine_error *err) {
  tine_status status;
  p = wished(p, pool, timeout);
  status = terminal(p, err);
  tine_pipeline_release(p);
  return status;
}

static tine_status sum(tine_pipeline *p, tine_error *err) {
  tine_value out;
  return tine_sum(p, &out, err);
}
static tine_status reduce(tine_pipeline *p, tine_error *err) {
  tine_value out;
  return tine_reduce(p, tine_kernel_find(NULL, "max", NULL), NULL, &out, err);
}
static tine_status count(tine_pipeline *p, tine_error *err) {
  uint64_t out;
  return tine_count(p, &out, err);
}
static tine_status effects(tine_pipeline *p, tine_error *err) {
  return tine_for_each(p, endless_kernel("slow"), NULL, 0, err);
}
static tine_status collect(tine_pipeline *p, tine_error *err) {
  tine_array *out = NULL;
  const tine_status status = tine_collect(p, &out, err);
  tine_array_release(out);
  return status;
}
static tine_status scan(tine_pipeline *p, tine_error *err) {
  tine_array *out = NULL;
  const tine_status status = tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, &out, err);
  tine_array_release(out);
  return status;
}
static tine_status unique(tine_pipeline *p, tine_error *err) {
  tine_array *out = NULL;
  const tine_status status = tine_unique(p, &out, err);
  tine_array_release(out);
  return status;
}
static tine_status histogram(tine_pipeline *p, tine_error *err) {
  tine_array *out = NULL;
  const tine_status status = tine_histogram(p, 0, 1000, 10, &out, err);
  tine_array_release(out);
  return status;
}
static tine_status top(tine_pipeline *p, tine_error *err) {
  tine_array *out = NULL;
  const tine_status status = tine_top(p, 10, &out, err);
  tine_array_release(out);
  return status;
}
static tine_status find(tine_pipeline *p, tine_which which, tine_error *err) {
  const tine_value zero = tine_i64(AGES);
  tine_value out;
  return tine_find(p, which, tine_kernel_find(NULL, "gt", NULL), &zero, 1, &out, err);
}
static tine_status find_first(tine_pipeline *p, tine_error *err) {
  return find(p, TINE_FIRST, err);
}
static tine_status find_last(tine_pipeline *p, tine_error *err) {
  return find(p, TINE_LAST, err);
}
static tine_status all(tine_pipeline *p, tine_error *err) {
  const tine_value most = tine_i64(AGES);
  bool out;
  return tine_all(p, tine_kernel_find(NULL, "le", NULL), &most, 1, &out, err);
}
static tine_status equal(tine_pipeline *p, tine_error *err) {
  bool out;
  return tine_eq(p, p, &out, err);
}
static tine_status stream(tine_pipeline *p, tine_error *err) {
  tine_stream *s;
  tine_columns block;
  tine_status status = tine_stream_create(&s, p, err);
  if (status != TINE_OK)
    return status;
  do
    status = tine_stream_next(s, &block, err);
  while (status == TINE_OK && block.n > 0);
  tine_stream_destroy(s);
  return status;
}
static tine_status iterate(const tine_producer *whole, void *ud) {
  tine_iter *it;
  tine_columns block;
  tine_status status = tine_iter_create(&it, whole, ud);
  if (status != TINE_OK)
    return status;
  do
    status = tine_iter_next(it, &block, ud);
  while (status == TINE_OK && block.n > 0);
  tine_iter_destroy(it);
  return status;
}
static tine_status iterator(tine_pipeline *p, tine_error *err) {
  return tine_with_producer(p, iterate, err);
}
static tine_status gated(tine_pipeline *p, tine_error *err) {
  tine_pipeline *q = tine_take(tine_pipeline_retain(p), 1000);
  const tine_status status = sum(q, err);
  tine_pipeline_release(q);
  return status;
}
static tine_status skipping(tine_pipeline *p, tine_error *err) {
  const tine_value most = tine_i64(AGES);
  tine_pipeline *q = tine_skip_while(tine_pipeline_retain(p), tine_kernel_find(NULL, "le", NULL), &most, 1);
  const tine_status status = count(q, err);
  tine_pipeline_release(q);
  return status;
}
static tine_status twice(tine_pipeline *p, tine_error *err) {
  tine_pipeline *q = tine_chain(tine_pipeline_retain(p), tine_pipeline_retain(p));
  const tine_status status = count(q, err);
  tine_pipeline_release(q);
  return status;
}

#define CASE(name, source, terminal)                                                 \
  static tine_status case_##name(tine_pool *pool, double timeout, tine_error *err) { \
    return take(source, pool, timeout, terminal, err);                               \
  }
#define CASES(X)                                         \
  X(sum, negated(), sum)                                 \
  X(sum_slow, slowly("slow"), sum)                       \
  X(sum_slow_state, slowly("slow_state"), sum)           \
  X(sum_within, slowly("within"), sum)                   \
  X(sum_dripped_slow, dripped(), sum)                    \
  X(sum_none, none(), sum)                               \
  X(sum_chunks, folded(numbers(), AGES), sum)            \
  X(sum_chunks_slow, folded(slowly("slow"), AGES), sum)  \
  X(sum_hundreds_slow, folded(slowly("slow"), 100), sum) \
  X(sum_thousands, twice_folded(), sum)                  \
  X(collect_chunks, folded(numbers(), AGES), collect)    \
  X(sum_poured, poured(), sum)                           \
  X(sum_pieces, split(), sum)                            \
  X(reduce, negated(), reduce)                           \
  X(count_none, none(), count)                           \
  X(count_slow, slowly("slow"), count)                   \
  X(count_poured, poured(), count)                       \
  X(for_each_slow, numbers(), effects)                   \
  X(collect_none, none(), collect)                       \
  X(scan_none, none(), scan)                             \
  X(unique_none, none(), unique)                         \
  X(unique_slow, slowly("slow"), unique)                 \
  X(histogram, negated(), histogram)                     \
  X(histogram_pieces, split(), histogram)                \
  X(top, negated(), top)                                 \
  X(find_first, negated(), find_first)                   \
  X(find_last, numbers(), find_last)                     \
  X(find_slow, slowly("slow"), find_first)               \
  X(find_poured, poured(), find_first)                   \
  X(all, numbers(), all)                                 \
  X(eq, negated(), equal)                                \
  X(eq_poured, poured(), equal)                          \
  X(stream, numbers(), stream)                           \
  X(stream_slow, slowly("slow"), stream)                 \
  X(stream_none, none(), stream)                         \
  X(iterator, negated(), iterator)                       \
  X(iterator_slow, slowly("slow"), iterator)             \
  X(gated_none, none(), gated)                           \
  X(skipping, negated(), skipping)                       \
  X(skipping_slow, slowly("slow"), skipping)             \
  X(chain_none, none(), twice)
CASES(CASE)

#define LISTED(name, source, terminal) {#name, case_##name},
const endless_case endless_cases[] = {CASES(LISTED){NULL, NULL}};
