/*
** The bytes are a file: loaded, and mapped as itself, as raw bytes and as bools; what that gives is read to its last
** element, and what was loaded is the same when it is saved and loaded again.
*/
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tine.h"

/* Reads everything there is of an array. */
static void read_array(tine_array *a) {
  tine_pipeline *p = tine_slice(a);
  tine_value value[TINE_MAX_COLUMNS];
  const uint64_t *shape;
  const unsigned dims = tine_array_shape(a, &shape);
  uint64_t product = 1;
  tine_error err;
  for (unsigned i = 0; i < dims; i++)
    product *= shape[i];
  if (product != tine_array_len(a))
    fuzz_fail("the shape is not that of the elements", (long long)product);
  if (tine_array_len(a) > 0) {
    tine_array_get(a, 0);
    tine_array_get(a, tine_array_len(a) - 1);
  }
  if (tine_sum(p, value, &err) != TINE_OK)
    fuzz_fail("no sum", err.status);
  tine_pipeline_release(p);
}

static void map_as(const char *path, tine_dtype dtype, const char *mode) {
  tine_error err;
  tine_array *a = NULL;
  if (tine_array_mmap(&a, path, dtype, mode, &err) != TINE_OK)
    return;
  read_array(a);
  if (tine_array_len(a) > 0 && !tine_array_readonly(a))
    tine_array_set(a, tine_array_len(a) - 1, tine_array_get(a, 0), &err);
  tine_array_release(a);
}

static void save_and_load(const tine_array *a) {
  char path[64];
  tine_array *b = NULL;
  tine_error err;
  const size_t bytes = tine_array_len(a) * tine_dtype_size(tine_array_dtype(a));
  snprintf(path, sizeof path, "/tmp/fuzz-%ld.npy", (long)getpid());
  if (tine_array_save(a, path, &err) != TINE_OK || tine_array_load(&b, path, &err) != TINE_OK)
    fuzz_fail("what was loaded is not saved and loaded again", err.status);
  unlink(path);
  if (tine_array_dtype(a) != tine_array_dtype(b) || tine_array_len(a) != tine_array_len(b) ||
      (bytes > 0 && memcmp(tine_array_data(a), tine_array_data(b), bytes) != 0))
    fuzz_fail("other elements after they were saved", (long long)bytes);
  tine_array_release(b);
}

static void use_file(const char *path) {
  tine_array *a = NULL;
  tine_error err;
  if (tine_array_load(&a, path, &err) == TINE_OK) {
    read_array(a);
    save_and_load(a);
    tine_array_release(a);
  }
  map_as(path, TINE_NONE, "r");
  map_as(path, TINE_U8, "r");
  map_as(path, TINE_BOOL, "r");
  map_as(path, TINE_F64, "cow");
  map_as(path, TINE_NONE, "rw");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  tine_account *account;
  const int file = memfd_create("input", 0);
  if (file < 0 || write(file, data, size) != (ssize_t)size)
    abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  fuzz_begin();
  if (tine_account_create(&account, 64 << 20, NULL) != TINE_OK)
    abort();
  tine_account_use(account);
  use_file(path);
  tine_account_use(NULL);
  tine_account_release(account);
  fuzz_end();
  close(file);
  return 0;
}
