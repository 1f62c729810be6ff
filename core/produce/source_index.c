/*
** A source of the host, by index: a function that makes the items from any position on. It is run as a kernel without
** inputs, and its failures are reported as a kernel's under the source's name.
*/
#include "../stage/host_source.h"

#include <string.h>

typedef struct source_stage {
  tine_pipeline stage;
  ti_host_source host;
  ti_signature signature; /* no inputs; only the function and the numbers are set */
} source_stage;

static size_t source_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const source_stage *s = (const source_stage *)self;
  void *out[TINE_MAX_COLUMNS];
  char *room = ti_request_room(rq, self->result);
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = rq->n, .first = rq->lo, .out = out, .env = s->host.env, .message = message};
  int code;
  for (unsigned c = 0; c < self->columns; c++) {
    out[c] = ti_request_answer(rq, c, self->dtype[c], room);
    room += ti_column_bytes(self->dtype[c]);
  }
  ti_assert(s->signature.block != NULL && room <= rq->high);
  code = ti_signature_run(&s->signature, &block);
  return code == 0 ? rq->n : ti_eval_note(eval, self, s->host.name, rq, &block, code);
}

static void source_drop(tine_pipeline *self) {
  ti_host_source_drop(&((source_stage *)self)->host);
}

static void source_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " %s", ((const source_stage *)self)->host.name);
}

static const ti_stage_type source_type = {TI_STAGE(source), .fill = source_fill, .drop = source_drop,
                                          .describe = source_describe, .size = sizeof(source_stage)};

/* The description as this version knows it: members that an older host's lacks read as 0. */
static bool source_read(const tine_index_source *given, tine_index_source *out) {
  if (given == NULL || given->size < sizeof given->size)
    return false;
  memset(out, 0, sizeof *out);
  memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
  return true;
}

static tine_pipeline *source_check(tine_pipeline *p, const tine_index_source *d) {
  if (d->name == NULL || d->name[0] == '\0')
    return ti_stage_fail(p, TINE_EINVAL, "a source needs a name");
  if (d->fill == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "source '%.80s' has no function", d->name);
  if (d->columns == 0 || d->columns > TINE_MAX_COLUMNS)
    return ti_stage_fail(p, TINE_EINVAL, "source '%.80s' has %u columns; 1 to %d are possible", d->name, d->columns,
                         TINE_MAX_COLUMNS);
  for (unsigned c = 0; c < d->columns; c++)
    if (d->dtypes == NULL || !ti_dtype_valid(d->dtypes[c]))
      return ti_stage_fail(p, TINE_ETYPE, "source '%.80s' has no element type for column %u", d->name, c + 1);
  if (d->len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "source '%.80s' has more than 2^63-1 items", d->name);
  if (d->env_size > 0 && d->env == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "source '%.80s' has a size of environment but none", d->name);
  return p;
}

tine_pipeline *tine_source_index(const tine_index_source *source) {
  tine_index_source d;
  tine_pipeline *p;
  source_stage *s;
  if (!ti_stage_new(&p, &source_type, NULL, NULL))
    return p;
  if (!source_read(source, &d))
    return ti_stage_fail(p, TINE_EINVAL, "no description of a source, or one whose size is not set");
  p = source_check(p, &d);
  if (p == NULL || p->error != NULL)
    return p;
  ti_stage_len(p, d.len);
  p->columns = d.columns;
  for (unsigned c = 0; c < d.columns; c++) {
    p->dtype[c] = d.dtypes[c];
    p->result += ti_column_bytes(d.dtypes[c]);
  }
  p->need = p->result;
  p->cheap = p->infallible = false;
  s = (source_stage *)p;
  s->signature.block = d.fill;
  if (!ti_host_source_copy(&s->host, d.name, d.env, d.env_size))
    return ti_stage_fail(p, TINE_ENOMEM, "not enough memory");
  s->host.drop = d.drop;
  return p;
}
