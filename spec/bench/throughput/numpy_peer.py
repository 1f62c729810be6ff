"""NumPy and numexpr in the throughput benchmarks: whole expressions, as their manuals have them. The first argument says
which of the two; the others, the items and what is printed are those of harness.h."""

import math
import sys
import time

import numpy as np

if sys.argv[1] == "numexpr":
    import numexpr as ne


def mixed(k):
    z = (k + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return z ^ (z >> np.uint64(32))


def uniform(n, odd):
    k = np.arange(odd, 2 * n + odd, 2, dtype=np.uint64)
    return (mixed(k) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def ends_and_middle(a):
    return float(a[0]) + float(a[len(a) // 2]) + float(a[-1]) if len(a) else 0.0


def exp_into(b):
    np.negative(np.multiply(b.x, b.x, out=b.out), out=b.out)
    return ends_and_middle(np.exp(b.out, out=b.out))


def windows(b):
    out = b.out[:-2]
    np.add(b.x[:-2], b.x[2:], out=out)
    out += 2 * b.x[1:-1]
    out *= 0.25
    return ends_and_middle(out)


def convolution(b):
    width = math.isqrt(b.n)
    columns = b.x[: -2 * width] + b.x[2 * width :]
    columns += 2 * b.x[width:-width]
    out = b.out[: b.n - 2 * width - 2]
    np.add(columns[:-2], columns[2:], out=out)
    out += 2 * columns[1:-1]
    out *= 1 / 16
    return ends_and_middle(out)


def flat_map(b):
    made = np.repeat(b.x[: b.n // 10], b.copies[: b.n // 10])
    return len(made) + ends_and_middle(made)


def histogram(b):
    bins, _ = np.histogram(b.x, bins=100, range=(0, 1))
    return float((bins * np.arange(1, 101)).sum())


def count_by(b):
    values, counts = np.unique(b.keys, return_counts=True)
    return float(len(values) + counts[np.searchsorted(values, b.keys[0])])


def sort(b):
    b.out.sort()
    return ends_and_middle(b.out)


def sort_u32(b):
    b.sorted_words.sort()
    return ends_and_middle(b.sorted_words)


numpy = {
    "dot": lambda b: float((b.x * b.y).sum()),
    "sum": lambda b: float(b.x.sum()),
    "chain": lambda b: float((np.sqrt(b.x * b.x + b.y * b.y) * 0.5 + 1).sum()),
    "exp": exp_into,
    "exp_new": lambda b: ends_and_middle(np.exp(-b.x * b.x)),
    "add_new": lambda b: ends_and_middle(b.x + 1),
    "filter": lambda b: float(b.x[b.x > 0.5].sum()),
    "flat_map": flat_map,
    "windows": windows,
    "convolution": convolution,
    "scan": lambda b: ends_and_middle(np.cumsum(b.x)),
    "histogram": histogram,
    "count_by": count_by,
    "sort": sort,
    "sort_u32": sort_u32,
}

numexpr = {
    "dot": lambda b: float(ne.evaluate("sum(x * y)", b.columns)),
    "sum": lambda b: float(ne.evaluate("sum(x)", b.columns)),
    "chain": lambda b: float(ne.evaluate("sum(sqrt(x * x + y * y) * 0.5 + 1)", b.columns)),
    "exp": lambda b: ends_and_middle(ne.evaluate("exp(-x * x)", b.columns, out=b.out)),
    "exp_new": lambda b: ends_and_middle(ne.evaluate("exp(-x * x)", b.columns)),
    "add_new": lambda b: ends_and_middle(ne.evaluate("x + 1", b.columns)),
    "filter": lambda b: float(ne.evaluate("sum(where(x > 0.5, x, 0))", b.columns)),
}


class Bench:
    """Columns of the longest measurement; sized(n) gives the first n items of each."""

    def __init__(self, wanted):
        def longest(*names):
            return max([n for name, n in wanted if name in names], default=0)

        words, keys, copies = longest("sort_u32"), longest("count_by"), longest("flat_map")
        self.n = longest(*[name for name in numpy if name not in ("sort_u32", "count_by")])
        self.x = uniform(self.n, 0)
        self.y = uniform(longest("dot", "chain"), 1)
        self.out = np.zeros(longest("exp", "windows", "convolution", "sort"))
        self.words = (mixed(np.arange(words, dtype=np.uint64)) >> np.uint64(32)).astype(np.uint32)
        self.sorted_words = self.words.copy()
        self.keys = (mixed(np.arange(keys, dtype=np.uint64)) >> np.uint64(11)).astype(np.int64) % 1000 * 1000003
        self.copies = np.arange(copies) % 21

    def sized(self, n):
        b = object.__new__(Bench)
        for name, column in vars(self).items():
            if name != "n":
                setattr(b, name, column[:n])
        b.n = n
        b.columns = {"x": b.x, "y": b.y}
        return b


def before(name, b):
    if name == "sort":
        b.out[:] = b.x
    elif name == "sort_u32":
        b.sorted_words[:] = b.words


def timed(name, fn, b, calls):
    """Seconds of one run, of so many in a row, and the check; what happens before a run is left out."""
    start, seconds = time.perf_counter(), 0.0
    if not name.startswith("sort"):
        for _ in range(calls):
            check = fn(b)
        return (time.perf_counter() - start) / calls, check
    for _ in range(calls):
        before(name, b)
        start = time.perf_counter()
        check = fn(b)
        seconds += time.perf_counter() - start
    return seconds / calls, check


def shortest(name, fn, b):
    once, check = timed(name, fn, b, 1)
    if once < 0.1:
        once, check = timed(name, fn, b, 1)
    calls = int(1e-3 / (once + 1e-9)) + 1 if once < 1e-3 else 1
    least, total, batch = math.inf, 0.0, 0
    while total < 0.1 if batch < 3 else total < 0.02:
        seconds, check = timed(name, fn, b, calls)
        total += seconds * calls
        least = min(least, seconds)
        batch += 1
    return least, check


def main():
    wanted = [(w.split(":")[0], int(w.split(":")[1])) for w in sys.argv[2:]]
    b = Bench(wanted)
    for name, n in wanted:
        fn = (numexpr if sys.argv[1] == "numexpr" else numpy)[name]
        print(name, n, "%.12f %.17g" % shortest(name, fn, b.sized(n)), flush=True)


main()
