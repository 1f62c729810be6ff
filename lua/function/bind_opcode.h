/*
** Lua's instructions: their numbers, and where the operands are in their 32 bits.
*/
#ifndef TINE_LUA_BIND_OPCODE_H
#define TINE_LUA_BIND_OPCODE_H

#include <stdint.h>

typedef enum bind_opcode {
#define OP(name, form, a, b, c, also) BIND_OP_##name,
#include "opcode.def"
#undef OP
  BIND_OP_END
} bind_opcode;

/* A (8 bits), k (1), B (8), C (8); or A and Bx (17); or Ax, or sJ (25): each above the opcode's 7. Numbers with a sign
   are that much larger than what they mean. */
enum { BIND_OP_BITS = 7, BIND_SBX_ZERO = 65535, BIND_SJ_ZERO = 16777215, BIND_SC_ZERO = 127 };

static inline unsigned bind_op(uint32_t i) {
  return i & 0x7f;
}

static inline unsigned bind_a(uint32_t i) {
  return i >> 7 & 0xff;
}

static inline unsigned bind_k(uint32_t i) {
  return i >> 15 & 1;
}

static inline unsigned bind_b(uint32_t i) {
  return i >> 16 & 0xff;
}

static inline unsigned bind_c(uint32_t i) {
  return i >> 24;
}

static inline unsigned bind_bx(uint32_t i) {
  return i >> 15;
}

static inline unsigned bind_ax(uint32_t i) {
  return i >> 7;
}

static inline int bind_sbx(uint32_t i) {
  return (int)bind_bx(i) - BIND_SBX_ZERO;
}

static inline int bind_sj(uint32_t i) {
  return (int)bind_ax(i) - BIND_SJ_ZERO;
}

static inline int bind_sb(uint32_t i) {
  return (int)bind_b(i) - BIND_SC_ZERO;
}

static inline int bind_sc(uint32_t i) {
  return (int)bind_c(i) - BIND_SC_ZERO;
}

#endif
