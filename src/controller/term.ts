// A term of leadership: it begins when the cache holds all that was stored when the lease was won, the last intents of the leader
// before among it. So of two leaders one always knows of the other: who writes an intent asks for the lease afterwards (fence).
import { ApiError } from './errors.ts';
import type { Clock, Log } from './ports.ts';

export interface TermOptions {
  /** Rejects where the API server does not answer. */
  catchUp: () => Promise<void>;
  clock: Clock;
  log: Log;
  /** How long to wait before the next try, given what the server asked for. */
  delay: { next(retryAfterMs?: number): number; reset(): void };
  begin: () => void;
  end: () => void;
}

/** Listeners for the lease. */
export function createTerms({ catchUp, clock, log, delay, begin, end }: TermOptions) {
  let term = 0;
  const started = async (): Promise<void> => {
    const own = ++term;
    try {
      await catchUp();
    } catch (error) {
      if (own !== term) return;
      log.warn('leading, but the resources cannot be listed; trying again', { err: error });
      clock.after(
        delay.next(error instanceof ApiError ? error.retryAfterMs : 0),
        () => void (own === term && started()),
      );
      return;
    }
    if (own === term) begin();
  };
  return {
    onStarted: () => {
      delay.reset();
      void started();
    },
    onStopped: () => {
      term += 1;
      end();
    },
  };
}
