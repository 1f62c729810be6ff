/*
** Binding: which signature of a kernel serves these inputs, and what must be converted for it. The rules are in
** README.md; in short: what needs no conversion comes first, then what loses nothing, in the order the kernel lists
** its signatures. What a kernel is to do there (its role) is asked before that, and again of the signature chosen, so
** no way to a kernel leads past it.
*/
#include "kernel.h"

#include <string.h>

#include "../base/error.h"
#include "../base/mode.h"
#include "../base/thread.h"

TI_DTYPES_ARE(11);

/* ----- Roles: what a kernel is to do where it is bound, and which kernels can ----- */

static tine_status role_expands(const tine_kernel *kernel, ti_role role, const char *what, tine_error *err) {
  const bool expands = (kernel->flags & TINE_EXPANDS) != 0;
  if (role == TI_ROLE_ASKED || expands == (role == TI_ROLE_EXPAND))
    return TINE_OK;
  if (role == TI_ROLE_CALL)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' gives any number of values; use flat_map", kernel->name);
  if (expands)
    return ti_error_set(err, TINE_EKIND, "kernel '%s' gives any number of values an item; use flat_map", kernel->name);
  return ti_error_set(err, TINE_EKIND, "'%s' needs a kernel that expands; '%s' gives one value an item", what,
                      kernel->name);
}

tine_status ti_role_check(const tine_kernel *kernel, ti_role role, const char *what, tine_error *err) {
  tine_status status;
  if (kernel == NULL)
    return ti_error_set(err, TINE_ENAME, "'%s' needs a kernel", what);
  if (role == TI_ROLE_FOLD && (kernel->flags & TINE_ASSOCIATIVE) == 0)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' is not associative: '%s' needs one that is", kernel->name, what);
  status = role_expands(kernel, role, what, err);
  if (status != TINE_OK || role != TI_ROLE_FOLD)
    return status;
  return ti_mode_check(TI_PLACE_FOLD, &(ti_captured){.kernel = kernel->name, .mode = kernel->mode}, err);
}

static bool gives_bool(const ti_signature *s) {
  return s->outputs > 0 && s->out[s->outputs - 1] == TINE_BOOL;
}

tine_status ti_role_signature(const tine_kernel *kernel, const ti_signature *s, ti_role role, const char *what,
                              tine_error *err) {
  if (s->outputs == 0 && role == TI_ROLE_VALUES)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' gives no value; use for_each", kernel->name);
  if (s->outputs == 0 && role == TI_ROLE_EXPAND)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' gives no value", kernel->name);
  if (role == TI_ROLE_PREDICATE && (s->outputs != 1 || !gives_bool(s)))
    return ti_error_set(err, TINE_ETYPE, "'%s' needs a predicate; kernel '%s' (%s) does not give one bool", what,
                        kernel->name, s->text);
  if (role == TI_ROLE_OPTION && (s->outputs < 2 || !gives_bool(s)))
    return ti_error_set(err, TINE_ETYPE, "'%s' needs a kernel whose last output is bool; '%s' is (%s)", what,
                        kernel->name, s->text);
  if (role == TI_ROLE_FOLD && (s->outputs != 1 || s->in[0] != s->in[1] || s->in[0] != s->out[0]))
    return ti_error_set(err, TINE_ETYPE, "'%s' needs a kernel that gives the type it takes; '%s' is (%s)", what,
                        kernel->name, s->text);
  return TINE_OK;
}

/* ----- Which signature ----- */

/* How well an input fits a type, worst first. */
typedef enum fit { FIT_NOT, FIT_RANGE, FIT_ROUNDED, FIT_WIDER, FIT_EXACT } fit;

/* A pass over the signatures: which fit must columns and constants have? A column is FIT_EXACT as it is, FIT_WIDER
   if promotion keeps all its values, FIT_ROUNDED if it need not. */
typedef struct bind_pass {
  fit column, constant;
} bind_pass;

static const bind_pass bind_passes[] = {
    {FIT_EXACT, FIT_EXACT}, {FIT_EXACT, FIT_ROUNDED}, {FIT_WIDER, FIT_EXACT}, {FIT_ROUNDED, FIT_ROUNDED}};

/* What a search remembers: the first constant that only its range kept from fitting. */
typedef struct bind_search {
  const ti_arg *args;
  unsigned n;
  bool values; /* all inputs are constants: their types count as those of columns */
  bool bits;   /* there is a column of u64: where that goes to i64 by its bits, so do constants */
  const ti_arg *misfit;
  tine_dtype misfit_type;
} bind_search;

static bool bind_column(const bind_search *s, unsigned k) {
  return s->values || !s->args[k].constant;
}

static bool bind_64_bits(tine_dtype d) {
  return d == TINE_I64 || d == TINE_U64;
}

/* Promotion leads to i64, to f64, or to a wider integer; never to f32 or bool. */
static fit fit_column(tine_dtype from, tine_dtype to) {
  if (from == to || !ti_dtype_valid(from))
    return from == to ? FIT_EXACT : FIT_NOT;
  if (to == TINE_F64)
    return bind_64_bits(from) ? FIT_ROUNDED : FIT_WIDER;
  if (to == TINE_I64 && !ti_dtype_float(from))
    return from == TINE_U64 ? FIT_ROUNDED : FIT_WIDER; /* of a u64 the bits are kept */
  return ti_dtype_integer(from) && ti_dtype_integer(to) && ti_dtype_within(from, to) ? FIT_WIDER : FIT_NOT;
}

static fit fit_float_in_f32(double f) {
  const double rounded = (double)(float)f;
  if (rounded == f || f != f)
    return FIT_EXACT;
  return rounded - rounded == 0 ? FIT_ROUNDED : FIT_RANGE;
}

/* An integer in a float type: is it still the same number there? */
static fit fit_integer_in_float(tine_value v, tine_dtype to) {
  const double f = v.dtype == TINE_U64 ? (double)v.as.u : (double)v.as.i;
  const double there = to == TINE_F32 ? (double)(float)f : f;
  if (v.dtype == TINE_U64)
    return there < 0x1p64 && (uint64_t)there == v.as.u ? FIT_EXACT : FIT_ROUNDED;
  return there < 0x1p63 && (int64_t)there == v.as.i ? FIT_EXACT : FIT_ROUNDED;
}

static fit fit_integer(tine_value v, tine_dtype to) {
  ti_assert(ti_dtype_integer(v.dtype) && ti_dtype_integer(to));
  if (v.dtype == TINE_U64 || v.as.i >= 0)
    return v.as.u <= ti_dtype_max(to) ? FIT_EXACT : FIT_RANGE;
  return v.as.i >= ti_dtype_min(to) ? FIT_EXACT : FIT_RANGE;
}

static fit fit_constant(tine_value v, tine_dtype to) {
  if (v.dtype == TINE_BOOL || to == TINE_BOOL)
    return v.dtype == to ? FIT_EXACT : FIT_NOT;
  if (ti_dtype_float(v.dtype))
    return to == TINE_F64 ? FIT_EXACT : to == TINE_F32 ? fit_float_in_f32(v.as.f) : FIT_NOT;
  if (!ti_dtype_integer(v.dtype))
    return FIT_NOT;
  return ti_dtype_float(to) ? fit_integer_in_float(v, to) : fit_integer(v, to);
}

static fit fit_beside(const bind_search *s, tine_value v, tine_dtype to) {
  const fit f = fit_constant(v, to);
  return f == FIT_RANGE && s->bits && v.dtype == TINE_U64 && to == TINE_I64 ? FIT_ROUNDED : f;
}

/* Does a signature serve in this pass? */
static bool bind_serves(bind_search *s, const ti_signature *signature, bind_pass pass) {
  const ti_arg *misfit = NULL;
  tine_dtype misfit_type = TINE_NONE;
  for (unsigned k = 0; k < s->n; k++) {
    const tine_dtype to = signature->in[k];
    fit f;
    if (bind_column(s, k)) {
      if (fit_column(s->args[k].dtype, to) < pass.column)
        return false;
      continue;
    }
    f = fit_beside(s, s->args[k].value, to);
    if (f == FIT_NOT || (f == FIT_ROUNDED && pass.constant == FIT_EXACT))
      return false;
    if (f == FIT_RANGE && misfit == NULL) {
      misfit = &s->args[k];
      misfit_type = to;
    }
  }
  ti_assert(signature->inputs == s->n);
  if (misfit != NULL && s->misfit == NULL) {
    s->misfit = misfit;
    s->misfit_type = misfit_type;
  }
  return misfit == NULL;
}

static const ti_signature *bind_find(bind_search *s, const tine_kernel *kernel) {
  for (size_t p = 0; p < sizeof bind_passes / sizeof bind_passes[0]; p++) {
    if (bind_passes[p].column == FIT_WIDER && s->misfit != NULL)
      return NULL; /* the types were right: promoting would only hide a constant that is too large */
    for (size_t i = 0; i < kernel->count; i++)
      if (kernel->signatures[i].inputs == s->n && bind_serves(s, &kernel->signatures[i], bind_passes[p]))
        return &kernel->signatures[i];
  }
  return NULL;
}

/* Writes a constant in the signature's type. Integers go to a float in one rounding, as ti_value_store does it. */
static void bind_write(const ti_arg *arg, tine_dtype to, unsigned char *out) {
  _Alignas(8) unsigned char own[8];
  const void *in = own;
  const ptrdiff_t stride = 0;
  void *result = out;
  tine_block block = {.n = 1, .in = &in, .in_stride = &stride, .out = &result};
  if (arg->value.dtype == to) {
    ti_value_store(to, out, arg->value, NULL);
    return;
  }
  ti_assert(ti_dtype_valid(arg->value.dtype) && ti_dtype_valid(to));
  ti_value_store(arg->value.dtype, own, arg->value, NULL);
  ti_cast_promote(arg->value.dtype, to)(&block); /* cannot fail: the value was found to fit, or is promoted */
}

static void bind_fill(const bind_search *s, const ti_signature *signature, ti_binding *out) {
  ti_assert(signature->inputs == s->n && s->n <= TINE_MAX_ARGS);
  out->signature = signature;
  for (unsigned k = 0; k < s->n; k++) {
    const ti_arg *arg = &s->args[k];
    out->cast[k] = NULL;
    if (arg->constant)
      bind_write(arg, signature->in[k], out->constant[k]);
    else
      out->cast[k] = ti_cast_promote(arg->dtype, signature->in[k]);
  }
}

static tine_status bind_count_error(const tine_kernel *kernel, unsigned got, tine_error *err) {
  unsigned least = TINE_MAX_ARGS, most = 0;
  for (size_t i = 0; i < kernel->count; i++) {
    const unsigned n = kernel->signatures[i].inputs;
    least = n < least ? n : least;
    most = n > most ? n : most;
  }
  if (least == most)
    return ti_error_set(err, TINE_ETYPE, "kernel '%s' takes %u input%s, got %u", kernel->name, most,
                        most == 1 ? "" : "s", got);
  return ti_error_set(err, TINE_ETYPE, "kernel '%s' takes %u to %u inputs, got %u", kernel->name, least, most, got);
}

static tine_status bind_none_error(const bind_search *s, const tine_kernel *kernel, tine_error *err) {
  char types[TI_SIGNATURE_TEXT + TINE_MAX_ARGS];
  char value[32];
  size_t used = 0;
  if (s->misfit != NULL) {
    ti_value_text(value, sizeof value, s->misfit->value);
    return ti_error_set(err, TINE_ERANGE, "constant %s is out of range for %s", value, tine_dtype_name(s->misfit_type));
  }
  types[0] = '\0';
  for (unsigned k = 0; k < s->n; k++)
    ti_text_add(types, sizeof types, &used, "%s%s", k > 0 ? ", " : "", tine_dtype_name(s->args[k].dtype));
  return ti_error_set(err, TINE_ETYPE, "kernel '%s' has no signature for (%s)", kernel->name, types);
}

/* The first pass in short, which is all that usual kernels need: columns as they are, constants exactly. */
static const ti_signature *bind_as_is(const bind_search *s, const tine_kernel *kernel) {
  for (size_t i = 0; i < kernel->count; i++) {
    const ti_signature *signature = &kernel->signatures[i];
    unsigned k = 0;
    if (signature->inputs != s->n)
      continue;
    while (k < s->n && (bind_column(s, k) ? s->args[k].dtype == signature->in[k]
                                          : fit_constant(s->args[k].value, signature->in[k]) == FIT_EXACT))
      k++;
    if (k == s->n)
      return signature;
  }
  return NULL;
}

tine_status ti_kernel_takes(const tine_kernel *kernel, unsigned n, tine_error *err) {
  for (size_t i = 0; i < kernel->count; i++)
    if (kernel->signatures[i].inputs == n)
      return TINE_OK;
  return bind_count_error(kernel, n, err);
}

bool ti_bind_promotes(tine_dtype from, tine_dtype to) {
  return fit_column(from, to) != FIT_NOT;
}

tine_status ti_bind_constant(const ti_arg *arg, tine_dtype to, unsigned char *out, tine_error *err) {
  const ti_fp saved = ti_fp_enter(); /* constants are rounded as blocks are */
  const fit f = fit_constant(arg->value, to);
  char value[32];
  if (f > FIT_RANGE)
    bind_write(arg, to, out);
  ti_fp_leave(saved);
  if (f > FIT_RANGE)
    return TINE_OK;
  ti_value_text(value, sizeof value, arg->value);
  return ti_error_set(err, f == FIT_RANGE ? TINE_ERANGE : TINE_ETYPE, "constant %s is %s %s", value,
                      f == FIT_RANGE ? "out of range for" : "no", tine_dtype_name(to));
}

bool ti_signature_infallible(const tine_kernel *kernel, const ti_signature *signature) {
  if (kernel->told != NULL)
    return kernel->told->infallible(signature);
  return signature->infallible;
}

bool ti_signature_cheap(const tine_kernel *kernel, const ti_signature *signature) {
  return kernel->told != NULL ? kernel->told->cheap(signature) : kernel->builtin;
}

static const ti_signature *bind_choose(bind_search *s, const tine_kernel *kernel, ti_binding *out) {
  const ti_signature *signature;
  const ti_fp saved = ti_fp_enter(); /* constants are rounded as blocks are */
  for (unsigned k = 0; k < s->n; k++) {
    s->values = s->values && s->args[k].constant;
    s->bits = s->bits || (!s->args[k].constant && s->args[k].dtype == TINE_U64);
  }
  signature = bind_as_is(s, kernel);
  if (signature == NULL)
    signature = bind_find(s, kernel);
  if (signature != NULL)
    bind_fill(s, signature, out);
  ti_fp_leave(saved);
  return signature;
}

tine_status ti_kernel_bind(const tine_kernel *kernel, ti_role role, const char *what, const ti_arg *args, unsigned n,
                           ti_binding *out, tine_error *err) {
  bind_search s = {args, n, true, false, NULL, TINE_NONE};
  const ti_signature *signature;
  const tine_status status = ti_role_check(kernel, role, what, err);
  if (status != TINE_OK)
    return status;
  if (kernel->told != NULL)
    return kernel->told->bind(kernel, role, what, args, n, out, err);
  if (n > TINE_MAX_ARGS) /* such inputs were not even told */
    return bind_count_error(kernel, n, err);
  signature = bind_choose(&s, kernel, out);
  if (signature != NULL)
    return ti_role_signature(kernel, signature, role, what, err);
  return ti_kernel_takes(kernel, n, err) == TINE_OK ? bind_none_error(&s, kernel, err) : TINE_ETYPE;
}

const char *tine_kernel_signature_for(const tine_kernel *kernel, const tine_dtype *dtypes, size_t n, tine_error *err) {
  ti_arg args[TINE_MAX_ARGS];
  unsigned which[TINE_MAX_ARGS];
  ti_binding binding;
  unsigned count = n < TINE_MAX_ARGS ? (unsigned)n : TINE_MAX_ARGS;
  memset(args, 0, sizeof args);
  if (kernel != NULL && kernel->told != NULL) {
    if (kernel->told->inputs(kernel, n, false, which, &count, err) != TINE_OK)
      return NULL;
  } else if (n > TINE_MAX_ARGS) {
    bind_count_error(kernel, (unsigned)(n < UINT32_MAX ? n : UINT32_MAX), err);
    return NULL;
  }
  for (unsigned k = 0; k < count; k++)
    args[k].dtype = dtypes[kernel != NULL && kernel->told != NULL ? which[k] : k];
  return ti_kernel_bind(kernel, TI_ROLE_ASKED, "signature_for", args, count, &binding, err) == TINE_OK
             ? binding.signature->text
             : NULL;
}
