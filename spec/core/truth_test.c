/*
** Bools that are neither 0 nor 1, as memory of a host's or results of its kernels may have them: any byte but 0 is
** true, for everybody.
*/
#include <unistd.h>

#include "../../core/tine.h"
#include "check.h"

enum { LENGTH = 5000 };
static unsigned char dirty[LENGTH], clean[LENGTH];
static tine_array *arrays[2];

static void fill(void) {
  for (unsigned i = 0; i < LENGTH; i++) {
    const unsigned char some[] = {0, 1, 2, 0x80, 0xff, 0, 4, 0xfe};
    dirty[i] = some[check_random() % sizeof some];
    clean[i] = dirty[i] != 0;
  }
  arrays[0] = tine_slice_of(TINE_BOOL, dirty, LENGTH, 1);
  arrays[1] = tine_slice_of(TINE_BOOL, clean, LENGTH, 1);
}

static tine_kernel *builtin(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static tine_pipeline *of(int which) {
  return tine_slice(arrays[which]);
}

/* Gives the bool as it is, so that what follows gets it from a kernel. */
static int hands_on(tine_block *b) {
  for (size_t i = 0; i < b->n; i++)
    ((unsigned char *)b->out[0])[i] = *((const unsigned char *)b->in[0] + (ptrdiff_t)i * b->in_stride[0]);
  return 0;
}

/* ----- What is made of them, as values ----- */

typedef tine_status (*terminal)(tine_pipeline *p, tine_value *out);
static tine_status to_sum(tine_pipeline *p, tine_value *out) {
  return tine_sum(p, out, NULL);
}
static tine_status to_min(tine_pipeline *p, tine_value *out) {
  uint64_t at;
  const tine_status status = tine_max(p, out, &at, NULL);
  out->as.i = (int64_t)at;
  return status;
}
static tine_status to_mean(tine_pipeline *p, tine_value *out) {
  return tine_mean(p, out, NULL);
}
static tine_status to_and(tine_pipeline *p, tine_value *out) {
  return tine_reduce(p, builtin("bxor"), NULL, out, NULL);
}
static tine_status to_first(tine_pipeline *p, tine_value *out) {
  return tine_find(p, TINE_FIRST, builtin("eq"), &(tine_value){.dtype = TINE_BOOL, .as.b = true}, 1, out, NULL);
}

/* ----- ... and as arrays ----- */

static tine_status to_items(tine_pipeline *p, tine_array **out, unsigned *n) {
  *n = tine_pipeline_columns(p);
  return tine_collect(p, out, NULL);
}
static tine_status to_sorted(tine_pipeline *p, tine_array **out, unsigned *n) {
  *n = 1;
  return tine_sorted(p, TINE_DESCENDING, out, NULL);
}
static tine_status to_unique(tine_pipeline *p, tine_array **out, unsigned *n) {
  *n = 1;
  return tine_unique(p, out, NULL);
}
static tine_status to_counts(tine_pipeline *p, tine_array **out, unsigned *n) {
  *n = 2;
  return tine_count_by(p, &out[0], &out[1], NULL);
}
static tine_status to_top(tine_pipeline *p, tine_array **out, unsigned *n) {
  *n = 1;
  return tine_top(p, 7, out, NULL);
}

static bool same_items(tine_array *a, tine_array *b) {
  bool same = tine_array_len(a) == tine_array_len(b);
  for (uint64_t i = 0; same && i < tine_array_len(a); i++) {
    const tine_value x = tine_array_get(a, i), y = tine_array_get(b, i);
    same = x.dtype == y.dtype && (x.dtype == TINE_BOOL ? x.as.b == y.as.b : x.as.i == y.as.i);
  }
  return same;
}

typedef tine_pipeline *(*stage)(tine_pipeline *p);
static tine_pipeline *as_they_are(tine_pipeline *p) {
  return p;
}
static tine_pipeline *cast(tine_pipeline *p) {
  return tine_cast(p, TINE_I32, TINE_CAST_EXACT);
}
static tine_pipeline *negated(tine_pipeline *p) {
  return tine_map(p, builtin("bnot"), NULL, 0);
}
static tine_pipeline *filtered(tine_pipeline *p) {
  return tine_filter_mask(tine_zip(tine_range(1, LENGTH, 1), p));
}
static tine_pipeline *kept_while(tine_pipeline *p) {
  return tine_take_while(p, builtin("eq"), &(tine_value){.dtype = TINE_BOOL, .as.b = true}, 1);
}
static tine_pipeline *skipped_while(tine_pipeline *p) {
  return tine_skip_while(p, builtin("eq"), &(tine_value){.dtype = TINE_BOOL, .as.b = true}, 1);
}
static tine_registry *registry;
static tine_pipeline *from_kernel(tine_pipeline *p) {
  return tine_map(p, tine_kernel_find(registry, "hands_on", NULL), NULL, 0);
}
static tine_pipeline *filtered_by_kernel(tine_pipeline *p) {
  return tine_filter(p, tine_kernel_find(registry, "hands_on", NULL), NULL, 0);
}
static tine_pipeline *taken_by_kernel(tine_pipeline *p) {
  return tine_take_while(tine_skip(p, 3), tine_kernel_find(registry, "hands_on", NULL), NULL, 0);
}
static tine_pipeline *left_by_kernel(tine_pipeline *p) {
  return tine_skip_while(p, tine_kernel_find(registry, "hands_on", NULL), NULL, 0);
}
static tine_pipeline *positions_by_kernel(tine_pipeline *p) {
  return tine_positions(p, tine_kernel_find(registry, "hands_on", NULL), NULL, 0);
}

static void any_byte_but_0_is_true(void) {
  static const tine_kernel_signature signature = {.types = "bool -> bool", .block = hands_on};
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = "hands_on", .signatures = &signature, .signature_count = 1, .mode = TINE_FN};
  static const terminal values[] = {to_sum, to_min, to_mean, to_and, to_first};
  static tine_status (*const lists[])(tine_pipeline *, tine_array **, unsigned *) = {to_items, to_sorted, to_unique,
                                                                                     to_counts, to_top};
  static const stage stages[] = {as_they_are,
                                 cast,
                                 negated,
                                 kept_while,
                                 skipped_while,
                                 from_kernel,
                                 filtered_by_kernel,
                                 taken_by_kernel,
                                 left_by_kernel,
                                 positions_by_kernel,
                                 filtered};
  fill();
  CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK &&
             tine_kernel_register(registry, &desc, NULL) == TINE_OK);
  for (unsigned s = 0; s < sizeof stages / sizeof *stages; s++) {
    tine_pipeline *p[2] = {stages[s](of(0)), stages[s](of(1))};
    for (unsigned t = 0; t < sizeof values / sizeof *values; t++) {
      tine_value v[2] = {{.dtype = TINE_NONE}, {.dtype = TINE_NONE}};
      const tine_status status = values[t](p[0], &v[0]);
      CHECK_INT(status, values[t](p[1], &v[1]));
      CHECK(status != TINE_OK ||
            (v[0].dtype == v[1].dtype && (v[0].dtype == TINE_BOOL ? v[0].as.b == v[1].as.b : v[0].as.u == v[1].as.u)));
    }
    for (unsigned t = 0; t < sizeof lists / sizeof *lists; t++) {
      tine_array *a[2][TINE_MAX_COLUMNS];
      unsigned n[2] = {0, 0};
      const tine_status status = lists[t](p[0], a[0], &n[0]);
      CHECK_INT(status, lists[t](p[1], a[1], &n[1]));
      CHECK_INT(n[0], n[1]);
      for (unsigned c = 0; status == TINE_OK && c < n[0]; c++) {
        CHECK(same_items(a[0][c], a[1][c]));
        tine_array_release(a[0][c]);
        tine_array_release(a[1][c]);
      }
    }
    tine_pipeline_release(p[0]);
    tine_pipeline_release(p[1]);
  }
  tine_registry_release(registry);
  tine_array_release(arrays[0]);
  tine_array_release(arrays[1]);
}

/* Two of them, each true, are equal, count as equal, and are the same in a file. */
static void all_trues_are_one(void) {
  char folder[256], path[300];
  tine_pipeline *a, *b;
  tine_array *loaded;
  bool equal = false;
  int order = 1;
  fill();
  a = of(0), b = of(1);
  CHECK(tine_eq(a, b, &equal, NULL) == TINE_OK && equal);
  CHECK(tine_cmp(a, b, &order, NULL) == TINE_OK && order == 0);
  tine_pipeline_release(a);
  tine_pipeline_release(b);
  CHECK_STOP(check_folder(folder, sizeof folder));
  snprintf(path, sizeof path, "%s/bools.npy", folder);
  CHECK_INT(tine_array_save(arrays[0], path, NULL), TINE_OK);
  if (CHECK(tine_array_mmap(&loaded, path, TINE_NONE, "r", NULL) == TINE_OK)) {
    CHECK(memcmp(tine_array_data(loaded), clean, LENGTH) == 0);
    tine_array_release(loaded);
  }
  CHECK_INT(tine_array_sort(arrays[0], TINE_ASCENDING, NULL), TINE_OK);
  CHECK_INT(tine_array_sort(arrays[1], TINE_ASCENDING, NULL), TINE_OK);
  CHECK(same_items(arrays[0], arrays[1]));
  unlink(path);
  rmdir(folder);
  tine_array_release(arrays[0]);
  tine_array_release(arrays[1]);
}

CHECK_SUITE(truth, CHECK_CASE(any_byte_but_0_is_true), CHECK_CASE(all_trues_are_one))
