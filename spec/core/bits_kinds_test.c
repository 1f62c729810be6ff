/*
** The bits of every terminal over pipelines of every kind, in the table bits_kinds.def (bits.h says how it is written):
** a line for a source and a terminal, and in it four digits of a hash of what comes out for each group of the lengths
** below; once on the calling thread alone, once in pools. So a loop, a tree, a plan may be replaced, and who does that
** sees here whether a result has changed. Which one is right it does not say: other tests have plain loops beside them.
**
** Sources are in bits_indexed.c and bits_unindexed.c, terminals in bits_terminals.c.
*/
#include "bits_kinds.h"
#include "pools.h"

static const char *const table[] = {
#include "bits_kinds.def"
    NULL};

/* Few items, a row of lanes, a cell, some cells (seven: 4, 2 and 1 at the edge of the tree); and many, of what is
   tall. */
enum { GROUPS = 5, TERMINALS = 32, MANY = 70001 };
static const struct {
  uint64_t n;
  unsigned group;
  unsigned threads; /* of the pool; in that of three pieces are cut, however short they are */
} lengths[] = {{0, 0, 1},    {1, 0, 2},    {2, 0, 3},    {31, 1, 1},   {33, 1, 3},
               {1023, 2, 3}, {1024, 2, 1}, {1025, 2, 2}, {6500, 3, 3}, {MANY, 4, 2}};

enum { POOLS = 4 };
static tine_pool *pools[POOLS]; /* by their threads; none when all is done in sequence */

static tine_pipeline *wish(tine_pipeline *p, unsigned threads) {
  if (pools[threads] == NULL)
    return tine_sequential(p);
  p = tine_on(p, pools[threads]);
  return threads == 3 ? tine_max_len(p, 300) : p;
}

/* Adds to a hash for each terminal. */
static void over_all_terminals(const bits_source *s, unsigned length, uint64_t *hashes) {
  tine_pipeline *p = wish(s->make(lengths[length].n, s->a, s->b), lengths[length].threads);
  tine_error err;
  bits_run r;
  if (tine_pipeline_check(p, &err) != TINE_OK)
    check_text(err.message, s->name, "a pipeline", __FILE__, __LINE__);
  bits_run_begin(&r, p);
  for (unsigned t = 0; bits_terminals[t].name != NULL; t++) {
    bits_begin();
    bits_terminals[t].run(&r);
    hashes[t] = hashes[t] * 31 + bits_hash();
  }
  bits_run_end(&r);
  tine_pipeline_release(p);
}

static void lines_of(const bits_source *s) {
  uint64_t hashes[GROUPS][TERMINALS] = {{0}};
  const unsigned groups = s->tall ? GROUPS : GROUPS - 1;
  for (unsigned k = 0; k < sizeof lengths / sizeof *lengths; k++)
    if (lengths[k].group < groups)
      over_all_terminals(s, k, hashes[lengths[k].group]);
  for (unsigned t = 0; bits_terminals[t].name != NULL; t++) {
    char line[160];
    int length = snprintf(line, sizeof line, "%s; %s:", s->name, bits_terminals[t].name);
    for (unsigned g = 0; g < groups; g++)
      length += snprintf(line + length, sizeof line - (size_t)length, " %04x", (unsigned)(hashes[g][t] >> 48));
    bits_line(line);
  }
}

static void every_line(void) {
  bits_open("bits_kinds.def", table);
  bits_sources_begin(MANY);
  bits_terminals_begin();
  for (const bits_source *s = bits_indexed; s->name != NULL; s++)
    lines_of(s);
  for (const bits_source *s = bits_unindexed; s->name != NULL; s++)
    lines_of(s);
  bits_terminals_end();
  bits_sources_end();
  bits_close();
}

static void in_sequence(void) {
  every_line();
}

static void in_pools(void) {
  if (getenv("TINE_BITS_WRITE") != NULL)
    return; /* what is written is what one thread finds */
  for (unsigned n = 1; n < POOLS; n++)
    pools[n] = new_pool(n);
  every_line();
  for (unsigned n = 1; n < POOLS; n++) {
    tine_pool_destroy(pools[n]);
    pools[n] = NULL;
  }
}

CHECK_SUITE(bits_kinds, CHECK_CASE(in_sequence), CHECK_CASE(in_pools))
