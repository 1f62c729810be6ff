/*
** Sources: numbers at random by their definition, and those that a host makes by index.
*/
#include "../../core/kernel/simd.h"
#include "../../core/produce/count_up.h"
#include "../../core/produce/philox.h"
#include "pipelines.h"

static void refused(tine_pipeline *p, tine_status status, const char *text, int line) {
  tine_error err = {.message = ""};
  check_int(tine_pipeline_check(p, &err), status, text, __FILE__, line);
  check_contains(err.message, text, text, __FILE__, line);
  tine_pipeline_release(p);
}
#define REFUSED(p, status, text) refused((p), (status), (text), __LINE__)

/* ----- random ----- */

static void philox_gives_the_known_answers(void) {
  static const uint32_t known[3][10] = {
      /* counter, key, bits: the vectors that Random123 is tested with */
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
       0x24126ea1},
  };
  for (unsigned simd = 0; simd <= ti_simd_best(); simd++)
    for (int k = 0; k < 3; k++) {
      ti_philox p;
      for (int i = 0; i < TI_PHILOX_LANES; i++)
        for (int w = 0; w < 4; w++)
          p.word[w][i] = known[k][w];
      ti_philox_variant(simd, &p, known[k][4], known[k][5]);
      for (int i = 0; i < TI_PHILOX_LANES; i++)
        for (int w = 0; w < 4; w++)
          CHECK_INT(p.word[w][i], known[k][6 + w]);
    }
}

/* By the definition in random.c, with the bits of the first vector; and no item depends on how it was asked for. */
static void random_is_a_function_of_seed_and_item(void) {
  const uint64_t n = 5000, seed = check_random();
  tine_pipeline *p = tine_random(4, 0);
  tine_array *a = NULL, *b = NULL;
  double mean = 0;
  CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
  CHECK_F64(tine_array_get(a, 0).as.f, (double)(UINT64_C(0xe169c58d6627e8d5) >> 11) * 0x1p-53);
  CHECK_F64(tine_array_get(a, 1).as.f, (double)(UINT64_C(0x9b00dbd8bc57ac4c) >> 11) * 0x1p-53);
  tine_array_release(a);
  tine_pipeline_release(p);
  p = tine_random(n, seed);
  CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
  for (int round = 0; round < 200; round++) {
    const uint64_t first = check_below(n), len = 1 + check_below(n - first);
    CHECK_STOP(tine_array_create(&b, TINE_F64, len, NULL) == TINE_OK);
    CHECK_INT(tine_collect_range(p, first, len, &b, 1, NULL), TINE_OK);
    for (uint64_t i = 0; i < len; i++)
      if (!CHECK_F64(tine_array_get(b, i).as.f, tine_array_get(a, first + i).as.f))
        break;
    tine_array_release(b);
  }
  for (uint64_t i = 0; i < n; i++) {
    const double x = tine_array_get(a, i).as.f;
    CHECK(x >= 0 && x < 1);
    mean += x / (double)n;
  }
  CHECK(mean > 0.48 && mean < 0.52);
  tine_array_release(a);
  tine_pipeline_release(p);
}

/* ----- sources of the host ----- */

static int drops;
static void count_drop(void *env) {
  drops += *(int *)env;
}
static int from_env(tine_block *block) {
  CHECK(block->in == NULL);
  for (size_t i = 0; i < block->n; i++)
    ((int64_t *)block->out[0])[i] = *(const int *)block->env * (int64_t)(block->first + i);
  return block->first + block->n > 90 && block->first <= 90
             ? tine_block_fail(block, TINE_EUSER + 4, (size_t)(90 - block->first), "no more")
             : 0;
}

static void a_source_owns_its_environment(void) {
  static const tine_dtype dtypes[] = {TINE_I64, TINE_NONE};
  int env = 3;
  tine_index_source s = {.size = sizeof s,
                         .name = "threes",
                         .dtypes = dtypes,
                         .columns = 1,
                         .len = 80,
                         .fill = from_env,
                         .env = &env,
                         .env_size = sizeof env,
                         .drop = count_drop};
  tine_pipeline *p = tine_source_index(&s);
  tine_value sum;
  tine_error err;
  drops = 0;
  env = 100; /* it has a copy */
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 3 * 79 * 80 / 2);
  CHECK_INT(drops, 0);
  tine_pipeline_release(p);
  CHECK_INT(drops, 3);
  s.env_size = 0; /* borrowed */
  s.len = 100;
  p = tine_source_index(&s);
  CHECK_INT(tine_sum(p, &sum, &err), TINE_EUSER + 4);
  CHECK_INT(err.item, 90);
  CHECK_CONTAINS(err.message, "kernel 'threes' failed at item 91 (stage 1 'source'): no more");
  tine_pipeline_release(tine_skip(tine_step_by(p, 0), 1)); /* an error releases what it stands on */
  CHECK_INT(drops, 103);
  s.columns = 2;
  REFUSED(tine_source_index(&s), TINE_ETYPE, "source 'threes' has no element type for column 2");
  s.columns = 0;
  REFUSED(tine_source_index(&s), TINE_EINVAL, "source 'threes' has 0 columns");
  s.columns = 1;
  s.fill = NULL;
  REFUSED(tine_source_index(&s), TINE_EINVAL, "source 'threes' has no function");
  s.fill = from_env;
  s.len = UINT64_MAX;
  REFUSED(tine_source_index(&s), TINE_ERANGE, "source 'threes' has more than 2^63-1 items");
  s.len = 100;
  s.env = NULL;
  s.env_size = sizeof env;
  REFUSED(tine_source_index(&s), TINE_EINVAL, "source 'threes' has a size of environment but none");
  s.name = NULL;
  REFUSED(tine_source_index(&s), TINE_EINVAL, "a source needs a name");
  s.size = 0;
  REFUSED(tine_source_index(&s), TINE_EINVAL, "no description of a source");
  REFUSED(tine_source_index(NULL), TINE_EINVAL, "no description of a source");
  CHECK_INT(drops, 103);
}

static void counting_wraps_in_every_set(void) {
  for (int round = 0; round < 500; round++) {
    const uint64_t first = check_random() >> check_below(64), step = check_random() >> check_below(64);
    const size_t n = 1 + (size_t)check_below(200);
    int64_t got[201];
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      bool same = true;
      got[n] = 77;
      ti_count_up_variant(simd, got, n, first, step);
      for (size_t i = 0; i < n; i++)
        same = same && (uint64_t)got[i] == first + i * step;
      CHECK_STOP(same && got[n] == 77);
    }
  }
}

CHECK_SUITE(source, CHECK_CASE(philox_gives_the_known_answers), CHECK_CASE(counting_wraps_in_every_set),
            CHECK_CASE(random_is_a_function_of_seed_and_item), CHECK_CASE(a_source_owns_its_environment))
