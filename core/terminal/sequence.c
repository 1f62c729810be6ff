/*
** Sequences: what one position gives, of any number of items, is gathered in staging and folded cell by cell, by rank;
** its value becomes a leaf of the tree over positions. See reduction.c.
*/
#include "sequence.h"

#include <string.h>

#include "../stage/parts.h"

enum { SEQUENCE_NODES = 2 * 64 + 3 }; /* of a sequence of any length */

size_t ti_sequence_staging(const tine_pipeline *p) {
  return ti_parts_bytes(p, TI_BLOCK) + SEQUENCE_NODES * ti_node_bytes(p->columns);
}

static char *staged_column(const ti_reduce_env *e, const ti_space *space, unsigned c) {
  char *at = space->staging + e->staging;
  for (unsigned k = 0; k < c; k++)
    at += ti_column_bytes(e->pipeline->dtype[k]);
  return at;
}

/* Folds the staged items into the next node of 'tree'. */
static int sequence_fold(const ti_reduce_env *e, const ti_reduce_part *p, const ti_tree *tree, ti_space *space) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  size_t failed;
  for (unsigned c = 0; c < e->pipeline->columns; c++) {
    data[c] = staged_column(e, space, c);
    stride[c] = (ptrdiff_t)tine_dtype_size(e->pipeline->dtype[c]);
  }
  return ti_reduce_fold(e, tree, space, p->cells * TI_CELL, data, stride, NULL, p->n, &failed);
}

/* A whole cell of the sequence. */
static bool sequence_cell(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space) {
  uint64_t failed;
  int code;
  ti_assert(p->n > 0 && p->n <= TI_CELL);
  if (p->cells == 0)
    p->sequence = ti_reduce_tree(e, staged_column(e, space, e->pipeline->columns), SEQUENCE_NODES);
  code = sequence_fold(e, p, &p->sequence, space);
  if (code == 0)
    code = ti_tree_push(&p->sequence, p->cells, space->eval.message, &failed);
  p->cells++;
  p->n = 0;
  return code == 0 || ti_reduce_failed(e, &space->eval, code, p->position);
}

/* Ends the sequence of a position: its value becomes a leaf of the tree. */
static bool sequence_close(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space) {
  uint64_t failed = p->position;
  int code = 0;
  ti_assert(p->open && (p->n > 0 || p->cells > 0));
  p->open = false;
  if (p->cells > 0) {
    if (p->n > 0 && !sequence_cell(e, p, space))
      return false;
    code = ti_tree_finish(&p->sequence, space->eval.message, &failed);
    if (code == 0)
      memcpy(ti_tree_next(&p->tree), ti_tree_node(&p->sequence, 0)->acc, e->pipeline->columns * sizeof(ti_acc));
    failed = p->position;
  } else
    code = sequence_fold(e, p, &p->tree, space);
  if (code == 0)
    code = ti_tree_push(&p->tree, p->position, space->eval.message, &failed);
  p->n = 0;
  p->cells = 0;
  return code == 0 || ti_reduce_failed(e, &space->eval, code, failed);
}

/* Stages items [from, from + n) of a block, which are of the open position. */
static bool sequence_add(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, const ti_items *items, size_t from,
                         size_t n) {
  while (n > 0) {
    ti_assert(p->n < TI_CELL && from + n <= items->n);
    const size_t some = n < TI_CELL - p->n ? n : TI_CELL - p->n;
    for (unsigned c = 0; c < e->pipeline->columns; c++) {
      const size_t size = tine_dtype_size(e->pipeline->dtype[c]);
      char *to = staged_column(e, space, c) + p->n * size;
      const char *in = (const char *)items->data[c] + (ptrdiff_t)from * items->stride[c];
      ti_parts_copy(to, (ptrdiff_t)size, in, items->stride[c], size, some);
    }
    p->n += some;
    from += some;
    n -= some;
    if (p->n == TI_CELL && !sequence_cell(e, p, space))
      return false;
  }
  return true;
}

/* Which sequence item i is of. */
static uint64_t sequence_of(const ti_items *items, size_t i) {
  return items->leaf ? 0 : items->lo + items->offset[i];
}

bool ti_sequence_flush(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space) {
  return !p->open || sequence_close(e, p, space);
}

bool ti_sequence_push(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, const ti_items *items) {
  for (size_t i = 0, end; i < items->n; i = end) {
    const uint64_t position = sequence_of(items, i);
    end = items->leaf ? items->n : i + 1;
    while (end < items->n && sequence_of(items, end) == position)
      end++;
    if (p->open && p->position != position && !sequence_close(e, p, space))
      return false;
    p->open = true;
    p->position = position;
    if (!sequence_add(e, p, space, items, i, end - i))
      return false;
  }
  return true;
}
