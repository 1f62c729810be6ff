/*
** Sleep: one owner that forks, publishes and takes back; two workers that search, run and sleep; the tally word.
**
** The stack is two counts: private tasks, and public ones (the share word); to expose is one step, for stack.pml
** takes it apart. A worker may run a task, or rest, for as long as the owner likes. The owner may at any time run for
** long without a fork: then, when all others have gone as far as they can, no task may be left, public or private,
** while a worker sleeps, and if one sleeps the owner has to be armed.
*/
#ifndef FORKS
#define FORKS 3
#endif
#define WORKERS 2
#define NOBODY WORKERS

byte private, public;     /* the share word: publishing adds, a compare-and-swap takes */
bool armed;               /* the guard is MAX */
byte searching = WORKERS; /* with 'sleeping' one word, the tally; workers not yet started count as searching */
byte sleeping;
bool lock, listed[WORKERS]; /* sleep.lock, the list of sleepers */
bool asleep[WORKERS], token[WORKERS];
bool stopping;

bool elected[WORKERS]; /* ghost: searches because nobody did */
bool busy[WORKERS], hurry;
byte taken, ran;

inline acquire() { atomic { !lock -> lock = true } }

/* Takes any sleeper off the list, under the lock. */
inline rouse() {
  d_step {
    if
    :: listed[0] -> who = 0
    :: listed[1] -> who = 1
    :: else -> who = NOBODY
    fi;
    if
    :: who != NOBODY -> listed[who] = false
    :: else
    fi
  };
  if
  :: who != NOBODY ->
    d_step { assert(sleeping > 0); sleeping--; searching++; assert(searching <= WORKERS) };
    asleep[who] = false
  :: else
  fi
}

/* For whom it was meant may be up by now, or another be on the way. */
inline wake_one() {
  acquire();
  who = NOBODY;
  if
#ifdef SPARE_WAKES_UNCHECKED
  :: true -> rouse()
#else
  :: searching == 0 -> rouse()
#endif
  :: else
  fi;
  lock = false;
  if
  :: who != NOBODY -> token[who] = true
  :: else
  fi;
  who = 0
}

/* Arms, looks, exposes. */
inline beg() {
#ifndef MUTANT_BEGS_WITHOUT_ARMING
  armed = true;
#endif
  got = (public > 0);
#ifndef MUTANT_BEGS_WITHOUT_EXPOSING
  if
  :: !got -> d_step { got = (private > 0); public = public + private; private = 0 }
  :: else
  fi
#endif
}

inline wake_another() {
  got = (sleeping > 0 && searching == 0);
  if
  :: got -> beg()
  :: else
  fi;
  if
  :: got -> wake_one()
  :: else
  fi;
  got = false
}

/* The owner: a swap of the guard, and a publication of its private tasks if somebody is hungry. */
inline settle() {
#ifdef MUTANT_HUNGRY_READ_BEFORE_SWAP
  wake = (searching + sleeping > 0);
  armed = false;
#else
  armed = false;
  wake = (searching + sleeping > 0);
#endif
  if
  :: wake ->
    new = (private > 0);
#ifdef MUTANT_TALLY_READ_BEFORE_PUBLISHING
    wake = (new && sleeping > 0 && searching == 0);
#endif
    d_step { public = public + private; private = 0 };
#ifndef MUTANT_TALLY_READ_BEFORE_PUBLISHING
    wake = (new && sleeping > 0 && searching == 0);
#endif
    if
    :: wake -> wake_one()
    :: else
    fi;
    if
#ifdef MUTANT_REARMED_IF_NONE_PUBLIC
    :: public == 0 -> armed = true
#else
    :: !new -> armed = true /* nothing new: the arm is not used up */
#endif
    :: else
    fi
  :: else
  fi;
  wake = false;
  new = false
}

active proctype owner() {
  byte made, who;
  bool wake, new;
  do
  :: made < FORKS ->
    made++;
#ifdef MUTANT_LOOKS_BEFORE_FILLING
    new = armed;
    private++;
#else
    private++;
    new = armed;
#endif
    if
    :: new -> settle()
    :: else
    fi
  :: d_step { private > 0 -> private-- }; /* join what is private */
    if
    :: armed -> settle()
    :: else
    fi
  :: d_step { private == 0 && public > 0 -> public-- } /* join what is public; and make none or all private again */
  :: d_step { private == 0 && public > 0 && searching + sleeping == 0 -> private = public - 1; public = 0 }
  :: d_step { busy[0] -> busy[0] = false }
  :: d_step { busy[1] -> busy[1] = false }
  :: true -> /* runs for long */
    timeout;
    assert(searching == 0 && sleeping == listed[0] + listed[1]);
    assert(sleeping == 0 || (public == 0 && private == 0 && armed))
  :: private == 0 -> break
  od;
  hurry = true;
  busy[0] = false;
  busy[1] = false;
  public == 0 && taken == ran; /* for ever, if nobody comes */
  acquire();
  stopping = true;
  do
  :: listed[0] || listed[1] -> rouse(); token[who] = true
  :: else -> break
  od;
  lock = false
}

/* Looks at all share words. */
inline steal() {
  d_step {
    if
    :: public > 0 -> public--; taken++; got = true
    :: else -> got = false
    fi
  }
}

proctype worker(byte me) {
  byte who;
  bool got, mine, woken;
  mine = true;
search:
  if
  :: stopping -> goto end
  :: else
  fi;
#ifndef SPARE_SEARCH_DOES_NOT_ARM
  armed = true;
#endif
  steal();
  if
  :: !got -> goto search
  :: !got && !woken -> goto bed
  :: !got && woken -> /* for nothing: it gives up, and rests */
    d_step { elected[me] = false; mine = false; searching--; woken = false };
#ifndef MUTANT_GIVES_UP_WITHOUT_LOOK
    wake_another();
#endif
    if
    :: d_step { !hurry -> busy[me] = true }; !busy[me] /* others may need it meanwhile */
    :: skip
    fi;
    goto idle
  :: got
  fi;
  d_step { elected[me] = false; mine = false; searching--; woken = false };
task:
#ifndef MUTANT_FOUND_DOES_NOT_LOOK
  wake_another();
#endif
  got = false;
  if
  :: d_step { !hurry -> busy[me] = true }; !busy[me] /* a long task */
  :: skip
  fi;
  ran++;
  if
  :: stopping -> goto end
  :: else
  fi;
  if
  :: skip
  :: steal(); /* not searching */
    if
    :: got -> goto task
    :: else
    fi
  fi;
idle:
  got = false;
  d_step {
    if
    :: searching == 0 -> searching++; mine = true; elected[me] = true; assert(!elected[1 - me])
    :: else
    fi
  };
  if
  :: mine -> goto search
  :: else
  fi;
bed:
  acquire();
  if
  :: stopping -> lock = false; goto end
  :: else
  fi;
  listed[me] = true;
  asleep[me] = true;
  d_step { elected[me] = false; searching = searching - mine; sleeping++; mine = true; woken = true };
#ifndef MUTANT_SLEEPS_WITHOUT_LOOK
  beg();
  if
  :: got && searching == 0 ->
    listed[me] = false;
    asleep[me] = false;
    d_step { sleeping--; searching++; assert(searching <= WORKERS) }
  :: else
  fi;
  got = false;
#endif
  lock = false;
  do
  :: asleep[me] -> atomic { token[me] -> token[me] = false }
  :: !asleep[me] -> break
  od;
  goto search;
end:
  skip
}

init {
  atomic {
    run worker(0);
    run worker(1)
  }
}
