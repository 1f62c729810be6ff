/*
** The values that code captured: checked, copied, held, and compared. A copy is written twice by the same functions:
** the first time nothing is there yet, and it is measured.
*/
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../data/array.h"
#include "closure.h"

void *ti_closure_take(ti_closure_room *r, size_t n, size_t size) {
  void *const room = r->memory != NULL ? r->memory + r->used : NULL;
  r->used += ti_size_align(n * size, TI_CLOSURE_ALIGN);
  return room;
}

const char *ti_closure_text(ti_closure_room *r, const char *text, size_t most) {
  const size_t length = strlen(text), n = length < most ? length : most;
  char *const copy = ti_closure_take(r, n + 1, 1);
  if (copy == NULL)
    return NULL;
  memcpy(copy, text, n);
  copy[n] = '\0';
  return copy;
}

/* ===== Checked ===== */

static bool captures_plain(const ti_datum *d) {
  return (d->kind >= TI_KIND_NIL && d->kind <= TI_KIND_F64) ||
         (d->kind == TI_KIND_FUNCTION && d->as.function < TI_FUNCTION_END) ||
         (d->kind == TI_KIND_REFUSED && d->as.why != NULL);
}

static bool captures_module(const ti_module *m) {
  if (m == NULL || (m->count > 0 && (m->names == NULL || m->fields == NULL)))
    return false;
  for (unsigned k = 0; k < m->count; k++)
    if (m->names[k] == NULL || !captures_plain(&m->fields[k]))
      return false;
  return true;
}

/* Its code is that of a kernel, and has all its values. */
static bool captures_closure(const ti_code_closure *c, size_t count) {
  return c != NULL && c->kernel != NULL && c->kernel->closure != NULL && c->first <= count &&
         c->kernel->closure->prototype->code.capture_count <= count - c->first;
}

static bool captures_good(const ti_datum *d, size_t count) {
  switch (d->kind) {
    case TI_KIND_MODULE: return captures_module(d->as.module);
    case TI_KIND_ARRAY: return d->as.array != NULL;
    case TI_KIND_CLOSURE: return captures_closure(d->as.closure, count);
    case TI_KIND_KERNEL: return d->as.kernel != NULL;
    default: return captures_plain(d);
  }
}

unsigned ti_captures_depth(const ti_datum *captured, size_t count) {
  unsigned depth = 0;
  for (size_t k = 0; k < count; k++) {
    const ti_closure *const c = captured[k].kind == TI_KIND_KERNEL ? captured[k].as.kernel->closure : NULL;
    if (c != NULL && c->depth > depth)
      depth = c->depth;
  }
  return depth;
}

tine_status ti_captures_check(const ti_code *code, const ti_datum *captured, size_t count, tine_error *err) {
  if (count > TI_CODE_CAPTURES)
    return ti_error_set(err, TINE_ERANGE, "%zu captured values are too many; at most %d", count, TI_CODE_CAPTURES);
  if (count < code->capture_count || (count > 0 && captured == NULL))
    return ti_error_set(err, TINE_EINVAL, "code captures %u values; %zu are given", code->capture_count,
                        captured != NULL ? count : 0);
  for (size_t k = 0; k < count; k++)
    if (!captures_good(&captured[k], count))
      return ti_error_set(err, TINE_EINVAL, "captured value %zu is none that code may have", k);
  if (ti_captures_depth(captured, count) >= TI_CLOSURE_DEPTH)
    return ti_error_set(err, TINE_ERANGE, "captures kernels of functions that capture others more than %d deep",
                        TI_CLOSURE_DEPTH);
  return TINE_OK;
}

/* ===== Copied ===== */

/* Where a module went, which several values may be. */
typedef struct captures_copied {
  ti_closure_room room;
  const ti_module *from, *to;
  bool key;
} captures_copied;

static void captures_refused(captures_copied *c, ti_datum *out, const ti_datum *d) {
  const char *const why = ti_closure_text(&c->room, c->key ? "" : d->as.why, TINE_MESSAGE_SIZE);
  if (out != NULL)
    out->as.why = why;
}

static const ti_module *captures_module_copy(captures_copied *c, const ti_module *m) {
  ti_module *const to = ti_closure_take(&c->room, 1, sizeof *to);
  const char **const names = ti_closure_take(&c->room, m->count, sizeof *names);
  ti_datum *const fields = ti_closure_take(&c->room, m->count, sizeof *fields);
  for (unsigned k = 0; k < m->count; k++) {
    const char *const name = ti_closure_text(&c->room, m->names[k], TINE_MESSAGE_SIZE);
    if (names != NULL)
      names[k] = name;
    if (fields != NULL)
      fields[k] = m->fields[k];
    if (m->fields[k].kind == TI_KIND_REFUSED)
      captures_refused(c, fields != NULL ? &fields[k] : NULL, &m->fields[k]);
  }
  if (to != NULL)
    *to = (ti_module){m->count, names, fields};
  return to;
}

static void captures_copy_one(captures_copied *c, const ti_datum *d, ti_datum *out) {
  ti_code_closure *closure;
  if (out != NULL)
    *out = *d;
  if (d->kind == TI_KIND_REFUSED)
    captures_refused(c, out, d);
  if (d->kind == TI_KIND_MODULE && d->as.module != c->from) {
    c->from = d->as.module;
    c->to = captures_module_copy(c, d->as.module);
  }
  if (d->kind == TI_KIND_CLOSURE) {
    closure = ti_closure_take(&c->room, 1, sizeof *closure);
    if (closure != NULL)
      *closure = (ti_code_closure){.first = d->as.closure->first,
                                   .code = c->key || d->as.closure->kernel == NULL
                                               ? d->as.closure->code
                                               : &d->as.closure->kernel->closure->prototype->code};
    if (out != NULL)
      out->as.closure = closure;
  }
  if (out != NULL && d->kind == TI_KIND_MODULE)
    out->as.module = c->to;
}

static ti_datum *captures_copy_all(captures_copied *c, const ti_datum *captured, size_t count) {
  ti_datum *const list = ti_closure_take(&c->room, count, sizeof *list);
  for (size_t k = 0; k < count; k++)
    captures_copy_one(c, &captured[k], list != NULL ? &list[k] : NULL);
  return list;
}

/* ===== Held ===== */

/* The code of a captured function is that of a prototype. */
static ti_prototype *captures_prototype(const ti_datum *d) {
  return (ti_prototype *)((uintptr_t)d->as.closure->code - offsetof(ti_prototype, code));
}

static void captures_hold(ti_datum *d, bool key) {
  if (d->kind == TI_KIND_CLOSURE)
    ti_refs_retain(&captures_prototype(d)->held);
  else if (d->kind == TI_KIND_ARRAY && key)
    d->as.i = (int64_t)d->as.array->dtype;
  else if (d->kind == TI_KIND_ARRAY)
    tine_array_retain((tine_array *)(uintptr_t)d->as.array);
  else if (d->kind == TI_KIND_KERNEL && !key)
    tine_kernel_retain(d->as.kernel);
}

static void captures_let(const ti_datum *d, bool key) {
  if (d->kind == TI_KIND_CLOSURE)
    ti_prototype_let(captures_prototype(d));
  else if (d->kind == TI_KIND_ARRAY && !key)
    tine_array_release((tine_array *)(uintptr_t)d->as.array);
  else if (d->kind == TI_KIND_KERNEL && !key)
    tine_kernel_release(d->as.kernel);
}

bool ti_captures_copy(ti_captures *out, const ti_datum *captured, size_t count, bool key) {
  captures_copied c = {.key = key};
  *out = (ti_captures){.key = key, .count = count};
  if (count == 0)
    return true;
  captures_copy_all(&c, captured, count);
  out->bytes = c.room.used;
  c = (captures_copied){.key = key, .room.memory = ti_alloc(out->bytes, TI_CLOSURE_ALIGN)};
  if (c.room.memory == NULL)
    return false;
  out->list = captures_copy_all(&c, captured, count);
  ti_assert(c.room.used == out->bytes && (void *)out->list == (void *)c.room.memory);
  for (size_t k = 0; k < count; k++)
    captures_hold(&out->list[k], key);
  return true;
}

void ti_captures_drop(ti_captures *captured) {
  if (captured->list == NULL)
    return;
  for (size_t k = 0; k < captured->count; k++)
    captures_let(&captured->list[k], captured->key);
  ti_free(captured->list, captured->bytes, TI_CLOSURE_ALIGN);
  captured->list = NULL;
}

/* ===== Compared ===== */

/* Fields' numbers are constants of what was typed. (A refused one was not used.) */
static bool captures_same_field(const ti_datum *a, const ti_datum *b) {
  if (a->kind != b->kind)
    return false;
  switch (a->kind) {
    case TI_KIND_BOOL: return a->as.b == b->as.b;
    case TI_KIND_I64: return a->as.i == b->as.i;
    case TI_KIND_F64: return memcmp(&a->as.f, &b->as.f, sizeof a->as.f) == 0;
    case TI_KIND_FUNCTION: return a->as.function == b->as.function;
    default: return true;
  }
}

static bool captures_same_module(const ti_module *a, const ti_module *b) {
  if (a->count != b->count)
    return false;
  for (unsigned k = 0; k < a->count; k++)
    if (strcmp(a->names[k], b->names[k]) != 0 || !captures_same_field(&a->fields[k], &b->fields[k]))
      return false;
  return true;
}

static bool captures_same(const ti_datum *key, const ti_datum *d) {
  if (key->kind != d->kind)
    return false;
  switch (key->kind) {
    case TI_KIND_FUNCTION: return key->as.function == d->as.function;
    case TI_KIND_MODULE: return captures_same_module(key->as.module, d->as.module);
    case TI_KIND_ARRAY: return key->as.i == (int64_t)d->as.array->dtype;
    case TI_KIND_KERNEL: return key->as.kernel == d->as.kernel;
    case TI_KIND_CLOSURE:
      return key->as.closure->code == d->as.closure->code && key->as.closure->first == d->as.closure->first;
    default: return true;
  }
}

bool ti_captures_alike(const ti_captures *key, const ti_captures *captured) {
  bool same = key->count == captured->count;
  ti_assert(key->key && !captured->key);
  for (size_t k = 0; k < key->count && same; k++)
    same = captures_same(&key->list[k], &captured->list[k]);
  return same;
}

/* ===== Arrays ===== */

typedef struct captures_arrays {
  tine_array **list; /* NULL: they are counted */
  size_t count;
} captures_arrays;

static void captures_add(void *arg, tine_array *a) {
  captures_arrays *const to = arg;
  if (to->list != NULL)
    to->list[to->count] = a;
  to->count++;
}

static void captures_visit(const ti_captures *captured, captures_arrays *to) {
  for (size_t k = 0; k < captured->count; k++) {
    const ti_datum *const d = &captured->list[k];
    if (d->kind == TI_KIND_ARRAY)
      captures_add(to, (tine_array *)(uintptr_t)d->as.array);
    if (d->kind == TI_KIND_KERNEL)
      ti_kernel_arrays(d->as.kernel, captures_add, to);
  }
}

static int captures_order(const void *a, const void *b) {
  const uintptr_t x = (uintptr_t) * (tine_array *const *)a, y = (uintptr_t) * (tine_array *const *)b;
  return (x > y) - (x < y);
}

bool ti_captures_arrays(const ti_captures *captured, tine_array ***out, size_t *count, size_t *room) {
  captures_arrays to = {NULL, 0};
  captures_visit(captured, &to);
  *out = NULL;
  *count = 0;
  *room = to.count;
  if (to.count == 0)
    return true;
  to = (captures_arrays){ti_alloc(*room * sizeof *to.list, _Alignof(tine_array *)), 0};
  if (to.list == NULL)
    return false;
  captures_visit(captured, &to);
  qsort(to.list, to.count, sizeof *to.list, captures_order);
  for (size_t k = 0; k < to.count; k++)
    if (k == 0 || to.list[k] != to.list[k - 1])
      to.list[(*count)++] = to.list[k];
  *out = to.list;
  return true;
}
