/*
** The .npy header: what NumPy writes is read, what it would not write is refused. 100,000 damaged headers are judged by
** the parser and by an oracle made of regular expressions and 128-bit arithmetic, which must agree on every one.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../../core/data/npy_header.h"

#include <regex.h>

#include "../../core/base/memory.h"
#include "check.h"

enum { TEXT_ROOM = 1024 };

static tine_status parse(const char *text, ti_npy_header *h, tine_error *err) {
  return ti_npy_parse(h, text, strlen(text), err);
}

static void written_as_numpy_does(void) {
  static const uint64_t n1000[] = {1000}, matrix[] = {3, 4};
  char buffer[TI_NPY_WRITTEN];
  CHECK_INT(ti_npy_format(buffer, TINE_F64, n1000, 1), 128);
  CHECK(memcmp(buffer, "\x93NUMPY\1\0\x76\0", 10) == 0);
  CHECK(memcmp(buffer + 10, "{'descr': '<f8', 'fortran_order': False, 'shape': (1000,), }      ", 65) == 0);
  CHECK_INT(buffer[127], '\n');
  for (unsigned dims = 2; dims <= TI_MAX_DIMS; dims++) { /* with room for the first extent to grow to 21 digits */
    uint64_t ones[TI_MAX_DIMS];
    for (unsigned i = 0; i < dims; i++)
      ones[i] = 1;
    const size_t text = strlen("{'descr': '<f8', 'fortran_order': False, 'shape': (), }") + dims + 2 * (dims - 1) + 20;
    CHECK_INT(ti_npy_format(buffer, TINE_F64, ones, dims), (10 + text + 1) / 64 * 64 + 64);
  }
  CHECK_INT(ti_npy_format(buffer, TINE_BOOL, matrix, 2), 128);
  CHECK(memcmp(buffer + 10, "{'descr': '|b1', 'fortran_order': False, 'shape': (3, 4), } ", 60) == 0);
  CHECK_INT(ti_npy_format(buffer, TINE_I16, NULL, 0), 128);
  CHECK(memcmp(buffer + 10, "{'descr': '<i2', 'fortran_order': False, 'shape': (), } ", 56) == 0);
}

static void round_trip(void) {
  for (int i = 0; i < 5000; i++) {
    char buffer[TI_NPY_WRITTEN];
    uint64_t shape[TI_MAX_DIMS], product = 1;
    const unsigned dims = (unsigned)check_below(TI_MAX_DIMS + 1);
    const tine_dtype d = (tine_dtype)(TINE_BOOL + check_below(TINE_DTYPE_END - TINE_BOOL));
    for (unsigned k = 0; k < dims; k++) {
      const unsigned left = (unsigned)__builtin_clzll(product) - (68 - 8 * (unsigned)sizeof(size_t)); /* bytes fit */
      shape[k] = check_below(50) == 0 ? 0 : 1 + check_random() % (UINT64_C(1) << check_below(left));
      product *= shape[k] == 0 ? 1 : shape[k];
    }
    if (dims > 0 && check_below(8) == 0)
      shape[0] = 0;
    ti_npy_header h;
    size_t at = 0, size = 0;
    const size_t n = ti_npy_format(buffer, d, shape, dims);
    CHECK_STOP(n % 64 == 0 && n <= sizeof buffer && buffer[n - 1] == '\n');
    CHECK_STOP(ti_npy_prefix((const unsigned char *)buffer, TI_NPY_PREFIX, &at, &size, NULL) == TINE_OK);
    CHECK_STOP(at == 10 && at + size == n);
    CHECK_STOP(ti_npy_parse(&h, buffer + at, size, NULL) == TINE_OK);
    CHECK_STOP(h.type.dtype == d && h.dims == dims &&
               h.type.swapped == !ti_npy_little_endian() * (tine_dtype_size(d) > 1));
    CHECK_STOP(memcmp(h.shape, shape, dims * sizeof *shape) == 0);
  }
}

/* What numpy.dtype takes, in the order of tine's types, and float16: with a byte order or without, and without only. */
static const struct {
  const char *codes, *names;
} known[] = {
    {" b1 ? ", " bool bool_ bool8 "},
    {" u1 B ", " uint8 ubyte "},
    {" i1 b ", " int8 byte "},
    {" u2 H ", " uint16 ushort "},
    {" i2 h ", " int16 short "},
    {" u4 I ", " uint32 uintc "},
    {" i4 i ", " int32 intc "},
    {" u8 L Q P ", " uint64 uint uint0 uintp ulong ulonglong "},
    {" i8 l q p ", " int64 int int_ int0 intp long longlong "},
    {" f4 f ", " float32 single "},
    {" f8 d ", " float64 double float float_ "},
    {" f2 e ", " float16 half "},
};

static void accepted(void) {
  static const struct {
    const char *text;
    tine_dtype dtype;
    char order; /* of its bytes; 0: the machine's, or it has none */
    unsigned dims;
    uint64_t len;
  } rows[] = {
      {"{'descr':'<f8','fortran_order':False,'shape':(3,)}", TINE_F64, '<', 1, 3},
      {"{\"shape\": (2, 3), \"fortran_order\": False, \"descr\": \">i4\", }  \n", TINE_I32, '>', 2, 6},
      {" \t\n{ 'shape' : ( 2 , 3 , ) ,\r\n'descr' : '=u2' , 'fortran_order' : False , }\n\n", TINE_U16, 0, 2, 6},
      {"{'descr': '|b1', 'fortran_order': False, 'shape': ()}", TINE_BOOL, 0, 0, 1},
      {"{'descr': '>u1', 'fortran_order': True, 'shape': (7,)}", TINE_U8, 0, 1, 7},
      {"{'descr': '|i1', 'fortran_order': True, 'shape': (1, 7, 1)}", TINE_I8, 0, 3, 7},
      {"{'descr': 'f4', 'fortran_order': True, 'shape': (0, 7, 2)}", TINE_F32, 0, 3, 0},
      {"{'descr': '<u8', 'fortran_order': False, 'shape': (3L, 4L)}", TINE_U64, '<', 2, 12},
      {"{'descr': '<i8', 'fortran_order': False, 'shape': (1152921504606846975,)}", TINE_I64, '<', 1,
       UINT64_C(1152921504606846975)},
  };
  const char own = ti_npy_little_endian() ? '<' : '>';
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ti_npy_header h;
    tine_error err = {.message = ""};
    if (rows[i].len > PTRDIFF_MAX / 8) { /* what a machine of 32 bits cannot hold it refuses, before it counts bytes */
      CHECK_INT(parse(rows[i].text, &h, &err), TINE_EFORMAT);
      CHECK_CONTAINS(err.message, "shape is too large");
      continue;
    }
    CHECK_INT(parse(rows[i].text, &h, &err), TINE_OK);
    CHECK_TEXT(err.message, "");
    CHECK_INT(h.type.dtype, rows[i].dtype);
    CHECK_INT(h.type.swapped, rows[i].order != 0 && rows[i].order != own);
    CHECK_INT(h.dims, rows[i].dims);
    CHECK_INT(h.len, rows[i].len);
    CHECK_INT(h.bytes, rows[i].len * tine_dtype_size(rows[i].dtype));
    CHECK(!h.fortran);
  }
}

/* Every name in every byte order, alone. */
static void type_names(void) {
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    for (unsigned list = 0; list < 2; list++) {
      const char *at = list == 0 ? known[i].codes : known[i].names;
      for (; at[1] != '\0'; at += 1 + strcspn(at + 1, " "))
        for (const char *order = "~<>=|"; *order != '\0'; order++) {
          char text[48];
          ti_npy_type type = {TINE_NONE, 0, false, false};
          const int n = snprintf(text, sizeof text, "%s%.*s", (char[2]){*order == '~' ? '\0' : *order, '\0'},
                                 (int)strcspn(at + 1, " "), at + 1);
          const bool taken = list == 0 || *order == '~';
          CHECK_INT(ti_npy_type_find(&type, text, (size_t)n, NULL), taken ? TINE_OK : TINE_EFORMAT);
          if (!taken)
            continue;
          CHECK_INT(type.dtype, i == 11 ? TINE_F32 : TINE_BOOL + (int)i);
          CHECK_INT(type.half, i == 11);
          CHECK_INT(type.size, i == 11 ? 2 : tine_dtype_size(type.dtype));
          CHECK_INT(type.swapped, type.size > 1 && *order == (ti_npy_little_endian() ? '>' : '<'));
        }
    }
}

static void refused(void) {
#define ITEMS(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"
#define TYPED(descr) ITEMS(descr, "False", "(3,)")
#define SHAPED(shape) ITEMS("'<f8'", "False", shape)
  static const struct {
    const char *text, *part;
  } rows[] = {
      {TYPED("'|O'"), "'|O' (Python objects) is not supported"},
      {TYPED("'<U4'"), "'<U4' (text)"},
      {TYPED("'|S4'"), "(byte strings)"},
      {TYPED("'<c16'"), "'<c16' (complex)"},
      {TYPED("'<f16'"), "(long double)"},
      {TYPED("'|V8'"), "(raw records)"},
      {TYPED("'<M8[ns]'"), "(dates)"},
      {TYPED("'<i3'"), "'<i3' (unknown)"},
      {TYPED("'<b8'"), "(unknown)"},
      {TYPED("'<'"), "(unknown)"},
      {TYPED("''"), "(unknown)"},
      {TYPED("'<f88'"), "(unknown)"},
      {TYPED("'f8,f8'"), "'f8,f8' (structured)"},
      {TYPED("'float128'"), "'float128' (long double)"},
      {TYPED("'g'"), "'g' (long double)"},
      {TYPED("'complex64'"), "'complex64' (complex)"},
      {TYPED("'>datetime64[ns]'"), "(dates)"},
      {TYPED("'object'"), "(Python objects)"},
      {TYPED("'<float32'"), "'<float32' (unknown)"},
      {TYPED("'|bool'"), "'|bool' (unknown)"},
      {TYPED("'float'\"'"), "expected at byte"},
      {TYPED("'<<f8'"), "(unknown)"},
      {TYPED("'f8 '"), "(unknown)"},
      {TYPED("'i08'"), "(unknown)"},
      {TYPED("'2f8'"), "(unknown)"},
      {TYPED("'Float64'"), "(unknown)"},
      {TYPED("'float641'"), "(unknown)"},
      {TYPED("'floa'"), "(unknown)"},
      {TYPED("'unsigned'"), "(unknown)"},
      {TYPED("'e2'"), "(unknown)"},
      {TYPED("'?1'"), "(unknown)"},
      {TYPED("[('x', '<f8')]"), "structured element types are not supported"},
      {TYPED("('<f8', (3,))"), "structured"},
      {TYPED("'<f8\\x00'"), "strange character"},
      {TYPED("'<f8"), "'<f8, ' (structured)"},
      {"{'descr': '<f8", "expected at byte 14"},
      {TYPED("8"), "string expected"},
      {ITEMS("'<f8'", "1", "(2, 3)"), "True or False expected"},
      {ITEMS("'<f8'", "Falsely", "(2, 3)"), "expected"},
      {SHAPED("(3)"), "',' expected"},
      {SHAPED("[3]"), "'(' expected"},
      {SHAPED("3"), "'(' expected"},
      {SHAPED("(,)"), "extent expected"},
      {SHAPED("(3,,)"), "extent expected"},
      {SHAPED("(-3,)"), "extent expected"},
      {SHAPED("(+3,)"), "extent expected"},
      {SHAPED("(3.0,)"), "expected"},
      {SHAPED("(0x3,)"), "expected"},
      {SHAPED("(03,)"), "extent expected"},
      {SHAPED("(True,)"), "extent expected"},
      {SHAPED("(9223372036854775808,)"), "shape is too large"},
      {SHAPED("(99999999999999999999999999,)"), "shape is too large"},
      {SHAPED("(1152921504606846976,)"), "shape is too large"},
      {SHAPED("(4294967296, 4294967296)"), "shape is too large"},
      {SHAPED("(4294967296, 0, 4294967296)"), "shape is too large"},
      {SHAPED("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"), "32 dimensions"},
      {"", "'{' expected"},
      {"{}", "lacks"},
      {"{'descr': '<f8', 'shape': (3,)}", "lacks"},
      {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", "given twice"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'more': 1}", "unknown key"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} x", "end of header expected"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,),,}", "expected"},
      {"{'descr': '<f8' 'fortran_order': False, 'shape': (3,)}", "'}' expected"},
      {"{'descr', 'fortran_order', 'shape'}", "':' expected"},
      {"__import__('os').system('true')", "'{' expected"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,) # no comments\n}", "expected at byte 55"},
  };
#undef ITEMS
#undef TYPED
#undef SHAPED
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ti_npy_header h;
    tine_error err = {.message = ""};
    CHECK_INT(parse(rows[i].text, &h, &err), TINE_EFORMAT);
    if (!CHECK_CONTAINS(err.message, rows[i].part))
      printf("\n    header: %s", rows[i].text);
    CHECK_INT(parse(rows[i].text, &h, NULL), TINE_EFORMAT);
  }
}

/* Every header cut short anywhere is refused, and nothing behind the cut is read (the block has just that size). */
static void cut_short(void) {
  static const char text[] = "{'shape': (12, 3), 'descr': '<f8', 'fortran_order': False}";
  for (size_t n = 0; n < sizeof text; n++) {
    ti_npy_header h;
    char *copy = malloc(n + 1);
    memcpy(copy + 1, text, n);
    CHECK_INT(ti_npy_parse(&h, copy + 1, n, NULL), n == sizeof text - 1 ? TINE_OK : TINE_EFORMAT);
    free(copy);
  }
}

static void prefixes(void) {
  static const struct {
    const char *bytes;
    size_t n;
    const char *part;
    size_t at, size;
  } rows[] = {
      {"\x93NUMPY\1\0\x76\0{'", 12, NULL, 10, 0x76},
      {"\x93NUMPY\2\0\1\2\3\0", 12, NULL, 12, 0x30201},
      {"\x93NUMPY\3\0\0\0\x10\0", 12, NULL, 12, 1 << 20},
      {"\x93NUMPY\3\0\1\0\x10\0", 12, "1048577 bytes is too long", 0, 0},
      {"\x93NUMPY\2\0\0\0\0\xff", 12, "too long", 0, 0},
      {"\x93NUMPY\4\0\1\2\3\0", 12, "version 4.0", 0, 0},
      {"\x93NUMPY\1\1\1\2\3\0", 12, "version 1.1", 0, 0},
      {"\x93NUMPY\0\0\1\2\3\0", 12, "version 0.0", 0, 0},
      {"\x93NUMPX\1\0\1\2\3\0", 12, "not a .npy file", 0, 0},
      {"PK\3\4\24\0\0\0\0\0\0\0", 12, "a .npz archive, not a .npy file; unzip it", 0, 0},
      {"PK\5\6\0\0\0\0\0\0\0\0", 12, "a .npz archive, not a .npy file, and empty", 0, 0},
      {"PK", 2, "not a .npy file", 0, 0},
      {"\x1f\x8b\10\0", 4, "compressed by gzip", 0, 0},
      {"\x89HDF\r\n\32\n", 8, "an HDF5 file", 0, 0},
      {"\x80\4\x95\0", 4, "a Python pickle", 0, 0},
      {"\x93NUMPY\1\0\x76\0", 10, NULL, 10, 0x76},
      {"\x93NUMPY\2\0\x76\0\0", 11, "truncated", 0, 0},
      {"\x93NUMPY\1\0\x76", 9, "truncated", 0, 0},
      {"\x93NUMPY\1", 7, "truncated", 0, 0},
      {"\x93NUMPY", 6, "truncated", 0, 0},
      {"\x93NUMP", 5, "not a .npy file", 0, 0},
      {"", 0, "file is empty", 0, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    size_t at = 0, size = 0;
    tine_error err = {.message = ""};
    const tine_status status = ti_npy_prefix((const unsigned char *)rows[i].bytes, rows[i].n, &at, &size, &err);
    CHECK_INT(status, rows[i].part == NULL ? TINE_OK : TINE_EFORMAT);
    CHECK_CONTAINS(err.message, rows[i].part == NULL ? "" : rows[i].part);
    if (status == TINE_OK) {
      CHECK_INT(at, rows[i].at);
      CHECK_INT(size, rows[i].size);
    }
  }
}

/*
** The oracle. Three expressions find the values wherever they are; one more checks that the whole is three items and
** nothing else; arithmetic does the rest.
*/
#define WS "[ \t\n\r\f]*"
#define KEY(name) "('" name "'|\"" name "\")" WS ":" WS
#define DESCR KEY("descr") "(['\"])([<>=|]?)([a-zA-Z0-9_?]+)(['\"])"
#define ORDER KEY("fortran_order") "(True|False)"
#define EXTENT "(0|[1-9][0-9]*)L?"
#define SHAPE KEY("shape") "[(]" WS "(|" EXTENT WS "," WS "|" EXTENT "(" WS "," WS EXTENT ")+" WS ",?" WS ")[)]"
#define ANY "(" DESCR "|" ORDER "|" SHAPE ")"

typedef struct oracle {
  regex_t whole, descr, order, shape;
} oracle;

static bool oracle_make(oracle *o) {
  static const char whole[] = "^" WS "[{]" WS ANY WS "," WS ANY WS "," WS ANY WS ",?" WS "[}]" WS "$";
  return regcomp(&o->whole, whole, REG_EXTENDED | REG_NOSUB) == 0 && regcomp(&o->descr, DESCR, REG_EXTENDED) == 0 &&
         regcomp(&o->order, ORDER, REG_EXTENDED) == 0 && regcomp(&o->shape, SHAPE, REG_EXTENDED) == 0;
}

static void oracle_free(oracle *o) {
  regfree(&o->whole);
  regfree(&o->descr);
  regfree(&o->order);
  regfree(&o->shape);
}

/* One of the words in a list that begins and ends with a space. */
static void some_word(char *out, const char *list) {
  const char *at = list + check_below(strlen(list) - 1);
  while (*at != ' ')
    at--;
  sprintf(out, "%.*s", (int)strcspn(at + 1, " "), at + 1);
}

/* The type and byte order of "<f8"; false for what tine has not. */
static bool oracle_type(const char *text, const regmatch_t *m, ti_npy_header *h) {
  const char order = text[m[3].rm_so], *code = text + m[4].rm_so;
  const bool given = m[3].rm_eo > m[3].rm_so;
  char word[40];
  const size_t n = (size_t)(m[4].rm_eo - m[4].rm_so);
  if (text[m[2].rm_so] != text[m[5].rm_so] || n > sizeof word - 3)
    return false;
  snprintf(word, sizeof word, " %.*s ", (int)n, code);
  for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strstr(known[i].codes, word) != NULL || (!given && strstr(known[i].names, word) != NULL)) {
      h->type.half = i == 11;
      h->type.dtype = h->type.half ? TINE_F32 : (tine_dtype)(TINE_BOOL + i);
      h->type.size = h->type.half ? 2 : tine_dtype_size(h->type.dtype);
      h->type.swapped = h->type.size > 1 && given && order == (ti_npy_little_endian() ? '>' : '<');
      return true;
    }
  return false;
}

static bool oracle_sizes(const char *text, const regmatch_t *m, bool fortran, ti_npy_header *h) {
  long double product = 1; /* of the extents that are not 0: exact up to 2^63 */
  unsigned longer = 0;
  bool empty = false;
  h->dims = 0;
  for (const char *p = text + m[2].rm_so; p < text + m[2].rm_eo;) {
    char *end;
    if (*p < '0' || *p > '9') {
      p++;
      continue;
    }
    const long double extent = strtold(p, &end);
    if (h->dims == TI_MAX_DIMS || extent >= 0x1p63L)
      return false;
    h->shape[h->dims++] = (uint64_t)extent;
    empty = empty || extent == 0;
    longer += extent > 1;
    product *= extent == 0 ? 1 : extent;
    p = end;
  }
  if (product * (long double)tine_dtype_size(h->type.dtype) >= 2 * (long double)(PTRDIFF_MAX / 2 + 1))
    return false;
  h->len = empty ? 0 : (uint64_t)product;
  h->fortran = !empty && fortran && longer > 1;
  return true;
}

static bool oracle_accepts(const oracle *o, const char *text, size_t n, ti_npy_header *h) {
  regmatch_t m[12];
  if (strlen(text) != n || regexec(&o->whole, text, 0, NULL, 0) != 0)
    return false;
  if (regexec(&o->order, text, 12, m, 0) != 0)
    return false;
  const bool fortran = text[m[2].rm_so] == 'T';
  if (regexec(&o->descr, text, 12, m, 0) != 0 || !oracle_type(text, m, h))
    return false;
  return regexec(&o->shape, text, 12, m, 0) == 0 && oracle_sizes(text, m, fortran, h);
}

/* A good header in one of the many ways to write it. */
static size_t random_header(char *text) {
  static const char *const spaces[] = {"", "", " ", " ", "  ", "\n", "\t"};
  static const unsigned orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  enum { WIDE = 8 * sizeof(size_t) - 1 }; /* bits of an extent: few arrays are too large */
  const unsigned *order = orders[check_below(6)], dims = (unsigned)check_below(5);
#define SPACE spaces[check_below(sizeof spaces / sizeof spaces[0])]
  size_t n = (size_t)sprintf(text, "%s{", SPACE);
  for (unsigned i = 0; i < 3; i++) {
    const char q = "'\""[check_below(2)];
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    n += (size_t)sprintf(text + n, "%s%c%s%c%s:%s", SPACE, q, keys[order[i]], q, SPACE, SPACE);
    if (order[i] == 0) {
      const size_t type = check_below(sizeof known / sizeof known[0]), sort = check_below(3);
      char word[40];
      some_word(word, sort == 0 ? known[type].names : known[type].codes);
      n += sort < 2 ? (size_t)sprintf(text + n, "%c%s%c", q, word, q)
                    : (size_t)sprintf(text + n, "%c%c%s%c", q, "<>=|"[check_below(4)], word, q);
    } else if (order[i] == 1)
      n += (size_t)sprintf(text + n, "%s", check_below(4) == 0 ? "True" : "False");
    else {
      text[n++] = '(';
      for (unsigned k = 0; k < dims; k++)
        n += (size_t)sprintf(text + n, "%s%" PRIu64 "%s", SPACE, check_random() >> (64 - WIDE + check_below(WIDE)),
                             dims == 1 || k + 1 < dims || check_below(2) == 0 ? "," : "");
      n += (size_t)sprintf(text + n, "%s)", SPACE);
    }
    n += (size_t)sprintf(text + n, "%s%s", SPACE, i < 2 || check_below(2) == 0 ? "," : "");
  }
  n += (size_t)sprintf(text + n, "%s}%s\n", SPACE, SPACE);
#undef SPACE
  return n;
}

/* Bytes replaced, left out, doubled, moved and cut off, mostly by what could pass. */
static size_t damage(char *text, size_t n) {
  static const char likely[] = " '\",:(){}<>=|biuf12489000LTrueFalse\n\t-+x[]\\.";
  for (uint64_t i = check_below(4); i > 0 && n > 2; i--) {
    const size_t at = check_below(n), from = check_below(n);
    switch (check_below(6)) {
      case 0: text[at] = (char)check_random(); break;
      case 1: text[at] = likely[check_below(sizeof likely - 1)]; break;
      case 2: memmove(text + at, text + at + 1, --n - at); break;
      case 3: memmove(text + at + 1, text + at, n++ - at); break;
      case 4: text[at] = text[from]; break;
      default: n = check_below(20) == 0 ? at : n;
    }
  }
  text[n] = '\0';
  return n;
}

static void damaged(void) {
  oracle o;
  unsigned good = 0;
  if (!CHECK(oracle_make(&o)))
    return;
  for (int i = 0; i < 100000; i++) {
    char text[TEXT_ROOM];
    ti_npy_header h, want;
    tine_error err = {.message = ""};
    const size_t n = damage(text, random_header(text));
    char *exact = malloc(n + 1); /* so that a sanitizer sees the first byte read beyond */
    memcpy(exact, text, n);
    const bool accept = oracle_accepts(&o, text, n, &want);
    const tine_status status = ti_npy_parse(&h, exact, n, &err);
    free(exact);
    good += accept;
    if (!CHECK_INT(status, accept ? TINE_OK : TINE_EFORMAT) || !CHECK((err.message[0] == '\0') == accept)) {
      printf("\n    header: %s\n    message: %s", text, err.message);
      break;
    }
    if (accept && !(CHECK_INT(h.type.dtype, want.type.dtype) && CHECK_INT(h.type.swapped, want.type.swapped) &&
                    CHECK_INT(h.type.half, want.type.half) && CHECK_INT(h.type.size, want.type.size) &&
                    CHECK_INT(h.fortran, want.fortran) && CHECK_INT(h.dims, want.dims) && CHECK_INT(h.len, want.len) &&
                    CHECK(memcmp(h.shape, want.shape, h.dims * sizeof *h.shape) == 0))) {
      printf("\n    header: %s", text);
      break;
    }
  }
  CHECK(good > 10000 && good < 90000); /* the test sees both sides */
  oracle_free(&o);
}

#undef WS
#undef KEY
#undef DESCR
#undef ORDER
#undef EXTENT
#undef SHAPE
#undef ANY

CHECK_SUITE(npy_header, CHECK_CASE(written_as_numpy_does), CHECK_CASE(round_trip), CHECK_CASE(accepted),
            CHECK_CASE(type_names), CHECK_CASE(refused), CHECK_CASE(cut_short), CHECK_CASE(prefixes),
            CHECK_CASE(damaged))
