/*
** Signatures: as text, and run over one block.
**
** The text is "f64 f64 -> f64". Types are separated by white space and may be given by any name that tine_dtype_find
** knows; the text that is kept has the short names, one space between words.
**
** Both kinds of function, of a block and of an item, keep one contract with the caller: 0 and all outputs, or a code,
** an index below n and a message that ends, whatever the kernel left undone.
*/
#include "kernel.h"

#include <string.h>

#include "../base/error.h"
#include "../base/visit.h"

enum { SIGNATURE_WORD = 16 }; /* bytes of the longest type name, terminator included */

static const char *signature_skip(const char *p) {
  return p + strspn(p, " \t\n");
}

/* The end of a word: white space, or an arrow, which needs no space around it. */
static const char *signature_word_end(const char *p) {
  while (*p != '\0' && strchr(" \t\n", *p) == NULL && strncmp(p, "->", 2) != 0)
    p++;
  return p;
}

static tine_dtype signature_dtype(const char *p, size_t n) {
  char name[SIGNATURE_WORD];
  if (n >= sizeof name)
    return TINE_NONE;
  ti_assert(n > 0);
  memcpy(name, p, n);
  name[n] = '\0';
  return tine_dtype_find(name);
}

/* Reads types up to an arrow or the end into out[0..max); returns where it stopped, or NULL with 'err' filled. */
static const char *signature_side(const char *p, tine_dtype *out, unsigned max, unsigned *count, tine_error *err) {
  *count = 0;
  for (p = signature_skip(p); *p != '\0' && strncmp(p, "->", 2) != 0; p = signature_skip(p)) {
    const size_t n = (size_t)(signature_word_end(p) - p);
    const tine_dtype type = signature_dtype(p, n);
    if (type == TINE_NONE) {
      ti_error_set(err, TINE_EINVAL, "unknown element type '%.*s'", (int)(n < 64 ? n : 64), p);
      return NULL;
    }
    if (*count == max) {
      ti_error_set(err, TINE_EINVAL, "more than %u types on one side", max);
      return NULL;
    }
    ti_assert(*count < max);
    out[(*count)++] = type;
    p += n;
  }
  return p;
}

tine_status ti_signature_parse(ti_signature *out, const char *types, tine_error *err) {
  const char *p;
  if (types == NULL)
    return ti_error_set(err, TINE_EINVAL, "no types");
  p = signature_side(types, out->in, TINE_MAX_ARGS, &out->inputs, err);
  if (p == NULL)
    return TINE_EINVAL;
  if (*p == '\0')
    return ti_error_set(err, TINE_EINVAL, "'->' expected");
  if (out->inputs == 0)
    return ti_error_set(err, TINE_EINVAL, "no input before '->'");
  p = signature_side(p + 2, out->out, TINE_MAX_OUTPUTS, &out->outputs, err);
  if (p == NULL)
    return TINE_EINVAL;
  return *p == '\0' ? TINE_OK : ti_error_set(err, TINE_EINVAL, "second '->'");
}

void ti_signature_format(const ti_signature *signature, char *buffer) {
  size_t used = 0;
  for (unsigned k = 0; k < signature->inputs; k++)
    ti_text_add(buffer, TI_SIGNATURE_TEXT, &used, "%s ", tine_dtype_name(signature->in[k]));
  ti_text_add(buffer, TI_SIGNATURE_TEXT, &used, "->");
  for (unsigned k = 0; k < signature->outputs; k++)
    ti_text_add(buffer, TI_SIGNATURE_TEXT, &used, " %s", tine_dtype_name(signature->out[k]));
  ti_assert(used < TI_SIGNATURE_TEXT);
}

/* One item at a time: the same pointers, moved on by the strides. */
static int call_items(const ti_signature *s, tine_block *block) {
  const void *in[TINE_MAX_ARGS];
  void *out[TINE_MAX_OUTPUTS];
  const void *env = block->state != NULL ? block->state : block->env;
  for (unsigned k = 0; k < s->inputs; k++)
    in[k] = block->in[k];
  for (unsigned k = 0; k < s->outputs; k++)
    out[k] = block->out[k];
  for (size_t i = 0; i < block->n; i++) {
    const char *message = NULL;
    const int code = s->item(env, in, out, &message);
    if (code != 0)
      return tine_block_fail(block, code, i, message);
    for (unsigned k = 0; k < s->inputs; k++)
      in[k] = (const char *)in[k] + block->in_stride[k];
    for (unsigned k = 0; k < s->outputs; k++)
      out[k] = (char *)out[k] + tine_dtype_size(s->out[k]);
  }
  return 0;
}

int ti_signature_run(const ti_signature *signature, tine_block *block) {
  const size_t n = block->n; /* the kernel may use up its copy */
  ti_visit visit;
  int code;
  ti_visit_begin(&visit);
  if (signature->item != NULL) {
    code = call_items(signature, block);
    ti_visit_end(&visit);
    return ti_error_host(code, block->message);
  }
  block->failed = n;
  if (block->message != NULL)
    block->message[0] = '\0';
  code = signature->block(block);
  ti_visit_end(&visit);
  if (code != 0 && block->failed >= n)
    block->failed = 0;
  ti_assert(code == 0 || n == 0 || block->failed < n);
  return ti_error_host(code, block->message);
}
