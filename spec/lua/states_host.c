/*
** Eight threads, each with a Lua state of its own, share one engine: one default pool or pools of their own, the names
** under which arrays cross, the collector's peace. The script to be run and the rounds are on the command line; each
** state runs it with 'tine', 'me' (1 to 8), 'round', and 'send(to, text)' and 'receive(from)' as globals, texts being
** all that the host carries from state to state. Ends with status 0 when everything held and nothing is left.
*/
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "threads.h"
#include "tine.h"

enum { STATES = 8, TEXT = 64, LETTERS = 8 };

/* What came for a state from one other; a letter that was not there yet is waited for. */
typedef struct mailbox {
  pthread_mutex_t lock;
  pthread_cond_t came;
  char letter[LETTERS][TEXT];
  unsigned first, count;
} mailbox;

static mailbox box[STATES][STATES];
static const char *script;
static int rounds;
static _Atomic int failures;

static int post(lua_State *L) {
  mailbox *b = &box[(luaL_checkinteger(L, 1) - 1) % STATES][lua_tointeger(L, lua_upvalueindex(1)) - 1];
  const char *text = luaL_checkstring(L, 2);
  pthread_mutex_lock(&b->lock);
  if (b->count < LETTERS)
    snprintf(b->letter[(b->first + b->count++) % LETTERS], TEXT, "%s", text);
  pthread_cond_signal(&b->came);
  pthread_mutex_unlock(&b->lock);
  return 0;
}

static int collect_post(lua_State *L) {
  mailbox *b = &box[lua_tointeger(L, lua_upvalueindex(1)) - 1][(luaL_checkinteger(L, 1) - 1) % STATES];
  char text[TEXT];
  pthread_mutex_lock(&b->lock);
  while (b->count == 0)
    pthread_cond_wait(&b->came, &b->lock);
  memcpy(text, b->letter[b->first], TEXT);
  b->first = (b->first + 1) % LETTERS;
  b->count--;
  pthread_mutex_unlock(&b->lock);
  lua_pushstring(L, text);
  return 1;
}

static int run_script(lua_State *L) {
  const int me = (int)lua_tointeger(L, 1), round = (int)lua_tointeger(L, 2);
  lua_settop(L, 0);
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 1);
  lua_pushinteger(L, me);
  lua_setglobal(L, "me");
  lua_pushinteger(L, round);
  lua_setglobal(L, "round");
  lua_pushinteger(L, me);
  lua_pushcclosure(L, post, 1);
  lua_setglobal(L, "send");
  lua_pushinteger(L, me);
  lua_pushcclosure(L, collect_post, 1);
  lua_setglobal(L, "receive");
  if (luaL_loadfile(L, script) != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

static void *live(void *arg) {
  for (int round = 1; round <= rounds; round++) {
    lua_State *L = luaL_newstate();
    lua_pushcfunction(L, run_script);
    lua_pushinteger(L, (int)(size_t)arg);
    lua_pushinteger(L, round);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
      fprintf(stderr, "state %d: %s\n", (int)(size_t)arg, lua_tostring(L, -1));
      exit(1); /* the others may wait for its letters */
    }
    lua_close(L);
  }
  return NULL;
}

int main(int argc, char **argv) {
  const int before = threads_now() + THREADS_SANITIZER;
  pthread_t thread[STATES];
  if (argc < 3)
    return 2;
  script = argv[1];
  rounds = atoi(argv[2]);
  for (int i = 0; i < STATES * STATES; i++) {
    pthread_mutex_init(&box[i / STATES][i % STATES].lock, NULL);
    pthread_cond_init(&box[i / STATES][i % STATES].came, NULL);
  }
  for (int i = 0; i < STATES; i++)
    if (pthread_create(&thread[i], NULL, live, (void *)(size_t)(i + 1)) != 0)
      return 2;
  for (int i = 0; i < STATES; i++)
    pthread_join(thread[i], NULL);
  if (threads_beyond(before) > 0) {
    fprintf(stderr, "%d threads left\n", threads_now());
    failures++;
  }
  if (tine_set_allocator(NULL) != TINE_OK) {
    fprintf(stderr, "something is left\n");
    failures++;
  }
  return failures != 0;
}
