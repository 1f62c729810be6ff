/*
** One cell folded, whether it is of positions (reduction.c) or of a sequence (sequence.c). See sequence.h.
*/
#include "sequence.h"
#include "terminal.h"

bool ti_reduce_failed(const ti_reduce_env *e, ti_eval *eval, int code, uint64_t item) {
  eval->code = code;
  eval->item = item;
  eval->stage = NULL;
  eval->kernel = e->reduction->name;
  return false;
}

ti_tree ti_reduce_tree(const ti_reduce_env *e, char *nodes, unsigned capacity) {
  const ti_tree tree = {e->pipeline->columns, e->reduction->folds, e->reduction->envs, nodes, 0, capacity, 0};
  return tree;
}

int ti_reduce_fold(const ti_reduce_env *e, const ti_tree *tree, ti_space *space, uint64_t first,
                   const void *const *data, const ptrdiff_t *stride, const uint16_t *offset, size_t n, size_t *failed) {
  _Alignas(TI_ARRAY_ALIGN) char room[TI_CELL * 8];
  const ti_reduction *r = e->reduction;
  ti_acc *acc = ti_tree_next(tree);
  int code = 0;
  ti_assert(n > 0 && n <= TI_CELL);
  *failed = 0;
  if (r->cell != NULL) {
    tine_block block = {.n = n, .first = first, .in = data, .in_stride = stride, .message = space->eval.message};
    code = r->cell(r->envs[0], tree, &block);
    *failed = code != 0 ? block.failed : 0;
    return code;
  }
  for (unsigned c = 0; c < e->pipeline->columns && code == 0; c++) {
    const void *items =
        ti_column_as(r->convert[c], tine_dtype_size(e->pipeline->dtype[c]), data[c], stride[c], n, room);
    if (r->folds[c]->asks)
      ti_fold_after(&acc[c], tree->count > 0 ? &ti_tree_node(tree, tree->count - 1)->acc[c] : NULL);
    if (offset != NULL && r->folds[c]->bits != NULL && !r->folds[c]->ranks && offset[n - 1] != n - 1)
      ti_fold_places(r->folds[c], ti_column_room(items, n, room), offset, n, &acc[c]);
    else
      code = r->folds[c]->cell(r->envs[c], items, n, first, &acc[c], space->eval.message);
    acc[c].n = n;
  }
  return code;
}
