/*
** fold_chunks: each n items of the base become one, folded with a kernel in the order that reduce would fold them in if
** they were a pipeline of their own: in cells counted from the first item of the chunk, and a tree over these.
**
** Chunks of at most a cell come several at a time out of one block of the base. Longer ones are folded cell by cell as
** the base makes them, with the nodes of one tree in scratch, so a chunk may be of any length.
*/
#include "../fold/tree.h"

#include <string.h>

#include "../stage/parts.h"

typedef struct chunks_stage {
  tine_pipeline stage;
  tine_kernel *kernel; /* a reference of its own */
  uint64_t length;     /* items of a chunk */
  bool with_identity;
  size_t own; /* bytes of the results */
  unsigned nodes;
  ti_reducer reducer[TINE_MAX_COLUMNS];
  ti_acc_word identity[TINE_MAX_COLUMNS];
  tine_kernel_fn *convert[TINE_MAX_COLUMNS]; /* to the kernel's type; NULL: it has it */
  const ti_fold *folds[TINE_MAX_COLUMNS];
  const void *envs[TINE_MAX_COLUMNS];
} chunks_stage;

/* One fill. Scratch: results at the near end; the nodes of a tree; four columns to work in; the rest for the base. */
typedef struct chunks_fill {
  const chunks_stage *s;
  ti_eval *eval;
  const ti_request *rq;
  ti_request base;
  char *nodes, *work;
  char *out[TINE_MAX_COLUMNS];
} chunks_fill;

enum { CHUNKS_WORK = 4 * TI_CELL * 8, CHUNKS_CHEAP = 64 };

static size_t chunks_nodes_bytes(const chunks_stage *s) {
  return ti_size_align(s->nodes * ti_node_bytes(s->stage.columns), TI_ARRAY_ALIGN);
}

static char *chunks_out(const chunks_fill *f, unsigned c, size_t i) {
  return f->out[c] + i * tine_dtype_size(f->s->stage.dtype[c]);
}

/* Notes that the fold of chunk i of the request failed. */
static void chunks_note(const chunks_fill *f, size_t i, int code, char *message) {
  const tine_block block = {.failed = i, .message = message};
  ti_eval_note(f->eval, &f->s->stage, tine_kernel_name(f->s->kernel), f->rq, &block, code);
}

/* Item 0 of column c of the n items that the base gave, in the kernel's type and contiguous. */
static const char *chunks_items(const chunks_fill *f, unsigned c, size_t n) {
  const void *data = f->base.data[c];
  ptrdiff_t stride = f->base.stride[c];
  const size_t size = tine_dtype_size(f->s->stage.base[0]->dtype[c]);
  void *room = f->work;
  if (f->s->convert[c] != NULL) {
    tine_block block = {.n = n, .in = &data, .in_stride = &stride, .out = &room};
    f->s->convert[c](&block); /* cannot fail: conversions to a wider type */
    return room;
  }
  if (stride == (ptrdiff_t)size)
    return data;
  ti_parts_copy(room, (ptrdiff_t)size, data, stride, size, n);
  return room;
}

/* Chunk i of column c is 'acc', the identity apart. */
static int chunks_put(const chunks_fill *f, unsigned c, size_t i, const ti_acc *acc, char *message) {
  ti_acc all = {.value = f->s->identity[c]};
  int code = 0;
  if (f->s->with_identity)
    code = f->s->folds[c]->combine(f->s->envs[c], &all, acc, message);
  else
    all = *acc;
  memcpy(chunks_out(f, c, i), all.value.bytes, tine_dtype_size(f->s->stage.dtype[c]));
  return code;
}

/* The identity with each of n values. Returns how many are done. */
static size_t chunks_identity(const chunks_fill *f, unsigned c, const void *from, size_t n, void *out, int *code,
                              char *message) {
  const ti_reducer *r = &f->s->reducer[c];
  const void *in[2] = {f->s->identity[c].bytes, from};
  const ptrdiff_t strides[2] = {0, (ptrdiff_t)tine_dtype_size(f->s->stage.dtype[c])};
  char text[TINE_MESSAGE_SIZE] = ""; /* an earlier message stays unless this is about an earlier chunk */
  tine_block block = {.n = n,
                      .in = in,
                      .in_stride = strides,
                      .out = &out,
                      .env = ti_kernel_env(r->kernel, r->signature),
                      .message = text};
  const int failed = ti_signature_run(r->signature, &block);
  if (failed == 0)
    return n;
  *code = failed;
  memcpy(message, text, sizeof text);
  return block.failed;
}

/* Column c of n whole chunks of at most TI_LANES items, all together. Returns how many are done, as ti_fold_rows
   does. */
static size_t chunks_rows(const chunks_fill *f, unsigned c, size_t i, size_t n, const char *data, int *code,
                          char *message) {
  const chunks_stage *s = f->s;
  char *rows = f->work + TI_CELL * 8, *values = rows + 2 * TI_CELL * 8;
  void *out = chunks_out(f, c, i), *to = s->with_identity ? values : out;
  n = ti_fold_rows(&s->reducer[c], data, (ptrdiff_t)tine_dtype_size(s->stage.dtype[c]), (size_t)s->length, n, rows, to,
                   code, message);
  return s->with_identity && n > 0 ? chunks_identity(f, c, values, n, out, code, message) : n;
}

/* Column c of n chunks from i on; the last of the base may be short. Returns how many are done. */
static size_t chunks_column(const chunks_fill *f, unsigned c, size_t i, size_t n, size_t items) {
  const chunks_stage *s = f->s;
  const char *data = chunks_items(f, c, items);
  const size_t size = tine_dtype_size(s->stage.dtype[c]), length = (size_t)s->length;
  const size_t whole = items / length < n ? items / length : n;
  char message[TINE_MESSAGE_SIZE] = "";
  size_t done = 0;
  int code = 0;
  if (length <= TI_LANES && whole > 0)
    done = chunks_rows(f, c, i, whole, data, &code, message);
  while (code == 0 && done < n) {
    const size_t left = items - done * length;
    ti_acc acc;
    code = s->folds[c]->cell(s->envs[c], data + done * length * size, left < length ? left : length, 0, &acc, message);
    if (code == 0)
      code = chunks_put(f, c, i + done, &acc, message);
    done += code == 0;
  }
  if (code != 0)
    chunks_note(f, i + done, code, message);
  return done;
}

/* Chunks i to i + n - 1 of the request, of at most a cell, in one block of the base. Returns how many are done. */
static size_t chunks_short(chunks_fill *f, size_t i, size_t n) {
  const tine_pipeline *base = f->s->stage.base[0];
  const uint64_t length = f->s->length;
  size_t got;
  f->base.lo = (f->rq->lo + i) * length;
  f->base.n = (size_t)(base->len - f->base.lo < n * length ? base->len - f->base.lo : n * length);
  ti_assert(length <= TI_CELL && i + n <= f->rq->n && f->base.n <= TI_CELL);
  got = ti_eval_over(f->eval, f->rq, f->base.n) ? 0 : ti_stage_fill(base, f->eval, &f->base);
  if (got < f->base.n) {
    n = got / (size_t)length;
    f->eval->item = f->rq->lo + i + n;
  }
  for (unsigned c = 0; c < base->columns && n > 0; c++) /* a later column can only fail earlier */
    n = chunks_column(f, c, i, n, got);
  return n;
}

/* Folds one cell of a long chunk, which the base has just given, into its tree. */
static int chunks_cell(const chunks_fill *f, ti_tree *tree, uint64_t cell, size_t n, char *message) {
  ti_acc *acc = ti_tree_next(tree);
  uint64_t failed;
  int code = 0;
  for (unsigned c = 0; c < tree->columns && code == 0; c++) {
    code = tree->folds[c]->cell(tree->envs[c], chunks_items(f, c, n), n, 0, &acc[c], message);
    acc[c].n = n;
  }
  return code != 0 ? code : ti_tree_push(tree, cell, message, &failed);
}

/* Chunk i of the request, of any length. False if it failed, which is noted. */
static bool chunks_long(chunks_fill *f, size_t i) {
  const chunks_stage *s = f->s;
  const tine_pipeline *base = s->stage.base[0];
  const uint64_t lo = (f->rq->lo + i) * s->length;
  const uint64_t len = base->len - lo < s->length ? base->len - lo : s->length;
  ti_tree tree = {base->columns, s->folds, s->envs, f->nodes, 0, s->nodes, 0};
  char message[TINE_MESSAGE_SIZE] = "";
  uint64_t failed;
  int code = 0;
  for (uint64_t at = 0; at < len && code == 0; at += f->base.n) {
    f->base.lo = lo + at;
    f->base.n = len - at < TI_CELL ? (size_t)(len - at) : TI_CELL;
    if (ti_eval_over(f->eval, f->rq, f->base.n) || ti_stage_fill(base, f->eval, &f->base) < f->base.n) {
      f->eval->item = f->rq->lo + i;
      return false;
    }
    code = chunks_cell(f, &tree, at / TI_CELL, f->base.n, message);
  }
  if (code == 0)
    code = ti_tree_finish(&tree, message, &failed);
  ti_assert(code != 0 || tree.count == 1);
  for (unsigned c = 0; c < base->columns && code == 0; c++)
    code = chunks_put(f, c, i, &ti_tree_node(&tree, 0)->acc[c], message);
  if (code != 0)
    chunks_note(f, i, code, message);
  return code == 0;
}

static void chunks_begin(chunks_fill *f) {
  const chunks_stage *s = f->s;
  const size_t nodes = chunks_nodes_bytes(s);
  char *room = ti_request_take(&f->base, s->own);
  f->nodes = ti_request_take(&f->base, nodes + CHUNKS_WORK);
  f->work = f->nodes + nodes;
  ti_assert((size_t)(f->base.high - f->base.low) >= s->stage.base[0]->need);
  f->base.want = NULL;
  f->base.offset = NULL;
  for (unsigned c = 0; c < s->stage.columns; c++) {
    f->out[c] = ti_request_answer(f->rq, c, s->stage.dtype[c], room);
    room += ti_column_bytes(s->stage.dtype[c]);
  }
}

static size_t chunks_fill_all(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const chunks_stage *s = (const chunks_stage *)self;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  chunks_fill f = {.s = s, .eval = eval, .rq = rq, .base = *rq};
  const size_t most = s->length <= TI_CELL ? TI_CELL / (size_t)s->length : 1;
  f.base.data = data;
  f.base.stride = stride;
  chunks_begin(&f);
  for (size_t i = 0, n; i < rq->n; i += n) {
    n = rq->n - i < most ? rq->n - i : most;
    const size_t done = s->length <= TI_CELL ? chunks_short(&f, i, n) : chunks_long(&f, i);
    if (done < n)
      return i + done;
  }
  return rq->n;
}

static void chunks_drop(tine_pipeline *self) {
  tine_kernel_release(((chunks_stage *)self)->kernel);
}

static void chunks_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  const chunks_stage *s = (const chunks_stage *)self;
  ti_text_add(buffer, size, used, " %llu %s (%s)", (unsigned long long)s->length, tine_kernel_name(s->kernel),
              s->reducer[0].signature->text);
}

static const ti_stage_type chunks_type = {TI_STAGE(fold_chunks),       .fill = chunks_fill_all,
                                          .drop = chunks_drop,         .moves = true,
                                          .describe = chunks_describe, .size = sizeof(chunks_stage)};

static tine_pipeline *chunks_bind(chunks_stage *s, const tine_value *identity) {
  tine_pipeline *p = &s->stage;
  tine_error err;
  for (unsigned c = 0; c < p->columns; c++) {
    ti_reducer *r = &s->reducer[c];
    if (ti_reducer_bind(s->kernel, p->name, p->dtype[c], identity, r, &s->identity[c], &err) != TINE_OK)
      return ti_stage_fail_with(p, &err);
    s->convert[c] = ti_cast_promote(p->dtype[c], r->signature->out[0]);
    s->folds[c] = &ti_fold_kernel;
    s->envs[c] = r;
    p->dtype[c] = r->signature->out[0];
    s->own += ti_column_bytes(p->dtype[c]);
  }
  return p;
}

tine_pipeline *tine_fold_chunks(tine_pipeline *base, uint64_t n, tine_kernel *op, const tine_value *identity) {
  tine_pipeline *p;
  chunks_stage *s;
  tine_error err;
  if (!ti_stage_on(&p, &chunks_type, base, NULL, false, TINE_INDEXED))
    return p;
  s = (chunks_stage *)p;
  if (n == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'fold_chunks' needs a positive length");
  if (ti_role_check(op, TI_ROLE_FOLD, "fold_chunks", &err) != TINE_OK)
    return ti_stage_fail_with(p, &err);
  s->kernel = tine_kernel_retain(op);
  p->reads = op;
  s->length = n;
  s->with_identity = identity != NULL;
  p = chunks_bind(s, identity);
  if (p == NULL || p->error != NULL)
    return p;
  ti_stage_len(p, base->len / n + (base->len % n != 0));
  s->nodes = n > TI_CELL ? ti_tree_room((n < base->len ? n : base->len) / TI_CELL + 1) : 0;
  p->result = s->own;
  p->need = s->own + chunks_nodes_bytes(s) + CHUNKS_WORK + base->need;
  p->cheap = p->cheap && op->builtin && n <= CHUNKS_CHEAP;
  p->infallible = p->infallible && op->builtin; /* an expression may be, too; it is not asked */
  return p;
}
