/*
** Errors: filling a tine_error that may be NULL. Each function returns the status it was given, so that a check and a
** return are one line.
*/
#ifndef TI_BASE_ERROR_H
#define TI_BASE_ERROR_H

#include "../tine.h"

#define TI_PRINTF(at, args) __attribute__((format(printf, at, args)))

/* Status with a formatted message; item and os_errno become 0. */
tine_status ti_error_set(tine_error *err, tine_status status, const char *format, ...) TI_PRINTF(3, 4);
/* As above for a failed system call: "<what>: <strerror>", os_errno as given. */
tine_status ti_error_os(tine_error *err, tine_status status, int os_errno, const char *what);
/* TINE_ENOMEM, "not enough memory". */
tine_status ti_error_nomem(tine_error *err);
/* Copies 'from' to 'err' and returns its status; an empty message becomes the status's own text. TINE_OK copies
   nothing; NULL stands for an error there was no memory to keep, TINE_ENOMEM. */
tine_status ti_error_copy(tine_error *err, const tine_error *from);

/* What a function of the host's returned for a failure, as the run reports it: a positive code as it is. What cannot be
   a status - a negative code, TINE_STATUS_END - is none of the marks that the engine uses among its own codes either:
   it becomes TINE_EKERNEL, and where the host gave no message, that says what was returned. 'message' is NULL or has
   room for TINE_MESSAGE_SIZE bytes; it is made to end. 0 stays 0. */
int ti_error_host(int code, char *message);

/* Appends to a text as snprintf would: 'used' grows by what was needed, also past 'size'. */
void ti_text_add(char *buffer, size_t size, size_t *used, const char *format, ...) TI_PRINTF(4, 5);

/* The candidate nearest to 'name' by edit distance, or NULL if none is near enough to be meant: at most a third of
   the letters differ. 'at(arg, i)' gives candidate i, NULL past the last. */
const char *ti_text_nearest(const char *name, const char *(*at)(void *arg, size_t i), void *arg);

#endif
