/*
** A verified prototype as register code (core/code/code.h), and what it takes from outside: a capture is an upvalue, or
** a field of one, which is how Lua has globals.
*/
#ifndef TINE_LUA_BIND_CODE_H
#define TINE_LUA_BIND_CODE_H

#include "../../core/code/code.h"
#include "bind_proto.h"

typedef struct bind_capture {
  unsigned upvalue;
  const char *field; /* of the table in it, a global's name; NULL: the upvalue itself */
} bind_capture;

typedef struct bind_code {
  ti_code code;
  const bind_proto *proto;      /* borrowed: it has to stay */
  const bind_capture *captures; /* code.capture_count of them */
  const uint32_t *from;         /* by instruction: which of the prototype's it was made of */
} bind_code;

enum { BIND_WORDS = 80 };

/* What Lua says of an integer divided by zero; empty: what kernels say. */
typedef struct bind_words {
  char idiv[BIND_WORDS], mod[BIND_WORDS];
} bind_words;

/* The bytes that the code of a prototype takes at most, while it is made. */
size_t bind_code_size(const bind_proto *p);
/* Makes it in that many bytes, at a multiple of 16, which are its whole memory; the words are copied. What it does
   that kernels cannot do is refused when it is given types that lead there; what cannot be reached is not looked at.
   NULL: it is no function for kernels whatever the types, and why says so. */
const bind_code *bind_code_make(void *memory, const bind_proto *p, const bind_words *words, bind_refusal *why);

#define BIND_NOT_REACHED UINT32_MAX

/* Writes to 'place' what is reached: anything but BIND_NOT_REACHED. 'work' is room; both have a number for each
   instruction. */
void bind_reach(const bind_proto *p, uint32_t *place, uint32_t *work);

enum { BIND_REFUSED_TEXT = 160 };

/* Why no kernel does what an instruction does; NULL: they do. The room has BIND_REFUSED_TEXT bytes, and is used for
   those whose words have a name in them. */
const char *bind_refused(const bind_proto *p, unsigned at, char *room);
bool bind_refused_named(uint32_t i);

#endif
