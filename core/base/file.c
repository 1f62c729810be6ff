/*
** The operating system's files.
**
** Opening never blocks: O_NONBLOCK is harmless to a regular file and keeps a FIFO without a partner from hanging the
** caller before we can see what it is. What it is is asked of the open descriptor, so nobody can swap it in between.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* files over 2 GiB where a long has 32 bits */
#endif
#include "file.h"
#include "check.h"
#include "over.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int ti_file_descriptor(const char *path, int flags, unsigned mode) {
  int fd;
  do
    fd = open(path, flags | O_CLOEXEC | O_NOCTTY, (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

/* 0, or why a file that has contents of a known size cannot be had from this descriptor. */
static int regular_file(ti_file *f) {
  struct stat st;
  if (fstat(f->fd, &st) != 0)
    return errno;
  if (S_ISDIR(st.st_mode))
    return EISDIR;
  if (!S_ISREG(st.st_mode))
    return ESPIPE;
  f->size = (uint64_t)st.st_size;
  f->device = (uint64_t)st.st_dev;
  f->inode = (uint64_t)st.st_ino;
  return 0;
}

int ti_file_open(ti_file *out, const char *path, bool writable) {
  out->fd = ti_file_descriptor(path, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK, 0);
  if (out->fd < 0)
    return errno == ENXIO ? ESPIPE : errno; /* a socket */
  const int e = regular_file(out);
  if (e != 0)
    close(out->fd);
  return e;
}

void ti_file_close(ti_file *f) {
  ti_assert(f->fd >= 0);
  close(f->fd);
}

int ti_file_read(const ti_file *f, uint64_t offset, void *buffer, size_t n, size_t *got) {
  char *p = buffer;
  *got = 0;
  while (*got < n) {
    const size_t want = n - *got < TI_OVER_STEP ? n - *got : TI_OVER_STEP;
    const ssize_t read = pread(f->fd, p + *got, want, (off_t)(offset + *got));
    if (read < 0 && errno != EINTR)
      return errno;
    if (read == 0)
      break;
    if (read > 0)
      *got += (size_t)read;
    ti_assert(*got <= n);
    if (*got < n && ti_over_here())
      return ECANCELED;
  }
  return 0;
}

int ti_file_map(void **out, const ti_file *f, size_t n, ti_map_mode mode) {
  ti_assert(n > 0);
  const int protection = mode == TI_MAP_READ ? PROT_READ : PROT_READ | PROT_WRITE;
  void *base = mmap(NULL, n, protection, mode == TI_MAP_COPY ? MAP_PRIVATE : MAP_SHARED, f->fd, 0);
  if (base == MAP_FAILED)
    return errno;
  *out = base;
  return 0;
}

void ti_file_unmap(void *base, size_t n) {
  ti_assert(base != NULL && n > 0);
  munmap(base, n);
}
