/*
** The order of items by several columns: a permutation, stable.
**
** A position and as much of a key as there is room for are *packed* into one word, the key above, and the words are
** sorted by the upper part: one radix sort of words does for any type, in no more memory than two arrays of positions.
** (1e7 positions take 24 bits, which leaves 40 for the key: of random f64 few agree in that much.) What agrees then, a
** *run* of neighbours, is sorted in the same way by the rest of the key, and then by the next column.
**
** Invariant: the positions of a run are ascending before it is sorted, and again among equal items afterwards. So
** stability costs nothing, and the same holds for runs of runs.
*/
#include "../base/config.h"
#include "../kernel/simd.h"
#include "sort.h"

enum {
  ORDER_SMALL = 16,                       /* a run so short is sorted by insertion */
  ORDER_BLOCK = TI_HOSTILE ? 30 : 1 << 13 /* positions that one thread handles, at least */
};

typedef struct order_column {
  const char *data;
  ptrdiff_t stride;
  unsigned bits; /* of an element and its key */
  bool truth;    /* any bit set is the same as another */
  ti_sort_map map;
} order_column;

typedef struct order_job {
  order_column columns[TINE_MAX_COLUMNS];
  unsigned count;
  unsigned index_bits; /* of a position */
  uint64_t *items, *scratch;
} order_job;

/* A run of positions: equal in the columns before 'column' and in all of its key but the lower 'bits'. */
typedef struct order_run {
  const order_job *job;
  uint64_t lo, hi; /* in job->items */
  unsigned column, bits;
} order_run;

static uint64_t low_bits(unsigned bits) {
  return bits > 0 ? UINT64_MAX >> (64 - bits) : 0;
}

/* The key of item i, as ti_sort_map tells; NaNs have the largest, which no other value has. */
static uint64_t order_key(const order_column *c, uint64_t i) {
  const void *const at = c->data + (ptrdiff_t)i * c->stride;
  uint64_t x;
  switch (c->bits) {
    case 8: x = *(const uint8_t *)at; break;
    case 16: x = *(const ti_sort_u16 *)at; break;
    case 32: x = *(const ti_sort_u32 *)at; break;
    default: x = *(const ti_sort_u64 *)at; break;
  }
  if (c->truth)
    x = x != 0;
  if ((x & c->map.nan_mask) > c->map.nan_above)
    return low_bits(c->bits);
  return (x ^ ((0 - (x >> (c->bits - 1))) & c->map.mask)) ^ c->map.flip;
}

/* ----- Short runs ----- */

static bool order_less(const order_run *r, uint64_t i, uint64_t j) {
  uint64_t mask = low_bits(r->bits);
  for (unsigned c = r->column; c < r->job->count; c++) {
    const uint64_t a = order_key(&r->job->columns[c], i) & mask, b = order_key(&r->job->columns[c], j) & mask;
    if (a != b)
      return a < b;
    mask = UINT64_MAX;
  }
  return false;
}

static void order_insert(const order_run *r) {
  uint64_t *const items = r->job->items;
  ti_assert(r->lo <= r->hi && r->hi - r->lo <= ORDER_SMALL);
  for (uint64_t i = r->lo + 1; i < r->hi; i++) {
    const uint64_t item = items[i];
    uint64_t j = i;
    for (; j > r->lo && order_less(r, item, items[j - 1]); j--)
      items[j] = items[j - 1];
    items[j] = item;
  }
}

/* ----- Passes over a run, in blocks ----- */

typedef struct order_pass {
  const order_run *run;
  uint64_t *items;         /* of the run */
  unsigned shift, take;    /* the part of the key that is packed: so many bits from there */
  _Atomic uint64_t differ; /* the bits in which keys were found to differ */
} order_pass;

static void pass_differ(void *env, uint64_t lo, uint64_t hi) {
  order_pass *const p = env;
  const order_column column = p->run->job->columns[p->run->column];
  const uint64_t first = order_key(&column, p->items[0]);
  uint64_t differ = 0, before;
  ti_assert(lo < hi && hi <= p->run->hi - p->run->lo);
  TI_CANCEL_STEPS(at, end, lo, hi)
  for (uint64_t i = at; i < end; i++)
    differ |= order_key(&column, p->items[i]) ^ first;
  before = ti_load_relaxed(&p->differ); /* relaxed, both: read after the join */
  while (!ti_cas_relaxed(&p->differ, &before, before | differ))
    continue;
}

static void pass_pack(void *env, uint64_t lo, uint64_t hi) {
  const order_pass *const p = env;
  const order_job *const job = p->run->job;
  const order_column column = job->columns[p->run->column];
  const uint64_t mask = low_bits(p->take);
  TI_CANCEL_STEPS(at, end, lo, hi)
  for (uint64_t i = at; i < end; i++)
    p->items[i] |= (order_key(&column, p->items[i]) >> p->shift & mask) << job->index_bits;
}

static void pass_unpack(void *env, uint64_t lo, uint64_t hi) {
  const order_pass *const p = env;
  const uint64_t mask = low_bits(p->run->job->index_bits);
  TI_CANCEL_STEPS(at, end, lo, hi)
  for (uint64_t i = at; i < end; i++)
    p->items[i] &= mask;
}

static void pass_number(void *env, uint64_t lo, uint64_t hi) {
  const order_pass *const p = env;
  TI_CANCEL_STEPS(at, end, lo, hi)
  for (uint64_t i = at; i < end; i++)
    p->items[i] = i;
}

/* False if the terminal is over: then the items are no positions any more, and not to be used as such. */
static bool pass_all(tine_ctx *ctx, order_pass *p, ti_pass_fn *fn) {
  p->items = p->run->job->items + p->run->lo;
  return ti_blocks_pass(ctx, p->run->hi - p->run->lo, ORDER_BLOCK, false, fn, p);
}

/* ----- Runs of runs ----- */

static void order_sort(tine_ctx *ctx, const order_run *r);

/* One run of packed items: unpacked, and sorted by what was not packed of the keys. */
static void order_rest(tine_ctx *ctx, const order_run *r) {
  order_pass pass = {.run = r};
  if (pass_all(ctx, &pass, pass_unpack))
    order_sort(ctx, r);
}

/* The first of the packed and sorted items [lo, hi) whose key is not below that; 'hi' if there is none. */
static uint64_t run_from(const order_job *job, uint64_t lo, uint64_t hi, uint64_t key) {
  ti_assert(lo <= hi);
  while (lo < hi) {
    const uint64_t mid = lo + (hi - lo) / 2;
    if (job->items[mid] >> job->index_bits < key)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

/* The end of the run that begins at 'lo'. */
static uint64_t run_end(const order_run *r, uint64_t lo) {
  const uint64_t *const items = r->job->items;
  const unsigned shift = r->job->index_bits;
  const uint64_t next = (items[lo] >> shift) + 1;
  uint64_t step = 1;
  while (r->hi - lo > step && items[lo + step] >> shift < next)
    step *= 2;
  return run_from(r->job, lo + step / 2 + 1, r->hi - lo > step ? lo + step : r->hi, next);
}

/* As below, on this thread alone. */
static void short_runs(const order_run *r) {
  uint64_t *const items = r->job->items;
  const uint64_t mask = low_bits(r->job->index_bits);
  order_run one = *r;
  for (one.lo = r->lo; one.lo < r->hi; one.lo = one.hi) {
    one.hi = one.lo + 1;
    if (one.hi < r->hi && ((items[one.lo] ^ items[one.hi]) & ~mask) == 0) {
      one.hi = run_end(r, one.lo);
      order_rest(NULL, &one);
    } else {
      items[one.lo] &= mask; /* as a rule there is no other */
    }
  }
}

/* Where to cut sorted packed items so that no run is cut: near the middle if possible; r->hi if it is all one run. */
static uint64_t run_cut(const order_run *r) {
  const uint64_t middle = r->lo + (r->hi - r->lo) / 2;
  const uint64_t lo = run_from(r->job, r->lo, middle, r->job->items[middle] >> r->job->index_bits);
  ti_assert(r->lo < r->hi);
  return lo > r->lo ? lo : run_end(r, lo);
}

/* All runs of packed and sorted items. */
static void order_runs(tine_ctx *ctx, void *arg) {
  order_run left = *(const order_run *)arg, right = left;
  if (ti_cancel_over())
    return;
  if (ctx != NULL && left.hi - left.lo > ORDER_BLOCK) {
    left.hi = right.lo = run_cut(&left);
    if (right.lo < right.hi)
      tine_join(ctx, order_runs, &left, order_runs, &right);
    else
      order_rest(ctx, &left);
    return;
  }
  short_runs(&left);
}

/* The highest bits in which the keys of a run differ, below r->bits, going on to the next column where none do. False
   if the items are equal. */
static bool order_differs(tine_ctx *ctx, order_run *r, uint64_t *differ) {
  for (; r->column < r->job->count; r->column++, r->bits = 64) {
    order_pass pass = {.run = r};
    if (!pass_all(ctx, &pass, pass_differ))
      return false;
    *differ = ti_load_relaxed(&pass.differ) & low_bits(r->bits); /* relaxed: written before the join */
    if (*differ != 0)
      return true;
  }
  return false;
}

/* Sorts a run of plain positions. */
static void order_sort(tine_ctx *ctx, const order_run *run) {
  order_run r = *run;
  const order_job *const job = r.job;
  order_pass pass = {.run = &r};
  ti_sort_job words = {job->items + r.lo,
                       job->scratch + r.lo,
                       (size_t)(r.hi - r.lo),
                       {0, 0, 0, 0},
                       job->index_bits,
                       false,
                       ti_sort_network_of(ti_simd_best(), 8)};
  ti_sort_stats stats;
  uint64_t differ;
  unsigned high;
  if (r.hi - r.lo <= ORDER_SMALL) {
    order_insert(&r);
    return;
  }
  if (!order_differs(ctx, &r, &differ))
    return;
  high = 64 - (unsigned)__builtin_clzll(differ);
  pass.take = high < 64 - job->index_bits ? high : 64 - job->index_bits;
  pass.shift = high - pass.take;
  ti_assert(pass.take > 0 && high <= r.bits && pass.take + job->index_bits <= 64);
  if (!pass_all(ctx, &pass, pass_pack))
    return;
  stats = ti_sort_width_u64.look(ctx, &words);
  if (stats.falls)
    ti_sort_width_u64.radix(ctx, &words, stats.differ);
  if (ti_cancel_gone())
    return;
  r.bits = pass.shift;
  if (r.bits == 0) {
    r.column++;
    r.bits = 64;
  }
  if (r.column == job->count)
    pass_all(ctx, &pass, pass_unpack);
  else
    order_runs(ctx, &r);
}

bool ti_sort_order(tine_ctx *ctx, tine_array *const *columns, unsigned count, tine_order order, uint64_t *out,
                   uint64_t *scratch) {
  const uint64_t n = columns[0]->len;
  order_job job = {.count = count, .items = out, .scratch = scratch};
  const order_run all = {&job, 0, n, 0, 64};
  order_pass pass = {.run = &all};
  for (unsigned c = 0; c < count; c++) {
    const tine_dtype dtype = columns[c]->dtype;
    job.columns[c] = (order_column){columns[c]->data, columns[c]->stride, 8 * (unsigned)tine_dtype_size(dtype),
                                    dtype == TINE_BOOL, ti_sort_map_of(dtype, order)};
  }
  ti_assert(count > 0 && count <= TINE_MAX_COLUMNS);
  job.index_bits = n > 1 ? 64 - (unsigned)__builtin_clzll(n - 1) : 1;
  if (pass_all(ctx, &pass, pass_number))
    order_sort(ctx, &all);
  return !ti_cancel_over();
}
