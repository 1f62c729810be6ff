/*
** The built-in kernels: builtin.def made into kernels, and a kernel for each element type that converts to it.
**
** They are put together once, in memory of their own that is never freed, with the loops of the best instruction set
** of this machine; so making them cannot fail, and nobody counts references to them.
*/
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/fork.h"
#include "simd.h"

TI_DTYPES_ARE(11); /* in the rules of builtin.def */

typedef struct builtin_fact {
  const char *name, *help;
  unsigned flags;
} builtin_fact;

static const builtin_fact builtin_facts[] = {
#define KERNEL(name, rule, ie, fe, flags, help) {#name, help, flags},
#include "builtin.def"
#undef KERNEL
};

enum {
  BUILTIN_FACTS = sizeof builtin_facts / sizeof builtin_facts[0],
  BUILTIN_TYPES = TINE_DTYPE_END - 1,
#define KERNEL(name, rule, ie, fe, flags, help) +rule(name, ie, fe)
#define V1(name, TA, TR, e) +1
#define V2(name, TA, TB, TR, e) +1
#define V3(name, TA, TB, TC, TR, e) +1
#define P1 V1
#define P2 V2
#define M2(name, TA, TB, e) +1
#define Z2(name, e) +1
#define Q2(name, T, quick, e) +1
#define E2(name, fn, TA, TB, TR) +1
  BUILTIN_LOOPS = 0
#include "builtin.def"
#undef KERNEL
#undef V1
#undef V2
#undef V3
#undef P1
#undef P2
#undef M2
#undef Z2
#undef Q2
#undef E2
};

/* What happens to a value the type cannot hold, by the columns 'is integer' and 'is signed' of the list of types. */
#define BUILTIN_CAST_HELP_00 ": true unless 0"
#define BUILTIN_CAST_HELP_01 ", rounded"
#define BUILTIN_CAST_HELP_10 ": exactly, or an error"
#define BUILTIN_CAST_HELP_11 ": exactly, or an error"

/* Bytes of "bool f64 f64 -> f64", the longest text. */
enum { BUILTIN_TEXT = 24 };

static atomic_bool builtin_made;
static tine_kernel builtin_kernels[BUILTIN_FACTS + BUILTIN_TYPES];
static ti_signature builtin_signatures[BUILTIN_LOOPS + BUILTIN_TYPES * BUILTIN_TYPES];
static char builtin_texts[BUILTIN_LOOPS + BUILTIN_TYPES * BUILTIN_TYPES][BUILTIN_TEXT];

/* What is taken of the tables so far. */
typedef struct builtin_maker {
  size_t signatures;
  size_t kernels;
} builtin_maker;

static tine_kernel *builtin_kernel(builtin_maker *m, const char *name, const char *help, unsigned flags) {
  tine_kernel *k = &builtin_kernels[m->kernels++];
  k->builtin = true;
  k->name = name;
  k->help = help;
  k->flags = flags;
  k->mode = TINE_FN;
  k->signatures = &builtin_signatures[m->signatures];
  return k;
}

static void builtin_signature(builtin_maker *m, tine_kernel *k, const ti_signature *s) {
  char *text = builtin_texts[m->signatures];
  char room[TI_SIGNATURE_TEXT];
  ti_signature_format(s, room);
  ti_assert(strlen(room) < BUILTIN_TEXT);
  memcpy(text, room, strlen(room) + 1);
  builtin_signatures[m->signatures] = *s;
  builtin_signatures[m->signatures++].text = text;
  k->count++;
}

/* The loops stand in the order of the facts, those of one kernel together. */
static void builtin_make_loops(builtin_maker *m) {
  size_t count, at = 0;
  const ti_loop *loops = ti_loops_variant(ti_simd_best(), &count);
  ti_assert(count == BUILTIN_LOOPS);
  for (size_t i = 0; i < BUILTIN_FACTS; i++) {
    const builtin_fact *f = &builtin_facts[i];
    tine_kernel *k = builtin_kernel(m, f->name, f->help, f->flags);
    for (; at < count && strcmp(loops[at].kernel, f->name) == 0; at++)
      builtin_signature(m, k, &loops[at].signature);
    ti_assert(k->count > 0);
  }
}

static void builtin_make_casts(builtin_maker *m) {
  static const char *const helps[TINE_DTYPE_END] = {
#define BUILTIN_HELP(NAME, name, type, integer, sign, member) \
  [TINE_##NAME] = "convert to " #name BUILTIN_CAST_HELP_##integer##sign,
      TINE_DTYPE_LIST(BUILTIN_HELP)
#undef BUILTIN_HELP
  };
  for (unsigned to = TINE_NONE + 1; to < TINE_DTYPE_END; to++) {
    tine_kernel *k = builtin_kernel(m, tine_dtype_name((tine_dtype)to), helps[to], 0);
    for (unsigned from = TINE_NONE + 1; from < TINE_DTYPE_END; from++) {
      ti_signature s = {.inputs = 1, .outputs = 1, .in = {(tine_dtype)from}, .out = {(tine_dtype)to}};
      s.block = ti_cast_variant(ti_simd_best(), s.in[0], s.out[0], TINE_CAST_EXACT);
      s.infallible = !ti_cast_fails(s.in[0], s.out[0], TINE_CAST_EXACT);
      builtin_signature(m, k, &s);
    }
  }
}

static int builtin_order(const void *a, const void *b) {
  return strcmp(((const tine_kernel *)a)->name, ((const tine_kernel *)b)->name);
}

static void builtin_make(void) {
  builtin_maker m = {0, 0};
  builtin_make_loops(&m);
  builtin_make_casts(&m);
  qsort(builtin_kernels, m.kernels, sizeof builtin_kernels[0], builtin_order);
}

/* Not by pthread_once, which not everywhere starts anew in the child of a fork. */
static void builtin_expect(void) {
  if (ti_load_acquire(&builtin_made)) /* pairs with the release below */
    return;
  ti_fork_hold();
  if (!ti_load_relaxed(&builtin_made)) { /* relaxed: under the lock */
    builtin_make();
    ti_store_release(&builtin_made, true);
  }
  ti_fork_release();
}

size_t ti_builtin_index(const ti_signature *signature) {
  const uintptr_t first = (uintptr_t)builtin_signatures, at = (uintptr_t)signature;
  const size_t index = (at - first) / sizeof *signature;
  return at >= first && index < BUILTIN_LOOPS ? index : SIZE_MAX;
}

size_t ti_builtin_count(void) {
  return sizeof builtin_kernels / sizeof builtin_kernels[0];
}

tine_kernel *ti_builtin_at(size_t i) {
  builtin_expect();
  return i < ti_builtin_count() ? &builtin_kernels[i] : NULL;
}

tine_kernel *ti_builtin_find(const char *name) {
  size_t lo = 0, hi = ti_builtin_count();
  builtin_expect();
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    tine_kernel *k = &builtin_kernels[mid];
    const int order = strcmp(k->name, name);
    if (order == 0)
      return k;
    if (order < 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  return NULL;
}

#undef BUILTIN_CAST_HELP_00
#undef BUILTIN_CAST_HELP_01
#undef BUILTIN_CAST_HELP_10
#undef BUILTIN_CAST_HELP_11
