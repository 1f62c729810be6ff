/*
** Mapped files: arrays whose elements are a file's pages.
**
** The mapping begins with the file, header and all, so the elements may lie anywhere in a page; it ends when the last
** reference to the array goes. A .npy file is told by its magic, anything else is bare elements. What could not be used
** as it lies is refused: the other byte order, elements out of alignment, and bools that are neither 0 nor 1 (C may do
** anything with those), for which a bool file is read through once.
**
** Whoever cannot be sure that nobody shortens the file has it copied: then nothing of it is mapped.
*/
#include <inttypes.h>
#include <string.h>

#include "../base/account.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "npy_file.h"

/* What keeps a mapped file's elements in memory. Private pages may all become memory, so they are in the account. */
typedef struct file_mapping {
  void *base;
  size_t size;
  tine_account *account; /* that is charged for them, or NULL */
  ti_file_place place;
} file_mapping;

static bool bools_valid(const unsigned char *p, size_t n) {
  unsigned char bits = 0;
  for (size_t i = 0; i < n; i++)
    bits |= p[i];
  return bits <= 1;
}

static void drop_mapping(void *arg) {
  file_mapping *m = arg;
  ti_file_unmap(m->base, m->size);
  ti_account_give(m->account, m->size);
  ti_delete(file_mapping, m);
}

/* A file of elements and nothing else; 'start' is what it begins with. */
static tine_status raw_contents(ti_npy_contents *c, const ti_file *f, tine_dtype dtype, const unsigned char *start,
                                size_t got, tine_error *why) {
  const size_t size = tine_dtype_size(dtype);
  if (dtype == TINE_NONE)
    return ti_error_set(why, TINE_EFORMAT, "%s",
                        ti_npy_stranger(start, got, "not a .npy file, so its element type has to be given"));
  if (f->size % size != 0)
    return ti_error_set(why, TINE_EFORMAT, "%" PRIu64 " bytes are no whole number of %s elements (%zu bytes each)",
                        f->size, tine_dtype_name(dtype), size);
  c->offset = 0;
  c->header = (ti_npy_header){
      .type = {.dtype = dtype, .size = size}, .dims = 1, .shape = {f->size / size}, .len = f->size / size};
  if (!ti_size_mul(c->header.len, size, &c->header.bytes))
    return ti_error_set(why, TINE_EFORMAT, "file is too large to be mapped");
  return TINE_OK;
}

static tine_status wrong_type(const ti_npy_contents *c, tine_dtype dtype, tine_error *why) {
  return ti_error_set(why, TINE_EFORMAT, "file holds %s, not %s", tine_dtype_name(c->header.type.dtype),
                      tine_dtype_name(dtype));
}

/* Can the elements be used where they are? Those of a file of nothing else always can. */
static tine_status check_mappable(const ti_npy_contents *c, tine_dtype dtype, tine_error *why) {
  const ti_npy_header *h = &c->header;
  const tine_dtype own = h->type.dtype;
  if (h->type.half)
    return ti_error_set(why, TINE_EFORMAT, "float16 elements cannot be mapped; load reads them as f32");
  if (dtype != TINE_NONE && dtype != own)
    return wrong_type(c, dtype, why);
  if (h->fortran)
    return ti_error_set(why, TINE_EFORMAT, "elements in Fortran order cannot be mapped; load brings them to C order");
  if (h->type.swapped)
    return ti_error_set(why, TINE_EFORMAT, "%s-endian elements cannot be mapped on this machine; load reads them",
                        ti_npy_little_endian() ? "big" : "little");
  if (c->offset % tine_dtype_size(own) != 0)
    return ti_error_set(why, TINE_EFORMAT,
                        "%s elements at byte %zu, out of alignment, cannot be mapped; load reads them",
                        tine_dtype_name(own), c->offset);
  return TINE_OK;
}

static tine_status map_pages(file_mapping *m, const ti_file *f, ti_map_mode mode, tine_error *why) {
  tine_account *const account = mode == TI_MAP_COPY ? ti_account_here() : NULL;
  if (!ti_account_take(account, m->size))
    return ti_error_nomem(why);
  const int e = ti_file_map(&m->base, f, m->size, mode);
  if (e != 0) {
    ti_account_give(account, m->size);
    return ti_npy_os(why, e);
  }
  m->account = account;
  return TINE_OK;
}

static tine_status map_elements(tine_array **out, const ti_file *f, const ti_npy_contents *c, ti_map_mode mode,
                                tine_error *why) {
  const ti_npy_header *h = &c->header;
  if (h->bytes == 0) /* nothing to map */
    return ti_array_create_raw(out, h->type.dtype, h->len, why);
  file_mapping *m = ti_new(file_mapping);
  if (m == NULL)
    return ti_error_nomem(why);
  m->size = c->offset + h->bytes; /* at most PTRDIFF_MAX, and the little that a header may have */
  m->place = (ti_file_place){f->device, f->inode, c->offset, mode == TI_MAP_WRITE};
  const tine_status status = map_pages(m, f, mode, why);
  if (status != TINE_OK) {
    ti_delete(file_mapping, m);
    return status;
  }
  ti_assert(c->offset % ti_dtype_align(h->type.dtype) == 0 && c->offset + h->bytes <= f->size);
  *out = tine_array_adopt(h->type.dtype, (char *)m->base + c->offset, h->len, (ptrdiff_t)tine_dtype_size(h->type.dtype),
                          drop_mapping, m);
  if (*out == NULL) {
    drop_mapping(m);
    return ti_error_nomem(why);
  }
  (*out)->place = &m->place;
  return TINE_OK;
}

/* Whichever of the two it is. */
static tine_status read_contents(ti_npy_contents *c, const ti_file *f, tine_dtype dtype, tine_error *why) {
  unsigned char magic[TI_NPY_MAGIC];
  size_t got;
  const int e = ti_file_read(f, 0, magic, sizeof magic, &got);
  if (e != 0)
    return ti_npy_os(why, e);
  return ti_npy_magic(magic, got) ? ti_npy_contents_read(c, f, why) : raw_contents(c, f, dtype, magic, got, why);
}

static tine_status map_file(tine_array **out, const ti_file *f, tine_dtype dtype, ti_map_mode mode, tine_error *why) {
  ti_npy_contents c;
  tine_array *a;
  tine_status status = read_contents(&c, f, dtype, why);
  if (status == TINE_OK)
    status = check_mappable(&c, dtype, why);
  if (status == TINE_OK)
    status = map_elements(&a, f, &c, mode, why);
  if (status != TINE_OK)
    return status;
  status = ti_array_set_shape(a, c.header.shape, c.header.dims, why);
  if (status == TINE_OK && a->dtype == TINE_BOOL && !bools_valid(a->data, c.header.bytes))
    status = ti_error_set(why, TINE_EFORMAT, "bytes other than 0 and 1 cannot be mapped as bool");
  if (status != TINE_OK) {
    tine_array_release(a);
    return status;
  }
  a->readonly = mode == TI_MAP_READ;
  *out = a;
  return TINE_OK;
}

/* What mapping the file would give, in memory of its own. */
static tine_status copy_file(tine_array **out, const ti_file *f, tine_dtype dtype, tine_error *why) {
  ti_npy_contents c;
  const tine_status status = read_contents(&c, f, dtype, why);
  if (status != TINE_OK)
    return status;
  return dtype != TINE_NONE && dtype != c.header.type.dtype ? wrong_type(&c, dtype, why) : ti_npy_load(out, f, &c, why);
}

tine_status tine_array_mmap(tine_array **out, const char *path, tine_dtype dtype, const char *mode, tine_error *err) {
  enum { COPIED = TI_MAP_COPY + 1, MODES }; /* the mode that is no mapping comes after those that are */
  static const char *const modes[MODES] = {
      [TI_MAP_READ] = "r", [TI_MAP_WRITE] = "rw", [TI_MAP_COPY] = "cow", [COPIED] = "copy"};
  tine_error why;
  ti_file f;
  unsigned m = 0;
  *out = NULL;
  if (path == NULL || (dtype != TINE_NONE && !ti_dtype_valid(dtype)))
    return ti_error_set(err, TINE_EINVAL, path == NULL ? "no path" : "no element type");
  while (m < MODES && (mode == NULL || strcmp(mode, modes[m]) != 0))
    m++;
  if (m == MODES)
    return ti_error_set(err, TINE_EINVAL, "mode must be 'r', 'rw', 'cow' or 'copy'");
  const int e = ti_file_open(&f, path, m == TI_MAP_WRITE);
  tine_status status = e != 0        ? ti_npy_os(&why, e)
                       : m == COPIED ? copy_file(out, &f, dtype, &why)
                                     : map_file(out, &f, dtype, (ti_map_mode)m, &why);
  if (e == 0)
    ti_file_close(&f);
  return status == TINE_OK ? TINE_OK : ti_npy_report(err, path, &why);
}
