/*
** NumPy files: load and save.
**
** Elements are read straight into the new array and put right there: bytes swapped, bools made 0 or 1 whatever the file
** says, since C may do anything with a bool that is neither; float16, which is half as long, is read into the upper
** half and widened from there. Fortran order is brought to C order in a second array. They are written straight from
** the array where they lie as the file wants them, else through a buffer of fixed size.
*/
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/over.h"
#include "npy_file.h"
#include "npy_order.h"

enum { GATHER_BYTES = 8192 };

static void swap_elements(char *p, size_t bytes, size_t size) {
#define SWAP_ALL(type, swap)                         \
  for (size_t i = 0; i < bytes; i += sizeof(type)) { \
    type x;                                          \
    memcpy(&x, p + i, sizeof x);                     \
    x = swap(x);                                     \
    memcpy(p + i, &x, sizeof x);                     \
  }
  if (size == 2)
    SWAP_ALL(uint16_t, __builtin_bswap16)
  else if (size == 4)
    SWAP_ALL(uint32_t, __builtin_bswap32)
  else if (size == 8)
    SWAP_ALL(uint64_t, __builtin_bswap64)
#undef SWAP_ALL
}

static void normalise_bools(unsigned char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    p[i] = p[i] != 0;
}

/* The bytes of the file, from 'raw' on, become elements of the array. */
static void put_right(tine_array *a, char *raw, const ti_npy_header *h) {
  for (size_t at = 0, n; at < h->bytes && (at == 0 || !ti_over_here()); at += n) {
    n = h->bytes - at < TI_OVER_STEP ? h->bytes - at : TI_OVER_STEP;
    ti_assert(at + n <= h->bytes && n % h->type.size == 0);
    if (h->type.swapped)
      swap_elements(raw + at, n, h->type.size);
    if (h->type.half)
      ti_npy_widen((float *)(void *)a->data + at / 2, raw + at, n / 2);
    if (a->dtype == TINE_BOOL)
      normalise_bools((unsigned char *)a->data + at, n);
  }
}

/* The elements, in the order of the file. */
static tine_status read_elements(tine_array *a, const ti_file *f, const ti_npy_contents *c, tine_error *why) {
  const ti_npy_header *h = &c->header;
  char *raw = (char *)a->data + (h->type.half ? h->bytes : 0);
  size_t got;
  ti_assert(a->dtype == h->type.dtype && a->len == h->len && ti_array_contiguous(a));
  const int e = ti_file_read(f, c->offset, raw, h->bytes, &got);
  if (e != 0)
    return ti_npy_os(why, e);
  if (got < h->bytes)
    return ti_error_set(why, TINE_EFORMAT, "file is truncated: %zu bytes of %zu are there", got, h->bytes);
  put_right(a, raw, h);
  return TINE_OK;
}

/* Replaces an array in Fortran order by one in C order. */
static tine_status to_c_order(tine_array **a, const ti_npy_header *h, tine_error *why) {
  tine_array *ordered;
  const tine_status status = ti_array_create_raw(&ordered, h->type.dtype, h->len, why);
  if (status != TINE_OK)
    return status;
  ti_npy_transpose(ordered->data, (*a)->data, tine_dtype_size(h->type.dtype), h->shape, h->dims);
  tine_array_release(*a);
  *a = ordered;
  return TINE_OK;
}

tine_status ti_npy_load(tine_array **out, const ti_file *f, const ti_npy_contents *c, tine_error *why) {
  const ti_npy_header *h = &c->header;
  tine_array *a;
  tine_status status = ti_array_create_raw(&a, h->type.dtype, h->len, why);
  if (status != TINE_OK)
    return status;
  status = read_elements(a, f, c, why);
  if (status == TINE_OK && h->fortran)
    status = to_c_order(&a, h, why);
  if (status == TINE_OK)
    status = ti_array_set_shape(a, h->shape, h->dims, why);
  if (status != TINE_OK) {
    tine_array_release(a);
    return status;
  }
  *out = a;
  return TINE_OK;
}

TI_NOINLINE static int npy_write_gathered(ti_replace *r, const tine_array *a) {
  _Alignas(8) char buffer[GATHER_BYTES];
  const size_t size = tine_dtype_size(a->dtype), room = sizeof buffer / size;
  int e = 0;
  for (uint64_t i = 0; e == 0 && i < a->len; i += room) {
    const size_t n = a->len - i < room ? (size_t)(a->len - i) : room;
    ti_assert(n > 0 && n * size <= sizeof buffer);
    ti_npy_gather(buffer, ti_array_at(a, i), a->stride, size, n);
    if (a->dtype == TINE_BOOL)
      normalise_bools((unsigned char *)buffer, n);
    if (!ti_npy_little_endian())
      swap_elements(buffer, n * size, size);
    e = ti_replace_write(r, buffer, n * size);
    if (e == 0 && i / room % (TI_OVER_STEP / GATHER_BYTES) == 0 && ti_over_here())
      e = ECANCELED;
  }
  return e;
}

static int npy_write_whole(ti_replace *r, const char *data, size_t bytes) {
  int e = 0;
  for (size_t at = 0; at < bytes && e == 0; at += TI_OVER_STEP) {
    e = ti_replace_write(r, data + at, bytes - at < TI_OVER_STEP ? bytes - at : TI_OVER_STEP);
    if (e == 0 && ti_over_here())
      e = ECANCELED;
  }
  return e;
}

static int npy_write(ti_replace *r, const tine_array *a, size_t bytes) {
  char header[TI_NPY_WRITTEN];
  const uint64_t *shape;
  const unsigned dims = tine_array_shape(a, &shape);
  const int e = ti_replace_write(r, header, ti_npy_format(header, a->dtype, shape, dims));
  if (e != 0 || bytes == 0)
    return e;
  if (ti_array_contiguous(a) && ti_npy_little_endian() && a->dtype != TINE_BOOL)
    return npy_write_whole(r, a->data, bytes);
  return npy_write_gathered(r, a);
}

tine_status ti_array_load(tine_array **out, const char *path, tine_error *err) {
  tine_error why;
  ti_file f;
  ti_npy_contents c;
  *out = NULL;
  if (path == NULL)
    return ti_error_set(err, TINE_EINVAL, "no path");
  const int e = ti_file_open(&f, path, false);
  tine_status status = e != 0 ? ti_npy_os(&why, e) : ti_npy_contents_read(&c, &f, &why);
  if (status == TINE_OK)
    status = ti_npy_load(out, &f, &c, &why);
  if (e == 0)
    ti_file_close(&f);
  return status == TINE_OK ? TINE_OK : ti_npy_report(err, path, &why);
}

tine_status ti_array_save(const tine_array *a, const char *path, tine_error *err) {
  tine_error why;
  ti_replace r;
  size_t bytes;
  if (a == NULL || path == NULL)
    return ti_error_set(err, TINE_EINVAL, "no array or no path");
  if (!ti_size_mul(a->len, tine_dtype_size(a->dtype), &bytes))
    return ti_error_set(err, TINE_ERANGE, "array of %" PRIu64 " %s elements is too large", a->len,
                        tine_dtype_name(a->dtype));
  int e = ti_replace_begin(&r, path);
  if (e == 0)
    e = ti_replace_end(&r, npy_write(&r, a, bytes));
  if (e == 0)
    return TINE_OK;
  ti_npy_os(&why, e);
  return ti_npy_report(err, path, &why);
}
