/*
** Runs the C tests: all of them, or those whose "suite.case" contains one of the arguments; but none that contains what
** follows a minus: "npy -npy.odd_bools". After each case the account of memory must be where it was. Ends with "N
** passed, N failed".
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <time.h>

#include "../../core/base/memory.h"
#include "check.h"

static unsigned failures; /* checks that failed in this case */
static uint64_t state, seed;

/* A check failed. Says so, and returns whether to say more: after a few of a case the rest only counts. */
static bool complain(const char *file, int line, const char *what) {
  if (++failures > 5)
    return false;
  printf("\n  %s:%d: %s", file, line, what);
  return true;
}

bool check_true(bool held, const char *what, const char *file, int line) {
  if (!held)
    complain(file, line, what);
  return held;
}

bool check_int(int64_t got, int64_t want, const char *what, const char *file, int line) {
  if (got == want)
    return true;
  if (complain(file, line, what))
    printf(": got %" PRId64 ", want %" PRId64, got, want);
  return false;
}

bool check_bits(double got, double want, const char *what, const char *file, int line) {
  if ((got != got && want != want) || memcmp(&got, &want, sizeof got) == 0)
    return true;
  if (complain(file, line, what))
    printf(": got %.17g (%a), want %.17g (%a)", got, got, want, want);
  return false;
}

bool check_text(const char *got, const char *want, const char *what, const char *file, int line) {
  if (got != NULL && strcmp(got, want) == 0)
    return true;
  if (complain(file, line, what))
    printf(": got \"%s\", want \"%s\"", got != NULL ? got : "(null)", want);
  return false;
}

bool check_contains(const char *got, const char *part, const char *what, const char *file, int line) {
  if (got != NULL && strstr(got, part) != NULL)
    return true;
  if (complain(file, line, what))
    printf(": got \"%s\", want a text with \"%s\"", got != NULL ? got : "(null)", part);
  return false;
}

const char *check_tmpdir(void) {
  const char *dir = getenv("TMPDIR");
  return dir != NULL ? dir : P_tmpdir;
}

bool check_folder(char *path, size_t size) {
  /* mkdtemp replaces the six letters at the end */
  snprintf(path, size, "%s/tine-spec-XXXXXX", check_tmpdir());
  return mkdtemp(path) != NULL;
}

void check_own_order(const char *path) {
  enum { PREFIX = 10 };
  const uint16_t one = 1;
  FILE *f = *(const char *)&one == 1 ? NULL : fopen(path, "r+b");
  unsigned char text[256] = {0}, x[8];
  size_t size, at;
  if (f == NULL)
    return; /* it is as it is to be, or a check will fail for want of it */
  at = PREFIX + (fread(text, 1, sizeof text, f) > PREFIX ? text[8] + 256u * text[9] : 0);
  unsigned char *const order = memchr(text, '<', sizeof text);
  size = order != NULL ? (size_t)(order[2] - '0') : 0;
  if (size > 0 && size <= sizeof x) {
    fseek(f, order - text, SEEK_SET);
    fputc('>', f);
    for (; fseek(f, (long)at, SEEK_SET), fread(x, 1, size, f) == size; at += size) {
      fseek(f, (long)at, SEEK_SET);
      for (size_t i = size; i-- > 0;)
        fputc(x[i], f);
    }
  }
  fclose(f);
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
uint64_t check_random(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t check_below(uint64_t n) {
  return check_random() % n;
}

#define SUITE(name) extern const check_case name##_tests[];
#include "tests.def"
#undef SUITE

static const struct {
  const char *name;
  const check_case *cases;
} suites[] = {
#define SUITE(name) {#name, name##_tests},
#include "tests.def"
#undef SUITE
};

static bool run_case(const char *suite, const check_case *c) {
  const size_t live = ti_memory_live();
  failures = 0;
  state = seed;
  c->run();
  CHECK_INT(ti_memory_live(), live);
  if (failures > 0)
    printf("\nFAILED %s.%s (TINE_SEED=%" PRIu64 ")\n", suite, c->name, seed);
  return failures == 0;
}

/* For who waits and sees nothing: spec/patience. */
static void tell_now(const char *name) {
  const char *const place = getenv("TINE_NOW");
  FILE *const f = place != NULL ? fopen(place, "w") : NULL;
  if (f != NULL) {
    fprintf(f, "%s (TINE_SEED=%" PRIu64 ")\n", name, seed);
    fclose(f);
  }
  if (getenv("TINE_VERBOSE") != NULL)
    fprintf(stderr, "%s\n", name);
}

/* Is it one of those that were asked for? */
static bool chosen(const char *name, char **args) {
  bool some = false, named = false;
  for (; *args != NULL; args++) {
    if ((*args)[0] == '-' && strstr(name, *args + 1) != NULL)
      return false;
    some = some || (*args)[0] != '-';
    named = named || strstr(name, *args) != NULL;
  }
  return named || !some;
}

int main(int argc, char **argv) {
  const char *given = getenv("TINE_SEED");
  unsigned passed = 0, failed = 0;
  char name[128];
  seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
  for (size_t s = 0; s < sizeof suites / sizeof suites[0]; s++)
    for (const check_case *c = suites[s].cases; c->name != NULL; c++) {
      snprintf(name, sizeof name, "%s.%s", suites[s].name, c->name);
      if (argc > 1 && !chosen(name, argv + 1))
        continue;
      tell_now(name);
      if (run_case(suites[s].name, c))
        passed++;
      else
        failed++;
    }
  printf("C tests: %u passed, %u failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
