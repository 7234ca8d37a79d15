// A term of leadership: it begins when the cache holds all that was stored when the lease was won, the last intents of the leader
// before among it. So of two leaders one always knows of the other: who writes an intent asks for the lease afterwards (fence).
import type { Clock, Log } from './ports.ts';

export interface TermOptions {
  /** Rejects where the API server does not answer. */
  catchUp: () => Promise<void>;
  clock: Clock;
  log: Log;
  begin: () => void;
  end: () => void;
}

const AGAIN_MS = 1_000;

/** Listeners for the lease. */
export function createTerms({ catchUp, clock, log, begin, end }: TermOptions) {
  let term = 0;
  const started = async (): Promise<void> => {
    const own = ++term;
    try {
      await catchUp();
    } catch (error) {
      if (own !== term) return;
      log.warn('leading, but the resources cannot be listed; trying again', { err: error });
      clock.after(AGAIN_MS, () => void (own === term && started()));
      return;
    }
    if (own === term) begin();
  };
  return {
    onStarted: () => void started(),
    onStopped: () => {
      term += 1;
      end();
    },
  };
}
