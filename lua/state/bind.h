/*
** What the files of the Lua module share. Each file binds one noun; this header names their handles and helpers.
**
** Three rules keep every binding safe against Lua's errors, which may come from any allocation:
** 1. Handles are born closed: a userdata gets its metatable while it owns nothing, then it is filled. Its __gc takes
**    any state in between.
** 2. Between taking a C resource and storing it in a handle there is no call into Lua that can raise.
** 3. An allocation by Lua may run finalisers of the script, and these may close anything. So handles are created and
**    arguments converted first; what is borrowed from a handle is read last.
**
** Nothing here is mutable and static: what a module must remember lives in one record a state (bind_state), which is
** upvalue 1 of every function of the module.
**
** The calls of a small pipeline cost about as much as its run, so handles are told apart without a look-up by name:
** each begins with its *tag*, an address of this module that no other userdata begins with.
*/
#ifndef TINE_LUA_BIND_H
#define TINE_LUA_BIND_H

/* The library may be loaded by a program without Lua: see the Makefile, Products. */
#if defined(BIND_WEAK_LUA) && defined(__GNUC__)
#include <luaconf.h>
#undef LUA_API
#if defined(__APPLE__)
#define LUA_API extern __attribute__((weak_import))
#else
#define LUA_API extern __attribute__((weak))
#endif
#endif

#include <lauxlib.h>
#include <lua.h>

#include "../../core/tine.h"
#include "bind_keep.h"

/* For files that name single element types, which a new one has to be thought of in. */
#define BIND_DTYPES_ARE(n) _Static_assert(TINE_DTYPE_END == (n) + 1, "a new element type has to be thought of here")

/* Names of metatables: keys in Lua's registry, __name, and what error messages print. */
#define BIND_ARRAY "tine.Array"
#define BIND_PIPELINE "tine.Pipeline"
#define BIND_POOL "tine.Pool"
#define BIND_KERNEL "tine.Kernel"
#define BIND_JOB "tine.Job"
/* Where copies of the module find, in Lua's registry, the table of the one that opened the state: see bind_copy.c. */
#define BIND_MODULE_KEY "tine.module"
/* The metatable of arrays as a field of the module, where Lanes looks for it. */
#define BIND_ARRAY_FIELD "Array"

/* User values of the record: the module table, metatables it has at hand, the kernels that were found by name, the
   handles of pools by their pools (weak), memory of pools and iterators that are open (the keys are its addresses), the
   innermost install, what is called where a hook is due, the methods of arrays, whose metatable a script may change,
   and the table of bind_keep.h. */
enum {
  BIND_MODULE = 1,
  BIND_PIPELINES,
  BIND_ARRAYS,
  BIND_KERNELS,
  BIND_ITERS,
  BIND_JOBS,
  BIND_FOUND,
  BIND_TOLD,
  BIND_FUNCTIONS,
  BIND_POOLS,
  BIND_OPEN,
  BIND_INSTALL,
  BIND_PULSE,
  BIND_ARRAY_METHODS,
  BIND_KEPT,
  BIND_USER_VALUES = BIND_KEPT
};

/* An array; what an element read needs is copied out of it. NULL array: closed. */
typedef struct bind_array {
  const void *tag;
  tine_array *array;    /* owned */
  tine_pipeline *slice; /* of it, for all pipelines made from it; owned; NULL before the first */
  char *data;
  lua_Integer len;
  ptrdiff_t stride;
  tine_dtype dtype;
  bool readonly;
  uint64_t charged; /* bytes the state's account has for it */
  bool mapped;      /* it is a mapping that the state has counted */
  bind_place place;
} bind_array;

/* User values of pipelines, and of what is made from them to be run. */
enum {
  BIND_BOUND = 1, /* the tine.Pool it was bound to by 'on', or nil: the engine only borrows it, so what may run there
                     keeps it reachable */
  BIND_PROGRESS   /* the function that is told its progress; nil: a bar */
};

/* A pipeline without error. */
typedef struct bind_pipeline {
  const void *tag;
  tine_pipeline *pipeline; /* owned; NULL: finalised */
  double limit;            /* seconds its runs may take; 0: any number */
  double every;            /* seconds between two reports of its progress; 0: there are none */
  uint64_t work;           /* items of all its sources; UINT64_MAX: nobody knows */
  bool bound;              /* to a pool */
  bind_place place;
} bind_pipeline;

/* In memory of its own, which its handle keeps and, while it is open, the record: a handle may go without a
   finaliser. */
typedef struct bind_pool {
  tine_pool *pool;        /* owned; NULL: closed */
  unsigned installs;      /* calls of install it is inside of */
  struct bind_work *jobs; /* one of those on it that nobody has seen done */
  struct bind_pool *next; /* in the record's list of open pools */
} bind_pool;
typedef struct bind_kernel {
  const void *tag;
  tine_kernel *kernel; /* owned; NULL: finalised */
  bool lengthy;        /* it may take long: runs with it are watched, however few its items are */
  bind_place place;
} bind_kernel;

/* What the collector is told of besides memory: see bind_pressure.c. */
typedef enum bind_resource { BIND_FILES, BIND_THREADS, BIND_MAPPINGS, BIND_RESOURCES } bind_resource;

/* The record of a Lua state, made by luaopen_tine. */
typedef struct bind_state {
  const void *tag;
  lua_State *main;              /* its main thread */
  tine_registry *registry;      /* owned; NULL after the state closed, when the built-in kernels remain */
  struct bind_install *install; /* the innermost, which the record keeps */
  struct bind_work *jobs;       /* a ring of those that are not done, or have a handle */
  bind_pool *pools;             /* all open ones: Lua finalises nothing that a finaliser of a closing state made */
  struct bind_iter *iters;      /* likewise */
  bind_kept *kept;              /* of handles: bind_keep.h */
  unsigned kept_room, kept_free;
  unsigned functions; /* entries of Lua functions that are kept, bind_function.c, and what they take */
  uint64_t function_bytes;
  uint64_t debt;        /* bytes made since the collector was last told */
  uint64_t orphaned;    /* bytes whose handles went while views or pipelines kept them, since all was collected */
  uint64_t live, limit; /* bytes of arrays whose handles are not gone; at how many to collect everything */
  uint64_t used[BIND_RESOURCES]; /* by handles; and at how many to collect everything */
  uint64_t most[BIND_RESOURCES];
  tine_interrupt *interrupt;    /* of what its scripts run, a reference of its own; or NULL */
  tine_account *account;        /* of the engine's memory, owned; NULL where that was never limited */
  tine_account *charged_before; /* what the thread used before it began to charge this state */
  unsigned charging;            /* how often it did */
  bool taking;                  /* once of these, to build something */
  uint64_t refused;             /* bytes that the account refused before Lua was called in between; 0: none */
  uint64_t most_bytes;          /* the host's limits; 0: none */
  unsigned most_threads;
  tine_pool *own;       /* in place of the default pool where threads are limited, owned; NULL: not made yet */
  unsigned own_process; /* of which it is: tine_fork_generation */
  unsigned adopted;     /* workers of pools whose handles went while jobs were on them */
  bool no_io, no_share;
  bool hosted;  /* a host may have lent it arrays, which jobs of other states use, and kernels */
  bool looking; /* a run looks at the script, which is in a progress function or a hook */
  bool holds;   /* this state holds the default pool */
  bool closed;  /* finalised: nothing would give back what it took now */
} bind_state;

/* Was the record finalised before the handle of that place? Then what the handle held is released already. */
static inline bool bind_place_over(const bind_place *place) {
  return place->at > 0 && place->state->closed;
}

/* A pipeline or array on the stack, looked up once. One of the two is set. */
typedef struct bind_source {
  bind_pipeline *pipeline;
  bind_array *array;
  bind_state *state;
  int index; /* on the stack */
} bind_source;

enum { BIND_LINE = 16 }; /* bytes of a colon and a line, the end included */

/* A stage being built: the handle on the stack that will own it, and the line of the script. */
typedef struct bind_stage {
  bind_pipeline *out;
  bind_state *state;
  int index;                          /* of 'out' on the stack */
  char where[LUA_IDSIZE + BIND_LINE]; /* "job.lua:17" */
} bind_stage;

/* A kernel and its inputs, as arguments: the constants after all columns or, if 'spelt', each of them. */
typedef struct bind_call {
  tine_kernel *kernel; /* borrowed */
  int arg;             /* the kernel's place, to be blamed */
  bool spelt;          /* a list of columns was given: 'columns' and 'constants' are those of tine_map_args */
  size_t n;            /* constants; if spelt, inputs */
  int columns[TINE_MAX_ARGS];
  tine_value constants[TINE_MAX_ARGS];
} bind_call;

/* Handles on the stack, closed, for the arrays that a terminal will make. */
typedef struct bind_arrays {
  int first; /* index of the first */
  unsigned n;
} bind_arrays;

/* A function, or a method, that scripts may call. */
typedef struct bind_export {
  const char *name;
  lua_CFunction fn;
  int most; /* arguments it has a use for, the object of a method not counted; more raise before it is called */
} bind_export;

enum { BIND_ANY = 1 << 20 }; /* 'most' of what takes any number, or looks itself: more than Lua's stack holds */

/* bind_state.c */
extern const char bind_tag_state, bind_tag_array, bind_tag_pipeline, bind_tag_kernel; /* their addresses are the tags */

/* The handle of that tag and size at an index; NULL if there is something else. */
static inline void *bind_handle_to(lua_State *L, int index, const void *tag, size_t size) {
  void *h = lua_touserdata(L, index);
  return h != NULL && lua_rawlen(L, index) == size && *(const void *const *)h == tag ? h : NULL;
}

/* Pushes a userdata with the metatable that is user value 'which' of the record. Its contents are undefined, so fill it
   before anything else is done. */
void *bind_handle_new(lua_State *L, size_t size, int values, int which);
/* The record, in a function of the module or else looked up; NULL before luaopen_tine. */
bind_state *bind_state_find(lua_State *L);
static inline bind_state *bind_state_get(lua_State *L) {
  bind_state *state = bind_handle_to(L, lua_upvalueindex(1), &bind_tag_state, sizeof *state);
  return state != NULL ? state : bind_state_find(L);
}
void bind_push_record(lua_State *L);
/* Adds functions to the table on top, with the record as upvalue 1. */
void bind_functions(lua_State *L, const luaL_Reg *functions);
/* Makes a metatable named 'name' with these functions and leaves it on the stack. */
void bind_metatable(lua_State *L, const char *name, const luaL_Reg *functions);
/* Puts the metatable on top among those that the record has at hand. */
void bind_metatable_keep(lua_State *L, int which);

/* bind_pressure.c */
/* Tells the collector that 'bytes' were allocated outside Lua; it may run, finalisers too. Anchor what you made. */
void bind_state_pressure(lua_State *L, uint64_t bytes);
/* Likewise for the memory of a new array, which is in the account until its handle is closed or collected. */
void bind_state_charge(lua_State *L, bind_array *h, uint64_t bytes);
void bind_state_discharge(lua_State *L, bind_array *h);
/* bind_export.c: what scripts may call, added to the table on top. */
void bind_export_functions(lua_State *L, const bind_export *list);
void bind_export_methods(lua_State *L, const bind_export *list);
/* Raises if there are more than 'most' arguments from 'arg' on, in the name of what has no use for them. Nil is none,
   and dropped. Returns the index of the last. */
int bind_args_limit(lua_State *L, int arg, int most, const char *name);

/* Is there a Lua to call? Where the references to it are weak, there may be none, or another than 5.4, or no
   lauxlib. */
static inline bool bind_has_lua(void) {
#if defined(BIND_WEAK_LUA) && defined(__GNUC__)
  return lua_newuserdatauv != NULL && luaL_checkversion_ != NULL;
#else
  return true;
#endif
}

/* bind_error.c */
int bind_error_raise(lua_State *L, const tine_error *err);  /* as luaL_error; never returns */
int bind_error_result(lua_State *L, const tine_error *err); /* nil, message, errno; raises what is no file's fault */
/* Of a run: nil, "timeout" or "cancelled", and the status; raises what was neither. */
int bind_error_outcome(lua_State *L, const tine_error *err);

/* bind_value.c */
tine_dtype bind_dtype_check(lua_State *L, int arg);
void bind_value_push(lua_State *L, tine_value v); /* TINE_NONE: nil */
/* The value at an index; false if it is no number or boolean. */
bool bind_value_to(lua_State *L, int index, tine_value *out);
tine_value bind_value_check(lua_State *L, int arg);
/* Arguments from 'first' to 'last' as constants of a kernel; 'out' has room for TINE_MAX_ARGS. Returns how many. */
size_t bind_value_constants(lua_State *L, int first, int last, tine_value *out);
/* Pushes the element of that type at p. */
void bind_element_push(lua_State *L, tine_dtype dtype, const void *p);
/* Stores the value at an index as an element at p, or pushes why not and returns false. */
bool bind_element_store(lua_State *L, int index, tine_dtype dtype, void *p);
/* luaL_checknumber, rounded as the engine rounds; and the same of what must not be negative, "seconds" say. */
double bind_number_check(lua_State *L, int arg);
double bind_least_check(lua_State *L, int arg, const char *what);
/* An optional argument "exact" (the default), "wrap" or "clamp". */
tine_cast_mode bind_castmode_check(lua_State *L, int arg);
/* A count argument: an integer from 'least' up. */
uint64_t bind_count_check(lua_State *L, int arg, lua_Integer least);
/* Range arguments by the rules of string.sub over n elements: zero-based first and count. Both are optional. */
void bind_range_check(lua_State *L, int arg, lua_Integer n, uint64_t *first, uint64_t *count);

/* bind_array.c */
void bind_array_forget(bind_array *h);                             /* one whose place is over */
static inline bind_array *bind_array_to(lua_State *L, int index) { /* closed ones, too */
  bind_array *h = bind_handle_to(L, index, &bind_tag_array, sizeof *h);
  if (h != NULL && bind_place_over(&h->place))
    bind_array_forget(h);
  return h;
}
/* An array, closed or not. */
static inline bind_array *bind_array_any(lua_State *L, int arg) {
  bind_array *h = bind_array_to(L, arg);
  if (h == NULL)
    luaL_typeerror(L, arg, BIND_ARRAY);
  return h;
}
bind_array *bind_array_new(lua_State *L);          /* pushes a closed one */
void bind_array_own(bind_array *h, tine_array *a); /* fills a closed handle; takes ownership */
void bind_array_create(lua_State *L, bind_array *h, tine_dtype dtype, uint64_t n); /* zeros; raises */
void bind_array_expect(lua_State *L, const bind_array *h);                         /* raises if closed */
bind_array *bind_array_check(lua_State *L, int arg);                               /* likewise */
/* What an array is lent for. Elements are read where it is not BIND_WRITTEN, and written where it is BIND_FREE. */
enum { BIND_FREE, BIND_READ, BIND_WRITTEN };
int bind_array_raise_busy(lua_State *L);
void bind_array_expect_readable(lua_State *L, const bind_array *h); /* one that is not closed */
bind_array *bind_array_check_readable(lua_State *L, int arg);
bind_array *bind_array_check_writable(lua_State *L, int arg);
static inline char *bind_array_at(const bind_array *h, lua_Integer i) { /* i from 0 */
  return h->data + (ptrdiff_t)i * h->stride;
}
/* How a function that made the array at 'index' ends: that becomes the top, the collector is told; returns 1. */
int bind_array_return(lua_State *L, int index);
/* A terminal that gives arrays: n closed handles are pushed before it runs; then they own what it made, are the top of
   the stack, and their number is returned. */
void bind_arrays_open(lua_State *L, bind_arrays *to, unsigned n);
int bind_arrays_close(lua_State *L, const bind_arrays *to, tine_array *const *made);
/* bind_array_type.c: the metatable; 'methods' is the index of the table of pipelines'. */
void bind_array_open(lua_State *L, int methods);
int bind_array_equal(lua_State *L);              /* bind_array_equal.c: a method */
extern const bind_export bind_array_ops[];       /* bind_array_ops.c: the other methods */
extern const bind_export bind_array_functions[]; /* bind_make.c: tine.array ... */
/* bind_fill.c: each element becomes the one at 'element'; element i (of f64, contiguous) first + i * step.
   'fresh': nobody has written to the array yet. */
void bind_fill(lua_State *L, const bind_array *h, const void *element, bool fresh);
void bind_fill_steps(lua_State *L, const bind_array *h, double first, double last);
extern const bind_export bind_io_methods[], bind_io_functions[]; /* bind_io.c */

/* Makes a handle whose contents are undefined one of that array (owned), or a closed one. */
void bind_array_clone(bind_array *h, tine_array *a);
extern const bind_export bind_share_methods[], bind_share_functions[]; /* bind_share.c */
extern const luaL_Reg bind_share_metamethods[];

#include "bind_limit.h"

#include "bind_kernel.h"

/* bind_stage.c: 'pipeline' arguments may be arrays, too */
bool bind_source_is(lua_State *L, int index, bind_source *src);  /* closed ones, too */
void bind_source_check(lua_State *L, int arg, bind_source *src); /* raises unless take will succeed */
void bind_source_again(lua_State *L, const bind_source *src);    /* one that was, after what may run finalisers */
/* Beside columns that are all of u64, bools apart, a negative integer is the u64 that Lua has it for. 'columns': n of
   them, negative ones skipped; NULL: all of the source. */
void bind_source_beside(const bind_source *src, const int *columns, size_t n, tine_value *v, size_t count);
unsigned bind_source_columns(const bind_source *src);
static inline uint64_t bind_source_work(const bind_source *src) {
  return src->pipeline != NULL ? src->pipeline->work : (uint64_t)src->array->len;
}
void bind_source_expect(lua_State *L, const bind_source *src); /* raises if it is closed */
tine_pipeline *bind_source_take(const bind_source *src);       /* a new reference; no call into Lua */
/* Has it anything for its runs that a pipeline made from it keeps in user values? Few have: only then there are any. */
bool bind_source_carries(const bind_source *src);
void bind_stage_open(lua_State *L, bind_stage *s, bool carries);
/* Passes what a source has for its runs - pool, time, who is told the progress - and the work there is to the new
   stage. */
void bind_stage_inherit(lua_State *L, const bind_stage *s, const bind_source *src);
/* Takes ownership of p and returns 1 with the new pipeline on top; an error of p is raised, as one of argument 'arg'
   unless that is 0 or the error no argument's. */
int bind_stage_close(lua_State *L, bind_stage *s, tine_pipeline *p, int arg);
/* Opens a stage on argument 1. The caller checks the arguments after it and then takes the base. */
void bind_stage_adapt(lua_State *L, bind_stage *s, bind_source *base);
/* Whole adaptors: without arguments; with a count from 'least' up; and of arguments 1 to 'last', two by two. */
typedef tine_pipeline *bind_adapt_plain(tine_pipeline *);
typedef tine_pipeline *bind_adapt_counted(tine_pipeline *, uint64_t);
typedef tine_pipeline *bind_adapt_two(tine_pipeline *, tine_pipeline *);
int bind_stage_plain(lua_State *L, bind_adapt_plain *adapt);
int bind_stage_counted(lua_State *L, bind_adapt_counted *adapt, lua_Integer least);
int bind_stage_combine(lua_State *L, bind_adapt_two *combine, int last);

/* bind_call.c */
/* A column among 'width', counted from 1 at 'index' and from 0 in the result; argument 'arg' is blamed. */
unsigned bind_column_check(lua_State *L, int index, int arg, unsigned width);
/* The kernel at 'arg' and its constants up to 'last'; it is borrowed: use it before Lua allocates. */
void bind_call_check(lua_State *L, int arg, int last, bind_call *call);
/* Likewise; a list of the source's columns may stand in front of the kernel. Constants are those beside its columns. */
void bind_call_check_columns(lua_State *L, int arg, int last, const bind_source *src, bind_call *call);

void bind_pipeline_open(lua_State *L, int methods);
extern const bind_export bind_source_functions[]; /* tine.slice ... */
extern const bind_export bind_pipeline_methods[]; /* what can be asked of a plan */
extern const bind_export bind_adaptor_methods[], bind_indexed_methods[], bind_call_methods[], bind_progress_methods[];
void bind_operators(lua_State *L); /* bind_operator.c: adds the metamethods to that of arrays, or pipelines, on top */

/* bind_run.c (see bind_run.h), bind_collect.c, bind_sort.c, bind_iter.c, bind_job.c */
/* The pipeline (or array) at 'arg', ready to run: a new reference, bound to the pool it is to run on. Raises before
   it takes anything. */
tine_pipeline *bind_run_enter(lua_State *L, int arg);
extern const bind_export bind_sort_array_methods[], bind_iter_methods[], bind_job_methods[];
void bind_iter_open(lua_State *L);
void bind_job_open(lua_State *L);

#endif
