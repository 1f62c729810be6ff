/*
** Registries: the kernels a host adds to the built-in ones, sorted by name.
**
** Kernels come in and never leave before their registry does, so a pointer that was found stays good without a lock.
** The lists are what no fork finds half changed (../base/fork.h): looked up seldom, so one lock does for all. A
** built-in name cannot be taken: a script that says "add" gets the same add in every host.
*/
#include "kernel.h"

#include <string.h>

#include "../base/error.h"
#include "../base/fork.h"
#include "../base/memory.h"

struct tine_registry {
  ti_refs refs;
  size_t count, room; /* inside of ti_fork_hold, as are the kernels */
  tine_kernel **kernels;
};

/* Where a name is or belongs; true if it is there. */
static bool registry_search(const tine_registry *r, const char *name, size_t *at) {
  size_t lo = 0, hi = r->count;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = strcmp(r->kernels[mid]->name, name);
    if (order == 0) {
      *at = mid;
      return true;
    }
    if (order < 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  *at = lo;
  return false;
}

static bool registry_grow(tine_registry *r) {
  const size_t room = r->room > 0 ? 2 * r->room : 8;
  tine_kernel **kernels;
  if (r->count < r->room)
    return true;
  ti_assert(r->count == r->room && room > r->room);
  kernels = ti_alloc(room * sizeof *kernels, _Alignof(tine_kernel *));
  if (kernels == NULL)
    return false;
  if (r->count > 0)
    memcpy(kernels, r->kernels, r->count * sizeof *kernels);
  ti_free(r->kernels, r->room * sizeof *kernels, _Alignof(tine_kernel *));
  r->kernels = kernels;
  r->room = room;
  return true;
}

/* Takes the kernel over, unless it fails. */
static tine_status registry_insert(tine_registry *r, tine_kernel *kernel, tine_error *err) {
  size_t at;
  if (registry_search(r, kernel->name, &at) || ti_builtin_find(kernel->name) != NULL)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' exists already", kernel->name);
  if (!registry_grow(r))
    return ti_error_nomem(err);
  ti_assert(at <= r->count && r->count < r->room);
  memmove(r->kernels + at + 1, r->kernels + at, (r->count - at) * sizeof *r->kernels);
  r->kernels[at] = kernel;
  r->count++;
  ti_assert(at == 0 || strcmp(r->kernels[at - 1]->name, kernel->name) < 0); /* sorted, and no name twice */
  ti_assert(at + 1 == r->count || strcmp(kernel->name, r->kernels[at + 1]->name) < 0);
  return TINE_OK;
}

/* Two sorted lists without a common name, merged: number i. */
static tine_kernel *registry_merged(const tine_registry *r, size_t i) {
  const size_t own_count = r != NULL ? r->count : 0;
  size_t own = 0, builtin = 0;
  for (;; i--) {
    tine_kernel *a = ti_builtin_at(builtin), *b = own < own_count ? r->kernels[own] : NULL, *next;
    if (a != NULL && (b == NULL || strcmp(a->name, b->name) < 0))
      next = a, builtin++;
    else
      next = b, own++;
    if (i == 0 || next == NULL)
      return next;
  }
}

/* Names of all kernels in any order, for ti_text_nearest. */
static const char *registry_name(void *arg, size_t i) {
  const tine_registry *r = arg;
  const size_t builtins = ti_builtin_count();
  if (i < builtins)
    return ti_builtin_at(i)->name;
  return r != NULL && i - builtins < r->count ? r->kernels[i - builtins]->name : NULL;
}

static tine_status registry_unknown(tine_registry *r, const char *name, tine_error *err) {
  const char *nearest = ti_text_nearest(name, registry_name, r);
  if (nearest == NULL)
    return ti_error_set(err, TINE_ENAME, "unknown kernel '%s'", name);
  return ti_error_set(err, TINE_ENAME, "unknown kernel '%s'; did you mean '%s'?", name, nearest);
}

static void registry_lock(tine_registry *r) {
  ti_builtin_at(0); /* for they are not to be made under the lock */
  if (r != NULL)
    ti_fork_hold();
}

static void registry_unlock(tine_registry *r) {
  if (r != NULL)
    ti_fork_release();
}

tine_status tine_registry_create(tine_registry **out, tine_error *err) {
  tine_registry *r = ti_new(tine_registry);
  *out = r;
  if (r == NULL)
    return ti_error_nomem(err);
  ti_refs_init(&r->refs);
  return TINE_OK;
}

tine_registry *tine_registry_retain(tine_registry *registry) {
  if (registry != NULL)
    ti_refs_retain(&registry->refs);
  return registry;
}

void tine_registry_release(tine_registry *registry) {
  if (registry == NULL || !ti_refs_release(&registry->refs))
    return;
  for (size_t i = 0; i < registry->count; i++)
    tine_kernel_release(registry->kernels[i]);
  ti_free(registry->kernels, registry->room * sizeof *registry->kernels, _Alignof(tine_kernel *));
  ti_delete(tine_registry, registry);
}

tine_status tine_kernel_register(tine_registry *registry, const tine_kernel_desc *desc, tine_error *err) {
  tine_kernel *kernel;
  tine_status status;
  if (registry == NULL)
    return ti_error_set(err, TINE_EINVAL,
                        "no registry to put the kernel in; tine_lua_registry has one once luaopen_tine was called "
                        "(luaL_requiref), or a pack required tine");
  status = ti_kernel_create(&kernel, desc, err);
  if (status != TINE_OK)
    return status;
  registry_lock(registry);
  status = registry_insert(registry, kernel, err);
  registry_unlock(registry);
  if (status != TINE_OK)
    ti_kernel_discard(kernel);
  return status;
}

tine_kernel *tine_kernel_find(tine_registry *registry, const char *name, tine_error *err) {
  tine_kernel *kernel;
  size_t at;
  if (name == NULL) {
    ti_error_set(err, TINE_ENAME, "no kernel name");
    return NULL;
  }
  kernel = ti_builtin_find(name);
  if (kernel != NULL)
    return kernel;
  registry_lock(registry);
  if (registry != NULL && registry_search(registry, name, &at))
    kernel = registry->kernels[at];
  else if (err != NULL)
    registry_unknown(registry, name, err);
  registry_unlock(registry);
  return kernel;
}

tine_kernel *tine_kernel_at(tine_registry *registry, size_t i) {
  tine_kernel *kernel;
  registry_lock(registry);
  kernel = registry_merged(registry, i);
  registry_unlock(registry);
  return kernel;
}
