/*
** The least of a Lua interpreter: runs 'interpreter script args...' or 'interpreter -e chunk'. Sanitizers must be
** linked into the program itself to see all of it, children too, so their builds run busted in this one instead of
** lua5.4. Ctrl-C is to it what it is to that: a hook that raises, and the end if it comes once more.
*/
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static lua_State *interrupted;

static void stop(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted!");
}

static void on_interrupt(int number) {
  signal(number, SIG_DFL);
  lua_sethook(interrupted, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* arg, with the script at 0. */
static void set_arg(lua_State *L, int argc, char **argv, int script) {
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

static int load_script(lua_State *L, int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "-e") == 0) {
    set_arg(L, argc, argv, argc);
    return luaL_loadstring(L, argv[2]);
  }
  set_arg(L, argc, argv, 1);
  return luaL_loadfile(L, argc > 1 ? argv[1] : NULL);
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int status;
  if (L == NULL || !lua_checkstack(L, argc + LUA_MINSTACK))
    return 1;
  luaL_openlibs(L);
  lua_gc(L, LUA_GCGEN, 0, 0); /* as lua5.4 does */
  interrupted = L;
  signal(SIGINT, on_interrupt);
  lua_pushcfunction(L, traceback);
  status = load_script(L, argc, argv);
  for (int i = 2; status == LUA_OK && i < argc && strcmp(argv[1], "-e") != 0; i++)
    lua_pushstring(L, argv[i]);
  if (status == LUA_OK)
    status = lua_pcall(L, lua_gettop(L) - 2, 0, 1);
  if (status != LUA_OK)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return status != LUA_OK;
}
