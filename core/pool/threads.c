/*
** How many threads a pool has of which nobody said it: what the environment says, else as many as there are processors.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/thread.h"
#include "../tine.h"

/* A decimal number from 1, with spaces around it or not; 0: no such number. */
static unsigned parse_threads(const char *text) {
  unsigned n = 0;
  text += strspn(text, " \t\r\n");
  for (; *text >= '0' && *text <= '9'; text++) {
    n = n * 10 + (unsigned)(*text - '0');
    n = n < TINE_MAX_THREADS ? n : TINE_MAX_THREADS;
  }
  return text[strspn(text, " \t\r\n")] == '\0' ? n : 0;
}

bool tine_warning(char *text, size_t size) {
  const char *value = getenv("TINE_NUM_THREADS");
  if (value == NULL || value[strspn(value, " \t\r\n")] == '\0' || parse_threads(value) > 0)
    return false;
  snprintf(text, size, "TINE_NUM_THREADS is no number from 1 up, and is ignored: '%.40s'", value);
  return true;
}

unsigned tine_default_threads(void) {
  const char *text = getenv("TINE_NUM_THREADS");
  const unsigned wanted = text != NULL ? parse_threads(text) : 0;
  const unsigned n = wanted > 0 ? wanted : ti_cpu_count();
  return n < TINE_MAX_THREADS ? n : TINE_MAX_THREADS;
}
