// Time and timers as an argument, so that tests and simulations own them.

/** Cancels a timer; calling it twice, or after it fired, is harmless. */
export type Cancel = () => void;

export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Monotonic clock, milliseconds; only differences mean anything. */
  monotonic(): number;
  /** Calls `action` once after `ms`; does not keep the process alive. */
  after(ms: number, action: () => void): Cancel;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(Math.max(0, ms), 2_000_000_000));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
