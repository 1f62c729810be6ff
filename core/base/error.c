/*
** Errors and the texts in them. Nothing here allocates: an error must still be reported when memory has run out.
*/
#include "error.h"
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
  /* Letters of a name that may be compared; no name of the engine is longer. */
  NEAREST_LETTERS = 63
};

static unsigned char fold_case(char c) {
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t min_size(size_t a, size_t b) {
  return a < b ? a : b;
}

/*
** Letters inserted, left out, exchanged for others or swapped with their neighbour between a and b, upper and lower
** case being the same letter: Damerau and Levenshtein's distance where no pair is swapped twice ("optimal string
** alignment"). Only three rows of the table are alive at a time.
*/
static size_t edit_distance(const char *a, size_t na, const char *b, size_t nb) {
  size_t rows[3][NEAREST_LETTERS + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;
  ti_assert(na <= NEAREST_LETTERS && nb <= NEAREST_LETTERS);
  for (size_t j = 0; j <= nb; j++)
    above[j] = before[j] = j;
  for (size_t i = 1; i <= na; i++) {
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      const bool same = fold_case(a[i - 1]) == fold_case(b[j - 1]);
      row[j] = min_size(min_size(above[j], row[j - 1]) + 1, above[j - 1] + !same);
      if (i > 1 && j > 1 && fold_case(a[i - 1]) == fold_case(b[j - 2]) && fold_case(a[i - 2]) == fold_case(b[j - 1]))
        row[j] = min_size(row[j], before[j - 2] + 1);
    }
    spare = before, before = above, above = row, row = spare;
  }
  return above[nb];
}

tine_status ti_error_set(tine_error *err, tine_status status, const char *format, ...) {
  va_list args;
  if (err == NULL)
    return status;
  err->status = status;
  err->os_errno = 0;
  err->item = 0;
  va_start(args, format);
  if (vsnprintf(err->message, sizeof err->message, format, args) < 0)
    err->message[0] = '\0';
  va_end(args);
  return status;
}

tine_status ti_error_os(tine_error *err, tine_status status, int os_errno, const char *what) {
  ti_assert(status != TINE_OK && os_errno > 0);
  ti_error_set(err, status, "%s: %s", what, strerror(os_errno));
  if (err != NULL)
    err->os_errno = os_errno;
  return status;
}

tine_status ti_error_nomem(tine_error *err) {
  return ti_error_set(err, TINE_ENOMEM, "%s", tine_status_text(TINE_ENOMEM));
}

tine_status ti_error_copy(tine_error *err, const tine_error *from) {
  if (from == NULL)
    return ti_error_nomem(err);
  if (err == NULL || err == from || from->status == TINE_OK)
    return from->status;
  ti_assert(memchr(from->message, '\0', sizeof from->message) != NULL);
  *err = *from;
  if (from->message[0] == '\0')
    snprintf(err->message, sizeof err->message, "%s", tine_status_text(from->status));
  return from->status;
}

int ti_error_host(int code, char *message) {
  if (code != 0 && message != NULL)
    message[TINE_MESSAGE_SIZE - 1] = '\0';
  if (code >= 0 && code != TINE_STATUS_END)
    return code;
  if (message != NULL && message[0] == '\0')
    snprintf(message, TINE_MESSAGE_SIZE, "it returned %d, which is no status", code);
  return TINE_EKERNEL;
}

void ti_text_add(char *buffer, size_t size, size_t *used, const char *format, ...) {
  const bool room = *used < size;
  va_list args;
  int n;
  va_start(args, format);
  n = vsnprintf(room ? buffer + *used : NULL, room ? size - *used : 0, format, args);
  va_end(args);
  if (n > 0)
    *used += (size_t)n;
}

const char *ti_text_nearest(const char *name, const char *(*at)(void *arg, size_t i), void *arg) {
  const size_t n = strlen(name);
  const char *nearest = NULL, *candidate;
  size_t least = SIZE_MAX;
  if (n == 0 || n > NEAREST_LETTERS)
    return NULL;
  for (size_t i = 0; (candidate = at(arg, i)) != NULL; i++) {
    const size_t m = strlen(candidate);
    size_t distance;
    if (m > NEAREST_LETTERS)
      continue;
    distance = edit_distance(name, n, candidate, m);
    if (distance < least && distance * 3 <= (n > m ? n : m)) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

const char *tine_status_text(tine_status status) {
  switch (status) {
#define STATUS_CASE(name, code, text) \
  case name: return text;
    TINE_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    case TINE_STATUS_END: break;
  }
  return "error of the host";
}
