/*
** What filters keep is folded by place, by core/tine.h: the same bits as of a column with what changes nothing where
** the filter drops; whether all of it is gone over with bits or put side by side first; on any pool, cut anywhere.
*/
#include <math.h>

#include "pool_set.h"

enum { MOST = 9000, WAYS = 6 };

static double for_sum[MOST], for_product[MOST];
static double xs[MOST];
static bool mask[MOST];
static double apart[MOST][3]; /* the items, and others */

static tine_kernel *find(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

/* x, by a kernel of a host's, of which nobody knows how long it takes. */
TINE_MAP1(same_f64, double, double, a)

static tine_kernel *same_kernel(tine_registry **registry) {
  static const tine_kernel_signature signature = {"f64 -> f64", same_f64, NULL};
  const tine_kernel_desc d = {.size = sizeof d, .name = "same", .signatures = &signature, .signature_count = 1};
  CHECK_INT(tine_registry_create(registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(*registry, &d, NULL), TINE_OK);
  return tine_kernel_find(*registry, "same", NULL);
}

static tine_pipeline *column(const void *data, tine_dtype dtype, size_t n) {
  tine_array *const a = tine_slice_of(dtype, (void *)(uintptr_t)data, n, (ptrdiff_t)tine_dtype_size(dtype));
  tine_pipeline *const p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* What the mask keeps: all by bits; with work above, which is spared where little is kept; side by side; not side by
   side in memory; with a filter and work between the filters; the mask as a column that a stage drops. */
static tine_pipeline *kept(unsigned way, size_t n, tine_kernel *same) {
  const tine_value one = tine_f64(1), none = tine_f64(12345);
  tine_pipeline *p = column(xs, TINE_F64, n);
  if (way == 3) {
    tine_array *const a = tine_slice_of(TINE_F64, apart, n, sizeof apart[0]);
    tine_pipeline_release(p);
    p = tine_slice(a);
    tine_array_release(a);
  }
  if (way == 5)
    return tine_filter_mask(tine_zip(p, column(mask, TINE_BOOL, n)));
  p = tine_filter_by(p, column(mask, TINE_BOOL, n));
  if (way == 1 || way == 4)
    p = tine_map(p, find("mul"), &one, 1);
  if (way == 4)
    p = tine_map(tine_filter(p, find("ne"), &none, 1), find("mul"), &one, 1);
  return way == 2 ? tine_map(p, same, NULL, 0) : p;
}

/* The column with 'none' where it is not kept. */
static tine_pipeline *with_none(double *changed, size_t n, double none) {
  for (size_t i = 0; i < n; i++)
    changed[i] = mask[i] ? xs[i] : none;
  return column(changed, TINE_F64, n);
}

static uint64_t bits_of(tine_value v) {
  uint64_t bits = 1;
  if (v.dtype == TINE_F64)
    memcpy(&bits, &v.as.f, sizeof bits);
  return bits;
}

/* What is dropped may be anything. */
static void make_items(size_t n, unsigned density) {
  static const double any[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 1e308, 5e-324};
  for (size_t i = 0; i < n; i++) {
    xs[i] = (0.5 + (double)check_below(1100001) / 1e6) * (check_below(2) == 0 ? -1 : 1); /* products stay finite */
    if (check_below(4000) == 0)
      xs[i] = -0.0;
    mask[i] = density == 0 ? i / 1024 % 3 == 1 && check_below(2) == 0 : check_below(100) < density;
    if (!mask[i] && check_below(2) == 0)
      xs[i] = any[check_below(sizeof any / sizeof any[0])];
    apart[i][0] = xs[i];
    apart[i][1] = apart[i][2] = 7;
  }
}

static void every_way_has_the_bits_of_places(void) {
  static const size_t lengths[] = {1, 2, 31, 33, 63, 64, 65, 1000, 1023, 1024, 1025, 2050, 4096, 4097, 8192, MOST};
  static const unsigned densities[] = {0, 1, 10, 50, 99, 100};
  tine_registry *registry;
  tine_kernel *const same = same_kernel(&registry);
  begin_pools();
  for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++)
    for (size_t d = 0; d < sizeof densities / sizeof densities[0]; d++) {
      const size_t n = lengths[l];
      tine_value sum, product, want[4], got[4];
      make_items(n, densities[d]);
      tine_pipeline *const a = with_none(for_sum, n, -0.0), *const b = with_none(for_product, n, 1);
      CHECK_INT(tine_sum(a, &sum, NULL), TINE_OK);
      CHECK_INT(tine_product(b, &product, NULL), TINE_OK);
      bool some = false;
      for (size_t i = 0; i < n; i++)
        some = some || mask[i];
      for (unsigned way = 0; way < WAYS; way++)
        for (unsigned i = 0; i < 2 * POOLS; i++) {
          tine_pipeline *p = tine_on(kept(way, n, same), pools[i % POOLS]);
          if (i >= POOLS)
            p = tine_max_len(p, 1 + check_below(3000));
          CHECK_INT(tine_sum(p, &got[0], NULL), TINE_OK);
          CHECK_INT(tine_product(p, &got[1], NULL), TINE_OK);
          CHECK_INT(tine_mean(p, &got[2], NULL), TINE_OK);
          CHECK_INT(tine_var(p, &got[3], NULL), TINE_OK);
          if (way == 0 && i == 0)
            memcpy(want, got, sizeof want);
          if (some && !CHECK(bits_of(got[0]) == bits_of(sum) && bits_of(got[1]) == bits_of(product)))
            printf(" (way %u, %u items, density %u: %a %a, %a %a)", way, (unsigned)n, densities[d], got[0].as.f,
                   sum.as.f, got[1].as.f, product.as.f);
          if (!some)
            CHECK(got[0].as.f == 0 && got[1].as.f == 1 && got[2].dtype == TINE_NONE);
          for (unsigned k = 0; k < 4; k++)
            if (!CHECK(bits_of(got[k]) == bits_of(want[k])))
              printf(" (%u of way %u, %u items, density %u)", k, way, (unsigned)n, densities[d]);
          tine_pipeline_release(p);
        }
      tine_pipeline_release(a);
      tine_pipeline_release(b);
    }
  end_pools();
  tine_registry_release(registry);
}

/* The sides of a chain that have no positions in common go by their own places. */
static void sides_of_a_chain_have_places_of_their_own(void) {
  tine_registry *registry;
  tine_kernel *const same = same_kernel(&registry);
  const tine_value large = tine_f64(2);
  begin_pools();
  make_items(3000, 40);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_value left, right, got;
    tine_pipeline *const a = with_none(for_sum, 3000, -0.0);
    tine_pipeline *const first = tine_take_while(kept(2, 3000, same), find("lt"), &large, 1);
    tine_pipeline *const p = tine_on(tine_chain(first, kept(0, 3000, same)), pools[i]);
    CHECK_INT(tine_sum(a, &left, NULL), TINE_OK);
    right = left;
    CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
    CHECK_F64(got.as.f, left.as.f + right.as.f);
    tine_pipeline_release(p);
    tine_pipeline_release(a);
  }
  end_pools();
  tine_registry_release(registry);
}

CHECK_SUITE(api_place, CHECK_CASE(every_way_has_the_bits_of_places),
            CHECK_CASE(sides_of_a_chain_have_places_of_their_own))
