/*
** tine: an embeddable parallel engine. This is its only public header.
**
** A *pipeline* describes work over typed columns: where items come from and what happens to each. A *terminal* runs it
** on every core, and gives the same bits on any number of them:
**
**     tine_array *xs = tine_slice_of(TINE_F64, x, n, sizeof *x);      // borrows x
**     tine_array *ys = tine_slice_of(TINE_F64, y, n, sizeof *y);
**     tine_pipeline *p = tine_map(tine_zip(tine_slice(xs), tine_slice(ys)),
**                                 tine_kernel_find(NULL, "mul", NULL), NULL, 0);
**     tine_value dot;
**     tine_error err;
**     if (tine_sum(p, &dot, &err) == TINE_OK)
**       use(dot.as.f);
**     else
**       complain(err.message);
**     tine_pipeline_release(p);
**     tine_array_release(xs);
**     tine_array_release(ys);
**
** Reading order: status and errors; values; arrays; kernels; pipelines; terminals; producers; the pool; jobs;
** hosts that embed Lua; kernel packs. A *host* is the program that uses the engine.
**
** Ownership. *Owns*: frees it in the end. *Borrows until X*: the caller keeps it alive and unchanged until X. *Takes
** ownership of*: the caller may not use it again. *Copies*: the caller may free its own at once. Whatever has 'retain'
** and 'release' is reference counted: 'retain' adds a reference and returns its argument, 'release' gives one up, and
** the last one frees the object. Both take NULL, and may be called on any thread. A function that makes an object puts
** the caller's reference into '*out', and NULL on failure. Positions and indices given to C functions count from 0;
** indices that are data count from 1, as in Lua.
**
** Threads. Every function may be called from any thread unless its comment says otherwise. Arrays, kernels, registries
** and pipelines may be shared by threads; but what one run writes, no other thread may read or write meanwhile.
** The library never prints, exits, aborts or installs a signal handler.
**
** Stack. A thread that calls the engine needs 128 KiB of stack. That is enough for every function, for sorts, and for
** terminals of pipelines of up to 16 stages one after the other; what the host's own kernels and tasks need comes on
** top. A deeper pipeline (the limit is 1000 stages) takes 2 KiB more for each stage, and another 4 KiB for each
** flat_map, take, skip_while or split source among them. A terminal looks at what is left of the thread's stack first,
** and refuses a pipeline that is too deep for it: TINE_ERANGE (collect on the way, or call from a thread with more). On
** a stack that is not the thread's own, as that of a coroutine of the host, it takes 128 KiB to be left. A terminal
** that is called from a kernel or task of the host needs the same again; one called from a watch is refused where less
** than 96 KiB are left. Threads of pools have 4 MiB or more, and may run any pipeline.
**
** Forks. In the child of a fork all objects are there, and only the thread that forked. Registries, arrays, pipelines
** and kernels can be used there, whatever other threads were doing; the default pool is made anew when it is needed;
** other pools run everything on the calling thread, and no jobs; jobs that were not done are cancelled; nothing is lent
** (tine_array_lend). A thread that forks inside of a run - in a kernel, a task, a watch - may start other runs in the
** child, but should not return to that one: what other threads had taken of it will never be done. What a host function
** was changing on a thread that is gone, as a kernel's environment in 'merge', is as it was at the fork.
*/
#ifndef TINE_H
#define TINE_H

#if defined(_MSC_VER)
#error "tine needs POSIX threads, mmap and C11 atomics as gcc and clang have them: Windows is not supported, WSL is"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TINE_API __attribute__((visibility("default")))
#else
#define TINE_API
#endif

#define TINE_VERSION_MAJOR 0
#define TINE_VERSION_MINOR 2
#define TINE_VERSION_PATCH 0
#define TINE_VERSION "0.2.0"

/*
** ===== Status and errors =====
**
** Functions that can fail return a tine_status and, where they take a tine_error, fill it: it belongs to
** the caller, may be NULL, and is written only on failure. Messages are for people, who count items from 1; 'item'
** counts from 0. Whatever allocates may give TINE_ENOMEM, and every terminal TINE_ECANCELED or TINE_ETIMEOUT; comments
** name the other codes.
**
** Codes from TINE_EUSER up are for the host. Its functions - kernel, init of a state, fold, source, task, body of a
** loop, job - fail by returning a code, or by handing one to tine_fail. A positive code becomes the status of the run
** as it is, so a kernel may also hand on the status of a run of its own. What can be no status (-1, TINE_STATUS_END)
** ends the run with TINE_EKERNEL, and with the message that came with it or, if none did, "it returned -1, which is no
** status".
**
** Functions of the host return. None may be left in another way while the engine is calling it - by longjmp, by a C++
** exception, by an error of Lua, by the end of its thread - for that would skip the engine's own clearing up: its place
** in the pool, its memory and the floating-point mode would be lost, and other threads would wait for ever; and an
** exception that reaches the first function of one of the engine's threads ends the process. What begins and ends
** within the function is its own affair, so C++ catches there, and Lua is called by lua_pcall:
**
**     int parse(tine_block *b) {
**       size_t i = 0;
**       try {
**         for (; i < b->n; i++)
**           static_cast<double *>(b->out[0])[i] = convert(TINE_AT(double, b->in[0], b->in_stride[0], i));
**         return 0;
**       } catch (const std::exception &e) {
**         return tine_block_fail(b, TINE_EUSER, i, e.what());
**       } catch (...) {
**         return tine_block_fail(b, TINE_EKERNEL, i, "an exception");
**       }
**     }
**
** Tasks do so with tine_fail(ctx, TINE_EUSER, i, e.what()). Test builds (compiled with -DTI_TESTING=1) trap when a
** thread comes back to the engine after it left a function of the host in one of these ways.
*/
#define TINE_STATUS_LIST(X)                             \
  X(TINE_OK, 0, "no error")                             \
  X(TINE_ENOMEM, 1, "not enough memory")                \
  X(TINE_EINVAL, 2, "invalid argument")                 \
  X(TINE_ETYPE, 3, "element types do not fit")          \
  X(TINE_ERANGE, 4, "value or length out of range")     \
  X(TINE_ENAME, 5, "unknown name")                      \
  X(TINE_EMODE, 6, "closure mode not possible here")    \
  X(TINE_EKIND, 7, "pipeline kind not sufficient")      \
  X(TINE_EIO, 8, "the operating system refused")        \
  X(TINE_EFORMAT, 9, "malformed file")                  \
  X(TINE_EKERNEL, 10, "a kernel failed")                \
  X(TINE_ETHREAD, 11, "no thread could be started")     \
  X(TINE_ECANCELED, 12, "cancelled")                    \
  X(TINE_ETIMEOUT, 13, "timed out")                     \
  X(TINE_EBUSY, 14, "array is in use by a running job") \
  X(TINE_EUSER, 1000, "first code of the host's own")

typedef enum tine_status {
#define TINE_STATUS_ENUM(name, code, text) name = code,
  TINE_STATUS_LIST(TINE_STATUS_ENUM)
#undef TINE_STATUS_ENUM
      TINE_STATUS_END = 0x7fffffff /* no status: makes room for every code of the host, in C++ too */
} tine_status;

#define TINE_MESSAGE_SIZE 256

typedef struct tine_error {
  tine_status status;
  int os_errno;                    /* errno for TINE_EIO and TINE_EFORMAT, else 0 */
  uint64_t item;                   /* position of the failing item, from 0; meaningless without one */
  char message[TINE_MESSAGE_SIZE]; /* always terminated; truncated if need be */
} tine_error;

/* What a status means, a static string. Unknown codes give "error of the host". */
TINE_API const char *tine_status_text(tine_status status);

/*
** Where the library gets its memory, for arrays and runs alike; by default from the C library. 'alloc' returns 'size'
** bytes at a multiple of 'align' (a power of two, at most 4096), or NULL; 'free' gets the size and alignment that were
** asked for. Both are called from any thread.
*/
typedef struct tine_allocator {
  void *(*alloc)(void *arg, size_t size, size_t align);
  void (*free)(void *arg, void *block, size_t size, size_t align);
  void *arg;
} tine_allocator;

/* Sets the allocator of the process (copied); NULL restores the default. TINE_EINVAL, and nothing changed, while
   anything made by the library is alive, or if one of the two functions is NULL. */
TINE_API tine_status tine_set_allocator(const tine_allocator *allocator);

/*
** An *account*, a memory quota, counts what the library allocates on behalf of a script or a tenant, and refuses in
** advance what would exceed its limit: that is a TINE_ENOMEM. While a thread uses an account, it is charged with all
** that this thread allocates and all that the threads of a pool allocate for runs this thread begins: arrays,
** pipelines, and what a run needs or gathers on its way. Bytes are given back when the block is freed, whenever that is
** and on whatever thread; the account lives on until then. What the host's allocator adds, and the default pool, are in
** no account.
*/
typedef struct tine_account tine_account;

/* A new account in '*out', the caller's. 'limit' in bytes; 0: none. */
TINE_API tine_status tine_account_create(tine_account **out, uint64_t limit, tine_error *err);
/* Gives the account up; NULL is fine. No thread may be using it any more. */
TINE_API void tine_account_release(tine_account *account);
/* From now on the calling thread uses this account, borrowed until it is replaced, or none for NULL. Returns the one
   before, to be put back. */
TINE_API tine_account *tine_account_use(tine_account *account);
/* Changes the limit, in bytes, 0: none; what is charged already stays. */
TINE_API void tine_account_limit(tine_account *account, uint64_t limit);
/* Bytes charged at the moment. */
TINE_API uint64_t tine_account_bytes(const tine_account *account);
/* The size in bytes of the last request that the account refused, 0 if it has refused none since the last call: tells a
   TINE_ENOMEM of the limit from one of the machine. */
TINE_API uint64_t tine_account_refused(tine_account *account);
/* Gives up every token (tine_array_share) that was written while a thread used the account and was not received: to be
   called before the account of a tenant that is gone is released. */
TINE_API void tine_account_unshare(tine_account *account);

/*
** ===== Element types and values =====
**
** The number in a name counts bits. X(ENUM, name, C type, is integer, is signed, which member of tine_value's 'as')
**
** A bool in memory is a byte, and any but 0 is true, in arrays and in the results of kernels. The host's kernels get
** such bytes as they are, so they compare with 0 (to C a bool that is neither 0 nor 1 is undefined). What the engine
** computes, and what it saves, is 0 or 1; what it only copies stays as it is.
*/
#define TINE_DTYPE_LIST(X)       \
  X(BOOL, bool, bool, 0, 0, b)   \
  X(U8, u8, uint8_t, 1, 0, i)    \
  X(I8, i8, int8_t, 1, 1, i)     \
  X(U16, u16, uint16_t, 1, 0, i) \
  X(I16, i16, int16_t, 1, 1, i)  \
  X(U32, u32, uint32_t, 1, 0, i) \
  X(I32, i32, int32_t, 1, 1, i)  \
  X(U64, u64, uint64_t, 1, 0, u) \
  X(I64, i64, int64_t, 1, 1, i)  \
  X(F32, f32, float, 0, 1, f)    \
  X(F64, f64, double, 0, 1, f)

typedef enum tine_dtype {
  TINE_NONE = 0, /* no type: the value of an empty minimum, an unset argument */
#define TINE_DTYPE_ENUM(NAME, name, type, integer, sign, member) TINE_##NAME,
  TINE_DTYPE_LIST(TINE_DTYPE_ENUM)
#undef TINE_DTYPE_ENUM
      TINE_DTYPE_END
} tine_dtype;

/* One value. Which member of 'as' holds it: b for bool, u for u64, i for the other integers, f for both
   floats (an f32 is held exactly by the double). */
typedef struct tine_value {
  tine_dtype dtype;
  union {
    bool b;
    int64_t i;
    uint64_t u;
    double f;
  } as;
} tine_value;

/* Short name ("f64"), a static string; "none" for anything that is no element type. */
TINE_API const char *tine_dtype_name(tine_dtype dtype);
/* Element size in bytes; 0 for anything that is no element type. */
TINE_API size_t tine_dtype_size(tine_dtype dtype);
/* The type a name stands for, short or long ("f64", "float64", "double"); TINE_NONE if unknown. */
TINE_API tine_dtype tine_dtype_find(const char *name);

/* A value, for constants, of type bool. */
static inline tine_value tine_bool(bool b) {
  tine_value v;
  v.dtype = TINE_BOOL;
  v.as.u = 0;
  v.as.b = b;
  return v;
}
/* A value of type i64. */
static inline tine_value tine_i64(int64_t i) {
  tine_value v;
  v.dtype = TINE_I64;
  v.as.i = i;
  return v;
}
/* A value of type f64. */
static inline tine_value tine_f64(double f) {
  tine_value v;
  v.dtype = TINE_F64;
  v.as.f = f;
  return v;
}

/*
** ===== Arrays =====
**
** An array is n elements of one type, 'stride' bytes apart. Owned memory is zeroed, contiguous and
** 64-byte aligned; borrowed memory is what the host says. The length never changes, so views stay valid.
** Where a function takes an array, NULL is allowed only if its comment says so.
*/
typedef struct tine_array tine_array;

/* A new array of n zeros in '*out', the caller's. TINE_ERANGE if n elements are no possible size, TINE_EINVAL if
   'dtype' is no element type. */
TINE_API tine_status tine_array_create(tine_array **out, tine_dtype dtype, uint64_t n, tine_error *err);
/*
** Borrows host memory until the last reference is released: n elements, the first at 'ptr', 'stride' bytes
** apart (negative and 0 are fine; elements must be aligned as C asks). A field of an array of structs is
** tine_slice_of(TINE_F32, &s->mass, n, sizeof *s). NULL when out of memory, for a wrong dtype, for elements that are
** not aligned and for a span no object can have; a pipeline built on NULL counts as one without memory.
*/
TINE_API tine_array *tine_slice_of(tine_dtype dtype, void *ptr, uint64_t n, ptrdiff_t stride);
/* As tine_slice_of, but the memory is handed over: 'drop(arg)' is called exactly once, on the thread that releases
   last. If the result is NULL it was not called, and the memory is still the caller's. */
TINE_API tine_array *tine_array_adopt(tine_dtype dtype, void *ptr, uint64_t n, ptrdiff_t stride,
                                      void (*drop)(void *arg), void *arg);
/* A view of elements [first, first + n) of 'a', which it keeps alive. NULL when out of memory or out of range. */
TINE_API tine_array *tine_array_view(tine_array *a, uint64_t first, uint64_t n);
/* Adds a reference and returns a. */
TINE_API tine_array *tine_array_retain(tine_array *a);
/* Gives up a reference. The last one frees owned memory, unmaps a file, or calls 'drop'. */
TINE_API void tine_array_release(tine_array *a);

/*
** An array under a name, for where there is no common C code to hand it over. tine_array_share writes a token to
** 'token', text of TINE_TOKEN_SIZE bytes with its end, that can be received 'times' times. The text may be sent
** anywhere in this process, and cannot be guessed. What was not received is kept as long as anybody holds the default
** pool, as each Lua state does, and until tine_account_unshare gives up the tokens of the account that was in use, as a
** Lua state with a limit does when it closes. TINE_EINVAL: nobody holds the default pool, no array, or 'times' is 0.
** TINE_EIO: the system gives no random number.
*/
#define TINE_TOKEN_SIZE 44
TINE_API tine_status tine_array_share(tine_array *a, uint64_t times, char *token, tine_error *err);
/* The array a token stands for, a reference that is the caller's. NULL and TINE_ENAME for what is no token, or one that
   was received as often as it may be. */
TINE_API tine_array *tine_array_receive(const char *token, tine_error *err);

/* Do others - views, pipelines, threads - hold references, too? The answer may be out of date when it arrives, unless
   it is false. */
TINE_API bool tine_array_shared(const tine_array *a);

/* The element type. */
TINE_API tine_dtype tine_array_dtype(const tine_array *a);
/* The number of elements. */
TINE_API uint64_t tine_array_len(const tine_array *a);
/* Element 0, borrowed from the array; not NULL unless it borrows from NULL. */
TINE_API void *tine_array_data(const tine_array *a);
/* Bytes from one element to the next; may be negative or 0. */
TINE_API ptrdiff_t tine_array_stride(const tine_array *a);
/* Is it a file mapped with "r"? Then its memory cannot be written. */
TINE_API bool tine_array_readonly(const tine_array *a);
/* The shape a file gave it: returns the number of dimensions (1 unless loaded from a .npy file, 0 for a single value in
   one) and points '*shape' to that many extents, borrowed from the array. */
TINE_API unsigned tine_array_shape(const tine_array *a, const uint64_t **shape);

/* Element i; a value of dtype TINE_NONE past the end. */
TINE_API tine_value tine_array_get(const tine_array *a, uint64_t i);
/* Stores v in element i as Lua's string.pack would: TINE_ERANGE "integer overflow", "number has no integer
   representation"; TINE_ETYPE between bool and number, or no type; TINE_EINVAL past the end or read-only. */
TINE_API tine_status tine_array_set(tine_array *a, uint64_t i, tine_value v, tine_error *err);

/*
** NumPy files. Errors of these three: TINE_EIO with os_errno; TINE_EFORMAT with os_errno EINVAL and the reason in the
** message. Load and save are terminals: what ends a terminal ends them within a megabyte.
*/
/* Reads a .npy file into a new array, the caller's: versions 1 to 3, both byte orders. Checks the whole header before
   it allocates, and flattens several dimensions (see tine_array_shape). Fortran order becomes C order, which takes the
   memory twice meanwhile; float16 becomes f32. */
TINE_API tine_status tine_array_load(tine_array **out, const char *path, tine_error *err);
/* Writes a .npy file, version 1.0, little-endian: to a temporary file beside it first, so that a failure leaves an
   existing file as it was; when it returns, the file and its name are on the disk. Temporary files of a process that
   was killed (.tine-*) are removed by the next save in that folder. A full disk and a file that may not be as long are
   errors (ENOSPC, EFBIG), and no signal. */
TINE_API tine_status tine_array_save(const tine_array *a, const char *path, tine_error *err);
/*
** Maps a file without copying: a .npy file (whose type must be 'dtype', in this machine's byte order, and in C order)
** or raw elements (a whole number of them). mode: "r" read-only, "rw" writes reach the file, "cow" writes stay private.
** TINE_NONE as dtype takes a .npy file's own. A file of bool is read through once, since only 0 and 1 are bools.
** TINE_EINVAL: another mode, no element type.
**
** A mapping faults where its file has become shorter than it was: a program that rewrites the file in place, this one
** or another, ends every process that reads the array, by SIGBUS. (tine_array_save does not: it puts a new file in its
** place.) For a file that others may write to there is mode "copy": the elements are read into owned memory, as much as
** mapping would show; of a .npy file that is what tine_array_load does.
*/
TINE_API tine_status tine_array_mmap(tine_array **out, const char *path, tine_dtype dtype, const char *mode,
                                     tine_error *err);

/*
** ===== Kernels =====
**
** A kernel is a named function over a block of items: column pointers with byte strides in, contiguous
** columns out. It runs on any thread, on many at once, and may not call Lua. Stride 0 is a constant; a
** stride of the element size is the case worth a vector loop.
**
** The simplest way is a C expression; 'a', 'b', 'c' are the inputs:
**
**     TINE_MAP2(mul_f64, double, double, double, a * b)        // a, b, result
**     static const tine_kernel_signature sigs[] = {{"f64 f64 -> f64", mul_f64, NULL}};
**     tine_kernel_desc desc = {.size = sizeof desc, .name = "mymul", .signatures = sigs, .signature_count = 1};
**     tine_kernel_register(registry, &desc, &err);
*/
#define TINE_MAX_ARGS 16    /* inputs of a kernel, constants included */
#define TINE_MAX_OUTPUTS 8  /* outputs of a kernel */
#define TINE_MAX_COLUMNS 32 /* columns of a pipeline */

typedef struct tine_block {
  size_t n;                   /* items; never 0 */
  uint64_t first;             /* position in the pipeline of the block's first item, kept or not; 0 when folding */
  const void *const *in;      /* one pointer an input, to item 0 */
  const ptrdiff_t *in_stride; /* bytes from item to item; 0: the same value for all */
  void *const *out;           /* one pointer an output, contiguous; overlaps no input */
  const void *env;            /* the environment, shared by all workers */
  size_t failed;              /* set by tine_block_fail: index in this block of the failing item */
  char *message;              /* room for TINE_MESSAGE_SIZE bytes */
  const struct tine_emitter *emitter; /* of a kernel that expands: see tine_block_emit */
  void *state;                        /* of mode TINE_FN_MUT: this worker's in this run; else NULL */
} tine_block;

/* Returns 0, or what tine_block_fail returned. Before failing at item i it must have done items 0 to i-1,
   so that the lowest failing item is the same whatever the blocks. */
typedef int tine_kernel_fn(tine_block *block);

/* Virtual dispatch: one item at a time. 'in' and 'out' point to single values. Returns 0 or a code, with an
   optional static '*message'. The engine wraps it into blocks; results are the same, only slower. In mode TINE_FN_MUT
   'env' is the worker's state, to be cast; what it wants of the environment, init can put there. */
typedef int tine_item_fn(const void *env, const void *const *in, void *const *out, const char **message);

/* How a kernel reports failure: return tine_block_fail(block, code, i, "bad digit"). 'code' is TINE_EUSER or more, or
   TINE_EKERNEL if there is none better (which 0 becomes). Copies the message; returns the code. */
static inline int tine_block_fail(tine_block *block, int code, size_t item, const char *message) {
  size_t i = 0;
  block->failed = item;
  if (block->message != NULL) {
    for (; message != NULL && message[i] != '\0' && i + 1 < TINE_MESSAGE_SIZE; i++)
      block->message[i] = message[i];
    block->message[i] = '\0';
  }
  return code != 0 ? code : TINE_EKERNEL;
}

/*
** A kernel flagged TINE_EXPANDS, for flat_map, gives any number of values for each item, in order. It has no use for
** 'out'; instead it asks for room by tine_block_emit, as often as it likes for each item, items in ascending order:
** giving a million values in portions of a thousand keeps memory small.
*/
typedef struct tine_emitter {
  void *const *(*emit)(tine_block *block, size_t item, size_t n);
  int (*status)(tine_block *block);
} tine_emitter;

/* Room for the next n values of item 'item': a pointer an output, contiguous, borrowed until the next call. The kernel
   must write all of it before it asks again or returns (unless it fails at that item: then they do not count); writing
   past it is detected and an error of the item. NULL: the run is over or out of memory, and the kernel returns
   tine_block_emitted(block). */
static inline void *const *tine_block_emit(tine_block *block, size_t item, size_t n) {
  return block->emitter->emit(block, item, n);
}
/* What a kernel that expands returns at its end. */
static inline int tine_block_emitted(tine_block *block) {
  return block->emitter->status(block);
}

/*
** What a closure may do with its environment, after Rust's closures. A closure serves where a place promises it more
** than it needs: fn where fn_mut or fn_once is possible, fn_mut where fn_once is. So 0, no mode stated, is right
** everywhere. Where a place cannot honour the mode it refuses the closure with TINE_EMODE before anything is moved:
**
**     place                               takes
**     kernel of map, filter, for_each...  fn, fn_mut     every block calls it
**     kernel of reduce, fold_chunks...    fn             accumulators meet anywhere, away from any worker's state
**     tine_spawn, tine_pool_call          all            called once
*/
typedef enum tine_mode {
  TINE_FN = 0,     /* shares a const environment with all workers */
  TINE_FN_MUT = 1, /* private state per worker */
  TINE_FN_ONCE = 2 /* environment moved in and used up by one call */
} tine_mode;

enum {                       /* tine_kernel_desc.flags */
       TINE_ASSOCIATIVE = 1, /* f(f(a,b),c) == f(a,f(b,c)), as near as its user wants: tine_reduce takes it */
       TINE_COMMUTATIVE = 2, /* f(a,b) == f(b,a): a reduction may go through a cell in lanes */
       TINE_EXPANDS = 4 /* gives any number of values an item, by tine_block_emit, from a block function: for flat_map
                             alone, every other place refuses it with TINE_EKIND (tine_kernel_call: TINE_EINVAL) */
};

/* What an environment does not allow, as bits of tine_kernel_desc.flags and tine_closure.flags. A kernel is refused
   with TINE_EMODE if its environment is TINE_NOT_SYNC (but in mode TINE_FN_MUT only if it is TINE_NOT_SEND, too), or if
   it is TINE_NOT_SEND and was moved in or has a 'drop'. A spawned closure is refused if its environment is
   TINE_NOT_SEND. */
enum {
  TINE_NOT_SYNC = 256, /* it must not be used by two threads at once */
  TINE_NOT_SEND = 512  /* it must not be used or dropped by another thread than the one that made it */
};

typedef struct tine_kernel_signature {
  const char *types;     /* "f64 f64 -> f64", "u8 -> f32 bool", "f64 ->" for a kernel with effects only */
  tine_kernel_fn *block; /* one of the two */
  tine_item_fn *item;
} tine_kernel_signature;

/*
** A kernel of mode TINE_FN_MUT has private states: one for each run, worker and kernel. It finds the worker's in
** block->state: state_size bytes (not 0), aligned for any type, on cache lines of their own. Two runs at once, of one
** pipeline or two, share nothing but the environment. A state is scratch, a cache, a counter: which items one
** sees depends on chance, so it may not influence results.
**
** 'init' makes a state before the worker's first block, from zeroed bytes (NULL: that is enough), on the worker's
** thread. A status other than TINE_OK is a failure at the first item of the block; then there is no state, and nothing
** else is called for it. When the run is over, each state is merged into the environment (by 'merge', unless NULL, and
** only if the run succeeded) and then ended (by 'drop_state', unless NULL; always, exactly once), on the thread that
** called the run and in any order. The run of a tine_iter is over when it is destroyed. tine_kernel_call is a run.
**
** Merges of one kernel take turns, those of other runs included. But other runs may be reading the environment
** meanwhile: what merge writes is for the host to read after the runs, or atomic. If the environment is TINE_NOT_SYNC,
** init takes turns with init and merge, and block->env is NULL. init and merge may not run their own kernel.
*/
typedef struct tine_kernel_desc {
  size_t size;      /* sizeof (tine_kernel_desc): members a later version adds read as 0 */
  const char *name; /* copied, as all strings are */
  const char *help; /* one line; may be NULL */
  const tine_kernel_signature *signatures;
  size_t signature_count;
  unsigned flags;
  tine_mode mode;  /* TINE_FN or TINE_FN_MUT; TINE_FN_ONCE is refused with TINE_EMODE */
  const void *env; /* env_size 0: borrowed until the kernel is gone. Else that many bytes are copied in. */
  size_t env_size; /* 'drop', unless NULL, is called exactly once, when the kernel goes, with what the kernel used */
  void (*drop)(void *env);
  size_t state_size; /* these four for mode TINE_FN_MUT alone, see above */
  tine_status (*init)(const void *env, void *state);
  void (*merge)(void *env, void *state);
  void (*drop_state)(void *state);
} tine_kernel_desc;

typedef struct tine_kernel tine_kernel;
typedef struct tine_registry tine_registry;

/* A registry adds kernels of the host to the built-in ones; it owns them. A new one in '*out'. */
TINE_API tine_status tine_registry_create(tine_registry **out, tine_error *err);
/* Adds a reference and returns the registry. */
TINE_API tine_registry *tine_registry_retain(tine_registry *registry);
/* Gives up a reference. With the last one its kernels go, except those that a pipeline or a tine_kernel_retain
   holds. */
TINE_API void tine_registry_release(tine_registry *registry);
/* Adds a kernel; what 'desc' points to is copied, except an environment of size 0. TINE_EINVAL: a name that is taken or
   no identifier, a malformed signature, no function, two signatures with the same inputs; TINE_EMODE: see tine_mode and
   TINE_NOT_SYNC. On failure nothing was moved: 'drop' is not called. */
TINE_API tine_status tine_kernel_register(tine_registry *registry, const tine_kernel_desc *desc, tine_error *err);
/* The kernel of that name, borrowed until the registry goes (built-in ones: for ever); registry NULL means the
   built-in kernels alone. Unknown: NULL, TINE_ENAME "unknown kernel 'mull'; did you mean 'mul'?". */
TINE_API tine_kernel *tine_kernel_find(tine_registry *registry, const char *name, tine_error *err);
/* A value that an expression may name. */
typedef struct tine_named_value {
  const char *name;  /* no name of an input */
  tine_value value;  /* a bool, i64, u64 or f64; moved in */
  tine_array *array; /* else NULL: the expression reads elements of it, and retains it */
} tine_named_value;

/*
** A new kernel in '*out', the caller's to release, that a text tells: "a*x^2 + b". The grammar is that of Lua's
** expressions: + - * / // % ^, & | ~ << >>, == ~= < <= > >=, 'and' 'or' 'not', parentheses, numbers, true and false,
** calls of kernels by their names (those of the registry, which may be NULL, too) and of functions of Lua's math by
** theirs, math.pi and math.huge. x y z w are the inputs 1 to 4, c1 c2 ... any; all other names are those of the n
** values, arrays among them as lut[x], from 1. Operators mean what the kernels add, lt, band ... mean, types included:
** 'and' and 'or' take bools, and what is right of them counts, where it fails, only if what is left asks for it; c and
** a or b, of a bool c and an a that is none, is where(c, a, b), but that only what is chosen counts. 'text' and names
** are copied. As a kernel of a stage it reads the columns that it names, whatever others there are; it takes no
** constants. Kernels of the host within it get a part of a block at a time (block->first is the whole one's), right of
** 'and' and 'or' with items whose result nobody asks for. 'flags': TINE_ASSOCIATIVE and TINE_COMMUTATIVE, if its user
** promises so for x and y. Errors say where in the text: TINE_EINVAL; TINE_ENAME, for unknown names; TINE_ETYPE, a
** number of arguments; TINE_ERANGE, a number. Types are found wrong where it meets columns. Threads: any may use it,
** many at a time.
*/
TINE_API tine_status tine_kernel_parse(tine_kernel **out, tine_registry *registry, const char *text,
                                       const tine_named_value *values, size_t n, unsigned flags, tine_error *err);
/*
** Kernels that a host makes at run time, *register code*: a function told instruction by instruction, over registers
** without types, with Lua's values and what Lua's arithmetic, comparisons, truth and numeric 'for' mean and fail with.
** A compiler of another language writes it; lua/function makes it of Lua's bytecode.
**
**     static const tine_datum two = {TINE_DATUM_I64, {.i = 2}};               // constant 0
**     static const tine_instruction body[] = {
**         {TINE_CODE_MUL, false, 0, 0, -1, 0, 3},                             // r0 = r0 * constant 0, of line 3
**         {TINE_CODE_RETURN, false, 0, 1, 0, 0, 4}};                          // the one value from r0 on
**     const tine_code code = {.size = sizeof code, .source = "job", .line = 2, .params = 1, .registers = 1,
**                             .count = 2, .constant_count = 1, .code = body, .constants = &two};
**     tine_kernel_code(&kernel, &code, NULL, 0, NULL, NULL, 0, &err);         // "job:2"
**
** A value is nil, a boolean, an integer or a float, as Lua's are; or a function, a kernel, a module or an array, which
** can be called, asked for a field, or indexed and measured, and no more. Registers hold any of them, one after the
** other; parameters come in the first. An array is read as Lua reads a tine.Array: where there is no element there is
** nil. An *operand* is a register, from 0 on, or constant k as -1 - k. What each instruction does, by its operands:
**
**     a_b_c    a = b op c; INDEX: element c of the array b, from 1 on
**     a_b      a = op b
**     b_c_to   if (b op c) == want then goto to
**     b_to     if (b is neither nil nor false) == want then goto to
**     to       goto to
**     nil      registers a to a + b - 1 are nil
**     capture  a = captured value b
**     field    a = the field of the module in register c that names[b] names
**     call     the function in a, of the b values behind it; c results from a on. What else was in registers from a
**              on is lost
**     result   returns the b values from a on
**     loop     a: the first value, a + 1: the limit, a + 2: the step, all replaced; a + 3: the variable. The target
**              of a FOR is behind its NEXT, for a loop that does not run; that of a NEXT is behind its FOR
*/
/* clang-format off */
#define TINE_CODE_LIST(X) \
  X(MOVE, a_b) X(NEG, a_b) X(BNOT, a_b) X(NOT, a_b) X(LEN, a_b) X(ADD, a_b_c) X(SUB, a_b_c) X(MUL, a_b_c) \
  X(DIV, a_b_c) X(MOD, a_b_c) X(POW, a_b_c) X(IDIV, a_b_c) X(BAND, a_b_c) X(BOR, a_b_c) X(BXOR, a_b_c) X(SHL, a_b_c) \
  X(SHR, a_b_c) X(INDEX, a_b_c) X(IF_EQ, b_c_to) X(IF_LT, b_c_to) X(IF_LE, b_c_to) X(IF, b_to) X(JUMP, to) X(NIL, nil) \
  X(CAPTURE, capture) X(FIELD, field) X(CALL, call) X(RETURN, result) X(FOR, loop) X(NEXT, loop)
/* The kinds of values. NONE: nothing was ever put there. FUNCTION: one of math. CLOSURE: one that code tells, typed
   where it is called. KERNEL: of mode fn. REFUSED: none of the others. */
#define TINE_DATUM_LIST(X) \
  X(NONE) X(NIL) X(BOOL) X(I64) X(F64) X(FUNCTION) X(MODULE) X(ARRAY) X(CLOSURE) X(KERNEL) X(REFUSED)
/* The functions that code may call, those of Lua's math of these names. */
#define TINE_CODE_FUNCTION_LIST(X) \
  X(abs) X(acos) X(asin) X(atan) X(ceil) X(cos) X(exp) X(floor) X(log) X(max) X(min) X(sin) X(sqrt) X(tan)
/* clang-format on */

/* In place of a number of values, b of CALL and RETURN or c of CALL: as many as there are. What gives them stands
   before what takes them. */
enum { TINE_CODE_OPEN = -1 };

typedef enum tine_code_op {
#define TINE_CODE_ENUM(name, operands) TINE_CODE_##name,
  TINE_CODE_LIST(TINE_CODE_ENUM)
#undef TINE_CODE_ENUM
      TINE_CODE_END
} tine_code_op;

typedef enum tine_datum_kind {
#define TINE_DATUM_ENUM(name) TINE_DATUM_##name,
  TINE_DATUM_LIST(TINE_DATUM_ENUM)
#undef TINE_DATUM_ENUM
      TINE_DATUM_END
} tine_datum_kind;

typedef enum tine_code_function {
#define TINE_CODE_FUNCTION_ENUM(name) TINE_CODE_FUNCTION_##name,
  TINE_CODE_FUNCTION_LIST(TINE_CODE_FUNCTION_ENUM)
#undef TINE_CODE_FUNCTION_ENUM
      TINE_CODE_FUNCTION_END
} tine_code_function;

typedef struct tine_instruction {
  uint8_t op; /* a tine_code_op */
  bool want;
  int16_t a, b, c;
  uint32_t to;   /* an instruction, from 0 */
  uint32_t line; /* of the text it was made of, for messages; 0: nobody knows */
} tine_instruction;

typedef struct tine_code tine_code;
typedef struct tine_code_module tine_code_module;
typedef struct tine_code_closure tine_code_closure;

/* A constant - nil, a boolean, a number, or what is refused - or a captured value. */
typedef struct tine_datum {
  unsigned kind; /* a tine_datum_kind */
  union {
    bool b;
    int64_t i;
    double f;
    unsigned function; /* a tine_code_function */
    const tine_code_module *module;
    const tine_array *array;
    const tine_code_closure *closure;
    tine_kernel *kernel;
    const char *why; /* of what is refused: the message where it is used */
  } as;
} tine_datum;

/* Fields: numbers, booleans, functions of math, what is refused. What it has not is no field that kernels know. */
struct tine_code_module {
  unsigned count;
  const char *const *names;
  const tine_datum *fields;
};

/* A function that was captured. What its code captured is in the same list of values as what captured it, from 'first'
   on; so functions may know each other. (They may not call each other without end: that is refused.) */
struct tine_code_closure {
  const tine_kernel *kernel; /* that tine_kernel_code made of its code; what this captured itself does not matter */
  unsigned first;
  const tine_code *code; /* the engine's own: it reads that of the kernel */
};

struct tine_code {
  size_t size;        /* sizeof (tine_code): members a later version adds read as 0 */
  const char *source; /* "job.lua": messages begin with that and the line */
  uint32_t line;      /* where the function begins */
  unsigned params, registers, count, constant_count, capture_count, name_count; /* at most 16 and 255; 30000; 8000 */
  const tine_instruction *code;
  const tine_datum *constants;
  const char *const *names; /* of fields */
  /* What is said of integers divided by zero; NULL: what the kernels say. */
  const char *idiv_by_zero, *mod_by_zero;
  /* What a register is called at an instruction, for messages, and in which line it began to be ('*line' = 0: nobody
     knows); NULL: nothing. May itself be NULL. */
  const char *(*name_of)(const void *env, unsigned reg, unsigned at, uint32_t *line);
  const void *env;
};

/*
** A new kernel in '*out', the caller's to release, that does what 'code' says with these captured values, 'captures'
** of them: capture_count for the code, and those of the functions among them, each at its 'first'; at most 8000.
** Everything is copied, and 'name_of' is called before it returns. Of arrays and kernels it has references of its own:
** a run reads elements as they are then, and tine_kernel_arrays tells the arrays, those of captured kernels among them.
** 'name' NULL: "job.lua:3"; 'help' may be NULL. 'flags': TINE_ASSOCIATIVE and TINE_COMMUTATIVE.
**
** It takes all columns, and then the constants, as kernels do: bools, integers as i64 (of a u64 the bits), floats as
** f64. Types are found where it meets columns: there messages say what the code cannot do with them. Each result is a
** column of bool, i64 or f64; where one is an integer here and a float there it is f64. In a reduction it gives the
** type that it takes. What fails is told with its line, TINE_EKERNEL. An endless loop ends with the terminal it is in.
** TINE_EINVAL, TINE_ERANGE: it is no code, and which instruction is wrong; or it captures what it cannot, kernels of
** code that capture others more than 8 deep among it. Any thread, many at a time.
*/
TINE_API tine_status tine_kernel_code(tine_kernel **out, const tine_code *code, const tine_datum *captured,
                                      size_t captures, const char *name, const char *help, unsigned flags,
                                      tine_error *err);
/* A new kernel of the same code, which the two share, with other captured values: in a fraction of the time.
   TINE_EINVAL: 'kernel' was made neither by this nor by tine_kernel_code. */
TINE_API tine_status tine_kernel_recapture(tine_kernel **out, const tine_kernel *kernel, const tine_datum *captured,
                                           size_t captures, const char *name, const char *help, unsigned flags,
                                           tine_error *err);
/* Adds a reference and returns the kernel; built-in ones are not counted. */
TINE_API tine_kernel *tine_kernel_retain(tine_kernel *kernel);
/* Gives up a reference. The last one drops the environment. */
TINE_API void tine_kernel_release(tine_kernel *kernel);

/* The i-th kernel in the order of names, built-in ones included, borrowed as by tine_kernel_find; NULL past the
   last. */
TINE_API tine_kernel *tine_kernel_at(tine_registry *registry, size_t i);
/* Its name, borrowed from the kernel. */
TINE_API const char *tine_kernel_name(const tine_kernel *kernel);
/* Its line of help, borrowed from the kernel; "" if none was given. */
TINE_API const char *tine_kernel_help(const tine_kernel *kernel);
/* Its mode. */
TINE_API tine_mode tine_kernel_mode(const tine_kernel *kernel);
/* Its flags: TINE_ASSOCIATIVE and so on, as bits. */
TINE_API unsigned tine_kernel_flags(const tine_kernel *kernel);
/* The i-th signature as text, "f64 f64 -> f64", borrowed from the kernel; NULL past the last. */
TINE_API const char *tine_kernel_signature_at(const tine_kernel *kernel, size_t i);
/* The signature that serves n columns of these types: its text, borrowed from the kernel; or NULL and TINE_ETYPE. */
TINE_API const char *tine_kernel_signature_for(const tine_kernel *kernel, const tine_dtype *dtypes, size_t n,
                                               tine_error *err);
/* Applies a kernel to n single values on the calling thread; 'out' has room for TINE_MAX_OUTPUTS, '*outs' is set
   to how many there are. Types are promoted as for columns; else TINE_ETYPE, or what the kernel fails with. */
TINE_API tine_status tine_kernel_call(const tine_kernel *kernel, const tine_value *args, size_t n, tine_value *out,
                                      size_t *outs, tine_error *err);
/* Whose transcendental functions (sin, exp, pow ...) the built-in kernels use in this process, a static string: "sleef
   3.5.1 (deterministic, fma)", whose bits are the same on every machine, or the C library's: "libm". */
TINE_API const char *tine_math_name(void);

/*
** Static dispatch: expression -> tine_kernel_fn. The loop the compiler sees is contiguous, or contiguous with
** constants, or strided; each is emitted once and vectorises where the expression does. Compile without
** -ffast-math and with -ffp-contract=off if the bits matter to you.
*/
#define TINE_AT(type, p, s, i) (*(const type *)(const void *)((const char *)(p) + (s) * (ptrdiff_t)(i)))

#define TINE_MAP1(name, TA, TR, expr)                   \
  static int name(tine_block *block) {                  \
    const char *pa = (const char *)block->in[0];        \
    const ptrdiff_t sa = block->in_stride[0];           \
    TR *__restrict out = (TR *)block->out[0];           \
    const size_t n = block->n;                          \
    if (sa == (ptrdiff_t)sizeof(TA))                    \
      for (size_t i = 0; i < n; i++) {                  \
        const TA a = ((const TA *)(const void *)pa)[i]; \
        (void)a;                                        \
        out[i] = (TR)(expr);                            \
      }                                                 \
    else                                                \
      for (size_t i = 0; i < n; i++) {                  \
        const TA a = TINE_AT(TA, pa, sa, i);            \
        (void)a;                                        \
        out[i] = (TR)(expr);                            \
      }                                                 \
    return 0;                                           \
  }

#define TINE_MAP2(name, TA, TB, TR, expr)                                          \
  static int name(tine_block *block) {                                             \
    const char *pa = (const char *)block->in[0], *pb = (const char *)block->in[1]; \
    const ptrdiff_t sa = block->in_stride[0], sb = block->in_stride[1];            \
    TR *__restrict out = (TR *)block->out[0];                                      \
    const size_t n = block->n;                                                     \
    if (sa == (ptrdiff_t)sizeof(TA) && sb == (ptrdiff_t)sizeof(TB))                \
      for (size_t i = 0; i < n; i++) {                                             \
        const TA a = ((const TA *)(const void *)pa)[i];                            \
        (void)a;                                                                   \
        const TB b = ((const TB *)(const void *)pb)[i];                            \
        (void)b;                                                                   \
        out[i] = (TR)(expr);                                                       \
      }                                                                            \
    else if (sa == (ptrdiff_t)sizeof(TA) && sb == 0) {                             \
      const TB b = TINE_AT(TB, pb, 0, 0);                                          \
      (void)b;                                                                     \
      for (size_t i = 0; i < n; i++) {                                             \
        const TA a = ((const TA *)(const void *)pa)[i];                            \
        (void)a;                                                                   \
        out[i] = (TR)(expr);                                                       \
      }                                                                            \
    } else if (sa == 0 && sb == (ptrdiff_t)sizeof(TB)) {                           \
      const TA a = TINE_AT(TA, pa, 0, 0);                                          \
      (void)a;                                                                     \
      for (size_t i = 0; i < n; i++) {                                             \
        const TB b = ((const TB *)(const void *)pb)[i];                            \
        (void)b;                                                                   \
        out[i] = (TR)(expr);                                                       \
      }                                                                            \
    } else                                                                         \
      for (size_t i = 0; i < n; i++) {                                             \
        const TA a = TINE_AT(TA, pa, sa, i);                                       \
        (void)a;                                                                   \
        const TB b = TINE_AT(TB, pb, sb, i);                                       \
        (void)b;                                                                   \
        out[i] = (TR)(expr);                                                       \
      }                                                                            \
    return 0;                                                                      \
  }

#define TINE_MAP3(name, TA, TB, TC, TR, expr)                                                      \
  static int name(tine_block *block) {                                                             \
    const char *pa = (const char *)block->in[0], *pb = (const char *)block->in[1];                 \
    const char *pc = (const char *)block->in[2];                                                   \
    const ptrdiff_t sa = block->in_stride[0], sb = block->in_stride[1];                            \
    const ptrdiff_t sc = block->in_stride[2];                                                      \
    TR *__restrict out = (TR *)block->out[0];                                                      \
    const size_t n = block->n;                                                                     \
    if (sa == (ptrdiff_t)sizeof(TA) && sb == (ptrdiff_t)sizeof(TB) && sc == (ptrdiff_t)sizeof(TC)) \
      for (size_t i = 0; i < n; i++) {                                                             \
        const TA a = ((const TA *)(const void *)pa)[i];                                            \
        (void)a;                                                                                   \
        const TB b = ((const TB *)(const void *)pb)[i];                                            \
        (void)b;                                                                                   \
        const TC c = ((const TC *)(const void *)pc)[i];                                            \
        (void)c;                                                                                   \
        out[i] = (TR)(expr);                                                                       \
      }                                                                                            \
    else if (sa == (ptrdiff_t)sizeof(TA) && sb == 0 && sc == 0) {                                  \
      const TB b = TINE_AT(TB, pb, 0, 0);                                                          \
      (void)b;                                                                                     \
      const TC c = TINE_AT(TC, pc, 0, 0);                                                          \
      (void)c;                                                                                     \
      for (size_t i = 0; i < n; i++) {                                                             \
        const TA a = ((const TA *)(const void *)pa)[i];                                            \
        (void)a;                                                                                   \
        out[i] = (TR)(expr);                                                                       \
      }                                                                                            \
    } else if (sa == (ptrdiff_t)sizeof(TA) && sb == (ptrdiff_t)sizeof(TB) && sc == 0) {            \
      const TC c = TINE_AT(TC, pc, 0, 0);                                                          \
      (void)c;                                                                                     \
      for (size_t i = 0; i < n; i++) {                                                             \
        const TA a = ((const TA *)(const void *)pa)[i];                                            \
        (void)a;                                                                                   \
        const TB b = ((const TB *)(const void *)pb)[i];                                            \
        (void)b;                                                                                   \
        out[i] = (TR)(expr);                                                                       \
      }                                                                                            \
    } else                                                                                         \
      for (size_t i = 0; i < n; i++) {                                                             \
        const TA a = TINE_AT(TA, pa, sa, i);                                                       \
        (void)a;                                                                                   \
        const TB b = TINE_AT(TB, pb, sb, i);                                                       \
        (void)b;                                                                                   \
        const TC c = TINE_AT(TC, pc, sc, i);                                                       \
        (void)c;                                                                                   \
        out[i] = (TR)(expr);                                                                       \
      }                                                                                            \
    return 0;                                                                                      \
  }

/*
** ===== Pipelines =====
**
** A pipeline is an immutable tree of stages, reference counted; it owns (by reference) the arrays, kernels and
** constants its runs need, and may be run any number of times, by several threads at once. Constructors *take
** ownership of* the pipelines they are given - retain one first to use it twice - and retain arrays and kernels.
** A constructor never has to be checked: the first error of a chain is kept (*sticky*), and every terminal returns it;
** a pipeline that is NULL (no memory even for that) counts as one whose error is TINE_ENOMEM.
**
** What is known in advance makes a ladder of kinds. *Indexed*: the item at a position is available without producing
** those before it. *Exact*: the number of items is known. *Bounded*: at most so many (filter). *Parallel*: nothing is
** known (flat_map). A stage that needs a higher kind than its base has is an error, TINE_EKIND, that names the stage
** which lost it. Stages give a pipeline of their base's kind unless
** their comment says otherwise.
**
** Errors of all constructors: TINE_EKIND; TINE_ERANGE for more than 2^63-1 items, more than TINE_MAX_COLUMNS columns or
** too many stages; TINE_ETYPE where the number or the types of columns do not fit; TINE_EINVAL for any other argument
** that is not possible, such as a length of 0. Comments name what is not plain from this.
**
** There may be 1000 stages one after the other, and 100 000 in all branches, shared ones counted each time they are
** used. A run of more than 16 one after the other takes stack of the thread that calls its terminal, 2 KiB a stage: see
** the top. Building, explaining and releasing take none for their stages.
**
** Positions, in errors and in the order of arithmetic, are those of the indexed pipeline underneath. An item that
** filter(p) lets through keeps its position in p; all that flat_map makes of an item is at the position of that item.
** Of several indexed stages the last one counts, whichever of them fails: item 7 of p is at 4 in errors of skip(p, 3),
** as it is in its results. Three things number their items anew, 0, 1, 2 ...: skip_while, a take of what is not
** indexed, and a source that splits itself. A chain has positions of its own, those of a and then those of b, unless
** the positions of one side are not known in advance, because there is a flat_map, a take or skip_while as above, a
** split source or a take_while in it. Then each side is reduced by itself.
*/
typedef struct tine_pipeline tine_pipeline;

typedef enum tine_kind { TINE_PARALLEL, TINE_BOUNDED, TINE_EXACT, TINE_INDEXED } tine_kind;

/* ----- Sources: indexed, but for tine_chain and tine_source_split ----- */

/* The elements of an array, one column; retains it. */
TINE_API tine_pipeline *tine_slice(tine_array *a);
/* The i64 numbers first, first + step, ... up to and including last, as a numeric for of Lua. Step 0 is an error. */
TINE_API tine_pipeline *tine_range(int64_t first, int64_t last, int64_t step);
/* The same of f64: the item at i is first + i*step. 'first' and 'step' must be finite, 'last' no NaN. */
TINE_API tine_pipeline *tine_range_f64(double first, double last, double step);
/* The value n times. */
TINE_API tine_pipeline *tine_rep(tine_value v, uint64_t n);
/* No items, of that type. */
TINE_API tine_pipeline *tine_empty(tine_dtype dtype);
/* n numbers, f64, uniform in [0, 1): multiples of 2^-53. The item at i is a function of seed and i alone, the same in
   all versions: Philox4x32-10 (Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011), see
   core/produce/random.c. */
TINE_API tine_pipeline *tine_random(uint64_t n, uint64_t seed);
/* The items of a, then those of b: as many columns. Where types differ they are promoted: a float with another number
   is f64, two types of integers are i64 (u64 where one is u64 and neither has a sign; a u64 value that i64 does not
   hold fails at its item), a bool beside a number is an error. Gives the lower kind of both. */
TINE_API tine_pipeline *tine_chain(tine_pipeline *a, tine_pipeline *b);

/*
** Sources of the host. By index: 'fill' is a kernel without inputs that makes the block->n items from position
** block->first on. It runs on any thread, on many at once; environment and 'drop' are as a kernel's.
*/
typedef struct tine_index_source {
  size_t size;      /* sizeof (tine_index_source) */
  const char *name; /* for plans and errors; copied */
  const tine_dtype *dtypes;
  unsigned columns;
  uint64_t len;
  tine_kernel_fn *fill;
  const void *env; /* env_size 0: borrowed while the pipeline lives. Else copied in. */
  size_t env_size;
  void (*drop)(void *env); /* called exactly once, with what was used, but not if the result is NULL or an error */
} tine_index_source;

/* The indexed pipeline of such a source; the description and what it points to are copied, except an environment of
   size 0. TINE_EINVAL: no name, no function, no columns or too many. */
TINE_API tine_pipeline *tine_source_index(const tine_index_source *source);

/*
** By own split, for what has no index: trees, files, streams. A *piece* is a stretch of the items: piece_size bytes
** that the engine may copy elsewhere. The functions run on any thread, on one piece at a time each.
**
** 'begin' makes the piece that is everything, once a run. 'split' leaves the first part in 'piece' and makes 'right' of
** the rest, or returns false: too small. It must depend on the piece alone, since floating-point reductions follow the
** tree of all splits (at most TINE_MAX_SPLITS deep). 'fill' makes the next items of a piece that is split no further:
** at most block->n, contiguous in block->out; it sets block->n to how many, 0 at the end. 'drop_piece' is called
** exactly once for every piece. 'count' tells the number of items left in a piece: exactly if kind is TINE_EXACT, at
** most if it is TINE_BOUNDED; a source that gives more, or fewer than exactly so many, fails with TINE_EINVAL. For
** TINE_PARALLEL it may be NULL.
*/
#define TINE_MAX_SPLITS 40
#define TINE_MAX_PIECE 512 /* bytes of a piece */

typedef struct tine_split_source {
  size_t size; /* sizeof (tine_split_source) */
  const char *name;
  const tine_dtype *dtypes;
  unsigned columns;
  tine_kind kind; /* TINE_EXACT, TINE_BOUNDED or TINE_PARALLEL */
  size_t piece_size;
  void (*begin)(const void *env, void *piece);
  bool (*split)(const void *env, void *piece, void *right);
  int (*fill)(const void *env, void *piece, tine_block *block); /* 0, or what tine_block_fail returned */
  uint64_t (*count)(const void *env, const void *piece);
  void (*drop_piece)(const void *env, void *piece); /* may be NULL */
  const void *env;                                  /* as above */
  size_t env_size;
  void (*drop)(void *env);
} tine_split_source;

/* The pipeline of such a source, of the kind it states; copies as tine_source_index does. Calls 'count' once, unless
   the kind is TINE_PARALLEL. TINE_EINVAL: a missing function, a size or number that is out of range. */
TINE_API tine_pipeline *tine_source_split(const tine_split_source *source);

/* ----- Adaptors: need an indexed base, give an indexed pipeline ----- */

/* Columns side by side. The shorter length wins: what is left of the longer one
   is never evaluated. */
TINE_API tine_pipeline *tine_zip(tine_pipeline *a, tine_pipeline *b);
/* The same; unequal lengths are an error, TINE_EINVAL. */
TINE_API tine_pipeline *tine_zip_eq(tine_pipeline *a, tine_pipeline *b);
/* The position, from 1, as an i64 column in front. */
TINE_API tine_pipeline *tine_enumerate(tine_pipeline *base);
/* The items from the last to the first. */
TINE_API tine_pipeline *tine_rev(tine_pipeline *base);
/* Without the first n items, which are never evaluated. */
TINE_API tine_pipeline *tine_skip(tine_pipeline *base, uint64_t n);
/* Items 0, k, 2k, ...; the others are never evaluated. k 0 is an error. */
TINE_API tine_pipeline *tine_step_by(tine_pipeline *base, uint64_t k);
/* a0 b0 a1 b1 ..., and then what is left of the longer one. Types that differ are promoted as in tine_chain. */
TINE_API tine_pipeline *tine_interleave(tine_pipeline *a, tine_pipeline *b);
/* The same, until one of them has no more when it is its turn: a begins, so it may give one item more than b. */
TINE_API tine_pipeline *tine_interleave_shortest(tine_pipeline *a, tine_pipeline *b);
/* Item i: items i to i+k-1 of the base side by side as columns (of a base of two columns: a0 b0 a1 b1 ...); as many as
   there are whole windows, so none where k is larger than the base is long (then there are at most TINE_MAX_COLUMNS
   columns, whatever k). k 0 is an error, and so are more columns than that elsewhere. */
TINE_API tine_pipeline *tine_windows(tine_pipeline *base, uint64_t k);
/* Each n items folded to one with a kernel as tine_reduce takes it, and in the same fixed order (that of one cell, if n
   is at most 1024); 'identity' (NULL: none) is combined leftmost with each chunk. The last chunk may be short. n 0 is
   an error, as is a kernel that tine_reduce refuses. */
TINE_API tine_pipeline *tine_fold_chunks(tine_pipeline *base, uint64_t n, tine_kernel *op, const tine_value *identity);
/* Element i of the array (retained) for every item i, an integer counted from 1; one that is out of range fails at the
   item. */
TINE_API tine_pipeline *tine_gather(tine_pipeline *base, tine_array *array);

/* ----- Adaptors: any kind ----- */

/* Columns picked, reordered or repeated: column k of the result is column columns[k], counted from 0; n of them. */
TINE_API tine_pipeline *tine_select(tine_pipeline *base, const unsigned *columns, size_t n);
/* The kernel's outputs as further columns, behind those of the base. Inputs as in tine_map. */
TINE_API tine_pipeline *tine_extend(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);
/* As tine_extend, with the inputs as in tine_map_args. */
TINE_API tine_pipeline *tine_extend_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                         const tine_value *constants, size_t n);
/* The kernel's outputs replace the columns. Its inputs are all columns, then the n constants (copied). TINE_ENAME: the
   kernel is NULL, as of tine_kernel_find for an unknown name; TINE_ETYPE: no signature serves their types; TINE_ERANGE:
   a constant that the type of its input does not hold; TINE_EMODE; TINE_EKIND: it expands. */
TINE_API tine_pipeline *tine_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);
/* As tine_map with the n inputs spelt out: input k is column 'columns[k]' or, where that is negative, the constant
   'constants[k]'. At least one input must be a column. */
TINE_API tine_pipeline *tine_map_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                      const tine_value *constants, size_t n);
/* The first n items, in order. What lies behind them is never evaluated if the base is indexed; else evaluation goes a
   little further than it must. An indexed base gives an indexed pipeline, any other a bounded one. */
TINE_API tine_pipeline *tine_take(tine_pipeline *base, uint64_t n);

/* ----- Adaptors that lose the index ----- Predicates are kernels whose one output is bool; n and 'constants' as in
   tine_map, with 'columns' as in tine_map_args. */

/* Items for which the predicate holds; bounded. */
TINE_API tine_pipeline *tine_filter(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);
/* As tine_filter, with the predicate's inputs spelt out. */
TINE_API tine_pipeline *tine_filter_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                         const tine_value *constants, size_t n);
/* Items whose last column, a bool, holds; without that column. Bounded. */
TINE_API tine_pipeline *tine_filter_mask(tine_pipeline *base);
/* Items at whose positions the mask holds: one column of bool, as long as base. Both are
   indexed; the result is bounded. */
TINE_API tine_pipeline *tine_filter_by(tine_pipeline *base, tine_pipeline *mask);
/* As tine_map with a kernel whose last output is bool and says whether there is a result; without it. Bounded. */
TINE_API tine_pipeline *tine_filter_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants,
                                        size_t n);
/* All that a kernel flagged TINE_EXPANDS gives for each item, in order; parallel. */
TINE_API tine_pipeline *tine_flat_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);
/* The positions, i64 counted from 1, of the items for which the predicate holds; needs an indexed base, gives a bounded
   pipeline. */
TINE_API tine_pipeline *tine_positions(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);
/* The items before the first for which the predicate does not hold; bounded at most. What lies behind that one is not
   evaluated, except in blocks that other threads were in when it was found. */
TINE_API tine_pipeline *tine_take_while(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants,
                                        size_t n);
/* As tine_take_while, with the predicate's inputs spelt out. */
TINE_API tine_pipeline *tine_take_while_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                             const tine_value *constants, size_t n);
/* The first item for which the predicate does not hold, and all behind it; bounded at most. */
TINE_API tine_pipeline *tine_skip_while(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants,
                                        size_t n);
/* As tine_skip_while, with the predicate's inputs spelt out. */
TINE_API tine_pipeline *tine_skip_while_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                             const tine_value *constants, size_t n);

/* ----- Adaptors: conversion and scheduling ----- */

/* How to convert what does not fit. TINE_CAST_EXACT: it is an error of the run, at its item. TINE_CAST_WRAP: it wraps
   as C's unsigned arithmetic does (floats: truncated first; NaN and infinities give 0). TINE_CAST_CLAMP: the nearest
   value the type has (NaN gives 0). To floats values round, and to bool all but 0 is true, in every mode. */
typedef enum tine_cast_mode { TINE_CAST_EXACT, TINE_CAST_WRAP, TINE_CAST_CLAMP } tine_cast_mode;
/* Every column converted to that type. */
TINE_API tine_pipeline *tine_cast(tine_pipeline *base, tine_dtype dtype, tine_cast_mode mode);

typedef struct tine_pool tine_pool;

/* Scheduling, as all that follows: never changes a result. Runs do not cut their items into parts shorter than n. 0 is
   refused; where it conflicts with tine_max_len this one wins. */
TINE_API tine_pipeline *tine_min_len(tine_pipeline *base, uint64_t n);
/* Runs cut whatever is longer than n items, and kernels get no more of them at a time, on one thread either. 0 is
   refused. */
TINE_API tine_pipeline *tine_max_len(tine_pipeline *base, uint64_t n);
/* Runs on the calling thread alone. */
TINE_API tine_pipeline *tine_sequential(tine_pipeline *base);
/* Runs on that pool, borrowed until the last run is over. NULL is refused. */
TINE_API tine_pipeline *tine_on(tine_pipeline *base, tine_pool *pool);
/* A run that is not over after so many seconds ends with TINE_ETIMEOUT, within one block of its kernels. The clock
   starts when the terminal is called. Of several the shortest counts. Negative or NaN is an error. */
TINE_API tine_pipeline *tine_timeout(tine_pipeline *base, double seconds);

/* ----- What a pipeline is ----- */

/* Adds a reference and returns p. */
TINE_API tine_pipeline *tine_pipeline_retain(tine_pipeline *p);
/* Gives up a reference. The last one releases the bases, arrays and kernels, on the thread that calls. */
TINE_API void tine_pipeline_release(tine_pipeline *p);
/* Notes where in the host's program the last stage was built ("job.lua:17", copied): errors quote it. To be called
   before the pipeline is shared: a stage that others hold, too, is left as it is. */
TINE_API void tine_pipeline_where(tine_pipeline *p, const char *where);
/* The sticky error: TINE_OK, or the status with 'err' filled. */
TINE_API tine_status tine_pipeline_check(const tine_pipeline *p, tine_error *err);
/* The kind; TINE_PARALLEL for one with an error. */
TINE_API tine_kind tine_pipeline_kind(const tine_pipeline *p);
/* The number of items of an exact or indexed pipeline; 0 for the others. */
TINE_API uint64_t tine_pipeline_len(const tine_pipeline *p);
/* At least and at most how many items it has; either may be NULL. False, with '*upper' untouched, if no upper bound is
   known. */
TINE_API bool tine_pipeline_bounds(const tine_pipeline *p, uint64_t *lower, uint64_t *upper);
/* TINE_OK if p is of that kind at least; else TINE_EKIND with the stage that lost it, 'what' naming what needs it
   ("with_producer"); or the sticky error. */
TINE_API tine_status tine_pipeline_needs(const tine_pipeline *p, tine_kind kind, const char *what, tine_error *err);
/* The number of columns; 0 for one with an error. */
TINE_API unsigned tine_pipeline_columns(const tine_pipeline *p);
/* The element type of a column, counted from 0; TINE_NONE past the last. */
TINE_API tine_dtype tine_pipeline_dtype(const tine_pipeline *p, unsigned column);
/* The pool that its runs are bound to by tine_on, borrowed; NULL for none. */
TINE_API tine_pool *tine_pipeline_pool(const tine_pipeline *p);
/* Writes the plan as text, one line a stage, into 'buffer' as snprintf does, cut to 'size' bytes with its end; returns
   the length of the whole text. For people: it may change with any version. */
TINE_API size_t tine_pipeline_explain(const tine_pipeline *p, char *buffer, size_t size);

/*
** ===== Terminals =====
**
** Each runs the pipeline once, borrows it for the call, and returns when all is done. The calling thread takes part.
** The result depends on the pipeline and its data only, not on threads or timing: sums of floats are pairwise, over a
** fixed tree of cells of 1024 positions (core/fold/README.md). Behind a filter sums, products, means and variances
** have each item at its position, and nothing (-0.0, 1) at those that were dropped. With several columns each gives
** one value a column: 'out' and 'index' have room for tine_pipeline_columns(p). A value that does not exist (the
** minimum of no items) has dtype TINE_NONE. On failure results are unspecified, and the lowest failing item is
** reported, the same on every run.
**
** Errors of all: the sticky error of the pipeline; TINE_EKIND where it is not of the kind that is needed; TINE_ETYPE
** where its columns do not fit; what a kernel or source fails with; TINE_ETIMEOUT (tine_timeout); TINE_ECANCELED
** (tine_watch, tine_interrupt, tine_cancel, tine_job_cancel); TINE_ERANGE for a stack that is too small.
*/
/* The sum: i64, which wraps, of integers and bools; f64 of floats. 0 of no items. */
TINE_API tine_status tine_sum(tine_pipeline *p, tine_value *out, tine_error *err);
/* The product, of the same types. 1 of no items. */
TINE_API tine_status tine_product(tine_pipeline *p, tine_value *out, tine_error *err);
/* The arithmetic mean, f64; TINE_NONE of no items. */
TINE_API tine_status tine_mean(tine_pipeline *p, tine_value *out, tine_error *err);
/* The variance of a population, f64: squared distances from the mean, divided by the number of items n; TINE_NONE of no
   items. Small noise on large values is kept: the pairwise update of Chan, Golub and LeVeque (1979). */
TINE_API tine_status tine_var(tine_pipeline *p, tine_value *out, tine_error *err);
/* Its square root, the standard deviation. */
TINE_API tine_status tine_std(tine_pipeline *p, tine_value *out, tine_error *err);
/* As tine_var, divided by n - ddof (1 for a sample); TINE_NONE of ddof items or fewer. */
TINE_API tine_status tine_var_ddof(tine_pipeline *p, uint64_t ddof, tine_value *out, tine_error *err);
/* The square root of that. */
TINE_API tine_status tine_std_ddof(tine_pipeline *p, uint64_t ddof, tine_value *out, tine_error *err);
/* The first smallest item, in the column's type, and its position from 0 in '*index'; 'index' may be NULL, and must be
   unless p is indexed (TINE_EKIND). If there are NaNs, it is the first of those. */
TINE_API tine_status tine_min(tine_pipeline *p, tine_value *out, uint64_t *index, tine_error *err);
/* The first largest; else as tine_min. */
TINE_API tine_status tine_max(tine_pipeline *p, tine_value *out, uint64_t *index, tine_error *err);
/* Both values in one run. */
TINE_API tine_status tine_minmax(tine_pipeline *p, tine_value *min, tine_value *max, tine_error *err);
/* Folds every column with a kernel that is flagged TINE_ASSOCIATIVE (else TINE_EINVAL), of two inputs and one output,
   all of one type. 'identity' (NULL: none) is combined once, leftmost, with every column. */
TINE_API tine_status tine_reduce(tine_pipeline *p, tine_kernel *op, const tine_value *identity, tine_value *out,
                                 tine_error *err);
/* The number of items in '*out'. Evaluates them only where one might fail: then that is the result. */
TINE_API tine_status tine_count(tine_pipeline *p, uint64_t *out, tine_error *err);
/* How many items a filter lets through: with 'columns' NULL that of tine_filter, else that of tine_filter_args. */
TINE_API tine_status tine_count_if(tine_pipeline *p, tine_kernel *kernel, const int *columns,
                                   const tine_value *constants, size_t n, uint64_t *out, tine_error *err);
/* One new array a column in out[0..columns), the caller's to release; on failure all are NULL. */
TINE_API tine_status tine_collect(tine_pipeline *p, tine_array **out, tine_error *err);
/* Writes into existing arrays, one a column, n of them; p is exact or indexed. Length, type (or an exact cast) and
   overlap are checked before anything is written (TINE_ETYPE, else TINE_EINVAL): an array that p reads may be written
   only in place, item i read from where item i goes. */
TINE_API tine_status tine_collect_into(tine_pipeline *p, tine_array *const *dst, size_t n, tine_error *err);
/* Writes items [first, first + n) of an indexed pipeline only; the arrays, one a column, have at least n elements.
   TINE_ERANGE: p has no such items. */
TINE_API tine_status tine_collect_range(tine_pipeline *p, uint64_t first, uint64_t n, tine_array *const *dst,
                                        size_t columns, tine_error *err);
/* Runs a kernel for its effects: inputs as in tine_map, outputs (if any) are dropped. */
TINE_API tine_status tine_for_each(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n,
                                   tine_error *err);

/*
** A terminal of the host's own. The items of each cell of 1024 positions are folded, in order, into an accumulator of
** that cell, and the accumulators are combined in the fixed tree of all reductions: the same bits on any number of
** threads. So 'init' has to make an empty accumulator, one that changes nothing it is combined with, and combine(a, b)
** is to be what folding the items of both would have been. (A slow fold of few items wants tine_parallel_reduce: a cell
** is folded by one thread.)
**
** The functions run on any thread, on many at once, but on an accumulator one at a time. Accumulators are aligned for
** any type and never moved.
*/
typedef struct tine_fold_desc {
  size_t size;       /* sizeof (tine_fold_desc) */
  const char *name;  /* for errors; NULL: "fold" */
  const char *types; /* what the columns must be: "f64 i64", else TINE_ETYPE; NULL: anything */
  size_t acc_size;
  void (*init)(void *acc, const void *env);
  /* Takes in block->n items: input k is column k, at any stride; block->env is the environment, and there is no output.
     0, or what tine_block_fail returned. Called once for each accumulator, with 1 to 1024 items. */
  int (*fold)(void *acc, tine_block *block);
  void (*combine)(void *acc, void *right, const void *env); /* acc := acc, then right */
  void (*drop)(void *acc, const void *env);                 /* see tine_fold; NULL: nothing to do */
  const void *env;                                          /* borrowed for the call, shared by all workers */
  unsigned flags;                                           /* TINE_NOT_SYNC is refused, TINE_EMODE */
} tine_fold_desc;

/* Folds an indexed pipeline. '*result' has room for an accumulator, aligned for any type. On success it holds what was
   folded - an empty one for no items - and is the caller's to end; all other accumulators were dropped, each once. On
   failure all were, and '*result' holds nothing. TINE_EINVAL: a missing function, or no room for the result. */
TINE_API tine_status tine_fold(tine_pipeline *p, const tine_fold_desc *desc, void *result, tine_error *err);

/* Static dispatch: statements -> a tine_fold_desc of that name, over one column. 'a' is the item, 'left' and 'right'
   are accumulators:
       TINE_FOLD1(squares, "f64", double, double, 0, left += a * a, left += right)
       tine_fold(p, &squares, &sum, &err); */
#define TINE_FOLD1(name, types, TA, acc_type, empty, fold, combine)     \
  static void name##_init(void *acc, const void *env) {                 \
    (void)env;                                                          \
    *(acc_type *)acc = (empty);                                         \
  }                                                                     \
  static int name##_fold(void *acc, tine_block *block) {                \
    const char *pa = (const char *)block->in[0];                        \
    const ptrdiff_t sa = block->in_stride[0];                           \
    const size_t n = block->n;                                          \
    acc_type left = *(acc_type *)acc;                                   \
    if (sa == (ptrdiff_t)sizeof(TA))                                    \
      for (size_t i = 0; i < n; i++) {                                  \
        const TA a = ((const TA *)(const void *)pa)[i];                 \
        fold;                                                           \
      }                                                                 \
    else                                                                \
      for (size_t i = 0; i < n; i++) {                                  \
        const TA a = TINE_AT(TA, pa, sa, i);                            \
        fold;                                                           \
      }                                                                 \
    *(acc_type *)acc = left;                                            \
    return 0;                                                           \
  }                                                                     \
  static void name##_combine(void *acc, void *other, const void *env) { \
    acc_type left = *(acc_type *)acc;                                   \
    const acc_type right = *(const acc_type *)other;                    \
    (void)env;                                                          \
    combine;                                                            \
    *(acc_type *)acc = left;                                            \
  }                                                                     \
  static const tine_fold_desc name = {sizeof(tine_fold_desc),           \
                                      #name,                            \
                                      types,                            \
                                      sizeof(acc_type),                 \
                                      name##_init,                      \
                                      name##_fold,                      \
                                      name##_combine,                   \
                                      NULL,                             \
                                      NULL,                             \
                                      0};

/*
** ----- Searching -----
**
** With a predicate, its inputs as in tine_map. Which item decides is as in a plain loop over the items: those before it
** are evaluated, so a failure there is the result; those behind it are not, except in the blocks other threads are in.
** For TINE_LAST it is a loop from the end, where every position gives one item at most (indexed pipelines, filter and
** the like); else all items are evaluated. TINE_ANY gives any match, and not always the same.
*/
/* Does the predicate hold for any item? False of no items. */
TINE_API tine_status tine_any(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n, bool *out,
                              tine_error *err);
/* Does it hold for all? True of no items. */
TINE_API tine_status tine_all(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n, bool *out,
                              tine_error *err);
typedef enum tine_which { TINE_FIRST, TINE_LAST, TINE_ANY } tine_which;
/* The item for which it holds: a value a column, all TINE_NONE if there is none. */
TINE_API tine_status tine_find(tine_pipeline *p, tine_which which, tine_kernel *kernel, const tine_value *constants,
                               size_t n, tine_value *out, tine_error *err);
/* The position of that item from 0, UINT64_MAX if there is none; needs an indexed pipeline. */
TINE_API tine_status tine_position(tine_pipeline *p, tine_which which, tine_kernel *kernel, const tine_value *constants,
                                   size_t n, uint64_t *out, tine_error *err);
/* Same length and all items ==, column by column; the types may differ, the numbers of columns may not (TINE_ETYPE).
   Lengths that are known to differ (exact, indexed) are an answer at once. */
TINE_API tine_status tine_eq(tine_pipeline *p, tine_pipeline *q, bool *out, tine_error *err);
/* The order of the first items that are not ==, or of the lengths: -1, 0, 1; 2 if that pair has no order (NaN). */
TINE_API tine_status tine_cmp(tine_pipeline *p, tine_pipeline *q, int *out, tine_error *err);

/*
** ----- Terminals that give arrays -----
**
** The arrays are new and the caller's to release; on failure all are NULL. 'out' has room for an array a column of p.
*/
typedef enum tine_order { TINE_ASCENDING, TINE_DESCENDING } tine_order;

/* The items for which the predicate holds in yes[0..columns), the others in no[0..columns); in order. */
TINE_API tine_status tine_partition(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n,
                                    tine_array **yes, tine_array **no, tine_error *err);
/* Item i: items 0 to i folded with a kernel as tine_reduce takes it; 'init' (NULL: none) leftmost of all. The bits are
   fixed, but they are not those of tine_reduce over the first i items (core/fold/README.md): sums of floats by the
   built-in "add" carry twice the precision and are rounded once, so where items have one sign they are monotone. */
TINE_API tine_status tine_scan(tine_pipeline *p, tine_kernel *op, const tine_value *init, tine_array **out,
                               tine_error *err);
/* The items sorted, stable, by their columns from the first to the last; NaN last in both orders, -0.0 before 0.0 when
   ascending. A radix sort from the most significant digit (core/sort/README.md). */
TINE_API tine_status tine_sorted(tine_pipeline *p, tine_order order, tine_array **out, tine_error *err);
/* The first k of tine_sorted, TINE_DESCENDING, in memory for k items a thread: a heap each. */
TINE_API tine_status tine_top(tine_pipeline *p, uint64_t k, tine_array **out, tine_error *err);
/* The different items, by first occurrence; NaNs count as one value, and -0.0 is 0.0. */
TINE_API tine_status tine_unique(tine_pipeline *p, tine_array **out, tine_error *err);
/* As tine_unique, in 'keys', and in '*counts' (i64) how often each occurs. */
TINE_API tine_status tine_count_by(tine_pipeline *p, tine_array **keys, tine_array **counts, tine_error *err);
/* For each column how many values lie in each of 'bins' bins of equal width between lo and hi (i64): half-open, the
   last one closed. Values outside and NaN are not counted. TINE_EINVAL unless lo < hi, both finite; TINE_ERANGE: no
   bins, or too many. */
TINE_API tine_status tine_histogram(tine_pipeline *p, double lo, double hi, uint64_t bins, tine_array **out,
                                    tine_error *err);

/* ----- Arrays in parallel: on the default pool, or the one whose task calls; they are terminals, too ----- */

/* Sorts in place: stable, NaN last in both orders, -0.0 before 0.0 when ascending. Needs memory for a copy.
   TINE_EINVAL: read-only. If a watch or the cancelling of a job ends it, all elements are there, in some order. */
TINE_API tine_status tine_array_sort(tine_array *a, tine_order order, tine_error *err);
/* The positions, counted from 1, of a's elements in that order: a new i64 array, the caller's. */
TINE_API tine_status tine_array_argsort(const tine_array *a, tine_order order, tine_array **out, tine_error *err);
/* Reverses in place. TINE_EINVAL: read-only. */
TINE_API tine_status tine_array_reverse(tine_array *a, tine_error *err);

/*
** A stream hands out the items of a pipeline of any kind in order, window by window; each window is made by all
** threads, and is no larger than it must be for that. One thread at a time may use a stream.
*/
typedef struct tine_stream tine_stream;
struct tine_columns;
/* A new stream in '*out', the caller's to destroy; borrows the pipeline until then. */
TINE_API tine_status tine_stream_create(tine_stream **out, tine_pipeline *p, tine_error *err);
/* Fills '*block', borrowed until the next call; n is 0 at the end. A failure comes after the items before it. */
TINE_API tine_status tine_stream_next(tine_stream *s, struct tine_columns *block, tine_error *err);
/* Ends a stream, before its end, too; NULL is fine. */
TINE_API void tine_stream_destroy(tine_stream *s);

/*
** ===== Producers =====
**
** A producer is a borrowed, splittable view of an indexed pipeline: a plain value, lent to a callback for the length of
** one call. Copies are free; splitting is exact at any index and allocates nothing.
*/
typedef struct tine_producer {
  tine_pipeline *pipeline; /* borrowed until the callback returns */
  uint64_t lo, hi;         /* its items are those of the pipeline at positions [lo, hi) */
} tine_producer;

typedef tine_status tine_producer_fn(const tine_producer *whole, void *ud);
/* Lends the producer of the whole pipeline to fn, on the calling thread, and returns what fn returns; without calling
   fn the pipeline's own error, if it has one, or TINE_EKIND if it is not indexed. */
TINE_API tine_status tine_with_producer(tine_pipeline *p, tine_producer_fn *fn, void *ud);
/* The number of items. */
TINE_API uint64_t tine_producer_len(const tine_producer *p);
/* left gets items [0, index), right the rest; 'p' stays valid and may be one of the two. TINE_ERANGE past the end. */
TINE_API tine_status tine_producer_split_at(const tine_producer *p, uint64_t index, tine_producer *left,
                                            tine_producer *right);

/* A block of items: n of them, the first at position 'first' of the pipeline. Borrowed until the next call on the
   iterator or stream that filled it. */
typedef struct tine_columns {
  size_t n;
  uint64_t first;
  unsigned count;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS]; /* bytes; 0: one value for all */
  tine_dtype dtype[TINE_MAX_COLUMNS];
} tine_columns;

/* The plain sequential iterator over a producer, block by block, on the threads that call it, one at a time. */
typedef struct tine_iter tine_iter;
/* A new iterator in '*out', the caller's to destroy; borrows the pipeline until then. */
TINE_API tine_status tine_iter_create(tine_iter **out, const tine_producer *p, tine_error *err);
/* Fills '*block'; n is 0 at the end. A failing kernel ends it with its status, after the items before. */
TINE_API tine_status tine_iter_next(tine_iter *it, tine_columns *block, tine_error *err);
/* Ends an iterator, before its end, too; NULL is fine. Kernels of mode TINE_FN_MUT merge their states now. */
TINE_API void tine_iter_destroy(tine_iter *it);

/*
** ===== The pool =====
**
** Fork and join. The unit of work is a *task*. A pool of n threads has n-1 workers; the thread that calls takes part
** as the n-th. Idle workers sleep; none is left after tine_pool_destroy.
**
**     static void sum(tine_ctx *ctx, void *arg) {            // a binary tree, every node a fork
**       tree *t = arg, l = left(t), r = right(t);
**       if (leaf(t)) { t->sum = t->value; return; }
**       tine_join(ctx, sum, &l, sum, &r);
**       t->sum = l.sum + r.sum;
**     }
**     tine_pool_run(pool, sum, &root, &err);
**
** A fork costs about a nanosecond when nobody is idle, so there is no grain size to choose. A thread that waits runs
** only what descends from what it waits for, or sleeps: locks may be held around a run or a join. (The protocols, and
** where they come from: core/pool/README.md.)
*/

/*
** Where a task runs: a place in its thread's stack of tasks. Valid inside the task, on its thread; a task passes the
** context it was given to tine_join and to the other calls that want one. (The context of an outer task of the same
** thread is harmless in tine_join, which then offers nothing to other threads; the other calls want the task's own.)
** The members are the engine's; they are here because tine_join is inline.
*/
typedef struct tine_ctx tine_ctx;
typedef void tine_task(tine_ctx *ctx, void *arg);
struct tine_ctx {
  tine_task *fn; /* NULL: the place is free */
  void *arg;
};

typedef struct tine_pool_options {
  size_t size;       /* sizeof (tine_pool_options) */
  unsigned threads;  /* 0: TINE_NUM_THREADS, else what affinity and cgroup quota allow; counts the caller */
  size_t stack_size; /* of its threads, bytes; 0: the system's default. Raised to 4 MiB: any pipeline fits */
  const char *name;  /* of the workers, copied, cut to 15 bytes; NULL: "tine" */
  void (*on_start)(void *arg, unsigned worker); /* on each worker's thread, first and last; may be NULL */
  void (*on_stop)(void *arg, unsigned worker);
  void *hook_arg;
  unsigned job_threads; /* most threads for jobs, beside its workers; 0: as many as 'threads'; or TINE_NO_JOB_THREADS */
} tine_pool_options;

/* A pool that starts no threads for jobs: they are run by workers that are idle, or by the thread that waits for
   them. */
#define TINE_NO_JOB_THREADS UINT32_MAX

#define TINE_MAX_THREADS 1024

/* A new pool in '*out', the caller's to destroy, with as many threads as the system gives: one it refuses is done
   without. 'options' NULL: all defaults. TINE_EINVAL: more than TINE_MAX_THREADS, or options.size is not set. */
TINE_API tine_status tine_pool_create(tine_pool **out, const tine_pool_options *options, tine_error *err);
/* Cancels its jobs, joins its threads and frees it; NULL is fine. No run of another thread may be in progress. From
   inside of a run on it (in a task, a watch) it cancels the runs that this thread is in, and the pool ends when they
   do: so a process can exit from in there. No job may be on the pool then. */
TINE_API void tine_pool_destroy(tine_pool *pool);
/* The number of its threads, the caller's included: as many as could be started. NULL: those of the default pool, or
   those it will ask for. */
TINE_API unsigned tine_pool_threads(const tine_pool *pool);

/*
** ----- Runs -----
**
** A *run* is a tree of tasks with one result: it begins with a call of tine_pool_run, tine_pool_call, tine_scope,
** tine_parallel_for, tine_parallel_reduce or tine_broadcast, and returns when all that was forked and spawned in it is
** done. Its status is TINE_OK; or the failure with the lowest item that its tasks reported by tine_fail; or
** TINE_ECANCELED.
**
** A thread outside of the pool joins it for that time: some ten nanoseconds, and nobody is woken by it. From
** within a task of the same pool a run is made in place. Any number of threads may be inside a pool at once.
** Where these functions take a pool, NULL is the default pool.
*/

/* Runs fn(ctx, arg) on the calling thread as a task of the pool. */
TINE_API tine_status tine_pool_run(tine_pool *pool, tine_task *fn, void *arg, tine_error *err);

/* How a task fails: notes code (not 0), item and message (copied) for the run; the lowest item is kept. Returns the
   code that the run will return. */
TINE_API tine_status tine_fail(tine_ctx *ctx, tine_status code, uint64_t item, const char *message);
/* Asks the run, and all runs made inside of it, to stop: loops end at their next block, those of pipelines, too, whose
   terminals then return TINE_ECANCELED; a task may look at tine_stopped. Without a failure the run returns
   TINE_ECANCELED. Any task of the run may call it, any number of times. */
TINE_API void tine_cancel(tine_ctx *ctx);
/* Has a task of this run failed, or was it or a run around it cancelled? Costs a load or two for each run around it. */
TINE_API bool tine_stopped(const tine_ctx *ctx);

/* Which thread of the pool this is: 0 for one that entered from outside, 1 to threads-1 for the workers. */
TINE_API unsigned tine_worker_index(const tine_ctx *ctx);
/* The pool the task runs on, borrowed. */
TINE_API tine_pool *tine_ctx_pool(const tine_ctx *ctx);

/*
** ----- Join -----
**
** tine_join(ctx, a, a_arg, b, b_arg) runs a(ctx', a_arg) here and b(ctx'', b_arg) perhaps at the same time on another
** thread; both are done when it returns. Never fails and never allocates: where there is no room to offer b, it runs
** after a. It is inline, so that a and b, if they are known, are called directly; its address, and the library's
** symbol of that name, are the same function out of line.
**
** What follows up to its definition is the engine's: read it to see what a join costs. A thread's stack of tasks begins
** at a multiple of TINE_STACK_BYTES, so a context leads there. 'guard' is the lowest place that is neither offered to
** others nor wanted by them: other threads raise it to the maximum when they want work. So one comparison asks for all
** there is to ask, and a join that nobody is interested in takes a few loads and stores and no fence. (A place is
** filled, and cleared, before the guard is looked at: a thread that wants a task which its owner does not offer relies
** on that order.)
*/
#define TINE_STACK_BYTES 16384
#define TINE_JOIN_VERSION 1 /* of the layout here, in tine_slow_join.version */

/* The rare cases, reached through the stack so that a module need not link to the library. 'fork': another thread
   wants work; gives a_arg back, so that a compiler need not keep it over the call. 'full': there is no room; runs both
   tasks. 'join': takes b back; false if another thread has run it. */
typedef struct tine_slow_join {
  unsigned version;
  void *(*fork)(tine_ctx *ctx, void *a_arg);
  void (*full)(tine_ctx *ctx, tine_task *a, void *a_arg, tine_task *b, void *b_arg);
  bool (*join)(tine_ctx *ctx);
} tine_slow_join;

typedef struct tine_stack {
  uintptr_t guard; /* atomic */
  const tine_slow_join *slow;
} tine_stack;

#if defined(__GNUC__)
#define TINE_LIKELY(x) __builtin_expect(!!(x), 1)
#if defined(TINE_PACK)
#define TINE_JOIN_INLINE static inline __attribute__((always_inline))
#else
#define TINE_JOIN_INLINE TINE_API inline __attribute__((always_inline))
#endif
/* Keeps a compiler from holding 'p' in a register over the call of a: it is found again as quickly. */
#define TINE_FORGET(p) __asm__("" : "+r"(p))

/* As told above. */
TINE_JOIN_INLINE void tine_join(tine_ctx *ctx, tine_task *a, void *a_arg, tine_task *b, void *b_arg) {
  tine_stack *stack = (tine_stack *)((uintptr_t)ctx & ~(uintptr_t)(TINE_STACK_BYTES - 1));
  if (!TINE_LIKELY(ctx->fn == NULL)) {
    stack->slow->full(ctx, a, a_arg, b, b_arg);
    return;
  }
  __atomic_store_n(&ctx->arg, b_arg, __ATOMIC_RELAXED);
  __atomic_store_n(&ctx->fn, b, __ATOMIC_RELEASE);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (!TINE_LIKELY((uintptr_t)ctx >= __atomic_load_n(&stack->guard, __ATOMIC_RELAXED)))
    a_arg = stack->slow->fork(ctx, a_arg);
  a(ctx + 1, a_arg);
  TINE_FORGET(ctx);
  stack = (tine_stack *)((uintptr_t)ctx & ~(uintptr_t)(TINE_STACK_BYTES - 1));
  __atomic_store_n(&ctx->fn, (tine_task *)NULL, __ATOMIC_RELAXED);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (TINE_LIKELY((uintptr_t)ctx >= __atomic_load_n(&stack->guard, __ATOMIC_RELAXED)) || stack->slow->join(ctx))
    b(ctx, ctx->arg);
}
#else
/* As told above. */
TINE_API void tine_join(tine_ctx *ctx, tine_task *a, void *a_arg, tine_task *b, void *b_arg);
#endif

/*
** ----- Scopes -----
**
** A scope waits for what was spawned in it. Every run is a scope; tine_scope makes one inside of a task.
*/
typedef struct tine_closure {
  tine_task *fn;
  /* env_size 0: borrowed until the run returns. Else that many bytes are moved in: copied now, aligned for any type,
     and the caller may not use its own again. */
  void *env;
  size_t env_size;
  void (*drop)(void *env); /* unless NULL called exactly once, with what fn was given, after fn */
  tine_mode mode;          /* any; TINE_FN_ONCE says that fn uses up what the environment owns */
  unsigned flags;          /* TINE_NOT_SYNC, TINE_NOT_SEND */
} tine_closure;

/* A closure over an environment that is borrowed until the run is over. */
static inline tine_closure tine_closure_borrow(tine_task *fn, void *env) {
  tine_closure c;
  c.fn = fn;
  c.env = env;
  c.env_size = 0;
  c.drop = NULL;
  c.mode = TINE_FN;
  c.flags = 0;
  return c;
}
/* A closure over 'size' bytes at 'env' that are moved in when it is spawned or called; drop may be NULL. */
static inline tine_closure tine_closure_move(tine_task *fn, void *env, size_t size, void (*drop)(void *env)) {
  tine_closure c = tine_closure_borrow(fn, env);
  c.env_size = size;
  c.drop = drop;
  c.mode = TINE_FN_ONCE;
  return c;
}

/* Runs body(ctx', arg) here, as a run in place, and returns when all is done that body, and tasks in it, have spawned.
   So those may use what outlives the call. */
TINE_API tine_status tine_scope(tine_ctx *ctx, tine_task *body, void *arg, tine_error *err);
/* Runs the closure exactly once, on any thread, before the run that ctx belongs to returns; also when the run fails or
   is cancelled (fn may ask tine_stopped). Without memory the closure runs before tine_spawn returns. Refused, with
   nothing moved and nothing run or dropped: TINE_EMODE, an environment that is TINE_NOT_SEND; TINE_EINVAL, no fn, a
   size without an environment, an unknown mode or flag. So a closure that was made right cannot fail, and the status
   need not be looked at. */
TINE_API tine_status tine_spawn(tine_ctx *ctx, const tine_closure *closure);
/* Runs the closure as tine_pool_run runs a task, on the calling thread and exactly once. 'drop' is called on that
   thread, too, when the run is over: what fn spawns may borrow the environment. Refused as by tine_spawn (but the
   environment may be TINE_NOT_SEND), and TINE_ENOMEM: nothing was moved. Else the status of the run. */
TINE_API tine_status tine_pool_call(tine_pool *pool, const tine_closure *closure, tine_error *err);

/* Runs fn(ctx, arg) once on every thread of the pool, at the same time if no other run keeps a worker busy;
   tine_worker_index tells which it is. TINE_EINVAL from within a task of the pool, whose workers may be waiting for it.
   Tasks of two pools that broadcast to each other's pool at the same time wait for ever. */
TINE_API tine_status tine_broadcast(tine_pool *pool, tine_task *fn, void *arg, tine_error *err);

/*
** ----- Loops -----
**
** Blocks start small and grow with measured time, so there is no grain size to choose. (The first item is run before
** anything is shared: for two long items use tine_join.) A body does items lo to hi-1 in order and returns TINE_OK, or
** what tine_fail returned for the first of them that fails. Then blocks behind it are not begun any more and those
** before it are finished, so the lowest failing item is reported on every run. A body that returns a code other than 0
** without tine_fail has failed at lo.
*/
typedef tine_status tine_range_fn(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env);

/* Calls body, on any thread, for blocks that together are [0, n). 'env' is borrowed for the call. */
TINE_API tine_status tine_parallel_for(tine_pool *pool, uint64_t n, tine_range_fn *body, void *env, tine_error *err);

/*
** Folds leaves of 'grain' items (the last may be shorter) into accumulators and combines those in a fixed tree: the
** same bits on any number of threads. Only n and grain decide the tree.
*/
typedef struct tine_reducer {
  size_t acc_size;                    /* bytes; an accumulator is aligned for any type and never moved */
  uint64_t grain;                     /* items of a leaf; 0: n/512, from 1 to 8192. Cheap items want some 1000. */
  void (*init)(void *acc, void *env); /* makes an empty one */
  /* Folds items lo to hi-1; fails as a range body does. */
  tine_status (*fold)(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env);
  void (*combine)(void *acc, void *right, void *env); /* acc := acc, then right */
  void (*drop)(void *acc, void *env);                 /* see tine_parallel_reduce; NULL: nothing to do */
} tine_reducer;

/* '*result' has room for an accumulator, aligned for any type. On success it holds what was folded - an empty one for n
   = 0 - and is the caller's to end; all other accumulators were dropped, each once. On failure all were, and '*result'
   holds nothing. TINE_ENOMEM where accumulators are large. */
TINE_API tine_status tine_parallel_reduce(tine_pool *pool, uint64_t n, const tine_reducer *reducer, void *env,
                                          void *result, tine_error *err);

/*
** Static dispatch, as of kernels: a statement becomes the function or table that the calls above take, with no call an
** item. It sees 'env', typed, and 'i', the item; 'left' and 'right' are accumulators. It fails by return tine_fail(ctx,
** code, i, "why"). Functions that the host writes out itself do the same by virtual
** dispatch, and give the same results.
**
**     TINE_FOR(scale, vector, env->x[i] *= env->factor)
**     TINE_REDUCE(norm1, vector, double, 0, left += fabs(env->x[i]), left += right)
**     ...
**     tine_parallel_for(pool, v.n, scale, &v, &err);
**     tine_parallel_reduce(pool, v.n, &norm1, &v, &sum, &err);
*/
#define TINE_FOR(name, env_type, ...)                                                   \
  static tine_status name(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *environment) { \
    env_type *const env = (env_type *)environment;                                      \
    (void)ctx;                                                                          \
    (void)env;                                                                          \
    for (uint64_t i = lo; i < hi; i++) {                                                \
      __VA_ARGS__;                                                                      \
    }                                                                                   \
    return TINE_OK;                                                                     \
  }

#define TINE_REDUCE(name, env_type, acc_type, empty, fold, combine)                                       \
  static void name##_init(void *acc, void *environment) {                                                 \
    (void)environment;                                                                                    \
    *(acc_type *)acc = (empty);                                                                           \
  }                                                                                                       \
  static tine_status name##_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *environment) { \
    env_type *const env = (env_type *)environment;                                                        \
    acc_type left = *(acc_type *)acc;                                                                     \
    (void)ctx;                                                                                            \
    (void)env;                                                                                            \
    for (uint64_t i = lo; i < hi; i++) {                                                                  \
      fold;                                                                                               \
    }                                                                                                     \
    *(acc_type *)acc = left;                                                                              \
    return TINE_OK;                                                                                       \
  }                                                                                                       \
  static void name##_combine(void *acc, void *other, void *environment) {                                 \
    acc_type left = *(acc_type *)acc;                                                                     \
    const acc_type right = *(const acc_type *)other;                                                      \
    (void)environment;                                                                                    \
    combine;                                                                                              \
    *(acc_type *)acc = left;                                                                              \
  }                                                                                                       \
  static const tine_reducer name = {sizeof(acc_type), 0, name##_init, name##_fold, name##_combine, NULL};

/*
** The default pool: made when a run first needs it, shared by the process, gone with its last holder. A run holds it
** while it runs; a host that wants its threads to live between runs (each Lua state does) holds it, too. Each hold
** wants one release. A job may be the last holder: when it ends it cannot join the thread it runs on, so the rest of
** the pool goes with the next hold, run or job in this process, and until then counts as alive for tine_set_allocator.
** (To avoid that, release the job when it is done, or hold the pool.)
*/
/* Holds the default pool, and makes it now; borrowed until tine_default_pool_release. NULL when out of memory. */
TINE_API tine_pool *tine_default_pool(tine_error *err);
/* Holds it, without making it. */
TINE_API void tine_default_pool_hold(void);
/* Gives up one hold. With the last one go the tokens of tine_array_share that were not received; and the pool, as soon
   as no run uses it. */
TINE_API void tine_default_pool_release(void);
/* How many threads a pool asks the system for when it is made with 0; at least 1. */
TINE_API unsigned tine_default_threads(void);
/* Is something in the environment not as it is expected? Then a line about it is written to 'text', cut to 'size'
   bytes. */
TINE_API bool tine_warning(char *text, size_t size);
/* Counts the forks between this process and the first that used the engine, from this call on at the latest: a number
   to keep with what belongs to the threads of one process. */
TINE_API unsigned tine_fork_generation(void);
/* Monotonic seconds, from some point in the past on. */
TINE_API double tine_clock(void);
/* Sets the floating-point environment in which the engine computes, whatever the thread has chosen - round to nearest,
   no flush to zero, no traps - and returns what the thread had, for tine_fp_leave: for what a host computes of
   arguments and results between two calls of the engine. Nothing in between may leave by longjmp, Lua's errors among
   them. A few nanoseconds; they nest. */
TINE_API uint64_t tine_fp_enter(void);
/* Puts back what tine_fp_enter returned, flags included. */
TINE_API void tine_fp_leave(uint64_t saved);

/*
** ===== Jobs =====
**
** A *job*, elsewhere called a future, is a run that was started and not waited for: a function of the host that calls
** terminals, on a thread of its own beside the workers of a pool, so that it and they make up all of the pool's
** threads.
**
**     static tine_status total(void *env, tine_error *err) {
**       work *w = env;
**       return tine_sum(w->pipeline, &w->sum, err);
**     }
**     tine_job_desc desc = {.size = sizeof desc, .fn = total, .env = &w};
**     if (tine_job_start(&job, &desc, &err) == TINE_OK) {
**       ...                                                     // do something else
**       status = tine_job_wait(job, -1, &err);
**       tine_job_release(job);
**     }
**
** Jobs wait in a queue of their pool, and begin in the order they were started, as many at a time as the pool has
** threads: many long jobs keep the next one waiting, but no run that is not a job. Threads for them are made when jobs
** wait, go when they had nothing to do for a second, and end with their pool. A pool that is destroyed cancels its jobs
** and waits for those that run, for one block of their kernels. After a fork the child's handles of jobs that were not
** done are of jobs that were cancelled.
**
** A job that ends before it began - it was cancelled, its time was up, its pool was destroyed - never calls fn.
*/
typedef struct tine_job tine_job;

typedef struct tine_job_desc {
  size_t size;     /* sizeof (tine_job_desc) */
  tine_pool *pool; /* NULL: the default pool, held until the job is over */
  /* Called at most once, on another thread unless tine_job_wait says otherwise. Every terminal it calls is part of the
     job, and runs on the job's pool unless tine_on says otherwise. What it returns, with 'err' filled if that is a
     failure, is what tine_job_wait returns. */
  tine_status (*fn)(void *env, tine_error *err);
  /* env_size 0: borrowed until the job is over. Else that many bytes are moved in: copied now, aligned for any type,
     and the caller may not use its own again. */
  void *env;
  size_t env_size;
  /* Unless NULL called exactly once, on any thread, when the job is over and nobody can ask for its result any more: so
     env may hold results, too. */
  void (*drop)(void *env);
  double limit;               /* seconds from its start that it may take, waiting included; 0: any number */
  void (*skipped)(void *env); /* unless NULL called, on any thread, in place of fn, if the job ends before it began */
} tine_job_desc;

/* Starts a job; '*out' holds it, the caller's to release. TINE_EINVAL: no fn, a size without an environment, a negative
   limit; TINE_ETHREAD: no thread to run it could be started; TINE_ECANCELED: the pool is being destroyed. On failure
   nothing was moved and 'drop' is not called. */
TINE_API tine_status tine_job_start(tine_job **out, const tine_job_desc *desc, tine_error *err);
/* Adds a reference and returns the job. */
TINE_API tine_job *tine_job_retain(tine_job *job);
/* Gives up a reference. A job that nobody holds runs on until it is done. */
TINE_API void tine_job_release(tine_job *job);
/* Where the environment is, the copy if there is one; borrowed while the job is held. */
TINE_API void *tine_job_env(const tine_job *job);
/* Is it done? Then tine_job_wait returns at once. */
TINE_API bool tine_job_done(const tine_job *job);
/*
** Waits until the job is done, but not longer than that many seconds: negative is for ever, 0 only looks. Returns what
** fn returned, any number of times and to any number of threads; or TINE_ETIMEOUT while it still runs (told apart from
** a job that timed out by tine_job_done). A waiting thread calls its watch (below); if that returns false this returns
** TINE_ECANCELED, and the job goes on. May not be called in kernels, nor by a job of itself.
**
** Jobs may wait for jobs, in whatever order they stand in the queue. If one waits for ever for another that has not
** begun, it runs that on its own thread, up to 16 inside each other; beyond that it sleeps, and if all threads for jobs
** sleep so, the pool starts one more.
**
** Where there are no threads for jobs (TINE_NO_JOB_THREADS), a thread that waits for ever runs the job itself, if no
** worker has begun it; and if the pool has no workers either, so does one that waits any time. Then its watch ends the
** job.
*/
TINE_API tine_status tine_job_wait(tine_job *job, double seconds, tine_error *err);
/* Cancels the job and returns at once. Runs in it end with TINE_ECANCELED at their next block, and those that fn begins
   later before their first; a job that has not begun is done. One that is done is left as it is. */
TINE_API void tine_job_cancel(tine_job *job);
/* How many items the terminal that is at work has done, and of how many (0: that is not known). Both may be NULL. */
TINE_API void tine_job_progress(const tine_job *job, uint64_t *done, uint64_t *total);
/* A descriptor that is readable from the moment the job is done: for select, poll and event loops, which may not read
   from it. The job's own, valid while that is held. -1 and TINE_EIO if the system refuses. */
TINE_API int tine_job_fd(tine_job *job, tine_error *err);
/* Nobody listens any more: closes the job's descriptor now, if it has one, and not with its last holder. The next call
   of tine_job_fd makes another. From any thread that holds the job; NULL is ignored. */
TINE_API void tine_job_fd_close(tine_job *job);

/*
** ----- Watching -----
**
** A *watch*, a progress callback, is what the calling thread does now and then while it is in a terminal or waits for a
** job: look for Ctrl-C, draw how far it is. 'look' is called on that thread alone, by its outermost terminal, between
** two blocks or while it waits for others; never by workers, and not by runs inside of kernels. It gets how many items
** are done and of how many (0: not known), and is called once more at the end of a run it was called in, also of one
** that it ended. If it returns false the run ends with TINE_ECANCELED. A run that is over in less than 'every' never
** calls it; without a watch a run is not slower.
**
** It may call terminals, wait for jobs and run tasks. They are apart from the run around it: neither its limit of time
** nor its watch holds for them, only the thread's interrupt. In the middle of a run that others share this thread does
** them alone.
*/
typedef struct tine_watch {
  size_t size;  /* sizeof (tine_watch) */
  double every; /* seconds between two calls, about; at least 0.001 */
  bool (*look)(void *arg, uint64_t done, uint64_t total);
  void *arg;
} tine_watch;

/* Sets the watch of this thread (NULL: none), borrowed until it is replaced; returns the one before. Costs a few ns. */
TINE_API const tine_watch *tine_watch_set(const tine_watch *watch);

/*
** ----- Interrupting -----
**
** A host that wants to end what is at work somewhere else - from another thread, from a signal handler - makes an
** *interrupt*, a cancellation token, and uses it where that work is called: on a thread, or for a Lua state
** (tine_lua_interrupt). From the moment it is set every terminal called there ends with TINE_ECANCELED, "interrupted",
** at its next block; so does what runs in their kernels, and jobs that were started there, at work or waiting. That
** stays so until it is cleared: nothing that is begun a moment later gets away. It costs a load a block. (A run that
** was over before it looked has its result.)
**
**     static tine_interrupt *stop;
**     static void on_alarm(int signal) { tine_interrupt_set(stop); }
**     ...
**     tine_interrupt_use(stop);
**     status = tine_sum(p, &sum, &err);                           // TINE_ECANCELED once the alarm rang
**     tine_interrupt_use(NULL);
**     tine_interrupt_clear(stop);
*/
typedef struct tine_interrupt tine_interrupt;

/* A new one in '*out', not set, the caller's to release. */
TINE_API tine_status tine_interrupt_create(tine_interrupt **out, tine_error *err);
/* Adds a reference and returns the interrupt. */
TINE_API tine_interrupt *tine_interrupt_retain(tine_interrupt *interrupt);
/* Gives up a reference. */
TINE_API void tine_interrupt_release(tine_interrupt *interrupt);
/* Sets it, from any thread and from signal handlers: one atomic store. The caller must hold a reference. */
TINE_API void tine_interrupt_set(tine_interrupt *interrupt);
/* Clears it: what is begun from now on is not interrupted. */
TINE_API void tine_interrupt_clear(tine_interrupt *interrupt);
/* Is it set? */
TINE_API bool tine_interrupt_is_set(const tine_interrupt *interrupt);
/* Uses it for what this thread calls and starts from now on; NULL: none. Borrowed until it is replaced and the
   terminals called meanwhile are over; jobs hold it. Returns the one before. A few nanoseconds. */
TINE_API tine_interrupt *tine_interrupt_use(tine_interrupt *interrupt);

/*
** ----- Borrowing by runs -----
**
** For bindings, which can refuse what would be a race: readers and writers are counted for each piece of memory, as by
** a readers-writer lock that is only ever tried. An array that a job works on is lent when the job is started, and
** given back when it is found done; a binding may lend to other runs, too, while they call scripts. All views of an
** array share its counts, and so do other arrays over the same bytes: host memory lent twice, a file mapped twice.
** Nothing in the engine itself lends or looks. From any thread; looking is a load or two, unless arrays are lent that
** may have bytes in common with this one: then each of them is asked.
*/
/* Notes that a run reads the array, or writes it. False, with nothing noted, if a run writes it already or, to write,
   if any run uses it. In the child of a fork nothing is lent: what was lent before the fork should not be given back
   there (tine_fork_generation tells), though doing so is harmless where it was the only loan. */
TINE_API bool tine_array_lend(tine_array *a, bool write);
/* Gives back what tine_array_lend noted, with the same 'write'. */
TINE_API void tine_array_unlend(tine_array *a, bool write);
/* 0: free. 1: runs read it. 2: a run writes it. */
TINE_API int tine_array_lent(const tine_array *a);
/* Do a and b share memory: are they, or what they are views of, one array, or do they have bytes in common? Then a loan
   of the one counts for the other. */
TINE_API bool tine_array_same_memory(const tine_array *a, const tine_array *b);
/* Calls visit(arg, a), on the calling thread, for every array that a run of p reads; one that is used twice may be
   visited twice. */
TINE_API void tine_pipeline_arrays(const tine_pipeline *p, void (*visit)(void *arg, tine_array *a), void *arg);
/* Likewise those that an expression or code takes elements of, itself or by a kernel that it captured; none of any
   other kernel, or of NULL. What a pipeline's stages read so is among the pipeline's. */
TINE_API void tine_kernel_arrays(const tine_kernel *kernel, void (*visit)(void *arg, tine_array *a), void *arg);

/*
** ===== Hosts that embed Lua =====
**
** luaL_requiref(L, "tine", luaopen_tine, 0) in a static host; require "tine" elsewhere. The other functions need
** luaopen_tine to have run in L. All are called on the thread that runs L.
**
** A state that another copy of the engine serves has none of this one's arrays and kernels. The module that scripts
** require uses the engine of the process - libtine.so, or libtine.a in a host that exports its symbols - if that is of
** the same version, and its own only where there is none. A libtine.so that was loaded where no Lua can be seen does
** nothing here, and gives NULL.
*/
struct lua_State;
/* Pushes the module, the same one each time and by whichever copy, and returns 1; returns 0 where no Lua can be
   seen. */
TINE_API int luaopen_tine(struct lua_State *L);
/* Pushes the array as a tine.Array, which takes its own reference. Raises Lua's memory error, and an error in a state
   that this copy of the engine does not serve. */
TINE_API void tine_lua_pusharray(struct lua_State *L, tine_array *a);
/* The array at a stack index, borrowed while the Lua value lives; NULL if it is no array, or closed. */
TINE_API tine_array *tine_lua_toarray(struct lua_State *L, int index);
/* The pipeline at a stack index, where an array is its own source: what a method of pipelines takes. Borrowed while the
   Lua value lives and is not closed; retain it to give it to a constructor, which takes ownership. NULL if it is
   neither, or closed. Jobs of scripts may be at work on its arrays: see tine_array_lend, tine_pipeline_arrays. A pool
   it is bound to (tine_pipeline_pool) lives as long as the Lua value. */
TINE_API tine_pipeline *tine_lua_topipeline(struct lua_State *L, int index);
/* Pushes a pipeline as a tine.Pipeline and returns 1. Takes ownership of p, also where it raises: p's sticky error,
   NULL meaning no memory, Lua's memory error, no luaopen_tine. It may be bound to a pool of the scripts', which it
   keeps then, but to no other: that raises. Kernels and host memory it refers to have to stay until scripts let go of
   it. */
TINE_API int tine_lua_pushpipeline(struct lua_State *L, tine_pipeline *p);
/* The state's registry, borrowed while the state lives: kernels registered here can be named by its scripts. NULL
   before luaopen_tine. */
TINE_API tine_registry *tine_lua_registry(struct lua_State *L);

/*
** Many states. Any number may live in a process, each on a thread of its own at a time; nothing is shared but the
** default pool, whose workers serve all of them, and what is shared on purpose: tine_lua_pusharray(M,
** tine_lua_toarray(L, i)) gives M the very elements that L has. What one state writes no other may touch meanwhile.
*/
/* What the scripts of a state may have, for scripts that are not trusted. */
typedef struct tine_lua_limits {
  size_t size; /* sizeof (tine_lua_limits) */
  /* Bytes of memory the engine allocates for the state, on any thread: arrays, results while they grow, pipelines,
     pools. 0: no limit. What is made after the first call with a limit is charged until it is freed, whoever has it by
     then. Lua's own memory is the business of the allocator given to lua_newstate. Scripts get a Lua error, "memory
     limit of this state: ..." */
  uint64_t bytes;
  /* Threads that work for the state at a time, its own included. 0: no limit. The state then uses only pools of its
     own, which share these threads, and not the default pool. */
  unsigned threads;
  bool no_io;        /* load, save and mmap raise; TINE_NO_IO=1 in the environment says so for all states */
  unsigned no_share; /* not 0: share and receive raise, and so do Lanes: only the host takes arrays out of the state */
} tine_lua_limits;
/* Sets the limits of a state (copied); NULL lifts them. To be called between luaopen_tine and the first script, and any
   time later, on the thread that runs L. Scripts see them in tine.info().limits. TINE_EINVAL: no luaopen_tine yet, a
   closed state, more than TINE_MAX_THREADS. */
TINE_API tine_status tine_lua_limit(struct lua_State *L, const tine_lua_limits *limits);

/*
** Sets the interrupt of all that the state's scripts run, in whatever coroutine, from now on (NULL: none); the state
** holds it until it closes or gets another. While it is set terminals, and what waits for jobs or for a pool to close,
** raise "interrupted!" within 0.1 s. pcall catches that, as any error, and the script meets it again at its next
** terminal: what is to end the script itself is a hook (lua_sethook), which a signal handler may set. On the thread
** that runs L. TINE_EINVAL: no luaopen_tine yet, or a closed state.
*/
TINE_API tine_status tine_lua_interrupt(struct lua_State *L, tine_interrupt *interrupt);

/*
** ===== Kernel packs =====
**
** A pack is a shared object with kernels that scripts require. It finds the engine by a table of functions and so links
** to nothing: not to libtine, and not to the module, whose symbols Lua hides from others. A pack defines TINE_PACK
** before it includes this header; then every function of it is called through the table, once that is bound:
**
**     #define TINE_PACK
**     #include <tine.h>
**     ...
**     int luaopen_relax(lua_State *L) {
**       tine_error err;
**       luaL_dostring(L, "require 'tine'");
**       lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY); // a light userdata, nil in a state without the module
**       if (tine_pack_bind(lua_touserdata(L, -1), &err) != TINE_OK)
**         return luaL_error(L, "%s", err.message);
**       ... tine_kernel_register(tine_lua_registry(L), &relax, &err) ...
**
** examples/06_kernel_pack is a complete one. A pack works with every engine of the same major version that is as new as
** the header the pack was compiled with, or newer; any other is refused by tine_pack_bind. It may consist of several
** files: binding it in one binds it in all (where gcc or clang compiled it; else each has to be bound).
**
** The code of a kernel has to stay where it is while a registry or a pipeline holds the kernel. Lua keeps a pack until
** the state closes and lets go of its libraries after the registry, so scripts need not care. A pack whose kernels or
** arrays may outlive the state that loaded it, in the hands of a host, is linked with -Wl,-z,nodelete.
**
** A host can hand the table that tine_api_get gives to plug-ins without Lua, too.
*/
#define TINE_PACK_KEY "tine.api"

/* All functions of this header but tine_api_get: X(name), and L(name) for those of the Lua binding, which are NULL
   where the engine was built without it. Packs find a function by its place in this list. So the order never changes,
   new functions come last, and with the first of them the minor version grows. */
/* Written by `make docs` from the declarations above: do not edit. */
/* clang-format off */
#define TINE_FUNCTION_LIST(X, L) \
  L(luaopen_tine) L(tine_lua_pusharray) L(tine_lua_toarray) L(tine_lua_registry) X(tine_status_text) \
  X(tine_set_allocator) X(tine_dtype_name) X(tine_dtype_size) X(tine_dtype_find) X(tine_array_create) X(tine_slice_of) \
  X(tine_array_adopt) X(tine_array_view) X(tine_array_retain) X(tine_array_release) X(tine_array_shared) \
  X(tine_array_dtype) X(tine_array_len) X(tine_array_data) X(tine_array_stride) X(tine_array_readonly) \
  X(tine_array_shape) X(tine_array_get) X(tine_array_set) X(tine_array_load) X(tine_array_save) X(tine_array_mmap) \
  X(tine_registry_create) X(tine_registry_retain) X(tine_registry_release) X(tine_kernel_register) X(tine_kernel_find) \
  X(tine_kernel_retain) X(tine_kernel_release) X(tine_kernel_at) X(tine_kernel_name) X(tine_kernel_help) \
  X(tine_kernel_mode) X(tine_kernel_flags) X(tine_kernel_signature_at) X(tine_kernel_signature_for) \
  X(tine_kernel_call) X(tine_math_name) X(tine_slice) X(tine_range) X(tine_range_f64) X(tine_rep) X(tine_empty) \
  X(tine_random) X(tine_chain) X(tine_source_index) X(tine_source_split) X(tine_zip) X(tine_zip_eq) X(tine_enumerate) \
  X(tine_rev) X(tine_skip) X(tine_step_by) X(tine_interleave) X(tine_interleave_shortest) X(tine_windows) \
  X(tine_fold_chunks) X(tine_gather) X(tine_select) X(tine_extend) X(tine_extend_args) X(tine_map) X(tine_map_args) \
  X(tine_take) X(tine_filter) X(tine_filter_args) X(tine_filter_mask) X(tine_filter_map) X(tine_flat_map) \
  X(tine_positions) X(tine_take_while) X(tine_take_while_args) X(tine_skip_while) X(tine_skip_while_args) X(tine_cast) \
  X(tine_min_len) X(tine_max_len) X(tine_sequential) X(tine_on) X(tine_pipeline_retain) X(tine_pipeline_release) \
  X(tine_pipeline_where) X(tine_pipeline_check) X(tine_pipeline_kind) X(tine_pipeline_len) X(tine_pipeline_bounds) \
  X(tine_pipeline_needs) X(tine_pipeline_columns) X(tine_pipeline_dtype) X(tine_pipeline_explain) X(tine_sum) \
  X(tine_product) X(tine_mean) X(tine_var) X(tine_std) X(tine_min) X(tine_max) X(tine_minmax) X(tine_reduce) \
  X(tine_count) X(tine_collect) X(tine_collect_into) X(tine_collect_range) X(tine_for_each) X(tine_fold) X(tine_any) \
  X(tine_all) X(tine_find) X(tine_position) X(tine_eq) X(tine_cmp) X(tine_partition) X(tine_scan) X(tine_sorted) \
  X(tine_top) X(tine_unique) X(tine_count_by) X(tine_histogram) X(tine_array_sort) X(tine_array_argsort) \
  X(tine_array_reverse) X(tine_stream_create) X(tine_stream_next) X(tine_stream_destroy) X(tine_with_producer) \
  X(tine_producer_len) X(tine_producer_split_at) X(tine_iter_create) X(tine_iter_next) X(tine_iter_destroy) \
  X(tine_pool_create) X(tine_pool_destroy) X(tine_pool_threads) X(tine_pool_run) X(tine_fail) X(tine_cancel) \
  X(tine_stopped) X(tine_worker_index) X(tine_ctx_pool) X(tine_join) X(tine_scope) X(tine_spawn) X(tine_pool_call) \
  X(tine_broadcast) X(tine_parallel_for) X(tine_parallel_reduce) X(tine_default_pool) X(tine_default_pool_hold) \
  X(tine_default_pool_release) X(tine_default_threads) X(tine_clock) X(tine_timeout) X(tine_array_lend) \
  X(tine_array_unlend) X(tine_array_lent) X(tine_pipeline_arrays) X(tine_account_create) X(tine_account_release) \
  X(tine_account_use) X(tine_account_limit) X(tine_account_bytes) X(tine_account_refused) X(tine_job_start) \
  X(tine_job_retain) X(tine_job_release) X(tine_job_env) X(tine_job_done) X(tine_job_wait) X(tine_job_cancel) \
  X(tine_job_progress) X(tine_job_fd) X(tine_watch_set) X(tine_array_share) X(tine_array_receive) L(tine_lua_limit) \
  X(tine_array_same_memory) X(tine_var_ddof) X(tine_std_ddof) X(tine_filter_by) X(tine_pipeline_pool) \
  L(tine_lua_topipeline) L(tine_lua_pushpipeline) X(tine_fp_enter) X(tine_fp_leave) X(tine_account_unshare) \
  X(tine_warning) X(tine_fork_generation) X(tine_interrupt_create) X(tine_interrupt_retain) X(tine_interrupt_release) \
  X(tine_interrupt_set) X(tine_interrupt_clear) X(tine_interrupt_is_set) X(tine_interrupt_use) L(tine_lua_interrupt) \
  X(tine_count_if) X(tine_job_fd_close) X(tine_kernel_parse) X(tine_kernel_arrays) X(tine_kernel_code) \
  X(tine_kernel_recapture)
/* clang-format on */
/* The end of what `make docs` writes here. */

#if defined(__cplusplus)
#define TINE_POINTER_TO(function) decltype(&::function)
#else
#define TINE_POINTER_TO(function) __typeof__(&function)
#endif

typedef struct tine_api {
  unsigned major, minor; /* of the engine. These four mean the same in all versions. */
  size_t size;           /* of its tine_api */
  const char *version;
  unsigned join; /* its TINE_JOIN_VERSION */
#define TINE_API_MEMBER(name) TINE_POINTER_TO(name) name;
  TINE_FUNCTION_LIST(TINE_API_MEMBER, TINE_API_MEMBER)
#undef TINE_API_MEMBER
} tine_api;

/* The engine's table if it serves packs made for that version, else NULL. It lives as long as the library is loaded. */
TINE_API const tine_api *tine_api_get(unsigned major, unsigned minor);

#if defined(TINE_PACK)
#if defined(__GNUC__)
__attribute__((weak, visibility("hidden"))) const tine_api *tine_pack; /* one for all files of the pack */
#define TINE_PACK_LOAD() __atomic_load_n(&tine_pack, __ATOMIC_ACQUIRE)
#define TINE_PACK_STORE(table) __atomic_store_n(&tine_pack, table, __ATOMIC_RELEASE)
#else
static const tine_api *tine_pack;
#define TINE_PACK_LOAD() tine_pack
#define TINE_PACK_STORE(table) (void)(tine_pack = (table))
#endif

/* Why a table will not do: the text goes on with the engine's version. NULL if it will. */
static inline const char *tine_pack_misfit(const tine_api *table) {
  if (table->major != TINE_VERSION_MAJOR)
    return "this kernel pack was compiled for tine " TINE_VERSION " and cannot work with tine ";
  if (table->minor + 1 <= TINE_VERSION_MINOR || table->size < sizeof *table)
    return "this kernel pack needs tine " TINE_VERSION " or newer, and this is tine ";
  if (table->join != TINE_JOIN_VERSION)
    return "this kernel pack forks as tine " TINE_VERSION " does, and not as this tine ";
  return NULL;
}

/* Fills an error of tine_pack_bind: 'why', and then 'version'. Returns TINE_EINVAL. */
static inline tine_status tine_pack_refuse(tine_error *err, const char *why, const char *version) {
  size_t n = 0;
  if (err == NULL)
    return TINE_EINVAL;
  while (*why != '\0' && n + 1 < TINE_MESSAGE_SIZE)
    err->message[n++] = *why++;
  while (*version != '\0' && n + 1 < TINE_MESSAGE_SIZE)
    err->message[n++] = *version++;
  err->message[n] = '\0';
  err->status = TINE_EINVAL;
  err->os_errno = 0;
  err->item = 0;
  return TINE_EINVAL;
}

/* To be called before any other function, in every state that loads the pack. TINE_EINVAL: there is no table, the
   versions do not fit, or the pack already serves another copy of the engine in this process. */
static inline tine_status tine_pack_bind(const void *table, tine_error *err) {
  const tine_api *const engine = (const tine_api *)table, *const bound = TINE_PACK_LOAD();
  const char *const misfit = engine != NULL ? tine_pack_misfit(engine) : NULL;
  if (engine == NULL)
    return tine_pack_refuse(err, "this kernel pack needs the module 'tine': require it first", "");
  if (misfit != NULL)
    return tine_pack_refuse(err, misfit, engine->version);
  if (bound != NULL && bound != engine)
    return tine_pack_refuse(err, "this kernel pack serves another copy of tine in this process", "");
  if (bound == NULL)
    TINE_PACK_STORE(engine);
  return TINE_OK;
}

/* Written by `make docs` from the declarations above: do not edit. */
/* clang-format off */
#define luaopen_tine tine_pack->luaopen_tine
#define tine_lua_pusharray tine_pack->tine_lua_pusharray
#define tine_lua_toarray tine_pack->tine_lua_toarray
#define tine_lua_registry tine_pack->tine_lua_registry
#define tine_status_text tine_pack->tine_status_text
#define tine_set_allocator tine_pack->tine_set_allocator
#define tine_dtype_name tine_pack->tine_dtype_name
#define tine_dtype_size tine_pack->tine_dtype_size
#define tine_dtype_find tine_pack->tine_dtype_find
#define tine_array_create tine_pack->tine_array_create
#define tine_slice_of tine_pack->tine_slice_of
#define tine_array_adopt tine_pack->tine_array_adopt
#define tine_array_view tine_pack->tine_array_view
#define tine_array_retain tine_pack->tine_array_retain
#define tine_array_release tine_pack->tine_array_release
#define tine_array_shared tine_pack->tine_array_shared
#define tine_array_dtype tine_pack->tine_array_dtype
#define tine_array_len tine_pack->tine_array_len
#define tine_array_data tine_pack->tine_array_data
#define tine_array_stride tine_pack->tine_array_stride
#define tine_array_readonly tine_pack->tine_array_readonly
#define tine_array_shape tine_pack->tine_array_shape
#define tine_array_get tine_pack->tine_array_get
#define tine_array_set tine_pack->tine_array_set
#define tine_array_load tine_pack->tine_array_load
#define tine_array_save tine_pack->tine_array_save
#define tine_array_mmap tine_pack->tine_array_mmap
#define tine_registry_create tine_pack->tine_registry_create
#define tine_registry_retain tine_pack->tine_registry_retain
#define tine_registry_release tine_pack->tine_registry_release
#define tine_kernel_register tine_pack->tine_kernel_register
#define tine_kernel_find tine_pack->tine_kernel_find
#define tine_kernel_retain tine_pack->tine_kernel_retain
#define tine_kernel_release tine_pack->tine_kernel_release
#define tine_kernel_at tine_pack->tine_kernel_at
#define tine_kernel_name tine_pack->tine_kernel_name
#define tine_kernel_help tine_pack->tine_kernel_help
#define tine_kernel_mode tine_pack->tine_kernel_mode
#define tine_kernel_flags tine_pack->tine_kernel_flags
#define tine_kernel_signature_at tine_pack->tine_kernel_signature_at
#define tine_kernel_signature_for tine_pack->tine_kernel_signature_for
#define tine_kernel_call tine_pack->tine_kernel_call
#define tine_math_name tine_pack->tine_math_name
#define tine_slice tine_pack->tine_slice
#define tine_range tine_pack->tine_range
#define tine_range_f64 tine_pack->tine_range_f64
#define tine_rep tine_pack->tine_rep
#define tine_empty tine_pack->tine_empty
#define tine_random tine_pack->tine_random
#define tine_chain tine_pack->tine_chain
#define tine_source_index tine_pack->tine_source_index
#define tine_source_split tine_pack->tine_source_split
#define tine_zip tine_pack->tine_zip
#define tine_zip_eq tine_pack->tine_zip_eq
#define tine_enumerate tine_pack->tine_enumerate
#define tine_rev tine_pack->tine_rev
#define tine_skip tine_pack->tine_skip
#define tine_step_by tine_pack->tine_step_by
#define tine_interleave tine_pack->tine_interleave
#define tine_interleave_shortest tine_pack->tine_interleave_shortest
#define tine_windows tine_pack->tine_windows
#define tine_fold_chunks tine_pack->tine_fold_chunks
#define tine_gather tine_pack->tine_gather
#define tine_select tine_pack->tine_select
#define tine_extend tine_pack->tine_extend
#define tine_extend_args tine_pack->tine_extend_args
#define tine_map tine_pack->tine_map
#define tine_map_args tine_pack->tine_map_args
#define tine_take tine_pack->tine_take
#define tine_filter tine_pack->tine_filter
#define tine_filter_args tine_pack->tine_filter_args
#define tine_filter_mask tine_pack->tine_filter_mask
#define tine_filter_map tine_pack->tine_filter_map
#define tine_flat_map tine_pack->tine_flat_map
#define tine_positions tine_pack->tine_positions
#define tine_take_while tine_pack->tine_take_while
#define tine_take_while_args tine_pack->tine_take_while_args
#define tine_skip_while tine_pack->tine_skip_while
#define tine_skip_while_args tine_pack->tine_skip_while_args
#define tine_cast tine_pack->tine_cast
#define tine_min_len tine_pack->tine_min_len
#define tine_max_len tine_pack->tine_max_len
#define tine_sequential tine_pack->tine_sequential
#define tine_on tine_pack->tine_on
#define tine_pipeline_retain tine_pack->tine_pipeline_retain
#define tine_pipeline_release tine_pack->tine_pipeline_release
#define tine_pipeline_where tine_pack->tine_pipeline_where
#define tine_pipeline_check tine_pack->tine_pipeline_check
#define tine_pipeline_kind tine_pack->tine_pipeline_kind
#define tine_pipeline_len tine_pack->tine_pipeline_len
#define tine_pipeline_bounds tine_pack->tine_pipeline_bounds
#define tine_pipeline_needs tine_pack->tine_pipeline_needs
#define tine_pipeline_columns tine_pack->tine_pipeline_columns
#define tine_pipeline_dtype tine_pack->tine_pipeline_dtype
#define tine_pipeline_explain tine_pack->tine_pipeline_explain
#define tine_sum tine_pack->tine_sum
#define tine_product tine_pack->tine_product
#define tine_mean tine_pack->tine_mean
#define tine_var tine_pack->tine_var
#define tine_std tine_pack->tine_std
#define tine_min tine_pack->tine_min
#define tine_max tine_pack->tine_max
#define tine_minmax tine_pack->tine_minmax
#define tine_reduce tine_pack->tine_reduce
#define tine_count tine_pack->tine_count
#define tine_collect tine_pack->tine_collect
#define tine_collect_into tine_pack->tine_collect_into
#define tine_collect_range tine_pack->tine_collect_range
#define tine_for_each tine_pack->tine_for_each
#define tine_fold tine_pack->tine_fold
#define tine_any tine_pack->tine_any
#define tine_all tine_pack->tine_all
#define tine_find tine_pack->tine_find
#define tine_position tine_pack->tine_position
#define tine_eq tine_pack->tine_eq
#define tine_cmp tine_pack->tine_cmp
#define tine_partition tine_pack->tine_partition
#define tine_scan tine_pack->tine_scan
#define tine_sorted tine_pack->tine_sorted
#define tine_top tine_pack->tine_top
#define tine_unique tine_pack->tine_unique
#define tine_count_by tine_pack->tine_count_by
#define tine_histogram tine_pack->tine_histogram
#define tine_array_sort tine_pack->tine_array_sort
#define tine_array_argsort tine_pack->tine_array_argsort
#define tine_array_reverse tine_pack->tine_array_reverse
#define tine_stream_create tine_pack->tine_stream_create
#define tine_stream_next tine_pack->tine_stream_next
#define tine_stream_destroy tine_pack->tine_stream_destroy
#define tine_with_producer tine_pack->tine_with_producer
#define tine_producer_len tine_pack->tine_producer_len
#define tine_producer_split_at tine_pack->tine_producer_split_at
#define tine_iter_create tine_pack->tine_iter_create
#define tine_iter_next tine_pack->tine_iter_next
#define tine_iter_destroy tine_pack->tine_iter_destroy
#define tine_pool_create tine_pack->tine_pool_create
#define tine_pool_destroy tine_pack->tine_pool_destroy
#define tine_pool_threads tine_pack->tine_pool_threads
#define tine_pool_run tine_pack->tine_pool_run
#define tine_fail tine_pack->tine_fail
#define tine_cancel tine_pack->tine_cancel
#define tine_stopped tine_pack->tine_stopped
#define tine_worker_index tine_pack->tine_worker_index
#define tine_ctx_pool tine_pack->tine_ctx_pool
#if !defined(__GNUC__)
#define tine_join tine_pack->tine_join
#endif
#define tine_scope tine_pack->tine_scope
#define tine_spawn tine_pack->tine_spawn
#define tine_pool_call tine_pack->tine_pool_call
#define tine_broadcast tine_pack->tine_broadcast
#define tine_parallel_for tine_pack->tine_parallel_for
#define tine_parallel_reduce tine_pack->tine_parallel_reduce
#define tine_default_pool tine_pack->tine_default_pool
#define tine_default_pool_hold tine_pack->tine_default_pool_hold
#define tine_default_pool_release tine_pack->tine_default_pool_release
#define tine_default_threads tine_pack->tine_default_threads
#define tine_clock tine_pack->tine_clock
#define tine_timeout tine_pack->tine_timeout
#define tine_array_lend tine_pack->tine_array_lend
#define tine_array_unlend tine_pack->tine_array_unlend
#define tine_array_lent tine_pack->tine_array_lent
#define tine_pipeline_arrays tine_pack->tine_pipeline_arrays
#define tine_account_create tine_pack->tine_account_create
#define tine_account_release tine_pack->tine_account_release
#define tine_account_use tine_pack->tine_account_use
#define tine_account_limit tine_pack->tine_account_limit
#define tine_account_bytes tine_pack->tine_account_bytes
#define tine_account_refused tine_pack->tine_account_refused
#define tine_job_start tine_pack->tine_job_start
#define tine_job_retain tine_pack->tine_job_retain
#define tine_job_release tine_pack->tine_job_release
#define tine_job_env tine_pack->tine_job_env
#define tine_job_done tine_pack->tine_job_done
#define tine_job_wait tine_pack->tine_job_wait
#define tine_job_cancel tine_pack->tine_job_cancel
#define tine_job_progress tine_pack->tine_job_progress
#define tine_job_fd tine_pack->tine_job_fd
#define tine_watch_set tine_pack->tine_watch_set
#define tine_array_share tine_pack->tine_array_share
#define tine_array_receive tine_pack->tine_array_receive
#define tine_lua_limit tine_pack->tine_lua_limit
#define tine_array_same_memory tine_pack->tine_array_same_memory
#define tine_var_ddof tine_pack->tine_var_ddof
#define tine_std_ddof tine_pack->tine_std_ddof
#define tine_filter_by tine_pack->tine_filter_by
#define tine_pipeline_pool tine_pack->tine_pipeline_pool
#define tine_lua_topipeline tine_pack->tine_lua_topipeline
#define tine_lua_pushpipeline tine_pack->tine_lua_pushpipeline
#define tine_fp_enter tine_pack->tine_fp_enter
#define tine_fp_leave tine_pack->tine_fp_leave
#define tine_account_unshare tine_pack->tine_account_unshare
#define tine_warning tine_pack->tine_warning
#define tine_fork_generation tine_pack->tine_fork_generation
#define tine_interrupt_create tine_pack->tine_interrupt_create
#define tine_interrupt_retain tine_pack->tine_interrupt_retain
#define tine_interrupt_release tine_pack->tine_interrupt_release
#define tine_interrupt_set tine_pack->tine_interrupt_set
#define tine_interrupt_clear tine_pack->tine_interrupt_clear
#define tine_interrupt_is_set tine_pack->tine_interrupt_is_set
#define tine_interrupt_use tine_pack->tine_interrupt_use
#define tine_lua_interrupt tine_pack->tine_lua_interrupt
#define tine_count_if tine_pack->tine_count_if
#define tine_job_fd_close tine_pack->tine_job_fd_close
#define tine_kernel_parse tine_pack->tine_kernel_parse
#define tine_kernel_arrays tine_pack->tine_kernel_arrays
#define tine_kernel_code tine_pack->tine_kernel_code
#define tine_kernel_recapture tine_pack->tine_kernel_recapture
/* clang-format on */
/* The end of what `make docs` writes here. */
#endif

#ifdef __cplusplus
}
#endif
#endif
