// The total time of one call, and every other reason to end it early, as one signal.

/** Ends a call: `signal` aborts with a text as its reason. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Aborts after `ms` from now, if that is earlier; returns what lets that time begin anew. */
  shorten(ms: number, reason: string): () => void;
  /** Frees the timers; call it when the call is over. */
  end(): void;
}

/** Aborts after `ms` (a total, so that a slow drip cannot stretch it), or when `outer` does. */
export function startDeadline(ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const shorten = (after: number, reason: string) => {
    const timer = setTimeout(() => controller.abort(reason), after).unref();
    timers.push(timer);
    return () => void timer.refresh();
  };
  shorten(ms, `no answer within ${ms / 1000} s`);
  const stop = () => controller.abort('the operator stopped waiting');
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    shorten,
    end() {
      for (const timer of timers) clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}
