/*
** Pipelines of i64 columns, of any kind, beside what a plain loop makes of them; for tests that know core/tine.h alone.
**
** A list is what the loop has: the items it came to, and the failure that ended it, if one did. So a stage that stops
** asking forgets the failure behind. The kernels are functions of the item and three constants, and fail at some items.
*/
#ifndef SPEC_LADDER_H
#define SPEC_LADDER_H

#include "pools.h"

enum { WIDEST = 2 }; /* columns */

typedef struct list {
  int64_t *v; /* item i, column c: v[i * columns + c] */
  size_t n, room;
  unsigned columns;
  int failed; /* status of the failure behind the last item, or 0 */
} list;

void list_begin(list *l, unsigned columns);
void list_end(list *l);
void list_add(list *l, const int64_t *item);

/* The constants of a kernel: which of its functions it is, and of a thousand items how many hold, how many fail. */
typedef struct rule {
  int64_t seed, yes, fails;
} rule;

typedef enum deed { CHANGE, TEST, MAYBE, MANY, DEEDS } deed;

/* The kernels for items of so many columns: CHANGE gives one value, TEST a bool, MAYBE an item and
   a bool, MANY items. */
void ladder_begin(void);
void ladder_end(void);
tine_kernel *ladder_kernel(deed d, unsigned columns);
void rule_values(const rule *r, tine_value *constants); /* three of them */

/* What they do to one item. */
int rule_fails(const rule *r, const int64_t *item, unsigned columns); /* a status or 0 */
bool rule_holds(const rule *r, const int64_t *item, unsigned columns);
int64_t rule_value(const rule *r, const int64_t *item, unsigned columns, size_t k);
size_t rule_count(const rule *r, const int64_t *item, unsigned columns); /* of items MANY gives */

/* A source of the host's that splits itself, anywhere; gives the items of a table in uneven portions. */
typedef struct host_source {
  const int64_t *v;
  size_t n, fails_at;
  unsigned columns;
  tine_kind kind;
  _Atomic int64_t pieces, wrong; /* alive; misused */
} host_source;

enum { SOURCE_FAILS = TINE_EUSER + 5000 };
tine_pipeline *host_pipeline(const host_source *s); /* borrows it */

/* A pipeline and its list. */
typedef struct made {
  tine_pipeline *p;
  list l;
  tine_kind kind;
  bool all; /* nothing has failed, seen or not */
} made;

/* A random one, of so many adaptors; one at a time. 'pool': for a wish to be on one. */
made ladder_grow(unsigned stages, bool fallible, tine_pool *pool);
void ladder_cut(made *m);

/* Compares what terminals give with what a plain loop over the list gives, one kind of terminal after the other. 'all':
   no item failed, and none would if the list were made from its end. */
void check_ends(tine_pipeline *p, const list *want, tine_kind kind, bool all);
void check_searches(tine_pipeline *p, const list *want, tine_kind kind, bool all);

#endif
