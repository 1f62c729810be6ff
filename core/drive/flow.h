/*
** The flow: items of a pipeline of any kind, block by block, into a *sink*. README.md, "Flows", tells how springs are
** driven and what is shared when.
**
** A sink takes blocks into *parts*. A part is fed in order, by one thread at a time; when work is given away the far
** stretch gets a part of its own, which is appended to the near one's at the join.
*/
#ifndef TI_DRIVE_FLOW_H
#define TI_DRIVE_FLOW_H

#include "run.h"

/* Items on their way into a sink. Item i stands at position lo + offset[i]; positions never fall. */
typedef struct ti_items {
  uint64_t lo;
  size_t n;
  const uint16_t *offset;  /* for a sink that is 'placeless' they mean nothing */
  const void *const *data; /* one pointer per column */
  const ptrdiff_t *stride;
  bool leaf;  /* of a source that splits itself: the items of a piece are one sequence, whatever their positions */
  bool cells; /* each position gives one at most, and these are all of the cell that begins at 'lo' */
  bool cut;   /* the item after these failed, which is noted */
} ti_items;

enum { TI_PART_BYTES = 320 };

typedef struct ti_flow ti_flow;
typedef struct ti_sink ti_sink;
struct ti_sink {
  void *env;
  bool cells;  /* its grain: it takes all items of a cell of positions at a time, if each position gives one at most */
  bool any;    /* an end anywhere is the end of everything: nothing is dropped for being after it */
  bool counts; /* asks only how many items there are; only where nothing fails or ends (ti_spring_placeless) */
  bool placeless; /* does not ask where items stand; likewise */
  bool reverse;   /* goes from the last position to the first; only where ti_flow_reverses says so */
  uint64_t grid;  /* its parts begin at multiples of that, a power of two, and 'start' says where; 0: anywhere */
  bool again;     /* a second pass over positions whose items are made: it counts as no progress, and is not timed */
  /* Makes 'part', TI_PART_BYTES, an empty part; may take nodes from the space's node stack. False: no room. */
  bool (*begin)(const ti_sink *sink, void *part, ti_space *space);
  /* Says that a part just begun is that of the positions from 'lo' on, which 'left' had. Not called for the first. */
  void (*start)(const ti_sink *sink, void *left, void *part, uint64_t lo);
  /* Says in 'want' where the sink would like the next n values of each column; may be NULL. False: no memory, noted. */
  bool (*room)(const ti_sink *sink, void *part, ti_eval *eval, uint64_t lo, size_t n, void **want);
  /* Says in 'want' where it would like the next values of each column, and how many may be written there, side by side,
     before anybody says how many come: the places are this part's own. May be NULL; only with 'room'. */
  uint64_t (*ahead)(const ti_sink *sink, const void *part, void **want);
  /* Takes items in. False: it takes no more; the end or failure is noted in the space's 'eval'. */
  bool (*push)(const ti_sink *sink, void *part, ti_space *space, const ti_items *items);
  /* If not NULL: evaluates the next cells of [lo, hi) itself and takes them in, one to four, or a last one that is
     short. Returns how many positions they are; 0: a failure is noted. For a sink of cells over what stands on no
     spring. */
  size_t (*take)(const ti_sink *sink, void *part, ti_flow *f, ti_space *space, uint64_t lo, uint64_t hi);
  /* Called when all items of the positions so far are in; may be NULL. False as for push. Not called for cells. */
  bool (*flush)(const ti_sink *sink, void *part, ti_space *space);
  /* Appends 'right', the part of the positions that follow, to 'part', and leaves it empty. A failure is noted. */
  void (*append)(const ti_sink *sink, void *part, void *right, ti_eval *eval);
  /* Likewise if 'right' is of another pipeline or piece. NULL: that makes no difference. */
  void (*merge)(const ti_sink *sink, void *part, void *right, ti_eval *eval);
  /* Gives back what a part holds, in the reverse order of 'begin' in one space; may be NULL. */
  void (*drop)(const ti_sink *sink, void *part, ti_space *space);
};

/* Test builds: has it what every sink must have? */
bool ti_sink_check(const ti_sink *sink);

/* What the segments of one level work in, those above as many springs: offsets into the staging of a space. */
typedef struct ti_level {
  size_t scratch, scratch_bytes;
  size_t places; /* of its items: TI_BLOCK offsets */
  size_t emit;   /* the block that the spring below it makes (flat_map) */
} ti_level;

struct ti_flow {
  ti_run run;
  const ti_sink *sink;
  size_t cell_staging; /* where a cell of slow items is stored, in staging: flow_loop.c */
  size_t sink_staging; /* and where the sink's own bytes begin */
  bool given;          /* it goes through these positions only, of 'window' above a gate; else through all */
  uint64_t lo, hi;
  const ti_window *window;
  ti_level level[TI_MAX_LEVELS + 1];
};

/* Begins a flow of p, which has no error. The sink gets 'staging' bytes from f->sink_staging on in the staging of each
   space, and 'nodes' bytes in its node stack. TINE_ENOMEM. Ended by ti_run_end(&f->run), which reports a failure. */
tine_status ti_flow_begin(ti_flow *f, tine_pipeline *p, const ti_whole *whole, const ti_sink *sink, size_t staging,
                          size_t nodes, tine_error *err);
/* Begins 'part' (TI_PART_BYTES, aligned for anything) and makes all items flow into it. It is the caller's to drop. */
void ti_flow_drive(ti_flow *f, void *part);
/* Makes the items of positions [lo, hi) flow into 'part', which the caller has begun: from a task of the run, 'ctx'
   being its context (NULL: outside the pool). For what stands on no spring. */
void ti_flow_range(ti_flow *f, tine_ctx *ctx, const ti_sink *sink, void *part, uint64_t lo, uint64_t hi);
/* A flow from begin to end, for a sink that needs no room in spaces. The part is begun even if this fails. */
tine_status ti_flow_run(tine_pipeline *p, const ti_sink *sink, void *part, tine_error *err);

/* Runs q for its end alone: '*by' is the stage that noted one (take_while) and '*at' its position, or NULL and
   UINT64_MAX. Both are left as they are on failure. */
tine_status ti_flow_until(tine_pipeline *q, const tine_pipeline **by, uint64_t *at, tine_error *err);
/* How many positions a run of p has, for its progress; 0 if that is not known. */
static inline uint64_t ti_flow_total(const tine_pipeline *p) {
  return p->untold ? 0 : p->span;
}
/* Can p be gone through backwards, by a sink that says 'reverse'? Then every position gives at most one item. */
bool ti_flow_reverses(const tine_pipeline *p);

/* springs.c. Has p positions, its own or those behind a gate, each of which gives one item at most? */
bool ti_flow_single(const tine_pipeline *p);
/* The stage whose positions p goes through: a flat_map has those of its base. */
const tine_pipeline *ti_flow_base(const tine_pipeline *p);

/* What a reduction must have room for, apart from parts that are given away. */
typedef struct ti_trees {
  uint64_t leaves; /* of a tree, at most: positions, of which a whole cell may be one leaf if 'single' */
  unsigned lists;  /* trees at a time */
  bool single;     /* each position gives one item at most */
} ti_trees;
void ti_flow_trees(const tine_pipeline *p, ti_trees *room);

#endif
