/*
** Programs: several built-in kernels over columns of any types, evaluated in one pass.
**
** A stage that computes makes a trip through the first-level cache: it reads a block and writes one. A *program* makes
** that trip once for a whole expression such as sqrt(x*x + y*y) * 0.5 + 1. It is a list of *steps*, each a small
** function that takes a *strip* of items in eight vector registers, applies one operation to them, and passes the
** registers on to the next step by a call in tail position, which compilers turn into a jump. So the calling convention
** keeps values in registers, and no code is made at run time: threaded code, as Forth has it. A step is paid once a
** strip - 64 items with AVX-512, 32 with AVX2, 16 otherwise - as dispatch is once a block. The last step goes on to the
** first of the next strip, and returns after the last strip of a block. (Where compilers do not, steps hand strips
** through memory and return to a loop: right, but with less to gain.)
**
** A strip has one of four *forms*: f64; integers of 64 bits, which narrower ones are for as long as they are in
** registers; f32, in the first four registers; or a mask, all bits of 64 set where a bool holds. Columns of other types
** are widened as they are loaded, and results narrowed as they are stored.
**
** Steps are made of the list of kernels, builtin.def, as their loops are, so the bits are those of the kernels one
** after the other. A kernel that has no step, integer division for one, is called through its loop, for a strip at a
** time. If an item fails there the run as a whole does: which one, and in what, the stages find out one by one. And a
** division by a power of two is a product, where that has the same bits.
**
** An input is a column of any stride, or a *ramp*: numbers at equal distances, of which nothing is in memory. What does
** not lie side by side - ramps, arrays read backwards, every k-th item - is laid out strip by strip by the set, just
** before the steps read it: no block of it makes a trip to the cache.
**
** Whoever builds a program names operands by the index of a *node*; what is computed twice is one node, and is
** evaluated once.
*/
#ifndef TI_KERNEL_PROGRAM_H
#define TI_KERNEL_PROGRAM_H

#include "kernel.h"

enum {
  TI_PROGRAM_INPUTS = 16,
  TI_PROGRAM_NODES = 192, /* inputs, constants and operations */
  TI_PROGRAM_STEPS = 320,
  TI_PROGRAM_ROOMS = 24, /* strips in a run's memory: one for each input, the others values of nodes, for later */
  TI_PROGRAM_HELD = 48,  /* constants as strips, in memory of the program's */
  TI_PROGRAM_OPERANDS = TI_PROGRAM_INPUTS + TI_PROGRAM_ROOMS + TI_PROGRAM_HELD,
  TI_PROGRAM_FIXED = TI_PROGRAM_OPERANDS, /* in place of an operand: the step has it */
  TI_PROGRAM_ARGS = 3,
  TI_PROGRAM_STRIP = 64, /* items, of the widest set */
  TI_PROGRAM_BYTES = TI_PROGRAM_STRIP * 8
};

typedef void ti_program_fn(void); /* a function of one instruction set, see program_steps.h */

typedef struct ti_program_step {
  ti_program_fn *run;
  uint16_t operand[2]; /* where the arguments are that are not in registers; or TI_PROGRAM_FIXED */
  union {
    unsigned char constant[8];
    tine_kernel_fn *loop;
  } with;
  uint8_t inputs, type[TI_PROGRAM_ARGS + 1]; /* of a loop that is called: of its inputs, and of its result */
  _Alignas(8) unsigned char fixed[TI_PROGRAM_ARGS - 1][8]; /* and those inputs that are constants, as in registers */
} ti_program_step;

/*
** An operation of two arguments that stands alone, over items side by side: three steps a strip, one of which works,
** would take longer than the loop. n is a multiple of 64 where there are bits, else of TI_LANES. So many items each
** input goes on at a time, its step, or none: then it is the same ones again and again.
*/
typedef struct ti_program_whole {
  /* Of what tells: item i's bit is i % 64 of word i / 64. Returns how many hold. 'bits_k': b is one value. Both fetch
     what lies a block after a. */
  size_t (*bits)(const void *a, size_t a_step, const void *b, size_t b_step, size_t n, uint64_t *bits);
  size_t (*bits_k)(const void *a, const void *b, size_t n, uint64_t *bits);
  /* Of two f64: those items of a for which it holds are added to lanes, as below, and -0.0 for the others. */
  size_t (*kept)(const double *a, const double *b, size_t n, double *lanes);
  /* Of f64 that gives one: item i is added to lane i % TI_LANES. */
  void (*lanes)(const double *a, size_t a_step, const double *b, size_t b_step, size_t n, double *lanes);
} ti_program_whole;

/* Which step of a kernel of two arguments: the first in registers, the second in memory or constant; the same reversed;
   and the first in memory, the second in memory or constant, and constant and in memory. */
enum {
  TI_PROGRAM_M,
  TI_PROGRAM_K,
  TI_PROGRAM_R_M,
  TI_PROGRAM_R_K,
  TI_PROGRAM_M_M,
  TI_PROGRAM_M_K,
  TI_PROGRAM_K_M,
  TI_PROGRAM_RUNS
};
/* Steps of a kernel: the first is that of one with another number of arguments. */
typedef struct ti_program_operation {
  ti_program_fn *run[TI_PROGRAM_RUNS]; /* NULL: none */
  ti_program_whole whole;              /* NULL: none */
} ti_program_operation;

/* One step for two operations, each rounded: a product of two in memory, or of one and a constant, and its sum with, or
   difference from, what is in registers. The operations are known by their steps. */
typedef struct ti_program_product {
  ti_program_fn *sum, *product, *run[2];
} ti_program_product;
enum { TI_PROGRAM_PRODUCTS = 4 };

typedef enum ti_program_what {
  TI_PROGRAM_COLUMN,
  TI_PROGRAM_CONSTANT,
  TI_PROGRAM_BY_STEP,
  TI_PROGRAM_BY_LOOP,
  TI_PROGRAM_SAME /* the value of another node, taken for another type */
} ti_program_what;

typedef struct ti_program_node {
  ti_program_what what;
  tine_dtype dtype;
  int args[TI_PROGRAM_ARGS];
  unsigned count, left; /* arguments; how often it will be asked for */
  bool fails;           /* it may, and is evaluated whether anything is made of it or not */
  int operand;          /* where its strip is, once it is in memory as registers have it; else -1 */
  union {
    unsigned char constant[8];
    unsigned column;
    const ti_program_operation *operation;
    tine_kernel_fn *loop;
  } is;
  uint8_t type[TI_PROGRAM_ARGS + 1];
} ti_program_node;

/* What is done with the value of each item. */
typedef enum ti_program_end {
  TI_PROGRAM_VALUES, /* it is stored, in the type it has; or added to others of its lane, as an f64 or an i64 */
  TI_PROGRAM_BITS    /* it is a bool: bit i % 64 of word i / 64 */
} ti_program_end;

/* In the place of a column's stride: its items are those of a ramp, of i64 or f64. Item i of a block is
   first + i * step modulo 2^64; or first + (position + i) * step, each operation rounded, position + i below 2^53. */
#define TI_PROGRAM_RAMP PTRDIFF_MIN
typedef struct ti_program_ramp {
  union {
    uint64_t i;
    double f;
  } first, step;
  double position; /* of f64 */
} ti_program_ramp;

/* A constant that steps read from memory, as registers have it: 4 bytes of an f32, or 8. */
typedef struct ti_program_held {
  unsigned char size, constant[8];
} ti_program_held;

/* Constant. */
typedef struct ti_program {
  const struct ti_program_set *set;
  unsigned inputs, steps, slots, held;
  ti_program_end end;
  tine_dtype result, input[TI_PROGRAM_INPUTS];
  const ti_program_step *step;
  const ti_program_held *hold; /* NULL once it is kept: then 'strip' has them as strips */
  const char *strip;
} ti_program;

/* What one is made with. */
typedef struct ti_program_maker {
  ti_program made; /* its steps are those below */
  unsigned simd, nodes;
  bool taken[TI_PROGRAM_ROOMS];
  int current; /* the node in the registers; -1: none */
  bool full;   /* there is too much of something */
  ti_program_node node[TI_PROGRAM_NODES];
  ti_program_step step[TI_PROGRAM_STEPS];
  ti_program_held hold[TI_PROGRAM_HELD];
} ti_program_maker;

/* What steps find everything by. Of a run of a program; and of code/strips.h, which leaves out the slots. */
typedef struct ti_program_frame {
  const char *at[TI_PROGRAM_OPERANDS];
  size_t size[TI_PROGRAM_OPERANDS]; /* of an element of a column; 0: one strip */
  char *out, *lanes;                /* lanes NULL: values or words go to 'out' */
  bool rest;                        /* this strip is short: what would be added is stored in 'lanes' */
  bool failed;
  size_t failed_at;                        /* then: the first item of a strip for which a loop did */
  const ti_program_step *first, *next;     /* of a strip; of those that return to a loop, NULL: that was the last */
  size_t end;                              /* of the strips that go through */
  _Alignas(64) char reg[TI_PROGRAM_BYTES]; /* and what is in registers, or what a loop is called with */
  char slot[TI_PROGRAM_ROOMS][TI_PROGRAM_BYTES]; /* values of nodes; from the end on, strips of inputs */
} ti_program_frame;

/* What is done with strips, of 64 bits an item, between steps. In masks all bits of an item's are set, or none. */
typedef struct ti_program_lanes {
  void (*fill)(void *strip, uint64_t value);
  /* A mask of bits. */
  void (*spread)(void *mask, uint64_t bits);
  /* Are those all the same as 'value'? */
  bool (*same)(const void *strip, const void *mask, uint64_t value);
  /* The end of a turn of a 'for', of those in the mask; the bits of those that have another one. 'own' are its first
     value, its limit (of integers: how many turns are left) and its step. */
  uint64_t (*next_i64)(void *const own[3], void *variable, const void *mask);
  uint64_t (*next_f64)(void *const own[3], void *variable, const void *mask);
} ti_program_lanes;

/* The steps of one instruction set. */
typedef struct ti_program_set {
  size_t strip;
  /* Takes strips through the steps: from item 'at' on, up to 'end'. */
  void (*start)(const ti_program_step *s, ti_program_frame *f, size_t at, size_t end);
  /* Puts a strip of values of 'size' bytes, 'stride' bytes apart, side by side. */
  void (*lay)(char *to, const char *in, ptrdiff_t stride, size_t size);
  /* A strip of a ramp, from item 'at' of the block on. */
  void (*lay_ramp)(char *to, const ti_program_ramp *r, tine_dtype dtype, size_t at);
  ti_program_fn *load[TINE_DTYPE_END], *store[TINE_DTYPE_END];
  ti_program_fn *again, *again_f32, *constant, *constant_f32, *keep, *keep_f32;
  ti_program_fn *bits, *sum_f64, *sum_i64, *call;
  /* Into operand 0, whole or where the mask that operand 1 is holds; and the end of steps that give nothing. */
  ti_program_fn *put, *put_some, *stop;
  ti_program_lanes over;
  ti_program_operation truth, truth_f32, truth_i64, number, f64_i64, f64_u64, f64_f32, f32_i64, f32_u64, f32_f64;
  ti_program_product products[TI_PROGRAM_PRODUCTS]; /* sums of f64 and f32, then differences */
  const ti_program_operation *operations;           /* in the order of builtin.def */
} ti_program_set;

/* NULL: this compiler makes none. */
const ti_program_set *ti_program_set_of(unsigned simd);

/* Can the kernel be an operation of a program? */
bool ti_program_takes(const tine_kernel *kernel, const ti_signature *signature);

/* Has it a step there, or is its loop called? */
bool ti_program_steps(const ti_signature *signature);

/* Begins a program for an instruction set of simd.h that this machine has. False: this compiler makes none. */
bool ti_program_begin(ti_program_maker *p, unsigned simd);
/* Each gives a node's index; -1: no room for it, or for what it was to be applied to. */
int ti_program_input(ti_program_maker *p, tine_dtype dtype);
int ti_program_constant(ti_program_maker *p, tine_dtype dtype, const void *value);
/* What has the value of a node, whatever type it is taken for. */
int ti_program_root(const ti_program_maker *p, int node);
/* A built-in kernel with up to three inputs and one output, whose types the arguments have. */
int ti_program_apply(ti_program_maker *p, const ti_signature *signature, const int *args);
/* The same value in another type. */
int ti_program_convert(ti_program_maker *p, int node, tine_dtype to, tine_cast_mode mode);
/* As arguments of kernels are converted. */
int ti_program_promote(ti_program_maker *p, int node, tine_dtype to);
/* Makes the steps that give the value of a node: p->made is a program then, to be kept (core/expression/recipe.h).
   False if they are too many. */
bool ti_program_finish(ti_program_maker *p, int node, ti_program_end end);

/* The type in which values are added: of floats TINE_F64, of all others TINE_I64. */
static inline tine_dtype ti_program_sum(const ti_program *p) {
  return ti_dtype_float(p->result) ? TINE_F64 : TINE_I64;
}

/*
** Runs a program over n items, at most TI_CELL: input k is at in[k], stride[k] bytes from item to item (0: one for
** all; TI_PROGRAM_RAMP: in[k] is a ti_program_ramp). With lanes NULL 'out' is filled: with values, which may take the
** place of an input that lies side by side and has their size, or with words, all of them, the bits after the last item
** being 0. Else item i is added to lane i % TI_LANES of those, in the type of the sum, a lane's items in order. False:
** an item failed, and what was filled is nothing. Any number of threads at a time.
*/
bool ti_program_run(const ti_program *p, const void *const *in, const ptrdiff_t *stride, size_t n, void *out,
                    void *lanes);

#endif
