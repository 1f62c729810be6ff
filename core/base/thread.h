/*
** Threads, locks, time and the processor. Files of other folders include the C11 library only.
*/
#ifndef TI_BASE_THREAD_H
#define TI_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef pthread_mutex_t ti_mutex;
typedef pthread_t ti_thread;

#define TI_MUTEX_INITIALIZER PTHREAD_MUTEX_INITIALIZER

/* A mutex cannot fail to start on this system's default attributes. */
void ti_mutex_init(ti_mutex *m);
void ti_mutex_destroy(ti_mutex *m);
void ti_mutex_lock(ti_mutex *m);
void ti_mutex_unlock(ti_mutex *m);

/* A parker: a place for one thread to sleep until another unparks it. An unpark before the park is not lost: the next
   park returns at once. Unparking twice counts once. */
typedef struct ti_parker {
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  bool token; /* under 'mutex' */
} ti_parker;

void ti_parker_init(ti_parker *p);
void ti_parker_destroy(ti_parker *p);
void ti_parker_park(ti_parker *p);
/* As ti_parker_park, but not longer than that many nanoseconds, less than a second. */
void ti_parker_park_for(ti_parker *p, uint64_t ns);
/* Any thread. After it returns 'p' is not touched any more. */
void ti_parker_unpark(ti_parker *p);

/* Starts fn(arg) on a new thread that has all signals blocked but those of its own faults and SIGPROF, named 'name' (at
   most 15 bytes count), with that stack size (0: the system's default), at least TI_MIN_STACK. 0 or an errno value. */
int ti_thread_start(ti_thread *out, void (*fn)(void *arg), void *arg, const char *name, size_t stack_size);
void ti_thread_join(ti_thread thread);

ti_thread ti_thread_self(void);

/*
** Waking a thread where it can run at once (placement.c). Whoever wakes it calls ti_thread_send_away first; if that
** returns true, the thread, once awake, calls ti_cpus_restore with the ti_cpus that was filled in.
*/
typedef struct ti_cpus {
  unsigned long mask[1024 / (8 * sizeof(unsigned long))]; /* as many processors as the C library's own mask */
  unsigned taken;                                         /* the processor that was taken out */
} ti_cpus;
bool ti_thread_send_away(ti_thread thread, ti_cpus *cpus);
void ti_cpus_restore(const ti_cpus *cpus);
/* For a thread that was woken, and put where the thread that woke it runs: moves that one to another processor. */
void ti_thread_push_off(ti_thread thread);
/* The processor the calling thread is on at this moment; UINT_MAX where the system does not say. */
unsigned ti_thread_processor(void);

/* A full memory fence on every thread of the process that is running, at no cost to them otherwise: what each did
   before it is visible here afterwards, and what each does later sees what was done here. False where the system has no
   such call; never again once it said so. Some 0.1 to 10 microseconds. */
bool ti_thread_fence_all(void);

/* Test builds: the n-th thread start from now (0 the next) and all after it fail with EAGAIN, until n is negative. */
void ti_thread_fail_after(int64_t n);

/* Test builds: how often the process asked for something so far, whichever thread, so that a test can show by counting
   what a time would show on a fast machine only; 0 in other builds. TI_USED_PARKED is how many threads sleep at this
   moment in a parker with no limit, which costs no processor at all. */
typedef enum ti_usage { TI_USED_CLOCK, TI_USED_LOCK, TI_USED_WAKE, TI_USED_NAP, TI_USED_PARKED, TI_USAGES } ti_usage;
uint64_t ti_used(ti_usage what);

/* The start of a file as text, cut to fit; empty where it cannot be read. */
void ti_text_read(const char *path, char *text, size_t size);

/* Processors the affinity of this process allows; at least 1. */
unsigned ti_affinity_count(void);
/* The CPU quota (cpu.c), rounded up to processors, of the control group that the text of a /proc/self/cgroup names and
   of the groups around it, where 'root' is the mount point of the groups, v1 or v2; 0 when there is none. */
unsigned ti_cgroup_cpus(const char *proc_file, const char *root);
/* Processors this process may use: the lesser of the two; at least 1. */
unsigned ti_cpu_count(void);
/* Random bytes of the system (entropy.c), for names that cannot be guessed. 0 or an errno value. */
int ti_entropy(void *out, size_t size);
/* Monotonic nanoseconds. Test builds: ti_clock_skip makes the clock go forward by that much at once, for good. */
uint64_t ti_now_ns(void);
void ti_clock_skip(uint64_t ns);
/* One short wait in a spin loop; ti_spin_yield gives up the processor. */
void ti_spin_pause(void);
void ti_spin_yield(void);

/*
** The floating-point environment of blocks (fp.c): round to nearest, no flush to zero, no traps. ti_fp_enter returns
** what the thread had, ti_fp_leave restores it, flags included. Both cost a few nanoseconds.
*/
typedef struct ti_fp {
  uint64_t word;
} ti_fp;
ti_fp ti_fp_enter(void);
void ti_fp_leave(ti_fp saved);
/* Compilers know nothing of environments, and may compute a variable later, where it is used: not this one. */
#define TI_FP_SETTLE(variable) __asm__ volatile("" : "+m"(variable))

#endif
