/*
** Replacing files: a new content for a path, at once and completely or not at all; see file.h.
**
** A save goes to a temporary file in the target's own directory (rename works within one file system only). Its name
** has one of few *places*: the lowest that is free. Whoever saves holds a lock on its file (flock), which the system
** lets go of when the process dies, however it dies. So a file in a place that nobody has locked is left over from
** somebody who was killed, and whoever comes by removes it: no folder has to be read for that, however many files are
** in it. The name has the user and the machine in it as well, for nobody may remove others' files, and some network
** file systems lock among the processes of one machine only.
**
** Between its creation and its lock a file looks as if it were left over. So whoever has locked it looks whether it
** still has a name, and takes another place if not.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "file.h"
#include "check.h"
#include "thread.h"

enum {
  LINK_HOPS = 40,   /* what Linux follows before it says ELOOP */
  TEMP_PLACES = 64, /* then somebody keeps them from us, and names are random: */
  TEMP_ATTEMPTS = 100,
  TEMP_GAP = 8 /* so many free places in a row are the end of those in use */
};

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
    ti_assert(n > 0 && n <= sizeof target);
    memcpy(path + at, target, n);
    path[at + n] = '\0';
  }
  return ELOOP;
}

/* ----- Temporary files ----- */

/* Of the machine's name. */
static unsigned temp_machine(void) {
  struct utsname names;
  unsigned h = 2166136261u;
  if (uname(&names) == 0)
    for (const char *c = names.nodename; *c != '\0'; c++)
      h = (h ^ (unsigned char)*c) * 16777619u;
  return h;
}

/* The name of a place beside r->path; short whatever the target's, which may be as long as the system allows. */
static bool temp_name(const ti_replace *r, char *name, unsigned place) {
  const size_t at = directory_part(r->path);
  int n;
  memcpy(name, r->path, at);
  n = snprintf(name + at, TI_PATH_SIZE - at, ".tine-%lx-%08x-%x", (unsigned long)geteuid(), temp_machine(), place);
  return n > 0 && (size_t)n < TI_PATH_SIZE - at;
}

/* Is that the name of the open file? 'st' gets what it is. */
static bool temp_is(int fd, const char *name, struct stat *st) {
  struct stat named;
  return fstat(fd, st) == 0 && lstat(name, &named) == 0 && st->st_dev == named.st_dev && st->st_ino == named.st_ino;
}

/* Removes what is at a place if it is left over. Is there something now? */
static bool temp_sweep(const char *name) {
  const int fd = ti_file_descriptor(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
  struct stat st;
  bool gone;
  if (fd < 0)
    return errno != ENOENT;
  gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && temp_is(fd, name, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
         unlink(name) == 0;
  close(fd);
  return !gone;
}

/* Those of places from there on. */
static void temp_sweep_from(const ti_replace *r, unsigned place) {
  char name[TI_PATH_SIZE];
  for (unsigned gap = 0; gap < TEMP_GAP && place < TEMP_PLACES && temp_name(r, name, place); place++)
    gap = temp_sweep(name) ? 0 : gap + 1;
}

static unsigned temp_random(void) {
  unsigned place;
  return ti_entropy(&place, sizeof place) == 0 ? place | TEMP_PLACES : (unsigned)ti_now_ns() | TEMP_PLACES;
}

/* A new file at a place, locked; -1 if something is there or somebody took it away, or an error, in '*e'. */
static int temp_open(const ti_replace *r, mode_t mode, int *e) {
  const int fd = ti_file_descriptor(r->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  struct stat st;
  *e = fd >= 0 || errno == EEXIST ? 0 : errno;
  if (fd < 0)
    return fd;
  /* Where the file system has no locks nobody can take it for left over. */
  if ((flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && temp_is(fd, r->temp, &st))
    return fd;
  close(fd);
  return -1;
}

static int open_temporary(ti_replace *r, mode_t mode) {
  for (unsigned attempt = 0; attempt < TEMP_ATTEMPTS; attempt++) {
    const unsigned place = attempt < TEMP_PLACES ? attempt : temp_random();
    int e;
    if (!temp_name(r, r->temp, place))
      return ENAMETOOLONG;
    if (place < TEMP_PLACES)
      temp_sweep(r->temp);
    r->fd = temp_open(r, mode, &e);
    if (e != 0)
      return e;
    if (r->fd >= 0) {
      temp_sweep_from(r, place + 1);
      return 0;
    }
  }
  return EEXIST;
}

/* ----- Beginning ----- */

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
    unlink(r->temp); /* before it is unlocked */
    close(r->fd);
  }
  return e;
}

static int write_all(int fd, const char *p, size_t n) {
  while (n > 0) {
    const ssize_t put = write(fd, p, n < TI_FILE_TRANSFER ? n : TI_FILE_TRANSFER);
    if (put == 0 || (put < 0 && errno != EINTR))
      return put == 0 ? EIO : errno;
    if (put > 0) {
      p += put;
      n -= (size_t)put;
    }
  }
  return 0;
}

/* A signal that writing causes (SIGPIPE: nobody reads; SIGXFSZ: more than a file may have) is taken back before anybody
   sees it. It is sent to the thread that writes. */
int ti_replace_write(ti_replace *r, const void *data, size_t n) {
  static const struct { int signal, error; } caused[] = {{SIGPIPE, EPIPE}, {SIGXFSZ, EFBIG}};
  sigset_t set, before, were, are;
  sigemptyset(&set);
  for (unsigned i = 0; i < 2; i++)
    sigaddset(&set, caused[i].signal);
  sigpending(&were);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  const int e = write_all(r->fd, data, n);
  sigpending(&are);
  for (unsigned i = 0; i < 2; i++)
    if (e == caused[i].error && sigismember(&were, caused[i].signal) != 1 && sigismember(&are, caused[i].signal) == 1) {
      sigset_t one;
      int taken;
      sigemptyset(&one);
      sigaddset(&one, caused[i].signal);
      sigwait(&one, &taken);
    }
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

int ti_replace_begin(ti_replace *r, const char *path) {
  struct stat old;
  const size_t n = strlen(path);
  if (n == 0 || n >= TI_PATH_SIZE)
    return n == 0 ? ENOENT : ENAMETOOLONG;
  memcpy(r->path, path, n + 1);
  r->in_place = false;
  const int fd = ti_file_descriptor(path, O_WRONLY | O_NONBLOCK, 0);
  if (fd < 0)
    return errno == ENOENT ? begin_beside(r, NULL) : errno;
  if (fstat(fd, &old) != 0 || !S_ISREG(old.st_mode))
    return begin_in_place(r, fd);
  close(fd);
  return begin_beside(r, &old);
}

/* The name is on the disk as well. Folders that cannot be opened, or synced, are believed. */
static int sync_folder(const ti_replace *r) {
  char name[TI_PATH_SIZE];
  const size_t n = directory_part(r->path);
  int fd, e;
  memcpy(name, n > 0 ? r->path : ".", n > 0 ? n : 1);
  name[n > 0 ? n : 1] = '\0';
  fd = ti_file_descriptor(name, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0)
    return 0;
  e = sync_file(fd);
  close(fd);
  return e;
}

/* The file keeps its lock until it has its name, or none. What closing it might still say (that a network's disk is
   full) syncing it has said. */
int ti_replace_end(ti_replace *r, int failure) {
  int e = failure;
  if (!r->in_place) {
    if (e == 0)
      e = sync_file(r->fd); /* else a crash could leave the name with neither the old contents nor the new */
    if (e == 0 && rename(r->temp, r->path) != 0)
      e = errno;
    if (e != 0)
      unlink(r->temp);
  }
  if (close(r->fd) != 0 && e == 0 && errno != EINTR)
    e = errno;
  return e != 0 || r->in_place ? e : sync_folder(r);
}
