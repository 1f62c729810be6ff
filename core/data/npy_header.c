/*
** The .npy header: a strict parser for the little of Python's syntax that NumPy writes.
**
** One pass, no recursion, nothing evaluated. Rules are named after what they read; each leaves the cursor after it and
** returns true, or notes the first complaint and returns false. White space is free between tokens, either quote and
** trailing commas are fine, and so is the 'L' that Python 2 put after an extent. A key given twice, an escape, a
** comment, an extent with a sign are not: no writer makes them, and a header we do not fully understand is not data.
**
** A shape () is a single value: one element, no dimensions.
*/
#include "npy_header.h"

#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

typedef struct npy_cursor {
  const char *start, *at, *end;
  unsigned seen; /* a bit for each key, in the order of npy_keys */
  ti_npy_header *header;
  tine_error *err;
} npy_cursor;

static bool npy_bad(npy_cursor *c, const char *what) {
  ti_error_set(c->err, TINE_EFORMAT, "malformed header, %s at byte %zu", what, (size_t)(c->at - c->start));
  return false;
}

static bool npy_refuse(npy_cursor *c, const char *what) {
  ti_error_set(c->err, TINE_EFORMAT, "%s", what);
  return false;
}

static void npy_space(npy_cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || (*c->at >= '\t' && *c->at <= '\r' && *c->at != '\v')))
    c->at++;
}

static bool npy_eat(npy_cursor *c, char token) {
  npy_space(c);
  if (c->at == c->end || *c->at != token)
    return false;
  c->at++;
  return true;
}

static bool npy_expect(npy_cursor *c, char token) {
  char what[] = "'?' expected";
  what[1] = token;
  return npy_eat(c, token) || npy_bad(c, what);
}

static bool npy_word(npy_cursor *c, const char *word) {
  const size_t n = strlen(word);
  npy_space(c);
  if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
    return false;
  c->at += n;
  ti_assert(c->at <= c->end);
  return true;
}

/* A string between quotes of either kind, printable ASCII without escapes. */
static bool npy_string(npy_cursor *c, const char **s, size_t *n) {
  npy_space(c);
  if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
    return npy_bad(c, "string expected");
  const char quote = *c->at++;
  *s = c->at;
  while (c->at < c->end && *c->at != quote) {
    if (*c->at < ' ' || *c->at > '~' || *c->at == '\\')
      return npy_bad(c, "strange character in a string");
    c->at++;
  }
  *n = (size_t)(c->at - *s);
  return npy_expect(c, quote);
}

static bool npy_descr(npy_cursor *c) {
  const char *s;
  size_t n;
  npy_space(c);
  if (c->at < c->end && (*c->at == '[' || *c->at == '('))
    return npy_refuse(c, "structured element types are not supported");
  return npy_string(c, &s, &n) && ti_npy_type_find(&c->header->type, s, n, c->err) == TINE_OK;
}

static bool npy_order(npy_cursor *c) {
  c->header->fortran = npy_word(c, "True");
  return c->header->fortran || npy_word(c, "False") || npy_bad(c, "True or False expected");
}

static bool npy_extent(npy_cursor *c, uint64_t *extent) {
  npy_space(c);
  const char *first = c->at;
  for (*extent = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    const uint64_t digit = (uint64_t)(*c->at - '0');
    if (*extent > (INT64_MAX - digit) / 10)
      return npy_refuse(c, "shape is too large");
    *extent = *extent * 10 + digit;
  }
  if (c->at == first || (*first == '0' && c->at > first + 1))
    return npy_bad(c, "extent expected");
  if (c->at < c->end && *c->at == 'L')
    c->at++;
  return true;
}

/* A tuple: () or (3,) or (3, 4); (3) is a number in Python, and no shape. */
static bool npy_shape(npy_cursor *c) {
  ti_npy_header *h = c->header;
  if (!npy_expect(c, '('))
    return false;
  for (h->dims = 0; !npy_eat(c, ')');) {
    if (h->dims == TI_MAX_DIMS)
      return npy_refuse(c, "shape has more than 32 dimensions");
    if (!npy_extent(c, &h->shape[h->dims]))
      return false;
    h->dims++;
    ti_assert(h->dims <= TI_MAX_DIMS);
    if (!npy_eat(c, ','))
      return h->dims > 1 ? npy_expect(c, ')') : npy_expect(c, ',');
  }
  return true;
}

static const struct npy_key {
  const char *name;
  bool (*value)(npy_cursor *c);
} npy_keys[] = {{"descr", npy_descr}, {"fortran_order", npy_order}, {"shape", npy_shape}};

enum { NPY_KEYS = sizeof npy_keys / sizeof npy_keys[0] };

static bool npy_item(npy_cursor *c) {
  const char *s;
  size_t n;
  if (!npy_string(c, &s, &n))
    return false;
  for (unsigned i = 0; i < NPY_KEYS; i++) {
    if (strlen(npy_keys[i].name) != n || memcmp(npy_keys[i].name, s, n) != 0)
      continue;
    if ((c->seen >> i & 1u) != 0)
      return npy_bad(c, "key given twice");
    c->seen |= 1u << i;
    return npy_expect(c, ':') && npy_keys[i].value(c);
  }
  return npy_bad(c, "unknown key");
}

static bool npy_dictionary(npy_cursor *c) {
  if (!npy_expect(c, '{'))
    return false;
  while (!npy_eat(c, '}')) {
    if (!npy_item(c))
      return false;
    if (!npy_eat(c, ',')) {
      if (!npy_expect(c, '}'))
        return false;
      break;
    }
  }
  npy_space(c);
  if (c->at < c->end)
    return npy_bad(c, "end of header expected");
  if (c->seen != (1u << NPY_KEYS) - 1)
    return npy_refuse(c, "header lacks one of 'descr', 'fortran_order' and 'shape'");
  return true;
}

/* The size is refused even where an extent 0 makes the array empty: NumPy has no such array either. */
static bool npy_sizes(npy_cursor *c) {
  ti_npy_header *h = c->header;
  uint64_t len = 1;
  unsigned long_extents = 0;
  bool empty = false, possible = true;
  for (unsigned i = 0; i < h->dims; i++) {
    empty = empty || h->shape[i] == 0;
    long_extents += h->shape[i] > 1;
    possible = possible && (h->shape[i] == 0 || !__builtin_mul_overflow(len, h->shape[i], &len));
  }
  if (!possible || !ti_size_mul(len, tine_dtype_size(h->type.dtype), &h->bytes))
    return npy_refuse(c, "shape is too large");
  h->fortran = h->fortran && long_extents > 1 && !empty; /* else the two orders are one */
  h->len = empty ? 0 : len;
  h->bytes = (size_t)h->len * h->type.size; /* which is not more than that of the array */
  return true;
}

tine_status ti_npy_parse(ti_npy_header *out, const char *text, size_t n, tine_error *err) {
  npy_cursor c = {text, text, text + n, 0, out, err};
  return npy_dictionary(&c) && npy_sizes(&c) ? TINE_OK : TINE_EFORMAT;
}
