/*
** Kernels told by register code. What they are made of, from the outside in:
**
**     tine_kernel ── closure ── captured values
**                       │ └──── instances: a signature for the types of a pipeline's columns
**                       └ prototype: the code, shared by all kernels of it ── versions: typed code
**
** A *closure* is a prototype with captured values, as in Lua. Typing depends on the kinds of these alone, so versions
** are the prototype's, and a kernel with other values of the same kinds finds them made.
*/
#ifndef TI_CODE_CLOSURE_H
#define TI_CODE_CLOSURE_H

#include <stddef.h>

#include "../base/atomics.h"
#include "../base/memory.h"
#include "strips.h"
#include "typed.h"

/* Captured values, copied: one block. It holds the arrays and kernels among them, and the code of functions; but not if
   it is a *key*, by which a version is found: of an array that has the element type alone, in 'i'. */
typedef struct ti_captures {
  bool key;
  size_t bytes, count;
  ti_datum *list;
} ti_captures;

enum { TI_CLOSURE_SPARE = 4 }; /* rooms that are kept for the next block; more threads than that allocate one a block */

/* Typed code, and the strips of it. Constant, but for the rooms that strips work in. */
typedef struct ti_closure_version {
  struct ti_closure_version *next;
  ti_typed *typed;
  ti_captures key;
  ti_strips *strips;
  size_t scratch; /* bytes of such a room */
  _Atomic(void *) spare[TI_CLOSURE_SPARE];
} ti_closure_version;

/* Kernels have references; when the last is gone, so are the versions. Captured values hold the code alone: so versions
   may have each other's code, and functions that know each other are no circle. */
typedef struct ti_prototype {
  ti_refs refs, held; /* all references hold it once */
  size_t bytes;
  ti_code code;                       /* its lists are in the same block */
  _Atomic(ti_closure_version *) made; /* the newest */
  atomic_uint versions;
} ti_prototype;

/* The code for the types of a pipeline's columns, with the values of one closure. Constant. */
typedef struct ti_closure_instance {
  ti_signature signature; /* first: whoever has this has the instance */
  char text[TI_SIGNATURE_TEXT];
  struct ti_closure_instance *next;
  const ti_closure *closure;
  ti_closure_version *version;
  ti_closure_version *own; /* a version that the prototype had no room for; else NULL */
} ti_closure_instance;

struct ti_closure {
  ti_prototype *prototype; /* a reference of its own */
  ti_captures captured;
  unsigned depth;                      /* of kernels that code tells within each other, with this one */
  size_t array_count, array_room;      /* all that it takes elements of, itself or by captured kernels, once each: */
  tine_array **arrays;                 /* what it captured holds them */
  _Atomic(ti_closure_instance *) made; /* the newest */
};

enum {
  TI_CLOSURE_ALIGN = _Alignof(max_align_t),
  TI_PROTOTYPE_VERSIONS = 64, /* that stay as long as the prototype; others go with their kernel */
  TI_CLOSURE_DEPTH = 8        /* each takes some 10 KB of a worker's stack */
};

/* Gives up what holds the memory of code. */
static inline void ti_prototype_let(ti_prototype *p) {
  if (ti_refs_release(&p->held))
    ti_free(p, p->bytes, TI_CLOSURE_ALIGN);
}

/* ===== prototype.c ===== */

/* A copy of the code, which is right, with one reference. NULL: there is no memory. */
ti_prototype *ti_prototype_make(const ti_code *code);
void ti_prototype_release(ti_prototype *p);

/* A version for inputs of these types; '*own' is the same if the caller has to drop it, before the captured values.
   TINE_EINVAL, TINE_ENOMEM. */
tine_status ti_prototype_version(ti_prototype *p, const tine_dtype *inputs, const ti_captures *captured,
                                 ti_closure_version **out, ti_closure_version **own, tine_error *err);
void ti_closure_version_drop(ti_closure_version *v);

/* ===== captures.c ===== */

/* Are these values that code may capture? TINE_EINVAL, TINE_ERANGE. */
tine_status ti_captures_check(const ti_code *code, const ti_datum *captured, size_t count, tine_error *err);
/* False: there is no memory. */
bool ti_captures_copy(ti_captures *out, const ti_datum *captured, size_t count, bool key);
void ti_captures_drop(ti_captures *captured);
/* Does what was typed for a key serve for these values? Numbers and booleans may be others. */
bool ti_captures_alike(const ti_captures *key, const ti_captures *captured);
/* How deep kernels that code tells are within each other among them. */
unsigned ti_captures_depth(const ti_datum *captured, size_t count);
/* All arrays that they lead to, once each, in a list with room for '*room'; false: there is no memory. */
bool ti_captures_arrays(const ti_captures *captured, tine_array ***out, size_t *count, size_t *room);

/* Memory that is given out piece by piece, first to measure it. */
typedef struct ti_closure_room {
  char *memory; /* NULL: it is measured */
  size_t used;
} ti_closure_room;
void *ti_closure_take(ti_closure_room *r, size_t n, size_t size);
/* A text, or so much of it; NULL where it is measured. */
const char *ti_closure_text(ti_closure_room *r, const char *text, size_t most);

/* ===== code_block.c ===== */

/*
** Typed code over a block: inputs of its types with any stride, outputs of its results, contiguous. Returns
** what a kernel's function returns; asks now and then whether the terminal is over, and then returns TINE_ECANCELED.
** Where there is no memory to work in, and of code that strips have no steps for, items are done one by one.
*/
int ti_code_block(ti_closure_version *version, const ti_datum *captured, tine_block *block);

/* ===== closure.c ===== */

/* What a kernel's 'told' is if code tells it. */
extern const ti_told ti_closure_told;

#endif
