/*
** Code copied, with the names of what its instructions name; and the versions of it that were typed. A copy is written
** twice by the same functions: the first time nothing is there yet, and it is measured.
*/
#include <string.h>

#include "../base/memory.h"
#include "../kernel/simd.h"
#include "closure.h"

enum {
  PROTOTYPE_NAME = 64, /* bytes of a name in messages, which tell 60 of them */
  PROTOTYPE_CALLED = 9 /* registers of a call or return whose names matter: as many as a kernel has results */
};

/* NULL where it is measured. */
static void *prototype_list(ti_closure_room *r, const void *list, size_t n, size_t size) {
  void *const copy = ti_closure_take(r, n, size);
  if (copy != NULL && n > 0)
    memcpy(copy, list, n * size);
  return copy;
}

/* ===== Names of registers ===== */

typedef struct prototype_name {
  uint32_t at;
  int32_t reg;
  uint32_t line;
  const char *name;
} prototype_name;

/* The names that the host told, in the order of the instructions. */
typedef struct prototype_names {
  size_t count;
  const prototype_name *list;
} prototype_names;

/* tine_code.name_of of a copy. */
static const char *prototype_name_of(const void *env, unsigned reg, unsigned at, uint32_t *line) {
  const prototype_names *const names = env;
  size_t lo = 0, hi = names->count;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    if (names->list[mid].at < at)
      lo = mid + 1;
    else
      hi = mid;
  }
  *line = 0;
  for (; lo < names->count && names->list[lo].at == at; lo++)
    if (names->list[lo].reg == (int32_t)reg) {
      *line = names->list[lo].line;
      return names->list[lo].name;
    }
  return NULL;
}

typedef struct prototype_namer {
  const ti_code *code;
  ti_closure_room *texts;
  prototype_name *list; /* NULL: they are counted */
  size_t count;
  uint32_t line; /* of the last one */
} prototype_namer;

static void prototype_name_one(prototype_namer *w, int reg, unsigned at) {
  const char *name;
  w->line = 0;
  if (reg < 0 || reg >= (int)w->code->registers)
    return;
  name = w->code->name_of(w->code->env, (unsigned)reg, at, &w->line);
  if (name == NULL)
    return;
  name = ti_closure_text(w->texts, name, PROTOTYPE_NAME);
  if (w->list != NULL)
    w->list[w->count] = (prototype_name){at, reg, w->line, name};
  w->count++;
}

/* What a message about an instruction may name. */
static void prototype_name_all(prototype_namer *w) {
  for (unsigned at = 0; at < w->code->count && w->code->name_of != NULL; at++) {
    const ti_instruction *const i = &w->code->code[at];
    int first = i->a, n = 0;
    if (i->op == TI_CODE_CALL || i->op == TI_CODE_RETURN)
      n = PROTOTYPE_CALLED;
    else if (i->op == TI_CODE_FOR || i->op == TI_CODE_NEXT)
      n = 4;
    else if (i->op != TI_CODE_CAPTURE && i->op != TI_CODE_NIL && i->op != TI_CODE_JUMP) {
      prototype_name_one(w, i->b, at);
      if (i->c != i->b)
        prototype_name_one(w, i->c, at);
    }
    for (int r = first; r < first + n; r++)
      prototype_name_one(w, r, at);
  }
}

/* ===== Code ===== */

static void prototype_names_copy(ti_closure_room *r, const ti_code *code, size_t count, ti_code *out) {
  prototype_names *const names = ti_closure_take(r, 1, sizeof *names);
  prototype_name *const list = ti_closure_take(r, count, sizeof *list);
  prototype_namer w = {.code = code, .texts = r, .list = list};
  prototype_name_all(&w);
  if (names == NULL)
    return;
  ti_assert(w.count == count);
  *names = (prototype_names){w.count, list};
  out->name_of = prototype_name_of;
  out->env = names;
}

/* So many registers have names, at an instruction each. */
static size_t prototype_count_names(const ti_code *code) {
  ti_closure_room nowhere = {.memory = NULL};
  prototype_namer w = {.code = code, .texts = &nowhere};
  prototype_name_all(&w);
  return w.count;
}

/* As they are, but for the texts of those that are refused. */
static const ti_datum *prototype_constants(ti_closure_room *r, const ti_code *code) {
  ti_datum *const list = prototype_list(r, code->constants, code->constant_count, sizeof *list);
  for (unsigned k = 0; k < code->constant_count; k++)
    if (code->constants[k].kind == TI_KIND_REFUSED) {
      const char *const why = ti_closure_text(r, code->constants[k].as.why, TINE_MESSAGE_SIZE);
      if (list != NULL)
        list[k].as.why = why;
    }
  return list;
}

static const char *prototype_words(ti_closure_room *r, const char *words) {
  return words != NULL ? ti_closure_text(r, words, TINE_MESSAGE_SIZE) : NULL;
}

static void prototype_copy(ti_closure_room *r, const ti_code *code, size_t named, ti_code *out) {
  const char **const names = ti_closure_take(r, code->name_count, sizeof *names);
  *out = *code;
  out->source = ti_closure_text(r, code->source != NULL ? code->source : "?", TINE_MESSAGE_SIZE);
  out->code = prototype_list(r, code->code, code->count, sizeof *code->code);
  out->constants = prototype_constants(r, code);
  out->idiv_by_zero = prototype_words(r, code->idiv_by_zero);
  out->mod_by_zero = prototype_words(r, code->mod_by_zero);
  for (unsigned k = 0; k < code->name_count; k++) {
    const char *const name = ti_closure_text(r, code->names[k], PROTOTYPE_NAME);
    if (names != NULL)
      names[k] = name;
  }
  out->names = names;
  prototype_names_copy(r, code, named, out);
}

ti_prototype *ti_prototype_make(const ti_code *code) {
  const size_t named = prototype_count_names(code);
  ti_closure_room r = {.memory = NULL};
  ti_prototype *p;
  ti_code measured;
  ti_closure_take(&r, 1, sizeof *p);
  prototype_copy(&r, code, named, &measured);
  r.memory = ti_alloc_zeroed(r.used, TI_CLOSURE_ALIGN);
  if (r.memory == NULL)
    return NULL;
  p = (ti_prototype *)(void *)r.memory;
  p->bytes = r.used;
  r.used = 0;
  ti_closure_take(&r, 1, sizeof *p);
  prototype_copy(&r, code, named, &p->code);
  ti_assert(r.used == p->bytes);
  ti_refs_init(&p->refs);
  ti_refs_init(&p->held);
  atomic_init(&p->made, NULL);
  atomic_init(&p->versions, 0);
  return p;
}

void ti_prototype_release(ti_prototype *p) {
  if (p == NULL || !ti_refs_release(&p->refs))
    return;
  for (ti_closure_version *v = ti_load_relaxed(&p->made), *next; v != NULL;
       v = next) { /* relaxed: nobody else has it */
    next = v->next;
    ti_closure_version_drop(v);
  }
  ti_prototype_let(p);
}

/* ===== Versions ===== */

void ti_closure_version_drop(ti_closure_version *v) {
  if (v == NULL)
    return;
  for (unsigned k = 0; k < TI_CLOSURE_SPARE; k++)
    ti_free(ti_load_relaxed(&v->spare[k]), v->scratch, TI_STRIPS_ALIGN); /* relaxed: nobody else has it */
  ti_strips_drop(v->strips);
  ti_typed_drop(v->typed);
  ti_captures_drop(&v->key);
  ti_delete(ti_closure_version, v);
}

static ti_closure_version *version_find(const ti_prototype *p, const tine_dtype *inputs, const ti_captures *captured) {
  const size_t bytes = p->code.params * sizeof *inputs;
  ti_closure_version *v = ti_load_acquire(&p->made); /* pairs with the exchange of whoever made it */
  while (v != NULL &&
         ((bytes > 0 && memcmp(v->typed->inputs, inputs, bytes) != 0) || !ti_captures_alike(&v->key, captured)))
    v = v->next;
  return v;
}

static tine_status version_make(ti_closure_version **out, const ti_prototype *p, const tine_dtype *inputs,
                                const ti_captures *captured, tine_error *err) {
  ti_closure_version *const v = ti_new(ti_closure_version);
  tine_status status = TINE_ENOMEM;
  if (v != NULL && ti_captures_copy(&v->key, captured->list, captured->count, true))
    status = ti_typed_make(&v->typed, &p->code, inputs, captured->list, captured->count, err);
  else
    ti_error_nomem(err);
  if (status == TINE_OK)
    status = ti_strips_make(&v->strips, v->typed, ti_simd_best(), err);
  if (status == TINE_OK)
    v->scratch = ti_strips_scratch(v->strips);
  *out = v;
  if (status == TINE_OK)
    return TINE_OK;
  ti_closure_version_drop(v);
  *out = NULL;
  return status;
}

/* What others find has no kernel in it but built-in ones: nothing that was captured has to stay for it. */
static bool version_shared(const ti_captures *captured) {
  for (size_t k = 0; k < captured->count; k++)
    if (captured->list[k].kind == TI_KIND_KERNEL && !captured->list[k].as.kernel->builtin)
      return false;
  return true;
}

/* Two threads may make the same; both serve. */
tine_status ti_prototype_version(ti_prototype *p, const tine_dtype *inputs, const ti_captures *captured,
                                 ti_closure_version **out, ti_closure_version **own, tine_error *err) {
  ti_closure_version *v = version_find(p, inputs, captured);
  tine_status status;
  *out = v;
  *own = NULL;
  if (v != NULL)
    return TINE_OK;
  status = version_make(&v, p, inputs, captured, err);
  *out = v;
  if (status != TINE_OK)
    return status;
  if (!version_shared(captured) ||
      ti_add_relaxed(&p->versions, 1u) >= TI_PROTOTYPE_VERSIONS) { /* relaxed: some more do no harm */
    *own = v;
    return TINE_OK;
  }
  v->next = ti_load_acquire(&p->made); /* the next one's contents are read by whoever follows the link */
  while (!ti_cas_acqrel(&p->made, &v->next, v))
    ;
  return TINE_OK;
}
