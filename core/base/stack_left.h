/*
** How much of its stack a thread has left. What is asked before a recursion that is as deep as the host's pipeline.
*/
#ifndef TI_BASE_STACK_LEFT_H
#define TI_BASE_STACK_LEFT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the calling thread's stack below this call; TI_STACK_ASSUMED where nobody can tell: on a system that does
   not say, or on another stack than the thread's own (a coroutine's of the host). The first call of a thread asks the
   system, some 0.3 microseconds, the others compare two addresses. */
size_t ti_stack_left(void);
/* May the first of two objects on C stacks be of a function that waits for that of the second, which runs? False where
   both are on this thread's own stack, the wrong way round. */
bool ti_stack_of_caller(const void *outer, const void *inner);

#endif
