/*
** Array files: headers read and checked, errors reported.
**
** A file is believed only after its header has been read whole and what it promises has been compared with the size of
** the file; nothing of the promised size is allocated or mapped before. Bytes after the elements are ignored, as NumPy
** does: several arrays may be saved one after the other.
*/
#include "npy_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

enum { SHOWN_PATH = 120 }; /* bytes of a path in a message; its end tells more than its beginning */

static tine_status read_text(ti_npy_contents *c, const ti_file *f, size_t at, size_t size, tine_error *why) {
  size_t got;
  char *text = ti_alloc(size, 1);
  if (text == NULL)
    return ti_error_nomem(why);
  tine_status status = TINE_OK;
  const int e = ti_file_read(f, at, text, size, &got);
  if (e != 0)
    status = ti_npy_os(why, e);
  else if (got < size)
    status = ti_error_set(why, TINE_EFORMAT, "file is truncated in its header");
  else
    status = ti_npy_parse(&c->header, text, size, why);
  ti_free(text, size, 1);
  return status;
}

tine_status ti_npy_os(tine_error *why, int os_errno) {
  ti_error_set(why, TINE_EIO, "%s", os_errno == ESPIPE ? "not a regular file" : "");
  why->os_errno = os_errno;
  return TINE_EIO;
}

tine_status ti_npy_report(tine_error *err, const char *path, const tine_error *why) {
  char name[SHOWN_PATH + 4];
  const size_t n = strlen(path);
  const char *tail = n > SHOWN_PATH ? path + n - SHOWN_PATH : path;
  while (tail != path && ((unsigned char)*tail & 0xc0) == 0x80)
    tail++; /* not into the middle of a UTF-8 character */
  memcpy(name, "...", 3);
  memcpy(name + 3, tail, strlen(tail) + 1);
  const char *shown = tail == path ? name + 3 : name;
  ti_assert(why->status != TINE_OK && strlen(tail) <= SHOWN_PATH);
  if (why->status != TINE_EIO && why->status != TINE_EFORMAT)
    return ti_error_copy(err, why);
  if (why->message[0] == '\0')
    return ti_error_os(err, why->status, why->os_errno, shown);
  ti_error_set(err, why->status, "%s: %s", shown, why->message);
  if (err != NULL)
    err->os_errno = why->status == TINE_EFORMAT ? EINVAL : why->os_errno;
  return why->status;
}

tine_status ti_npy_contents_read(ti_npy_contents *c, const ti_file *f, tine_error *why) {
  unsigned char prefix[TI_NPY_PREFIX];
  size_t got, at, size;
  const int e = ti_file_read(f, 0, prefix, sizeof prefix, &got);
  if (e != 0)
    return ti_npy_os(why, e);
  tine_status status = ti_npy_prefix(prefix, got, &at, &size, why);
  if (status != TINE_OK)
    return status;
  c->offset = at + size;
  if (f->size < c->offset)
    return ti_error_set(why, TINE_EFORMAT, "file is truncated in its header");
  status = read_text(c, f, at, size, why);
  if (status == TINE_OK && f->size - c->offset < c->header.bytes)
    return ti_error_set(why, TINE_EFORMAT, "file is truncated: %" PRIu64 " bytes of %zu are there", f->size - c->offset,
                        c->header.bytes);
  return status;
}
