/*
** How much of its stack a thread has left: to be asked before a recursion that is as deep as the host's pipeline.
*/
#ifndef TI_BASE_STACK_LEFT_H
#define TI_BASE_STACK_LEFT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the calling thread's stack below this call; TI_STACK_ASSUMED where nobody can tell: on a system that does
   not say, or on another stack than the thread's own (that of a host's coroutine). A thread's first call asks the
   system, some 0.3 microseconds, the others compare two addresses. */
size_t ti_stack_left(void);
/* 'inner' is an object of the function that runs. May 'outer' be one of a function that has called it, directly or not?
   False only if both are on this thread's own stack, in the wrong order. */
bool ti_stack_of_caller(const void *outer, const void *inner);

#endif
