/*
** Whole items sorted by all their columns, against the oracle; and what orders need memory for.
*/
#include "../../core/base/memory.h"
#include "sort_oracle.h"

static void one_sorted(unsigned columns, uint64_t n) {
  tine_array *in[TINE_MAX_COLUMNS], *out[TINE_MAX_COLUMNS];
  sort_oracle o = {in, columns, check_below(2) != 0 ? TINE_ASCENDING : TINE_DESCENDING};
  uint64_t *want, wrong = 0;
  tine_pipeline *p = NULL;
  for (unsigned c = 0; c < columns; c++) {
    CHECK_INT(tine_array_create(&in[c], sort_dtype(), n, NULL), TINE_OK);
    sort_fill(in[c], check_below(3) != 0 ? 4 : check_below(PATTERNS));
    p = c == 0 ? tine_slice(in[c]) : tine_zip(p, tine_slice(in[c]));
  }
  p = check_below(4) == 0 ? tine_sequential(p) : tine_on(p, test_pool(sort_threads[check_below(4)]));
  want = sort_oracle_positions(&o, n);
  CHECK_INT(tine_sorted(p, o.order, out, NULL), TINE_OK);
  for (unsigned c = 0; c < columns; c++) {
    CHECK_INT(tine_array_len(out[c]), n);
    CHECK_INT(tine_array_dtype(out[c]), tine_array_dtype(in[c]));
    for (uint64_t i = 0; i < n; i++)
      wrong += !sort_same_bits(out[c], i, in[c], want[i]);
  }
  CHECK_INT(wrong, 0);
  for (unsigned c = 0; c < columns; c++) {
    tine_array_release(in[c]);
    tine_array_release(out[c]);
  }
  free(want);
  tine_pipeline_release(p);
}

static void items_by_all_columns(void) {
  for (int round = 0; round < 150; round++)
    one_sorted(1 + (unsigned)check_below(5), sort_length());
  one_sorted(TINE_MAX_COLUMNS, 300);
  one_sorted(3, 150000);
  test_pools_end();
}

static void no_memory_leaks_nothing(void) {
  tine_array *in = random_array(TINE_F64, 70000);
  tine_status status = TINE_ENOMEM;
  for (int64_t at = 0; at < 100 && status != TINE_OK; at++) {
    tine_array *out[2] = {in, in}, *positions = in;
    tine_pipeline *p = tine_zip(tine_slice(in), tine_slice(in));
    const tine_status argsort = (ti_memory_fail_after(at), tine_array_argsort(in, TINE_ASCENDING, &positions, NULL));
    ti_memory_fail_after(at);
    status = tine_sorted(p, TINE_ASCENDING, out, NULL);
    ti_memory_fail_after(-1);
    CHECK(argsort == TINE_OK || (argsort == TINE_ENOMEM && positions == NULL));
    CHECK(status == TINE_OK || (status == TINE_ENOMEM && out[0] == NULL && out[1] == NULL));
    tine_array_release(positions);
    tine_array_release(out[0]);
    tine_array_release(out[1]);
    tine_pipeline_release(p);
  }
  CHECK_INT(status, TINE_OK);
  tine_array_release(in);
}

CHECK_SUITE(sorted, CHECK_CASE(items_by_all_columns), CHECK_CASE(no_memory_leaks_nothing))
