/*
** Tables of items; see tables.h.
*/
#include "tables.h"

#include "pools.h"

/* ----- kernels: one that fails now and then, one that is associative only ----- */

bool rare(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return mix(bits) % 1500 == 0;
}

static int rare_block(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const double x = TINE_AT(double, block->in[0], block->in_stride[0], i);
    if (rare(x))
      return tine_block_fail(block, TINE_EUSER + 1, i, "rare");
    ((double *)block->out[0])[i] = x;
  }
  return 0;
}

/* Left, whatever right is; fails now and then. Associative, not commutative. */
static int left_item(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)env;
  *(double *)out[0] = *(const double *)in[0];
  *message = "left";
  return rare(*(const double *)in[0] * 3 + *(const double *)in[1]) ? TINE_EUSER + 2 : 0;
}

static tine_registry *registry;

void table_kernels_begin(void) {
  static const tine_kernel_signature one = {"f64 -> f64", rare_block, NULL}, two = {"f64 f64 -> f64", NULL, left_item};
  const tine_kernel_desc rarely = {.size = sizeof rarely, .name = "rare", .signatures = &one, .signature_count = 1};
  const tine_kernel_desc left = {
      .size = sizeof left, .name = "left", .signatures = &two, .signature_count = 1, .flags = TINE_ASSOCIATIVE};
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &rarely, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &left, NULL), TINE_OK);
}

tine_kernel *table_kernel(const char *name) {
  return tine_kernel_find(registry, name, NULL);
}

void table_kernels_end(void) {
  tine_registry_release(registry);
  registry = NULL;
}

/* ----- tables ----- */

table table_new(tine_pipeline *p, uint64_t n, unsigned columns) {
  const table m = {p, n, columns, calloc((size_t)n * columns + 1, sizeof(double)), calloc((size_t)n + 1, sizeof(bool))};
  return m;
}

void table_free(table *m) {
  free(m->value);
  free(m->bad);
}

void copy_item(table *to, uint64_t i, const table *from, uint64_t j) {
  memcpy(to->value + i * to->columns, from->value + j * from->columns, from->columns * sizeof(double));
  to->bad[i] = from->bad[j];
}

void table_thin(table *m, tine_pipeline *p, uint64_t first, int64_t step, uint64_t n) {
  table to = table_new(p, n, m->columns);
  for (uint64_t i = 0; i < n; i++)
    copy_item(&to, i, m, (uint64_t)((int64_t)first + (int64_t)i * step));
  table_free(m);
  *m = to;
}

/* ----- leaves ----- */

static table leaf_array(uint64_t n) {
  tine_array *a = random_array(TINE_F64, 2 * n + 1), *b;
  const ptrdiff_t strides[] = {8, 16, -8};
  const ptrdiff_t stride = strides[check_below(3)];
  table m;
  double *data = tine_array_data(a);
  b = tine_array_adopt(TINE_F64, stride < 0 ? data + n : data, n, stride, (void (*)(void *))tine_array_release, a);
  m = table_new(tine_slice(b), n, 1);
  for (uint64_t i = 0; i < n; i++)
    m.value[i] = tine_array_get(b, i).as.f;
  tine_array_release(b);
  return m;
}

static int host_items(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const double x = (double)(block->first + i) * 0.75;
    if (rare(x))
      return tine_block_fail(block, TINE_EUSER + 3, i, "host");
    ((double *)block->out[0])[i] = x;
    ((double *)block->out[1])[i] = -x;
  }
  return 0;
}

static table leaf_host(uint64_t n) {
  static const tine_dtype dtypes[] = {TINE_F64, TINE_F64};
  const tine_index_source s = {
      .size = sizeof s, .name = "host", .dtypes = dtypes, .columns = 2, .len = n, .fill = host_items};
  table m = table_new(tine_source_index(&s), n, 2);
  for (uint64_t i = 0; i < n; i++) {
    m.value[2 * i] = (double)i * 0.75;
    m.value[2 * i + 1] = -m.value[2 * i];
    m.bad[i] = rare(m.value[2 * i]);
  }
  return m;
}

static table leaf_random(uint64_t n) {
  table m = table_new(tine_random(n, check_random()), n, 1);
  tine_array *a = NULL;
  CHECK_INT(tine_collect(m.p, &a, NULL), TINE_OK);
  for (uint64_t i = 0; i < n; i++)
    m.value[i] = tine_array_get(a, i).as.f;
  tine_array_release(a);
  return m;
}

table leaf(void) {
  const uint64_t n = check_below(4) == 0 ? check_below(5) : check_below(2600), kind = check_below(6);
  table m;
  if (n == 0 && check_below(2) == 0)
    return table_new(tine_empty(TINE_F64), 0, 1);
  switch (kind) {
    case 0: return leaf_host(n);
    case 1: return leaf_random(n);
    case 2: m = table_new(tine_range_f64(1, (double)n, 1), n, 1); break;
    case 3: m = table_new(tine_rep(tine_f64(0.125), n), n, 1); break;
    default: return leaf_array(n);
  }
  for (uint64_t i = 0; i < n; i++)
    m.value[i] = kind == 2 ? (double)(i + 1) : 0.125;
  return m;
}
