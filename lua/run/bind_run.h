/*
** Terminals as descriptions: how the arguments are read, how it runs, how the results become Lua's. A method does the
** three one after the other; p:start(name, ...) does the second on another thread. So 'run' knows nothing of Lua, and
** the others nothing of threads. The files that bind terminals are lists of descriptions.
*/
#ifndef TINE_LUA_BIND_RUN_H
#define TINE_LUA_BIND_RUN_H

#include "../state/bind_loan.h"
#include "../state/bind_name.h"

typedef struct bind_terminal bind_terminal;

/* One run of a terminal: what it is given, and what it gave. The parts a terminal does not use are not even set. */
typedef struct bind_run {
  const bind_terminal *terminal;
  bind_state *state;
  bind_source source;   /* the pipeline's, or array's, handle */
  int arg, last;        /* its arguments on the stack: the first after the pipeline, and the last of all */
  int behind;           /* the one behind the kernel, and the values of an expression */
  unsigned columns;     /* of the pipeline */
  bool brief;           /* nothing to be watched */
  double every;         /* seconds between two reports of its progress; 0: there are none */
  bind_pool *on;        /* the script's pool that it runs on; NULL: none of its own. Set once taken, as the next */
  tine_pool *pool;      /* that, or the state's; NULL: the default one */
  tine_pipeline *p, *q; /* owned once taken; q is NULL unless two are compared */
  bind_call call;       /* the kernel (NULL: none) and its constants; also the operator of a fold */
  tine_kernel *kept;    /* the kernel, once taken: a script may drop one that a text tells while a run looks at it */
  tine_value init;      /* of a fold */
  bool given;           /* the fold has that */
  tine_dtype dtype;     /* to be collected */
  tine_order order;
  uint64_t k; /* items, bins, or degrees of freedom */
  double lo, hi;
  size_t targets; /* arrays to be written into, owned once taken */
  bool holds;     /* result: does it hold? Of any, all, eq */
  int sign;       /* result of cmp */
  uint64_t n;     /* result: a count or position */
  uint64_t index[TINE_MAX_COLUMNS];
  tine_value values[2 * TINE_MAX_COLUMNS];
  tine_array *arrays[2 * TINE_MAX_COLUMNS]; /* the targets, or what was made */
} bind_run;

struct bind_terminal {
  const char *name;
  int most; /* arguments, as in bind_export */
  /* Reads the arguments; raises where one is wrong. NULL: there are none. */
  void (*check)(lua_State *L, bind_run *r);
  /* Borrows what else it takes from handles: it raises, or nothing does until the run is over. NULL: nothing. */
  void (*take)(lua_State *L, bind_run *r);
  /* On any thread. */
  tine_status (*run)(bind_run *r, tine_error *err);
  /* Pushes the results. NULL: they are the arrays it made. */
  int (*push)(lua_State *L, const bind_run *r);
  unsigned char each, more; /* arrays that it makes: so many a column, and so many more */
  /* Its first argument is a kernel; one that folds, of which an expression is promised to be associative. */
  bool kernel, folds;
};

/* What it reads and writes, once taken. The targets are borrowed from it. */
static inline bind_loan bind_run_loan(const bind_run *r) {
  bind_loan loan = bind_loan_of(r->p, r->q, r->arrays, r->targets);
  loan.kernel = r->call.kernel;
  return loan;
}

/* Lists of terminals, each ended by one without a name: bind_reduce.c, ... */
extern const bind_terminal bind_value_terminals[], bind_search_terminals[], bind_collect_terminals[];
extern const bind_terminal bind_sort_terminals[];
/* bind_terminal.c: adds their methods to the table on top. */
void bind_run_methods(lua_State *L);
/* The terminal of that name among those that need no Lua while they run; NULL if there is none. */
const bind_terminal *bind_terminal_find(const char *name);
void bind_terminal_guess(bind_guess *guess); /* considers all of them */

/* bind_run.c: the method of a terminal, which is its upvalue 2. */
int bind_run_method(lua_State *L);
/* The steps of a run of the pipeline (or array) at 1, whose arguments are those from 'arg' on. The second one takes the
   pipelines: no Lua after it, until the run is over. */
void bind_run_check(lua_State *L, bind_run *r, const bind_terminal *terminal, int arg);
void bind_run_take(lua_State *L, bind_run *r);
/* Raises if a job writes an array that a run of p would read, or a terminal that this one is called inside of. */
void bind_run_still(lua_State *L, const tine_pipeline *p);
/* A source that was checked, ready to be run on the pool that is returned (NULL: its own, or the default one). */
tine_pool *bind_run_expect(lua_State *L, const bind_state *state, const bind_source *src);
/* Checks that several terminals have: a kernel with constants; the operator of a fold and its first value. */
void bind_run_check_call(lua_State *L, bind_run *r);
void bind_run_check_fold(lua_State *L, bind_run *r);
static inline unsigned bind_run_makes(const bind_run *r) { /* arrays */
  return r->terminal->each * r->columns + r->terminal->more;
}

/* Telling how far a run is. */
typedef struct bind_progress {
  bool told;   /* there is someone to be told: what follows is set */
  bool drawn;  /* a bar is on the screen */
  bool failed; /* the function raised an error */
  int fn;      /* function at that index of the stack; 0: a bar */
  double every, began, next;
  uint64_t done; /* last told */
} bind_progress;

/* bind_progress.c: begins, for the handle at 'arg', and may push a value; is it time to tell it; tells it - false if
   that raised an error, which is on top of the stack then; ends. */
void bind_progress_open(lua_State *L, bind_progress *to, int arg, double every);
bool bind_progress_due(const bind_progress *to, uint64_t done, uint64_t total);
bool bind_progress_tell(lua_State *L, bind_progress *to, uint64_t done, uint64_t total);
void bind_progress_close(bind_progress *to);

/*
** What the calling thread does now and then while it is in a terminal or waits for a job: asks whether the script was
** interrupted, and tells how far it is. Opened while Lua may still raise; set only where nothing can. What the script
** does meanwhile leaves the run alone: the run's arrays are lent to it, and what the script makes is charged for
** itself.
*/
typedef struct bind_watch {
  tine_watch watch;
  const tine_watch *before; /* if 'set' */
  bool set;
  lua_State *L;
  bind_state *state;
  lua_Hook hook; /* that the main thread had before; if that is L, NULL */
  tine_job *job; /* waited for, whose progress is told; NULL: the run's own */
  tine_interrupt *interrupt,
      *interrupt_before; /* if 'set': in use, a reference of its own, or NULL; the thread's own */
  double next;           /* when to look again, for whoever does without a terminal; by tine_clock */
  bool called;           /* Lua was: anything may be closed */
  bool failed;           /* an error, on top of the stack, ended it */
  bind_loan loan;        /* what is lent while Lua is called; nothing, unless it was set */
  bind_progress progress;
} bind_watch;

/* 'every' is 0, or that of the pipeline or job at 'arg' whose progress is to be told; may push a value then. */
void bind_watch_ready(lua_State *L); /* once a state */
/* Raises while the host's interrupt is set. */
void bind_interrupt_expect(lua_State *L, const bind_state *state);
void bind_watch_open(lua_State *L, bind_watch *w, bind_state *state, int arg, double every);
static inline void bind_watch_set(bind_watch *w) {
  w->before = tine_watch_set(&w->watch);
  w->interrupt = tine_interrupt_retain(w->state->interrupt);
  if (w->interrupt != NULL)
    w->interrupt_before = tine_interrupt_use(w->interrupt);
  w->set = true;
}
void bind_watch_close(bind_watch *w);
/* For loops of the binding's own, opened but not set: does what a terminal would, when it is time. To be asked every
   millisecond or oftener, where nothing is held but what w->loan lends. False: the error is on top of the stack. */
bool bind_watch_goes_on(bind_watch *w);
enum { BIND_REST = 4096 }; /* elements that come from Lua or go there between two looks */
/* Likewise where nothing is held at all: raises. '*next' is 0 to begin with. */
void bind_watch_rest(lua_State *L, bind_state *state, double *next);
/* How a function ends whose run failed: raises, or returns nil, "timeout" or "cancelled", and the code. */
int bind_watch_fail(lua_State *L, const bind_watch *w, const tine_error *err);

#endif
