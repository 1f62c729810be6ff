/*
** What all targets share. A target is LLVMFuzzerTestOneInput, as libFuzzer calls it; or replay.c, for files, where
** there is none. Whatever it does with its bytes, afterwards the engine has given back all memory, no thread and no
** descriptor is left, and nothing was printed: else it says what and aborts, which both take for a finding.
*/
#ifndef SPEC_FUZZ_H
#define SPEC_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Around what a target does. In between what is printed goes nowhere; fuzz_say still reaches who looks on. */
void fuzz_begin(void);
void fuzz_end(void);

/* The most bytes the engine has had since fuzz_begin. */
uint64_t fuzz_most_bytes(void);

/* FUZZ_SHOW in the environment: inputs are to be shown. */
int fuzz_shows(void);
void fuzz_say(const char *text);
/* Says it and aborts. */
void fuzz_fail(const char *what, long long number);

#endif
