/*
** The radix sort for one width of elements; a template that sort_radix.c includes once for each. The includer defines
** RADIX_BITS and RADIX(name), which puts the width into a name.
**
** A stretch is distributed by the highest bits in which its keys differ to some hundred buckets, from one array to the
** other, and then each bucket in the same way, until a bucket is so small that a sorting network takes it or every key
** can be compared with every other. Bits in which all agree cost nothing, so the number of steps depends on the
** information in the keys.
**
** Keys lie in memory that others may write to, wrongly, while they are sorted. What is taken from it to find a place is
** therefore a digit, which is a bucket's number whatever was read; no bucket's end goes beyond that of the stretch,
** ends do not fall, and each step looks at lower bits than the one before. So such a sort gives any keys at all in the
** end, but never touches what is not its own.
**
** Invariant: a stretch [items, items + n) has its place in both arrays and lies in one of them; when it is sorted it
** lies in 'home', as elements again. In between both arrays hold keys; raw elements are only in 'home' at the start.
*/

/* Keys to elements again, in place. The sign is that of the element, since the mask leaves it alone. */
static void RADIX(elements)(RADIX(word) * x, size_t n, const ti_sort_map *map) {
  const RADIX(word) flip = (RADIX(word))map->flip, mask = (RADIX(word))map->mask;
  if (radix_plain(map))
    return;
  for (size_t i = 0; i < n; i++) {
    const RADIX(word) y = x[i] ^ flip, sign = (RADIX(word))((RADIX(signed_word))y >> (RADIX_BITS - 1));
    x[i] = (RADIX(word))(y ^ (sign & mask));
  }
}

static void RADIX(keys)(RADIX(word) * x, size_t n, const ti_sort_map *map) {
  if (radix_plain(map))
    return;
  for (size_t i = 0; i < n; i++)
    x[i] = RADIX(key)(x[i], map);
}

/* ----- One thread ----- */

/* The bits in which the keys of a stretch differ. */
static RADIX(word) RADIX(differ)(const RADIX(word) * x, size_t n) {
  RADIX(word) differ = 0;
  for (size_t i = 1; i < n; i++)
    differ |= (RADIX(word))(x[i] ^ x[0]);
  return differ;
}

/* The same of any number, step by step. Where the terminal is over it may come to nothing: then the stretch counts as
   sorted, and is all there. */
static RADIX(word) RADIX(differ_all)(const RADIX(word) * x, size_t n) {
  RADIX(word) differ = 0;
  for (size_t lo = 0; lo < n && (lo == 0 || !ti_cancel_over()); lo += RADIX_LOOKS) {
    const size_t some = n - lo < RADIX_LOOKS ? n - lo : RADIX_LOOKS;
    differ |= (RADIX(word))(RADIX(differ)(x + lo, some) | (x[lo] ^ x[0]));
  }
  return differ;
}

/* Sorts at most RADIX_SMALL keys, from 'from' to 'to', which may be the same: the place of each is the number of those
   that go before it. No branch depends on a key, which is what makes it faster than insertion. */
static void RADIX(small)(void *to, const void *from, size_t n) {
  RADIX(word) *const home = to;
  const RADIX(word) *const x = from;
  RADIX(word) copy[RADIX_SMALL];
  unsigned place[RADIX_SMALL];
  ti_assert(n <= RADIX_SMALL);
  for (size_t i = 0; i < n; i++) {
    const RADIX(word) key = x[i];
    unsigned before = 0;
    for (size_t j = 0; j < i; j++) {
      const unsigned less = key < copy[j];
      place[j] += less;
      before += 1 - less;
    }
    copy[i] = key;
    place[i] = before;
  }
  for (size_t i = 0; i < n; i++)
    home[place[i]] = copy[i];
}

/* Distributes n keys; 'ends' becomes where each bucket ends. A function for each type of counter; inside of the
   recursion below its loops have too few registers. */
#define RADIX_DISTRIBUTE(name, counter)                                                                  \
  TI_NOINLINE static void RADIX(name)(RADIX(word) * to, const RADIX(word) * x, size_t n, unsigned shift, \
                                      unsigned bits, counter *ends) {                                    \
    const RADIX(word) digits = (RADIX(word))(((RADIX(word))1 << bits) - 1);                              \
    counter sum = 0;                                                                                     \
    memset(ends, 0, sizeof *ends << bits);                                                               \
    for (size_t i = 0; i < n; i++)                                                                       \
      ends[x[i] >> shift & digits]++;                                                                    \
    for (size_t d = 0; d <= digits; d++) {                                                               \
      const counter count = ends[d];                                                                     \
      ends[d] = sum;                                                                                     \
      sum = (counter)(sum + count);                                                                      \
    }                                                                                                    \
    for (size_t i = 0; i < n; i++) {                                                                     \
      counter *const end = &ends[x[i] >> shift & digits];                                                \
      if (TINE_LIKELY(*end < n))                                                                         \
        to[(*end)++] = x[i];                                                                             \
    }                                                                                                    \
  }
RADIX_DISTRIBUTE(distribute, size_t)
RADIX_DISTRIBUTE(distribute_few, radix_few)
#undef RADIX_DISTRIBUTE

/* The ends of buckets as what they have to be: see the head of this file. */
static void RADIX(rise)(size_t *ends, unsigned bits) {
  for (size_t d = 1; d >> bits == 0; d++)
    ends[d] = ends[d] > ends[d - 1] ? ends[d] : ends[d - 1];
}

typedef struct RADIX(stretch) {
  RADIX(word) * home, *other; /* its place in both arrays */
  size_t n;
  bool at_home;       /* it lies in 'home' */
  RADIX(word) differ; /* bits in which keys may differ, all that do among them; 0: unknown */
  RADIX(word) below;  /* bits that are to be looked at: those below the digits of the steps before */
  const ti_sort_job *job;
} RADIX(stretch);

/* What was distributed to [begin, end) of the other array, of which the bits 'below' are still to be looked at. */
static inline RADIX(stretch) RADIX(part)(const RADIX(stretch) * s, size_t begin, size_t end, RADIX(word) below) {
  const RADIX(stretch) part = {s->home + begin, s->other + begin, end - begin, !s->at_home, 0, below, s->job};
  ti_assert(begin <= end && end <= s->n);
  return part;
}

/* The bits below those of a digit from 'shift' on. */
static RADIX(word) RADIX(lower)(unsigned shift) {
  return (RADIX(word))(((RADIX(word))1 << shift) - 1);
}

/* Chooses the digit of a stretch: the bits from '*shift' on. False if it is sorted, because no bit that counts
   differs. */
static bool RADIX(digit)(const RADIX(stretch) * s, unsigned *shift, unsigned *bits) {
  const RADIX(word) *const x = s->at_home ? s->home : s->other;
  const RADIX(word) some = s->differ != 0 ? s->differ : RADIX(differ_all)(x, s->n);
  const uint64_t differ = (uint64_t)(some & s->below) >> s->job->low;
  const unsigned high = differ != 0 ? 64 - (unsigned)__builtin_clzll(differ) : 0;
  const unsigned width = radix_width(s->job, s->n);
  *bits = high < width ? high : width;
  *shift = s->job->low + high - *bits;
  return high > 0;
}

/* Sorts a stretch of fewer than RADIX_FORK keys; 'room' has place for the buckets of all steps. */
static void RADIX(alone)(const RADIX(stretch) * s, radix_few *room) {
  const ti_sort_network *const network = s->job->network;
  RADIX(word) *const x = s->at_home ? s->home : s->other, *const to = s->at_home ? s->other : s->home;
  unsigned shift, bits;
  size_t begin = 0;
  if (s->n <= (network != NULL ? network->most : RADIX_SMALL)) {
    (network != NULL ? network->sort : RADIX(small))(s->home, x, s->n);
    return;
  }
  if (!RADIX(digit)(s, &shift, &bits)) {
    if (!s->at_home)
      memcpy(s->home, x, s->n * sizeof *x);
    return;
  }
  RADIX(distribute_few)(to, x, s->n, shift, bits, room);
  for (size_t d = 0; d >> bits == 0; d++) {
    const size_t end = room[d] > begin ? room[d] : begin;
    const RADIX(stretch) bucket = RADIX(part)(s, begin, end, RADIX(lower)(shift));
    begin = end;
    if (bucket.n > 0)
      RADIX(alone)(&bucket, room + ((size_t)1 << bits));
  }
}

/* The terminal is over: makes elements again of keys that lie at 's->home' or at the other place, if somebody wants
   them. */
static void RADIX(give_up)(const RADIX(stretch) * s) {
  if (!s->job->keeps)
    return;
  if (!s->at_home)
    memcpy(s->home, s->other, s->n * sizeof *s->home);
  RADIX(elements)(s->home, s->n, &s->job->map);
}

/* As above, and makes elements of them. Its frame is no part of the recursion above it. */
TI_NOINLINE static void RADIX(finish)(const RADIX(stretch) * s) {
  radix_few room[RADIX_ROOM];
  RADIX(alone)(s, room);
  RADIX(elements)(s->home, s->n, &s->job->map);
  radix_count(s->job, s->n);
}

/* ----- Several threads ----- */

static void RADIX(stretch_task)(tine_ctx *ctx, void *arg);

/* Neighbouring buckets of a stretch that was distributed. */
typedef struct RADIX(buckets) {
  const RADIX(stretch) * from;
  const size_t *ends;
  size_t lo, hi;     /* buckets */
  RADIX(word) below; /* of each */
} RADIX(buckets);

static size_t RADIX(begin)(const RADIX(buckets) * b, size_t bucket) {
  return bucket > 0 ? b->ends[bucket - 1] : 0;
}

static RADIX(stretch) RADIX(bucket)(const RADIX(buckets) * b, size_t bucket) {
  return RADIX(part)(b->from, RADIX(begin)(b, bucket), b->ends[bucket], b->below);
}

/* The first bucket that begins after the middle of them, but neither none nor all. */
static size_t RADIX(middle)(const RADIX(buckets) * b) {
  const size_t half = RADIX(begin)(b, b->lo) + (b->ends[b->hi - 1] - RADIX(begin)(b, b->lo)) / 2;
  size_t lo = b->lo + 1, hi = b->hi - 1;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    if (RADIX(begin)(b, mid) < half)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

/* Sorts them one after the other: fewer than RADIX_FORK keys in all, the first at 'begin'. */
TI_NOINLINE static void RADIX(buckets_alone)(const RADIX(buckets) * b, size_t begin, size_t n) {
  radix_few room[RADIX_ROOM];
  for (size_t d = b->lo; d < b->hi; d++) {
    const RADIX(stretch) s = RADIX(bucket)(b, d);
    if (s.n > 0)
      RADIX(alone)(&s, room);
  }
  RADIX(elements)(b->from->home + begin, n, &b->from->job->map);
  radix_count(b->from->job, n);
}

static void RADIX(buckets_task)(tine_ctx *ctx, void *arg) {
  RADIX(buckets) left = *(const RADIX(buckets) *)arg, right = left;
  const size_t begin = RADIX(begin)(&left, left.lo), n = left.ends[left.hi - 1] - begin;
  if (ti_cancel_over()) {
    const RADIX(stretch) s = RADIX(part)(left.from, begin, begin + n, 0);
    RADIX(give_up)(&s);
  } else if (left.hi - left.lo == 1 && n > 0) {
    RADIX(stretch) s = RADIX(bucket)(&left, left.lo);
    RADIX(stretch_task)(ctx, &s);
  } else if (n < RADIX_FORK) {
    RADIX(buckets_alone)(&left, begin, n);
  } else {
    left.hi = right.lo = RADIX(middle)(&left);
    ti_blocks_both(ctx, RADIX(buckets_task), &left, &right);
  }
}

/* Distribution by several threads: every block counts its digits, then knows where its keys of each digit go. */
typedef struct RADIX(spread) {
  const RADIX(stretch) * s;
  const ti_sort_map *map; /* makes keys of what is read */
  unsigned shift, bits;
  ti_cut cut;
  size_t *counts; /* a row for each block */
} RADIX(spread);

static const RADIX(word) * RADIX(spread_block)(const RADIX(spread) * p, size_t b, size_t *n) {
  const size_t lo = b * p->cut.each;
  *n = ti_cut_end(&p->cut, b) - lo;
  return (p->s->at_home ? p->s->home : p->s->other) + lo;
}

static void RADIX(spread_count)(void *env, size_t b) {
  const RADIX(spread) p = *(const RADIX(spread) *)env;
  const ti_sort_map map = *p.map;
  const RADIX(word) digits = (RADIX(word))(((RADIX(word))1 << p.bits) - 1);
  size_t n, *const counts = p.counts + (b << p.bits);
  const RADIX(word) *const x = RADIX(spread_block)(&p, b, &n);
  memset(counts, 0, sizeof *counts << p.bits);
  if (radix_plain(&map))
    for (size_t i = 0; i < n; i++)
      counts[x[i] >> p.shift & digits]++;
  else
    for (size_t i = 0; i < n; i++)
      counts[RADIX(key)(x[i], &map) >> p.shift & digits]++;
}

static void RADIX(spread_move)(void *env, size_t b) {
  const RADIX(spread) p = *(const RADIX(spread) *)env;
  const ti_sort_map map = *p.map;
  const RADIX(word) digits = (RADIX(word))(((RADIX(word))1 << p.bits) - 1);
  size_t n, *const at = p.counts + (b << p.bits);
  const RADIX(word) *const x = RADIX(spread_block)(&p, b, &n);
  RADIX(word) *const to = p.s->at_home ? p.s->other : p.s->home;
  const size_t all = p.s->n;
  size_t some = RADIX_TOUCH;
  for (size_t lo = 0; lo < n && (lo == 0 || !ti_cancel_over()); lo += some) {
    if (lo > 2 << RADIX_WIDTH && some < RADIX_FORK)
      some *= 2;
    const size_t hi = n - lo < some ? n : lo + some;
    for (size_t i = lo; i < hi; i++) {
      const RADIX(word) key = RADIX(key)(x[i], &map);
      size_t *const end = &at[key >> p.shift & digits];
      if (TINE_LIKELY(*end < all))
        to[(*end)++] = key;
    }
  }
}

/* Leaves the buckets' ends in the last row, since that block's keys come last in each. False: the terminal is over, and
   all is still where it was. */
static bool RADIX(spread_all)(tine_ctx *ctx, RADIX(spread) * p) {
  size_t sum = 0;
  if (!ti_blocks_each(ctx, p->cut.count, RADIX(spread_count), p))
    return false;
  for (size_t d = 0; d >> p->bits == 0; d++)
    for (size_t b = 0; b < p->cut.count; b++) {
      size_t *const at = &p->counts[(b << p->bits) + d];
      const size_t count = *at;
      *at = sum;
      sum += count;
    }
  return ti_blocks_each(ctx, p->cut.count, RADIX(spread_move), p);
}

/* The digit of a stretch has been chosen: distributes it by several threads and sorts the buckets. False, with nothing
   done, if there is no memory for the counts. */
static bool RADIX(spread_stretch)(tine_ctx *ctx, RADIX(spread) * p) {
  RADIX(buckets) all = {p->s, NULL, 0, (size_t)1 << p->bits, RADIX(lower)(p->shift)};
  size_t *ends, bytes;
  p->cut = ti_blocks_cut(ctx, p->s->n, RADIX_BLOCK);
  bytes = p->cut.count * (2 * sizeof *p->counts + TI_CACHE_LINE) << p->bits;
  p->counts = ti_alloc(bytes, TI_CACHE_LINE);
  if (p->counts == NULL)
    return false;
  if (RADIX(spread_all)(ctx, p)) {
    all.ends = ends = p->counts + ((p->cut.count - 1) << p->bits);
    RADIX(rise)(ends, p->bits);
    RADIX(buckets_task)(ctx, &all);
  } else if (p->map != &p->s->job->map) /* else they are elements still */
    RADIX(give_up)(p->s);
  ti_free(p->counts, bytes, TI_CACHE_LINE);
  return true;
}

/* As above, but distributes on this thread alone. Counters lie in memory, for a stretch in which nearly all keys have
   the same digit is distributed inside of another such, and so on; without memory the digit is a short one. */
static void RADIX(split_stretch)(tine_ctx *ctx, const RADIX(spread) * p) {
  size_t few[1 << RADIX_NARROW];
  const RADIX(stretch) *const s = p->s;
  const size_t bytes = sizeof(size_t) << p->bits;
  size_t *const many = ti_alloc(bytes, TI_CACHE_LINE), *const ends = many != NULL ? many : few;
  const unsigned bits = many != NULL || p->bits < RADIX_NARROW ? p->bits : RADIX_NARROW;
  const unsigned shift = p->shift + p->bits - bits;
  RADIX(buckets) all = {s, ends, 0, (size_t)1 << bits, RADIX(lower)(shift)};
  RADIX(distribute)(s->at_home ? s->other : s->home, s->at_home ? s->home : s->other, s->n, shift, bits, ends);
  RADIX(rise)(ends, bits);
  RADIX(buckets_task)(ctx, &all);
  ti_free(many, bytes, TI_CACHE_LINE);
}

/* Sorts a stretch of keys. */
static void RADIX(stretch_task)(tine_ctx *ctx, void *arg) {
  static const ti_sort_map none = {0, 0, 0, 0};
  const RADIX(stretch) *const s = arg;
  RADIX(spread) p = {.s = s, .map = &none};
  if (s->n >= RADIX_FORK && ti_cancel_over()) {
    RADIX(give_up)(s);
  } else if (s->n < RADIX_FORK) {
    RADIX(finish)(s);
  } else if (!RADIX(digit)(s, &p.shift, &p.bits)) {
    if (!s->at_home)
      memcpy(s->home, s->other, s->n * sizeof *s->home);
    RADIX(elements)(s->home, s->n, &s->job->map);
    radix_count(s->job, s->n);
  } else if (s->n < (ctx != NULL ? RADIX_SPREAD : RADIX_LONG) || !RADIX(spread_stretch)(ctx, &p)) {
    RADIX(split_stretch)(ctx, &p);
  }
}

static void RADIX(radix)(tine_ctx *ctx, const ti_sort_job *job, uint64_t differ) {
  RADIX(stretch) s = {job->items, job->scratch, job->n, true, (RADIX(word))differ, (RADIX(word))UINT64_MAX, job};
  RADIX(spread) p = {.s = &s, .map = &job->map};
  if (differ >> job->low == 0)
    return;
  if (s.n >= (ctx != NULL ? RADIX_SPREAD : RADIX_LONG) && RADIX(digit)(&s, &p.shift, &p.bits) &&
      RADIX(spread_stretch)(ctx, &p))
    return;
  RADIX(keys)(s.home, s.n, &job->map);
  RADIX(stretch_task)(ctx, &s);
}

const ti_sort_width RADIX(ti_sort_width) = {RADIX(look_all), RADIX(part_nans), RADIX(radix)};
