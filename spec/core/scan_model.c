/*
** What scan_model.h says.
*/
#include "scan_model.h"

/* ----- Kernels of a host: the built-in ones again, and some that only a host has ----- */

/* Affine maps x -> m*x + c modulo 2^32, packed: composing them is associative and not commutative. */
static uint64_t compose(uint64_t f, uint64_t g) {
  const uint64_t m1 = f >> 32, c1 = f & 0xffffffffu, m2 = g >> 32, c2 = g & 0xffffffffu;
  return ((m1 * m2) & 0xffffffffu) << 32 | ((c1 * m2 + c2) & 0xffffffffu);
}

#define LESS(x, y) ((x) < (y) || (x) != (x) ? (x) : (y))
#define MORE(x, y) ((x) > (y) || (x) != (x) ? (x) : (y))

TINE_MAP2(add_i64, uint64_t, uint64_t, uint64_t, a + b)
TINE_MAP2(add_f32, float, float, float, a + b)
TINE_MAP2(add_f64, double, double, double, a + b)
TINE_MAP2(mul_i64, uint64_t, uint64_t, uint64_t, a *b)
TINE_MAP2(mul_f32, float, float, float, a *b)
TINE_MAP2(mul_f64, double, double, double, a *b)
TINE_MAP2(min_i64, int64_t, int64_t, int64_t, LESS(a, b))
TINE_MAP2(min_f32, float, float, float, LESS(a, b))
TINE_MAP2(min_f64, double, double, double, LESS(a, b))
TINE_MAP2(max_i64, int64_t, int64_t, int64_t, MORE(a, b))
TINE_MAP2(max_f32, float, float, float, MORE(a, b))
TINE_MAP2(max_f64, double, double, double, MORE(a, b))
TINE_MAP2(compose_u64, uint64_t, uint64_t, uint64_t, compose(a, b))

/* A sum that fails where it is a multiple of a number: wherever that happens first, by the definition. */
uint64_t scan_unlucky;

static int unlucky_add(const void *env, const void *const *in, void *const *out, const char **message) {
  const uint64_t sum = *(const uint64_t *)in[0] + *(const uint64_t *)in[1];
  (void)env;
  *(uint64_t *)out[0] = sum;
  *message = "unlucky";
  return sum % scan_unlucky == 0 ? TINE_EUSER + 5 : 0;
}

tine_registry *scan_registry(void) {
  static const tine_kernel_signature sigs[] = {
      {"i64 i64 -> i64", add_i64, NULL},     {"f64 f64 -> f64", add_f64, NULL},    {"f32 f32 -> f32", add_f32, NULL},
      {"i64 i64 -> i64", mul_i64, NULL},     {"f64 f64 -> f64", mul_f64, NULL},    {"f32 f32 -> f32", mul_f32, NULL},
      {"i64 i64 -> i64", min_i64, NULL},     {"f64 f64 -> f64", min_f64, NULL},    {"f32 f32 -> f32", min_f32, NULL},
      {"i64 i64 -> i64", max_i64, NULL},     {"f64 f64 -> f64", max_f64, NULL},    {"f32 f32 -> f32", max_f32, NULL},
      {"u64 u64 -> u64", compose_u64, NULL}, {"i64 i64 -> i64", NULL, unlucky_add}};
  static const char *const names[] = {"host_add", "host_mul", "host_min", "host_max", "compose", "unlucky"};
  tine_registry *r = NULL;
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  for (int k = 0; k < SCAN_OPS; k++) {
    tine_kernel_desc desc = {.size = sizeof desc, .name = names[k], .flags = TINE_ASSOCIATIVE};
    desc.signatures = k < COMPOSE ? &sigs[3 * k] : &sigs[12 + k - COMPOSE];
    desc.signature_count = k < COMPOSE ? 3 : 1;
    CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  }
  return r;
}

/* ----- The model ----- */

static scan_word model_op(scan_model *m, scan_word a, scan_word b) {
  scan_word r = {.u = 0};
#define BY_TYPE(e_f, e_s, e_i)   \
  if (m->dtype == TINE_F64)      \
    r.f = e_f;                   \
  else if (m->dtype == TINE_F32) \
    r.s = e_s;                   \
  else                           \
    r.u = (uint64_t)(e_i);
  switch (m->op) {
    case ADD: BY_TYPE(a.f + b.f, a.s + b.s, a.u + b.u) break;
    case MUL: BY_TYPE(a.f * b.f, a.s * b.s, a.u * b.u) break;
    case MIN: BY_TYPE(LESS(a.f, b.f), LESS(a.s, b.s), LESS(a.i, b.i)) break;
    case MAX: BY_TYPE(MORE(a.f, b.f), MORE(a.s, b.s), MORE(a.i, b.i)) break;
    case COMPOSE: r.u = compose(a.u, b.u); break;
    default: r.u = a.u + b.u; m->failed |= r.u % scan_unlucky == 0;
  }
#undef BY_TYPE
  return r;
}

/* a op b, where either may be missing. */
static scan_word model_both(scan_model *m, bool has_a, scan_word a, bool has_b, scan_word b) {
  return !has_a ? b : !has_b ? a : model_op(m, a, b);
}

/* Totals of cells [lo, hi), a node of the tree: a power of two of them. */
static scan_word model_node(scan_model *m, const scan_word *totals, uint64_t lo, uint64_t hi) {
  const uint64_t mid = lo + (hi - lo) / 2;
  scan_word left, right;
  if (hi - lo == 1)
    return totals[lo];
  left = model_node(m, totals, lo, mid);
  right = model_node(m, totals, mid, hi);
  return model_op(m, left, right);
}

/* What stands before cell c: the initial value, then the largest nodes from left to right. */
static scan_word model_before(scan_model *m, const scan_word *totals, uint64_t c, bool init, scan_word first) {
  scan_word r = first;
  uint64_t lo = 0;
  for (uint64_t bit = 1ull << 40; bit > 0; bit /= 2)
    if ((c & bit) != 0) {
      r = model_both(m, init || lo > 0, r, true, model_node(m, totals, lo, lo + bit));
      lo += bit;
    }
  return r;
}

/* Scans x to y; returns how many items come before the first that fails. */
uint64_t scan_model_run(scan_model *m, const scan_word *x, scan_word *y, uint64_t n, bool init, scan_word first) {
  scan_word *totals = malloc((n / 1024 + 1) * sizeof *totals);
  uint64_t done = 0;
  m->failed = false;
  for (uint64_t c = 0; c * 1024 < n && !m->failed; c++) {
    const scan_word before = model_before(m, totals, c, init, first);
    scan_word runs = {.u = 0}; /* totals of the runs before */
    for (uint64_t j = 0; j < 32 && c * 1024 + j * 32 < n && !m->failed; j++) {
      const scan_word carry = model_both(m, init || c > 0, before, j > 0, runs);
      scan_word in_run = {.u = 0};
      for (uint64_t i = c * 1024 + j * 32; i < n && i < c * 1024 + (j + 1) * 32 && !m->failed; i++) {
        in_run = model_both(m, i % 32 != 0, in_run, true, x[i]);
        y[i] = model_both(m, init || c > 0 || j > 0, carry, true, in_run);
        done = m->failed ? i : i + 1;
      }
      if (!m->failed && (j < 31 ? done < n : (c + 1) * 1024 < n))
        runs = model_both(m, j > 0, runs, true, in_run);
    }
    totals[c] = runs;
  }
  free(totals);
  return done;
}
