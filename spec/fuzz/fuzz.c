/* See fuzz.h. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lua/counting.h"
#include "../lua/threads.h"
#include "tine.h"

/* Of the sanitizers, where they are. */
__attribute__((weak)) void __sanitizer_set_report_fd(void *fd);
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

/* What the engine and Lua allocate is counted; whether anything else is lost, which takes long, is asked once in so
   many. */
enum { LEAKS_EVERY = 2000 };

static int out_before, err_before, nowhere;
static int threads, files;

/* libFuzzer is told to use copies of the first descriptors, since those are looked at, and to leave leaks to us. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  static const tine_allocator allocator = {count_alloc, count_free, NULL};
  static char *const further[] = {"-close_fd_mask=3", "-detect_leaks=0"};
  char **list = calloc((size_t)*argc + 3, sizeof *list);
  if (list == NULL || tine_set_allocator(&allocator) != TINE_OK)
    abort();
  memcpy(list, *argv, (size_t)*argc * sizeof *list);
  for (size_t i = 0; i < sizeof further / sizeof *further; i++)
    list[(*argc)++] = further[i];
  *argv = list;
  out_before = dup(1);
  err_before = dup(2);
  nowhere = memfd_create("printed", 0);
  if (out_before < 0 || err_before < 0 || nowhere < 0)
    abort();
  if (__sanitizer_set_report_fd != NULL)
    __sanitizer_set_report_fd((void *)(intptr_t)err_before); /* NOLINT: that is how it is given */
  return 0;
}

int fuzz_shows(void) {
  return getenv("FUZZ_SHOW") != NULL;
}

void fuzz_say(const char *text) {
  if (write(err_before, text, strlen(text)) < 0)
    abort();
}

void fuzz_fail(const char *what, long long number) {
  char line[512];
  snprintf(line, sizeof line, "\nFINDING: %s (%lld)\n", what, number);
  fuzz_say(line);
  abort();
}

void fuzz_begin(void) {
  dup2(nowhere, 1);
  dup2(nowhere, 2);
  threads = threads_now();
  files = folder_entries("/proc/self/fd");
  atomic_store(&most_bytes, atomic_load(&live_bytes));
}

uint64_t fuzz_most_bytes(void) {
  return (uint64_t)atomic_load(&most_bytes);
}

/* (It says where what is lost was allocated.) */
static void look_for_leaks(void) {
  if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0)
    fuzz_fail("memory is lost", 0);
}

void fuzz_end(void) {
  static unsigned long count;
  struct stat printed;
  fflush(NULL);
  if (fstat(nowhere, &printed) != 0 || printed.st_size != 0) {
    char text[400] = "";
    if (pread(nowhere, text, sizeof text - 1, 0) > 0)
      fuzz_say(text);
    fuzz_fail("something was printed", (long long)printed.st_size);
  }
  dup2(out_before, 1);
  dup2(err_before, 2);
  if (atomic_load(&live_bytes) != 0 || ++count % LEAKS_EVERY == 0)
    look_for_leaks();
  if (atomic_load(&live_bytes) != 0)
    fuzz_fail("bytes of the engine are left", atomic_load(&live_bytes));
  if (threads_beyond(threads) > 0)
    fuzz_fail("threads are left", threads_beyond(threads));
  if (folder_entries("/proc/self/fd") > files)
    fuzz_fail("descriptors are left", folder_entries("/proc/self/fd") - files);
}
