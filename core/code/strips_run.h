/*
** Where everything is in the memory of a run.
*/
#ifndef TI_CODE_STRIPS_RUN_H
#define TI_CODE_STRIPS_RUN_H

#include "strips_plan.h"

/* A frame without slots. */
enum { TI_STRIPS_FRAME = (offsetof(ti_program_frame, slot) + 63) / 64 * 64 };

typedef struct ti_strips_layout {
  size_t frames, strips, pending, ready, own, bytes;
} ti_strips_layout;

static inline ti_strips_layout ti_strips_lay(const ti_strips *s) {
  ti_strips_layout l = {.frames = 0};
  l.strips = l.frames + s->page_count * TI_STRIPS_FRAME;
  l.pending = l.strips + s->slots * (size_t)TI_PROGRAM_BYTES;
  l.ready = l.pending + s->block_count * sizeof(uint64_t);
  l.own = l.ready + (s->block_count + 63) / 64 * sizeof(uint64_t);
  l.bytes = l.own + s->loop_count * sizeof(ti_cell[4]);
  l.bytes = (l.bytes + 63) / 64 * 64;
  return l;
}

enum {
  TI_STRIPS_ASK = 1 << 16, /* typed steps of a strip until somebody is asked: at most some 10 ms, of the slowest */
  TI_STRIPS_ALL_WELL = 64  /* in place of an item that failed */
};

typedef struct ti_strips_state {
  const ti_strips *s;
  const ti_program_set *set;
  char *frames, *strips;
  uint64_t *pending; /* of each block, the items that are there; bit i for item i of the strip */
  uint64_t *ready;   /* blocks with any */
  ti_cell (*own)[4]; /* of each uniform loop, its registers */
  const char *param[TINE_MAX_ARGS];
  const tine_block *block;
  const ti_datum *captured;
  const ti_code_ask *ask;
  int64_t left;         /* steps until somebody is asked */
  size_t at, n;         /* the strip's first item; how many it has. Those behind are as its last one */
  size_t low;           /* no word of 'ready' before that has a bit */
  uint64_t all, living; /* items that have neither returned nor failed */
  uint64_t word;        /* the bits of a branch */
  uint64_t uniform;     /* loops that have the same registers in all items in them */
  uint64_t masked;      /* what the mask's strip says */
  unsigned failed;      /* the first item of the strip that did */
} ti_strips_state;

static inline ti_program_frame *ti_strips_frame(const ti_strips_state *r, uint32_t page) {
  return (ti_program_frame *)(void *)(r->frames + page * (size_t)TI_STRIPS_FRAME);
}

static inline char *ti_strips_room(const ti_strips_state *r, uint32_t slot) {
  ti_assert(slot < r->s->slots);
  return r->strips + slot * (size_t)TI_PROGRAM_BYTES;
}

static inline unsigned ti_strips_first(uint64_t items) {
  ti_assert(items != 0);
  return (unsigned)__builtin_ctzll(items);
}

static inline uint64_t ti_strips_bits(const ti_cell *cell) {
  return (uint64_t)cell->i;
}

/* ===== strips_through.c ===== */

/* The steps of a form of a block, for those items. What failed is noted. */
void ti_strips_steps(ti_strips_state *r, const ti_strips_block *b, const ti_strips_form *form, uint64_t items);
/* So many steps were done: is it over? */
bool ti_strips_over(ti_strips_state *r, uint32_t cost);
/* The items of a strip through all blocks; false: it is over. */
bool ti_strips_through(ti_strips_state *r);

#endif
