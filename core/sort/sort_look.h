/*
** What comes before a radix sort, for one width of elements; a template as sort_radix.h, included before it. It looks
** at all elements, and moves NaNs out of the way.
*/

#define RADIX_SIGNED_(bits) int##bits##_t
#define RADIX_SIGNED(bits) RADIX_SIGNED_(bits)

typedef RADIX(ti_sort) RADIX(word);
typedef RADIX_SIGNED(RADIX_BITS) RADIX(signed_word);

static inline RADIX(word) RADIX(key)(RADIX(word) x, const ti_sort_map *map) {
  const RADIX(word) sign = (RADIX(word))((RADIX(signed_word))x >> (RADIX_BITS - 1));
  return (RADIX(word))((x ^ (sign & (RADIX(word))map->mask)) ^ (RADIX(word))map->flip);
}

static inline bool RADIX(is_nan)(RADIX(word) x, const ti_sort_map *map) {
  return (x & (RADIX(word))map->nan_mask) > (RADIX(word))map->nan_above;
}

/* ----- The look: bits that differ, order, NaNs ----- */

typedef struct RADIX(look) {
  const ti_sort_job *job;
  ti_cut cut;
  ti_sort_stats found[TI_BLOCKS_MOST];
} RADIX(look);

static void RADIX(look_block)(void *env, size_t b) {
  RADIX(look) *const look = env;
  const ti_sort_job *const job = look->job;
  const RADIX(word) *const x = job->items;
  const size_t lo = b * look->cut.each, hi = ti_cut_end(&look->cut, b);
  const RADIX(word) first = RADIX(key)(x[0], &job->map);
  RADIX(word) differ = 0, nans = 0, last = RADIX(key)(x[lo > 0 ? lo - 1 : 0], &job->map);
  ti_sort_stats *const result = &look->found[b];
  size_t i = lo > 0 ? lo : 1;
  ti_sort_stats s = {false, 0, false, false};
  for (; i < hi && !(s.falls && s.rises); i++) {
    const RADIX(word) key = RADIX(key)(x[i], &job->map);
    s.falls |= key < last;
    s.rises |= key >= last;
    nans |= RADIX(is_nan)(x[i], &job->map);
    differ |= key ^ first;
    last = key;
  }
  for (; i < hi; i++) {
    differ |= RADIX(key)(x[i], &job->map) ^ first;
    nans |= RADIX(is_nan)(x[i], &job->map);
  }
  s.nans = nans != 0 || (lo == 0 && RADIX(is_nan)(x[0], &job->map));
  s.differ = differ;
  *result = s;
}

static ti_sort_stats RADIX(look_all)(tine_ctx *ctx, const ti_sort_job *job) {
  ti_sort_stats all = {false, 0, false, false};
  RADIX(look) look;
  look.job = job;
  look.cut = ti_blocks_cut(ctx, job->n, RADIX_LOOK);
  if (!ti_blocks_each(ctx, look.cut.count, RADIX(look_block), &look))
    return all;
  for (size_t b = 0; b < look.cut.count; b++) {
    all.differ |= look.found[b].differ;
    all.nans |= look.found[b].nans;
    all.falls |= look.found[b].falls;
    all.rises |= look.found[b].rises;
  }
  return all;
}

/* ----- NaNs, of the types that have some ----- */

typedef struct RADIX(parting) {
  const ti_sort_job *job;
  ti_cut cut;
  size_t numbers[TI_BLOCKS_MOST + 1]; /* in each block; then where they go, and last how many there are */
} RADIX(parting);

static void RADIX(parting_count)(void *env, size_t b) {
  RADIX(parting) *const p = env;
  const RADIX(word) *const x = p->job->items;
  const size_t hi = ti_cut_end(&p->cut, b);
  size_t numbers = 0;
  for (size_t i = b * p->cut.each; i < hi; i++)
    numbers += !RADIX(is_nan)(x[i], &p->job->map);
  p->numbers[b] = numbers;
}

/* Before the block's own NaNs go all that are in the blocks before it. The items may have changed since they were
   counted: those of one sort for which there is no place left take the other's. */
static void RADIX(parting_move)(void *env, size_t b) {
  RADIX(parting) *const p = env;
  const RADIX(word) *const x = p->job->items;
  RADIX(word) *const to = p->job->scratch;
  const size_t lo = b * p->cut.each, hi = ti_cut_end(&p->cut, b), all = p->numbers[TI_BLOCKS_MOST];
  size_t number = p->numbers[b], nan = all + lo - number;
  const size_t number_end = b + 1 < p->cut.count ? p->numbers[b + 1] : all, nan_end = all + hi - number_end;
  for (size_t i = lo; i < hi; i++) {
    const RADIX(word) item = x[i];
    const bool last = number == number_end || (nan < nan_end && RADIX(is_nan)(item, &p->job->map));
    to[last ? nan++ : number++] = item;
  }
}

static void RADIX(parting_back)(void *env, uint64_t lo, uint64_t hi) {
  const ti_sort_job *const job = env;
  memcpy((RADIX(word) *)job->items + lo, (const RADIX(word) *)job->scratch + lo,
         (size_t)(hi - lo) * sizeof(RADIX(word)));
}

static size_t RADIX(part_nans)(tine_ctx *ctx, const ti_sort_job *job) {
  RADIX(parting) p = {.job = job};
  size_t sum = 0;
  p.cut = ti_blocks_cut(ctx, job->n, RADIX_LOOK);
  if (!ti_blocks_each(ctx, p.cut.count, RADIX(parting_count), &p))
    return 0;
  for (size_t b = 0; b < p.cut.count; b++) {
    const size_t count = p.numbers[b];
    p.numbers[b] = sum;
    sum += count;
  }
  ti_assert(sum <= job->n && p.cut.count <= TI_BLOCKS_MOST);
  p.numbers[TI_BLOCKS_MOST] = sum;
  if (!ti_blocks_each(ctx, p.cut.count, RADIX(parting_move), &p))
    return 0;
  ti_blocks_pass(ctx, job->n, RADIX_LOOK, true, RADIX(parting_back), (void *)(uintptr_t)job);
  return sum;
}

#undef RADIX_SIGNED_
#undef RADIX_SIGNED
