/*
** The table that kernel packs call the engine by, seen from a file that is compiled as one: which tables it takes, what
** it says about others, and that calls and forks by way of the table are the engine's. (Packs in files of their own:
** spec/pack_spec.lua.)
*/
#define TINE_PACK
#include "../../core/tine.h"

#include "check.h"

static const tine_api *engine(void) {
  return tine_api_get(TINE_VERSION_MAJOR, TINE_VERSION_MINOR);
}

static void versions(void) {
  const tine_api *const api = engine();
  CHECK_STOP(api != NULL);
  CHECK_INT(api->major, TINE_VERSION_MAJOR);
  CHECK_INT(api->minor, TINE_VERSION_MINOR);
  CHECK_INT(api->size, sizeof *api);
  CHECK_TEXT(api->version, TINE_VERSION);
  CHECK_INT(api->join, TINE_JOIN_VERSION);
  CHECK(tine_api_get(TINE_VERSION_MAJOR, 0) == api);
  CHECK(tine_api_get(TINE_VERSION_MAJOR, TINE_VERSION_MINOR + 1) == NULL);
  CHECK(tine_api_get(TINE_VERSION_MAJOR + 1, 0) == NULL);
}

static void refuse(const tine_api *api, const char *why) {
  tine_error err = {TINE_OK, -1, 7, ""};
  CHECK_INT(tine_pack_bind(api, &err), TINE_EINVAL);
  CHECK_INT(err.status, TINE_EINVAL);
  CHECK_INT(err.os_errno, 0);
  CHECK_CONTAINS(err.message, why);
  CHECK_INT(tine_pack_bind(api, NULL), TINE_EINVAL);
}

static void misfits(void) {
  tine_api other = *engine();
  refuse(NULL, "require it first");
  other.major++;
  other.version = "9.8.7";
  refuse(&other, "compiled for tine " TINE_VERSION " and cannot work with tine 9.8.7");
  other = *engine();
  other.size -= sizeof(void *);
  refuse(&other, "needs tine " TINE_VERSION " or newer, and this is tine " TINE_VERSION);
  other = *engine();
  other.join++;
  refuse(&other, "forks as tine " TINE_VERSION " does");
}

static void one_engine(void) {
  static tine_api copy; /* as if of another library in the process */
  copy = *engine();
  CHECK_INT(tine_pack_bind(engine(), NULL), TINE_OK);
  CHECK_INT(tine_pack_bind(engine(), NULL), TINE_OK);
  refuse(&copy, "another copy");
}

static void long_version(void) {
  char text[2 * TINE_MESSAGE_SIZE];
  tine_api other = *engine();
  tine_error err;
  memset(text, '1', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  other.major++;
  other.version = text;
  CHECK_INT(tine_pack_bind(&other, &err), TINE_EINVAL);
  CHECK_INT(strlen(err.message), TINE_MESSAGE_SIZE - 1);
}

typedef struct range {
  int64_t lo, hi, sum;
} range;

static void add_up(tine_ctx *ctx, void *arg) {
  range *const r = (range *)arg;
  range left = {r->lo, r->lo + (r->hi - r->lo) / 2, 0}, right = {left.hi, r->hi, 0};
  if (r->hi - r->lo == 1) {
    r->sum = r->lo;
    return;
  }
  tine_join(ctx, add_up, &left, add_up, &right);
  r->sum = left.sum + right.sum;
}

static void calls_and_forks(void) {
  tine_value sum;
  tine_pipeline *p;
  range all = {0, 10000, 0};
  CHECK_STOP(tine_pack_bind(engine(), NULL) == TINE_OK);
  p = tine_range(1, 1000, 1);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 500500);
  tine_pipeline_release(p);
  CHECK_INT(tine_pool_run(NULL, add_up, &all, NULL), TINE_OK);
  CHECK_INT(all.sum, 10000 * 9999 / 2);
}

CHECK_SUITE(api_pack, CHECK_CASE(versions), CHECK_CASE(misfits), CHECK_CASE(one_engine), CHECK_CASE(long_version),
            CHECK_CASE(calls_and_forks))
