/* Kernels where scripts give them, as ../pipeline sees to it; a part of bind.h. */
#ifndef TINE_LUA_BIND_KERNEL_H
#define TINE_LUA_BIND_KERNEL_H

/* bind_kernel.c */
tine_kernel *bind_kernel_check(lua_State *L, int arg); /* borrowed: use it before Lua allocates */
/* bind_expression.c: is that a kernel to be made, an expression's text or a function? The kernel takes its place, of an
   expression with the values of a table behind it; true if that, or a nil in its place, is there. 'take': with what its
   user promises; 'use': for stages, perhaps again. */
bool bind_expression_is(lua_State *L, int arg);
bool bind_expression_take(lua_State *L, int arg, unsigned flags), bind_expression_use(lua_State *L, int arg);
/* Is a kernel there that may take long? (Of one that is named nobody knows.) */
static inline bool bind_kernel_lengthy(lua_State *L, int index) {
  const bind_kernel *h = bind_handle_to(L, index, &bind_tag_kernel, sizeof *h);
  return h != NULL && h->lengthy;
}
bind_kernel *bind_kernel_new(lua_State *L); /* a handle of nothing yet, on top */
void bind_kernel_open(lua_State *L);
extern const bind_export bind_kernel_functions[];
extern const bind_export bind_help_functions[]; /* bind_help.c: tine.help */

#endif
