/*
** Flows and memory: how much they take, and that they end well, with nothing lost, wherever it runs out.
*/
#include "../../core/drive/list.h"
#include "../../core/stage/stage.h"
#include "pipelines.h"
#include "pools.h"
#include "ration.h"

/* ----- How much ----- */

static _Atomic int64_t held, most;

static void *counted_alloc(void *arg, size_t size, size_t align) {
  (void)arg;
  held += (int64_t)size;
  if (held > most)
    most = held;
  return aligned_alloc(align, (size + align - 1) / align * align);
}

static void counted_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)align;
  held -= (int64_t)size;
  free(block);
}

/* Little of what is collected is empty, and the first window of a stream does not take all. */
static void memory_is_that_of_the_items(void) {
  static const tine_allocator counting = {counted_alloc, counted_free, NULL};
  tine_array *out = NULL;
  tine_pipeline *p;
  tine_stream *s = NULL;
  tine_columns block;
  const tine_value many = tine_i64(100000);
  CHECK_INT(tine_set_allocator(&counting), TINE_OK);
  held = most = 0;
  p = where(tine_map(numbers(1000000), builtin("mod"), &(tine_value){TINE_I64, {.i = 1000}}, 1), "eq", 0);
  p = tine_sequential(p);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  CHECK_INT(tine_array_len(out), 1000);
  CHECK(most < 500000);
  tine_array_release(out);
  tine_pipeline_release(p);
  most = 0;
  p = tine_sequential(tine_flat_map(numbers(1000), builtin("repeat"), &many, 1));
  CHECK(!p->cheap);
  CHECK_INT(tine_stream_create(&s, p, NULL), TINE_OK);
  CHECK_INT(tine_stream_next(s, &block, NULL), TINE_OK);
  CHECK(block.n > 0 && most < 4000000);
  for (int i = 0; i < 20; i++)
    CHECK_INT(tine_stream_next(s, &block, NULL), TINE_OK);
  CHECK(most < 100000000);
  tine_stream_destroy(s);
  tine_pipeline_release(p);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

/* Numbers from 'first' on are added to a list, block by block. */
static void list_numbers(ti_list *list, const ti_shape *shape, int64_t first, uint64_t n) {
  for (uint64_t done = 0, some; done < n; done += some) {
    void *want[2];
    some = n - done < TI_BLOCK ? n - done : TI_BLOCK;
    CHECK_STOP(ti_list_room(list, shape, TI_BLOCK, want));
    for (uint64_t i = 0; i < some; i++) {
      ((int64_t *)want[0])[i] = first + (int64_t)(done + i);
      ((uint8_t *)want[1])[i] = (uint8_t)(first + (int64_t)(done + i));
    }
    ti_list_add(list, shape, some, (const void *const *)want, (const ptrdiff_t[]){8, 1});
  }
}

/* Of chunks that nothing more comes into, an eighth is empty at most, whatever is put together; but for small ones. */
static void lists_have_little_to_spare(void) {
  const tine_dtype types[] = {TINE_I64, TINE_U8};
  const ti_shape shape = {2, types};
  ti_list list = {NULL, NULL, 0};
  uint64_t at = 0, wrong = 0;
  for (int k = 0; k < 12; k++) {
    ti_list right = {NULL, NULL, 0};
    list_numbers(&right, &shape, (int64_t)list.n, 40000 + 7777 * (uint64_t)k);
    ti_list_append(&list, &right, &shape);
    CHECK(right.first == NULL);
  }
  for (const ti_chunk *c = list.first; c != NULL; at += c->n, c = c->next) {
    CHECK(c->next == NULL || c->bytes < 1 << 16 || c->capacity - c->n <= c->capacity / 8);
    for (uint64_t i = 0; i < c->n; i++)
      wrong += ((int64_t *)(void *)ti_chunk_column(c, &shape, 0))[i] != (int64_t)(at + i) ||
               ((uint8_t *)ti_chunk_column(c, &shape, 1))[i] != (uint8_t)(at + i);
  }
  CHECK_INT(at, list.n);
  CHECK_INT(wrong, 0);
  ti_list_drop(&list);
}

/* What is lent as bool and is none, under a filter, is no way to write where one likes. */
static void masks_that_are_no_bools(void) {
  static unsigned char mask[4096];
  tine_array *a = tine_slice_of(TINE_BOOL, mask, sizeof mask, 1);
  for (int round = 0; round < 2; round++) {
    tine_pipeline *p = tine_zip(numbers(sizeof mask), tine_slice(a));
    memset(mask, round == 0 ? 0xff : 0xa7, sizeof mask);
    uint64_t n = 0;
    p = tine_filter_mask(round == 0 ? p : tine_rev(p));
    CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
    CHECK_INT(n, sizeof mask);
    tine_pipeline_release(p);
  }
  tine_array_release(a);
}

/* ----- Running out ----- */

enum { N = 3000 };

static int burst(tine_block *block) { /* each number 1500 times, at once */
  for (size_t i = 0; i < block->n; i++) {
    void *const *out = tine_block_emit(block, i, 1500);
    for (size_t k = 0; out != NULL && k < 1500; k++)
      ((int64_t *)out[0])[k] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
  }
  return tine_block_emitted(block);
}

typedef struct stretch {
  int64_t lo, hi;
} stretch;

static void all_begin(const void *env, void *piece) {
  (void)env;
  *(stretch *)piece = (stretch){1, N};
}
static bool all_split(const void *env, void *piece, void *right) {
  stretch *s = piece;
  const int64_t mid = s->lo + (s->hi - s->lo) / 2;
  (void)env;
  if (s->hi - s->lo < 300)
    return false;
  *(stretch *)right = (stretch){mid + 1, s->hi};
  s->hi = mid;
  return true;
}
static int all_fill(const void *env, void *piece, tine_block *block) {
  stretch *s = piece;
  size_t n = 0;
  (void)env;
  for (; n < block->n && s->lo <= s->hi; n++)
    ((int64_t *)block->out[0])[n] = s->lo++;
  block->n = n;
  return 0;
}

static tine_pipeline *source(void) {
  static const tine_dtype types[] = {TINE_I64};
  const tine_split_source s = {.size = sizeof s,
                               .name = "all",
                               .dtypes = types,
                               .columns = 1,
                               .kind = TINE_PARALLEL,
                               .piece_size = sizeof(stretch),
                               .begin = all_begin,
                               .split = all_split,
                               .fill = all_fill};
  return tine_source_split(&s);
}

/* One of each kind that flows; 'r' has the kernel that expands. */
static tine_pipeline *flowing(int shape, tine_registry *r) {
  tine_kernel *bursts = tine_kernel_find(r, "burst", NULL);
  const tine_value x = tine_i64(100);
  switch (shape) {
    case 0: return where(numbers(N), "gt", 20);
    case 1: return tine_take(where(numbers(N), "gt", 20), 2000);
    case 2: return tine_skip_while(numbers(N), builtin("lt"), &x, 1);
    case 3: return tine_flat_map(where(numbers(300), "gt", 290), bursts, NULL, 0);
    case 4: return where(tine_flat_map(tine_take(where(numbers(N), "gt", 20), 10), bursts, NULL, 0), "ne", 25);
    case 5: return tine_chain(tine_take_while(numbers(N), builtin("ne"), &x, 1), tine_take(source(), 700));
    case 6: return source();
    case 7: return tine_take(tine_skip_while(where(source(), "gt", 5), builtin("lt"), &x, 1), 1500);
    default: return NULL;
  }
}

enum { SHAPES = 8, ENDS = 7 };

/* A number that is the same for the same items. */
static tine_status ended(tine_pipeline *p, int end, int64_t *number) {
  tine_array *out[2] = {NULL, NULL};
  tine_value v = tine_i64(0);
  const tine_value x = tine_i64(120);
  tine_stream *s = NULL;
  tine_columns block = {.n = 1};
  tine_status status;
  *number = 0;
  if (end == 0)
    status = tine_sum(p, &v, NULL);
  else if (end == 1)
    status = tine_collect(p, out, NULL);
  else if (end == 2)
    status = tine_unique(p, out, NULL);
  else if (end == 3)
    status = tine_top(p, 200, out, NULL);
  else if (end == 4)
    status = tine_partition(p, builtin("lt"), &x, 1, &out[0], &out[1], NULL);
  else if (end == 5)
    status = tine_find(p, TINE_LAST, builtin("eq"), &x, 1, &v, NULL);
  else {
    status = tine_stream_create(&s, p, NULL);
    while (status == TINE_OK && block.n > 0) {
      status = tine_stream_next(s, &block, NULL);
      for (size_t i = 0; i < block.n; i++)
        *number = (int64_t)((uint64_t)*number * 31 + TINE_AT(uint64_t, block.data[0], block.stride[0], i));
    }
    tine_stream_destroy(s);
  }
  if (v.dtype == TINE_I64)
    *number += v.as.i;
  for (int c = 0; c < 2; c++)
    for (uint64_t i = 0; status == TINE_OK && out[c] != NULL && i < tine_array_len(out[c]); i++)
      *number = (int64_t)((uint64_t)*number * 31 + (uint64_t)tine_array_get(out[c], i).as.i + (uint64_t)c);
  tine_array_release(out[0]);
  tine_array_release(out[1]);
  return status;
}

/* Everything, with so many allocations to the end, for every number there is until it is enough. */
static void runs_out(int shape, int end, unsigned threads, bool built) {
  static const tine_kernel_signature types[] = {{"i64 -> i64", burst, NULL}};
  const tine_kernel_desc d = {
      .size = sizeof d, .name = "burst", .signatures = types, .signature_count = 1, .flags = TINE_EXPANDS};
  tine_registry *r = NULL;
  int64_t want = -1, got = -1;
  tine_status status = TINE_ENOMEM;
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  tine_pool *pool = new_pool(threads);
  tine_pipeline *p = tine_max_len(tine_on(flowing(shape, r), pool), 400);
  CHECK_INT(ended(p, end, &want), TINE_OK);
  tine_pipeline_release(p);
  for (int64_t left = 0; status == TINE_ENOMEM && left < 500; left++) {
    allocations_left = built ? INT64_MAX : left;
    p = tine_max_len(tine_on(flowing(shape, r), pool), 400);
    allocations_left = left;
    status = ended(p, end, &got);
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    if (status == TINE_OK)
      CHECK_INT(got, want);
    allocations_left = INT64_MAX;
    tine_pipeline_release(p);
  }
  CHECK_INT(status, TINE_OK);
  tine_pool_destroy(pool);
  tine_registry_release(r);
}

static void memory_runs_out_anywhere(void) {
  if (!ration())
    return;
  for (int shape = 0; shape < SHAPES; shape++)
    for (int end = 0; end < ENDS; end++)
      runs_out(shape, end, 1 + (unsigned)end % 2, check_below(2) == 0);
  end_ration();
}

CHECK_SUITE(flow_memory, CHECK_CASE(memory_is_that_of_the_items), CHECK_CASE(lists_have_little_to_spare),
            CHECK_CASE(masks_that_are_no_bools), CHECK_CASE(memory_runs_out_anywhere))
