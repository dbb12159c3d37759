/**
 * One clock for a whole search, from the moment it was asked for: the walk leaves as much of the time as the page's passages
 * will take, the page ends when it is used up, and what did not fit is left for the cursor. So an answer takes the same time
 * on a slow machine as on a fast one, and says less. Milliseconds.
 */

/** How long an answer may take until it leaves this thread: 10 until it is ready, without the way back. */
export const ANSWER_MS = 5.8;
/** What it may have waited for this thread; what waited longer gets the rest of its time all the same. */
const WAITED_MAX = 3;
/** A session with its passage, until there are figures. */
const FIRST_GUESS = 0.25;
/** By this part the figure moves with each page, up or down: so it is near the middle one, and a stall moves it no further. */
const STEP = 0.1;
/** What was read just now costs next to nothing; the next page will not be all of that. */
const SESSION_MIN = 0.08;

export type Pace = {
  /** What a session of a page takes. */
  readonly session: number;
  /** So many took so long, once. */
  learn(sessions: number, took: number): void;
};

export type Deadline = {
  /** Time left; less than nothing when it is over, Infinity for who is patient. */
  left(): number;
};

/** A moment that all threads understand. */
export const moment = (): number => performance.timeOrigin + performance.now();

/** Learns what a session of a page takes on this machine, as it is now. */
export function makePace(): Pace {
  let session = FIRST_GUESS;
  return {
    get session() {
      return session;
    },
    learn(sessions, took) {
      if (sessions > 0) session = Math.max(SESSION_MIN, session * (took / sessions > session ? 1 + STEP : 1 - STEP));
    },
  };
}

/** `asked`: when, by `moment`; without it, now. */
export function makeDeadline(answerMs: number, asked: number | undefined): Deadline {
  const waited = asked === undefined ? 0 : Math.min(WAITED_MAX, Math.max(0, moment() - asked));
  const end = performance.now() + answerMs - waited;
  return { left: () => end - performance.now() };
}

/** For who waits for as long as it takes. */
export const PATIENT: Deadline = { left: () => Infinity };
