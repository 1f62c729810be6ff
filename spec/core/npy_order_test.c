/*
** What lies in a file otherwise than in an array: Fortran order of any shape, each element looked up by its index, and
** float16, all of it.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <math.h>

#include "../../core/data/npy_header.h"
#include "../../core/data/npy_order.h"
#include "npy_data.h"

/* Writes "(3, 4)". */
static void shape_text(char *text, const uint64_t *shape, unsigned dims) {
  size_t n = (size_t)sprintf(text, "(");
  for (unsigned d = 0; d < dims; d++)
    n += (size_t)sprintf(text + n, "%" PRIu64 "%s", shape[d], dims == 1 || d + 1 < dims ? ", " : "");
  sprintf(text + n, ")");
}

/* The place in Fortran order of the element at place i in C order: its index, counted from the other end. */
static uint64_t fortran_place(const uint64_t *shape, unsigned dims, uint64_t i) {
  uint64_t index[TI_MAX_DIMS], place = 0;
  for (unsigned d = dims; d > 0; d--) {
    index[d - 1] = i % shape[d - 1];
    i /= shape[d - 1];
  }
  for (unsigned d = dims; d > 0; d--)
    place = place * shape[d - 1] + index[d - 1];
  return place;
}

/* Extents of a shape with 20000 elements at most: few or many axes, long ones, ones, now and then none at all. */
static unsigned random_shape(uint64_t *shape) {
  const unsigned dims = (unsigned)check_below(check_below(10) == 0 ? TI_MAX_DIMS + 1 : 5);
  uint64_t left = 20000;
  for (unsigned d = 0; d < dims; d++) {
    const uint64_t most = check_below(3) == 0 ? left : left < 7 ? left : 7;
    shape[d] = check_below(100) == 0 ? 0 : 1 + check_below(most);
    left /= shape[d] > 0 ? shape[d] : 1;
  }
  for (unsigned d = dims; d > 1; d--) { /* the long ones anywhere */
    const unsigned other = (unsigned)check_below(d);
    const uint64_t extent = shape[d - 1];
    shape[d - 1] = shape[other];
    shape[other] = extent;
  }
  return dims;
}

/* A file of that shape in Fortran order holds the elements of 'a', in either byte order; loads it. */
static tine_array *through_a_file(const tine_array *a, const uint64_t *shape, unsigned dims, bool big) {
  static const char *const codes[] = {"b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"};
  const size_t size = tine_dtype_size(a->dtype);
  char text[2000], extents[1500];
  char *bytes = malloc(a->len * size + 1);
  tine_array *b = NULL;
  tine_error err = {.message = ""};
  for (uint64_t i = 0; i < a->len; i++)
    for (size_t k = 0; k < size; k++)
      bytes[fortran_place(shape, dims, i) * size + (big == ti_npy_little_endian() ? size - 1 - k : k)] =
          ((const char *)ti_array_at(a, i))[k];
  shape_text(extents, shape, dims);
  snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': True, 'shape': %s}", big ? '>' : '<',
           codes[a->dtype - TINE_BOOL], extents);
  put_npy(in_folder("f.npy"), 2, text, (unsigned)check_below(64), bytes, a->len * size);
  free(bytes);
  CHECK_INT(tine_array_load(&b, in_folder("f.npy"), &err), TINE_OK);
  CHECK_TEXT(err.message, "");
  return b;
}

static void fortran_order(void) {
  enter_folder();
  for (int round = 0; round < 400; round++) {
    const tine_dtype d = (tine_dtype)(TINE_BOOL + check_below(TINE_DTYPE_END - TINE_BOOL));
    const uint64_t *got;
    uint64_t shape[TI_MAX_DIMS], len = 1, longer = 0;
    const unsigned dims = random_shape(shape);
    const bool big = check_below(2) == 0;
    for (unsigned k = 0; k < dims; k++) {
      len *= shape[k];
      longer += shape[k] > 1;
    }
    tine_array *a = random_array(d, len);
    CHECK_STOP(a != NULL);
    tine_array *b = through_a_file(a, shape, dims, big);
    CHECK_STOP(b != NULL);
    CHECK(same_elements(a, b));
    CHECK_INT(tine_array_shape(b, &got), dims);
    CHECK(dims < 2 || memcmp(got, shape, dims * sizeof *shape) == 0);
    if (longer > 1 && len > 0)
      CHECK_INT(map_status(in_folder("f.npy"), d, "r", "Fortran order cannot be mapped; load"), TINE_EFORMAT);
    tine_array_release(a);
    tine_array_release(b);
    unlink(in_folder("f.npy"));
  }
  leave_folder(0);
}

/* An array of two axes, one as long as can be: the cut goes through it alone. */
static void long_and_thin(void) {
  static const uint64_t shapes[][3] = {{2, 300001, 1}, {300001, 2, 1}, {3, 1, 200003}, {2, 100003, 3}};
  enter_folder();
  for (unsigned s = 0; s < 4; s++) {
    tine_array *a = random_array(TINE_F64, shapes[s][0] * shapes[s][1] * shapes[s][2]);
    CHECK_STOP(a != NULL);
    tine_array *b = through_a_file(a, shapes[s], 3, false);
    CHECK_STOP(b != NULL);
    CHECK(same_elements(a, b));
    tine_array_release(a);
    tine_array_release(b);
  }
  leave_folder(1);
}

/* Memory for the second array is asked for and refused: nothing is left behind. */
static void fortran_out_of_memory(void) {
  static const uint64_t shape[] = {5, 2};
  unsigned failures = 0;
  enter_folder();
  tine_array *a = random_array(TINE_I16, 10), *b;
  CHECK_STOP(a != NULL);
  b = through_a_file(a, shape, 2, true);
  CHECK_STOP(b != NULL);
  tine_array_release(b);
  for (int64_t n = 0; n < 20; n++) {
    const size_t live = ti_memory_live();
    tine_error err = {.message = ""};
    ti_memory_fail_after(n);
    const tine_status status = tine_array_load(&b, in_folder("f.npy"), &err);
    ti_memory_fail_after(-1);
    CHECK(status == TINE_OK ? same_elements(a, b) : status == TINE_ENOMEM && b == NULL);
    failures += status != TINE_OK;
    tine_array_release(b);
    CHECK_INT(ti_memory_live(), live);
  }
  CHECK(failures >= 6); /* text, two arrays of two blocks, a shape */
  tine_array_release(a);
  leave_folder(1);
}

/* What IEEE 754 says of the bits. */
static double half_value(unsigned bits) {
  const int exponent = (int)(bits >> 10 & 31);
  const double fraction = (double)(bits & 1023) / 1024, sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return fraction > 0 ? (double)NAN : sign * (double)INFINITY;
  return sign * (exponent == 0 ? ldexp(fraction, -14) : ldexp(1 + fraction, exponent - 15));
}

static void every_float16(void) {
  static unsigned char bytes[2 * 65536];
  static const char *const descrs[] = {"<f2", ">f2", "<e", ">e"};
  enter_folder();
  for (unsigned k = 0; k < 4; k++) {
    char text[100];
    tine_array *a = NULL;
    for (unsigned h = 0; h < 65536; h++) {
      bytes[2 * h + k % 2] = (unsigned char)h;
      bytes[2 * h + 1 - k % 2] = (unsigned char)(h >> 8);
    }
    snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (65536,)}", descrs[k]);
    put_npy(in_folder("h.npy"), 1, text, 0, bytes, sizeof bytes);
    CHECK_STOP(tine_array_load(&a, in_folder("h.npy"), NULL) == TINE_OK);
    CHECK_INT(tine_array_dtype(a), TINE_F32);
    CHECK_INT(tine_array_len(a), 65536);
    for (unsigned h = 0; h < 65536; h++) {
      const double got = (double)((const float *)tine_array_data(a))[h], want = half_value(h);
      if (!CHECK(isnan(want) ? isnan(got) : got == want && signbit(got) == signbit(want)))
        printf("\n    %04x gives %a", h, got);
    }
    tine_array_release(a);
    CHECK_INT(
        map_status(in_folder("h.npy"), TINE_F32, "r", "float16 elements cannot be mapped; load reads them as f32"),
        TINE_EFORMAT);
    put_npy(in_folder("h.npy"), 1, text, 0, bytes, sizeof bytes - 1);
    fails_to_load(in_folder("h.npy"), TINE_EFORMAT, EINVAL, "truncated: 131071 bytes of 131072 are there");
  }
  leave_folder(1);
}

/* Both at once. */
static void float16_in_fortran_order(void) {
  static const unsigned char x[] = {0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0, 0x46};
  static const float want[] = {1, 3, 5, 2, 4, 6};
  tine_array *a = NULL;
  enter_folder();
  put_npy(in_folder("h.npy"), 1, "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 3)}", 0, x, sizeof x);
  CHECK_STOP(tine_array_load(&a, in_folder("h.npy"), NULL) == TINE_OK);
  CHECK(memcmp(tine_array_data(a), want, sizeof want) == 0);
  tine_array_release(a);
  leave_folder(1);
}

CHECK_SUITE(npy_order, CHECK_CASE(fortran_order), CHECK_CASE(long_and_thin), CHECK_CASE(fortran_out_of_memory),
            CHECK_CASE(every_float16), CHECK_CASE(float16_in_fortran_order))
