/*
** Array files: saved and loaded, every kind of file NumPy writes, and files that are damaged.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../../core/data/npy_header.h"
#include "npy_data.h"

static void round_trips(void) {
  enter_folder();
  for (int i = 0; i < 200; i++) {
    const tine_dtype d = (tine_dtype)(TINE_BOOL + (unsigned)i % (TINE_DTYPE_END - TINE_BOOL));
    tine_array *a = random_array(d, i < 30 ? (uint64_t)i / 11 : check_below(5000));
    CHECK_STOP(a != NULL);
    saves_and_loads(a, in_folder("a.npy"));
    unlink(in_folder("a.npy")); /* what replaces nothing need not wait for the disk */
    tine_array_release(a);
  }
  leave_folder(0);
}

/* Gaps, backwards, one element for all: gathered through the buffer, several times its size. */
static void strided(void) {
  static const ptrdiff_t steps[] = {2, 3, -1, -5, 0};
  enter_folder();
  for (unsigned d = TINE_BOOL; d < TINE_DTYPE_END; d++)
    for (unsigned s = 0; s < sizeof steps / sizeof steps[0]; s++) {
      const uint64_t n = check_below(20000);
      tine_array *all = random_array((tine_dtype)d, 100001);
      CHECK_STOP(all != NULL);
      tine_array *a = tine_slice_of((tine_dtype)d, ti_array_at(all, steps[s] < 0 ? 100000 : 0), n,
                                    steps[s] * tine_array_stride(all));
      CHECK(a != NULL);
      if (!saves_and_loads(a, in_folder("a.npy")))
        printf("\n    %s, step %td, n %" PRIu64, tine_dtype_name((tine_dtype)d), steps[s], n);
      unlink(in_folder("a.npy"));
      tine_array_release(a);
      tine_array_release(all);
    }
  leave_folder(0);
}

static void exact_bytes(void) {
  int16_t x[3] = {1, -2, 300};
  const uint64_t shape[] = {1, 3};
  size_t n;
  enter_folder();
  tine_array *a = tine_slice_of(TINE_I16, x, 3, sizeof *x);
  CHECK_STOP(a != NULL);
  CHECK_INT(ti_array_set_shape(a, shape, 2, NULL), TINE_OK);
  CHECK_INT(tine_array_save(a, in_folder("a.npy"), NULL), TINE_OK);
  char *bytes = get_file(in_folder("a.npy"), &n);
  CHECK_INT(n, 128 + 6);
  CHECK(memcmp(bytes, "\x93NUMPY\1\0\x76\0{'descr': '<i2', 'fortran_order': False, 'shape': (1, 3), } ", 70) == 0);
  CHECK(memcmp(bytes + 128, "\x01\x00\xfe\xff\x2c\x01", 6) == 0);
  free(bytes);
  tine_array_release(a);
  leave_folder(1);
}

static void shapes_survive(void) {
  static const uint64_t cube[] = {2, 3, 4}, none[] = {0, 5};
  const uint64_t *shape;
  tine_array *a, *b = NULL;
  enter_folder();
  const char *path = in_folder("a.npy");
  a = random_array(TINE_F32, 24);
  CHECK_STOP(a != NULL && ti_array_set_shape(a, cube, 3, NULL) == TINE_OK);
  saves_and_loads(a, path);
  CHECK_STOP(tine_array_load(&b, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_shape(b, &shape), 3);
  CHECK(memcmp(shape, cube, sizeof cube) == 0);
  tine_array_release(b);
  tine_array *v = tine_array_view(a, 0, 24);
  CHECK_INT(tine_array_save(v, path, NULL), TINE_OK);
  CHECK_STOP(tine_array_load(&b, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_shape(b, &shape), 1);
  tine_array_release(b);
  tine_array_release(v);
  tine_array_release(a);
  a = random_array(TINE_U8, 0);
  CHECK_STOP(a != NULL && ti_array_set_shape(a, none, 2, NULL) == TINE_OK);
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  CHECK_STOP(tine_array_mmap(&b, path, TINE_U8, "r", NULL) == TINE_OK);
  CHECK_INT(tine_array_shape(b, &shape), 2);
  CHECK_INT(shape[1], 5);
  CHECK(tine_array_len(b) == 0 && tine_array_data(b) != NULL && tine_array_readonly(b));
  tine_array_release(b);
  tine_array_release(a);
  a = random_array(TINE_I64, 1);
  CHECK_STOP(a != NULL && ti_array_set_shape(a, NULL, 0, NULL) == TINE_OK);
  saves_and_loads(a, path);
  CHECK_STOP(tine_array_load(&b, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_shape(b, &shape), 0);
  CHECK_INT(tine_array_len(b), 1);
  tine_array_release(b);
  tine_array_release(a);
  leave_folder(1);
}

static void both_byte_orders(void) {
  static const unsigned char big[] = {0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0};
  tine_array *a = NULL;
  enter_folder();
  const char *path = in_folder("a.npy");
  for (int version = 1; version <= 3; version++) {
    put_npy(path, version, "{'descr': '>f8', 'fortran_order': False, 'shape': (2,)}", 7, big, sizeof big);
    CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
    CHECK_F64(tine_array_get(a, 0).as.f, 3.141592653589793);
    CHECK_F64(tine_array_get(a, 1).as.f, -1);
    tine_array_release(a);
  }
  CHECK_INT(map_status(path, TINE_F64, "r", ti_npy_little_endian() ? "big-endian" : "alignment"), TINE_EFORMAT);
  put_npy(path, 2, "{'descr': '>u4', 'fortran_order': True, 'shape': (1, 3)}", 0, big, 12);
  CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_get(a, 0).as.i, 0x400921fb);
  CHECK_INT(tine_array_get(a, 2).as.i, 0xbff00000);
  tine_array_release(a);
  put_npy(path, 1, "{'descr': '>i2', 'fortran_order': False, 'shape': (8,)}", 0, big, 16);
  CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
  CHECK_INT(tine_array_get(a, 4).as.i, (int16_t)0xbff0);
  tine_array_release(a);
  leave_folder(1);
}

static void odd_bools(void) {
  static const unsigned char odd[] = {0, 1, 2, 255};
  tine_array *a = NULL;
  enter_folder();
  const char *path = in_folder("a.npy");
  put_npy(path, 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", 0, odd, 4);
  CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
  CHECK(memcmp(tine_array_data(a), "\0\1\1\1", 4) == 0);
  tine_array_release(a);
  CHECK_INT(map_status(path, TINE_BOOL, "cow", "0 and 1"), TINE_EFORMAT);
  CHECK_INT(map_status(path, TINE_U8, "r", "file holds bool, not u8"), TINE_EFORMAT);
  leave_folder(1);
}

/* A file cut anywhere is refused; one with something behind it is not. */
static void cut_and_extended(void) {
  int32_t x[5] = {1, 2, 3, 4, 5};
  char part[80];
  size_t n;
  enter_folder();
  const char *path = in_folder("a.npy");
  tine_array *a = tine_slice_of(TINE_I32, x, 5, sizeof *x), *b = NULL;
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  char *bytes = get_file(path, &n);
  CHECK_STOP(bytes != NULL && n == 148);
  for (size_t cut = 0; cut < n; cut++) {
    put_file(path, bytes, cut);
    snprintf(part, sizeof part, "file is truncated: %zu bytes of 20 are there", cut - 128);
    const char *in_header = cut == 0 ? "file is empty" : cut < 6 ? "not a .npy file" : "truncated in its header";
    fails_to_load(path, TINE_EFORMAT, EINVAL, cut < 128 ? in_header : part);
    if (cut >= 6)
      CHECK_INT(map_status(path, TINE_I32, "r", "truncated"), TINE_EFORMAT);
  }
  bytes = realloc(bytes, n + 100);
  memset(bytes + n, 'x', 100);
  put_file(path, bytes, n + 100);
  free(bytes);
  CHECK_STOP(tine_array_load(&b, path, NULL) == TINE_OK);
  CHECK(same_elements(a, b));
  tine_array_release(b);
  if (ti_npy_little_endian()) { /* as the file is */
    CHECK_STOP(tine_array_mmap(&b, path, TINE_I32, "cow", NULL) == TINE_OK);
    CHECK(same_elements(a, b));
    tine_array_release(b);
  } else
    CHECK_INT(map_status(path, TINE_I32, "cow", "little-endian elements cannot be mapped"), TINE_EFORMAT);
  tine_array_release(a);
  leave_folder(1);
}

/* A small file that promises much: refused by arithmetic, before anything is allocated. */
static void empty_promises(void) {
  enter_folder();
  const char *path = in_folder("a.npy");
  put_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846975,)}", 0, "12345678", 8);
  fails_to_load(path, TINE_EFORMAT, EINVAL,
                sizeof(size_t) > 4 ? "truncated: 8 bytes of 9223372036854775800 are there" : "shape is too large");
  put_npy(path, 1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 0, "12345678", 8);
  fails_to_load(path, TINE_EFORMAT, EINVAL, "a.npy: element type '|O' (Python objects) is not supported");
  put_file(path, "\x93NUMPY\2\0\xff\xff\xff\xff{", 13);
  fails_to_load(path, TINE_EFORMAT, EINVAL, "too long");
  put_file(path, "\x93NUMPY\2\0\0\0\x10\0{", 13);
  fails_to_load(path, TINE_EFORMAT, EINVAL, "truncated in its header");
  put_file(path, "PK\3\4 this is an .npz", 18);
  fails_to_load(path, TINE_EFORMAT, EINVAL, "a.npy: a .npz archive, not a .npy file; unzip it");
  CHECK_INT(map_status(path, TINE_NONE, "r", "a.npy: a .npz archive, not a .npy file; unzip it"), TINE_EFORMAT);
  put_file(path, "1,2,3\n4,5,6\n", 12);
  CHECK_INT(map_status(path, TINE_NONE, "r", "not a .npy file, so its element type has to be given"), TINE_EFORMAT);
  leave_folder(1);
}

static void out_of_memory(void) {
  static const uint64_t shape[] = {5, 2};
  enter_folder();
  const char *path = in_folder("a.npy"), *copy = in_folder("b.npy");
  tine_array *a = random_array(TINE_I8, 10); /* of bytes: in the order of every machine */
  CHECK_STOP(a != NULL && ti_array_set_shape(a, shape, 2, NULL) == TINE_OK);
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  for (unsigned what = 0; what < 3; what++)
    for (int64_t n = 0; n < 20; n++) {
      const size_t live = ti_memory_live();
      tine_array *b = NULL;
      tine_error err = {.message = ""};
      ti_memory_fail_after(n);
      const tine_status status = what == 0   ? tine_array_load(&b, path, &err)
                                 : what == 1 ? tine_array_mmap(&b, path, TINE_I8, "r", &err)
                                             : tine_array_save(a, copy, &err);
      ti_memory_fail_after(-1);
      CHECK(status == TINE_OK || status == TINE_ENOMEM);
      CHECK_TEXT(err.message, status == TINE_OK ? "" : "not enough memory");
      CHECK(status == TINE_OK || b == NULL);
      tine_array_release(b);
      CHECK_INT(ti_memory_live(), live);
      CHECK(!is_mapped(path));
      if (status == TINE_OK)
        break;
      CHECK(n < 19);
    }
  tine_array_release(a);
  leave_folder(2);
}

/* Whole files with bytes changed and ends cut off: an array that its header describes, or a reason; never more. */
static void damaged_files(void) {
  size_t n;
  unsigned good = 0;
  enter_folder();
  const char *path = in_folder("a.npy");
  tine_array *a = random_array(TINE_U16, 30);
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  tine_array_release(a);
  char *whole = get_file(path, &n);
  CHECK_STOP(whole != NULL);
  for (int i = 0; i < 3000; i++) {
    char bytes[256];
    const size_t left = check_below(4) == 0 ? check_below(n + 1) : n;
    memcpy(bytes, whole, n);
    for (uint64_t k = check_below(3); k > 0; k--)
      bytes[check_below(check_below(2) == 0 ? 80 : n)] = (char)check_random();
    put_file(path, bytes, left);
    tine_array *b = NULL, *m = NULL;
    tine_error err = {.message = ""};
    const tine_status loaded = tine_array_load(&b, path, &err);
    const tine_status mapped = tine_array_mmap(&m, path, TINE_NONE, "r", &err);
    CHECK(loaded == TINE_OK || (loaded == TINE_EFORMAT && b == NULL && err.message[0] != '\0'));
    CHECK(mapped == TINE_EFORMAT || (mapped == TINE_OK && loaded == TINE_OK && same_elements(b, m)));
    if (loaded == TINE_OK)
      CHECK(tine_array_len(b) * tine_dtype_size(tine_array_dtype(b)) <= left - 10);
    good += loaded == TINE_OK;
    tine_array_release(b);
    tine_array_release(m);
  }
  CHECK(good > 300 && good < 2700);
  free(whole);
  leave_folder(1);
}

CHECK_SUITE(npy, CHECK_CASE(round_trips), CHECK_CASE(strided), CHECK_CASE(exact_bytes), CHECK_CASE(shapes_survive),
            CHECK_CASE(both_byte_orders), CHECK_CASE(odd_bools), CHECK_CASE(cut_and_extended),
            CHECK_CASE(empty_promises), CHECK_CASE(out_of_memory), CHECK_CASE(damaged_files))
