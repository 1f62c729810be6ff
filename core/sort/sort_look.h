/*
** What comes before a radix sort, for one width of elements; a template as sort_radix.h, included before it. It looks
** at all elements, and moves NaNs out of the way.
*/

#define RADIX_WORD_(bits) uint##bits##_t
#define RADIX_WORD(bits) RADIX_WORD_(bits)
#define RADIX_SIGNED_(bits) int##bits##_t
#define RADIX_SIGNED(bits) RADIX_SIGNED_(bits)

/* Elements are read and written as words, whatever type the host knows them by. */
typedef RADIX_WORD(RADIX_BITS) __attribute__((may_alias)) RADIX(word);
typedef RADIX_SIGNED(RADIX_BITS) RADIX(signed_word);

static inline RADIX(word) RADIX(key)(RADIX(word) x, const ti_sort_map *map) {
  const RADIX(word) sign = (RADIX(word))((RADIX(signed_word))x >> (RADIX_BITS - 1));
  return (RADIX(word))((x ^ (sign & (RADIX(word))map->mask)) ^ (RADIX(word))map->flip);
}

/* ----- The look: bits that differ, order, NaNs ----- */

typedef struct RADIX(look) {
  const ti_sort_job *job;
  size_t block;
  ti_sort_stats found[TI_BLOCKS_MOST];
} RADIX(look);

static void RADIX(look_block)(tine_ctx *ctx, void *env, size_t b) {
  RADIX(look) *const look = env;
  const ti_sort_job *const job = look->job;
  const RADIX(word) *const x = job->items;
  const RADIX(word) nan_mask = (RADIX(word))job->map.nan_mask, above = (RADIX(word))job->map.nan_above;
  const size_t lo = b * look->block, hi = job->n - lo < look->block ? job->n : lo + look->block;
  const RADIX(word) first = RADIX(key)(x[0], &job->map);
  RADIX(word) differ = 0, last = RADIX(key)(x[lo > 0 ? lo - 1 : 0], &job->map);
  ti_sort_stats *const result = &look->found[b];
  size_t i = lo > 0 ? lo : 1;
  ti_sort_stats s = {lo == 0 && (x[0] & nan_mask) > above, 0, false, false};
  (void)ctx;
  for (; i < hi && !(s.falls && s.rises); i++) {
    const RADIX(word) key = RADIX(key)(x[i], &job->map);
    s.falls |= key < last;
    s.rises |= key >= last;
    s.nans += (x[i] & nan_mask) > above;
    differ |= key ^ first;
    last = key;
  }
  for (; i < hi; i++) {
    differ |= RADIX(key)(x[i], &job->map) ^ first;
    s.nans += (x[i] & nan_mask) > above;
  }
  s.differ = differ;
  *result = s;
}

ti_sort_stats RADIX(ti_sort_look)(tine_ctx *ctx, const ti_sort_job *job) {
  ti_sort_stats all = {0, 0, false, false};
  RADIX(look) look;
  const size_t blocks = ti_blocks_of(ctx, job->n, RADIX_LOOK);
  look.job = job;
  look.block = (job->n + blocks - 1) / blocks;
  ti_assert(job->n > 0 && (job->n + look.block - 1) / look.block <= TI_BLOCKS_MOST);
  if (!ti_blocks_each(ctx, 0, (job->n + look.block - 1) / look.block, RADIX(look_block), &look))
    return all;
  for (size_t b = 0; b * look.block < job->n; b++) {
    all.differ |= look.found[b].differ;
    all.nans += look.found[b].nans;
    all.falls |= look.found[b].falls;
    all.rises |= look.found[b].rises;
  }
  return all;
}

/* ----- NaNs, of the types that have some ----- */

#if 1
typedef struct RADIX(parting) {
  const ti_sort_job *job;
  size_t block, blocks;
  size_t numbers[TI_BLOCKS_MOST + 1]; /* in each block; then where they go, and last how many there are */
} RADIX(parting);

static bool RADIX(is_nan)(RADIX(word) x, const ti_sort_map *map) {
  return (x & (RADIX(word))map->nan_mask) > (RADIX(word))map->nan_above;
}

static size_t RADIX(parting_end)(const RADIX(parting) * p, size_t b) {
  return p->job->n - b * p->block < p->block ? p->job->n : (b + 1) * p->block;
}

static void RADIX(parting_count)(tine_ctx *ctx, void *env, size_t b) {
  RADIX(parting) *const p = env;
  const RADIX(word) *const x = p->job->items;
  const size_t hi = RADIX(parting_end)(p, b);
  size_t numbers = 0;
  (void)ctx;
  for (size_t i = b * p->block; i < hi; i++)
    numbers += !RADIX(is_nan)(x[i], &p->job->map);
  p->numbers[b] = numbers;
}

/* Before the block's own NaNs go all that are in the blocks before it. The items may have changed since they were
   counted: those of one sort for which there is no place left take the other's. */
static void RADIX(parting_move)(tine_ctx *ctx, void *env, size_t b) {
  RADIX(parting) *const p = env;
  const RADIX(word) *const x = p->job->items;
  RADIX(word) *const to = p->job->scratch;
  const size_t lo = b * p->block, hi = RADIX(parting_end)(p, b), all = p->numbers[TI_BLOCKS_MOST];
  size_t number = p->numbers[b], nan = all + lo - number;
  const size_t number_end = b + 1 < p->blocks ? p->numbers[b + 1] : all, nan_end = all + hi - number_end;
  (void)ctx;
  for (size_t i = lo; i < hi; i++) {
    const RADIX(word) item = x[i];
    const bool last = number == number_end || (nan < nan_end && RADIX(is_nan)(item, &p->job->map));
    to[last ? nan++ : number++] = item;
  }
}

static void RADIX(parting_back)(tine_ctx *ctx, void *env, size_t b) {
  RADIX(parting) *const p = env;
  const size_t lo = b * p->block;
  (void)ctx;
  memcpy((RADIX(word) *)p->job->items + lo, (const RADIX(word) *)p->job->scratch + lo,
         (RADIX(parting_end)(p, b) - lo) * sizeof(RADIX(word)));
}

size_t RADIX(ti_sort_part)(tine_ctx *ctx, const ti_sort_job *job) {
  RADIX(parting) p = {.job = job};
  size_t blocks = ti_blocks_of(ctx, job->n, RADIX_LOOK), sum = 0;
  p.block = (job->n + blocks - 1) / blocks;
  p.blocks = blocks = (job->n + p.block - 1) / p.block;
  if (!ti_blocks_each(ctx, 0, blocks, RADIX(parting_count), &p))
    return 0;
  for (size_t b = 0; b < blocks; b++) {
    const size_t count = p.numbers[b];
    p.numbers[b] = sum;
    sum += count;
  }
  ti_assert(sum <= job->n && blocks <= TI_BLOCKS_MOST);
  p.numbers[TI_BLOCKS_MOST] = sum;
  if (!ti_blocks_each(ctx, 0, blocks, RADIX(parting_move), &p))
    return 0;
  ti_blocks_every(ctx, 0, blocks, RADIX(parting_back), &p);
  return sum;
}
#endif

#undef RADIX_WORD_
#undef RADIX_WORD
#undef RADIX_SIGNED_
#undef RADIX_SIGNED
