/*
** Lua's bytecode as register code: instruction by instruction, those that can be reached. Registers keep their numbers.
** What Lua splits in two for the sake of its virtual machine is one again - comparison and jump, arithmetic and
** metamethod - and its many forms of operands are two: registers and constants.
**
** What can be reached bind_reach.c finds. Instructions are then written in the order they have, with the prototype's
** own targets, which are put right when all places are known.
*/
#include "bind_code.h"
#include "bind_opcode.h"

#include <stdio.h>
#include <string.h>

typedef struct code_maker {
  const bind_proto *p;
  unsigned at;     /* of the prototype's instructions */
  uint32_t *place; /* of each of them: the first that is made of it */
  ti_instruction *code;
  uint32_t *from;
  ti_datum *constants;
  bind_capture *captures;
  const char **names;
  char *source;
  bind_words *words;
  char (*texts)[BIND_REFUSED_TEXT]; /* of what is refused, with names in them */
  unsigned count, constant_count, capture_count, name_count, text_count;
} code_maker;

/* ===== Operands ===== */

static int16_t code_datum(code_maker *m, ti_datum d) {
  for (unsigned k = m->constant_count; k > 0 && m->constant_count - k < 8; k--) { /* the last few may be the same */
    const ti_datum *const have = &m->constants[k - 1];
    if (have->kind == d.kind && memcmp(&have->as.i, &d.as.i, sizeof d.as.i) == 0)
      return ti_constant(k - 1);
  }
  m->constants[m->constant_count] = d;
  return ti_constant(m->constant_count++);
}

static int16_t code_integer(code_maker *m, int64_t i) {
  return code_datum(m, (ti_datum){.kind = TI_KIND_I64, .as.i = i});
}

static int16_t code_float(code_maker *m, double f) {
  ti_datum d = {.kind = TI_KIND_F64, .as.i = 0};
  d.as.f = f;
  return code_datum(m, d);
}

static int16_t code_boolean(code_maker *m, bool b) {
  ti_datum d = {.kind = TI_KIND_BOOL, .as.i = 0};
  d.as.b = b;
  return code_datum(m, d);
}

static int16_t code_constant(code_maker *m, unsigned k) {
  const bind_constant *const c = &m->p->constants[k];
  switch (c->kind) {
    case BIND_CONSTANT_INTEGER: return code_integer(m, c->as.i);
    case BIND_CONSTANT_FLOAT: return code_float(m, c->as.f);
    case BIND_CONSTANT_BOOLEAN: return code_boolean(m, c->as.b);
    default: return code_datum(m, (ti_datum){.kind = TI_KIND_NIL, .as.i = 0});
  }
}

static int16_t code_capture(code_maker *m, unsigned upvalue, const char *field) {
  for (unsigned k = 0; k < m->capture_count; k++) {
    const bind_capture *const have = &m->captures[k];
    if (have->upvalue == upvalue && (have->field == NULL) == (field == NULL) &&
        (field == NULL || strcmp(have->field, field) == 0))
      return (int16_t)k;
  }
  m->captures[m->capture_count] = (bind_capture){upvalue, field};
  return (int16_t)m->capture_count++;
}

static int16_t code_field(code_maker *m, const char *name) {
  for (unsigned k = 0; k < m->name_count; k++)
    if (strcmp(m->names[k], name) == 0)
      return (int16_t)k;
  m->names[m->name_count] = name;
  return (int16_t)m->name_count++;
}

/* ===== Instructions ===== */

static void code_emit(code_maker *m, ti_instruction i) {
  i.line = bind_proto_line(m->p, m->at);
  m->from[m->count] = m->at;
  m->code[m->count++] = i;
}

static void code_abc(code_maker *m, ti_code_op op, unsigned a, int b, int c) {
  code_emit(m, (ti_instruction){.op = (uint8_t)op, .a = (int16_t)a, .b = (int16_t)b, .c = (int16_t)c});
}

/* Targets are the prototype's own, until all places are known. */
static void code_if(code_maker *m, ti_code_op op, int b, int c, bool want, int64_t to) {
  code_emit(m, (ti_instruction){.op = (uint8_t)op, .want = want, .b = (int16_t)b, .c = (int16_t)c, .to = (uint32_t)to});
}

static void code_jump(code_maker *m, int64_t to) {
  code_emit(m, (ti_instruction){.op = TI_CODE_JUMP, .to = (uint32_t)to});
}

static void code_loop_end(code_maker *m, ti_code_op op, uint32_t i, int64_t to) {
  code_emit(m, (ti_instruction){.op = (uint8_t)op, .a = (int16_t)bind_a(i), .to = (uint32_t)to});
}

/* Of ADDK to BXORK, and of ADD to SHR, in their order. */
static const uint8_t code_of_constant[] = {TI_CODE_ADD, TI_CODE_SUB,  TI_CODE_MUL,  TI_CODE_MOD, TI_CODE_POW,
                                           TI_CODE_DIV, TI_CODE_IDIV, TI_CODE_BAND, TI_CODE_BOR, TI_CODE_BXOR};
static const uint8_t code_of_registers[] = {TI_CODE_ADD, TI_CODE_SUB,  TI_CODE_MUL,  TI_CODE_MOD,
                                            TI_CODE_POW, TI_CODE_DIV,  TI_CODE_IDIV, TI_CODE_BAND,
                                            TI_CODE_BOR, TI_CODE_BXOR, TI_CODE_SHL,  TI_CODE_SHR};
static const uint8_t code_of_one[] = {TI_CODE_NEG, TI_CODE_BNOT, TI_CODE_NOT, TI_CODE_LEN}; /* UNM to LEN */
_Static_assert(BIND_OP_BXORK - BIND_OP_ADDK + 1 == sizeof code_of_constant, "one for each of ADDK to BXORK");
_Static_assert(BIND_OP_SHR - BIND_OP_ADD + 1 == sizeof code_of_registers, "one for each of ADD to SHR");

static void code_arithmetic(code_maker *m, uint32_t i) {
  const unsigned op = bind_op(i), a = bind_a(i), b = bind_b(i), c = bind_c(i);
  if (op == BIND_OP_ADDI)
    code_abc(m, TI_CODE_ADD, a, (int)b, code_integer(m, bind_sc(i)));
  else if (op == BIND_OP_SHRI)
    code_abc(m, TI_CODE_SHR, a, (int)b, code_integer(m, bind_sc(i)));
  else if (op == BIND_OP_SHLI)
    code_abc(m, TI_CODE_SHL, a, code_integer(m, bind_sc(i)), (int)b);
  else if (op <= BIND_OP_BXORK)
    code_abc(m, (ti_code_op)code_of_constant[op - BIND_OP_ADDK], a, (int)b, code_constant(m, c));
  else
    code_abc(m, (ti_code_op)code_of_registers[op - BIND_OP_ADD], a, (int)b, (int)c);
}

static void code_compare(code_maker *m, uint32_t i) {
  const int64_t to = (int64_t)m->at + 2 + bind_sj(m->p->code[m->at + 1]);
  const int a = (int)bind_a(i), b = (int)bind_b(i);
  const bool k = bind_k(i) != 0;
  switch (bind_op(i)) {
    case BIND_OP_EQ: code_if(m, TI_CODE_IF_EQ, a, b, k, to); break;
    case BIND_OP_LT: code_if(m, TI_CODE_IF_LT, a, b, k, to); break;
    case BIND_OP_LE: code_if(m, TI_CODE_IF_LE, a, b, k, to); break;
    case BIND_OP_EQK: code_if(m, TI_CODE_IF_EQ, a, code_constant(m, bind_b(i)), k, to); break;
    case BIND_OP_EQI: code_if(m, TI_CODE_IF_EQ, a, code_integer(m, bind_sb(i)), k, to); break;
    case BIND_OP_LTI: code_if(m, TI_CODE_IF_LT, a, code_integer(m, bind_sb(i)), k, to); break;
    case BIND_OP_LEI: code_if(m, TI_CODE_IF_LE, a, code_integer(m, bind_sb(i)), k, to); break;
    case BIND_OP_GTI: code_if(m, TI_CODE_IF_LT, code_integer(m, bind_sb(i)), a, k, to); break;
    case BIND_OP_GEI: code_if(m, TI_CODE_IF_LE, code_integer(m, bind_sb(i)), a, k, to); break;
    case BIND_OP_TEST: code_if(m, TI_CODE_IF, a, 0, k, to); break;
    default: /* TESTSET */
      code_if(m, TI_CODE_IF, b, 0, !k, (int64_t)m->at + 2);
      code_abc(m, TI_CODE_MOVE, (unsigned)a, b, 0);
      code_jump(m, to);
  }
}

static int code_number_of(unsigned b) {
  return b == 0 ? TI_CODE_OPEN : (int)b - 1;
}

static unsigned code_op_at(const code_maker *m, unsigned at) {
  return bind_op(m->p->code[at]);
}

/* Open results come from calls, and go to calls and returns; where others give or take them something is refused. */
static int code_taken(const code_maker *m, unsigned b) {
  const unsigned before = m->at > 0 ? code_op_at(m, m->at - 1) : (unsigned)BIND_OP_END;
  return b == 0 && before != BIND_OP_CALL && before != BIND_OP_TAILCALL ? 0 : code_number_of(b);
}

static int code_given(const code_maker *m, unsigned c) {
  return c == 0 && code_op_at(m, m->at + 1) == BIND_OP_SETLIST ? 0 : code_number_of(c);
}

/* Puts something that is refused where it would be used; false: the instruction is one that kernels have. */
static bool code_refuse(code_maker *m) {
  const bool named = bind_refused_named(m->p->code[m->at]);
  ti_datum d = {.kind = TI_KIND_REFUSED, .as.i = 0};
  d.as.why = bind_refused(m->p, m->at, named ? m->texts[m->text_count] : NULL);
  if (d.as.why == NULL)
    return false;
  m->text_count += named;
  code_abc(m, TI_CODE_MOVE, 0, code_datum(m, d), 0);
  return true;
}

static void code_move(code_maker *m, uint32_t i) {
  const unsigned a = bind_a(i);
  const bind_proto *const p = m->p;
  switch (bind_op(i)) {
    case BIND_OP_MOVE: code_abc(m, TI_CODE_MOVE, a, (int)bind_b(i), 0); break;
    case BIND_OP_LOADI: code_abc(m, TI_CODE_MOVE, a, code_integer(m, bind_sbx(i)), 0); break;
    case BIND_OP_LOADF: code_abc(m, TI_CODE_MOVE, a, code_float(m, bind_sbx(i)), 0); break;
    case BIND_OP_LOADK: code_abc(m, TI_CODE_MOVE, a, code_constant(m, bind_bx(i)), 0); break;
    case BIND_OP_LOADKX: code_abc(m, TI_CODE_MOVE, a, code_constant(m, bind_ax(p->code[m->at + 1])), 0); break;
    case BIND_OP_LOADFALSE:
    case BIND_OP_LFALSESKIP: code_abc(m, TI_CODE_MOVE, a, code_boolean(m, false), 0); break;
    case BIND_OP_LOADTRUE: code_abc(m, TI_CODE_MOVE, a, code_boolean(m, true), 0); break;
    case BIND_OP_LOADNIL: code_abc(m, TI_CODE_NIL, a, (int)bind_b(i) + 1, 0); break;
    case BIND_OP_GETUPVAL: code_abc(m, TI_CODE_CAPTURE, a, code_capture(m, bind_b(i), NULL), 0); break;
    case BIND_OP_GETTABUP:
      code_abc(m, TI_CODE_CAPTURE, a, code_capture(m, bind_b(i), p->constants[bind_c(i)].as.s), 0);
      break;
    case BIND_OP_GETTABLE: code_abc(m, TI_CODE_INDEX, a, (int)bind_b(i), (int)bind_c(i)); break;
    case BIND_OP_GETI: code_abc(m, TI_CODE_INDEX, a, (int)bind_b(i), code_integer(m, bind_c(i))); break;
    default: /* GETFIELD */ code_abc(m, TI_CODE_FIELD, a, code_field(m, p->constants[bind_c(i)].as.s), (int)bind_b(i));
  }
  if (bind_op(i) == BIND_OP_LFALSESKIP)
    code_jump(m, (int64_t)m->at + 2);
}

static void code_one(code_maker *m, uint32_t i) {
  const unsigned op = bind_op(i), a = bind_a(i);
  if (op >= BIND_OP_ADDI && op <= BIND_OP_SHR)
    code_arithmetic(m, i);
  else if (op >= BIND_OP_EQ && op <= BIND_OP_TESTSET)
    code_compare(m, i);
  else if (op <= BIND_OP_GETFIELD)
    code_move(m, i);
  else if (op >= BIND_OP_UNM && op <= BIND_OP_LEN)
    code_abc(m, (ti_code_op)code_of_one[op - BIND_OP_UNM], a, (int)bind_b(i), 0);
  else if (op == BIND_OP_JMP)
    code_jump(m, (int64_t)m->at + 1 + bind_sj(i));
  else if (op == BIND_OP_CALL)
    code_abc(m, TI_CODE_CALL, a, code_taken(m, bind_b(i)), code_given(m, bind_c(i)));
  else if (op == BIND_OP_TAILCALL)
    code_abc(m, TI_CODE_CALL, a, code_taken(m, bind_b(i)), TI_CODE_OPEN);
  else if (op == BIND_OP_RETURN)
    code_abc(m, TI_CODE_RETURN, a, code_taken(m, bind_b(i)), 0);
  else if (op == BIND_OP_RETURN0 || op == BIND_OP_RETURN1)
    code_abc(m, TI_CODE_RETURN, op == BIND_OP_RETURN0 ? 0 : a, op == BIND_OP_RETURN1, 0);
  else if (op == BIND_OP_FORPREP)
    code_loop_end(m, TI_CODE_FOR, i, (int64_t)m->at + 2 + bind_bx(i));
  else if (op == BIND_OP_FORLOOP)
    code_loop_end(m, TI_CODE_NEXT, i, (int64_t)m->at + 1 - bind_bx(i));
}

/* ===== All of it ===== */

enum {
  MOST_EACH = 3, /* instructions made of one */
  SOURCE = 60    /* bytes of what a chunk is called */
};

typedef struct code_room {
  unsigned char *memory; /* NULL: it is measured */
  size_t used;
} code_room;

static void *code_take(code_room *r, size_t n, size_t size) {
  void *const room = r->memory != NULL ? r->memory + r->used : NULL;
  r->used += (n * size + 15) / 16 * 16;
  return room;
}

static bind_code *code_rooms(code_room *r, code_maker *m, size_t n) {
  bind_code *const o = code_take(r, 1, sizeof *o);
  size_t named = 0;
  for (unsigned at = 0; at < n; at++)
    named += bind_refused_named(m->p->code[at]);
  m->texts = code_take(r, named, sizeof *m->texts);
  m->source = code_take(r, SOURCE, 1);
  m->words = code_take(r, 1, sizeof *m->words);
  m->place = code_take(r, n, sizeof *m->place);
  m->code = code_take(r, n * MOST_EACH, sizeof *m->code);
  m->from = code_take(r, n * MOST_EACH, sizeof *m->from);
  m->constants = code_take(r, n, sizeof *m->constants);
  m->captures = code_take(r, n, sizeof *m->captures);
  m->names = code_take(r, n, sizeof *m->names);
  return o;
}

size_t bind_code_size(const bind_proto *p) {
  code_room r = {.memory = NULL};
  code_maker m = {.p = p};
  code_rooms(&r, &m, p->code_count);
  return r.used;
}

/* What Lua's messages call a chunk, more or less: a file's name, or the first line of a text. */
static const char *code_source(char *room, const char *source) {
  if (source == NULL)
    return "?";
  if (*source == '@' || *source == '=')
    return source + 1;
  snprintf(room, SOURCE, "[string \"%.*s...\"]", (int)strcspn(source, "\n") > 40 ? 40 : (int)strcspn(source, "\n"),
           source);
  return room;
}

/* ti_code.name_of */
static const char *code_name_of(const void *env, unsigned reg, unsigned at, uint32_t *line) {
  const bind_code *const o = env;
  unsigned from = 0;
  const char *const name = bind_proto_local(o->proto, reg, o->from[at], &from);
  *line = from > 0 ? bind_proto_line(o->proto, from - 1) : 0;
  return name != NULL && *name != '(' ? name : NULL; /* "(for state)": Lua's own */
}

static bool code_has_target(const ti_instruction *i) {
  return i->op == TI_CODE_IF_EQ || i->op == TI_CODE_IF_LT || i->op == TI_CODE_IF_LE || i->op == TI_CODE_IF ||
         i->op == TI_CODE_JUMP || i->op == TI_CODE_FOR || i->op == TI_CODE_NEXT;
}

static void code_write(code_maker *m) {
  for (m->at = 0; m->at < m->p->code_count; m->at++) {
    const bool reached = m->place[m->at] != BIND_NOT_REACHED;
    m->place[m->at] = m->count;
    if (reached && !code_refuse(m))
      code_one(m, m->p->code[m->at]);
  }
  for (unsigned k = 0; k < m->count; k++)
    if (code_has_target(&m->code[k]))
      m->code[k].to = m->place[m->code[k].to];
}

const bind_code *bind_code_make(void *memory, const bind_proto *p, const bind_words *words, bind_refusal *why) {
  code_room r = {.memory = memory};
  code_maker m = {.p = p};
  bind_code *const o = code_rooms(&r, &m, p->code_count);
  if (p->vararg || p->registers == 0) {
    bind_refuse(why, p->line, p->vararg ? "takes '...'; name the parameters" : "has no registers");
    return NULL;
  }
  bind_reach(p, m.place, m.from); /* m.from is what it works with: there is nothing in it yet */
  code_write(&m);
  *m.words = *words;
  *o = (bind_code){.proto = p, .captures = m.captures, .from = m.from};
  o->code = (ti_code){.source = code_source(m.source, p->source),
                      .line = p->line,
                      .params = p->params,
                      .registers = p->registers,
                      .count = m.count,
                      .constant_count = m.constant_count,
                      .capture_count = m.capture_count,
                      .name_count = m.name_count,
                      .code = m.code,
                      .constants = m.constants,
                      .names = m.names,
                      .idiv_by_zero = m.words->idiv[0] != '\0' ? m.words->idiv : NULL,
                      .mod_by_zero = m.words->mod[0] != '\0' ? m.words->mod : NULL,
                      .name_of = code_name_of,
                      .env = o};
  return o;
}
