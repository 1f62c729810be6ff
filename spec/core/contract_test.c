/*
** The contract of stages: who breaks it is caught at its first run. Each is tried in a process of its own, since test
** builds trap; where AddressSanitizer watches it may be that which ends the process.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../../core/stage/stage.h"
#include "child.h"
#include "pipelines.h"

enum { ITEMS = 5000 };

static void acc_starts(void *acc, const void *env) {
  (void)env;
  *(double *)acc = 0;
}

static int acc_takes(void *acc, tine_block *block) {
  *(double *)acc += (double)block->n;
  return 0;
}

static void acc_joins(void *acc, void *right, const void *env) {
  (void)env;
  *(double *)acc += *(double *)right;
}

static tine_status fold_all(tine_pipeline *p) {
  const tine_fold_desc desc = {
      .size = sizeof desc, .acc_size = sizeof(double), .init = acc_starts, .fold = acc_takes, .combine = acc_joins};
  double acc;
  return tine_fold(p, &desc, &acc, NULL);
}

static tine_status sum_all(tine_pipeline *p) {
  tine_pipeline *const first = tine_select(tine_pipeline_retain(p), &(unsigned){0}, 1);
  tine_value sum;
  const tine_status status = tine_sum(first, &sum, NULL);
  tine_pipeline_release(first);
  return status;
}

/* All blocks of a pipeline, by a terminal that wants them nowhere else than where they are made. */
static void run_all(void *pipeline) {
  tine_pipeline *const p = tine_sequential(tine_pipeline_retain(pipeline));
  if ((tine_pipeline_kind(p) == TINE_INDEXED ? fold_all : sum_all)(p) != TINE_OK)
    _exit(1);
  tine_pipeline_release(p);
}

static bool keeps(tine_pipeline *p) {
  return child_ends_by(run_all, p) == 0;
}

static bool is_caught(tine_pipeline *p) {
  const int by = child_ends_by(run_all, p);
  return PLAIN ? child_trapped(by) : by != 0;
}

/* ----- Stages that break it ----- */

typedef enum breach {
  NONE,
  WRITES_ON,
  LIES_ELSEWHERE,
  HAS_NO_ROOM,
  GIVES_LESS,
  BLAMES_ANOTHER,
  SAYS_MORE,
  TURNS
} breach;
typedef struct wrong_stage {
  tine_pipeline stage;
  breach breach;
} wrong_stage;

static size_t wrong_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const breach b = ((const wrong_stage *)self)->breach;
  double *out = (double *)(void *)ti_request_room(rq, ti_column_bytes(TINE_F64));
  const size_t n = b == WRITES_ON ? TI_BLOCK + 1 : rq->n;
  const tine_block failure = {.failed = rq->n / 2, .message = (char[TINE_MESSAGE_SIZE]){""}};
  out += b == LIES_ELSEWHERE ? 8 : 0;
  for (size_t i = 0; i < n; i++)
    out[i] = 1;
  for (size_t i = 0; rq->offset != NULL && i < rq->n; i++)
    rq->offset[i] = (uint16_t)(b == TURNS ? rq->n - 1 - i : i);
  rq->data[0] = out;
  rq->stride[0] = sizeof *out;
  if (b == BLAMES_ANOTHER)
    return ti_eval_note(eval, self, "wrong", rq, &failure, TINE_EUSER) + 1;
  return b == GIVES_LESS ? rq->n - 1 : b == SAYS_MORE ? rq->n + 1 : rq->n;
}

static const ti_stage_type wrong_type = {TI_STAGE(source), .fill = wrong_fill, .size = sizeof(wrong_stage)};

static tine_pipeline *wrong(breach b) {
  tine_pipeline *p;
  CHECK(ti_stage_new(&p, &wrong_type, NULL, NULL));
  ((wrong_stage *)p)->breach = b;
  ti_stage_len(p, ITEMS);
  p->columns = 1;
  p->dtype[0] = TINE_F64;
  p->need = p->result = b == HAS_NO_ROOM ? 0 : ti_column_bytes(TINE_F64);
  p->infallible = false;
  if (b == TURNS)
    ti_stage_bounded(p);
  return p;
}

/* Alone, where its neighbours are those of the thread's space; and below others, whose room is not its own. */
static void each_breach_is_caught(void) {
  for (breach b = NONE; PLAIN && b <= TURNS; b++) {
    tine_pipeline *p = wrong(b), *above = tine_map(wrong(b), builtin("sqrt"), NULL, 0);
    CHECK_INT(keeps(p), b == NONE);
    CHECK_INT(is_caught(p), b != NONE);
    CHECK_INT(keeps(above), b == NONE);
    CHECK_INT(is_caught(above), b != NONE);
    tine_pipeline_release(p);
    tine_pipeline_release(above);
  }
}

/* ----- Stages that tell too small a need ----- */

/* What any stage computes does not fit into half of what it says it needs. (Kernels of unknown cost are left out: they
   run into the staging of their cell.) */
static void too_small_a_need_is_caught(void) {
  for (const pipeline_case *c = pipeline_cases; c->name != NULL; c++) {
    tine_pipeline *p = c->make(ITEMS);
    CHECK(keeps(p));
    if (p->need > 0 && p->cheap) {
      p->need = p->need / 2 / TI_ARRAY_ALIGN * TI_ARRAY_ALIGN;
      p->result = p->result < p->need ? p->result : p->need;
      if (!is_caught(p))
        p->fusion.operations = 0; /* a program makes do with less: stage by stage */
      if (!CHECK(is_caught(p)))
        printf(" (%s)", c->name);
    }
    tine_pipeline_release(p);
  }
  test_kernels_end();
}

CHECK_SUITE(contract, CHECK_CASE(each_breach_is_caught), CHECK_CASE(too_small_a_need_is_caught))
