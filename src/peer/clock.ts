/** Time as peers see it; tests bring their own. */
export interface Clock {
  /** Milliseconds on a scale that never goes back. */
  now(): number;
  /** Milliseconds since 1970, for people. */
  epoch(): number;
  /** Calls `run` once, `ms` from now. */
  setTimeout(run: () => void, ms: number): TimerHandle;
}

export interface TimerHandle {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  setTimeout(run, ms) {
    const timeout = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timeout) };
  },
};
