/*
** What strips are made of, and with. Three files, each of which calls those before it alone: strips_flow.c (blocks,
** their order, liveness), strips_steps.c (the steps of a block), strips_plan.c (making it). strips_run.c runs it.
*/
#ifndef TI_CODE_STRIPS_PLAN_H
#define TI_CODE_STRIPS_PLAN_H

#include "../kernel/program.h"
#include "strips.h"

enum {
  TI_STRIPS_NONE = UINT16_MAX,
  TI_STRIPS_LOOPS = 64,                                                    /* that may have one counter for all */
  TI_STRIPS_WORDS = (2 * TI_TYPED_REGISTERS + TI_TYPED_SCRATCH + 63) / 64, /* of a set of registers, scratch, flags */
  TI_STRIPS_MASK = 0,                                                      /* the slot of the mask */
  TI_STRIPS_ZERO = 1,
  TI_STRIPS_ONE = 2,
  TI_STRIPS_DIVISOR = 3,
  TI_STRIPS_OWN = 4 /* slots; cells from there on */
};

/* Steps that run one after the other, with the operands of one page. */
typedef struct ti_strips_piece {
  uint32_t step, page;
} ti_strips_piece;

/* One of the two forms of a block. */
typedef struct ti_strips_form {
  uint32_t first, count; /* pieces */
  bool mask;             /* they read it */
} ti_strips_form;

/* Steps that are run as a whole by the items that are there; a version, or a part of one, or several. */
typedef struct ti_strips_block {
  uint32_t first, count; /* typed steps: of 'flat'; the last is none that computes */
  uint32_t ways[2];      /* blocks */
  uint32_t cost;
  uint16_t loop;              /* of the ends of a 'for' */
  bool fails;                 /* an item may */
  bool variable;              /* after its loop's end the variable is wanted */
  ti_strips_form whole, some; /* no other item is underway; some are */
  uint64_t touches;           /* loops whose own registers its steps use */
  uint64_t own, variables;    /* loops whose own registers, or variable, are live at its beginning */
} ti_strips_block;

/* The four registers of a 'for', as slots. */
typedef struct ti_strips_loop {
  uint16_t first;
  uint16_t slot[4];
} ti_strips_loop;

/* A slot of memory that is one strip: what is there. */
typedef struct ti_strips_constant {
  uint32_t slot;
  bool captured;
  uint32_t which;
  uint64_t bits; /* of a constant */
} ti_strips_constant;

/* An operand of a page that lies in a column: of an input, or of a result. */
typedef struct ti_strips_column {
  uint32_t page;
  uint16_t operand, which;
} ti_strips_column;

typedef struct ti_strips_param {
  uint16_t slot; /* TI_STRIPS_NONE: nobody reads it */
  bool direct;   /* read from its column where that lies side by side: nothing is written to it */
} ti_strips_param;

/* A value of a return: its slot, and the parameter it is, or TI_STRIPS_NONE. */
typedef struct ti_strips_value {
  uint32_t slot;
  uint16_t param;
  uint8_t dtype;
} ti_strips_value;

/* Lists that grow while it is made. */
/* clang-format off */
#define TI_STRIPS_LISTS(X) \
  X(uint32_t, flat) X(ti_strips_block, block) X(ti_strips_piece, piece) X(ti_program_step, step) \
  X(ti_strips_loop, loop) X(ti_strips_constant, constant) X(ti_strips_column, column) X(ti_strips_column, result) \
  X(ti_strips_value, value) X(uint32_t, operand) X(uint32_t, page)
/* clang-format on */

struct ti_strips {
  const ti_typed *typed;
  const ti_program_set *set; /* NULL: items are done one by one, since steps are wanting */
  bool straight;             /* one block that returns */
  uint32_t slots, results;   /* of a straight one, the slot of the first result; the others follow */
  ti_strips_param param[TINE_MAX_ARGS];
/* page: where its operands begin in 'operand', which has their slots, up to those of the next page. */
#define TI_STRIPS_LIST(type, name) \
  type *name##_list;               \
  size_t name##_count, name##_room;
  TI_STRIPS_LISTS(TI_STRIPS_LIST)
#undef TI_STRIPS_LIST
};

typedef struct ti_strips_maker {
  ti_strips *s;
  const ti_typed *t;
  tine_error *err;
  tine_status status;
  unsigned registers, words; /* with scratch and flags; of a set of them */
  uint32_t *slot_of;         /* of each cell, from 1; 0: none */
  uint64_t *live;            /* at the beginning of each block: so many words */
  uint64_t *after;           /* within one block: after each of its steps */
  const ti_signature *where_f64, *where_i64;
} ti_strips_maker;

static inline bool ti_strips_has(const uint64_t *set, unsigned r) {
  return (set[r / 64] >> r % 64 & 1) != 0;
}

/* The typed step number k of a block. */
static inline const ti_typed_step *ti_strips_step(const ti_strips *s, const ti_strips_block *b, uint32_t k) {
  ti_assert(k < b->count);
  return &s->typed->steps[s->flat_list[b->first + k]];
}

/* ===== strips_flow.c ===== */

/* Room for one more in a list. False: there is no memory, which is noted. */
bool ti_strips_grow(ti_strips_maker *m, void **list, size_t count, size_t *room, size_t size);
/* One more in a list of the strips, zeroed; NULL: there is no memory. Evaluates to a pointer of its type. */
#define TI_STRIPS_ADD(m, type, name) \
  ((type *)ti_strips_added(m, (void **)&(m)->s->name##_list, &(m)->s->name##_count, &(m)->s->name##_room, sizeof(type)))
void *ti_strips_added(ti_strips_maker *m, void **list, size_t *count, size_t *room, size_t size);
/* Blocks, in the order in which they are run: reverse post-order. */
void ti_strips_blocks(ti_strips_maker *m);
/* What is live at the beginning of each; and after each step of one. */
void ti_strips_live(ti_strips_maker *m);
void ti_strips_after(ti_strips_maker *m, uint32_t block);

/* ===== strips_steps.c ===== */

uint32_t ti_strips_slot(ti_strips_maker *m, unsigned cell);
/* Both forms of a block. */
void ti_strips_lower(ti_strips_maker *m, uint32_t block);

#endif
