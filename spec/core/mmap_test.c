/*
** Mapped files: the three modes, bare elements, elements that cannot be used where they are, and the mapping's end.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "npy_data.h"

static void mapped_numpy(void) {
  const uint64_t *shape, cube[] = {10, 10, 10};
  enter_folder();
  const char *path = in_folder("a.npy");
  tine_array *a = random_array(TINE_I32, 1000), *m = NULL, *again = NULL;
  CHECK_STOP(a != NULL && ti_array_set_shape(a, cube, 3, NULL) == TINE_OK);
  save_own_order(a, path);
  CHECK_STOP(tine_array_mmap(&m, path, TINE_I32, "r", NULL) == TINE_OK);
  CHECK(same_elements(a, m) && tine_array_readonly(m) && tine_array_shape(m, &shape) == 3);
  CHECK_INT((uintptr_t)tine_array_data(m) % 64, 0);
  CHECK_INT(tine_array_set(m, 0, tine_i64(1), NULL), TINE_EINVAL);
  CHECK_INT(tine_array_save(m, path, NULL), TINE_OK); /* over the file it is mapped from */
  CHECK(same_elements(a, m));
  tine_array_release(m);
  save_own_order(a, path);
  CHECK_STOP(tine_array_mmap(&m, path, TINE_NONE, "cow", NULL) == TINE_OK);
  CHECK(tine_array_dtype(m) == TINE_I32 && !tine_array_readonly(m));
  CHECK_INT(tine_array_set(m, 0, tine_i64(77), NULL), TINE_OK);
  CHECK_STOP(tine_array_load(&again, path, NULL) == TINE_OK);
  CHECK(same_elements(a, again));
  tine_array_release(again);
  tine_array_release(m);
  CHECK_STOP(tine_array_mmap(&m, path, TINE_I32, "rw", NULL) == TINE_OK);
  CHECK_INT(tine_array_set(m, 999, tine_i64(77), NULL), TINE_OK);
  CHECK_INT(tine_array_set(a, 999, tine_i64(77), NULL), TINE_OK);
  tine_array_release(m);
  CHECK_STOP(tine_array_load(&again, path, NULL) == TINE_OK);
  CHECK(same_elements(a, again));
  tine_array_release(again);
  tine_array_release(a);
  CHECK_INT(map_status(path, TINE_F32, "r", "a.npy: file holds i32, not f32"), TINE_EFORMAT);
  CHECK_INT(map_status(path, TINE_I32, "w", "mode must be"), TINE_EINVAL);
  CHECK_INT(map_status(path, TINE_I32, "", "mode must be"), TINE_EINVAL);
  CHECK_INT(map_status(path, TINE_I32, NULL, "mode must be"), TINE_EINVAL);
  CHECK_INT(map_status(path, TINE_DTYPE_END, "r", "no element type"), TINE_EINVAL);
  leave_folder(1);
}

static void mapped_raw(void) {
  float x[3] = {1, 2.5f, -3};
  tine_array *m = NULL;
  enter_folder();
  const char *path = in_folder("raw");
  put_file(path, x, sizeof x);
  CHECK_STOP(tine_array_mmap(&m, path, TINE_F32, "rw", NULL) == TINE_OK);
  CHECK_INT(tine_array_len(m), 3);
  CHECK_F64(tine_array_get(m, 1).as.f, 2.5);
  tine_array_release(m);
  CHECK_INT(map_status(path, TINE_F64, "r", "raw: 12 bytes are no whole number of f64 elements (8 bytes each)"),
            TINE_EFORMAT);
  CHECK_INT(map_status(path, TINE_NONE, "r", "not a .npy file"), TINE_EFORMAT);
  CHECK_INT(map_status(path, TINE_BOOL, "r", "0 and 1"), TINE_EFORMAT);
  put_file(path, "\0\1\1", 3);
  CHECK_INT(map_status(path, TINE_BOOL, "r", ""), TINE_OK);
  put_file(path, "", 0);
  for (unsigned i = 0; i < 3; i++) {
    CHECK_STOP(tine_array_mmap(&m, path, TINE_F64, i == 0 ? "r" : i == 1 ? "rw" : "cow", NULL) == TINE_OK);
    CHECK(tine_array_len(m) == 0 && tine_array_data(m) != NULL && tine_array_readonly(m) == (i == 0));
    tine_array_release(m);
  }
  leave_folder(1);
}

/* Elements that start at any byte of the file are mapped where C allows it, else refused; load reads them all. */
static void odd_offsets(void) {
  static const uint32_t x[] = {1, 2, 0xfffffffe};
  enter_folder();
  const char *path = in_folder("a.npy");
  for (size_t pad = 0; pad < 9; pad++) {
    tine_array *a = NULL;
    const size_t at = put_npy(path, 1, "{'descr': '=u4', 'fortran_order': False, 'shape': (3,)}", pad, x, sizeof x);
    CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
    CHECK_INT(tine_array_get(a, 2).as.i, 0xfffffffe);
    tine_array_release(a);
    if (at % 4 != 0)
      CHECK_INT(map_status(path, TINE_U32, "r", "alignment"), TINE_EFORMAT);
    else {
      CHECK_STOP(tine_array_mmap(&a, path, TINE_U32, "r", NULL) == TINE_OK);
      CHECK_INT(tine_array_get(a, 2).as.i, 0xfffffffe);
      tine_array_release(a);
    }
  }
  leave_folder(1);
}

static void mapping_ends_with_last_view(void) {
  enter_folder();
  const char *path = in_folder("mapped");
  tine_array *m = NULL;
  put_file(path, "0123456789", 10);
  CHECK_STOP(tine_array_mmap(&m, path, TINE_U8, "r", NULL) == TINE_OK);
  tine_array *v = tine_array_view(m, 5, 5);
  tine_array_release(m);
  CHECK_INT(tine_array_get(v, 4).as.i, '9');
  CHECK(is_mapped(path) || access("/proc/self/maps", R_OK) != 0);
  tine_array_release(v);
  CHECK(!is_mapped(path));
  leave_folder(1);
}

CHECK_SUITE(mmap, CHECK_CASE(mapped_numpy), CHECK_CASE(mapped_raw), CHECK_CASE(odd_offsets),
            CHECK_CASE(mapping_ends_with_last_view))
