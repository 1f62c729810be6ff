/*
** Functions called by functions, and versions. A call is a *frame*: the code of the function that is called, from
** where, and in which registers - as in Lua, its first is the one behind the function in the caller's. So arguments
** and results stay where they are, and a function is typed anew for each place that calls it and for the types that
** it gets there. A version is one of an instruction in a frame, for the types of what is live there and, in the
** frames around it, of what is live once the call is over.
*/
#include <string.h>

#include "../base/memory.h"
#include "typer.h"

/* The frames' own lists, and what is known of a code whoever calls it. */
static uint16_t frames_unit(ti_typer *y, const ti_code *code) {
  void *list = y->units, *codes = y->t->codes;
  ti_typer_unit unit = {.code = code};
  for (size_t k = 0; k < y->unit_count; k++)
    if (y->units[k].code == code)
      return (uint16_t)k;
  if (!ti_typer_room(y, &list, y->unit_count, &y->unit_room, sizeof *y->units))
    return 0;
  y->units = list;
  if (!ti_typer_room(y, &codes, y->t->code_count, &y->t->code_room, sizeof *y->t->codes))
    return 0;
  y->t->codes = codes;
  unit.live = ti_live_make(code);
  unit.label = ti_alloc_zeroed(code->count * sizeof *unit.label, _Alignof(bool));
  y->units[y->unit_count++] = unit;
  y->t->codes[y->t->code_count++] = code;
  if (unit.live == NULL || unit.label == NULL) {
    ti_typer_fail(y, ti_error_nomem(y->err));
    return 0;
  }
  for (unsigned at = 0; at < code->count; at++) {
    const ti_instruction *const i = &code->code[at];
    if ((i->op >= TI_CODE_IF_EQ && i->op <= TI_CODE_JUMP) || i->op == TI_CODE_FOR || i->op == TI_CODE_NEXT)
      unit.label[i->to] = true;
  }
  return (uint16_t)(y->unit_count - 1);
}

void ti_typer_enter(ti_typer *y, uint32_t frame) {
  ti_assert(frame < y->frame_count);
  y->frame = frame;
  y->base = y->frames[frame].base;
  y->unit = y->frames[frame].unit;
  y->code = y->units[y->unit].code;
}

uint32_t ti_typer_frame(ti_typer *y, const ti_code *code, unsigned captures, unsigned base) {
  void *list = y->frames;
  ti_typer_callee f = {.captures = captures, .base = base, .parent = y->frame, .at = y->at};
  f.unit = frames_unit(y, code);
  for (uint32_t k = 0; k < y->frame_count; k++)
    if (y->frames[k].parent == f.parent && y->frames[k].at == f.at && y->frames[k].unit == f.unit &&
        y->frames[k].captures == captures)
      return k;
  if (y->frame_count == TI_TYPED_FRAMES) {
    ti_typer_refuse(y, "the function is too large: more than %d calls of functions in it", TI_TYPED_FRAMES);
    return 0;
  }
  if (y->status != TINE_OK || !ti_typer_room(y, &list, y->frame_count, &y->frame_room, sizeof f))
    return 0;
  y->frames = list;
  f.first = ti_alloc_zeroed(code->count * sizeof *f.first, _Alignof(uint32_t));
  if (f.first == NULL) {
    ti_typer_fail(y, ti_error_nomem(y->err));
    return 0;
  }
  y->frames[y->frame_count++] = f;
  ti_typer_reach(y, base + code->registers);
  return (uint32_t)(y->frame_count - 1);
}

void ti_typer_frames_drop(ti_typer *y) {
  for (size_t k = 0; k < y->frame_count; k++)
    ti_free(y->frames[k].first, y->units[y->frames[k].unit].code->count * sizeof(uint32_t), _Alignof(uint32_t));
  for (size_t k = 0; k < y->unit_count; k++) {
    ti_live_drop(y->units[k].live, y->units[k].code);
    if (y->units[k].label != NULL)
      ti_free(y->units[k].label, y->units[k].code->count * sizeof(bool), _Alignof(bool));
  }
  ti_typer_free(y->frames, y->frame_room, sizeof *y->frames);
  ti_typer_free(y->units, y->unit_room, sizeof *y->units);
}

/* ===== Versions ===== */

static bool frames_live(const ti_typer *y, uint32_t frame, unsigned at, unsigned r) {
  const ti_typer_unit *const unit = &y->units[y->frames[frame].unit];
  return (unit->live[at * ti_live_words(unit->code) + r / 32] >> r % 32 & 1) != 0;
}

/* The next register that is live in a frame or in those around it, from 'r' on in the one at hand; false: no more.
   In the innermost that is at an instruction, and open results count up to 'top'; the others go on behind a call, whose
   results are to come. */
typedef struct frames_walk {
  uint32_t frame;
  unsigned at, r, end, registers;
} frames_walk;

static frames_walk frames_begin(const ti_typer *y, unsigned at, int top) {
  const unsigned registers = y->code->registers;
  frames_walk w = {.frame = y->frame, .at = at, .registers = registers, .end = registers};
  if (top > (int)registers)
    w.end = (unsigned)top;
  return w;
}

static bool frames_next(const ti_typer *y, frames_walk *w, unsigned *cell) {
  for (;;) {
    const ti_typer_callee *const f = &y->frames[w->frame];
    for (; w->r < w->end; w->r++)
      if (w->r >= w->registers || frames_live(y, w->frame, w->at, w->r)) {
        *cell = f->base + w->r++;
        return true;
      }
    if (w->frame == 0)
      return false;
    w->frame = f->parent;
    w->at = f->at + 1;
    w->r = 0;
    w->registers = w->end = (unsigned)y->units[y->frames[w->frame].unit].code->code[f->at].a;
  }
}

/* Puts the types of what is live into the pool, behind all that is there; gives how many. */
static size_t frames_types(ti_typer *y, unsigned at) {
  frames_walk w = frames_begin(y, at, y->top);
  size_t n = 0;
  unsigned cell;
  while (frames_next(y, &w, &cell)) {
    void *list = y->types;
    if (!ti_typer_room(y, &list, y->type_count + n, &y->type_room, sizeof *y->types))
      return 0;
    y->types = list;
    y->types[y->type_count + n++] = y->state[cell];
  }
  return n;
}

static uint32_t frames_version_new(ti_typer *y, unsigned at, size_t types) {
  uint32_t *const first = &y->frames[y->frame].first[at];
  void *list = y->versions;
  if (y->status != TINE_OK || !ti_typer_room(y, &list, y->version_count, &y->version_room, sizeof *y->versions))
    return 0;
  y->versions = list;
  y->versions[y->version_count] =
      (ti_version){.at = at, .frame = y->frame, .next = *first, .top = y->top, .types = y->type_count};
  y->type_count += types;
  *first = (uint32_t)++y->version_count;
  return *first - 1;
}

uint32_t ti_typer_way(ti_typer *y, unsigned at) {
  size_t n;
  unsigned of_it = 0;
  ti_assert(at < y->code->count || y->status != TINE_OK);
  if (y->status != TINE_OK)
    return 0;
  n = frames_types(y, at);
  if (y->status != TINE_OK)
    return 0;
  for (uint32_t v = y->frames[y->frame].first[at]; v != 0; v = y->versions[v - 1].next, of_it++) {
    const ti_version *const have = &y->versions[v - 1];
    if (have->top == y->top &&
        (n == 0 || memcmp(y->types + have->types, y->types + y->type_count, n * sizeof *y->types) == 0))
      return v - 1;
  }
  if (of_it == TI_TYPED_VERSIONS) {
    y->at = at;
    ti_typer_refuse(y, "mixes integers and floats in too many ways; write floats as floats, 0.0 in place of 0");
    return 0;
  }
  return frames_version_new(y, at, n);
}

void ti_typer_restore(ti_typer *y, const ti_version *v) {
  size_t k = v->types;
  unsigned cell;
  frames_walk w;
  memset(y->state, 0, y->reached * sizeof *y->state); /* TI_KIND_NONE */
  ti_typer_enter(y, v->frame);
  y->at = v->at;
  y->top = v->top;
  w = frames_begin(y, v->at, v->top);
  while (frames_next(y, &w, &cell))
    y->state[cell] = y->types[k++];
}

void ti_typer_jump(ti_typer *y, unsigned at) {
  const uint32_t way = ti_typer_way(y, at);
  ti_typer_step(y, (ti_typed_step){.what = TI_TYPED_JUMP, .ways = {way}});
  y->ended = true;
}

/* ===== Calls ===== */

/* Is it the function of a frame? The same code with values of its own is another. */
static bool frames_same(const ti_typer *y, uint32_t frame, const ti_code_closure *closure) {
  const ti_typer_callee *const f = &y->frames[frame];
  return y->units[f->unit].code == closure->code && f->captures == closure->first;
}

/* Is it the function of a frame that is not over? */
static bool frames_running(const ti_typer *y, const ti_code_closure *closure) {
  for (uint32_t f = y->frame;; f = y->frames[f].parent) {
    if (frames_same(y, f, closure))
      return true;
    if (f == 0)
      return false;
  }
}

void ti_typer_call_closure(ti_typer *y, const ti_instruction *i, const ti_code_closure *closure, int count) {
  const unsigned base = y->base + (unsigned)i->a + 1;
  const ti_code *const code = closure->code;
  uint32_t frame;
  if (frames_running(y, closure))
    ti_typer_refuse(y, "calls %s; kernels have no recursion: use a loop",
                    frames_same(y, y->frame, closure) ? "itself" : "a function that it was called by");
  ti_typer_reach(y, base + code->registers);
  if (y->status != TINE_OK)
    return;
  for (unsigned r = (unsigned)count; r < code->params; r++)
    y->state[base + r] = TI_KIND_NIL;
  for (unsigned cell = base + code->params; cell < y->reached; cell++)
    y->state[cell] = TI_KIND_NONE;
  frame = ti_typer_frame(y, code, closure->first, base);
  if (y->status != TINE_OK)
    return;
  ti_typer_enter(y, frame);
  y->at = 0;
  y->top = 0;
  ti_typer_jump(y, 0);
}

void ti_typer_results(ti_typer *y, const ti_instruction *i, int count) {
  const int wanted = i->c == TI_CODE_OPEN ? count : i->c;
  ti_typer_reach(y, y->base + (unsigned)(i->a + wanted));
  if (y->status != TINE_OK)
    return;
  for (int r = i->a + count; r < i->a + wanted; r++)
    ti_typer_set_type(y, r, TI_KIND_NIL, 0);
  for (unsigned cell = y->base + (unsigned)(i->a + wanted); cell < y->reached; cell++)
    y->state[cell] = TI_KIND_NONE;
  y->top = i->c == TI_CODE_OPEN ? i->a + count : 0;
}

bool ti_typer_leave(ti_typer *y, const ti_instruction *i, int count) {
  const ti_typer_callee f = y->frames[y->frame];
  const ti_instruction *call;
  if (y->frame == 0)
    return false;
  ti_typer_enter(y, f.parent);
  y->at = f.at;
  call = &y->code->code[f.at];
  ti_typer_reach(y, y->base + (unsigned)(call->a + count));
  for (int k = 0; k < count && (call->c == TI_CODE_OPEN || k < call->c) && y->status == TINE_OK; k++)
    ti_typer_put(y, call->a + k, ti_typer_look(y, call->a + 1 + i->a + k));
  ti_typer_results(y, call, count);
  ti_typer_jump(y, f.at + 1);
  return true;
}
