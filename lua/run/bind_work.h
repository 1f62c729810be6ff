/*
** What a tine.Job is apart from its handle: a run of a terminal as a job of the engine's, in the state's ring of jobs.
*/
#ifndef TINE_LUA_BIND_WORK_H
#define TINE_LUA_BIND_WORK_H

#include "bind_run.h"

/* A job's environment. All but 'run' and 'loan' belongs to the thread of the state. */
typedef struct bind_work {
  bind_run run;                      /* with references of its own */
  bind_loan loan;                    /* of its arrays */
  double limit;                      /* seconds that it may take; 0: any number */
  bool seen;                         /* it was seen to be done */
  bool dropped;                      /* its handle is gone */
  bool alone;                        /* only a thread that waits or asks for it runs it */
  uint64_t charged;                  /* bytes that the state is charged for its results */
  tine_job *job;                     /* owned by the ring */
  struct bind_work *next, *previous; /* in the state's ring */
  tine_pool *pool;                   /* the script's pool that it runs on; NULL: none of those, or it was seen done */
  bind_pool *holder;                 /* that pool's handle; NULL: gone, and the last job on the pool ends the pool */
  struct bind_work *mate, *mate_before; /* in the ring of the jobs on that pool */
} bind_work;

/* Starts a job on 'pool' (NULL: the default one), and puts it into the ring. 'on' is the handle of that pool; NULL: it
   is none of the script's. 'work' is moved: what is returned takes its place. NULL: it could not be started, and 'work'
   is as before. */
bind_work *bind_work_start(bind_state *state, bind_work *work, bind_pool *on, tine_pool *pool, tine_error *err);
/* Would the run start? If not, the error that the terminal itself would give before the first item. */
tine_status bind_work_rehearse(const bind_run *r, tine_error *err);
/* Gives back what a run holds. */
void bind_work_discard(bind_run *r);
/* Is it done? The first to see that charges the state for its results. */
bool bind_work_done(bind_state *state, bind_work *work);
/* Its results were given to handles, which are charged for them instead. */
void bind_work_discharge(bind_state *state, bind_work *work);
/* Its handle is gone: the ring forgets it once it is done. */
void bind_work_drop(bind_state *state, bind_work *work);
/* When a pool's handle goes: takes ownership of the pool if a job is on it; false if none is. */
bool bind_work_adopt_pool(bind_state *state, bind_pool *h, tine_pool *pool);
/* How many workers the pools taken so have, once those whose jobs are done have ended. */
unsigned bind_work_adopted(bind_state *state);
/* A job that is on the pool and not done; NULL if there is none. */
bind_work *bind_work_on_pool(bind_state *state, bind_pool *h);
/* Cancels the jobs of a state that closes, and waits for them. */
void bind_work_end_all(bind_state *state);

/* bind_result.c */
/* User values of the handle of a job: a table of the results, where they are kept; BIND_PROGRESS as of pipelines. */
enum { BIND_RESULTS = 1 };
extern const bind_terminal bind_job_totable; /* as jobs have it */
/* Pushes the results of the job whose handle is at 1 and which ended well; returns how many. */
int bind_job_push(lua_State *L, bind_work *work);

#endif
