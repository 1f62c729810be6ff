/*
** Threads: signals blocked, names, refused starts, parkers that lose no wake-up, quotas of made-up control groups, and
** the floating-point environment.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../../core/base/thread.h"

#include <errno.h>
#include <fenv.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/base/atomics.h"
#include "../../core/base/memory.h"
#include "../../core/tine.h"
#include "check.h"

typedef struct seen {
  char name[32];
  sigset_t mask;
  int ran;
} seen;

static void look_around(void *arg) {
  seen *s = arg;
  pthread_getname_np(pthread_self(), s->name, sizeof s->name);
  pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
  s->ran = 1;
}

/* Faults, and what profilers send: those reach a thread of the engine, too. */
static bool about_itself(int signal) {
  static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    if (signal == own[i])
      return true;
  return false;
}

static void signals_and_name(void) {
  seen s = {.ran = 0};
  ti_thread thread;
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  CHECK_STOP(ti_thread_start(&thread, look_around, &s, "a name longer than fifteen", 0) == 0);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  ti_thread_join(thread);
  CHECK_INT(s.ran, 1);
  CHECK_TEXT(s.name, "a name longer t");
  for (int signal = 1; signal < 32; signal++) {
    if (signal != SIGKILL && signal != SIGSTOP)
      CHECK_INT(sigismember(&s.mask, signal), !about_itself(signal));
    CHECK_INT(sigismember(&after, signal), sigismember(&before, signal));
  }
}

static void stack_sizes(void) {
  const size_t sizes[] = {0, 1, 16384, 100001, 1 << 20};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    seen s = {.ran = 0};
    ti_thread thread;
    CHECK_STOP(ti_thread_start(&thread, look_around, &s, "stack", sizes[i]) == 0);
    ti_thread_join(thread);
    CHECK_INT(s.ran, 1);
  }
  {
    seen s = {.ran = 0};
    ti_thread thread;
    CHECK(ti_thread_start(&thread, look_around, &s, "stack", SIZE_MAX) != 0);
    CHECK_INT(s.ran, 0);
  }
}

static void refused(void) {
#if TI_TESTING
  seen s = {.ran = 0};
  ti_thread thread;
  ti_thread_fail_after(1);
  CHECK_STOP(ti_thread_start(&thread, look_around, &s, "t", 0) == 0);
  ti_thread_join(thread);
  CHECK_INT(ti_thread_start(&thread, look_around, &s, "t", 0), EAGAIN);
  CHECK_INT(ti_thread_start(&thread, look_around, &s, "t", 0), EAGAIN);
  ti_thread_fail_after(-1);
  ti_memory_fail_after(0);
  CHECK_INT(ti_thread_start(&thread, look_around, &s, "t", 0), ENOMEM);
  ti_memory_fail_after(-1);
#endif
}

/* Two threads hand a turn to and fro; a lost wake-up would hang. */
typedef struct rally {
  ti_parker mine, theirs;
  atomic_uint turns;
} rally;

enum { TURNS = 3000 };

static void play(void *arg) {
  rally *r = arg;
  for (unsigned i = 0; i < TURNS; i++) {
    ti_parker_park(&r->theirs);
    ti_add_relaxed(&r->turns, 1u);
    ti_parker_unpark(&r->mine);
  }
}

static void parkers(void) {
  rally r;
  ti_thread thread;
  ti_parker_init(&r.mine);
  ti_parker_init(&r.theirs);
  r.turns = 0;
  ti_parker_unpark(&r.mine);
  ti_parker_unpark(&r.mine);
  ti_parker_park(&r.mine); /* came before, counts once */
  CHECK_STOP(ti_thread_start(&thread, play, &r, "rally", 0) == 0);
  for (unsigned i = 0; i < TURNS; i++) {
    ti_parker_unpark(&r.theirs);
    ti_parker_park(&r.mine);
    CHECK_STOP(r.turns == i + 1);
  }
  ti_thread_join(thread);
  ti_parker_destroy(&r.mine);
  ti_parker_destroy(&r.theirs);
}

static void write_text(const char *root, const char *name, const char *text) {
  char path[640];
  FILE *f;
  snprintf(path, sizeof path, "%s/%s", root, name);
  f = fopen(path, "w");
  if (CHECK(f != NULL)) {
    fputs(text, f);
    fclose(f);
  }
}

static void make_folder(const char *root, const char *name) {
  char path[640];
  snprintf(path, sizeof path, "%s/%s", root, name);
  CHECK(mkdir(path, 0700) == 0);
}

static unsigned quota_of(const char *root, const char *proc) {
  char path[640];
  write_text(root, "proc", proc);
  snprintf(path, sizeof path, "%s/proc", root);
  return ti_cgroup_cpus(path, root);
}

static void groups_v2(const char *root) {
  make_folder(root, "outer");
  make_folder(root, "outer/inner");
  CHECK_INT(quota_of(root, "0::/outer/inner\n"), 0);
  write_text(root, "outer/inner/cpu.max", "max 100000\n");
  CHECK_INT(quota_of(root, "0::/outer/inner\n"), 0);
  write_text(root, "outer/inner/cpu.max", "250000 100000\n");
  CHECK_INT(quota_of(root, "0::/outer/inner\n"), 3);
  write_text(root, "outer/cpu.max", "200000 100000\n");
  CHECK_INT(quota_of(root, "0::/outer/inner\n"), 2);
  CHECK_INT(quota_of(root, "0::/outer/inner"), 2);
  CHECK_INT(quota_of(root, "0::/elsewhere/inner\n"), 0);
  write_text(root, "cpu.max", "1 100000\n");
  CHECK_INT(quota_of(root, "0::/elsewhere/inner\n"), 1);
  CHECK_INT(quota_of(root, "0::/\n"), 1);
  write_text(root, "cpu.max", "nonsense\n");
  CHECK_INT(quota_of(root, "0::/\n"), 0);
  write_text(root, "cpu.max", "99999999999999999999 1\n");
  CHECK_INT(quota_of(root, "0::/\n"), 0);
}

static void groups_v1(const char *root) {
  make_folder(root, "cpu,cpuacct");
  make_folder(root, "cpu,cpuacct/job");
  write_text(root, "cpu,cpuacct/job/cpu.cfs_period_us", "50000\n");
  write_text(root, "cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  CHECK_INT(quota_of(root, "12:cpuset:/job\n4:cpu,cpuacct:/job\n"), 0);
  write_text(root, "cpu,cpuacct/job/cpu.cfs_quota_us", "75000\n");
  CHECK_INT(quota_of(root, "12:cpuset:/job\n4:cpu,cpuacct:/job\n0::/\n"), 2);
  CHECK_INT(quota_of(root, "12:cpuset,cpuacct:/job\n"), 0);
  CHECK_INT(quota_of(root, "4:cpu,cpuacct:/\n"), 0);
  CHECK_INT(quota_of(root, "no colon\n::\n:\n\n4:cpu,cpuacct:/job"), 2);
}

/* CentOS 7 calls the hierarchy by another order of the same controllers, and links each controller to it. */
static void groups_v1_in_another_order(const char *root) {
  char path[512];
  make_folder(root, "v1");
  snprintf(path, sizeof path, "%s/v1", root);
  root = path;
  make_folder(root, "cpu,cpuacct");
  write_text(root, "cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  write_text(root, "cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  CHECK_INT(quota_of(root, "4:cpuacct,cpu:/docker/abc\n"), 3);
  CHECK_INT(quota_of(root, "4:cpu:/docker/abc\n"), 3);
  CHECK_INT(quota_of(root, "4:cpuacct:/docker/abc\n"), 0);
}

/* Lines of other controllers with long paths in front of that of cpu; and a path that no file can have. */
static void groups_of_long_paths(const char *root) {
  static char text[20000];
  size_t n = 0;
  for (int line = 0; line < 11; line++)
    n += (size_t)snprintf(text + n, sizeof text - n, "2:memory:/%0400d\n", line);
  n += (size_t)snprintf(text + n, sizeof text - n, "5:cpu,cpuacct:/%05000d\n", 0);
  CHECK_INT(quota_of(root, text), 0);
  snprintf(text + n, sizeof text - n, "5:cpu,cpuacct:/job\n");
  CHECK_INT(quota_of(root, text), 2);
}

static void control_groups(void) {
  char root[300], command[320];
  CHECK_STOP(check_folder(root, sizeof root));
  groups_v2(root);
  groups_v1(root);
  groups_v1_in_another_order(root);
  groups_of_long_paths(root);
  CHECK_INT(ti_cgroup_cpus("/nonexistent", root), 0);
  snprintf(command, sizeof command, "rm -r '%s'", root);
  CHECK_INT(system(command), 0);
  CHECK(ti_cpu_count() >= 1 && ti_cpu_count() <= ti_affinity_count());
}

#if defined(__linux__)
static int own_cpus(cpu_set_t *set) {
  CHECK_INT(sched_getaffinity(0, sizeof *set, set), 0);
  return CPU_COUNT(set);
}

/* What others say of where a thread may run stands, also while it is on its way from where it was woken. */
static void affinity_is_others(void) {
  cpu_set_t had, away, said, now;
  ti_cpus cpus;
  if (own_cpus(&had) < 2)
    return; /* then nobody is ever sent away */
  CHECK_STOP(ti_thread_send_away(ti_thread_self(), &cpus));
  CHECK_INT(own_cpus(&away), CPU_COUNT(&had) - 1);
  ti_cpus_restore(&cpus);
  own_cpus(&now);
  CHECK(CPU_EQUAL(&now, &had));
  CHECK_STOP(ti_thread_send_away(ti_thread_self(), &cpus));
  CPU_ZERO(&said);
  CPU_SET(cpus.taken, &said);
  CHECK_INT(sched_setaffinity(0, sizeof said, &said), 0);
  ti_cpus_restore(&cpus);
  own_cpus(&now);
  CHECK(CPU_EQUAL(&now, &said));
  CHECK(!ti_thread_send_away(ti_thread_self(), &cpus)); /* where it was before is not looked at any more */
  CHECK_INT(sched_setaffinity(0, sizeof had, &had), 0);
}

typedef struct reporter {
  atomic_bool over;
  atomic_uint processor, reports;
} reporter;

static void report(void *arg) {
  reporter *const r = arg;
  while (!atomic_load(&r->over)) {
    atomic_store(&r->processor, ti_thread_processor());
    atomic_fetch_add(&r->reports, 1);
    ti_spin_yield();
  }
}

static void wait_for_report(reporter *r) {
  const unsigned before = atomic_load(&r->reports);
  while (atomic_load(&r->reports) < before + 2) /* the first may have been begun before */
    ti_spin_yield();
}

/* A thread that shares a processor with whoever pushes it goes on elsewhere, and may run where it could before. */
static void pushed_off(void) {
  reporter r = {.over = false};
  cpu_set_t had, one, now;
  ti_thread thread;
  if (own_cpus(&had) < 2)
    return;
  CPU_ZERO(&one);
  CPU_SET(ti_thread_processor(), &one);
  CHECK_INT(sched_setaffinity(0, sizeof one, &one), 0);
  CHECK_STOP(ti_thread_start(&thread, report, &r, "report", 0) == 0);
  wait_for_report(&r);
  CHECK(CPU_ISSET(atomic_load(&r.processor), &one));
  ti_thread_push_off(thread); /* it may not go anywhere */
  CHECK_INT(pthread_getaffinity_np(thread, sizeof now, &now), 0);
  CHECK(CPU_EQUAL(&now, &one));
  CHECK_INT(pthread_setaffinity_np(thread, sizeof had, &had), 0);
  ti_thread_push_off(thread);
  wait_for_report(&r);
  CHECK(!CPU_ISSET(atomic_load(&r.processor), &one));
  CHECK_INT(pthread_getaffinity_np(thread, sizeof now, &now), 0);
  CHECK(CPU_EQUAL(&now, &had));
  atomic_store(&r.over, true);
  ti_thread_join(thread);
  CHECK_INT(sched_setaffinity(0, sizeof had, &had), 0);
}
#else
static void affinity_is_others(void) {
}
static void pushed_off(void) {
}
#endif

static void clocks(void) {
  const uint64_t before = ti_now_ns();
  const double seconds = tine_clock(); /* the same clock */
  const uint64_t after = ti_now_ns();
  CHECK((double)before * 1e-9 <= seconds && seconds <= (double)after * 1e-9);
  usleep(2000);
  CHECK(ti_now_ns() >= after + 2000000u); /* it goes on while nothing runs, and no slower than others */
#if TI_TESTING
  ti_clock_skip(UINT64_C(5000000000));
  CHECK(ti_now_ns() >= after + UINT64_C(5002000000));
#endif
}

static void fp_environment(void) {
  const int roundings[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  volatile double one = 1.0, three = 3.0;
  volatile int64_t many = INT64_C(0x7fffffffffffffff);
  const double third = one / three, all = (double)many;
  for (size_t i = 0; i < 4; i++) {
    ti_fp saved;
    fesetround(roundings[i]);
    feclearexcept(FE_ALL_EXCEPT);
    saved = ti_fp_enter();
    CHECK_F64(one / three, third);
    CHECK_F64((double)many, all);
    ti_fp_leave(saved);
    CHECK_INT(fegetround(), roundings[i]);
    CHECK_INT(fetestexcept(FE_INEXACT), 0); /* flags are the host's too */
  }
  fesetround(FE_TONEAREST);
#if defined(__SSE2__)
  {
    volatile double tiny = 2.2250738585072014e-308, two = 2.0;
    const unsigned had = __builtin_ia32_stmxcsr(), flush = had | 0x8040;
    ti_fp saved;
    __builtin_ia32_ldmxcsr(flush);
    saved = ti_fp_enter();
    CHECK(tiny / two > 0);
    ti_fp_leave(saved);
    CHECK_INT(__builtin_ia32_stmxcsr(), flush);
    __builtin_ia32_ldmxcsr((had & ~0x3fu) & ~0x0400u); /* inexact traps */
    saved = ti_fp_enter();
    CHECK_F64(one / three, third);
    ti_fp_leave(saved);
    CHECK_INT(__builtin_ia32_stmxcsr() & 0x0400, 0);
    __builtin_ia32_ldmxcsr(had);
  }
#endif
}

CHECK_SUITE(thread, CHECK_CASE(signals_and_name), CHECK_CASE(affinity_is_others), CHECK_CASE(pushed_off),
            CHECK_CASE(stack_sizes), CHECK_CASE(refused), CHECK_CASE(parkers), CHECK_CASE(control_groups),
            CHECK_CASE(clocks), CHECK_CASE(fp_environment))
