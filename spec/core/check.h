/*
** The C tests' harness. A test file 'foo_test.c' has functions of no argument and ends with
**
**     CHECK_SUITE(foo, CHECK_CASE(splits_anywhere), CHECK_CASE(empty))
**
** and is listed in tests.def. Checks print both values, count, and go on; CHECK_STOP leaves the function.
*/
#ifndef SPEC_CHECK_H
#define SPEC_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct check_case {
  const char *name;
  void (*run)(void);
} check_case;

#define CHECK_CASE(fn) \
  { #fn, fn }
#define CHECK_SUITE(suite, ...)            \
  extern const check_case suite##_tests[]; \
  const check_case suite##_tests[] = {__VA_ARGS__, {NULL, NULL}};

/* Each returns whether it held. */
bool check_true(bool held, const char *what, const char *file, int line);
bool check_int(int64_t got, int64_t want, const char *what, const char *file, int line);
bool check_bits(double got, double want, const char *what, const char *file,
                int line); /* NaN equals NaN, -0 is not 0 */
bool check_text(const char *got, const char *want, const char *what, const char *file, int line);
bool check_contains(const char *got, const char *part, const char *what, const char *file, int line);

#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(got, want) check_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define CHECK_F64(got, want) check_bits((got), (want), #got, __FILE__, __LINE__)
#define CHECK_TEXT(got, want) check_text((got), (want), #got, __FILE__, __LINE__)
#define CHECK_CONTAINS(got, part) check_contains((got), (part), #got, __FILE__, __LINE__)
#define CHECK_STOP(condition) \
  do {                        \
    if (!CHECK(condition))    \
      return;                 \
  } while (0)

/* Where this system keeps what is temporary. And makes a new folder there, whose path it writes to 'path'. */
const char *check_tmpdir(void);
bool check_folder(char *path, size_t size);

/* Turns the elements of a saved .npy file, which are little-endian everywhere, into the order of this machine, in which
   they can be mapped. */
void check_own_order(const char *path);

/* A random number from the run's seed (TINE_SEED, printed when a test fails): uniform 64 bits; below n. */
uint64_t check_random(void);
uint64_t check_below(uint64_t n);

#endif
