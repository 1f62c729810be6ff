/*
** The side of oneTBB in the fork-join benchmarks: see pool.c, whose arguments it takes. Built twice, as the
** language has it and with -ffast-math, which lets a compiler sum in lanes.
*/
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_reduce.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

static const long SUMMED_ITEMS = 4000000;

static void require(bool ok, const char *what) {
  if (ok)
    return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(EXIT_FAILURE);
}

static double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static long fib(long n) {
  if (n < 2)
    return n;
  long x;
  tbb::task_group group;
  group.run([&x, n] { x = fib(n - 1); });
  const long y = fib(n - 2);
  group.wait();
  return x + y;
}

static long expected_fib(long n) {
  return n < 2 ? n : expected_fib(n - 1) + expected_fib(n - 2);
}

static double measure_fib(long size) {
  static const long expected = expected_fib(size);
  const double start = now();
  const long f = fib(size);
  const double seconds = now() - start;
  require(f == expected, "wrong Fibonacci number");
  return seconds;
}

typedef tbb::blocked_range<const double *> range;

static double sum(const double *x, long n) {
  return tbb::parallel_reduce(
      range(x, x + n), 0.0,
      [](const range &r, double s) {
        for (const double *p = r.begin(); p != r.end(); p++)
          s += *p;
        return s;
      },
      [](double a, double b) { return a + b; });
}

/* Read at each call, so that no call can be moved out of the loop around it. */
static double (*volatile measured)(const double *, long) = sum;

static double measure_sum(long size) {
  const long calls = SUMMED_ITEMS / size + 1;
  std::vector<double> x(static_cast<std::size_t>(size));
  double expected = 0;
  for (std::size_t i = 0; i < x.size(); i++)
    expected += x[i] = static_cast<double>(i % 1000);
  bool right = true;
  const double start = now();
  for (long i = 0; i < calls; i++)
    right &= measured(x.data(), size) >= expected;
  const double seconds = (now() - start) / static_cast<double>(calls);
  require(right, "wrong sum");
  return seconds;
}

int main(int argc, char **argv) {
  require(argc == 5, "usage: pool_tbb WORKLOAD SIZE THREADS REPETITIONS");
  double (*measure)(long size) = NULL;
  if (std::strcmp(argv[1], "fib") == 0)
    measure = measure_fib;
  else if (std::strcmp(argv[1], "sum") == 0)
    measure = measure_sum;
  require(measure != NULL, "no such workload");
  const int threads = std::atoi(argv[3]);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  arena.execute([&] {
    measure(std::atol(argv[2]));
    for (int i = std::atoi(argv[4]); i > 0; i--)
      std::printf("%.12f\n", measure(std::atol(argv[2])));
  });
  return EXIT_SUCCESS;
}
