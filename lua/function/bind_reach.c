/*
** What of a function can be reached, and whether it does there only what kernels can. What is behind a return
** may do anything.
*/
#include "bind_code.h"
#include "bind_opcode.h"

typedef struct code_reacher {
  const bind_proto *p;
  bind_refusal *why;
  bool good;
  unsigned at;
  uint32_t *place; /* 0: it is reached */
  uint32_t *work;  /* reached, and not looked at yet */
  unsigned waiting;
} code_reacher;

static void code_refuse(code_reacher *m, const char *what) {
  bind_refuse(m->why, bind_proto_line(m->p, m->at), "%s", what);
  m->good = false;
}

static const char *code_name(const char *name) {
  return name != NULL ? name : "?";
}

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

/* ===== What no kernel does ===== */

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
    case BIND_OP_CLOSE:
    case BIND_OP_TBC: return "has a variable that is closed, or captured by a function in it; kernels have neither";
    case BIND_OP_TFORPREP:
    case BIND_OP_TFORCALL:
    case BIND_OP_TFORLOOP: return "has a 'for' over an iterator; kernels have the numeric 'for' alone";
    case BIND_OP_VARARG:
    case BIND_OP_VARARGPREP: return "takes '...'; name the parameters";
    default: return NULL;
  }
}

/* Those whose message has a name in it. */
static void code_allow_named(code_reacher *m, uint32_t i) {
  const bind_proto *const p = m->p;
  const char *name;
  switch (bind_op(i)) {
    case BIND_OP_SETUPVAL:
      name = code_name(p->upvalues[bind_b(i)]);
      bind_refuse(m->why, bind_proto_line(p, m->at),
                  "assigns to upvalue '%.60s', so it cannot run in parallel; use reduce, count or sum", name);
      break;
    case BIND_OP_SETTABUP:
      bind_refuse(m->why, bind_proto_line(p, m->at),
                  "assigns to global '%.60s', so it cannot run in parallel; use reduce, count or sum",
                  p->constants[bind_b(i)].as.s);
      break;
    case BIND_OP_SELF:
      name = bind_k(i) ? p->constants[bind_c(i)].as.s : "?";
      bind_refuse(m->why, bind_proto_line(p, m->at), "calls method '%.60s'; kernels compute numbers and booleans only",
                  name);
      break;
    default: return;
  }
  m->good = false;
}

static bool code_string(const code_reacher *m, uint32_t i) {
  const unsigned op = bind_op(i);
  const unsigned k = op == BIND_OP_LOADK    ? bind_bx(i)
                     : op == BIND_OP_LOADKX ? bind_ax(m->p->code[m->at + 1])
                                            : bind_b(i);
  return (op == BIND_OP_LOADK || op == BIND_OP_LOADKX || op == BIND_OP_EQK) &&
         m->p->constants[k].kind == BIND_CONSTANT_STRING;
}

static void code_allow(code_reacher *m, uint32_t i) {
  const char *const what = code_forbidden(bind_op(i));
  if (what != NULL)
    code_refuse(m, what);
  else if (code_string(m, i))
    code_refuse(m, "uses a string; kernels compute numbers and booleans only");
  else if ((bind_op(i) == BIND_OP_RETURN || bind_op(i) == BIND_OP_TAILCALL) && bind_k(i))
    code_refuse(m, code_forbidden(BIND_OP_CLOSE));
  else
    code_allow_named(m, i);
}

bool bind_reach(const bind_proto *p, uint32_t *place, uint32_t *work, bind_refusal *why) {
  code_reacher m = {.p = p, .why = why, .good = true, .place = place, .work = work};
  if (p->vararg) {
    bind_refuse(why, p->line, "takes '...'; name the parameters");
    return false;
  }
  for (unsigned at = 0; at < p->code_count; at++)
    place[at] = BIND_NOT_REACHED;
  code_reach(&m, 0);
  while (m.waiting > 0) {
    m.at = work[--m.waiting];
    code_follow(&m, p->code[m.at]);
  }
  for (m.at = 0; m.at < p->code_count && m.good; m.at++)
    if (place[m.at] != BIND_NOT_REACHED)
      code_allow(&m, p->code[m.at]);
  return m.good;
}
