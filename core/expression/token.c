/*
** The words of an expression's text; see token.h. Numbers are read as Lua reads them: decimal and
** hexadecimal, integers that wrap or become floats where Lua's do. Letters are those of ASCII, whatever the locale.
*/
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/thread.h"

static const ti_operator operators[] = {
    {"or", "or", 1, 1},   {"and", "and", 2, 2}, {"<=", "le", 3, 3},   {">=", "ge", 3, 3},     {"==", "eq", 3, 3},
    {"~=", "ne", 3, 3},   {"<<", "shl", 7, 7},  {">>", "shr", 7, 7},  {"//", "idiv", 11, 11}, {"<", "lt", 3, 3},
    {">", "gt", 3, 3},    {"|", "bor", 4, 4},   {"~", "bxor", 5, 5},  {"&", "band", 6, 6},    {"+", "add", 10, 10},
    {"-", "sub", 10, 10}, {"*", "mul", 11, 11}, {"/", "div", 11, 11}, {"%", "mod", 11, 11},   {"^", "pow", 14, 13},
    {"not", "not", 0, 12}};
static const ti_operator prefixes[] = {{"-", "neg", 0, 12}, {"~", "bnot", 0, 12}};

enum { OPERATORS = sizeof operators / sizeof operators[0], NUMBER_MOST = 300 };

/* What other languages write, and Lua's word for it. */
static const char *const strangers[][2] = {{"**", "power is '^'"},
                                           {"!=", "unequal is '~='"},
                                           {"&&", "use 'and'"},
                                           {"||", "use 'or'"},
                                           {"!", "use 'not'"},
                                           {"=", "an expression assigns nothing; equality is '=='"},
                                           {"?", "use where(condition, a, b)"},
                                           {"..", "expressions have no strings"},
                                           {"\"", "expressions have no strings"},
                                           {"'", "expressions have no strings"},
                                           {"[[", "expressions have no strings"},
                                           {"{", "expressions have no tables"},
                                           {"#", "expressions have no lengths"},
                                           {"--", "a comment in Lua; '- -' is minus a negative"},
                                           {";", "there is one expression"}};

static bool token_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool token_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int hex_digit(char c) {
  return token_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ----- Numbers ----- */

/* Reads an integer that is all of the n letters; false: it is none, or too large for one. */
static bool token_integer(const char *p, size_t n, bool hex, int64_t *out) {
  uint64_t u = 0;
  for (size_t i = 0; i < n; i++) {
    const int d = hex_digit(p[i]);
    if (d < 0 || (!hex && d > 9))
      return false;
    if (!hex && u > ((uint64_t)INT64_MAX - (uint64_t)d) / 10)
      return false;
    u = u * (hex ? 16 : 10) + (uint64_t)d;
  }
  *out = (int64_t)u;
  return n > 0;
}

/* Is it digits, with at most one point among them, and perhaps an exponent? */
static bool well_formed(const char *p, size_t n, bool hex) {
  size_t digits = 0, i = 0;
  for (bool point = false; i < n && ((hex ? hex_digit(p[i]) >= 0 : token_digit(p[i])) || (p[i] == '.' && !point));
       i++) {
    digits += p[i] != '.';
    point = point || p[i] == '.';
  }
  if (digits == 0 || i == n)
    return digits > 0;
  if ((p[i] | 0x20) != (hex ? 'p' : 'e'))
    return false;
  i++;
  i += i < n && (p[i] == '+' || p[i] == '-');
  if (i == n)
    return false;
  for (; i < n; i++)
    if (!token_digit(p[i]))
      return false;
  return true;
}

/* The C library reads floats, with the locale's decimal point: what it writes between 1 and 5 of 1.5, since localeconv
   is not for several threads. False if it is infinite. */
static bool token_float(const char *p, size_t n, double *out) {
  char buffer[NUMBER_MOST + 32], sample[32], *point = sample + 1;
  size_t used = 0;
  const ti_fp fp = ti_fp_enter();
  bool finite;
  snprintf(sample, sizeof sample, "%.1f", 1.5);
  sample[strlen(sample) - 1] = '\0';
  for (size_t i = 0; i < n; i++)
    ti_text_add(buffer, sizeof buffer, &used, p[i] == '.' ? "%s" : "%.1s", p[i] == '.' ? point : p + i);
  *out = strtod(buffer, NULL);
  finite = *out - *out == 0;
  ti_fp_leave(fp);
  return finite;
}

static tine_status token_number(const char *text, ti_token *t, tine_error *err) {
  const char *const p = text + t->at;
  const bool hex = p[0] == '0' && (p[1] | 0x20) == 'x';
  const size_t skip = hex ? 2 : 0;
  size_t n = skip;
  int64_t integer;
  double f;
  while (token_digit(p[n]) || token_letter(p[n]) || p[n] == '.' ||
         ((p[n] == '+' || p[n] == '-') && (p[n - 1] | 0x20) == (hex ? 'p' : 'e')))
    n++;
  t->length = n;
  if (n > NUMBER_MOST)
    return ti_expression_fail(err, TINE_EINVAL, text, t->at, "number of more than %d characters", NUMBER_MOST);
  if (token_integer(p + skip, n - skip, hex, &integer))
    t->value = tine_i64(integer);
  else if (!well_formed(p + skip, n - skip, hex))
    return ti_expression_fail(err, TINE_EINVAL, text, t->at, "malformed number '%.*s'", (int)(n < 32 ? n : 32), p);
  else if (token_float(p, n, &f))
    t->value = tine_f64(f);
  else
    return ti_expression_fail(err, TINE_ERANGE, text, t->at, "number '%.*s' is out of range (infinity is math.huge)",
                              (int)(n < 32 ? n : 32), p);
  return TINE_OK;
}

/* ----- Words ----- */

/* Of equals the longest. */
static const ti_operator *operator_at(const char *p, size_t length) {
  for (size_t i = 0; i < OPERATORS; i++) {
    const size_t n = strlen(operators[i].text);
    if (strncmp(p, operators[i].text, n) == 0 && (token_letter(*p) ? n == length : true))
      return &operators[i];
  }
  return NULL;
}

const ti_operator *ti_operator_prefix(const ti_operator *op) {
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
    if (strcmp(op->text, prefixes[i].text) == 0)
      return &prefixes[i];
  return op->left == 0 ? op : NULL;
}

/* A name, with what follows behind dots; or 'and', 'or', 'not'. */
static void token_name(const char *text, ti_token *t) {
  const char *const p = text + t->at;
  size_t n = 0;
  do
    while (token_letter(p[n]) || token_digit(p[n]))
      n++;
  while (p[n] == '.' && token_letter(p[n + 1]) && n++ > 0);
  t->length = n;
  t->op = operator_at(p, n);
  t->kind = t->op != NULL ? TI_TOKEN_OPERATOR : TI_TOKEN_NAME;
}

static bool stranger_at(const char *p, size_t *which) {
  for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
    if (strncmp(p, strangers[i][0], strlen(strangers[i][0])) == 0) {
      *which = i;
      return true;
    }
  return false;
}

static tine_status token_unexpected(const char *text, size_t at, tine_error *err) {
  const char *const p = text + at;
  size_t i;
  if (stranger_at(p, &i))
    return ti_expression_fail(err, TINE_EINVAL, text, at, "unexpected '%s' (%s)", strangers[i][0], strangers[i][1]);
  if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
    return ti_expression_fail(err, TINE_EINVAL, text, at, "unexpected byte %u", (unsigned)(unsigned char)*p);
  return ti_expression_fail(err, TINE_EINVAL, text, at, "unexpected '%c'", *p);
}

tine_status ti_token_read(const char *text, size_t from, ti_token *out, tine_error *err) {
  const char c = text[from += strspn(text + from, " \t\r\n\f\v")];
  size_t stranger;
  *out = (ti_token){.at = from, .length = 1};
  if (c == '\0') {
    out->length = 0;
    return TINE_OK;
  }
  if (token_digit(c) || (c == '.' && token_digit(text[from + 1]))) {
    out->kind = TI_TOKEN_NUMBER;
    return token_number(text, out, err);
  }
  if (token_letter(c)) {
    token_name(text, out);
    return TINE_OK;
  }
  out->op = operator_at(text + from, 0);
  if (stranger_at(text + from, &stranger) && (out->op == NULL || c == strangers[stranger][0][1]))
    return token_unexpected(text, from, err); /* "**" begins as '*' does */
  if (strchr("()[],", c) != NULL) {
    out->kind = TI_TOKEN_MARK;
    return TINE_OK;
  }
  if (out->op == NULL)
    return token_unexpected(text, from, err);
  out->kind = TI_TOKEN_OPERATOR;
  out->length = strlen(out->op->text);
  return TINE_OK;
}

bool ti_token_is(const ti_token *t, const char *text, char mark) {
  return t->kind == TI_TOKEN_MARK && text[t->at] == mark;
}
