/*
** The contract of array files in core/tine.h: what is saved is what is loaded, shapes, mapping in its three modes, and
** which status a refusal has. Files are made in the directory for temporary ones and removed again.
*/
#include "../../core/tine.h"
#include "check.h"

static void expect(tine_status got, int want, const tine_error *err, const char *what, int line) {
  check_int(got, want, what, __FILE__, line);
  check_true(got != TINE_OK, what, __FILE__, line);
  check_int(err->status, got, what, __FILE__, line);
  check_true(err->message[0] != '\0' && memchr(err->message, '\0', sizeof err->message) != NULL, what, __FILE__, line);
}

#define FAILS(call, want) (memset(&err, 0x5a, sizeof err), expect((call), (want), &err, #call, __LINE__))

static char path[512];

/* A path of its own for this process: the seed may be shared with another, the clock and the stack hardly. */
static void pick_path(void) {
  double now = tine_clock();
  uint64_t bits;
  memcpy(&bits, &now, sizeof bits);
  bits ^= check_random() ^ (uint64_t)(uintptr_t)&now;
  snprintf(path, sizeof path, "%s/tine-api-%016" PRIx64, check_tmpdir(), bits);
}

static bool write_file(const void *bytes, size_t size) {
  FILE *f = fopen(path, "wb");
  const bool written = f != NULL && fwrite(bytes, 1, size, f) == size;
  return (f == NULL || fclose(f) == 0) && written;
}

/* Writes a .npy file of version 1 with this header and 'size' bytes of data. */
static bool write_npy(const char *header, const void *data, size_t size) {
  unsigned char bytes[512] = "\x93NUMPY\x01";
  const size_t length = strlen(header);
  bytes[8] = (unsigned char)(length % 256);
  bytes[9] = (unsigned char)(length / 256);
  memcpy(bytes + 10, header, length);
  memcpy(bytes + 10 + length, data, size);
  return write_file(bytes, 10 + length + size);
}

static void saved_is_loaded(void) {
  pick_path();
  for (int d = TINE_NONE + 1; d < TINE_DTYPE_END; d++) {
    tine_array *a = NULL, *b = NULL;
    CHECK_STOP(tine_array_create(&a, (tine_dtype)d, 1000, NULL) == TINE_OK);
    const size_t size = 1000 * tine_dtype_size((tine_dtype)d);
    unsigned char *bytes = tine_array_data(a);
    for (size_t i = 0; i < size; i++)
      bytes[i] = (unsigned char)(d == TINE_BOOL ? check_below(2) : check_below(256));
    CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
    CHECK_INT(tine_array_load(&b, path, NULL), TINE_OK);
    CHECK_STOP(b != NULL);
    CHECK_INT(tine_array_dtype(b), d);
    CHECK_INT(tine_array_len(b), 1000);
    CHECK(memcmp(tine_array_data(b), bytes, size) == 0);
    CHECK_INT((uintptr_t)tine_array_data(b) % 64, 0);
    tine_array_release(a);
    tine_array_release(b);
  }
  remove(path);
}

static void strided_arrays_are_saved_by_element(void) {
  int16_t x[] = {1, 2, 3, 4, 5, 6};
  tine_array *a = tine_slice_of(TINE_I16, &x[4], 3, -2 * (ptrdiff_t)sizeof *x), *b = NULL;
  pick_path();
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  CHECK_STOP(tine_array_load(&b, path, NULL) == TINE_OK);
  for (uint64_t i = 0; i < 3; i++)
    CHECK_INT(tine_array_get(b, i).as.i, 5 - 2 * (int64_t)i);
  tine_array_release(a);
  tine_array_release(b);
  remove(path);
}

static void shapes_are_those_of_the_file(void) {
  static const float x[6] = {1, 2, 3, 4, 5, 6};
  const uint64_t *shape = NULL;
  tine_array *a = NULL;
  pick_path();
  CHECK_STOP(write_npy("{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3), }\n", x, sizeof x));
  CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_len(a), 6);
  CHECK_INT(tine_array_shape(a, &shape), 2);
  CHECK(shape[0] == 2 && shape[1] == 3);
  CHECK_F64(tine_array_get(a, 4).as.f, 5);
  tine_array_release(a);
  CHECK_STOP(write_npy("{'descr': '>f4', 'fortran_order': False, 'shape': (), }\n", "\x3f\x80\0\0", 4));
  CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_shape(a, &shape), 0);
  CHECK_INT(tine_array_len(a), 1);
  CHECK_F64(tine_array_get(a, 0).as.f, 1);
  tine_array_release(a);
  CHECK_STOP(tine_array_create(&a, TINE_U8, 9, NULL) == TINE_OK);
  CHECK_INT(tine_array_shape(a, &shape), 1);
  CHECK_INT(shape[0], 9);
  tine_array_release(a);
  remove(path);
}

static void bad_files_are_refused(void) {
  tine_error err;
  tine_array *a = NULL;
  pick_path();
  FAILS(tine_array_load(&a, path, &err), TINE_EIO);
  CHECK(err.os_errno != 0);
  CHECK_STOP(write_file("no array", 8));
  FAILS(tine_array_load(&a, path, &err), TINE_EFORMAT);
  CHECK(err.os_errno != 0);
  CHECK_STOP(write_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }\n", "12345678", 8));
  FAILS(tine_array_load(&a, path, &err), TINE_EFORMAT);
  CHECK_STOP(write_npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", "12345678", 8));
  FAILS(tine_array_load(&a, path, &err), TINE_EFORMAT);
  remove(path);
  CHECK_STOP(tine_array_create(&a, TINE_U8, 9, NULL) == TINE_OK);
  FAILS(tine_array_save(a, "/nonexistent/api", &err), TINE_EIO);
  CHECK(err.os_errno != 0);
  tine_array_release(a);
}

static void mapping_has_three_modes(void) {
  int32_t x[] = {1, 2, 3, 4};
  tine_error err;
  tine_array *r = NULL, *rw = NULL, *cow = NULL;
  pick_path();
  CHECK_STOP(write_file(x, sizeof x));
  CHECK_STOP(tine_array_mmap(&r, path, TINE_I32, "r", NULL) == TINE_OK);
  CHECK_STOP(tine_array_mmap(&rw, path, TINE_I32, "rw", NULL) == TINE_OK);
  CHECK_STOP(tine_array_mmap(&cow, path, TINE_I32, "cow", NULL) == TINE_OK);
  CHECK(tine_array_readonly(r) && !tine_array_readonly(rw) && !tine_array_readonly(cow));
  CHECK_INT(tine_array_len(r), 4);
  FAILS(tine_array_set(r, 0, tine_i64(9), &err), TINE_EINVAL);
  CHECK_INT(tine_array_set(cow, 0, tine_i64(9), NULL), TINE_OK);
  CHECK_INT(tine_array_set(rw, 1, tine_i64(8), NULL), TINE_OK);
  CHECK_INT(tine_array_get(cow, 0).as.i, 9);
  tine_array_release(rw);
  tine_array_release(cow);
  CHECK_INT(tine_array_get(r, 0).as.i, 1);
  CHECK_INT(tine_array_get(r, 1).as.i, 8);
  tine_pipeline *p = tine_range(1, 4, 1);
  FAILS(tine_collect_into(p, &r, 1, &err), TINE_EINVAL);
  tine_pipeline_release(p);
  tine_array *view = tine_array_view(r, 1, 2);
  CHECK(tine_array_readonly(view));
  tine_array_release(view);
  tine_array_release(r);
  remove(path);
}

/* A copy has what a mapping has, and nothing to do with the file. */
static void copying_maps_nothing(void) {
  int32_t x[] = {1, 2, 3, 4};
  tine_error err;
  tine_array *copy = NULL;
  pick_path();
  CHECK_STOP(write_file(x, sizeof x));
  CHECK_STOP(tine_array_mmap(&copy, path, TINE_I32, "copy", NULL) == TINE_OK);
  CHECK(!tine_array_readonly(copy));
  CHECK_INT(tine_array_set(copy, 0, tine_i64(9), NULL), TINE_OK);
  CHECK_STOP(write_file("", 0));
  CHECK_INT(tine_array_len(copy), 4);
  CHECK_INT(tine_array_get(copy, 0).as.i, 9);
  CHECK_INT(tine_array_get(copy, 3).as.i, 4);
  tine_array_release(copy);
  FAILS(tine_array_mmap(&copy, path, TINE_NONE, "copy", &err), TINE_EFORMAT);
  remove(path);
  FAILS(tine_array_mmap(&copy, path, TINE_I32, "copy", &err), TINE_EIO);
}

static void mapping_checks_type_and_size(void) {
  int32_t x[] = {1, 2, 3, 4};
  int8_t y[] = {1, 2, 3, -4};
  tine_error err;
  tine_array *a = tine_slice_of(TINE_I32, x, 4, sizeof *x), *b = tine_slice_of(TINE_I8, y, 4, 1), *m = NULL;
  pick_path();
  CHECK_INT(tine_array_save(b, path, NULL), TINE_OK); /* elements of a byte: in the order of every machine */
  CHECK_INT(tine_array_mmap(&m, path, TINE_NONE, "r", NULL), TINE_OK);
  CHECK_STOP(m != NULL);
  CHECK_INT(tine_array_dtype(m), TINE_I8);
  CHECK_INT(tine_array_get(m, 3).as.i, -4);
  tine_array_release(m);
  tine_array_release(b);
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  if (*(const char *)x == 1) { /* as files are */
    CHECK_INT(tine_array_mmap(&m, path, TINE_I32, "r", NULL), TINE_OK);
    CHECK_STOP(m != NULL);
    CHECK_INT(tine_array_get(m, 3).as.i, 4);
    tine_array_release(m);
  } else
    FAILS(tine_array_mmap(&m, path, TINE_I32, "r", &err), TINE_EFORMAT);
  FAILS(tine_array_mmap(&m, path, TINE_F64, "r", &err), TINE_EFORMAT);
  FAILS(tine_array_mmap(&m, path, TINE_I32, "w", &err), TINE_EINVAL);
  CHECK_STOP(write_file("123456789", 9));
  FAILS(tine_array_mmap(&m, path, TINE_I32, "r", &err), TINE_EFORMAT);
  FAILS(tine_array_mmap(&m, path, TINE_BOOL, "r", &err), TINE_EFORMAT);
  FAILS(tine_array_mmap(&m, path, TINE_NONE, "r", &err), TINE_EFORMAT);
  remove(path);
  FAILS(tine_array_mmap(&m, path, TINE_I32, "r", &err), TINE_EIO);
  CHECK(err.os_errno != 0);
  tine_array_release(a);
}

CHECK_SUITE(api_file, CHECK_CASE(saved_is_loaded), CHECK_CASE(strided_arrays_are_saved_by_element),
            CHECK_CASE(shapes_are_those_of_the_file), CHECK_CASE(bad_files_are_refused),
            CHECK_CASE(mapping_has_three_modes), CHECK_CASE(mapping_checks_type_and_size),
            CHECK_CASE(copying_maps_nothing))
