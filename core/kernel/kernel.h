/*
** The inside of kernels: signatures parsed, inputs bound, casts.
**
** A kernel is immutable once registered. *Binding* chooses a signature for the types of the inputs and adapts
** constants to it, as README.md in this folder says; what remains to be done for a block is to convert the columns
** whose type differs (ti_binding.cast) and to call the function.
*/
#ifndef TI_KERNEL_KERNEL_H
#define TI_KERNEL_KERNEL_H

#include "../base/atomics.h"
#include "../base/fork.h"
#include "../data/dtype.h"

/* Writes to each[i] how many values an expanding kernel will give for item i of a block; of more than
   TI_COUNTS_MOST, which no memory holds, so many. */
typedef void ti_counts_fn(const tine_block *block, uint64_t *each);
#define TI_COUNTS_MOST (UINT64_C(1) << 53)

typedef struct ti_signature {
  unsigned inputs, outputs;
  tine_dtype in[TINE_MAX_ARGS];
  tine_dtype out[TINE_MAX_OUTPUTS];
  tine_kernel_fn *block; /* one of the two */
  tine_item_fn *item;
  ti_counts_fn *counts; /* of a kernel that expands; NULL: nobody knows before it has run */
  bool infallible;      /* no item fails: known of built-in loops alone; see ti_signature_infallible */
  char *text;           /* normalised: "f64 f64 -> f64" */
} ti_signature;

/* The members of tine_kernel_desc that tell how states are made and ended. */
typedef struct ti_state_type {
  size_t size;
  tine_status (*init)(const void *env, void *state);
  void (*merge)(void *env, void *state);
  void (*drop)(void *state);
} ti_state_type;

/* Of a kernel that a text tells, ../expression, or register code, ../code: it has no list of signatures, but makes one
   for the types that it is bound to. Each is called with the kernel, or with a signature of it. */
typedef struct ti_expression ti_expression;
typedef struct ti_closure ti_closure;
typedef struct ti_told ti_told;

struct tine_kernel {
  ti_refs refs; /* unused by built-in kernels, which live for ever */
  bool builtin; /* also: known to be cheap, at most some 100 ns an item */
  const char *name;
  const char *help;
  unsigned flags;
  tine_mode mode;
  const void *env;
  size_t env_size; /* 0: borrowed */
  void (*drop)(void *env);
  ti_state_type state; /* of mode fn_mut */
  ti_turn turn;        /* of mode fn_mut: at its environment, see state.c */
  size_t count;
  ti_signature *signatures;
  const ti_told *told;       /* it has no list of signatures; else NULL */
  ti_expression *expression; /* a text tells it; else NULL */
  ti_closure *closure;       /* code tells it; else NULL */
};

/* What it finds as its environment when it is run with one of its signatures. */
static inline const void *ti_kernel_env(const tine_kernel *kernel, const ti_signature *signature) {
  return kernel->told != NULL ? (const void *)signature : kernel->env;
}

/* Makes a kernel of the host with one reference. As long as ti_kernel_discard is what ends it, its environment's
   'drop' is not called: that starts with the first tine_kernel_release. */
tine_status ti_kernel_create(tine_kernel **out, const tine_kernel_desc *desc, tine_error *err);
void ti_kernel_discard(tine_kernel *kernel);

enum { TI_SIGNATURE_TEXT = 5 * (TINE_MAX_ARGS + TINE_MAX_OUTPUTS) + 4 }; /* bytes of the longest text */

/* Reads "f64 f64 -> f64" into the counts and types of 'out'; the rest of it is left alone. On TINE_EINVAL the error
   says what is wrong with the types, but not of which kernel they are. */
tine_status ti_signature_parse(ti_signature *out, const char *types, tine_error *err);
/* Writes the normalised text, TI_SIGNATURE_TEXT bytes at most. */
void ti_signature_format(const ti_signature *signature, char *buffer);

/* An input: a column of a type, or a constant (dtype is then that of the value: bool, i64, u64 or f64). */
typedef struct ti_arg {
  bool constant;
  tine_dtype dtype;
  tine_value value;
} ti_arg;

typedef struct ti_binding {
  const ti_signature *signature;
  tine_kernel_fn *cast[TINE_MAX_ARGS];                  /* for columns whose type differs, else NULL */
  _Alignas(8) unsigned char constant[TINE_MAX_ARGS][8]; /* constants in the signature's type */
} ti_binding;

/* What a kernel is to do at the place that binds it. */
typedef enum ti_role {
  TI_ROLE_ASKED,     /* nothing: somebody asks for its types */
  TI_ROLE_CALL,      /* tine_kernel_call: once, on values */
  TI_ROLE_VALUES,    /* gives one or more values an item: map, extend */
  TI_ROLE_EFFECT,    /* gives what nobody looks at, or nothing: for_each */
  TI_ROLE_PREDICATE, /* gives one bool an item */
  TI_ROLE_OPTION,    /* gives values, and last a bool that says whether: filter_map */
  TI_ROLE_EXPAND,    /* gives any number of values an item: flat_map */
  TI_ROLE_FOLD       /* makes one value of two: reduce, fold_chunks, scan */
} ti_role;

/* Can the kernel (NULL: there is none) play that role? 'what' names the caller. TINE_ENAME, TINE_EINVAL, TINE_EKIND,
   TINE_EMODE. */
tine_status ti_role_check(const tine_kernel *kernel, ti_role role, const char *what, tine_error *err);
/* And with that signature? TINE_EINVAL, TINE_ETYPE. */
tine_status ti_role_signature(const tine_kernel *kernel, const ti_signature *signature, ti_role role, const char *what,
                              tine_error *err);
/* Checks the role, and chooses a signature. Besides what those two say, TINE_ETYPE "kernel 'sqrt' takes 1 input, got 2"
   / "kernel 'band' has no signature for (f64, f64)"; TINE_ERANGE "constant 300 is out of range for u8". Where all
   inputs are constants their own types count as those of columns. */
tine_status ti_kernel_bind(const tine_kernel *kernel, ti_role role, const char *what, const ti_arg *args, unsigned n,
                           ti_binding *out, tine_error *err);

struct ti_told {
  /* What ti_kernel_bind does. */
  tine_status (*bind)(const tine_kernel *kernel, ti_role role, const char *what, const ti_arg *args, unsigned n,
                      ti_binding *out, tine_error *err);
  /* Which of 'given' inputs it reads: which[k] for number k of '*n'. All of them must be there, and all of those that
     are there read, if they are 'spelt' out for it alone. TINE_ETYPE. */
  tine_status (*inputs)(const tine_kernel *kernel, size_t given, bool spelt, unsigned *which, unsigned *n,
                        tine_error *err);
  bool (*infallible)(const ti_signature *signature);
  bool (*cheap)(const ti_signature *signature);
  /* Each array that it takes elements of. */
  void (*arrays)(const tine_kernel *kernel, void (*visit)(void *arg, tine_array *a), void *arg);
  void (*drop)(tine_kernel *kernel);
};

static inline void ti_kernel_arrays(const tine_kernel *kernel, void (*visit)(void *arg, tine_array *a), void *arg) {
  if (kernel != NULL && kernel->told != NULL)
    kernel->told->arrays(kernel, visit, arg);
}

/* Does it have a signature of n inputs? TINE_ETYPE, saying how many it takes. */
tine_status ti_kernel_takes(const tine_kernel *kernel, unsigned n, tine_error *err);
/* A constant beside a column of that type, written in the type. TINE_ETYPE, TINE_ERANGE. */
tine_status ti_bind_constant(const ti_arg *arg, tine_dtype to, unsigned char *out, tine_error *err);
/* Do columns of one type become the other where a kernel asks for it? */
bool ti_bind_promotes(tine_dtype from, tine_dtype to);
/* Does a kernel with that signature never fail? Is it done at once, within some 100 ns an item? */
bool ti_signature_infallible(const tine_kernel *kernel, const ti_signature *signature);
bool ti_signature_cheap(const tine_kernel *kernel, const ti_signature *signature);

/* Runs a signature over one block, item by item if that is what it has. Returns 0 or the kernel's code with
   block->failed set below block->n (a kernel that gave no valid index fails at item 0) and a message, perhaps empty. */
int ti_signature_run(const ti_signature *signature, tine_block *block);

/*
** The states of kernels of mode fn_mut. What the host takes for one run may be several inside, one after the other
** (windows of a stream). Their *book* keeps the states that no thread has at the moment, and ends all of them with the
** last. A thread has, from the first block of a kernel on, one of its states, until its part of the run is over.
*/
typedef struct ti_state ti_state;
typedef struct ti_book {
  ti_mutex lock;
  ti_state *idle; /* under the lock */
} ti_book;
typedef struct ti_states {
  ti_state *first;
  ti_book *book;
} ti_states;

/* As ti_signature_run, with the kernel's environment and state: whoever runs a kernel of a host calls this. */
int ti_kernel_run(tine_kernel *kernel, const ti_signature *signature, ti_states *states, tine_block *block);
/* tine_kernel_call, but that it cannot be ended. */
tine_status ti_kernel_call(const tine_kernel *kernel, const tine_value *args, size_t n, tine_value *out, size_t *outs,
                           tine_error *err);
/* Gives a thread's states to their book. Any thread, when that one has done its part. */
void ti_states_return(ti_states *states);
void ti_book_begin(ti_book *book);
/* The run is over: merges the states, if it succeeded, and ends them. */
void ti_book_end(ti_book *book, bool merge);

/* May a value not fit? Only where the mode is exact: from float to integer, or to a narrower or unsigned integer. */
bool ti_cast_fails(tine_dtype from, tine_dtype to, tine_cast_mode mode);
/* The conversion of one column as a kernel function of one input and one output; NULL when from == to. */
tine_kernel_fn *ti_cast_find(tine_dtype from, tine_dtype to, tine_cast_mode mode);
/* The conversion that promotion uses: as exact, but u64 to i64 keeps the bits. */
tine_kernel_fn *ti_cast_promote(tine_dtype from, tine_dtype to);
/* As ti_cast_find in one instruction set of simd.h; a copy when from == to. */
tine_kernel_fn *ti_cast_variant(unsigned simd, tine_dtype from, tine_dtype to, tine_cast_mode mode);
/* Integers of less than 64 bits, and bools, from the words of 64 bits that programs have of them, and to such: where a
   bool holds, all bits of its word are set. */
void ti_cast_narrow(tine_dtype d, const int64_t *words, void *out, size_t n);
void ti_cast_widen(tine_dtype d, const void *in, int64_t *words, size_t n);

/* A loop of a built-in kernel: its signature, text apart. */
typedef struct ti_loop {
  const char *kernel;
  ti_signature signature;
} ti_loop;

/* All loops in one instruction set of simd.h, in the order of builtin.def. */
const ti_loop *ti_loops_variant(unsigned simd, size_t *count);

/* The built-in kernels, sorted by name; made on the first call, then constant. NULL past the last / when unknown. */
tine_kernel *ti_builtin_at(size_t i);
tine_kernel *ti_builtin_find(const char *name);
size_t ti_builtin_count(void);
/* Which line of builtin.def's loops a signature of theirs is; SIZE_MAX: it is none, but a conversion's, or a host's. */
size_t ti_builtin_index(const ti_signature *signature);

#endif
