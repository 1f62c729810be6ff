/*
** The combining tree: a list of whole nodes, merged like the carries of a binary counter. See tree.h.
*/
#include "tree.h"

#include <string.h>

#include "../base/check.h"

unsigned ti_tree_room(uint64_t cells) {
  unsigned bits = 0;
  for (; cells > 0; cells >>= 1)
    bits++;
  return 2 * bits + 3;
}

static uint64_t node_first(const ti_node *n) {
  return n->index << n->level;
}

static uint64_t node_end(const ti_node *n) {
  return (n->index + 1) << n->level;
}

bool ti_tree_check(const ti_tree *t) {
  if (t->count > t->capacity || t->columns == 0 || t->columns > TINE_MAX_COLUMNS)
    return false;
  for (unsigned i = 0; i < t->count; i++) {
    const ti_node *n = ti_tree_node(t, i);
    if (n->level > 63 || node_first(n) >> n->level != n->index)
      return false;
    if (i > 0 && node_end(ti_tree_node(t, i - 1)) > node_first(n))
      return false;
  }
  return true;
}

/* Folds node 'right' into node 'left', column by column. One without items leaves the other as it is. */
static int node_combine(const ti_tree *t, ti_node *left, const ti_node *right, char *message, uint64_t *failed) {
  if (right->acc[0].n == 0)
    return 0;
  if (left->acc[0].n == 0) {
    memcpy(left->acc, right->acc, t->columns * sizeof *left->acc);
    return 0;
  }
  for (unsigned c = 0; c < t->columns; c++) {
    const int code = t->folds[c]->combine(t->envs[c], &left->acc[c], &right->acc[c], message);
    if (code != 0) {
      *failed = node_first(right);
      return code;
    }
    left->acc[c].n += right->acc[c].n;
  }
  return 0;
}

/* The last two nodes are halves of one. */
static bool siblings(const ti_node *left, const ti_node *right) {
  return left->level == right->level && left->index % 2 == 0 && right->index == left->index + 1;
}

/* All leaves before 'end' that there are have come: the last node goes up while its sibling is known, to be met or to
   be missing. */
static int settle(ti_tree *t, uint64_t end, char *message, uint64_t *failed) {
  for (;;) {
    ti_node *n = ti_tree_node(t, t->count - 1);
    const uint64_t sibling = n->index ^ 1;
    int code;
    if (n->level >= 63 || sibling << n->level < t->first || end >> n->level < sibling + 1)
      return 0;
    if (t->count >= 2 && siblings(ti_tree_node(t, t->count - 2), n)) {
      code = node_combine(t, ti_tree_node(t, t->count - 2), n, message, failed);
      if (code != 0) {
        t->count -= 2; /* the left one is half combined: nobody may meet it again */
        return code;
      }
      n = ti_tree_node(t, --t->count - 1);
    }
    n->level++;
    n->index /= 2;
  }
}

/* Takes in a node that lies after all others; it may be in the memory of one that is no longer in the list. */
static int take_node(ti_tree *t, const ti_node *node, char *message, uint64_t *failed) {
  const uint64_t first = node_first(node), end = node_end(node);
  if (t->count > 0 && node_end(ti_tree_node(t, t->count - 1)) < first) {
    const int code = settle(t, first, message, failed);
    if (code != 0)
      return code;
  }
  ti_assert(t->count < t->capacity);
  if (node != ti_tree_node(t, t->count))
    memmove(ti_tree_node(t, t->count), node, ti_node_bytes(t->columns));
  t->count++;
  ti_assert(ti_tree_check(t));
  return settle(t, end, message, failed);
}

int ti_tree_push_node(ti_tree *t, uint64_t index, unsigned level, char *message, uint64_t *failed) {
  ti_node *n = ti_tree_node(t, t->count);
  ti_assert(t->count < t->capacity);
  n->index = index;
  n->level = level;
  if (t->count == 0)
    t->first = node_first(n);
  ti_assert(node_first(n) >= t->first);
  return take_node(t, n, message, failed);
}

int ti_tree_push(ti_tree *t, uint64_t leaf, char *message, uint64_t *failed) {
  return ti_tree_push_node(t, leaf, 0, message, failed);
}

int ti_tree_append(ti_tree *t, const ti_tree *right, char *message, uint64_t *failed) {
  ti_assert(ti_tree_check(t) && ti_tree_check(right) && t->columns == right->columns);
  if (t->count == 0)
    t->first = right->first;
  for (unsigned i = 0; i < right->count; i++) {
    const int code = take_node(t, ti_tree_node(right, i), message, failed);
    if (code != 0)
      return code;
  }
  return 0;
}

/* Nothing comes before the first leaf any more: nodes go up as far as that lets them. */
static int take_again(ti_tree *t, char *message, uint64_t *failed) {
  const unsigned count = t->count;
  int code = 0;
  t->first = 0;
  t->count = 0;
  for (unsigned i = 0; i < count && code == 0; i++)
    code = take_node(t, ti_tree_node(t, i), message, failed);
  return code;
}

int ti_tree_finish(ti_tree *t, char *message, uint64_t *failed) {
  int code;
  ti_assert(ti_tree_check(t));
  code = t->count > 0 && t->first > 0 ? take_again(t, message, failed) : 0;
  for (; t->count >= 2 && code == 0; t->count--)
    code = node_combine(t, ti_tree_node(t, t->count - 2), ti_tree_node(t, t->count - 1), message, failed);
  return code;
}
