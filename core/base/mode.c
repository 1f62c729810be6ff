/*
** Modes of closures: one table of places. A closure serves wherever more is promised than it needs: fn where fn_mut or
** fn_once is possible, fn_mut where fn_once is. So a place names the most it can honour. See mode.h.
*/
#include "mode.h"

/* Reasons: NULL where there is nothing to refuse. */
typedef struct place_rule {
  const char *use;     /* "cannot <use>" */
  tine_mode most;      /* the modes run from the one that promises most to the one that asks most */
  const char *mut;     /* why not fn_mut */
  const char *once;    /* why not fn_once */
  const char *shared;  /* why the environment must be sync */
  const char *sent;    /* why it must be send */
  const char *dropped; /* why it must be send if it is owned */
} place_rule;

static const place_rule place_rules[] = {
    [TI_PLACE_KERNEL] = {"be a kernel", TINE_FN_MUT, NULL, "it is called for every block", "all workers share it", NULL,
                         "whichever thread is the last to hold the kernel drops it"},
    [TI_PLACE_FOLD] = {"reduce", TINE_FN, "where two accumulators meet there is no worker's state",
                       "it is called many times", NULL, NULL, NULL},
    [TI_PLACE_TERMINAL] = {"fold", TINE_FN, NULL, NULL, "all workers share it", NULL, NULL},
    [TI_PLACE_SPAWN] = {"be spawned", TINE_FN_ONCE, NULL, NULL, NULL, "another thread may run it", NULL},
    [TI_PLACE_CALL] = {"be called", TINE_FN_ONCE, NULL, NULL, NULL, NULL, NULL},
};

static tine_status mode_refuse(const ti_captured *c, const char *closure, const place_rule *rule, const char *reason,
                               tine_error *err) {
  return ti_error_set(err, TINE_EMODE, "%s%s%s%s cannot %s, since %s", c->kernel != NULL ? "kernel '" : "",
                      c->kernel != NULL ? c->kernel : "", c->kernel != NULL ? "': " : "", closure, rule->use, reason);
}

tine_status ti_mode_check(ti_place place, const ti_captured *c, tine_error *err) {
  static const char not_sync[] = "a closure whose environment is not sync";
  static const char not_send[] = "a closure whose environment is not send";
  const place_rule *const rule = &place_rules[place];
  if (c->mode != TINE_FN && c->mode != TINE_FN_MUT && c->mode != TINE_FN_ONCE)
    return ti_error_set(err, TINE_EINVAL, "%s%s%sunknown mode %d", c->kernel != NULL ? "kernel '" : "",
                        c->kernel != NULL ? c->kernel : "", c->kernel != NULL ? "': " : "", (int)c->mode);
  if (c->mode == TINE_FN_MUT && c->mode > rule->most)
    return mode_refuse(c, "a fn_mut closure", rule, rule->mut, err);
  if (c->mode > rule->most)
    return mode_refuse(c, "a fn_once closure", rule, rule->once, err);
  if ((c->flags & TINE_NOT_SEND) != 0 && rule->sent != NULL)
    return mode_refuse(c, not_send, rule, rule->sent, err);
  if ((c->flags & TINE_NOT_SEND) != 0 && c->owned && rule->dropped != NULL)
    return mode_refuse(c, not_send, rule, rule->dropped, err);
  if ((c->flags & TINE_NOT_SYNC) == 0 || rule->shared == NULL)
    return TINE_OK;
  if (c->mode == TINE_FN)
    return mode_refuse(c, not_sync, rule, rule->shared, err);
  /* fn_mut: only init and merge see it, one at a time - but on any thread */
  return (c->flags & TINE_NOT_SEND) == 0 ? TINE_OK
                                         : mode_refuse(c, not_send, rule, "every worker makes its state from it", err);
}
