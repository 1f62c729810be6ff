/*
** An expression's text in messages; see expression.h.
*/
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "expression.h"

/* Letters of a text that stand in one line: 'most' of them from 'from' on, with dots where there are more. */
static void excerpt(const char *text, size_t from, size_t most, char *out) {
  const size_t length = strlen(text), n = length - from < most ? length - from : most;
  size_t used = 0;
  out[0] = '\0';
  ti_text_add(out, TI_EXPRESSION_NAME, &used, "%s%.*s%s", from > 0 ? "..." : "", (int)n, text + from,
              from + n < length ? "..." : "");
  for (char *c = out; *c != '\0'; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
}

enum { EXCERPT = TI_EXPRESSION_NAME - 7 }; /* two times three dots, and the end */

void ti_expression_name(const char *text, char *buffer) {
  excerpt(text, 0, EXCERPT, buffer);
}

tine_status ti_expression_fail(tine_error *err, tine_status status, const char *text, size_t at, const char *format,
                               ...) {
  char quoted[TI_EXPRESSION_NAME], what[TINE_MESSAGE_SIZE];
  const size_t length = strlen(text);
  size_t from = 0;
  va_list args;
  ti_assert(at <= length);
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  if (length > EXCERPT && at > EXCERPT / 2)
    from = length - at < EXCERPT / 2 ? length - EXCERPT : at - EXCERPT / 2;
  excerpt(text, from, EXCERPT, quoted);
  return ti_error_set(err, status, "expression \"%s\": %.140s at %zu", quoted, what, at + 1);
}
