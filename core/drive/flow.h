/*
** The flow: items of a pipeline of any kind, block by block, into a *sink*. README.md, "Flows", tells how springs are
** driven and what is shared when.
**
** A sink takes blocks into *parts*. A part is fed in order, by one thread at a time; when work is given away the far
** stretch gets a part of its own, and at the join that is put behind the near one.
*/
#ifndef TI_DRIVE_FLOW_H
#define TI_DRIVE_FLOW_H

#include "run.h"

/* Items on their way into a sink. Item i stands at position lo + offset[i]; positions never fall. */
typedef struct ti_items {
  uint64_t lo;
  size_t n;
  const uint16_t *offset; /* for a sink that is 'placeless' they mean nothing */
  const void *const *data; /* a pointer a column */
  const ptrdiff_t *stride;
  bool leaf;  /* they are of a source that splits itself: all of a piece are one sequence, whatever their positions */
  bool cells; /* each position gives one at most, and these are all of the cell that begins at 'lo' */
  bool cut;   /* the item behind these failed, which is noted */
} ti_items;

enum { TI_PART_BYTES = 320 };

typedef struct ti_flow ti_flow;
typedef struct ti_sink ti_sink;
struct ti_sink {
  void *env;
  bool cells;  /* its grain: it takes what a cell of positions gives at a time, if each gives one item at most */
  bool any;    /* an end anywhere is the end of everything: nothing is dropped for being behind it */
  bool counts; /* of the items only their number is asked for; only where nothing fails or ends (ti_spring_placeless) */
  bool placeless; /* nobody asks where items stand; likewise */
  bool reverse;   /* goes from the last position to the first; only where ti_flow_reverses says so */
  bool again;     /* goes over positions once more, whose items are there: neither counted nor measured */
  /* Makes an empty part in TI_PART_BYTES; may take nodes from the stack of the space. False: no room. */
  bool (*begin)(const ti_sink *sink, void *part, ti_space *space);
  /* Where the sink would like the next n values of each column; may be NULL. False: no memory, noted. */
  bool (*room)(const ti_sink *sink, void *part, ti_eval *eval, uint64_t lo, size_t n, void **want);
  /* Takes items in. False: no more, an end or failure being noted in 'eval'. */
  bool (*push)(const ti_sink *sink, void *part, ti_space *space, const ti_items *items);
  /* Not NULL: takes whole cells of [lo, hi), one to four, or a last one that is short, and evaluates them itself. How
     many positions they are; 0: a failure is noted in 'eval'. For a sink of cells over what stands on no spring. */
  size_t (*take)(const ti_sink *sink, void *part, ti_flow *f, ti_space *space, uint64_t lo, uint64_t hi);
  /* All items of the positions so far are in; may be NULL. False as above. Not called for cells. */
  bool (*flush)(const ti_sink *sink, void *part, ti_space *space);
  /* Puts 'right', of the positions behind, behind 'part'; it is empty then. A failure is noted in 'eval'. */
  void (*append)(const ti_sink *sink, void *part, void *right, ti_eval *eval);
  /* Likewise where 'right' is of another pipeline or piece: NULL if that makes no difference. */
  void (*merge)(const ti_sink *sink, void *part, void *right, ti_eval *eval);
  /* Gives back what a part holds, in the reverse order of 'begin' in one space; may be NULL. */
  void (*drop)(const ti_sink *sink, void *part, ti_space *space);
};

/* Test builds: has it what every sink must have? */
bool ti_sink_check(const ti_sink *sink);

/* What the segment below a spring, or the end of the pipeline, works in: offsets into the staging of a space. */
typedef struct ti_level {
  size_t scratch, scratch_bytes;
  size_t places; /* of its items: TI_BLOCK offsets */
  size_t emit;   /* the block that the spring above this segment is made of */
} ti_level;

struct ti_flow {
  ti_run run;
  const ti_sink *sink;
  size_t cell_staging; /* where a cell of slow items is stored, in staging: flow_loop.c */
  size_t sink_staging; /* and where the sink's own bytes begin */
  bool given;          /* only these positions are to be gone through, not all */
  uint64_t lo, hi;
  const ti_window *window;
  ti_level level[TI_MAX_LEVELS + 1];
};

/* Begins a flow of p, which has no error. The sink gets 'staging' bytes from f->sink_staging on in the staging of each
   space, and 'nodes' bytes in its node stack. TINE_ENOMEM. Ended by ti_run_end(&f->run), also the failure's teller. */
tine_status ti_flow_begin(ti_flow *f, tine_pipeline *p, const ti_whole *whole, const ti_sink *sink, size_t staging,
                          size_t nodes, tine_error *err);
/* Begins 'part' (TI_PART_BYTES, aligned for anything) and makes all items flow into it. It is the caller's to drop. */
void ti_flow_drive(ti_flow *f, void *part);
/* Begins no part, and makes the items of positions [lo, hi) flow into one: on this thread from 'ctx' on, as a task of
   the run. For what stands on no spring. */
void ti_flow_range(ti_flow *f, tine_ctx *ctx, const ti_sink *sink, void *part, uint64_t lo, uint64_t hi);
/* All of it for a sink that needs nothing in spaces. The part is begun whatever happens. */
tine_status ti_flow_run(tine_pipeline *p, const ti_sink *sink, void *part, tine_error *err);

/* Runs q for its end alone: '*by' is the stage that noted one (take_while) and '*at' its position, or NULL and
   UINT64_MAX. Both are left as they are on failure. */
tine_status ti_flow_until(tine_pipeline *q, const tine_pipeline **by, uint64_t *at, tine_error *err);
/* How many positions a run of p has, for whoever wants to know how far it is: 0 if nobody can tell. */
static inline uint64_t ti_flow_total(const tine_pipeline *p) {
  return p->untold ? 0 : p->span;
}
/* Can p be gone through backwards, by a sink that says 'reverse'? Then every position gives at most one item. */
bool ti_flow_reverses(const tine_pipeline *p);

/* springs.c. Has p positions, its own or those behind a gate, each of which gives one item at most? */
bool ti_flow_single(const tine_pipeline *p);
/* What the positions of p are of: a flat_map has those of its base. */
const tine_pipeline *ti_flow_base(const tine_pipeline *p);

/* What reductions have: leaves of a tree at most, and trees at a time, besides those of parts that are given away. */
typedef struct ti_trees {
  uint64_t leaves; /* positions, if each gives one item at most; a cell of those may be a leaf as well */
  unsigned lists;
  bool single; /* so it is */
} ti_trees;
void ti_flow_trees(const tine_pipeline *p, ti_trees *room);

#endif
