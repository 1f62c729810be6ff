/*
** The operating system's files.
**
** Opening never blocks: O_NONBLOCK is harmless to a regular file and keeps a FIFO without a partner from hanging the
** caller before we can see what it is. What it is is asked of the open descriptor, so nobody can swap it in between.
**
** A save goes to a temporary file in the target's own directory (rename works within one file system only), named by
** process, time and a counter, created with O_EXCL: a name somebody took is not ours, and we try another.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* files over 2 GiB where a long has 32 bits */
#endif
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "atomics.h"

enum {
  LINK_HOPS = 40,          /* what Linux follows before it says ELOOP */
  TEMP_ATTEMPTS = 100,     /* names taken by others before we give up */
  TRANSFER_BYTES = 1 << 30 /* bytes at most a call; some systems refuse more than INT_MAX */
};

static atomic_uint temp_names;

static int open_retry(const char *path, int flags, mode_t mode) {
  int fd;
  do
    fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
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

/* Bytes of the directory part of a path, its slash included. */
static size_t directory_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Makes 'path' the name a rename has to replace for a symbolic link to stay one: what it leads to, there or not. */
static int follow_links(char path[TI_PATH_SIZE]) {
  char target[TI_PATH_SIZE];
  for (int hop = 0; hop < LINK_HOPS; hop++) {
    const ssize_t got = readlink(path, target, sizeof target);
    if (got < 0)
      return errno == EINVAL || errno == ENOENT ? 0 : errno; /* no link */
    const size_t n = (size_t)got, at = target[0] == '/' ? 0 : directory_part(path);
    if (at + n >= TI_PATH_SIZE)
      return ENAMETOOLONG;
    memcpy(path + at, target, n);
    path[at + n] = '\0';
  }
  return ELOOP;
}

/* A new file beside r->path; its name is short whatever the target's, which may be as long as the system allows. */
static int open_temporary(ti_replace *r, mode_t mode) {
  const size_t at = directory_part(r->path);
  memcpy(r->temp, r->path, at);
  for (int attempt = 0; attempt < TEMP_ATTEMPTS; attempt++) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const unsigned turn = ti_add_relaxed(&temp_names, 1u); /* relaxed: only has to differ */
    const int n = snprintf(r->temp + at, TI_PATH_SIZE - at, ".tine-%lx-%lx-%x", (unsigned long)getpid(),
                           (unsigned long)now.tv_nsec, turn);
    if (n < 0 || (size_t)n >= TI_PATH_SIZE - at)
      return ENAMETOOLONG;
    r->fd = open_retry(r->temp, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (r->fd >= 0 || errno != EEXIST)
      return r->fd >= 0 ? 0 : errno;
  }
  return EEXIST;
}

/* Gives the new file the old one's owner and mode, as if it had been overwritten. Where the group cannot be kept, its
   permissions would go to the wrong people. */
static int keep_attributes(int fd, const struct stat *old) {
  mode_t mode = old->st_mode & 0777;
  struct stat now;
  if (fstat(fd, &now) != 0)
    return errno;
  if (now.st_gid != old->st_gid && fchown(fd, (uid_t)-1, old->st_gid) != 0)
    mode &= (mode_t)~070;
  if (now.st_uid != old->st_uid && fchown(fd, old->st_uid, (gid_t)-1) != 0)
    errno = 0; /* only root gives files away */
  return fchmod(fd, mode) == 0 ? 0 : errno;
}

static int begin_in_place(ti_replace *r, int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0) {
    const int e = errno;
    close(fd);
    return e;
  }
  r->fd = fd;
  r->in_place = true;
  return 0;
}

/* 'old' is what is at the path now, NULL if nothing is. */
static int begin_beside(ti_replace *r, const struct stat *old) {
  int e = follow_links(r->path);
  if (e == 0)
    e = open_temporary(r, old != NULL ? 0600 : 0666); /* until it has the old one's mode it is nobody else's */
  if (e == 0 && old != NULL && (e = keep_attributes(r->fd, old)) != 0) {
    close(r->fd);
    unlink(r->temp);
  }
  return e;
}

static int write_all(int fd, const char *p, size_t n) {
  while (n > 0) {
    const ssize_t put = write(fd, p, n < TRANSFER_BYTES ? n : TRANSFER_BYTES);
    if (put == 0 || (put < 0 && errno != EINTR))
      return put == 0 ? EIO : errno;
    if (put > 0) {
      p += put;
      n -= (size_t)put;
    }
  }
  return 0;
}

/* As write_all; a SIGPIPE that it causes is taken back before anybody sees it. */
static int write_quietly(int fd, const char *p, size_t n) {
  sigset_t sigpipe, before, pending;
  int taken;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  const int e = write_all(fd, p, n);
  sigpending(&pending);
  if (e == EPIPE && !was_pending && sigismember(&pending, SIGPIPE) == 1)
    sigwait(&sigpipe, &taken);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return e;
}

/* Puts the data on the disk. File systems that cannot tell are believed. (macOS's fsync leaves it in the disk's own
   cache; not every file system there has the other.) */
static int sync_file(int fd) {
#if defined(F_FULLFSYNC)
  if (fcntl(fd, F_FULLFSYNC) == 0)
    return 0;
#endif
  while (fsync(fd) != 0)
    if (errno != EINTR)
      return errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ? 0 : errno;
  return 0;
}

int ti_file_open(ti_file *out, const char *path, bool writable) {
  out->fd = open_retry(path, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK, 0);
  if (out->fd < 0)
    return errno == ENXIO ? ESPIPE : errno; /* a socket */
  const int e = regular_file(out);
  if (e != 0)
    close(out->fd);
  return e;
}

void ti_file_close(ti_file *f) {
  close(f->fd);
}

int ti_file_read(const ti_file *f, uint64_t offset, void *buffer, size_t n, size_t *got) {
  char *p = buffer;
  *got = 0;
  while (*got < n) {
    const size_t want = n - *got < TRANSFER_BYTES ? n - *got : TRANSFER_BYTES;
    const ssize_t read = pread(f->fd, p + *got, want, (off_t)(offset + *got));
    if (read < 0 && errno != EINTR)
      return errno;
    if (read == 0)
      break;
    if (read > 0)
      *got += (size_t)read;
  }
  return 0;
}

int ti_file_map(void **out, const ti_file *f, size_t n, ti_map_mode mode) {
  const int protection = mode == TI_MAP_READ ? PROT_READ : PROT_READ | PROT_WRITE;
  void *base = mmap(NULL, n, protection, mode == TI_MAP_COPY ? MAP_PRIVATE : MAP_SHARED, f->fd, 0);
  if (base == MAP_FAILED)
    return errno;
  *out = base;
  return 0;
}

void ti_file_unmap(void *base, size_t n) {
  munmap(base, n);
}

int ti_replace_begin(ti_replace *r, const char *path) {
  struct stat old;
  const size_t n = strlen(path);
  if (n == 0 || n >= TI_PATH_SIZE)
    return n == 0 ? ENOENT : ENAMETOOLONG;
  memcpy(r->path, path, n + 1);
  r->in_place = r->replaces = false;
  const int fd = open_retry(path, O_WRONLY | O_NONBLOCK, 0);
  if (fd < 0)
    return errno == ENOENT ? begin_beside(r, NULL) : errno;
  if (fstat(fd, &old) != 0 || !S_ISREG(old.st_mode))
    return begin_in_place(r, fd);
  close(fd);
  r->replaces = true;
  return begin_beside(r, &old);
}

int ti_replace_write(ti_replace *r, const void *data, size_t n) {
  return r->in_place ? write_quietly(r->fd, data, n) : write_all(r->fd, data, n);
}

int ti_replace_end(ti_replace *r, int failure) {
  int e = failure;
  if (e == 0 && r->replaces)
    e = sync_file(r->fd); /* else a crash could leave the name with neither the old contents nor the new */
  if (close(r->fd) != 0 && e == 0 && errno != EINTR)
    e = errno; /* some file systems first say here that the disk is full */
  if (r->in_place)
    return e;
  if (e == 0 && rename(r->temp, r->path) != 0)
    e = errno;
  if (e != 0)
    unlink(r->temp);
  return e;
}
