/*
** What of a function can be reached, and what of that no kernel does. That is not refused here: it may stand where the
** types of the inputs never lead.
*/
#include "bind_code.h"
#include "bind_opcode.h"

#include <stdio.h>

typedef struct code_reacher {
  const bind_proto *p;
  unsigned at;
  uint32_t *place; /* 0: it is reached */
  uint32_t *work;  /* reached, and not looked at yet */
  unsigned waiting;
} code_reacher;

/* ===== Where it goes ===== */

static void code_reach(code_reacher *m, int64_t at) {
  if (m->place[at] == BIND_NOT_REACHED) {
    m->place[at] = 0;
    m->work[m->waiting++] = (uint32_t)at;
  }
}

/* Those behind which it goes on elsewhere. */
static void code_follow(code_reacher *m, uint32_t i) {
  const int64_t at = m->at;
  switch (bind_op(i)) {
    case BIND_OP_JMP: code_reach(m, at + 1 + bind_sj(i)); break;
    case BIND_OP_FORPREP:
      code_reach(m, at + 1);
      code_reach(m, at + 1 + bind_bx(i)); /* its other end, though nothing may go there */
      code_reach(m, at + 2 + bind_bx(i));
      break;
    case BIND_OP_FORLOOP:
      code_reach(m, at - bind_bx(i));
      code_reach(m, at + 1 - bind_bx(i));
      code_reach(m, at + 1);
      break;
    case BIND_OP_LFALSESKIP: code_reach(m, at + 2); break;
    case BIND_OP_EQ:
    case BIND_OP_LT:
    case BIND_OP_LE:
    case BIND_OP_EQK:
    case BIND_OP_EQI:
    case BIND_OP_LTI:
    case BIND_OP_LEI:
    case BIND_OP_GTI:
    case BIND_OP_GEI:
    case BIND_OP_TEST:
    case BIND_OP_TESTSET:
      code_reach(m, at + 2);
      code_reach(m, at + 2 + bind_sj(m->p->code[at + 1]));
      break;
    case BIND_OP_RETURN:
    case BIND_OP_RETURN0:
    case BIND_OP_RETURN1: break;
    default: /* arithmetic passes over the metamethod behind it */
      code_reach(m, at + (bind_op(i) >= BIND_OP_ADDI && bind_op(i) <= BIND_OP_SHR ? 2 : 1));
  }
}

/* ===== What no kernel does =====

   Where a function could have been made that captures a variable, Lua closes what it might have captured: at a CLOSE,
   and at a return that says so. No way leads past making one, so there is nothing to close. */

static const char *code_forbidden(unsigned op) {
  switch (op) {
    case BIND_OP_NEWTABLE:
    case BIND_OP_SETLIST:
      return "makes a table; kernels compute numbers and booleans only: return several values instead";
    case BIND_OP_SETTABLE:
    case BIND_OP_SETI:
    case BIND_OP_SETFIELD: return "writes to a table, so it cannot run in parallel; return the values instead";
    case BIND_OP_CONCAT: return "makes a string; kernels compute numbers and booleans only";
    case BIND_OP_CLOSURE: return "makes a function; define it outside, as a local function";
    case BIND_OP_TBC: return "has a variable that is to be closed; kernels have none";
    case BIND_OP_TFORPREP:
    case BIND_OP_TFORCALL:
    case BIND_OP_TFORLOOP: return "has a 'for' over an iterator; kernels have the numeric 'for' alone";
    case BIND_OP_VARARG:
    case BIND_OP_VARARGPREP: return "takes '...'; name the parameters";
    default: return NULL;
  }
}

/* Those whose message has a name in it. */
static const char *code_forbidden_named(const bind_proto *p, uint32_t i, char *room) {
  const char *name;
  switch (bind_op(i)) {
    case BIND_OP_SETUPVAL:
      name = p->upvalues[bind_b(i)];
      snprintf(room, BIND_REFUSED_TEXT,
               "assigns to upvalue '%.60s', so it cannot run in parallel; use reduce, count or sum",
               name != NULL ? name : "?");
      break;
    case BIND_OP_SETTABUP:
      snprintf(room, BIND_REFUSED_TEXT,
               "assigns to global '%.60s', so it cannot run in parallel; use reduce, count or sum",
               p->constants[bind_b(i)].as.s);
      break;
    default: /* SELF */
      name = bind_k(i) ? p->constants[bind_c(i)].as.s : "?";
      snprintf(room, BIND_REFUSED_TEXT, "calls method '%.60s'; kernels compute numbers and booleans only", name);
  }
  return room;
}

bool bind_refused_named(uint32_t i) {
  return bind_op(i) == BIND_OP_SETUPVAL || bind_op(i) == BIND_OP_SETTABUP || bind_op(i) == BIND_OP_SELF;
}

static bool code_string(const bind_proto *p, unsigned at) {
  const uint32_t i = p->code[at];
  const unsigned op = bind_op(i);
  const unsigned k = op == BIND_OP_LOADK ? bind_bx(i) : op == BIND_OP_LOADKX ? bind_ax(p->code[at + 1]) : bind_b(i);
  return (op == BIND_OP_LOADK || op == BIND_OP_LOADKX || op == BIND_OP_EQK) &&
         p->constants[k].kind == BIND_CONSTANT_STRING;
}

const char *bind_refused(const bind_proto *p, unsigned at, char *room) {
  const uint32_t i = p->code[at];
  if (code_string(p, at))
    return "uses a string; kernels compute numbers and booleans only";
  return bind_refused_named(i) ? code_forbidden_named(p, i, room) : code_forbidden(bind_op(i));
}

void bind_reach(const bind_proto *p, uint32_t *place, uint32_t *work) {
  code_reacher m = {.p = p, .place = place, .work = work};
  for (unsigned at = 0; at < p->code_count; at++)
    place[at] = BIND_NOT_REACHED;
  code_reach(&m, 0);
  while (m.waiting > 0) {
    m.at = work[--m.waiting];
    code_follow(&m, p->code[m.at]);
  }
}
