/*
** A stage: one immutable node of a pipeline. README.md in this folder tells how stages evaluate each other.
**
** An *indexed* stage can fill any sub-range [lo, lo + n) of its items into columns, without having produced those
** before. That alone makes splitting exact and free - a piece of work is (stage, lo, hi) - and keeps zipped stages
** lined up. A *sparse* stage (filter and what stands on it) fills any sub-range of *positions* likewise, those of the
** indexed stage below, and gives at most one item for each, with its place. A stage that gives more (flat_map) or has
** no positions (a host's own source) is a *spring*: the drive makes its items come, block by block, and a fill hands
** out the current block. A stage never forks, never allocates while it fills, and remembers nothing between two
** fills.
*/
#ifndef TI_STAGE_STAGE_H
#define TI_STAGE_STAGE_H

#include <limits.h>

#include "../base/atomics.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../data/array.h"
#include "../kernel/kernel.h"
#include "contract.h"

/*
** What one thread needs to evaluate blocks: the failure it met. One a thread and run; the drive owns it.
** A fill that meets a failing item returns the number of items before it and notes the failure here. A later fill of
** the same block can only fail earlier, so the last note is the one that counts.
*/
typedef struct ti_eval {
  uint64_t item; /* position of the failing item */
  int code;      /* what the kernel returned; 0: no failure; TI_END */
  const struct tine_pipeline *stage;
  const char *kernel;                /* its name, borrowed from the stage */
  char message[TINE_MESSAGE_SIZE];   /* the kernel's own */
  ti_states *states;                 /* of the thread, for kernels of mode fn_mut */
  const struct ti_current **current; /* the block that each spring of the pipeline gives now, by its level */
  bool (*over)(void);                /* is the terminal over? What the drive asks, too; NULL: nobody knows */
  bool gone;                         /* it was */
  bool turned;                       /* a stage above looks for the item that failed: that one did is enough to know */
  unsigned work;                     /* items, about, that were made since 'over' was asked */
} ti_eval;

/* The code of what is no failure but the end: 'item' and all after it are not wanted (take_while). No function of a
   host can give it: what those return goes through ti_error_host. */
enum { TI_END = INT_MIN };

/* The items a spring gives at the moment. */
typedef struct ti_current {
  const void *const *data; /* one pointer per column, to the first item */
  const ptrdiff_t *stride;
  const uint16_t *offset; /* an item's position is that of the request plus this; never falls */
} ti_current;

/* The failure as a status and a message. */
tine_status ti_eval_report(const ti_eval *eval, tine_error *err);

/* A request for a block of at most TI_BLOCK items, and where its results go. */
typedef struct ti_request {
  uint64_t lo;       /* first item */
  size_t n;          /* 1 to TI_BLOCK, all below the stage's length */
  char *low, *high;  /* scratch: at least the stage's 'need' bytes, TI_ARRAY_ALIGN aligned at both ends */
  bool at_high;      /* results that need scratch go to its high end, else to the low one */
  void *const *want; /* NULL, or one pointer per column to where the caller would like the values, contiguous; a
                           stage that computes values puts them there, one that only points at values ignores it */
  const void **data; /* out: one pointer per column, to the first item. NULL where the type 'counts': only how many
                        items there are is asked for */
  ptrdiff_t *stride; /* out: bytes from item to item, 0 for a constant */
  uint16_t *offset;  /* for a stage that is not indexed room for TI_BLOCK, which it must fill for every item it gives:
                        item i stands at position lo + offset[i]; never falls. NULL if the stage is indexed, or if
                        nobody asks for places: no item can fail and nothing end (ti_spring_placeless) */
  uint64_t *bits;    /* NULL; or, for a stage that ti_stage_masks, a bit an item, item i's is bit i % 64 of word i / 64:
                        nothing is left out then, all rq->n items are given, and the bits of those that are not kept
                        are cleared; or, where none is kept, no item is given */
} ti_request;

/* Notes that item block->failed of a block of that request failed with that code; returns its index, the number of
   items before it. */
size_t ti_eval_note(ti_eval *eval, const struct tine_pipeline *stage, const char *kernel, const ti_request *rq,
                    const tine_block *block, int code);

/*
** A fill is to take less than a millisecond between two looks whether all of it is to be given up. As a rule it does,
** and the drive looks between two. But one item may be made of any number (fold_chunks), and a block go through a
** thousand stages; so whoever works on n items of that request asks this first. True: the terminal is over. That is
** noted as a failure of the request's first item, and whatever is asked from now on fails at once.
*/
enum { TI_EVAL_WORK = 1 << 15, TI_EVAL_CALL = 16 }; /* items of at most some 20 ns; what a call is worth in items */
bool ti_eval_look(ti_eval *eval, const ti_request *rq);
static inline bool ti_eval_over(ti_eval *eval, const ti_request *rq, size_t n) {
  eval->work += (unsigned)n + TI_EVAL_CALL;
  return eval->work >= TI_EVAL_WORK && ti_eval_look(eval, rq);
}

/* The stages there are: TI_STAGE_zip ..., and their names. */
typedef enum ti_stage_id {
  TI_STAGE_error = 0, /* holds nothing but its error */
#define STAGE(id, name, gives) TI_STAGE_##id,
#include "stages.def"
#undef STAGE
  TI_STAGE_END
} ti_stage_id;
#define STAGE(id, name, gives) static const char ti_stage_name_##id[] = name;
#include "stages.def"
#undef STAGE
/* How the type of a stage begins. */
#define TI_STAGE(which) .id = TI_STAGE_##which, .name = ti_stage_name_##which

/* Whose items the drive makes, and how: a row of operations each (core/drive/springs.c). */
typedef enum ti_spring_kind {
  TI_SPRING_NONE,   /* a fill makes them: of positions */
  TI_SPRING_EXPAND, /* any number for each item of the base (flat_map) */
  TI_SPRING_SIDES,  /* those of one base, then those of the other (chain) */
  TI_SPRING_GATE,   /* some of the base's, counted anew (take, skip_while) */
  TI_SPRING_PIECES, /* of a source of the host's that splits itself */
  TI_SPRING_KINDS
} ti_spring_kind;

struct ti_program_ramp;

typedef struct ti_stage_type {
  ti_stage_id id;
  const char *name; /* as the user called it: "zip" */
  /* Fills the request; returns how many items are valid. Indexed: rq->n, or fewer with the failure noted in 'eval'.
     Else any number up to rq->n, and whether there was a failure is for 'eval' to tell. The values stay valid until the
     scratch is used again. */
  size_t (*fill)(const tine_pipeline *self, ti_eval *eval, const ti_request *rq);
  /* Gives back what this type holds beyond the common part (the bases are released by the caller); may be NULL. */
  void (*drop)(tine_pipeline *self);
  bool passes;           /* items of its base, unchanged and in place: hints, take */
  ti_spring_kind spring; /* its items come from the drive */
  bool ends;             /* may note an end: what lies after an item is not wanted */
  bool counts;           /* can tell how many items there are without making their columns */
  bool masks; /* may be asked with bits, if its base may: does what it does to items that are not kept, too */
  bool moves; /* position i of this is not position i of its bases: arrays below are not read in step */
  /* Which base has column '*c' of this as it is, and '*c' becomes which of its columns; negative: none, it is made
     here. NULL: all are made here; or, if it 'passes', none. */
  int (*origin)(const tine_pipeline *self, unsigned *c);
  /* Is its first column, which is made here, a ramp (kernel/program.h)? '*r' is that from item lo on then; else it is
     filled. NULL: it is none. */
  bool (*ramp)(const tine_pipeline *self, uint64_t lo, struct ti_program_ramp *r);
  tine_cast_mode (*casts)(const tine_pipeline *self); /* how it converts what it makes; NULL: it does something else */
  size_t apply; /* where in the concrete struct is the kernel it applies (ti_apply_of); 0: it applies none */
  /* The array it reads, item i from element i; NULL for stages that read none themselves. */
  const tine_array *(*reads)(const tine_pipeline *self);
  /* Bytes of scratch a fill uses whose columns all have places elsewhere ('want'), if that is less than 'need'; NULL:
     it is not. */
  size_t (*bare)(const tine_pipeline *self);
  /* Adds this type's own words to a plan: "mul f64 f64 -> f64"; may be NULL. */
  void (*describe)(const tine_pipeline *self, char *buffer, size_t size, size_t *used);
  size_t size; /* of the concrete struct */
} ti_stage_type;

/* Bytes for where a stage was built, "job.lua:17": a chunk's name as Lua shortens it, and a line. */
enum { TI_PLACE = 80 };

/* Scheduling wishes, collected from the stages on the way to the terminal. */
typedef struct ti_hints {
  uint64_t min_len, max_len; /* 0: none */
  bool sequential;
  uint64_t limit;  /* nanoseconds that a terminal may take, and one; 0: any number */
  tine_pool *pool; /* borrowed; NULL: none */
} ti_hints;

/* What a program that has a stage in it sees of what is below; fuse.h. All 0: it has not, and asks the stage itself. */
typedef struct ti_fusion {
  bool open;           /* it sees through */
  bool cut;            /* and ends right below: it has enough operations */
  bool wanted;         /* two operations in a row are here, or somewhere below; or a predicate that */
  bool tells;          /* is one of several, which a program tells in bits; tell.h */
  unsigned operations; /* in it, from here on */
  unsigned inputs;     /* columns of its leaves */
  size_t need, result; /* of all its leaves together, as those of a zip */
} ti_fusion;

struct tine_pipeline {
  ti_refs refs;
  const ti_stage_type *type;
  const char *name;       /* what users call it: the type's, or of a terminal that is a stage in truth its own */
  tine_pipeline *base[2]; /* owned; NULL where there is none */
  tine_kind kind;
  uint64_t len;   /* exact, indexed: the number of items; bounded: at most so many; parallel: unused */
  uint64_t least; /* at least so many items; the number where it is known */
  uint64_t span;  /* positions that are to be gone through to get all items, at most; for an indexed stage its length */
  bool untold;    /* nobody can tell how many of these there will be */
  unsigned level; /* springs on the way to here, this included: where its current block is in ti_eval.current */
  const tine_pipeline *spring; /* the nearest of them; NULL: it stands on positions */
  unsigned columns;
  unsigned depth, stages; /* on the longest way to a source; in all branches, shared ones each time */
  unsigned number;        /* of the stage, counted from its first source, which is 1 */
  bool fleeting;          /* made by a terminal for itself: what its runs keep is kept with its first base */
  bool cheap;             /* every kernel is known to take at most some 100 ns an item */
  bool infallible;        /* no item can fail, so whoever wants only the length need not run */
  size_t need;            /* bytes of scratch a fill may use, up to the nearest spring */
  size_t result;          /* of these, bytes its result columns may occupy */
  ti_hints hints;
  char *where;              /* "job.lua:17": 'place', or owned if it is longer; NULL if never told */
  tine_error *error;        /* the sticky error, owned; all else is 0 then */
  _Atomic(void *) spare[2]; /* scratch of an earlier run, kept for the next (core/drive) */
  _Atomic(void *) program;  /* of a map or cast at whose top one was made; fuse.h. Of a predicate; tell.h */
  ti_fusion fusion;
  const tine_kernel *reads; /* its kernel, which may take elements of arrays; NULL: it has none */
  tine_dtype dtype[TINE_MAX_COLUMNS];
  char place[TI_PLACE];
};

static inline size_t ti_stage_fill(const tine_pipeline *p, ti_eval *eval, const ti_request *rq) {
#if TI_CANARIES
  return ti_contract_fill(p, eval, rq);
#else
  return p->type->fill(p, eval, rq);
#endif
}

/* Likewise for the owner of the scratch: before it and after it are TI_CANARY bytes that are nobody's. */
static inline size_t ti_stage_fill_own(const tine_pipeline *p, ti_eval *eval, const ti_request *rq) {
  size_t n;
  ti_canary_put(rq->low - TI_CANARY, TI_CANARY);
  ti_canary_put(rq->high, TI_CANARY);
  n = ti_stage_fill(p, eval, rq);
  ti_canary_take(rq->low - TI_CANARY, TI_CANARY);
  ti_canary_take(rq->high, TI_CANARY);
  return n;
}

/* May it be asked for all items of an indexed pipeline below, with bits for those that are kept? Then none of them can
   fail, and all is quickly done. */
bool ti_stage_masks(const tine_pipeline *p);
/* Of such: does a kernel work on what the lowest filter keeps, a filter's above it included, and would on the rest? */
bool ti_stage_works(const tine_pipeline *p);

/* Bytes of stack that a run of p takes on its thread, at most, without the host's own kernels: a fill goes down all its
   stages. TINE_ERANGE if this thread has less left. */
static inline size_t ti_stage_stack(const tine_pipeline *p) {
  return TI_STACK_BASE + (size_t)p->depth * TI_STACK_STAGE + (size_t)p->level * TI_STACK_SPRING;
}
tine_status ti_stage_refuse(const tine_pipeline *p, tine_error *err);
static inline tine_status ti_stage_room(const tine_pipeline *p, tine_error *err) {
  return ti_stage_stack(p) <= TI_STACK_ORDINARY ? TINE_OK : ti_stage_refuse(p, err);
}

/* Which base has more stages in all its branches. Whoever goes through a tree calls itself for the other one and loops
   on this: so deep as the tree may be, the calls are no deeper than the logarithm of TI_MAX_STAGES. */
static inline int ti_stage_larger(const tine_pipeline *p) {
  return p->base[1] != NULL && (p->base[0] == NULL || p->base[1]->stages > p->base[0]->stages);
}

/* Does an indexed stage only point at values that are there already? Then it evaluates nothing, and its columns have
   the same stride over its whole length: that of any one item tells where the others are. */
static inline bool ti_stage_points(const tine_pipeline *p) {
  return p->result == 0;
}

/* Where the items of a stage that only points are, for as long as it lives: a pointer to the first item and a stride
   for each column. False: it evaluates something, or what it points to changes. */
bool ti_stage_view(const tine_pipeline *p, const void **data, ptrdiff_t *stride);

/* Bytes one column of a block takes in scratch. */
static inline size_t ti_column_bytes(tine_dtype dtype) {
  return ti_size_align(tine_dtype_size(dtype) * TI_BLOCK, TI_ARRAY_ALIGN);
}

/* Of what a stage and its bases need of the same scratch, one after the other, the most. */
static inline size_t ti_size_most(size_t a, size_t b) {
  return a > b ? a : b;
}

/* Where a result of 'bytes' goes in the scratch of a request, after 'below' bytes that have their place there. */
static inline char *ti_request_after(const ti_request *rq, size_t below, size_t bytes) {
  return rq->at_high ? rq->high - below - bytes : rq->low + below;
}
static inline char *ti_request_room(const ti_request *rq, size_t bytes) {
  return ti_request_after(rq, 0, bytes);
}
/* Takes that room away from the scratch: what is asked with the request from now on leaves it alone. */
static inline char *ti_request_take(ti_request *rq, size_t bytes) {
  char *room = ti_request_room(rq, bytes);
  if (rq->at_high)
    rq->high -= bytes;
  else
    rq->low += bytes;
  ti_assert(rq->low <= rq->high);
  return room;
}
/* Answers column c with values of a type side by side: where the caller wants them, else in 'room'. Returns where. */
static inline void *ti_request_answer(const ti_request *rq, unsigned c, tine_dtype dtype, void *room) {
  void *out = rq->want != NULL && rq->want[c] != NULL ? rq->want[c] : room;
  rq->data[c] = out;
  rq->stride[c] = (ptrdiff_t)tine_dtype_size(dtype);
  return out;
}

/*
** Building. Each constructor starts with ti_stage_new, which takes ownership of the bases, zeroes the rest, and
** inherits from them: number, cheap, infallible, hints, and (from the first base) kind, lengths, columns and types. A
** base that is NULL is ignored. On failure it returns false and '*out' is what the constructor must return: a base with
** its sticky error, or NULL.
*/
bool ti_stage_new(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *a, tine_pipeline *b);
/* As ti_stage_new for stages that need bases of that kind at least: otherwise the result is an error which names the
   stage that lost it. NULL as a base where one is due (both, if 'two') gives NULL. */
bool ti_stage_on(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *a, tine_pipeline *b, bool two,
                 tine_kind kind);
/* Says how many items a stage has that knows it: an indexed or exact one. */
static inline void ti_stage_len(tine_pipeline *p, uint64_t len) {
  p->len = p->least = p->span = len;
}
/* Says what a source gives that has one column: so many items of a type. */
static inline void ti_stage_items(tine_pipeline *p, uint64_t len, tine_dtype dtype) {
  ti_stage_len(p, len);
  p->columns = 1;
  p->dtype[0] = dtype;
}
/* Turns a stage under construction into one that may have fewer items than its base: bounded at most. */
static inline void ti_stage_bounded(tine_pipeline *p) {
  if (p->kind > TINE_BOUNDED)
    p->kind = TINE_BOUNDED;
  p->least = 0;
}
/* Is p of that kind at least? Else an error, of what 'what' needs: "'zip' needs an indexed pipeline; stage 2 'filter'
   (job.lua:7) made it bounded". */
tine_status ti_stage_needs(const tine_pipeline *p, tine_kind kind, const char *what, tine_error *err);
/* Turns a stage into one with a sticky error, giving back all it held; returns it. NULL stays NULL. */
tine_pipeline *ti_stage_fail(tine_pipeline *p, tine_status status, const char *format, ...) TI_PRINTF(3, 4);
tine_pipeline *ti_stage_fail_with(tine_pipeline *p, const tine_error *err);
/* TINE_OK, or the sticky error of p (NULL: TINE_ENOMEM) in 'err'. */
tine_status ti_stage_check(const tine_pipeline *p, tine_error *err);
/* tine_take where the base is known to be indexed. */
tine_pipeline *ti_take_indexed(tine_pipeline *base, uint64_t n);
/* Converts each column to its own type, TINE_NONE for as it is; takes ownership of base. */
tine_pipeline *ti_cast_columns(tine_pipeline *base, const tine_dtype *dtypes, tine_cast_mode mode);
/* A stage that calls a kernel for its effects and drops what it gives (the stage of for_each). */
tine_pipeline *ti_effect(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n);
/* An extend by the one bool of a predicate, under the name of whoever wants it. */
tine_pipeline *ti_extend_predicate(tine_pipeline *base, const char *name, tine_kernel *kernel,
                                   const tine_value *constants, size_t n);
/* Calls visit for every array a run of p reads. 'in_step': all that item i of p reads of it is element i. An array that
   a stage reads apart from its bases is one of 'reads', too, and never in step (gather). */
typedef void ti_array_visit(void *arg, const tine_array *a, bool in_step);
void ti_stage_arrays(const tine_pipeline *p, ti_array_visit *visit, void *arg);

#endif
