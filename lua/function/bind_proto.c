/*
** A dump of Lua 5.4 made a prototype. It is read twice: to find out how much memory it takes, and to fill that. Both
** are the same code, so they cannot disagree; every byte goes through proto_bytes, which has the bound. The first
** fault ends it: from then on there is nothing left to read, and zeros are read.
**
** Counts come before what they count. None is believed unless that many elements of the smallest size fit into what is
** left, so no loop is longer than the dump; and memory is at most some 30 times that.
*/
#include "bind_proto.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
  DUMP_VERSION = 0x54,
  DUMP_FORMAT = 0,
  DUMP_INTEGER = 0x5678,
  /* Tags of constants: the type, and its variant in the upper four bits. */
  DUMP_NIL = 0x00,
  DUMP_FALSE = 0x01,
  DUMP_TRUE = 0x11,
  DUMP_INTEGER_CONSTANT = 0x03,
  DUMP_FLOAT_CONSTANT = 0x13,
  DUMP_SHORT_STRING = 0x04,
  DUMP_LONG_STRING = 0x14,
  DUMP_FAR_LINE = -128 /* in place of a difference of lines: the line itself is in another list */
};

typedef struct proto_reader {
  const unsigned char *at, *end;
  unsigned char *memory; /* NULL: it is being measured */
  size_t used;
  bool failed;
  bind_refusal *why;
} proto_reader;

void bind_refuse(bind_refusal *why, unsigned line, const char *format, ...) {
  va_list args;
  why->line = line;
  va_start(args, format);
  vsnprintf(why->text, sizeof why->text, format, args);
  va_end(args);
}

/* ===== Bytes ===== */

static void proto_fail(proto_reader *r, const char *what) {
  if (!r->failed)
    bind_refuse(r->why, 0, "not a function that Lua 5.4 has dumped: %s", what);
  r->failed = true;
  r->at = r->end;
}

static size_t proto_left(const proto_reader *r) {
  return (size_t)(r->end - r->at);
}

/* The next bytes; NULL: there are fewer. */
static const unsigned char *proto_bytes(proto_reader *r, size_t n) {
  const unsigned char *const from = r->at;
  if (n > proto_left(r)) {
    proto_fail(r, "it ends too early");
    return NULL;
  }
  r->at += n;
  return from;
}

/* Copies them; zeros where there are fewer. */
static void proto_copy(proto_reader *r, void *to, size_t n) {
  const unsigned char *const from = proto_bytes(r, n);
  if (from != NULL)
    memcpy(to, from, n);
  else
    memset(to, 0, n);
}

static unsigned proto_byte(proto_reader *r) {
  const unsigned char *const from = proto_bytes(r, 1);
  return from != NULL ? *from : 0;
}

/* Seven bits a byte, the upper ones first; the last byte has its highest bit set. */
static uint64_t proto_number(proto_reader *r, uint64_t most) {
  uint64_t x = 0;
  for (;;) {
    const unsigned b = proto_byte(r);
    if (r->failed)
      return 0;
    if (x > most >> 7) {
      proto_fail(r, "a number is too large");
      return 0;
    }
    x = x << 7 | (b & 0x7f);
    if ((b & 0x80) != 0)
      break;
  }
  if (x > most)
    proto_fail(r, "a number is too large");
  return x <= most ? x : 0;
}

static unsigned proto_int(proto_reader *r) {
  return (unsigned)proto_number(r, INT_MAX);
}

/* How many elements follow, of that many bytes each at least. */
static unsigned proto_count(proto_reader *r, size_t bytes) {
  const unsigned n = proto_int(r);
  if (n > proto_left(r) / bytes) {
    proto_fail(r, "it has fewer elements than it says");
    return 0;
  }
  return n;
}

/* ===== Memory ===== */

/* Room for n elements; NULL: it is being measured. */
static void *proto_room(proto_reader *r, size_t n, size_t size, size_t align) {
  void *room;
  r->used = (r->used + align - 1) / align * align;
  room = r->memory != NULL ? r->memory + r->used : NULL;
  r->used += n * size;
  return room;
}

#define PROTO_ROOM(r, n, type) ((type *)proto_room((r), (n), sizeof(type), _Alignof(type)))

/* A string, which the dump has without its zero, but with it in its size; a size of 0: there is none. */
static const char *proto_string(proto_reader *r, size_t *bytes) {
  const size_t size = (size_t)proto_number(r, SIZE_MAX / 2);
  const unsigned char *from;
  char *to;
  *bytes = size;
  if (size == 0)
    return NULL;
  from = proto_bytes(r, size - 1);
  to = from != NULL ? PROTO_ROOM(r, size, char) : NULL;
  if (to != NULL) {
    memcpy(to, from, size - 1);
    to[size - 1] = '\0';
  }
  return to;
}

static const char *proto_name(proto_reader *r) {
  size_t bytes;
  return proto_string(r, &bytes);
}

/* ===== The parts of a function, in their order ===== */

static void proto_code(proto_reader *r, bind_proto *p) {
  const unsigned n = proto_count(r, sizeof(uint32_t));
  uint32_t *const code = PROTO_ROOM(r, n, uint32_t);
  const unsigned char *const from = proto_bytes(r, n * sizeof *code);
  if (code != NULL && from != NULL)
    memcpy(code, from, n * sizeof *code);
  p->code = code;
  p->code_count = n;
}

static bind_constant proto_constant(proto_reader *r) {
  bind_constant k = {.kind = BIND_CONSTANT_NIL};
  size_t bytes;
  switch (proto_byte(r)) {
    case DUMP_NIL: break;
    case DUMP_FALSE: k.kind = BIND_CONSTANT_BOOLEAN; break;
    case DUMP_TRUE:
      k.kind = BIND_CONSTANT_BOOLEAN;
      k.as.b = true;
      break;
    case DUMP_INTEGER_CONSTANT:
      k.kind = BIND_CONSTANT_INTEGER;
      proto_copy(r, &k.as.i, sizeof k.as.i);
      break;
    case DUMP_FLOAT_CONSTANT:
      k.kind = BIND_CONSTANT_FLOAT;
      proto_copy(r, &k.as.f, sizeof k.as.f);
      break;
    case DUMP_SHORT_STRING:
    case DUMP_LONG_STRING:
      k.kind = BIND_CONSTANT_STRING;
      k.as.s = proto_string(r, &bytes);
      if (bytes == 0)
        proto_fail(r, "a string constant is missing");
      k.length = bytes > 0 ? bytes - 1 : 0;
      break;
    default: proto_fail(r, "a constant is of no type that constants have");
  }
  return k;
}

static void proto_constants(proto_reader *r, bind_proto *p) {
  const unsigned n = proto_count(r, 1);
  bind_constant *const list = PROTO_ROOM(r, n, bind_constant);
  for (unsigned i = 0; i < n && !r->failed; i++) {
    const bind_constant k = proto_constant(r);
    if (list != NULL)
      list[i] = k;
  }
  p->constants = list;
  p->constant_count = n;
}

/* What a closure captures: from where is a matter of who makes it, so it is read past. */
static void proto_upvalues(proto_reader *r, bind_proto *p) {
  enum { UPVALUE = 3 };
  p->upvalue_count = proto_count(r, UPVALUE);
  proto_bytes(r, (size_t)p->upvalue_count * UPVALUE);
}

/* Of each instruction the dump has the difference to the line before it; now and then there is the line itself, in a
   second list, so that none has to be counted from the first. */
static void proto_lines(proto_reader *r, bind_proto *p) {
  const unsigned n = proto_count(r, 1);
  unsigned *const lines = PROTO_ROOM(r, n, unsigned);
  const unsigned char *const steps = proto_bytes(r, n);
  const unsigned far_count = proto_count(r, 2);
  unsigned line = p->line, done = 0;
  if (n != 0 && n != p->code_count)
    proto_fail(r, "it has lines for other instructions");
  for (unsigned k = 0; k <= far_count && !r->failed; k++) {
    const unsigned to = k < far_count ? proto_int(r) : n, far_line = k < far_count ? proto_int(r) : 0;
    if (r->failed || to < done || to > n || (k < far_count && to == n)) {
      proto_fail(r, "its lines are in no order");
      break;
    }
    for (; done < to; done++) {
      if ((signed char)steps[done] == DUMP_FAR_LINE)
        proto_fail(r, "a line is missing");
      line += (unsigned)(int)(signed char)steps[done];
      if (lines != NULL)
        lines[done] = line;
    }
    if (k == far_count)
      break;
    if ((signed char)steps[done] != DUMP_FAR_LINE)
      proto_fail(r, "a line is told twice");
    line = far_line;
    if (lines != NULL)
      lines[done] = line;
    done++;
  }
  p->lines = lines;
  p->line_count = n;
}

static void proto_names(proto_reader *r, bind_proto *p) {
  const unsigned n = proto_count(r, 3);
  bind_local *const locals = PROTO_ROOM(r, n, bind_local);
  const char **names;
  unsigned upvalues;
  for (unsigned i = 0; i < n && !r->failed; i++) {
    bind_local v;
    v.name = proto_name(r);
    v.from = proto_int(r);
    v.to = proto_int(r);
    if (locals != NULL)
      locals[i] = v;
  }
  p->locals = locals;
  p->local_count = n;
  names = PROTO_ROOM(r, p->upvalue_count, const char *);
  for (unsigned i = 0; i < p->upvalue_count && names != NULL; i++)
    names[i] = NULL;
  upvalues = proto_count(r, 1);
  if (upvalues > p->upvalue_count)
    proto_fail(r, "it names upvalues that it has not");
  for (unsigned i = 0; i < upvalues && !r->failed; i++) {
    const char *const name = proto_name(r);
    if (names != NULL)
      names[i] = name;
  }
  p->upvalues = names;
}

/* A function and those in it, of which nothing is kept. */
static void proto_function(proto_reader *r, bind_proto *p, unsigned depth) {
  p->source = proto_name(r);
  p->line = proto_int(r);
  p->last_line = proto_int(r);
  p->params = proto_byte(r);
  p->vararg = proto_byte(r) != 0;
  p->registers = proto_byte(r);
  proto_code(r, p);
  proto_constants(r, p);
  proto_upvalues(r, p);
  p->nested_count = proto_count(r, 1);
  if (depth == BIND_PROTO_DEPTH && p->nested_count > 0)
    proto_fail(r, "functions are nested too deeply");
  for (unsigned i = 0; i < p->nested_count && !r->failed; i++) {
    const proto_reader outer = *r;
    bind_proto inner = {.source = NULL};
    r->memory = NULL;
    proto_function(r, &inner, depth + 1);
    r->memory = outer.memory;
    r->used = outer.used;
  }
  proto_lines(r, p);
  proto_names(r, p);
}

/* What stands before the first function, and tells how the rest is to be read. */
static void proto_header(proto_reader *r) {
  static const unsigned char mark[] = "\x1bLua", data[] = "\x19\x93\r\n\x1a\n";
  static const unsigned char sizes[] = {sizeof(uint32_t), sizeof(int64_t), sizeof(double)};
  static const double number = 370.5;
  static const int64_t integer = DUMP_INTEGER;
  unsigned char head[sizeof mark - 1], tail[sizeof data - 1 + sizeof sizes];
  unsigned char numbers[sizeof integer + sizeof number];
  unsigned version, format;
  proto_copy(r, head, sizeof head);
  if (memcmp(head, mark, sizeof head) != 0)
    proto_fail(r, "it does not begin as one");
  version = proto_byte(r);
  format = proto_byte(r);
  if (!r->failed && (version != DUMP_VERSION || format != DUMP_FORMAT))
    proto_fail(r, "it is of another version");
  proto_copy(r, tail, sizeof tail);
  if (memcmp(tail, data, sizeof data - 1) != 0)
    proto_fail(r, "it was damaged on its way");
  if (memcmp(tail + sizeof data - 1, sizes, sizeof sizes) != 0)
    proto_fail(r, "its numbers have other sizes");
  proto_copy(r, numbers, sizeof numbers);
  if (memcmp(numbers, &integer, sizeof integer) != 0 || memcmp(numbers + sizeof integer, &number, sizeof number) != 0)
    proto_fail(r, "its numbers are of another machine");
}

/* All of it, into memory or into none. */
static bind_proto *proto_dump(proto_reader *r) {
  bind_proto *const room = PROTO_ROOM(r, 1, bind_proto);
  bind_proto p = {.source = NULL};
  proto_header(r);
  proto_byte(r); /* the number of the closure's upvalues, which the function has, too */
  proto_function(r, &p, 0);
  if (proto_left(r) > 0)
    proto_fail(r, "there is more than a function");
  if (room != NULL)
    *room = p;
  return room;
}

/* ===== From outside ===== */

size_t bind_proto_size(const void *dump, size_t size, bind_refusal *why) {
  proto_reader r = {.at = dump, .why = why};
  r.end = r.at + size;
  proto_dump(&r);
  return r.failed ? 0 : r.used;
}

const bind_proto *bind_proto_read(void *memory, const void *dump, size_t size) {
  bind_refusal why;
  proto_reader r = {.at = dump, .memory = memory, .why = &why};
  r.end = r.at + size;
  return proto_dump(&r);
}

unsigned bind_proto_line(const bind_proto *p, unsigned at) {
  return at < p->line_count ? p->lines[at] : 0;
}

/* As luaF_getlocalname: the locals that live at an instruction have the first registers, in their order. */
const char *bind_proto_local(const bind_proto *p, unsigned reg, unsigned at, unsigned *from) {
  for (unsigned i = 0; i < p->local_count && p->locals[i].from <= at; i++) {
    if (at < p->locals[i].to && reg-- == 0) {
      if (from != NULL)
        *from = p->locals[i].from;
      return p->locals[i].name;
    }
  }
  return NULL;
}
