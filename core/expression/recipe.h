/*
** Recipes: what a program (core/kernel/program.h) is to compute, as a list of words. Each is an input, a constant, a
** built-in kernel applied to earlier ones, or one of them converted; what it gives is known by its number.
**
** A script that builds its pipeline anew for each run tells the same recipe each time. To write one down costs little,
** to make a program of it some microseconds. So the programs of the last recipes are kept: who tells one of these
** again gets a copy.
*/
#ifndef TI_EXPRESSION_RECIPE_H
#define TI_EXPRESSION_RECIPE_H

#include "../kernel/program.h"

enum { TI_RECIPE_WORDS = 192 };

typedef struct ti_recipe_word {
  uint8_t what, dtype, mode, arg[TI_PROGRAM_ARGS], unused[2];
  uint64_t of; /* the bits of a constant, or where the kernel's signature is */
} ti_recipe_word;

typedef struct ti_recipe {
  unsigned words, inputs;
  ti_recipe_word word[TI_RECIPE_WORDS];
} ti_recipe;

/* Begins an empty one. */
static inline void ti_recipe_begin(ti_recipe *r) {
  r->words = r->inputs = 0;
}

/* Each gives a word's number; -1: no room for it, or for one that it was to be applied to. */
int ti_recipe_input(ti_recipe *r, tine_dtype dtype);
int ti_recipe_constant(ti_recipe *r, tine_dtype dtype, const void *value);
/* A built-in kernel that ti_program_takes, whose types the arguments have. */
int ti_recipe_apply(ti_recipe *r, const ti_signature *signature, const int *args);
/* The same value in another type; as arguments of kernels are converted. */
int ti_recipe_convert(ti_recipe *r, int word, tine_dtype to, tine_cast_mode mode);
int ti_recipe_promote(ti_recipe *r, int word, tine_dtype to);

/* The program that gives a word's value, best for this machine, in memory of its own; NULL: there is no
   memory or, as '*never' tells, it cannot be made. Any number of threads at a time. */
ti_program *ti_recipe_program(const ti_recipe *r, int word, ti_program_end end, bool *never);

/* A program made, in memory of its own, where it can be run; NULL: there is none. */
ti_program *ti_program_keep(const ti_program *made);
void ti_program_drop(ti_program *p);

#endif
