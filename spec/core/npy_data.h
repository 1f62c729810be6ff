/*
** Files for the tests of array files. Each case works in a directory of its own, which must be empty in the end but for
** what the case knows of, so that no temporary file is left behind unseen; and the lowest free descriptor must be what
** it was.
*/
#ifndef SPEC_NPY_DATA_H
#define SPEC_NPY_DATA_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/base/memory.h"
#include "../../core/data/array.h"
#include "check.h"
#include "pools.h"

static char folder[300];
static int free_descriptor;

static inline int lowest_descriptor(void) {
  const int fd = open("/dev/null", O_RDONLY);
  close(fd);
  return fd;
}

static inline void enter_folder(void) {
  CHECK(check_folder(folder, sizeof folder));
  free_descriptor = lowest_descriptor();
}

/* A path in the folder; four may be in use at a time. */
static inline const char *in_folder(const char *name) {
  static char paths[4][600];
  static unsigned turn;
  char *path = paths[turn++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

/* Removes what is there and checks that it was 'files' things. */
static inline void leave_folder(unsigned files) {
  unsigned found = 0;
  double end = 0;
  DIR *d = opendir(folder);
  CHECK_STOP(d != NULL);
  for (const struct dirent *e; (e = readdir(d)) != NULL;)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
      found++;
      if (unlink(in_folder(e->d_name)) != 0)
        rmdir(in_folder(e->d_name));
    }
  closedir(d);
  CHECK_INT(found, files);
  CHECK_INT(rmdir(folder), 0);
  while (lowest_descriptor() > free_descriptor && patient(&end)) /* a sanitizer's own thread has one now and then */
    continue;
  CHECK(lowest_descriptor() <= free_descriptor);
}

/* A new file each time: some file systems wait for the disk where an old one is cut to nothing. */
static inline void put_file(const char *path, const void *bytes, size_t n) {
  unlink(path);
  FILE *f = fopen(path, "wb");
  CHECK_STOP(f != NULL);
  CHECK_INT(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

/* The bytes of a file, malloc'ed. */
static inline char *get_file(const char *path, size_t *n) {
  struct stat st;
  FILE *f = fopen(path, "rb");
  char *bytes = NULL;
  *n = 0;
  if (f == NULL || fstat(fileno(f), &st) != 0)
    return NULL;
  bytes = malloc((size_t)st.st_size + 1);
  *n = fread(bytes, 1, (size_t)st.st_size, f);
  fclose(f);
  return bytes;
}

/* A header of any version and offset, then 'n' bytes of elements. */
static inline size_t put_npy(const char *path, int version, const char *text, size_t pad, const void *data, size_t n) {
  const size_t prefix = version == 1 ? 10 : 12, size = strlen(text) + pad;
  char *bytes = malloc(prefix + size + n);
  memset(bytes, ' ', prefix + size);
  memcpy(bytes, "\x93NUMPY", 6);
  bytes[6] = (char)version;
  bytes[7] = 0;
  bytes[8] = (char)(size & 255);
  bytes[9] = (char)(size >> 8);
  bytes[10] = bytes[11] = 0;
  memcpy(bytes + prefix, text, strlen(text));
  memcpy(bytes + prefix + size, data, n);
  put_file(path, bytes, prefix + size + n);
  free(bytes);
  return prefix + size;
}

/* Saves an array in the machine's own byte order, which is what can be mapped. */
static inline void save_own_order(const tine_array *a, const char *path) {
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  check_own_order(path);
}

static inline tine_array *random_array(tine_dtype d, uint64_t n) {
  tine_array *a = NULL;
  if (!CHECK(tine_array_create(&a, d, n, NULL) == TINE_OK))
    return NULL;
  unsigned char *p = tine_array_data(a);
  for (size_t i = 0; i < n * tine_dtype_size(d); i++)
    p[i] = (unsigned char)(d == TINE_BOOL ? check_below(2) : check_random());
  return a;
}

/* Same type, length and bits, element by element whatever the strides. */
static inline bool same_elements(const tine_array *a, const tine_array *b) {
  if (a->dtype != b->dtype || a->len != b->len)
    return false;
  for (uint64_t i = 0; i < a->len; i++)
    if (memcmp(ti_array_at(a, i), ti_array_at(b, i), tine_dtype_size(a->dtype)) != 0)
      return false;
  return true;
}

static inline bool saves_and_loads(const tine_array *a, const char *path) {
  tine_array *b = NULL;
  tine_error err = {.message = ""};
  bool same = CHECK(tine_array_save(a, path, &err) == TINE_OK) && CHECK(tine_array_load(&b, path, &err) == TINE_OK) &&
              CHECK(same_elements(a, b));
  CHECK_TEXT(err.message, "");
  tine_array_release(b);
  return same;
}

static inline void fails_to_load(const char *path, tine_status status, int os_errno, const char *part) {
  tine_array *a = (tine_array *)(void *)&path;
  tine_error err = {.message = ""};
  CHECK_INT(tine_array_load(&a, path, &err), status);
  CHECK_INT(err.status, status);
  CHECK_INT(err.os_errno, os_errno);
  CHECK_CONTAINS(err.message, part);
  CHECK(a == NULL);
  CHECK_INT(tine_array_load(&a, path, NULL), status);
}

static inline void fails_to_save(const char *path, int os_errno) {
  double x[3] = {1, 2, 3};
  tine_array *a = tine_slice_of(TINE_F64, x, 3, sizeof *x);
  tine_error err = {.message = ""};
  CHECK_INT(tine_array_save(a, path, &err), TINE_EIO);
  CHECK_INT(err.os_errno, os_errno);
  CHECK_CONTAINS(err.message, strerror(os_errno));
  tine_array_release(a);
}

static inline tine_status map_status(const char *path, tine_dtype d, const char *mode, const char *part) {
  tine_array *a = (tine_array *)(void *)&path;
  tine_error err = {.message = ""};
  const tine_status status = tine_array_mmap(&a, path, d, mode, &err);
  CHECK_CONTAINS(err.message, part);
  CHECK_INT(err.os_errno, status == TINE_EFORMAT ? EINVAL : status == TINE_EIO ? err.os_errno : 0);
  CHECK(status == TINE_OK || a == NULL);
  if (status == TINE_OK)
    tine_array_release(a);
  return status;
}

static inline bool is_mapped(const char *path) {
  char line[1024];
  bool found = false;
  FILE *f = fopen("/proc/self/maps", "r");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    found = found || strstr(line, path) != NULL;
  if (f != NULL)
    fclose(f);
  return found;
}

#endif
