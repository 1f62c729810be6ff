/*
** Recipes, and the programs kept of the last ones; see recipe.h.
**
** Those are in a table of the process's, of fixed size, and nothing in it is lent: a program found is copied. So nobody
** waits for the table - who finds another thread at it makes his program, in the child of a fork maybe for ever - and
** there is nothing to count or to free. Words that name kernels do by the address of a built-in signature, which stays.
*/
#include "recipe.h"

#include <string.h>

#include "../base/atomics.h"
#include "../base/memory.h"
#include "../kernel/simd.h"

/* ----- Words ----- */

enum { RECIPE_INPUT, RECIPE_CONSTANT, RECIPE_APPLY, RECIPE_CONVERT };

_Static_assert(TI_RECIPE_WORDS <= UINT8_MAX, "words are told by bytes");
_Static_assert(sizeof(ti_recipe_word) == 16, "words are compared as bytes: all of them have a meaning");

/* Adds a word, or finds it: what is told twice is one. */
static int recipe_add(ti_recipe *r, const ti_recipe_word *w) {
  ti_assert(r->words <= TI_RECIPE_WORDS && ti_dtype_valid((tine_dtype)w->dtype));
  for (unsigned i = 0; i < r->words; i++)
    if (r->word[i].of == w->of && memcmp(&r->word[i], w, sizeof *w) == 0)
      return (int)i;
  if (r->words == TI_RECIPE_WORDS)
    return -1;
  r->word[r->words] = *w;
  return (int)r->words++;
}

int ti_recipe_input(ti_recipe *r, tine_dtype dtype) {
  const ti_recipe_word w = {.what = RECIPE_INPUT, .dtype = (uint8_t)dtype, .of = r->inputs};
  return r->inputs < TI_PROGRAM_INPUTS ? (r->inputs++, recipe_add(r, &w)) : -1;
}

int ti_recipe_constant(ti_recipe *r, tine_dtype dtype, const void *value) {
  ti_recipe_word w = {.what = RECIPE_CONSTANT, .dtype = (uint8_t)dtype};
  memcpy(&w.of, value, tine_dtype_size(dtype));
  return recipe_add(r, &w);
}

int ti_recipe_apply(ti_recipe *r, const ti_signature *s, const int *args) {
  ti_recipe_word w = {.what = RECIPE_APPLY, .dtype = (uint8_t)s->out[0], .of = (uintptr_t)s};
  ti_assert(s->inputs > 0 && s->inputs <= TI_PROGRAM_ARGS && s->outputs == 1);
  for (unsigned k = 0; k < s->inputs; k++) {
    if (args[k] < 0)
      return -1;
    ti_assert((unsigned)args[k] < r->words);
    w.arg[k] = (uint8_t)args[k];
  }
  return recipe_add(r, &w);
}

int ti_recipe_convert(ti_recipe *r, int word, tine_dtype to, tine_cast_mode mode) {
  ti_recipe_word w = {.what = RECIPE_CONVERT, .dtype = (uint8_t)to, .mode = (uint8_t)mode};
  if (word < 0 || r->word[word].dtype == to)
    return word;
  w.arg[0] = (uint8_t)word;
  return recipe_add(r, &w);
}

int ti_recipe_promote(ti_recipe *r, int word, tine_dtype to) {
  const bool bits = word >= 0 && r->word[word].dtype == TINE_U64 && to == TINE_I64;
  return ti_recipe_convert(r, word, to, bits ? TINE_CAST_WRAP : TINE_CAST_EXACT);
}

/* ----- Making a program ----- */

static int recipe_node(ti_program_maker *m, const ti_recipe_word *w, const int *node) {
  const tine_dtype dtype = (tine_dtype)w->dtype;
  const ti_signature *const s = w->what == RECIPE_APPLY ? (const ti_signature *)(uintptr_t)w->of : NULL;
  int args[TI_PROGRAM_ARGS];
  for (unsigned k = 0; s != NULL && k < s->inputs; k++)
    args[k] = node[w->arg[k]];
  if (s != NULL)
    return ti_program_apply(m, s, args);
  if (w->what == RECIPE_CONVERT)
    return ti_program_convert(m, node[w->arg[0]], dtype, (tine_cast_mode)w->mode);
  return w->what == RECIPE_INPUT ? ti_program_input(m, dtype) : ti_program_constant(m, dtype, &w->of);
}

/* False: there is too much of something. */
static bool recipe_make(const ti_recipe *r, int word, ti_program_end end, ti_program_maker *m) {
  int node[TI_RECIPE_WORDS];
  if (!ti_program_begin(m, ti_simd_best()))
    return false;
  for (unsigned i = 0; i < r->words; i++) {
    node[i] = recipe_node(m, &r->word[i], node);
    if (node[i] < 0)
      return false;
  }
  return ti_program_finish(m, node[word], end);
}

/* The strips of constants follow the steps. */
static size_t strips_at(const ti_program *p) {
  const size_t steps = sizeof *p + p->steps * sizeof *p->step;
  return p->held > 0 ? ti_size_align(steps, TI_CACHE_LINE) : steps;
}

static size_t kept_bytes(const ti_program *p) {
  return strips_at(p) + p->held * TI_PROGRAM_BYTES;
}

static size_t kept_align(const ti_program *p) {
  return p->held > 0 ? TI_CACHE_LINE : _Alignof(max_align_t);
}

ti_program *ti_program_keep(const ti_program *made) {
  ti_assert(made->steps > 0 && made->steps <= TI_PROGRAM_STEPS && made->strip == NULL);
  ti_program *const kept = ti_alloc(kept_bytes(made), kept_align(made));
  char *strip;
  if (kept == NULL)
    return NULL;
  *kept = *made;
  kept->step = memcpy(kept + 1, made->step, made->steps * sizeof *made->step);
  kept->hold = NULL;
  kept->strip = strip = (char *)kept + strips_at(made);
  for (unsigned k = 0; k < made->held; k++, strip += TI_PROGRAM_BYTES)
    for (unsigned i = 0; i < TI_PROGRAM_STRIP; i++)
      if (made->hold[k].size == sizeof(float))
        memcpy(strip + i * sizeof(float), made->hold[k].constant, sizeof(float));
      else
        memcpy(strip + i * sizeof(double), made->hold[k].constant, sizeof(double));
  return kept;
}

void ti_program_drop(ti_program *p) {
  if (p != NULL)
    ti_free(p, kept_bytes(p), kept_align(p));
}

/* ----- Those that are kept ----- */

enum {
  LAST_WORDS = 40, /* of a recipe that is kept; longer ones take long anyway */
  LAST_STEPS = 40,
  LAST_HELD = 4,
  LAST_SETS = 8, /* told by the recipe's hash */
  LAST_WAYS = 4  /* in turn */
};

typedef struct recipe_made {
  uint64_t hash;
  unsigned words; /* 0: there is none */
  int last;
  ti_recipe_word word[LAST_WORDS];
  ti_program program;
  ti_program_step step[LAST_STEPS];
  ti_program_held hold[LAST_HELD];
} recipe_made;

static struct {
  atomic_bool taken; /* the others belong to whoever has it */
  unsigned char turn[LAST_SETS];
  recipe_made made[LAST_SETS][LAST_WAYS];
} recipe_last;

static bool recipe_enter(void) {
  return !ti_swap_acqrel(&recipe_last.taken, true); /* pairs with recipe_leave */
}

static void recipe_leave(void) {
  ti_store_release(&recipe_last.taken, false); /* pairs with recipe_enter */
}

static uint64_t recipe_hash(const ti_recipe *r, int word, ti_program_end end) {
  uint64_t h = (uint64_t)((unsigned)word << 1 | (end == TI_PROGRAM_BITS)), w[2];
  for (unsigned i = 0; i < r->words; i++) {
    memcpy(w, &r->word[i], sizeof w);
    h = (h ^ w[0] ^ w[1] * UINT64_C(0xD6E8FEB86659FD93)) * UINT64_C(0x9E3779B97F4A7C15);
    h ^= h >> 29;
  }
  return h ^ h >> 32;
}

/* A copy of what was made of the recipe; NULL: it is not here, or there is no memory. */
static ti_program *recipe_find(const ti_recipe *r, int word, ti_program_end end, uint64_t hash) {
  ti_program *found = NULL;
  if (r->words > LAST_WORDS || !recipe_enter())
    return NULL;
  for (unsigned k = 0; k < LAST_WAYS && found == NULL; k++) {
    const recipe_made *const m = &recipe_last.made[hash % LAST_SETS][k];
    if (m->words == r->words && m->hash == hash && m->last == word && m->program.end == end &&
        memcmp(m->word, r->word, r->words * sizeof *r->word) == 0 &&
        m->program.set == ti_program_set_of(ti_simd_best()))
      found = ti_program_keep(&m->program);
  }
  recipe_leave();
  return found;
}

static void recipe_put(const ti_recipe *r, int word, uint64_t hash, const ti_program *p) {
  unsigned char *const turn = &recipe_last.turn[hash % LAST_SETS];
  recipe_made *m;
  if (r->words > LAST_WORDS || p->steps > LAST_STEPS || p->held > LAST_HELD || !recipe_enter())
    return;
  m = &recipe_last.made[hash % LAST_SETS][*turn % LAST_WAYS];
  ++*turn;
  m->hash = hash;
  m->words = r->words;
  m->last = word;
  memcpy(m->word, r->word, r->words * sizeof *r->word);
  m->program = *p;
  m->program.step = memcpy(m->step, p->step, p->steps * sizeof *p->step);
  m->program.hold = memcpy(m->hold, p->hold, p->held * sizeof *p->hold);
  recipe_leave();
}

ti_program *ti_recipe_program(const ti_recipe *r, int word, ti_program_end end, bool *never) {
  const uint64_t hash = recipe_hash(r, word, end);
  ti_program *p = recipe_find(r, word, end, hash);
  ti_program_maker *m;
  ti_assert(word >= 0 && (unsigned)word < r->words);
  *never = false;
  if (p != NULL)
    return p;
  m = ti_alloc(sizeof *m, _Alignof(ti_program_maker)); /* large, and begun anew */
  if (m == NULL)
    return NULL;
  *never = !recipe_make(r, word, end, m);
  if (!*never) {
    recipe_put(r, word, hash, &m->made);
    p = ti_program_keep(&m->made);
  }
  ti_delete(ti_program_maker, m);
  return p;
}
