/*
** Strict leapfrogging: three equal threads that fork, publish, take back, steal, and steal while they wait.
**
** Any thread may be joiner, thief or third party, in any nesting that the slots allow. A step that is only seen through
** the share word is one with the compare-and-swap that shows it; the three steps of a joiner that leaps (read the share
** word, read the state, swap the share word) are apart. The guard is left out: stack.pml shows what it promises, and
** that who swaps the share word has read the task. So publishing is a free step here, as if any other exposed it.
**
** Epochs are not numbers here: 'sees' is whose share word a joiner has read, until a new epoch begins there.
*/
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef FORKS
#define FORKS 5
#endif
#define THREADS 3
#define NOBODY THREADS

typedef record {
  byte bottom, split;        /* the share word */
  byte task[SLOTS];          /* 0: free; else its number */
  byte thief[SLOTS];         /* written by the thief, NOBODY before */
  byte base[SLOTS];          /* with it: the thief's first free slot */
  bool done[SLOTS]
};
record r[THREADS];

byte sees[THREADS];    /* NOBODY: nothing, or what it read is void */
byte made;             /* tasks so far; 0 is the root */
byte kin[FORKS + 1];   /* ghost: the tasks a task descends from, and itself, as bits */
bool over;

/* Inside of a d_step or atomic. */
inline new_epoch() {
#ifdef MUTANT_NO_EPOCHS
  skip
#else
  sees[0] = (sees[0] == me -> NOBODY : sees[0]);
  sees[1] = (sees[1] == me -> NOBODY : sees[1]);
  sees[2] = (sees[2] == me -> NOBODY : sees[2])
#endif
}

/* The thread has just raised 'bottom' of 'victim' past slot 'at'. */
inline begin(victim, at) {
  d_step {
    assert(r[me].bottom == r[me].split && r[me].split == top); /* so nothing below base is public, nor lost here */
#ifndef SPARE_BEGINS_IN_SAME_EPOCH
    new_epoch()
#endif
  };
  d_step {
    r[victim].thief[at] = me;
    r[victim].base[at] = top;
    task[level] = r[victim].task[at];
    assert(task[level] != 0);
    from[level] = victim;
    slot[level] = at;
    bottom[level] = top;
    level++;
    waits = false
  }
}

inline finish() {
  d_step {
    level--;
    r[from[level]].done[slot[level]] = true;
    from[level] = 0;
    slot[level] = 0;
    task[level] = 0;
    bottom[level] = 0;
    waits = top > 0
  }
}

inline leave_wait() {
  d_step {
    top--;
    assert(r[me].bottom == top + 1 && r[me].split == top + 1);
    r[me].bottom = top;
    r[me].split = top;
    new_epoch();
    r[me].task[top] = 0;
#ifndef MUTANT_STALE_THIEF
    r[me].thief[top] = NOBODY;
    r[me].base[top] = 0;
#endif
    r[me].done[top] = false;
    waits = false
  }
}

inline forget() {
  victim = 0;
  sees[me] = NOBODY;
  low = 0;
  high = 0;
  ended = false
}

#ifdef SPARE_NO_BASE_TEST
#define FITS (low < high)
#else
#define FITS (low < high && low >= r[me].base[top - 1])
#endif

/* The joiner at slot top - 1 has read that its task is taken, and by whom: looks at the thief once. */
inline leap() {
#ifdef MUTANT_STATE_FIRST
  ended = r[me].done[top - 1];
#endif
  d_step {
    victim = r[me].thief[top - 1];
    sees[me] = victim;
    low = r[victim].bottom;
    high = r[victim].split
  };
#ifndef MUTANT_STATE_FIRST
#ifndef MUTANT_STATE_NOT_READ
  ended = r[me].done[top - 1];
#endif
#endif
  if
  :: ended -> d_step { forget() }; leave_wait()
  :: !ended && FITS ->
    d_step {
      if
      :: sees[me] == victim && r[victim].bottom == low && r[victim].split == high ->
        r[victim].bottom++;
        assert(kin[r[victim].task[low]] & (1 << r[me].task[top - 1])) /* what is run descends from b */
      :: else -> high = low
      fi
    };
    if
    :: low < high -> begin(victim, low)
    :: else
    fi;
    d_step { forget() }
  :: else -> d_step { forget() }
  fi
}

#define PUBLIC(victim) (r[victim].bottom < r[victim].split)

/* An idle thread takes the oldest; whether it read the word long before makes no difference. */
inline steal(who) {
  victim = who;
  low = r[who].bottom;
  r[who].bottom++
}

proctype thread(byte me) {
  byte task[SLOTS + 1], from[SLOTS + 1], slot[SLOTS + 1], bottom[SLOTS + 1]; /* the stolen tasks it is inside of */
  byte level, top, victim, low, high;
  bool waits, ended;
  level = (me == 0); /* the first has the root, 0 */
  do
  :: d_step { /* fork: private */
      level > 0 && !waits && top < SLOTS && made < FORKS ->
      made++;
      r[me].task[top] = made;
      kin[made] = kin[task[level - 1]] | (1 << made);
      top++
    }
  :: level > 0 && !waits && r[me].split < top ->
    d_step { r[me].split = top; new_epoch() } /* publish */
  :: level > 0 && !waits && top > bottom[level - 1] -> /* join */
    atomic {
      if
      :: r[me].bottom > top - 1 -> waits = true
      :: r[me].bottom <= top - 1 && r[me].split > top - 1 ->
        if
        :: r[me].split = r[me].bottom
        :: r[me].split = top - 1
        fi;
        new_epoch();
        top--;
        r[me].task[top] = 0
      :: r[me].split <= top - 1 -> top--; r[me].task[top] = 0
      fi
    }
  :: level > 0 && !waits && top == bottom[level - 1] && (me != 0 || level > 1) -> finish()
  :: level == 1 && !waits && top == 0 && me == 0 -> over = true; break
  :: waits && r[me].done[top - 1] -> leave_wait()
  :: waits && r[me].thief[top - 1] != NOBODY && PUBLIC(r[me].thief[top - 1]) -> leap()
  :: atomic { level == 0 && me != 0 && PUBLIC(0) -> steal(0) }; begin(victim, low); d_step { forget() }
  :: atomic { level == 0 && me != 1 && PUBLIC(1) -> steal(1) }; begin(victim, low); d_step { forget() }
  :: atomic { level == 0 && me != 2 && PUBLIC(2) -> steal(2) }; begin(victim, low); d_step { forget() }
  :: level == 0 && over -> break
  od
}

init {
  byte i, k;
  atomic {
    kin[0] = 1;
    for (i : 0 .. THREADS - 1) {
      sees[i] = NOBODY;
      for (k : 0 .. SLOTS - 1) { r[i].thief[k] = NOBODY }
    };
    i = 0;
    k = 0;
    run thread(0);
    run thread(1);
    run thread(2)
  }
}
