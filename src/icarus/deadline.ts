// The total time of one call, and every other reason to end it early, as one signal.

/** Ends a call: `signal` aborts with a text as its reason. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Frees the timer; call it when the call is over. */
  end(): void;
}

/** Aborts after `ms` (a total, so that a slow drip cannot stretch it), or when `outer` does. */
export function startDeadline(ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(`no answer within ${ms / 1000} s`), ms);
  timer.unref();
  const stop = () => controller.abort('the operator stopped waiting');
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}
