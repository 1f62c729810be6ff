/*
** Tables of bits: what results are, the same on every machine, compiler and number of threads. A table is a file of
** lines "what it is: bits", in the order in which a test comes to them; the test compares each with what it computes.
**
** TINE_BITS_WRITE=spec/core build/test_core bits writes the tables anew into that folder. Where a line that was there
** is another one then, a promise to users has changed, and CHANGELOG.md says so.
**
** Values are hashed as integers, floats as those of a double, so that neither the order of bytes nor what lies between
** elements counts; all NaNs are one. Transcendental functions have no place here: without SLEEF they are those of the
** C library.
*/
#ifndef SPEC_BITS_H
#define SPEC_BITS_H

#include "../../core/tine.h"
#include "check.h"

/* Lines follow, to be compared with those of a table that ends with NULL, "spec/core/FILE". */
void bits_open(const char *file, const char *const *table);
void bits_line(const char *line);
void bits_close(void); /* there is no other line in the table */

/* A hash: begun, added to, and what it is. */
void bits_begin(void);
void bits_add(uint64_t bits);
void bits_value(tine_value v);
void bits_array(tine_array *a);    /* NULL has nothing; released */
void bits_items(tine_pipeline *p); /* or the status where they cannot be had; released */
uint64_t bits_hash(void);
void bits_end(const char *format, ...);                  /* the line of that name is the hash */
uint64_t bits_element(tine_dtype dtype, const void *at); /* one, as the integer that is hashed */

/* Random numbers, and the same ones after the same seed: 64 bits, and arrays of them in that type; of a float also what
   is no number or hurts, if 'special' and there is room. Half of them are short. */
void bits_seed(uint64_t seed);
uint64_t bits_next(void);
tine_array *bits_data(tine_dtype dtype, uint64_t n, bool special);

#endif
