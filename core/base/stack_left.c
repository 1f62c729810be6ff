/*
** Where the calling thread's stack ends; see stack_left.h.
**
** Linux's main thread is a special case: its stack grows up to RLIMIT_STACK, and the C libraries find its ends by
** reading /proc (glibc) or take what is mapped by now (musl). The kernel, however, says where the program's path lies
** (AT_EXECFN), which is at the very top of the stack, and the limit is counted from there.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "stack_left.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#if defined(__linux__)
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__FreeBSD__)
#include <pthread_np.h>
#endif

#include "config.h"

enum {
  STACK_TOP = 4096,      /* the path itself and the rest of its page lie above its address */
  STACK_MOST = 64 << 20, /* at most of the main thread's: the system keeps that free, whatever the limit becomes */
  STACK_GUARD = 16384 /* left at the end of any stack: a guard page that may be counted in, and what a signal needs */
};

/* The addresses that a thread's stack lies between; both 0: not asked yet, both 1: the system does not say. */
typedef struct stack_ends {
  uintptr_t low, high;
} stack_ends;

#if defined(__linux__)
static bool main_ends(stack_ends *out) {
  const uintptr_t path = (uintptr_t)getauxval(AT_EXECFN);
  struct rlimit limit;
  size_t size = STACK_MOST;
  if (path == 0 || getrlimit(RLIMIT_STACK, &limit) != 0)
    return false;
  if (limit.rlim_cur < (rlim_t)size)
    size = (size_t)limit.rlim_cur;
  out->high = path + STACK_TOP;
  out->low = path - (size < path ? size : path);
  return true;
}
#endif

#if defined(__linux__) || defined(__FreeBSD__)
static bool thread_ends(stack_ends *out) {
  pthread_attr_t attr;
  void *low = NULL;
  size_t size = 0;
  bool known;
#if defined(__linux__)
  if (syscall(SYS_gettid) == (long)getpid())
    return main_ends(out);
  if (pthread_getattr_np(pthread_self(), &attr) != 0)
    return false;
#else
  if (pthread_attr_init(&attr) != 0)
    return false;
  if (pthread_attr_get_np(pthread_self(), &attr) != 0) {
    pthread_attr_destroy(&attr);
    return false;
  }
#endif
  known = pthread_attr_getstack(&attr, &low, &size) == 0;
  pthread_attr_destroy(&attr);
  out->low = (uintptr_t)low;
  out->high = (uintptr_t)low + size;
  return known;
}
#elif defined(__APPLE__)
static bool thread_ends(stack_ends *out) {
  out->high = (uintptr_t)pthread_get_stackaddr_np(pthread_self());
  out->low = out->high - pthread_get_stacksize_np(pthread_self());
  return true;
}
#else
static bool thread_ends(stack_ends *out) {
  (void)out;
  return false;
}
#endif

/* Those of the calling thread. */
static stack_ends stack_own(void) {
  static _Thread_local stack_ends mine;
  if (mine.high == 0 && !thread_ends(&mine))
    mine.low = mine.high = 1;
  return mine;
}

bool ti_stack_of_caller(const void *outer, const void *inner) {
  const stack_ends mine = stack_own();
  const uintptr_t a = (uintptr_t)outer, b = (uintptr_t)inner;
  return a > b || a <= mine.low || a > mine.high || b <= mine.low || b > mine.high; /* stacks grow down */
}

size_t ti_stack_left(void) {
  const stack_ends mine = stack_own();
  const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (here <= mine.low || here > mine.high)
    return TI_STACK_ASSUMED;
  return here - mine.low > STACK_GUARD ? here - mine.low - STACK_GUARD : 0;
}
