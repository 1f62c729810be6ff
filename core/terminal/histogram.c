/*
** histogram: how many values of each column lie in each bin (../kernel/bins.h). Counts are integers, so any order gives
** the same; but what lies after an end must not count, so each part has bins of its own.
**
** Neighbouring values are often of one bin, and an addition to what was just stored waits for the store. So few bins
** are kept in several *lanes*, which values take in turns, and added up in the end. Where there are hardly more values
** than bins, clearing and adding those would take longer than it saves.
*/
#include <math.h>
#include <string.h>

#include "../base/thread.h"
#include "../kernel/bins.h"
#include "terminal.h"

enum { HISTOGRAM_LANES = 4, HISTOGRAM_FEW = 1024 }; /* bins; all lanes of a column together fit into L1 */
enum { HISTOGRAM_LOOK = 1 << 16 };                  /* bins added between two looks whether the terminal is over */

typedef struct histogram {
  const tine_pipeline *p;
  ti_bins bins;
  size_t lane;                               /* counters of a lane: a bin each, and one for what lies outside */
  size_t column;                             /* of a column: all lanes */
  tine_kernel_fn *convert[TINE_MAX_COLUMNS]; /* to f64; NULL: it is */
} histogram;

typedef struct histogram_part {
  int64_t *counts; /* all lanes of column 0, then of column 1...; NULL: none counted yet */
} histogram_part;

_Static_assert(sizeof(histogram_part) <= TI_PART_CLEARED, "it begins with nothing");

static size_t histogram_bytes(const histogram *h) {
  return h->column * h->p->columns * sizeof(int64_t);
}

/* Adds n counts to others, unless the terminal is over: then they are of no use. */
static void histogram_add(int64_t *restrict to, const int64_t *restrict from, size_t n) {
  for (size_t done = 0, end; done < n && (done == 0 || !ti_cancel_over()); done = end) {
    end = n - done < HISTOGRAM_LOOK ? n : done + HISTOGRAM_LOOK;
    for (size_t i = done; i < end; i++)
      to[i] += from[i];
  }
}

/* Are lanes worth it? */
static bool histogram_lanes(const tine_pipeline *p, uint64_t bins) {
  return bins <= HISTOGRAM_FEW && p->span / 2 >= bins;
}

static void histogram_count(const histogram *h, const double *x, size_t n, int64_t *counts) {
  const size_t step = h->column > h->lane ? h->lane : 0; /* from lane to lane, if there are several */
  int64_t *const lane[HISTOGRAM_LANES] = {counts, counts + step, counts + 2 * step, counts + 3 * step};
  uint32_t bin[TI_BLOCK];
  size_t i = 0;
  if (h->bins.find == NULL) {
    for (; i < n; i++)
      counts[ti_bins_of(&h->bins, *(const volatile double *)&x[i])]++; /* others may write to it: loaded once */
    return;
  }
  ti_assert(n <= TI_BLOCK && h->bins.n < h->lane);
  h->bins.find(&h->bins, x, n, bin);
  for (; i + HISTOGRAM_LANES <= n; i += HISTOGRAM_LANES)
    for (size_t k = 0; k < HISTOGRAM_LANES; k++)
      lane[k][bin[i + k]]++;
  for (; i < n; i++)
    counts[bin[i]]++;
}

static bool histogram_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const histogram *h = sink->env;
  histogram_part *p = part;
  double room[TI_BLOCK];
  if (p->counts == NULL) {
    p->counts = ti_alloc(histogram_bytes(h), TI_CACHE_LINE);
    if (p->counts == NULL)
      return ti_list_nomem(&space->eval, items->lo);
    ti_memory_large(p->counts, histogram_bytes(h));
    if (!ti_cancel_clear(ti_guard_here(), p->counts, histogram_bytes(h)))
      return ti_list_over(&space->eval, items->lo);
  }
  for (unsigned c = 0; c < h->p->columns; c++) {
    const double *x = ti_column_as(h->convert[c], sizeof *x, items->data[c], items->stride[c], items->n, room);
    ti_assert(items->n <= TI_BLOCK && (c + 1) * h->column * sizeof *p->counts <= histogram_bytes(h));
    histogram_count(h, x, items->n, p->counts + c * h->column);
  }
  return true;
}

static void histogram_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  const histogram *h = sink->env;
  histogram_part *l = part, *r = right;
  (void)eval;
  if (l->counts == NULL) {
    *l = *r;
    r->counts = NULL;
  } else if (r->counts != NULL)
    histogram_add(l->counts, r->counts, h->column * h->p->columns);
}

static void histogram_drop(const ti_sink *sink, void *part, ti_space *space) {
  histogram_part *p = part;
  (void)space;
  ti_free(p->counts, histogram_bytes(sink->env), TI_CACHE_LINE);
}

static tine_status histogram_check(const tine_pipeline *p, double lo, double hi, uint64_t bins, tine_error *err) {
  const tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  if (!(hi - lo > 0) || isinf(hi - lo))
    return ti_error_set(err, TINE_EINVAL, "'histogram' needs finite limits, the first below the second");
  if (bins == 0 || bins > (uint64_t)INT64_MAX / sizeof(int64_t) / TINE_MAX_COLUMNS)
    return ti_error_set(err, TINE_ERANGE, "'histogram' cannot have %llu bins", (unsigned long long)bins);
  return TINE_OK;
}

/* Column c of the counts, all lanes together; no counts: zeros. */
static void histogram_sum(const histogram *h, const histogram_part *part, unsigned c, int64_t *out) {
  const int64_t *const counts = part->counts != NULL ? part->counts + c * h->column : NULL;
  const size_t bytes = (size_t)h->bins.n * sizeof *out;
  if (counts == NULL)
    ti_cancel_clear(ti_guard_here(), out, bytes);
  else
    ti_cancel_copy(ti_guard_here(), out, counts, bytes);
  for (size_t lane = h->lane; counts != NULL && lane < h->column; lane += h->lane)
    histogram_add(out, counts + lane, (size_t)h->bins.n);
}

/* The counts of each column in an array of its own. */
static tine_status histogram_arrays(tine_pipeline *p, const ti_sink *sink, void *part, tine_array **out,
                                    tine_error *err) {
  const histogram *h = sink->env;
  tine_status status = TINE_OK;
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++) {
    status = ti_array_create_raw(&out[c], TINE_I64, h->bins.n, err);
    if (status == TINE_OK)
      histogram_sum(h, part, c, out[c]->data);
  }
  return status;
}

tine_status tine_histogram(tine_pipeline *p, double lo, double hi, uint64_t bins, tine_array **out, tine_error *err) {
  histogram h = {.p = p};
  const ti_sink sink = {
      .env = &h, .begin = ti_part_clear, .push = histogram_push, .append = histogram_append, .drop = histogram_drop};
  tine_status status;
  ti_fp saved;
  for (unsigned c = 0; c < tine_pipeline_columns(p); c++)
    out[c] = NULL;
  saved = ti_fp_enter(); /* the edges are part of the result, and whether there can be any */
  status = histogram_check(p, lo, hi, bins, err);
  if (status == TINE_OK)
    ti_bins_init(&h.bins, lo, hi, bins);
  ti_fp_leave(saved);
  if (status != TINE_OK)
    return status;
  for (unsigned c = 0; c < p->columns; c++)
    h.convert[c] = ti_cast_find(p->dtype[c], TINE_F64, TINE_CAST_EXACT);
  h.lane = (size_t)bins + 1;
  h.column = (histogram_lanes(p, bins) ? HISTOGRAM_LANES : 1) * h.lane;
  return ti_arrays_run(p, &sink, histogram_arrays, out, p->columns, err);
}
