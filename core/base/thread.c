/*
** Threads, and the processors they may use, on POSIX systems.
**
** A thread of the engine is a guest in somebody's process: it takes none of the host's signals (a handler may use the
** stack of the host's own threads only) but those that are about the thread itself, leaves no file descriptor to a
** child process, and has a name by which the host's tools can tell it.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#elif defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/cpuset.h>
#include <pthread_np.h>
#endif

#include "atomics.h"
#include "check.h"
#include "memory.h"

enum {
  THREAD_NAME_SIZE = 16,                              /* what Linux keeps of a name, the 0 at its end included */
  AFFINITY_WORDS = 8192 / (8 * sizeof(unsigned long)) /* of an affinity mask for 8192 processors */
};

/* What a new thread is given; it frees that once it has read it. */
typedef struct thread_start {
  void (*fn)(void *arg);
  void *arg;
  char name[THREAD_NAME_SIZE];
} thread_start;

static ti_fuse thread_starts = -1;

static void name_this_thread(const char *name) {
#if defined(__linux__)
  (void)pthread_setname_np(pthread_self(), name); /* a name is a courtesy: a failure changes nothing */
#elif defined(__FreeBSD__)
  pthread_set_name_np(pthread_self(), name);
#elif defined(__APPLE__)
  (void)pthread_setname_np(name);
#else
  (void)name;
#endif
}

static void *thread_main(void *p) {
  thread_start *start = p;
  void (*const fn)(void *arg) = start->fn;
  void *const arg = start->arg;
  name_this_thread(start->name);
  ti_delete(thread_start, start);
  fn(arg);
  return NULL;
}

/* Sets the size asked for, or the system's default, which may be as little as 128 KiB (musl): made large enough, and a
   multiple of all page sizes in use, as some systems demand. */
static int set_stack_size(pthread_attr_t *attr, size_t size) {
  if (size == 0)
    ti_must_hold(pthread_attr_getstacksize(attr, &size));
  if (size < TI_MIN_STACK)
    size = TI_MIN_STACK;
  return size > SIZE_MAX / 2 ? EINVAL : pthread_attr_setstacksize(attr, ti_size_align(size, 65536));
}

/* All signals but those that a thread brings on itself, which no other can take (were they blocked, a fault would end
   the process without the host's handler), and SIGPROF, by which profilers ask what each thread is doing. */
static void guest_signals(sigset_t *set) {
  static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
  sigfillset(set);
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    sigdelset(set, own[i]);
}

static int start_with_attr(ti_thread *out, thread_start *start, size_t stack_size) {
  pthread_attr_t attr;
  sigset_t blocked, had;
  int error = pthread_attr_init(&attr);
  if (error != 0)
    return error;
  error = set_stack_size(&attr, stack_size);
  if (error == 0) {
    guest_signals(&blocked);
    /* The new thread inherits the mask, so no signal reaches it first. */
    ti_must_hold(pthread_sigmask(SIG_SETMASK, &blocked, &had));
    error = pthread_create(out, &attr, thread_main, start);
    ti_must_hold(pthread_sigmask(SIG_SETMASK, &had, NULL));
  }
  ti_must_hold(pthread_attr_destroy(&attr));
  return error;
}

int ti_thread_start(ti_thread *out, void (*fn)(void *arg), void *arg, const char *name, size_t stack_size) {
  thread_start *start;
  int error;
  if (!ti_fuse_use(&thread_starts))
    return EAGAIN;
  start = ti_new(thread_start);
  if (start == NULL)
    return ENOMEM;
  start->fn = fn;
  start->arg = arg;
  for (size_t i = 0; i < THREAD_NAME_SIZE - 1 && name[i] != '\0'; i++)
    start->name[i] = name[i]; /* the rest is 0 already */
  error = start_with_attr(out, start, stack_size);
  if (error != 0)
    ti_delete(thread_start, start);
  return error;
}

void ti_thread_join(ti_thread thread) {
  ti_must_hold(pthread_join(thread, NULL));
}

#if defined(__linux__) && defined(SYS_membarrier)
/* Linux's numbers, which an older <linux/membarrier.h> may not have. */
enum { FENCE_ALL = 1 << 3, FENCE_ALL_REGISTER = 1 << 4 };

bool ti_thread_fence_all(void) {
  static atomic_int state;                   /* 0: not tried yet, 1: works, -1: does not */
  const int known = ti_load_relaxed(&state); /* relaxed: whoever tries again finds the same */
  if (known == 0)
    ti_store_relaxed(&state, syscall(SYS_membarrier, FENCE_ALL_REGISTER, 0, 0) == 0 ? 1 : -1);
  return known >= 0 && syscall(SYS_membarrier, FENCE_ALL, 0, 0) == 0;
}
#else
bool ti_thread_fence_all(void) {
  return false;
}
#endif

void ti_thread_fail_after(int64_t n) {
  ti_store_relaxed(&thread_starts, (long long)n); /* relaxed: a counter of its own */
}

void ti_text_read(const char *path, char *text, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t used = 0;
  ssize_t n = 0;
  if (fd >= 0) {
    while (used + 1 < size && ((n = read(fd, text + used, size - 1 - used)) > 0 || (n < 0 && errno == EINTR)))
      used += n > 0 ? (size_t)n : 0;
    close(fd);
  }
  text[used] = '\0';
}

unsigned ti_affinity_count(void) {
#if defined(__linux__)
  unsigned long mask[AFFINITY_WORDS];
  memset(mask, 0, sizeof mask);
  if (sched_getaffinity(0, sizeof mask, (cpu_set_t *)(void *)mask) == 0) {
    unsigned n = 0;
    for (size_t i = 0; i < AFFINITY_WORDS; i++)
      n += (unsigned)__builtin_popcountl(mask[i]);
    if (n > 0)
      return n;
  }
#elif defined(__FreeBSD__)
  cpuset_t mask;
  if (cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_TID, -1, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 0)
    return (unsigned)CPU_COUNT(&mask);
#endif
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 && online < INT_MAX ? (unsigned)online : 1;
}
