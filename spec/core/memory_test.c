/*
** Memory: the account, alignment, every allocation refused once, freed blocks used again, and the host's allocator
** exchanged while threads try to allocate.
*/
#include "../../core/base/memory.h"
#include "../../core/base/atomics.h"
#include "../../core/base/config.h"
#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"

/* An allocator that knows what it gave, to see that the free of a block repeats its size and alignment. */
typedef struct ledger {
  size_t alive, bytes, wrong;
} ledger;

typedef struct ledger_block {
  size_t size, align;
} ledger_block;

static void *ledger_alloc(void *arg, size_t size, size_t align) {
  ledger *l = arg;
  char *raw = malloc(size + 2 * align + sizeof(ledger_block) + sizeof(void *));
  char *block;
  ledger_block *head;
  if (raw == NULL)
    return NULL;
  block = (char *)(((uintptr_t)raw + sizeof(ledger_block) + sizeof(void *) + 2 * align - 1) & ~(uintptr_t)(align - 1));
  head = (ledger_block *)(void *)raw;
  head->size = size;
  head->align = align;
  memcpy(block - sizeof raw, &raw, sizeof raw);
  l->alive++;
  l->bytes += size;
  return block;
}

static void ledger_free(void *arg, void *block, size_t size, size_t align) {
  ledger *l = arg;
  char *raw;
  const ledger_block *head;
  memcpy(&raw, (char *)block - sizeof raw, sizeof raw);
  head = (const ledger_block *)(const void *)raw;
  l->wrong += head->size != size || head->align != align;
  l->alive--;
  l->bytes -= size;
  free(raw);
}

static void alignment(void) {
  for (size_t align = 1; align <= 4096; align *= 2)
    for (size_t i = 0; i < 8; i++) {
      const size_t size = i == 0 ? 0 : (size_t)check_below(5000);
      unsigned char *p = ti_alloc_zeroed(size, align);
      CHECK_STOP(p != NULL);
      CHECK_INT((uintptr_t)p % align, 0);
      for (size_t k = 0; k < size; k++)
        CHECK_STOP(p[k] == 0);
      memset(p, 0xff, size);
      ti_free(p, size, align);
    }
}

static void account(void) {
  const size_t live = ti_memory_live(), total = ti_memory_allocations();
  void *empty = ti_alloc(0, 1), *other = ti_alloc(0, 1);
  CHECK(empty != NULL && other != NULL && empty != other);
  CHECK_INT(ti_memory_live(), live + 2);
  ti_free(empty, 0, 1);
  ti_free(other, 0, 1);
  ti_free(NULL, 7, 1);
  CHECK_INT(ti_memory_live(), live);
  CHECK_INT(ti_memory_allocations(), total + 2);
}

static void too_large(void) {
  const size_t live = ti_memory_live();
  size_t size;
  CHECK(ti_alloc(SIZE_MAX, 64) == NULL);
  CHECK(ti_alloc((size_t)PTRDIFF_MAX, 4096) == NULL);
  CHECK_INT(ti_memory_live(), live);
  CHECK(ti_size_mul(1u << 15, 1u << 15, &size) && size == (size_t)1 << 30);
  CHECK(ti_size_mul((uint64_t)PTRDIFF_MAX, 1, &size) && size == (size_t)PTRDIFF_MAX);
  CHECK(!ti_size_mul((uint64_t)PTRDIFF_MAX + 1, 1, &size));
  CHECK_INT(ti_size_mul(1u << 20, 1u << 20, &size), sizeof size > 4); /* 2^40, not cut to 0 */
  CHECK(!ti_size_mul(UINT64_C(1) << 32, UINT64_C(1) << 31, &size));
  CHECK(!ti_size_mul(UINT64_MAX, 2, &size));
  CHECK(ti_size_mul(0, UINT64_MAX, &size) && size == 0);
}

static void strings(void) {
  char text[] = "copied";
  char *copy = ti_string_copy(text);
  text[0] = '-';
  CHECK_TEXT(copy, "copied");
  ti_string_free(copy);
  CHECK(ti_string_copy(NULL) == NULL);
  ti_string_free(NULL);
}

static void failpoint(void) {
#if TI_TESTING
  for (int64_t n = 0; n < 4; n++) {
    void *p[4];
    ti_memory_fail_after(n);
    for (int64_t i = 0; i < 4; i++) {
      p[i] = ti_alloc(16, 8);
      CHECK((p[i] != NULL) == (i < n));
    }
    CHECK(ti_string_copy("x") == NULL || n == 4);
    ti_memory_fail_after(-1);
    for (int64_t i = 0; i < 4; i++)
      ti_free(p[i], 16, 8);
  }
#endif
}

static void host_allocator(void) {
  ledger l = {0, 0, 0};
  const tine_allocator host = {ledger_alloc, ledger_free, &l};
  const tine_allocator half = {ledger_alloc, NULL, &l};
  void *p[20];
  CHECK_INT(ti_memory_live(), 0);
  CHECK_INT(tine_set_allocator(&half), TINE_EINVAL);
  CHECK_INT(tine_set_allocator(&host), TINE_OK);
  for (size_t i = 0; i < 20; i++)
    p[i] = ti_alloc_zeroed(i * 7, (size_t)1 << (i % 13));
  CHECK_INT(l.alive, 20);
  CHECK_INT(l.bytes, 7 * 190 + 1 + 20 * sizeof(void *)); /* the empty block takes one byte; and the tails */
  CHECK_INT(tine_set_allocator(NULL), TINE_EINVAL);
  for (size_t i = 0; i < 20; i++)
    ti_free(p[i], i * 7, (size_t)1 << (i % 13));
  CHECK_INT(l.alive, 0);
  CHECK_INT(l.wrong, 0);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
  p[0] = ti_alloc(1, 1);
  CHECK_INT(l.alive, 0);
  ti_free(p[0], 1, 1);
}

/* Two allocators that mark their blocks: a block must come back to the one it came from. */
typedef struct marked {
  unsigned char mark;
  atomic_uint wrong;
} marked;

static void *marked_alloc(void *arg, size_t size, size_t align) {
  unsigned char *p = malloc(size + align);
  if (p != NULL)
    p[size] = ((marked *)arg)->mark;
  return p;
}

static void marked_free(void *arg, void *block, size_t size, size_t align) {
  marked *m = arg;
  (void)align;
  if (((unsigned char *)block)[size] != m->mark)
    ti_add_relaxed(&m->wrong, 1u);
  free(block);
}

static void allocate_often(void *arg) {
  for (unsigned i = 0; !ti_load_relaxed((atomic_bool *)arg); i++) {
    void *p = ti_alloc(i % 50, 8);
    if (p != NULL)
      ti_free(p, i % 50, 8);
    if (i % 4 == 0)
      ti_spin_yield();
  }
}

static void exchanged_while_in_use(void) {
  marked m[2] = {{1, 0}, {2, 0}};
  tine_allocator a[2] = {{marked_alloc, marked_free, &m[0]}, {marked_alloc, marked_free, &m[1]}};
  ti_thread threads[3];
  atomic_bool stop = false;
  unsigned started = 0;
  CHECK_INT(tine_set_allocator(&a[0]), TINE_OK);
  while (started < 3 && ti_thread_start(&threads[started], allocate_often, &stop, "test", 0) == 0)
    started++;
  for (unsigned exchanged = 0; exchanged < 200;)
    if (tine_set_allocator(&a[exchanged % 2]) == TINE_OK)
      exchanged++;
    else
      ti_spin_yield();
  ti_store_relaxed(&stop, true);
  for (unsigned i = 0; i < started; i++)
    ti_thread_join(threads[i]);
  CHECK_INT(started, 3);
  CHECK_INT(m[0].wrong + m[1].wrong, 0);
  CHECK_INT(tine_set_allocator(NULL), TINE_OK);
}

/* ----- Racks ----- */

/* A block of a stage's size comes back for another of about that size; one of another size does not. */
static void freed_comes_back(void) {
  void *const first = ti_alloc(400, 8), *other, *again;
  CHECK_STOP(first != NULL);
  ti_free(first, 400, 8);
  other = ti_alloc(500, 8);
  again = ti_alloc_zeroed(430, 8);
  CHECK_STOP(other != NULL && again != NULL);
  CHECK(other != first);
  CHECK(again == first || !TI_RACKS);
  for (size_t k = 0; k < 430; k++)
    CHECK_STOP(((unsigned char *)again)[k] == 0);
  ti_free(other, 500, 8);
  ti_free(again, 430, 8);
}

enum { SHARED = 200, SHARED_ROUNDS = 300, SHARERS = 3 };

typedef struct sharer {
  ti_thread thread;
  unsigned char mark;
  bool wrong;
} sharer;

static size_t shared_size(unsigned i) {
  return 250 + 97 * i % 800; /* some below, and some above what is kept */
}

static void share(void *arg) {
  sharer *s = arg;
  unsigned char *block[SHARED];
  for (unsigned round = 0; round < SHARED_ROUNDS; round++) {
    for (unsigned i = 0; i < SHARED; i++) {
      block[i] = ti_alloc(shared_size(i), 8);
      if (block[i] != NULL)
        memset(block[i], s->mark, shared_size(i));
    }
    for (unsigned i = 0; i < SHARED; i++) {
      for (size_t k = 0; block[i] != NULL && k < shared_size(i); k++)
        s->wrong = s->wrong || block[i][k] != s->mark;
      s->wrong = s->wrong || block[i] == NULL;
      ti_free(block[i], shared_size(i), 8);
    }
  }
}

/* No block has two owners, and more are freed at once than are kept. */
static void racks_are_shared(void) {
  sharer s[SHARERS];
  unsigned started = 0;
  for (unsigned i = 0; i < SHARERS; i++)
    s[i] = (sharer){.mark = (unsigned char)(i + 1)};
  while (started < SHARERS && ti_thread_start(&s[started].thread, share, &s[started], "test", 0) == 0)
    started++;
  for (unsigned i = 0; i < started; i++) {
    ti_thread_join(s[i].thread);
    CHECK(!s[i].wrong);
  }
  CHECK_INT(started, SHARERS);
}

CHECK_SUITE(memory, CHECK_CASE(freed_comes_back), CHECK_CASE(racks_are_shared), CHECK_CASE(alignment),
            CHECK_CASE(account), CHECK_CASE(too_large), CHECK_CASE(strings), CHECK_CASE(failpoint),
            CHECK_CASE(host_allocator), CHECK_CASE(exchanged_while_in_use))
