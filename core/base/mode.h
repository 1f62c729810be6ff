/*
** Modes of closures: which place takes which. A place that calls a closure asks once, before anything is moved.
*/
#ifndef TI_BASE_MODE_H
#define TI_BASE_MODE_H

#include "error.h"

typedef enum ti_place {
  TI_PLACE_KERNEL,   /* the function of a kernel: called for every block, by all workers */
  TI_PLACE_FOLD,     /* the kernel of a reduction */
  TI_PLACE_TERMINAL, /* the functions of tine_fold: called by all workers */
  TI_PLACE_SPAWN,    /* a spawned closure: called once, by any worker */
  TI_PLACE_CALL      /* called once, by the thread that asks */
} ti_place;

/* What is known of a closure. */
typedef struct ti_captured {
  const char *kernel; /* its name for messages, or NULL */
  tine_mode mode;
  unsigned flags; /* TINE_NOT_SYNC, TINE_NOT_SEND; others are of no interest */
  bool owned;     /* the environment was moved in, or has a 'drop' */
} ti_captured;

/* TINE_OK, or TINE_EMODE "kernel 'x': a fn_once closure cannot be a kernel, since ..."; TINE_EINVAL: not a mode. */
tine_status ti_mode_check(ti_place place, const ti_captured *closure, tine_error *err);

#endif
