/*
** What a tine.Job is to the engine: a run, and its place in the state's list.
*/
#ifndef TINE_LUA_BIND_WORK_H
#define TINE_LUA_BIND_WORK_H

#include "bind_run.h"

/* A job's environment. All but 'run' and 'sources' belongs to the thread of the state. */
typedef struct bind_work {
  bind_run run;           /* with references of its own */
  unsigned sources;       /* arrays lent to be read */
  tine_pool *pool;        /* of the script's, that it was started on; NULL: another one, or it is gone */
  bool orphan;            /* ... has lost its handle, and is to be destroyed after the last job on it */
  bool dropped;           /* no handle */
  tine_job *job;          /* owned by the list */
  struct bind_work *next; /* in the list */
} bind_work;

/* Starts it, on pool or the default one, and puts it on the list; 'work' is dead after that, and what is returned takes
   its place. NULL: it could not be started, and what it held was given back. */
bind_work *bind_work_start(bind_state *state, bind_work *work, tine_pool *pool, tine_error *err);
/* Would it run? As the terminal itself would say before the first item. */
tine_status bind_work_rehearse(const bind_run *r, tine_error *err);
/* Gives back what a run holds. */
void bind_work_discard(bind_run *r);
/* Its handle is gone: the list forgets it once it is done. */
void bind_work_drop(bind_state *state, bind_work *work);
/* Takes ownership of a pool whose handle is gone if a job runs on it. */
bool bind_work_adopt_pool(bind_state *state, tine_pool *pool);
/* One that runs on the pool; NULL if there is none. */
bind_work *bind_work_on_pool(const bind_state *state, const tine_pool *pool);
/* Cancels the jobs of a state that closes, and waits for them. */
void bind_work_end_all(bind_state *state);

#endif
