/*
** oneTBB in the throughput benchmarks: its own reduce, scan and sort, on ranges as its manual has them.
*/
#include "harness.h"
#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>
#include <vector>

#include <tbb/blocked_range.h>
#include <tbb/combinable.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>
#include <tbb/parallel_scan.h>
#include <tbb/parallel_sort.h>

typedef tbb::blocked_range<long> range;

static double plus(double a, double b) {
  return a + b;
}

/* The sum of term(i). */
template <typename Term> static double summed(long n, Term term) {
  return tbb::parallel_reduce(
      range(0, n), 0.0,
      [&](const range &r, double s) {
        for (long i = r.begin(); i != r.end(); i++)
          s += term(i);
        return s;
      },
      plus);
}

/* out[i] = term(i). */
template <typename Term> static void stored(double *out, long n, Term term) {
  tbb::parallel_for(range(0, n), [=](const range &r) {
    for (long i = r.begin(); i != r.end(); i++)
      out[i] = term(i);
  });
}

static double dot(const bench *b) {
  const double *x = b->x, *y = b->y;
  return summed(b->n, [=](long i) { return x[i] * y[i]; });
}

static double sum(const bench *b) {
  const double *x = b->x;
  return summed(b->n, [=](long i) { return x[i]; });
}

static double chain(const bench *b) {
  const double *x = b->x, *y = b->y;
  return summed(b->n, [=](long i) { return std::sqrt(x[i] * x[i] + y[i] * y[i]) * 0.5 + 1; });
}

static double filter(const bench *b) {
  const double *x = b->x;
  return summed(b->n, [=](long i) { return x[i] > 0.5 ? x[i] : 0; });
}

static double exp_into(const bench *b) {
  const double *x = b->x;
  stored(b->out, b->n, [=](long i) { return std::exp(-x[i] * x[i]); });
  return ends_and_middle(b->out, b->n);
}

static double windows(const bench *b) {
  const double *x = b->x;
  stored(b->out, b->n - 2, [=](long i) { return (x[i] + x[i + 2] + 2 * x[i + 1]) * 0.25; });
  return ends_and_middle(b->out, b->n - 2);
}

static double convolution(const bench *b) {
  const double *x = b->x;
  const long w = side_of(b->n), n = b->n - 2 * w - 2;
  stored(b->out, n, [=](long i) {
    const double left = x[i] + x[i + 2 * w] + 2 * x[i + w];
    const double middle = x[i + 1] + x[i + 1 + 2 * w] + 2 * x[i + 1 + w];
    const double right = x[i + 2] + x[i + 2 + 2 * w] + 2 * x[i + 2 + w];
    return (left + right + 2 * middle) * (1.0 / 16);
  });
  return ends_and_middle(b->out, n);
}

static double scan(const bench *b) {
  const double *x = b->x;
  std::unique_ptr<double[]> memory(new double[static_cast<std::size_t>(b->n)]); /* not initialised */
  double *out = memory.get();
  tbb::parallel_scan(
      range(0, b->n), 0.0,
      [=](const range &r, double s, bool final) {
        for (long i = r.begin(); i != r.end(); i++) {
          s += x[i];
          if (final)
            out[i] = s;
        }
        return s;
      },
      plus);
  return ends_and_middle(out, b->n);
}

static double mandelbrot(const bench *b) {
  const long side = side_of(b->n);
  return summed(side, [=](long row) {
    long steps = 0;
    for (long i = row * side; i < (row + 1) * side; i++)
      steps += mandelbrot_steps(i, side);
    return static_cast<double>(steps);
  });
}

static double histogram(const bench *b) {
  const double *x = b->x;
  tbb::combinable<std::vector<long>> parts([] { return std::vector<long>(101); });
  tbb::parallel_for(range(0, b->n), [&](const range &r) {
    long *bins = parts.local().data();
    for (long i = r.begin(); i != r.end(); i++)
      bins[static_cast<int>(x[i] * 100)]++;
  });
  double check = 0;
  parts.combine_each([&](const std::vector<long> &bins) {
    for (std::size_t k = 0; k < bins.size(); k++)
      check += static_cast<double>(std::min<std::size_t>(k, 99) + 1) * static_cast<double>(bins[k]);
  });
  return check;
}

static double count_by(const bench *b) {
  const int64_t *keys = b->keys;
  tbb::combinable<std::unordered_map<int64_t, long>> parts;
  tbb::parallel_for(range(0, b->n), [&](const range &r) {
    auto &counts = parts.local();
    for (long i = r.begin(); i != r.end(); i++)
      counts[keys[i]]++;
  });
  std::unordered_map<int64_t, long> all;
  parts.combine_each([&](const std::unordered_map<int64_t, long> &counts) {
    for (const auto &c : counts)
      all[c.first] += c.second;
  });
  return static_cast<double>(all.size()) + static_cast<double>(all[keys[0]]);
}

static void unsort(const bench *b) {
  std::copy(b->x, b->x + b->n, b->out);
}

static double sort(const bench *b) {
  tbb::parallel_sort(b->out, b->out + b->n);
  return ends_and_middle(b->out, b->n);
}

static void unsort_words(const bench *b) {
  std::copy(b->words, b->words + b->n, b->sorted_words);
}

static double sort_u32(const bench *b) {
  const uint32_t *w = b->sorted_words;
  tbb::parallel_sort(b->sorted_words, b->sorted_words + b->n);
  return static_cast<double>(w[0]) + static_cast<double>(w[b->n / 2]) + static_cast<double>(w[b->n - 1]);
}

static const workload workloads[] = {
    {"dot", dot, nullptr, USES_X | USES_Y},
    {"sum", sum, nullptr, USES_X},
    {"chain", chain, nullptr, USES_X | USES_Y},
    {"exp", exp_into, nullptr, USES_X | USES_OUT},
    {"filter", filter, nullptr, USES_X},
    {"windows", windows, nullptr, USES_X | USES_OUT},
    {"convolution", convolution, nullptr, USES_X | USES_OUT},
    {"scan", scan, nullptr, USES_X},
    {"histogram", histogram, nullptr, USES_X},
    {"count_by", count_by, nullptr, USES_KEYS},
    {"sort", sort, unsort, USES_X | USES_OUT},
    {"sort_u32", sort_u32, unsort_words, USES_WORDS},
    {"mandelbrot", mandelbrot, nullptr, 0},
};

int main(int argc, char **argv) {
  const char *threads = std::getenv("OMP_NUM_THREADS"); /* TBB has no variable of its own */
  tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                              static_cast<std::size_t>(threads != nullptr ? std::atoi(threads) : 2));
  return measure_all(argc, argv, workloads, sizeof workloads / sizeof *workloads);
}
