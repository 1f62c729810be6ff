/*
** histogram: how many values of each column lie in each bin. Counts are integers, so any order gives the same; but what
** lies behind an end must not count, so each part has bins of its own.
**
** The rule is NumPy's: edge i is lo + i * width; a value belongs to the bin whose edges it lies between, the lower one
** included, the last bin's upper one too. A quotient finds the bin up to rounding; its edges then decide.
*/
#include <math.h>
#include <string.h>

#include "../base/thread.h"
#include "list.h"

typedef struct histogram {
  const tine_pipeline *p;
  double lo, hi, width, scale;
  uint64_t bins;
  tine_kernel_fn *convert[TINE_MAX_COLUMNS]; /* to f64; NULL: it is */
} histogram;

typedef struct histogram_part {
  int64_t *counts; /* all bins of column 0, then of column 1...; NULL: none counted yet */
} histogram_part;

static size_t histogram_bytes(const histogram *h) {
  return (size_t)h->bins * h->p->columns * sizeof(int64_t);
}

static bool histogram_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  ((histogram_part *)part)->counts = NULL;
  return true;
}

static double histogram_edge(const histogram *h, uint64_t i) {
  return i == h->bins ? h->hi : h->lo + (double)i * h->width;
}

static void histogram_count(const histogram *h, const double *x, size_t n, int64_t *counts) {
  for (size_t i = 0; i < n; i++) {
    double place;
    uint64_t bin;
    if (!(x[i] >= h->lo && x[i] <= h->hi))
      continue;
    place = (x[i] - h->lo) * h->scale; /* no number where the width vanishes */
    bin = place < (double)h->bins ? (uint64_t)place : h->bins - 1;
    while (bin > 0 && x[i] < histogram_edge(h, bin))
      bin--;
    while (bin + 1 < h->bins && x[i] >= histogram_edge(h, bin + 1))
      bin++;
    counts[bin]++;
  }
}

static bool histogram_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const histogram *h = sink->env;
  histogram_part *p = part;
  double room[TI_BLOCK];
  if (p->counts == NULL) {
    p->counts = ti_alloc(histogram_bytes(h), TI_CACHE_LINE);
    if (p->counts == NULL)
      return ti_list_nomem(&space->eval, items->lo);
    memset(p->counts, 0, histogram_bytes(h));
  }
  for (unsigned c = 0; c < h->p->columns; c++) {
    const void *in = items->data[c];
    const ptrdiff_t stride = items->stride[c];
    void *out = room;
    tine_block block = {.n = items->n, .in = &in, .in_stride = &stride, .out = &out};
    if (h->convert[c] != NULL)
      h->convert[c](&block); /* to a float: never fails */
    else if (stride != sizeof(double))
      for (size_t i = 0; i < items->n; i++)
        memcpy(&room[i], (const char *)in + (ptrdiff_t)i * stride, sizeof room[i]);
    else
      out = (void *)(uintptr_t)in;
    histogram_count(h, out, items->n, p->counts + c * h->bins);
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
    for (uint64_t i = 0; i < h->bins * h->p->columns; i++)
      l->counts[i] += r->counts[i];
}

static void histogram_drop(const ti_sink *sink, void *part, ti_space *space) {
  histogram_part *p = part;
  (void)space;
  if (p->counts != NULL)
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

/* The counts of each column in an array of its own; no counts: zeros. */
static tine_status histogram_arrays(const histogram *h, const histogram_part *part, tine_array **out, tine_error *err) {
  tine_status status = TINE_OK;
  for (unsigned c = 0; c < h->p->columns && status == TINE_OK; c++)
    status = tine_array_create(&out[c], TINE_I64, h->bins, err);
  for (unsigned c = 0; c < h->p->columns; c++) {
    if (status == TINE_OK && part->counts != NULL)
      memcpy(out[c]->data, part->counts + c * h->bins, (size_t)h->bins * sizeof(int64_t));
    if (status != TINE_OK) {
      tine_array_release(out[c]);
      out[c] = NULL;
    }
  }
  return status;
}

tine_status tine_histogram(tine_pipeline *p, double lo, double hi, uint64_t bins, tine_array **out, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  histogram h = {.p = p, .lo = lo, .hi = hi, .bins = bins};
  const ti_sink sink = {
      .env = &h, .begin = histogram_begin, .push = histogram_push, .append = histogram_append, .drop = histogram_drop};
  tine_status status;
  ti_fp saved;
  for (unsigned c = 0; c < tine_pipeline_columns(p); c++)
    out[c] = NULL;
  status = histogram_check(p, lo, hi, bins, err);
  if (status != TINE_OK)
    return status;
  for (unsigned c = 0; c < p->columns; c++)
    h.convert[c] = ti_cast_find(p->dtype[c], TINE_F64, TINE_CAST_EXACT);
  saved = ti_fp_enter(); /* the edges are part of the result */
  h.width = (hi - lo) / (double)bins;
  h.scale = (double)bins / (hi - lo);
  ti_fp_leave(saved);
  status = ti_flow_run(p, &sink, part, err);
  if (status == TINE_OK)
    status = histogram_arrays(&h, (const histogram_part *)(const void *)part, out, err);
  histogram_drop(&sink, part, NULL);
  return status;
}
