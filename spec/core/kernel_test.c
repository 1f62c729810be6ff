/*
** Kernels of the host: registration and its refusals, life and end, single values, and the two kinds of function
** giving the same.
*/
#include <stdatomic.h>

#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "../../core/kernel/kernel.h"
#include "kernel_data.h"

/* ===== registration ===== */

static atomic_int dropped;

typedef struct halves_env {
  double factor;
  void *self;
} halves_env;

static void halves_drop(void *env) {
  atomic_fetch_add(&dropped, 1);
  CHECK_F64(((halves_env *)env)->factor, 0.5);
}

TINE_MAP1(halves_block, double, double, a *((const halves_env *)block->env)->factor)

static int halves_item(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)message;
  CHECK((uintptr_t)env % _Alignof(max_align_t) == 0);
  *(double *)out[0] = *(const double *)in[0] * ((const halves_env *)env)->factor;
  return 0;
}

static const tine_kernel_signature halves[] = {{"f64 -> f64", halves_block, NULL}};
static const halves_env half = {0.5, NULL};

static tine_kernel_desc halves_desc(const char *name) {
  return (tine_kernel_desc){.size = sizeof(tine_kernel_desc),
                            .name = name,
                            .help = "half of it",
                            .signatures = halves,
                            .signature_count = 1,
                            .env = &half,
                            .env_size = sizeof half,
                            .drop = halves_drop};
}

static void refused(tine_registry *r, const tine_kernel_desc *desc, tine_status status, const char *message) {
  tine_error err = {.status = TINE_OK};
  CHECK_INT(tine_kernel_register(r, desc, &err), status);
  CHECK_INT(err.status, status);
  CHECK_CONTAINS(err.message, message);
  CHECK_INT(tine_kernel_register(r, desc, NULL), status);
}

static void refusals(void) {
  static const char *const names[] = {"", "9lives", "a b", "a-b", ".a", "\xc3\xa4"};
  const tine_kernel_signature twice[] = {{"f64 -> f64", halves_block, NULL}, {"double->f32", halves_block, NULL}};
  const tine_kernel_signature none[] = {{"f64 -> f64", NULL, NULL}};
  const tine_kernel_signature both[] = {{"f64 -> f64", halves_block, halves_item}};
  const tine_kernel_signature malformed[] = {{"f64 f64", halves_block, NULL}}, untyped[] = {{NULL, halves_block, NULL}};
  tine_registry *r;
  tine_kernel_desc d = halves_desc("halve");
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  atomic_store(&dropped, 0);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  refused(r, &d, TINE_EINVAL, "kernel 'halve' exists already");
  d = halves_desc("add");
  refused(r, &d, TINE_EINVAL, "kernel 'add' exists already");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    d = halves_desc(names[i]);
    refused(r, &d, TINE_EINVAL, "no identifier");
  }
  d = halves_desc(NULL);
  refused(r, &d, TINE_EINVAL, "no identifier");
  d = halves_desc("x");
  d.mode = TINE_FN_MUT;
  refused(r, &d, TINE_EMODE, "kernel 'x': a fn_mut closure cannot have a state of 0 bytes");
  d.mode = TINE_FN_ONCE;
  refused(r, &d, TINE_EMODE, "kernel 'x': a fn_once closure cannot be a kernel, since it is called for every block");
  d.mode = (tine_mode)7;
  refused(r, &d, TINE_EINVAL, "unknown mode");
  d = halves_desc("x");
  d.signatures = twice, d.signature_count = 2;
  refused(r, &d, TINE_EINVAL, "two signatures for the inputs of \"f64 -> f32\"");
  d.signatures = none, d.signature_count = 1;
  refused(r, &d, TINE_EINVAL, "no function");
  d.signatures = both;
  refused(r, &d, TINE_EINVAL, "both");
  d.signatures = malformed;
  refused(r, &d, TINE_EINVAL, "kernel 'x', signature \"f64 f64\": '->' expected");
  d.signatures = untyped;
  refused(r, &d, TINE_EINVAL, "no types");
  d.signatures = NULL;
  refused(r, &d, TINE_EINVAL, "no signature");
  d = halves_desc("x");
  d.signature_count = 0;
  refused(r, &d, TINE_EINVAL, "no signature");
  d = halves_desc("x");
  d.flags = 64;
  refused(r, &d, TINE_EINVAL, "unknown flags");
  d = halves_desc("x");
  d.env = NULL;
  refused(r, &d, TINE_EINVAL, "environment");
  d = halves_desc("x");
  d.size = 0;
  refused(r, &d, TINE_EINVAL, "size");
  refused(r, NULL, TINE_EINVAL, "no kernel description");
  d = halves_desc("x");
  refused(NULL, &d, TINE_EINVAL, "no registry");
  CHECK_INT(atomic_load(&dropped), 0);
  tine_registry_release(r);
  CHECK_INT(atomic_load(&dropped), 1);
}

/* A host that was built with a shorter description. */
static void older_description(void) {
  tine_registry *r;
  tine_kernel_desc d = halves_desc("older");
  d.signatures = halves;
  d.size = offsetof(tine_kernel_desc, flags);
  d.flags = 77;
  d.mode = TINE_FN_ONCE;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  CHECK_INT(tine_kernel_flags(tine_kernel_find(r, "older", NULL)), 0);
  tine_registry_release(r);
}

static void lifetime(void) {
  tine_registry *r;
  tine_kernel *k;
  tine_value out[TINE_MAX_OUTPUTS], three = tine_f64(3);
  size_t outs;
  tine_kernel_desc d = halves_desc("halve");
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  atomic_store(&dropped, 0);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  k = tine_kernel_retain(tine_kernel_find(r, "halve", NULL));
  CHECK_STOP(k != NULL && k->env != &half);
  tine_registry_retain(r);
  tine_registry_release(r);
  CHECK(tine_kernel_find(r, "halve", NULL) == k);
  tine_registry_release(r);
  CHECK_INT(atomic_load(&dropped), 0);
  CHECK_INT(tine_kernel_call(k, &three, 1, out, &outs, NULL), TINE_OK);
  CHECK_F64(out[0].as.f, 1.5);
  CHECK_TEXT(tine_kernel_help(k), "half of it");
  CHECK_TEXT(tine_kernel_name(k), "halve");
  tine_kernel_release(k);
  CHECK_INT(atomic_load(&dropped), 1);
  tine_kernel_release(NULL);
  tine_registry_release(NULL);
  k = ti_builtin_find("add");
  tine_kernel_release(k); /* nobody counts these */
  tine_kernel_release(tine_kernel_retain(k));
}

/* Names come sorted, own ones among the built-in ones. */
static void listing(void) {
  static const char *const own[] = {"zz", "aa", "mull", "addx", "_", "b.c2"};
  tine_registry *r;
  tine_error err;
  size_t n = 0;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  for (size_t i = 0; i < 6; i++) {
    tine_kernel_desc d = halves_desc(own[i]);
    CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  }
  for (; tine_kernel_at(r, n) != NULL; n++) {
    CHECK(n == 0 || strcmp(tine_kernel_at(r, n - 1)->name, tine_kernel_at(r, n)->name) < 0);
    CHECK(tine_kernel_find(r, tine_kernel_at(r, n)->name, NULL) == tine_kernel_at(r, n));
  }
  CHECK_INT(n, ti_builtin_count() + 6);
  CHECK(tine_kernel_at(NULL, ti_builtin_count() - 1) != NULL && tine_kernel_at(NULL, ti_builtin_count()) == NULL);
  CHECK(tine_kernel_find(NULL, "zz", &err) == NULL);
  CHECK_INT(err.status, TINE_ENAME);
  CHECK(tine_kernel_find(r, "mulll", &err) == NULL);
  CHECK_TEXT(err.message, "unknown kernel 'mulll'; did you mean 'mull'?");
  CHECK(tine_kernel_find(NULL, "mulll", &err) == NULL);
  CHECK_CONTAINS(err.message, "unknown kernel 'mulll'");
  CHECK(tine_kernel_find(NULL, "mull", &err) == NULL);
  CHECK_TEXT(err.message, "unknown kernel 'mull'; did you mean 'mul'?");
  CHECK(tine_kernel_find(r, "qqqqqqqq", &err) == NULL);
  CHECK_TEXT(err.message, "unknown kernel 'qqqqqqqq'");
  CHECK(tine_kernel_find(r, NULL, &err) == NULL && err.status == TINE_ENAME);
  CHECK(tine_kernel_find(r, "qqq", NULL) == NULL);
  tine_registry_release(r);
}

/* ===== single values ===== */

static int moody(const void *env, const void *const *in, void *const *out, const char **message) {
  const int64_t x = *(const int64_t *)in[0];
  (void)env;
  if (x < 0) {
    *message = x < -9 ? NULL : "bad digit";
    return x < -99 ? TINE_EKERNEL : TINE_EUSER + 7;
  }
  *(int64_t *)out[0] = x + 1;
  *(bool *)out[1] = x % 2 == 0;
  return 0;
}

static void calls(void) {
  static const tine_kernel_signature sigs[] = {{"i64 -> i64 bool", NULL, moody}};
  const tine_kernel_desc d = {.size = sizeof d, .name = "moody", .signatures = sigs, .signature_count = 1};
  tine_value v[3], out[TINE_MAX_OUTPUTS];
  tine_error err;
  size_t outs;
  tine_registry *r;
  tine_kernel *k;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK && tine_kernel_register(r, &d, NULL) == TINE_OK);
  k = tine_kernel_find(r, "moody", NULL);
  CHECK_TEXT(tine_kernel_help(k), "");
  v[0] = tine_i64(4);
  CHECK_INT(tine_kernel_call(k, v, 1, out, &outs, &err), TINE_OK);
  CHECK(outs == 2 && out[0].as.i == 5 && out[1].dtype == TINE_BOOL && out[1].as.b);
  v[0] = tine_i64(-1);
  CHECK_INT(tine_kernel_call(k, v, 1, out, &outs, &err), TINE_EUSER + 7);
  CHECK_TEXT(err.message, "kernel 'moody' failed: bad digit");
  v[0] = tine_i64(-10);
  CHECK_INT(tine_kernel_call(k, v, 1, out, &outs, &err), TINE_EUSER + 7);
  CHECK_TEXT(err.message, "kernel 'moody' failed with code 1007");
  tine_registry_release(r);
  v[0] = tine_i64(7), v[1] = tine_i64(0);
  CHECK_INT(tine_kernel_call(ti_builtin_find("idiv"), v, 2, out, &outs, &err), TINE_EKERNEL);
  CHECK_TEXT(err.message, "kernel 'idiv' failed: attempt to perform 'n//0'");
  CHECK_INT(tine_kernel_call(ti_builtin_find("div"), v, 2, out, &outs, &err), TINE_OK);
  CHECK_F64(out[0].as.f, INFINITY);
  v[0] = tine_f64(1.5);
  CHECK_INT(tine_kernel_call(ti_builtin_find("i32"), v, 1, out, &outs, &err), TINE_EKERNEL);
  CHECK_TEXT(err.message, "kernel 'i32' failed: number has no integer representation");
  v[0].dtype = TINE_F32, v[1] = v[0], v[1].as.f = 0.25;
  CHECK_INT(tine_kernel_call(ti_builtin_find("mul"), v, 2, out, &outs, &err), TINE_OK);
  CHECK(out[0].dtype == TINE_F32 && out[0].as.f == 0.375);
  v[0].dtype = TINE_NONE;
  CHECK_INT(tine_kernel_call(ti_builtin_find("mul"), v, 2, out, &outs, &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "kernel 'mul' has no signature for (none, f32)");
  CHECK_INT(tine_kernel_call(ti_builtin_find("mul"), v, 99, out, &outs, &err), TINE_ETYPE);
  CHECK_TEXT(err.message, "kernel 'mul' takes 2 inputs, got 99");
  CHECK(outs == 0);
}

/* ===== items and blocks ===== */

static int mix_item(const void *env, const void *const *in, void *const *out, const char **message) {
  const double a = *(const double *)in[0];
  const int32_t b = *(const int32_t *)in[1];
  (void)env;
  if (b == INT32_MIN) {
    *message = "lowest";
    return TINE_EKERNEL;
  }
  *(double *)out[0] = a * b;
  *(bool *)out[1] = b > 0;
  return 0;
}

static int mix_block(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int32_t b = TINE_AT(int32_t, block->in[1], block->in_stride[1], i);
    if (b == INT32_MIN)
      return tine_block_fail(block, TINE_EKERNEL, i, "lowest");
    ((double *)block->out[0])[i] = TINE_AT(double, block->in[0], block->in_stride[0], i) * b;
    ((bool *)block->out[1])[i] = b > 0;
  }
  return 0;
}

static void items_and_blocks_agree(void) {
  static data_column a, b;
  static double x[2][DATA_ITEMS];
  static bool y[2][DATA_ITEMS];
  const ti_signature s[2] = {
      {2, 2, {TINE_F64, TINE_I32}, {TINE_F64, TINE_BOOL}, NULL, mix_item, NULL, false, NULL},
      {2, 2, {TINE_F64, TINE_I32}, {TINE_F64, TINE_BOOL}, mix_block, NULL, NULL, false, NULL},
  };
  for (unsigned which = 0; which < 10 * DATA_LAYOUTS * DATA_LAYOUTS; which++) {
    char message[2][TINE_MESSAGE_SIZE] = {"stale", "stale"};
    size_t failed[2];
    int code[2];
    data_fill(&a, TINE_F64, (data_layout)(which % DATA_LAYOUTS));
    data_fill(&b, TINE_I32, (data_layout)(which / DATA_LAYOUTS % DATA_LAYOUTS));
    for (unsigned k = 0; k < 2; k++) {
      const void *in[] = {a.first, b.first};
      const ptrdiff_t stride[] = {a.stride, b.stride};
      void *out[] = {x[k], y[k]};
      tine_block block = {DATA_ITEMS, 0, in, stride, out, NULL, 99999, message[k], NULL, NULL};
      code[k] = ti_signature_run(&s[k], &block);
      failed[k] = code[k] == 0 ? DATA_ITEMS : block.failed;
    }
    CHECK_INT(code[0], code[1]);
    CHECK_INT(failed[0], failed[1]);
    if (code[0] != 0)
      CHECK_TEXT(message[0], message[1]);
    for (size_t i = 0; i < failed[0]; i++)
      CHECK(data_same(tine_f64(x[0][i]), tine_f64(x[1][i])) && y[0][i] == y[1][i]);
  }
}

static int rude_block(tine_block *block) {
  (void)block;
  return 1234;
}

static void a_rude_kernel_fails_at_item_0(void) {
  const ti_signature s = {1, 1, {TINE_F64}, {TINE_F64}, rude_block, NULL, NULL, false, NULL};
  char message[TINE_MESSAGE_SIZE] = "stale";
  double x = 0, y = 0;
  const void *in[] = {&x};
  void *out[] = {&y};
  const ptrdiff_t stride[] = {0};
  tine_block block = {5, 0, in, stride, out, NULL, 3, message, NULL, NULL};
  CHECK_INT(ti_signature_run(&s, &block), 1234);
  CHECK_INT(block.failed, 0);
  CHECK_TEXT(message, "");
}

/* ===== out of memory, and many threads ===== */

static void out_of_memory(void) {
  static const tine_kernel_signature sigs[] = {{"f64 -> f64", halves_block, NULL}, {"i64 -> f64", halves_block, NULL}};
  tine_registry *r = NULL;
  tine_status status = TINE_ENOMEM;
  tine_error err;
  const size_t live = ti_memory_live();
  for (int64_t n = 0; status != TINE_OK; n++) {
    ti_memory_fail_after(n);
    status = tine_registry_create(&r, &err);
    ti_memory_fail_after(-1);
    CHECK(status == TINE_OK || (status == TINE_ENOMEM && r == NULL && ti_memory_live() == live));
  }
  atomic_store(&dropped, 0);
  for (unsigned i = 0; i < 20; i++) { /* past the point where the list grows */
    char name[8];
    tine_kernel_desc d = halves_desc(name);
    snprintf(name, sizeof name, "own%u", i);
    d.signatures = sigs, d.signature_count = 2;
    status = TINE_ENOMEM;
    for (int64_t n = 0; status != TINE_OK; n++) {
      const size_t before = ti_memory_live();
      ti_memory_fail_after(n);
      status = tine_kernel_register(r, &d, &err);
      ti_memory_fail_after(-1);
      CHECK_STOP(n < 20 && (status == TINE_OK || status == TINE_ENOMEM));
      CHECK(status == TINE_OK || (ti_memory_live() == before && err.status == TINE_ENOMEM));
      CHECK((tine_kernel_find(r, name, NULL) != NULL) == (status == TINE_OK));
    }
  }
  CHECK_INT(atomic_load(&dropped), 0);
  tine_registry_release(r);
  CHECK_INT(atomic_load(&dropped), 20);
}

enum { CROWD = 8, CROWD_NAMES = 40 };

static tine_registry *crowd_registry;
static atomic_int crowd_registered;

/* All register the same names: each goes in once. All look for them meanwhile. */
static void crowd_member(void *arg) {
  char name[16];
  (void)arg;
  for (unsigned i = 0; i < CROWD_NAMES; i++) {
    tine_kernel_desc d = halves_desc(name);
    tine_kernel *k;
    snprintf(name, sizeof name, "crowd%u", i);
    if (tine_kernel_register(crowd_registry, &d, NULL) == TINE_OK)
      atomic_fetch_add(&crowd_registered, 1);
    k = tine_kernel_retain(tine_kernel_find(crowd_registry, name, NULL));
    if (k == NULL || strcmp(tine_kernel_name(k), name) != 0 || tine_kernel_at(crowd_registry, i) == NULL)
      atomic_fetch_add(&crowd_registered, 1000);
    tine_kernel_release(k);
  }
}

static void concurrent_use(void) {
  ti_thread threads[CROWD];
  CHECK_STOP(tine_registry_create(&crowd_registry, NULL) == TINE_OK);
  atomic_store(&crowd_registered, 0);
  for (unsigned i = 0; i < CROWD; i++)
    CHECK_STOP(ti_thread_start(&threads[i], crowd_member, NULL, "crowd", 0) == 0);
  for (unsigned i = 0; i < CROWD; i++)
    ti_thread_join(threads[i]);
  CHECK_INT(atomic_load(&crowd_registered), CROWD_NAMES);
  tine_registry_release(crowd_registry);
}

CHECK_SUITE(kernel, CHECK_CASE(concurrent_use), CHECK_CASE(refusals), CHECK_CASE(older_description),
            CHECK_CASE(lifetime), CHECK_CASE(listing), CHECK_CASE(calls), CHECK_CASE(items_and_blocks_agree),
            CHECK_CASE(a_rude_kernel_fails_at_item_0), CHECK_CASE(out_of_memory))
