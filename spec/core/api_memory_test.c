/*
** The contract of the allocator hook of core/tine.h: everything goes through it, blocks come back with the size and
** alignment that were asked for, it cannot be changed while anything is alive, a run that is repeated and a split ask
** it for nothing, and each of its refusals is a TINE_ENOMEM that leaves nothing behind.
*/
#include "../../core/tine.h"
#include "check.h"

/* ===== An allocator that counts, and refuses on request ===== */

typedef struct header {
  size_t size, align;
} header;

static struct {
  _Atomic uint64_t calls, live, bytes, wrong;
  _Atomic int64_t left; /* calls until it refuses */
} hook;

static size_t room(size_t align) {
  return align > sizeof(header) ? align : sizeof(header);
}

static void *counting_alloc(void *arg, size_t size, size_t align) {
  hook.wrong += arg != (void *)&hook || align == 0 || (align & (align - 1)) != 0 || align > 4096;
  hook.calls++;
  if (hook.left-- <= 0 || size > SIZE_MAX / 2)
    return NULL;
  const size_t before = room(align);
  char *raw = aligned_alloc(before, (size + 2 * before - 1) / before * before);
  if (raw == NULL)
    return NULL;
  hook.live++;
  hook.bytes += size;
  *(header *)(void *)(raw + before - sizeof(header)) = (header){size, align};
  return raw + before;
}

static void counting_free(void *arg, void *block, size_t size, size_t align) {
  const header *h = (const header *)(void *)((char *)block - sizeof(header));
  hook.wrong += arg != (void *)&hook || h->size != size || h->align != align;
  hook.live--;
  hook.bytes -= size;
  free((char *)block - room(h->align));
}

static bool count(void) {
  static const tine_allocator counting = {counting_alloc, counting_free, &hook};
  hook.calls = hook.live = hook.bytes = hook.wrong = 0;
  hook.left = INT64_MAX;
  return CHECK_INT(tine_set_allocator(&counting), TINE_OK);
}

static void stop_counting(void) {
  CHECK_INT(hook.live, 0);
  CHECK_INT(hook.bytes, 0);
  CHECK_INT(hook.wrong, 0);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

/* ===== Setting it ===== */

static void refused_now(int line) {
  static const tine_allocator counting = {counting_alloc, counting_free, &hook};
  check_int(tine_set_allocator(&counting), TINE_EINVAL, "set", __FILE__, line);
  check_int(tine_set_allocator(NULL), TINE_EINVAL, "reset", __FILE__, line);
}

static tine_status with_iterator(const tine_producer *p, void *ud) {
  tine_iter *it = NULL;
  (void)ud;
  const tine_status status = tine_iter_create(&it, p, NULL);
  refused_now(__LINE__);
  tine_iter_destroy(it);
  return status;
}

static void it_is_refused_while_anything_is_alive(void) {
  tine_array *a = NULL;
  tine_registry *r = NULL;
  tine_pool *pool = NULL;
  double x[4];
  if (!count())
    return;
  CHECK_INT(tine_array_create(&a, TINE_U8, 0, NULL), TINE_OK);
  refused_now(__LINE__);
  tine_array_release(a);
  CHECK((a = tine_slice_of(TINE_F64, x, 4, sizeof *x)) != NULL);
  refused_now(__LINE__);
  tine_array_release(a);
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  refused_now(__LINE__);
  tine_registry_release(r);
  CHECK_INT(tine_pool_create(&pool, NULL, NULL), TINE_OK);
  refused_now(__LINE__);
  tine_pool_destroy(pool);
  CHECK(tine_default_pool(NULL) != NULL);
  refused_now(__LINE__);
  tine_default_pool_release();
  tine_pipeline *p = tine_range(1, 5, 1);
  refused_now(__LINE__);
  CHECK_INT(tine_with_producer(p, with_iterator, NULL), TINE_OK);
  tine_pipeline_release(p);
  stop_counting();
}

static void it_sees_every_byte(void) {
  tine_array *a = NULL, *b = NULL;
  tine_value v;
  if (!count())
    return;
  CHECK_INT(tine_array_create(&a, TINE_F64, 1000000, NULL), TINE_OK);
  CHECK(hook.bytes >= 8000000);
  tine_pipeline *p = tine_map(tine_slice(a), tine_kernel_find(NULL, "sqrt", NULL), NULL, 0);
  CHECK_INT(tine_sum(p, &v, NULL), TINE_OK);
  CHECK_INT(tine_collect(p, &b, NULL), TINE_OK);
  CHECK(hook.bytes >= 16000000);
  tine_array_release(a);
  tine_array_release(b);
  tine_pipeline_release(p);
  stop_counting();
  const uint64_t calls = hook.calls;
  CHECK_INT(tine_array_create(&a, TINE_F64, 10, NULL), TINE_OK); /* by the default again */
  tine_array_release(a);
  CHECK_INT(hook.calls, calls);
}

/* ===== Asking for nothing ===== */

enum { MANY = 10000000 };

static void run_all(tine_pipeline *p, tine_array *out) {
  tine_value v;
  uint64_t n;
  CHECK_INT(tine_sum(p, &v, NULL), TINE_OK);
  CHECK_INT(tine_max(p, &v, &n, NULL), TINE_OK);
  CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "add", NULL), NULL, &v, NULL), TINE_OK);
  CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
  CHECK_INT(n, MANY);
  CHECK_INT(tine_collect_into(p, &out, 1, NULL), TINE_OK);
}

static void warm_runs_allocate_nothing(void) {
  tine_array *a = NULL;
  tine_value ten = tine_i64(10);
  if (!count())
    return;
  tine_pool *pool = tine_default_pool(NULL);
  CHECK(pool != NULL);
  CHECK_INT(tine_array_create(&a, TINE_I64, MANY, NULL), TINE_OK);
  tine_pipeline *p =
      tine_map(tine_zip(tine_range(1, MANY, 1), tine_slice(a)), tine_kernel_find(NULL, "mul", NULL), NULL, 0);
  p = tine_map(p, tine_kernel_find(NULL, "add", NULL), &ten, 1);
  run_all(p, a);
  const uint64_t calls = hook.calls, live = hook.live;
  for (int round = 0; round < 3; round++)
    run_all(p, a);
  CHECK_INT(hook.calls, calls);
  CHECK_INT(hook.live, live);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_default_pool_release();
  stop_counting();
}

static void warm_runs_on_a_pool_allocate_nothing(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 3};
  tine_pool *pool = NULL;
  tine_value v;
  if (!count())
    return;
  CHECK_INT(tine_pool_create(&pool, &options, NULL), TINE_OK);
  tine_pipeline *p = tine_on(tine_cast(tine_range(1, MANY, 1), TINE_F64, TINE_CAST_EXACT), pool);
  CHECK_INT(tine_sum(p, &v, NULL), TINE_OK);
  const uint64_t calls = hook.calls;
  for (int round = 0; round < 5; round++)
    CHECK_INT(tine_sum(p, &v, NULL), TINE_OK);
  CHECK_INT(hook.calls, calls);
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
  stop_counting();
}

static tine_status split_often(const tine_producer *p, void *ud) {
  const uint64_t calls = hook.calls;
  tine_producer left, rest = *p;
  (void)ud;
  for (uint64_t i = 1; i < 1000; i++)
    CHECK_INT(tine_producer_split_at(&rest, i, &left, &rest), TINE_OK);
  CHECK_INT(hook.calls, calls);
  return TINE_OK;
}

static void splitting_allocates_nothing(void) {
  if (!count())
    return;
  tine_pipeline *p = tine_zip(tine_range(1, MANY, 1), tine_rep(tine_f64(1), MANY));
  CHECK_INT(tine_with_producer(p, split_often, NULL), TINE_OK);
  tine_pipeline_release(p);
  stop_counting();
}

/* ===== Being refused ===== */

TINE_MAP1(halve, double, double, a / 2)

/* Registers a kernel, once; TINE_ENOMEM must not move its environment. */
static tine_status registered(tine_registry *r) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", halve, NULL}};
  static const double env = 1;
  const tine_kernel_desc desc = {.size = sizeof desc,
                                 .name = "halve",
                                 .signatures = types,
                                 .signature_count = 1,
                                 .env = &env,
                                 .env_size = sizeof env};
  return tine_kernel_register(r, &desc, NULL);
}

/* Makes one of everything and runs it; what has no memory on the way is found out by the run. */
static tine_status everything(tine_registry *r) {
  double x[3000] = {0};
  tine_array *a = tine_slice_of(TINE_F64, x, 3000, sizeof *x), *out[2] = {NULL, NULL};
  tine_value v[2];
  tine_pipeline *p = tine_map(tine_slice(a), tine_kernel_find(r, "halve", NULL), NULL, 0);
  p = tine_zip(tine_range(1, 5000, 1), tine_cast(p, TINE_F32, TINE_CAST_EXACT));
  tine_array_release(a);
  tine_status status = tine_sum(p, v, NULL);
  if (status == TINE_OK)
    status = tine_collect(p, out, NULL);
  CHECK(status == TINE_OK ? out[1] != NULL : out[0] == NULL && out[1] == NULL);
  CHECK(status != TINE_OK || tine_array_len(out[1]) == 3000);
  tine_array_release(out[0]);
  tine_array_release(out[1]);
  tine_pipeline_release(p);
  return status;
}

static tine_status with_registry(void) {
  tine_registry *r = NULL;
  tine_status status = tine_registry_create(&r, NULL);
  if (status == TINE_OK)
    status = registered(r);
  if (status == TINE_OK)
    status = everything(r);
  tine_registry_release(r);
  return status;
}

static tine_status with_pool(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 3, .name = "short"};
  tine_pool *pool = NULL;
  tine_value v = tine_i64(0);
  tine_status status = tine_pool_create(&pool, &options, NULL);
  if (status != TINE_OK)
    return status;
  tine_pipeline *p = tine_on(tine_max_len(tine_range(1, 100000, 1), 100), pool);
  status = tine_sum(p, &v, NULL);
  CHECK(status != TINE_OK || v.as.i == INT64_C(5000050000));
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
  return status;
}

/* Lets the hook refuse from the n-th call on, for every n until all goes well. */
static void survives(tine_status attempt(void)) {
  tine_status status = TINE_ENOMEM;
  for (int64_t n = 0; n < 500 && status != TINE_OK; n++) {
    hook.left = n;
    status = attempt();
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    CHECK_INT(hook.live, 0);
  }
  CHECK_INT(status, TINE_OK);
}

static void every_refusal_is_survived(void) {
  if (!count())
    return;
  survives(with_registry);
  survives(with_pool);
  hook.left = 0;
  CHECK(tine_default_pool(NULL) == NULL);
  hook.left = INT64_MAX;
  stop_counting();
}

CHECK_SUITE(api_memory, CHECK_CASE(it_is_refused_while_anything_is_alive), CHECK_CASE(it_sees_every_byte),
            CHECK_CASE(warm_runs_allocate_nothing), CHECK_CASE(warm_runs_on_a_pool_allocate_nothing),
            CHECK_CASE(splitting_allocates_nothing), CHECK_CASE(every_refusal_is_survived))
