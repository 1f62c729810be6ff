/*
** A target without libFuzzer: each file that is named, and those in folders, is an input; "-random=N" makes N more of
** TINE_SEED, which is printed.
*/
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LARGEST = 4096 };

static long inputs;

static void use_file(const char *path) {
  static uint8_t data[1 << 20];
  FILE *file = fopen(path, "rb");
  size_t size;
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  size = fread(data, 1, sizeof data, file);
  fclose(file);
  fprintf(stderr, "%s\n", path);
  LLVMFuzzerTestOneInput(data, size);
  inputs++;
}

static void use_path(const char *path) {
  DIR *folder = opendir(path);
  char inner[4096];
  if (folder == NULL) {
    use_file(path);
    return;
  }
  for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
    snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
    if (e->d_name[0] != '.')
      use_path(inner);
  }
  closedir(folder);
}

/* Marsaglia's xorshift, so that it is the same everywhere. */
static void use_random(long n) {
  const char *given = getenv("TINE_SEED");
  const uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
  uint64_t x = seed * 2 + 1;
  fprintf(stderr, "%ld random inputs, TINE_SEED=%llu\n", n, (unsigned long long)seed);
  for (long k = 0; k < n; k++) {
    uint8_t data[LARGEST];
    size_t size = 1 + x % 600;
    for (size_t i = 0; i < size; i++) {
      x ^= x << 13, x ^= x >> 7, x ^= x << 17;
      data[i] = (uint8_t)(x >> 32);
    }
    LLVMFuzzerTestOneInput(data, size);
    inputs++;
  }
}

int main(int argc, char **argv) {
  const int given = argc;
  LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < given; i++) {
    if (strncmp(argv[i], "-random=", 8) == 0)
      use_random(atol(argv[i] + 8));
    else if (argv[i][0] != '-')
      use_path(argv[i]);
  }
  printf("%ld inputs, no finding\n", inputs);
  return 0;
}
