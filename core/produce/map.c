/*
** map: a kernel over the columns of its base.
**
** Scratch: the base is asked for its columns at the far end, own results and converted inputs go to the near end. What
** the base needed in between is dead by then, so a chain of maps of any length lives in two columns of scratch.
*/
#include "stage.h"

#include <string.h>

typedef struct map_stage {
  tine_pipeline stage;
  tine_kernel *kernel; /* a reference of its own */
  unsigned inputs, outputs;
  int column[TINE_MAX_ARGS]; /* the column input k reads; negative: its constant */
  size_t own;                /* bytes of the results, then of the converted inputs */
  size_t converted;
  ti_binding binding;
} map_stage;

/* Input k as a pointer and a stride, converted into 'room' if its type differs; returns the room left. */
static char *map_input(const map_stage *m, const ti_request *base, unsigned k, const void **in, ptrdiff_t *stride,
                       char *room) {
  const tine_dtype to = m->binding.signature->in[k];
  void *out = room;
  tine_block block = {.n = base->n, .out = &out};
  if (m->column[k] < 0) {
    *in = m->binding.constant[k];
    *stride = 0;
    return room;
  }
  *in = base->data[m->column[k]];
  *stride = base->stride[m->column[k]];
  if (m->binding.cast[k] == NULL)
    return room;
  if (*stride == 0)
    block.n = 1; /* a constant stays one */
  block.in = in;
  block.in_stride = stride;
  m->binding.cast[k](&block); /* promotions never fail */
  *in = out;
  *stride = *stride == 0 ? 0 : (ptrdiff_t)tine_dtype_size(to);
  return room + ti_column_bytes(to);
}

/* Runs the kernel over the base's columns; the results go to rq's places. */
static size_t map_run(const map_stage *m, ti_eval *eval, const ti_request *rq, const ti_request *base) {
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS];
  void *out[TINE_MAX_OUTPUTS];
  char *room = ti_request_room(rq, m->own + m->converted);
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {base->n, rq->lo, in, stride, out, m->kernel->env, 0, message, NULL};
  int code;
  for (unsigned k = 0; k < m->outputs; k++) {
    const tine_dtype type = m->binding.signature->out[k];
    out[k] = rq->want != NULL && k < m->stage.columns && rq->want[k] != NULL ? rq->want[k] : room;
    room += ti_column_bytes(type);
    if (k >= m->stage.columns)
      continue; /* an effect's result: nobody asked for it */
    rq->data[k] = out[k];
    rq->stride[k] = (ptrdiff_t)tine_dtype_size(type);
  }
  for (unsigned k = 0; k < m->inputs; k++)
    room = map_input(m, base, k, &in[k], &stride[k], room);
  code = ti_signature_run(m->binding.signature, &block);
  return code == 0 ? base->n : ti_eval_note(eval, &m->stage, tine_kernel_name(m->kernel), rq, &block, code);
}

static size_t map_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const map_stage *m = (const map_stage *)self;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request base = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, rq->offset};
  base.n = ti_stage_fill(self->base[0], eval, &base);
  return base.n == 0 ? 0 : map_run(m, eval, rq, &base);
}

static void map_drop(tine_pipeline *self) {
  tine_kernel_release(((map_stage *)self)->kernel);
}

static void map_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  const map_stage *m = (const map_stage *)self;
  ti_text_add(buffer, size, used, " %s (%s)", tine_kernel_name(m->kernel), m->binding.signature->text);
}

static const ti_stage_type map_type = {
    .name = "map", .fill = map_fill, .drop = map_drop, .describe = map_describe, .size = sizeof(map_stage)};
static const ti_stage_type effect_type = {
    .name = "for_each", .fill = map_fill, .drop = map_drop, .describe = map_describe, .size = sizeof(map_stage)};

/* Room for results and conversions; what the base leaves at the far end must fit beside it. */
static void map_size(map_stage *m) {
  const tine_pipeline *base = m->stage.base[0];
  const size_t far = base->result;
  for (unsigned k = 0; k < m->outputs; k++)
    m->own += ti_column_bytes(m->binding.signature->out[k]);
  for (unsigned k = 0; k < m->inputs; k++)
    if (m->binding.cast[k] != NULL)
      m->converted += ti_column_bytes(m->binding.signature->in[k]);
  /* A result at the high end must end there, whatever lies between it and the conversions. */
  m->stage.result = m->own + m->converted;
  m->stage.need = far + m->own + m->converted > base->need ? far + m->own + m->converted : base->need;
}

/* Built-in kernels fail only where integers divide or a conversion is exact. */
static bool map_infallible(const map_stage *m) {
  const char *name = tine_kernel_name(m->kernel);
  const bool divides = strcmp(name, "idiv") == 0 || strcmp(name, "mod") == 0;
  return m->kernel->builtin && tine_dtype_find(name) == TINE_NONE &&
         !(divides && !ti_dtype_float(m->binding.signature->in[0]));
}

static tine_pipeline *map_bind(map_stage *m, const int *columns, const tine_value *constants, size_t n) {
  tine_pipeline *p = &m->stage;
  ti_arg args[TINE_MAX_ARGS];
  tine_error err;
  bool some = false;
  for (size_t k = 0; k < n; k++) {
    const int c = columns[k];
    if (c >= (int)p->columns)
      return ti_stage_fail(p, TINE_EINVAL, "'%s' column %d of %u", p->type->name, c + 1, p->columns);
    args[k].constant = c < 0;
    args[k].dtype = c < 0 ? constants[k].dtype : p->dtype[c];
    if (c < 0)
      args[k].value = constants[k];
    some = some || c >= 0;
    m->column[k] = c;
  }
  if (!some)
    return ti_stage_fail(p, TINE_EINVAL, "'%s' needs at least one column", p->type->name);
  if (ti_kernel_bind(m->kernel, args, (unsigned)n, &m->binding, &err) != TINE_OK)
    return ti_stage_fail_with(p, &err);
  m->inputs = (unsigned)n;
  m->outputs = m->binding.signature->outputs;
  return p;
}

static tine_pipeline *map_of(const ti_stage_type *type, tine_pipeline *base, tine_kernel *kernel, const int *columns,
                             const tine_value *constants, size_t n) {
  tine_pipeline *p;
  map_stage *m;
  if (base == NULL || !ti_stage_new(&p, type, base, NULL))
    return base == NULL ? NULL : p;
  m = (map_stage *)p;
  if (kernel == NULL)
    return ti_stage_fail(p, TINE_ENAME, "'%s' needs a kernel", type->name);
  m->kernel = tine_kernel_retain(kernel);
  if (n > TINE_MAX_ARGS)
    return ti_stage_fail(p, TINE_EINVAL, "kernel '%s' cannot take %llu inputs; at most %d", tine_kernel_name(kernel),
                         (unsigned long long)n, TINE_MAX_ARGS);
  p = map_bind(m, columns, constants, n);
  if (p == NULL || p->error != NULL)
    return p;
  if (type == &map_type && m->outputs == 0)
    return ti_stage_fail(p, TINE_EINVAL, "kernel '%s' gives no value; use for_each", tine_kernel_name(kernel));
  p->columns = type == &map_type ? m->outputs : 0;
  for (unsigned k = 0; k < p->columns; k++)
    p->dtype[k] = m->binding.signature->out[k];
  map_size(m);
  p->cheap = p->cheap && kernel->builtin;
  p->infallible = p->infallible && map_infallible(m);
  return p;
}

/* All columns, then the constants. */
static tine_pipeline *map_all(const ti_stage_type *type, tine_pipeline *base, tine_kernel *kernel,
                              const tine_value *constants, size_t n) {
  int columns[TINE_MAX_COLUMNS + TINE_MAX_ARGS];
  tine_value values[TINE_MAX_COLUMNS + TINE_MAX_ARGS];
  const size_t own = tine_pipeline_columns(base);
  const size_t extra = n > TINE_MAX_ARGS ? TINE_MAX_ARGS : n; /* too many are refused by their count alone */
  for (size_t k = 0; k < own; k++)
    columns[k] = (int)k;
  for (size_t k = 0; k < extra; k++) {
    columns[own + k] = -1;
    values[own + k] = constants[k];
  }
  return map_of(type, base, kernel, columns, values, own + n);
}

tine_pipeline *tine_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return map_all(&map_type, base, kernel, constants, n);
}

tine_pipeline *tine_map_args(tine_pipeline *base, tine_kernel *kernel, const int *columns, const tine_value *constants,
                             size_t n) {
  return map_of(&map_type, base, kernel, columns, constants, n);
}

tine_pipeline *ti_effect(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return map_all(&effect_type, base, kernel, constants, n);
}

const tine_pipeline *ti_map_pair(const tine_pipeline *p, const char *kernel, int *a, int *b) {
  const map_stage *m;
  while (p->type->passes)
    p = p->base[0];
  m = (const map_stage *)p;
  if (p->type != &map_type || !m->kernel->builtin || strcmp(tine_kernel_name(m->kernel), kernel) != 0)
    return NULL;
  for (unsigned k = 0; k < m->inputs; k++)
    if (m->binding.signature->in[k] != TINE_F64 || m->binding.cast[k] != NULL || m->column[k] < 0)
      return NULL;
  *a = m->column[0];
  *b = m->column[1];
  return m->inputs == 2 ? p->base[0] : NULL;
}
