/*
** Loans, by memory: what is lent as one array is lent as all arrays over the same bytes, wherever they are mapped.
*/
#include <stdio.h>

#include "../../core/tine.h"
#include "check.h"

/* Lends a, and looks what that makes of b; all as before afterwards. */
static void lent_shows(tine_array *a, bool write, tine_array *b, int shown) {
  CHECK_STOP(tine_array_lend(a, write));
  CHECK_INT(tine_array_lent(b), shown);
  CHECK_INT(tine_array_lend(b, true), shown == 0);
  if (shown == 0)
    tine_array_unlend(b, true);
  CHECK_INT(tine_array_lend(b, false), shown < 2);
  if (shown < 2)
    tine_array_unlend(b, false);
  tine_array_unlend(a, write);
  CHECK_INT(tine_array_lent(a), 0);
  CHECK_INT(tine_array_lent(b), 0);
}

static void both_ways(tine_array *a, tine_array *b, bool meet) {
  lent_shows(a, false, b, meet ? 1 : 0);
  lent_shows(a, true, b, meet ? 2 : 0);
  lent_shows(b, false, a, meet ? 1 : 0);
  lent_shows(b, true, a, meet ? 2 : 0);
  CHECK_INT(tine_array_same_memory(a, b), meet);
}

static void one_buffer_lent_twice_is_one_memory(void) {
  static double buffer[100];
  tine_array *all = tine_slice_of(TINE_F64, buffer, 100, 8), *again = tine_slice_of(TINE_F64, buffer, 100, 8);
  tine_array *behind = tine_slice_of(TINE_F64, buffer + 50, 50, 8), *front = tine_slice_of(TINE_F64, buffer, 50, 8);
  tine_array *even = tine_slice_of(TINE_F64, buffer, 50, 16), *odd = tine_slice_of(TINE_F64, buffer + 1, 50, 16);
  tine_array *view = tine_array_view(front, 0, 10), *down = tine_slice_of(TINE_F64, buffer + 99, 100, -8);
  both_ways(all, again, true);
  both_ways(all, behind, true);
  both_ways(all, down, true);
  both_ways(front, behind, false);
  both_ways(even, odd, false); /* fields of structs */
  both_ways(even, all, true);
  both_ways(view, all, true);
  both_ways(view, behind, false);
  tine_array_release(all);
  tine_array_release(again);
  tine_array_release(behind);
  tine_array_release(front);
  tine_array_release(even);
  tine_array_release(odd);
  tine_array_release(view);
  tine_array_release(down);
}

/* The bytes of an array of its own, lent by a host who asked where they are. */
static void memory_of_an_array_may_be_lent_by_the_host(void) {
  tine_array *own, *other, *lent;
  CHECK_STOP(tine_array_create(&own, TINE_F64, 10, NULL) == TINE_OK);
  CHECK_STOP(tine_array_create(&other, TINE_F64, 10, NULL) == TINE_OK);
  lent = tine_slice_of(TINE_F64, tine_array_data(own), 10, 8);
  both_ways(own, lent, true);
  both_ways(other, lent, false);
  both_ways(own, other, false);
  tine_array_release(lent);
  tine_array_release(own);
  tine_array_release(other);
}

static void many_readers_and_one_writer(void) {
  static int32_t buffer[4];
  tine_array *a = tine_slice_of(TINE_I32, buffer, 4, 4), *b = tine_slice_of(TINE_I32, buffer, 4, 4);
  CHECK(tine_array_lend(a, false) && tine_array_lend(a, false) && tine_array_lend(b, false));
  CHECK(!tine_array_lend(b, true));
  tine_array_unlend(a, false);
  tine_array_unlend(b, false);
  CHECK(!tine_array_lend(b, true));
  CHECK_INT(tine_array_lent(b), 1);
  tine_array_unlend(a, false);
  CHECK(tine_array_lend(b, true));
  CHECK(!tine_array_lend(a, false));
  tine_array_unlend(b, true);
  tine_array_release(a);
  tine_array_release(b);
}

typedef struct mapped {
  char folder[256], path[300];
  tine_array *write, *write_too, *read, *private;
} mapped;

static bool map_all(mapped *m, uint64_t n) {
  tine_array *a;
  if (!check_folder(m->folder, sizeof m->folder) || tine_array_create(&a, TINE_F64, n, NULL) != TINE_OK)
    return false;
  snprintf(m->path, sizeof m->path, "%s/a.npy", m->folder);
  for (uint64_t i = 0; i < n; i++)
    tine_array_set(a, i, tine_f64((double)i), NULL);
  CHECK_INT(tine_array_save(a, m->path, NULL), TINE_OK);
  check_own_order(m->path);
  tine_array_release(a);
  return tine_array_mmap(&m->write, m->path, TINE_NONE, "rw", NULL) == TINE_OK &&
         tine_array_mmap(&m->write_too, m->path, TINE_NONE, "rw", NULL) == TINE_OK &&
         tine_array_mmap(&m->read, m->path, TINE_NONE, "r", NULL) == TINE_OK &&
         tine_array_mmap(&m->private, m->path, TINE_NONE, "cow", NULL) == TINE_OK;
}

static void unmap_all(mapped *m) {
  tine_array_release(m->write);
  tine_array_release(m->write_too);
  tine_array_release(m->read);
  tine_array_release(m->private);
  remove(m->path);
  remove(m->folder);
}

static void one_file_mapped_twice_is_one_memory(void) {
  mapped m, other;
  CHECK_STOP(map_all(&m, 1000) && map_all(&other, 1000));
  both_ways(m.write, m.write_too, true);
  both_ways(m.write, other.write, false);
  lent_shows(m.write, true, m.read, 2);
  lent_shows(m.read, false, m.write, 1);
  lent_shows(m.read, false, m.private, 0); /* what is written there stays there */
  lent_shows(m.private, false, m.write, 1);
  lent_shows(m.private, true, m.write, 1); /* where it was not written yet it shows what the file has */
  lent_shows(m.write, true, m.private, 2);
  unmap_all(&m);
  unmap_all(&other);
}

static tine_status reversed_into(tine_array *from, tine_array *to) {
  tine_pipeline *p = tine_rev(tine_slice(from));
  const tine_status status = tine_collect_into(p, &to, 1, NULL);
  tine_pipeline_release(p);
  return status;
}

/* Overlaps of what is read and written are found by memory, too. */
static void a_file_is_not_written_over_while_it_is_read(void) {
  mapped m;
  tine_pipeline *p;
  tine_array *into[2];
  const tine_value one = tine_f64(1);
  CHECK_STOP(map_all(&m, 3000));
  CHECK_INT(reversed_into(m.read, m.write), TINE_EINVAL);
  CHECK_INT(reversed_into(m.write, m.write_too), TINE_EINVAL);
  CHECK_INT(reversed_into(m.private, m.write), TINE_EINVAL);
  CHECK_INT(reversed_into(m.write, m.private), TINE_OK);
  CHECK_F64(tine_array_get(m.private, 0).as.f, 2999);
  p = tine_map(tine_slice(m.read), tine_kernel_find(NULL, "add", NULL), &one, 1); /* item by item is well */
  CHECK_INT(tine_collect_into(p, &m.write, 1, NULL), TINE_OK);
  for (uint64_t i = 0; i < 3000; i++)
    CHECK_F64(tine_array_get(m.write_too, i).as.f, (double)i + 1);
  tine_pipeline_release(p);
  p = tine_zip(tine_range(1, 3000, 1), tine_range(1, 3000, 1));
  into[0] = m.write;
  into[1] = m.write_too;
  CHECK_INT(tine_collect_into(p, into, 2, NULL), TINE_EINVAL);
  tine_pipeline_release(p);
  unmap_all(&m);
}

CHECK_SUITE(loan, CHECK_CASE(one_buffer_lent_twice_is_one_memory),
            CHECK_CASE(memory_of_an_array_may_be_lent_by_the_host), CHECK_CASE(many_readers_and_one_writer),
            CHECK_CASE(one_file_mapped_twice_is_one_memory), CHECK_CASE(a_file_is_not_written_over_while_it_is_read))
