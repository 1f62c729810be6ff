/*
** Lua functions, read: what string.dump writes of one is decoded, and verified, and becomes a prototype that whoever
** goes through it need not mistrust. README.md in this folder has the whole way. Nothing here knows a Lua state.
*/
#ifndef TINE_LUA_BIND_PROTO_H
#define TINE_LUA_BIND_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  BIND_PROTO_MOST = 10000, /* instructions */
  BIND_PROTO_DEPTH = 200,  /* functions in functions, as deep as Lua's parser goes */
  BIND_REFUSAL_TEXT = 240
};

/* Why a function is none that a kernel can be made of. The line is 0 where there is none to tell, and in functions that
   were stripped. */
typedef struct bind_refusal {
  unsigned line;
  char text[BIND_REFUSAL_TEXT];
} bind_refusal;

void bind_refuse(bind_refusal *why, unsigned line, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

typedef enum bind_constant_kind {
  BIND_CONSTANT_NIL,
  BIND_CONSTANT_BOOLEAN,
  BIND_CONSTANT_INTEGER,
  BIND_CONSTANT_FLOAT,
  BIND_CONSTANT_STRING
} bind_constant_kind;

typedef struct bind_constant {
  bind_constant_kind kind;
  union {
    bool b;
    int64_t i;
    double f;
    const char *s; /* ends with a zero; there may be more of them before */
  } as;
  size_t length; /* of a string */
} bind_constant;

/* A local variable has its name from instruction 'from' up to, without, 'to'. */
typedef struct bind_local {
  const char *name;
  unsigned from, to;
} bind_local;

/* A prototype as it was compiled. Pointers are into the same block of memory. */
typedef struct bind_proto {
  const char *source; /* as debug.getinfo has it: "@job.lua", "=stdin", or the text of a chunk; NULL: stripped */
  unsigned line, last_line, params, registers;
  bool vararg;
  unsigned code_count, constant_count, upvalue_count, nested_count, line_count, local_count;
  const uint32_t *code;
  const bind_constant *constants;
  const char *const *upvalues; /* names; NULL: stripped */
  const unsigned *lines;       /* of each instruction; line_count is 0 in stripped functions, else code_count */
  const bind_local *locals;    /* in the order in which they begin */
} bind_proto;

/* The bytes that the prototype of a dump takes; 0: it is refused, and why says so. A dump is read within its bounds,
   whatever is in it. */
size_t bind_proto_size(const void *dump, size_t size, bind_refusal *why);
/* Decodes the same dump into that many bytes, at a multiple of 16, which are the prototype's whole memory: the dump may
   go. */
const bind_proto *bind_proto_read(void *memory, const void *dump, size_t size);

/*
** Is the code such as Lua's compiler writes it? Every instruction is one of Lua 5.4; its registers, constants, upvalues
** and nested functions are there, and constants of the kind that it wants; jumps go to instructions; what stands in
** pairs (comparison and jump, arithmetic and metamethod, the two ends of a 'for', what is too large for its
** instruction) does so, and nothing jumps in between; open results are taken by the next instruction; the code does
** not run out at its end. Translating it needs no further checks of that kind.
*/
bool bind_proto_verify(const bind_proto *p, bind_refusal *why);

/* The line of an instruction; 0: nobody knows. */
unsigned bind_proto_line(const bind_proto *p, unsigned at);
/* The name of the local variable in a register at an instruction, and to '*from' (NULL: nobody asks) the one from which
   on it has it; NULL: it has none there. */
const char *bind_proto_local(const bind_proto *p, unsigned reg, unsigned at, unsigned *from);

#endif
