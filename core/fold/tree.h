/*
** The combining tree over cells: which accumulators meet, whatever was computed when and where.
**
** Its nodes are aligned: node (level k, index i) covers cells [i * 2^k, (i+1) * 2^k), and comes from its two children
** alone. A stretch of cells, cut anywhere, is held as the list of the largest whole nodes in it: levels rise, then
** fall, so there are at most 2 log2(cells) + 2. Appending a neighbouring stretch merges siblings; in the end what is
** left is combined from the right. So any order of work gives the same additions - and a binary counter is all it
** takes to run it in sequence.
**
** Leaves may be missing, as their values are (a cell of which a filter let nothing through): a node whose sibling has
** no leaves takes the place of both. Only the edges of a stretch, where that is not known, keep the list from being as
** short as it may be.
**
** A tree borrows the memory of its nodes. One thread at a time.
*/
#ifndef TI_FOLD_TREE_H
#define TI_FOLD_TREE_H

#include "fold.h"

/* A node: its place, then an accumulator a column. */
typedef struct ti_node {
  uint64_t index;
  unsigned level;
  ti_acc acc[];
} ti_node;

typedef struct ti_tree {
  unsigned columns;
  const ti_fold *const *folds; /* one a column, with its environment */
  const void *const *envs;
  char *nodes; /* room for 'capacity' nodes */
  unsigned count, capacity;
  uint64_t first; /* no leaf before this one is known */
} ti_tree;

static inline size_t ti_node_bytes(unsigned columns) {
  return sizeof(ti_node) + columns * sizeof(ti_acc);
}
static inline ti_node *ti_tree_node(const ti_tree *t, unsigned i) {
  return (ti_node *)(void *)(t->nodes + i * ti_node_bytes(t->columns));
}
/* Nodes a stretch of that many cells may need, one being pushed included. */
unsigned ti_tree_room(uint64_t cells);

/* Test builds: do the nodes lie in order, none over another, and in their memory? */
bool ti_tree_check(const ti_tree *t);

/* Where the next leaf's accumulators go, before ti_tree_push names the leaf. There is room. */
static inline ti_acc *ti_tree_next(const ti_tree *t) {
  return ti_tree_node(t, t->count)->acc;
}
/* Takes in the leaf whose accumulators are at ti_tree_next, which is after all that are here. Returns 0, or the code of
   a kernel that failed when two stretches met, with 'message' filled and '*failed' the first leaf of the right one. */
int ti_tree_push(ti_tree *t, uint64_t leaf, char *message, uint64_t *failed);
/* The same for a node of 2^level leaves, combined as they would be here. */
int ti_tree_push_node(ti_tree *t, uint64_t index, unsigned level, char *message, uint64_t *failed);
/* Takes in all of 'right', a stretch that follows. As above. */
int ti_tree_append(ti_tree *t, const ti_tree *right, char *message, uint64_t *failed);
/* Combines what is left: the result is node 0, if there is any. As above. */
int ti_tree_finish(ti_tree *t, char *message, uint64_t *failed);

#endif
