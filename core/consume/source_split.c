/*
** A source of the host that splits itself. The stage holds a copy of what the host said; pieces are made, split, filled
** and dropped by the drive (drive/pieces.c).
*/
#include <string.h>

#include "../base/visit.h"
#include "spring_stage.h"

static void split_drop(tine_pipeline *self) {
  ti_host_source_drop(&((ti_split *)self)->host);
}

static void split_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " %s", ((const ti_split *)self)->source.name);
}

static const ti_stage_type split_type = {TI_STAGE(source_split),     .fill = ti_spring_fill,
                                         .drop = split_drop,         .spring = TI_SPRING_PIECES,
                                         .describe = split_describe, .size = sizeof(ti_split)};

static tine_pipeline *split_check(tine_pipeline *p, const tine_split_source *d) {
  if (d->name == NULL || d->begin == NULL || d->split == NULL || d->fill == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "a source needs a name, 'begin', 'split' and 'fill'");
  if (d->kind > TINE_EXACT)
    return ti_stage_fail(p, TINE_EKIND, "source '%s': what splits itself is not indexed", d->name);
  if (d->kind != TINE_PARALLEL && d->count == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "source '%s' needs 'count' to be bounded or exact", d->name);
  if (d->columns == 0 || d->columns > TINE_MAX_COLUMNS || d->dtypes == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "source '%s' needs 1 to %d columns", d->name, TINE_MAX_COLUMNS);
  if (d->piece_size == 0 || d->piece_size > TINE_MAX_PIECE)
    return ti_stage_fail(p, TINE_EINVAL, "source '%s': a piece has 1 to %d bytes", d->name, TINE_MAX_PIECE);
  for (unsigned c = 0; c < d->columns; c++)
    if (!ti_dtype_valid(d->dtypes[c]))
      return ti_stage_fail(p, TINE_ETYPE, "source '%s': column %u has no element type", d->name, c + 1);
  if (d->env_size > 0 && d->env == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "source '%s' has a size of environment but none", d->name);
  return p;
}

/* How many items it says it has: it is asked for the piece that is everything. */
static uint64_t split_count(const tine_split_source *d) {
  _Alignas(max_align_t) char piece[TINE_MAX_PIECE];
  uint64_t n;
  TI_VISIT(d->begin(d->env, piece));
  TI_VISIT(n = d->count(d->env, piece));
  if (d->drop_piece != NULL)
    TI_VISIT(d->drop_piece(d->env, piece));
  return n;
}

tine_pipeline *tine_source_split(const tine_split_source *source) {
  tine_split_source d = {0};
  tine_pipeline *p;
  ti_split *s;
  if (source == NULL || !ti_stage_new(&p, &split_type, NULL, NULL))
    return NULL;
  memcpy(&d, source, source->size < sizeof d ? source->size : sizeof d);
  p = split_check(p, &d);
  if (p == NULL || p->error != NULL)
    return p;
  s = (ti_split *)p;
  p->columns = d.columns;
  memcpy(p->dtype, d.dtypes, d.columns * sizeof *d.dtypes);
  ti_assert(d.kind < TINE_INDEXED && d.piece_size <= TINE_MAX_PIECE);
  if (!ti_host_source_copy(&s->host, d.name, d.env, d.env_size))
    return ti_stage_fail(p, TINE_ENOMEM, "not enough memory");
  s->source = d;
  s->source.name = s->host.name;
  s->source.env = s->host.env;
  s->source.dtypes = p->dtype;
  p->kind = d.kind;
  p->cheap = p->infallible = false;
  p->span = TI_PIECES_POSITIONS;
  p->untold = true;
  p = ti_spring_init(p);
  if (d.kind != TINE_PARALLEL)
    p->len = split_count(&s->source);
  p->least = d.kind == TINE_EXACT ? p->len : 0;
  if (p->len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "a pipeline has at most 2^63-1 items");
  s->host.drop = d.drop;
  return p;
}
