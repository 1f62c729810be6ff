/*
** All terminals, by their names.
*/
#include "bind_run.h"

#include <string.h>

static const bind_terminal *const terminals[] = {bind_value_terminals, bind_search_terminals, bind_collect_terminals,
                                                 bind_sort_terminals, NULL};

void bind_run_methods(lua_State *L) {
  for (size_t i = 0; terminals[i] != NULL; i++)
    for (const bind_terminal *t = terminals[i]; t->name != NULL; t++) {
      bind_push_record(L);
      lua_pushlightuserdata(L, (void *)(uintptr_t)t);
      lua_pushcclosure(L, bind_run_method, 2);
      lua_setfield(L, -2, t->name);
    }
}

void bind_terminal_guess(bind_guess *guess) {
  for (size_t i = 0; terminals[i] != NULL; i++)
    for (const bind_terminal *t = terminals[i]; t->name != NULL; t++)
      bind_guess_consider(guess, t->name);
}

const bind_terminal *bind_terminal_find(const char *name) {
  for (size_t i = 0; terminals[i] != NULL; i++)
    for (const bind_terminal *t = terminals[i]; t->name != NULL; t++)
      if (strcmp(t->name, name) == 0)
        return t;
  return NULL;
}
