/*
** The stack of tasks and its share word: one owner that nests joins and leaps, two threads that take, expose and arm.
**
** Plain and atomic accesses are steps of their own wherever another thread could tell; each d_step is one atomic
** operation (compare-and-swap, addition, swap). Who wants work is a free choice, so any policy is covered.
** The owner's stores to slots go through a buffer, in order: it drains at any time later, by the owner's next atomic
** operation on guard or share, and by the fence of who exposes. So a fork or join may look at the guard before others
** see its slot filled or cleared, as on real processors.
**
** Epochs are not numbers here: a thread that has read the share word is up to date until somebody begins a new one.
** Mutants break one step each: the search has to find an error in every one of them.
*/
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef FORKS
#define FORKS 3
#endif
#ifndef BUFFER
#define BUFFER 1
#endif
#ifndef EXPOSERS
#define EXPOSERS 1 /* of the two others */
#endif
#define MAX 9   /* above all slots: armed */
#define STAND 8 /* stands in a slot whose task is waited for */
#define OWNER 2

byte bottom, split;     /* the share word, with: */
bool upto_date[3];      /* nobody has begun an epoch since this thread read it */
byte guard = MAX;
byte fn[SLOTS], arg[SLOTS]; /* as others see them; 0: free; else the number of the task */
bool done[SLOTS];
bool over;

byte mine[SLOTS + 1];   /* fn as the owner sees it; the last is never free */
byte late_at[BUFFER + 1], late_fn[BUFFER + 1], late; /* its stores that others do not see yet, oldest first */

/* Ghosts: what the protocol does not read. */
bool lent[SLOTS];       /* from the taking to DONE the slot is the thief's */
bool ran[FORKS + 1];

/* Inside of a d_step. */
inline run_once(id) {
  assert(id > 0 && id <= FORKS && !ran[id]);
  ran[id] = true
}

/* Inside of a d_step. */
inline drain_one() {
  fn[late_at[0]] = late_fn[0];
  late--;
  late_at[0] = late_at[1];
  late_fn[0] = late_fn[1];
  late_at[1] = 0;
  late_fn[1] = 0
}
inline drain() {
  do
  :: late > 0 -> drain_one()
  :: else -> break
  od
}

inline new_epoch() {
  upto_date[0] = false;
  upto_date[1] = false;
  upto_date[OWNER] = false
}

/* Inside of a d_step. */
inline read_share(who) {
  low = bottom;
  high = split;
  upto_date[who] = true
}

#define UNCHANGED(who) (upto_date[who] && bottom == low && split == high)

/* ----- The owner ----- */

/* Inside of a d_step. */
inline store(at, what) {
  late_at[late] = at;
  late_fn[late] = what;
  late++;
  mine[at] = what
}

inline fill(at, id) {
  d_step { late < BUFFER -> assert(!lent[at] && at >= split); arg[at] = id; store(at, id) }
}
inline clear(at) {
  d_step { late < BUFFER -> store(at, 0) }
}

/* Where split is put: at 'keep' at most, or where everything is private. */
#define TO(keep, private) (private && low < high -> (low < keep -> low : keep) : (high < keep -> high : keep))

/* Disarms, begins a new epoch; leaves the bounds in 'low' and 'high'. If low > keep another has the one at 'keep'. */
inline settle_share(keep, private) {
  d_step { read_share(OWNER) };
  to = TO(keep, private);
#ifdef MUTANT_DISARMS_ONCE
  d_step { drain(); guard = to };
#endif
  do
  :: low > keep -> break
  :: else ->
    to = TO(keep, private);
#if !defined(MUTANT_EPOCH_BEFORE_DISARMING) && !defined(MUTANT_DISARMS_ONCE)
    d_step { drain(); guard = to };
#endif
    d_step {
      drain();
      if
      :: UNCHANGED(OWNER) ->
        if
#ifdef MUTANT_SAME_EPOCH_IF_PRIVATE
        :: to == high
#endif
#if defined(SPARE_SAME_EPOCH_IF_PUBLIC) || defined(MUTANT_EPOCH_ONLY_IF_PRIVATE)
        :: to != high
#endif
        :: else -> new_epoch()
        fi;
        split = to;
        high = to;
        settled = true
      :: else -> low = bottom; high = split; upto_date[OWNER] = true
      fi
    };
    if
    :: settled -> break
    :: else
    fi
  od;
#ifdef MUTANT_EPOCH_BEFORE_DISARMING
  if
  :: settled -> d_step { drain(); guard = to }
  :: else
  fi;
#endif
  to = 0;
  d_step { settled = false; upto_date[OWNER] = false }
}

/* Gives what there is, if it is wanted. */
inline serve(top) {
  if
  :: skip /* nobody wants work */
  :: top == high -> guard = MAX /* nothing new: the arm is not used up */
  :: top > high ->
    d_step {
      drain();
      split = top;
#if !defined(SPARE_PUBLISHES_IN_SAME_EPOCH) && !defined(MUTANT_EPOCH_ONLY_IF_PRIVATE)
      new_epoch()
#endif
    };
#ifndef MUTANT_GUARD_NOT_RAISED
    d_step {
      drain();
      if
      :: guard == high -> guard = top
      :: else /* armed meanwhile */
      fi
    };
#endif
    if
    :: skip
    :: guard = MAX /* more is wanted */
    fi
  fi
}

inline settle(top) {
  settle_share(top, false);
  serve(top);
  low = 0;
  high = 0
}

inline fork(at) {
  made++;
  if
#ifdef MUTANT_NOT_ASKED_IF_BUSY
  :: at < SLOTS ->
#else
  :: mine[at] == 0 ->
#endif
    fill(at, made);
    own = (at >= guard);
    if
    :: own
    :: else -> settle(at + 1)
    fi;
    own = false;
    k = at + 1
  :: else -> d_step { run_once(made) } /* a, then b: nothing is offered */
  fi
}

inline take_back(at) {
  if
  :: settle_share(at, false)
  :: settle_share(at, true) /* nobody wants anything */
  fi;
  if
  :: low > at -> d_step { late < BUFFER -> store(at, STAND); leaping = false }
  :: else -> serve(at); own = true
  fi;
  low = 0;
  high = 0
}

/* Is it fast? */
inline look_at_guard(at) {
  d_step {
    own = (at >= guard);
    if
    :: own -> assert(at >= split)
    :: else
    fi
  }
}

inline join(at) {
  id = mine[at];
#ifdef MUTANT_LOOKS_BEFORE_CLEARING
  look_at_guard(at);
  clear(at);
#else
  clear(at);
  look_at_guard(at);
#endif
  if
  :: own
  :: else -> take_back(at)
  fi;
  if
  :: own -> d_step { assert(arg[at] == id && !lent[at]); run_once(id) }; k = at
  :: else
#ifdef MUTANT_NO_WAIT
    -> done[at] = true
#endif
  fi;
  own = false;
  id = 0
}

/* The task is done. The slot is cleared first: once the share word calls it private it may be exposed. */
inline free_slot(at) {
  d_step { assert(ran[arg[at]] && done[at] && bottom == at + 1); done[at] = false };
#ifndef MUTANT_FREE_BEFORE_CLEAR
  clear(at);
#endif
  d_step {
    drain();
    bottom = at;
    split = at;
#ifndef SPARE_FREES_IN_SAME_EPOCH
    new_epoch()
#endif
  };
#ifdef MUTANT_FREE_BEFORE_CLEAR
  clear(at);
#endif
  settle(at);
  d_step { k = at; leaping = true }
}

#define WAITS (k > 0 && mine[k - 1] == STAND)

active proctype owner() {
  byte k, made, low, high, to, id;
  bool settled, own, leaping = true; /* while it waits it begins tasks of other stacks, which fork here */
  mine[SLOTS] = STAND;
  do
  :: made < FORKS && (!WAITS || leaping) -> fork(k)
  :: made < FORKS && (!WAITS || leaping) && k > 0 -> fork(k - 1) /* by the context of an outer join */
  :: guard == MAX && (!WAITS || leaping) -> settle(k) /* a loop asks who wants work */
  :: k > 0 && !WAITS -> join(k - 1)
  :: WAITS && done[k - 1] -> free_slot(k - 1)
  :: WAITS && !leaping && made < FORKS -> d_step { drain(); new_epoch() }; guard = MAX; leaping = true
  :: k == 0 -> break
  od;
  id = 0;
  d_step {
    drain();
    assert(bottom == 0 && split == 0);
    for (k : 0 .. SLOTS - 1) { assert(mine[k] == 0 && !done[k] && !lent[k]) }
    for (k : 1 .. FORKS) { assert(ran[k] == (k <= made)) }
    k = 0
  };
  over = true
}

active proctype buffer() {
  do
  :: d_step { late > 0 -> drain_one() }
  :: over -> break
  od
}

/* ----- The others ----- */

inline run_stolen(at) {
#ifdef MUTANT_DONE_EARLY
  d_step { done[at] = true; lent[at] = false };
#endif
#ifdef MUTANT_READS_SLOT_AFTER_TAKING
  id = fn[at];
  what = arg[at];
#endif
  d_step {
    assert(id == what);
    run_once(id);
#ifndef MUTANT_DONE_EARLY
    done[at] = true; /* the last access */
    lent[at] = false
#endif
  }
}

inline take() {
  d_step { bottom < split -> read_share(me) };
#ifdef MUTANT_READS_SLOT_AFTER_TAKING
  id = 1;
#else
  id = fn[low];
  what = arg[low];
#endif
  d_step {
    if
    :: id != 0 && UNCHANGED(me) -> assert(!lent[low]); bottom++; lent[low] = true
    :: else -> high = low /* an empty slot: its owner is about to take it back */
    fi;
    upto_date[me] = false
  };
  if
  :: low < high -> run_stolen(low)
  :: else
  fi
}

inline expose() {
#ifdef MUTANT_ARMS_BEFORE_READING
  guard = MAX;
  d_step { read_share(me) };
#else
  d_step { split < SLOTS -> read_share(me) };
  guard = MAX;
#endif
#ifndef MUTANT_NO_FENCE
  d_step { drain() };
#endif
  id = high;
  do
  :: id < SLOTS ->
    if
    :: fn[id] != 0 -> id++
    :: else -> break
    fi
  :: else -> break
  od;
  what = 0;
  d_step {
    if
    :: id > high && UNCHANGED(me) ->
      split = id;
#ifndef SPARE_EXPOSES_IN_SAME_EPOCH
      new_epoch()
#endif
    :: else
    fi;
    upto_date[me] = false
  }
}

active [2] proctype other() {
  byte me, low, high, id, what;
  me = _pid - 2;
  do
  :: over -> break
  :: take(); low = 0; high = 0; id = 0; what = 0
  :: me < EXPOSERS -> expose(); low = 0; high = 0; id = 0
  :: guard != MAX -> guard = MAX
  od
}
