/*
** The verifier of bind_proto.h: one pass over the code, instruction by instruction; opcode.def has what each wants.
** What stands in pairs is looked at from the first of the two; the second is *barred*, so that no jump may go to it,
** and is right only where it was announced.
*/
#include "bind_opcode.h"
#include "bind_proto.h"

typedef enum verify_form { FORM_ABC, FORM_ABX, FORM_ASBX, FORM_AX, FORM_SJ } verify_form;

typedef enum verify_operand {
  WANTS_NO,
  WANTS_REG,
  WANTS_UP,
  WANTS_STR,
  WANTS_NUM,
  WANTS_INT,
  WANTS_ANY,
  WANTS_RK
} verify_operand;

typedef enum verify_rule {
  RULE_NOTHING,
  RULE_CONSTANT,       /* Bx is one */
  RULE_EXTRA_CONSTANT, /* the EXTRAARG behind it is one */
  RULE_EXTRA,          /* has an EXTRAARG */
  RULE_EXTRA_OF,       /* is it */
  RULE_SKIP,           /* passes over the next */
  RULE_RANGE,          /* registers A to A + B */
  RULE_PAIR,           /* registers A and A + 1; the constant is a string */
  RULE_COUNT,          /* B registers from A */
  RULE_ARITHMETIC,     /* passes over the METAMETHOD behind it */
  RULE_METAMETHOD,
  RULE_JUMP,
  RULE_TEST, /* passes over the JUMP behind it, or runs it */
  RULE_CALL,
  RULE_TAIL_CALL,
  RULE_RETURN,
  RULE_STOP,
  RULE_PREPARE,
  RULE_LOOP,
  RULE_PREPARE_EACH,
  RULE_CALL_EACH,
  RULE_LOOP_EACH,
  RULE_LIST,
  RULE_CLOSURE,
  RULE_VARARG
} verify_rule;

static const struct {
  const char *name;
  uint8_t form, a, b, c, rule;
} verify_wants[BIND_OP_END] = {
#define OP(name, form, a, b, c, also) {#name, FORM_##form, WANTS_##a, WANTS_##b, WANTS_##c, RULE_##also},
#include "opcode.def"
#undef OP
};

typedef struct verifier {
  const bind_proto *p;
  unsigned at;                                /* the instruction in question */
  uint32_t barred[BIND_PROTO_MOST / 32 + 1];  /* a bit each: it is the second of two */
  uint32_t targets[BIND_PROTO_MOST / 32 + 1]; /* something jumps there */
  bool good;
  bind_refusal *why;
} verifier;

static bool verify_fail(verifier *v, const char *what) {
  const unsigned op = v->at < v->p->code_count ? bind_op(v->p->code[v->at]) : (unsigned)BIND_OP_END;
  if (v->good)
    bind_refuse(v->why, bind_proto_line(v->p, v->at),
                "not a function that Lua 5.4 has compiled: %s, at instruction %u (%s)", what, v->at + 1,
                op < BIND_OP_END ? verify_wants[op].name : "none");
  v->good = false;
  return false;
}

static uint32_t verify_bit(unsigned at) {
  return (uint32_t)1 << at % 32;
}

/* The instruction that far from this one; 0: there is none. */
static uint32_t verify_at(const verifier *v, int64_t at) {
  return at >= 0 && at < (int64_t)v->p->code_count ? v->p->code[at] : 0;
}

static uint8_t verify_rule_at(const verifier *v, int64_t at) {
  const unsigned op = bind_op(verify_at(v, at));
  const bool there = at >= 0 && at < (int64_t)v->p->code_count;
  return there && op < BIND_OP_END ? verify_wants[op].rule : (uint8_t)RULE_NOTHING;
}

/* ===== What operands name ===== */

static bool verify_registers(verifier *v, unsigned first, unsigned count) {
  return first + count <= v->p->registers || verify_fail(v, "it has fewer registers");
}

static bool verify_constant(verifier *v, unsigned k, verify_operand kind) {
  bind_constant_kind is;
  if (k >= v->p->constant_count)
    return verify_fail(v, "it has fewer constants");
  is = v->p->constants[k].kind;
  if ((kind == WANTS_STR && is != BIND_CONSTANT_STRING) || (kind == WANTS_INT && is != BIND_CONSTANT_INTEGER) ||
      (kind == WANTS_NUM && is != BIND_CONSTANT_INTEGER && is != BIND_CONSTANT_FLOAT))
    return verify_fail(v, "a constant is of another type");
  return true;
}

static bool verify_operand_is(verifier *v, unsigned x, verify_operand kind) {
  switch (kind) {
    case WANTS_NO: return true;
    case WANTS_REG: return verify_registers(v, x, 1);
    case WANTS_UP: return x < v->p->upvalue_count || verify_fail(v, "it has fewer upvalues");
    case WANTS_STR:
    case WANTS_NUM:
    case WANTS_INT:
    case WANTS_ANY: return verify_constant(v, x, kind);
    case WANTS_RK: return bind_k(v->p->code[v->at]) ? verify_constant(v, x, WANTS_ANY) : verify_registers(v, x, 1);
  }
  return false;
}

/* ===== Where it goes on ===== */

static bool verify_target(verifier *v, int64_t to) {
  if (to < 0 || to >= (int64_t)v->p->code_count)
    return verify_fail(v, "it jumps out of the function");
  v->targets[to / 32] |= verify_bit((unsigned)to);
  return true;
}

/* The next instruction has that rule, and nothing else leads to it. */
static bool verify_next(verifier *v, verify_rule rule) {
  if (verify_rule_at(v, v->at + 1) != rule)
    return verify_fail(v, "what belongs behind it is not there");
  v->barred[(v->at + 1) / 32] |= verify_bit(v->at + 1);
  return true;
}

static bool verify_announced(verifier *v) {
  return (v->barred[v->at / 32] & verify_bit(v->at)) != 0 || verify_fail(v, "what belongs before it is not there");
}

/* Does it take all values from a register on up to the last that the instruction before it gave? */
static bool verify_takes_open(const verifier *v, int64_t at) {
  const uint8_t rule = verify_rule_at(v, at);
  return (rule == RULE_CALL || rule == RULE_TAIL_CALL || rule == RULE_RETURN || rule == RULE_LIST) &&
         bind_b(verify_at(v, at)) == 0;
}

/* Its results are open: the next instruction takes them, and has its own values, if any, below them. */
static bool verify_open(verifier *v) {
  const uint32_t i = v->p->code[v->at], next = verify_at(v, v->at + 1);
  const unsigned own = verify_rule_at(v, v->at + 1) == RULE_RETURN ? 0 : 1;
  if (!verify_takes_open(v, v->at + 1) || bind_a(i) < bind_a(next) + own)
    return verify_fail(v, "nothing takes all of its results");
  v->barred[(v->at + 1) / 32] |= verify_bit(v->at + 1);
  return true;
}

/* 'count' registers from 'first'; or all that there are, and then the instruction before it has said how many. */
static bool verify_values(verifier *v, unsigned first, unsigned b, unsigned count) {
  return b != 0 ? verify_registers(v, first, count) : verify_announced(v);
}

static bool verify_call(verifier *v, uint32_t i) {
  const unsigned a = bind_a(i), b = bind_b(i), c = bind_c(i);
  return verify_values(v, a, b, b) && (c == 0 ? verify_open(v) : verify_registers(v, a, c - 1));
}

/* A call whose results are those of the function: the return is there, too. */
static bool verify_tail_call(verifier *v, uint32_t i) {
  const unsigned a = bind_a(i), b = bind_b(i);
  if (verify_rule_at(v, v->at + 1) != RULE_RETURN || bind_a(verify_at(v, v->at + 1)) != a)
    return verify_fail(v, "no return is behind it");
  return verify_values(v, a, b, b) && verify_open(v);
}

/* FORPREP to FORLOOP, or back: the two ends of a loop. */
static bool verify_for(verifier *v, uint32_t i, bool begins) {
  const int64_t other = begins ? (int64_t)v->at + 1 + bind_bx(i) : (int64_t)v->at - bind_bx(i);
  const uint32_t end = verify_at(v, other);
  const unsigned distance = begins ? bind_bx(i) + 1 : bind_bx(i) - 1;
  if (verify_rule_at(v, other) != (begins ? RULE_LOOP : RULE_PREPARE) || bind_a(end) != bind_a(i) ||
      bind_bx(end) != distance)
    return verify_fail(v, "a 'for' has one end only");
  return verify_registers(v, bind_a(i), 4) && verify_target(v, other + 1) && verify_target(v, (int64_t)v->at + 1);
}

/* ===== The rules ===== */

static bool verify_list(verifier *v, uint32_t i) {
  return verify_values(v, bind_a(i), bind_b(i), bind_b(i) + 1) && (bind_k(i) == 0 || verify_next(v, RULE_EXTRA_OF));
}

static bool verify_each(verifier *v, uint32_t i, verify_rule rule) {
  switch (rule) {
    case RULE_PREPARE_EACH:
      if (verify_rule_at(v, (int64_t)v->at + 1 + bind_bx(i)) != RULE_CALL_EACH)
        return verify_fail(v, "a 'for' has one end only");
      return verify_registers(v, bind_a(i), 4) && verify_target(v, (int64_t)v->at + 1 + bind_bx(i));
    case RULE_CALL_EACH:
      return verify_registers(v, bind_a(i), 4 + (bind_c(i) > 3 ? bind_c(i) : 3)) && verify_next(v, RULE_LOOP_EACH);
    default:
      return verify_announced(v) && verify_registers(v, bind_a(i), 5) &&
             verify_target(v, (int64_t)v->at + 1 - bind_bx(i));
  }
}

/* Those that lead elsewhere than to the next instruction. */
static bool verify_flow(verifier *v, uint32_t i, verify_rule rule) {
  switch (rule) {
    case RULE_SKIP: return verify_target(v, (int64_t)v->at + 2);
    case RULE_JUMP: return verify_target(v, (int64_t)v->at + 1 + bind_sj(i));
    case RULE_TEST: return verify_next(v, RULE_JUMP) && verify_target(v, (int64_t)v->at + 2);
    case RULE_ARITHMETIC: return verify_next(v, RULE_METAMETHOD) && verify_target(v, (int64_t)v->at + 2);
    case RULE_METAMETHOD: return verify_announced(v);
    case RULE_CALL: return verify_call(v, i);
    case RULE_TAIL_CALL: return verify_tail_call(v, i);
    case RULE_RETURN: return verify_values(v, bind_a(i), bind_b(i), bind_b(i) - 1);
    case RULE_PREPARE: return verify_for(v, i, true);
    case RULE_LOOP: return verify_for(v, i, false);
    case RULE_PREPARE_EACH:
    case RULE_CALL_EACH:
    case RULE_LOOP_EACH: return verify_each(v, i, rule);
    default: return true;
  }
}

static bool verify_rest(verifier *v, uint32_t i, verify_rule rule) {
  const unsigned a = bind_a(i), b = bind_b(i), c = bind_c(i);
  switch (rule) {
    case RULE_CONSTANT: return verify_constant(v, bind_bx(i), WANTS_ANY);
    case RULE_EXTRA_CONSTANT:
      return verify_next(v, RULE_EXTRA_OF) && verify_constant(v, bind_ax(v->p->code[v->at + 1]), WANTS_ANY);
    case RULE_EXTRA: return verify_next(v, RULE_EXTRA_OF);
    case RULE_EXTRA_OF: return verify_announced(v);
    case RULE_RANGE: return verify_registers(v, a, b + 1);
    case RULE_PAIR: return verify_registers(v, a, 2) && (bind_k(i) == 0 || verify_constant(v, c, WANTS_STR));
    case RULE_COUNT: return b > 0 ? verify_registers(v, a, b) : verify_fail(v, "it has no operands");
    case RULE_LIST: return verify_list(v, i);
    case RULE_CLOSURE: return bind_bx(i) < v->p->nested_count || verify_fail(v, "it has fewer functions in it");
    case RULE_VARARG: return c == 0 ? verify_open(v) : verify_registers(v, a, c - 1);
    default: return verify_flow(v, i, rule);
  }
}

static bool verify_ends(verify_rule rule) {
  return rule == RULE_JUMP || rule == RULE_RETURN || rule == RULE_STOP;
}

static bool verify_one(verifier *v) {
  const uint32_t i = v->p->code[v->at];
  const unsigned op = bind_op(i);
  if (op >= BIND_OP_END)
    return verify_fail(v, "there is no such instruction");
  if (verify_wants[op].a != WANTS_NO && !verify_operand_is(v, bind_a(i), verify_wants[op].a))
    return false;
  if (verify_wants[op].form == FORM_ABC &&
      (!verify_operand_is(v, bind_b(i), verify_wants[op].b) || !verify_operand_is(v, bind_c(i), verify_wants[op].c)))
    return false;
  if (!verify_ends(verify_wants[op].rule) && v->at + 1 == v->p->code_count)
    return verify_fail(v, "it runs out at the end");
  return verify_rest(v, i, verify_wants[op].rule);
}

static bool verify_head(verifier *v) {
  const bind_proto *const p = v->p;
  if (p->code_count > BIND_PROTO_MOST) {
    bind_refuse(v->why, p->line, "is too long for a kernel: %u instructions, at most %d", p->code_count,
                BIND_PROTO_MOST);
    return false;
  }
  if (p->code_count == 0)
    return verify_fail(v, "it has no code");
  return p->params <= p->registers || verify_fail(v, "it has fewer registers than parameters");
}

/* Known only when all jumps are. */
static void verify_jumps(verifier *v) {
  for (v->at = 0; v->at < v->p->code_count && v->good; v->at++) {
    if ((v->barred[v->at / 32] & v->targets[v->at / 32] & verify_bit(v->at)) != 0)
      verify_fail(v, "something jumps in between two that belong together");
  }
}

bool bind_proto_verify(const bind_proto *p, bind_refusal *why) {
  verifier v = {.p = p, .good = true, .why = why};
  if (!verify_head(&v))
    return false;
  for (; v.at < p->code_count && v.good; v.at++)
    verify_one(&v);
  verify_jumps(&v);
  return v.good;
}
