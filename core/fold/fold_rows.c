/*
** Many short stretches folded at once. Each is folded as ti_fold_kernel folds a cell of so few items, neighbours with
** neighbours, but a kernel is called for the same pair of all stretches: a row. So chunks of two items cost hardly more
** than any other map.
*/
#include "fold.h"

#include <string.h>

#include "../stage/parts.h"

typedef struct rows_state {
  const char *in; /* item j of row t is at in + t * row + j * step */
  ptrdiff_t row, step;
  size_t rows, done; /* done: stretches that have not failed */
} rows_state;

static void rows_copy(const rows_state *s, size_t t, size_t size, char *out) {
  ti_parts_copy(out, (ptrdiff_t)size, s->in + (ptrdiff_t)t * s->row, s->step, size, s->done);
}

/* Neighbouring rows become one, 'pitch' bytes from one to the next. A stretch that fails ends the rows of all calls. */
static int rows_fold(const ti_reducer *r, rows_state *s, char *to, size_t pitch, char *message) {
  char text[TINE_MESSAGE_SIZE] = "";
  int failure = 0;
  for (size_t t = 0; t + 1 < s->rows && s->done > 0; t += 2) {
    const char *const pair = s->in + (ptrdiff_t)t * s->row;
    int code;
    s->done = ti_reducer_apply(r, pair, s->step, pair + s->row, s->step, s->done, to + t / 2 * pitch, &code, text);
    if (code == 0)
      continue;
    failure = code;
    memcpy(message, text, sizeof text);
  }
  if (s->rows % 2 != 0)
    rows_copy(s, s->rows - 1, r->size, to + s->rows / 2 * pitch); /* the odd one goes up as it is */
  s->in = to;
  s->row = (ptrdiff_t)pitch;
  s->step = (ptrdiff_t)r->size;
  s->rows -= s->rows / 2;
  return failure;
}

size_t ti_fold_rows(const ti_reducer *r, const void *items, ptrdiff_t stride, size_t k, size_t n, char *room, void *out,
                    int *code, char *message) {
  const size_t pitch = n * r->size;
  char *to = room, *other = room + TI_CELL * 8;
  rows_state s = {items, stride, (ptrdiff_t)k * stride, k, n};
  ti_assert(r->signature->inputs == 2 && r->signature->outputs == 1);
  ti_assert(k > 0 && k <= TI_LANES && n > 0 && n * k <= TI_CELL);
  *code = 0;
  while (s.rows > 1 && s.done > 0) {
    char *swap = to;
    const int failed = rows_fold(r, &s, to, pitch, message);
    *code = failed != 0 ? failed : *code;
    to = other;
    other = swap;
  }
  ti_assert(s.done == n || *code != 0);
  rows_copy(&s, 0, r->size, out);
  return s.done;
}
