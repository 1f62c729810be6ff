/*
** How many threads this process has, for hosts of the specs that must end with as many as they began with. Counted by
** the system, which shows a thread a moment longer than whoever joined it: so a surplus is given some minutes to go.
*/
#ifndef SPEC_LUA_THREADS_H
#define SPEC_LUA_THREADS_H

#include <dirent.h>
#include <time.h>

/* ThreadSanitizer has a thread of its own, from the first one on. */
#if defined(__SANITIZE_THREAD__)
#define THREADS_SANITIZER 1
#else
#define THREADS_SANITIZER 0
#endif

/* Entries of a folder; 1 where there is none, as for /proc elsewhere. */
static inline int folder_entries(const char *path) {
  DIR *folder = opendir(path);
  int n = 0;
  if (folder == NULL)
    return 1;
  for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder))
    n += e->d_name[0] != '.';
  closedir(folder);
  return n;
}

static inline int threads_now(void) {
  return folder_entries("/proc/self/task");
}

/* How many more than 'before' stay. */
static inline int threads_beyond(int before) {
  for (int i = 0; i < 300000 && threads_now() > before; i++)
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  return threads_now() - before;
}

#endif
