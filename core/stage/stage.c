/*
** What all stages share: birth from their bases, the sticky error, the end.
**
** A stage with an error keeps nothing but the error: constructors hand it on, so a chain built on a wrong call costs
** nothing and its terminal reports the first thing that went wrong.
*/
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/stack_left.h"
#include "../expression/expression.h"

size_t ti_eval_note(ti_eval *eval, const tine_pipeline *stage, const char *kernel, const ti_request *rq,
                    const tine_block *block, int code) {
  ti_assert(code != 0 && block->failed < TI_BLOCK);
  eval->item = rq->lo + (rq->offset != NULL ? rq->offset[block->failed] : block->failed);
  eval->code = code;
  eval->stage = stage;
  eval->kernel = kernel;
  memcpy(eval->message, block->message, sizeof eval->message);
  return block->failed;
}

bool ti_eval_look(ti_eval *eval, const ti_request *rq) {
  eval->work = eval->gone ? TI_EVAL_WORK : 0;
  if (!eval->gone && (eval->over == NULL || !eval->over()))
    return false;
  eval->gone = true;
  eval->work = TI_EVAL_WORK;
  eval->code = TINE_ECANCELED;
  eval->item = rq->lo;
  eval->stage = NULL;
  eval->kernel = NULL;
  strcpy(eval->message, tine_status_text(TINE_ECANCELED));
  return true;
}

/* "kernel 'parse' failed at item 1204 (stage 2 'map', built at job.lua:17): bad digit" */
tine_status ti_eval_report(const ti_eval *f, tine_error *err) {
  char place[TINE_MESSAGE_SIZE] = "";
  size_t used = 0;
  if (f->stage != NULL) {
    ti_text_add(place, sizeof place, &used, " (stage %u '%s'", f->stage->number, f->stage->name);
    if (f->stage->where != NULL)
      ti_text_add(place, sizeof place, &used, ", built at %s", f->stage->where);
    ti_text_add(place, sizeof place, &used, ")");
  }
  if (f->kernel == NULL)
    ti_error_set(err, (tine_status)f->code, "%s", f->message);
  else
    ti_error_set(err, (tine_status)f->code, "kernel '%s' failed at item %llu%s%s%s", f->kernel,
                 (unsigned long long)f->item + 1, place, f->message[0] != '\0' ? ": " : "", f->message);
  if (err != NULL)
    err->item = f->item;
  return (tine_status)f->code;
}

static uint64_t hint_max(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

/* The smaller of two limits, where 0 means none. */
static uint64_t hint_min(uint64_t a, uint64_t b) {
  if (a == 0 || b == 0)
    return a + b;
  return a < b ? a : b;
}

static void inherit(tine_pipeline *p, const tine_pipeline *a, const tine_pipeline *b) {
  p->number = p->depth = p->stages = 1;
  p->cheap = p->infallible = true;
  p->kind = TINE_INDEXED;
  if (a == NULL)
    return;
  p->kind = a->kind;
  p->len = a->len;
  p->least = a->least;
  p->span = a->span;
  p->level = a->level;
  p->spring = a->spring;
  p->untold = a->untold || (b != NULL && b->untold);
  p->columns = a->columns;
  memcpy(p->dtype, a->dtype, sizeof p->dtype);
  p->number = a->number + 1;
  p->depth = a->depth + 1;
  p->stages = a->stages + 1; /* no overflow: each base is within the limit */
  p->cheap = a->cheap;
  p->infallible = a->infallible;
  p->need = a->need;
  p->result = a->result;
  p->hints = a->hints;
  if (p->type->passes) {
    p->fusion = a->fusion;
    p->fusion.cut = p->fusion.tells = false; /* that is further below */
  }
  p->fusion.wanted = a->fusion.wanted || (b != NULL && b->fusion.wanted);
  if (b == NULL)
    return;
  p->depth = (a->depth > b->depth ? a->depth : b->depth) + 1;
  p->stages += b->stages;
  p->cheap = p->cheap && b->cheap;
  p->infallible = p->infallible && b->infallible;
  p->hints.min_len = hint_max(a->hints.min_len, b->hints.min_len);
  p->hints.max_len = hint_min(a->hints.max_len, b->hints.max_len);
  p->hints.sequential = a->hints.sequential || b->hints.sequential;
  p->hints.limit = hint_min(a->hints.limit, b->hints.limit);
  if (p->hints.pool == NULL)
    p->hints.pool = b->hints.pool;
}

/* The base whose error a stage on a and b must hand on; NULL if both are sound. */
static tine_pipeline *faulty(tine_pipeline *a, tine_pipeline *b) {
  if (a != NULL && a->error != NULL)
    return a;
  return b != NULL && b->error != NULL ? b : NULL;
}

static void forget_where(tine_pipeline *p) {
  if (p->where != p->place)
    ti_string_free(p->where);
  p->where = NULL;
}

/* Gives back all a stage holds but its own memory and its error. */
static void empty_stage(tine_pipeline *p) {
  if (p->type->drop != NULL)
    p->type->drop(p);
  for (int i = 0; i < 2; i++) {
    void *const spare = ti_load_relaxed(&p->spare[i]); /* relaxed: the last reference is gone */
    tine_pipeline_release(p->base[i]);
    p->base[i] = NULL;
    if (spare != NULL)
      ti_free(spare, *(size_t *)spare, TI_CACHE_LINE);
  }
  forget_where(p);
}

/* A stage with an error: it has no columns and is never filled. */
static const ti_stage_type error_type = {.name = "error", .size = sizeof(tine_pipeline)};

tine_pipeline *ti_stage_fail_with(tine_pipeline *p, const tine_error *err) {
  tine_pipeline *failed;
  if (p == NULL)
    return NULL;
  ti_assert(p->error == NULL && err->status != TINE_OK); /* the first error stays */
  failed = ti_new(tine_pipeline);
  if (failed != NULL) {
    ti_refs_init(&failed->refs);
    failed->type = &error_type;
    failed->error = ti_new(tine_error);
    if (failed->error == NULL) {
      ti_delete(tine_pipeline, failed);
      failed = NULL;
    } else
      ti_error_copy(failed->error, err);
  }
  tine_pipeline_release(p);
  return failed;
}

tine_pipeline *ti_stage_fail(tine_pipeline *p, tine_status status, const char *format, ...) {
  tine_error err;
  va_list args;
  ti_assert(status != TINE_OK);
  ti_error_set(&err, status, "%s", "");
  va_start(args, format);
  vsnprintf(err.message, sizeof err.message, format, args);
  va_end(args);
  return ti_stage_fail_with(p, &err);
}

bool ti_stage_new(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *a, tine_pipeline *b) {
  tine_pipeline *bad = faulty(a, b);
  tine_pipeline *p = NULL;
  if (bad == NULL)
    p = ti_alloc_zeroed(type->size, _Alignof(max_align_t));
  if (p == NULL) {
    /* one reference is handed on, the other given back, also where both are of the same stage */
    if (bad == NULL || bad != a)
      tine_pipeline_release(a);
    if (bad == NULL || bad == a)
      tine_pipeline_release(b);
    *out = bad;
    return false;
  }
  ti_refs_init(&p->refs);
  p->type = type;
  ti_assert(type->id > TI_STAGE_error && type->id < TI_STAGE_END && type->size >= sizeof *p);
  p->name = type->name;
  p->base[0] = a;
  p->base[1] = b;
  inherit(p, a, b);
  ti_assert(p->result <= p->need && p->level <= TI_MAX_LEVELS && p->columns <= TINE_MAX_COLUMNS);
  *out = p;
  if (p->depth <= TI_MAX_DEPTH && p->stages <= TI_MAX_STAGES)
    return true;
  *out =
      p->depth > TI_MAX_DEPTH
          ? ti_stage_fail(p, TINE_ERANGE, "more than %d stages one after the other; collect on the way", TI_MAX_DEPTH)
          : ti_stage_fail(p, TINE_ERANGE, "more than %d stages, shared ones counted each time; collect what is shared",
                          TI_MAX_STAGES);
  return false;
}

tine_status ti_stage_refuse(const tine_pipeline *p, tine_error *err) {
  const size_t needs = ti_stage_stack(p), left = ti_stack_left();
  const bool empty = p->kind >= TINE_BOUNDED && p->len == 0; /* nobody asks for a block: a rehearsal on no items */
  if (needs <= left || empty)
    return TINE_OK;
  return ti_error_set(err, TINE_ERANGE,
                      "%u stages one after the other take %zu KiB of stack, and this thread has %zu left", p->depth,
                      needs / 1024, left / 1024);
}

static const char *const kind_names[] = {"a parallel", "a bounded", "an exact", "an indexed"};

/* The stage that lost that kind: the first on the way down whose bases are all of a higher kind. */
static const tine_pipeline *stage_lost(const tine_pipeline *p, tine_kind kind) {
  for (;;) {
    if (p->base[0] != NULL && p->base[0]->kind < kind)
      p = p->base[0];
    else if (p->base[1] != NULL && p->base[1]->kind < kind)
      p = p->base[1];
    else
      return p;
  }
}

tine_status ti_stage_needs(const tine_pipeline *p, tine_kind kind, const char *what, tine_error *err) {
  const tine_pipeline *lost;
  ti_assert(p->error == NULL);
  if (p->kind >= kind)
    return TINE_OK;
  lost = stage_lost(p, kind);
  return ti_error_set(err, TINE_EKIND, "'%s' needs %s pipeline; stage %u '%s'%s%s%s made it %s", what, kind_names[kind],
                      lost->number, lost->name, lost->where != NULL ? " (" : "", lost->where != NULL ? lost->where : "",
                      lost->where != NULL ? ")" : "", strchr(kind_names[lost->kind], ' ') + 1);
}

bool ti_stage_on(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *a, tine_pipeline *b, bool two,
                 tine_kind kind) {
  tine_error err;
  if (a == NULL || (two && b == NULL)) {
    tine_pipeline_release(a);
    tine_pipeline_release(b);
    *out = NULL;
    return false;
  }
  if (!ti_stage_new(out, type, a, b))
    return false;
  if (ti_stage_needs(a, kind, type->name, &err) == TINE_OK &&
      (b == NULL || ti_stage_needs(b, kind, type->name, &err) == TINE_OK))
    return true;
  *out = ti_stage_fail_with(*out, &err);
  return false;
}

tine_status ti_stage_check(const tine_pipeline *p, tine_error *err) {
  if (p == NULL)
    return ti_error_nomem(err);
  return p->error != NULL ? ti_error_copy(err, p->error) : TINE_OK;
}

tine_status tine_pipeline_needs(const tine_pipeline *p, tine_kind kind, const char *what, tine_error *err) {
  const tine_status status = ti_stage_check(p, err);
  return status != TINE_OK ? status : ti_stage_needs(p, kind, what, err);
}

tine_status tine_pipeline_check(const tine_pipeline *p, tine_error *err) {
  return ti_stage_check(p, err);
}

tine_pipeline *tine_pipeline_retain(tine_pipeline *p) {
  if (p != NULL)
    ti_refs_retain(&p->refs);
  return p;
}

/* Long chains, and zips of zips on either side, are released in a loop: see ti_stage_larger. */
void tine_pipeline_release(tine_pipeline *p) {
  while (p != NULL && ti_refs_release(&p->refs)) {
    const int larger = ti_stage_larger(p);
    tine_pipeline *base = p->base[larger];
    p->base[larger] = NULL;
    empty_stage(p);
    if (p->error != NULL)
      ti_delete(tine_error, p->error);
    ti_free(p, p->type->size, p->type == &error_type ? _Alignof(tine_pipeline) : _Alignof(max_align_t));
    p = base;
  }
}

void tine_pipeline_where(tine_pipeline *p, const char *where) {
  size_t size;
  if (p == NULL || p->error != NULL || p->where == where || ti_load_relaxed(&p->refs) > 1)
    return; /* relaxed: whoever holds the only reference wrote it, or got it from whoever did */
  forget_where(p);
  size = where != NULL ? strlen(where) + 1 : 0;
  if (size == 0 || size > sizeof p->place)
    p->where = ti_string_copy(where); /* without memory the place is simply not told */
  else
    p->where = memcpy(p->place, where, size);
}

tine_kind tine_pipeline_kind(const tine_pipeline *p) {
  return p != NULL && p->error == NULL ? p->kind : TINE_PARALLEL;
}

uint64_t tine_pipeline_len(const tine_pipeline *p) {
  return p != NULL && p->kind >= TINE_EXACT ? p->len : 0;
}

bool tine_pipeline_bounds(const tine_pipeline *p, uint64_t *lower, uint64_t *upper) {
  const bool bounded = p != NULL && p->error == NULL && p->kind >= TINE_BOUNDED;
  if (lower != NULL)
    *lower = p != NULL ? p->least : 0;
  if (upper != NULL && bounded)
    *upper = p->len;
  return bounded;
}

unsigned tine_pipeline_columns(const tine_pipeline *p) {
  return p != NULL ? p->columns : 0;
}

tine_pool *tine_pipeline_pool(const tine_pipeline *p) {
  return p != NULL && p->error == NULL ? p->hints.pool : NULL;
}

tine_dtype tine_pipeline_dtype(const tine_pipeline *p, unsigned column) {
  return p != NULL && column < p->columns ? p->dtype[column] : TINE_NONE;
}

typedef struct array_elements {
  ti_array_visit *visit;
  void *arg;
} array_elements;

static void visit_elements(void *arg, tine_array *a) {
  const array_elements *const v = arg;
  v->visit(v->arg, a, false);
}

static void arrays_below(const tine_pipeline *p, bool in_step, ti_array_visit *visit, void *arg) {
  array_elements elements = {visit, arg};
  for (int larger; p != NULL; p = p->base[larger]) {
    const tine_array *a = p->type->reads != NULL ? p->type->reads(p) : NULL;
    if (a != NULL)
      visit(arg, a, in_step && p->base[0] == NULL);
    ti_kernel_arrays(p->reads, visit_elements, &elements);
    in_step = in_step && !p->type->moves;
    larger = ti_stage_larger(p);
    if (p->base[1 - larger] != NULL)
      arrays_below(p->base[1 - larger], in_step, visit, arg);
  }
}

void ti_stage_arrays(const tine_pipeline *p, ti_array_visit *visit, void *arg) {
  arrays_below(p, p->kind == TINE_INDEXED, visit, arg);
}

typedef struct array_visitor {
  void (*visit)(void *arg, tine_array *a);
  void *arg;
} array_visitor;

static void visit_array(void *arg, const tine_array *a, bool in_step) {
  const array_visitor *v = arg;
  (void)in_step;
  v->visit(v->arg, (tine_array *)(uintptr_t)a);
}

void tine_pipeline_arrays(const tine_pipeline *p, void (*visit)(void *arg, tine_array *a), void *arg) {
  array_visitor v = {visit, arg};
  if (p != NULL && p->error == NULL)
    ti_stage_arrays(p, visit_array, &v);
}

bool ti_stage_masks(const tine_pipeline *p) {
  if (!p->infallible || !p->cheap || p->kind == TINE_INDEXED)
    return false;
  while (p->kind != TINE_INDEXED && (p->type->masks || p->type->passes))
    p = p->base[0];
  return p->kind == TINE_INDEXED;
}

bool ti_stage_works(const tine_pipeline *p) {
  bool works = false;
  for (; p->kind != TINE_INDEXED && !works; p = p->base[0])
    works = p->type->id == TI_STAGE_filter ? p->base[0]->kind != TINE_INDEXED
                                           : !p->type->passes && p->type->id != TI_STAGE_select;
  return works;
}
