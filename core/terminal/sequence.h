/*
** Inside of the sink that reduces (reduction.c): its parts, and sequences, what one position gives of several items
** (sequence.c).
*/
#ifndef TI_TERMINAL_SEQUENCE_H
#define TI_TERMINAL_SEQUENCE_H

#include "../drive/store.h"
#include "reduction.h"

/* 'tree' is over cells, or over positions; what one of those gives is gathered in staging, between two flushes. */
typedef struct ti_reduce_part {
  ti_tree tree;
  unsigned unit; /* positions of a leaf */
  bool open;     /* a position is being gathered */
  bool few;      /* of the last cell less than a quarter was kept */
  uint64_t position;
  uint64_t cells; /* of it, folded into 'sequence' */
  size_t n;       /* items of it in staging */
  ti_tree sequence;
} ti_reduce_part;

_Static_assert(sizeof(ti_reduce_part) <= TI_PART_BYTES, "a part of a flow");

typedef struct ti_reduce_env {
  const ti_reduction *reduction;
  const tine_pipeline *pipeline;
  unsigned nodes;   /* of a tree */
  size_t node_list; /* bytes of them */
  size_t staging;   /* where sequences are gathered */
  bool places;      /* some folds go by places, and some places may have no item */
  bool works;       /* ti_stage_works: what is done to items that are not kept may be too much */
  bool view;        /* where the items are, or those they are made of, is known for the whole run: */
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
} ti_reduce_env;

/* Notes that a fold failed, its kernel's message being in 'eval'; false. */
bool ti_reduce_failed(const ti_reduce_env *e, ti_eval *eval, int code, uint64_t item);
ti_tree ti_reduce_tree(const ti_reduce_env *e, char *nodes, unsigned capacity);
/* The n values of a cell made into its accumulators, where the tree wants them; the first is 'first' of what the tree,
   or the sequence, is of. 'offset', their places in the cell, is for folds that go by those; NULL: they have none. 0,
   or a kernel's code and which item failed. */
int ti_reduce_fold(const ti_reduce_env *e, const ti_tree *tree, ti_space *space, uint64_t first,
                   const void *const *data, const ptrdiff_t *stride, const uint16_t *offset, size_t n, size_t *failed);

/* Bytes of staging that sequences take, from e->staging on. */
size_t ti_sequence_staging(const tine_pipeline *p);
/* Takes items in whose positions may give several. False: a failure is noted in the space. */
bool ti_sequence_push(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, const ti_items *items);
/* All items of the positions so far are in. */
bool ti_sequence_flush(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space);

#endif
