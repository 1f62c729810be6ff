/*
** core/tine.h as C++17: its inline functions, macros and declarations in a host written in C++. Ends with status 0 when
** all is as it should be; compile it with warnings as errors and link it with libtine.a.
*/
#include "../../core/tine.h"

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <vector>

TINE_MAP1(twice, double, double, 2 * a)
TINE_MAP2(relax, double, double, double, a + 0.5 * (b - a))
TINE_MAP3(mix, double, float, int64_t, double, a *static_cast<double>(b) + static_cast<double>(c))

TINE_FOR(squares, double, env[i] *= env[i])
TINE_REDUCE(total, const double, double, 0, left += env[i], left += right)
TINE_FOLD1(folded, "f64", double, double, 0, left += a, left += right)

namespace {

int failures;

void check(bool held, const char *what, int line) {
  if (held)
    return;
  std::printf("api_cpp.cpp:%d: %s\n", line, what);
  failures++;
}

#define CHECK(condition) check((condition), #condition, __LINE__)

int digits(tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    if (TINE_AT(double, block->in[0], block->in_stride[0], i) < 0)
      return tine_block_fail(block, TINE_EUSER, i, "bad digit");
  return 0;
}

double convert(double a) {
  if (a < 0)
    throw std::range_error("below zero");
  if (a > 100)
    throw 100;
  return a;
}

int parse(tine_block *b) {
  size_t i = 0;
  try {
    for (; i < b->n; i++)
      static_cast<double *>(b->out[0])[i] = convert(TINE_AT(double, b->in[0], b->in_stride[0], i));
    return 0;
  } catch (const std::exception &e) {
    return tine_block_fail(b, TINE_EUSER, i, e.what());
  } catch (...) {
    return tine_block_fail(b, TINE_EKERNEL, i, "an exception");
  }
}

const tine_kernel_signature parse_types[] = {{"f64 -> f64", parse, nullptr}};
const tine_kernel_signature twice_types[] = {{"f64 -> f64", twice, nullptr}};
const tine_kernel_signature relax_types[] = {{"f64 f64 -> f64", relax, nullptr}};
const tine_kernel_signature mix_types[] = {{"f64 f32 i64 -> f64", mix, nullptr}};
const tine_kernel_signature digits_types[] = {{"f64 ->", digits, nullptr}};

void add(tine_registry *r, const char *name, const tine_kernel_signature *types) {
  tine_kernel_desc desc = {};
  desc.size = sizeof desc;
  desc.name = name;
  desc.signatures = types;
  desc.signature_count = 1;
  CHECK(tine_kernel_register(r, &desc, nullptr) == TINE_OK);
}

tine_registry *registry() {
  tine_registry *r = nullptr;
  CHECK(tine_registry_create(&r, nullptr) == TINE_OK);
  add(r, "twice", twice_types);
  add(r, "relax", relax_types);
  add(r, "mix", mix_types);
  add(r, "digits", digits_types);
  add(r, "parse", parse_types);
  return r;
}

void kernels() {
  tine_registry *r = registry();
  std::vector<double> x(3000, 2.0);
  x[2000] = -1;
  tine_array *a = tine_slice_of(TINE_F64, x.data(), x.size(), sizeof(double));
  const tine_value more[] = {tine_f64(0.5), tine_i64(3)};
  tine_pipeline *p = tine_map(tine_slice(a), tine_kernel_find(r, "twice", nullptr), nullptr, 0);
  p = tine_map(tine_zip(p, tine_slice(a)), tine_kernel_find(r, "relax", nullptr), nullptr, 0);
  p = tine_map(p, tine_kernel_find(r, "mix", nullptr), more, 2);
  tine_value sum;
  tine_error err;
  CHECK(tine_sum(p, &sum, &err) == TINE_OK && sum.as.f == 2999 * 4.5 + 2.25);
  CHECK(tine_for_each(p, tine_kernel_find(r, "digits", nullptr), nullptr, 0, &err) == TINE_OK);
  tine_pipeline_release(p);
  p = tine_slice(a);
  CHECK(tine_for_each(p, tine_kernel_find(r, "digits", nullptr), nullptr, 0, &err) == TINE_EUSER && err.item == 2000);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_registry_release(r);
}

/* As tine.h says it is done: the first item that throws fails the run, whoever runs it. */
void exceptions() {
  tine_registry *r = registry();
  std::vector<double> x(300000, 2.0);
  tine_error err;
  tine_array *a = tine_slice_of(TINE_F64, x.data(), x.size(), sizeof(double));
  tine_kernel *k = tine_kernel_find(r, "parse", nullptr);
  tine_value sum;
  tine_pipeline *p = tine_map(tine_slice(a), k, nullptr, 0);
  CHECK(tine_sum(p, &sum, &err) == TINE_OK && sum.as.f == 600000);
  x[250000] = 101;
  CHECK(tine_sum(p, &sum, &err) == TINE_EKERNEL && err.item == 250000);
  CHECK(std::strstr(err.message, "an exception") != nullptr);
  x[200000] = -1;
  CHECK(tine_sum(p, &sum, &err) == TINE_EUSER && err.item == 200000);
  CHECK(std::strstr(err.message, "below zero") != nullptr);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_registry_release(r);
}

void values() {
  CHECK(tine_bool(true).dtype == TINE_BOOL && tine_bool(true).as.b);
  CHECK(tine_i64(-4).dtype == TINE_I64 && tine_i64(-4).as.i == -4);
  CHECK(tine_f64(0.5).dtype == TINE_F64 && tine_f64(0.5).as.f == 0.5);
#define SIZE_FITS(NAME, name, type, integer, sign, member) CHECK(tine_dtype_size(TINE_##NAME) == sizeof(type));
  TINE_DTYPE_LIST(SIZE_FITS)
#undef SIZE_FITS
#define TEXT_FITS(name, code, text) CHECK(std::strcmp(tine_status_text(name), text) == 0);
  TINE_STATUS_LIST(TEXT_FITS)
#undef TEXT_FITS
}

struct counter {
  int calls = 0;
};

void count(tine_ctx *, void *arg) {
  static_cast<counter *>(arg)->calls++;
}

void tasks() {
  tine_pool_options options = {};
  options.size = sizeof options;
  options.threads = 3;
  tine_pool *pool = nullptr;
  CHECK(tine_pool_create(&pool, &options, nullptr) == TINE_OK);
  counter c[2];
  CHECK(tine_pool_run(
            pool,
            [](tine_ctx *ctx, void *arg) {
              counter *both = static_cast<counter *>(arg);
              tine_join(ctx, count, &both[0], count, &both[1]);
            },
            c, nullptr) == TINE_OK);
  CHECK(c[0].calls == 1 && c[1].calls == 1);
  tine_pool_destroy(pool);
}

/* Codes from TINE_EUSER up are the host's own: any int has to survive the way through the enumeration. */
void codes() {
  tine_error err;
  int code = 123456;
  CHECK(tine_pool_run(
            nullptr, [](tine_ctx *ctx, void *arg) { tine_fail(ctx, tine_status(*static_cast<int *>(arg)), 4, "own"); },
            &code, &err) == code);
  CHECK(err.status == code);
}

/* What the macros made above. */
void front_ends() {
  std::vector<double> x(5000, 3.0);
  double sum = 0, same = 0;
  counter c;
  tine_closure once = tine_closure_move(count, &c, 0, nullptr);
  tine_array *a = tine_slice_of(TINE_F64, x.data(), x.size(), sizeof(double));
  tine_pipeline *p = tine_slice(a);
  CHECK(tine_parallel_for(nullptr, x.size(), squares, x.data(), nullptr) == TINE_OK);
  CHECK(tine_parallel_reduce(nullptr, x.size(), &total, x.data(), &sum, nullptr) == TINE_OK && sum == 45000);
  CHECK(tine_fold(p, &folded, &same, nullptr) == TINE_OK && same == sum);
  CHECK(tine_pool_call(nullptr, &once, nullptr) == TINE_OK && c.calls == 1);
  tine_pipeline_release(p);
  tine_array_release(a);
}

} // namespace

int main() {
  values();
  front_ends();
  kernels();
  exceptions();
  tasks();
  codes();
  return failures != 0;
}
