/*
** The sorting networks for one instruction set and width of keys; a template that sort_network.c includes once for
** each. The includer defines NET(name), which puts both into a name, and NET_LOG, log2 of how many keys a vector has;
** and above this the type NET(vector) and the operations on it that are asked for here.
**
** The keys lie in 'count' vectors, a power of two, and are thought to lie column by column: key i in lane i / count of
** vector i % count. First the columns are sorted, all side by side. Then neighbouring columns are merged, then pairs
** of those, and so on, each time by a bitonic network (Batcher 1968): every key is compared with the one as far from
** the other end of both, then with the one half of that many places on, a quarter, ... While that is a whole number of
** columns on, lanes are exchanged; then vectors are compared as they are. (The layout is that of Blacher, Giesen and
** Kühne 2022.) Missing keys are the greatest there can be, and so come last.
*/

#define NET_LANES (1 << NET_LOG)
#define NET_EACH(v, count) _Pragma("GCC unroll 8") for (unsigned v = 0; v < (count); v++)

/* The lesser of each two to the first. */
NET_INLINE void NET(order)(NET(vector) * a, NET(vector) * b) {
  const NET(vector) less = NET(min)(*a, *b);
  *b = NET(max)(*a, *b);
  *a = less;
}

/* Those that are 'step' vectors apart. */
NET_INLINE void NET(apart)(NET(vector) * x, unsigned count, unsigned step) {
  NET_EACH(v, count)
  if ((v & step) == 0)
    NET(order)(&x[v], &x[v + step]);
}

/* Sorts columns: the odd-even merges of Batcher. */
NET_INLINE void NET(columns)(NET(vector) * x, unsigned count) {
  if (count >= 2)
    NET(apart)(x, count, 1);
  if (count >= 4) {
    NET(apart)(x, count, 2);
    NET_EACH(v, count / 4) NET(order)(&x[4 * v + 1], &x[4 * v + 2]);
  }
  if (count >= 8) {
    NET(apart)(x, count, 4);
    NET(order)(&x[2], &x[4]);
    NET(order)(&x[3], &x[5]);
    NET_EACH(v, 3) NET(order)(&x[2 * v + 1], &x[2 * v + 2]);
  }
}

/* Merges columns: 'bits' of the number of a lane tell one of those that become one. */
NET_INLINE void NET(merge)(NET(vector) * x, unsigned count, unsigned bits) {
  NET_EACH(v, (count + 1) / 2) {
    const NET(vector) a = x[v], b = x[count - 1 - v];
    x[v] = NET(choose)(a, NET(flip)(b, bits), bits - 1);
    x[count - 1 - v] = NET(choose)(b, NET(flip)(a, bits), bits - 1);
  }
  for (unsigned bit = bits - 1; bit-- > 0;)
    NET_EACH(v, count) x[v] = NET(choose)(x[v], NET(swap)(x[v], bit), bit);
  if (count >= 8)
    NET(apart)(x, count, 4);
  if (count >= 4)
    NET(apart)(x, count, 2);
  if (count >= 2)
    NET(apart)(x, count, 1);
}

/* From columns to rows: vectors are shuffled like two halves of a pack of cards, as often as it takes. */
NET_INLINE void NET(rows)(NET(vector) * x, unsigned count) {
  NET(vector) y[8];
  _Pragma("GCC unroll 3") for (unsigned half = count; half > 1; half /= 2) {
    NET_EACH(v, count) y[v] = x[v];
    NET_EACH(v, count / 2) NET(zip)(y[v], y[v + count / 2], &x[2 * v]);
  }
}

/* More keys than half of the vectors have room for, or any if there is only one. */
NET_INLINE void NET(sort_some)(NET(word) * home, const NET(word) * from, size_t n, unsigned count) {
  const unsigned full = count / 2;
  const NET(mask) mask = NET(first)(n - (size_t)full * NET_LANES);
  NET(vector) x[8];
  NET_EACH(v, full) x[v] = NET(load)(from + (size_t)v * NET_LANES);
  NET_EACH(v, count - full)
  x[full + v] = NET(load_some)(from + (size_t)(full + v) * NET_LANES, mask, v);
  NET(columns)(x, count);
  _Pragma("GCC unroll 4") for (unsigned bits = 1; bits <= NET_LOG; bits++) NET(merge)(x, count, bits);
  NET(rows)(x, count);
  NET_EACH(v, full) NET(store)(home + (size_t)v * NET_LANES, x[v]);
  NET_EACH(v, count - full)
  NET(store_some)(home + (size_t)(full + v) * NET_LANES, mask, v, x[full + v]);
}

static void NET(sort)(void *home, const void *x, size_t n) {
  ti_assert(n > 0 && n <= (size_t)8 * NET_LANES);
  if (n > (size_t)4 * NET_LANES)
    NET(sort_some)(home, x, n, 8);
  else if (n > (size_t)2 * NET_LANES)
    NET(sort_some)(home, x, n, 4);
  else if (n > NET_LANES)
    NET(sort_some)(home, x, n, 2);
  else
    NET(sort_some)(home, x, n, 1);
}

static const ti_sort_network NET(network) = {NET(sort), (size_t)8 * NET_LANES, NET_LOG + 1};

#undef NET_LANES
#undef NET_EACH
