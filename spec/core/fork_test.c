/*
** Forks while another thread holds something, or is at something, that it would have ended: the child has neither the
** thread nor what it held. (Pools and jobs in children: default_test.c, job_test.c, queue_test.c.)
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/tine.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

#if PLAIN
/* Forks, and the child does that, for as long as it may: what it gives is to be 7. */
static void child_does(int (*fn)(void *arg), void *arg) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    alarm((unsigned)PATIENCE);
    _exit(fn(arg));
  }
  CHECK_STOP(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK_INT(WEXITSTATUS(status), 7);
}

/* ----- A kernel's turn ----- */

typedef struct keeper {
  tine_pipeline *p;
  atomic_bool blocks; /* the next merge waits for 'pipe' */
  _Atomic unsigned inside;
  bool forks; /* the next merge forks, */
  pid_t child;
  pthread_t thread; /* and in the child begins another */
  _Atomic unsigned merging;
  atomic_bool met; /* two were at it */
  int pipe[2];
} keeper;

static int keeps(tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    ((double *)block->out[0])[i] = 1;
  return 0;
}

static void *sums_elsewhere(void *arg);

static void merges(void *env, void *state) {
  keeper *k = *(keeper **)env;
  char byte;
  (void)state;
  if (k->merging++ > 0)
    k->met = true;
  if (atomic_exchange(&k->blocks, false)) {
    k->inside = 1;
    CHECK(read(k->pipe[0], &byte, 1) == 1);
  }
  if (k->forks) {
    k->forks = false;
    k->child = fork();
    if (k->child == 0 && pthread_create(&k->thread, NULL, sums_elsewhere, k) == 0)
      nap_us(20000); /* it would come now if this turn were over */
  }
  k->merging--;
}

static bool sums(keeper *k) {
  tine_value v = {0};
  return tine_sum(k->p, &v, NULL) == TINE_OK && v.as.f == 1000;
}

static void *sums_elsewhere(void *arg) {
  return sums(arg) ? arg : NULL;
}

static int child_sums(void *arg) {
  return sums(arg) && sums(arg) ? 7 : 1;
}

static tine_registry *keeper_open(keeper *k) {
  static const tine_kernel_signature signature = {.types = "i64 -> f64", .block = keeps};
  const tine_kernel_desc desc = {.size = sizeof desc,
                                 .name = "keeps",
                                 .signatures = &signature,
                                 .signature_count = 1,
                                 .mode = TINE_FN_MUT,
                                 .env = &k,
                                 .env_size = sizeof k,
                                 .state_size = 8,
                                 .merge = merges};
  tine_registry *r = NULL;
  CHECK(tine_registry_create(&r, NULL) == TINE_OK && tine_kernel_register(r, &desc, NULL) == TINE_OK);
  k->p = tine_map(tine_range(1, 1000, 1), tine_kernel_find(r, "keeps", NULL), NULL, 0);
  CHECK(pipe(k->pipe) == 0);
  return r;
}

static void keeper_close(keeper *k, tine_registry *r) {
  tine_pipeline_release(k->p);
  tine_registry_release(r);
  close(k->pipe[0]);
  close(k->pipe[1]);
}

static void a_merge_on_another_thread_keeps_no_child_out(void) {
  keeper k = {.blocks = true};
  tine_registry *r = keeper_open(&k);
  pthread_t thread;
  void *done = NULL;
  CHECK_STOP(pthread_create(&thread, NULL, sums_elsewhere, &k) == 0);
  CHECK(reaches(&k.inside, 1));
  child_does(child_sums, &k);
  CHECK(write(k.pipe[1], "x", 1) == 1);
  pthread_join(thread, &done);
  CHECK(done == &k && sums(&k));
  keeper_close(&k, r);
}

/* The thread that forks has its turn still; and a child of the child is as good as a child. */
static int forks_in_its_turn(void *arg) {
  keeper *k = arg;
  int status = 0;
  void *done = NULL;
  k->forks = true;
  if (!sums(k) || !sums(k))
    return 1;
  if (k->child == 0)
    return pthread_join(k->thread, &done) == 0 && done == k && !k->met ? 7 : 3;
  return waitpid(k->child, &status, 0) == k->child && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static void a_turn_outlives_a_fork_of_its_thread(void) {
  keeper k = {.blocks = false};
  tine_registry *r = keeper_open(&k);
  const int code = forks_in_its_turn(&k);
  if (k.child == 0)
    _exit(code);
  CHECK_INT(code, 7);
  child_does(forks_in_its_turn, &k);
  CHECK(sums(&k));
  keeper_close(&k, r);
}

/* ----- Registries ----- */

typedef struct looker {
  tine_registry *registry;
  atomic_bool over;
  _Atomic unsigned looks;
} looker;

static void *looks_on(void *arg) {
  looker *l = arg;
  tine_error err;
  for (; !l->over; l->looks++)
    if (tine_kernel_find(l->registry, "no_such_kernel", &err) != NULL)
      break;
  return NULL;
}

static int child_registers(void *arg) {
  const tine_kernel_signature signature = {.types = "i64 -> f64", .block = keeps};
  tine_kernel_desc desc = {
      .size = sizeof desc, .name = "of_child", .signatures = &signature, .signature_count = 1, .mode = TINE_FN};
  looker *l = arg;
  if (tine_kernel_find(l->registry, "nor_this", NULL) != NULL)
    return 1;
  return tine_kernel_register(l->registry, &desc, NULL) == TINE_OK &&
                 tine_kernel_find(l->registry, "of_child", NULL) != NULL
             ? 7
             : 2;
}

static void registries_are_whole_in_children(void) {
  looker l = {.over = false};
  pthread_t thread;
  CHECK_STOP(tine_registry_create(&l.registry, NULL) == TINE_OK);
  CHECK_STOP(pthread_create(&thread, NULL, looks_on, &l) == 0);
  CHECK(reaches(&l.looks, 1));
  for (int i = 0; i < 20; i++)
    child_does(child_registers, &l);
  l.over = true;
  pthread_join(thread, NULL);
  tine_registry_release(l.registry);
}

/* A host that takes its time to free the list that a registry has outgrown, in the midst of the change. */
static _Thread_local bool frees_late;
static _Atomic unsigned freeing;

static void *late_alloc(void *ud, size_t size, size_t align) {
  void *p = NULL;
  (void)ud;
  return posix_memalign(&p, align < sizeof p ? sizeof p : align, size) == 0 ? p : NULL;
}

static void late_free(void *ud, void *p, size_t size, size_t align) {
  (void)ud, (void)size, (void)align;
  if (frees_late) {
    freeing = 1;
    nap_us(20000); /* a fork would come now if nothing held it off */
    freeing = 2;
  }
  free(p);
}

static bool registers(tine_registry *r, int i) {
  static const tine_kernel_signature signature = {.types = "i64 -> f64", .block = keeps};
  char name[20];
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = name, .signatures = &signature, .signature_count = 1, .mode = TINE_FN};
  snprintf(name, sizeof name, "number_%d", i);
  return tine_kernel_register(r, &desc, NULL) == TINE_OK;
}

static void *registers_late(void *arg) {
  bool all = true;
  frees_late = true;
  for (int i = 0; i < 100; i++)
    all = registers(arg, i) && all;
  return all ? arg : NULL;
}

static int child_is_between(void *arg) {
  return freeing == 2 && tine_kernel_find(arg, "number_0", NULL) != NULL && registers(arg, 100) ? 7 : 1;
}

static void no_child_is_made_within_a_change(void) {
  static const tine_allocator late = {late_alloc, late_free, NULL};
  tine_registry *r = NULL;
  pthread_t thread;
  void *done = NULL;
  CHECK_STOP(CHECK_INT(tine_set_allocator(&late), TINE_OK));
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  freeing = 0;
  CHECK_STOP(pthread_create(&thread, NULL, registers_late, r) == 0);
  CHECK(reaches(&freeing, 1));
  child_does(child_is_between, r);
  pthread_join(thread, &done);
  CHECK(done == r);
  tine_registry_release(r);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

/* ----- Loans ----- */

typedef struct lender {
  tine_array *read, *written, *host;
} lender;

static int child_writes(void *arg) {
  const lender *l = arg;
  tine_array *const all[] = {l->read, l->written, l->host};
  for (int i = 0; i < 3; i++) {
    if (tine_array_lent(all[i]) != 0 || !tine_array_lend(all[i], true) || tine_array_lent(all[i]) != 2)
      return 1 + i;
    tine_array_unlend(all[i], true);
  }
  tine_array_unlend(l->read, false); /* of before the fork: does nothing */
  tine_array_unlend(l->written, true);
  return tine_array_lent(l->read) == 0 && tine_array_lend(l->read, false) && tine_array_lend(l->written, true) &&
                 tine_array_lent(l->written) == 2
             ? 7
             : 4;
}

static void nothing_is_lent_in_a_child(void) {
  static double buffer[10];
  lender l;
  CHECK_STOP(tine_array_create(&l.read, TINE_F64, 10, NULL) == TINE_OK);
  CHECK_STOP(tine_array_create(&l.written, TINE_F64, 10, NULL) == TINE_OK);
  l.host = tine_slice_of(TINE_F64, buffer, 10, 8);
  CHECK(tine_array_lend(l.read, false) && tine_array_lend(l.read, false) && tine_array_lend(l.written, true));
  CHECK(tine_array_lend(l.host, false));
  child_does(child_writes, &l);
  CHECK_INT(tine_array_lent(l.read), 1);
  CHECK_INT(tine_array_lent(l.written), 2);
  tine_array_unlend(l.read, false);
  tine_array_unlend(l.read, false);
  tine_array_unlend(l.written, true);
  tine_array_unlend(l.host, false);
  CHECK(tine_array_lent(l.read) == 0 && tine_array_lent(l.written) == 0);
  tine_array_release(l.read);
  tine_array_release(l.written);
  tine_array_release(l.host);
}

/* ----- Waiting for a job ----- */

static tine_status runs_on(void *env, tine_error *err) {
  tine_value v;
  return tine_sum(env, &v, err);
}

typedef struct forker {
  unsigned generation;
  pid_t child;
} forker;

static bool forks_once(void *arg, uint64_t done, uint64_t total) {
  forker *f = arg;
  (void)done, (void)total;
  if (f->child < 0)
    f->child = fork();
  if (f->child == 0)
    alarm((unsigned)PATIENCE);
  return f->child == 0; /* the child waits on, the parent has enough */
}

static void who_waits_in_a_child_waits_for_nobody(void) {
  tine_pipeline *p = tine_map(tine_range(0, INT64_C(1) << 40, 1), endless_kernel("slow"), NULL, 0);
  const tine_job_desc desc = {.size = sizeof desc, .fn = runs_on, .env = p};
  forker f = {tine_fork_generation(), -1};
  const tine_watch watch = {.size = sizeof watch, .every = 0.001, .look = forks_once, .arg = &f};
  const tine_watch *before;
  int status = 0;
  tine_status waited;
  tine_job *job;
  CHECK_STOP(tine_job_start(&job, &desc, NULL) == TINE_OK);
  before = tine_watch_set(&watch);
  waited = tine_job_wait(job, -1, NULL);
  if (f.child == 0)
    _exit(waited == TINE_ECANCELED && tine_fork_generation() == f.generation + 1 ? 7 : 1);
  tine_watch_set(before);
  CHECK_INT(waited, TINE_ECANCELED);
  CHECK_INT(tine_fork_generation(), f.generation);
  CHECK(waitpid(f.child, &status, 0) == f.child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  tine_job_cancel(job);
  CHECK_INT(tine_job_wait(job, -1, NULL), TINE_ECANCELED);
  tine_job_release(job);
  tine_pipeline_release(p);
  endless_kernels_end();
}

CHECK_SUITE(fork, CHECK_CASE(a_merge_on_another_thread_keeps_no_child_out),
            CHECK_CASE(a_turn_outlives_a_fork_of_its_thread), CHECK_CASE(registries_are_whole_in_children),
            CHECK_CASE(no_child_is_made_within_a_change), CHECK_CASE(nothing_is_lent_in_a_child),
            CHECK_CASE(who_waits_in_a_child_waits_for_nobody))
#else
static void children_need_threads(void) {
}
CHECK_SUITE(fork, CHECK_CASE(children_need_threads))
#endif
