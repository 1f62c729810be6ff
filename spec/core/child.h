/*
** What is to end by a trap is tried in a process of its own.
*/
#ifndef SPEC_CHILD_H
#define SPEC_CHILD_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pools.h"

/* The signal that ends a process in which that is called, or the number it exits with: 0 if all is well. */
static inline int child_ends_by(void (*call)(void *arg), void *arg) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alarm((unsigned)PATIENCE);
    call(arg);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

/* Was that an assertion? */
static inline bool child_trapped(int by) {
  return by == SIGILL || by == SIGTRAP || by == SIGABRT || by == SIGFPE; /* the last: s390x */
}

#endif
