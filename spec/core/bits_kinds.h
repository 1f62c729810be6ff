/*
** What bits_kinds_test.c goes through: every source of the one list with every terminal of the other. A new stage, a
** new kind of pipeline or a new terminal is a line of its list.
*/
#ifndef SPEC_BITS_KINDS_H
#define SPEC_BITS_KINDS_H

#include "bits.h"
#include "pipelines.h"

/* A pipeline over about n items, built anew; 'a' and 'b' are what its line says. */
typedef struct bits_source {
  const char *name;
  tine_pipeline *(*make)(uint64_t n, int64_t a, int64_t b);
  int64_t a, b;
  bool tall; /* for many items, too */
} bits_source;

extern const bits_source bits_indexed[], bits_unindexed[];
void bits_sources_begin(uint64_t most); /* n at most */
void bits_sources_end(void);

/* A pipeline to be run, and kernels over its items; one at a time. */
typedef struct bits_run {
  tine_pipeline *p; /* borrowed; may be replaced by one of the same items */
  bool indexed;
  bool ends; /* somewhere within; other threads may do what lies behind, and nobody knows how much */
  tine_registry *own;
  tine_kernel *chosen; /* with an i64: is the item one of so many? */
  tine_kernel *effect; /* adds the items up, in any order */
} bits_run;

void bits_run_begin(bits_run *r, tine_pipeline *p);
void bits_run_end(bits_run *r);

typedef struct bits_terminal {
  const char *name;
  void (*run)(const bits_run *r); /* adds what comes out to the hash */
} bits_terminal;

extern const bits_terminal bits_terminals[];
void bits_terminals_begin(void);
void bits_terminals_end(void);

#endif
