/*
** How much of its stack a thread has left. What is asked before a recursion that is as deep as the host's pipeline.
*/
#ifndef TI_BASE_STACK_LEFT_H
#define TI_BASE_STACK_LEFT_H

#include <stddef.h>

/* Bytes of the calling thread's stack below this call; TI_STACK_ASSUMED where nobody can tell: on a system that does not
   say, or on another stack than the thread's own (a coroutine's of the host). The first call of a thread asks the system,
   some 0.3 microseconds, the others compare two addresses. */
size_t ti_stack_left(void);

#endif
