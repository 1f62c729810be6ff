/*
** The parts of a .npy header around its text - magic, version, length, padding - and the text that we write.
**
** We write the bytes that NumPy writes, its room for growth included, so that files saved by the two compare equal. The
** padding makes the elements begin at a multiple of 64, so that a mapped file can be used as an array.
*/
#include <inttypes.h>
#include <string.h>

#include "../base/error.h"
#include "npy_header.h"

TI_DTYPES_ARE(11);

enum {
  GROWTH_DIGITS = 21, /* NumPy leaves room for a first extent of so many digits, so that it can grow in place */
  DATA_ALIGN = 64     /* the elements begin at a multiple of this in the file */
};

/* The kind of a type in NumPy's codes; the size in bytes follows it. */
static char npy_kind(tine_dtype d) {
  return d == TINE_BOOL ? 'b' : ti_dtype_float(d) ? 'f' : ti_dtype_signed(d) ? 'i' : 'u';
}

bool ti_npy_little_endian(void) {
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first == 1;
}

bool ti_npy_magic(const unsigned char *bytes, size_t n) {
  return n >= TI_NPY_MAGIC && memcmp(bytes, "\x93NUMPY", TI_NPY_MAGIC) == 0;
}

/* Files that people mistake for .npy files, by their first bytes. */
static const struct npy_stranger {
  const char *magic, *what;
} npy_strangers[] = {
    {"PK\3\4", "a .npz archive, not a .npy file; unzip it, each array in it is one"},
    {"PK\5\6", "a .npz archive, not a .npy file, and empty"},
    {"\x1f\x8b", "compressed by gzip, not a .npy file; gunzip it first"},
    {"\x89HDF", "an HDF5 file, not a .npy file"},
    {"\x80\2", "a Python pickle, not a .npy file; np.save the array"},
    {"\x80\3", "a Python pickle, not a .npy file; np.save the array"},
    {"\x80\4", "a Python pickle, not a .npy file; np.save the array"},
    {"\x80\5", "a Python pickle, not a .npy file; np.save the array"},
};

const char *ti_npy_stranger(const unsigned char *bytes, size_t n, const char *unknown) {
  for (size_t i = 0; i < sizeof npy_strangers / sizeof npy_strangers[0]; i++) {
    const size_t k = strlen(npy_strangers[i].magic);
    if (n >= k && memcmp(bytes, npy_strangers[i].magic, k) == 0)
      return npy_strangers[i].what;
  }
  return unknown;
}

tine_status ti_npy_prefix(const unsigned char *bytes, size_t n, size_t *at, size_t *size, tine_error *err) {
  if (n == 0)
    return ti_error_set(err, TINE_EFORMAT, "file is empty");
  if (!ti_npy_magic(bytes, n))
    return ti_error_set(err, TINE_EFORMAT, "%s", ti_npy_stranger(bytes, n, "not a .npy file"));
  if (n >= 8 && (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0))
    return ti_error_set(err, TINE_EFORMAT, ".npy version %d.%d is not supported", bytes[6], bytes[7]);
  *at = n >= 8 && bytes[6] > 1 ? 12 : 10;
  if (n < *at)
    return ti_error_set(err, TINE_EFORMAT, "file is truncated in its header");
  *size = bytes[8] | (size_t)bytes[9] << 8;
  if (*at == 12)
    *size |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
  if (*size > TI_NPY_TEXT_LIMIT)
    return ti_error_set(err, TINE_EFORMAT, "header of %zu bytes is too long", *size);
  return TINE_OK;
}

size_t ti_npy_format(char buffer[TI_NPY_WRITTEN], tine_dtype dtype, const uint64_t *shape, unsigned dims) {
  static const char start[10] = "\x93NUMPY\1\0";
  const size_t size = tine_dtype_size(dtype);
  size_t used = sizeof start, growth = 0;
  ti_text_add(buffer, TI_NPY_WRITTEN, &used, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (",
              size > 1 ? '<' : '|', npy_kind(dtype), size);
  for (unsigned i = 0; i < dims; i++) {
    const size_t before = used;
    ti_text_add(buffer, TI_NPY_WRITTEN, &used, "%" PRIu64, shape[i]);
    if (i == 0)
      growth = GROWTH_DIGITS - (used - before);
    ti_text_add(buffer, TI_NPY_WRITTEN, &used, dims == 1 ? "," : i + 1 < dims ? ", " : "");
  }
  ti_text_add(buffer, TI_NPY_WRITTEN, &used, "), }");
  const size_t end = (used + growth + 1) / DATA_ALIGN * DATA_ALIGN + DATA_ALIGN; /* at least one space, as in NumPy */
  ti_assert(used < end && end <= TI_NPY_WRITTEN && end % DATA_ALIGN == 0);
  memset(buffer + used, ' ', end - used - 1);
  buffer[end - 1] = '\n';
  memcpy(buffer, start, sizeof start);
  buffer[8] = (char)((end - sizeof start) & 255);
  buffer[9] = (char)((end - sizeof start) >> 8);
  return end;
}
