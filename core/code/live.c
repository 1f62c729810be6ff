/*
** Liveness, the classical way: what an instruction needs is what it reads, and what is needed behind it and it does not
** write; again and again, from the end to the beginning, until nothing changes. Loops cost a pass each as deep as they
** are, so there are few.
*/
#include <string.h>

#include "../base/memory.h"
#include "typed.h"

static size_t live_bytes(const ti_code *code) {
  return code->count * ti_live_words(code) * sizeof(uint32_t);
}

static void live_set(uint32_t *set, int first, int count) {
  ti_assert(first >= 0 && first + count <= TI_CODE_REGISTERS);
  for (int r = first; r < first + count; r++)
    set[r / 32] |= (uint32_t)1 << r % 32;
}

static void live_clear(uint32_t *set, int first, int count) {
  for (int r = first; r < first + count; r++)
    set[r / 32] &= ~((uint32_t)1 << r % 32);
}

static void live_operand(uint32_t *set, int operand) {
  if (operand >= 0)
    live_set(set, operand, 1);
}

/* From what is live behind an instruction to what is before it. */
static void live_through(const ti_code *code, const ti_instruction *i, uint32_t *set) {
  const int rest = (int)code->registers - i->a;
  ti_assert(i->op < TI_CODE_END);
  switch ((ti_code_op)i->op) {
    case TI_CODE_JUMP: break;
    case TI_CODE_IF: live_operand(set, i->b); break;
    case TI_CODE_IF_EQ:
    case TI_CODE_IF_LT:
    case TI_CODE_IF_LE:
      live_operand(set, i->b);
      live_operand(set, i->c);
      break;
    case TI_CODE_NIL: live_clear(set, i->a, i->b); break;
    case TI_CODE_CAPTURE: live_clear(set, i->a, 1); break;
    case TI_CODE_FIELD:
      live_clear(set, i->a, 1);
      live_operand(set, i->c);
      break;
    case TI_CODE_CALL:
      live_clear(set, i->a, rest);
      live_set(set, i->a, i->b == TI_CODE_OPEN ? rest : i->b + 1);
      break;
    case TI_CODE_RETURN: live_set(set, i->a, i->b == TI_CODE_OPEN ? rest : i->b); break;
    case TI_CODE_FOR:
      live_clear(set, i->a, 4);
      live_set(set, i->a, 3);
      break;
    case TI_CODE_NEXT:
      live_clear(set, i->a + 3, 1);
      live_set(set, i->a, 3);
      break;
    default: /* a = op b, a = b op c */
      live_clear(set, i->a, 1);
      live_operand(set, i->b);
      if (i->op >= TI_CODE_ADD && i->op <= TI_CODE_INDEX)
        live_operand(set, i->c);
  }
}

static void live_join(uint32_t *set, const uint32_t *other, size_t words) {
  for (size_t w = 0; w < words; w++)
    set[w] |= other[w];
}

/* What is live behind an instruction: on all ways from there. */
static void live_behind(const ti_code *code, const uint32_t *live, unsigned at, uint32_t *set) {
  const ti_instruction *const i = &code->code[at];
  const size_t words = ti_live_words(code);
  memset(set, 0, words * sizeof *set);
  if (i->op != TI_CODE_JUMP && i->op != TI_CODE_RETURN)
    live_join(set, live + (at + 1) * words, words);
  if (i->op == TI_CODE_JUMP || i->op == TI_CODE_FOR || i->op == TI_CODE_NEXT ||
      (i->op >= TI_CODE_IF_EQ && i->op <= TI_CODE_IF))
    live_join(set, live + i->to * words, words);
}

static bool live_pass(const ti_code *code, uint32_t *live) {
  const size_t words = ti_live_words(code);
  uint32_t set[TI_CODE_REGISTERS / 32 + 1];
  bool changed = false;
  ti_assert(words <= sizeof set / sizeof *set);
  for (unsigned at = code->count; at-- > 0;) {
    live_behind(code, live, at, set);
    live_through(code, &code->code[at], set);
    changed = changed || memcmp(set, live + at * words, words * sizeof *set) != 0;
    memcpy(live + at * words, set, words * sizeof *set);
  }
  return changed;
}

uint32_t *ti_live_make(const ti_code *code) {
  uint32_t *const live = ti_alloc_zeroed(live_bytes(code), _Alignof(uint32_t));
  while (live != NULL && live_pass(code, live)) {
  }
  return live;
}

void ti_live_drop(uint32_t *live, const ti_code *code) {
  if (live != NULL)
    ti_free(live, live_bytes(code), _Alignof(uint32_t));
}
