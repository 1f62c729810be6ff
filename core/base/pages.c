/*
** Large pages for large blocks. A block of some megabytes is hundreds of ordinary pages, each a fault when it is first
** written; with large pages it is a few. The system may not have them, which is no error.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

/* Below this a block holds too few whole large pages (2 MiB on most machines) to be worth a system call. */
enum { LARGE_FROM = 4 << 20 };

void ti_memory_large(void *block, size_t size) {
#if defined(MADV_HUGEPAGE)
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t first = ((uintptr_t)block + page - 1) / page * page; /* advice is about whole pages */
  const uintptr_t end = ((uintptr_t)block + size) / page * page;
  if (size >= LARGE_FROM)
    madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
  (void)block, (void)size;
#endif
}
