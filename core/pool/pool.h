/*
** What core/drive may know of the pool, beyond tine.h.
*/
#ifndef TI_POOL_POOL_H
#define TI_POOL_POOL_H

#include "../tine.h"

/* The context of the task this thread is running; NULL outside any. With tasks of several pools nested on one stack
   it is the innermost. */
tine_ctx *ti_ctx_current(void);

/* The innermost context of that pool this thread is in, perhaps below contexts of others; NULL if there is none. A run
   on the pool will have its index. */
const tine_ctx *ti_ctx_inside(const tine_pool *pool);

/* Was the run this task is of cancelled, or one around it? One that only failed goes on: what lies before the failure
   is finished, and of what a task does nobody knows where it lies. */
bool ti_ctx_cancelled(const tine_ctx *ctx);

/* Each thread that may wait for this task or one around it - workers, and those that began these runs - had at least so
   many bytes of stack to begin with. While they wait they run what descends from it. */
size_t ti_ctx_stack(const tine_ctx *ctx);

/* Would a join now feed a thread that has nothing to do? One relaxed load as a rule: cheap enough to ask at every
   block. 'ctx' is the caller's own. A hint: a wrong answer costs time, never correctness. */
bool ti_ctx_wanted(tine_ctx *ctx);

/* Does a worker search for work right now? Asking wakes nobody. Relaxed: a hint. */
bool ti_pool_searching(const tine_pool *pool);

/* The pool whose runner this thread is, or NULL. What has no wish of its own runs there. */
tine_pool *ti_pool_home(void);

/* A thread's *guard*: what its work belongs to, as the drive knows it. Tasks have that of the thread that made the run
   they are in, wherever they run. Set for the time of a call, and then set back; returns the one before. */
void *ti_guard_here(void);
void *ti_guard_set(void *guard);

/* A *wait hook*: what a thread does now and then while it waits for others, besides what they do when they work.
   Borrowed until it is replaced; returns the one before. */
typedef struct ti_wait_hook {
  uint64_t every_ns; /* less than a second; it may be called earlier */
  void (*look)(void *arg);
  void *arg;
} ti_wait_hook;
const ti_wait_hook *ti_hook_set(const ti_wait_hook *hook);

/* Calls fn(arg) where the thread is in the middle of anything, also of waiting for others: runs made there have nothing
   to do with what it is doing, and have this thread alone if it is in a pool. (It stays in that: the pool is not ended
   before it leaves, and a broadcast to workers that may wait for it is refused.) */
void ti_aside(void (*fn)(void *arg), void *arg);

/* Something the runtime keeps for whoever knows its name, while anybody holds the default pool (default.c). */
typedef struct ti_kept {
  uint64_t name[2];
  uint64_t times; /* it may be taken, at least 1 */
  void *thing;    /* owned */
  void (*drop)(void *thing);
  struct ti_kept *next;                   /* with the same hash; in a list of what is to be dropped */
  tine_account *owner;                    /* that the keeper used, or NULL */
  struct ti_kept *owned_next, **owned_by; /* in the owner's list */
} ti_kept;

/* Takes ownership, unless it fails: TINE_EINVAL, nobody holds the default pool; TINE_ENOMEM. */
tine_status ti_runtime_keep(ti_kept *kept);
/* The thing of that name, or NULL: as 'retain' gives it, or what is kept itself if that was the last time. */
void *ti_runtime_take(const uint64_t *name, void *(*retain)(void *thing));
void ti_kept_drop(ti_kept *kept);

/* Holds the default pool, and makes it if need be; NULL and an error without memory. */
typedef enum ti_default_use { TI_DEFAULT_HOLD, TI_DEFAULT_RUN, TI_DEFAULT_JOB, TI_DEFAULT_USES } ti_default_use;
tine_pool *ti_default_enter(ti_default_use use, tine_error *err);
void ti_default_leave(ti_default_use use, const tine_pool *pool);
/* Destroys the default pool if nobody needs it any more: what the last job, on a thread of the pool itself, could
   not. */
void ti_default_sweep(void);

#endif
