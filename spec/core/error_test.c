/*
** Errors: what is filled, what is cut, and whom a misspelt name may have meant, against the plain recursive distance.
*/
#include "../../core/base/error.h"
#include "check.h"

#include <ctype.h>
#include <errno.h>

static void filled(void) {
  tine_error err;
  memset(&err, 0x55, sizeof err);
  CHECK_INT(ti_error_set(&err, TINE_ERANGE, "%d of %s", 7, "nine"), TINE_ERANGE);
  CHECK_INT(err.status, TINE_ERANGE);
  CHECK_INT(err.os_errno, 0);
  CHECK_INT(err.item, 0);
  CHECK_TEXT(err.message, "7 of nine");
  CHECK_INT(ti_error_set(NULL, TINE_ERANGE, "%d", 1), TINE_ERANGE);
  CHECK_INT(ti_error_os(&err, TINE_EIO, ENOENT, "open 'x'"), TINE_EIO);
  CHECK_INT(err.os_errno, ENOENT);
  CHECK_CONTAINS(err.message, "open 'x': ");
  CHECK_CONTAINS(err.message, strerror(ENOENT));
  CHECK_INT(ti_error_os(NULL, TINE_EIO, ENOENT, "x"), TINE_EIO);
  CHECK_INT(ti_error_nomem(&err), TINE_ENOMEM);
  CHECK_TEXT(err.message, "not enough memory");
  CHECK_INT(ti_error_nomem(NULL), TINE_ENOMEM);
}

static void cut(void) {
  tine_error err;
  char text[2 * TINE_MESSAGE_SIZE];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  ti_error_set(&err, TINE_EINVAL, "%s", text);
  CHECK_INT(strlen(err.message), TINE_MESSAGE_SIZE - 1);
}

static void copied(void) {
  tine_error from = {TINE_EKERNEL, 5, 77, "bad digit"}, to, untouched;
  CHECK_INT(ti_error_copy(&to, &from), TINE_EKERNEL);
  CHECK_INT(to.os_errno, 5);
  CHECK_INT(to.item, 77);
  CHECK_TEXT(to.message, "bad digit");
  CHECK_INT(ti_error_copy(NULL, &from), TINE_EKERNEL);
  CHECK_INT(ti_error_copy(&from, &from), TINE_EKERNEL);
  from.message[0] = '\0';
  CHECK_INT(ti_error_copy(&to, &from), TINE_EKERNEL);
  CHECK_TEXT(to.message, "a kernel failed");
  CHECK_INT(to.item, 77);
  CHECK_INT(ti_error_copy(&to, NULL), TINE_ENOMEM);
  CHECK_TEXT(to.message, "not enough memory");
  memset(&to, 0x55, sizeof to);
  untouched = to;
  from.status = TINE_OK;
  CHECK_INT(ti_error_copy(&to, &from), TINE_OK);
  CHECK(memcmp(&to, &untouched, sizeof to) == 0);
}

static void texts_grow(void) {
  char whole[64], part[16];
  for (size_t size = 0; size <= sizeof part; size++) {
    size_t used = 0, all = 0;
    memset(part, '#', sizeof part);
    for (int i = 0; i < 5; i++) {
      ti_text_add(part, size, &used, "%d,", i * 37);
      ti_text_add(whole, sizeof whole, &all, "%d,", i * 37);
    }
    CHECK_INT(used, all);
    CHECK_INT(used, strlen(whole));
    if (size > 0) {
      CHECK_INT(strlen(part), all < size ? all : size - 1);
      CHECK(strncmp(part, whole, strlen(part)) == 0);
    }
    for (size_t i = size; i < sizeof part; i++)
      CHECK(part[i] == '#');
  }
}

static void status_texts(void) {
#define TEXT(name, code, text) CHECK_TEXT(tine_status_text(name), text);
  TINE_STATUS_LIST(TEXT)
#undef TEXT
  CHECK_TEXT(tine_status_text((tine_status)1001), "error of the host");
  CHECK_TEXT(tine_status_text((tine_status)-5), "error of the host");
}

/* The oracle: the definition itself, exponential and only for short words. */
static size_t distance_by_definition(const char *a, const char *b) {
  size_t d, other;
  if (*a == '\0' || *b == '\0')
    return strlen(a) + strlen(b);
  d = distance_by_definition(a + 1, b + 1) + (tolower((unsigned char)*a) != tolower((unsigned char)*b));
  other = distance_by_definition(a + 1, b) + 1;
  d = other < d ? other : d;
  other = distance_by_definition(a, b + 1) + 1;
  d = other < d ? other : d;
  if (a[1] != '\0' && b[1] != '\0' && tolower((unsigned char)a[0]) == tolower((unsigned char)b[1]) &&
      tolower((unsigned char)a[1]) == tolower((unsigned char)b[0])) {
    other = distance_by_definition(a + 2, b + 2) + 1;
    d = other < d ? other : d;
  }
  return d;
}

static const char *word_at(void *arg, size_t i) {
  return ((const char **)arg)[i];
}

static void random_word(char *word, size_t most) {
  const size_t n = 1 + (size_t)check_below(most);
  for (size_t i = 0; i < n; i++)
    word[i] = "abcAB"[check_below(5)];
  word[n] = '\0';
}

static void nearest_as_defined(void) {
  for (unsigned round = 0; round < 2000; round++) {
    char words[4][8], name[8];
    const char *list[5] = {words[0], words[1], words[2], words[3], NULL}, *want = NULL;
    size_t least = SIZE_MAX;
    random_word(name, 6);
    for (size_t i = 0; i < 4; i++) {
      size_t d, longer;
      random_word(words[i], 6);
      d = distance_by_definition(name, words[i]);
      longer = strlen(name) > strlen(words[i]) ? strlen(name) : strlen(words[i]);
      if (3 * d <= longer && d < least) {
        least = d;
        want = words[i];
      }
    }
    CHECK_STOP(ti_text_nearest(name, word_at, list) == want);
  }
}

static void nearest_as_meant(void) {
  char longest[200];
  const char *list[] = {"mul", "min", "max", "sqrt", "isnan", longest, "", NULL};
  memset(longest, 'm', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  CHECK_TEXT(ti_text_nearest("mull", word_at, list), "mul");
  CHECK_TEXT(ti_text_nearest("SQRT", word_at, list), "sqrt");
  CHECK_TEXT(ti_text_nearest("sqtr", word_at, list), "sqrt");
  CHECK_TEXT(ti_text_nearest("is_nan", word_at, list), "isnan");
  CHECK(ti_text_nearest("parse", word_at, list) == NULL);
  CHECK(ti_text_nearest("", word_at, list) == NULL);
  CHECK(ti_text_nearest(longest, word_at, list) == NULL);
}

CHECK_SUITE(error, CHECK_CASE(filled), CHECK_CASE(cut), CHECK_CASE(copied), CHECK_CASE(texts_grow),
            CHECK_CASE(status_texts), CHECK_CASE(nearest_as_defined), CHECK_CASE(nearest_as_meant))
