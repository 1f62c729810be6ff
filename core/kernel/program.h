/*
** Programs: several built-in kernels over f64 columns, evaluated in one pass.
**
** A stage that computes makes a trip through the first-level cache: it reads a block and writes one. A *program* makes
** that trip once for a whole expression such as sqrt(x*x + y*y) * 0.5 + 1. It is a list of *steps*, each a small
** function that takes a *strip* of items in eight vector registers, applies one operation to them, and passes the
** registers on to the next step by a call in tail position, which compilers turn into a jump. So the calling convention
** keeps values in registers, and no code is made at run time: threaded code, as Forth has it. A step is paid once a
** strip - 64 items with AVX-512, 32 with AVX2, 16 otherwise - as dispatch is once a block. (Clang hands registers wider
** than its base set through memory: right, but with less to gain.)
**
** Each step is the one IEEE operation that the kernel's own loop does, so the bits are those of the kernels one after
** the other. A kernel that has no step is called through its loop, for a strip at a time.
**
** Whoever builds a program names operands by the index of a *node*; a node that is used twice is evaluated once.
*/
#ifndef TI_KERNEL_PROGRAM_H
#define TI_KERNEL_PROGRAM_H

#include "kernel.h"

enum {
  TI_PROGRAM_INPUTS = 12,
  TI_PROGRAM_NODES = 64, /* inputs, constants and operations */
  TI_PROGRAM_STEPS = 96,
  TI_PROGRAM_SLOTS = 6, /* strips in memory at a time: values of nodes, for later */
  TI_PROGRAM_HELD = 4,  /* and constants */
  TI_PROGRAM_OPERANDS = TI_PROGRAM_INPUTS + TI_PROGRAM_SLOTS + TI_PROGRAM_HELD,
  TI_PROGRAM_ARGS = 3,
  TI_PROGRAM_STRIP = 64 /* items, of the widest set */
};

typedef struct ti_program_step {
  void (*run)(void);   /* a function of one instruction set, see program_steps.h */
  uint16_t operand[2]; /* where the arguments are that are not in registers */
  uint16_t inputs;     /* of a kernel that is called */
  union {
    double constant;
    tine_kernel_fn *loop;
  } with;
} ti_program_step;

typedef struct ti_program_node {
  const char *kernel; /* NULL: an input or a constant */
  tine_kernel_fn *loop;
  double constant;
  int operand; /* where its strip is, once it is in memory; else -1 */
  int args[TI_PROGRAM_ARGS];
  unsigned count, uses;
} ti_program_node;

typedef struct ti_program {
  const struct ti_program_set *set;
  unsigned inputs, nodes, steps, slots, held;
  bool taken[TI_PROGRAM_SLOTS]; /* while steps are made */
  bool full;                    /* there is too much of something */
  double hold[TI_PROGRAM_HELD];
  ti_program_node node[TI_PROGRAM_NODES];
  ti_program_step step[TI_PROGRAM_STEPS];
} ti_program;

/* A kernel that has steps: of two arguments one each for second in memory, second constant, and the same reversed. */
typedef struct ti_program_operation {
  const char *kernel; /* NULL ends a list */
  unsigned args;
  void (*run[4])(void);
} ti_program_operation;

struct program_frame;

/* The steps of one instruction set. */
typedef struct ti_program_set {
  size_t strip;
  void (*start)(const ti_program_step *s, struct program_frame *f, size_t at);
  void (*load_m)(void), (*load_k)(void), (*keep)(void), (*end)(void), (*call)(void);
  const ti_program_operation *operations;
} ti_program_set;

/* NULL: this compiler makes none. */
const ti_program_set *ti_program_set_of(unsigned simd);

/* Begins a program for an instruction set of simd.h that this machine has. False: this compiler makes none. */
bool ti_program_begin(ti_program *p, unsigned simd);
/* Each adds a node and returns its index; -1: no room for it, or for what it was to be applied to. A kernel's signature
   takes up to three f64s and gives one, and must not fail; name and signature live as long as the program. */
int ti_program_input(ti_program *p);
int ti_program_constant(ti_program *p, double value);
int ti_program_apply(ti_program *p, const char *kernel, const ti_signature *signature, const int *args);
/* Makes the steps that give the value of a node. False if they are too many. */
bool ti_program_finish(ti_program *p, int node);

/*
** Runs a program over n items, at most TI_CELL: input k is at in[k], stride[k] bytes from item to item (0: one for
** all), and is converted to f64 by convert[k], unless that is NULL. With lanes NULL the n values go to 'out', which may
** be an input that lies side by side; else item i is added to lanes[i % TI_LANES], a lane's items in order. Any number
** of threads at a time.
*/
void ti_program_run(const ti_program *p, const void *const *in, const ptrdiff_t *stride, tine_kernel_fn *const *convert,
                    size_t n, double *out, double *lanes);

#endif
