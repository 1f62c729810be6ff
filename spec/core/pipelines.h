/*
** What the tests of pipelines share: the list of all producers, each with the items it must give, and small helpers.
**
** A new stage is added to CASES in pipelines.c and is then under every law.
*/
#ifndef SPEC_PIPELINES_H
#define SPEC_PIPELINES_H

#include "../../core/tine.h"
#include "check.h"

enum { CASE_COLUMNS = 3 };

/* A pipeline of about n items, built anew, and what item i of column c is. */
typedef struct pipeline_case {
  const char *name;
  tine_pipeline *(*make)(uint64_t n);
  double (*item)(uint64_t n, unsigned c, uint64_t i);
  uint64_t (*len)(uint64_t n);
} pipeline_case;

extern const pipeline_case pipeline_cases[];

/* An owned array of n random numbers in [-1, 1), small integers in i64. */
tine_array *random_array(tine_dtype dtype, uint64_t n);
/* Element i of a column as a double. */
double column_item(const tine_columns *block, unsigned c, size_t i);
/* The built-in kernel of that name. */
tine_kernel *builtin(const char *name);
/* 1, 2, ... n; and those of a pipeline for which a built-in predicate and a constant hold. */
tine_pipeline *numbers(int64_t n);
tine_pipeline *where(tine_pipeline *p, const char *predicate, int64_t x);
/* A pool with that many threads; the tests' own, made once and destroyed by pools_end. */
tine_pool *test_pool(unsigned threads);
void test_pools_end(void);
/* A user's kernel, "slow_neg": f64 -> f64 at random 0 or a few hundred ns an item; not cheap, so it is paced. */
tine_kernel *slow_kernel(void);
/* A user's kernel that fails at negative items with code TINE_EUSER + 7. */
tine_kernel *failing_kernel(void);
void test_kernels_end(void);

#endif
