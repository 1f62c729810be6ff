/*
** Windows: showing a gate's stage the items that the next block is made of. See ti_window in run.h.
*/
#include "run.h"

/* The offsets of a window's items: 0, 1, 2, ... */
#define IOTA_4(i) i, i + 1, i + 2, i + 3
#define IOTA_16(i) IOTA_4(i), IOTA_4(i + 4), IOTA_4(i + 8), IOTA_4(i + 12)
#define IOTA_64(i) IOTA_16(i), IOTA_16(i + 16), IOTA_16(i + 32), IOTA_16(i + 48)
#define IOTA_256(i) IOTA_64(i), IOTA_64(i + 64), IOTA_64(i + 128), IOTA_64(i + 192)
const uint16_t ti_run_iota[TI_BLOCK] = {IOTA_256(0), IOTA_256(256), IOTA_256(512), IOTA_256(768)};
_Static_assert(TI_BLOCK == 1024, "the table above has 1024 entries");
#undef IOTA_4
#undef IOTA_16
#undef IOTA_64
#undef IOTA_256

void ti_run_show(const ti_window *w, ti_space *space, uint64_t lo) {
  ti_assert(w->level > 0 && w->level <= TI_MAX_LEVELS && lo >= w->lo && lo < w->hi);
  for (unsigned c = 0; c < w->columns; c++)
    space->window_data[c] = w->data[c] + (ptrdiff_t)(lo - w->lo) * w->stride[c];
  space->window.data = space->window_data;
  space->window.stride = w->stride;
  space->window.offset = ti_run_iota;
  space->current[w->level - 1] = &space->window;
}
