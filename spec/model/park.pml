/*
** A joiner that parks: J waits for b, which the thief T runs; U is a third thread, hungry now and then.
**
** T forks, joins and publishes inside of b, and may at any time run for long without either. What must not be then: J
** parked while T has a task that another could run, public or not, or while T is not armed, so that its next fork would
** not publish. The end of b wakes J, or it could not end: a deadlock. How many want work besides J is a free
** choice. What is done under a lock is one step. Epochs are as in stack.pml, which shows that no task runs twice.
*/
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef FORKS
#define FORKS 2
#endif
#ifndef ACTS
#define ACTS 1 /* of the third thread */
#endif
#define MAX 9
#define OPEN 0
#define AWAITED 1
#define DONE 2
#define OF_J 0
#define OF_U 1
#define OF_T 2

byte bottom, split; /* T's share word, with: */
bool upto_date[3];  /* nobody has begun an epoch since this thread read it */
byte guard = MAX;   /* T's */
byte top;           /* T's slots in use; a join clears its slot first */
bool run_by_other[SLOTS];
bool linked, asked; /* T's list of askers, and whether it has any */
byte state;         /* of b */
bool token, parked; /* J's parker; 'parked' is a ghost */

#define PUBLIC (bottom < split)
#define KEPT (split < top)

/* These inside of a d_step. */
inline new_epoch() { upto_date[OF_J] = false; upto_date[OF_U] = false; upto_date[OF_T] = false }
inline read_share(who) { low = bottom; high = split; upto_date[who] = true }
#define UNCHANGED(who) (upto_date[who] && bottom == low && split == high)

inline unpark() { d_step { token = true; parked = false } }

inline unpark_askers() {
  d_step {
    if
    :: linked -> linked = false; token = true; parked = false
    :: else
    fi;
    asked = false
  }
}

/* As in stack.pml: low > keep if another has the one at 'keep'. */
inline settle_share(keep, private) {
  d_step { read_share(OF_T) };
  do
  :: low > keep -> break
  :: else ->
    to = (private && low < high -> (low < keep -> low : keep) : (high < keep -> high : keep));
    guard = to;
    d_step {
      if
      :: UNCHANGED(OF_T) -> split = to; high = to; settled = true; new_epoch()
      :: else -> read_share(OF_T)
      fi
    };
    if
    :: settled -> break
    :: else
    fi
  od;
  to = 0;
  settled = false;
  upto_date[OF_T] = false
}

/* How many want work: J, and others at will. */
inline count_wanted() {
  wanted = asked;
  if
  :: skip
  :: wanted++
  fi
}

inline announce() {
  asks = asks || asked;
  if
  :: asks -> unpark_askers()
  :: else
  fi;
  asks = false
}

inline serve(upto) {
  count_wanted();
  if
  :: wanted > 0 && upto > high ->
#ifdef MUTANT_ASKED_READ_BEFORE
    asks = asked;
#endif
    d_step { split = upto; low = bottom; new_epoch() };
#ifdef SPARE_GUARD_BY_STORE
    guard = upto;
#else
    d_step {
      if
      :: guard == high -> guard = upto
      :: else /* armed meanwhile */
      fi
    };
#endif
#ifdef MUTANT_ASKED_READ_BEFORE
    if
    :: asks -> announce()
    :: else
    fi;
#else
    announce(); /* after the publication: else who asks meanwhile is missed */
#endif
    if
    :: wanted > upto - low -> guard = MAX
    :: else
    fi
#ifdef SPARE_REARMED_IF_NONE_PUBLIC
  :: wanted > 0 && upto == high && low == high -> guard = MAX
  :: wanted > 0 && upto == high && low < high
#else
  :: wanted > 0 && upto == high -> guard = MAX /* nothing new: the arm is not used up */
#endif
  :: wanted == 0
  fi;
  wanted = 0
}

inline settle(upto) {
  settle_share(upto, false);
  serve(upto);
  low = 0;
  high = 0
}

inline take_back(at) {
  count_wanted();
  if
  :: wanted == 0 -> settle_share(at, true)
  :: else -> settle_share(at, false)
  fi;
  if
  :: low > at ->
    run_by_other[at];
    d_step { run_by_other[at] = false; bottom = at; split = at; new_epoch() };
    settle(at)
  :: else -> serve(at)
  fi;
  low = 0;
  high = 0;
  wanted = 0
}

active proctype T() {
  byte made, low, high, to, wanted;
  bool settled, asks;
  do
  :: made < FORKS && top < SLOTS ->
    made++;
    top++; /* filled, then the look at the guard: who armed before the fence is seen, or sees the slot */
    if
    :: top - 1 >= guard
    :: else -> settle(top)
    fi
  :: top > 0 ->
    top--;
    if
    :: top >= guard
    :: else -> take_back(top)
    fi
  :: top == 0 -> break
  :: true -> /* runs for long: all others go as far as they can */
    timeout;
    assert(!parked || (!PUBLIC && !KEPT && guard == MAX && linked && asked))
  od;
#ifdef MUTANT_DONE_BY_STORE
  to = state;
  state = DONE;
#else
  atomic { to = state; state = DONE };
#endif
  if
  :: to == AWAITED -> unpark()
  :: else
  fi;
  to = 0
}

/* Takes what T has on offer; 'again' if there was something. */
inline take(who) {
  d_step {
    if
    :: low < high && UNCHANGED(who) -> run_by_other[bottom] = true; bottom++
    :: else
    fi;
    again = (low < high);
    upto_date[who] = false
  };
  low = 0;
  high = 0
}

/* What T keeps becomes public; 'again' if it did. */
inline expose(who) {
  d_step { read_share(who) };
  guard = MAX;
  d_step {
    again = KEPT && upto_date[who];
#ifdef SPARE_EXPOSES_ONCE
    again = again && UNCHANGED(who); /* fails also if others took some meanwhile */
#endif
    if
    :: again -> split = top; new_epoch()
    :: else
    fi;
    upto_date[who] = false;
    low = 0;
    high = 0
  };
#ifndef MUTANT_EXPOSES_SILENTLY
  if
  :: again -> announce()
  :: else
  fi
#endif
}

/* J's look at the share word, then at the state; runs what it takes, a leaf. */
inline look() {
  d_step { read_share(OF_J) };
  ended = (state == DONE);
  if
  :: ended -> again = false; low = 0; high = 0
  :: else -> take(OF_J)
  fi
}

inline link() { d_step { linked = true; asked = true } }
inline unlink() { d_step { linked = false; asked = false } }

inline await() {
#ifdef MUTANT_AWAIT_BY_STORE
  state = AWAITED
#else
  d_step {
    if
    :: state == OPEN -> state = AWAITED
    :: state == DONE -> ended = true
    :: else /* awaited since it parked before */
    fi
  }
#endif
}

active proctype J() {
  byte low, high;
  bool ended, again, asks;
  do
  :: look();
    if
    :: ended -> break
    :: !ended && again
    :: !ended && !again -> /* or it looks some more, which is to wait here */
#ifdef SPARE_ARM_BEFORE_LINK
      guard = MAX;
      link();
#else
      link();
      guard = MAX;
#endif
#ifndef MUTANT_NO_SECOND_LOOK
      look();
#endif
      if
      :: ended -> break
      :: else
      fi;
#ifndef MUTANT_PARKS_WITHOUT_EXPOSING
      if
      :: !again -> expose(OF_J)
      :: else
      fi;
#endif
      if
      :: !again ->
        await();
        if
        :: !ended ->
          d_step { parked = !token };
          atomic { token -> token = false };
          unlink()
        :: else
        fi
      :: else
      fi;
      if
      :: ended -> break
      :: else
      fi
    fi
  od;
  unlink()
}

active proctype U() {
  byte low, high, acts;
  bool again, asks;
  do
  :: break
  :: acts < ACTS -> acts++; guard = MAX; d_step { read_share(OF_U) }; take(OF_U); again = false
  :: acts < ACTS -> acts++; expose(OF_U); again = false
  od
}
