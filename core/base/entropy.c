/*
** Numbers that nobody can guess, from the system: names of things that strangers in the same process must not find.
** Never for results, which are functions of a seed.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

/* Up to 256 bytes come whole, without waiting once the system has started. */
static bool ask_kernel(void *out, size_t size) {
#if defined(__linux__) && defined(SYS_getrandom)
  long got;
  do
    got = syscall(SYS_getrandom, out, size, 0);
  while (got < 0 && errno == EINTR);
  return got == (long)size;
#else
  (void)out, (void)size;
  return false;
#endif
}

int ti_entropy(void *out, size_t size) {
  char *to = out;
  int fd;
  ssize_t n = 1;
  if (ask_kernel(out, size))
    return 0;
  fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  while (size > 0 && ((n = read(fd, to, size)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0) {
      to += n;
      size -= (size_t)n;
    }
  close(fd);
  return size == 0 ? 0 : EIO;
}
