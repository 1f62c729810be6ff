/*
** States: what a kernel of mode fn_mut has for each worker of each run.
**
** They are made where the worker first needs them and listed with what else the thread has for that run, so nobody else
** looks at them before its part is over: then they go to the book, and in the end one thread merges and ends all. Only
** the environment is shared: merges into it, and if it is not sync the making of states from it, take turns.
*/
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/thread.h"
#include "../base/visit.h"
#include "kernel.h"

struct ti_state {
  ti_state *next;      /* of the same thread and run */
  tine_kernel *kernel; /* borrowed from the pipeline, or from whoever calls */
};

/* The host's part starts on a cache line of its own: what one worker writes no other has to fetch. */
enum { STATE_OFFSET = TI_CACHE_LINE };
_Static_assert(sizeof(ti_state) <= STATE_OFFSET, "the head lies before the host's part");

static void *state_of(ti_state *s) {
  return (char *)s + STATE_OFFSET;
}

static size_t state_bytes(const tine_kernel *kernel) {
  return ti_size_align(STATE_OFFSET + kernel->state.size, TI_CACHE_LINE);
}

static bool state_locks(const tine_kernel *kernel) {
  return (kernel->flags & TINE_NOT_SYNC) != 0;
}

static tine_status state_init(tine_kernel *kernel, void *state) {
  tine_status status;
  memset(state, 0, kernel->state.size);
  if (kernel->state.init == NULL)
    return TINE_OK;
  if (state_locks(kernel))
    ti_turn_take(&kernel->turn);
  TI_VISIT(status = kernel->state.init(kernel->env, state));
  if (state_locks(kernel))
    ti_turn_give(&kernel->turn);
  return status;
}

/* NULL, with the reason in '*status'. */
static ti_state *state_make(tine_kernel *kernel, tine_status *status) {
  ti_state *s = ti_alloc(state_bytes(kernel), TI_CACHE_LINE);
  ti_assert(kernel->state.size > 0);
  *status = s != NULL ? state_init(kernel, state_of(s)) : TINE_ENOMEM;
  if (*status == TINE_OK) {
    s->kernel = kernel;
    return s;
  }
  ti_free(s, state_bytes(kernel), TI_CACHE_LINE);
  return NULL;
}

/* One that another thread, or this one, had in an earlier part of the run; NULL if there is none. */
static ti_state *state_take(ti_book *book, const tine_kernel *kernel) {
  ti_state **link = &book->idle, *s;
  ti_mutex_lock(&book->lock);
  while (*link != NULL && (*link)->kernel != kernel)
    link = &(*link)->next;
  s = *link;
  if (s != NULL)
    *link = s->next;
  ti_mutex_unlock(&book->lock);
  return s;
}

static ti_state *state_find(ti_states *states, tine_kernel *kernel, tine_status *status) {
  ti_state *s = states->first;
  while (s != NULL && s->kernel != kernel)
    s = s->next;
  if (s != NULL)
    return s;
  s = state_take(states->book, kernel);
  if (s == NULL)
    s = state_make(kernel, status);
  if (s != NULL) {
    ti_assert(s->kernel == kernel && kernel->mode == TINE_FN_MUT);
    s->next = states->first;
    states->first = s;
  }
  return s;
}

int ti_kernel_run(tine_kernel *kernel, const ti_signature *signature, ti_states *states, tine_block *block) {
  ti_state *s;
  tine_status status;
  block->env = ti_kernel_env(kernel, signature);
  block->state = NULL;
  if (kernel->mode != TINE_FN_MUT)
    return ti_signature_run(signature, block);
  s = state_find(states, kernel, &status);
  if (s == NULL)
    return tine_block_fail(block, ti_error_host((int)status, NULL), 0,
                           status == TINE_ENOMEM ? "not enough memory for its state" : "its state could not be made");
  block->state = state_of(s);
  if (state_locks(kernel))
    block->env = NULL; /* others may be making states from it */
  return ti_signature_run(signature, block);
}

static void state_end(ti_state *s, bool merge) {
  tine_kernel *const kernel = s->kernel;
  ti_assert(kernel->state.size > 0);
  if (merge && kernel->state.merge != NULL) {
    ti_turn_take(&kernel->turn);
    TI_VISIT(kernel->state.merge((void *)(uintptr_t)kernel->env, state_of(s)));
    ti_turn_give(&kernel->turn);
  }
  if (kernel->state.drop != NULL)
    TI_VISIT(kernel->state.drop(state_of(s)));
  ti_free(s, state_bytes(kernel), TI_CACHE_LINE);
}

void ti_states_return(ti_states *states) {
  ti_state **last = &states->first;
  if (states->first == NULL)
    return;
  while (*last != NULL)
    last = &(*last)->next;
  ti_assert(states->book != NULL);
  ti_mutex_lock(&states->book->lock);
  *last = states->book->idle;
  states->book->idle = states->first;
  ti_mutex_unlock(&states->book->lock);
  states->first = NULL;
}

void ti_book_begin(ti_book *book) {
  ti_mutex_init(&book->lock);
  book->idle = NULL;
}

void ti_book_end(ti_book *book, bool merge) {
  const ti_fp saved = ti_fp_enter();
  ti_assert(book->idle == NULL || book->idle->kernel->mode == TINE_FN_MUT);
  while (book->idle != NULL) {
    ti_state *const s = book->idle;
    book->idle = s->next;
    state_end(s, merge);
  }
  ti_fp_leave(saved);
  ti_mutex_destroy(&book->lock);
}

/* ----- A kernel over single values: a block of one item ----- */

static tine_status call_failed(const tine_kernel *kernel, int code, const char *message, tine_error *err) {
  if (message[0] == '\0')
    return ti_error_set(err, (tine_status)code, "kernel '%s' failed with code %d", kernel->name, code);
  return ti_error_set(err, (tine_status)code, "kernel '%s' failed: %s", kernel->name, message);
}

/* Runs the bound kernel on its constants. */
static tine_status call_bound(const tine_kernel *kernel, const ti_binding *b, tine_value *out, tine_error *err) {
  _Alignas(8) unsigned char results[TINE_MAX_OUTPUTS][8] = {{0}};
  char message[TINE_MESSAGE_SIZE] = "";
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t stride[TINE_MAX_ARGS] = {0};
  void *result[TINE_MAX_OUTPUTS];
  tine_block block = {.n = 1, .in = in, .in_stride = stride, .out = result, .message = message};
  ti_book book;
  ti_states states = {NULL, &book};
  ti_fp fp;
  int code;
  for (unsigned k = 0; k < b->signature->inputs; k++)
    in[k] = b->constant[k];
  for (unsigned k = 0; k < b->signature->outputs; k++)
    result[k] = results[k];
  ti_book_begin(&book);
  fp = ti_fp_enter();
  code = ti_kernel_run((tine_kernel *)(uintptr_t)kernel, b->signature, &states, &block);
  for (unsigned k = 0; k < b->signature->outputs && code == 0; k++)
    out[k] = ti_value_load(b->signature->out[k], results[k]);
  ti_fp_leave(fp);
  ti_states_return(&states);
  ti_book_end(&book, code == 0);
  if (code != 0)
    return call_failed(kernel, code, message, err);
  return TINE_OK;
}

tine_status ti_kernel_call(const tine_kernel *kernel, const tine_value *args, size_t n, tine_value *out, size_t *outs,
                           tine_error *err) {
  ti_arg inputs[TINE_MAX_ARGS];
  unsigned which[TINE_MAX_ARGS], reads;
  ti_binding binding;
  tine_status status;
  size_t known = n <= TINE_MAX_ARGS ? n : 0; /* more are refused by their count, unread */
  *outs = 0;
  if (kernel == NULL)
    return ti_error_set(err, TINE_ENAME, "no kernel to call");
  if (kernel->told != NULL) {
    status = kernel->told->inputs(kernel, n, true, which, &reads, err);
    if (status != TINE_OK)
      return status;
    known = n = reads;
  }
  for (size_t k = 0; k < known; k++) {
    const tine_value value = args[kernel->told != NULL ? which[k] : k];
    inputs[k] = (ti_arg){true, value.dtype, value};
  }
  status =
      ti_kernel_bind(kernel, TI_ROLE_CALL, "call", inputs, (unsigned)(n < UINT32_MAX ? n : UINT32_MAX), &binding, err);
  if (status == TINE_OK)
    status = call_bound(kernel, &binding, out, err);
  if (status == TINE_OK)
    *outs = binding.signature->outputs;
  return status;
}
