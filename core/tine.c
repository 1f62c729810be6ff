/*
** The whole engine as one translation unit: add this file's folder to a project and compile this file alone. The layers
** come bottom to top; names of file-local functions are unique across all of them.
**
** What the flags of the ordinary build say about floating point is said here again, so that an embedder's own flags do
** not change the bits. (-ffast-math is refused by base/config.h.)
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off", "no-math-errno", "no-trapping-math", "O3")
#endif

#include "base/cpu.c"
#include "base/error.c"
#include "base/file.c"
#include "base/fp.c"
#include "base/memory.c"
#include "base/pages.c"
#include "base/placement.c"
#include "base/thread.c"

#include "pool/broadcast.c"
#include "pool/default.c"
#include "pool/enter.c"
#include "pool/expose.c"
#include "pool/frame.c"
#include "pool/join.c"
#include "pool/loop.c"
#include "pool/operation.c"
#include "pool/parallel_for.c"
#include "pool/parallel_reduce.c"
#include "pool/pool.c"
#include "pool/scope.c"
#include "pool/sleep.c"
#include "pool/wait.c"
#include "pool/worker.c"

#include "data/array.c"
#include "data/dtype.c"
#include "data/mmap.c"
#include "data/npy.c"
#include "data/npy_file.c"
#include "data/npy_frame.c"
#include "data/npy_header.c"
#include "data/value.c"

#include "kernel/bind.c"
#include "kernel/builtin.c"
#include "kernel/call.c"
#include "kernel/cast.c"
#include "kernel/kernel.c"
#include "kernel/loops.c"
#include "kernel/registry.c"
#include "kernel/signature.c"
#include "kernel/simd.c"

#include "produce/apply.c"
#include "produce/cast_columns.c"
#include "produce/chain.c"
#include "produce/empty.c"
#include "produce/enumerate.c"
#include "produce/explain.c"
#include "produce/extend.c"
#include "produce/gather.c"
#include "produce/hint.c"
#include "produce/interleave.c"
#include "produce/map.c"
#include "produce/parts.c"
#include "produce/philox.c"
#include "produce/random.c"
#include "produce/range.c"
#include "produce/rep.c"
#include "produce/rev.c"
#include "produce/select.c"
#include "produce/skip.c"
#include "produce/slice.c"
#include "produce/source_index.c"
#include "produce/stage.c"
#include "produce/step_by.c"
#include "produce/take.c"
#include "produce/windows.c"
#include "produce/zip.c"

#include "consume/fold_chunks.c"
#include "consume/fold_dot.c"
#include "consume/fold_extreme.c"
#include "consume/fold_kernel.c"
#include "consume/fold_moments.c"
#include "consume/fold_rows.c"
#include "consume/fold_sum.c"
#include "consume/tree.c"

#include "drive/cells.c"
#include "drive/collect.c"
#include "drive/pace.c"
#include "drive/producer.c"
#include "drive/reduce.c"
#include "drive/reductions.c"
#include "drive/run.c"
#include "drive/store.c"
